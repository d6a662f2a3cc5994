//! Why a name was accepted or dropped, for `explain`.

use serde::Serialize;

use super::super::scan::Scan;
use super::clues::has_name;
use super::{Mentions, Reading};
use crate::lexicon::{Clue, Rule};
use crate::model::Field;

/// A name that can mean several things, and what the lexicon's rule made of it. `docs/lexicon.md`, section 5.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AmbiguousName {
    /// Id of the entity that the name may mean.
    pub entity: String,
    /// The name as it is in the text.
    pub form: String,
    /// The field that has it.
    pub field: Field,
    /// First byte in the field.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// Id of the rule.
    pub rule: String,
    /// What the rule is about.
    pub note: String,
    /// Whether the name counts as a mention of the entity.
    #[serde(rename = "stands")]
    pub is_accepted: bool,
    /// The clues that hold: the weight that each adds, and what was found.
    pub clues: Vec<(f32, String)>,
}

impl Mentions {
    /// Returns the names that a rule decided about, accepted or dropped, each with the clues that hold.
    pub(in crate::classify) fn trace(&mut self, scan: &Scan, reading: Reading<'_>) -> Vec<AmbiguousName> {
        self.decide(scan, reading);
        let Reading { lexicon, item, .. } = reading;
        let ambiguous = |n: usize| {
            let mention = &self.all[n];
            let form = lexicon.form(mention.form);
            let rule = lexicon.rule_of(form)?;
            let (start, end) = (mention.hit.start as usize, mention.hit.end as usize);
            Some(AmbiguousName {
                entity: lexicon.entity_at(form.entity).id.clone(),
                form: item.words(&mention.hit).to_owned(),
                field: mention.field(),
                start,
                end,
                rule: rule.id.clone(),
                note: rule.note.clone(),
                is_accepted: mention.is_accepted(),
                clues: self.clues_that_hold(rule, n, reading),
            })
        };
        (0..self.all.len()).filter_map(ambiguous).collect()
    }

    /// Returns the clues that hold for mention `n`, each with the weight that it adds and a description of what was
    /// found.
    fn clues_that_hold(&self, rule: &Rule, n: usize, reading: Reading<'_>) -> Vec<(f32, String)> {
        let found = |clue: &Clue| {
            let count = self.count(clue, n, reading);
            (count > 0).then(|| (clue.weight * f32::from(count), self.description(clue, n, reading)))
        };
        rule.clues.iter().filter_map(found).collect()
    }

    /// Describes which conditions of a clue hold for mention `n`.
    fn description(&self, clue: &Clue, n: usize, reading: Reading<'_>) -> String {
        let Reading { lexicon, languages, item } = reading;
        let hit = &self.all[n].hit;
        let mut parts: Vec<String> = Vec::new();
        let mut phrases = |which: &[u32], list: &mut dyn Iterator<Item = u32>, how: &str| {
            let names: Vec<&str> = list
                .filter(|phrase| which.binary_search(phrase).is_ok())
                .take(3)
                .map(|phrase| lexicon.clue_text(phrase))
                .collect();
            if !names.is_empty() {
                parts.push(format!("{how} `{}`", names.join("`, `")));
            }
        };
        phrases(&clue.words, &mut self.words.iter().map(|w| w.0), "the text has");
        let adjacent = |list: &'_ [(u8, u32, u32)], word: u32| -> Vec<u32> {
            list.iter().filter(|&&(f, w, _)| (f, w) == (hit.field, word)).map(|b| b.2).collect()
        };
        phrases(&clue.before, &mut adjacent(&self.ends, hit.first_word).into_iter(), "before it is");
        phrases(&clue.after, &mut adjacent(&self.begins, hit.end_word).into_iter(), "after it is");
        let kin: &[u32] = if clue.kin { &lexicon.entity_at(self.all[n].entity).ancestors } else { &[] };
        let others: Vec<&str> = clue
            .entities
            .iter()
            .chain(kin)
            .filter(|&&entity| self.is_elsewhere(entity, hit))
            .map(|&entity| lexicon.entity_at(entity).id.as_str())
            .collect();
        if !others.is_empty() {
            parts.push(format!("the text also mentions {}", others.join(", ")));
        }
        let text = item.field(hit.field);
        for &shape in clue.shapes.iter().filter(|&&shape| self.has_shape(shape, lexicon, &self.all[n], text)) {
            parts.push(shape.description().to_owned());
        }
        if has_name(&clue.name_ends, item) {
            parts.push("a surname with a typical end".to_owned());
        }
        if languages.main.is_some_and(|l| clue.languages >> l & 1 != 0) {
            parts.push("the language of the text".to_owned());
        }
        if parts.is_empty() {
            parts.push("the address or the outlet".to_owned());
        }
        parts.join("; ")
    }
}
