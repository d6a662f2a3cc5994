//! `lexicon lint`: what people who write a lexicon should look at again.

use std::io::Write;

use serde::Serialize;

use super::context::Context;
use super::failure::Failure;
use super::{LexiconCommand, output};

/// A doubtful form or entity, as `--json` writes it.
#[derive(Serialize)]
struct Doubt<'a> {
    file: &'a str,
    line: usize,
    message: &'a str,
}

pub(super) fn lexicon(context: &Context, command: &LexiconCommand) -> Result<(), Failure> {
    let LexiconCommand::Lint { json } = command;
    let config = context.config()?;
    let mut out = output::stdout();
    for doubt in config.lexicon.lint() {
        if *json {
            let line = Doubt { file: &doubt.file, line: doubt.line, message: &doubt.message };
            output::json_line(&mut out, &line)?;
        } else {
            writeln!(out, "{doubt}")?;
        }
    }
    Ok(out.flush()?)
}
