//! What all pages share: the configuration, the readers of the store, the clock, and what is known of visitors.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::guard::Guard;
use super::today::TodayCache;
use crate::app::clock::Clock;
use crate::config::Config;
use crate::lexicon::Labels;
use crate::store::ReaderPool;

/// Requests that may wait for a thread; further ones are refused.
const WAITING: usize = 64;

/// What all pages share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(super) config: Arc<Config>,
    /// Labels of the lexicon.
    pub(super) labels: Labels,
    pub(super) readers: ReaderPool,
    pub(super) clock: Clock,
    pub(super) guard: Guard,
    pub(super) waiting: Semaphore,
    pub(super) today: TodayCache,
}

impl Site {
    /// Returns a site over the database at a path, which need not exist yet.
    pub(crate) fn new(config: Arc<Config>, database: &Path, clock: Clock) -> Site {
        Site {
            labels: Labels::of(&config.lexicon),
            readers: ReaderPool::keeping(database, 4),
            clock,
            guard: Guard::new(&config),
            waiting: Semaphore::new(WAITING),
            today: TodayCache::default(),
            config,
        }
    }

    /// Returns the label of a tag, or the tag itself if the lexicon no longer has it.
    pub(super) fn label<'a>(&'a self, tag: &'a str) -> &'a str {
        self.labels.labels.get(tag).map_or(tag, String::as_str)
    }

    /// Begins to compute what takes long, so that the first visitor need not wait for it. Must be called on the
    /// runtime of the server.
    pub(super) fn warm_up(self: &Arc<Self>) {
        let site = Arc::clone(self);
        tokio::task::spawn_blocking(move || site.today.warm_up(&site));
    }
}
