//! Fingerprints: what is kept of an item to compare it with others, a few hundred bytes, versioned.

use super::analysis::Analysis;
use super::hashing::hash32;
use super::phonetic_key::PhoneticKey;
use super::text_rules::TextRules;
use super::wording::{Form, WORDING, Wording};
use super::words::{LanguageGroup, Meaning, Stance, Word};
use crate::model::Namespace;

/// The version of the layout and of everything that is hashed into it; fingerprints of another
/// version must be recomputed.
pub(crate) const FINGERPRINT_VERSION: u8 = 4;

/// The limit of content words of a title.
pub(super) const TITLE_UNITS: usize = 16;
/// A title with fewer content words is completed from the summary, up to this many.
const TITLE_TELLS: usize = 4;
const COMPLETED_UNITS: usize = 10;
/// The limit of content words of a summary.
const SUMMARY_STEMS: usize = 40;
/// A title with fewer words needs only one in its summary.
const SHORT_TITLE: usize = 3;
/// The limit of tags.
const TAGS: usize = 12;
/// The number of smallest hashes of word triples that represent the summary in the index.
const SKETCH: usize = 2;
/// A summary with fewer words says nothing.
pub(super) const SUMMARY_TELLS: usize = 6;

/// Bytes that are not a fingerprint of this version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FingerprintError {
    /// Made by another version: recompute it from the item.
    #[error("the fingerprint is of version {found}, this program's is {current}: recompute it from the item")]
    Version {
        /// The version that the bytes name.
        found: u8,
        /// The version of this program.
        current: u8,
    },
    /// Too short, too long, or contradicting itself.
    #[error("the fingerprint is damaged: recompute it from the item")]
    Damaged,
}

/// The parts of an item that are compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Features<'a> {
    /// Title, plain or with entities.
    pub title: &'a str,
    /// Summary, plain or with markup; empty if there is none.
    pub summary: &'a str,
    /// The declared language (BCP 47); only `az` and `tr` matter, others are recognised by the alphabet.
    pub language: Option<&'a str>,
    /// Who publishes it; this name is removed from the end of the title.
    pub outlet: &'a str,
    /// The classifier's tags, if any: `place:armenia`, `person:aliyev`; topics and scopes are ignored.
    pub tags: &'a [&'a str],
}

/// A fingerprint of an item; see `docs/methods.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    language_group: u8,
    units: u8,
    tags: u8,
    sketch: u8,
    stems: u8,
    /// [`CAPITALS_TELL`], [`COUNT_CHANGES`].
    flags: u8,
    /// [`Stance`] of the title.
    stance: u16,
    /// Words of the title, with those without content.
    wording: u8,
    /// [`Wording::head`] and [`Wording::body`].
    head: u8,
    body: u8,
    /// Units that are of the title; the others complete it from the summary.
    title_units: u8,
    /// Words of the title that the summary has as well, without places and words of any report.
    anchored: u8,
    source: u32,
    /// Units (two words each), tags, sketch, stems of the summary (two to a word, sorted), and the title's wording (two
    /// to a word).
    data: Box<[u32]>,
}

/// A content word of the title.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TitleWord {
    word: u32,
    cross: u32,
}

/// The sounds of a name by which it is looked up: endings come after them.
const KEY_SOUNDS: u32 = 4;

/// Capitals in the title mark names.
const CAPITALS_TELL: u8 = 1;
/// The title says that a count has changed.
const COUNT_CHANGES: u8 = 2;

const NAME_BIT: u32 = 1;
const TAIL_BIT: u32 = 2;
const ACRONYM_BIT: u32 = 4;
const FLAG_BITS: u32 = 7;
const KIND_SHIFT: u32 = 28;
const PAYLOAD: u32 = 0x0FFF_FFFF;

impl TitleWord {
    fn of(word: &Word) -> TitleWord {
        let cross = match word.meaning {
            Meaning::None => 0,
            Meaning::Sound(bits) => (1 << KIND_SHIFT) | (bits & PAYLOAD),
            Meaning::Concept(id) => (2 << KIND_SHIFT) | id,
            Meaning::Number(hash) => (3 << KIND_SHIFT) | (hash & PAYLOAD),
        };
        let flags = if word.name { NAME_BIT } else { 0 }
            | if word.tail { TAIL_BIT } else { 0 }
            | if word.acronym { ACRONYM_BIT } else { 0 };
        TitleWord { word: (word.stem & !FLAG_BITS) | flags, cross }
    }

