//! Titles and summaries to content words: sources and datelines off, function words left out, meanings looked up.

use super::hashing::hash32;
use super::phonetic_key::{PhoneticKey, Sounds};
use super::text_rules::{TextRules, name_hash};
use super::tokens::{self, Token, TokenKind, Tokens};
use super::wording::{Form, FormClass, Wording};
use super::words::{ConceptKind, LanguageGroup, Meaning, NUMBER_MASK, Stance, Word, word_hash};
use crate::text::script::Script;

/// The number of first letters that represent a word. Words cut after five letters match inflected forms as well as
/// stemmers do (Can et al. 2008, "Information retrieval on Turkish texts", JASIST 59(3): F5; McNamee and Mayfield 2004
/// for other languages).
const STEM_LETTERS: usize = 5;
/// The number of first letters that two forms of a word of the dictionary share.
const ROOT_LETTERS: usize = 4;
/// The most words after the last dash or bar of a title that may name its source.
const TAIL_WORDS: usize = 5;
/// The number of words at the start of a title in which its speaker is searched.
const SPEAKER_WORDS: usize = 5;
/// The most words before a colon that name the speaker or the rubric.
const RUBRIC_WORDS: usize = 3;
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
    /// All words in order, those without content as well; of titles only.
    pub(super) wording: Wording,
    /// Which of them are roles: `minister`.
    pub(super) roles: Vec<usize>,
    /// How it is said.
    pub(super) stance: Stance,
    /// A word says that a count has changed: `rises`, `выросло`.
    pub(super) count_changes: bool,
    /// The hash of the source that the text names after its title or in its dateline.
    pub(super) source: Option<u32>,
}

impl TextRules {
    /// Returns the numbers of the countries, peoples and regions of the dictionary that a title names.
    pub(crate) fn places(&self, title: &str, language: Option<&str>, outlet: &str) -> Vec<u32> {
        let words = self.title(title, language, outlet).words;
        let place = |word: &Word| match word.meaning {
            Meaning::Concept(id) if ConceptKind::of(id) == ConceptKind::Place => Some(id),
            _ => None,
        };
        let mut places: Vec<u32> = words.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

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
        tail_from = tail_from.min(self.speaker(&scan, tokens, group));
        let mut read = self.words(&scan, tokens, group, Wanted { tail_from, meanings: true });
        read.wording.head = self.said_by(&scan, tokens, group);
        read.wording.unname_speakers(&read.roles);
        Analysis { group: Some(group), capitals_tell: capitals_tell(tokens), source, ..read }
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
        let read = self.words(&scan, tokens, group, Wanted { tail_from: usize::MAX, meanings });
        Analysis {
            words: read.words,
            group: Some(group),
            capitals_tell: capitals_tell(tokens),
            source,
            ..Analysis::default()
        }
    }

    /// Returns the position of the words at the end of a title that name the speaker: `…, Lavrov says`.
    fn speaker(&self, scan: &Tokens, tokens: &[Token], group: LanguageGroup) -> usize {
        let comma = tokens.iter().rposition(|token| token.after_comma).filter(|start| *start >= 3);
        let is_speaker = |start: &usize| {
            let run = tokens.get(*start..).unwrap_or_default();
            let says = run.last().is_some_and(|last| self.says(scan, last, group));
            says && run.len() <= TAIL_WORDS && run.iter().all(|token| token.kind == TokenKind::Word)
        };
        comma.filter(is_speaker).unwrap_or(tokens.len())
    }

    /// Returns the number of words at the start of a title that name the speaker or the rubric: `Kremlin says …`,
    /// `Opinion: …`.
    fn said_by(&self, scan: &Tokens, tokens: &[Token], group: LanguageGroup) -> usize {
        let start = tokens.get(..SPEAKER_WORDS.min(tokens.len())).unwrap_or_default();
        let colon = start.iter().position(|token| token.after_colon).filter(|head| *head <= RUBRIC_WORDS);
        let says = start.iter().position(|token| self.says(scan, token, group));
        let says = says.map(|says| says + 1).filter(|head| *head >= 2);
        colon.or(says).filter(|head| head + 4 <= tokens.len()).unwrap_or(0)
    }

    fn says(&self, scan: &Tokens, token: &Token, group: LanguageGroup) -> bool {
        self.sense(group_of_word(token.script, group), scan.word(token)).1.has(Stance::STATEMENT)
    }

