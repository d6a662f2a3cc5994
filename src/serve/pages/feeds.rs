//! The feeds and their health.

use std::collections::HashMap;

use jiff::Timestamp;
use maud::{Markup, html};

use super::{ago, counted, moment, span_words};
use crate::model::BudgetUse;
use crate::render::svg::{Chart, Plot};
use crate::render::web_link;
use crate::serve::answer::{Answer, Fault};
use crate::serve::feed_orders;
use crate::serve::layout::{Frame, page as framed};
use crate::serve::visit::Visit;
use crate::store::{FeedDay, FeedRow, FeedState};
use crate::text::sanitize::without_passwords;

/// Days of the charts.
const DAYS: i64 = 30;
/// A feed that is read but gave nothing new for so many days is silent.
const SILENT_DAYS: i64 = 7;

/// How a feed is, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    Failing,
    Silent,
    Waiting,
    Well,
    NotPolled,
}

impl Health {
    fn words(self) -> &'static str {
        match self {
            Health::Failing => "failing",
            Health::Silent => "silent",
            Health::Waiting => "not polled yet",
            Health::Well => "well",
            Health::NotPolled => "off",
        }
    }

    fn of(row: &FeedRow, days: &[FeedDay], today: i64) -> Health {
        let has_new = days.iter().any(|day| day.items_new > 0 && day.day > today - SILENT_DAYS);
        let is_old = days.first().is_some_and(|first| first.day <= today - SILENT_DAYS);
        match (row.state, row.polls, row.failures) {
            (FeedState::Off | FeedState::Removed | FeedState::Unlisted, ..) => Health::NotPolled,
            (_, 0, _) => Health::Waiting,
            (.., failures) if failures > 0 => Health::Failing,
            _ if !has_new && is_old => Health::Silent,
            _ => Health::Well,
        }
    }
}

fn today(visit: &Visit<'_>) -> i64 {
    visit.now.as_second().div_euclid(86_400)
}

/// The list of feeds.
pub(in crate::serve) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let rows = visit.reader.feeds()?;
    let today = today(visit);
    let mut days: HashMap<i64, Vec<FeedDay>> = HashMap::new();
    for day in visit.reader.feed_days(today - DAYS + 1)? {
        days.entry(day.feed_id).or_default().push(day);
    }
    let none = Vec::new();
    let days_of = |row: &FeedRow| days.get(&row.id).unwrap_or(&none);
    let mut listed: Vec<(Health, &FeedRow)> =
        rows.iter().map(|row| (Health::of(row, days_of(row), today), row)).collect();
    listed.sort_by(|(a, one), (b, other)| {
        (a, &one.feed.outlet, &one.feed.title).cmp(&(b, &other.feed.outlet, &other.feed.title))
    });
    let number = |health: Health| listed.iter().filter(|(one, _)| *one == health).count();
    let content = html! {
        h1 { "Feeds" }
        p.lead {
            (counted(rows.len(), "feed", "feeds")) ": " (number(Health::Well)) " well, " (number(Health::Failing)) " failing, "
            (number(Health::Silent)) " silent for " (SILENT_DAYS) " days, " (number(Health::Waiting)) " not polled yet, " (number(Health::NotPolled)) " off"
        }
        (feed_orders::add_form(visit))
        @if !rows.is_empty() { p { a href="/feeds.opml" download { "The list as OPML" } } }
        @if rows.is_empty() { p { "No feed has been polled. Items that were imported belong to none." } }
        @else {
            div.scroll { table.feeds {
                thead { tr { th { "Feed" } th { "Health" } th.wide { "New items in " (DAYS) " days" } th.number { "Polls" } th.wide { "Last poll" } } }
                tbody { @for (health, row) in &listed { (feed_row(visit, *health, row, days_of(row), today)) } }
            } }
        }
    };
    Ok(Answer::page(framed(&Frame { title: "Feeds", place: "/feeds", is_wide: true, ..Frame::default() }, &content)))
}

fn feed_row(visit: &Visit<'_>, health: Health, row: &FeedRow, days: &[FeedDay], today: i64) -> Markup {
    html! {
        tr class={ "feed-" (health.words().split(' ').next().unwrap_or_default()) } {
            td {
                a href={ "/feeds/" (row.id) } { bdi { (name(row)) } }
                div.meta { bdi { (row.feed.outlet) } @if let Some(bloc) = row.feed.bloc { " · " (bloc.label()) } @if let Some(language) = &row.feed.language { " · " (language) } }
            }
            td {
                span.chip.down[health == Health::Failing].follow[health == Health::Silent] { (health.words()) }
                @for limit in limits(visit, row) { div.meta { (limit) } }
                @if health == Health::Failing { div.meta { (row.last_reason.as_deref().or(row.last_status.as_deref()).unwrap_or("no answer")) } }
            }
            td.wide.chart { (chart(days, today).draw()) }
            td.number { (row.polls) }
            td.wide { @if let Some(at) = row.last_poll_at { (ago(at, visit.now)) } @else { "–" } }
        }
    }
}

