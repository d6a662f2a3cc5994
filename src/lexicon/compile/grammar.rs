//! Languages, endings, inflection classes and guesses; from a phrase of the lexicon to its paradigms.

use std::borrow::Cow;

use super::*;

impl Compiler<'_> {
    pub(super) fn languages(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut all = Vec::new();
        for (file, table) in tables.iter_mut() {
            for (id, language) in std::mem::take(&mut table.language) {
                all.push((*file, id, language));
            }
        }
        for (file, id, language) in all {
            let place = Place { file, offset: language.span().start };
            let language = language.into_inner();
            if self.languages.iter().any(|l| l.id == id) {
                self.fault(place, format!("language `{id}` stands twice"));
                continue;
            }
            if self.languages.len() == 16 {
                self.fault(place, "more than 16 languages");
                continue;
            }
            let script = match language.script.parse::<Script>() {
                Ok(script) => script,
                Err(message) => {
                    self.fault(place, format!("language `{id}`: {message}"));
                    continue;
                }
            };
            let mut sounds = Sounds { vowels: language.vowels.chars().collect(), ..Sounds::default() };
            for (name, rows) in &language.harmony {
                let Some(variable) = single(name) else {
                    self.fault(place, format!("variable `{name}` is not one capital letter"));
                    continue;
                };
                let pairs = rows
                    .iter()
                    .flat_map(|(vowels, value)| {
                        value.chars().take(1).flat_map(move |v| vowels.chars().map(move |c| (c, v)))
                    })
                    .collect();
                sounds.harmony.push((variable, pairs));
            }
            for (name, rows) in &language.final_ {
                let Some(variable) = single(name) else {
                    self.fault(place, format!("variable `{name}` is not one capital letter"));
                    continue;
                };
                let pairs =
                    rows.iter()
                        .flat_map(|(letters, value)| {
                            value.chars().take(1).flat_map(move |v| {
                                letters.chars().map(move |c| (if c == '*' { None } else { Some(c) }, v))
                            })
                        })
                        .collect();
                sounds.finals.push((variable, pairs));
            }
            let n = self.languages.len();
            for word in &language.words {
                let key = self.words_of(place, word);
                for word in key {
                    let paradigm = self.paradigm(&word, FIXED, place);
                    self.builder.marker(paradigm, n);
                    self.small_words.push((n, self.builder.forms_hash(paradigm)));
                }
            }
            self.languages.push(Language {
                id,
                script,
                letters: language.letters,
                capital: language.capital,
                also: language.also,
                also_mask: 0,
            });
            self.sounds.push(sounds);
            self.guesses.push(Vec::new());
        }
        let ids: Vec<String> = self.languages.iter().map(|l| l.id.clone()).collect();
        for language in &mut self.languages {
            language.also_mask = ids
                .iter()
                .enumerate()
                .filter(|(_, id)| language.also.contains(id))
                .fold(0, |mask, (n, _)| mask | 1 << n);
        }
    }

    pub(super) fn classes(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, table) in tables.iter_mut() {
            lists.append(&mut table.endings);
        }
        let mut all = Vec::new();
        for (file, table) in tables.iter_mut() {
            for (id, class) in std::mem::take(&mut table.class) {
                all.push((*file, id, class));
            }
        }
        for (file, id, class) in all {
            let place = Place { file, offset: class.span().start };
            let class = class.into_inner();
            let Some(language) = self.language(place, &class.language) else { continue };
            if self.class_ids.contains_key(&id) || id == "fixed" {
                self.fault(place, format!("class `{id}` stands twice"));
                continue;
            }
            let mut rows = Vec::new();
            for row in &class.row {
                match row_of(row, &self.sounds[language], &lists) {
                    Ok(row) => rows.push(row),
                    Err(message) => self.fault(place, format!("class `{id}`: {message}")),
                }
            }
            self.class_ids.insert(id.clone(), self.classes.len());
            self.classes.push(Class { id, language, rows });
        }
    }

    pub(super) fn guesses(&mut self, tables: &mut [(usize, FileTables)]) {
        for (file, guess) in take(tables, |t| std::mem::take(&mut t.guess)) {
            let place = Place { file, offset: guess.span().start };
            let GuessTable { language, sorts, kinds, ends, before_last, class } = guess.into_inner();
            let Some(n) = self.language(place, &language) else { continue };
            let Some(class) = self.class(place, &class) else { continue };
            self.guesses[n].push(Guess { sorts, kinds, ends, before_last, class: class as usize });
        }
    }

    pub(super) fn guess(&self, language: usize, sort: Sort, kind: Option<Kind>, word: &str, is_last: bool) -> u32 {
        // A class is told from the ending, which is small but in names that are all capitals.
        let has_capital = word.chars().skip(1).any(|c| self.chars.entry(c) & UPPER != 0);
        let lower = if has_capital { Cow::Owned(word.to_lowercase()) } else { Cow::Borrowed(word) };
        self.guesses[language]
            .iter()
            .find(|g| {
                (g.sorts.is_empty() || g.sorts.contains(&sort))
                    && (g.kinds.is_empty() || kind.is_some_and(|k| g.kinds.contains(&k)))
                    && !(g.before_last && is_last)
                    && (g.ends.is_empty() || g.ends.iter().any(|end| lower.ends_with(end.as_str())))
            })
            .map_or(FIXED, |g| if g.class == FIXED as usize { FIXED } else { g.class as u32 })
    }

    pub(super) fn language(&mut self, place: Place, id: &str) -> Option<usize> {
        let found = self.languages.iter().position(|l| l.id == id);
        if found.is_none() {
            self.fault(place, format!("there is no [language.{id}]"));
        }
        found
    }

    pub(super) fn words_of(&mut self, place: Place, text: &str) -> Vec<String> {
        let words: Vec<String> = split_words(&self.chars, text).map(str::to_owned).collect();
        if words.is_empty() {
            self.fault(place, format!("`{text}` folds to nothing: it has no letter"));
        }
        words
    }

    pub(super) fn class(&mut self, place: Place, id: &str) -> Option<u32> {
        if id == "fixed" {
            return Some(FIXED);
        }
        let found = self.class_ids.get(id).map(|&n| n as u32);
        if found.is_none() {
            self.fault(place, format!("there is no [class.{id}]"));
        }
        found
    }

    /// A class that the lexicon names; a doubt where it has no row for the word.
    pub(super) fn fitting_class(&mut self, place: Place, id: &str, word: &str) -> Option<u32> {
        let class = self.class(place, id)?;
        let fits = self.classes.get(class as usize).is_none_or(|c| c.fits(&self.sounds[c.language], word));
        if !fits {
            self.doubt(place, format!("class `{id}` makes no form of `{word}`: no row fits its ending"));
        }
        Some(class)
    }

    /// The paradigm of a word in a class; made on first use.
    pub(super) fn paradigm(&mut self, word: &str, class: u32, place: Place) -> u32 {
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
                self.fault(place, format!("`{word}*`: a wildcard needs at least {PREFIX_CHARS} letters before it"));
            }
            let folded = std::mem::take(&mut self.folded);
            // A second wildcard of the same letters in other case is the same wildcard.
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

    /// The paradigms of a phrase and where its capitals stand. `guess` says the class of a word that names none, told whether it is the last one.
    pub(super) fn phrase(
        &mut self,
        place: Place,
        text: &str,
        wildcards: bool,
        guess: impl Fn(&Compiler<'_>, &str, bool) -> u32,
    ) -> Option<(Vec<u32>, Capitals)> {
        let mut paradigms = Vec::new();
        let mut capitals = Capitals::default();
        let words: Vec<PhraseWord<'_>> = phrase_words(&self.chars, text).collect();
        for (n, word) in words.iter().enumerate() {
            if word.wild && !wildcards {
                self.fault(
                    place,
                    format!("`{text}`: an entity takes no wildcard; write the lemma and let a class make its forms"),
                );
                return None;
            }
            let class = match word.class {
                Some(class) => self.fitting_class(place, class, word.text)?,
                None if word.wild => WILD,
                None => guess(self, word.text, n + 1 == words.len()),
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
            paradigms.push(self.paradigm(word.text, class, place));
        }
        if paradigms.is_empty() {
            self.fault(place, format!("`{text}` folds to nothing: it has no letter"));
            return None;
        }
        if paradigms.len() > 12 {
            self.fault(place, format!("`{text}` has more than 12 words"));
            return None;
        }
        Some((paradigms, capitals))
    }
}

pub(super) fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|c| c.is_uppercase() && chars.next().is_none())
}

