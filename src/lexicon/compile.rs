//! From the tables of the files to the compiled lexicon, with every fault on the way.

use std::collections::{BTreeMap, HashMap};

use toml::Spanned;
use xxhash_rust::xxh3::xxh3_64;

use super::fold::{CharTable, PREFIX_CHARS, finish, fold_word, hash_chars};
use super::index::{Builder, Capitals, Ending as PhraseEnding, Output};
use super::inflect::{Class, Ending, Row, Scratch, Sounds};
use super::schema::{ByLanguage, Case, FileTables, Form, GuessTable, Kind, Phrases, PriorTable, RowTable, Sort};
use super::{
    Clue, CueInfo, Entity, Fault, FormInfo, Language, Lexicon, LexiconFile, ModifierInfo, Prior, Rival, RivalSide,
    Rule, Script, TopicInfo,
};
use crate::model::PressBloc;

/// Goes into the version, so that a change of the engine shows as a change of the lexicon.
const ENGINE_VERSION: u64 = 1;

/// Where something stands in the files.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    file: usize,
    offset: usize,
}

/// A word of a phrase: its text, the class it names, whether it ends in a wildcard.
struct PhraseWord<'a> {
    text: &'a str,
    class: Option<&'a str>,
    wild: bool,
}

struct Guess {
    sorts: Vec<Sort>,
    kinds: Vec<Kind>,
    ends: Vec<String>,
    class: usize,
}

pub(super) struct Compiler<'a> {
    files: &'a [LexiconFile],
    faults: Vec<Fault>,
    doubts: Vec<Fault>,
    languages: Vec<Language>,
    sounds: Vec<Sounds>,
    classes: Vec<Class>,
    class_ids: HashMap<String, usize>,
    guesses: Vec<Vec<Guess>>,
    builder: Builder,
    paradigms: HashMap<(u64, u32), u32>,
    clue_phrases: HashMap<String, u32>,
    clue_texts: Vec<String>,
    /// Language and folded words of each form, to the entity and rule that have it.
    lemmas: HashMap<u64, (u32, u16)>,
    /// Folded words of each form of `forms`.
    form_keys: Vec<u64>,
    entities: Vec<Entity>,
    entity_ids: HashMap<String, u32>,
    forms: Vec<FormInfo>,
    rules: Vec<Rule>,
    rule_ids: HashMap<String, u16>,
    scratch: Scratch,
    folded: Vec<char>,
}

/// Class numbers beside those of the tables.
const FIXED: u32 = u32::MAX;
const WILD: u32 = u32::MAX - 1;

type Placed<T> = Vec<(usize, Spanned<T>)>;

