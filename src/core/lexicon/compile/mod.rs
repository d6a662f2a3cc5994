//! Compiles the tables of the files to a lexicon, and reports every error in them.

mod compiler;
mod cues;
mod entities;
mod grammar;
mod phrases;
mod rules;
mod version;

use super::compiled::Lexicon;
use super::schema::{FileTables, LexiconFile, built_in_files};
use crate::model::Diagnostic;
use crate::parallel::of_each;
use compiler::{Compiler, Location, take};

impl Lexicon {
    /// Reads, checks and compiles the files of a lexicon, and those that add to it, if any (`extend = true` is for
    /// them).
    ///
    /// # Errors
    /// Returns all errors of all files, sorted by file and line: TOML that does not parse; an unknown key, parent,
    /// class, rule or entity; two entities that share a form without a rule for each; a form without letters; a
    /// wildcard or an ending that is not valid.
    pub fn load(files: &[LexiconFile], additions: &[LexiconFile]) -> Result<Lexicon, Vec<Diagnostic>> {
        compile(Compiler::new(files, additions))
    }

    /// Compiles the built-in lexicon, without any folder's files.
    ///
    /// # Errors
    /// As [`Lexicon::load`]; a test keeps the built-in files free of errors.
    pub fn built_in() -> Result<Lexicon, Vec<Diagnostic>> {
        Lexicon::load(&built_in_files(), &[])
    }
}

impl Compiler<'_> {
    /// Returns the latest day on which a file was checked.
    fn checked(&mut self, tables: &[(usize, FileTables)]) -> Option<String> {
        let mut latest: Option<String> = None;
        for (file, table) in tables {
            if let Some(date) = &table.checked {
                self.check_date(Location::of(*file, date), date.get_ref());
                latest = latest.max(Some(date.get_ref().clone()));
            }
        }
        latest
    }
}

fn compile(mut compiler: Compiler<'_>) -> Result<Lexicon, Vec<Diagnostic>> {
    let mut tables = Vec::with_capacity(compiler.files.len());
    for (file, parsed) in parse(&compiler.files).into_iter().enumerate() {
        match parsed {
            Ok(table) => tables.push((file, table)),
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                compiler.error(Location { file, offset }, error.message());
            }
        }
    }
    let checked = compiler.checked(&tables);
    compiler.languages(&mut tables);
    compiler.classes(&mut tables);
    compiler.inflection_rules(&mut tables);
    let entity_tables = take(&mut tables, |tables| &mut tables.entity);
    compiler.number_rules(&tables);
    compiler.default_rules(&mut tables);
    let tables_by_entity = compiler.entities(entity_tables);
    compiler.ancestors();
    compiler.rules(&mut tables);
    let scopes = compiler.scopes(&mut tables);
    compiler.actors(&mut tables);
    for (entity, tables) in tables_by_entity.iter().enumerate() {
        compiler.entity_forms(entity as u32, tables);
    }
    compiler.stop_phrases(&tables);
    let topics = compiler.topics(&tables);
    let name_variants = compiler.name_variants(&tables);
    // Few items name two actors, so the words that only relations need have a matcher of their own.
    let main = compiler.replace_builder();
    let cues = compiler.cues(&tables);
    let modifiers = compiler.modifiers(&tables);
    let grammars = compiler.grammars(&tables);
    let relation_index = compiler.replace_builder();
    let by_line = |a: &Diagnostic, b: &Diagnostic| (&a.file, a.line).cmp(&(&b.file, b.line));
    if !compiler.errors.is_empty() {
        compiler.errors.sort_by(by_line);
        return Err(compiler.errors);
    }
    for (number, language) in compiler.languages.iter().enumerate() {
        language.letters.chars().for_each(|letter| compiler.chars.mark(letter, number as u8));
    }
    compiler.warnings.sort_by(by_line);
    let mut lexicon = Lexicon {
        version: String::new(),
        checked,
        chars: compiler.chars,
        index: main.finish(),
        relation_index: relation_index.finish(),
        languages: compiler.languages,
        entities: compiler.entities,
        entity_numbers: compiler.entity_numbers,
        forms: compiler.forms,
        rules: compiler.rules,
        given_names: tables.iter().flat_map(|(_, table)| &table.given_names).map(|name| name.to_lowercase()).collect(),
        clue_texts: compiler.clue_texts,
        scopes,
        topics,
        cues,
        modifiers,
        grammars,
        name_variants,
        warnings: compiler.warnings,
    };
    lexicon.version = version::version(&lexicon, &compiler.phrases, &compiler.small_words);
    Ok(lexicon)
}

/// Parses the files in parallel, the longest first.
fn parse(files: &[&LexiconFile]) -> Vec<Result<FileTables, toml::de::Error>> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&n| std::cmp::Reverse(files[n].text.len()));
    let mut parsed = of_each(order.len(), 1, |place| (order[place], toml::from_str(&files[order[place]].text)));
    parsed.sort_by_key(|(n, _)| *n);
    parsed.into_iter().map(|(_, table)| table).collect()
}
