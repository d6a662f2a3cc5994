//! The cues of a field, with what negates, weakens or voids them.

use super::super::scan::Hit;
use super::words::{Gap, Text};
use crate::lexicon::{Effect, Output, Side, WordClass};

/// The most cues of a field.
const MAX_CUES: usize = 48;
/// The most words between a cue and what says that it has ended.
const ENDED_WORDS: usize = 6;
/// The most words in place of an ellipsis in a cue.
const ELLIPSIS_WORDS: u32 = 3;

/// A cue found in a field, with its modifiers applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cue {
    pub(super) hit: Hit,
    pub(super) first: usize,
    pub(super) end: usize,
    /// Number of the cue in the lexicon.
    pub(super) number: u16,
    /// Whether the form is only a noun.
    pub(super) is_noun: bool,
    /// Whether the form is a noun as well as a verb.
    pub(super) is_either: bool,
    pub(super) tone: f32,
    /// Number of the modifier that negates it.
    pub(super) negated_by: Option<u16>,
    /// Whether it is only said of who acts.
    pub(super) said: bool,
}

/// The cues of a field.
pub(super) struct FoundCues {
    /// All of them, in the order of the text.
    pub(super) all: Vec<Cue>,
    /// Those that nothing denies.
    pub(super) asserted: Vec<Cue>,
}

/// What modifiers make of a cue.
enum Outcome {
    Asserted(Cue),
    /// The cue is denied, by these words.
    Denied(Hit),
    Void,
}

/// Returns the cues of a field. Of overlapping cues the longest counts, of equally long ones the first.
pub(super) fn find_cues(text: &Text<'_>, hits: &[Hit]) -> FoundCues {
    let lexicon = text.lexicon;
    let mut all: Vec<Cue> = Vec::new();
    for (n, hit) in hits.iter().enumerate() {
        let Output::Cue { cue, form, part: 0, parts } = hit.output else { continue };
        let info = lexicon.cue(cue);
        let Some(&(language, is_noun)) = info.frame.forms.get(usize::from(form)) else { continue };
        if usize::from(language) != text.language {
            continue;
        }
        let Some(hit) = whole_cue(*hit, cue, form, parts, &hits[n + 1..]) else { continue };
        let (first, end) = (hit.first_word as usize, hit.end_word as usize);
        let in_name = |at: usize| text.words.get(at).is_none_or(|word| word.name.is_some());
        // `back-to-back meetings`
        let is_joined = |at: usize, to: Option<usize>| {
            let preposition = to.and_then(|to| text.words.get(to)).is_some_and(|word| word.is_preposition());
            preposition && text.words.get(at).is_some_and(|word| word.gap == Gap::Hyphen)
        };
        let is_compound = !is_noun && (is_joined(end, Some(end)) || is_joined(first, first.checked_sub(1)));
        if in_name(first) || in_name(end - 1) || is_compound || all.len() == MAX_CUES {
            continue;
        }
        all.push(Cue {
            hit,
            first,
            end,
            number: cue,
            is_noun,
            is_either: false,
            tone: info.tone,
            negated_by: None,
            said: false,
        });
    }
    // Of equal ones the noun: a form that is a verb elsewhere is read as either.
    let rank = |cue: &Cue| (cue.end - cue.first, std::cmp::Reverse(cue.first));
    let found = all.clone();
    all.retain(|c| !found.iter().any(|other| overlap(&other.hit, &c.hit) && rank(other) > rank(c)));
    all.dedup_by(|later, kept| {
        let is_same = later.first == kept.first && later.end == kept.end;
        if is_same && later.is_noun != kept.is_noun {
            (kept.is_noun, kept.is_either) = (false, true);
        }
        is_same
    });
    let outcomes: Vec<Outcome> = all.iter().map(|cue| modified(text, *cue, hits)).collect();
    // The words of a denial are no cue themselves: "denies shelling" is neither an assault nor a rejection.
    let denials: Vec<Hit> =
        outcomes.iter().filter_map(|o| if let Outcome::Denied(by) = o { Some(*by) } else { None }).collect();
    let is_no_denial = |cue: &Cue| !denials.iter().any(|by| overlap(by, &cue.hit));
    let asserted = outcomes.into_iter().filter_map(|o| if let Outcome::Asserted(cue) = o { Some(cue) } else { None });
    FoundCues { asserted: asserted.filter(is_no_denial).collect(), all }
}

