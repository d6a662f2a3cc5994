//! `explain`: why an item has its tags, and why it is in its story.

mod levels;

use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::failure::{FAILED, Failure};
use super::output;
use crate::classify::{AmbiguousName, Classifier, ItemText};
use crate::config::Config;
use crate::dedup;
use crate::lexicon::Lexicon;
use crate::model::{Evidence, Field};
use crate::store::{ItemRow, ItemVersion, ListedItem, Reader, SightingDetail};
use crate::text::sanitize::without_passwords;

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Id of an item, or address of an article
    item: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What `explain --json` prints.
#[derive(Serialize)]
struct Explanation {
    id: i64,
    url: Option<String>,
    title: String,
    summary: String,
    language: Option<String>,
    published: Option<jiff::Timestamp>,
    first_seen: jiff::Timestamp,
    outlet: String,
    #[serde(flatten)]
    classification: crate::model::Classification,
    duplicate_of: Option<i64>,
    story: Option<i64>,
    found: Option<serde_json::Value>,
    versions: Vec<ItemVersion>,
    sightings: Vec<SightingDetail>,
    related: Vec<ListedItem>,
    /// What speaks for and against its joining the story with the item that it was matched with, under the current rules.
    story_terms: Vec<dedup::Term>,
    /// The ambiguous names and how they were decided, under the current lexicon.
    doubts: Vec<AmbiguousName>,
}

pub(super) fn explain(context: &Context, arguments: &ExplainArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.open_read_only()?;
    let id = match arguments.item.parse::<i64>() {
        Ok(id) => Some(id),
        Err(_) => by_address(&store, &config.dedup_rules.urls, &arguments.item)?,
    };
    let item = id.map(|id| store.item(id)).transpose()?.flatten();
    let Some(item) = item else {
        return Err(Failure::new(
            FAILED,
            format!("no item has the id or address `{}`; try `kazbek search`", arguments.item),
        ));
    };
    let versions = store.versions_of(item.id)?;
    let sightings = store
        .sightings_of(item.id)?
        .into_iter()
        .map(|sighting| SightingDetail { feed_url: without_passwords(&sighting.feed_url).into_owned(), ..sighting });
    let sightings: Vec<SightingDetail> = sightings.collect();
    let related = store.relatives(item.id, item.story)?;
    let doubts = doubts(&config, &item);
    let story_terms = story_terms(&config, &store, &item)?;
    if !arguments.json {
        let mut out = output::page();
        print_item(&mut out, &item)?;
        print_tags(&mut out, &config.lexicon, &item)?;
        print_doubts(&mut out, &item, &doubts)?;
        print_versions(&mut out, &item, &versions)?;
        levels::print_levels(&mut out, &item, &sightings, &related, &story_terms)?;
        return Ok(out.flush()?);
    }
    output::json(&Explanation {
        id: item.id,
        url: item.url,
        title: item.title,
        summary: item.summary,
        language: item.language,
        published: item.published,
        first_seen: item.first_seen,
        outlet: item.outlet,
        classification: item.classification,
        duplicate_of: item.duplicate_of,
        story: item.story,
        found: item.found,
        versions,
        sightings,
        related,
        story_terms,
        doubts,
    })
}

fn by_address(store: &Reader, rules: &dedup::UrlRules, address: &str) -> Result<Option<i64>, Failure> {
    match dedup::canonical_url(rules, address) {
        Some(canonical) => Ok(store.item_by_url(crate::ingest::url_key(&canonical))?),
        None => Err(Failure::new(
            super::failure::WRONG_USAGE,
            format!("`{address}` is neither the id of an item nor an http address"),
        )),
    }
}

/// The ambiguous names of a stored item, with what is known of its feed.
fn doubts(config: &Config, item: &ItemRow) -> Vec<AmbiguousName> {
    let feed = config.feeds.iter().find(|feed| feed.url == item.feed_url);
    Classifier::new(config.lexicon.clone()).trace(&ItemText {
        title: crate::text::without_outlet(&item.title, &item.outlet),
        summary: &item.summary,
        content: None,
        url: item.url.as_deref(),
        language: item.language.as_deref(),
        bloc: feed.and_then(|feed| feed.bloc),
        country: feed.and_then(|feed| feed.country.as_deref()),
    })
}

/// What speaks for and against the item's being in its story; nothing if no similar item brought it there.
fn story_terms(config: &Config, store: &Reader, item: &ItemRow) -> Result<Vec<dedup::Term>, Failure> {
    let found = item.found.as_ref().filter(|found| found["level"] == dedup::Level::Story.as_str());
    let Some(with) = found.and_then(|found| found["with"].as_i64()) else { return Ok(Vec::new()) };
    let Some(with) = store.item(with)? else { return Ok(Vec::new()) };
    let tags = |item: &'_ ItemRow| item.classification.tags.iter().map(ToString::to_string).collect::<Vec<String>>();
    let (own, others) = (tags(item), tags(&with));
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let (a, b) = (compared(item, &own), compared(&with, &others));
    Ok(dedup::event_terms(&config.dedup_rules, b, a))
}

fn compared<'a>(item: &'a ItemRow, tags: &'a [&'a str]) -> dedup::BatchItem<'a> {
    let features = dedup::Features {
        title: &item.title,
        summary: &item.summary,
        language: item.language.as_deref(),
        outlet: &item.outlet,
        tags,
    };
    dedup::BatchItem { url: None, at: Some(item.published.unwrap_or(item.first_seen)), features }
}

