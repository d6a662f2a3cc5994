//! One look at one address: fetched and read, nothing stored.

use jiff::Timestamp;

use crate::config::Settings;
use crate::feed::{self, NotAFeed, Source};
use crate::model::ParsedFeed;
use crate::poller::{self, Fetcher, Outcome, Request, Status, Validators};

/// What was found.
#[derive(Debug)]
pub enum Probed {
    /// No body came.
    Failed(poller::Failure),
    /// The feed, or why the body is none.
    Read(Result<ParsedFeed, NotAFeed>),
}

/// The status word of a body that is no feed.
pub fn status_of(error: &NotAFeed) -> Status {
    match error {
        NotAFeed::Empty => Status::Empty,
        NotAFeed::Html { .. } => Status::Html,
        NotAFeed::ChallengePage { .. } => Status::Challenge,
        _ => Status::NotAFeed,
    }
}

/// Fetches and reads an address.
///
/// # Errors
/// Where nothing can be fetched from here at all, for a person.
pub fn probe(config: &Settings, url: &str, now: Timestamp) -> Result<Probed, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(async {
        let fetcher = Fetcher::new(&config.poller).map_err(|error| error.to_string())?;
        let request = Request {
            feed_id: 0,
            url: url.to_owned(),
            adopted_url: None,
            validators: Validators::default(),
            now,
            is_last: true,
        };
        Ok::<_, String>(fetcher.fetch(&request).await)
    })?;
    // A look-up of a name that hangs must not hold the command up.
    runtime.shutdown_background();
    Ok(match outcome {
        Outcome::Failed(failure) => Probed::Failed(failure),
        Outcome::Unchanged(unchanged) => Probed::Failed(poller::Failure {
            status: Status::ServerError,
            reason: "the server says that nothing has changed, to a first request".to_owned(),
            hints: unchanged.hints,
        }),
        Outcome::Fetched(fetched) => {
            let source = Source {
                content_type: fetched.content_type.as_deref(),
                base_url: Some(&fetched.final_url),
                ..Source::at(now)
            };
            Probed::Read(feed::parse(&fetched.bytes, &source))
        }
    })
}
