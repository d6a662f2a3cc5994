//! The frame of all pages: head, navigation, landmarks.

use std::path::Path;

use axum::http::StatusCode;
use axum::http::header::{REFRESH, RETRY_AFTER, WWW_AUTHENTICATE};
use maud::{DOCTYPE, Markup, html};
use serde::Serialize;
use tracing::warn;

use super::answer::{Answer, Fault, Keep};
use super::assets;
use super::request::Asked;
use crate::store::StoreError;

/// The pages of the navigation: address, and name.
const NAVIGATION: &[(&str, &str)] = &[
    ("/", "Today"),
    ("/reading", "Reading"),
    ("/relations", "Relations"),
    ("/places", "Places"),
    ("/trends", "Trends"),
    ("/issues", "Digests"),
    ("/search", "Search"),
    ("/feeds", "Feeds"),
    ("/lexicon", "Lexicon"),
];

/// What the frame needs to know of a page.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    /// The title of the window, without the name of the site.
    pub(super) title: &'a str,
    /// The address of the page of the navigation that it belongs to.
    pub(super) place: &'a str,
    /// What was searched for.
    pub(super) query: &'a str,
    /// Whether the page has columns beside its text.
    pub(super) is_wide: bool,
}

/// Writes a whole page.
pub(super) fn page(frame: &Frame<'_>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex, nofollow";
                title { (frame.title) " · kazbek" }
                link rel="stylesheet" href=(assets::stylesheet_address());
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                script src=(assets::script_address()) defer {}
                link rel="search" href="/assets/search.xml" type="application/opensearchdescription+xml" title="kazbek";
            }
            body.desk {
                a.skip href="#main" { "Skip to content" }
                header.site {
                    div.bar {
                        a.brand href="/" { "kazbek" }
                        nav.site aria-label="Site" {
                            ul { @for (address, name) in NAVIGATION {
                                li { a href=(address) aria-current=[(frame.place == *address).then_some("page")] { (name) } }
                            } }
                        }
                        form.quick role="search" action="/search" method="get" {
                            label.hidden for="quick" { "Search the history" }
                            input id="quick" name="q" type="search" value=(frame.query) placeholder="Search" autocomplete="off" dir="auto";
                            button type="submit" { "Search" }
                        }
                    }
                }
                main id="main" tabindex="-1" class=[frame.is_wide.then_some("broad")] { (content) }
                (keys())
            }
        }
    }
}

/// What the keys do, shown by `?`.
fn keys() -> Markup {
    const KEYS: [(&str, &str); 6] = [
        ("j", "the next report"),
        ("k", "the report before"),
        ("o", "open it"),
        ("s", "star it, or take the star away"),
        ("/", "search"),
        ("?", "this help"),
    ];
    html! {
        dialog id="keys" aria-label="Keys" {
            dl.facts { @for (key, does) in KEYS { dt { kbd { (key) } } dd { (does) } } }
            form method="dialog" { button { "Close" } }
        }
    }
}

/// The body of a fault, for programs.
#[derive(Serialize)]
struct Explained {
    error: String,
}

/// Returns the answer to a request that failed: JSON for a program, otherwise a page.
pub(super) fn explained(fault: &Fault, asked: &Asked) -> Answer {
    if let Fault::Store(error) = fault
        && !matches!(error, StoreError::Missing)
    {
        warn!(path = asked.path, %error, "a page could not be made");
    }
    let status = fault.status();
    let mut answer = match asked.is_program() {
        true => Answer::json(&Explained { error: fault.to_string() }),
        false => Answer::page(fault_page(status, &fault.to_string())),
    };
    match fault {
        Fault::Busy | Fault::Store(_) => answer = answer.with(RETRY_AFTER, "5"),
        Fault::Unknown => answer = answer.with(WWW_AUTHENTICATE, "Bearer realm=\"kazbek\""),
        _ => {}
    }
    answer.status(status).kept(Keep::Never)
}

/// A page that the browser asks for again until there is something to show.
pub(super) fn first_start(content: &Markup) -> Answer {
    let answer = Answer::page(page(&Frame { title: "First start", place: "/", ..Frame::default() }, content));
    answer.kept(Keep::Never).with(REFRESH, "5")
}

/// The page while a report is computed for somebody else, which the browser asks for again.
pub(super) fn computing(place: &str) -> Answer {
    let content = html! {
        h1 { "One moment" }
        p.lead { "Another report is being computed. This page asks again by itself." }
    };
    let answer = Answer::page(page(&Frame { title: "One moment", place, ..Frame::default() }, &content));
    answer.status(StatusCode::SERVICE_UNAVAILABLE).kept(Keep::Never).with(REFRESH, "2").with(RETRY_AFTER, "2")
}

/// The page before there is a database in a folder.
pub(super) fn without_store(folder: &Path) -> Answer {
    let content = html! {
        h1 { "Nothing here yet" }
        p.lead { "There is no database in " code { (folder.display()) } "." }
        p { "Start the daemon with " code { "kazbek run" } ", or bring a history in with " code { "kazbek import" } ". This page then shows how far it is." }
    };
    first_start(&content).status(StatusCode::SERVICE_UNAVAILABLE)
}

fn fault_page(status: StatusCode, explanation: &str) -> Markup {
    let title = match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::BAD_REQUEST => "This request is not understood",
        StatusCode::SERVICE_UNAVAILABLE => "Not available now",
        _ => "Refused",
    };
    let mut letters = explanation.chars();
    let sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    let content = html! {
        h1 { (title) }
        p.lead { (sentence) @if !sentence.ends_with('.') { "." } }
        p { a href="/" { "To the front page" } }
    };
    page(&Frame { title, ..Frame::default() }, &content)
}
