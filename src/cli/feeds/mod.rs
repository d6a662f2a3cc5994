//! `feeds`: the feeds, their health, and changes to the list.

mod check;
mod edit;
mod list;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::context::Context;
use super::failure::Failure;
use crate::model::PressBloc;
use crate::store::FeedState;

pub(super) use list::is_named;

#[derive(Debug, Subcommand)]
pub(super) enum FeedsCommand {
    /// List every feed with its health
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
        /// Only feeds whose last poll failed
        #[arg(long)]
        failing: bool,
    },
    /// Add feeds; for a web page, add the feed that it links to
    Add {
        /// Addresses
        #[arg(required = true)]
        urls: Vec<String>,
        /// Who publishes them [default: the title of the feed, but the domain if the title is an agency's name]
        #[arg(long)]
        outlet: Option<String>,
        /// Press bloc of the outlet
        #[arg(long)]
        bloc: Option<PressBloc>,
        /// Add the address without fetching it
        #[arg(long)]
        unchecked: bool,
    },
    /// Remove feeds; their history stays
    Remove(FeedNames),
    /// Poll disabled or removed feeds again
    Enable(FeedNames),
    /// Stop polling feeds
    Disable(FeedNames),
    /// Fetch and read a feed; show what it has, how it is polled and how its last polls ended; store nothing
    Check {
        /// Address or file
        target: String,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Add the feeds of an OPML file
    Import {
        /// OPML file, or - for standard input
        file: PathBuf,
    },
    /// Write the feeds as OPML
    Export,
}

#[derive(Debug, Args)]
pub(super) struct FeedNames {
    /// Addresses or titles
    #[arg(required = true)]
    feeds: Vec<String>,
}

pub(super) fn feeds(context: &Context, command: FeedsCommand) -> Result<(), Failure> {
    let config = context.settings()?;
    match command {
        FeedsCommand::List { json, failing } => list::list(context, &config, json, failing),
        FeedsCommand::Add { urls, outlet, bloc, unchecked } => {
            edit::add(context, &config, &urls, outlet.as_deref(), bloc, unchecked)
        }
        FeedsCommand::Remove(names) => {
            edit::set_state(context, &config, &names.feeds, FeedState::Removed, "removed; its history stays")
        }
        FeedsCommand::Enable(names) => {
            edit::set_state(context, &config, &names.feeds, FeedState::On, "is polled again")
        }
        FeedsCommand::Disable(names) => {
            edit::set_state(context, &config, &names.feeds, FeedState::Off, "is no longer polled")
        }
        FeedsCommand::Check { target, json } => check::check(context, &config, &target, json),
        FeedsCommand::Import { file } => edit::import(context, &config, &file),
        FeedsCommand::Export => list::export(context, &config),
    }
}
