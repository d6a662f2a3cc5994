//! History from elsewhere: it goes the whole way of an item and keeps its time of publication.

use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::engine::{Engine, ITEMS_A_PART, Prepared, half};
use super::resolve::{Counts, FeedContext, store_items};
use super::writer::Writer;
use crate::classify::Scratch;
use crate::feed;
use crate::model::{Feed, Item, PressBloc};
use crate::parallel::of_parts;
use crate::store::{Origin, StoreError};

/// An item of an import.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportItem {
    /// Address of the article.
    pub url: Option<String>,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub summary: String,
    /// As the publisher says.
    pub published: Option<Timestamp>,
    /// Who published it.
    pub outlet: String,
    /// BCP 47.
    pub language: Option<String>,
    /// The outlet's vantage, where it is known.
    pub bloc: Option<PressBloc>,
    /// When another store first saw it, where it comes from one; else it is first seen now.
    pub first_seen: Option<Timestamp>,
}

/// What an import came to.
pub(crate) type Imported = Counts;

impl Writer {
    /// Stores the items that are not there yet, in one transaction. Each outlet is a feed of its own that is never
    /// polled.
    ///
    /// # Errors
    /// Those of the store; nothing of the batch is then stored.
    pub fn import(&mut self, batch: &[ImportItem], now: Timestamp) -> Result<Imported, StoreError> {
        let prepared = prepare_import(self.engine(), batch);
        self.write(|writer, window| {
            let mut feeds: HashMap<&str, i64> = HashMap::new();
            let mut counts = Counts::default();
            for (item, prepared) in batch.iter().zip(&prepared) {
                let feed_id = match feeds.get(item.outlet.as_str()) {
                    Some(id) => *id,
                    None => {
                        let id = writer.add_feed(&outlet_feed(item), Origin::Import, now)?;
                        feeds.insert(&item.outlet, id);
                        id
                    }
                };
                let outlet = item.outlet.as_str();
                let context = FeedContext {
                    feed_id,
                    outlet,
                    gave_before: true,
                    is_backlog: true,
                    last_success: None,
                    room: usize::MAX,
                    stop_at: None,
                };
                let seen = item.first_seen.map_or(now, |seen| seen.min(now));
                counts.add(store_items(writer, window, context, std::slice::from_ref(prepared), seen)?);
            }
            Ok(counts)
        })
    }
}

/// Reads and tags a batch on all cores.
fn prepare_import(engine: &Engine, batch: &[ImportItem]) -> Vec<Prepared> {
    let prepare = |part: Range<usize>| {
        let mut scratch = Scratch::default();
        batch[part].iter().map(|item| prepare_one(engine, &mut scratch, item)).collect::<Vec<_>>()
    };
    of_parts(batch.len(), ITEMS_A_PART, prepare).into_iter().flatten().collect()
}

fn prepare_one(engine: &Engine, scratch: &mut Scratch, item: &ImportItem) -> Prepared {
    // Without an address, an item of the past is known by its title and its time.
    let id = item.url.is_none().then(|| format!("{}\n{:?}", item.title, item.published));
    let read = Item {
        id,
        title: item.title.clone(),
        link: item.url.clone(),
        published: item.published,
        summary: Some(item.summary.clone()),
        language: item.language.clone(),
        ..Item::default()
    };
    let identity = half(feed::identity(&read).hash);
    let feed = outlet_feed(item);
    let prepared = engine.item(scratch, read, identity, None, &engine.origin(&feed));
    // An archive says whose an item is.
    Prepared { is_own_page: prepared.url_key.is_some(), ..prepared }
}

/// The feed that stands for an outlet of an import.
fn outlet_feed(item: &ImportItem) -> Feed {
    Feed {
        url: format!("import:{}", item.outlet),
        title: item.outlet.clone(),
        outlet: item.outlet.clone(),
        bloc: item.bloc,
        ..Feed::default()
    }
}
