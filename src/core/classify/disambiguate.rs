//! Decides which mentions count: the longest at each place, and of ambiguous names those that their rules accept.

mod clues;
pub(super) mod trace;

use super::language::Languages;
use super::scan::{FIELDS, Hit, ItemText, Scan};
use crate::lexicon::{FormKind, Lexicon, Output, Prior, SurfaceForm};
use crate::model::Field;

/// A form of an entity found in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mention {
    pub(super) hit: Hit,
    /// Number of the form.
    pub(super) form: u32,
    /// Number of the entity.
    pub(super) entity: u32,
    /// How much it counts toward the score, 0 to 1.
    pub(super) weight: f32,
    pub(super) decision: Decision,
}

/// Whether a mention counts, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Decision {
    /// The form has no rule.
    Unambiguous,
    /// The rule has not decided yet.
    Undecided,
    /// The clues of the rule decided, with this sum of weights.
    Accepted(f32),
    /// The clues add up to zero; the prior of the rule decided.
    Prior,
    Dropped,
}

/// The rounds of disambiguation. What one accepts is a clue in the next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Round {
    /// Accepts names whose clues are in favour.
    Clues,
    /// Decides about names that their prior accepts.
    Priors,
    /// Drops the other names that still have no clue.
    Rest,
}

impl Mention {
    pub(super) fn is_accepted(&self) -> bool {
        !matches!(self.decision, Decision::Dropped | Decision::Undecided)
    }

    pub(super) fn field(&self) -> Field {
        FIELDS[usize::from(self.hit.field)]
    }
}

/// The mentions of an item, and what clues look at; reused from item to item.
#[derive(Debug, Default)]
pub(super) struct Mentions {
    /// In the order of the text.
    pub(super) all: Vec<Mention>,
    /// Clue phrases in the text, sorted: number, first hit, last hit.
    words: Vec<(u32, Hit, Hit)>,
    /// All clue phrases by their beginning, sorted: field, first word, number of the phrase.
    begins: Vec<(u8, u32, u32)>,
    /// All clue phrases by their end, sorted: field, word after the last, number of the phrase.
    ends: Vec<(u8, u32, u32)>,
    /// By entity, the first two mentions of it or a part of it, as numbers plus one; 0 is none.
    found: Vec<[u32; 2]>,
    /// Entities with something in `found`.
    touched: Vec<u32>,
    /// Forms, how often the rule of each was evaluated in this round, and its last decision.
    evaluated: Vec<(u32, u32, Decision)>,
}

/// How often a rule is evaluated for one form of an item. Further mentions get the last decision, so that time stays
/// linear.
const MAX_EVALUATIONS: u32 = 12;

/// What mentions are decided by, apart from each other.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) lexicon: &'a Lexicon,
    pub(super) languages: &'a Languages,
    pub(super) item: &'a ItemText<'a>,
}

impl Mentions {
    /// Finds the mentions that count.
    pub(super) fn find(&mut self, scan: &Scan, reading: Reading<'_>) {
        self.decide(scan, reading);
        self.all.retain(Mention::is_accepted);
    }

    /// Does what [`Mentions::find`] does, but keeps dropped mentions.
    fn decide(&mut self, scan: &Scan, reading: Reading<'_>) {
        let Reading { lexicon, languages, .. } = reading;
        self.clear(lexicon);
        self.candidates(lexicon, scan, languages);
        if self.all.is_empty() {
            return;
        }
        if self.all.iter().any(|m| m.decision == Decision::Undecided) {
            self.gather_clues(scan);
        }
        for n in 0..self.all.len() {
            if self.all[n].decision == Decision::Unambiguous {
                self.record(lexicon, n);
            }
        }
        for round in [Round::Clues, Round::Priors, Round::Rest] {
            self.round(reading, round);
        }
        self.keep_one_at_each_place(lexicon);
    }

    fn clear(&mut self, lexicon: &Lexicon) {
        self.all.clear();
        self.words.clear();
        self.begins.clear();
        self.ends.clear();
        self.evaluated.clear();
        if self.found.len() == lexicon.entities().len() {
            for entity in self.touched.drain(..) {
                self.found[entity as usize] = [0; 2];
            }
        } else {
            self.touched.clear();
            self.found = vec![[0; 2]; lexicon.entities().len()];
        }
    }

