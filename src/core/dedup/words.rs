//! A word as comparison sees it: the start of its letters, its sound, its meaning.

use serde::Deserialize;

use super::hashing::{SEED, finish, hash32, step};

/// What a word means, as far as two words can share it in spite of different letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Meaning {
    /// Unknown: a word with few sounds.
    None,
    /// The sounds of a name or of a word that travels between languages.
    Sound(PhoneticBits),
    /// An entry of the dictionary.
    Concept(u32),
    /// A number: hash of its value.
    Number(u32),
}

/// The 28 bits of a [`PhoneticKey`](super::phonetic_key::PhoneticKey).
pub(super) type PhoneticBits = u32;

/// A content word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Hash of the first letters of the folded word.
    pub(super) stem: u32,
    pub(super) meaning: Meaning,
    /// Written with a capital while the rest is not, or in a script without capitals.
    pub(super) name: bool,
    /// After the last dash or bar of a title: perhaps a source, though not a known one.
    pub(super) tail: bool,
    /// Two to five capitals in a text that is not all capitals: `NATO`.
    pub(super) acronym: bool,
}

impl Word {
    /// Whether a summary that has it speaks of what its title says: standing lines name places, too.
    pub(super) fn anchors(&self) -> bool {
        let told = match self.meaning {
            Meaning::Concept(id) => !matches!(ConceptKind::of(id), ConceptKind::Place | ConceptKind::Common),
            Meaning::Sound(_) | Meaning::None | Meaning::Number(_) => true,
        };
        told && !self.tail
    }
}

/// The alphabet of a text, and with it the words that it may have. The number is stored in fingerprints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LanguageGroup {
    Latin = 0,
    Turkic = 1,
    Cyrillic = 2,
    Armenian = 3,
    Georgian = 4,
    Arabic = 5,
    Other = 6,
}

impl LanguageGroup {
    pub(super) const ALL: [LanguageGroup; 7] = [
        LanguageGroup::Latin,
        LanguageGroup::Turkic,
        LanguageGroup::Cyrillic,
        LanguageGroup::Armenian,
        LanguageGroup::Georgian,
        LanguageGroup::Arabic,
        LanguageGroup::Other,
    ];

    /// Returns the group of a language of the rules.
    pub(super) fn of_language(language: &str) -> LanguageGroup {
        match language {
            "az" | "tr" => LanguageGroup::Turkic,
            "ru" | "uk" => LanguageGroup::Cyrillic,
            "hy" => LanguageGroup::Armenian,
            "ka" => LanguageGroup::Georgian,
            "fa" => LanguageGroup::Arabic,
            _ => LanguageGroup::Latin,
        }
    }
}

/// How something is said: a set of words that turn a report into another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Stance(u16);

impl Stance {
    /// `not`, `without`.
    pub(super) const NEGATION: Stance = Stance(1);
    /// `denies`, `rejects`.
    pub(super) const DENIAL: Stance = Stance(2);
    /// `fails`, `foiled`, `cancelled`: what did not come about.
    pub(super) const FAILURE: Stance = Stance(4);
    /// `will`, `plans`, `proposes`: what has not come about yet.
    pub(super) const PLAN: Stance = Stance(8);
    /// `condemns`, `welcomes`, `protests`: what others say about it.
    pub(super) const REACTION: Stance = Stance(16);
    /// `warns`, `threatens`.
    pub(super) const WARNING: Stance = Stance(32);
    /// `urges`, `demands`.
    pub(super) const REQUEST: Stance = Stance(64);
    /// `says`, `reports`: changes nothing, but tells that a name before it is the speaker's.
    pub(super) const STATEMENT: Stance = Stance(128);

    /// `up`, `before`: turns a report only if the other says the opposite.
    pub(super) const DIRECTION: Stance = Stance(256);
    /// Those that undo what is reported.
    pub(super) const UNDOES: Stance = Stance(7);
    /// Those that turn a report by themselves.
    pub(super) const TURNS: Stance = Stance(127);

    /// Returns the stance that the rules call so.
    pub(super) fn named(name: &str) -> Option<Stance> {
        Some(match name {
            "negation" => Stance::NEGATION,
            "denial" => Stance::DENIAL,
            "failure" => Stance::FAILURE,
            "plan" => Stance::PLAN,
            "reaction" => Stance::REACTION,
            "warning" => Stance::WARNING,
            "request" => Stance::REQUEST,
            "statement" => Stance::STATEMENT,
            "direction" => Stance::DIRECTION,
            _ => return None,
        })
    }

    pub(super) fn of_bits(bits: u16) -> Stance {
        Stance(bits)
    }

    pub(super) fn bits(self) -> u16 {
        self.0
    }

    #[must_use]
    pub(super) fn with(self, other: Stance) -> Stance {
        Stance(self.0 | other.0)
    }

    #[must_use]
    pub(super) fn of(self, kinds: Stance) -> Stance {
        Stance(self.0 & kinds.0)
    }

    pub(super) fn has(self, other: Stance) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The bits of a number's hash that fit beside the kind of meaning.
pub(super) const NUMBER_MASK: u32 = 0x0FFF_FFFF;

/// What a concept says about an event.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(super) enum ConceptKind {
    /// What happened: arrest, quake, ratify.
    Event = 0,
    /// With what or to what: bridge, gas, hospital.
    Thing = 1,
    /// Who in general: police, court, minister.
    Role = 2,
    /// Places and peoples: countries, capitals, nationalities.
    Place = 3,
    /// Said in any report: say, plan, hold.
    Common = 4,
}

impl ConceptKind {
    /// Returns the kind of a concept from its number.
    pub(super) fn of(concept: u32) -> ConceptKind {
        match concept >> CONCEPT_KIND_SHIFT {
            0 => ConceptKind::Event,
            1 => ConceptKind::Thing,
            2 => ConceptKind::Role,
            3 => ConceptKind::Place,
            _ => ConceptKind::Common,
        }
    }
}

const CONCEPT_KIND_SHIFT: u32 = 25;

/// Returns the number of a concept: its kind, and a hash of its id, so that old fingerprints stay valid when the
/// dictionary grows.
pub(super) fn concept_number(kind: ConceptKind, id: &str) -> u32 {
    ((kind as u32) << CONCEPT_KIND_SHIFT) | (hash32(id.chars()) & ((1 << CONCEPT_KIND_SHIFT) - 1))
}

/// Returns the hash of a number as the rules write it: digits, a point before decimals.
pub(super) fn number_hash(value: &str) -> u32 {
    hash32(value.chars())
}

/// Returns the start of the hash of a word of a group.
pub(super) fn word_seed(group: LanguageGroup) -> u64 {
    step(SEED, char::from(b'0' + group as u8))
}

/// Returns the hash of a folded word of a group.
pub(super) fn word_hash(group: LanguageGroup, word: &[char]) -> u64 {
    finish(word.iter().fold(word_seed(group), |hash, letter| step(hash, *letter)))
}
