//! Item to mentions to tags, with evidence; and what a headline says of two actors.
//!
//! Owns the scan of an item, the choice of its languages, the settling of ambiguous names, the score and the relations.
//! Knows the model and the lexicon; what a tag is and what settles a doubt stands in the lexicon's files.

mod language;
mod relate;
mod scan;
mod score;
mod settle;

use std::sync::Arc;

use crate::lexicon::Lexicon;
use crate::model::{Classification, Field, PressBloc};
use language::Scripts;
use scan::Scan;
use score::{Ledger, Tables};
use settle::Mentions;

/// What the classifier looks at: the texts of an item, plain, and what is known of where it comes from.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemText<'a> {
    /// Title; may be empty.
    pub title: &'a str,
    /// Short text; may be empty.
    pub summary: &'a str,
    /// Full text, where there is one.
    pub content: Option<&'a str>,
    /// Address of the item; a clue for ambiguous names, never evidence.
    pub url: Option<&'a str>,
    /// BCP 47 language that is declared; the text itself is believed first.
    pub language: Option<&'a str>,
    /// Vantage of the outlet; a clue for ambiguous names, never evidence.
    pub bloc: Option<PressBloc>,
    /// Country code of the outlet; a clue for ambiguous names, never evidence.
    pub country: Option<&'a str>,
}

impl ItemText<'_> {
    fn field(&self, field: u8) -> &str {
        match field {
            0 => self.title,
            1 => self.summary,
            _ => self.content.unwrap_or_default(),
        }
    }
}

/// Tags items under one lexicon. Cheap to clone; may be used from several threads.
#[derive(Clone, Debug)]
pub struct Classifier {
    lexicon: Arc<Lexicon>,
    tables: Arc<Tables>,
    scripts: Arc<Scripts>,
}

/// Buffers that [`Classifier::classify_with`] reuses from item to item.
#[derive(Debug, Default)]
pub struct Scratch {
    scan: Scan,
    mentions: Mentions,
    ledger: Ledger,
}

/// A name that more than one thing may have, and what the lexicon's rule made of it: see `docs/lexicon.md`, section 5.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Doubt {
    /// Id of the entity that the name may mean.
    pub entity: String,
    /// The name as it stands in the text.
    pub form: String,
    /// Where it stands.
    pub field: Field,
    /// First byte in the field.
    pub start: usize,
    /// Byte behind the last.
    pub end: usize,
    /// Id of the rule.
    pub rule: String,
    /// What the rule is about.
    pub note: String,
    /// Whether the name was taken for the entity.
    pub stands: bool,
    /// The clues that hold: what each adds, and what was found.
    pub clues: Vec<(f32, String)>,
}

impl Classifier {
    /// A classifier under this lexicon.
    pub fn new(lexicon: Arc<Lexicon>) -> Classifier {
        let tables = Arc::new(Tables::new(&lexicon));
        let scripts = Arc::new(Scripts::new(&lexicon));
        Classifier { lexicon, tables, scripts }
    }

    /// The lexicon it works under.
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// Tags, score, scope and relations of an item, each with its evidence. Never fails; time is linear in the text.
    pub fn classify(&self, item: &ItemText<'_>) -> Classification {
        self.classify_with(&mut Scratch::default(), item)
    }

    /// The ambiguous names of an item with the clues that settled them, those that were dropped as well: why a tag stands, and why it does not.
    pub fn doubts(&self, item: &ItemText<'_>) -> Vec<Doubt> {
        let mut scan = Scan::default();
        for field in 0..3 {
            scan.field(&self.lexicon, field, item.field(field));
        }
        let languages = language::detect(&self.lexicon, &self.scripts, &scan, item.language);
        Mentions::default().doubts(&self.lexicon, &scan, &languages, item)
    }

    /// [`Classifier::classify`] with buffers of the caller's.
    pub fn classify_with(&self, scratch: &mut Scratch, item: &ItemText<'_>) -> Classification {
        let Scratch { scan, mentions, ledger } = scratch;
        scan.clear();
        for field in 0..3 {
            scan.field(&self.lexicon, field, item.field(field));
        }
        if !scan.has_names() {
            return Classification::default();
        }
        let languages = language::detect(&self.lexicon, &self.scripts, scan, item.language);
        mentions.settle(&self.lexicon, scan, &languages, item);
        score::classification(&self.lexicon, &self.tables, scan, mentions, item, ledger)
    }
}

#[cfg(test)]
mod tests;