    pub(super) fn stem(self) -> u32 {
        self.word & !FLAG_BITS
    }

    pub(super) fn name(self) -> bool {
        self.word & NAME_BIT != 0
    }

    pub(super) fn tail(self) -> bool {
        self.word & TAIL_BIT != 0
    }

    pub(super) fn acronym(self) -> bool {
        self.word & ACRONYM_BIT != 0
    }

    pub(super) fn meaning(self) -> Meaning {
        let payload = self.cross & PAYLOAD;
        match self.cross >> KIND_SHIFT {
            1 => Meaning::Sound(payload),
            2 => Meaning::Concept(payload),
            3 => Meaning::Number(payload),
            _ => Meaning::None,
        }
    }

    /// Returns whether two words can share their meaning: the kind and the first three sounds, or the high bits of a
    /// hash, agree.
    #[inline]
    pub(super) fn may_sound_like(self, other: TitleWord) -> bool {
        const HEAD: u32 = 0xFFFF_0000;
        self.cross != 0 && (self.cross ^ other.cross) & HEAD == 0
    }

    /// Returns the key under which titles with this word are found.
    pub(super) fn key(self) -> u32 {
        match self.meaning() {
            Meaning::None => self.stem() | 1,
            Meaning::Concept(id) => 0x8000_0000 | id,
            Meaning::Number(hash) => 0x9000_0000 | hash,
            Meaning::Sound(bits) => PhoneticKey::from_bits(bits).prefix(KEY_SOUNDS),
        }
    }
}

impl Fingerprint {
    /// Computes the fingerprint of an item. The same item and rules always give the same fingerprint.
    pub fn new(rules: &TextRules, features: &Features<'_>) -> Fingerprint {
        let title = rules.title(features.title, features.language, features.outlet);
        let summary = if features.summary.is_empty() {
            Analysis::default()
        } else {
            rules.summary(features.summary, features.language, title.words.len() < TITLE_TELLS)
        };
        let mut units: Vec<TitleWord> = Vec::with_capacity(title.words.len());
        // A title of a word or two is completed from the summary.
        let completion = if title.words.len() < TITLE_TELLS { summary.words.as_slice() } else { &[] };
        let limit = if completion.is_empty() { TITLE_UNITS } else { COMPLETED_UNITS };
        for word in title.words.iter().chain(completion).take(limit) {
            let unit = TitleWord::of(word);
            if units.len() < TITLE_UNITS
                && !units.iter().any(|other| other.stem() == unit.stem() && other.cross == unit.cross)
            {
                units.push(unit);
            }
        }
        let is_of_title = |unit: &TitleWord| title.words.iter().any(|word| TitleWord::of(word) == *unit);
        let title_units = units.iter().take_while(|unit| is_of_title(unit)).count();
        let anchored =
            title.words.iter().filter(|word| word.anchors() && summary.words.iter().any(|s| s.stem == word.stem));
        let anchored = anchored.count();
        let repeats = repeats(&title.words, &summary.words);
        let mut stems: Vec<u16> =
            if repeats { Vec::new() } else { summary.words.iter().map(|word| short(word.stem)).collect() };
        let sketch = if repeats { Vec::new() } else { sketch(&summary.words) };
        let mut distinct: Vec<u16> = Vec::with_capacity(SUMMARY_STEMS);
        for stem in stems.drain(..) {
            if distinct.len() < SUMMARY_STEMS && !distinct.contains(&stem) {
                distinct.push(stem);
            }
        }
        distinct.sort_unstable();
        let tags = tag_hashes(features.tags);
        let wording = title.wording.forms.get(..WORDING).unwrap_or(&title.wording.forms);
        let halves = distinct.len().div_ceil(2) + wording.len().div_ceil(2);
        let mut data = Vec::with_capacity(2 * units.len() + tags.len() + sketch.len() + halves);
        data.extend(units.iter().flat_map(|unit| [unit.word, unit.cross]));
        data.extend(&tags);
        data.extend(&sketch);
        data.extend(distinct.chunks(2).map(packed));
        let forms: Vec<u16> = wording.iter().map(|form| form.bits()).collect();
        data.extend(forms.chunks(2).map(packed));
        let count = |length: usize| u8::try_from(length).unwrap_or(u8::MAX);
        Fingerprint {
            language_group: title.group.or(summary.group).unwrap_or(LanguageGroup::Other) as u8,
            units: count(units.len()),
            tags: count(tags.len()),
            sketch: count(sketch.len()),
            stems: count(distinct.len()),
            flags: if title.capitals_tell || (!completion.is_empty() && summary.capitals_tell) {
                CAPITALS_TELL
            } else {
                0
            } | if title.count_changes { COUNT_CHANGES } else { 0 },
            stance: title.stance.bits(),
            wording: count(wording.len()),
            head: count(title.wording.head.min(wording.len())),
            body: count(title.wording.body.min(wording.len())),
            title_units: count(title_units),
            anchored: count(anchored),
            source: title.source.or(summary.source).unwrap_or_default(),
            data: data.into_boxed_slice(),
        }
    }

