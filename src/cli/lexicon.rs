//! `lexicon`: tools for people who write one.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;

use super::arguments::instant;
use super::context::Context;
use super::failure::{BAD_DATA, FAILED, Failure};
use super::input::Lines;
use super::{input, output};
use crate::app::clock;
use crate::classify::review::{Candidate, Candidates, Company};
use crate::classify::{Classifier, ItemText, Scratch};
use crate::config::{Config, lexicon_file, lexicon_files};
use crate::lexicon::{self, LexiconFile, built_in_files};
use crate::model::{Classification, Diagnostic};
use crate::text::romanise::{id_of, romanise};

#[derive(Debug, Subcommand)]
pub(super) enum LexiconCommand {
    /// List names that may be ordinary words, offices that have ended, and other doubtful entries, with file and line
    Lint {
        /// Also report names without a rule that are in this list of words, given names or surnames: one a line, as in
        /// /usr/share/dict/words or a Hunspell dictionary
        #[arg(long, value_name = "FILE")]
        words: Vec<PathBuf>,
        /// Also report names that gave tags to stored items which name nothing else of the same country
        #[arg(long)]
        store: bool,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// List frequent names of stored items that the lexicon does not have, each with an entry to paste
    Candidates {
        /// Only items dated at or after this day or instant
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
        /// Only names that are in at least this many items
        #[arg(long, value_name = "NUMBER", default_value_t = 5)]
        min: usize,
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
    },
    /// Format lexicon files: sort entities, join their tables, wrap long lines
    Fmt {
        /// Change nothing; list the files that are not formatted, and fail if there are any
        #[arg(long)]
        check: bool,
        /// Files and folders [default: the folders that the configuration names]
        paths: Vec<PathBuf>,
    },
}

pub(super) fn lexicon(context: &Context, command: &LexiconCommand) -> Result<(), Failure> {
    match command {
        LexiconCommand::Lint { words, store, json } => lint(context, words, *store, *json),
        LexiconCommand::Candidates { since, min, json } => candidates(context, since.as_deref(), *min, *json),
        LexiconCommand::Fmt { check, paths } => fmt(context, *check, paths),
    }
}

/// A doubtful form or entity, as `--json` writes it.
#[derive(Serialize)]
struct Warning<'a> {
    file: &'a str,
    line: usize,
    message: &'a str,
}

fn lint(context: &Context, word_lists: &[PathBuf], with_store: bool, json: bool) -> Result<(), Failure> {
    let config = context.config()?;
    let mut words = HashSet::new();
    for list in word_lists {
        add_words(list, &mut words)?;
    }
    let today = clock::now().to_zoned(config.time_zone.clone()).date();
    let mut warnings = config.lexicon.lint().to_vec();
    warnings.extend(lexicon::doubts(&files_of(context)?, today, &words));
    warnings.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if with_store {
        warnings.extend(names_without_company(context, &config)?);
    }
    let mut out = if json { output::data() } else { output::page() };
    for warning in &warnings {
        if json {
            let line = Warning { file: &warning.file, line: warning.line, message: &warning.message };
            output::json_line(&mut out, &line)?;
        } else {
            writeln!(out, "{warning}")?;
        }
    }
    Ok(out.flush()?)
}

/// Returns the files of the lexicon in use.
fn files_of(context: &Context) -> Result<Vec<LexiconFile>, Failure> {
    let settings = context.settings()?;
    let mut files = if settings.replaces_lexicon { Vec::new() } else { built_in_files() };
    for folder in &settings.lexicon_folders {
        files.extend(lexicon_files(folder).map_err(|fault| Failure::new(BAD_DATA, fault))?);
    }
    Ok(files)
}

/// Adds the words of a list, in small letters. What follows a slash or a tab on a line is not part of the word.
fn add_words(list: &Path, words: &mut HashSet<String>) -> Result<(), Failure> {
    let mut lines = Lines::new(input::open(list)?, list);
    while let Some(line) = lines.next()? {
        let line = String::from_utf8_lossy(line);
        let word = line.split(['/', '\t', ' ']).next().unwrap_or_default().trim();
        if word.chars().any(char::is_alphabetic) {
            words.insert(word.to_lowercase());
        }
    }
    Ok(())
}

/// How many stored items a name must have tagged before its company proves anything.
const MIN_LONELY_ITEMS: usize = 8;

/// Returns the names that gave tags to stored items of which none names anything else of the same country.
fn names_without_company(context: &Context, config: &Config) -> Result<Vec<Diagnostic>, Failure> {
    let mut company = Company::default();
    for_each_stored(context, config, None, |_, _, said| company.add(&config.lexicon, said))?;
    let lonely = company.lonely(MIN_LONELY_ITEMS).into_iter().map(|name| {
        let message = format!(
            "`{}` gave tags of `{}` to {} stored items, none of which names anything else of its country; give the \
             name a rule, such as `needs-kin`",
            name.form, name.entity, name.items
        );
        Diagnostic { file: "stored items".to_owned(), line: 0, message }
    });
    Ok(lonely.collect())
}

