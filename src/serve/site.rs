//! What all requests share.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::access::Access;
use super::candidates::CandidateCache;
use super::reports::Reports;
use super::sources::Sources;
use super::today::TodayCache;
use crate::app::clock::Clock;
use crate::app::figures::Figures;
use crate::app::trusted_clock::TrustedClock;
use crate::config::Config;

/// Requests that may wait for a thread; further ones are refused.
const WAITING: usize = 64;

/// Answers that may go on at a time: exports and events.
const STREAMS: usize = 32;

/// What all requests share: what pages are made from, who may read them, and what is kept for the next visitor.
#[derive(Debug)]
pub(crate) struct Site {
    sources: Arc<Sources>,
    /// The clock of the daemon that these are the pages of, by which it does nothing while it cannot be trusted.
    pub(super) trusted: Option<TrustedClock>,
    /// What is counted: of the whole daemon, or of the pages alone.
    pub(super) figures: Arc<Figures>,
    pub(super) access: Access,
    pub(super) waiting: Semaphore,
    pub(super) today: Arc<TodayCache>,
    pub(super) reports: Arc<Reports>,
    pub(super) candidates: CandidateCache,
    /// Places for answers that go on.
    pub(super) streams: Arc<Semaphore>,
}

impl std::ops::Deref for Site {
    type Target = Sources;

    fn deref(&self) -> &Sources {
        &self.sources
    }
}

impl Site {
    /// Returns a site over the database at a path, which need not exist yet.
    pub(crate) fn new(config: Arc<Config>, database: &Path, clock: Clock) -> Site {
        let access = Access::new(&config);
        let sources = Arc::new(Sources::new(config, database, clock));
        let today = Arc::new(TodayCache::new(Arc::clone(&sources)));
        let reports = Arc::new(Reports::new(Arc::clone(&sources)));
        Site {
            sources,
            trusted: None,
            figures: Arc::default(),
            access,
            waiting: Semaphore::new(WAITING),
            today,
            reports,
            candidates: CandidateCache::default(),
            streams: Arc::new(Semaphore::new(STREAMS)),
        }
    }

    /// Makes these the pages of a daemon, which show whether it trusts its clock and what it counts.
    pub(crate) fn of_daemon(self, trusted: TrustedClock, figures: Arc<Figures>) -> Site {
        Site { trusted: Some(trusted), figures, ..self }
    }

    /// Begins to compute what takes long, so that the first visitor need not wait for it. Must be called on the
    /// runtime of the server.
    pub(super) fn warm_up(&self) {
        let today = Arc::clone(&self.today);
        tokio::task::spawn_blocking(move || today.warm_up());
    }
}
