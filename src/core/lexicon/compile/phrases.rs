//! From a phrase of the lexicon to its paradigms, and into the matcher.

use xxhash_rust::xxh3::xxh3_64;

use super::compiler::{Compiler, FIXED, Location, WILD};
use crate::lexicon::fold::{CharTable, DELETED, PREFIX_CHARS, WORD, finish, hash_chars};
use crate::lexicon::matcher::{Capitals, Output, PhraseEnding};

/// The most words of a phrase.
const MAX_WORDS: usize = 12;

/// A word of a phrase.
pub(super) struct PhraseWord<'a> {
    pub(super) text: &'a str,
    /// The class that it names after `~`.
    class: Option<&'a str>,
    is_wildcard: bool,
}

impl Compiler<'_> {
    pub(super) fn words_of(&mut self, location: Location, text: &str) -> Vec<String> {
        let words: Vec<String> = split_words(&self.chars, text).map(str::to_owned).collect();
        if words.is_empty() {
            self.error(location, no_letter(text));
        }
        words
    }

    /// Returns a class that a word names; warns if it has no row for the word.
    fn fitting_class(&mut self, location: Location, id: &str, word: &str) -> Option<u32> {
        let class = self.class(location, id)?;
        let fits = self.classes.get(class as usize).is_none_or(|class| class.fits(&self.sounds[class.language], word));
        if !fits {
            let message = format!("class `{id}` has no row for the end of `{word}`; only `{word}` itself will match");
            self.warn(location, message);
        }
        Some(class)
    }

    /// Returns the paradigm of a word in a class, and creates it at first use.
    pub(super) fn paradigm(&mut self, word: &str, class: u32, location: Location) -> u32 {
        let key = (xxh3_64(word.as_bytes()), class);
        if let Some(&paradigm) = self.paradigms.get(&key) {
            return paradigm;
        }
        self.folded.clear();
        self.chars.fold(word, &mut self.folded);
        let paradigm = self.builder.paradigm(self.folded.first().copied());
        let hash = finish(hash_chars(0, &self.folded));
        self.word_hashes.push(hash);
        self.paradigms.insert(key, paradigm);
        if class == WILD {
            if self.folded.len() < PREFIX_CHARS {
                let message =
                    format!("`{word}*` is too short; a wildcard needs at least {PREFIX_CHARS} letters before `*`");
                self.error(location, message);
            }
            let folded = std::mem::take(&mut self.folded);
            // Two wildcards that differ in letter case only are one.
            let same = self.builder.wildcard(&folded, paradigm);
            self.folded = folded;
            self.paradigms.insert(key, same);
            return same;
        }
        self.builder.form(hash, paradigm);
        let number = class;
        if let Some(class) = self.classes.get(number as usize) {
            let sounds = &self.sounds[class.language];
            let builder = &mut self.builder;
            class.each_form(number, &self.chars, sounds, word, &mut self.scratch, |hash| builder.form(hash, paradigm));
        }
        paradigm
    }

    /// Returns the paradigms of a phrase and where its capitals are.
    ///
    /// `choose_class` returns the class of a word that names none; it learns whether the word is the last one.
    pub(super) fn phrase(
        &mut self,
        location: Location,
        text: &str,
        allow_wildcards: bool,
        choose_class: impl Fn(&Compiler<'_>, &str, bool) -> u32,
    ) -> Option<(Vec<u32>, Capitals)> {
        let mut paradigms = Vec::new();
        let mut capitals = Capitals::default();
        let words: Vec<PhraseWord<'_>> = phrase_words(&self.chars, text).collect();
        for (n, word) in words.iter().enumerate() {
            if word.is_wildcard && !allow_wildcards {
                let message =
                    format!("`{text}` is a wildcard; write the lemma of an entity's form, its class adds the endings");
                self.error(location, message);
                return None;
            }
            let class = match word.class {
                Some(class) => self.fitting_class(location, class, word.text)?,
                None if word.is_wildcard => WILD,
                None => choose_class(self, word.text, n + 1 == words.len()),
            };
            let bit = 1u16.checked_shl(paradigms.len() as u32).unwrap_or(0);
            let has_small = word.text.chars().any(char::is_lowercase);
            if word.text.chars().next().is_some_and(char::is_uppercase) {
                capitals.first |= bit;
                if !has_small && word.text.chars().filter(|c| c.is_alphabetic()).count() > 1 {
                    capitals.all |= bit;
                }
            } else {
                capitals.none |= bit;
            }
            paradigms.push(self.paradigm(word.text, class, location));
        }
        if paradigms.is_empty() {
            self.error(location, no_letter(text));
            return None;
        }
        if paradigms.len() > MAX_WORDS {
            self.error(location, format!("`{text}` has more than {MAX_WORDS} words; shorten it"));
            return None;
        }
        Some((paradigms, capitals))
    }

    /// Adds a phrase that is not inflected, in any letter case unless it is written with capitals.
    pub(super) fn fixed_phrase(&mut self, location: Location, text: &str, output: Output) -> Option<()> {
        let (paradigms, mut capitals) = self.phrase(location, text, true, |_, _, _| FIXED)?;
        capitals.none = 0;
        self.put_phrase(&paradigms, PhraseEnding { output, capitals });
        Some(())
    }

    /// Adds a phrase of these paradigms to the matcher and to the version.
    pub(super) fn put_phrase(&mut self, paradigms: &[u32], ending: PhraseEnding) {
        let Capitals { first, all, none } = ending.capitals;
        let capitals = u64::from(first) | u64::from(all) << 16 | u64::from(none) << 32;
        let forms = paradigms.iter().map(|&paradigm| self.builder.forms_hash(paradigm));
        self.phrases.push((ending.output, phrase_key(std::iter::once(capitals).chain(forms))));
        self.builder.phrase(paradigms, ending);
    }
}

fn no_letter(text: &str) -> String {
    format!("`{text}` folds to nothing; write at least one letter or digit")
}

/// Returns the words of a text of the lexicon, as the matcher sees them.
fn split_words<'c, 't>(chars: &'c CharTable, text: &'t str) -> impl Iterator<Item = &'t str> + use<'c, 't> {
    text.split(|c| chars.entry(c) & (WORD | DELETED) == 0).filter(|w| w.chars().any(|c| chars.entry(c) & WORD != 0))
}

/// Returns the words of a phrase of the lexicon, with the class or wildcard that each has.
pub(super) fn phrase_words<'c, 't>(
    chars: &'c CharTable,
    text: &'t str,
) -> impl Iterator<Item = PhraseWord<'t>> + use<'c, 't> {
    text.split_whitespace().flat_map(move |chunk| {
        let (body, class) = match chunk.split_once('~') {
            Some((body, class)) => (body, Some(class)),
            None => (chunk, None),
        };
        let before_star = body.strip_suffix('*');
        let mut words = split_words(chars, before_star.unwrap_or(body)).peekable();
        std::iter::from_fn(move || {
            let text = words.next()?;
            let is_last = words.peek().is_none();
            let is_wildcard = before_star.is_some() && is_last;
            Some(PhraseWord { text, class: class.filter(|_| is_last), is_wildcard })
        })
    })
}

/// Combines the hashes of the words of a phrase, in their order.
pub(super) fn phrase_key(hashes: impl Iterator<Item = u64>) -> u64 {
    hashes.fold(0, |key: u64, hash| finish(key.rotate_left(1) ^ hash))
}
