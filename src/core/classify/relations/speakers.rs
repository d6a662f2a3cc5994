//! Who says the parts of a field.

use super::clauses::Clause;
use super::nouns::{Head, Noun};
use super::words::{Gap, Text};
use crate::lexicon::WordClass;

/// Who says a part of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Speaker {
    /// The writer.
    None,
    /// An actor.
    Actor(u32),
    /// An official of no actor that we know.
    Official,
    /// Somebody who only has an opinion.
    Private,
}

/// The most words of a part that only says who speaks.
const MAX_SPEAKER_WORDS: usize = 9;

/// Returns who says each part, by number of the part.
pub(super) fn speakers(
    text: &Text<'_>,
    nouns: &[Noun],
    clauses: &[Clause],
    is_verb: &dyn Fn(usize) -> bool,
) -> Vec<Speaker> {
    let parts = clauses.last().map_or(0, |last| last.part + 1);
    let mut out = vec![Speaker::None; parts];
    for part in 0..parts {
        let of_part: Vec<&Clause> = clauses.iter().filter(|clause| clause.part == part).collect();
        let (Some(first), Some(last)) = (of_part.first(), of_part.last()) else { continue };
        let (from, to) = (first.from, last.to);
        let Some(speaker) = speaker(text, nouns, from, to, is_verb) else { continue };
        let gap_after = text.words.get(to).map(|word| word.gap);
        if gap_after == Some(Gap::Colon) && part + 1 < parts {
            out[part + 1] = speaker;
        } else if text.words[from].gap == Gap::Dash && part > 0 && out[part - 1] == Speaker::None {
            out[part - 1] = speaker;
        }
    }
    // A speaker speaks for a whole sentence.
    for part in 1..parts {
        let sentence = |part| clauses.iter().find(|clause| clause.part == part).map(|clause| clause.sentence);
        if out[part] == Speaker::None && sentence(part) == sentence(part - 1) && out[part - 1] != Speaker::None {
            let from = clauses.iter().find(|clause| clause.part == part).map_or(0, |clause| clause.from);
            if text.words[from].gap == Gap::Comma {
                out[part] = out[part - 1];
            }
        }
    }
    out
}

/// Returns who speaks, if words only say that.
fn speaker(
    text: &Text<'_>,
    nouns: &[Noun],
    from: usize,
    to: usize,
    is_verb: &dyn Fn(usize) -> bool,
) -> Option<Speaker> {
    let words = &text.words[from..to];
    let says = words.iter().any(|word| word.is(WordClass::Speech));
    if words.len() > MAX_SPEAKER_WORDS || !says && (from..to).any(is_verb) {
        return None;
    }
    let has = |class| words.iter().any(|word| word.is(class));
    if has(WordClass::Commentator) || has(WordClass::Private) {
        return Some(Speaker::Private);
    }
    let noun = nouns.iter().find(|noun| from <= noun.first && noun.end <= to);
    match noun {
        Some(noun) if matches!(noun.head, Head::State | Head::Official) => {
            Some(text.names[noun.name].actor.map_or(Speaker::Official, Speaker::Actor))
        }
        _ if has(WordClass::Official) => Some(Speaker::Official),
        _ => None,
    }
}
