//! The state that the steps of a compilation share, and where they report errors and warnings.

use std::collections::HashMap;

use toml::Spanned;

use crate::lexicon::entity::{Entity, EntityKind, FormKind, Language, SurfaceForm};
use crate::lexicon::fold::CharTable;
use crate::lexicon::inflect::{InflectionClass, Scratch, Sounds};
use crate::lexicon::matcher::{Builder, Hasher, Output};
use crate::lexicon::rule::Rule;
use crate::lexicon::schema::{FileTables, LexiconFile};
use crate::model::Diagnostic;

/// A place in the files: the number of the file, and a byte in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Location {
    pub(super) file: usize,
    pub(super) offset: usize,
}

impl Location {
    /// Returns where something begins in a file.
    pub(super) fn of<T>(file: usize, value: &Spanned<T>) -> Location {
        Location { file, offset: value.span().start }
    }
}

/// Tables with the numbers of the files they are in.
pub(super) type Located<T> = Vec<(usize, Spanned<T>)>;

/// Chooses the inflection class of a word that names none.
pub(super) struct InflectionRule {
    pub(super) form_kinds: Vec<FormKind>,
    pub(super) kinds: Vec<EntityKind>,
    pub(super) ends: Vec<String>,
    pub(super) before_last: bool,
    pub(super) class: u32,
}

/// What only the compiler needs to know about an entity.
pub(super) struct EntitySource {
    pub(super) location: Location,
    /// The id that `actor` names; empty for nobody.
    pub(super) actor: Option<String>,
}

/// What a form is known by when another entity has the same one.
#[derive(Clone, Copy)]
pub(super) struct FormOwner {
    pub(super) entity: u32,
    pub(super) rule: u16,
    pub(super) location: Location,
}

/// A phrase of the lexicon: its meaning, and a hash of all word forms that it matches.
pub(super) type Phrase = (Output, u64);

/// The number of the class without endings. Numbers of other classes are their places in `classes`.
pub(super) const FIXED: u32 = u32::MAX;
/// The number of the class of wildcards.
pub(super) const WILD: u32 = u32::MAX - 1;

