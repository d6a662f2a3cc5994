//! The public face of the crate, by module.

/// The nouns: feeds, items, tags, relations, periods, diagnostics.
pub mod model {
    pub use crate::model::*;
}

/// Bytes of a feed to items; identities; lists of feeds in OPML.
pub mod feed {
    pub use crate::feed::{Identity, Limits, NotAFeed, Source, identities, identity, opml, parse, title_key};
}

/// The lexicon: read from TOML, checked, compiled.
pub mod lexicon {
    pub use crate::lexicon::{Lexicon, LexiconFile, built_in_files};
}

/// Items to tags, scope and relations.
pub mod classify {
    pub use crate::classify::{Classifier, ItemText, Scratch};
}

/// Near-duplicates, stories, canonical addresses.
pub mod dedup {
    pub use crate::dedup::{
        Candidate, Deduplicator, Features, Fingerprint, Options, PairModel, Provenance, Rules, RulesError,
        canonical_url, page_key,
    };
}

/// Digests as values.
pub mod digest {
    pub use crate::digest::{CorrectionKind, Digest};
}

/// Digests in each of their formats.
pub mod render {
    /// Digests.
    pub mod digest {
        pub use crate::render::digest::Format;
    }
}

/// Fetching: one guarded, conditional request.
pub mod poller {
    pub use crate::poller::schedule::Seed;
    pub use crate::poller::{
        Budgets, Failure, Fetched, Fetcher, Options, Outcome, Request, Secret, ServerHints, Status, Unchanged,
        Validators,
    };
}

/// The HTTP clients.
pub mod http {
    pub use crate::http::{ClientError, ClientOptions};
}

/// The store: one SQLite file.
pub mod store {
    pub use crate::store::{FrozenIssue, ItemFilter, OutboxRow, OutboxState, Reader, RetentionOptions, Store, Tagging};
}

/// The one writer of items.
pub mod ingest {
    pub use crate::ingest::Writer;
}

/// Deliveries, and what carries them.
pub mod deliver {
    pub use crate::deliver::{
        Content, Deliver, DeliveryError, DeliveryOptions, Message, Recipient, Sender, SmtpOptions, Tls, Transport,
        mailbox,
    };
}

/// Alerts: the stories that a rule of the configuration found.
pub mod alert {
    pub use crate::alert::{Alert, AlertStory};
}

/// The configuration file and the data files it names, read and checked.
pub mod config {
    pub use crate::config::Config;
}

/// What commands and daemon share.
pub mod app {
    pub use crate::app::{clock, issue, network, poll_once, trusted_clock};
}

/// The pages.
pub mod serve {
    pub use crate::serve::Sockets;
}

/// The daemon: a run until it is stopped, and what it needs from the outside.
pub mod daemon {
    pub use crate::daemon::{requests, run, supervisor};
}
