//! Who acts and who is acted on: the actors of a cue, by the frame that the lexicon gives it.

use super::clauses::{Clause, Opening, Subject, coordinated};
use super::cues::Cue;
use super::nouns::{Head, Noun};
use super::words::{Gap, Text, Word};
use crate::lexicon::{Direction, Frame, NounCase, WordClass};

/// From which tone on, negative, an act is a deed that is reported as a fact also where others speak of it.
pub(super) const DEED: f32 = -5.0;

/// Two names that a cue joins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// Number of the name that acts, if the pair has a direction.
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) is_directed: bool,
    /// How sure the reading is, 0 to 1.
    pub(super) sure: f32,
}

/// A field with its nouns and clauses.
pub(super) struct Parsed<'a> {
    pub(super) text: &'a Text<'a>,
    pub(super) nouns: &'a [Noun],
    pub(super) clauses: &'a [Clause],
    pub(super) cues: &'a [Cue],
}

/// Nouns in one role, and how sure that is.
pub(super) type Role = (Vec<Noun>, f32);

/// The most words between a noun and its genitive.
pub(super) const GENITIVE_WORDS: usize = 3;
/// How sure the less direct constructions are.
pub(super) const SHARED_OBJECT: f32 = 0.8;
pub(super) const BY_LIGHT_VERB: f32 = 0.9;