    /// Lists the clue phrases of the text.
    fn gather_clues(&mut self, scan: &Scan) {
        for hit in &scan.hits {
            if let Output::Clue(phrase) = hit.output {
                self.words.push((phrase, *hit, *hit));
                self.begins.push((hit.field, hit.first_word, phrase));
                self.ends.push((hit.field, hit.end_word, phrase));
            }
        }
        self.begins.sort_unstable();
        self.ends.sort_unstable();
        self.words.sort_by_key(|w| w.0);
        self.words.dedup_by(|later, kept| {
            let same = later.0 == kept.0;
            if same {
                kept.2 = later.2;
            }
            same
        });
    }

    /// Decides about the undecided mentions, as far as the round may.
    fn round(&mut self, reading: Reading<'_>, round: Round) {
        let lexicon = reading.lexicon;
        self.evaluated.clear();
        let mut decided = Vec::new();
        for n in 0..self.all.len() {
            if self.all[n].decision != Decision::Undecided {
                continue;
            }
            let form = self.all[n].form;
            let at = self.evaluated.iter().position(|a| a.0 == form).unwrap_or_else(|| {
                self.evaluated.push((form, 0, Decision::Undecided));
                self.evaluated.len() - 1
            });
            if self.evaluated[at].1 < MAX_EVALUATIONS {
                self.evaluated[at].1 += 1;
                self.evaluated[at].2 = self.evaluate(n, reading, round);
            }
            let decision = self.evaluated[at].2;
            if decision != Decision::Undecided {
                decided.push((n, decision));
            }
        }
        for (n, decision) in decided {
            self.all[n].decision = decision;
            let prior = lexicon.rule_of(lexicon.form(self.all[n].form)).map(|rule| rule.prior);
            if let (Decision::Prior, Some(Prior::Tag(weight))) = (decision, prior) {
                self.all[n].weight *= weight;
            }
            if self.all[n].is_accepted() {
                self.record(lexicon, n);
            }
        }
    }

    /// Returns the decision of a mention's rule; undecided if only a later round may decide.
    fn evaluate(&self, n: usize, reading: Reading<'_>, round: Round) -> Decision {
        let lexicon = reading.lexicon;
        let Some(rule) = lexicon.rule_of(lexicon.form(self.all[n].form)) else { return Decision::Unambiguous };
        let sum = self.weigh(rule, n, reading);
        if sum > 0.0 {
            return Decision::Accepted(sum);
        }
        match rule.prior {
            _ if round == Round::Clues => Decision::Undecided,
            Prior::Abstain if round == Round::Priors => Decision::Undecided,
            Prior::Abstain => Decision::Dropped,
            Prior::Tag(_) if sum < 0.0 => Decision::Dropped,
            Prior::Tag(_) => Decision::Prior,
        }
    }

    /// Finds candidates, leftmost and longest first. Forms and stop phrases hide what is inside them.
    fn candidates(&mut self, lexicon: &Lexicon, scan: &Scan, languages: &Languages) {
        let fits = |hit: &Hit| match hit.output {
            Output::Form(form) => {
                let form = lexicon.form(form);
                languages.allowed >> form.language & 1 != 0
                    || languages.names_only >> form.language & 1 != 0 && form.kind == FormKind::Name
            }
            Output::Stop => true,
            _ => false,
        };
        let mut at = 0;
        let (mut field, mut free) = (0u8, 0u32);
        let hits = &scan.hits;
        while at < hits.len() {
            let (this_field, first) = (hits[at].field, hits[at].first_word);
            let group = hits[at..].iter().take_while(|h| h.field == this_field && h.first_word == first).count();
            let group = &hits[at..at + group];
            at += group.len();
            if this_field != field {
                (field, free) = (this_field, 0);
            }
            if first < free {
                continue;
            }
            let Some(end_word) = group.iter().filter(|h| fits(h)).map(|h| h.end_word).max() else { continue };
            free = end_word;
            if group.iter().any(|h| h.end_word == end_word && h.output == Output::Stop) {
                continue;
            }
            for hit in group.iter().filter(|h| h.end_word == end_word && fits(h)) {
                let Output::Form(n) = hit.output else { continue };
                let form = lexicon.form(n);
                let decision = if form.is_ambiguous() { Decision::Undecided } else { Decision::Unambiguous };
                let same_entity = self
                    .all
                    .iter_mut()
                    .rev()
                    .take_while(|m| (m.hit.field, m.hit.first_word) == (hit.field, hit.first_word))
                    .find(|m| m.entity == form.entity);
                let is_preferred = |form: &SurfaceForm| languages.preferred == Some(usize::from(form.language));
                match same_entity {
                    // The form in the item's own language decides; if there is none, one with a rule.
                    Some(old_mention) => {
                        let old = lexicon.form(old_mention.form);
                        let is_new_ambiguity =
                            decision == Decision::Undecided && old_mention.decision == Decision::Unambiguous;
                        if !is_preferred(old) && (is_preferred(form) || is_new_ambiguity) {
                            old_mention.decision = decision;
                            old_mention.form = n;
                            old_mention.weight = form.weight;
                        }
                    }
                    None => {
                        self.all.push(Mention {
                            hit: *hit,
                            form: n,
                            entity: form.entity,
                            weight: form.weight,
                            decision,
                        });
                    }
                }
            }
        }
    }

