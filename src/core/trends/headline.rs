//! The headline of an event: the title that says best what happened, in the reader's language.

use super::history::Row;
use super::options::Options;
use super::series::Ordered;
use crate::text::sanitize::plain;
use crate::text::without_outlet;

/// The most characters of a headline.
const CHARS_MAX: usize = 140;
/// A shorter title says too little.
const CHARS_MIN: usize = 25;
/// Titles that are considered, of those that are most like the whole, and of these most in one language.
const CENTRAL: usize = 24;
const CONSIDERED: usize = 12;

/// Returns the best headline of some rows, given the most central first: in the reader's language if there is one, a
/// statement of what happened rather than a question, a preview or a round-up.
pub(crate) fn headline(ordered: &Ordered<'_>, central: &[u32], options: &Options) -> String {
    headline_of(ordered, central, options).0
}

/// Returns the same with the row that it is the title of; `None` if there is none.
pub(crate) fn headline_of(ordered: &Ordered<'_>, central: &[u32], options: &Options) -> (String, Option<u32>) {
    let history = ordered.history;
    let own = central.iter().copied().filter(|&row| !ordered.copies[row as usize]);
    let mut candidates: Vec<(usize, usize, String, u32)> = Vec::new();
    let mut considered = vec![0; options.languages.len() + 1];
    for (place, number) in own.take(CENTRAL).enumerate() {
        let row: &Row = &history.rows[number as usize];
        let language = language(ordered, number, options);
        considered[language] += 1;
        if considered[language] <= CONSIDERED {
            let title = plain(without_outlet(history.title(row), history.outlet_words.word(row.outlet)));
            candidates.push((language * CONSIDERED + flaws(&title, &options.weak_titles), place, title, number));
        }
    }
    candidates.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    let best = candidates.into_iter().next().map(|(_, _, title, row)| (cut(&title, CHARS_MAX), Some(row)));
    best.unwrap_or_default()
}

/// Returns the place of a row's language among the reader's, after all of them if it is none.
pub(crate) fn language(ordered: &Ordered<'_>, number: u32, options: &Options) -> usize {
    let code = ordered.history.language_words.word(ordered.history.rows[number as usize].language);
    let code = code.split('-').next().unwrap_or("");
    options.languages.iter().position(|wanted| wanted == code).unwrap_or(options.languages.len())
}

/// Counts what makes a title a poor statement of what happened.
fn flaws(title: &str, weak: &[String]) -> usize {
    let folded = format!(" {} ", title.to_lowercase());
    let length = title.chars().count();
    let first = title.chars().next();
    let label = title.split_once([':', '|']).is_some_and(|(label, _)| label.split_whitespace().count() <= 2);
    [
        title.ends_with('?') || title.contains("? "),
        !(CHARS_MIN..=CHARS_MAX).contains(&length),
        label,
        first.is_some_and(|letter| matches!(letter, '‘' | '\'' | '"' | '“' | '«')),
        title.contains(['(', '[']),
        weak.iter().any(|words| folded.contains(words.as_str())),
    ]
    .into_iter()
    .filter(|flaw| *flaw)
    .count()
}

/// Cuts a text after a word.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    let head: String = text.chars().take(chars - 1).collect();
    let is_whole = text.chars().nth(chars - 1).is_some_and(|next| !next.is_alphanumeric());
    let head = head.rsplit_once(' ').filter(|_| !is_whole).map_or(head.as_str(), |(head, _)| head);
    format!("{}…", head.trim_end_matches([',', ';', ':', '-', '–', '—', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_title_is_cut_after_a_word() {
        assert_eq!(cut("The pass in the hills, open at last", 23), "The pass in the hills…");
        assert_eq!(cut("The pass", 23), "The pass");
    }

    #[test]
    fn a_statement_is_better_than_a_question_or_a_preview() {
        let weak = [" to open ".to_owned(), " why ".to_owned()];
        let check = |poor: &str| {
            assert!(flaws("The pass over the mountains is open again", &weak) < flaws(poor, &weak), "{poor}");
        };
        check("Is the pass over the mountains open again?");
        check("WATCH: The pass over the mountains is open");
        check("Guides to open the pass over the mountains");
        check("Why the pass over the mountains is open");
    }
}
