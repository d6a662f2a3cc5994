//! Who acts and who is acted on: the actors of a cue, by the frame that the lexicon gives it.

use super::clauses::{Clause, Opening, Subject, coordinated};
use super::cues::Cue;
use super::nouns::{Head, Noun};
use super::words::{Gap, Text};
use crate::lexicon::{Direction, FormKind, Frame, NounCase, WordClass};

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
type Role = (Vec<Noun>, f32);

/// The most words between a noun and its genitive.
const GENITIVE_WORDS: usize = 3;
/// The most words between a participle and `by`.
const AGENT_WORDS: usize = 4;
/// How sure the less direct constructions are.
const SHARED_OBJECT: f32 = 0.8;
const BY_PLACE: f32 = 0.75;
const BY_LIGHT_VERB: f32 = 0.9;
const ELSEWHERE: f32 = 0.6;

impl Parsed<'_> {
    pub(super) fn clause_of(&self, word: usize) -> Option<&Clause> {
        self.clauses.iter().find(|clause| clause.from <= word && word < clause.to)
    }

    fn noun_at(&self, word: usize) -> Option<&Noun> {
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

    fn frame(&self, cue: &Cue) -> &Frame {
        &self.text.lexicon.cue(cue.number).frame
    }

    fn direction(&self, cue: &Cue) -> Direction {
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
    fn is_noun(&self, cue: &Cue) -> bool {
        if cue.is_noun || self.text.grammar.has_noun_modifiers && self.follows_verb(cue) {
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
        // A noun has the name before it as its adjective: `Russian strikes`.
        self.nouns.iter().any(|noun| noun.is_modifier && noun.first < cue.first && cue.end <= noun.end)
            || (self.text.grammar.has_noun_modifiers
                && cue.first > 0
                && self.text.words[cue.first].gap == Gap::Space
                && self.text.words[cue.first - 1].is(WordClass::Determiner)
                && self.text.words[cue.first - 1].name.is_none())
    }

    fn pairs_of_verb(&self, cue: &Cue) -> Vec<Pair> {
        let (Some(clause), Some(last)) = (self.clause_of(cue.first), self.clause_of(cue.end - 1)) else {
            return Vec::new();
        };
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
        let objects = self.objects(cue, last).or_else(|| self.subject_of_wish(cue));
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
        let agents = agents.or_else(|| self.light_subject(cue, clause)).or_else(|| self.teller(cue, clause));
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

    /// Returns who acts according to the subject of the clause.
    fn subject(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let Subject::Nouns(nouns) = &clause.subject else { return None };
        let first = nouns.first()?;
        let last = nouns.last()?;
        if first.first >= cue.first {
            return None;
        }
        if !nouns.iter().all(|noun| matches!(noun.head, Head::State | Head::Official)) {
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

    /// Whether a preposition or a genitive governs a noun.
    fn is_governed(&self, noun: &Noun) -> bool {
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

    /// Reads `Y was hit by X` and `Y hit by X`. `Some` with nobody if the cue is a passive without an agent.
    fn passive(&self, cue: &Cue, clause: &Clause) -> Option<Vec<Pair>> {
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
        let Some(agent) = agent.filter(|_| !blocked) else {
            return is_passive.then(Vec::new);
        };
        let nouns = self.after_preposition(agent + 1, clause.to);
        let agents = self.acceptable_agents(&nouns)?;
        let patients = match &clause.subject {
            Subject::Nouns(nouns) if nouns.first().is_some_and(|noun| noun.end <= cue.first) => nouns.clone(),
            _ => self.nouns.iter().rfind(|noun| noun.end <= cue.first).map(|noun| vec![*noun]).unwrap_or_default(),
        };
        let patients = self.acceptable_objects(cue, &patients);
        Some(patients.map_or(Vec::new(), |patients| self.joined(cue, &agents, &patients, 1.0)))
    }

    /// Returns the nouns after a preposition.
    fn after_preposition(&self, mut at: usize, to: usize) -> Vec<Noun> {
        while at < to && self.text.words[at].is_any(&[WordClass::Determiner, WordClass::Adverb, WordClass::Official]) {
            if self.noun_at(at).is_some() {
                break;
            }
            at += 1;
        }
        self.noun_at(at).map_or(Vec::new(), |noun| coordinated(self.text, self.nouns, noun, to))
    }

    fn acceptable_agents(&self, nouns: &[Noun]) -> Option<Vec<Noun>> {
        let agents: Vec<Noun> =
            nouns.iter().filter(|noun| matches!(noun.head, Head::State | Head::Official)).copied().collect();
        (!agents.is_empty()).then_some(agents)
    }

    fn acceptable_objects(&self, cue: &Cue, nouns: &[Noun]) -> Option<Vec<Noun>> {
        let takes_private = self.frame(cue).takes_private;
        let objects: Vec<Noun> = nouns
            .iter()
            .filter(|noun| match noun.head {
                Head::State | Head::Official | Head::Place | Head::Thing => true,
                Head::Citizen | Head::Private => takes_private,
                Head::Nothing => false,
            })
            .copied()
            .collect();
        (!objects.is_empty()).then_some(objects)
    }

    /// Whether a preposition introduces the object of a cue.
    fn introduces(&self, cue: &Cue, at: usize) -> bool {
        let word = &self.text.words[at];
        let language = self.text.language as u8;
        let own = &self.frame(cue).prepositions;
        let mut of_language = own.iter().filter(|(of, _)| *of == language).peekable();
        if of_language.peek().is_some() {
            return of_language.any(|(_, hash)| *hash == word.hash);
        }
        word.is(WordClass::Object)
    }

    /// Returns the objects after a cue.
    fn objects(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let words = &self.text.words;
        let frame = self.frame(cue);
        let is_noun = self.is_noun(cue);
        // Whether a name here would be the object; whether other nouns have been passed.
        let mut is_open = frame.is_transitive && !is_noun;
        let mut sure: f32 = 1.0;
        let mut passed = 0;
        // `summons Russian ambassador`, where the cue is `summons … ambassador`
        let inside = self.nouns.iter().find(|noun| cue.first < noun.first && noun.first < cue.end);
        if let Some(noun) = inside.filter(|_| !is_noun) {
            let objects = self.acceptable_objects(cue, &coordinated(self.text, self.nouns, noun, clause.to));
            return objects.map(|objects| (objects, 1.0));
        }
        let mut at = cue.end;
        // The noun that the cue is a part of may go on: `sanctions package against`.
        if is_noun && let Some(noun) = self.nouns.iter().find(|n| n.first < cue.first && cue.end <= n.end) {
            at = at.max(noun.end);
        }
        let to = if frame.place_is_object && !is_noun { self.end_with_lists(clause) } else { clause.to };
        while at < to {
            let word = &words[at];
            if word.gap == Gap::Comma && at >= clause.to && passed > 0 {
                (is_open, passed) = (frame.is_transitive, 0);
            }
            if let Some(noun) = self.noun_at(at) {
                let is_genitive = self.text.grammar.has_genitive_after
                    && passed > 0
                    && passed <= GENITIVE_WORDS
                    && frame.is_transitive
                    && !is_noun;
                // `demands Armenia free captives`: what follows the name is no noun.
                let is_told = frame.embeds && is_open && noun.is_modifier && self.is_bare(noun);
                if is_told {
                    let told = Noun { head: Head::State, ..*noun };
                    return Some((vec![told], sure));
                }
                if is_open || is_genitive {
                    let nouns = coordinated(self.text, self.nouns, noun, clause.to);
                    if let Some(objects) = self.acceptable_objects(cue, &nouns) {
                        return Some((objects, sure));
                    }
                    // The object is somebody private.
                    return None;
                }
                at = noun.end;
                continue;
            }
            if word.is_preposition() && !(at == cue.end && word.is(WordClass::Agent)) {
                if self.introduces(cue, at) {
                    (is_open, passed) = (true, 0);
                } else {
                    // An adjunct: its noun is a topic or a place.
                    (is_open, passed) = (false, GENITIVE_WORDS);
                }
            } else if word.is(WordClass::Genitive) {
                // `release of Armenian prisoners`, `government of Georgia`
                is_open = is_open || passed > 0 && (!is_noun && frame.is_transitive);
                if passed > 0 {
                    sure = sure.min(SHARED_OBJECT);
                }
                passed = 0;
            } else if word.is(WordClass::Official) && is_open {
                // `власти Армении`: the office is a part of the noun.
            } else if word.is_any(&[WordClass::Determiner, WordClass::Adverb, WordClass::And, WordClass::Auxiliary]) {
            } else if frame.embeds && self.is_infinitive(at) {
                // `refuses to meet Russia`: the object of the infinitive is that of the refusal.
                is_open = true;
            } else {
                passed += 1;
                is_open = false;
            }
            at += 1;
        }
        None
    }

    /// Whether a noun is a name that only its place makes describe another noun, with no noun of a role after it.
    fn is_bare(&self, noun: &Noun) -> bool {
        let name = &self.text.names[noun.name];
        self.text.lexicon.form(name.mention.form).kind == FormKind::Name
            && !self.text.is_possessive(name.end)
            && noun.head != Head::Official
    }

    /// Whether a word is a verb after `to` or `will`.
    fn is_infinitive(&self, at: usize) -> bool {
        let words = &self.text.words;
        at > 0 && words[at - 1].is(WordClass::Auxiliary) && words[at].name.is_none()
    }

    /// Whether a verb form comes after another verb without a word of grammar between: `bans dairy imports`.
    fn follows_verb(&self, cue: &Cue) -> bool {
        let is_participle = self.text.word_text(cue.first).ends_with("ed");
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

    /// Returns where it happens, if that is to whom: `strikes kill six in Ukraine`.
    fn place(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        if !self.frame(cue).place_is_object {
            return None;
        }
        let words = &self.text.words;
        let is_place = |at: usize| words[at].is(WordClass::Place);
        let to = self.end_with_lists(clause);
        let after = (cue.end..to).filter(|&at| is_place(at));
        let before = (clause.from..cue.first).filter(|&at| is_place(at));
        for at in after.chain(before) {
            let mut from = at + 1;
            let mut passed = 0;
            while from < to && self.noun_at(from).is_none() {
                let is_of = words[from].is(WordClass::Genitive);
                if words[from].is_function_word() && !words[from].is_any(&[WordClass::Determiner]) && !is_of
                    || passed == GENITIVE_WORDS
                {
                    break;
                }
                passed += 1;
                from += 1;
            }
            if let Some(noun) = self.noun_at(from.min(words.len() - 1)).filter(|_| from < to)
                && matches!(noun.head, Head::State | Head::Place | Head::Thing | Head::Official)
            {
                return Some((coordinated(self.text, self.nouns, noun, to), BY_PLACE));
            }
        }
        None
    }

    /// Returns the end of a clause with what a comma adds to its nouns: `attacked Odesa, Kherson and other regions`.
    fn end_with_lists(&self, clause: &Clause) -> usize {
        let mut to = clause.to;
        for next in self.clauses.iter().filter(|next| next.from >= clause.to && next.part == clause.part) {
            let has_verb = self.cues.iter().any(|cue| next.from <= cue.first && cue.first < next.to);
            if next.from != to || next.opening != Opening::Comma || has_verb {
                break;
            }
            to = next.to;
        }
        to
    }

    /// Returns who is acted on according to the rest of the sentence: `plant in Omsk stops after Ukrainian strike`.
    fn object_before(&self, cue: &Cue, clause: &Clause, agents: &[Noun]) -> Option<Role> {
        if !self.frame(cue).place_is_object || cue.tone > DEED {
            return None;
        }
        let actor = |noun: &Noun| self.text.names[noun.name].actor;
        let is_other = |noun: &&Noun| {
            actor(noun).is_some()
                && agents.iter().all(|agent| actor(agent) != actor(noun))
                && matches!(noun.head, Head::Place | Head::Thing | Head::State)
                && self.clause_of(noun.first).is_some_and(|other| {
                    other.part == clause.part
                        && (self.is_in_place(noun) || noun.is_modifier || noun.head == Head::Place)
                })
        };
        let mut others = self.nouns.iter().filter(is_other);
        let found = others.next()?;
        // Two others: it is not clear which.
        if others.any(|other| actor(other) != actor(found)) {
            return None;
        }
        Some((vec![*found], ELSEWHERE))
    }

    fn is_in_place(&self, noun: &Noun) -> bool {
        noun.first > 0 && self.text.words[noun.first - 1].is(WordClass::Place)
    }

    /// Returns the names that describe a noun before it, the nearest first, and whether each is an adjective or a
    /// possessive: `Russia's sanctions`, `Russian drone strikes`, `US-Iran talks`.
    fn describing(&self, cue: &Cue) -> Vec<(Noun, bool)> {
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
                let is_next = end == first && (words[first].gap < Gap::Comma || is_adjective)
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
    fn genitive(&self, cue: &Cue) -> Option<(Vec<Noun>, bool)> {
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
        let noun = self.noun_at(at)?;
        (words[noun.first].gap <= Gap::Apostrophe).then(|| {
            (coordinated(self.text, self.nouns, noun, to), self.text.case(noun.end - 1) == NounCase::Comitative)
        })
    }

    /// Returns the subject of a clause whose verb only says that its object happens: `launches an attack`.
    fn light_subject(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let (nouns, sure) = self.subject(cue, clause)?;
        let from = nouns.last()?.end.max(clause.from);
        let words = self.text.words.get(from..cue.first)?;
        let is_light = words.iter().any(|word| word.is(WordClass::Light));
        let is_own = nouns.first().is_some_and(|first| clause.from <= first.first);
        let is_mutual = self.direction(cue) == Direction::Mutual && is_own;
        let has_verb = self.cues.iter().any(|other| from <= other.first && other.end <= cue.first && !other.is_noun);
        (is_light || is_mutual && !has_verb).then_some((nouns, sure * BY_LIGHT_VERB))
    }

    /// Returns who is to do what the next clause says: `demands that Russia withdraw`.
    fn subject_of_wish(&self, cue: &Cue) -> Option<Role> {
        let clause = self.clause_of(cue.end - 1)?;
        let next = self.clauses.iter().find(|next| next.from == clause.to && next.part == clause.part)?;
        if !self.frame(cue).embeds || next.opening != Opening::Word || clause.to > cue.end + 1 {
            return None;
        }
        match &next.subject {
            Subject::Nouns(nouns) if nouns[0].first >= next.from => {
                Some((self.acceptable_objects(cue, nouns)?, BY_LIGHT_VERB))
            }
            _ => None,
        }
    }

    /// Returns the pairs of who speaks and whom he speaks of: `Russia says Ukraine must`.
    fn of_speaker(&self, cue: &Cue, clause: &Clause) -> Vec<Pair> {
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

    /// Returns who speaks of what he does with another: `Trump says talks with Iran go on`.
    fn teller(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
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

    /// Returns the two sides of `between X and Y` next to a cue.
    fn between(&self, cue: &Cue) -> Option<(Noun, Noun)> {
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
    fn joined(&self, cue: &Cue, agents: &[Noun], objects: &[Noun], sure: f32) -> Vec<Pair> {
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
    fn among(&self, nouns: &[Noun], sure: f32) -> Vec<Pair> {
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

    fn pair(&self, a: &Noun, b: &Noun, is_directed: bool, sure: f32) -> Option<Pair> {
        let (from, to) = (self.text.names[a.name].actor?, self.text.names[b.name].actor?);
        (from != to).then_some(Pair { a: a.name, b: b.name, is_directed, sure })
    }
}
