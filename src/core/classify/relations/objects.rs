//! Who is acted on: the object of a cue, or the place where it happens.

use super::clauses::{Clause, Opening, Subject, coordinated};
use super::cues::Cue;
use super::frames::{BY_LIGHT_VERB, DEED, GENITIVE_WORDS, Parsed, Role, SHARED_OBJECT};
use super::nouns::{Head, Noun};
use super::words::Gap;
use crate::lexicon::{Direction, FormKind, WordClass};

/// How sure the place of an act is as its object, and a place that is named elsewhere in the sentence.
const BY_PLACE: f32 = 0.75;
const ELSEWHERE: f32 = 0.6;
/// The most clauses after that of a cue that may have its object.
const PARENTHESES: usize = 5;

impl Parsed<'_> {
    pub(super) fn acceptable_objects(&self, cue: &Cue, nouns: &[Noun]) -> Option<Vec<Noun>> {
        let takes_private = self.frame(cue).takes_private;
        // `mediates the Russia-Ukraine conflict`: what is between two others is neither of them.
        let is_between = |noun: &Noun| {
            noun.head == Head::Thing && noun.is_modifier && noun.first > 0 && {
                self.text.words[noun.first].gap == Gap::Hyphen && self.text.words[noun.first - 1].name.is_some()
            }
        };
        if cue.tone > DEED && nouns.iter().any(is_between) {
            return None;
        }
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
    pub(super) fn introduces(&self, cue: &Cue, at: usize) -> bool {
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
    pub(super) fn objects(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let words = &self.text.words;
        let frame = self.frame(cue);
        let is_noun = self.is_noun(cue);
        // Whether a name here would be the object; whether other nouns have been passed.
        let mut is_open = frame.is_transitive && !is_noun;
        let mut sure: f32 = 1.0;
        let mut passed = 0;
        // Whether a noun with an owner has been passed, to which what follows belongs: `in Armenia's statements on`.
        let mut is_owned = false;
        // `summons Russian ambassador`, where the cue is `summons … ambassador`
        let inside = self.nouns.iter().find(|noun| cue.first < noun.first && noun.first < cue.end);
        if let Some(noun) = inside.filter(|_| !is_noun) {
            let mut nouns = coordinated(self.text, self.nouns, noun, clause.to);
            // `violates Georgian airspace`: the adjective describes a noun of the cue.
            let is_mutual = self.direction(cue) == Direction::Mutual;
            for noun in nouns.iter_mut().filter(|noun| noun.end < cue.end && !is_mutual) {
                let is_adjective = matches!(noun.head, Head::Nothing | Head::Citizen);
                if is_adjective && words[noun.end].gap == Gap::Space {
                    noun.head = Head::Thing;
                }
            }
            let objects = self.acceptable_objects(cue, &nouns);
            return objects.map(|objects| (objects, 1.0));
        }
        let mut at = cue.end;
        // The noun that the cue is a part of may go on: `sanctions package against`.
        if is_noun && let Some(noun) = self.nouns.iter().find(|n| n.first < cue.first && cue.end <= n.end) {
            at = at.max(noun.end);
        }
        let to = if frame.place_is_object && !is_noun { self.end_with_lists(clause) } else { clause.to };
        let is_mutual = is_noun && self.direction(cue) == Direction::Mutual;
        // Whether a preposition has been passed.
        let mut is_after_preposition = false;
        while at < to {
            let word = &words[at];
            // `deal hinges on normalisation with Israel`: what follows belongs to the nearer noun.
            if is_mutual
                && is_after_preposition
                && self.cues.iter().any(|other| other.first == at)
                && self.noun_at(at).is_none()
            {
                return None;
            }
            is_after_preposition = is_after_preposition || word.is_preposition();
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
                // `condemns barbaric US attack`
                let is_described = self.text.grammar.has_noun_modifiers
                    && frame.is_transitive
                    && !is_noun
                    && noun.is_modifier
                    && self.text.names[noun.name].actor.is_some()
                    && noun.first == cue.end + 1
                    && words[noun.first].gap == Gap::Space
                    && !words[cue.end].is_function_word()
                    && !words[cue.end - 1].is_function_word();
                if is_described {
                    sure = sure.min(SHARED_OBJECT);
                }
                if (is_open || is_genitive || is_described) && self.is_warned_of(cue, noun) {
                    return None;
                }
                if is_open || is_genitive || is_described {
                    let nouns = coordinated(self.text, self.nouns, noun, clause.to);
                    if let Some(objects) = self.acceptable_objects(cue, &nouns) {
                        return Some((objects, sure));
                    }
                    // The object is somebody private.
                    return None;
                }
                is_owned =
                    is_owned || self.is_governed(noun) && self.text.is_possessive(self.text.names[noun.name].end);
                at = noun.end;
                continue;
            }
            // `killed over 200 soldiers`
            let is_of_number = word.is(WordClass::Adjunct)
                && !self.introduces(cue, at)
                && self.text.words.get(at + 1).is_some_and(|next| next.gap == Gap::Space)
                && self.text.word_text(at + 1).starts_with(|c: char| c.is_ascii_digit());
            // `rejected an appeal by`
            let is_authors = word.is(WordClass::Agent)
                && !is_noun
                && frame.is_transitive
                && passed > 0
                && (cue.end..at).all(|at| !words[at].is_preposition() && !words[at].is(WordClass::Genitive))
                && !self.nouns.iter().any(|noun| cue.end <= noun.first && noun.first < at);
            if is_of_number {
            } else if is_authors {
                (is_open, passed, sure) = (true, 0, sure.min(SHARED_OBJECT));
            } else if word.is_preposition() && !(at == cue.end && word.is(WordClass::Agent)) {
                if self.introduces(cue, at) && !(is_owned && self.direction(cue) != Direction::Mutual) {
                    (is_open, passed) = (true, 0);
                } else {
                    // An adjunct: its noun is a topic or a place.
                    (is_open, passed) = (false, GENITIVE_WORDS);
                }
            } else if word.is(WordClass::Genitive)
                && at == cue.end
                && frame.embeds
                && !is_noun
                && !self.introduces(cue, at)
            {
                // `warns of Russian attacks`: they are what it is about.
                (is_open, passed) = (false, GENITIVE_WORDS);
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
        if is_noun || to > clause.to { None } else { self.object_after_parenthesis(cue, clause) }
    }

    /// Returns the object after what is between commas: `signed the pact, a first, with Georgia`.
    fn object_after_parenthesis(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
        let words = &self.text.words;
        let of_part = self.clauses.iter().skip_while(|next| next.from < clause.to);
        let verbs = [WordClass::Auxiliary, WordClass::Passive, WordClass::Speech, WordClass::Pronoun, WordClass::Verb];
        for next in of_part.take(PARENTHESES).take_while(|next| next.part == clause.part) {
            if self.introduces(cue, next.from) && next.opening == Opening::Comma {
                let noun = self.noun_at(next.from + 1).filter(|noun| noun.end <= next.to)?;
                let has_verb = (next.from + 1..next.to).any(|at| words[at].is_any(&verbs))
                    || self.cues.iter().any(|cue| next.from <= cue.first && cue.first < next.to);
                let nouns = coordinated(self.text, self.nouns, noun, next.to);
                return if has_verb { None } else { Some((self.acceptable_objects(cue, &nouns)?, SHARED_OBJECT)) };
            }
            let has_subject = matches!(&next.subject, Subject::Nouns(nouns) if nouns[0].first >= next.from);
            if has_subject || (next.from..next.to).any(|at| words[at].is_any(&verbs)) {
                return None;
            }
        }
        None
    }

    /// Whether a noun after a threat is only the subject of what is threatened or feared: `warns Russia will attack`.
    fn is_warned_of(&self, cue: &Cue, noun: &Noun) -> bool {
        let word = |at: usize| self.text.words.get(at).filter(|word| word.gap <= Gap::Hyphen);
        let is_infinitive = |at: usize| word(at).is_some_and(|word| word.is(WordClass::Object));
        // `to` and `not to` begin what is asked.
        let is_finite = word(noun.end).is_some_and(|next| {
            next.is(WordClass::Passive)
                || next.is(WordClass::Auxiliary) && !is_infinitive(noun.end) && !is_infinitive(noun.end + 1)
        });
        self.is_threat(cue) && !self.is_noun(cue) && is_finite
    }

    fn is_threat(&self, cue: &Cue) -> bool {
        self.text.lexicon.cue(cue.number).class == "threaten"
    }

    /// Whether a noun is a name that only its place makes describe another noun, with no noun of a role after it.
    pub(super) fn is_bare(&self, noun: &Noun) -> bool {
        let name = &self.text.names[noun.name];
        self.text.lexicon.form(name.mention.form).kind == FormKind::Name
            && !self.text.is_possessive(name.end)
            && noun.head != Head::Official
    }

    /// Whether a word is a verb after `to` or `will`.
    pub(super) fn is_infinitive(&self, at: usize) -> bool {
        let words = &self.text.words;
        at > 0 && words[at - 1].is(WordClass::Auxiliary) && words[at].name.is_none()
    }

    /// Returns where it happens, if that is to whom: `strikes kill six in Ukraine`.
    pub(super) fn place(&self, cue: &Cue, clause: &Clause) -> Option<Role> {
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
                && (matches!(noun.head, Head::State | Head::Place | Head::Official)
                    || noun.head == Head::Thing && cue.tone < 0.0)
            {
                return Some((coordinated(self.text, self.nouns, noun, to), BY_PLACE));
            }
        }
        None
    }

    /// Returns the end of a clause with what a comma adds to its nouns: `attacked Odesa, Kherson and other regions`.
    pub(super) fn end_with_lists(&self, clause: &Clause) -> usize {
        let mut to = clause.to;
        for next in self.clauses.iter().filter(|next| next.from >= clause.to && next.part == clause.part) {
            let verbs = [WordClass::Auxiliary, WordClass::Passive, WordClass::Speech];
            let has_verb = self.cues.iter().any(|cue| next.from <= cue.first && cue.first < next.to)
                || self.text.words[next.from..next.to].iter().any(|word| word.is_any(&verbs));
            if next.from != to || next.opening != Opening::Comma || has_verb {
                break;
            }
            to = next.to;
        }
        to
    }

    /// Returns who is acted on according to the rest of the sentence: `plant in Omsk stops after Ukrainian strike`.
    pub(super) fn object_before(&self, cue: &Cue, clause: &Clause, agents: &[Noun]) -> Option<Role> {
        if !self.frame(cue).place_is_object || cue.tone > DEED {
            return None;
        }
        let actor = |noun: &Noun| self.text.names[noun.name].actor;
        let is_other = |noun: &&Noun| {
            actor(noun).is_some()
                && agents.iter().all(|agent| actor(agent) != actor(noun))
                && matches!(noun.head, Head::Place | Head::Thing | Head::State)
                && !self.cues.iter().any(|other| noun.first <= other.first && other.end <= noun.end)
                && self.clause_of(noun.first).is_some_and(|other| {
                    other.part == clause.part
                        && (self.is_in_place(noun)
                            || (noun.is_modifier || noun.head == Head::Place) && !self.is_topic(noun))
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

    /// Whether an adjective with its noun is only what something is about: `questions about a possible Russian role`.
    fn is_topic(&self, noun: &Noun) -> bool {
        let words = &self.text.words;
        let kind = self.text.lexicon.form(self.text.names[noun.name].mention.form).kind;
        let before = (0..noun.first).rev().find(|&at| !words[at].is(WordClass::Determiner));
        noun.is_modifier
            && kind != FormKind::Name
            && before.is_some_and(|at| words[at].is(WordClass::Adjunct) && words[at].name.is_none())
    }

    pub(super) fn is_in_place(&self, noun: &Noun) -> bool {
        noun.first > 0 && self.text.words[noun.first - 1].is(WordClass::Place)
    }

    /// Returns who is to do what the next clause says: `demands that Russia withdraw`.
    pub(super) fn subject_of_wish(&self, cue: &Cue) -> Option<Role> {
        let clause = self.clause_of(cue.end - 1)?;
        let next = self.clauses.iter().find(|next| next.from == clause.to && next.part == clause.part)?;
        // `warns that Russia will attack`; not `vows response after Russia attacked`
        let begins = &self.text.words[next.from];
        let is_feared = self.is_threat(cue) && begins.is_any(&[WordClass::Determiner, WordClass::Question]);
        if !self.frame(cue).embeds || is_feared || next.opening != Opening::Word || clause.to > cue.end + 1 {
            return None;
        }
        match &next.subject {
            Subject::Nouns(nouns) if nouns[0].first >= next.from => {
                Some((self.acceptable_objects(cue, nouns)?, BY_LIGHT_VERB))
            }
            _ => None,
        }
    }
}
