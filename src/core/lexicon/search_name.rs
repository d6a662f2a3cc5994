//! The names in what a person types to look for something.
//!
//! A query has no context that could decide what an ambiguous name means, and few capitals. So every
//! name is returned, and the caller decides about those that are doubtful.

use std::ops::Range;

use super::compiled::Lexicon;
use super::entity::FormKind;
use super::fold::{CAPITAL, Word, each_word};
use super::matcher::Output;
use crate::model::Tag;

/// The most words of a name that are looked for.
const WORDS_MAX: usize = 8;

/// A name of the lexicon in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchName {
    /// Its bytes in the query.
    pub range: Range<usize>,
    /// The tags of those who have this name, sorted: mostly one.
    pub tags: Vec<Tag>,
    /// Whether the words may also mean something else: a form that only context decides, or an abbreviation in small
    /// letters.
    pub is_doubtful: bool,
}

impl Lexicon {
    /// Returns the names in a query from left to right, the longest at each place. Names of entities without a tag of
    /// their own, adjectives and nouns for people do not count.
    pub fn search_names(&self, query: &str) -> Vec<SearchName> {
        let mut words = Vec::new();
        // People type names in small letters; the index looks for them among words with a capital.
        each_word(self.char_table(), query, |_| {}, |word| words.push(Word { shape: word.shape | CAPITAL, ..word }));
        let mut names = Vec::new();
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            let longest = (1..=rest.len().min(WORDS_MAX)).rev().find_map(|count| {
                let (name, after) = rest.split_at(count);
                Some((self.search_name(query, name)?, after))
            });
            match longest {
                Some((name, after)) => {
                    names.push(name);
                    rest = after;
                }
                None => rest = &rest[1..],
            }
        }
        names
    }

    /// Returns the name that exactly these words are.
    fn search_name(&self, query: &str, words: &[Word]) -> Option<SearchName> {
        let range = words.first()?.start as usize..words.last()?.end as usize;
        let mut tags: Vec<Tag> = Vec::new();
        let mut is_doubtful = true;
        for ending in self.index().phrase_endings(words) {
            let Output::Form(number) = ending.output else { continue };
            let form = self.form(number);
            let Some(tag) = &self.entity_at(form.entity).tag else { continue };
            if form.kind == FormKind::Name {
                let is_small = query.get(range.clone())?.chars().all(|letter| !letter.is_uppercase());
                is_doubtful &= form.is_ambiguous() || ending.capitals.all != 0 && is_small;
                tags.push(tag.clone());
            }
        }
        tags.sort_unstable();
        tags.dedup();
        if tags.is_empty() { None } else { Some(SearchName { range, tags, is_doubtful }) }
    }
}
