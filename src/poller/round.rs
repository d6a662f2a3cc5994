//! Many fetches at once, in the order that politeness allows, their outcomes in the order in which they end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::fetch::Fetcher;
use super::hints::RetryAfter;
use super::outcome::{Failure, Outcome};
use super::politeness::{Next, Politeness, Reception, domain_of, is_unspaced};
use super::request::Request;
use super::status::StatusWord;

/// How many requests are taken in ahead of their start; the rest wait with their sender.
const QUEUE_LIMIT: usize = 65_536;

/// A request, how it ended, and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Polled {
    /// What was asked.
    pub request: Request,
    /// How it ended.
    pub outcome: Outcome,
    /// From the start of the fetch to its end.
    pub elapsed: Duration,
}

/// Fetches many feeds in parallel. Keeps what it learnt of each domain's patience between rounds.
#[derive(Debug)]
pub struct Poller {
    fetcher: Arc<Fetcher>,
    politeness: Politeness<Box<Request>>,
    /// Where the clock of `politeness` begins.
    epoch: Instant,
}

/// What a task tells the loop when it has ended.
struct Done {
    domain: String,
    reception: Reception,
    /// Whether somebody still takes the outcomes.
    heard: bool,
}

impl Poller {
    /// A poller that fetches with `fetcher`, under the politeness of its options.
    pub fn new(fetcher: Arc<Fetcher>) -> Poller {
        let options = fetcher.options();
        let politeness = Politeness::new(
            options.per_domain_in_flight,
            options.per_domain_spacing_ms,
            options.patience_secs.saturating_mul(1_000),
        );
        Poller { fetcher, politeness, epoch: Instant::now() }
    }

    /// Fetches each of these once and returns when all outcomes are handed over, or on `cancel`, or when nobody takes outcomes any more.
    pub async fn round(&mut self, requests: Vec<Request>, results: mpsc::Sender<Polled>, cancel: CancellationToken) {
        for request in requests {
            self.enqueue(request);
        }
        let (sender, none) = mpsc::channel(1);
        drop(sender);
        self.run(none, results, cancel).await;
    }

    /// Fetches what comes in until the senders are gone and all outcomes are handed over, or on `cancel`, or when nobody takes outcomes
    /// any more. On `cancel` fetches in flight are dropped: what was not handed over will be fetched again in full.
    ///
    /// Outcomes wait for the receiver, and fetches for the outcomes, so memory holds `concurrency` bodies of up to a mebibyte, eight
    /// larger ones, and what the channel holds: give it a small capacity.
    pub async fn run(
        &mut self,
        mut requests: mpsc::Receiver<Request>,
        results: mpsc::Sender<Polled>,
        cancel: CancellationToken,
    ) {
        let mut tasks: JoinSet<Done> = JoinSet::new();
        let mut open = true;
        loop {
            let wake = self.start_what_may(&mut tasks, &results);
            if !open && tasks.is_empty() && self.politeness.queued() == 0 {
                return;
            }
            tokio::select! {
                () = cancel.cancelled() => break,
                () = results.closed() => break,
                request = requests.recv(), if open && self.politeness.queued() < QUEUE_LIMIT => match request {
                    Some(request) => self.enqueue(request),
                    None => open = false,
                },
                Some(done) = tasks.join_next(), if !tasks.is_empty() => {
                    // A task catches its own panics, so that only a cancelled one has nothing to tell.
                    if let Ok(done) = done {
                        let now_ms = self.now_ms();
                        self.politeness.finish(&done.domain, done.reception, now_ms);
                        if !done.heard {
                            break;
                        }
                    }
                }
                () = tokio::time::sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
            }
        }
        tasks.shutdown().await;
        self.politeness.clear();
    }

    fn start_what_may(&mut self, tasks: &mut JoinSet<Done>, results: &mpsc::Sender<Polled>) -> Option<Instant> {
        while tasks.len() < self.fetcher.options().concurrency.max(1) {
            match self.politeness.next(self.now_ms()) {
                Next::Start { work, domain } => {
                    tasks.spawn(fetch_one(Arc::clone(&self.fetcher), *work, domain, results.clone()));
                }
                Next::Postpone { work, wait_ms } => {
                    tasks.spawn(hand_back(*work, wait_ms, results.clone()));
                }
                Next::WaitUntil(at_ms) => return Some(self.epoch + Duration::from_millis(at_ms)),
                Next::Nothing => break,
            }
        }
        None
    }

    fn enqueue(&mut self, request: Request) {
        // An address that does not parse fails at once; it needs no turn with others.
        let (domain, spaced) = match Url::parse(&request.url) {
            Ok(url) => (domain_of(&url), !is_unspaced(&url)),
            Err(_) => (String::new(), false),
        };
        let now_ms = self.now_ms();
        self.politeness.push(domain, Box::new(request), spaced, now_ms);
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

async fn fetch_one(fetcher: Arc<Fetcher>, request: Request, domain: String, results: mpsc::Sender<Polled>) -> Done {
    let started = Instant::now();
    // A panic in one feed's way is that feed's failure.
    let fetch = AssertUnwindSafe(fetcher.fetch_holding(&request)).catch_unwind().await;
    let (outcome, _held_until_sent) = fetch.unwrap_or_else(|_| {
        (Outcome::Failed(Failure::new(StatusWord::Internal, "the fetch panicked; the log holds where")), None)
    });
    let reception = reception_of(&outcome);
    let heard = results.send(Polled { request, outcome, elapsed: started.elapsed() }).await.is_ok();
    Done { domain, reception, heard }
}

async fn hand_back(request: Request, wait_ms: u64, results: mpsc::Sender<Polled>) -> Done {
    let outcome = Outcome::Postponed { wait_secs: wait_ms.div_ceil(1_000) };
    let heard = results.send(Polled { request, outcome, elapsed: Duration::ZERO }).await.is_ok();
    Done { domain: String::new(), reception: Reception::Fine, heard }
}

fn reception_of(outcome: &Outcome) -> Reception {
    let Outcome::Failed(failure) = outcome else { return Reception::Fine };
    let retry_after_ms = match failure.retry_after {
        Some(RetryAfter::Secs(secs)) => Some(secs.saturating_mul(1_000)),
        // Without a Date there is nothing to subtract here; the schedule, which knows the time, obeys it for the feed.
        Some(RetryAfter::At(_)) | None => None,
    };
    match failure.status {
        Some(429) => Reception::TooMuch { retry_after_ms },
        Some(503) if retry_after_ms.is_some() => Reception::TooMuch { retry_after_ms },
        _ => Reception::Fine,
    }
}
