//! One pair of actors: its tone by week and what moved it.

use jiff::Span;
use jiff::civil::Date;
use maud::{Markup, html};

use super::relations::{last_day, level_words, watched, year};
use super::search::item_row;
use super::trends::pair_address;
use super::{counted, start};
use crate::model::Tag;
use crate::render::block::signed;
use crate::render::svg::{Chart, Mark, Plot};
use crate::render::{level, web_link};
use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::{Frame, computing, page as framed};
use crate::serve::visit::Visit;
use crate::store::ItemFilter;
use crate::trends::{Direction, Pair, RelationView, RelationWeek, TrendReport, TurningPoint};

/// Newest reports that are shown.
const REPORTS: usize = 12;
/// The scale of the chart.
const REACH: f64 = 10.0;

/// The page.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let (a, b) = (visit.request.part("a"), visit.request.part("b"));
    let is_known = |actor: &str| visit.site.labels.labels.contains_key(Tag::place(actor).as_str());
    let pair = Pair::new(a, b).filter(|_| is_known(a) && is_known(b));
    let pair = pair.ok_or_else(|| Fault::NotFound(format!("There is no pair of {a} and {b}.")))?;
    if pair.a() != a {
        return Ok(Answer::see_other(&pair_address(&pair)));
    }
    let Some(days) = year(visit)? else { return start::empty_store(visit) };
    let Some(report) = visit.site.reports.latest(visit.reader, days)? else { return Ok(computing("/relations")) };
    let relation = report.relations.iter().find(|relation| relation.pair == pair);
    let name = |actor: &str| visit.site.place(actor);
    let title = relation.map_or_else(|| format!("{} and {}", name(a), name(b)), |relation| relation.label.clone());
    let filter = ItemFilter { pair: Some((a.to_owned(), b.to_owned())), ..ItemFilter::default() };
    let newest = visit.reader.newest_items(&filter, None, REPORTS)?;
    let points: Vec<&TurningPoint> =
        report.turning_points.iter().rev().filter(|point| point.pair.as_ref() == Some(&pair)).collect();
    let content = html! {
        p.kicker { a href="/relations" { "Relations" } }
        h1 { (title) }
        p.meta { "The year to " (last_day(&report)) "." }
        @match relation {
            None => p.lead { "No story of the last year tells what they did to each other." },
            Some(relation) => { (figures(relation, &points, &report)) }
        }
        section aria-labelledby="points" {
            h2 id="points" { "What moved them" }
            @if points.is_empty() { p { "No turning point in the last year." } }
            ol.stories { @for point in &points { (turning_point(visit, point)) } }
        }
        section aria-labelledby="reports" {
            h2 id="reports" { "Newest reports" }
            @if newest.items.is_empty() { p { "None among the newest." } }
            ol.reports { @for item in &newest.items { (item_row(visit, item)) } }
            nav.pages aria-label="All reports" { a href=(search(&pair, None)) { "All reports of this pair →" } }
        }
    };
    let frame = Frame { title: &title, place: "/relations", ..Frame::default() };
    Ok(Answer::page(framed(&frame, &content)))
}

/// The address of the items of a pair, of some days or of all.
fn search(pair: &Pair, days: Option<(Date, Date)>) -> String {
    let days = days.map(|(since, until)| format!("&since={since}&until={until}")).unwrap_or_default();
    format!("/search?pair={}~{}{days}", pair.a(), pair.b())
}

