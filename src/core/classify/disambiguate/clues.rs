//! The clues of a rule: which of them hold for a mention, and what they add up to.

use super::super::scan::{Hit, ItemText};
use super::{Decision, Mention, Mentions, Reading};
use crate::lexicon::{Clue, Lexicon, Prior, Rule, Shape};

impl Mentions {
    /// Returns the sum of the weights of the clues that hold for mention `n`.
    pub(super) fn weigh(&self, rule: &Rule, n: usize, reading: Reading<'_>) -> f32 {
        rule.clues.iter().map(|clue| clue.weight * f32::from(self.count(clue, n, reading))).sum()
    }

    /// Returns how many different conditions of a clue hold for mention `n`, at most as many as the clue counts.
    pub(super) fn count(&self, clue: &Clue, n: usize, reading: Reading<'_>) -> u8 {
        let Reading { lexicon, languages, item } = reading;
        let mention = &self.all[n];
        let hit = &mention.hit;
        let enough = clue.most;
        let mut count = 0u8;
        if !clue.words.is_empty() {
            let apart =
                |at: &Hit| at.field != hit.field || at.end_word <= hit.first_word || at.first_word >= hit.end_word;
            for (phrase, first, last) in &self.words {
                if clue.words.binary_search(phrase).is_ok() && (apart(first) || apart(last)) {
                    count += 1;
                    if count >= enough {
                        return enough;
                    }
                }
            }
        }
        let adjacent = |list: &[(u8, u32, u32)], word: u32, of: &[u32]| {
            let from = list.partition_point(|&(f, w, _)| (f, w) < (hit.field, word));
            list[from..]
                .iter()
                .take_while(|&&(f, w, _)| (f, w) == (hit.field, word))
                .any(|(_, _, phrase)| of.binary_search(phrase).is_ok())
        };
        if !clue.before.is_empty() && adjacent(&self.ends, hit.first_word, &clue.before) {
            count += 1;
        }
        if !clue.after.is_empty() && adjacent(&self.begins, hit.end_word, &clue.after) {
            count += 1;
        }
        let kin: &[u32] = if clue.kin { &lexicon.entity_at(mention.entity).ancestors } else { &[] };
        for &entity in clue.entities.iter().chain(kin) {
            if count >= enough {
                return enough;
            }
            count += u8::from(self.is_elsewhere(entity, hit));
        }
        let text = item.field(hit.field);
        let other_holds = has_name(&clue.name_ends, item)
            || clue.shapes.iter().any(|&shape| self.has_shape(shape, lexicon, mention, text))
            || !clue.url.is_empty()
                && item.url.is_some_and(|url| {
                    let url = url.to_lowercase();
                    clue.url.iter().any(|part| url.contains(part.as_str()))
                })
            || item.country.is_some_and(|c| clue.countries.iter().any(|country| country.eq_ignore_ascii_case(c)))
            || item.bloc.is_some_and(|b| clue.blocs.contains(&b))
            || languages.main.is_some_and(|l| clue.languages >> l & 1 != 0);
        count.saturating_add(u8::from(other_holds)).min(enough)
    }

    /// Whether a mention in `text` looks like a shape.
    pub(super) fn has_shape(&self, shape: Shape, lexicon: &Lexicon, mention: &Mention, text: &str) -> bool {
        let (start, end) = (mention.hit.start as usize, mention.hit.end as usize);
        let before = text.get(..start).unwrap_or_default();
        let form = text.get(start..end).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        match shape {
            Shape::CapitalBefore => word_before(before).is_some_and(|(word, at)| {
                capitalised(word)
                    && !self.is_entity(lexicon, mention.hit.field, at as u32)
                    && (!begins_sentence(before, at) || lexicon.is_given_name(word))
                    && !is_given_name(word, &lexicon.entity_at(mention.entity).given_names)
                    && !is_title_case(text)
            }),
            Shape::CapitalAfter => word_after(after).is_some_and(|(word, at)| {
                capitalised(word)
                    && !self.is_entity(lexicon, mention.hit.field, (end + at) as u32)
                    && !is_title_case(text)
            }),
            Shape::SentenceStart => begins_sentence(text, start),
            Shape::OpensSentence => {
                begins_sentence(text, start)
                    && word_after(after).is_some_and(|(word, _)| word.chars().next().is_some_and(char::is_lowercase))
            }
            Shape::Lower => form.chars().next().is_some_and(char::is_lowercase),
            Shape::AllCaps => {
                form.chars().all(|c| !c.is_lowercase()) && form.chars().filter(|c| c.is_uppercase()).count() > 1
            }
            Shape::Quoted => {
                let is_quote = |c: char| matches!(c, '"' | '«' | '»' | '“' | '”' | '„' | '‘' | '’' | '\'');
                before.chars().next_back().is_some_and(is_quote) && after.chars().next().is_some_and(is_quote)
            }
            Shape::Credit => is_credit(before, after),
            Shape::Title => mention.hit.field == 0,
        }
    }

