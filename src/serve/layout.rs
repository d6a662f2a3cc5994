//! The frame of all pages: head, navigation, landmarks.

use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::assets;

/// The pages of the navigation: address, and name.
const NAVIGATION: &[(&str, &str)] =
    &[("/", "Today"), ("/issues", "Digests"), ("/search", "Search"), ("/feeds", "Feeds")];

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
            }
        }
    }
}

/// The page of a fault.
pub(super) fn fault(status: StatusCode, explanation: &str) -> Markup {
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
