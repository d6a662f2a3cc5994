//! What pages are made from: the configuration, the labels of its lexicon, the store and the clock.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::app::clock::Clock;
use crate::config::Config;
use crate::dedup;
use crate::digest::Digest;
use crate::ingest::url_key;
use crate::lexicon::Labels;
use crate::model::Tag;
use crate::store::{Reader, ReaderPool, StoreError};
use crate::text::tracking::without_tracking;

/// Connections to the store that are kept open.
const READERS: usize = 4;

/// What pages are made from.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(super) config: Arc<Config>,
    /// Labels of the lexicon.
    pub(super) labels: Labels,
    pub(super) readers: ReaderPool,
    pub(super) clock: Clock,
}

impl Sources {
    pub(super) fn new(config: Arc<Config>, database: &Path, clock: Clock) -> Sources {
        Sources { labels: Labels::of(&config.lexicon), readers: ReaderPool::keeping(database, READERS), clock, config }
    }

    /// Returns the label of a tag, or the tag itself if the lexicon no longer has it.
    pub(super) fn label<'a>(&'a self, tag: &'a str) -> &'a str {
        self.labels.labels.get(tag).map_or(tag, String::as_str)
    }

    /// Returns the label of a place, given by its id such as `armenia`.
    pub(super) fn place(&self, id: &str) -> String {
        self.label(&Tag::place(id)).to_owned()
    }

    /// Returns the story of each headline of an issue in the store, by the address that the issue gives.
    pub(super) fn stories_of(&self, reader: &Reader, digest: &Digest) -> Result<HashMap<String, i64>, StoreError> {
        let mut found = HashMap::new();
        let urls = digest.sections.iter().flat_map(|section| &section.stories).filter_map(|story| story.url.as_deref());
        for url in urls {
            let canonical = dedup::canonical_url(&self.config.dedup_rules.urls, url);
            let story = canonical.map(|canonical| reader.story_by_url(url_key(&canonical))).transpose()?.flatten();
            if let Some(story) = story {
                found.insert(without_tracking(url).into_owned(), story);
            }
        }
        Ok(found)
    }
}
