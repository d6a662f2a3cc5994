//! The classifier: the steps from an item's text to its tags, in their order.

use std::sync::Arc;

use super::disambiguate::trace::AmbiguousName;
use super::disambiguate::{Mentions, Reading};
use super::language::{self, ScriptLanguages};
use super::relations::relations;
use super::scan::{ItemText, Scan};
use super::score::{self, EntityTables, EvidenceCounter};
use crate::lexicon::Lexicon;
use crate::model::Classification;

/// Tags items by one lexicon. Cheap to clone; several threads may share it.
#[derive(Clone, Debug)]
pub struct Classifier {
    lexicon: Arc<Lexicon>,
    tables: Arc<EntityTables>,
    script_languages: Arc<ScriptLanguages>,
}

/// Buffers that [`Classifier::classify_with`] reuses from item to item.
#[derive(Debug, Default)]
pub struct Scratch {
    scan: Scan,
    relation_scan: Scan,
    mentions: Mentions,
    counter: EvidenceCounter,
}

impl Classifier {
    /// Creates a classifier that uses a lexicon.
    pub fn new(lexicon: Arc<Lexicon>) -> Classifier {
        let tables = Arc::new(EntityTables::new(&lexicon));
        let script_languages = Arc::new(ScriptLanguages::new(&lexicon));
        Classifier { lexicon, tables, script_languages }
    }

    /// Returns its lexicon.
    pub fn lexicon(&self) -> &Arc<Lexicon> {
        &self.lexicon
    }

    /// Returns tags, score, scope and relations of an item, each with its evidence. Never fails, and takes time linear
    /// in the length of the text.
    pub fn classify(&self, item: &ItemText<'_>) -> Classification {
        self.classify_with(&mut Scratch::default(), item)
    }

    /// Does what [`Classifier::classify`] does, with buffers that the caller keeps.
    pub fn classify_with(&self, scratch: &mut Scratch, item: &ItemText<'_>) -> Classification {
        let Scratch { scan, relation_scan, mentions, counter } = scratch;
        scan.item(&self.lexicon, item);
        if !scan.has_names() {
            return Classification::default();
        }
        let languages = language::detect(&self.lexicon, &self.script_languages, scan, item.language);
        scan.keep_topics_of(languages.own);
        mentions.find(scan, Reading { lexicon: &self.lexicon, languages: &languages, item });
        let (mut out, is_demoted) = score::classification(&self.lexicon, &self.tables, scan, mentions, item, counter);
        if !is_demoted {
            out.relations = relations(&self.lexicon, relation_scan, mentions, item, languages.main);
        }
        out
    }

    /// Returns the ambiguous names of an item, accepted or dropped, with the clues that decided: why the item has a
    /// tag, or does not have it.
    pub fn trace(&self, item: &ItemText<'_>) -> Vec<AmbiguousName> {
        let mut scan = Scan::default();
        scan.item(&self.lexicon, item);
        let languages = language::detect(&self.lexicon, &self.script_languages, &scan, item.language);
        Mentions::default().trace(&scan, Reading { lexicon: &self.lexicon, languages: &languages, item })
    }
}
