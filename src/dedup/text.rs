//! A text as comparison sees it: words without their endings, names by their sound, ideas by their dictionary, numbers by value.
//!
//! Owns the rules of `config/dedup/text.toml` and `config/dedup/concepts.toml`. Knows nothing of fingerprints nor of items.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::RulesError;
use super::hashing::{SEED, Spread, finish, hash32, step};
use super::scan::{self, Piece, Shape};
use super::script::{Script, Skeleton, Sounds};

/// Letters of a word that stand for it. Words cut after five letters find inflected forms as well as stemmers do (Can et
/// al. 2008, "Information retrieval on Turkish texts", JASIST 59(3): F5; McNamee and Mayfield 2004 for other languages).
const STEM_LETTERS: usize = 5;
/// Words behind the last dash or bar of a title that may name its source.
const TAIL_WORDS: usize = 5;
/// Words at the head of a summary among which a dateline is looked for.
const DATELINE_WORDS: usize = 9;
/// Longest word in capitals that is taken for an acronym.
const ACRONYM_LETTERS: usize = 5;

/// What two words may have in common beside their letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sense {
    /// Nothing: a word of few sounds.
    None,
    /// The sounds of a name or of a word that travels between languages.
    Sound(Skeleton28),
    /// An entry of the dictionary.
    Concept(u32),
    /// A number: hash of its value.
    Number(u32),
}

/// The 28 bits of a skeleton.
pub(super) type Skeleton28 = u32;

/// One word of a text that carries content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Hash of the first letters of the folded word.
    pub(super) stem: u32,
    pub(super) sense: Sense,
    /// Written with a capital where the rest is not, or in a script without capitals.
    pub(super) name: bool,
    /// Behind the last dash or bar of a title: perhaps a source, not yet known as one.
    pub(super) tail: bool,
    /// Two to five capitals in a text that is not shouted: `NATO`.
    pub(super) acronym: bool,
}

/// The alphabet, and with it the words, that a text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tongue {
    Latin = 0,
    Turkic = 1,
    Cyrillic = 2,
    Armenian = 3,
    Georgian = 4,
    Arabic = 5,
    Other = 6,
}

impl Tongue {
    pub(super) const ALL: [Tongue; 7] = [
        Tongue::Latin,
        Tongue::Turkic,
        Tongue::Cyrillic,
        Tongue::Armenian,
        Tongue::Georgian,
        Tongue::Arabic,
        Tongue::Other,
    ];

    fn of_language(language: &str) -> Tongue {
        match language {
            "az" | "tr" => Tongue::Turkic,
            "ru" | "uk" => Tongue::Cyrillic,
            "hy" => Tongue::Armenian,
            "ka" => Tongue::Georgian,
            "fa" => Tongue::Arabic,
            _ => Tongue::Latin,
        }
    }
}

/// A text after analysis.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    pub(super) tokens: Vec<Token>,
    pub(super) tongue: Option<Tongue>,
    /// Capitals tell names: the text is neither all capitals nor A Title Like This, and its script has them.
    pub(super) capitals_tell: bool,
    /// A word tells that a count has changed: `rises`, `выросло`.
    pub(super) count_changes: bool,
    /// Hash of the source that the text names behind its title or in its dateline.
    pub(super) source: Option<u32>,
}

/// Words that are treated apart when texts are compared; see `config/dedup/text.toml` and `config/dedup/concepts.toml`.
#[derive(Debug)]
pub struct TextRules {
    /// Names of sources, folded and hashed, to the hash of the source's id.
    sources: HashMap<u64, u32, Spread>,
    /// Words and beginnings of words, hashed with their tongue.
    words: HashMap<u64, Entry, Spread>,
    /// One bit for the highest bits of each key of `words`: most words of a text stand in no rule, and most beginnings of words neither.
    filter: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// Without content.
    function: bool,
    /// Tells that a count has changed.
    changes_count: bool,
    /// Hash of the number that the word is.
    number: Option<u32>,
    /// The concept of the whole word.
    whole: Option<u32>,
    /// The concept of all words that begin so.
    beginning: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextFile {
    function_words: BTreeMap<String, String>,
    count_changes: BTreeMap<String, String>,
    numbers: BTreeMap<String, String>,
    sources: BTreeMap<String, Vec<String>>,
}

/// By kind, then by id, then by language: words, of which one with `*` stands for all that begin so.
type ConceptFile = BTreeMap<ConceptKind, BTreeMap<String, BTreeMap<String, String>>>;

/// What a concept tells of an event.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub(super) enum ConceptKind {
    /// What happened: arrest, quake, ratify.
    Event = 0,
    /// With what or to what: bridge, gas, hospital.
    Thing = 1,
    /// Who in general: police, court, minister.
    Role = 2,
    /// Where or whose: countries, capitals, peoples.
    Place = 3,
    /// Said in any report: say, plan, hold.
    Common = 4,
}

