//! Errors of the HTTP client: look-ups, and the chain of causes in words.

use std::error::Error;
use std::io;

/// What is said of an address that the guard refused.
pub(crate) const REFUSED: &str = "the address is not on the public internet";

/// Why there is no HTTP client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Client(String),
}

/// Why a name gave no address that may be fetched. It travels through the HTTP client's errors.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// The name service knows no address.
    #[error("the name `{0}` has no address")]
    NoAddress(String),
    /// The name service did not answer.
    #[error("the name service gave no answer on `{0}`")]
    NoAnswer(String),
    /// All its addresses are private.
    #[error("`{0}`: {REFUSED}")]
    Private(String),
}

impl LookupError {
    /// What the system said of a name; it tells its kinds only in words.
    pub(crate) fn of(name: &str, error: &io::Error) -> LookupError {
        let text = error.to_string();
        let is_passing = ["Temporary failure", "try again", "os error"].iter().any(|words| text.contains(words));
        if is_passing { LookupError::NoAnswer(name.to_owned()) } else { LookupError::NoAddress(name.to_owned()) }
    }
}

/// What caused an error. The standard library hides what is wrapped into an I/O error: its source is the source of that.
fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// An error and its causes, outermost first.
pub(crate) fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause(*error))
}

/// The causes of an error in words, outermost first.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for words in causes(error).map(ToString::to_string) {
        if text.is_empty() {
            text = words;
        } else if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
    }
    text
}
