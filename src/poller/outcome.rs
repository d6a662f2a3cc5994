//! How a fetch ended.

use super::hints::{RetryAfter, ServerHints};
use super::request::Validators;
use super::status::StatusWord;

/// How a fetch ended. There is no error beside it: a dead feed is data.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// A body that differs from the one held.
    Fetched(Fetched),
    /// The server says that nothing changed (304).
    NotModified(Unchanged),
    /// The server sent the very bytes that are held.
    SameBody(Unchanged),
    /// There is no feed to be had this time.
    Failed(Failure),
    /// The feed was not asked, since its domain wants to be left alone for that many seconds. Not the feed's failure.
    Postponed {
        /// Seconds for which the domain stays paused.
        wait_secs: u64,
    },
}

impl Outcome {
    /// The word under which the event is listed. A fetched body is `ok` until the reader of feeds says otherwise.
    pub fn word(&self) -> StatusWord {
        match self {
            Outcome::Fetched(_) => StatusWord::Ok,
            Outcome::NotModified(_) => StatusWord::NotModified,
            Outcome::SameBody(_) => StatusWord::SameBody,
            Outcome::Failed(failure) => failure.word,
            Outcome::Postponed { .. } => StatusWord::Postponed,
        }
    }

    /// What the server asks of pollers, for [`Wishes::server`](super::schedule::Wishes::server).
    pub fn hints(&self) -> ServerHints {
        match self {
            Outcome::Fetched(fetched) => fetched.hints,
            Outcome::NotModified(unchanged) | Outcome::SameBody(unchanged) => unchanged.hints,
            Outcome::Failed(failure) => ServerHints { retry_after: failure.retry_after, fresh_secs: None },
            Outcome::Postponed { .. } => ServerHints::default(),
        }
    }
}

/// A body and what came with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fetched {
    /// The body after decompression; at least one byte.
    pub bytes: Vec<u8>,
    /// The Content-Type header, which may name a charset.
    pub content_type: Option<String>,
    /// The address that answered, behind all redirects: the base of relative links.
    pub final_url: String,
    /// Where permanent redirects (301, 308) lead, followed up to the first temporary one; see [`schedule`](super::schedule).
    pub permanent_redirect: Option<String>,
    /// To be stored in one transaction with the items, and not at all where the body did not parse.
    pub validators: Validators,
    /// What the server asks of pollers.
    pub hints: ServerHints,
    /// The body changed although the server still names the version that is held: its validators cannot be trusted.
    pub validators_lied: bool,
}

/// An answer that brought nothing new.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unchanged {
    /// The address that answered, behind all redirects.
    pub final_url: String,
    /// Where permanent redirects (301, 308) lead, followed up to the first temporary one.
    pub permanent_redirect: Option<String>,
    /// The validators to keep: those held, freshened by this answer (RFC 9111, section 3.2).
    pub validators: Validators,
    /// What the server asks of pollers.
    pub hints: ServerHints,
}

/// How bad a failure is: how much it adds to the feed's backoff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grade {
    /// It will hardly mend itself: forbidden, gone, a bad address.
    Hard,
    /// It often mends itself: not found, a server error, an unknown host, TLS, a time-out.
    Soft,
    /// It lies on the way or on our side: name service out of order, network unreachable, our proxy.
    Temporary,
}

impl Grade {
    /// What one failure adds to the count that the backoff multiplies by: 1, 0.5 or 0.25, the weights of Media Cloud's rss-fetcher.
    pub fn weight(self) -> f64 {
        match self {
            Grade::Hard => 1.0,
            Grade::Soft => 0.5,
            Grade::Temporary => 0.25,
        }
    }
}

/// Why there is no feed to be had this time.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What happened, in one word of the documented vocabulary.
    pub word: StatusWord,
    /// How bad it is.
    pub grade: Grade,
    /// What happened, to what, in a sentence for people. Holds no secret.
    pub detail: String,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// How long the server asks to be left alone.
    pub retry_after: Option<RetryAfter>,
}

impl Failure {
    /// A failure with the grade that its word has by itself.
    pub fn new(word: StatusWord, detail: impl Into<String>) -> Failure {
        Failure { word, grade: word.grade(), detail: detail.into(), status: None, retry_after: None }
    }
}