    /// Returns the bytes to store: a version, then the parts, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES + 4 * self.data.len());
        bytes.extend([
            FINGERPRINT_VERSION,
            self.language_group,
            self.units,
            self.tags,
            self.sketch,
            self.stems,
            self.flags,
            self.wording,
            self.head,
            self.body,
            self.title_units,
            self.anchored,
        ]);
        bytes.extend(self.stance.to_le_bytes());
        bytes.extend(self.source.to_le_bytes());
        for word in &self.data {
            bytes.extend(word.to_le_bytes());
        }
        bytes
    }

    /// Reads what [`Fingerprint::to_bytes`] wrote.
    ///
    /// # Errors
    /// Fails if the bytes are of another version or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Fingerprint, FingerprintError> {
        let version = *bytes.first().ok_or(FingerprintError::Damaged)?;
        if version != FINGERPRINT_VERSION {
            return Err(FingerprintError::Version { found: version, current: FINGERPRINT_VERSION });
        }
        let head: &[u8; HEAD_BYTES] = bytes.first_chunk().ok_or(FingerprintError::Damaged)?;
        let [
            _,
            language_group,
            units,
            tags,
            sketch,
            stems,
            flags,
            wording,
            head,
            body,
            title_units,
            anchored,
            low,
            high,
            source @ ..,
        ] = *head;
        let stance = u16::from_le_bytes([low, high]);
        let rest = bytes.get(HEAD_BYTES..).unwrap_or_default();
        let halves = usize::from(stems).div_ceil(2) + usize::from(wording).div_ceil(2);
        let wanted = 2 * usize::from(units) + usize::from(tags) + usize::from(sketch) + halves;
        if rest.len() != 4 * wanted
            || usize::from(language_group) >= LanguageGroup::ALL.len()
            || usize::from(units) > TITLE_UNITS
            || usize::from(stems) > SUMMARY_STEMS
            || usize::from(wording) > WORDING
        {
            return Err(FingerprintError::Damaged);
        }
        let data = rest.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
        let source = u32::from_le_bytes(source);
        Ok(Fingerprint {
            language_group,
            units,
            tags,
            sketch,
            stems,
            flags,
            stance,
            wording,
            head,
            body,
            title_units,
            anchored,
            source,
            data,
        })
    }

    /// The same fingerprint with other tags, as after a change of the lexicon.
    #[must_use]
    pub fn with_tags(&self, tags: &[&str]) -> Fingerprint {
        let tags = tag_hashes(tags);
        let start = 2 * usize::from(self.units);
        let (units, rest) = self.data.split_at(start.min(self.data.len()));
        let rest_after_tags = rest.get(usize::from(self.tags)..).unwrap_or_default();
        let data: Vec<u32> = units.iter().chain(&tags).chain(rest_after_tags).copied().collect();
        Fingerprint { tags: u8::try_from(tags.len()).unwrap_or(u8::MAX), data: data.into_boxed_slice(), ..self.clone() }
    }

    /// Returns the hash of the agency or paper that the item itself names as its source, if any.
    pub fn source(&self) -> Option<u32> {
        (self.source != 0).then_some(self.source)
    }

    /// Size in memory, in bytes, without the allocator's own.
    pub fn size_bytes(&self) -> usize {
        size_of::<Fingerprint>() + 4 * self.data.len()
    }

    pub(super) fn capitals_tell(&self) -> bool {
        self.flags & CAPITALS_TELL != 0
    }

    /// Whether its alphabet has capitals.
    pub(super) fn has_capitals(&self) -> bool {
        let caseless = [LanguageGroup::Georgian, LanguageGroup::Arabic, LanguageGroup::Other];
        !caseless.iter().any(|group| *group as u8 == self.language_group)
    }

    pub(super) fn count_changes(&self) -> bool {
        self.flags & COUNT_CHANGES != 0
    }

    /// Units that are of the title, and not of the summary that completes it.
    pub(super) fn title_units(&self) -> usize {
        usize::from(self.title_units)
    }

    /// Whether the summary speaks of what the title says: it has two words of it, or one of a very short title.
    pub(super) fn is_anchored(&self) -> bool {
        usize::from(self.anchored) >= if self.title_units() < SHORT_TITLE { 1 } else { 2 }
    }

    pub(super) fn language_group(&self) -> u8 {
        self.language_group
    }

    pub(super) fn units(&self) -> impl ExactSizeIterator<Item = TitleWord> + Clone + '_ {
        let words = self.data.get(..2 * usize::from(self.units)).unwrap_or_default();
        words.as_chunks::<2>().0.iter().map(|[word, cross]| TitleWord { word: *word, cross: *cross })
    }

    pub(super) fn tags(&self) -> &[u32] {
        let start = 2 * usize::from(self.units);
        self.data.get(start..start + usize::from(self.tags)).unwrap_or_default()
    }

    pub(super) fn sketch(&self) -> &[u32] {
        let start = 2 * usize::from(self.units) + usize::from(self.tags);
        self.data.get(start..start + usize::from(self.sketch)).unwrap_or_default()
    }

    pub(super) fn stem_count(&self) -> usize {
        usize::from(self.stems)
    }

    pub(super) fn stance(&self) -> Stance {
        Stance::of_bits(self.stance)
    }

    /// Returns the words of the title in order.
    pub(super) fn wording(&self) -> Wording {
        let stems = usize::from(self.stems).div_ceil(2);
        let start = 2 * usize::from(self.units) + usize::from(self.tags) + usize::from(self.sketch) + stems;
        let words = self.data.get(start..).unwrap_or_default();
        let halves = words.iter().flat_map(|word| [low(*word), low(*word >> 16)]);
        let forms = halves.take(usize::from(self.wording)).map(Form::of_bits).collect();
        Wording { forms, head: usize::from(self.head), body: usize::from(self.body) }
    }

    /// Stems of the summary, sorted.
    pub(super) fn stems(&self) -> impl Iterator<Item = u16> + '_ {
        let start = 2 * usize::from(self.units) + usize::from(self.tags) + usize::from(self.sketch);
        let words = self.data.get(start..).unwrap_or_default();
        words.iter().flat_map(|word| [low(*word), low(*word >> 16)]).take(usize::from(self.stems))
    }
}

