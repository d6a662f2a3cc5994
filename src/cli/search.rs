//! `search`: full-text search over the tagged items of the history.

use std::io::Write;

use clap::Args;

use super::arguments::{Range, limit};
use super::context::{Context, check_outlet};
use super::failure::{Failure, WRONG_USAGE};
use super::output;
use super::screen::Style;
use crate::app::entity_search;
use crate::model::PressBloc;
use crate::store::ItemFilter;

#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// Names and words that an item must all have; also "a phrase", prefix* and one OR other
    ///
    /// A person, an organisation, a project or an event that the lexicon knows is found in every language and in
    /// every form of the name, newest first; for places use --tag. A word in quotation marks is searched as it is. Without
    /// a query the newest items that the options select are listed. Items without a tag are not searched: `kazbek export`
    /// has them.
    query: Vec<String>,
    #[command(flatten)]
    range: Range,
    /// Only items of this outlet
    #[arg(long)]
    outlet: Option<String>,
    /// Only items of outlets of this bloc, e.g. russian-state
    #[arg(long)]
    bloc: Option<PressBloc>,
    /// Only items in this language, e.g. ka
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
    /// Only items that report what one of these two did to the other, e.g. russia-armenia
    #[arg(long, value_name = "PAIR")]
    pair: Option<String>,
    /// Print at most this many
    #[arg(long, default_value_t = 20, value_parser = limit)]
    limit: usize,
    /// Print one JSON object per line
    #[arg(long)]
    json: bool,
}

pub(super) fn search(context: &Context, arguments: &SearchArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let mut filter = arguments.range.filter(&config.time_zone)?;
    filter.outlet = arguments.outlet.clone();
    filter.bloc = arguments.bloc;
    filter.language = arguments.language.as_deref().map(str::to_lowercase);
    if let Some(pair) = &arguments.pair {
        let pair = config.lexicon.pair(pair, &['-', '~', ',', ':', '–']);
        let (a, b) = pair.map_err(|error| Failure::new(WRONG_USAGE, format!("--pair: {error}")))?;
        filter.pair = Some((a.to_owned(), b.to_owned()));
    }
    let query = (!arguments.query.is_empty()).then(|| arguments.query.join(" "));
    if query.is_none() && filter == ItemFilter::default() {
        return Err(Failure::new(WRONG_USAGE, "nothing to search for: give words, a name, or an option such as --tag"));
    }
    let store = context.open_read_only()?;
    context.check_tags(&store, &filter.tags)?;
    if let Some(outlet) = &filter.outlet {
        check_outlet(&config, &store, outlet)?;
    }
    let found = entity_search::search(&store, &config.lexicon, query.as_deref(), &filter, arguments.limit)?;
    let mut out = if arguments.json { output::data() } else { output::page() };
    if !arguments.json {
        for (name, tag) in &found.names {
            out.styled(
                Style::Faint,
                format!("{name}: {tag}; items in every language first, \"{name}\" finds only the word"),
            )?;
            writeln!(out)?;
        }
    }
    for hit in &found.hits {
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
    if found.hits.is_empty() && !arguments.json {
        writeln!(out, "nothing found")?;
    }
    Ok(out.flush()?)
}
