//! The lexicon: which words name what, and how they inflect; read from TOML, checked, compiled to one matcher.
//!
//! Owns the folding of text, the inflection classes and the compiled index. Knows the model and nothing of a region:
//! everything about one stands in the files, as `docs/lexicon.md` describes them.

mod built_in;
mod compile;
pub(crate) mod fold;
mod format;
pub(crate) mod index;
pub(crate) mod inflect;
mod labels;
mod schema;

use std::collections::HashMap;
use std::str::FromStr;

use crate::model::{Diagnostic, PressBloc, Scope, UnknownWord};
pub use built_in::built_in_files;
use fold::CharTable;
pub(crate) use format::format;
use index::Index;
use inflect::{Class, Sounds};
pub(crate) use labels::Labels;
pub(crate) use schema::Kind;
pub(crate) use schema::{Direction, Effect, Shape, Side, Sort};

/// A file of the lexicon: its name as faults are to show it, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconFile {
    /// Name or path, for messages and for the order in which files are read.
    pub name: String,
    /// The TOML.
    pub text: String,
}

impl LexiconFile {
    /// The line, from 1, that a byte of the text is on.
    fn line_at(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
    }
}

/// The scripts that languages are told apart within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Cyrillic,
    Armenian,
    Georgian,
    Arabic,
}

impl Script {
    pub(crate) const ALL: [Script; 5] =
        [Script::Latin, Script::Cyrillic, Script::Armenian, Script::Georgian, Script::Arabic];

    pub(crate) fn has_case(self) -> bool {
        !matches!(self, Script::Georgian | Script::Arabic)
    }
}

impl FromStr for Script {
    type Err = String;
    fn from_str(word: &str) -> Result<Script, String> {
        match word {
            "latin" => Ok(Script::Latin),
            "cyrillic" => Ok(Script::Cyrillic),
            "armenian" => Ok(Script::Armenian),
            "georgian" => Ok(Script::Georgian),
            "arabic" => Ok(Script::Arabic),
            _ => Err(format!("script `{word}` is not one of: latin, cyrillic, armenian, georgian, arabic")),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Language {
    pub(crate) id: String,
    pub(crate) script: Script,
    pub(crate) letters: String,
    pub(crate) capital: Vec<Sort>,
    also: Vec<String>,
    /// Languages whose names are looked for as well, a bit each.
    pub(crate) also_mask: u32,
}

/// Something that items are about: a place, a person, an organisation.
#[derive(Debug)]
pub struct Entity {
    /// Its id, unique in the lexicon, e.g. `yerevan`.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Its name in English.
    pub label: String,
    /// Its number in Wikidata, e.g. `Q1953`.
    pub wikidata: Option<String>,
    /// What a reader of the lexicon should know of it.
    pub note: Option<String>,
    /// Ids of what it directly belongs to.
    pub parents: Vec<String>,
    /// Its own tag, e.g. `city:yerevan`; none where it gives only those of its parents.
    pub tag: Option<String>,
    /// All that it belongs to, nearest first.
    pub(crate) ancestors: Vec<u32>,
    pub(crate) actor: Option<u32>,
    own_actor: Option<String>,
    place: (usize, usize),
}

#[derive(Debug)]
pub(crate) struct FormInfo {
    pub(crate) entity: u32,
    pub(crate) language: u8,
    pub(crate) sort: Sort,
    /// Number of the rule that settles it, from 1; 0 is none.
    pub(crate) rule: u16,
    pub(crate) weight: f32,
    rival: Option<(u16, u16)>,
}

/// What holds where no clue does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Prior {
    Abstain,
    Tag(f32),
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) note: String,
    pub(crate) prior: Prior,
    pub(crate) clues: Vec<Clue>,
}

#[derive(Debug)]
pub(crate) struct Clue {
    pub(crate) weight: f32,
    pub(crate) most: u8,
    pub(crate) words: Vec<u32>,
    pub(crate) before: Vec<u32>,
    pub(crate) after: Vec<u32>,
    pub(crate) entities: Vec<u32>,
    /// Whether anything that the mention's own entity belongs to counts as one of `entities`.
    pub(crate) kin: bool,
    /// Endings of capitalised words anywhere in the item, such as those of a people's surnames.
    pub(crate) name_ends: Vec<String>,
    pub(crate) shapes: Vec<Shape>,
    pub(crate) url: Vec<String>,
    pub(crate) countries: Vec<String>,
    pub(crate) blocs: Vec<PressBloc>,
    pub(crate) languages: u32,
}

/// What an item may concern.
#[derive(Debug)]
pub(crate) struct ScopeInfo {
    pub(crate) id: Scope,
    /// Entities whose mention, or that of a part of them, concerns the scope.
    pub(crate) places: Vec<u32>,
    /// Numbers of the scopes with places that an item must all concern; empty for a scope with places.
    pub(crate) all_of: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct TopicInfo {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) tag: String,
    pub(crate) down: bool,
    pub(crate) entities: Vec<u32>,
    pub(crate) cues: u16,
}

#[derive(Debug)]
pub(crate) struct CueInfo {
    pub(crate) id: String,
    pub(crate) class: String,
    pub(crate) tone: f32,
    pub(crate) direction: Direction,
}

#[derive(Debug)]
pub(crate) struct ModifierInfo {
    pub(crate) id: String,
    pub(crate) effect: Effect,
    pub(crate) reach: u32,
    pub(crate) side: Side,
    pub(crate) becomes: Option<(String, f32)>,
    pub(crate) factor: f32,
}

/// Names for one thing of which an outlet chooses one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rival {
    /// Its id, e.g. `stepanakert-khankendi`.
    pub id: String,
    /// Id of the entity that has the names, but for sides that are entities of their own.
    pub entity: String,
    /// What a reader should know of it.
    pub note: String,
    /// The names to choose from.
    pub sides: Vec<RivalSide>,
}

