//! The words of a field as the parser reads them: what separates them, what the grammar says of each, and which of them
//! are names.

use super::super::disambiguate::{Mention, Mentions};
use super::super::scan::Hit;
use crate::lexicon::{CAPITAL, Grammar, Lexicon, NounCase, Output, WordClass};

/// What is between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    Space,
    Hyphen,
    Apostrophe,
    /// A comma or a bracket.
    Comma,
    /// A dash between parts of a headline.
    Dash,
    Colon,
    /// The end of a sentence.
    Stop,
}

/// A word of the field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) hash: u64,
    pub(super) shape: u8,
    /// What is before it.
    pub(super) gap: Gap,
    /// Bits of [`WordClass`].
    pub(super) classes: u32,
    /// Number of the name that it is a part of.
    pub(super) name: Option<u16>,
    /// Whether it is in a quotation of several words.
    pub(super) is_quoted: bool,
}

impl Word {
    pub(super) fn is(&self, class: WordClass) -> bool {
        self.classes & class.bit() != 0
    }

    pub(super) fn is_any(&self, classes: &[WordClass]) -> bool {
        classes.iter().any(|class| self.is(*class))
    }

    pub(super) fn is_capitalised(&self) -> bool {
        self.shape & CAPITAL != 0
    }

    /// Whether it is a word of grammar, and not one with a meaning of its own.
    pub(super) fn is_function_word(&self) -> bool {
        use WordClass::{
            Adjunct, Adverb, Agent, And, Auxiliary, Between, Clause, Determiner, Genitive, Object, Passive, Place,
            Question, Relative, Speech,
        };
        self.is_any(&[
            Adjunct, Adverb, Agent, And, Auxiliary, Between, Clause, Determiner, Genitive, Object, Passive, Place,
            Question, Relative, Speech,
        ])
    }

    pub(super) fn is_preposition(&self) -> bool {
        self.is_any(&[WordClass::Object, WordClass::Place, WordClass::Adjunct, WordClass::Agent])
    }
}

/// A name that the classifier found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'a> {
    pub(super) mention: &'a Mention,
    pub(super) first: usize,
    pub(super) end: usize,
    /// Number of the entity that acts, if any.
    pub(super) actor: Option<u32>,
}

/// A field, read.
pub(super) struct Text<'a> {
    pub(super) lexicon: &'a Lexicon,
    pub(super) text: &'a str,
    pub(super) language: usize,
    pub(super) grammar: &'a Grammar,
    pub(super) words: Vec<Word>,
    pub(super) names: Vec<Name<'a>>,
}

/// The most names of a field.
const MAX_NAMES: usize = 48;
/// The fewest words of a quotation. Fewer are a name or a word that the writer doubts.
const QUOTATION_WORDS: usize = 3;

