//! Digests, trend reports and alerts as pages, mails, Markdown, text, JSON and Atom.
//!
//! Each kind of document has a builder, which makes a tree of blocks (`block`) of it; each format has a writer, which
//! reads the tree. A new section of a report changes its builder and no writer; a new format is a new writer. JSON is
//! the report itself. Pure: the same value gives the same bytes.

pub(crate) mod block;
pub(crate) mod digest;
pub(crate) mod dossier;
mod html;
mod mail;
mod markdown;
pub(crate) mod svg;
#[cfg(test)]
mod tests;
mod text;
pub(crate) mod trends;
mod words;

use block::Document;

pub(crate) use html::{STYLE, foreign, fragment, level, level_class, web_link};

/// Writes a document as the HTML part of a mail.
pub(crate) fn mail(document: &Document) -> String {
    mail::write(document)
}

/// Writes a document in a few lines, for a chat.
pub(crate) fn chat(document: &Document) -> String {
    text::write_chat(document)
}

/// A value as JSON that people can read.
fn pretty_json(value: &impl serde::Serialize) -> String {
    // The reports have only strings, numbers and lists, which serde_json cannot fail on; a number that is not finite
    // becomes null.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