/// One of the names of a [`Rival`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RivalSide {
    /// Its id, e.g. `khankendi`.
    pub id: String,
    /// The name in English.
    pub label: String,
}

/// A compiled lexicon. Immutable; share it between threads in an `Arc`.
#[derive(Debug)]
pub struct Lexicon {
    version: String,
    pub(crate) chars: CharTable,
    pub(crate) index: Index,
    pub(crate) languages: Vec<Language>,
    sounds: Vec<Sounds>,
    classes: Vec<Class>,
    pub(crate) entities: Vec<Entity>,
    entity_ids: HashMap<String, u32>,
    pub(crate) forms: Vec<FormInfo>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) clue_texts: Vec<String>,
    /// In the order of their ids.
    pub(crate) scopes: Vec<ScopeInfo>,
    pub(crate) topics: Vec<TopicInfo>,
    pub(crate) cues: Vec<CueInfo>,
    pub(crate) modifiers: Vec<ModifierInfo>,
    rivals: Vec<Rival>,
    doubts: Vec<Diagnostic>,
}

impl Lexicon {
    /// Reads, checks and compiles the files of a lexicon, and those that add to it (`extend = true`) if there are any.
    ///
    /// # Errors
    /// Every fault of all files at once, sorted by file and line: TOML that does not parse, an unknown key, parent, class, rule or
    /// entity, two entities with one form and no rule, a form that folds to nothing, a bad wildcard or ending.
    pub fn load(files: &[LexiconFile], additions: &[LexiconFile]) -> Result<Lexicon, Vec<Diagnostic>> {
        compile::Compiler::new(files, additions).compile()
    }

    /// A name for exactly this content under this engine: 16 hexadecimal digits. It is made of what the lexicon holds and of all the word forms that it
    /// matches, not of how its files are named, ordered, laid out or commented. Items tagged under another version may deserve other tags.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What is not wrong but doubtful, sorted by file and line.
    pub fn lint(&self) -> Vec<Diagnostic> {
        self.doubts.clone()
    }

    /// The entities, in the order of their ids.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// The entity with this id.
    pub fn entity(&self, id: &str) -> Option<&Entity> {
        self.entity_ids.get(id).map(|&n| &self.entities[n as usize])
    }

    /// The English name of what a tag stands for: of `place:armenia`, `person:aliyev`, `topic:energy`.
    pub fn label(&self, tag: &str) -> Option<&str> {
        let (prefix, id) = tag.split_once(':')?;
        if prefix == "topic" {
            return self.topics.iter().find(|t| t.id == id).map(|t| t.label.as_str());
        }
        self.entity(id).filter(|e| e.kind.tag_prefix() == prefix).map(|e| e.label.as_str())
    }