pub(super) struct Compiler<'a> {
    pub(super) files: Vec<&'a LexiconFile>,
    /// Files with this number or a higher one are additions.
    pub(super) additions_from: usize,
    pub(super) chars: CharTable,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) languages: Vec<Language>,
    /// By language.
    pub(super) sounds: Vec<Sounds>,
    pub(super) classes: Vec<InflectionClass>,
    pub(super) class_numbers: HashMap<String, u32>,
    /// By language.
    pub(super) inflection_rules: Vec<Vec<InflectionRule>>,
    pub(super) builder: Builder,
    /// From a hash of the lemma and the class.
    pub(super) paradigms: HashMap<(u64, u32), u32, Hasher>,
    /// By paradigm, the hash of its folded lemma.
    pub(super) word_hashes: Vec<u64>,
    pub(super) clue_numbers: HashMap<String, u32>,
    pub(super) clue_texts: Vec<String>,
    /// From the language and folded words of a form to the first entity that has it.
    pub(super) form_owners: HashMap<u64, FormOwner, Hasher>,
    /// By form, a hash of its folded words.
    pub(super) form_keys: Vec<u64>,
    pub(super) entities: Vec<Entity>,
    /// By entity.
    pub(super) entity_sources: Vec<EntitySource>,
    pub(super) entity_numbers: HashMap<String, u32>,
    pub(super) forms: Vec<SurfaceForm>,
    pub(super) rules: Vec<Rule>,
    /// Rules of names of one word that name none: the kinds of entities, the languages, one bit each, and the rule.
    pub(super) default_rules: Vec<(Vec<EntityKind>, u32, u16)>,
    /// Rules have numbers from 1.
    pub(super) rule_numbers: HashMap<String, u16>,
    pub(super) phrases: Vec<Phrase>,
    /// Small words: the number of the language, and a hash of the word.
    pub(super) small_words: Vec<(usize, u64)>,
    pub(super) scratch: Scratch,
    pub(super) folded: Vec<char>,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(files: &'a [LexiconFile], additions: &'a [LexiconFile]) -> Compiler<'a> {
        Compiler {
            files: files.iter().chain(additions).collect(),
            additions_from: files.len(),
            chars: CharTable::new(),
            errors: Vec::new(),
            warnings: Vec::new(),
            languages: Vec::new(),
            sounds: Vec::new(),
            classes: Vec::new(),
            class_numbers: HashMap::new(),
            inflection_rules: Vec::new(),
            builder: Builder::new(),
            paradigms: HashMap::default(),
            word_hashes: Vec::new(),
            clue_numbers: HashMap::new(),
            clue_texts: Vec::new(),
            form_owners: HashMap::default(),
            form_keys: Vec::new(),
            entities: Vec::new(),
            entity_sources: Vec::new(),
            entity_numbers: HashMap::new(),
            forms: Vec::new(),
            rules: Vec::new(),
            default_rules: Vec::new(),
            rule_numbers: HashMap::new(),
            phrases: Vec::new(),
            small_words: Vec::new(),
            scratch: Scratch::default(),
            folded: Vec::new(),
        }
    }

    fn diagnostic(&self, location: Location, message: String) -> Diagnostic {
        let file = self.files[location.file];
        Diagnostic { file: file.name.clone(), line: file.line_at(location.offset), message }
    }

    /// Returns `file:line`, for a message about another place.
    pub(super) fn file_and_line(&self, location: Location) -> String {
        let file = self.files[location.file];
        format!("{}:{}", file.name, file.line_at(location.offset))
    }

    pub(super) fn error(&mut self, location: Location, message: impl Into<String>) {
        let error = self.diagnostic(location, message.into());
        self.errors.push(error);
    }

    pub(super) fn warn(&mut self, location: Location, message: impl Into<String>) {
        let warning = self.diagnostic(location, message.into());
        self.warnings.push(warning);
    }

    /// Replaces the matcher that phrases go into by an empty one, and returns it.
    pub(super) fn replace_builder(&mut self) -> Builder {
        self.paradigms.clear();
        self.word_hashes.clear();
        std::mem::replace(&mut self.builder, Builder::new())
    }

    /// Returns the number of a language; reports an error if no file defines it.
    pub(super) fn language(&mut self, location: Location, id: &str) -> Option<usize> {
        let found = self.languages.iter().position(|language| language.id == id);
        if found.is_none() {
            self.error(location, format!("no file defines [language.{id}]; define it or correct the code"));
        }
        found
    }

    /// Returns the number of a class; reports an error if no file defines it.
    pub(super) fn class(&mut self, location: Location, id: &str) -> Option<u32> {
        if id == "fixed" {
            return Some(FIXED);
        }
        let found = self.class_numbers.get(id).copied();
        if found.is_none() {
            self.error(location, format!("no file defines [class.{id}]; define it, or write `fixed` for no endings"));
        }
        found
    }

    /// Returns the number of an entity; reports an error if no file defines it.
    pub(super) fn entity_number(&mut self, location: Location, id: &str) -> Option<u32> {
        let found = self.entity_numbers.get(id).copied();
        if found.is_none() {
            self.error(location, format!("no file defines the entity `{id}`; define it or correct the id"));
        }
        found
    }
}

/// Takes a list out of the tables of all files.
pub(super) fn take<T>(
    tables: &mut [(usize, FileTables)],
    list: impl Fn(&mut FileTables) -> &mut Vec<Spanned<T>>,
) -> Located<T> {
    let mut out = Vec::new();
    for (file, table) in tables {
        out.extend(std::mem::take(list(table)).into_iter().map(|entry| (*file, entry)));
    }
    out
}
