//! Participles: passives with who acts, and those that only describe a noun.

use super::clauses::{Clause, Subject};
use super::cues::Cue;
use super::frames::{DEED, Pair, Parsed};
use super::nouns::{Head, Noun};
use super::words::Gap;
use crate::lexicon::{Direction, FormKind, WordClass};

/// The most words between a participle and `by`.
const AGENT_WORDS: usize = 7;

impl Parsed<'_> {
    /// Reads `Y was hit by X` and `Y hit by X`. `Some` with nobody if the cue is a passive without an agent.
    pub(super) fn passive(&self, cue: &Cue, clause: &Clause) -> Option<Vec<Pair>> {
        let words = &self.text.words;
        let agent = (cue.end..clause.to.min(cue.end + AGENT_WORDS)).find(|&at| words[at].is(WordClass::Agent));
        let blocked = agent.is_some_and(|agent| {
            self.nouns.iter().any(|noun| cue.end <= noun.first && noun.first < agent && !self.is_governed(noun))
        });
        let mut before = cue.first;
        while before > clause.from && words[before - 1].is(WordClass::Adverb) {
            before -= 1;
        }
        let is_passive = before > clause.from
            && words[before - 1].is(WordClass::Passive)
            && !self.text.word_text(cue.first).ends_with("ing");
        // `condemns the decision by Russia`, `has rejected a plan by Russia`: the verb has an object of its own.
        let is_active = self.text.grammar.has_noun_modifiers
            && !is_passive
            && (self.text.word_text(cue.first).ends_with('s')
                || before > clause.from && words[before - 1].is(WordClass::Auxiliary)
                || !self.begins_adjunct(cue.end));
        let Some(agent) = agent.filter(|_| !blocked && !is_active) else {
            // `was expelled from Russia` is whole without an agent.
            return (is_passive && self.direction(cue) != Direction::Backward).then(Vec::new);
        };
        let nouns = self.after_preposition(agent + 1, clause.to);
        let agents = match self.acceptable_agents(&nouns).or_else(|| self.deeds(&nouns)) {
            // `farmers hit by Russian attacks`
            None if agent == cue.end => return Some(Vec::new()),
            agents => agents?,
        };
        let patients = match &clause.subject {
            Subject::Nouns(nouns) if nouns.first().is_some_and(|noun| noun.end <= cue.first) => nouns.clone(),
            _ => self.nouns.iter().rfind(|noun| noun.end <= cue.first).map(|noun| vec![*noun]).unwrap_or_default(),
        };
        if is_passive && self.is_of_another(&patients, before) {
            return Some(Vec::new());
        }
        let place = if patients.is_empty() { self.place(cue, clause).map(|place| place.0) } else { None };
        let patients = self.acceptable_objects(cue, &place.unwrap_or(patients));
        Some(patients.map_or(Vec::new(), |patients| self.joined(cue, &agents, &patients, 1.0)))
    }

    /// Whether what follows a participle is no object: `killed in`, `hit overnight`, `attacked by`.
    fn begins_adjunct(&self, at: usize) -> bool {
        self.text
            .words
            .get(at)
            .is_some_and(|word| word.is_preposition() || word.is_any(&[WordClass::Adverb, WordClass::And]))
    }

    /// Returns the nouns that are deeds, with whom they are of: `hit by a Russian attack`.
    fn deeds(&self, nouns: &[Noun]) -> Option<Vec<Noun>> {
        let is_deed = |noun: &&Noun| {
            let of_noun = |cue: &Cue| noun.first <= cue.first && cue.end <= noun.end;
            noun.head == Head::Thing && self.cues.iter().any(|cue| of_noun(cue) && cue.tone <= DEED)
        };
        let deeds: Vec<Noun> = nouns.iter().filter(is_deed).copied().collect();
        (!deeds.is_empty()).then_some(deeds)
    }

    /// Whether another verb is between those nouns and a passive, which then has a subject nearer to it: `invites Iran
    /// to a summit to be hosted by Russia`.
    fn is_of_another(&self, patients: &[Noun], before: usize) -> bool {
        let words = &self.text.words;
        let mut from = before;
        while from > 0 && words[from - 1].is_any(&[WordClass::Auxiliary, WordClass::Passive, WordClass::Adverb]) {
            from -= 1;
        }
        let Some(last) = patients.last() else { return false };
        last.end < from && !words[from - 1].is(WordClass::And) && self.has_verb(last.end, from)
    }

    /// Whether a participle only describes the noun after it: `after targeted Ukrainian strikes`.
    pub(super) fn is_adjective(&self, cue: &Cue) -> bool {
        let words = &self.text.words;
        if !self.text.grammar.has_noun_modifiers || cue.first == 0 || !self.text.word_text(cue.first).ends_with("ed") {
            return false;
        }
        let before = &words[cue.first - 1];
        let begins_noun = before.is_preposition()
            || before.is_any(&[WordClass::Genitive, WordClass::Determiner]) && !self.is_date(cue.first - 1)
            || before.is(WordClass::Clause) && !before.is_any(&[WordClass::Relative, WordClass::Determiner]);
        let describes = self.noun_at(cue.end).is_some_and(|noun| {
            noun.first == cue.end
                && noun.is_modifier
                && self.text.lexicon.form(self.text.names[noun.name].mention.form).kind != FormKind::Name
        });
        before.name.is_none()
            && !before.is(WordClass::Auxiliary)
            && words[cue.first].gap == Gap::Space
            && begins_noun
            && describes
    }
}