    /// Reads the words: those with content, and if meanings are wanted all of them in order, and how they are meant.
    fn words(&self, scan: &Tokens, tokens: &[Token], group: LanguageGroup, wanted: Wanted) -> Analysis {
        let shouted = tokens.iter().filter(|token| token.capitals).count() * 2 >= tokens.len();
        let telling = capitals_tell(tokens);
        let mut read = Analysis { words: Vec::with_capacity(tokens.len()), ..Analysis::default() };
        let mut after_to = false;
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
            let of_number = |hash: u32| Form::new(FormClass::Number, hash, hash >> 8, false);
            if token.kind == TokenKind::Number {
                let hash = hash32(word.iter().copied());
                read.words.push(number(hash));
                read.wording.forms.push(of_number(hash));
                after_to = false;
                continue;
            }
            let own = group_of_word(token.script, group);
            // Turkish and Azerbaijani distinguish words by marks that folding removes: `oldu` was, `öldü` died.
            let letters = if own == LanguageGroup::Turkic { scan.sounds(token) } else { word };
            let whole = word_hash(own, letters);
            // `US`, `WHO` and `IT` are not pronouns, unless the whole text is in capitals.
            let acronym = token.capitals && word.len() <= ACRONYM_LETTERS && !shouted;
            let entry = self.entry(whole);
            let is_function = entry.is_some_and(|entry| entry.function) && !acronym;
            let beginning = |word: &[char], letters: usize| hash32(word.iter().take(letters).copied());
            let stem = beginning(self.without_preverb(own, word), STEM_LETTERS);
            if !wanted.meanings {
                match entry.and_then(|entry| entry.number) {
                    _ if is_function => {}
                    Some(hash) => read.words.push(number(hash)),
                    None => {
                        read.words.push(Word { stem, meaning: Meaning::None, name: false, tail, acronym: false });
                    }
                }
                continue;
            }
            let (concept, stance) = self.sense(own, letters);
            let caseless = matches!(token.script, Script::Georgian | Script::Arabic | Script::Other);
            let name = caseless || acronym || (token.capital && (!token.opens || !telling));
            let kind = concept.map(ConceptKind::of);
            let turns = stance.of(Stance::TURNS);
            let form = u32::try_from(whole >> 40).unwrap_or_default();
            // Another form of a word keeps its first letters, another word of the same meaning does not.
            let root = beginning(word, ROOT_LETTERS);
            let is_place = kind == Some(ConceptKind::Place);
            let may_name = (token.capital || acronym) && telling && !is_function;
            let of_form = |class, sense| Form::new(class, sense, form, may_name);
            let of_root = |class, sense| Form::new(class, sense, root, may_name);
            read.stance = read.stance.with(if tail { turns } else { stance });
            if kind == Some(ConceptKind::Role) && !acronym {
                read.roles.push(index);
            }
            read.count_changes |= entry.is_some_and(|entry| entry.changes_count);
            if entry.is_some_and(|entry| entry.opens_infinitive) {
                after_to = true;
                read.wording.forms.push(of_form(FormClass::Function, form));
                continue;
            }
            if std::mem::take(&mut after_to) && !is_function && !name && !is_place && telling {
                // `To` before what looks like a verb.
                read.stance = read.stance.with(Stance::PLAN);
                if let Some(to) = read.wording.forms.last_mut() {
                    *to = Form::new(FormClass::Stance, u32::from(Stance::PLAN.bits()), 0, false);
                }
            }
            read.wording.forms.push(match kind {
                _ if !turns.is_empty() && !is_place => of_root(FormClass::Stance, u32::from(turns.bits())),
                _ if stance.has(Stance::DIRECTION) => of_form(FormClass::Direction, form),
                _ if stance.has(Stance::STATEMENT) => of_form(FormClass::Statement, form),
                _ if is_function => of_form(FormClass::Function, form),
                _ if entry.is_some_and(|entry| entry.number.is_some()) => {
                    of_number(entry.and_then(|entry| entry.number).unwrap_or_default())
                }
                Some(ConceptKind::Event) => of_root(FormClass::Event, concept.unwrap_or_default()),
                Some(ConceptKind::Place) => of_root(FormClass::Place, concept.unwrap_or_default()),
                Some(_) => of_root(FormClass::Plain, concept.unwrap_or_default()),
                // The start of a word is all of it: endings change, and a chance match of two names would be one too many.
                None => {
                    let stem = beginning(word, STEM_LETTERS);
                    Form::new(FormClass::Plain, stem, stem >> 12, may_name)
                }
            });
            if is_function {
                continue;
            }
            if let Some(hash) = entry.and_then(|entry| entry.number) {
                read.words.push(number(hash));
                continue;
            }
            let meaning = concept.map_or_else(
                || {
                    let sounds = if own == LanguageGroup::Turkic { Sounds::Turkic } else { Sounds::English };
                    let key = PhoneticKey::of(scan.sounds(token), sounds);
                    if key.len() >= 3 { Meaning::Sound(key.bits()) } else { Meaning::None }
                },
                Meaning::Concept,
            );
            read.words.push(Word { stem, meaning, name, tail, acronym });
        }
        read.wording.body = wanted.tail_from.min(read.wording.forms.len());
        read
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