impl ConceptKind {
    /// The kind of a concept's number.
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

/// A concept's number: its kind, and a hash of its id, so that a dictionary that grows leaves old fingerprints valid.
fn concept_number(kind: ConceptKind, id: &str) -> u32 {
    ((kind as u32) << CONCEPT_KIND_SHIFT) | (hash32(id.chars()) & ((1 << CONCEPT_KIND_SHIFT) - 1))
}

impl TextRules {
    /// Reads rules from the texts of two files in the form of `config/dedup/text.toml` and `config/dedup/concepts.toml`.
    ///
    /// # Errors
    /// Where a text is no such TOML, names an unknown language, or gives one word to two concepts.
    pub fn load(text: &str, concepts: &str) -> Result<TextRules, RulesError> {
        let file: TextFile = toml::from_str(text)?;
        let mut rules = TextRules { sources: HashMap::default(), words: HashMap::default(), filter: Vec::new() };
        for (language, words) in &file.function_words {
            for word in words.split_whitespace() {
                rules.words.entry(rule_hash(language, word)).or_default().function = true;
            }
        }
        for (language, words) in &file.count_changes {
            for word in words.split_whitespace() {
                rules.words.entry(rule_hash(language, word)).or_default().changes_count = true;
            }
        }
        for (value, words) in &file.numbers {
            let hash = number_hash(value);
            for word in words.split_whitespace() {
                for language in ["en", "ru", "hy", "ka", "tr", "fa"] {
                    rules.words.entry(rule_hash(language, word)).or_default().number = Some(hash);
                }
            }
        }
        for (id, names) in &file.sources {
            for name in names {
                rules.sources.insert(name_hash(name), hash32(id.chars()));
            }
        }
        rules.add_concepts(&toml::from_str(concepts)?)?;
        rules.filter = vec![0; 1 << (FILTER_BITS - 6)];
        for key in rules.words.keys() {
            let (word, bit) = filter_place(*key);
            if let Some(word) = rules.filter.get_mut(word) {
                *word |= bit;
            }
        }
        Ok(rules)
    }

    /// The rules that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<TextRules, RulesError> {
        TextRules::load(include_str!("../../config/dedup/text.toml"), include_str!("../../config/dedup/concepts.toml"))
    }

