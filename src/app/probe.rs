//! Probes a URL: fetches and reads it once, without storing anything.

use jiff::Timestamp;

use crate::config::Settings;
use crate::feed::{self, FeedLink, Limits, NotAFeed, Source};
use crate::model::ParsedFeed;
use crate::poller::{self, Fetcher, Outcome, Request, Status, Validators};

/// The result of a probe.
#[derive(Debug)]
pub(crate) enum Probed {
    /// The URL could not be fetched.
    Failed(poller::Failure),
    /// The URL was fetched.
    Read {
        /// The feed, or why the body is not a feed.
        read: Result<ParsedFeed, NotAFeed>,
        /// Whether each item comes with a recording: it is a podcast.
        is_podcast: bool,
    },
}

/// Returns whether a feed names at least as many recordings as it has items.
fn is_podcast(bytes: &[u8], read: &Result<ParsedFeed, NotAFeed>) -> bool {
    let items = read.as_ref().map_or(0, |parsed| parsed.items.len());
    let recordings = [&b"audio/"[..], b"video/"].map(|media_type| memchr::memmem::find_iter(bytes, media_type).count());
    items > 0 && recordings.iter().sum::<usize>() >= items
}

/// Returns the status of a body that is not a feed.
pub(crate) fn status_of(error: &NotAFeed) -> Status {
    match error {
        NotAFeed::Empty => Status::Empty,
        NotAFeed::Html { .. } => Status::Html,
        NotAFeed::ChallengePage { .. } => Status::Challenge,
        _ => Status::NotAFeed,
    }
}

/// Fetches and reads a URL once.
///
/// # Errors
/// Returns a message for the user if no request can be made at all.
pub(crate) fn probe(config: &Settings, url: &str, now: Timestamp) -> Result<Probed, String> {
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
    Ok(match outcome {
        Outcome::Failed(failure) => Probed::Failed(failure),
        Outcome::Unchanged(unchanged) => Probed::Failed(poller::Failure {
            hints: unchanged.hints,
            ..poller::Failure::new(
                Status::ServerError,
                "the server says that nothing has changed, to a first request".to_owned(),
            )
        }),
        Outcome::Fetched(fetched) => {
            let source = Source {
                content_type: fetched.content_type.as_deref(),
                base_url: Some(&fetched.final_url),
                limits: Limits { items: config.poller.budgets.document_item_limit, ..Limits::default() },
                ..Source::at(now)
            };
            let mut read = feed::parse(&fetched.bytes, &source);
            if let Err(NotAFeed::Html { alternates }) = &mut read {
                let named = feed::named_by_header(&fetched.links, &fetched.final_url);
                let is_new = |link: &FeedLink| alternates.iter().all(|known| known.url != link.url);
                let new: Vec<FeedLink> = named.into_iter().filter(is_new).collect();
                // The links of the text come last.
                let of_head = alternates.iter().filter(|link| !link.is_in_text).count();
                alternates.splice(of_head..of_head, new);
            }
            Probed::Read { is_podcast: is_podcast(&fetched.bytes, &read), read }
        }
    })
}
