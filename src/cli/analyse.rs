//! `classify` and `dedup`: JSONL in, JSONL out, no store touched.

use std::io::Write;

use serde::{Deserialize, Serialize};

use super::StreamArguments;
use super::context::Context;
use super::failure::{BAD_DATA, Failure};
use super::history::complain;
use super::output::{self, Lines};
use crate::classify::{Classifier, ItemText, Scratch};
use crate::dedup::{self, BatchItem, Features};
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

impl Line {
    fn text(&self) -> ItemText<'_> {
        ItemText {
            title: self.title.as_deref().unwrap_or_default(),
            summary: self.summary.as_deref().unwrap_or_default(),
            url: self.url.as_deref(),
            language: self.language.as_deref(),
            ..ItemText::default()
        }
    }
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
            // A list would be read as the fields in their order; an item has their names.
            Some(bytes) if bytes.trim_ascii_start().first() == Some(&b'[') => Err("a list".to_owned()),
            Some(bytes) => serde_json::from_slice::<Line>(bytes).map_err(|error| error.to_string()),
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
    let classifier = Classifier::new(config.lexicon.clone());
    let mut scratch = Scratch::default();
    let mut out = output::stdout();
    let done = for_each_line(arguments, |line| {
        let text = line.text();
        let classification = classifier.classify_with(&mut scratch, &text);
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

/// What `dedup --json` gives of an item.
#[derive(Serialize)]
struct Placed<'a> {
    id: &'a serde_json::Value,
    duplicate_of: Option<&'a serde_json::Value>,
    story: &'a serde_json::Value,
}

pub(super) fn dedup(context: &Context, arguments: &StreamArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let engine = config.engine();
    let mut lines = Vec::new();
    let done = for_each_line(arguments, |line| {
        let classification = engine.classify(&line.text());
        lines.push((line, classification.tags));
        Ok(())
    });
    let tags: Vec<Vec<&str>> = lines.iter().map(|(_, tags)| tags.iter().map(String::as_str).collect()).collect();
    let items: Vec<BatchItem<'_>> = lines
        .iter()
        .zip(&tags)
        .map(|((line, _), tags)| BatchItem {
            url: line.url.as_deref(),
            at: line.published.as_deref().and_then(|text| text.parse().ok()),
            features: Features {
                title: line.title.as_deref().unwrap_or_default(),
                summary: line.summary.as_deref().unwrap_or_default(),
                language: line.language.as_deref(),
                outlet: line.source.as_deref().unwrap_or_default(),
                tags,
            },
        })
        .collect();
    let places = dedup::dedup_batch(&config.dedup_rules, dedup::Options::default(), &items);
    let id = |position: usize| lines.get(position).map_or(&serde_json::Value::Null, |(line, _)| &line.id);
    let mut out = output::stdout();
    for (position, place) in places.iter().enumerate() {
        let placed = Placed { id: id(position), duplicate_of: place.duplicate_of.map(id), story: id(place.story) };
        if arguments.json {
            output::json_line(&mut out, &placed)?;
            continue;
        }
        let duplicate_of = placed.duplicate_of.map_or_else(|| "-".to_owned(), ToString::to_string);
        let title = items.get(position).map_or("", |item| item.features.title);
        writeln!(out, "{}\t{duplicate_of}\t{}\t{title}", placed.id, placed.story)?;
    }
    out.flush()?;
    done
}
