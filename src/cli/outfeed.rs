//! `out-feed`: Atom and JSON Feed of issues, and of items by scope, tag or search.

use clap::{Args, ValueEnum};

use super::context::Context;
use super::failure::Failure;
use super::output;
use crate::app::clock;
use crate::app::syndication::{self, OutFormat};
use crate::digest::{Choice, OutFeed};
use crate::model::Scope;

#[derive(Debug, Args)]
pub(super) struct OutFeedArguments {
    /// A feed by its name; without a name and a choice, the names are listed
    #[arg(conflicts_with_all = ["scope", "tags", "search"])]
    name: Option<String>,
    /// Items that lie so to the beat: caucasus-russia, caucasus, russia
    #[arg(long)]
    scope: Option<Scope>,
    /// Items that bear this tag; repeat it for items that bear all
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Items that a search finds
    #[arg(long, value_name = "QUERY")]
    search: Option<String>,
    /// Most entries [default: that of the feed]
    #[arg(long)]
    limit: Option<usize>,
    /// atom or json (JSON Feed 1.1)
    #[arg(long, value_enum, default_value_t = FormatArgument::Atom)]
    format: FormatArgument,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatArgument {
    Atom,
    Json,
}

pub(super) fn out_feed(context: &Context, arguments: &OutFeedArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    let chooses = arguments.scope.is_some() || !arguments.tags.is_empty() || arguments.search.is_some();
    let mut feed =
        match &arguments.name {
            Some(name) => config.out_feeds.iter().find(|feed| feed.name == *name).cloned().ok_or_else(|| {
                Failure::new(2, format!("there is no out feed `{name}`; `kazbek out-feed` lists them"))
            })?,
            None if chooses => chosen(arguments),
            None => {
                let names: Vec<String> =
                    config.out_feeds.iter().map(|feed| format!("{}\t{}", feed.name, feed.title)).collect();
                return output::text(&names.join("\n"));
            }
        };
    feed.limit = arguments.limit.unwrap_or(feed.limit);
    let format = match arguments.format {
        FormatArgument::Atom => OutFormat::Atom,
        FormatArgument::Json => OutFormat::Json,
    };
    let store = context.open_read_only()?;
    output::text(&syndication::render(&store, &config, &feed, format, clock::now())?)
}

/// The feed of a choice on the command line; the same choice has the same name, and so the same id.
fn chosen(arguments: &OutFeedArguments) -> OutFeed {
    let mut parts: Vec<String> = arguments.scope.iter().map(|scope| scope.as_str().to_owned()).collect();
    parts.extend(arguments.tags.iter().cloned());
    parts.extend(arguments.search.iter().map(|query| format!("“{query}”")));
    let words = parts.join(", ");
    let mut feed = OutFeed::items(&format!("chosen/{words}"), &format!("Kazbek: {words}"), arguments.scope);
    feed.choice =
        Choice::Items { scope: arguments.scope, tags: arguments.tags.clone(), search: arguments.search.clone() };
    feed
}
