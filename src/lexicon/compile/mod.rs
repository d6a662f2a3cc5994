//! From the tables of the files to the compiled lexicon, with every fault on the way.

mod cues;
mod entities;
mod grammar;
mod rules;
mod version;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};

use toml::Spanned;
use xxhash_rust::xxh3::xxh3_64;

use crate::lexicon::fold::{CharTable, DELETED, PREFIX_CHARS, UPPER, WORD, finish, hash_chars};
use crate::lexicon::index::{Builder, Capitals, Ending as PhraseEnding, Hasher, Output};
use crate::lexicon::inflect::{Class, Ending, Row, Scratch, Sounds};
use crate::lexicon::schema::{Case, FileTables, Form, GuessTable, Kind, Phrases, PriorTable, RowTable, Sort};
use grammar::{lemma_key, phrase_words};

use super::{
    Clue, CueInfo, Diagnostic, Entity, FormInfo, Language, Lexicon, LexiconFile, ModifierInfo, Prior, Rival, RivalSide,
    Rule, ScopeInfo, Script, TopicInfo,
};
use crate::model::{PressBloc, Scope};

/// Where something stands in the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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
    before_last: bool,
    class: usize,
}

pub(super) struct Compiler<'a> {
    files: Vec<&'a LexiconFile>,
    /// Which of the files are additions: those from this number on.
    additions_from: usize,
    chars: CharTable,
    faults: Vec<Diagnostic>,
    doubts: Vec<Diagnostic>,
    languages: Vec<Language>,
    sounds: Vec<Sounds>,
    classes: Vec<Class>,
    class_ids: HashMap<String, usize>,
    guesses: Vec<Vec<Guess>>,
    builder: Builder,
    paradigms: HashMap<(u64, u32), u32, Hasher>,
    /// By paradigm, the hash of its folded lemma.
    word_hashes: Vec<u64>,
    clue_phrases: HashMap<String, u32>,
    clue_texts: Vec<String>,
    /// Language and folded words of each form, to the entity and rule that have it, and where.
    lemmas: HashMap<u64, (u32, u16, Place), Hasher>,
    /// Folded words of each form of `forms`.
    form_keys: Vec<u64>,
    entities: Vec<Entity>,
    entity_ids: HashMap<String, u32>,
    forms: Vec<FormInfo>,
    rules: Vec<Rule>,
    rule_ids: HashMap<String, u16>,
    phrases: Vec<version::Phrase>,
    /// Small words: the number of the language, and a hash of the word.
    small_words: Vec<(usize, u64)>,
    scratch: Scratch,
    folded: Vec<char>,
}

/// The most scopes: an entity has a bit for each.
const MOST_SCOPES: usize = u16::BITS as usize;

/// Class numbers beside those of the tables.
const FIXED: u32 = u32::MAX;
const WILD: u32 = u32::MAX - 1;

type Placed<T> = Vec<(usize, Spanned<T>)>;

impl<'a> Compiler<'a> {
    pub(super) fn new(files: &'a [LexiconFile], additions: &'a [LexiconFile]) -> Compiler<'a> {
        Compiler {
            files: files.iter().chain(additions).collect(),
            additions_from: files.len(),
            chars: CharTable::new(),
            faults: Vec::new(),
            doubts: Vec::new(),
            languages: Vec::new(),
            sounds: Vec::new(),
            classes: Vec::new(),
            class_ids: HashMap::new(),
            guesses: Vec::new(),
            builder: Builder::new(),
            paradigms: HashMap::default(),
            word_hashes: Vec::new(),
            clue_phrases: HashMap::new(),
            clue_texts: Vec::new(),
            lemmas: HashMap::default(),
            form_keys: Vec::new(),
            entities: Vec::new(),
            entity_ids: HashMap::new(),
            forms: Vec::new(),
            rules: Vec::new(),
            rule_ids: HashMap::new(),
            phrases: Vec::new(),
            small_words: Vec::new(),
            scratch: Scratch::default(),
            folded: Vec::new(),
        }
    }

    fn located(&self, place: Place, message: String) -> Diagnostic {
        let file = self.files[place.file];
        Diagnostic { file: file.name.clone(), line: file.line_at(place.offset), message }
    }

    /// File and line, for a message about another place.
    fn position(&self, place: Place) -> String {
        let file = self.files[place.file];
        format!("{}:{}", file.name, file.line_at(place.offset))
    }

    fn fault(&mut self, place: Place, message: impl Into<String>) {
        let fault = self.located(place, message.into());
        self.faults.push(fault);
    }

    fn doubt(&mut self, place: Place, message: impl Into<String>) {
        let doubt = self.located(place, message.into());
        self.doubts.push(doubt);
    }

    pub(super) fn compile(mut self) -> Result<Lexicon, Vec<Diagnostic>> {
        let mut tables = Vec::with_capacity(self.files.len());
        for (n, parsed) in parse(&self.files).into_iter().enumerate() {
            match parsed {
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
        let tables_of = self.entity_heads(entities);
        self.ancestors();
        self.rules(&mut tables);
        let scopes = self.scopes(&mut tables);
        self.actors(&mut tables);
        for (entity, tables) in tables_of.iter().enumerate() {
            self.entity_forms(entity as u32, tables);
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
        for (n, language) in self.languages.iter().enumerate() {
            language.letters.chars().for_each(|letter| self.chars.mark(letter, n as u8));
        }
        self.doubts.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        let mut lexicon = Lexicon {
            version: String::new(),
            chars: self.chars,
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
        };
        lexicon.version = version::version(&lexicon, &self.phrases, &self.small_words);
        Ok(lexicon)
    }

    /// Says what stands for the words of these paradigms, to the matcher and to the version.
    fn put_phrase(&mut self, paradigms: &[u32], ending: PhraseEnding) {
        let Capitals { first, all, none } = ending.capitals;
        let capitals = u64::from(first) | u64::from(all) << 16 | u64::from(none) << 32;
        let forms = paradigms.iter().map(|&paradigm| self.builder.forms_hash(paradigm));
        self.phrases.push((ending.output, lemma_key(std::iter::once(capitals).chain(forms))));
        self.builder.phrase(paradigms, ending);
    }
}

/// How many threads parse the files at most: beyond that, each costs more to begin than it saves.
const MOST_THREADS: usize = 4;

/// Parses the files side by side, the longest first.
fn parse(files: &[&LexiconFile]) -> Vec<Result<FileTables, toml::de::Error>> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&n| std::cmp::Reverse(files[n].text.len()));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(&n) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((n, toml::from_str::<FileTables>(&files[n].text)));
        }
        done
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS).min(files.len());
    let mut parsed = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut parsed = work();
        for thread in others {
            parsed.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        parsed
    });
    parsed.sort_by_key(|(n, _)| *n);
    parsed.into_iter().map(|(_, table)| table).collect()
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
