//! `lexicon`: tools for people who write one.

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;

use super::context::Context;
use super::failure::{BAD_DATA, FAILED, Failure};
use super::output;
use crate::config::{lexicon_file, lexicon_files};
use crate::lexicon;
use crate::model::Diagnostic;

#[derive(Debug, Subcommand)]
pub(super) enum LexiconCommand {
    /// List names that may be ordinary words, and other doubtful entries, with file and line
    Lint {
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
        LexiconCommand::Lint { json } => lint(context, *json),
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

fn lint(context: &Context, json: bool) -> Result<(), Failure> {
    let config = context.config()?;
    let mut out = output::stdout();
    for warning in config.lexicon.lint() {
        if json {
            let line = Warning { file: &warning.file, line: warning.line, message: &warning.message };
            output::json_line(&mut out, &line)?;
        } else {
            writeln!(out, "{warning}")?;
        }
    }
    Ok(out.flush()?)
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
