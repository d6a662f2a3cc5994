//! Titles and summaries to content words: sources and datelines off, function words left out, meanings looked up.

use super::hashing::hash32;
use super::phonetic_key::{PhoneticKey, Sounds};
use super::text_rules::{TextRules, name_hash};
use super::tokens::{self, Token, TokenKind, Tokens};
use super::words::{LanguageGroup, Meaning, NUMBER_MASK, Word, word_hash};
use crate::text::script::Script;

/// The number of first letters that represent a word. Words cut after five letters match inflected forms as well as
/// stemmers do (Can et al. 2008, "Information retrieval on Turkish texts", JASIST 59(3): F5; McNamee and Mayfield 2004
/// for other languages).
const STEM_LETTERS: usize = 5;
/// The most words after the last dash or bar of a title that may name its source.
const TAIL_WORDS: usize = 5;
/// The number of words at the start of a summary in which a dateline is searched.
const DATELINE_WORDS: usize = 9;
/// The longest word in capitals that is taken for an acronym.
const ACRONYM_LETTERS: usize = 5;

/// A text after analysis.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    pub(super) words: Vec<Word>,
    pub(super) group: Option<LanguageGroup>,
    /// Capitals mark names: the text is neither all capitals nor A Title Like This, and its script has them.
    pub(super) capitals_tell: bool,
    /// A word says that a count has changed: `rises`, `выросло`.
    pub(super) count_changes: bool,
    /// The hash of the source that the text names after its title or in its dateline.
    pub(super) source: Option<u32>,
}

impl TextRules {
    /// Returns the content words of a title, without the name of its source after a dash or bar.
    pub(super) fn title(&self, text: &str, language: Option<&str>, outlet: &str) -> Analysis {
        let scan = tokens::of_text(text);
        let group = group_of(&scan, language);
        let mut tokens = scan.list.as_slice();
        let mut tail_from = tokens.len();
        let mut source = None;
        // "Title - Site - Agency" has two.
        for _ in 0..2 {
            let Some(start) = tokens.iter().rposition(|token| token.after_bar).filter(|start| *start >= 2) else {
                break;
            };
            let tail = tokens.get(start..).unwrap_or_default();
            if tail.len() > TAIL_WORDS || tail.iter().any(|token| token.kind == TokenKind::Number) {
                break;
            }
            let name = scan.name_hash(tail);
            let known = self.source(name);
            if known.is_some() || name == name_hash(outlet) || is_domain(&scan, tail) {
                source = source.or(known);
                tokens = tokens.get(..start).unwrap_or_default();
                tail_from = tokens.len();
            } else {
                if start >= 4 {
                    tail_from = start;
                }
                break;
            }
        }
        let capitals_tell = capitals_tell(tokens);
        let (words, count_changes) = self.words(&scan, tokens, group, Wanted { tail_from, meanings: true });
        Analysis { words, group: Some(group), capitals_tell, count_changes, source }
    }

    /// Returns the content words of the start of a summary, without its dateline; their meanings are looked up on
    /// request.
    pub(super) fn summary(&self, text: &str, language: Option<&str>, meanings: bool) -> Analysis {
        let scan = tokens::of_beginning(text);
        let group = group_of(&scan, language);
        let mut tokens = scan.list.as_slice();
        let mut source = None;
        let head = tokens.len().min(DATELINE_WORDS);
        for start in 0..head {
            for length in [2, 1] {
                let name = tokens.get(start..start + length).map(|run| scan.name_hash(run));
                if let Some(found) = name.and_then(|name| self.source(name)) {
                    source = Some(found);
                    tokens = tokens.get(start + length..).unwrap_or_default();
                    break;
                }
            }
            if source.is_some() {
                break;
            }
        }
        let (words, _) = self.words(&scan, tokens, group, Wanted { tail_from: usize::MAX, meanings });
        Analysis { words, group: Some(group), capitals_tell: capitals_tell(tokens), count_changes: false, source }
    }