impl<'a> Compiler<'a> {
    pub(super) fn new(files: &'a [LexiconFile]) -> Compiler<'a> {
        Compiler {
            files,
            faults: Vec::new(),
            doubts: Vec::new(),
            languages: Vec::new(),
            sounds: Vec::new(),
            classes: Vec::new(),
            class_ids: HashMap::new(),
            guesses: Vec::new(),
            builder: Builder::new(),
            paradigms: HashMap::new(),
            clue_phrases: HashMap::new(),
            clue_texts: Vec::new(),
            lemmas: HashMap::new(),
            form_keys: Vec::new(),
            entities: Vec::new(),
            entity_ids: HashMap::new(),
            forms: Vec::new(),
            rules: Vec::new(),
            rule_ids: HashMap::new(),
            scratch: Scratch::default(),
            folded: Vec::new(),
        }
    }

    fn located(&self, place: Place, message: String) -> Fault {
        let file = &self.files[place.file];
        let line = 1 + file.text.bytes().take(place.offset).filter(|&b| b == b'\n').count();
        Fault { file: file.name.clone(), line, message }
    }

    fn fault(&mut self, place: Place, message: impl Into<String>) {
        let fault = self.located(place, message.into());
        self.faults.push(fault);
    }

    fn doubt(&mut self, place: Place, message: impl Into<String>) {
        let doubt = self.located(place, message.into());
        self.doubts.push(doubt);
    }

    pub(super) fn compile(mut self) -> Result<Lexicon, Vec<Fault>> {
        let mut tables = Vec::with_capacity(self.files.len());
        for (n, file) in self.files.iter().enumerate() {
            match toml::from_str::<FileTables>(&file.text) {
                Ok(table) => tables.push((n, table)),
                Err(error) => {
                    let offset = error.span().map_or(0, |span| span.start);
                    let message = error.message().to_owned();
                    self.fault(Place { file: n, offset }, message);
                }
            }
        }
        self.languages(&mut tables);
        self.classes(&mut tables);
        self.guesses(&mut tables);
        let entities = take(&mut tables, |t| std::mem::take(&mut t.entity));
        self.rule_names(&tables);
        let with_forms = self.entity_heads(entities);
        self.ancestors();
        self.rules(&mut tables);
        let scopes = self.scopes(&mut tables);
        self.actors(&mut tables);
        for (file, entity) in &with_forms {
            self.entity_forms(*file, entity);
        }
        self.stops(&tables);
        let topics = self.topics(&tables);
        let cues = self.cues(&tables);
        let modifiers = self.modifiers(&tables);
        let rivals = self.rivals(&tables);
        if !self.faults.is_empty() {
            self.faults.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
            return Err(self.faults);
        }
        let letters: Vec<(char, u8)> =
            self.languages.iter().enumerate().flat_map(|(n, l)| l.letters.chars().map(move |c| (c, n as u8))).collect();
        self.doubts.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        Ok(Lexicon {
            version: version(self.files),
            chars: CharTable::new(&letters),
            index: self.builder.finish(),
            languages: self.languages,
            sounds: self.sounds,
            classes: self.classes,
            entities: self.entities,
            entity_ids: self.entity_ids,
            forms: self.forms,
            rules: self.rules,
            clue_texts: self.clue_texts,
            scopes,
            topics,
            cues,
            modifiers,
            rivals,
            doubts: self.doubts,
        })
    }

    fn languages(&mut self, tables: &mut [(usize, FileTables)]) {
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

    fn words_of(&mut self, place: Place, text: &str) -> Vec<String> {
        let words: Vec<String> = split_words(text).map(str::to_owned).collect();
        if words.is_empty() {
            self.fault(place, format!("`{text}` folds to nothing: it has no letter"));
        }
        words
    }

    fn language(&mut self, place: Place, id: &str) -> Option<usize> {
        let found = self.languages.iter().position(|l| l.id == id);
        if found.is_none() {
            self.fault(place, format!("there is no [language.{id}]"));
        }
        found
    }

    fn classes(&mut self, tables: &mut [(usize, FileTables)]) {
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

    fn guesses(&mut self, tables: &mut [(usize, FileTables)]) {
        for (file, guess) in take(tables, |t| std::mem::take(&mut t.guess)) {
            let place = Place { file, offset: guess.span().start };
            let GuessTable { language, sorts, kinds, ends, class } = guess.into_inner();
            let Some(n) = self.language(place, &language) else { continue };
            let Some(class) = self.class(place, &class) else { continue };
            self.guesses[n].push(Guess { sorts, kinds, ends, class: class as usize });
        }
    }

    fn class(&mut self, place: Place, id: &str) -> Option<u32> {
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
    fn fitting_class(&mut self, place: Place, id: &str, word: &str) -> Option<u32> {
        let class = self.class(place, id)?;
        let fits = self.classes.get(class as usize).is_none_or(|c| c.fits(&self.sounds[c.language], word));
        if !fits {
            self.doubt(place, format!("class `{id}` makes no form of `{word}`: no row fits its ending"));
        }
        Some(class)
    }

    fn guess(&self, language: usize, sort: Sort, kind: Option<Kind>, word: &str) -> u32 {
        let lower = word.to_lowercase();
        self.guesses[language]
            .iter()
            .find(|g| {
                (g.sorts.is_empty() || g.sorts.contains(&sort))
                    && (g.kinds.is_empty() || kind.is_some_and(|k| g.kinds.contains(&k)))
                    && (g.ends.is_empty() || g.ends.iter().any(|end| lower.ends_with(end.as_str())))
            })
            .map_or(FIXED, |g| if g.class == FIXED as usize { FIXED } else { g.class as u32 })
    }

    /// The paradigm of a word in a class; made on first use.
    fn paradigm(&mut self, word: &str, class: u32, place: Place) -> u32 {
        let key = (xxh3_64(word.as_bytes()), class);
        if let Some(&paradigm) = self.paradigms.get(&key) {
            return paradigm;
        }
        let paradigm = self.builder.paradigm();
        self.paradigms.insert(key, paradigm);
        self.folded.clear();
        fold_word(word, &mut self.folded);
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
        let hash = finish(hash_chars(0, &self.folded));
        self.builder.form(hash, paradigm);
        if let Some(class) = self.classes.get(class as usize) {
            let sounds = &self.sounds[class.language];
            let builder = &mut self.builder;
            class.each_form(sounds, word, &mut self.scratch, |hash| builder.form(hash, paradigm));
        }
        paradigm
    }

    /// The paradigms of a phrase and where its capitals stand. `guess` says the class of a word that names none.
    fn phrase(
        &mut self,
        place: Place,
        text: &str,
        wildcards: bool,
        guess: impl Fn(&Compiler<'_>, &str) -> u32,
    ) -> Option<(Vec<u32>, Capitals)> {
        let mut paradigms = Vec::new();
        let mut capitals = Capitals::default();
        for word in phrase_words(text) {
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
                None => guess(self, word.text),
            };
            let bit = 1u16.checked_shl(paradigms.len() as u32).unwrap_or(0);
            let letters = word.text.chars().filter(|c| c.is_alphabetic()).count();
            let has_small = word.text.chars().any(char::is_lowercase);
            if word.text.chars().next().is_some_and(char::is_uppercase) {
                capitals.first |= bit;
                if !has_small && letters > 1 {
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

    fn rule_names(&mut self, tables: &[(usize, FileTables)]) {
        for (file, table) in tables {
            for rule in &table.rule {
                let place = Place { file: *file, offset: rule.span().start };
                let id = &rule.get_ref().id;
                // Number 0 is no rule.
                let n = self.rule_ids.len() as u16 + 1;
                if self.rule_ids.insert(id.clone(), n).is_some() {
                    self.fault(place, format!("rule `{id}` stands twice"));
                }
            }
        }
    }

    /// Entities without their forms; gives back the tables whose forms are read once parents and rules are known.
    fn entity_heads(
        &mut self,
        tables: Placed<super::schema::EntityTable>,
    ) -> Vec<(usize, Spanned<super::schema::EntityTable>)> {
        let (extensions, heads): (Vec<_>, Vec<_>) = tables.into_iter().partition(|(_, e)| e.get_ref().extend);
        for (file, entity) in &heads {
            let place = Place { file: *file, offset: entity.span().start };
            let entity = entity.get_ref();
            if entity.id.is_empty() || entity.id.chars().any(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
                self.fault(place, format!("entity id `{}`: only small letters a-z, digits and hyphens", entity.id));
            }
            let Some(kind) = entity.kind else {
                self.fault(place, format!("entity `{}` has no kind", entity.id));
                continue;
            };
            if self.entity_ids.contains_key(&entity.id) {
                self.fault(place, format!("entity `{}` stands twice; `extend = true` adds to it", entity.id));
                continue;
            }
            self.entity_ids.insert(entity.id.clone(), self.entities.len() as u32);
            self.entities.push(Entity {
                id: entity.id.clone(),
                kind,
                label: entity.label.clone().unwrap_or_else(|| entity.id.clone()),
                wikidata: entity.wikidata.clone(),
                note: entity.note.clone(),
                parents: entity.parents.clone(),
                tag: entity.tag.unwrap_or(true).then(|| format!("{}:{}", kind.tag_prefix(), entity.id)),
                ancestors: Vec::new(),
                actor: None,
                own_actor: entity.actor.clone(),
                place: (*file, place.offset),
            });
        }
        for (file, extension) in &extensions {
            let place = Place { file: *file, offset: extension.span().start };
            let extension = extension.get_ref();
            let Some(&n) = self.entity_ids.get(&extension.id) else {
                self.fault(place, format!("entity `{}` cannot be extended: no file has it", extension.id));
                continue;
            };
            let entity = &mut self.entities[n as usize];
            entity.parents.extend(extension.parents.iter().cloned());
            if let Some(label) = &extension.label {
                entity.label.clone_from(label);
            }
            if extension.wikidata.is_some() {
                entity.wikidata.clone_from(&extension.wikidata);
            }
            if extension.actor.is_some() {
                entity.own_actor.clone_from(&extension.actor);
            }
            if extension.tag == Some(false) {
                entity.tag = None;
            }
        }
        heads.into_iter().chain(extensions).collect()
    }

    fn ancestors(&mut self) {
        let mut unknown = Vec::new();
        let mut all = Vec::with_capacity(self.entities.len());
        for (n, entity) in self.entities.iter().enumerate() {
            let place = Place { file: entity.place.0, offset: entity.place.1 };
            let mut found: Vec<u32> = Vec::new();
            let mut queue: Vec<&str> = entity.parents.iter().map(String::as_str).collect();
            let mut at = 0;
            while let Some(id) = queue.get(at).copied() {
                at += 1;
                match self.entity_ids.get(id) {
                    Some(&parent) if parent as usize == n => {
                        unknown.push((place, format!("entity `{}` is its own ancestor", entity.id)));
                        break;
                    }
                    Some(parent) if found.contains(parent) => {}
                    Some(&parent) => {
                        found.push(parent);
                        queue.extend(self.entities[parent as usize].parents.iter().map(String::as_str));
                    }
                    None if entity.parents.iter().any(|p| p == id) => {
                        unknown.push((place, format!("entity `{}`: no file has its parent `{id}`", entity.id)));
                    }
                    None => {}
                }
            }
            all.push(found);
        }
        for (entity, ancestors) in self.entities.iter_mut().zip(all) {
            entity.ancestors = ancestors;
        }
        for (place, message) in unknown {
            self.fault(place, message);
        }
    }

    fn entity_id(&mut self, place: Place, id: &str) -> Option<u32> {
        let found = self.entity_ids.get(id).copied();
        if found.is_none() {
            self.fault(place, format!("no file has the entity `{id}`"));
        }
        found
    }

    fn clue_phrase(&mut self, place: Place, text: &str) -> Option<u32> {
        if let Some(&n) = self.clue_phrases.get(text) {
            return Some(n);
        }
        let (paradigms, mut capitals) = self.phrase(place, text, true, |_, _| FIXED)?;
        capitals.none = 0;
        let n = self.clue_texts.len() as u32;
        self.builder.phrase(&paradigms, PhraseEnding { output: Output::Clue(n), capitals });
        self.clue_phrases.insert(text.to_owned(), n);
        self.clue_texts.push(text.to_owned());
        Some(n)
    }

    fn clue_list(&mut self, place: Place, words: &[String], contexts: &BTreeMap<String, Vec<String>>) -> Vec<u32> {
        let mut out = Vec::new();
        for word in words {
            if let Some(id) = word.strip_prefix('@') {
                match contexts.get(id) {
                    Some(list) => out.extend(list.iter().filter_map(|w| self.clue_phrase(place, w))),
                    None => self.fault(place, format!("there is no [context.{id}]")),
                }
            } else {
                out.extend(self.clue_phrase(place, word));
            }
        }
        out.sort_unstable();
        out.dedup();
        out
    }

    fn rules(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut contexts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, table) in tables.iter_mut() {
            for (id, context) in std::mem::take(&mut table.context) {
                contexts.entry(id).or_default().extend(context.into_inner().words);
            }
        }
        for (file, rule) in take(tables, |t| std::mem::take(&mut t.rule)) {
            let place = Place { file, offset: rule.span().start };
            let rule = rule.into_inner();
            let prior = match rule.prior {
                PriorTable::Word(word) if word == "tag" => Prior::Tag(1.0),
                PriorTable::Word(word) if word == "abstain" => Prior::Abstain,
                PriorTable::Weight(weight) if (0.0..=1.0).contains(&weight) => Prior::Tag(weight),
                _ => {
                    self.fault(place, format!("rule `{}`: prior is `tag`, `abstain` or a number from 0 to 1", rule.id));
                    continue;
                }
            };
            let mut clues = Vec::new();
            for clue in rule.clues {
                let place = Place { file, offset: clue.span().start };
                let clue = clue.into_inner();
                let words = self.clue_list(place, &clue.words, &contexts);
                let before = self.clue_list(place, &clue.before, &contexts);
                let after = self.clue_list(place, &clue.after, &contexts);
                let kin = clue.entities.iter().any(|id| id == "@kin");
                let named = clue.entities.iter().filter(|id| *id != "@kin");
                let entities = named.filter_map(|id| self.entity_id(place, id)).collect();
                let mut languages = 0;
                for id in &clue.languages {
                    if let Some(n) = self.language(place, id) {
                        languages |= 1 << n;
                    }
                }
                let mut blocs = Vec::new();
                for bloc in &clue.blocs {
                    match bloc.parse::<PressBloc>() {
                        Ok(bloc) => blocs.push(bloc),
                        Err(error) => self.fault(place, error.to_string()),
                    }
                }
                clues.push(Clue {
                    weight: clue.weight,
                    most: clue.most.unwrap_or(1),
                    words,
                    before,
                    after,
                    entities,
                    kin,
                    name_ends: clue.name_ends,
                    shapes: clue.shape,
                    url: clue.url,
                    countries: clue.countries,
                    blocs,
                    languages,
                });
            }
            self.rules.push(Rule { id: rule.id, note: rule.note, prior, clues });
        }
    }

    fn scopes(&mut self, tables: &mut [(usize, FileTables)]) -> [Vec<u32>; 2] {
        let mut out = [Vec::new(), Vec::new()];
        for (file, table) in tables.iter_mut() {
            for (id, scope) in std::mem::take(&mut table.scope) {
                let place = Place { file: *file, offset: scope.span().start };
                let side = match id.as_str() {
                    "caucasus" => 0,
                    "russia" => 1,
                    _ => {
                        self.fault(place, format!("[scope.{id}]: the two sides are `caucasus` and `russia`"));
                        continue;
                    }
                };
                for entity in scope.into_inner().places {
                    out[side].extend(self.entity_id(place, &entity));
                }
            }
        }
        out
    }

    fn actors(&mut self, tables: &mut [(usize, FileTables)]) {
        let mut actors = Vec::new();
        for (file, table) in tables.iter_mut() {
            if let Some(list) = table.actors.take() {
                let place = Place { file: *file, offset: list.span().start };
                for id in list.into_inner().places {
                    actors.extend(self.entity_id(place, &id));
                }
            }
        }
        for n in 0..self.entities.len() {
            let entity = &self.entities[n];
            let place = Place { file: entity.place.0, offset: entity.place.1 };
            let actor = match entity.own_actor.clone().as_deref() {
                Some("") => None,
                Some(id) => self.entity_id(place, id),
                None => std::iter::once(n as u32).chain(entity.ancestors.iter().copied()).find(|e| actors.contains(e)),
            };
            self.entities[n].actor = actor;
        }
    }

    fn entity_forms(&mut self, file: usize, table: &Spanned<super::schema::EntityTable>) {
        let table = table.get_ref();
        let Some(&entity) = self.entity_ids.get(&table.id) else { return };
        for (sort, lists) in
            [(Sort::Name, &table.names), (Sort::People, &table.people), (Sort::Adjective, &table.adjectives)]
        {
            self.sort_forms(file, entity, sort, lists, table.rule.as_deref(), &table.rules);
        }
    }

    fn sort_forms(
        &mut self,
        file: usize,
        entity: u32,
        sort: Sort,
        lists: &ByLanguage,
        rule: Option<&str>,
        rules: &BTreeMap<String, String>,
    ) {
        for (language, forms) in lists {
            let Some(at) = forms.first().map(|f| Place { file, offset: f.span().start }) else { continue };
            let Some(n) = self.language(at, language) else { continue };
            let rule = rules.get(language).map(String::as_str).or(rule);
            for form in forms {
                let place = Place { file, offset: form.span().start };
                self.entity_form(place, entity, sort, n, form.get_ref(), rule);
            }
        }
    }

    fn entity_form(&mut self, place: Place, entity: u32, sort: Sort, language: usize, form: &Form, rule: Option<&str>) {
        let kind = self.entities[entity as usize].kind;
        let rule = match form.rule.as_deref().or(rule) {
            None | Some("") => 0,
            Some(id) => match self.rule_ids.get(id) {
                Some(&n) => n,
                None => {
                    self.fault(place, format!("there is no [[rule]] with id `{id}`"));
                    return;
                }
            },
        };
        let last_class = match &form.class {
            Some(id) => match self.class(place, id) {
                Some(class) => Some(class),
                None => return,
            },
            None => None,
        };
        let last = phrase_words(&form.form).last().map(|w| w.text.to_owned()).unwrap_or_default();
        let guess = move |compiler: &Compiler<'_>, word: &str| match last_class {
            Some(class) if word == last => class,
            _ => compiler.guess(language, sort, Some(kind), word),
        };
        let Some((paradigms, mut capitals)) = self.phrase(place, &form.form, false, guess) else { return };
        let case = form.case.unwrap_or_else(|| self.default_case(sort, language, &form.form));
        match case {
            Case::Any => capitals = Capitals::default(),
            Case::Capital => capitals = Capitals { first: capitals.first, ..Capitals::default() },
            Case::Exact => {}
        }
        let weight = form.weight.unwrap_or(1.0).clamp(0.0, 1.0);
        let output = Output::Form(self.forms.len() as u32);
        self.forms.push(FormInfo { entity, language: language as u8, sort, rule, weight, rival: None });
        self.builder.phrase(&paradigms, PhraseEnding { output, capitals });
        self.same_forms(place, entity, language, &form.form, rule);
        let letters = form.form.chars().filter(|c| c.is_alphabetic()).count();
        if letters <= 3 && case != Case::Exact && rule == 0 && self.languages[language].script.has_case() {
            self.doubt(place, format!("`{}` is short and has no rule: it may be another word", form.form));
        }
    }

    /// Two entities may share a form only where each has a rule for it.
    fn same_forms(&mut self, place: Place, entity: u32, language: usize, text: &str, rule: u16) {
        let words = lemma_key(text);
        self.form_keys.push(words);
        let key = words ^ language as u64;
        match self.lemmas.get(&key) {
            Some(&(other, other_rule)) if other != entity && (rule == 0 || other_rule == 0) => {
                let message = format!(
                    "`{text}` is a form of `{}` and of `{}`: both need a rule that settles it",
                    self.entities[other as usize].id, self.entities[entity as usize].id
                );
                self.fault(place, message);
            }
            Some(_) => {}
            None => {
                self.lemmas.insert(key, (entity, rule));
            }
        }
    }

    fn default_case(&self, sort: Sort, language: usize, text: &str) -> Case {
        let language = &self.languages[language];
        if !language.script.has_case() {
            return Case::Any;
        }
        let letters = text.chars().filter(|c| c.is_alphabetic()).count();
        let acronym = !text.chars().any(char::is_lowercase) && (2..=6).contains(&letters);
        if acronym {
            Case::Exact
        } else if language.capital.contains(&sort) {
            Case::Capital
        } else {
            Case::Any
        }
    }

    fn stops(&mut self, tables: &[(usize, FileTables)]) {
        for (file, table) in tables {
            for (language, phrases) in &table.stop {
                for phrase in phrases {
                    let place = Place { file: *file, offset: phrase.span().start };
                    let Some(n) = self.language(place, language) else { continue };
                    let guess = |c: &Compiler<'_>, word: &str| c.guess(n, Sort::Other, None, word);
                    if let Some((paradigms, mut capitals)) = self.phrase(place, phrase.get_ref(), true, guess) {
                        capitals = Capitals { first: capitals.first, ..Capitals::default() };
                        self.builder.phrase(&paradigms, PhraseEnding { output: Output::Stop, capitals });
                    }
                }
            }
        }
    }

    fn cue_phrase(&mut self, place: Place, text: &str, output: Output) {
        if let Some((paradigms, mut capitals)) = self.phrase(place, text, true, |_, _| FIXED) {
            capitals.none = 0;
            self.builder.phrase(&paradigms, PhraseEnding { output, capitals });
        }
    }

    fn topics(&mut self, tables: &[(usize, FileTables)]) -> Vec<TopicInfo> {
        let mut out: Vec<TopicInfo> = Vec::new();
        for (file, table) in tables {
            for topic in &table.topic {
                let place = Place { file: *file, offset: topic.span().start };
                let topic = topic.get_ref();
                let n = out.iter().position(|t| t.id == topic.id).unwrap_or_else(|| {
                    out.push(TopicInfo {
                        id: topic.id.clone(),
                        label: topic.label.clone(),
                        tag: format!("topic:{}", topic.id),
                        down: topic.down,
                        entities: Vec::new(),
                        cues: 0,
                    });
                    out.len() - 1
                });
                let entities: Vec<u32> = topic.entities.iter().filter_map(|id| self.entity_id(place, id)).collect();
                out[n].entities.extend(entities);
                for (weak, lists) in [(false, &topic.cues), (true, &topic.weak)] {
                    for (language, phrases) in lists {
                        for phrase in phrases {
                            let place = Place { file: *file, offset: phrase.span().start };
                            if self.language(place, language).is_some() {
                                let cue = out[n].cues;
                                out[n].cues = cue.saturating_add(1);
                                self.cue_phrase(place, phrase.get_ref(), Output::Topic(n as u16, cue, weak));
                            }
                        }
                    }
                }
            }
        }
        out
    }

    fn cues(&mut self, tables: &[(usize, FileTables)]) -> Vec<CueInfo> {
        let mut out = Vec::new();
        for (file, table) in tables {
            for cue in &table.cue {
                let place = Place { file: *file, offset: cue.span().start };
                let cue = cue.get_ref();
                if !(-10.0..=10.0).contains(&cue.tone) {
                    self.fault(place, format!("cue `{}`: tone {} is not between -10 and 10", cue.id, cue.tone));
                }
                let n = out.len() as u16;
                let mut form = 0u16;
                for (language, phrases) in &cue.forms {
                    for phrase in phrases {
                        let place = Place { file: *file, offset: phrase.span().start };
                        if self.language(place, language).is_none() {
                            continue;
                        }
                        let parts: Vec<&str> = phrase.get_ref().split('…').collect();
                        for (part, text) in parts.iter().enumerate() {
                            let output = Output::Cue { cue: n, form, part: part as u8, parts: parts.len() as u8 };
                            self.cue_phrase(place, text, output);
                        }
                        form += 1;
                    }
                }
                out.push(CueInfo {
                    id: cue.id.clone(),
                    class: cue.class.clone(),
                    tone: cue.tone,
                    direction: cue.direction.unwrap_or(super::schema::Direction::Forward),
                });
            }
        }
        out
    }

    fn modifiers(&mut self, tables: &[(usize, FileTables)]) -> Vec<ModifierInfo> {
        let mut out = Vec::new();
        for (file, table) in tables {
            for modifier in &table.modifier {
                let modifier = modifier.get_ref();
                let n = out.len() as u16;
                self.language_phrases(*file, &modifier.forms, Output::Modifier(n));
                out.push(ModifierInfo {
                    id: modifier.id.clone(),
                    effect: modifier.effect,
                    reach: modifier.reach,
                    side: modifier.side,
                    becomes: modifier.becomes.as_ref().map(|b| (b.class.clone(), b.tone)),
                    factor: modifier.factor,
                });
            }
        }
        out
    }

    fn language_phrases(&mut self, file: usize, lists: &Phrases, output: Output) {
        for (language, phrases) in lists {
            for phrase in phrases {
                let place = Place { file, offset: phrase.span().start };
                if self.language(place, language).is_some() {
                    self.cue_phrase(place, phrase.get_ref(), output);
                }
            }
        }
    }

    fn rivals(&mut self, tables: &[(usize, FileTables)]) -> Vec<Rival> {
        let mut out = Vec::new();
        for (file, table) in tables {
            for rival in &table.rival {
                let place = Place { file: *file, offset: rival.span().start };
                let rival = rival.get_ref();
                let Some(entity) = self.entity_id(place, &rival.entity) else { continue };
                let mut sides = Vec::new();
                for (number, side) in rival.sides.iter().enumerate() {
                    for phrase in side.names.values().flatten() {
                        let place = Place { file: *file, offset: phrase.span().start };
                        let key = lemma_key(phrase.get_ref());
                        let mut known = false;
                        for (form, _) in self.forms.iter_mut().zip(&self.form_keys).filter(|(_, k)| **k == key) {
                            if form.entity == entity {
                                form.rival = Some((out.len() as u16, number as u16));
                                known = true;
                            }
                        }
                        if !known {
                            let message = format!("`{}` is no name of `{}`", phrase.get_ref(), rival.entity);
                            self.fault(place, message);
                        }
                    }
                    sides.push(RivalSide { id: side.id.clone(), label: side.label.clone() });
                }
                out.push(Rival {
                    id: rival.id.clone(),
                    entity: rival.entity.clone(),
                    note: rival.note.clone().unwrap_or_default(),
                    sides,
                });
            }
        }
        out
    }
}

fn version(files: &[LexiconFile]) -> String {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    hasher.update(&ENGINE_VERSION.to_le_bytes());
    for file in files {
        hasher.update(file.name.as_bytes());
        hasher.update(&[0]);
        hasher.update(file.text.as_bytes());
        hasher.update(&[0]);
    }
    format!("{:016x}", hasher.digest())
}

fn take<T>(
    tables: &mut [(usize, FileTables)],
    of: impl Fn(&mut FileTables) -> Vec<Spanned<T>>,
) -> Vec<(usize, Spanned<T>)> {
    let mut out = Vec::new();
    for (file, table) in tables {
        out.extend(of(table).into_iter().map(|entry| (*file, entry)));
    }
    out
}

fn single(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|c| c.is_uppercase() && chars.next().is_none())
}

fn row_of(row: &RowTable, sounds: &Sounds, lists: &BTreeMap<String, Vec<String>>) -> Result<Row, String> {
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
    Ok(Row {
        when: row.when.iter().map(|w| w.chars().collect()).collect(),
        strip: row.strip.chars().collect(),
        add: row.add.chars().collect(),
        syncope: row.syncope,
        endings: Row::cross(&parse(&row.endings)?, &parse(&row.tails)?),
    })
}

/// The folded words of a form as one number.
fn lemma_key(text: &str) -> u64 {
    let mut folded = Vec::new();
    let mut key = 0;
    for word in phrase_words(text) {
        folded.clear();
        fold_word(word.text, &mut folded);
        key = finish(hash_chars(key, &folded));
    }
    key
}

/// The words of a text of the lexicon, as the matcher sees them.
fn split_words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c| !super::fold::stands_in_word(c)).filter(|word| word.chars().any(char::is_alphanumeric))
}

fn phrase_words(text: &str) -> impl Iterator<Item = PhraseWord<'_>> {
    text.split_whitespace().flat_map(|chunk| {
        let (body, class) = match chunk.split_once('~') {
            Some((body, class)) => (body, Some(class)),
            None => (chunk, None),
        };
        let wild_body = body.strip_suffix('*');
        let words: Vec<&str> = split_words(wild_body.unwrap_or(body)).collect();
        let last = words.len();
        words.into_iter().enumerate().map(move |(n, text)| PhraseWord {
            text,
            class: class.filter(|_| n + 1 == last),
            wild: wild_body.is_some() && n + 1 == last,
        })
    })
}
