//! The part of a text that shows why a search found it.
//!
//! FTS5 has a function for this, but the words of the index are folded, and a reader should see the text as it is.

use std::ops::Range;

use super::query::Query;
use crate::text::fold;

/// Words of a snippet.
const WORDS: usize = 24;

/// A word of a text: where it is, and how the index has it.
struct Word {
    bytes: Range<usize>,
    folded: String,
}

/// Splits a text as the index does. A word begins with a letter or a digit; invisible characters and marks inside it
/// belong to it.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word: Option<Range<usize>> = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        let is_letter = letter.is_alphanumeric() && !matches!(letter, '\u{2B0}'..='\u{2FF}');
        match &mut word {
            Some(range) if is_letter => range.end = at + letter.len_utf8(),
            None if is_letter => word = Some(at..at + letter.len_utf8()),
            Some(_) if fold::is_ignored(letter) || unicode_normalization::char::is_combining_mark(letter) => {}
            _ => words.extend(word.take().map(|bytes| {
                let folded = fold::for_search(text.get(bytes.clone()).unwrap_or_default());
                Word { bytes, folded }
            })),
        }
    }
    words
}

/// Where the terms of a query are in a text: for each hit, the number of the term and the words.
fn hits(words: &[Word], query: &Query) -> Vec<(usize, Range<usize>)> {
    let mut hits = Vec::new();
    for (number, term) in query.terms().enumerate() {
        let wanted = term.words();
        let last = wanted.len().saturating_sub(1);
        let is_hit = |found: &[Word]| {
            found.iter().zip(&wanted).enumerate().all(|(at, (word, wanted))| match term.is_prefix && at == last {
                true => word.folded.starts_with(wanted),
                false => word.folded == *wanted,
            })
        };
        let found = words.windows(wanted.len().max(1)).enumerate().filter(|(_, found)| is_hit(found));
        hits.extend(found.map(|(at, found)| (number, at..at + found.len())));
    }
    hits.sort_by_key(|(_, words)| (words.start, words.end));
    hits
}

/// Returns the part of title or summary with most of the terms, each hit between `[` and `]`, and `…` where the text
/// goes on; the beginning of the title if neither has any.
pub(super) fn snippet(title: &str, summary: &str, query: &Query) -> String {
    let best = [title, summary].map(|text| {
        let words = words(text);
        let hits = hits(&words, query);
        let window = best_window(words.len(), &hits);
        (text, words, hits, window)
    });
    let [title, summary] = best;
    let (text, words, hits, (_, start)) = if summary.3.0 > title.3.0 { summary } else { title };
    let end = (start + WORDS).min(words.len());
    let mut shown = String::new();
    let mut at = match words.get(start) {
        Some(word) if start > 0 => {
            shown.push('…');
            word.bytes.start
        }
        _ => 0,
    };
    let mut hits =
        hits.into_iter().map(|(_, words)| words).filter(|hit| hit.start >= start && hit.end <= end).peekable();
    while let Some(mut hit) = hits.next() {
        while let Some(next) = hits.next_if(|next| next.start < hit.end) {
            hit.end = hit.end.max(next.end);
        }
        let (Some(first), Some(last)) = (words.get(hit.start), words.get(hit.end - 1)) else { continue };
        shown.push_str(text.get(at..first.bytes.start).unwrap_or_default());
        shown.push('[');
        shown.push_str(text.get(first.bytes.start..last.bytes.end).unwrap_or_default());
        shown.push(']');
        at = last.bytes.end;
    }
    match words.get(end.saturating_sub(1)) {
        Some(last) if end < words.len() => {
            shown.push_str(text.get(at..last.bytes.end).unwrap_or_default());
            shown.push('…');
        }
        _ => shown.push_str(text.get(at..).unwrap_or_default()),
    }
    shown
}

/// Returns how many different terms the best window of a text has, and the word with which it begins.
fn best_window(words: usize, hits: &[(usize, Range<usize>)]) -> (usize, usize) {
    let mut best = (0, 0);
    for (first, (_, hit)) in hits.iter().enumerate() {
        let inside = hits.iter().skip(first).take_while(|(_, other)| other.start < hit.start + WORDS);
        let inside: Vec<_> = inside.filter(|(_, other)| other.end <= hit.start + WORDS).collect();
        let mut terms: Vec<usize> = inside.iter().map(|(term, _)| *term).collect();
        terms.sort_unstable();
        terms.dedup();
        if terms.len() > best.0 {
            // The hits are in the middle.
            let span = inside.iter().map(|(_, other)| other.end).max().unwrap_or(hit.end) - hit.start;
            let before = WORDS.saturating_sub(span) / 2;
            let start = hit.start.saturating_sub(before).min(words.saturating_sub(WORDS));
            best = (terms.len(), start);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_shows_the_hits_in_the_text_as_it_is() {
        let check = |title: &str, summary: &str, query: &str, expected: &str| {
            assert_eq!(snippet(title, summary, &Query::parse(query).unwrap()), expected, "{query}");
        };
        check("Baku opens a road", "A road.", "baku road", "[Baku] opens a [road]");
        check("Мин\u{AD}оборо\u{AD}ны Ро\u{AD}ссии", "", "минобороны", "[Мин\u{AD}оборо\u{AD}ны] Ро\u{AD}ссии");
        check("ԵՐԵՎԱՆ, ❤\u{FE0F} Երևան", "", "Երեւան", "[ԵՐԵՎԱՆ], ❤\u{FE0F} [Երևան]");
        check("The upper Lars pass, upper Lars", "", "\"upper lars\"", "The [upper Lars] pass, [upper Lars]");
        check("Armenia and Armenians", "", "armen*", "[Armenia] and [Armenians]");
        check("A road", "In Şəki a road, in Şeki", "seki road", "In [Şəki] a [road], in [Şeki]");
        check("Nothing here", "Nor here", "baku", "Nothing here");
        check("", "", "baku", "");
        let long = format!("{}Baku.{}", "one two three four ".repeat(20), " five six".repeat(20));
        let shown = snippet("A title", &long, &Query::parse("baku").unwrap());
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains(" [Baku]. five"), "{shown}");
        assert_eq!(shown.split_whitespace().count(), WORDS);
    }

    proptest::proptest! {
        #[test]
        fn a_snippet_is_a_part_of_the_text(text in "(baku|[a-c\u{AD}é ə❤.]{0,3} ){0,40}", query in "(baku|a|b\\*)") {
            let shown = snippet(&text, "", &Query::parse(&query).unwrap());
            let plain = shown.trim_matches('…').replace(['[', ']'], "");
            proptest::prop_assert!(text.contains(&plain), "{} in {}", shown, text);
        }
    }
}
