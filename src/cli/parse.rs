//! `parse`: reads a feed and prints its items.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::failure::{BAD_DATA, Failure};
use super::{input, output};
use crate::app::clock;
use crate::feed::{self, Source};
use crate::model::ParsedFeed;

#[derive(Debug, Args)]
pub(super) struct ParseArguments {
    /// File, or - for standard input
    file: PathBuf,
    /// Resolve relative links against this address
    #[arg(long, value_name = "URL")]
    base: Option<String>,
    /// The Content-Type header that came with the file
    #[arg(long, value_name = "CT")]
    content_type: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn parse(arguments: &ParseArguments) -> Result<(), Failure> {
    let bytes = input::read_all(&arguments.file)?;
    let source = Source {
        content_type: arguments.content_type.as_deref(),
        base_url: arguments.base.as_deref(),
        ..Source::at(clock::now())
    };
    let parsed = feed::parse(&bytes, &source)
        .map_err(|error| Failure::new(BAD_DATA, format!("{}: {error}", arguments.file.display())))?;
    if arguments.json { output::json(&parsed) } else { print_feed(&parsed) }
}

/// Prints a feed as text: head, items, warnings.
pub(super) fn print_feed(parsed: &ParsedFeed) -> Result<(), Failure> {
    let mut out = output::page();
    let format = serde_json::to_value(parsed.format)?;
    writeln!(out, "{}", parsed.title.as_deref().unwrap_or("(no title)"))?;
    writeln!(out, "{}, {} items", format.as_str().unwrap_or_default(), parsed.items.len())?;
    if let Some(link) = &parsed.link {
        writeln!(out, "{link}")?;
    }
    for item in &parsed.items {
        let when = item.published.map_or_else(|| "undated             ".to_owned(), |time| time.to_string());
        writeln!(out, "\n{when}  {}", item.title)?;
        for link in item.link.iter().chain(&item.original_link) {
            writeln!(out, "                      {link}")?;
        }
    }
    for warning in &parsed.warnings {
        writeln!(out, "\nwarning: {warning}")?;
    }
    Ok(out.flush()?)
}