    /// Topics as id and English name, in the order of the files.
    pub fn topics(&self) -> impl Iterator<Item = (&str, &str)> {
        self.topics.iter().map(|t| (t.id.as_str(), t.label.as_str()))
    }

    /// What a reader should know of a rule that evidence names.
    pub fn rule_note(&self, id: &str) -> Option<&str> {
        self.rules.iter().find(|r| r.id == id).map(|r| r.note.as_str())
    }

    /// Returns the scopes, in the order of their ids.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        self.scopes.iter().map(|scope| &scope.id)
    }

    /// Checks that the lexicon defines a scope.
    ///
    /// # Errors
    /// Which scopes it defines.
    pub fn check_scope(&self, scope: &Scope) -> Result<(), UnknownWord> {
        if self.scopes().any(|known| known == scope) {
            return Ok(());
        }
        let expected: Vec<&str> = self.scopes().map(Scope::as_str).collect();
        Err(UnknownWord { word: scope.as_str().to_owned(), expected: expected.join(", ") })
    }

    /// Ids of the places that the scopes are about, in the order of the ids.
    pub fn beat_ids(&self) -> Vec<&str> {
        let places =
            self.scopes.iter().flat_map(|scope| &scope.places).filter_map(|&place| self.entities.get(place as usize));
        let mut ids: Vec<&str> = places.map(|entity| entity.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Ids of the places that act toward each other, e.g. `russia`.
    pub fn actor_ids(&self) -> Vec<&str> {
        let actors = self.entities.iter().filter_map(|entity| entity.actor);
        let mut ids: Vec<&str> =
            actors.filter_map(|actor| self.entities.get(actor as usize)).map(|entity| entity.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The rival names that the lexicon knows.
    pub fn rivals(&self) -> &[Rival] {
        &self.rivals
    }

    /// Which rival name a mention uses: the ids of the [`Rival`] and of its side. `form` is the text of the mention, inflected or not.
    pub fn rival_side(&self, entity: &str, form: &str) -> Option<(&str, &str)> {
        let entity = *self.entity_ids.get(entity)?;
        let mut words = Vec::new();
        fold::each_word(&self.chars, form, |_| {}, |word| words.push(word));
        let (rival, side) = self.index.phrase_endings(&words).into_iter().find_map(|ending| {
            let index::Output::Form(form) = ending.output else { return None };
            let form = &self.forms[form as usize];
            if form.entity == entity { form.rival } else { None }
        })?;
        let rival = &self.rivals[usize::from(rival)];
        Some((&rival.id, &rival.sides[usize::from(side)].id))
    }

    /// All forms of a lemma in an inflection class, small letters, the lemma first; for people who write a lexicon. None where there is no such class.
    pub fn inflect(&self, class: &str, lemma: &str) -> Option<Vec<String>> {
        let class = self.classes.iter().find(|c| c.id == class)?;
        Some(class.forms(&self.sounds[class.language], lemma))
    }

    /// How many different word forms the lexicon knows.
    pub fn form_count(&self) -> usize {
        self.index.form_count()
    }

    /// Memory of the compiled lexicon in bytes, about.
    pub fn size_bytes(&self) -> usize {
        let strings = |texts: &[String]| texts.iter().map(|t| t.capacity() + size_of::<String>()).sum::<usize>();
        let entities: usize = self
            .entities
            .iter()
            .map(|e| {
                size_of::<Entity>() + 4 * e.ancestors.capacity() + e.id.len() * 3 + e.label.len() + strings(&e.parents)
            })
            .sum();
        let clues: usize = self
            .rules
            .iter()
            .flat_map(|r| &r.clues)
            .map(|c| size_of::<Clue>() + 4 * (c.words.len() + c.before.len() + c.after.len() + c.entities.len()))
            .sum();
        self.chars.size_bytes()
            + self.index.size_bytes()
            + entities
            + clues
            + self.entity_ids.capacity() * 40
            + self.forms.capacity() * size_of::<FormInfo>()
            + strings(&self.clue_texts)
    }
}

#[cfg(test)]
mod tests;
