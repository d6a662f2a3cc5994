//! Languages, inflection classes, and the rules that choose a class.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::compiler::{Compiler, FIXED, InflectionRule, Located, Location, take};
use crate::lexicon::entity::{EntityKind, FormKind, Language, Script};
use crate::lexicon::fold::UPPER;
use crate::lexicon::inflect::{Ending, InflectionClass, Row, Sounds};
use crate::lexicon::schema::{FileTables, InflectionRuleTable, LanguageTable, RowTable};

/// The most languages: sets of languages are masks of 16 bits.
const MAX_LANGUAGES: usize = u16::BITS as usize;

impl Compiler<'_> {
    pub(super) fn languages(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut all = Vec::new();
        for (file, table) in tables.iter_mut() {
            for (id, language) in std::mem::take(&mut table.language) {
                all.push((*file, id, language));
            }
        }
        for (file, id, language) in all {
            let location = Location::of(file, &language);
            let language = language.into_inner();
            if self.languages.iter().any(|known| known.id == id) {
                self.error(location, format!("language `{id}` is defined twice; write both into one table"));
                continue;
            }
            if self.languages.len() == MAX_LANGUAGES {
                self.error(
                    location,
                    format!("language `{id}` is one too many; remove one, {MAX_LANGUAGES} is the limit"),
                );
                continue;
            }
            let script = match language.script.parse::<Script>() {
                Ok(script) => script,
                Err(message) => {
                    self.error(location, format!("language `{id}`: {message}"));
                    continue;
                }
            };
            let sounds = self.sounds_of(location, &language);
            let number = self.languages.len();
            for text in &language.words {
                for word in self.words_of(location, text) {
                    let paradigm = self.paradigm(&word, FIXED, location);
                    self.builder.marker(paradigm, number);
                    self.small_words.push((number, self.builder.forms_hash(paradigm)));
                }
            }
            self.languages.push(Language {
                id,
                script,
                letters: language.letters,
                capitalised: language.capitalised,
                also: language.also,
                also_mask: 0,
            });
            self.sounds.push(sounds);
            self.inflection_rules.push(Vec::new());
        }
        let ids: Vec<String> = self.languages.iter().map(|language| language.id.clone()).collect();
        for language in &mut self.languages {
            language.also_mask = ids
                .iter()
                .enumerate()
                .filter(|(_, id)| language.also.contains(id))
                .fold(0, |mask, (number, _)| mask | 1 << number);
        }
    }

    /// Reads the vowels of a language and the variables of its endings.
    fn sounds_of(&mut self, location: Location, language: &LanguageTable) -> Sounds {
        let mut sounds = Sounds { vowels: language.vowels.chars().collect(), ..Sounds::default() };
        let mut variable_of = |name: &str| {
            let variable = single_capital(name);
            if variable.is_none() {
                self.error(location, format!("variable `{name}` is not one capital letter; rename it"));
            }
            variable
        };
        for (name, rows) in &language.harmony {
            let Some(variable) = variable_of(name) else { continue };
            let values = rows.iter().flat_map(|(vowels, value)| {
                value.chars().take(1).flat_map(move |value| vowels.chars().map(move |vowel| (vowel, value)))
            });
            sounds.harmony.push((variable, values.collect()));
        }
        for (name, rows) in &language.finals {
            let Some(variable) = variable_of(name) else { continue };
            let letter = |c: char| if c == '*' { None } else { Some(c) };
            let values = rows.iter().flat_map(|(letters, value)| {
                value.chars().take(1).flat_map(move |value| letters.chars().map(move |c| (letter(c), value)))
            });
            sounds.finals.push((variable, values.collect()));
        }
        sounds
    }

    pub(super) fn classes(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut lists: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut all = Vec::new();
        for (file, table) in tables.iter_mut() {
            lists.append(&mut table.endings);
            for (id, class) in std::mem::take(&mut table.class) {
                all.push((*file, id, class));
            }
        }
        for (file, id, class) in all {
            let location = Location::of(file, &class);
            let class = class.into_inner();
            let Some(language) = self.language(location, &class.language) else { continue };
            if self.class_numbers.contains_key(&id) {
                self.error(location, format!("class `{id}` is defined twice; rename one of the two"));
                continue;
            }
            if id == "fixed" {
                self.error(location, "class `fixed` is built in and has no endings; rename this one");
                continue;
            }
            let mut rows = Vec::new();
            for row in &class.row {
                match row_of(row, &self.sounds[language], &lists) {
                    Ok(row) => rows.push(row),
                    Err(message) => self.error(location, format!("class `{id}`: {message}")),
                }
            }
            self.class_numbers.insert(id, self.classes.len() as u32);
            self.classes.push(InflectionClass { language, rows });
        }
    }

    pub(super) fn inflection_rules(&mut self, tables: &mut [(usize, FileTables)]) {
        let all: Located<InflectionRuleTable> = take(tables, |table| &mut table.inflection_rules);
        for (file, rule) in all {
            let location = Location::of(file, &rule);
            let InflectionRuleTable { language, form_kinds, kinds, ends, before_last, class } = rule.into_inner();
            let Some(language) = self.language(location, &language) else { continue };
            let Some(class) = self.class(location, &class) else { continue };
            self.inflection_rules[language].push(InflectionRule { form_kinds, kinds, ends, before_last, class });
        }
    }

    /// Returns the class that the first fitting rule chooses for a word, or [`FIXED`].
    pub(super) fn choose_class(
        &self,
        language: usize,
        form_kind: FormKind,
        kind: Option<EntityKind>,
        word: &str,
        is_last: bool,
    ) -> u32 {
        // Rules have ends in small letters; only names in capitals throughout have others.
        let has_capital = word.chars().skip(1).any(|c| self.chars.entry(c) & UPPER != 0);
        let lower = if has_capital { Cow::Owned(word.to_lowercase()) } else { Cow::Borrowed(word) };
        self.inflection_rules[language]
            .iter()
            .find(|rule| {
                (rule.form_kinds.is_empty() || rule.form_kinds.contains(&form_kind))
                    && (rule.kinds.is_empty() || kind.is_some_and(|kind| rule.kinds.contains(&kind)))
                    && !(rule.before_last && is_last)
                    && (rule.ends.is_empty() || rule.ends.iter().any(|end| lower.ends_with(end.as_str())))
            })
            .map_or(FIXED, |rule| rule.class)
    }
}

fn single_capital(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|c| c.is_uppercase() && chars.next().is_none())
}

fn row_of(row: &RowTable, sounds: &Sounds, lists: &BTreeMap<String, Vec<String>>) -> Result<Row, String> {
    let parse = |texts: &[String]| -> Result<Vec<Ending>, String> {
        let mut out = Vec::new();
        for text in texts {
            match text.strip_prefix('@') {
                Some(id) => {
                    let list = lists.get(id).ok_or_else(|| format!("[endings] has no list `{id}`; add it"))?;
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
    let when = row.when.iter().map(|end| end.chars().collect()).collect();
    Ok(Row::new(when, row.strip.chars().collect(), row.add.chars().collect(), row.syncope, endings))
}
