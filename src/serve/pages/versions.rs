//! How a text was edited: the words that came and went.

use maud::{Markup, html};
use similar::{ChangeTag, TextDiff};

use super::{counted, moment};
use crate::serve::site::Site;
use crate::store::{ItemRow, ItemVersion};

/// Bytes of a text that are compared; longer ones are shown as they are.
const COMPARED_BYTES: usize = 20_000;

/// The versions of an item, each with what the next one changed; nothing if it was never edited.
pub(super) fn versions(site: &Site, item: &ItemRow, former: &[ItemVersion]) -> Markup {
    let texts: Vec<(&str, &str)> = former
        .iter()
        .map(|version| (version.title.as_str(), version.summary.as_str()))
        .chain([(item.title.as_str(), item.summary.as_str())])
        .collect();
    html! {
        @if !former.is_empty() {
            details.evidence {
                summary { bdi { (item.outlet) } ": edited " (counted(former.len(), "time", "times")) }
                @for (version, texts) in former.iter().zip(texts.windows(2)) {
                    @if let [(title, summary), (next_title, next_summary)] = texts {
                        p.meta { "Until " (moment(site, version.until)) }
                        p dir="auto" { (changes(title, next_title)) }
                        @if summary != next_summary { p.summary dir="auto" { (changes(summary, next_summary)) } }
                    }
                }
            }
        }
    }
}

/// A text with the words that were removed and added.
fn changes(before: &str, after: &str) -> Markup {
    if before.len() + after.len() > COMPARED_BYTES {
        return html! { del { (before) } " " ins { (after) } };
    }
    let diff = TextDiff::from_unicode_words(before, after);
    // Neighbouring words of one kind are one change.
    let mut runs: Vec<(ChangeTag, String)> = Vec::new();
    for change in diff.iter_all_changes() {
        match runs.last_mut() {
            Some((tag, words)) if *tag == change.tag() => words.push_str(change.value()),
            _ => runs.push((change.tag(), change.value().to_owned())),
        }
    }
    html! {
        @for (tag, words) in &runs {
            @match tag {
                ChangeTag::Equal => (words),
                ChangeTag::Delete => del { (words) },
                ChangeTag::Insert => ins { (words) },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::changes;

    #[test]
    fn words_that_came_and_went_are_marked_in_every_script() {
        let check = |before: &str, after: &str, html: &str| assert_eq!(changes(before, after).into_string(), html);
        check("Talks fail <today>", "Talks resume <today>", "Talks <del>fail</del><ins>resume</ins> &lt;today&gt;");
        check("Переговоры сорваны", "Переговоры начаты", "Переговоры <del>сорваны</del><ins>начаты</ins>");
        check("same", "same", "same");
        check("", "new", "<ins>new</ins>");
    }
}
