//! `search`: full-text search over the history.

use std::io::Write;

use clap::Args;

use super::arguments::{Range, limit};
use super::context::{Context, check_outlet};
use super::failure::Failure;
use super::output;
use super::screen::Style;

#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// Words that an item must all contain; also "a phrase", prefix* and one OR other
    #[arg(required = true)]
    query: Vec<String>,
    #[command(flatten)]
    range: Range,
    /// Only items of this outlet
    #[arg(long)]
    outlet: Option<String>,
    /// Print at most this many
    #[arg(long, default_value_t = 20, value_parser = limit)]
    limit: usize,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

pub(super) fn search(context: &Context, arguments: &SearchArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    let mut filter = arguments.range.filter(&config.time_zone)?;
    filter.outlet = arguments.outlet.clone();
    let store = context.open_read_only()?;
    context.check_tags(&store, &filter.tags)?;
    if let Some(outlet) = &filter.outlet {
        check_outlet(&config, &store, outlet)?;
    }
    let hits = store.search(&arguments.query.join(" "), &filter, arguments.limit)?;
    let mut out = if arguments.json { output::data() } else { output::page() };
    for hit in &hits {
        if arguments.json {
            output::json_line(&mut out, hit)?;
            continue;
        }
        let day = hit.at.to_zoned(config.time_zone.clone()).date();
        write!(out, "{day}  {}", if hit.published.is_none() { "(first seen)  " } else { "" })?;
        out.styled(Style::Bold, &hit.title)?;
        writeln!(out, "  [{}]", hit.outlet)?;
        if hit.snippet.replace(['[', ']'], "") != hit.title {
            writeln!(out, "            {}", hit.snippet.replace('\n', " "))?;
        }
        let line = format!("            {}  {}", hit.url.as_deref().unwrap_or("(no address)"), hit.tags.join(" "));
        out.styled(Style::Faint, line)?;
        writeln!(out)?;
    }
    if hits.is_empty() && !arguments.json {
        writeln!(out, "nothing found")?;
    }
    Ok(out.flush()?)
}
