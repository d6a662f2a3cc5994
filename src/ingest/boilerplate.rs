//! Lines that a feed writes under every item alike: they say who publishes it, not what the item is about.

use std::collections::{HashMap, HashSet};

use crate::model::Item;

/// A line is a standing one if so many items with titles of their own have it.
const ITEMS: usize = 3;
/// How many standing lines are removed from each end of a text.
const LINES: usize = 3;

/// Removes standing lines from the texts of a feed's items. Returns from how many.
pub(super) fn remove(items: &mut [Item]) -> usize {
    let mut changed: HashSet<usize> = HashSet::new();
    for _ in 0..LINES {
        let before = changed.len();
        for end in [End::Whole, End::Last, End::First] {
            changed.extend(remove_at(items, end));
        }
        if changed.len() == before {
            break;
        }
    }
    changed.len()
}

/// Which part of a text may be the standing line.
#[derive(Clone, Copy)]
enum End {
    Whole,
    First,
    Last,
}

impl End {
    /// Splits a text into the part and the rest; `None` if there is no rest for a part of it.
    fn split(self, text: &str) -> Option<(&str, &str)> {
        let text = text.trim();
        let (part, rest) = match self {
            End::Whole => return (!text.is_empty()).then_some((text, "")),
            End::First => boundaries(text).next().map(|at| text.split_at(at))?,
            End::Last => boundaries(text).last().map(|at| text.split_at(at)).map(|(rest, part)| (part, rest))?,
        };
        Some((part.trim(), rest.trim())).filter(|(part, rest)| !part.is_empty() && !rest.is_empty())
    }
}

/// Where lines and sentences of a text begin, apart from the first.
fn boundaries(text: &str) -> impl Iterator<Item = usize> {
    let mut before = [' '; 2];
    text.char_indices().filter_map(move |(at, letter)| {
        let [last_but_one, last] = before;
        let begins = last == '\n' || last.is_whitespace() && matches!(last_but_one, '.' | '!' | '?' | '…' | '։');
        before = [last, letter];
        (begins && !letter.is_whitespace()).then_some(at)
    })
}

fn remove_at(items: &mut [Item], end: End) -> Vec<usize> {
    let mut titles: HashMap<&str, HashSet<&str>> = HashMap::new();
    for item in items.iter() {
        for text in [&item.summary, &item.content].into_iter().flatten() {
            if let Some((part, _)) = end.split(text) {
                titles.entry(part).or_default().insert(&item.title);
            }
        }
    }
    let standing: HashSet<String> =
        titles.into_iter().filter(|(_, titles)| titles.len() >= ITEMS).map(|(part, _)| part.to_owned()).collect();
    let mut changed = Vec::new();
    for (index, item) in items.iter_mut().enumerate() {
        for text in [&mut item.summary, &mut item.content] {
            let rest = text.as_deref().and_then(|text| end.split(text));
            let Some((_, rest)) = rest.filter(|(part, _)| standing.contains(*part)) else { continue };
            *text = Some(rest.to_owned()).filter(|rest| !rest.is_empty());
            changed.push(index);
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_under_every_item_is_no_text_of_it() {
        let check = |name: &str, summaries: &[&str], expected: &[&str]| {
            let item = |(number, summary): (usize, &&str)| Item {
                title: format!("Headline {number}"),
                summary: Some((*summary).to_owned()),
                ..Item::default()
            };
            let mut items: Vec<Item> = summaries.iter().enumerate().map(item).collect();
            remove(&mut items);
            let found: Vec<&str> = items.iter().map(|item| item.summary.as_deref().unwrap_or_default()).collect();
            assert_eq!(found, expected, "{name}");
        };
        let tagline = "News from Georgia and Armenia, every day.";
        check("a tagline", &[tagline; 3], &[""; 3]);
        check("twice may be chance", &[tagline; 2], &[tagline; 2]);
        check(
            "a last sentence",
            &["Snow fell. Read on our site.", "A court sat. Read on our site.", "A bridge. Read on our site."],
            &["Snow fell.", "A court sat.", "A bridge."],
        );
        check(
            "a first line",
            &["Subscribe!\nSnow fell.", "Subscribe!\nA court sat.", "Subscribe!\nA bridge opened."],
            &["Snow fell.", "A court sat.", "A bridge opened."],
        );
        check(
            "texts of their own",
            &["Snow fell.", "A court sat.", "A bridge."],
            &["Snow fell.", "A court sat.", "A bridge."],
        );
    }

    #[test]
    fn one_item_given_three_times_keeps_its_text() {
        let item = Item { title: "T".to_owned(), summary: Some("Its text.".to_owned()), ..Item::default() };
        let mut items = vec![item.clone(), item.clone(), item];
        assert_eq!(remove(&mut items), 0);
    }
}
