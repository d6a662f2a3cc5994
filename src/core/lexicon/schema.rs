//! The files of a lexicon, and their TOML as serde reads it. `docs/lexicon.md` describes every key.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use toml::Spanned;

use super::cue::{Direction, Effect, NounCase, Side, WordClass};
use super::entity::{EntityKind, FormKind};
use super::rule::Shape;

/// The built-in files by their path in `config/lexicon`; the build script lists the folder.
const BUILT_IN: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/lexicon_files.rs"));

/// A file of a lexicon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexiconFile {
    /// Name or path, as diagnostics show it.
    pub name: String,
    /// The TOML text.
    pub text: String,
}

impl LexiconFile {
    /// Returns the line, from 1, of a byte of the text.
    pub(super) fn line_at(&self, offset: usize) -> usize {
        1 + self.text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
    }
}

/// Returns the files of the built-in lexicon, named by their path in `config`, such as `lexicon/entities/armenia.toml`.
pub fn built_in_files() -> Vec<LexiconFile> {
    let file = |&(name, text): &(&str, &str)| LexiconFile { name: format!("lexicon/{name}"), text: text.to_owned() };
    BUILT_IN.iter().map(file).collect()
}

/// Forms of an entity by language.
pub(super) type ByLanguage = BTreeMap<String, Vec<Spanned<FormTable>>>;
/// Phrases by language.
pub(super) type Phrases = BTreeMap<String, Vec<Spanned<String>>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileTables {
    /// The day on which somebody last checked what the file says against the world.
    pub(super) checked: Option<Spanned<String>>,
    pub(super) language: BTreeMap<String, Spanned<LanguageTable>>,
    pub(super) endings: BTreeMap<String, Vec<String>>,
    pub(super) class: BTreeMap<String, Spanned<ClassTable>>,
    #[serde(rename = "guess")]
    pub(super) inflection_rules: Vec<Spanned<InflectionRuleTable>>,
    pub(super) entity: Vec<Spanned<EntityTable>>,
    pub(super) stop: Phrases,
    pub(super) rule: Vec<Spanned<RuleTable>>,
    #[serde(rename = "default")]
    pub(super) default_rules: Vec<Spanned<DefaultRuleTable>>,
    /// Frequent given names, which show that a capitalised word at the beginning of a sentence is one.
    pub(super) given_names: Vec<String>,
    pub(super) context: BTreeMap<String, Spanned<ContextTable>>,
    pub(super) scope: BTreeMap<String, Spanned<ScopeTable>>,
    pub(super) actors: Option<Spanned<PlacesTable>>,
    pub(super) topic: Vec<Spanned<TopicTable>>,
    pub(super) cue: Vec<Spanned<CueTable>>,
    pub(super) modifier: Vec<Spanned<ModifierTable>>,
    /// By language.
    pub(super) grammar: BTreeMap<String, Spanned<GrammarTable>>,
    #[serde(rename = "rival")]
    pub(super) name_variants: Vec<Spanned<NameVariantsTable>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LanguageTable {
    pub(super) script: String,
    pub(super) letters: String,
    pub(super) words: Vec<String>,
    #[serde(rename = "capital")]
    pub(super) capitalised: Vec<FormKind>,
    pub(super) also: Vec<String>,
    pub(super) vowels: String,
    pub(super) harmony: BTreeMap<String, Vec<(String, String)>>,
    #[serde(rename = "final")]
    pub(super) finals: BTreeMap<String, Vec<(String, String)>>,
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
pub(super) struct InflectionRuleTable {
    pub(super) language: String,
    #[serde(rename = "sorts")]
    pub(super) form_kinds: Vec<FormKind>,
    pub(super) kinds: Vec<EntityKind>,
    pub(super) ends: Vec<String>,
    /// Whether it is only for words that another word of the name follows, such as given names.
    pub(super) before_last: bool,
    pub(super) class: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntityTable {
    pub(super) id: String,
    pub(super) kind: Option<EntityKind>,
    #[serde(default)]
    pub(super) extend: bool,
    pub(super) label: Option<String>,
    #[serde(default)]
    pub(super) parents: Vec<String>,
    pub(super) wikidata: Option<String>,
    pub(super) tag: Option<bool>,
    pub(super) actor: Option<String>,
    /// The office for which the entity is in the news, and from when until when it holds it.
    pub(super) office: Option<String>,
    pub(super) since: Option<Spanned<String>>,
    pub(super) until: Option<Spanned<String>>,
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
    /// Returns the forms of one kind.
    pub(super) fn forms(&self, kind: FormKind) -> &ByLanguage {
        match kind {
            FormKind::People => &self.people,
            FormKind::Adjective => &self.adjectives,
            FormKind::Name | FormKind::Other => &self.names,
        }
    }
}

/// Which letter case a form must have in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Case {
    Any,
    Capital,
    Exact,
}

/// A form: a bare string, or a table with more to say.
#[derive(Debug, Default)]
pub(super) struct FormTable {
    pub(super) form: String,
    pub(super) class: Option<String>,
    pub(super) case: Option<Case>,
    pub(super) rule: Option<String>,
    pub(super) weight: Option<f32>,
}

impl<'de> Deserialize<'de> for FormTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FormTable, D::Error> {
        struct FormVisitor;
        impl<'de> Visitor<'de> for FormVisitor {
            type Value = FormTable;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a form: a string, or a table with `form` and any of class, case, rule, weight")
            }
            fn visit_str<E: de::Error>(self, form: &str) -> Result<FormTable, E> {
                Ok(FormTable { form: form.to_owned(), ..FormTable::default() })
            }
            fn visit_string<E: de::Error>(self, form: String) -> Result<FormTable, E> {
                Ok(FormTable { form, ..FormTable::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FormTable, A::Error> {
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
                Ok(FormTable {
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

/// The rule of names of one word that name none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefaultRuleTable {
    pub(super) rule: String,
    pub(super) kinds: Vec<EntityKind>,
    pub(super) languages: Vec<String>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ContextTable {
    pub(super) words: Vec<String>,
}

/// What makes an item concern a scope: any of these places, or all of these scopes.
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
    pub(super) capitals: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicTable {
    pub(super) id: String,
    #[serde(default)]
    pub(super) label: String,
    #[serde(default, rename = "down")]
    pub(super) demotes: bool,
    #[serde(default)]
    pub(super) cues: Phrases,
    #[serde(default)]
    pub(super) weak: Phrases,
    #[serde(default)]
    pub(super) entities: Vec<String>,
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
    #[serde(default)]
    pub(super) nouns: Phrases,
    #[serde(default)]
    pub(super) prepositions: Phrases,
    #[serde(default = "default_transitive", rename = "transitive")]
    pub(super) is_transitive: bool,
    #[serde(default, rename = "place")]
    pub(super) place_is_object: bool,
    #[serde(default, rename = "genitive")]
    pub(super) genitive_is_object: bool,
    #[serde(default, rename = "private")]
    pub(super) takes_private: bool,
    #[serde(default)]
    pub(super) embeds: bool,
    #[serde(default, rename = "speaker")]
    pub(super) is_of_speaker: bool,
}

fn default_transitive() -> bool {
    true
}

/// The grammar of a language, as far as relations need it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct GrammarTable {
    pub(super) words: BTreeMap<WordClass, Vec<Spanned<String>>>,
    pub(super) cases: BTreeMap<NounCase, Vec<String>>,
    pub(super) has_genitive_after: bool,
    pub(super) has_noun_modifiers: bool,
    pub(super) is_verb_last: bool,
    pub(super) verb_endings: Vec<String>,
    pub(super) possible: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModifierTable {
    pub(super) id: String,
    pub(super) effect: Effect,
    #[serde(default = "default_reach_words", rename = "reach")]
    pub(super) reach_words: u32,
    #[serde(default)]
    pub(super) side: Side,
    pub(super) becomes: Option<BecomesTable>,
    #[serde(default = "default_factor")]
    pub(super) factor: f32,
    #[serde(default)]
    pub(super) forms: Phrases,
}

fn default_reach_words() -> u32 {
    4
}

fn default_factor() -> f32 {
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
pub(super) struct NameVariantsTable {
    pub(super) id: String,
    pub(super) entity: String,
    #[serde(default)]
    pub(super) note: Option<String>,
    #[serde(rename = "sides")]
    pub(super) names: Vec<NameVariantTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameVariantTable {
    pub(super) id: String,
    pub(super) label: String,
    /// The entity that has the names, if it is not the one of the set: rival projects are entities of their own.
    #[serde(default)]
    pub(super) entity: Option<String>,
    #[serde(default)]
    pub(super) names: Phrases,
}
