//! The front page: the issue of the day so far, alerts, and the places in the news.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, PreEscaped, html};

use super::{ago, counted, issues, moment, start};
use crate::alert::AlertStory;
use crate::render::svg::{Chart, Plot};
use crate::render::{self, digest as rendered};
use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::{Frame, page as framed};
use crate::serve::today::{CHART_DAYS, Today};
use crate::serve::visit::Visit;

/// The cookie by which a browser remembers what its owner has seen. It names no person.
const SEEN: &str = "kazbek_seen";
/// After this time without a request, a visit is over.
const VISIT_MINUTES: i64 = 30;
/// New stories that are counted.
const COUNTED: usize = 999;
/// How far back alerts are shown.
const ALERT_DAYS: i64 = 3;
const ALERTS: usize = 10;
/// Places with a chart.
const PLACES: usize = 16;

/// What a browser has seen: up to which item at the end of its last visit and of this one, and when it last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    before: i64,
    latest: i64,
    at: i64,
}

impl Seen {
    fn parse(cookie: &str) -> Option<Seen> {
        let mut numbers = cookie.split('.').map(|number| number.parse::<i64>().ok());
        Some(Seen { before: numbers.next()??, latest: numbers.next()??, at: numbers.next()?? })
    }

    /// Returns what is seen after a request. `last` is the last item of the store.
    fn after(known: Option<Seen>, last: i64, now: i64) -> Seen {
        match known {
            None => Seen { before: last, latest: last, at: now },
            Some(Seen { latest, at, .. }) if now - at > VISIT_MINUTES * 60 => {
                Seen { before: latest, latest: last, at: now }
            }
            Some(Seen { before, .. }) => Seen { before, latest: last, at: now },
        }
    }
}

/// The front page.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let Some(today) = visit.site.today.get(visit.reader)? else {
        return start::empty_store(visit);
    };
    let known = visit.request.cookie(SEEN).and_then(Seen::parse);
    let seen = Seen::after(known, today.last_item_id, visit.now.as_second());
    let last_seen = known.map(|_| seen.before);
    let is_now = today.day == visit.now.to_zoned(visit.site.config.time_zone.clone()).date();
    let issue = today.written(last_seen, || {
        let mut document = rendered::document(&today.digest);
        issues::link_stories(&mut document, &today.stories, last_seen);
        document.kind = String::new();
        document.footer = None;
        render::fragment(&document).into_string()
    });
    let content = html! {
        div.columns {
            div {
                p.kicker { @if is_now { "Today so far" } @else { "The last day with news" } }
                (PreEscaped(issue.as_ref())) (more(visit, &today)?)
            }
            aside.side aria-label="Beside the news" {
                (state(visit, &today, last_seen)?)
                (alerts(visit)?)
                (places(visit, &today))
            }
        }
    };
    let mut answer =
        Answer::page(framed(&Frame { title: "Today", place: "/", is_wide: true, ..Frame::default() }, &content));
    answer.cookies.push(format!(
        "{SEEN}={}.{}.{}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax",
        seen.before, seen.latest, seen.at
    ));
    Ok(answer)
}

/// How fresh the page is, and what is new to the visitor.
fn state(visit: &Visit<'_>, today: &Today, seen: Option<i64>) -> Result<Markup, Fault> {
    let new = seen.map(|seen| visit.reader.count_new(seen, COUNTED)).transpose()?;
    Ok(html! {
        section {
            h2 { "State" }
            p { "As of " (moment(visit.site, today.made_at)) "." }
            @if let Some(polled) = visit.reader.newest_poll()? { p.meta { "Last poll " (ago(polled, visit.now)) } }
            @match new {
                Some(0) => p { "Nothing new since your last visit." },
                Some(new) => p { b { (counted(new, "new report", "new reports")) } " since your last visit." },
                None => {}
            }
        }
    })
}

/// What alert rules found in the last days.
fn alerts(visit: &Visit<'_>) -> Result<Markup, Fault> {
    let since = visit.now - SignedDuration::from_hours(24 * ALERT_DAYS);
    let mut found: Vec<(Timestamp, &str, AlertStory)> = Vec::new();
    for rule in &visit.site.config.alerts {
        for alert in visit.reader.alerts_since(&rule.name, since)?.into_iter().take(ALERTS) {
            if let Ok(story) = serde_json::from_str(&alert.body) {
                found.push((alert.found_at, &rule.name, story));
            }
        }
    }
    found.sort_by_key(|(at, ..)| std::cmp::Reverse(*at));
    Ok(html! {
        @if !found.is_empty() {
            section {
                h2 { "Alerts" }
                ul.plain.alerts { @for (at, rule, story) in found.iter().take(ALERTS) {
                    li {
                        span.chip.follow { (rule) } " "
                        (render::web_link(&story.title, story.language.as_deref(), story.url.as_deref()))
                        " " span.meta { bdi { (story.outlet) } " · " (ago(*at, visit.now)) }
                    }
                } }
            }
        }
    })
}

/// The places in the news, each with its days.
fn places(visit: &Visit<'_>, today: &Today) -> Markup {
    html! {
        @if !today.places.is_empty() {
            section {
                h2 { "Places in the news" }
                table.places {
                    caption.meta { "Reports a day in the last " (CHART_DAYS) " days, copies left out; the number is that of the last day" }
                    tbody { @for (tag, days) in today.places.iter().take(PLACES) {
                        tr {
                            th scope="row" { a href={ "/search?tag=" (crate::serve::request::encoded(tag)) } { (visit.site.label(tag)) } }
                            td.chart { (chart(days).draw()) }
                            td.number { (days.last().copied().unwrap_or_default()) }
                        }
                    } }
                }
            }
        }
    }
}

fn chart(days: &[u32]) -> Chart {
    let most = days.iter().max().copied().unwrap_or_default();
    Chart {
        plot: Plot::Bars { values: days.iter().map(|count| Some(f64::from(*count))).collect(), marks: Vec::new() },
        size: (168, 24),
        label: format!("{} reports in {} days, {most} on the busiest", days.iter().sum::<u32>(), days.len()),
    }
}

/// The way to the days before.
fn more(visit: &Visit<'_>, today: &Today) -> Result<Markup, Fault> {
    let day = today.day.yesterday().map(|day| day.to_string()).unwrap_or_default();
    let has_issue = visit.reader.issue(crate::model::Cadence::Day, &day)?.is_some();
    Ok(html! {
        nav.pages aria-label="Other days" {
            @if has_issue { a href={ "/issues/day/" (day) } { "← The day before" } }
            a href="/issues" { "All digests" }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_is_what_came_after_the_last_visit() {
        let first = Seen::after(None, 100, 0);
        assert_eq!(first, Seen { before: 100, latest: 100, at: 0 }, "nothing is new to a first visitor");
        let still = Seen::after(Some(first), 110, 600);
        assert_eq!(still, Seen { before: 100, latest: 110, at: 600 }, "the same visit");
        let next = Seen::after(Some(still), 150, 40_000);
        assert_eq!(next, Seen { before: 110, latest: 150, at: 40_000 });
        assert_eq!(Seen::parse("110.150.40000"), Some(next));
        for wrong in ["", "1", "1.2", "a.b.c"] {
            assert_eq!(Seen::parse(wrong), None, "{wrong}");
        }
    }
}
