//! `parse`, `search` and `explain`: looking at one thing.

use std::io::Write;

use serde::Serialize;

use super::context::Context;
use super::failure::{BAD_DATA, FAILED, Failure};
use super::{ExplainArguments, ParseArguments, SearchArguments, output};
use crate::daemon::clock;
use crate::dedup;
use crate::feed::{self, Source};
use crate::model::{Evidence, Field, ParsedFeed};
use crate::store::{ItemRow, ItemVersion, ReportItem, SightingDetail, Store};

pub(super) fn parse(arguments: &ParseArguments) -> Result<(), Failure> {
    let bytes = output::read_all(&arguments.file)?;
    let source = Source {
        content_type: arguments.content_type.as_deref(),
        base_url: arguments.base.as_deref(),
        ..Source::at(clock::now())
    };
    let parsed = feed::parse(&bytes, &source)
        .map_err(|error| Failure::new(BAD_DATA, format!("{}: {error}", arguments.file.display())))?;
    if arguments.json { output::json(&parsed) } else { print_feed(&parsed) }
}

/// A feed for a person: its head, its items, its warnings.
pub(super) fn print_feed(parsed: &ParsedFeed) -> Result<(), Failure> {
    let mut out = output::stdout();
    let format = serde_json::to_value(parsed.format)?;
    writeln!(out, "{}", parsed.title.as_deref().unwrap_or("(no title)"))?;
    writeln!(out, "{}, {} items", format.as_str().unwrap_or_default(), parsed.items.len())?;
    if let Some(link) = &parsed.link {
        writeln!(out, "{link}")?;
    }
    for item in &parsed.items {
        let when = item.published.map_or_else(|| "undated             ".to_owned(), |time| time.to_string());
        writeln!(out, "\n{when}  {}", item.title)?;
        if let Some(link) = &item.link {
            writeln!(out, "                      {link}")?;
        }
    }
    for warning in &parsed.warnings {
        writeln!(out, "\nwarning: {warning}")?;
    }
    Ok(out.flush()?)
}

pub(super) fn search(context: &Context, arguments: &SearchArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    let mut filter = arguments.range.filter(&config.time_zone)?;
    filter.outlet = arguments.outlet.clone();
    let hits = context.open_read_only()?.search(&arguments.query.join(" "), &filter, arguments.limit)?;
    let mut out = output::stdout();
    for hit in &hits {
        if arguments.json {
            output::json_line(&mut out, hit)?;
            continue;
        }
        let day = hit.at.to_zoned(config.time_zone.clone()).date();
        writeln!(out, "{day}  {}  [{}]", hit.title, hit.outlet)?;
        if hit.snippet.replace(['[', ']'], "") != hit.title {
            writeln!(out, "            {}", hit.snippet.replace('\n', " "))?;
        }
        writeln!(out, "            {}  {}", hit.url.as_deref().unwrap_or("(no address)"), hit.tags.join(" "))?;
    }
    if hits.is_empty() && !arguments.json {
        writeln!(out, "nothing found")?;
    }
    Ok(out.flush()?)
}

/// All that the store knows of why an item is what it is.
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
    related: Vec<ReportItem>,
}

pub(super) fn explain(context: &Context, arguments: &ExplainArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    let store = context.open_read_only()?;
    let id = match arguments.item.parse::<i64>() {
        Ok(id) => Some(id),
        Err(_) => by_address(&store, &config.dedup_rules.urls, &arguments.item)?,
    };
    let item = id.map(|id| store.item(id)).transpose()?.flatten();
    let Some(item) = item else {
        return Err(Failure::new(FAILED, format!("no item has the id or the address `{}`", arguments.item)));
    };
    let versions = store.versions_of(item.id)?;
    let sightings = store.sightings_of(item.id)?;
    let related = store.relatives(item.id, item.story)?;
    if !arguments.json {
        return print_explanation(&item, &versions, &sightings, &related);
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
    })
}

fn by_address(store: &Store, rules: &dedup::UrlRules, address: &str) -> Result<Option<i64>, Failure> {
    match dedup::canonical_url(rules, address) {
        Some(canonical) => Ok(store.item_by_url(crate::ingest::url_key(&canonical))?),
        None => Err(Failure::new(2, format!("`{address}` is neither the id of an item nor an http address"))),
    }
}

fn print_explanation(
    item: &ItemRow,
    versions: &[ItemVersion],
    sightings: &[SightingDetail],
    related: &[ReportItem],
) -> Result<(), Failure> {
    let mut out = output::stdout();
    let classification = &item.classification;
    writeln!(out, "item {}: {}", item.id, item.title)?;
    if !item.summary.is_empty() {
        writeln!(out, "  {}", item.summary)?;
    }
    writeln!(out, "  {}", item.url.as_deref().unwrap_or("(no address)"))?;
    let published = item.published.map_or_else(|| "undated".to_owned(), |time| format!("published {time}"));
    writeln!(out, "  {}, {published}, first seen {}", item.outlet, item.first_seen)?;
    match classification.scope {
        Some(scope) => writeln!(out, "\nscope {}, score {:.2}", scope.as_str(), classification.score)?,
        None => writeln!(out, "\nout of scope")?,
    }
    for tag in &classification.tags {
        writeln!(out, "  {tag}")?;
        for evidence in classification.evidence.iter().filter(|evidence| evidence.tag == *tag) {
            writeln!(out, "    {}", in_words(evidence))?;
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
            writeln!(out, "    {}", in_words(evidence))?;
        }
    }
    print_versions(&mut out, item, versions)?;
    writeln!(out, "\nstands in {} feeds", sightings.len())?;
    for sighting in sightings {
        writeln!(out, "  {}  {} ({})", sighting.first_seen, sighting.feed, sighting.outlet)?;
        if let Some(title) = sighting.title.as_deref().filter(|title| *title != item.title) {
            writeln!(out, "                        as: {title}")?;
        }
    }
    if let Some(survivor) = item.duplicate_of {
        writeln!(out, "\na near-duplicate of item {survivor}")?;
    }
    match item.story {
        Some(story) => writeln!(out, "\nstory {story}, with {} other items", related.len())?,
        None => writeln!(out, "\nin no story")?,
    }
    if let Some(found) = &item.found {
        writeln!(out, "  placed by {found}")?;
    }
    for other in related {
        let day = other.published.unwrap_or(other.first_seen).strftime("%Y-%m-%d");
        writeln!(out, "  {day}  item {}  {}  [{}]", other.id, other.title, other.outlet)?;
    }
    Ok(out.flush()?)
}

/// What the publisher changed, words that went in brackets with a minus, words that came with a plus.
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

/// The words of two texts with what went as `[-…-]` and what came as `{+…+}`: what is common in front and behind stands as it is.
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

fn in_words(evidence: &Evidence) -> String {
    let field = match evidence.field {
        Field::Title => "title",
        Field::Summary => "summary",
        Field::Content => "content",
    };
    format!(
        "`{}` in the {field}, bytes {} to {}: {}, {}",
        evidence.form, evidence.start, evidence.end, evidence.entity, evidence.rule
    )
}