/// How many stored items are read at once.
const ITEMS_AT_ONCE: usize = 500;

/// Tags the stored items again, without storing the tags, and passes each with its outlet to `each`.
fn for_each_stored(
    context: &Context,
    config: &Config,
    since: Option<jiff::Timestamp>,
    mut each: impl FnMut(&ItemText<'_>, &str, &Classification),
) -> Result<(), Failure> {
    let reader = context.open_read_only()?;
    let classifier = Classifier::new(config.lexicon.clone());
    let mut scratch = Scratch::default();
    let mut after = 0;
    loop {
        let items = reader.texts(after, since, ITEMS_AT_ONCE)?;
        let Some(last) = items.last() else { return Ok(()) };
        after = last.id;
        for item in &items {
            let text = item.text();
            let said = classifier.classify_with(&mut scratch, &text);
            each(&text, &item.outlet, &said);
        }
    }
}

/// A candidate, as `--json` writes it.
#[derive(Serialize)]
struct CandidateLine<'a> {
    name: &'a str,
    script: &'a str,
    language: Option<&'a str>,
    forms: &'a [String],
    items: usize,
    outlets: usize,
    place: Option<&'a str>,
    contexts: &'a [String],
    entry: &'a str,
}

fn candidates(context: &Context, since: Option<&str>, min_items: usize, json: bool) -> Result<(), Failure> {
    let config = context.config()?;
    let since = since.map(|text| instant(text, "--since", &config.time_zone)).transpose()?;
    let mut found = Candidates::default();
    for_each_stored(context, &config, since, |item, outlet, said| found.add(&config.lexicon, item, outlet, said))?;
    let mut out = if json { output::data() } else { output::page() };
    for candidate in found.finish(min_items) {
        let entry = entry_of(&candidate);
        let Candidate { name, script, language, forms, items, outlets, place, contexts } = &candidate;
        if json {
            let (language, place) = (language.as_deref(), place.as_deref());
            let (items, outlets, entry) = (*items, *outlets, entry.as_str());
            let line = CandidateLine { name, script, language, forms, items, outlets, place, contexts, entry };
            output::json_line(&mut out, &line)?;
            continue;
        }
        writeln!(out, "# {script}: {} ({items} items, {outlets} outlets)", forms.join(", "))?;
        for title in contexts {
            writeln!(out, "#   {}", title.replace(['\n', '\r'], " "))?;
        }
        writeln!(out, "{entry}\n")?;
    }
    Ok(out.flush()?)
}

/// Returns a table for the lexicon's files. Kind and label are guesses, for a person to correct.
fn entry_of(candidate: &Candidate) -> String {
    let Candidate { name, language, place, .. } = candidate;
    let kind = if name.contains(' ') { "person" } else { "organisation" };
    let language = language.as_deref().and_then(|tag| tag.split(['-', '_']).next()).unwrap_or("en");
    let label = romanise(name);
    let mut entry = format!("[[entity]]\nid = \"{}\"\nkind = \"{kind}\"\nlabel = \"{label}\"\n", id_of(name));
    if let Some(place) = place {
        entry.push_str(&format!("parents = [\"{place}\"]\n"));
    }
    if language != "en" && candidate.script == "Latin" && label == *name {
        entry.push_str(&format!("names.en = [\"{name}\"]\n"));
    }
    entry.push_str(&format!("names.{language} = [\"{name}\"]"));
    entry
}

fn fmt(context: &Context, check: bool, paths: &[PathBuf]) -> Result<(), Failure> {
    let settings = if paths.is_empty() { Some(context.settings()?) } else { None };
    let paths = settings.as_ref().map_or(paths, |settings| &settings.lexicon_folders);
    if paths.is_empty() {
        let message = "the lexicon is built in; name a file or a folder, such as `kazbek lexicon fmt config/lexicon`";
        return Err(Failure::new(FAILED, message));
    }
    let bad = |fault: Diagnostic| Failure::new(BAD_DATA, fault);
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(lexicon_files(path).map_err(bad)?);
        } else {
            files.push(lexicon_file(path).map_err(bad)?);
        }
    }
    // All files are read before any is written, so that a fault leaves them as they are.
    let mut changed = Vec::new();
    for file in files {
        let text = lexicon::format(&file).map_err(bad)?;
        if text != file.text {
            changed.push((file.name, text));
        }
    }
    let mut out = output::stdout();
    for (name, text) in &changed {
        if !check {
            std::fs::write(name, text).map_err(|error| Failure::new(FAILED, format!("{name}: {error}")))?;
        }
        writeln!(out, "{name}")?;
    }
    out.flush()?;
    if check && !changed.is_empty() {
        return Err(Failure::new(FAILED, "the files above are not formatted; run `kazbek lexicon fmt`"));
    }
    Ok(())
}