impl Parsed<'_> {
    pub(super) fn clause_of(&self, word: usize) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.from <= word && word < clause.to)
    }

    pub(super) fn noun_at(&self, word: usize) -> Option<&Noun> {
        self.nouns.iter().find(|noun| noun.first <= word && word < noun.end)
    }

    /// Returns how much a cue counts after another verb that makes it only wanted, feared or said: `urges Russia to
    /// stop attacks`.
    pub(super) fn embedding(&self, cue: &Cue) -> f32 {
        let Some(clause) = self.clause_of(cue.first) else { return 1.0 };
        let is_embedded = self.cues.iter().any(|other| {
            other.end <= cue.first
                && self.frame(other).embeds
                && self.clause_of(other.first).is_some_and(|of| of.part == clause.part)
        });
        if !is_embedded {
            return 1.0;
        }
        // `slams Ukraine's attack on a ship`: that there was one is not in doubt.
        if self.is_noun(cue) && !self.describing(cue).is_empty() { 0.7 } else { 0.5 }
    }

    pub(super) fn frame(&self, cue: &Cue) -> &Frame {
        &self.text.lexicon.cue(cue.number).frame
    }

    pub(super) fn direction(&self, cue: &Cue) -> Direction {
        self.text.lexicon.cue(cue.number).direction
    }

    /// Returns the pairs of a cue.
    pub(super) fn pairs(&self, cue: &Cue) -> Vec<Pair> {
        if let Some((a, b)) = self.between(cue) {
            return self.joined(cue, &[a], &[b], 1.0);
        }
        if self.is_noun(cue) { self.pairs_of_noun(cue) } else { self.pairs_of_verb(cue) }
    }

    /// Whether a cue is a noun here.
    pub(super) fn is_noun(&self, cue: &Cue) -> bool {
        if cue.is_noun || self.text.grammar.has_noun_modifiers && self.follows_verb(cue) {
            return true;
        }
        // `Release of prisoners`, `Strikes on Kyiv` at the beginning
        let begins = self.clause_of(cue.first).is_some_and(|of| {
            let has_verb = self.cues.iter().any(|other| cue.end < other.first && other.end <= of.to && !other.is_noun);
            of.from == cue.first && (of.opening == Opening::Part || of.opening == Opening::Comma && has_verb)
        });
        let is_of =
            |word: &Word| word.is_any(&[WordClass::Genitive, WordClass::Place]) || self.introduces(cue, cue.end);
        if cue.is_either && begins && self.text.words.get(cue.end).is_some_and(is_of) {
            return true;
        }
        // `after attack on`
        let is_governed = cue.is_either
            && cue.first > 0
            && self.text.words[cue.first].gap == Gap::Space
            && self.text.words[cue.first - 1].name.is_none()
            && !self.text.words[cue.first - 1].is(WordClass::Auxiliary)
            && (self.text.words[cue.first - 1].is_preposition()
                || self.text.words[cue.first - 1].is(WordClass::Clause));
        if is_governed {
            return true;
        }
        // `despite US sanctions`: a name after a preposition is no subject.
        let is_after_governed = cue.is_either
            && self.text.words[cue.first].gap == Gap::Space
            && self.nouns.iter().any(|noun| {
                noun.end == cue.first
                    && noun.first > 0
                    && self.text.words[noun.first].gap == Gap::Space
                    && self.text.words[noun.first - 1].name.is_none()
                    && self.text.words[noun.first - 1].is(WordClass::Adjunct)
            });
        if is_after_governed {
            return true;
        }
        // A noun has the name before it as its adjective: `Russian strikes`.
        self.nouns.iter().any(|noun| noun.is_modifier && noun.first < cue.first && cue.end <= noun.end)
            || (self.text.grammar.has_noun_modifiers
                && cue.first > 0
                && self.text.words[cue.first].gap == Gap::Space
                && self.text.words[cue.first - 1].is(WordClass::Determiner)
                && self.text.words[cue.first - 1].name.is_none()
                && !self.is_date(cue.first - 1))
    }

    /// Whether a word is the number of a date: `on March 3`, `in 2026`.
    pub(super) fn is_date(&self, at: usize) -> bool {
        let number = self.text.word_text(at);
        if at == 0 || !number.chars().all(|c| c.is_ascii_digit()) {
            return false;
        }
        let before = &self.text.words[at - 1];
        before.name.is_none() && (before.is(WordClass::Adverb) || number.len() == 4 && before.is(WordClass::Place))
    }

    fn pairs_of_verb(&self, cue: &Cue) -> Vec<Pair> {
        let (Some(clause), Some(last)) = (self.clause_of(cue.first), self.clause_of(cue.end - 1)) else {
            return Vec::new();
        };
        if self.is_adjective(cue) {
            return Vec::new();
        }
        if let Some(pairs) = self.passive(cue, clause) {
            return pairs;
        }
        if self.frame(cue).is_of_speaker {
            return self.of_speaker(cue, clause);
        }
        if let Some(pairs) = self.turned(cue, clause) {
            return pairs;
        }
        let Some((agents, sure)) = self.subject(cue, clause) else { return Vec::new() };
        // `Trump and Zelensky discuss talks with Russia`: what two discuss with each other is not with a third.
        let is_complete =
            self.direction(cue) == Direction::Mutual && agents.len() > 1 && !self.frame(cue).is_transitive;
        let objects = if is_complete { None } else { self.objects(cue, last).or_else(|| self.subject_of_wish(cue)) };
        if objects.is_none() && self.direction(cue) == Direction::Mutual && agents.len() > 1 {
            return self.among(&agents, sure);
        }
        let Some((objects, sure_of_object)) =
            objects.or_else(|| self.place(cue, last)).or_else(|| self.object_before(cue, clause, &agents))
        else {
            return Vec::new();
        };
        self.joined(cue, &agents, &objects, sure * sure_of_object)
    }

    fn pairs_of_noun(&self, cue: &Cue) -> Vec<Pair> {
        let Some(clause) = self.clause_of(cue.first) else { return Vec::new() };
        let frame = self.frame(cue);
        let mut objects = self.objects(cue, clause);
        let before = self.describing(cue);
        let genitive = self.genitive(cue);
        let mut agents: Option<Role> = None;
        match (before.len(), frame.genitive_is_object) {
            (0, _) => {}
            (1, true) if objects.is_none() && !before[0].1 => objects = Some((vec![before[0].0], SHARED_OBJECT)),
            (1, _) => agents = Some((vec![before[0].0], 1.0)),
            (_, true) if !before[0].1 && objects.is_none() => {
                objects = Some((vec![before[0].0], 1.0));
                agents = Some((vec![before[1].0], 1.0));
            }
            _ => {
                if objects.is_none() {
                    let all: Vec<Noun> = before.iter().map(|(noun, _)| *noun).collect();
                    if self.direction(cue) == Direction::Mutual {
                        return self.among(&all, 1.0);
                    }
                    // `US-Iran strikes`: each on the other; not `US, Israeli strikes`.
                    let is_list = all.iter().any(|noun| self.text.words[noun.first].gap == Gap::Comma);
                    if before.iter().all(|(_, is_adjective)| !is_adjective) && !is_list {
                        return self.among(&all, SHARED_OBJECT);
                    }
                }
                agents = Some((before.iter().map(|(noun, _)| *noun).collect(), 1.0));
            }
        }
        if let Some((nouns, is_agent)) = genitive {
            if frame.genitive_is_object && !is_agent {
                objects = objects.or(Some((nouns, 1.0)));
            } else if agents.is_none() {
                if nouns.len() > 1 && objects.is_none() && self.direction(cue) == Direction::Mutual {
                    return self.among(&nouns, 1.0);
                }
                if is_agent
                    && objects.is_none()
                    && let Subject::Nouns(patients) = &clause.subject
                    && patients[0].end <= cue.first
                {
                    // `Georgia suffered a bombardment by Russia`
                    objects = self.acceptable_objects(cue, patients).map(|patients| (patients, 1.0));
                }
                agents = Some((nouns, 1.0));
            } else if objects.is_none() {
                objects = Some((nouns, SHARED_OBJECT));
            }
        }
        let agents = agents
            .or_else(|| self.agent_after(cue, clause).filter(|_| objects.is_some()))
            .or_else(|| self.light_subject(cue, clause))
            .or_else(|| self.teller(cue, clause));
        let Some((agents, sure)) = agents else { return Vec::new() };
        if objects.is_none() && self.direction(cue) == Direction::Mutual && agents.len() > 1 {
            return self.among(&agents, sure);
        }
        let objects = objects.or_else(|| self.place(cue, clause)).or_else(|| self.object_before(cue, clause, &agents));
        let Some((objects, sure_of_object)) = objects else { return Vec::new() };
        self.joined(cue, &agents, &objects, sure * sure_of_object)
    }

    /// Reads a clause whose object is first, as its ending shows: «Армению раскритиковала Москва».
    fn turned(&self, cue: &Cue, clause: &Clause) -> Option<Vec<Pair>> {
        let Subject::Nouns(first) = &clause.subject else { return None };
        let is_object = |noun: &Noun| {
            let last = self.text.names[noun.name].end - 1;
            noun.end <= cue.first && !noun.is_modifier && self.text.case(last) == NounCase::Accusative
        };
        if !first.iter().all(is_object) {
            return None;
        }
        let next = self.nouns.iter().find(|noun| noun.first >= cue.end && noun.end <= clause.to);
        let agents = next
            .filter(|noun| !self.is_governed(noun) && !is_object(noun))
            .map_or(Vec::new(), |noun| coordinated(self.text, self.nouns, noun, clause.to));
        let agents = self.acceptable_agents(&agents);
        Some(agents.map_or(Vec::new(), |agents| self.joined(cue, &agents, first, BY_LIGHT_VERB)))
    }

    /// Whether a verb form comes after another verb without a word of grammar between: `bans dairy imports`.
    pub(super) fn follows_verb(&self, cue: &Cue) -> bool {
        let is_participle =
            self.text.word_text(cue.first).ends_with("ed") || self.text.words[cue.first].is(WordClass::Auxiliary);
        self.cues.iter().any(|other| {
            other.end <= cue.first
                && !is_participle
                && !other.is_noun
                && cue.first - other.end <= GENITIVE_WORDS
                && (other.end..=cue.first).all(|at| self.text.words[at].gap <= Gap::Apostrophe)
                && (other.end..cue.first).all(|at| {
                    let word = &self.text.words[at];
                    !word.is_function_word() || word.is(WordClass::Determiner)
                })
        })
    }

    /// Returns the two sides of `between X and Y` next to a cue.
    pub(super) fn between(&self, cue: &Cue) -> Option<(Noun, Noun)> {
        let clause = self.clause_of(cue.first)?;
        if self.direction(cue) != Direction::Mutual && !self.is_noun(cue) {
            return None;
        }
        let at = (cue.end..clause.to.min(cue.end + 4)).find(|&at| self.text.words[at].is(WordClass::Between))?;
        let nouns = self.after_preposition(at + 1, clause.to);
        match nouns.as_slice() {
            [a, b] => Some((*a, *b)),
            _ => None,
        }
    }

    /// Returns the pairs of agents and objects.
    pub(super) fn joined(&self, cue: &Cue, agents: &[Noun], objects: &[Noun], sure: f32) -> Vec<Pair> {
        let is_directed = cue.negated_by.is_some() || self.direction(cue) != Direction::Mutual;
        let mut out = Vec::new();
        for a in agents {
            for b in objects {
                let (from, to) = if self.direction(cue) == Direction::Backward { (b, a) } else { (a, b) };
                out.extend(self.pair(from, to, is_directed, sure));
            }
        }
        out
    }

    /// Returns the pairs among nouns that do something together.
    pub(super) fn among(&self, nouns: &[Noun], sure: f32) -> Vec<Pair> {
        let mut out = Vec::new();
        for (n, a) in nouns.iter().enumerate() {
            for b in &nouns[n + 1..] {
                if matches!(a.head, Head::Private | Head::Citizen) || matches!(b.head, Head::Private | Head::Citizen) {
                    continue;
                }
                out.extend(self.pair(a, b, false, sure));
            }
        }
        out
    }

    pub(super) fn pair(&self, a: &Noun, b: &Noun, is_directed: bool, sure: f32) -> Option<Pair> {
        let (from, to) = (self.text.names[a.name].actor?, self.text.names[b.name].actor?);
        (from != to).then_some(Pair { a: a.name, b: b.name, is_directed, sure })
    }
}
