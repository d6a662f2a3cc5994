//! The TOML of a lexicon file as serde reads it; `docs/lexicon.md` describes every key.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use toml::Spanned;

pub(super) type ByLanguage = BTreeMap<String, Vec<Spanned<Form>>>;
pub(super) type Phrases = BTreeMap<String, Vec<Spanned<String>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileTables {
    pub(super) language: BTreeMap<String, Spanned<LanguageTable>>,
    pub(super) endings: BTreeMap<String, Vec<String>>,
    pub(super) class: BTreeMap<String, Spanned<ClassTable>>,
    pub(super) guess: Vec<Spanned<GuessTable>>,
    pub(super) entity: Vec<Spanned<EntityTable>>,
    pub(super) stop: Phrases,
    pub(super) rule: Vec<Spanned<RuleTable>>,
    pub(super) context: BTreeMap<String, Spanned<ContextTable>>,
    pub(super) scope: BTreeMap<String, Spanned<ScopeTable>>,
    pub(super) actors: Option<Spanned<PlacesTable>>,
    pub(super) topic: Vec<Spanned<TopicTable>>,
    pub(super) cue: Vec<Spanned<CueTable>>,
    pub(super) modifier: Vec<Spanned<ModifierTable>>,
    pub(super) rival: Vec<Spanned<RivalTable>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LanguageTable {
    pub(super) script: String,
    pub(super) letters: String,
    pub(super) words: Vec<String>,
    pub(super) capital: Vec<Sort>,
    pub(super) also: Vec<String>,
    pub(super) vowels: String,
    pub(super) harmony: BTreeMap<String, Vec<(String, String)>>,
    #[serde(rename = "final")]
    pub(super) final_: BTreeMap<String, Vec<(String, String)>>,
}

/// The three sorts of words that an entity has, and those of stop phrases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Sort {
    Name,
    People,
    Adjective,
    Other,
}

impl Sort {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Sort::Name => "name",
            Sort::People => "people",
            Sort::Adjective => "adjective",
            Sort::Other => "other",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ClassTable {
    pub(super) language: String,
    pub(super) row: Vec<RowTable>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RowTable {
    pub(super) when: Vec<String>,
    pub(super) strip: String,
    pub(super) add: String,
    pub(super) syncope: bool,
    pub(super) endings: Vec<String>,
    pub(super) tails: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct GuessTable {
    pub(super) language: String,
    pub(super) sorts: Vec<Sort>,
    pub(super) kinds: Vec<Kind>,
    pub(super) ends: Vec<String>,
    /// Whether it is for words only that another word of the name follows, such as given names.
    pub(super) before_last: bool,
    pub(super) class: String,
}

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A state, a bloc, a region of states, a province.
    Place,
    /// A city, a town, a village.
    City,
    /// A person.
    Person,
    /// An organisation: a party, an army, a ministry, a company, a club.
    Organisation,
    /// A project, an agreement, a law, a line of pipes or rails.
    Project,
    /// An event: a war, a summit, an election.
    Event,
}

impl Kind {
    /// What the tags of this kind begin with.
    pub fn tag_prefix(self) -> &'static str {
        match self {
            Kind::Place => "place",
            Kind::City => "city",
            Kind::Person => "person",
            Kind::Organisation => "org",
            Kind::Project => "project",
            Kind::Event => "event",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntityTable {
    pub(super) id: String,
    pub(super) kind: Option<Kind>,
    #[serde(default)]
    pub(super) extend: bool,
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) parents: Vec<String>,
    pub(super) wikidata: Option<String>,
    pub(super) tag: Option<bool>,
    pub(super) actor: Option<String>,
    pub(super) rule: Option<String>,
    #[serde(default)]
    pub(super) rules: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) note: Option<String>,
    #[serde(default)]
    pub(super) names: ByLanguage,
    #[serde(default)]
    pub(super) people: ByLanguage,
    #[serde(default)]
    pub(super) adjectives: ByLanguage,
}

impl EntityTable {
    /// The forms of one sort.
    pub(super) fn lists(&self, sort: Sort) -> &ByLanguage {
        match sort {
            Sort::People => &self.people,
            Sort::Adjective => &self.adjectives,
            Sort::Name | Sort::Other => &self.names,
        }
    }
}

/// How the letter case of a form is held against the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Case {
    Any,
    Capital,
    Exact,
}

/// A surface form: a bare string, or a table with more to say.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) form: String,
    pub(super) class: Option<String>,
    pub(super) case: Option<Case>,
    pub(super) rule: Option<String>,
    pub(super) weight: Option<f32>,
}

