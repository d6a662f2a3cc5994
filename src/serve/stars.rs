//! The reports that readers have starred: adding and removing them, their list, and dossiers of them.

use std::collections::HashSet;

use axum::http::header::CONTENT_DISPOSITION;
use jiff::Timestamp;
use maud::{Markup, html};

use super::answer::{Answer, Fault, Keep};
use super::layout::{Frame, page as framed};
use super::site::Site;
use super::visit::Visit;
use crate::render::dossier::{self, Format, Reference};
use crate::render::web_link;
use crate::store::{DeskFile, Star, StoreError};
use crate::text::sanitize::web_address;

/// Letters of a note.
const NOTE_MAX: usize = 4_000;

/// The dossiers: the name of the file, its type, its format, and what a reader calls it.
const DOSSIERS: [(&str, &str, Format, &str); 4] = [
    ("dossier.md", "text/markdown; charset=utf-8", Format::Markdown, "Markdown"),
    ("dossier.html", "text/html; charset=utf-8", Format::Html, "Page"),
    ("dossier.json", "application/vnd.citationstyles.csl+json", Format::CslJson, "CSL-JSON"),
    ("dossier.ris", "application/x-research-info-systems", Format::Ris, "RIS (Zotero)"),
];

/// Returns the ids of all starred items.
pub(super) fn ids(site: &Site) -> Result<HashSet<i64>, StoreError> {
    Ok(all(site)?.into_iter().map(|star| star.item_id).collect())
}

fn all(site: &Site) -> Result<Vec<Star>, StoreError> {
    let folder = site.readers.folder();
    if !DeskFile::exists(folder) {
        return Ok(Vec::new());
    }
    DeskFile::open(folder)?.stars()
}

/// The button that stars a report, or takes the star away. `back` is where to go afterwards, a path of this site.
pub(super) fn star_form(item: i64, is_starred: bool, back: &str) -> Markup {
    html! {
        form.star action="/stars" method="post" {
            input type="hidden" name="item" value=(item);
            input type="hidden" name="action" value=(if is_starred { "remove" } else { "add" });
            input type="hidden" name="back" value={ (back) "#item-" (item) };
            button type="submit" aria-pressed=(is_starred) { "Star" }
        }
    }
}

/// Adds or removes a star, or changes its note.
pub(super) fn change(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let form = &visit.request.form;
    let wrong = || Fault::Bad("The form names no report.".to_owned());
    let item: i64 = form.get("item").and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    let file = DeskFile::open(visit.site.readers.folder())?;
    match form.get("action") {
        Some("remove") => file.remove_star(item)?,
        Some("note") => {
            let note = form.get("note").unwrap_or_default();
            if note.chars().count() > NOTE_MAX {
                return Err(Fault::Bad(format!("A note has at most {NOTE_MAX} letters.")));
            }
            if !file.annotate(item, note)? {
                return Err(Fault::NotFound(format!("The report {item} is not starred.")));
            }
        }
        Some("add") => {
            let found = visit.reader.item(item)?.ok_or_else(|| Fault::NotFound(format!("There is no item {item}.")))?;
            file.add_star(&Star {
                item_id: item,
                starred_at: visit.now,
                note: String::new(),
                title: found.title,
                url: found.url,
                outlet: found.outlet,
                language: found.language,
                published: found.published,
                first_seen: found.first_seen,
            })?;
        }
        _ => return Err(Fault::Bad("The form does not say what to do.".to_owned())),
    }
    let is_local =
        |path: &&str| path.starts_with("/reading") || path.starts_with("/stars") || path.starts_with("/stories/");
    Ok(Answer::see_other(form.get("back").filter(is_local).unwrap_or("/stars")))
}

/// The list of starred reports.
pub(super) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let stars = all(visit.site)?;
    let content = html! {
        p.kicker { a href="/reading" { "Reading" } }
        h1 { "Starred reports" }
        @if stars.is_empty() {
            p.lead { "None yet. Star a report on the page " a href="/reading" { "Reading" } " or on that of its story." }
        } @else {
            p { "Take them with you: " @for (place, (name, _, _, label)) in DOSSIERS.iter().enumerate() {
                @if place > 0 { " · " } a href={ "/stars/" (name) } { (label) }
            } }
            ol.reports { @for star in &stars { (row(visit, star)) } }
        }
    };
    let answer =
        Answer::page(framed(&Frame { title: "Starred reports", place: "/reading", ..Frame::default() }, &content));
    Ok(answer.kept(Keep::Never))
}

fn row(visit: &Visit<'_>, star: &Star) -> Markup {
    let id = star.item_id;
    html! {
        li id={ "item-" (id) } {
            p.headline dir="auto" { (web_link(&star.title, star.language.as_deref(), star.url.as_deref())) }
            p.meta {
                bdi { (star.outlet) } " · " @if star.published.is_none() { "first seen " }
                (super::pages::moment(visit.site, star.published.unwrap_or(star.first_seen)))
                " · starred " (super::pages::moment(visit.site, star.starred_at))
                " · " a href={ "/items/" (id) } { "story" }
            }
            form.note action="/stars" method="post" {
                input type="hidden" name="item" value=(id);
                input type="hidden" name="action" value="note";
                input type="hidden" name="back" value={ "/stars#item-" (id) };
                label.hidden for={ "note-" (id) } { "Note on this report" }
                textarea id={ "note-" (id) } name="note" rows="2" maxlength=(NOTE_MAX) dir="auto" placeholder="Note" { (star.note) }
                button type="submit" { "Keep the note" }
            }
            (star_form(id, true, "/stars"))
        }
    }
}

/// A dossier of all starred reports.
pub(super) fn dossier(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let name = visit.request.part("name");
    let found = DOSSIERS.iter().find(|(known, ..)| *known == name);
    let &(name, kind, format, _) = found.ok_or_else(|| Fault::NotFound(format!("There is no dossier {name}.")))?;
    let zone = &visit.site.config.time_zone;
    let day = |at: Timestamp| at.to_zoned(zone.clone()).date();
    let base = visit.site.config.digest.base_url.as_deref().and_then(web_address);
    let permalink = |id: i64| base.as_ref().map(|base| format!("{}/items/{id}", base.trim_end_matches('/')));
    let reference = |star: Star| Reference {
        id: star.item_id,
        permalink: permalink(star.item_id),
        url: star.url.as_deref().and_then(web_address),
        title: star.title,
        outlet: star.outlet,
        language: star.language,
        published: star.published.map(day),
        seen: day(star.first_seen),
        note: star.note,
    };
    let references: Vec<Reference> = all(visit.site)?.into_iter().map(reference).collect();
    let answer = Answer::of_kind(kind, dossier::write(&references, visit.now, format)).kept(Keep::Never);
    Ok(match format {
        Format::Html => answer,
        _ => answer.with(CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\"")),
    })
}
