//! Noun phrases around names: whether a name is the state itself, somebody who acts for it, or only an adjective of
//! something else.

use super::words::{Gap, Text, Word};
use crate::lexicon::{FormKind, WordClass};

/// What a noun phrase with the name of a state is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// The state, its capital, one of its leaders or bodies.
    State,
    /// Somebody or something that acts for it: its army, its foreign minister, its drones.
    Official,
    /// Another place in it.
    Place,
    /// Something of it: its wine, its border.
    Thing,
    /// Its citizens or companies.
    Citizen,
    /// A private person, a party, a book: nothing that acts for it.
    Private,
    /// It only describes: `pro-Russian`, `Yerevan-based`.
    Nothing,
}

/// What a word of a cue may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CueKind {
    /// It is of no cue.
    None,
    Verb,
    Noun,
    Either,
}

/// A noun phrase with a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noun {
    /// Number of the name.
    pub(super) name: usize,
    pub(super) first: usize,
    /// The word after its last, its head included.
    pub(super) end: usize,
    pub(super) head: Head,
    /// Whether the name describes a noun after it.
    pub(super) is_modifier: bool,
}

/// The most words from a name to the head of its phrase.
const MAX_HEAD_WORDS: usize = 5;

impl Text<'_> {
    /// Reads the noun phrase around a name. `cue_kind` tells the words of cues.
    pub(super) fn noun(&self, name: usize, cue_kind: &dyn Fn(usize) -> CueKind) -> Noun {
        let found = &self.names[name];
        let entity = self.lexicon.entity_at(found.mention.entity);
        let kind = self.lexicon.form(found.mention.form).kind;
        let mut noun = Noun { name, first: found.first, end: found.end, head: Head::Nothing, is_modifier: false };
        if self.is_joined_to_a_word(found.first, found.end) {
            return noun;
        }
        let possessive = self.is_possessive(found.end);
        let describes = kind != FormKind::Name || possessive;
        if possessive {
            noun.end += 1;
        }
        let zone_end = self.zone_end(noun.end, describes, cue_kind);
        let zone = noun.end..zone_end;
        noun.is_modifier = describes && !zone.is_empty() || !zone.is_empty();
        let head_of_zone = self.head_of(zone.clone());
        let own = if entity.is_agent { Head::State } else { Head::Place };
        let next = self.name_at(noun.end).filter(|next| {
            describes && next.actor == found.actor && self.words[noun.end].gap == Gap::Space && next.first == noun.end
        });
        noun.head = if let Some(next) = next {
            noun.end = next.end;
            Head::Official
        } else if zone.is_empty() {
            match kind {
                FormKind::Name if !possessive => own,
                FormKind::People => Head::Citizen,
                _ => Head::Nothing,
            }
        } else {
            noun.end = zone_end;
            head_of_zone
        };
        self.extend_to_the_left(&mut noun);
        noun
    }

    /// Whether a hyphen joins the name to a word that is no name: `pro-Russian`, `Yerevan-based`.
    fn is_joined_to_a_word(&self, first: usize, end: usize) -> bool {
        let joined = |word: usize| self.words.get(word).is_some_and(|w| w.gap == Gap::Hyphen);
        let is_number = |at: usize| self.word_text(at).chars().all(|c| c.is_ascii_digit());
        (joined(first) && first > 0 && self.words[first - 1].name.is_none() && !is_number(first - 1))
            || (joined(end) && (self.words[end].name.is_none() && self.words[end].is(WordClass::Compound)))
    }

    /// Returns the end of the nouns that the name before `from` describes.
    fn zone_end(&self, from: usize, describes: bool, cue_kind: &dyn Fn(usize) -> CueKind) -> usize {
        let mut at = from;
        while let Some(word) = self.words.get(at) {
            let in_reach = at - from < MAX_HEAD_WORDS && matches!(word.gap, Gap::Space | Gap::Hyphen);
            let is_determiner = word.is(WordClass::Determiner) && !word.is(WordClass::Clause);
            let ends = word.is_function_word() && !(describes && is_determiner)
                || word.is_any(&[WordClass::Light, WordClass::Verb]) && !describes;
            if !in_reach || word.name.is_some() || ends {
                // `Russian President Putin` is one phrase.
                break;
            }
            let names_a_role = word.is_any(&[WordClass::Official, WordClass::Private, WordClass::Citizen]);
            if at == from && !describes {
                // After a bare name a verb is likelier than a noun.
                let is_deed = cue_kind(at) == CueKind::Either
                    && self.name_at(from - 1).is_some_and(|name| self.is_governed_name(name.first));
                let may_describe =
                    self.grammar.has_noun_modifiers && (!self.has_verb_ending(at) || names_a_role || is_deed);
                let is_own = names_a_role && !self.grammar.has_genitive_after;
                let is_verb = match cue_kind(at) {
                    CueKind::None | CueKind::Noun => false,
                    CueKind::Verb => true,
                    // `Russia strikes`, `Armenia and Azerbaijan attack`
                    CueKind::Either => {
                        self.begins_clause(from - 1) && self.has_verb_ending(at) || self.is_plural_before(from)
                    }
                };
                if !(may_describe || is_own) || is_verb {
                    break;
                }
            } else if match cue_kind(at) {
                CueKind::None | CueKind::Noun => false,
                CueKind::Verb => true,
                CueKind::Either => at > from && !self.words[at - 1].is(WordClass::Determiner) && self.is_verb_after(at),
            } {
                break;
            }
            at += 1;
        }
        if at < self.words.len()
            && self.words[at].gap == Gap::Space
            && let Some(next) = self.name_at(at)
            && at > from
            && next.actor
                == self.name_at(from - 1).or_else(|| self.name_at(from.saturating_sub(2))).and_then(|n| n.actor)
            && self.words[at - 1].is(WordClass::Official)
        {
            return next.end;
        }
        // «российской атаки 16 июля»
        while at > from && self.words[at - 1].is(WordClass::Determiner) {
            at -= 1;
        }
        at
    }

    /// Whether a preposition governs the name that a word begins: `of new US sanctions`, `in US strikes`.
    fn is_governed_name(&self, first: usize) -> bool {
        let before = (0..first).rev().find(|&at| !self.words[at].is(WordClass::Determiner));
        before.is_some_and(|at| {
            let word = &self.words[at];
            (word.is_preposition() || word.is(WordClass::Genitive))
                && word.name.is_none()
                && (at + 1..=first).all(|at| self.words[at].gap == Gap::Space)
        })
    }

    /// Whether the name that a word ends begins a clause, so that a verb may follow it.
    fn begins_clause(&self, last: usize) -> bool {
        let Some(name) = self.name_at(last) else { return true };
        let Some(before) = name.first.checked_sub(1) else { return true };
        let word = &self.words[before];
        if self.is_governed_name(name.first) {
            return false;
        }
        self.words[name.first].gap >= Gap::Comma
            || word.name.is_some()
            || word.is_any(&[
                WordClass::Clause,
                WordClass::And,
                WordClass::Relative,
                WordClass::Adverb,
                WordClass::Speech,
                WordClass::Question,
                WordClass::Official,
                WordClass::Determiner,
            ])
    }

    /// Whether the name before a word is the last of several: `Armenia and Azerbaijan`.
    fn is_plural_before(&self, at: usize) -> bool {
        let Some(name) = self.name_at(at - 1) else { return false };
        let Some(before) = name.first.checked_sub(1) else { return false };
        let is_listed = self.words[before].is(WordClass::And) || self.words[name.first].gap == Gap::Comma;
        is_listed && self.names.iter().any(|other| other.end == before || other.end == name.first)
    }

    /// Whether a cue after a noun is a verb: `a drone strikes`, `officials visit`, but not `drone strike`.
    fn is_verb_after(&self, at: usize) -> bool {
        if !self.grammar.has_noun_modifiers {
            return true;
        }
        let is_plural = self.word_text(at - 1).ends_with('s');
        let has_s = self.has_verb_ending(at);
        let before_preposition =
            self.words.get(at + 1).is_none_or(|next| next.is_preposition() || next.gap > Gap::Apostrophe);
        (is_plural || !before_preposition) && is_plural != has_s
    }

    fn head_of(&self, zone: std::ops::Range<usize>) -> Head {
        let words = &self.words[zone];
        let has = |class| words.iter().any(|word: &Word| word.is(class));
        if has(WordClass::Private) || has(WordClass::Commentator) {
            Head::Private
        } else if words.last().is_some_and(|last| last.is(WordClass::Citizen)) {
            Head::Citizen
        } else if has(WordClass::Official) || words.last().is_some_and(|last| last.name.is_some()) {
            Head::Official
        } else if has(WordClass::Citizen) {
            Head::Citizen
        } else {
            Head::Thing
        }
    }

    /// Takes in the office before a name: `Foreign Minister Lavrov`, `president of Russia`, `власти Армении`.
    fn extend_to_the_left(&self, noun: &mut Noun) {
        let mut at = noun.first;
        while at > 0 {
            let word = &self.words[at - 1];
            let gap = self.words[at].gap;
            if gap != Gap::Space && gap != Gap::Hyphen || word.name.is_some() {
                break;
            }
            let of = word.is(WordClass::Genitive) && at > 1 && self.words[at - 2].classes != 0;
            if word.is_any(&[WordClass::Private, WordClass::Commentator]) {
                noun.head = Head::Private;
            } else if word.is(WordClass::Citizen) {
                noun.head = Head::Citizen;
            } else if word.is(WordClass::Official) {
                if matches!(noun.head, Head::State | Head::Place | Head::Thing) {
                    noun.head = Head::Official;
                }
            } else if !of {
                break;
            }
            at -= 1;
            noun.first = at;
        }
    }
}