impl<'de> Deserialize<'de> for Form {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Form, D::Error> {
        struct FormVisitor;
        impl<'de> Visitor<'de> for FormVisitor {
            type Value = Form;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a form: a string, or a table with `form` and any of class, case, rule, weight")
            }
            fn visit_str<E: de::Error>(self, form: &str) -> Result<Form, E> {
                Ok(Form { form: form.to_owned(), ..Form::default() })
            }
            fn visit_string<E: de::Error>(self, form: String) -> Result<Form, E> {
                Ok(Form { form, ..Form::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Form, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Table {
                    form: String,
                    class: Option<String>,
                    case: Option<Case>,
                    rule: Option<String>,
                    weight: Option<f32>,
                }
                let table = Table::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Form {
                    form: table.form,
                    class: table.class,
                    case: table.case,
                    rule: table.rule,
                    weight: table.weight,
                })
            }
        }
        deserializer.deserialize_any(FormVisitor)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleTable {
    pub(super) id: String,
    #[serde(default)]
    pub(super) note: String,
    pub(super) prior: PriorTable,
    #[serde(default)]
    pub(super) clues: Vec<Spanned<ClueTable>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum PriorTable {
    Word(String),
    Weight(f32),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ClueTable {
    pub(super) weight: f32,
    pub(super) most: Option<u8>,
    pub(super) words: Vec<String>,
    pub(super) entities: Vec<String>,
    pub(super) before: Vec<String>,
    pub(super) after: Vec<String>,
    pub(super) name_ends: Vec<String>,
    pub(super) shape: Vec<Shape>,
    pub(super) url: Vec<String>,
    pub(super) countries: Vec<String>,
    pub(super) blocs: Vec<String>,
    pub(super) languages: Vec<String>,
}

/// How a mention looks and what stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Shape {
    CapitalBefore,
    CapitalAfter,
    SentenceStart,
    OpensSentence,
    Lower,
    AllCaps,
    Quoted,
    Title,
}

impl Shape {
    /// What a reader is told of it.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Shape::CapitalBefore => "a capitalised word before it",
            Shape::CapitalAfter => "a capitalised word behind it",
            Shape::SentenceStart => "it begins a sentence",
            Shape::OpensSentence => "it begins a sentence, with a small letter behind it",
            Shape::Lower => "it is written in small letters",
            Shape::AllCaps => "it is written in capitals",
            Shape::Quoted => "it stands in quotation marks",
            Shape::Title => "it stands in the title",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ContextTable {
    pub(super) words: Vec<String>,
}

/// What an item concerns: any of these places, or all of these scopes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ScopeTable {
    pub(super) places: Vec<String>,
    pub(super) all_of: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct PlacesTable {
    pub(super) places: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicTable {
    pub(super) id: String,
    #[serde(default)]
    pub(super) label: String,
    #[serde(default)]
    pub(super) down: bool,
    #[serde(default)]
    pub(super) cues: Phrases,
    #[serde(default)]
    pub(super) weak: Phrases,
    #[serde(default)]
    pub(super) entities: Vec<String>,
}

/// Who acts on whom, seen from the cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Forward,
    Backward,
    Mutual,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CueTable {
    pub(super) id: String,
    pub(super) class: String,
    pub(super) tone: f32,
    pub(super) direction: Option<Direction>,
    #[serde(default)]
    pub(super) forms: Phrases,
}

/// What a modifier does to a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    Negate,
    Weaken,
    Void,
}

/// On which side of the cue a modifier stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    #[default]
    Before,
    After,
    Either,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModifierTable {
    pub(super) id: String,
    pub(super) effect: Effect,
    #[serde(default = "four")]
    pub(super) reach: u32,
    #[serde(default)]
    pub(super) side: Side,
    pub(super) becomes: Option<BecomesTable>,
    #[serde(default = "half")]
    pub(super) factor: f32,
    #[serde(default)]
    pub(super) forms: Phrases,
}

fn four() -> u32 {
    4
}

fn half() -> f32 {
    0.5
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BecomesTable {
    pub(super) class: String,
    pub(super) tone: f32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RivalTable {
    pub(super) id: String,
    pub(super) entity: String,
    #[serde(default)]
    pub(super) note: Option<String>,
    pub(super) sides: Vec<SideTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SideTable {
    pub(super) id: String,
    pub(super) label: String,
    /// The entity whose names these are, where it is not the set's: rival projects are entities of their own.
    #[serde(default)]
    pub(super) entity: Option<String>,
    #[serde(default)]
    pub(super) names: Phrases,
}
