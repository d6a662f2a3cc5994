//! The part of `explain` about duplicates and stories, level by level.

use std::io::Write;

use serde_json::Value;

use crate::cli::failure::Failure;
use crate::dedup::{self, Level, Report, Term};
use crate::store::{ItemRow, ListedItem, SightingDetail};

/// Prints whether an item is a duplicate and which story it belongs to, with the reasons.
pub(super) fn print_levels(
    out: &mut impl Write,
    item: &ItemRow,
    sightings: &[SightingDetail],
    related: &[ListedItem],
    terms: &[Term],
) -> Result<(), Failure> {
    writeln!(out, "\nlevels 1 and 2, the same item or address: seen in {}", count(sightings.len(), "feed"))?;
    for sighting in sightings {
        writeln!(out, "  first seen {}  {} ({})", sighting.first_seen, sighting.feed, sighting.outlet)?;
        if let Some(title) = sighting.title.as_deref().filter(|title| *title != item.title) {
            writeln!(out, "                                   as: {title}")?;
        }
    }
    let found = |level: Level| item.found.as_ref().filter(|found| found["level"] == level.as_str());
    let copies = related.iter().filter(|other| other.duplicate_of == Some(item.id)).count();
    // Only summaries tell whether it is one text; of most items the headline is all there is.
    let text_compared = found(Level::NearDuplicate).is_some_and(|found| found["summary_containment"].is_number());
    let what = if text_compared { "the same text" } else { "a similar headline" };
    match item.duplicate_of {
        Some(survivor) => {
            writeln!(out, "\nlevel 3, the same words with small edits: {what} as that of item {survivor}")?
        }
        None if copies > 0 => {
            writeln!(out, "\nlevel 3, the same words with small edits: the first of {}", count(copies + 1, "copy"))?;
        }
        None => writeln!(out, "\nlevel 3, the same words with small edits: none")?,
    }
    if let Some(found) = found(Level::NearDuplicate) {
        writeln!(out, "  {}", reasons(found, Level::NearDuplicate))?;
    }
    match item.story {
        None => writeln!(out, "\nlevel 4, the same event: in no story")?,
        Some(story) => {
            let reports = related.iter().filter(|other| other.story == Some(story) && other.duplicate_of.is_none());
            let reports = reports.count() + usize::from(item.duplicate_of.is_none());
            let newsrooms = count(newsrooms(item, related), "independent newsroom");
            writeln!(out, "\nlevel 4, the same event: story {story}, {} by {newsrooms}", count(reports, "report"))?;
        }
    }
    if let Some(found) = found(Level::Story) {
        writeln!(out, "  {}", reasons(found, Level::Story))?;
        for (what, speaks_for) in [("for", true), ("against", false)] {
            let own = terms.iter().filter(|term| (term.counts > 0.0) == speaks_for);
            let words =
                |term: &Term| format!("{} {:.2} ({:+.2})", term.feature.replace('_', " "), term.value, term.counts);
            let listed: Vec<String> = own.map(words).collect();
            if !listed.is_empty() {
                writeln!(out, "  {what} one event: {}", listed.join(", ").replace("(-", "(\u{2212}"))?;
            }
        }
    }
    for other in related {
        let (what, at) = match other.published {
            Some(at) => ("published ", at),
            None => ("first seen", other.first_seen),
        };
        let day = format!("{what} {}", at.strftime("%Y-%m-%d"));
        let copy = other.duplicate_of.map(|survivor| format!("  (copy of {survivor})")).unwrap_or_default();
        writeln!(out, "  {day}  item {}  {}  [{}]{copy}", other.id, other.title, other.outlet)?;
    }
    Ok(())
}

/// Returns how similar the item is to the one it was matched with, and in what.
fn reasons(found: &Value, level: Level) -> String {
    let figure = |name: &str| found[name].as_f64();
    // With as many decimals as are stored.
    let (score, threshold) = (figure("score").unwrap_or_default(), level.threshold());
    let mut parts = vec![format!("similar to item {}: score {score}, threshold {threshold:.2}", found["with"])];
    parts.extend(figure("title_similarity").map(|title| format!("title similarity {title}")));
    parts.extend(figure("summary_containment").map(|summary| format!("summary overlap {summary}")));
    let shared: Vec<String> = [("shared_names", "name"), ("shared_numbers", "number"), ("shared_tags", "tag")]
        .into_iter()
        .filter_map(|(name, noun)| found[name].as_u64().filter(|count| *count > 0).map(|number| (number, noun)))
        .map(|(number, noun)| count(usize::try_from(number).unwrap_or_default(), noun))
        .collect();
    if !shared.is_empty() {
        parts.push(format!("both have {}", shared.join(", ")));
    }
    parts.join("; ")
}

/// Counts the newsrooms with a report of their own; reprints of one text count once.
fn newsrooms(item: &ItemRow, related: &[ListedItem]) -> usize {
    let own =
        Report { survivor: item.duplicate_of.unwrap_or(item.id), key: item.id, outlet: &item.outlet, source: None };
    let others = related.iter().filter(|other| other.story == item.story).map(|other| Report {
        survivor: other.duplicate_of.unwrap_or(other.id),
        key: other.id,
        outlet: &other.outlet,
        source: None,
    });
    dedup::independent_newsrooms(&std::iter::once(own).chain(others).collect::<Vec<_>>())
}

/// `1 copy`, `2 copies`.
fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}
