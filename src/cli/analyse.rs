//! `classify` and `dedup`: JSONL in, JSONL out, no store touched.

use std::collections::HashMap;
use std::io::Write;

use serde::{Deserialize, Serialize};

use super::StreamArguments;
use super::context::Context;
use super::failure::{BAD_DATA, Failure};
use super::history::complain;
use super::output::{self, Lines};
use crate::classify::ItemText;
use crate::dedup;
use crate::model::Classification;

/// An item as it comes in. Fields that are not named here are passed over.
#[derive(Debug, Deserialize)]
struct Line {
    id: serde_json::Value,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    url: Option<String>,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

#[derive(Serialize)]
struct Classified<'a> {
    id: &'a serde_json::Value,
    #[serde(flatten)]
    classification: Classification,
}

/// Hands every line that is an item to `each`; tells the others and counts them.
fn for_each_line(
    arguments: &StreamArguments,
    mut each: impl FnMut(Line) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut lines = Lines::new(output::input(&arguments.file)?);
    let hidden = indicatif::ProgressBar::hidden();
    let mut is_whole = true;
    loop {
        let read = match lines.next()? {
            None => break,
            Some(bytes) => serde_json::from_slice::<Line>(bytes),
        };
        match read {
            Ok(line) => each(line)?,
            Err(error) => {
                is_whole = false;
                complain(
                    &hidden,
                    &arguments.file,
                    lines.number,
                    &format!("this line is no item and was passed over: {error}"),
                );
            }
        }
    }
    if is_whole { Ok(()) } else { Err(Failure::told(BAD_DATA)) }
}

pub(super) fn classify(context: &Context, arguments: &StreamArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let engine = context.engine(&config);
    let mut out = output::stdout();
    let done = for_each_line(arguments, |line| {
        let text = ItemText {
            title: line.title.as_deref().unwrap_or_default(),
            summary: line.summary.as_deref().unwrap_or_default(),
            content: None,
            url: line.url.as_deref(),
            language: line.language.as_deref(),
            bloc: None,
            country: None,
        };
        let classification = engine.classify(&text);
        if arguments.json {
            return output::json_line(&mut out, &Classified { id: &line.id, classification });
        }
        let scope = classification.scope.map_or("-", |scope| scope.as_str());
        let id = line.id.as_str().map_or_else(|| line.id.to_string(), str::to_owned);
        Ok(writeln!(
            out,
            "{id}\t{scope}\t{:.2}\t{}\t{}",
            classification.score,
            classification.tags.join(" "),
            text.title
        )?)
    });
    out.flush()?;
    done
}

pub(super) fn dedup(context: &Context, arguments: &StreamArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut out = output::stdout();
    let done = for_each_line(arguments, |line| {
        let id = line.id.as_str().map_or_else(|| line.id.to_string(), str::to_owned);
        let canonical = line.url.as_deref().and_then(|url| dedup::canonical_url(&config.url_rules, url));
        let first = canonical.map(|canonical| seen.entry(canonical).or_insert_with(|| id.clone()).clone());
        let duplicate_of = first.as_ref().filter(|first| **first != id);
        let story = first.as_ref().unwrap_or(&id);
        if arguments.json {
            return output::json_line(
                &mut out,
                &serde_json::json!({ "id": line.id, "duplicate_of": duplicate_of, "story": story }),
            );
        }
        let title = line.title.as_deref().unwrap_or_default();
        Ok(writeln!(out, "{id}\t{}\t{story}\t{title}", duplicate_of.map_or("-", String::as_str))?)
    });
    out.flush()?;
    done
}