    /// Whether a mention that counts, or that counts unless a clue says otherwise, covers a byte of a field.
    fn is_entity(&self, lexicon: &Lexicon, field: u8, at: u32) -> bool {
        let stands = |m: &Mention| match m.decision {
            Decision::Undecided => {
                lexicon.rule_of(lexicon.form(m.form)).is_some_and(|rule| matches!(rule.prior, Prior::Tag(_)))
            }
            Decision::Dropped => false,
            _ => true,
        };
        // Mentions are in the order of the text. They overlap only if they are the same words.
        let after = self.all.partition_point(|m| (m.hit.field, m.hit.start) <= (field, at));
        self.all[..after].iter().rev().take_while(|m| m.hit.field == field && at < m.hit.end).any(stands)
    }
}

/// How many words of title and of summary are searched for names by their end.
const NAME_SEARCH_WORDS: usize = 300;

/// Whether title or summary has a capitalised word with one of these ends.
pub(super) fn has_name(ends: &[String], item: &ItemText<'_>) -> bool {
    !ends.is_empty()
        && [item.title, item.summary].into_iter().any(|text| {
            let words = text.split(|c: char| !c.is_alphanumeric()).take(NAME_SEARCH_WORDS);
            words
                .filter(|word| capitalised(word))
                .any(|word| ends.iter().any(|end| word.len() > end.len() && word.ends_with(end.as_str())))
        })
}

/// How many letters two spellings or forms of a given name share at their beginning.
const GIVEN_NAME_LETTERS: usize = 4;

/// Whether a word is one of these given names, or another spelling or form of one.
fn is_given_name(word: &str, given_names: &[String]) -> bool {
    given_names.iter().any(|name| {
        let letters = GIVEN_NAME_LETTERS.min(name.chars().count());
        let same = word.chars().flat_map(char::to_lowercase).zip(name.chars()).take_while(|(a, b)| a == b).count();
        same >= letters
    })
}

/// Whether a mention is the credit of a report, by the text before and after it: at the beginning with a colon
/// (`TASS: …`), in brackets or after a dash at the end (`… — TASS`), or between slashes.
fn is_credit(before: &str, after: &str) -> bool {
    let before = before.trim_end();
    let after = after.trim_start_matches(['"', '»', '”', '“', '\'']).trim();
    let last = before.trim_end_matches(['"', '«', '„', '“', '‘', '\'']).trim_end().chars().next_back();
    match last {
        None => after.starts_with(':'),
        Some('(' | '/' | '[') => after.is_empty() || after.starts_with([')', '/', ']']),
        Some('—' | '–' | '-' | '|') => after.is_empty() || after == ".",
        _ => false,
    }
}

/// How many words make the letter case of a headline plain.
const TITLE_CASE_WORDS: usize = 4;

/// Whether a text is a headline in which almost all words have capitals, which then prove no names.
fn is_title_case(text: &str) -> bool {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 3).take(24);
    let (mut all, mut capitals) = (0usize, 0usize);
    for word in words {
        all += 1;
        capitals += usize::from(word.chars().next().is_some_and(|c| !c.is_lowercase()));
    }
    all >= TITLE_CASE_WORDS && capitals * 10 >= all * 9
}

fn capitalised(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase)
}

/// Returns the last word of a text that ends in one space, and the byte where the word begins.
fn word_before(text: &str) -> Option<(&str, usize)> {
    let trimmed = text.strip_suffix([' ', '\u{a0}'])?;
    let start = trimmed.char_indices().rev().take(64).take_while(|(_, c)| c.is_alphanumeric()).last()?.0;
    Some((trimmed.get(start..)?, start))
}

/// Returns the first word of a text that begins with one space, and the byte where the word begins.
fn word_after(text: &str) -> Option<(&str, usize)> {
    let space = text.chars().next().filter(|c| matches!(c, ' ' | '\u{a0}'))?.len_utf8();
    let rest = text.get(space..)?;
    let len: usize = rest.chars().take(64).take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum();
    (len > 0).then(|| rest.get(..len).map(|word| (word, space)))?
}

/// Whether a sentence begins at a byte: at the start of the text, or after a mark that ends one.
fn begins_sentence(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let last = before
        .chars()
        .rev()
        .take(16)
        .find(|c| !c.is_whitespace() && !matches!(c, '"' | '«' | '“' | '„' | '‘' | '\'' | '(' | '—' | '–' | '-'));
    last.is_none_or(|c| matches!(c, '.' | '!' | '?' | ':' | '…' | '։' | '؟'))
}