fn overlap(a: &Hit, b: &Hit) -> bool {
    a.first_word < b.end_word && b.first_word < a.end_word
}

/// Joins the parts of a cue with an ellipsis, of which `first` is the first.
fn whole_cue(first: Hit, cue: u16, form: u16, parts: u8, rest: &[Hit]) -> Option<Hit> {
    let mut whole = first;
    for part in 1..parts {
        let next = rest
            .iter()
            .take_while(|h| h.first_word <= whole.end_word + ELLIPSIS_WORDS)
            .find(|h| h.first_word >= whole.end_word && h.output == Output::Cue { cue, form, part, parts })?;
        whole.end_word = next.end_word;
        whole.end = next.end;
    }
    Some(whole)
}

/// Applies the modifiers that reach a cue.
fn modified(text: &Text<'_>, mut cue: Cue, hits: &[Hit]) -> Outcome {
    let lexicon = text.lexicon;
    let mut seen: Vec<u16> = Vec::new();
    for hit in hits {
        let Output::Modifier(n, language) = hit.output else { continue };
        if usize::from(language) != text.language || seen.contains(&n) {
            continue;
        }
        let modifier = lexicon.modifier(n);
        // "refuses to" and "to sign" share a word.
        let before = hit.first_word < cue.hit.first_word
            && hit.end_word < cue.hit.end_word
            && cue.hit.first_word.saturating_sub(hit.end_word) < modifier.reach_words
            && modifier.side != Side::After
            && !clause_ends(text, hit.end_word as usize, cue.first);
        let after = hit.first_word >= cue.hit.end_word
            && hit.first_word - cue.hit.end_word < modifier.reach_words
            && modifier.side != Side::Before
            && !clause_ends(text, cue.end, hit.first_word as usize);
        if !(before || after) {
            continue;
        }
        seen.push(n);
        match modifier.effect {
            Effect::Void => return Outcome::Void,
            Effect::Weaken => cue.tone *= modifier.factor,
            Effect::Negate if cue.tone < 0.0 => return Outcome::Denied(*hit),
            Effect::Negate => {
                cue.tone = modifier.becomes.as_ref().map_or(-2.0, |b| b.1);
                cue.negated_by = Some(n);
            }
        }
    }
    if cue.tone > 0.0 && has_ended(text, cue.end) || is_possible(text, &cue) {
        return Outcome::Void;
    }
    Outcome::Asserted(cue)
}

/// Whether what a cue tells of is said to be over: `declares the ceasefire with Iran over`.
fn has_ended(text: &Text<'_>, from: usize) -> bool {
    let to = text.words.len().min(from + ENDED_WORDS);
    let goes_on = |at: &usize| text.words[*at].gap <= Gap::Hyphen && !text.words[*at].is(WordClass::Clause);
    let found = (from..to).take_while(goes_on).find(|&at| text.words[at].is(WordClass::Ended));
    found.is_some_and(|at| {
        text.words.get(at + 1).is_none_or(|next| {
            let goes_on = next.is_preposition() || next.is_any(&[WordClass::Clause, WordClass::And, WordClass::Speech]);
            next.gap > Gap::Hyphen || goes_on && next.name.is_none()
        })
    })
}

fn is_possible(text: &Text<'_>, cue: &Cue) -> bool {
    let has = |at: usize| text.grammar.possible.iter().any(|part| text.word_text(at).contains(part.as_str()));
    !text.grammar.possible.is_empty() && (cue.first..cue.end).any(has)
}

/// Whether a part of the field ends between two words.
fn clause_ends(text: &Text<'_>, from: usize, to: usize) -> bool {
    (from..=to).any(|at| at < text.words.len() && text.words[at].gap > Gap::Comma)
}
