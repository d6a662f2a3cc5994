//! Languages, entities and the words for them, in the compiled lexicon.

use std::str::FromStr;

use serde::Deserialize;

use crate::model::{Namespace, Tag};

/// A script of languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Latin.
    Latin,
    /// Cyrillic.
    Cyrillic,
    /// Armenian.
    Armenian,
    /// Georgian.
    Georgian,
    /// Arabic, as Persian writes it.
    Arabic,
}

impl Script {
    /// All scripts.
    pub const ALL: [Script; 5] = [Script::Latin, Script::Cyrillic, Script::Armenian, Script::Georgian, Script::Arabic];

    /// Whether texts in this script use capital letters.
    pub fn has_case(self) -> bool {
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
            _ => Err(format!("unknown script `{word}`; use latin, cyrillic, armenian, georgian or arabic")),
        }
    }
}

/// A language of the lexicon. Its number is its place in [`super::Lexicon::languages`]; bit masks of languages use it.
#[derive(Debug)]
pub struct Language {
    pub id: String,
    pub script: Script,
    /// Letters that no other language of the script has.
    pub(super) letters: String,
    /// Kinds of forms that are written with a capital.
    pub(super) capitalised: Vec<FormKind>,
    /// Ids of the languages whose names are looked for as well.
    pub(super) also: Vec<String>,
    /// The same languages, one bit each.
    pub also_mask: u32,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// A state, a bloc of states, a region, a province.
    Place,
    /// A city, a town, a village.
    City,
    /// A person, or a family that news name by its surname.
    Person,
    /// A party, an army, a ministry, a company, a club.
    Organisation,
    /// A project, an agreement, a law, a pipeline, a railway.
    Project,
    /// A war, a summit, an election.
    Event,
}

impl EntityKind {
    /// Returns the namespace of the tags of such entities, such as that of `org:georgian-dream`.
    pub fn namespace(self) -> Namespace {
        match self {
            EntityKind::Place => Namespace::Place,
            EntityKind::City => Namespace::City,
            EntityKind::Person => Namespace::Person,
            EntityKind::Organisation => Namespace::Organisation,
            EntityKind::Project => Namespace::Project,
            EntityKind::Event => Namespace::Event,
        }
    }
}

/// Something that items are about: a place, a person, an organisation.
#[derive(Debug)]
pub struct Entity {
    /// Id, unique in the lexicon, e.g. `yerevan`.
    pub id: String,
    /// What it is.
    pub kind: EntityKind,
    /// English name.
    pub label: String,
    /// Wikidata id, e.g. `Q1953`.
    pub wikidata: Option<String>,
    /// Remark for people who edit the lexicon.
    pub note: Option<String>,
    /// The office that it holds or held, e.g. `Prime Minister of Armenia`.
    pub office: Option<String>,
    /// When the office began: a year, month or day as ISO 8601 has it.
    pub since: Option<String>,
    /// When the office ended, in the same form; `None` if it has not.
    pub until: Option<String>,
    /// Ids of the entities to which it directly belongs.
    pub parents: Vec<String>,
    /// Its own tag, e.g. `city:yerevan`; `None` if a mention gives only the tags of its ancestors.
    pub tag: Option<Tag>,
    /// Numbers of all entities to which it belongs, nearest first.
    pub ancestors: Vec<u32>,
    /// Given names of a person in small letters: the first words of its names of several words.
    pub given_names: Vec<String>,
    /// Number of the entity for which it acts in relations, if any.
    pub actor: Option<u32>,
    /// Whether it may act for its state: the state itself or its capital, a person, an organisation; not another place
    /// in it.
    pub is_agent: bool,
}

/// What kind of word a form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormKind {
    /// A name of the entity.
    Name,
    /// A noun for the people of the entity, such as a demonym.
    People,
    /// An adjective, such as `Georgian`.
    Adjective,
    /// A word of a stop phrase, which belongs to no entity.
    Other,
}

impl FormKind {
    /// Returns the word for the kind in the JSON of `explain` and in the files of the lexicon.
    pub fn as_str(self) -> &'static str {
        match self {
            FormKind::Name => "name",
            FormKind::People => "people",
            FormKind::Adjective => "adjective",
            FormKind::Other => "other",
        }
    }
}

/// A lemma of an entity with all its inflected forms.
#[derive(Debug)]
pub struct SurfaceForm {
    /// Number of the entity.
    pub entity: u32,
    /// Number of the language.
    pub language: u8,
    /// What kind of word it is.
    pub kind: FormKind,
    /// Number of the rule that decides whether a mention counts, from 1; 0 if the form is unambiguous.
    pub(super) rule: u16,
    /// How much a mention counts toward the score, 0 to 1.
    pub weight: f32,
    /// If it is one of several rival names: the number of the set and of the name in it.
    pub(super) variant: Option<(u16, u16)>,
}

impl SurfaceForm {
    /// Whether a rule has to decide if a mention counts.
    pub fn is_ambiguous(&self) -> bool {
        self.rule != 0
    }
}

/// Rival names for one thing, of which an outlet chooses one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameVariants {
    /// Id, e.g. `stepanakert-khankendi`.
    pub(super) id: String,
    /// Id of the entity that has the names, except names that are entities of their own.
    pub(super) entity: String,
    /// Remark for readers of reports.
    pub(super) note: String,
    /// The names, in the order of the file.
    pub(super) names: Vec<NameVariant>,
}

/// One of the names of [`NameVariants`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NameVariant {
    /// Id, e.g. `khankendi`.
    pub(super) id: String,
    /// The name in English.
    pub(super) label: String,
}