/// What keeps a feed from being read whole: its quarantine and its budgets.
fn limits(visit: &Visit<'_>, row: &FeedRow) -> Vec<Markup> {
    let mut limits = Vec::new();
    if row.state != FeedState::On {
        return limits;
    }
    if let Some(quarantine) = &row.poll_state.quarantine {
        let until = Timestamp::from_second(quarantine.until_secs).unwrap_or(Timestamp::MAX);
        limits.push(html! {
            "in quarantine, since kazbek was killed while it had the feed in hand: polled alone"
            @if until > visit.now { ", not before " (moment(visit.site, until)) }
        });
    }
    let BudgetUse { items_put_off, items_left_out, .. } = row.poll_state.used;
    let items = |count| counted(count, "item", "items");
    if items_put_off > 0 {
        limits.push(html! { (items(items_put_off)) " of its last document put off to a later poll" });
    }
    if items_left_out > 0 {
        limits.push(html! { (items(items_left_out)) " of its last document left out, since it has too many" });
    }
    limits
}

fn name(row: &FeedRow) -> std::borrow::Cow<'_, str> {
    match row.feed.title.is_empty() {
        true => without_passwords(&row.feed.url),
        false => row.feed.title.as_str().into(),
    }
}

/// New items by day; a day on which the feed was not read is a gap.
fn chart(days: &[FeedDay], today: i64) -> Chart {
    let value = |day: i64| {
        let found = days.iter().find(|one| one.day == day && one.successes > 0);
        found.map(|one| f64::from(one.items_new))
    };
    let new: u32 = days.iter().map(|day| day.items_new).sum();
    Chart {
        plot: Plot::Bars { values: (today - DAYS + 1..=today).map(value).collect(), marks: Vec::new() },
        size: (180, 24),
        label: format!("{new} new items in {DAYS} days"),
    }
}

/// One feed.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let id = visit.request.id()?;
    let rows = visit.reader.feeds()?;
    let row = rows.iter().find(|row| row.id == id).ok_or_else(|| Fault::NotFound(format!("There is no feed {id}.")))?;
    let today = today(visit);
    let days: Vec<FeedDay> =
        visit.reader.feed_days(today - DAYS + 1)?.into_iter().filter(|day| day.feed_id == id).collect();
    let events = visit.reader.fetch_events(id)?;
    let url = without_passwords(&row.feed.url);
    let interval = (row.next_due_at.duration_since(row.last_poll_at.unwrap_or(row.next_due_at))).as_secs();
    let content = html! {
        header.masthead {
            p.kicker { "Feed" }
            h1 { bdi { (name(row)) } }
            p.lead { bdi { (row.feed.outlet) } " · " (Health::of(row, &days, today).words()) }
            (feed_orders::buttons(visit, row))
        }
        dl.facts {
            dt { "Address" } dd { (web_link(&url, None, Some(&url))) }
            @if let Some(bloc) = row.feed.bloc { dt { "Bloc" } dd { (bloc.label()) } }
            @if let Some(language) = &row.feed.language { dt { "Language" } dd { (language) } }
            @if let Some(group) = &row.feed.group { dt { "Group" } dd { bdi { (group) } } }
            dt { "State" } dd { (row.state.as_str()) }
            dt { "Polls" } dd { (row.polls) @if row.failures > 0 { ", the last " (row.failures) " failed" } }
            @if let Some(at) = row.last_success_at { dt { "Last read" } dd { (moment(visit.site, at)) } }
            @if row.state == FeedState::On && row.polls > 0 {
                dt { "Next poll" } dd { (moment(visit.site, row.next_due_at)) @if interval > 0 { ", " (span_words(jiff::SignedDuration::from_secs(interval))) " after the last" } }
            }
            dt { "Replaced as a whole" } dd { (counted(usize::try_from(row.rollovers).unwrap_or_default(), "time", "times")) " between two polls, so that items may have been missed" }
            @for limit in limits(visit, row) { dt { "Limit" } dd { (limit) } }
            @if let Some(reason) = &row.last_reason { dt { "Fault" } dd { (reason) } }
        }
        figure { (chart(&days, today).draw()) figcaption.meta { "New items by day; grey: not read" } }
        h2 { "Last fetches" }
        @if events.is_empty() { p { "None yet." } } @else {
            div.scroll { table {
                thead { tr { th { "When" } th { "Answer" } th.number { "New" } th.number.wide { "Items" } th.number.wide { "Bytes" } } }
                tbody { @for event in &events {
                    tr {
                        td { (moment(visit.site, event.at)) }
                        td { (event.status) @if let Some(reason) = &event.reason { div.meta { (reason) } } }
                        td.number { (event.items_new) } td.number.wide { (event.items_seen) } td.number.wide { (event.size_bytes) }
                    }
                } }
            } }
        }
        p { a href={ "/search?outlet=" (crate::serve::request::encoded(&row.feed.outlet)) } { "Its reports" } }
    };
    Ok(Answer::page(framed(&Frame { title: &name(row), place: "/feeds", ..Frame::default() }, &content)))
}
