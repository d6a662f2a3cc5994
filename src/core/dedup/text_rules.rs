//! The rules of `config/dedup/text.toml` and `config/dedup/concepts.toml`: words with a special role, and their
//! meanings.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use super::hashing::{Spread, finish, hash32, step};
use super::tokens;
use super::url::RulesError;
use super::words::{ConceptKind, LanguageGroup, Stance, concept_number, number_hash, word_hash, word_seed};

/// Words with a special role when texts are compared; see `config/dedup/text.toml` and `config/dedup/concepts.toml`.
#[derive(Debug)]
pub struct TextRules {
    /// From the names of sources, folded and hashed, to the hash of the source's id.
    sources: HashMap<u64, u32, Spread>,
    /// Words and prefixes of words, hashed with their group.
    words: HashMap<u64, Entry, Spread>,
    /// Ends of words that say how the word is meant, with their groups: `-madı` is a negation.
    endings: Vec<(LanguageGroup, Vec<char>, Stance)>,
    /// Beginnings that change the aspect of a verb and not what it is about, the longest first: `და-`.
    preverbs: Vec<(LanguageGroup, Vec<char>)>,
    /// One bit for the highest bits of each key of `words`, since most words and prefixes of a text are in no rule.
    filter: Vec<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    /// It has no content.
    pub(super) function: bool,
    /// It says that a count has changed.
    pub(super) changes_count: bool,
    /// A verb after it is what shall be: `to`.
    pub(super) opens_infinitive: bool,
    /// The hash of the number that the word is.
    pub(super) number: Option<u32>,
    /// [`Stance`] of the whole word, and of all words with this prefix.
    stance: Stance,
    stance_of_prefix: Stance,
    /// The concept of the whole word.
    whole: Option<u32>,
    /// The concept of all words with this prefix.
    beginning: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextFile {
    function_words: BTreeMap<String, String>,
    count_changes: BTreeMap<String, String>,
    numbers: BTreeMap<String, String>,
    sources: BTreeMap<String, Vec<String>>,
    stances: BTreeMap<String, BTreeMap<String, String>>,
    infinitives: BTreeMap<String, String>,
    preverbs: BTreeMap<String, String>,
    agencies: Agencies,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Agencies {
    ids: String,
}

/// Words by kind, id and language; one with `*` matches every word with this prefix.
type ConceptFile = BTreeMap<ConceptKind, BTreeMap<String, BTreeMap<String, String>>>;

impl TextRules {
    /// Reads rules from the texts of two files in the form of `config/dedup/text.toml` and
    /// `config/dedup/concepts.toml`.
    ///
    /// # Errors
    /// Fails if a text is not such TOML, names an unknown language, or gives one word to two concepts.
    pub fn load(text: &str, concepts: &str) -> Result<TextRules, RulesError> {
        let file: TextFile = toml::from_str(text)?;
        let mut rules = TextRules {
            sources: HashMap::default(),
            words: HashMap::default(),
            endings: Vec::new(),
            preverbs: Vec::new(),
            filter: Vec::new(),
        };
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
        for (stance, languages) in &file.stances {
            let stance = Stance::named(stance)
                .ok_or_else(|| RulesError::Rule(format!("`stances.{stance}` is no stance: remove it")))?;
            for (language, words) in languages {
                words.split_whitespace().for_each(|word| rules.add_stance(language, word, stance));
            }
        }
        for (language, words) in &file.infinitives {
            for word in words.split_whitespace() {
                rules.words.entry(rule_hash(language, word)).or_default().opens_infinitive = true;
            }
        }
        for (language, beginnings) in &file.preverbs {
            let group = LanguageGroup::of_language(language);
            rules.preverbs.extend(beginnings.split_whitespace().map(|preverb| (group, preverb.chars().collect())));
        }
        rules.preverbs.sort_by_key(|(_, preverb)| std::cmp::Reverse(preverb.len()));
        for (value, words) in &file.numbers {
            let hash = number_hash(value);
            for word in words.split_whitespace() {
                for language in ["en", "ru", "hy", "ka", "tr", "fa"] {
                    rules.words.entry(rule_hash(language, word)).or_default().number = Some(hash);
                }
            }
        }
        let agencies: Vec<&str> = file.agencies.ids.split_whitespace().collect();
        if let Some(id) = agencies.iter().find(|id| !file.sources.contains_key(**id)) {
            return Err(RulesError::Rule(format!(
                "`agencies.ids`: `{id}` is no source: add it to `[sources]` or remove it"
            )));
        }
        for (id, names) in &file.sources {
            for name in names {
                let is_agency = if agencies.contains(&id.as_str()) { IS_AGENCY } else { 0 };
                rules.sources.insert(name_hash(name), hash32(id.chars()) & !IS_AGENCY | is_agency);
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

    /// Returns the rules that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<TextRules, RulesError> {
        TextRules::load(
            include_str!("../../../config/dedup/text.toml"),
            include_str!("../../../config/dedup/concepts.toml"),
        )
    }

    fn add_stance(&mut self, language: &str, word: &str, stance: Stance) {
        if let Some(ending) = word.strip_prefix('*') {
            let group = LanguageGroup::of_language(language);
            self.endings.push((group, ending.chars().collect(), stance));
            return;
        }
        let letters = word.strip_suffix('*');
        let entry = self.words.entry(rule_hash(language, letters.unwrap_or(word))).or_default();
        entry.stance = entry.stance.with(stance);
        if letters.is_some() {
            entry.stance_of_prefix = entry.stance_of_prefix.with(stance);
        }
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
                                "`{word}` ({language}) is in both concept `{owner}` and concept `{id}`: keep one"
                            )));
                        }
                        let entry = self.words.entry(hash).or_default();
                        if beginning {
                            entry.beginning = Some(number);
                            // A prefix that is a whole word means the same, unless another concept has that word.
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

    /// Returns the hash of the source with this name.
    pub(super) fn source(&self, name: u64) -> Option<u32> {
        self.sources.get(&name).copied()
    }

    /// Returns the agency or paper that an outlet is, as [`Fingerprint::source`](super::Fingerprint::source) names
    /// them.
    pub fn agency(&self, outlet: &str) -> Option<u32> {
        self.source(name_hash(outlet))
    }

    /// Returns what the rules say about a word.
    #[inline]
    pub(super) fn entry(&self, key: u64) -> Option<&Entry> {
        let (word, bit) = filter_place(key);
        self.filter.get(word).filter(|word| **word & bit != 0)?;
        self.words.get(&key)
    }

    /// Returns the concept of a word, that of the whole word or else of its longest prefix in the dictionary, and its
    /// stance.
    pub(super) fn sense(&self, group: LanguageGroup, word: &[char]) -> (Option<u32>, Stance) {
        let (mut found, mut stance) = (None, self.stance_of_ending(group, word));
        let mut hash = word_seed(group);
        for (index, letter) in word.iter().enumerate() {
            hash = step(hash, *letter);
            if index == 0 {
                continue;
            }
            if let Some(entry) = self.entry(finish(hash)) {
                let is_whole = index + 1 == word.len();
                stance = stance.with(if is_whole { entry.stance } else { entry.stance_of_prefix });
                found = entry.whole.filter(|_| is_whole).or(entry.beginning).or(found);
            }
        }
        (found, stance)
    }

    /// Returns a word without its preverb.
    pub(super) fn without_preverb<'w>(&self, group: LanguageGroup, word: &'w [char]) -> &'w [char] {
        let rest = |(own, preverb): &(LanguageGroup, Vec<char>)| {
            let rest = word.strip_prefix(preverb.as_slice()).filter(|_| *own == group)?;
            (rest.len() >= AFTER_PREVERB).then_some(rest)
        };
        self.preverbs.iter().find_map(rest).unwrap_or(word)
    }

