//! Who acts: the subject of a clause, or what describes a noun.

use super::ACCUSED;
use super::clauses::{Clause, Opening, Subject, coordinated};
use super::cues::Cue;
use super::frames::{BY_LIGHT_VERB, GENITIVE_WORDS, Pair, Parsed, Role};
use super::nouns::{Head, Noun};
use super::speakers::Speaker;
use super::words::Gap;
use crate::lexicon::{Direction, FormKind, NounCase, WordClass};

/// The most words between a noun and the `by` after its object.
const AGENT_OF_NOUN_WORDS: usize = 7;

impl Parsed<'_> {
    /// Returns who acts according to the subject of the clause.
    pub(super) fn subject(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let Subject::Nouns(nouns) = &clause.subject else { return None };
        let first = nouns.first()?;
        let last = nouns.last()?;
        if first.first >= cue.first {
            return None;
        }
        if !nouns.iter().all(|noun| matches!(noun.head, Head::State | Head::Official)) {
            return None;
        }
        // `announced the release of villagers of Georgia held in`: they are held, whoever holds them.
        let is_participle = self.text.grammar.has_noun_modifiers && !self.text.word_text(cue.first).ends_with('s');
        let belongs_to_noun = is_participle
            && self.text.words[cue.first].gap == Gap::Space
            && self.nouns.iter().any(|noun| {
                noun.end == cue.first && noun.first > last.first && noun.first > clause.from && self.is_governed(noun)
            })
            && self.has_verb(last.end.max(clause.from), cue.first);
        if belongs_to_noun {
            return None;
        }
        // Another noun between them is the subject of the verb: `Serbia hopes Russia signs`.
        let own_clause = last.end.max(clause.from);
        let and_before = cue.first > 0 && self.text.words[cue.first - 1].is(WordClass::And);
        let intervenes = self.nouns.iter().any(|noun| {
            noun.first >= own_clause && noun.end <= cue.first && !noun.is_modifier && !self.is_governed(noun)
        });
        if intervenes && !and_before {
            return None;
        }
        Some((nouns.clone(), 1.0))
    }

    /// Whether there is a verb between two words.
    pub(super) fn has_verb(&self, from: usize, to: usize) -> bool {
        let verbs = [WordClass::Light, WordClass::Verb, WordClass::Speech];
        self.cues.iter().any(|other| from <= other.first && other.end <= to && !other.is_noun && !other.is_either)
            || self.text.words.get(from..to).is_some_and(|words| words.iter().any(|word| word.is_any(&verbs)))
    }

    /// Whether a preposition or a genitive governs a noun.
    pub(super) fn is_governed(&self, noun: &Noun) -> bool {
        let mut at = noun.first;
        while at > 0 && self.text.words[at].gap <= Gap::Comma {
            let word = &self.text.words[at - 1];
            if word.is_preposition() || word.is(WordClass::Genitive) || word.is(WordClass::Between) {
                return true;
            }
            let skips = word.is_any(&[WordClass::Determiner, WordClass::And, WordClass::Official])
                || self.noun_at(at - 1).is_some();
            if !skips {
                return false;
            }
            at -= 1;
        }
        false
    }

    /// Returns the nouns after a preposition.
    pub(super) fn after_preposition(&self, mut at: usize, to: usize) -> Vec<Noun> {
        while at < to && self.text.words[at].is_any(&[WordClass::Determiner, WordClass::Adverb, WordClass::Official]) {
            if self.noun_at(at).is_some() {
                break;
            }
            at += 1;
        }
        self.noun_at(at).map_or(Vec::new(), |noun| coordinated(self.text, self.nouns, noun, to))
    }

    pub(super) fn acceptable_agents(&self, nouns: &[Noun]) -> Option<Vec<Noun>> {
        let agents: Vec<Noun> =
            nouns.iter().filter(|noun| matches!(noun.head, Head::State | Head::Official)).copied().collect();
        (!agents.is_empty()).then_some(agents)
    }

    /// Returns the names that describe a noun before it, the nearest first, and whether each is an adjective or a
    /// possessive: `Russia's sanctions`, `Russian drone strikes`, `US-Iran talks`.
    pub(super) fn describing(&self, cue: &Cue) -> Vec<(Noun, bool)> {
        let mut out: Vec<(Noun, bool)> = Vec::new();
        let words = &self.text.words;
        let mut nearest =
            self.nouns.iter().rfind(|noun| noun.first < cue.first && (cue.first < noun.end || noun.end == cue.first));
        if let Some(noun) = nearest
            && noun.end == cue.first
            && !(noun.is_modifier || self.text.grammar.has_noun_modifiers && words[cue.first].gap <= Gap::Apostrophe)
        {
            nearest = None;
        }
        while let Some(noun) = nearest {
            let name = &self.text.names[noun.name];
            if noun.head == Head::Nothing && !noun.is_modifier && noun.end != cue.first
                || matches!(noun.head, Head::Private | Head::Citizen)
            {
                break;
            }
            let is_adjective =
                self.text.is_possessive(name.end) || self.text.lexicon.form(name.mention.form).kind != FormKind::Name;
            if words[noun.first].gap > Gap::Comma && !out.is_empty() {
                break;
            }
            out.push((*noun, is_adjective));
            // Those joined to it.
            let first = name.first;
            nearest = self.nouns.iter().rfind(|other| {
                let end = self.text.names[other.name].end;
                // `tells Lavrov Ukraine's attack`
                let is_told = self.text.is_possessive(name.end) && words[first].gap == Gap::Space;
                let is_next = end == first && (words[first].gap < Gap::Comma || is_adjective) && !is_told
                    || end + 1 == first && words[end].is(WordClass::And)
                    || end + 1 == first && self.text.is_possessive(end);
                other.name != noun.name && is_next
            });
            if out.len() == 3 {
                break;
            }
        }
        out
    }

    /// Returns the genitive after a noun, and whether `by` introduces it: `атака России`, `visit of Putin`.
    pub(super) fn genitive(&self, cue: &Cue) -> Option<(Vec<Noun>, bool)> {
        let words = &self.text.words;
        let of = words.get(cue.end)?;
        if of.gap > Gap::Apostrophe {
            return None;
        }
        let to = words.len();
        if of.is(WordClass::Genitive) || of.is(WordClass::Agent) {
            let nouns = self.after_preposition(cue.end + 1, to);
            return (!nouns.is_empty()).then_some((nouns, of.is(WordClass::Agent)));
        }
        if !self.text.grammar.has_genitive_after {
            return None;
        }
        let mut at = cue.end;
        while at < to && at < cue.end + GENITIVE_WORDS && self.noun_at(at).is_none() {
            if words[at].is_function_word() || words[at].gap > Gap::Apostrophe {
                return None;
            }
            at += 1;
        }
        let noun = self.noun_at(at).filter(|noun| noun.first >= cue.end)?;
        (words[noun.first].gap <= Gap::Apostrophe).then(|| {
            (coordinated(self.text, self.nouns, noun, to), self.text.case(noun.end - 1) == NounCase::Comitative)
        })
    }

    /// Returns who acts according to `by` after the object of a noun: `release of Armenian prisoners by Azerbaijan`.
    pub(super) fn agent_after(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let words = &self.text.words;
        let to = clause.to.min(cue.end + AGENT_OF_NOUN_WORDS);
        let is_in_object = |at: usize| {
            self.noun_at(at).is_some()
                || words[at].is_any(&[WordClass::Genitive, WordClass::Determiner, WordClass::And])
                || words[at].is_preposition()
        };
        let at = (cue.end..to).find(|&at| words[at].is(WordClass::Agent) || !is_in_object(at))?;
        if !words[at].is(WordClass::Agent) {
            return None;
        }
        Some((self.acceptable_agents(&self.after_preposition(at + 1, clause.to))?, BY_LIGHT_VERB))
    }

    /// Returns the subject of a clause whose verb only says that its object happens: `launches an attack`.
    pub(super) fn light_subject(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let (nouns, sure) = self.subject(cue, clause)?;
        let from = nouns.last()?.end.max(clause.from);
        let words = self.text.words.get(from..cue.first)?;
        let is_light = words.iter().any(|word| word.is(WordClass::Light));
        let is_own = nouns.first().is_some_and(|first| clause.from <= first.first);
        let is_mutual = self.direction(cue) == Direction::Mutual && is_own;
        let has_verb = self.cues.iter().any(|other| from <= other.first && other.end <= cue.first && !other.is_noun);
        (is_light || is_mutual && !has_verb).then_some((nouns, sure * BY_LIGHT_VERB))
    }

    /// Returns the pairs of who speaks and whom he speaks of: `Russia says Ukraine must`.
    pub(super) fn of_speaker(&self, cue: &Cue, clause: &Clause) -> Vec<Pair> {
        let before = self.clauses.iter().rfind(|before| before.to == clause.from && before.part == clause.part);
        let has_said = before.is_some_and(|before| {
            self.text.words[before.from..before.to].iter().any(|word| word.is(WordClass::Speech))
        });
        match (before.map(|before| &before.subject), &clause.subject) {
            (Some(Subject::Nouns(agents)), Subject::Nouns(objects)) if has_said => {
                let agents = self.acceptable_agents(agents);
                let objects = self.acceptable_objects(cue, objects);
                agents.zip(objects).map_or(Vec::new(), |(agents, objects)| self.joined(cue, &agents, &objects, 1.0))
            }
            _ => Vec::new(),
        }
    }

    /// Returns who says that another does something hostile, if nothing tells to whom: `Armenia says Azerbaijan violated
    /// the ceasefire`.
    pub(super) fn blamed(&self, cue: &Cue, clause: &Clause, speaker: Speaker) -> Option<Pair> {
        let Speaker::Actor(actor) = speaker else { return None };
        let words = &self.text.words;
        let is_said = match clause.opening {
            Opening::Part | Opening::Said => true,
            Opening::Word => words[clause.from].is_any(&[WordClass::Determiner, WordClass::Question]),
            Opening::Comma | Opening::Relative => false,
        };
        let is_verb = !cue.is_either && !self.is_noun(cue) && !self.is_adjective(cue);
        if self.text.grammar.is_verb_last || !is_said || !is_verb || cue.tone > ACCUSED {
            return None;
        }
        let (nouns, _) = self.subject(cue, clause)?;
        let [blamed] = nouns.as_slice() else { return None };
        let before = [WordClass::Clause, WordClass::Determiner, WordClass::Adverb, WordClass::Official];
        let begins = clause.from <= blamed.first && (clause.from..blamed.first).all(|at| words[at].is_any(&before));
        // `Armenia was attacked`, `expects Russia to attack`
        let is_other_form = (clause.from..cue.first).any(|at| {
            words[at].is(WordClass::Passive) || words[at].is(WordClass::Auxiliary) && words[at].is(WordClass::Object)
        });
        let by = self.text.names.iter().position(|name| name.actor == Some(actor))?;
        let is_other = self.text.names[blamed.name].actor.is_some_and(|blamed| blamed != actor);
        let pair = Pair { a: by, b: blamed.name, is_directed: true, sure: BY_LIGHT_VERB };
        (begins && !is_other_form && is_other).then_some(pair)
    }

    /// Returns who speaks of what he does with another: `Trump says talks with Iran go on`.
    pub(super) fn teller(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let between = clause.from..cue.first;
        let has_name = between.clone().any(|at| self.text.words[at].name.is_some());
        let begins = !has_name && between.filter(|&at| !self.text.words[at].is_function_word()).count() <= 2;
        if self.direction(cue) != Direction::Mutual || clause.opening != Opening::Said || !begins {
            return None;
        }
        let before = self.clauses.iter().rfind(|before| before.to == clause.from)?;
        match &before.subject {
            Subject::Nouns(nouns) => Some((self.acceptable_agents(nouns)?, BY_LIGHT_VERB)),
            _ => None,
        }
    }
}