pub(super) fn row_of(row: &RowTable, sounds: &Sounds, lists: &BTreeMap<String, Vec<String>>) -> Result<Row, String> {
    let parse = |texts: &[String]| -> Result<Vec<Ending>, String> {
        let mut out = Vec::new();
        for text in texts {
            match text.strip_prefix('@') {
                Some(id) => {
                    let list = lists.get(id).ok_or_else(|| format!("[endings] has no `{id}`"))?;
                    for ending in list {
                        out.push(Ending::parse(ending, sounds)?);
                    }
                }
                None => out.push(Ending::parse(text, sounds)?),
            }
        }
        Ok(out)
    };
    let endings = Row::cross(&parse(&row.endings)?, &parse(&row.tails)?);
    let when = row.when.iter().map(|w| w.chars().collect()).collect();
    Ok(Row::new(when, row.strip.chars().collect(), row.add.chars().collect(), row.syncope, endings))
}

/// The words of a text of the lexicon, as the matcher sees them.
pub(super) fn split_words<'c, 't>(chars: &'c CharTable, text: &'t str) -> impl Iterator<Item = &'t str> + use<'c, 't> {
    text.split(|c| chars.entry(c) & (WORD | DELETED) == 0).filter(|w| w.chars().any(|c| chars.entry(c) & WORD != 0))
}

pub(super) fn phrase_words<'c, 't>(
    chars: &'c CharTable,
    text: &'t str,
) -> impl Iterator<Item = PhraseWord<'t>> + use<'c, 't> {
    text.split_whitespace().flat_map(move |chunk| {
        let (body, class) = match chunk.split_once('~') {
            Some((body, class)) => (body, Some(class)),
            None => (chunk, None),
        };
        let wild_body = body.strip_suffix('*');
        let mut words = split_words(chars, wild_body.unwrap_or(body)).peekable();
        std::iter::from_fn(move || {
            let text = words.next()?;
            let last = words.peek().is_none();
            Some(PhraseWord { text, class: class.filter(|_| last), wild: wild_body.is_some() && last })
        })
    })
}

/// The folded words of a form as one number, by their hashes.
pub(super) fn lemma_key(hashes: impl Iterator<Item = u64>) -> u64 {
    hashes.fold(0, |key: u64, hash| finish(key.rotate_left(1) ^ hash))
}
