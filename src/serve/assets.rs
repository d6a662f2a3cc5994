//! Files that pages refer to. All are in the binary.

use std::sync::LazyLock;

use axum::http::StatusCode;
use xxhash_rust::xxh3::xxh3_64;

use super::answer::{Answer, Fault, Keep};
use super::request::Asked;
use super::site::Site;
use crate::render;

/// The style of all pages: that of digests, and what only the site needs.
static STYLE: LazyLock<String> = LazyLock::new(|| format!("{}{}", render::STYLE, include_str!("desk.css")));

/// The address of the style, which changes with its content.
static STYLE_ADDRESS: LazyLock<String> =
    LazyLock::new(|| format!("/assets/desk.css?v={:016x}", xxh3_64(STYLE.as_bytes())));

/// Keys for the pages; all that the keys do can be done without.
const SCRIPT: &str = include_str!("keys.js");

static SCRIPT_ADDRESS: LazyLock<String> =
    LazyLock::new(|| format!("/assets/keys.js?v={:016x}", xxh3_64(SCRIPT.as_bytes())));

/// A mountain.
const ICON: &str = concat!(
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#8c2f1b"/>"##,
    r##"<path d="M3 26 13 8l4 7 3-4 9 15z" fill="#fff"/></svg>"##
);

/// Lets browsers add the search to theirs.
const SEARCH: &str = concat!(
    r#"<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/"><ShortName>kazbek</ShortName>"#,
    r#"<Description>News history</Description><InputEncoding>UTF-8</InputEncoding>"#,
    r#"<Url type="text/html" template="/search?q={searchTerms}"/></OpenSearchDescription>"#
);

/// Returns the address of the style.
pub(super) fn stylesheet_address() -> &'static str {
    &STYLE_ADDRESS
}

/// Returns the address of the script.
pub(super) fn script_address() -> &'static str {
    &SCRIPT_ADDRESS
}

/// A file.
pub(super) fn file(_: &Site, asked: &Asked) -> Result<Answer, Fault> {
    match asked.part("name") {
        "desk.css" => Ok(Answer::of_kind("text/css; charset=utf-8", STYLE.as_str()).kept(Keep::Forever)),
        "keys.js" => Ok(Answer::of_kind("text/javascript; charset=utf-8", SCRIPT).kept(Keep::Forever)),
        "icon.svg" => Ok(Answer::of_kind("image/svg+xml", ICON)),
        "search.xml" => Ok(Answer::of_kind("application/opensearchdescription+xml", SEARCH)),
        name => Err(Fault::NotFound(format!("there is no file {name}"))),
    }
}

/// Keeps search engines out: the pages quote the headlines of others.
pub(super) fn robots(_: &Site, _: &Asked) -> Result<Answer, Fault> {
    Ok(Answer::text(StatusCode::OK, "User-agent: *\nDisallow: /\n"))
}
