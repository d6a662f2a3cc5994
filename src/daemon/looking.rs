//! One look at one address: fetched and read, nothing stored.

use super::clock;
use crate::config::Config;
use crate::feed::{self, NotAFeed, Source};
use crate::model::ParsedFeed;
use crate::poller::{Fetcher, Outcome, Request, Validators};

/// What was found.
#[derive(Debug)]
pub struct Looked {
    /// The status word of the fetch.
    pub status: &'static str,
    /// The feed, or why it is none.
    pub parsed: Result<ParsedFeed, NotAFeed>,
}

/// Fetches and reads an address.
///
/// # Errors
/// Why no body came, for a person.
pub fn look(config: &Config, url: &str) -> Result<Looked, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let outcome = runtime.block_on(async {
        let fetcher = Fetcher::new(&config.poller).map_err(|error| error.to_string())?;
        let request = Request {
            feed_id: 0,
            url: url.to_owned(),
            adopted_url: None,
            validators: Validators::default(),
            now: clock::now(),
            is_last: true,
        };
        Ok::<_, String>(fetcher.fetch(&request).await)
    })?;
    // A look-up of a name that hangs must not hold the command up.
    runtime.shutdown_background();
    match outcome {
        Outcome::Failed(failure) => Err(format!("{}: {}", failure.status.as_str(), failure.reason)),
        Outcome::Unchanged(unchanged) => {
            let status = unchanged.status.as_str();
            Err(format!("{status}: the server says that nothing has changed, to a first request"))
        }
        Outcome::Fetched(fetched) => {
            let source = Source {
                content_type: fetched.content_type.as_deref(),
                base_url: Some(&fetched.final_url),
                ..Source::at(clock::now())
            };
            Ok(Looked { status: "ok", parsed: feed::parse(&fetched.bytes, &source) })
        }
    }
}