    /// Records where the entity of a mention, and everything to which it belongs, was found.
    fn record(&mut self, lexicon: &Lexicon, n: usize) {
        let Mention { entity, hit, .. } = self.all[n];
        let ancestors = &lexicon.entity_at(entity).ancestors;
        for &id in std::iter::once(&entity).chain(ancestors) {
            let [first, second] = &mut self.found[id as usize];
            if *first == 0 {
                *first = n as u32 + 1;
                self.touched.push(id);
            } else if *second == 0 {
                let other = &self.all[*first as usize - 1].hit;
                if (other.field, other.start) != (hit.field, hit.start) {
                    *second = n as u32 + 1;
                }
            }
        }
    }

    /// Whether an entity, or a part of it, is mentioned elsewhere than at this place.
    fn is_elsewhere(&self, entity: u32, hit: &Hit) -> bool {
        self.found[entity as usize].iter().any(|&n| {
            n.checked_sub(1).is_some_and(|n| {
                let other = &self.all[n as usize].hit;
                (other.field, other.start) != (hit.field, hit.start)
            })
        })
    }

    /// Keeps one of several entities at one place: the one with the greatest sum, a name before an adjective. If
    /// several are left, the mention gives what they all belong to: Якутском is of the city or the republic, and of
    /// Russia in either case.
    fn keep_one_at_each_place(&mut self, lexicon: &Lexicon) {
        let strength = |m: &Mention| match m.decision {
            Decision::Unambiguous => 1000.0,
            Decision::Accepted(sum) => sum,
            Decision::Prior => 0.0,
            _ => -1.0,
        };
        let is_name = |m: &Mention| lexicon.form(m.form).kind == FormKind::Name;
        let mut at = 0;
        while at < self.all.len() {
            let (field, start) = (self.all[at].hit.field, self.all[at].hit.start);
            let len = self.all[at..].iter().take_while(|m| m.hit.field == field && m.hit.start == start).count();
            if len > 1 {
                let group = &mut self.all[at..at + len];
                let best = group
                    .iter()
                    .map(|m| (strength(m), is_name(m)))
                    .fold((-1.0, false), |best, one| if one > best { one } else { best });
                for mention in group.iter_mut().filter(|m| (strength(m), is_name(m)) != best) {
                    mention.decision = Decision::Dropped;
                }
                keep_common_ancestor(lexicon, group);
            }
            at += len;
        }
    }
}

/// Merges the accepted mentions of a place to one of the nearest entity that all of them are or belong to; drops them
/// if there is none.
fn keep_common_ancestor(lexicon: &Lexicon, group: &mut [Mention]) {
    let line = |m: &Mention| std::iter::once(m.entity).chain(lexicon.entity_at(m.entity).ancestors.iter().copied());
    let accepted: Vec<Mention> = group.iter().filter(|m| m.is_accepted()).copied().collect();
    let Some((first, others)) = accepted.split_first() else { return };
    if others.is_empty() {
        return;
    }
    let shared = line(first)
        .filter(|&id| others.iter().all(|other| line(other).any(|of| of == id)))
        .max_by_key(|&id| lexicon.entity_at(id).ancestors.len());
    let mut left = shared;
    for mention in group.iter_mut().filter(|m| m.is_accepted()) {
        match left.take() {
            Some(entity) => mention.entity = entity,
            None => mention.decision = Decision::Dropped,
        }
    }
}
