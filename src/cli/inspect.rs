//! `parse` and `search`: looking at one thing.

use std::io::Write;

use super::context::Context;
use super::failure::{BAD_DATA, Failure};
use super::{ParseArguments, SearchArguments, output};
use crate::app::clock;
use crate::feed::{self, Source};
use crate::model::ParsedFeed;

pub(super) fn parse(arguments: &ParseArguments) -> Result<(), Failure> {
    let bytes = output::read_all(&arguments.file)?;
    let source = Source {
        content_type: arguments.content_type.as_deref(),
        base_url: arguments.base.as_deref(),
        ..Source::at(clock::now())
    };
    let parsed = feed::parse(&bytes, &source)
        .map_err(|error| Failure::new(BAD_DATA, format!("{}: {error}", arguments.file.display())))?;
    if arguments.json { output::json(&parsed) } else { print_feed(&parsed) }
}

/// A feed for a person: its head, its items, its warnings.
pub(super) fn print_feed(parsed: &ParsedFeed) -> Result<(), Failure> {
    let mut out = output::stdout();
    let format = serde_json::to_value(parsed.format)?;
    writeln!(out, "{}", parsed.title.as_deref().unwrap_or("(no title)"))?;
    writeln!(out, "{}, {} items", format.as_str().unwrap_or_default(), parsed.items.len())?;
    if let Some(link) = &parsed.link {
        writeln!(out, "{link}")?;
    }
    for item in &parsed.items {
        let when = item.published.map_or_else(|| "undated             ".to_owned(), |time| time.to_string());
        writeln!(out, "\n{when}  {}", item.title)?;
        if let Some(link) = &item.link {
            writeln!(out, "                      {link}")?;
        }
    }
    for warning in &parsed.warnings {
        writeln!(out, "\nwarning: {warning}")?;
    }
    Ok(out.flush()?)
}

pub(super) fn search(context: &Context, arguments: &SearchArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    let mut filter = arguments.range.filter(&config.time_zone)?;
    filter.outlet = arguments.outlet.clone();
    let hits = context.open_read_only()?.search(&arguments.query.join(" "), &filter, arguments.limit)?;
    let mut out = output::stdout();
    for hit in &hits {
        if arguments.json {
            output::json_line(&mut out, hit)?;
            continue;
        }
        let day = hit.at.to_zoned(config.time_zone.clone()).date();
        writeln!(out, "{day}  {}  [{}]", hit.title, hit.outlet)?;
        if hit.snippet.replace(['[', ']'], "") != hit.title {
            writeln!(out, "            {}", hit.snippet.replace('\n', " "))?;
        }
        writeln!(out, "            {}  {}", hit.url.as_deref().unwrap_or("(no address)"), hit.tags.join(" "))?;
    }
    if hits.is_empty() && !arguments.json {
        writeln!(out, "nothing found")?;
    }
    Ok(out.flush()?)
}