impl<'a> Text<'a> {
    pub(super) fn new(
        lexicon: &'a Lexicon,
        mentions: &'a Mentions,
        field: u8,
        text: &'a str,
        language: usize,
        hits: &[Hit],
    ) -> Text<'a> {
        let mut words: Vec<Word> = Vec::new();
        let mut before = 0;
        lexicon.each_word(
            text,
            |_| {},
            |word| {
                let last = words.last().copied();
                let between = text.get(before..word.start as usize).unwrap_or_default();
                // `1,044 prisoners`
                let is_in_number = between == ","
                    && text.get(..before).is_some_and(|text| text.ends_with(|c: char| c.is_ascii_digit()));
                let gap = if is_in_number { Gap::Space } else { gap(between, last) };
                before = word.end as usize;
                let (name, is_quoted) = (None, false);
                let (start, end, hash, shape) = (word.start, word.end, word.hash, word.shape);
                words.push(Word { start, end, hash, shape, gap, classes: 0, name, is_quoted });
            },
        );
        for word in &mut words {
            let written = text.get(word.start as usize..word.end as usize).unwrap_or_default();
            if written.bytes().all(|byte| byte.is_ascii_digit()) {
                word.classes |= WordClass::Determiner.bit();
            }
        }
        for hit in hits {
            if let Output::Grammar(of, class) = hit.output
                && usize::from(of) == language
            {
                for word in words.get_mut(hit.first_word as usize..hit.end_word as usize).into_iter().flatten() {
                    word.classes |= class.bit();
                }
            }
        }
        let mut names: Vec<Name<'a>> = Vec::new();
        for mention in mentions.all.iter().filter(|m| m.hit.field == field) {
            let (first, end) = (mention.hit.first_word as usize, mention.hit.end_word as usize);
            if end > words.len() || names.len() == MAX_NAMES || names.last().is_some_and(|name| name.end > first) {
                continue;
            }
            for word in &mut words[first..end] {
                word.name = Some(names.len() as u16);
            }
            names.push(Name { mention, first, end, actor: lexicon.entity_at(mention.entity).actor });
        }
        let mut read = Text { lexicon, text, language, grammar: lexicon.grammar(language), words, names };
        read.mark_quotations();
        read
    }

    /// Returns the name that a word is a part of.
    pub(super) fn name_at(&self, word: usize) -> Option<&Name<'a>> {
        self.names.get(usize::from(self.words.get(word)?.name?))
    }

    pub(super) fn word_text(&self, word: usize) -> &'a str {
        let word = &self.words[word];
        self.text.get(word.start as usize..word.end as usize).unwrap_or_default()
    }

    /// Whether word `at` is the possessive ending `'s`.
    pub(super) fn is_possessive(&self, at: usize) -> bool {
        self.words.get(at).is_some_and(|word| word.gap == Gap::Apostrophe) && self.word_text(at) == "s"
    }

    /// Whether a word ends as verbs do.
    pub(super) fn has_verb_ending(&self, at: usize) -> bool {
        let text = self.word_text(at);
        self.grammar.verb_endings.iter().any(|ending| text.len() > ending.len() + 1 && text.ends_with(ending.as_str()))
    }

    /// Returns the case that the ending of a word shows; an ending after an apostrophe is that of the word before it.
    pub(super) fn case(&self, at: usize) -> NounCase {
        let text = match self.words.get(at + 1) {
            Some(next) if next.gap == Gap::Apostrophe => {
                self.text.get(self.words[at].start as usize..next.end as usize).unwrap_or_default()
            }
            _ => self.word_text(at),
        };
        let lower = text.to_lowercase().replace('’', "'");
        let fits = |ending: &str| lower.len() > ending.len() && lower.ends_with(ending) || lower == ending;
        let found = self.grammar.cases.iter().find(|(ending, _)| fits(ending));
        found.map_or(NounCase::Nominative, |(_, case)| *case)
    }

    fn mark_quotations(&mut self) {
        let mut open: Option<(usize, char)> = None;
        let mut spans: Vec<(u32, u32)> = Vec::new();
        let mut before = ' ';
        let mut chars = self.text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map_or(' ', |(_, c)| *c);
            let closes = match open {
                Some((_, '“' | '„')) => matches!(c, '”' | '“'),
                Some((_, '«')) => c == '»',
                Some((_, '"')) => c == '"',
                Some((_, '‘')) => c == '’' && !next.is_alphanumeric(),
                Some((_, '\'')) => c == '\'' && !next.is_alphanumeric(),
                _ => false,
            };
            if closes {
                spans.extend(open.take().map(|(from, _)| (from as u32, at as u32)));
            } else if open.is_none()
                && (matches!(c, '“' | '„' | '«' | '"') || matches!(c, '‘' | '\'') && !before.is_alphanumeric())
            {
                open = Some((at, c));
            }
            before = c;
        }
        for (from, to) in spans {
            let inside = |word: &&mut Word| word.start >= from && word.end <= to;
            if self.words.iter().filter(|w| w.start >= from && w.end <= to).count() >= QUOTATION_WORDS {
                self.words.iter_mut().filter(inside).for_each(|word| word.is_quoted = true);
            }
        }
    }
}

/// Returns what the characters between two words are.
fn gap(between: &str, last: Option<Word>) -> Gap {
    if between == " " {
        return Gap::Space;
    }
    let trimmed = between.trim();
    let has_space = between.contains(char::is_whitespace);
    let mut found = Gap::Space;
    for c in between.chars() {
        let one = match c {
            '!' | '?' | ';' | '|' | '…' | '։' | '\n' => Gap::Stop,
            '.' if has_space => {
                // The point of an abbreviation, such as `U.S.`, ends no sentence.
                let is_short = last.is_none_or(|last| last.end - last.start <= 2 && last.is_capitalised());
                if is_short && trimmed == "." { Gap::Space } else { Gap::Stop }
            }
            ':' | '՝' | '՟' if has_space => Gap::Colon,
            '—' | '–' | '―' if has_space => Gap::Dash,
            '-' if has_space && trimmed.chars().all(|c| c == '-') => Gap::Dash,
            '-' | '‑' | '‐' | '–' | '—' | '/' => Gap::Hyphen,
            ',' | '(' | ')' | '[' | ']' => Gap::Comma,
            '\'' | '’' | 'ʼ' if !has_space && between.chars().count() == 1 => Gap::Apostrophe,
            _ => Gap::Space,
        };
        found = found.max(one);
    }
    found
}
