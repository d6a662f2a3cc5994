//! The compiled lexicon and the questions it answers.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::cue::{Grammar, Modifier, RelationCue, Topic};
use super::entity::{Entity, Language, NameVariants, SurfaceForm};
use super::fold::{CharTable, INNER, SMALL, Word, each_part, each_word, is_joined};
use super::matcher::{Index, Output};
use super::rule::{Rule, ScopeDefinition};
use crate::model::{Diagnostic, Namespace, Scope, Tag, UnknownWord, closest, suggestion};

/// A compiled lexicon. Immutable; share it between threads in an `Arc`.
///
/// Entities, forms, rules, topics and cues have numbers, which are their places in the lists below. They are valid for
/// this lexicon only: what is stored or shown has ids.
#[derive(Debug)]
pub struct Lexicon {
    pub(super) version: String,
    pub(super) checked: Option<String>,
    pub(super) chars: CharTable,
    pub(super) index: Index,
    /// The cues, their modifiers and the words of the grammars.
    pub(super) relation_index: Index,
    pub(super) languages: Vec<Language>,
    /// Sorted by id.
    pub(super) entities: Vec<Entity>,
    pub(super) entity_numbers: HashMap<String, u32>,
    pub(super) forms: Vec<SurfaceForm>,
    pub(super) rules: Vec<Rule>,
    /// In small letters.
    pub(super) given_names: HashSet<String>,
    pub(super) clue_texts: Vec<String>,
    /// Sorted by id.
    pub(super) scopes: Vec<ScopeDefinition>,
    pub(super) topics: Vec<Topic>,
    pub(super) cues: Vec<RelationCue>,
    pub(super) modifiers: Vec<Modifier>,
    /// By language.
    pub(super) grammars: Vec<Grammar>,
    pub(super) name_variants: Vec<NameVariants>,
    pub(super) warnings: Vec<Diagnostic>,
}

impl Lexicon {
    /// Returns the version: 16 hexadecimal digits, a hash of the lexicon's content and of all word forms that it
    /// matches.
    ///
    /// The names, order, layout and comments of the files do not change it. Items tagged under another version may
    /// deserve other tags.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the latest day on which a file of the lexicon was checked against the world, if any says so.
    pub fn checked(&self) -> Option<&str> {
        self.checked.as_deref()
    }

    /// Returns the version with its day, for people: `0123456789abcdef of 2026-11-29`.
    pub fn dated_version(&self) -> String {
        match &self.checked {
            Some(day) => format!("{} of {day}", self.version),
            None => self.version.clone(),
        }
    }

    /// Returns what is doubtful but not wrong, sorted by file and line.
    pub fn lint(&self) -> &[Diagnostic] {
        &self.warnings
    }

    /// Returns all entities, sorted by id.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Returns the entity with an id.
    pub fn entity(&self, id: &str) -> Option<&Entity> {
        self.entity_numbers.get(id).map(|&number| self.entity_at(number))
    }

    /// Returns the English name of a tag such as `place:armenia`, `person:aliyev` or `topic:energy`.
    pub fn label(&self, tag: &str) -> Option<&str> {
        let (namespace, id) = Namespace::split(tag)?;
        if namespace == Namespace::Topic {
            return self.topics.iter().find(|topic| topic.id == id).map(|topic| topic.label.as_str());
        }
        self.entity(id).filter(|entity| entity.kind.namespace() == namespace).map(|entity| entity.label.as_str())
    }

    /// Returns all topics, in the order of the files.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Checks that the lexicon defines a scope.
    ///
    /// # Errors
    /// Returns the unknown scope with those that the lexicon defines.
    pub fn check_scope(&self, scope: &Scope) -> Result<(), UnknownWord> {
        if self.scopes.iter().any(|known| known.id == *scope) {
            return Ok(());
        }
        let known: Vec<&str> = self.scopes.iter().map(|scope| scope.id.as_str()).collect();
        let expected = known.join(", ") + &suggestion(scope.as_str(), known);
        Err(UnknownWord { word: scope.as_str().to_owned(), expected })
    }

