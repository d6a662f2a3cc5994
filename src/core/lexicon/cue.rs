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
    pub entities: Vec<u32>,
}

/// A phrase that says what one actor does to another.
#[derive(Debug)]
pub struct RelationCue {
    pub id: String,
    /// Class of the relation, after PLOVER.
    pub class: String,
    /// -10 (attack) to +10 (alliance).
    pub tone: f32,
    pub direction: Direction,
    pub frame: Frame,
}

/// Where a cue has its actors.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// By form, its language, and whether it is only a noun: its agent is its genitive or modifier, not the subject of
    /// the sentence.
    pub forms: Vec<(u8, bool)>,
    /// The prepositions that introduce the object: the language, and the hash of the word. A language without one has
    /// those of its grammar.
    pub prepositions: Vec<(u8, u64)>,
    /// Whether a verb has its object directly after it.
    pub is_transitive: bool,
    /// Whether the place where it happens is the object: `strikes kill six in Ukraine`.
    pub place_is_object: bool,
    /// Whether the genitive of a noun is its object: `invasion of Georgia`, `Russia sanctions`.
    pub genitive_is_object: bool,
    /// Whether citizens and companies of a state stand for it as the object: `sanctions Russian banks`.
    pub takes_private: bool,
    /// Whether what follows the object is only wanted, feared or said: `urges Russia to withdraw`.
    pub embeds: bool,
    /// Whether who speaks acts on the subject: `Russia says Ukraine must`.
    pub is_of_speaker: bool,
}

/// What a word of a grammar is to the parser of relations. `docs/lexicon.md`, section 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordClass {
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
    /// `between`.
    Between,
    /// `and`.
    And,
    /// Begins a clause: `after`, `that`, `while`.
    Clause,
    /// Begins a clause about the noun before it: `which`.
    Relative,
    /// Begins a question: `why`.
    Question,
    /// A verb such as `will` or `has`, before another verb.
    Auxiliary,
    /// A form of `be`, before a participle.
    Passive,
    /// An adverb: `reportedly`.
    Adverb,
    /// An article or another word before a noun: `the`, `its`.
    Determiner,
    /// A pronoun: `he`.
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
pub enum NounCase {
    /// Of the subject.
    Nominative,
    /// Of the direct object.
    Accusative,
    /// Of the receiver.
    Dative,
    /// `from`.
    Ablative,
    /// `with`.
    Comitative,
    /// `of`.
    Genitive,
    /// `in`.
    Locative,
    /// Of the subject of a transitive verb in the past, in Georgian.
    Ergative,
}

/// What the parser of relations knows of a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grammar {
    /// Endings in small letters with the case that each shows, the longest first.
    pub cases: Vec<(String, NounCase)>,
    /// Whether a genitive comes after its noun: `атака России`.
    pub has_genitive_after: bool,
    /// Whether a bare name modifies the noun after it: `Ukraine drone attack`.
    pub has_noun_modifiers: bool,
    /// Whether the verb is the last word of its clause, and cases show who does what.
    pub is_verb_last: bool,
    /// Endings of verbs: a word with one of them after a bare name is no noun that the name modifies.
    pub verb_endings: Vec<String>,
    /// What a verb has within it that tells only of what is possible: `yapılabilir`.
    pub possible: Vec<String>,
}

impl WordClass {
    /// Returns the bit of the class in a mask.
    pub fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// Which of the actors next to a cue acts on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The one before the cue acts on the one after it.
    Forward,
    /// The one after the cue acts on the one before it.
    Backward,
    /// Both act on each other.
    Mutual,
}

/// A phrase that changes what a relation cue near it says.
#[derive(Debug)]
pub struct Modifier {
    pub id: String,
    pub effect: Effect,
    /// How many words away from the cue it may be.
    pub reach_words: u32,
    pub side: Side,
    /// Class and tone of a negated cue of positive tone.
    pub becomes: Option<(String, f32)>,
    /// What a weakened tone is multiplied by.
    pub factor: f32,
}

/// What a modifier does to a cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// The cue says the opposite, or nothing.
    Negate,
    /// The tone is multiplied by a factor.
    Weaken,
    /// The cue says nothing.
    Void,
}

/// On which side of the cue a modifier has to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Before the cue.
    #[default]
    Before,
    /// After the cue.
    After,
    /// On any side.
    Either,
}