fn figures(relation: &RelationView, points: &[&TurningPoint], report: &TrendReport) -> Markup {
    let weeks = watched(relation, report);
    let mark = |point: &&TurningPoint| {
        let place = weeks.iter().rposition(|week| week.week <= point.date)?;
        Some(Mark {
            place,
            href: Some(format!("#{}", point_id(point))),
            title: format!("{}: {}", point.date, point.title),
        })
    };
    let stories: u32 = weeks.iter().map(|week| week.stories).sum();
    let chart = Chart {
        plot: Plot::Index {
            weeks: relation.weeks.clone(),
            marks: points.iter().filter_map(mark).collect(),
            reach: REACH,
        },
        size: (720, 200),
        label: format!(
            "Tone by week over {} weeks with {stories} stories: now {}, a quarter ago {}, a year ago {}",
            weeks.len(),
            level_words(relation.now),
            level_words(relation.quarter_ago),
            level_words(relation.year_ago)
        ),
    };
    html! {
        dl.figures {
            div { dt { "Now" } dd { (level(relation.now)) } }
            div { dt { "A quarter ago" } dd { (level(relation.quarter_ago)) } }
            div { dt { "A year ago" } dd { (level(relation.year_ago)) } }
            div { dt { "Stories in a year" } dd { a href=(search(&relation.pair, Some((report.period.since, report.period.until)))) { (relation.stories) } } }
        }
        @if let Some(course) = course(relation) { p { (course) } }
        figure.axes {
            div.scale aria-hidden="true" { span { "+10 alliance" } span { "0" } span { "−10 attack" } }
            div.plot { (chart.draw()) }
            div.months aria-hidden="true" { @for month in months(&weeks) { span { (month) } } }
            figcaption.meta { "The mean tone of the stories of each week, with its 95 % interval. A vertical mark is a turning point and leads to it; a week without stories is left blank." }
        }
        details {
            summary { "The same as a table" }
            div.scroll { table {
                thead { tr { th { "Week from" } th.number { "Tone" } th { "95 % interval" } th.number { "Stories" } } }
                tbody { @for week in weeks.iter().rev().filter(|week| week.stories > 0) { (week_row(relation, week)) } }
            } }
        }
    }
}

fn week_row(relation: &RelationView, week: &RelationWeek) -> Markup {
    let end = week.week.checked_add(Span::new().days(7)).unwrap_or(week.week);
    html! { tr {
        th scope="row" { (week.week.strftime("%-d %b %Y")) }
        td.number { (level(week.level)) }
        td { @if let Some(known) = week.level { (signed(known.low)) " to " (signed(known.high)) } }
        td.number { a href=(search(&relation.pair, Some((week.week, end)))) { (week.stories) } }
    } }
}

/// The months of a chart, at most seven, so that they have room on a phone.
fn months(weeks: &[RelationWeek]) -> Vec<String> {
    let every = weeks.len().div_ceil(7).max(1);
    weeks.iter().step_by(every).map(|week| week.week.strftime("%b %y").to_string()).collect()
}

/// When the two moved closer and when apart.
fn course(relation: &RelationView) -> Option<String> {
    let words: Vec<String> = relation
        .phases
        .iter()
        .map(|phase| {
            let way = match phase.direction {
                Direction::Positive => "closer",
                Direction::Negative => "apart",
            };
            let days = crate::trends::days_in_words(phase.from, phase.to, true);
            format!("{way} {} {days}", if phase.from == phase.to { "on" } else { "from" })
        })
        .collect();
    (!words.is_empty()).then(|| format!("They moved {}.", words.join(", then ")))
}

/// The id of a turning point within the page.
fn point_id(point: &TurningPoint) -> String {
    let number = point.evidence.first().map_or(0, |item| item.id);
    format!("point-{}-{number}", point.date)
}

fn turning_point(visit: &Visit<'_>, point: &TurningPoint) -> Markup {
    let first = point.evidence.first();
    let url = first.and_then(|item| item.url.as_deref());
    let language = first.filter(|item| item.title == point.title).and_then(|item| item.language.as_deref());
    let age = visit.now.to_zoned(visit.site.config.time_zone.clone()).date() - point.date;
    html! {
        li id=(point_id(point)) {
            p.meta {
                time datetime=(point.date) { (point.date.strftime("%-d %B %Y")) } " "
                @match point.direction {
                    Some(Direction::Positive) => span.chip.up { "▲ warmer" },
                    Some(Direction::Negative) => span.chip.down { "▼ colder" },
                    None => {}
                }
                @if age.get_days() < 7 { " " span.chip.follow { "this week" } }
            }
            h3 { (web_link(&point.title, language, url)) }
            p.meta {
                (counted(point.newsrooms as usize, "newsroom", "newsrooms"))
                @if let Some(first) = first { " · " a href={ "/items/" (first.id) } { "the story" } }
            }
            @if point.evidence.len() > 1 { ul.evidence { @for item in point.evidence.iter().skip(1).take(3) {
                li { (web_link(&item.title, item.language.as_deref(), item.url.as_deref())) " " span.meta { bdi { (item.outlet) } " · " a href={ "/items/" (item.id) } { "story" } } }
            } } }
        }
    }
}
