//! The nouns that travel through kazbek: feeds, items, tags, relations, periods, diagnostics.
//!
//! Plain data with public fields. This module uses no other module, no clock, no disk and no network.

mod bloc;
mod diagnostic;
mod feed;
mod item;
mod period;
mod poll_state;
mod tag;
mod word;

pub use bloc::PressBloc;
pub use diagnostic::Diagnostic;
pub use feed::{Feed, FeedFormat, ParsedFeed, PublisherHints};
pub use item::{Field, Item};
pub use period::{Cadence, Period};
pub use poll_state::{Asked, BudgetUse, Moved, PollState, Quarantine};
pub use tag::two_decimals;
pub use tag::{BadScope, Classification, Evidence, Namespace, Relation, Scope, Tag};
pub use word::UnknownWord;
pub use word::{closest, suggestion};
