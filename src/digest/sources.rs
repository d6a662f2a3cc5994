//! The sources footer: what an issue rests on, and what a reader must know first.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::input::{DigestInput, FailingFeed, Gap, Panel, Rollover};
use super::model::Counts;
use super::story::Story;
use crate::text::sanitize::plain;

pub(super) fn count(input: &DigestInput, stories: &[Story]) -> Counts {
    let newsrooms: BTreeSet<&str> = stories.iter().flat_map(Story::newsrooms).collect();
    let languages: BTreeSet<&str> = stories.iter().flat_map(Story::languages).collect();
    Counts {
        items: input.items.len(),
        stories: stories.len(),
        shown: 0,
        repeated: 0,
        faint: 0,
        newsrooms: newsrooms.len(),
        languages: languages.len(),
    }
}

pub(super) fn notes(input: &DigestInput, counts: &Counts) -> Vec<String> {
    let panel = &input.panel;
    let mut notes = Vec::new();
    if let Some(until) = panel.complete_until {
        let until = until.to_zoned(input.period.time_zone.clone()).strftime("%Y-%m-%d %H:%M %Z");
        notes.push(format!("This issue was written before its period was over; it is complete up to {until}."));
    }
    if let Some(unreached) = input.unreached {
        let since = unreached.since.map_or_else(String::new, |since| {
            format!(" since {}", since.to_zoned(input.period.time_zone.clone()).strftime("%Y-%m-%d %H:%M %Z"))
        });
        notes.push(format!(
            "No feed could be reached{since} when this issue was written. What the feeds have of this period follows in \
            later issues."
        ));
    }
    if panel.feeds_total > 0 && panel.feeds_alive == 0 {
        notes.push(format!(
            "No feed could be read in this period (0 of {}). This is a gap in the monitoring, not a lack of news.",
            panel.feeds_total
        ));
    } else if panel.feeds_total > panel.feeds_alive {
        notes.push(format!(
            "{} of {} feeds could not be read in this period; they are listed at the end.",
            panel.feeds_total - panel.feeds_alive,
            panel.feeds_total
        ));
    }
    if counts.items == 0 {
        notes.push("Nothing in scope was published in this period.".to_owned());
    } else if counts.repeated > 0 && counts.repeated == counts.stories {
        notes.push(
            "Nothing new: every story of this period was in an earlier issue and has not developed since.".to_owned(),
        );
    }
    notes
}

pub(super) fn clean_panel(panel: &Panel) -> Panel {
    let mut clean = panel.clone();
    clean.feeds_failing = panel
        .feeds_failing
        .iter()
        .map(|feed| FailingFeed { title: plain(&feed.title), reason: plain(&feed.reason) })
        .collect();
    clean.rollovers =
        panel.rollovers.iter().map(|feed| Rollover { title: plain(&feed.title), times: feed.times }).collect();
    clean.gaps = panel.gaps.iter().map(|gap| Gap { title: gap.title.as_deref().map(plain), ..gap.clone() }).collect();
    clean.feeds_failing.sort();
    clean.rollovers.sort_by_key(|feed| (Reverse(feed.times), feed.title.clone()));
    clean.gaps.sort_by_key(|gap| (gap.from, gap.until, gap.title.clone()));
    clean.lexicon_version = plain(&panel.lexicon_version);
    clean
}
