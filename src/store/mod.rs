//! The store: one SQLite file with feeds, items, tags, issues and the outbox. The only SQL of the program, and the only
//! owner of `rusqlite`.
//!
//! Contains no business logic: it stores what the writer decided, and answers what reports ask.
//!
//! # Handles
//!
//! A [`Reader`] is a connection that queries. A [`Store`] also writes, in a [`WriteTransaction`]; SQLite admits one
//! transaction at a time, and others wait for it up to ten seconds. [`ReaderPool`] hands connections out to tasks. The
//! file is in WAL mode, so readers and the writer do not wait for each other.
//!
//! # Layout
//!
//! | module | tables |
//! |---|---|
//! | `schema` | creates and upgrades all tables and the views that other programs read |
//! | `feeds` | `feeds`, `outlets` |
//! | `fetches` | `fetch_events` (a ring of the last 30 fetches of each feed), `feed_days`, the health in `feeds` |
//! | `items`, `listing`, `edits` | `items`, `item_versions` |
//! | `texts` | the columns of `items` through which near-duplicates share text |
//! | `tags` | `tags`, `item_tags` |
//! | `ids`, `encoding` | `evidence_kinds`, and the form of evidence, relations and match records |
//! | `fingerprints` | `recent_fingerprints` (a ring of the last 50,000 items) |
//! | `sightings` | `sightings`, `tombstones` |
//! | `transaction`, `search`, `query`, `snippet` | `item_text` (FTS5) |
//! | `transaction`, `tags` | `daily_counts` |
//! | `digest_items`, `monitoring`, `trend_history` | none: they read what digests and trend reports are made from |
//! | `desk` | none: it reads what the served pages show |
//! | `issues` | `issues`, `issue_items` |
//! | `outbox`, `alerts` | `outbox`, `alert_matches` |
//! | `retention`, `repair`, `maintenance`, `backup` | none: they work on the whole file |
//!
//! # Invariants
//!
//! - Times are Unix seconds in UTC; `at` is the time of publication or, if that is not known, of the first sighting.
//! - Every item is in at least one feed; a near-duplicate refers to the survivor of its group, which is not one.
//! - An item in scope has a tag, and a tag has evidence.
//! - `is_tagged`, `item_text` and `daily_counts` follow from the items; `db repair` rebuilds them.
//! - An item shares the text only of an item that has its full text itself.
//! - Foreign keys are declared but not enforced; items are deleted by `retention` alone, with all that refers to them.
//!
//! `db check` looks for violations.
//!
//! # Errors
//!
//! Every method that asks SQLite can fail with a [`StoreError`]; the documentation of a method names only those
//! variants on which a caller branches. A failed transaction changes nothing. A damaged file is never deleted or
//! overwritten, and one of a newer kazbek or another program is refused and stays as it is.

mod alerts;
mod backup;
mod desk;
mod desk_file;
mod digest_items;
mod edits;
mod encoding;
mod error;
mod feeds;
mod fetches;
mod fingerprints;
mod handle;
mod ids;
mod issues;
mod items;
mod listing;
mod maintenance;
mod monitoring;
mod outbox;
#[cfg(test)]
mod plan_tests;
mod query;
mod repair;
mod retention;
mod schema;
mod search;
mod sightings;
mod snippet;
mod tags;
mod texts;
mod transaction;
mod trend_history;

pub(crate) use alerts::AlertItem;
pub(crate) use backup::remove_unfinished;
pub(crate) use desk::{FeedDay, ItemPlace};
pub(crate) use desk_file::{DeskFile, SavedSearch, Star};
pub use edits::Tagging;
pub(crate) use edits::{ItemVersion, NewText, StoredText};
pub(crate) use encoding::MatchRecord;
pub(crate) use error::StoreError;
pub(crate) use feeds::{FeedRow, FeedState, FeedSync, Origin};
pub(crate) use fetches::{FetchEvent, FetchResult, StoredValidators};
pub(crate) use fingerprints::FINGERPRINTS_KEPT;
pub(crate) use handle::ReaderPool;
pub use handle::{Reader, Store};
pub use issues::FrozenIssue;
pub(crate) use issues::{IssueHead, NewIssue};
pub(crate) use items::{Address, ItemRow, ItemText, NewItem};
pub use listing::ItemFilter;
pub(crate) use listing::ListedItem;
pub(crate) use outbox::{FailedAttempt, OutboxEntry};
pub use outbox::{OutboxRow, OutboxState};
pub(crate) use query::query_parts;
pub use retention::RetentionOptions;
pub(crate) use retention::{Pruned, Pruning};
pub(crate) use search::SearchHit;
pub(crate) use sightings::{NewSighting, SightingDetail, SightingRow};
pub(crate) use transaction::WriteTransaction;
