//! What the configuration defines.

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::serve_options::{Listen, ServeOptions};
use crate::alert::AlertRule;
use crate::dedup::Rules;
use crate::deliver::{DeliveryOptions, Recipient};
use crate::digest::{OutFeed, Schedule};
use crate::files::Access;
use crate::ingest::Engine;
use crate::lexicon::Lexicon;
use crate::logging::LogOptions;
use crate::model::{Diagnostic, Feed};
use crate::store::RetentionOptions;
use crate::trends::KnownEvents;
use crate::{digest, ingest, poller};

/// Everything that the configuration file and the feed list define, except the lexicon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file that was read; `None` for the built-in defaults.
    pub source: Option<PathBuf>,
    /// The folders that the lexicon is read from: one that replaces the built-in lexicon and one that adds to it, if
    /// given.
    pub lexicon_folders: Vec<PathBuf>,
    /// Whether one of these folders replaces the built-in lexicon.
    pub replaces_lexicon: bool,
    /// The feed list.
    pub feeds: Vec<Feed>,
    /// How many feeds may be removed from the list at once although they are most of it; 0 for none.
    pub confirm_removed_feeds: usize,
    /// Warnings: what is valid, but most likely not what was meant.
    pub notes: Vec<Diagnostic>,
    /// How URLs and texts are compared.
    pub dedup_rules: Rules,
    /// The time zone whose days, weeks and years reports use.
    pub time_zone: TimeZone,
    /// Options of the poller.
    pub poller: poller::Options,
    /// Options of reading and storing.
    pub ingest: ingest::Options,
    /// How long items are kept.
    pub retention: RetentionOptions,
    /// When digests are written and in which formats.
    pub schedule: Schedule,
    /// How deliveries are made.
    pub delivery: DeliveryOptions,
    /// The recipients of issues and alerts.
    pub recipients: Vec<Recipient>,
    /// The alert rules.
    pub alerts: Vec<AlertRule>,
    /// The events that trend reports treat as routine.
    pub known_events: KnownEvents,
    /// How digests are composed.
    pub digest: digest::Options,
    /// The feeds that are published.
    pub out_feeds: Vec<OutFeed>,
    /// The folder for what is published; `None` for the data directory, where nobody else can read it.
    pub public_folder: Option<PathBuf>,
    /// How pages are served.
    pub(crate) serve: ServeOptions,
    /// Options of logging.
    pub log: LogOptions,
}

impl Settings {
    /// Returns the folder for digests or feeds, by its name.
    pub(crate) fn published(&self, data_dir: &Path, name: &str) -> PathBuf {
        self.public_folder.as_deref().unwrap_or(data_dir).join(name)
    }

    /// Returns who can read published files.
    pub(crate) fn access(&self) -> Access {
        if self.public_folder.is_some() { Access::Public } else { Access::Private }
    }
}

/// The settings together with the lexicon. Compiling the lexicon takes time, so commands that only read the store use
/// [`Settings`] alone.
#[derive(Clone, Debug)]
pub struct Config {
    settings: Settings,
    /// The lexicon, checked and compiled.
    pub lexicon: Arc<Lexicon>,
}

impl Config {
    pub(super) fn new(settings: Settings, lexicon: Lexicon) -> Config {
        Config { settings, lexicon: Arc::new(lexicon) }
    }

    /// Serves pages at an address of the command line.
    pub(crate) fn listen_on(&mut self, listen: Listen) {
        self.settings.serve.listen = Some(listen);
    }

    /// Returns the engine that prepares items as this configuration requires.
    pub fn engine(&self) -> Arc<Engine> {
        Arc::new(Engine::new(Arc::clone(&self.lexicon), self.dedup_rules.clone(), self.ingest))
    }
}

impl Deref for Config {
    type Target = Settings;
    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// The configuration is invalid: all faults at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The faults, at least one.
    pub faults: Vec<Diagnostic>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

impl From<Diagnostic> for ConfigError {
    fn from(fault: Diagnostic) -> ConfigError {
        ConfigError { faults: vec![fault] }
    }
}