fn print_item(out: &mut impl Write, item: &ItemRow) -> Result<(), Failure> {
    writeln!(out, "item {}: {}", item.id, item.title)?;
    if !item.summary.is_empty() {
        writeln!(out, "  {}", item.summary)?;
    }
    writeln!(out, "  {}", item.url.as_deref().unwrap_or("(no address)"))?;
    let published = item.published.map_or_else(|| "undated".to_owned(), |time| format!("published {time}"));
    writeln!(out, "  {}, {published}, first seen {}", item.outlet, item.first_seen)?;
    Ok(())
}

/// Tags and relations, each with the places of the text that they rest on.
fn print_tags(out: &mut impl Write, lexicon: &Lexicon, item: &ItemRow) -> Result<(), Failure> {
    let classification = &item.classification;
    match &classification.scope {
        Some(scope) => writeln!(out, "\nscope {}, score {:.2}", scope.as_str(), classification.score)?,
        None => writeln!(out, "\nout of scope")?,
    }
    for tag in &classification.tags {
        match lexicon.label(tag) {
            Some(label) => writeln!(out, "  {tag} ({label})")?,
            None => writeln!(out, "  {tag}")?,
        }
        for evidence in classification.evidence.iter().filter(|evidence| evidence.tag == *tag) {
            writeln!(out, "    {}", in_words(item, evidence))?;
        }
    }
    for relation in &classification.relations {
        let arrow = if relation.directed { "→" } else { "↔" };
        writeln!(
            out,
            "\nrelation {} {arrow} {}: {} (tone {:+.1}, confidence {:.2})",
            relation.a, relation.b, relation.class, relation.tone, relation.confidence
        )?;
        for evidence in &relation.evidence {
            writeln!(out, "    {}", in_words(item, evidence))?;
        }
    }
    Ok(())
}

/// Prints the ambiguous names and the clues for and against each meaning.
fn print_doubts(out: &mut impl Write, item: &ItemRow, doubts: &[AmbiguousName]) -> Result<(), Failure> {
    if doubts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nambiguous names, under the current lexicon")?;
    let mut shown: Vec<(&str, &str, bool)> = Vec::new();
    for doubt in doubts {
        let key = (doubt.rule.as_str(), doubt.entity.as_str(), doubt.is_accepted);
        if shown.contains(&key) {
            continue;
        }
        shown.push(key);
        let taken = if doubt.is_accepted { "taken for" } else { "not taken for" };
        let place = in_context(item, doubt.field, doubt.start, doubt.end);
        writeln!(out, "  {place}\n    {taken} {} by the rule {}: {}", doubt.entity, doubt.rule, doubt.note)?;
        for (weight, what) in &doubt.clues {
            writeln!(out, "    {weight:+} {what}")?;
        }
        if doubt.clues.is_empty() {
            writeln!(out, "    no clue for or against it")?;
        }
    }
    Ok(())
}

/// Prints what the publisher changed: removed words as `[-…-]`, added words as `{+…+}`.
fn print_versions(out: &mut impl Write, item: &ItemRow, versions: &[ItemVersion]) -> Result<(), Failure> {
    if versions.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nedited {} times", versions.len())?;
    let words = |title: &str, summary: &str| format!("{title} / {summary}");
    let mut after: Vec<String> =
        versions.iter().skip(1).map(|version| words(&version.title, &version.summary)).collect();
    after.push(words(&item.title, &item.summary));
    for (version, after) in versions.iter().zip(&after) {
        writeln!(out, "  {}  {}", version.until, difference(&words(&version.title, &version.summary), after))?;
    }
    Ok(())
}

/// Returns the words of the later text, with removed words as `[-…-]` and added words as `{+…+}`.
fn difference(before: &str, after: &str) -> String {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.split_whitespace().collect(), after.split_whitespace().collect());
    let front = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let rest = before.len().min(after.len()) - front;
    let back = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let middle = |words: &[&str]| words.get(front..words.len() - back).unwrap_or_default().join(" ");
    let (went, came) = (middle(&before), middle(&after));
    let mut parts: Vec<String> = vec![after.iter().take(front).copied().collect::<Vec<_>>().join(" ")];
    parts.push(if went.is_empty() { went } else { format!("[-{went}-]") });
    parts.push(if came.is_empty() { came } else { format!("{{+{came}+}}") });
    parts.push(after.iter().skip(after.len() - back).copied().collect::<Vec<_>>().join(" "));
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

/// How much of the text is shown on either side of a name.
const CONTEXT_CHARS: usize = 24;

fn in_words(item: &ItemRow, evidence: &Evidence) -> String {
    let place = in_context(item, evidence.field, evidence.start, evidence.end);
    format!("{place}: {}, {}", evidence.entity, evidence.rule)
}

/// Returns the words at a place of the item in brackets, with some of the text around them.
fn in_context(item: &ItemRow, field: Field, start: usize, end: usize) -> String {
    let (name, text) = match field {
        Field::Title => ("title", item.title.as_str()),
        Field::Summary => ("summary", item.summary.as_str()),
        Field::Content => ("content", ""),
    };
    let (Some(before), Some(words), Some(after)) = (text.get(..start), text.get(start..end), text.get(end..)) else {
        return format!("{name}, bytes {start} to {end}");
    };
    let from = before.char_indices().rev().take(CONTEXT_CHARS).last().map_or(start, |(at, _)| at);
    let to: usize = after.chars().take(CONTEXT_CHARS).map(char::len_utf8).sum();
    let (lead, tail) = (if from > 0 { "…" } else { "" }, if to < after.len() { "…" } else { "" });
    let before = before.get(from..).unwrap_or_default();
    let after = after.get(..to).unwrap_or_default();
    format!("{name}: {lead}{before}[{words}]{after}{tail}")
}
