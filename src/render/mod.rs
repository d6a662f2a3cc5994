//! Digests and trend reports as pages, mails, Markdown, text, JSON and Atom.
//!
//! Pure: the same value gives the same bytes.

pub mod digest;
pub mod trends;

#[cfg(test)]
mod tests;
