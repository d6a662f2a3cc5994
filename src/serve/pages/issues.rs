//! Issues at their permanent addresses, and the archive of them.

use std::collections::HashMap;

use axum::http::StatusCode;
use jiff::civil::Date;
use maud::html;

use crate::app::issue::Issue;
use crate::digest::Format;
use crate::model::{Cadence, Period};
use crate::render::block::{Block, Document};
use crate::render::{self, digest as rendered};
use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::{self, Frame};
use crate::serve::site::Site;
use crate::serve::visit::Visit;
use crate::store::IssueHead;

/// Issues that one page of the archive lists.
const LISTED: usize = 366;

/// Links each story of a document to its page. Those opened by an item after `seen` are marked as new.
pub(in crate::serve) fn link_stories(document: &mut Document, stories: &HashMap<String, i64>, seen: Option<i64>) {
    for block in document.sections.iter_mut().flat_map(|section| &mut section.blocks) {
        let Block::Stories(list) = block else { continue };
        for story in &mut list.list {
            let id = story.headline.url.as_ref().and_then(|url| stories.get(url));
            story.page = id.map(|id| format!("/stories/{id}"));
            story.is_new = id.zip(seen).is_some_and(|(id, seen)| *id > seen);
        }
    }
}

fn cadence_of(word: &str) -> Result<Cadence, Fault> {
    word.parse().map_err(|_| Fault::NotFound(format!("There are no issues of the kind {word}.")))
}

fn cadence_name(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Day => "Daily",
        Cadence::Week => "Weekly",
        Cadence::Month => "Monthly",
        Cadence::Year => "Yearly",
    }
}

/// The list of issues, of all cadences or of one.
pub(in crate::serve) fn archive(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let word = visit.request.part("cadence");
    let cadence = (!word.is_empty()).then(|| cadence_of(word)).transpose()?;
    let heads = visit.reader.issues(cadence, LISTED)?;
    let months = by_month(&heads);
    let name = |head: &IssueHead| match head.cadence {
        Cadence::Day => {
            head.label.parse::<Date>().map_or(head.label.clone(), |day| day.strftime("%A, %-d %B").to_string())
        }
        _ => head.label.clone(),
    };
    let title = cadence.map_or("Digests".to_owned(), |cadence| format!("{} digests", cadence_name(cadence)));
    let content = html! {
        h1 { (title) }
        nav.tabs aria-label="Kinds of digests" {
            a href="/issues" aria-current=[cadence.is_none().then_some("page")] { "All" }
            @for one in Cadence::ALL {
                a href={ "/issues/" (one.as_str()) } aria-current=[(cadence == Some(one)).then_some("page")] { (cadence_name(one)) }
            }
        }
        @if heads.is_empty() {
            p.lead { "No digest has been written yet. The daemon writes the first one when the day is over; " a href="/" { "the front page" } " shows the day so far." }
        }
        @for (month, heads) in months {
            section {
                h2 { (month) }
                ul.issues {
                    @for head in heads {
                        li {
                            a href={ "/issues/" (head.cadence.as_str()) "/" (head.label) } { (name(head)) }
                            " " span.meta { (cadence_name(head.cadence)) " No. " (head.number) }
                        }
                    }
                }
            }
        }
        @if heads.len() == LISTED { p.meta { "Older ones are at their addresses: " code { "/issues/day/2026-01-31" } "." } }
    };
    Ok(Answer::page(layout::page(&Frame { title: &title, place: "/issues", ..Frame::default() }, &content)))
}

/// Issues by the month in which they were written.
fn by_month(heads: &[IssueHead]) -> Vec<(String, Vec<&IssueHead>)> {
    let mut months: Vec<(String, Vec<&IssueHead>)> = Vec::new();
    for head in heads {
        let month = match head.label.get(..7).and_then(|month| format!("{month}-01").parse::<Date>().ok()) {
            Some(day) => day.strftime("%B %Y").to_string(),
            None => head.written_at.strftime("%B %Y").to_string(),
        };
        match months.last_mut() {
            Some((last, list)) if *last == month => list.push(head),
            _ => months.push((month, vec![head])),
        }
    }
    months
}

/// Returns the period of an address.
fn period_of(site: &Site, cadence: Cadence, label: &str) -> Option<Period> {
    let day = match cadence {
        Cadence::Day => label.parse().ok(),
        Cadence::Month => format!("{label}-01").parse().ok(),
        Cadence::Year => format!("{label}-01-01").parse().ok(),
        Cadence::Week => {
            let (year, week) = label.split_once("-W")?;
            let week =
                jiff::civil::ISOWeekDate::new(year.parse().ok()?, week.parse().ok()?, jiff::civil::Weekday::Monday);
            week.ok().map(|week| week.date())
        }
    };
    let period = Period::containing(cadence, day?, site.config.time_zone.clone()).ok()?;
    (period.label() == label).then_some(period)
}

/// An issue. An extension or `?format=` gives it in another format: `/issues/day/2026-01-31.md`.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let cadence = cadence_of(visit.request.part("cadence"))?;
    let asked = visit.request.part("label");
    let (label, format) = match asked.rsplit_once('.') {
        Some((label, extension)) => (label, extension.parse::<Format>().ok()),
        None => (asked, Some(Format::Html)),
    };
    let missing = || Fault::NotFound(format!("There is no {} digest {label}.", cadence_name(cadence).to_lowercase()));
    let format = format.ok_or_else(missing)?;
    let frozen = visit.reader.issue(cadence, label)?;
    let Some(frozen) = frozen else {
        let period = period_of(visit.site, cadence, label).ok_or_else(missing)?;
        let is_under_way = period.end_instant().is_ok_and(|end| visit.now < end);
        return if is_under_way && cadence == Cadence::Day { Ok(Answer::see_other("/")) } else { Err(missing()) };
    };
    let issue = Issue::frozen(frozen)?;
    let other = |kind| Ok(Answer::of_kind(kind, issue.render(format)));
    match format {
        Format::Html => {}
        Format::Json => return other("application/json"),
        Format::Markdown => return other("text/markdown; charset=utf-8"),
        Format::Text => return Ok(Answer::text(StatusCode::OK, issue.render(format))),
        Format::Atom => return other("application/atom+xml"),
    }
    let mut document = rendered::document(&issue.digest);
    link_stories(&mut document, &visit.site.stories_of(visit.reader, &issue.digest)?, None);
    let neighbour = |by: i64| {
        let period = period_of(visit.site, cadence, label)?;
        let day = if by < 0 { period.first.yesterday().ok()? } else { period.end };
        let label = Period::containing(cadence, day, period.time_zone.clone()).ok()?.label();
        visit.reader.issue(cadence, &label).ok()??;
        Some(label)
    };
    let path = format!("/issues/{}", cadence.as_str());
    let content = html! {
        (render::fragment(&document))
        nav.pages aria-label="Other digests" {
            @if let Some(before) = neighbour(-1) { a rel="prev" href={ (path) "/" (before) } { "← " (before) } }
            a href=(path) { "All " (cadence_name(cadence).to_lowercase()) " digests" }
            @if let Some(after) = neighbour(1) { a rel="next" href={ (path) "/" (after) } { (after) " →" } }
        }
        p.meta.formats { "Also as " @for (place, format) in [Format::Markdown, Format::Text, Format::Json, Format::Atom].into_iter().enumerate() {
            @if place > 0 { ", " } a href={ (path) "/" (label) "." (format.as_str()) } { (format.as_str()) }
        } }
    };
    Ok(Answer::page(layout::page(&Frame { title: &document.name, place: "/issues", ..Frame::default() }, &content)))
}