    fn stance_of_ending(&self, group: LanguageGroup, word: &[char]) -> Stance {
        let of_group = self.endings.iter().filter(|(own, ..)| *own == group);
        let found = of_group.filter(|(_, ending, _)| word.len() >= ending.len() + ENDED && word.ends_with(ending));
        found.fold(Stance::default(), |stance, (.., ending)| stance.with(*ending))
    }
}

/// The bit of a source's hash that says that it is an agency.
const IS_AGENCY: u32 = 1;

/// Returns whether two sources are agencies, and not the same: each writes its own reports.
pub(super) fn are_rivals(a: Option<u32>, b: Option<u32>) -> bool {
    a.zip(b).is_some_and(|(a, b)| a != b && a & b & IS_AGENCY != 0)
}

/// The least letters before an ending that says how a word is meant.
const ENDED: usize = 2;

/// The least letters after a preverb.
const AFTER_PREVERB: usize = 5;

/// The number of bits of the filter, as a power of two: at most a tenth of them are set.
const FILTER_BITS: u32 = 17;

/// Returns the position of a key's bit in the filter.
#[inline]
fn filter_place(key: u64) -> (usize, u64) {
    let bit = key >> (u64::BITS - FILTER_BITS);
    (usize::try_from(bit >> 6).unwrap_or_default(), 1 << (bit & 63))
}

/// Returns the hash of a word of the rules, folded as texts are.
fn rule_hash(language: &str, word: &str) -> u64 {
    let group = LanguageGroup::of_language(language);
    let scan = tokens::of_text(word);
    let letters = scan
        .list
        .first()
        .map(|token| if group == LanguageGroup::Turkic { scan.sounds(token) } else { scan.word(token) });
    word_hash(group, letters.unwrap_or_default())
}

/// Returns the hash of a name, folded as texts are.
pub(super) fn name_hash(name: &str) -> u64 {
    let scan = tokens::of_text(name);
    scan.name_hash(&scan.list)
}
