//! The lexicon: who is in it, what it finds in a text, and which names it lacks.

use maud::{Markup, html};

use super::counted;
use super::evidence::{Read, evidence};
use crate::classify::{Classifier, ItemText};
use crate::lexicon::{Entity, EntityKind, Lexicon};
use crate::serve::answer::{Answer, Fault, Keep};
use crate::serve::candidates::ITEMS_MIN;
use crate::serve::layout::{Frame, page as framed};
use crate::serve::request::{Asked, encoded};
use crate::serve::site::Site;
use crate::serve::visit::Visit;

/// Entities that a look-up shows.
const FOUND_MAX: usize = 40;
/// Candidates that are shown.
const CANDIDATES_MAX: usize = 60;

/// The look-up, and what the lexicon is.
pub(in crate::serve) fn page(site: &Site, asked: &Asked) -> Result<Answer, Fault> {
    let words = asked.query.get("name").unwrap_or_default();
    let lexicon = &site.config.lexicon;
    let content = html! {
        h1 { "Lexicon" }
        p.lead {
            (counted(lexicon.entities().len(), "entity", "entities")) " and " (counted(lexicon.topics().len(), "topic", "topics"))
            ", version " code { (lexicon.version()) } @if let Some(day) = lexicon.checked() { ", checked on " (day) } "."
        }
        form.search action="/lexicon" method="get" aria-label="Look up a name" {
            div.field.words { label for="name" { "Who or what" } input id="name" name="name" type="search" value=(words) dir="auto" placeholder="Pashinyan, Тбилиси, AZAL"; }
            button type="submit" { "Look up" }
        }
        @if words.is_empty() { (overview(lexicon)) } @else { (found(site, words)) }
        (text_form("", ""))
        nav.pages aria-label="More" { a href="/lexicon/candidates" { "Names that the lexicon lacks →" } }
    };
    Ok(Answer::page(framed(&Frame { title: "Lexicon", place: "/lexicon", ..Frame::default() }, &content)))
}

/// What a text that was pasted gives.
pub(in crate::serve) fn text(site: &Site, asked: &Asked) -> Result<Answer, Fault> {
    let (title, summary) = (asked.form.get("title").unwrap_or_default(), asked.form.get("text").unwrap_or_default());
    let found = match (title.is_empty(), summary.is_empty()) {
        (true, true) => return Err(Fault::Bad("There is no text; write or paste one.".to_owned())),
        _ => Classifier::new(site.config.lexicon.clone()).classify(&ItemText { title, summary, ..ItemText::default() }),
    };
    let content = html! {
        p.kicker { a href="/lexicon" { "Lexicon" } }
        h1 { "What the text gives" }
        @if found.tags.is_empty() { p.lead { "No tag: nothing in it is in the lexicon." } }
        div.card { (evidence(site, Read { title, summary, language: None, found: &found })) }
        (text_form(title, summary))
    };
    let frame = Frame { title: "Lexicon", place: "/lexicon", ..Frame::default() };
    Ok(Answer::page(framed(&frame, &content)).kept(Keep::Never))
}

/// Names in the newest items that the lexicon lacks.
pub(in crate::serve) fn candidates(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let found = visit.site.candidates.get(visit.site, visit.reader)?;
    let names = &found.names;
    let content = html! {
        p.kicker { a href="/lexicon" { "Lexicon" } }
        h1 { "Names that the lexicon lacks" }
        p.lead { "Names in at least " (ITEMS_MIN) " of the newest " (found.items) " reports that are about a scope. Which of them belong in the lexicon is for a person to say; " code { "kazbek lexicon candidates" } " prints entries to paste." }
        @if names.is_empty() { p { "None." } }
        ol.reports { @for name in names.iter().take(CANDIDATES_MAX) { li {
            p.headline { bdi { (name.forms.join(", ")) } " "
                span.meta { (counted(name.items, "report", "reports")) ", " (counted(name.outlets, "outlet", "outlets"))
                    @if let Some(place) = &name.place { " · mostly " (visit.site.place(place)) } } }
            ul { @for title in &name.contexts { li.meta dir="auto" { (title) } } }
            p.meta { a href={ "/search?q=" (encoded(&format!("\"{}\"", name.name))) } { "Search" } }
        } } }
    };
    Ok(Answer::page(framed(&Frame { title: "Candidates", place: "/lexicon", ..Frame::default() }, &content)))
}

fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Place => "Place",
        EntityKind::City => "Town",
        EntityKind::Person => "Person",
        EntityKind::Organisation => "Organisation",
        EntityKind::Project => "Project or agreement",
        EntityKind::Event => "Event",
    }
}

/// How many there are of each kind, and whose office has ended.
fn overview(lexicon: &Lexicon) -> Markup {
    const KINDS: [EntityKind; 6] = [
        EntityKind::Place,
        EntityKind::City,
        EntityKind::Person,
        EntityKind::Organisation,
        EntityKind::Project,
        EntityKind::Event,
    ];
    let count = |kind: EntityKind| lexicon.entities().iter().filter(|entity| entity.kind == kind).count();
    let mut ended: Vec<&Entity> = lexicon.entities().iter().filter(|entity| entity.until.is_some()).collect();
    ended.sort_by(|a, b| b.until.cmp(&a.until).then_with(|| a.label.cmp(&b.label)));
    html! {
        dl.facts { @for kind in KINDS { dt { (kind_name(kind)) } dd { (count(kind)) } } }
        @if !ended.is_empty() {
            details {
                summary { (counted(ended.len(), "office that has ended", "offices that have ended")) }
                ul { @for entity in ended { li {
                    a href={ "/lexicon?name=" (encoded(&entity.label)) } { (entity.label) } ": " (entity.office.as_deref().unwrap_or("office")) ", until " (entity.until.as_deref().unwrap_or_default())
                } } }
            }
        }
    }
}

/// The entities of a name: those that the matcher finds, then those whose label has the words.
fn matching<'a>(lexicon: &'a Lexicon, words: &str) -> Vec<&'a Entity> {
    let named = lexicon.search_names(words);
    let tags: Vec<_> = named.iter().flat_map(|name| &name.tags).collect();
    let small = words.to_lowercase();
    let is_found = |entity: &&Entity| entity.tag.as_ref().is_some_and(|tag| tags.contains(&tag));
    let is_named = |entity: &&Entity| entity.label.to_lowercase().contains(&small) || entity.id == small;
    let entities = lexicon.entities();
    let first = entities.iter().filter(is_found);
    first.chain(entities.iter().filter(|entity| !is_found(entity) && is_named(entity))).collect()
}

fn found(site: &Site, words: &str) -> Markup {
    let entities = matching(&site.config.lexicon, words);
    html! {
        p.meta role="status" { @if entities.is_empty() { "Nobody and nothing of this name." } @else { (counted(entities.len(), "entity", "entities")) } }
        ol.reports { @for entity in entities.iter().take(FOUND_MAX) { (one(site, entity)) } }
        @if entities.len() > FOUND_MAX { p.meta { "and " (entities.len() - FOUND_MAX) " more" } }
    }
}

fn one(site: &Site, entity: &Entity) -> Markup {
    let lexicon = &site.config.lexicon;
    let parent = |id: &String| lexicon.entity(id).map_or(id.clone(), |parent| parent.label.clone());
    let parents: Vec<String> = entity.parents.iter().map(parent).collect();
    html! {
        li {
            p.headline { (entity.label) " " span.meta { (kind_name(entity.kind)) } }
            @if let Some(office) = &entity.office {
                p { (office)
                    @if let Some(since) = &entity.since { ", since " (since) }
                    @if let Some(until) = &entity.until { ", until " (until) } }
            }
            p.meta {
                "id " code { (entity.id) }
                @if !parents.is_empty() { " · of " (parents.join(", ")) }
                @match &entity.tag {
                    Some(tag) => { " · " a href={ "/search?tag=" (encoded(tag)) } { "reports with " (tag) } }
                    None => { " · gives only the tags of what it belongs to" }
                }
                @if let Some(item) = &entity.wikidata { " · " a href={ "https://www.wikidata.org/wiki/" (item) } rel="noopener noreferrer" { "Wikidata " (item) } }
            }
            @if let Some(note) = &entity.note { p.meta { (note) } }
        }
    }
}

fn text_form(title: &str, text: &str) -> Markup {
    html! {
        section aria-labelledby="try" {
            h2 id="try" { "Try a text" }
            form.stacked.broad action="/lexicon" method="post" {
                label for="title" { "Headline" }
                input id="title" name="title" value=(title) dir="auto" autocomplete="off";
                label for="text" { "Text" }
                textarea id="text" name="text" rows="5" dir="auto" { (text) }
                button type="submit" { "Show its evidence" }
            }
        }
    }
}