    /// Returns the content words, and whether one of them says that a count has changed.
    fn words(&self, scan: &Tokens, tokens: &[Token], group: LanguageGroup, wanted: Wanted) -> (Vec<Word>, bool) {
        let shouted = tokens.iter().filter(|token| token.capitals).count() * 2 >= tokens.len();
        let telling = capitals_tell(tokens);
        let mut words = Vec::with_capacity(tokens.len());
        let mut count_changes = false;
        for (index, token) in tokens.iter().enumerate() {
            let word = scan.word(token);
            let tail = index >= wanted.tail_from;
            let number = |hash: u32| Word {
                stem: hash,
                meaning: Meaning::Number(hash & NUMBER_MASK),
                name: false,
                tail,
                acronym: false,
            };
            if token.kind == TokenKind::Number {
                let hash = hash32(word.iter().copied());
                words.push(number(hash));
                continue;
            }
            let own = group_of_word(token.script, group);
            // Turkish and Azerbaijani distinguish words by marks that folding removes: `oldu` was, `öldü` died.
            let letters = if own == LanguageGroup::Turkic { scan.sounds(token) } else { word };
            let whole = word_hash(own, letters);
            // `US`, `WHO` and `IT` are not pronouns, unless the whole text is in capitals.
            let acronym = token.capitals && word.len() <= ACRONYM_LETTERS && !shouted;
            if let Some(entry) = self.entry(whole) {
                count_changes |= entry.changes_count;
                if entry.function && !acronym {
                    continue;
                }
                if let Some(hash) = entry.number {
                    words.push(number(hash));
                    continue;
                }
            }
            let stem = word.get(..STEM_LETTERS.min(word.len())).unwrap_or(word);
            let stem = hash32(stem.iter().copied());
            if !wanted.meanings {
                words.push(Word { stem, meaning: Meaning::None, name: false, tail, acronym: false });
                continue;
            }
            let caseless = matches!(token.script, Script::Georgian | Script::Arabic | Script::Other);
            let name = caseless || acronym || (token.capital && (!token.opens || !telling));
            let meaning = self.concept(own, letters).map_or_else(
                || {
                    let sounds = if own == LanguageGroup::Turkic { Sounds::Turkic } else { Sounds::English };
                    let key = PhoneticKey::of(scan.sounds(token), sounds);
                    if key.len() >= 3 { Meaning::Sound(key.bits()) } else { Meaning::None }
                },
                Meaning::Concept,
            );
            words.push(Word { stem, meaning, name, tail, acronym });
        }
        (words, count_changes)
    }
}

/// What to find out about the words of a text.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    /// The first word after the last dash or bar.
    tail_from: usize,
    /// Whether to look up concepts and sounds as well as stems.
    meanings: bool,
}

/// Returns the group of a text; within Latin, Turkish and Azerbaijani are recognised by the declared language or by
/// their letters.
fn group_of(scan: &Tokens, language: Option<&str>) -> LanguageGroup {
    match scan.script {
        Script::Cyrillic => LanguageGroup::Cyrillic,
        Script::Armenian => LanguageGroup::Armenian,
        Script::Georgian => LanguageGroup::Georgian,
        Script::Arabic => LanguageGroup::Arabic,
        Script::Latin | Script::Greek => {
            let declared = language.is_some_and(|language| matches!(language.get(..2), Some("az" | "tr")));
            if declared || scan.turkic_letters { LanguageGroup::Turkic } else { LanguageGroup::Latin }
        }
        Script::Other => LanguageGroup::Other,
    }
}

/// Returns the group of one word within a text: a Latin name in a Russian text is not a Russian word.
fn group_of_word(script: Script, text: LanguageGroup) -> LanguageGroup {
    match script {
        Script::Cyrillic => LanguageGroup::Cyrillic,
        Script::Armenian => LanguageGroup::Armenian,
        Script::Georgian => LanguageGroup::Georgian,
        Script::Arabic => LanguageGroup::Arabic,
        Script::Latin | Script::Greek => {
            if text == LanguageGroup::Turkic {
                LanguageGroup::Turkic
            } else {
                LanguageGroup::Latin
            }
        }
        Script::Other => LanguageGroup::Other,
    }
}

/// Returns whether capitals mark names: not in Titles Like This.
fn capitals_tell(tokens: &[Token]) -> bool {
    let capitals = tokens.iter().filter(|token| token.capital).count();
    capitals * 5 < tokens.len() * 3
}

/// Returns whether a title's tail is the name of a site: its last word is a top-level domain directly after a point.
fn is_domain(scan: &Tokens, tail: &[Token]) -> bool {
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
