//! Topics, relation cues and their modifiers, in the compiled lexicon. `docs/lexicon.md`, sections 7 and 8.

use serde::Deserialize;

use crate::model::Tag;

/// A topic of items.
#[derive(Debug)]
pub struct Topic {
    /// Id, e.g. `energy`.
    pub id: String,
    /// English name.
    pub label: String,
    /// Its tag, e.g. `topic:energy`.
    pub tag: Tag,
    /// Whether items of the topic count less and have no relations, as with sport.
    pub demotes: bool,
    /// Numbers of the entities that are cues of the topic.
    pub(crate) entities: Vec<u32>,
}

/// A phrase that says what one actor does to another.
#[derive(Debug)]
pub(crate) struct RelationCue {
    pub(crate) id: String,
    /// Class of the relation, after PLOVER.
    pub(crate) class: String,
    /// -10 (attack) to +10 (alliance).
    pub(crate) tone: f32,
    pub(crate) direction: Direction,
    pub(crate) frame: Frame,
}

/// Where a cue has its actors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// By form, its language, and whether it is only a noun: its agent is its genitive or modifier, not the subject of
    /// the sentence.
    pub(crate) forms: Vec<(u8, bool)>,
    /// The prepositions that introduce the object: the language, and the hash of the word. A language without one has
    /// those of its grammar.
    pub(crate) prepositions: Vec<(u8, u64)>,
    /// Whether a verb has its object directly after it.
    pub(crate) is_transitive: bool,
    /// Whether the place where it happens is the object: `strikes kill six in Ukraine`.
    pub(crate) place_is_object: bool,
    /// Whether the genitive of a noun is its object: `invasion of Georgia`, `Russia sanctions`.
    pub(crate) genitive_is_object: bool,
    /// Whether citizens and companies of a state stand for it as the object: `sanctions Russian banks`.
    pub(crate) takes_private: bool,
    /// Whether what follows the object is only wanted, feared or said: `urges Russia to withdraw`.
    pub(crate) embeds: bool,
    /// Whether who speaks acts on the subject: `Russia says Ukraine must`.
    pub(crate) is_of_speaker: bool,
}

/// What a word of a grammar is to the parser of relations. `docs/lexicon.md`, section 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WordClass {
    /// Somebody or something that acts for a state: a minister, an army, a drone.
    Official,
    /// A person, group or thing that does not: a tourist, an opposition party, a film.
    Private,
    /// Citizens of a state, and its companies.
    Citizen,
    /// Who only has an opinion: an expert, a commentator.
    Commentator,
    /// A verb or noun of saying; what follows is said.
    Speech,
    /// A verb without meaning of its own, whose subject acts in its object: `imposes sanctions`.
    Light,
    /// A preposition that may introduce the object of a cue.
    Object,
    /// A preposition of place.
    Place,
    /// Any other preposition.
    Adjunct,
    /// `of`.
    Genitive,
    /// `by`, after a passive.
    Agent,
    Between,
    /// `and`.
    And,
    /// Begins a clause: `after`, `that`, `while`.
    Clause,
    /// Begins a clause about the noun before it: `which`.
    Relative,
    /// Begins a question: `why`.
    Question,
    Auxiliary,
    /// A form of `be`, before a participle.
    Passive,
    Adverb,
    Determiner,
    Pronoun,
    /// What a hyphen joins to a name so that it names no longer the state: `based`, `born`.
    Compound,
    /// A verb that no ending shows: `flew`.
    Verb,
    /// A preposition that without a noun after it says that something has ended: `declares the ceasefire over`.
    Ended,
}

/// The case of a noun, as far as its ending shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NounCase {
    Nominative,
    Accusative,
    Dative,
    Ablative,
    Comitative,
    Genitive,
    Locative,
    Ergative,
}

/// What the parser of relations knows of a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grammar {
    /// Endings in small letters with the case that each shows, the longest first.
    pub(crate) cases: Vec<(String, NounCase)>,
    /// Whether a genitive comes after its noun: `атака России`.
    pub(crate) has_genitive_after: bool,
    /// Whether a bare name modifies the noun after it: `Ukraine drone attack`.
    pub(crate) has_noun_modifiers: bool,
    /// Whether the verb is the last word of its clause, and cases show who does what.
    pub(crate) is_verb_last: bool,
    /// Endings of verbs: a word with one of them after a bare name is no noun that the name modifies.
    pub(crate) verb_endings: Vec<String>,
    /// What a verb has within it that tells only of what is possible: `yapılabilir`.
    pub(crate) possible: Vec<String>,
}

impl WordClass {
    /// Returns the bit of the class in a mask.
    pub(crate) fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// Which of the actors next to a cue acts on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    /// The one before the cue acts on the one after it.
    Forward,
    /// The one after the cue acts on the one before it.
    Backward,
    /// Both act on each other.
    Mutual,
}

/// A phrase that changes what a relation cue near it says.
#[derive(Debug)]
pub(crate) struct Modifier {
    pub(crate) id: String,
    pub(crate) effect: Effect,
    /// How many words away from the cue it may be.
    pub(crate) reach_words: u32,
    pub(crate) side: Side,
    /// Class and tone of a negated cue of positive tone.
    pub(crate) becomes: Option<(String, f32)>,
    /// What a weakened tone is multiplied by.
    pub(crate) factor: f32,
}

/// What a modifier does to a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Effect {
    Negate,
    Weaken,
    Void,
}

/// On which side of the cue a modifier has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Side {
    #[default]
    Before,
    After,
    Either,
}
