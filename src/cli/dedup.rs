//! `dedup`: finds duplicates and stories among items, JSONL in, columns or JSONL out, without the store.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::failure::Failure;
use super::input::{StreamArguments, for_each_item};
use super::output;
use crate::dedup::{self, BatchItem, Comparison, EVENT, Features, HEADLINE};
use crate::model::Tag;

/// A line of `dedup --json`.
#[derive(Serialize)]
struct Placed<'a> {
    id: &'a serde_json::Value,
    duplicate_of: Option<&'a serde_json::Value>,
    story: &'a serde_json::Value,
}

/// The arguments of `dedup`.
#[derive(Debug, Args)]
pub(super) struct DedupArguments {
    #[command(flatten)]
    stream: StreamArguments,
    /// Print every two items that were compared instead, as JSON: their scores, and what the scores are made of
    #[arg(long)]
    pairs: bool,
}

/// A line of `dedup --pairs`.
#[derive(Serialize)]
struct Pair<'a> {
    a: &'a serde_json::Value,
    b: &'a serde_json::Value,
    near_duplicate: f32,
    same_story: f32,
    headline: BTreeMap<&'static str, f32>,
    event: BTreeMap<&'static str, f32>,
}

pub(super) fn dedup(context: &Context, arguments: &DedupArguments) -> Result<(), Failure> {
    let DedupArguments { stream: arguments, pairs } = arguments;
    let config = context.config()?;
    let engine = config.engine();
    let mut lines = Vec::new();
    let done = for_each_item(arguments, |line| {
        let classification = engine.classify(&line.text());
        lines.push((line, classification.tags));
        Ok(())
    });
    let tags: Vec<Vec<&str>> = lines.iter().map(|(_, tags)| tags.iter().map(Tag::as_str).collect()).collect();
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
    let (rules, options) = (&config.dedup_rules, dedup::Options::default());
    let id = |position: usize| lines.get(position).map_or(&serde_json::Value::Null, |(line, _)| &line.id);
    let mut out = if *pairs || arguments.json { output::Page::File(output::stdout()) } else { output::columns() };
    if *pairs {
        let mut printed = Ok(());
        let mut print = |a: usize, b: usize, found: &Comparison| {
            let pair = Pair {
                a: id(a),
                b: id(b),
                near_duplicate: found.near_duplicate,
                same_story: found.same_story,
                headline: HEADLINE.into_iter().zip(found.headline).collect(),
                event: EVENT.into_iter().zip(found.event).collect(),
            };
            if printed.is_ok() {
                printed = output::json_line(&mut out, &pair);
            }
        };
        dedup::dedup_and_tell(rules, options, &items, Some(&mut print));
        printed?;
        out.flush()?;
        return done;
    }
    let places = dedup::dedup_batch(rules, options, &items);
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
