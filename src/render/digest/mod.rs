//! An issue in each of its formats. All show the same values; only JSON has all of them.

mod document;
mod feed;
mod review;

use super::{html, mail as mail_writer, markdown, text};
use crate::digest::Digest;

pub(crate) use super::words::subject;
pub use crate::digest::Format;
pub(crate) use document::of as document;
pub(crate) use feed::{
    FeedHead, IssueEntry, ItemEntry, atom_of_issues, atom_of_items, json_feed_of_issues, json_feed_of_items,
};

/// Writes an issue. The same issue gives the same bytes.
pub(crate) fn render(digest: &Digest, format: Format) -> String {
    match format {
        Format::Html => html::page(&document::of(digest)),
        Format::Markdown => markdown::write(&document::of(digest)),
        Format::Text => text::write(&document::of(digest)),
        Format::Json => super::pretty_json(digest),
        Format::Atom => atom_of_issues(&FeedHead::of(digest), &[IssueEntry::of(digest)]),
    }
}

/// Writes an issue as the HTML part of a mail; its text part is [`Format::Text`]. The same issue gives the same bytes.
pub(crate) fn mail(digest: &Digest) -> String {
    mail_writer::write(&document::of(digest))
}

/// Writes an issue in a few lines, for a chat: who moved, turning points, and the first stories of each section.
pub(crate) fn chat(digest: &Digest) -> String {
    text::write_chat(&document::of(digest))
}
