//! A story: who reported it, when, and why each report is here.

use std::collections::BTreeMap;

use jiff::Timestamp;
use maud::{Markup, html};

use super::evidence::{Read, evidence};
use super::versions::versions;
use super::{counted, moment, span_words, tag_chips};
use crate::dedup::{self, Report};
use crate::model::PressBloc;
use crate::render::{foreign, web_link};
use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::{Frame, page as framed};
use crate::serve::site::Site;
use crate::serve::stars::{self, star_form};
use crate::serve::visit::Visit;
use crate::store::{ItemRow, ListedItem};

/// Reports whose evidence is shown.
const EXPLAINED: usize = 40;

/// Leads from an item to its story.
pub(in crate::serve) fn of_item(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let id = visit.request.id()?;
    let item = visit.reader.item(id)?.ok_or_else(|| Fault::NotFound(format!("There is no item {id}.")))?;
    Ok(Answer::see_other(&format!("/stories/{}#item-{id}", item.story.unwrap_or(id))))
}

/// When a report counts as made.
fn at(item: &ListedItem) -> Timestamp {
    item.published.unwrap_or(item.first_seen)
}

/// The page of a story.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let id = visit.request.id()?;
    let missing = || Fault::NotFound(format!("There is no story {id}."));
    let mut reports = visit.reader.story(id)?;
    if reports.is_empty() {
        // A story that was merged with an older one is there.
        let merged = visit.reader.item(id)?.ok_or_else(missing)?.story.filter(|story| *story != id);
        return merged.map(|story| Answer::see_other(&format!("/stories/{story}"))).ok_or_else(missing);
    }
    reports.sort_by_key(|item| (at(item), item.id));
    let explained: Vec<ItemRow> = reports
        .iter()
        .take(EXPLAINED)
        .filter_map(|report| visit.reader.item(report.id).transpose())
        .collect::<Result<_, _>>()?;
    let head = reports.iter().find(|item| item.duplicate_of.is_none()).or(reports.first()).ok_or_else(missing)?;
    let newsrooms = dedup::independent_newsrooms(
        &reports
            .iter()
            .map(|item| Report {
                survivor: item.duplicate_of.unwrap_or(item.id),
                key: item.id,
                outlet: &item.outlet,
                source: None,
            })
            .collect::<Vec<_>>(),
    );
    let mut tags: Vec<_> = reports.iter().flat_map(|item| item.tags.clone()).collect();
    tags.sort();
    tags.dedup();
    let mut edited = Vec::new();
    for item in &explained {
        let former = visit.reader.versions_of(item.id)?;
        if !former.is_empty() {
            edited.push((item, former));
        }
    }
    let starred = stars::ids(visit.site)?;
    let content = html! {
        article {
            header.masthead {
                p.kicker { "Story " (id) }
                h1 dir="auto" lang=[head.language.as_deref().filter(|code| crate::render::block::is_language(code))] { (head.title) }
                p.lead {
                    @if reports.len() > 1 {
                        (counted(reports.len(), "report", "reports")) " by " (counted(newsrooms, "independent newsroom", "independent newsrooms"))
                        ". First: "
                    } @else { "One report: " }
                    bdi { (head.outlet) } ", " (moment(visit.site, at(head))) "."
                }
                p { (tag_chips(visit.site, &tags)) }
            }
            (sides(visit.site, &reports))
            section aria-labelledby="reports" {
                h2 id="reports" { "Reports" }
                ol.reports { @for report in &reports { (row(visit.site, report, at(head), starred.contains(&report.id))) } }
            }
            @if !edited.is_empty() {
                section aria-labelledby="versions" {
                    h2 id="versions" { "Edits" }
                    @for (item, former) in &edited { (versions(visit.site, item, former)) }
                }
            }
            section aria-labelledby="evidence" {
                h2 id="evidence" { "Why it is here" }
                p.meta { "The words on which each tag rests are marked. A tag without such words cannot exist." }
                @for item in &explained {
                    details.evidence open[explained.len() == 1] {
                        summary { bdi { (item.outlet) } ": " (foreign(&item.title, item.language.as_deref().filter(|code| crate::render::block::is_language(code)))) }
                        (evidence(visit.site, Read { title: &item.title, summary: &item.summary, language: item.language.as_deref(), found: &item.classification }))
                    }
                }
                @if reports.len() > explained.len() { p.meta { "and " (reports.len() - explained.len()) " more reports; " code { "kazbek explain ID" } " explains each" } }
            }
        }
    };
    Ok(Answer::page(framed(&Frame { title: &head.title, ..Frame::default() }, &content)))
}

/// Blocs, each with its first report and its languages.
fn sides(site: &Site, reports: &[ListedItem]) -> Markup {
    let mut sides: BTreeMap<Option<PressBloc>, Vec<&ListedItem>> = BTreeMap::new();
    for report in reports {
        sides.entry(report.bloc.as_deref().and_then(|bloc| bloc.parse().ok())).or_default().push(report);
    }
    let mut sides: Vec<(Option<PressBloc>, Vec<&ListedItem>)> = sides.into_iter().collect();
    sides.sort_by_key(|(_, reports)| reports.first().map(|first| at(first)));
    let start = reports.first().map(at).unwrap_or_default();
    let languages = |reports: &[&ListedItem]| {
        let mut codes: Vec<&str> = reports.iter().filter_map(|item| item.language.as_deref()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes.join(", ")
    };
    html! {
        @if sides.len() > 1 {
            section aria-labelledby="sides" {
                h2 id="sides" { "By bloc" }
                div.scroll { table {
                    thead { tr { th { "Bloc" } th.number { "Reports" } th { "First" } th.wide { "Languages" } th.number { "Later by" } } }
                    tbody { @for (bloc, reports) in &sides { @if let Some(first) = reports.first() {
                        tr {
                            td { (bloc.map_or("Not known", PressBloc::label)) }
                            td.number { (reports.len()) }
                            td { bdi { (first.outlet) } span.wide { ", " (moment(site, at(first))) } }
                            td.wide { (languages(reports)) }
                            td.number { @if at(first) == start { "first" } @else { (span_words(at(first).duration_since(start))) } }
                        }
                    } } }
                } }
            }
        }
    }
}

/// One report.
fn row(site: &Site, report: &ListedItem, start: Timestamp, is_starred: bool) -> Markup {
    let lag = at(report).duration_since(start);
    html! {
        li id={ "item-" (report.id) } {
            p.headline dir="auto" { (web_link(&report.title, report.language.as_deref(), report.url.as_deref())) }
            p.meta {
                bdi { (report.outlet) }
                @if let Some(bloc) = report.bloc.as_deref().and_then(|bloc| bloc.parse::<PressBloc>().ok()) { " (" (bloc.label()) ")" }
                @if let Some(language) = &report.language { " · " (language) }
                " · " @if report.published.is_none() { "first seen " } (moment(site, at(report)))
                @if lag.as_secs() >= 60 { " · " (span_words(lag)) " later" }
                @if report.duplicate_of.is_some() { " · " span.chip { "same text" } }
            }
            (star_form(report.id, is_starred, &format!("/stories/{}", report.story.unwrap_or(report.id))))
        }
    }
}