    fn add_concepts(&mut self, file: &ConceptFile) -> Result<(), RulesError> {
        let mut owners: HashMap<(u64, bool), &str> = HashMap::new();
        for (kind, concepts) in file {
            for (id, languages) in concepts {
                let number = concept_number(*kind, id);
                for (language, words) in languages {
                    for word in words.split_whitespace() {
                        let (letters, beginning) = word.strip_suffix('*').map_or((word, false), |word| (word, true));
                        let hash = rule_hash(language, letters);
                        if let Some(owner) = owners.insert((hash, beginning), id).filter(|owner| owner != id) {
                            return Err(RulesError::Rule(format!(
                                "`{word}` ({language}) stands in concept `{owner}` and in concept `{id}`: keep one"
                            )));
                        }
                        let entry = self.words.entry(hash).or_default();
                        if beginning {
                            entry.beginning = Some(number);
                            // A stem that is a whole word means the same, unless another concept has that word.
                            entry.whole = entry.whole.or(Some(number));
                        } else {
                            entry.whole = Some(number);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The content words of a title; what names its source behind a dash or bar is taken off.
    pub(super) fn title(&self, text: &str, language: Option<&str>, outlet: &str) -> Analysis {
        let scan = scan::pieces(text);
        let tongue = tongue(&scan, language);
        let mut pieces = scan.pieces.as_slice();
        let mut tail_from = pieces.len();
        let mut source = None;
        // "Title - Site - Agency" has two.
        for _ in 0..2 {
            let Some(start) = pieces.iter().rposition(|piece| piece.after_bar).filter(|start| *start >= 2) else {
                break;
            };
            let tail = pieces.get(start..).unwrap_or_default();
            if tail.len() > TAIL_WORDS || tail.iter().any(|piece| piece.shape == Shape::Number) {
                break;
            }
            let name = scan.name_hash(tail);
            let known = self.sources.get(&name).copied();
            if known.is_some() || name == name_hash(outlet) || is_domain(&scan, tail) {
                source = source.or(known);
                pieces = pieces.get(..start).unwrap_or_default();
                tail_from = pieces.len();
            } else {
                if start >= 4 {
                    tail_from = start;
                }
                break;
            }
        }
        let capitals_tell = capitals_tell(pieces);
        let (tokens, count_changes) = self.tokens(&scan, pieces, tongue, Wanted { tail_from, senses: true });
        Analysis { tokens, tongue: Some(tongue), capitals_tell, count_changes, source }
    }

    /// The content words of a summary's beginning; a dateline is taken off. Their senses are looked up only where wanted.
    pub(super) fn summary(&self, text: &str, language: Option<&str>, senses: bool) -> Analysis {
        let scan = scan::beginning(text);
        let tongue = tongue(&scan, language);
        let mut pieces = scan.pieces.as_slice();
        let mut source = None;
        let head = pieces.len().min(DATELINE_WORDS);
        for start in 0..head {
            for length in [2, 1] {
                let name = pieces.get(start..start + length).map(|run| scan.name_hash(run));
                if let Some(found) = name.and_then(|name| self.sources.get(&name)) {
                    source = Some(*found);
                    pieces = pieces.get(start + length..).unwrap_or_default();
                    break;
                }
            }
            if source.is_some() {
                break;
            }
        }
        let (tokens, _) = self.tokens(&scan, pieces, tongue, Wanted { tail_from: usize::MAX, senses });
        Analysis { tokens, tongue: Some(tongue), capitals_tell: capitals_tell(pieces), count_changes: false, source }
    }

    /// The content words, and whether one of them tells that a count has changed.
    fn tokens(&self, scan: &scan::Scan, pieces: &[Piece], tongue: Tongue, wanted: Wanted) -> (Vec<Token>, bool) {
        let shouted = pieces.iter().filter(|piece| piece.capitals).count() * 2 >= pieces.len();
        let telling = capitals_tell(pieces);
        let mut tokens = Vec::with_capacity(pieces.len());
        let mut count_changes = false;
        for (index, piece) in pieces.iter().enumerate() {
            let word = scan.word(piece);
            let tail = index >= wanted.tail_from;
            if piece.shape == Shape::Number {
                let hash = hash32(word.iter().copied());
                tokens.push(Token {
                    stem: hash,
                    sense: Sense::Number(hash & NUMBER_MASK),
                    name: false,
                    tail,
                    acronym: false,
                });
                continue;
            }
            let own = own_tongue(piece.script, tongue);
            // Turkish and Azerbaijani tell words apart by marks that the fold takes off: `oldu` was, `öldü` died.
            let letters = if own == Tongue::Turkic { scan.sounds(piece) } else { word };
            let whole = word_hash(own, letters);
            // `US`, `WHO` and `IT` are no pronouns, unless all is shouted.
            let acronym = piece.capitals && word.len() <= ACRONYM_LETTERS && !shouted;
            if let Some(entry) = self.entry(whole) {
                count_changes |= entry.changes_count;
                if entry.function && !acronym {
                    continue;
                }
                if let Some(hash) = entry.number {
                    tokens.push(Token {
                        stem: hash,
                        sense: Sense::Number(hash & NUMBER_MASK),
                        name: false,
                        tail,
                        acronym: false,
                    });
                    continue;
                }
            }
            let stem = word.get(..STEM_LETTERS.min(word.len())).unwrap_or(word);
            let stem = hash32(stem.iter().copied());
            if !wanted.senses {
                tokens.push(Token { stem, sense: Sense::None, name: false, tail, acronym: false });
                continue;
            }
            let caseless = matches!(piece.script, Script::Georgian | Script::Arabic | Script::Other);
            let name = caseless || acronym || (piece.capital && (!piece.opens || !telling));
            let sense = self.concept(own, letters).map_or_else(
                || {
                    let sounds = if own == Tongue::Turkic { Sounds::Turkic } else { Sounds::English };
                    let skeleton = Skeleton::of(scan.sounds(piece), sounds);
                    if skeleton.len() >= 3 { Sense::Sound(skeleton.bits()) } else { Sense::None }
                },
                Sense::Concept,
            );
            tokens.push(Token { stem, sense, name, tail, acronym });
        }
        (tokens, count_changes)
    }

    /// What the rules know of a word.
    #[inline]
    fn entry(&self, key: u64) -> Option<&Entry> {
        let (word, bit) = filter_place(key);
        self.filter.get(word).filter(|word| **word & bit != 0)?;
        self.words.get(&key)
    }

    /// The concept of a word: as a whole, else by the longest beginning that the dictionary has.
    fn concept(&self, tongue: Tongue, word: &[char]) -> Option<u32> {
        let mut found = None;
        let mut hash = word_seed(tongue);
        for (index, letter) in word.iter().enumerate() {
            hash = step(hash, *letter);
            if index == 0 {
                continue;
            }
            if let Some(entry) = self.entry(finish(hash)) {
                if index + 1 == word.len() && entry.whole.is_some() {
                    return entry.whole;
                }
                found = entry.beginning.or(found);
            }
        }
        found
    }
}

/// What is wanted of a text's words.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// The first word behind the last dash or bar.
    tail_from: usize,
    /// Concepts and sounds beside stems.
    senses: bool,
}

const NUMBER_MASK: u32 = 0x0FFF_FFFF;

/// The text's alphabet; within Latin, Turkish and Azerbaijani are told by the declared language or by their letters.
fn tongue(scan: &scan::Scan, language: Option<&str>) -> Tongue {
    match scan.script {
        Script::Cyrillic => Tongue::Cyrillic,
        Script::Armenian => Tongue::Armenian,
        Script::Georgian => Tongue::Georgian,
        Script::Arabic => Tongue::Arabic,
        Script::Latin | Script::Greek => {
            let declared = language.is_some_and(|language| matches!(language.get(..2), Some("az" | "tr")));
            if declared || scan.turkic_letters { Tongue::Turkic } else { Tongue::Latin }
        }
        Script::Other => Tongue::Other,
    }
}

/// The tongue of one word within a text: a Latin name in a Russian text is no Russian word.
fn own_tongue(script: Script, text: Tongue) -> Tongue {
    match script {
        Script::Cyrillic => Tongue::Cyrillic,
        Script::Armenian => Tongue::Armenian,
        Script::Georgian => Tongue::Georgian,
        Script::Arabic => Tongue::Arabic,
        Script::Latin | Script::Greek => {
            if text == Tongue::Turkic {
                Tongue::Turkic
            } else {
                Tongue::Latin
            }
        }
        Script::Other => Tongue::Other,
    }
}

/// Titles In Capitals Tell Nothing Of Names.
fn capitals_tell(pieces: &[Piece]) -> bool {
    let capitals = pieces.iter().filter(|piece| piece.capital).count();
    capitals * 5 < pieces.len() * 3
}

/// Whether a title's tail is the name of a site: its last word is an ending of domains and stands directly behind a point.
fn is_domain(scan: &scan::Scan, tail: &[Piece]) -> bool {
    tail.len() >= 2
        && tail.last().is_some_and(|last| {
            let ending: String = scan.word(last).iter().collect();
            last.after_point
                && matches!(
                    ending.as_str(),
                    "ru" | "com"
                        | "net"
                        | "org"
                        | "am"
                        | "az"
                        | "ge"
                        | "ua"
                        | "info"
                        | "tv"
                        | "me"
                        | "uk"
                        | "kz"
                        | "by"
                        | "eu"
                        | "tr"
                        | "media"
                        | "news"
                        | "ру"
                )
        })
}

/// Bits of the filter, as a power of two: so many that a tenth of them or less are set.
const FILTER_BITS: u32 = 17;

/// Where the bit of a key stands in the filter.
#[inline]
fn filter_place(key: u64) -> (usize, u64) {
    let bit = key >> (u64::BITS - FILTER_BITS);
    (usize::try_from(bit >> 6).unwrap_or_default(), 1 << (bit & 63))
}

/// Hash of a word of the rules, after the fold that texts go through.
fn rule_hash(language: &str, word: &str) -> u64 {
    let tongue = Tongue::of_language(language);
    let scan = scan::pieces(word);
    let letters =
        scan.pieces.first().map(|piece| if tongue == Tongue::Turkic { scan.sounds(piece) } else { scan.word(piece) });
    word_hash(tongue, letters.unwrap_or_default())
}

/// Hash of a name, after the fold that texts go through.
fn name_hash(name: &str) -> u64 {
    let scan = scan::pieces(name);
    scan.name_hash(&scan.pieces)
}

/// Hash of a number as it is written in the rules: digits, a point before decimals.
fn number_hash(value: &str) -> u32 {
    hash32(value.chars())
}

fn word_seed(tongue: Tongue) -> u64 {
    step(SEED, char::from(b'0' + tongue as u8))
}

fn word_hash(tongue: Tongue, word: &[char]) -> u64 {
    finish(word.iter().fold(word_seed(tongue), |hash, letter| step(hash, *letter)))
}
