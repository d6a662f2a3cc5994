//! Languages whose verb is last: cases show who does what.

use super::clauses::{Clause, coordinated};
use super::cues::Cue;
use super::frames::{DEED, Pair, Parsed};
use super::nouns::{Head, Noun};
use super::words::Gap;
use crate::lexicon::{Direction, FormKind, NounCase, WordClass};

/// The most words between the end of a name and the noun that has its case.
const HEAD_WORDS: usize = 4;

/// The most words between a cue and `arasında`.
const PARTIES_WORDS: usize = 5;

/// The most words between an object and the cue.
const MAX_DISTANCE: usize = 8;

/// A noun with the case of its head.
struct CaseNoun {
    noun: Noun,
    case: NounCase,
}

/// Whether a noun is a genitive before a cue, and may act.
fn is_owner(cue: &Cue, n: &CaseNoun) -> bool {
    matches!(n.noun.head, Head::State | Head::Official) && n.case == NounCase::Genitive && n.noun.end <= cue.first
}

impl Parsed<'_> {
    /// Returns the pairs of a cue by the cases of the nouns around it.
    pub(super) fn pairs_by_case(&self, cue: &Cue) -> Vec<Pair> {
        let Some(clause) = self.clause_of(cue.first) else { return Vec::new() };
        let info = self.text.lexicon.cue(cue.number);
        let nouns = self.case_nouns(cue, clause);
        if let Some(parties) = self.parties(cue) {
            return self.among_by_case(&parties);
        }
        let actor = |noun: &Noun| self.text.names[noun.name].actor;
        let is_agent = |noun: &Noun| matches!(noun.head, Head::State | Head::Official);
        // An adjective is the object only with a noun that acts for the state.
        let is_name =
            |noun: &Noun| self.text.lexicon.form(self.text.names[noun.name].mention.form).kind == FormKind::Name;
        let is_object = |noun: &Noun| {
            (is_name(noun) || noun.head == Head::Official)
                && noun.first + MAX_DISTANCE >= cue.first
                && noun.first <= cue.end + MAX_DISTANCE
                && matches!(noun.head, Head::State | Head::Official | Head::Place | Head::Thing)
        };
        // `Türkiye ve Ermenistan imzaladı`, `Rusya ile Türkiye görüştü`
        let first = nouns.iter().find(|n| {
            is_agent(&n.noun)
                && n.noun.first < cue.first
                && matches!(n.case, NounCase::Nominative | NounCase::Ergative)
                && !self.is_possessor(&n.noun)
        });
        let first = first.or_else(|| {
            nouns.iter().find(|n| is_agent(&n.noun) && n.case == NounCase::Ablative && n.noun.end <= cue.first)
        });
        let owner = if cue.tone <= DEED { self.owner_of_deed(cue, &nouns) } else { None };
        let has_object = |agent: &CaseNoun| {
            let is_object_case = |case| matches!(case, NounCase::Dative | NounCase::Comitative);
            nouns.iter().any(|n| n.noun.first > agent.noun.first && is_object_case(n.case))
        };
        let first = owner.or(first);
        let any_owner = || nouns.iter().find(|n| cue.tone > DEED && is_owner(cue, n) && has_object(n));
        let first = first.or_else(any_owner);
        // `Rusya: Kiev'e saldırdık`
        let speaker = || {
            let before = self.clauses.iter().rfind(|before| before.part + 1 == clause.part)?;
            let is_colon = self.text.words[before.to..].first().is_some_and(|word| word.gap == Gap::Colon);
            let noun = self.nouns.iter().find(|noun| before.from <= noun.first && noun.end <= before.to)?;
            (is_colon && is_agent(noun)).then_some(CaseNoun { noun: *noun, case: NounCase::Nominative })
        };
        let is_mutual = info.direction == Direction::Mutual;
        let told = if first.is_none() && !is_mutual { speaker() } else { None };
        let Some(agent) = first.or(told.as_ref()) else { return Vec::new() };
        let to = self.clauses.iter().filter(|c| c.part == clause.part).map(|c| c.to).max().unwrap_or(clause.to);
        let agents: Vec<Noun> = coordinated(self.text, self.nouns, &agent.noun, to)
            .into_iter()
            .take_while(|n| is_agent(n) && self.with_case(n, cue).case == agent.case)
            .filter(|n| actor(n).is_some())
            .collect();
        if agents.is_empty() {
            return Vec::new();
        }
        let objects = nouns.iter().filter(|n| {
            is_object(&n.noun)
                && owner.is_none_or(|owner| owner.noun.first < n.noun.first)
                && agents.iter().all(|agent| agent.name != n.noun.name && actor(agent) != actor(&n.noun))
                && actor(&n.noun).is_some()
        });
        // Whom one meets has the comitative, or in a language with an ergative the dative.
        let only_with = is_mutual && !self.text.grammar.cases.iter().any(|(_, case)| *case == NounCase::Ergative);
        let by_case = |n: &&CaseNoun| match n.case {
            NounCase::Comitative => true,
            _ if only_with => false,
            NounCase::Dative | NounCase::Accusative => true,
            NounCase::Ablative => agent.case != NounCase::Ablative,
            NounCase::Genitive => info.frame.genitive_is_object && n.noun.first < cue.first,
            NounCase::Locative => info.frame.place_is_object,
            // Whoever acts has the ergative, and whom he acts on the nominative: «საქართველომ რუსეთი დაადანაშაულა».
            NounCase::Nominative => agent.case == NounCase::Ergative,
            NounCase::Ergative => false,
        };
        // The nearest to the cue that is before it, else the first after it.
        let (before, after): (Vec<&CaseNoun>, Vec<&CaseNoun>) =
            objects.filter(by_case).partition(|n| n.noun.first < cue.first);
        // `Ukrayna görüşmesi için Bakü'ye geldi`: what comes after `için` is of another verb.
        let follows =
            |n: &&&CaseNoun| !is_mutual || !(cue.end..n.noun.first).any(|at| self.text.words[at].is_function_word());
        let object = before.last().or(after.first().filter(follows)).map(|object| object.noun);
        // `Rusya'nın Kiev'e saldırısını kınadı`: who did it is condemned, not the town.
        let deed =
            self.cues.iter().find(|other| other.end == cue.first && self.text.lexicon.cue(other.number).tone <= DEED);
        let blamed = deed.and_then(|deed| {
            let nouns = self.case_nouns(deed, clause);
            self.owner_of_deed(deed, &nouns).map(|owner| owner.noun)
        });
        let is_other = |noun: &Noun| agents.iter().all(|agent| actor(agent) != actor(noun));
        let object = blamed.filter(is_other).or(object);
        match object {
            None if info.direction == Direction::Mutual && agents.len() > 1 => self.among_by_case(&agents),
            None => Vec::new(),
            Some(object) => {
                let is_directed = cue.negated_by.is_some() || info.direction != Direction::Mutual;
                let pair = |agent: &Noun| Pair { a: agent.name, b: object.name, is_directed, sure: 0.9 };
                agents.iter().map(pair).collect()
            }
        }
    }

    /// Returns the nouns before a word such as `arasında` that is before the cue: they do it with each other, whoever the
    /// subject of the sentence is.
    fn parties(&self, cue: &Cue) -> Option<Vec<Noun>> {
        let words = &self.text.words;
        let from = cue.first.saturating_sub(PARTIES_WORDS);
        let between = (from..cue.first).rfind(|&at| words[at].is(WordClass::Between))?;
        let has_cue = self.cues.iter().any(|other| between < other.first && other.end < cue.first);
        // `arasında anlaşmaya varmak için`: it is only wanted.
        let is_purpose = words.get(cue.end).is_some_and(|word| word.is(WordClass::Adjunct));
        if has_cue || is_purpose || (between + 1..=cue.first).any(|at| words[at].gap > Gap::Apostrophe) {
            return None;
        }
        let mut parties: Vec<Noun> = Vec::new();
        let mut end = between;
        while let Some(noun) = self.nouns.iter().rfind(|noun| noun.first < end && parties.len() < 4) {
            let is_next = (noun.end..end).all(|at| words[at].is_any(&[WordClass::And, WordClass::Object]))
                && (noun.end..=end).all(|at| words[at].gap <= Gap::Comma);
            if !is_next || matches!(noun.head, Head::Private | Head::Citizen) {
                break;
            }
            parties.push(*noun);
            end = noun.first;
        }
        Some(parties)
    }

    /// Returns the nouns of the part that a clause is of, with their cases. The clauses of one part belong together: a
    /// comma comes after the subject.
    fn case_nouns(&self, cue: &Cue, clause: &Clause) -> Vec<CaseNoun> {
        let is_of_part = |noun: &&Noun| self.clause_of(noun.first).is_some_and(|other| other.part == clause.part);
        self.nouns.iter().filter(is_of_part).map(|noun| self.with_case(noun, cue)).collect()
    }

    /// Returns who did a deed that is a noun: its owner, but not that of a town before it (`Ukrayna'nın başkenti Kiev'e
    /// saldırı`) nor of another act (`Rusya'nın ilhak ettiği Kırım'da saldırı`).
    fn owner_of_deed<'n>(&self, cue: &Cue, nouns: &'n [CaseNoun]) -> Option<&'n CaseNoun> {
        let names = &self.text.names;
        let owner = nouns.iter().rfind(|n| {
            let next = names.iter().find(|next| names[n.noun.name].end <= next.first && next.first < cue.first);
            is_owner(cue, n) && next.is_none_or(|next| next.actor != names[n.noun.name].actor)
        })?;
        let end = names[owner.noun.name].end;
        let has_act = self.cues.iter().any(|other| end <= other.first && other.end <= cue.first);
        (!has_act).then_some(owner)
    }

    fn among_by_case(&self, nouns: &[Noun]) -> Vec<Pair> {
        let mut out = Vec::new();
        for (n, a) in nouns.iter().enumerate() {
            out.extend(nouns[n + 1..].iter().filter_map(|b| self.pair(a, b, false, 0.9)));
        }
        out
    }

    /// Returns a noun with the case of the last word of its phrase. A noun that the cue belongs to has a genitive.
    fn with_case(&self, noun: &Noun, cue: &Cue) -> CaseNoun {
        let own = self.text.case(noun.end - 1);
        if self.text.words.get(noun.end).is_some_and(|word| word.is(WordClass::Object) && word.gap == Gap::Space)
            && own == NounCase::Nominative
        {
            return CaseNoun { noun: *noun, case: NounCase::Comitative };
        }
        let name = &self.text.names[noun.name];
        let name_case = self.text.case(name.end - 1);
        // `Ukrayna'ya füze`: a name with an ending of its own does not describe the noun after it.
        if noun.end > name.end && matches!(name_case, NounCase::Dative | NounCase::Accusative | NounCase::Ablative) {
            return CaseNoun { noun: *noun, case: name_case };
        }
        // `Kiev bölgesine düzenlediği`: the first word with an ending is the head.
        let is_cased = |case: &NounCase| {
            matches!(case, NounCase::Dative | NounCase::Accusative | NounCase::Ablative | NounCase::Locative)
        };
        if let Some(case) = (name.end..noun.end).map(|at| self.text.case(at)).find(is_cased) {
            return CaseNoun { noun: *noun, case };
        }
        if noun.end == name.end && name_case == NounCase::Genitive {
            // `Rusya'nın Bakü Büyükelçisini`: the head is further on.
            let words = &self.text.words;
            let to = words.len().min(noun.end + HEAD_WORDS);
            let start = noun.end + usize::from(words.get(noun.end).is_some_and(|w| w.gap == Gap::Apostrophe));
            let mut at = start;
            let mut passed_name = false;
            while let Some(word) = words.get(at).filter(|_| at < to) {
                let case = self.text.case(at);
                let is_other_noun = word.name.is_some() && case != NounCase::Nominative;
                // `Rusya'nın füze saldırısında`
                let is_cue = cue.tone <= DEED && cue.first <= at && at < cue.end;
                if word.gap > Gap::Apostrophe || word.is_function_word() || is_other_noun || is_cue {
                    break;
                }
                if !matches!(case, NounCase::Nominative | NounCase::Genitive) {
                    // `Rusya'nın Kiev bölgesine`: the head is of the other name.
                    if passed_name && !word.is(WordClass::Official) {
                        break;
                    }
                    return CaseNoun { noun: *noun, case };
                }
                passed_name = passed_name || word.name.is_some();
                at += 1;
            }
            return CaseNoun { noun: *noun, case: NounCase::Genitive };
        }
        // `Rusya açıklarında`, `Ankara Zirvesi'nde`: the name only describes where it happens.
        let describes = own == NounCase::Nominative
            && !(cue.first <= noun.end && noun.end < cue.end)
            && self.text.words.get(noun.end).is_some_and(|next| {
                let is_noun = next.gap == Gap::Space && next.name.is_none() && !next.is_function_word();
                is_noun && self.text.case(noun.end) == NounCase::Locative
            });
        if describes {
            // It may happen to a town, but hardly to a state: `Rusya-Ukrayna savaşında`.
            let head = if noun.head == Head::Place { noun.head } else { Head::Nothing };
            return CaseNoun { noun: Noun { head, ..*noun }, case: NounCase::Locative };
        }
        CaseNoun { noun: *noun, case: own }
    }

    /// Whether a noun without an ending only describes the name after it.
    fn is_possessor(&self, noun: &Noun) -> bool {
        noun.head == Head::Thing
    }
}