const HEAD_BYTES: usize = 18;

fn packed(pair: &[u16]) -> u32 {
    u32::from(pair.first().copied().unwrap_or_default()) | (u32::from(pair.get(1).copied().unwrap_or_default()) << 16)
}

fn low(word: u32) -> u16 {
    u16::try_from(word & 0xFFFF).unwrap_or_default()
}

fn short(stem: u32) -> u16 {
    low(stem >> 16)
}

/// The tags as they are kept: sorted hashes of those that name someone or something.
fn tag_hashes(tags: &[&str]) -> Vec<u32> {
    let mut hashes: Vec<u32> = tags.iter().filter(|tag| names_someone(tag)).map(|tag| hash32(tag.chars())).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(TAGS);
    hashes
}

/// Topics and scopes are shared by too many items to distinguish events.
fn names_someone(tag: &str) -> bool {
    Namespace::of(tag).is_some_and(|namespace| namespace != Namespace::Topic)
}

/// Returns whether a summary only repeats the title.
fn repeats(title: &[Word], summary: &[Word]) -> bool {
    if summary.is_empty() || summary.len() > title.len() + 2 {
        return false;
    }
    let known = summary.iter().filter(|word| title.iter().any(|other| other.stem == word.stem)).count();
    known * 10 >= summary.len() * 9
}

/// Returns the smallest hashes of the summary's word triples: two texts share the smallest with a probability of their
/// Jaccard similarity (Broder 1997, "On the resemblance and containment of documents").
fn sketch(words: &[Word]) -> Vec<u32> {
    if words.len() < SUMMARY_TELLS {
        return Vec::new();
    }
    let mut hashes: Vec<u32> = words
        .windows(3)
        .take(SUMMARY_STEMS)
        .map(|triple| {
            triple.iter().fold(17_u32, |hash, word| (hash ^ word.stem).wrapping_mul(0x9E37_79B1).rotate_left(13))
        })
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(SKETCH);
    hashes
}