    /// Returns all tags that the lexicon gives.
    fn tags(&self) -> impl Iterator<Item = Tag> {
        let entities = self.entities().iter().filter_map(|entity| entity.tag.as_deref().map(Tag::from));
        entities.chain(self.topics.iter().map(|topic| Namespace::Topic.tag(&topic.id)))
    }

    /// Checks that the lexicon gives a tag.
    ///
    /// # Errors
    /// Returns a message that names the tag that was probably meant.
    pub fn check_tag(&self, tag: &str) -> Result<(), String> {
        let known: Vec<Tag> = self.tags().collect();
        if known.iter().any(|known| known.as_str() == tag) {
            return Ok(());
        }
        Err(format!("the lexicon gives no tag `{tag}`{}", suggestion(tag, known.iter().map(Tag::as_str))))
    }

    /// Returns the two different places of a text such as `russia-armenia`. Ids may contain hyphens themselves.
    ///
    /// # Errors
    /// Returns a message that names the pair that was probably meant.
    pub fn pair<'t>(&self, text: &'t str, separators: &[char]) -> Result<(&'t str, &'t str), String> {
        let tags: Vec<Tag> = self.tags().collect();
        let places: Vec<&str> = tags.iter().filter_map(Tag::place_id).collect();
        let halves = || {
            text.match_indices(separators).filter_map(|(at, sign)| {
                let (a, b) = (text.get(..at)?.trim(), text.get(at + sign.len()..)?.trim());
                Some((a.strip_prefix("place:").unwrap_or(a), b.strip_prefix("place:").unwrap_or(b)))
            })
        };
        if let Some(pair) = halves().find(|(a, b)| places.contains(a) && places.contains(b) && a != b) {
            return Ok(pair);
        }
        let meant = halves().find_map(|(a, b)| {
            let (a, b) = (closest(a, places.iter().copied())?, closest(b, places.iter().copied())?);
            (a != b).then(|| format!("; did you mean {a}-{b}?"))
        });
        let hint = meant.unwrap_or_else(|| ", such as russia-armenia".to_owned());
        Err(format!("`{text}` is not a pair of two places{hint}"))
    }

    /// Returns which of several rival names a mention uses: the id of the [`NameVariants`] and that of the name.
    /// `form` is the text of the mention, inflected or not.
    pub fn name_variant(&self, entity: &str, form: &str) -> Option<(&str, &str)> {
        let entity = *self.entity_numbers.get(entity)?;
        let mut words = Vec::new();
        each_word(&self.chars, form, |_| {}, |word| words.push(word));
        let (set, name) = self.index.phrase_endings(&words).into_iter().find_map(|ending| {
            let Output::Form(form) = ending.output else { return None };
            let form = self.form(form);
            if form.entity == entity { form.variant } else { None }
        })?;
        let set = &self.name_variants[usize::from(set)];
        Some((&set.id, &set.names[usize::from(name)].id))
    }

    /// Calls `see` with each word of a text, in order, and `letter` with the language of each letter that only one
    /// language has. A word that lost the space before another is two words, unless the lexicon knows it.
    #[inline(always)]
    pub fn each_word(&self, text: &str, letter: impl FnMut(u8), mut see: impl FnMut(Word)) {
        each_word(&self.chars, text, letter, |word| {
            let is_mixed = word.shape & (INNER | SMALL) == INNER | SMALL;
            let (start, end) = (word.start as usize, word.end as usize);
            if is_mixed && self.index.set(&word).is_none() && is_joined(text.get(start..end).unwrap_or_default()) {
                each_part(text, start, end, &mut see);
            } else {
                see(word);
            }
        });
    }

    /// Whether a text is a form of an entity, or a stop phrase.
    pub fn has_name(&self, text: &str) -> bool {
        let mut words = Vec::new();
        each_word(&self.chars, text, |_| {}, |word| words.push(word));
        let is_name = |output: Output| matches!(output, Output::Form(_) | Output::Stop);
        self.index.phrase_endings(&words).into_iter().any(|ending| is_name(ending.output))
    }

    /// Returns the id of an entity and those of everything to which it belongs, nearest first.
    pub fn line_of<'a>(&'a self, entity: &'a Entity) -> Vec<&'a str> {
        let ancestors = entity.ancestors.iter().map(|&number| self.entity_at(number).id.as_str());
        std::iter::once(entity.id.as_str()).chain(ancestors).collect()
    }

    /// Returns the ids of the places that define the scopes, sorted.
    fn scope_place_ids(&self) -> Vec<&str> {
        self.sorted_ids(self.scopes.iter().flat_map(|scope| scope.places.iter().copied()))
    }

    /// Returns the ids of those who act toward each other in relations, e.g. `russia`, sorted.
    fn actor_ids(&self) -> Vec<&str> {
        self.sorted_ids(self.entities.iter().filter_map(|entity| entity.actor))
    }

    fn sorted_ids(&self, numbers: impl Iterator<Item = u32>) -> Vec<&str> {
        let mut ids: Vec<&str> = numbers.map(|number| self.entity_at(number).id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Returns the table by which characters are folded and split into words.
    pub fn char_table(&self) -> &CharTable {
        &self.chars
    }

    /// Returns the matcher of names, topics and clues.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the matcher of what only relations need.
    pub fn relation_index(&self) -> &Index {
        &self.relation_index
    }

    /// Returns the grammar of a language.
    pub fn grammar(&self, language: usize) -> &Grammar {
        &self.grammars[language]
    }

    /// Returns the languages, in the order of their numbers.
    pub fn languages(&self) -> &[Language] {
        &self.languages
    }

    /// Returns the scopes, in the order of the file.
    pub fn scopes(&self) -> &[ScopeDefinition] {
        &self.scopes
    }

    /// Returns the entity with a number of this lexicon.
    #[inline]
    pub fn entity_at(&self, number: u32) -> &Entity {
        &self.entities[number as usize]
    }

    /// Returns the form with a number of this lexicon.
    #[inline]
    pub fn form(&self, number: u32) -> &SurfaceForm {
        &self.forms[number as usize]
    }

    /// Returns the rule of an ambiguous form.
    pub fn rule_of(&self, form: &SurfaceForm) -> Option<&Rule> {
        form.rule.checked_sub(1).map(|number| &self.rules[usize::from(number)])
    }

    /// Whether a word is one of the given names that the files list.
    pub fn is_given_name(&self, word: &str) -> bool {
        self.given_names.contains(&word.to_lowercase())
    }

    /// Returns the phrase of a clue as the file spells it.
    pub fn clue_text(&self, number: u32) -> &str {
        &self.clue_texts[number as usize]
    }

    /// Returns the relation cue with a number of this lexicon.
    pub fn cue(&self, number: u16) -> &RelationCue {
        &self.cues[usize::from(number)]
    }

    /// Returns the modifier with a number of this lexicon.
    pub fn modifier(&self, number: u16) -> &Modifier {
        &self.modifiers[usize::from(number)]
    }
}

/// What reports need of a lexicon. The store keeps it as JSON, so that a report need not compile the lexicon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Version of the lexicon.
    pub version: String,
    /// English names of tags, and of rival names (as `SET/NAME`).
    pub labels: BTreeMap<String, String>,
    /// Tags of those who act toward each other in relations.
    pub actors: Vec<Tag>,
    /// Tags of the places that define the scopes.
    #[serde(rename = "beat")]
    pub scope_tags: Vec<Tag>,
}

impl Labels {
    /// Returns the labels of a lexicon.
    pub fn of(lexicon: &Lexicon) -> Labels {
        let entities = lexicon
            .entities()
            .iter()
            .filter_map(|entity| Some((entity.tag.as_ref()?.to_string(), entity.label.clone())));
        let variants = lexicon
            .name_variants
            .iter()
            .flat_map(|set| set.names.iter().map(|name| (format!("{}/{}", set.id, name.id), name.label.clone())));
        let topics = lexicon.topics().iter().map(|topic| (topic.tag.to_string(), topic.label.clone()));
        let places = |ids: Vec<&str>| ids.into_iter().map(Tag::place).collect();
        Labels {
            version: lexicon.version().to_owned(),
            labels: entities.chain(variants).chain(topics).collect(),
            actors: places(lexicon.actor_ids()),
            scope_tags: places(lexicon.scope_place_ids()),
        }
    }
}
