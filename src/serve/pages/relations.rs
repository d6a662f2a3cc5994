//! Relations: who is close to whom, now and before.

use std::collections::BTreeMap;

use jiff::Span;
use maud::{Markup, html};

use super::start;
use super::trends::pair_address;
use crate::render::block::signed;
use crate::render::svg::{Chart, Plot};
use crate::render::{level, level_class};
use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::{Frame, computing, page as framed};
use crate::serve::reports::Days;
use crate::serve::site::Site;
use crate::serve::today::shown_day;
use crate::serve::visit::Visit;
use crate::trends::{FEW_STORIES, Level, Pair, RelationView, RelationWeek, TrendReport};

/// Most actors of each side of the matrix.
const ACTORS_MAX: usize = 8;
/// Most pairs of the list.
const PAIRS_MAX: usize = 40;

/// Returns the weeks of a relation in which anything was monitored.
pub(in crate::serve) fn watched(relation: &RelationView, report: &TrendReport) -> Vec<RelationWeek> {
    let from = report.panel.history_from;
    let is_watched =
        |week: &&RelationWeek| from.is_none_or(|from| week.week.saturating_add(Span::new().days(6)) >= from);
    relation.weeks.iter().filter(is_watched).cloned().collect()
}

/// Returns the days whose relations are shown: a year to the last day with news; `None` without any news.
pub(in crate::serve) fn year(visit: &Visit<'_>) -> Result<Option<Days>, Fault> {
    let Some(newest) = shown_day(visit.site, visit.reader)? else { return Ok(None) };
    let until = newest.tomorrow().unwrap_or(newest);
    Ok(Some((until.checked_sub(Span::new().days(364)).unwrap_or(newest), until)))
}

/// Returns the last day of a report in words.
pub(in crate::serve) fn last_day(report: &TrendReport) -> String {
    let until = report.period.until;
    until.yesterday().unwrap_or(until).strftime("%-d %B %Y").to_string()
}

/// The page.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let Some(days) = year(visit)? else { return start::empty_store(visit) };
    let Some(report) = visit.site.reports.latest(visit.reader, days)? else { return Ok(computing("/relations")) };
    let known: Vec<&RelationView> =
        report.relations.iter().filter(|relation| relation.stories >= FEW_STORIES).collect();
    let content = html! {
        h1 { "Relations" }
        p.lead { "The tone of what two actors do to each other, as reported: from −10 (attack) to +10 (alliance)." }
        p.meta { "To " (last_day(&report)) "." }
        @if known.is_empty() {
            p { "No two actors have the " (FEW_STORIES) " stories that a figure needs." }
        } @else {
            section aria-labelledby="matrix" {
                h2 id="matrix" { "Who with whom" }
                p.meta {
                    "The large number is the mean of the last four weeks with news, green or red if its 95 % interval leaves zero out; "
                    "the small ones are the mean a quarter and a year ago. A dash: no story."
                }
                (matrix(visit.site, &known))
            }
            section aria-labelledby="pairs" {
                h2 id="pairs" { "By week" }
                p.meta { "The last year by week, as far as news was monitored, all on the scale from −10 to +10; the dashed line is zero, the band the 95 % interval." }
                (list(&known, &report))
            }
        }
    };
    let frame = Frame { title: "Relations", place: "/relations", is_wide: true, ..Frame::default() };
    Ok(Answer::page(framed(&frame, &content)))
}

/// Actors of the scopes against all actors.
fn matrix(site: &Site, relations: &[&RelationView]) -> Markup {
    let is_of_scope = |actor: &str| site.labels.scope_tags.iter().any(|tag| tag.place_id() == Some(actor));
    let mut weights: BTreeMap<&str, u32> = BTreeMap::new();
    for relation in relations {
        for actor in [relation.pair.a(), relation.pair.b()] {
            *weights.entry(actor).or_default() += relation.stories;
        }
    }
    let mut actors: Vec<(&str, u32)> = weights.into_iter().collect();
    actors.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let rows: Vec<&str> =
        actors.iter().map(|(actor, _)| *actor).filter(|actor| is_of_scope(actor)).take(ACTORS_MAX).collect();
    let others = actors.iter().map(|(actor, _)| *actor).filter(|actor| !is_of_scope(actor)).take(ACTORS_MAX);
    let columns: Vec<&str> = rows.iter().copied().chain(others).collect();
    let name = |actor: &str| site.place(actor);
    let relation = |a: &str, b: &str| {
        let pair = Pair::new(a, b)?;
        relations.iter().find(|relation| relation.pair == pair)
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Matrix of relations" { table.matrix {
            thead { tr { td {} @for column in &columns { th scope="col" { (name(column)) } } } }
            tbody { @for row in &rows { tr {
                th scope="row" { (name(row)) }
                @for column in &columns {
                    @if row == column { td.self {} }
                    @else if let Some(relation) = relation(row, column) { (cell(relation)) }
                    @else { td { span.meta { "–" } } }
                }
            } } }
        } }
    }
}

/// A level in words: `+1.2 (from +0.4 to +2.0, 12 stories)`.
pub(super) fn level_words(level: Option<Level>) -> String {
    level.map_or("not known".to_owned(), |level| {
        let (index, low, high) = (signed(level.index), signed(level.low), signed(level.high));
        format!("{index} (from {low} to {high}, {} stories)", level.stories)
    })
}

fn cell(relation: &RelationView) -> Markup {
    let before = |level: Option<Level>| level.map_or("–".to_owned(), |level| signed(level.index));
    let words = format!(
        "{}: now {}; a quarter ago {}; a year ago {}",
        relation.label,
        level_words(relation.now),
        level_words(relation.quarter_ago),
        level_words(relation.year_ago)
    );
    html! {
        td {
            a href=(pair_address(&relation.pair)) title=(words) {
                span.hidden { (relation.label) ": now " }
                @match relation.now {
                    Some(now) => b class=[level_class(now)] { (signed(now.index)) },
                    None => b { "–" },
                }
                span.meta {
                    span.hidden { " a quarter ago " } (before(relation.quarter_ago)) " · "
                    span.hidden { "a year ago " } (before(relation.year_ago))
                }
            }
        }
    }
}

fn list(relations: &[&RelationView], report: &TrendReport) -> Markup {
    let chart = |relation: &RelationView| {
        let weeks = watched(relation, report);
        let label = format!("{}: {} stories in {} weeks", relation.label, relation.stories, weeks.len());
        Chart { plot: Plot::Index { weeks, marks: Vec::new(), reach: 10.0 }, size: (240, 44), label }
    };
    html! {
        div.scroll { table {
            thead { tr { th { "Pair" } th { "By week" } th.number { "Now" } th.number.wide { "Quarter ago" } th.number.wide { "Year ago" } th.number { "Stories" } } }
            tbody { @for relation in relations.iter().take(PAIRS_MAX) { tr {
                th scope="row" { a href=(pair_address(&relation.pair)) { (relation.label) } }
                td.chart { (chart(relation).draw()) }
                td.number { (level(relation.now)) }
                td.number.wide { (level(relation.quarter_ago)) }
                td.number.wide { (level(relation.year_ago)) }
                td.number { (relation.stories) }
            } } }
        } }
        @if relations.len() > PAIRS_MAX { p.meta { "and " (relations.len() - PAIRS_MAX) " more pairs" } }
    }
}
