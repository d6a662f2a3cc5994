//! The pages, one file each.

mod evidence;
pub(super) mod feeds;
pub(super) mod issues;
pub(super) mod lexicon;
pub(super) mod login;
pub(super) mod pair;
pub(super) mod places;
pub(super) mod reading;
pub(super) mod relations;
pub(super) mod search;
pub(super) mod start;
pub(super) mod story;
pub(super) mod today;
pub(super) mod trends;
mod versions;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::answer::{Answer, Fault};
use super::request::Asked;
use super::site::Site;

/// Answers a request for an unknown path.
pub(super) fn unknown(_: &Site, asked: &Asked) -> Result<Answer, Fault> {
    Err(Fault::NotFound(format!("There is no page {}.", asked.path)))
}

/// `1 report`, `3 reports`.
pub(super) fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A span of time in one unit or two: `12 min`, `3 h 20 min`, `2 d 4 h`, on one line.
fn span_words(span: SignedDuration) -> String {
    let minutes = span.as_secs().max(0) / 60;
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, rest) => format!("{rest}\u{a0}min"),
        (0, hours, 0) => format!("{hours}\u{a0}h"),
        (0, hours, rest) => format!("{hours}\u{a0}h\u{a0}{rest}\u{a0}min"),
        (days, 0, _) => format!("{days}\u{a0}d"),
        (days, hours, _) => format!("{days}\u{a0}d\u{a0}{hours}\u{a0}h"),
    }
}

/// How long ago an instant was.
fn ago(at: Timestamp, now: Timestamp) -> Markup {
    let span = now.duration_since(at);
    html! { time datetime=(at) title=(at) { @if span.is_negative() { "just now" } @else { (span_words(span)) " ago" } } }
}

/// An instant in the zone of reports.
pub(super) fn moment(site: &Site, at: Timestamp) -> Markup {
    let local = at.to_zoned(site.config.time_zone.clone());
    html! { time datetime=(at) { (local.strftime("%-d %b %Y, %H:%M")) } }
}

/// The labels of the tags that a reader may want to see, as chips that search for them.
fn tag_chips(site: &Site, tags: &[crate::model::Tag]) -> Markup {
    html! {
        @for tag in tags {
            a.chip href={ "/search?tag=" (super::request::encoded(tag)) } { (site.label(tag)) }
        }
    }
}
