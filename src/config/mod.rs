//! The configuration: a file becomes checked, resolved options; each part owns its own options type.
//!
//! Every fault of the file, of the feed list and of the lexicon is found in one go and named with file and line.
//! Feeds, lexicon and all other data are embedded as well, so that a lone binary works.

mod embedded;
mod lexicon_folder;
mod read;
mod recipients;
mod secret;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;

pub use crate::model::Diagnostic;
pub use lexicon_folder::{lexicon_file, lexicon_files};

use crate::alert::AlertRule;
use crate::dedup::Rules;
use crate::deliver::{DeliveryOptions, Recipient};
use crate::digest::{OutFeed, Schedule};
use crate::ingest::Engine;
use crate::lexicon::Lexicon;
use crate::logging::LogOptions;
use crate::model::Feed;
use crate::store::RetentionOptions;
use crate::trends::KnownEvents;
use crate::{digest, ingest, poller};

/// What the configuration file and the feed list say: all that a command needs to know beforehand, but for the lexicon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file that was read; none where the built-in values stand.
    pub source: Option<PathBuf>,
    /// The folders that the lexicon is read from: one of its own, and one that adds to it. None if it is the built-in one.
    pub lexicon_folders: Vec<PathBuf>,
    /// The feed list.
    pub feeds: Vec<Feed>,
    /// What is no fault, but most likely not what was meant.
    pub notes: Vec<Diagnostic>,
    /// How addresses and texts are compared.
    pub dedup_rules: Rules,
    /// The zone whose days, weeks and years reports keep.
    pub time_zone: TimeZone,
    /// Fetching.
    pub poller: poller::Options,
    /// Reading and storing.
    pub ingest: ingest::Options,
    /// What is kept for how long.
    pub retention: RetentionOptions,
    /// When digests are written and in which formats.
    pub schedule: Schedule,
    /// How deliveries are made.
    pub delivery: DeliveryOptions,
    /// Who gets issues and alerts.
    pub recipients: Vec<Recipient>,
    /// What is told at once.
    pub alerts: Vec<AlertRule>,
    /// What a trend report knows beforehand.
    pub known_events: KnownEvents,
    /// How digests are composed.
    pub digest: digest::Options,
    /// The feeds that are given out.
    pub out_feeds: Vec<OutFeed>,
    /// Logging.
    pub log: LogOptions,
}

/// The settings and the lexicon, which takes its time: a command that only reads the store does without.
#[derive(Clone, Debug)]
pub struct Config {
    settings: Settings,
    /// The lexicon, checked and compiled.
    pub lexicon: Arc<Lexicon>,
}

impl Deref for Config {
    type Target = Settings;
    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// Why there is no configuration: all faults at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// One or more.
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

impl Settings {
    /// Reads and checks the configuration without the lexicon, found as [`Config::load`] finds it.
    ///
    /// # Errors
    /// All faults at once.
    pub fn load(named: Option<&Path>) -> Result<Settings, ConfigError> {
        let (source, text) = file(named)?;
        read::settings(source, &text)
    }
}

impl Config {
    /// Reads and checks the configuration: `named`, else `$KAZBEK_CONFIG`, else the first file that exists of `./config/kazbek.toml`,
    /// `$XDG_CONFIG_HOME/kazbek/kazbek.toml` and `/etc/kazbek/kazbek.toml`, else what is built in.
    ///
    /// # Errors
    /// All faults at once, those of the lexicon with them.
    pub fn load(named: Option<&Path>) -> Result<Config, ConfigError> {
        let (source, text) = file(named)?;
        read::config(source, &text)
    }

    /// The pure part of ingest as this configuration wants it.
    pub fn engine(&self) -> Arc<Engine> {
        Arc::new(Engine::new(Arc::clone(&self.lexicon), self.dedup_rules.clone(), self.ingest))
    }
}

fn file(named: Option<&Path>) -> Result<(Option<PathBuf>, String), ConfigError> {
    let named = named.map(Path::to_owned).or_else(|| set_path("KAZBEK_CONFIG"));
    let source = named.or_else(|| default_files().into_iter().find(|path| path.is_file()));
    let text = match &source {
        Some(path) => std::fs::read_to_string(path).map_err(|error| read::unreadable(path, &error))?,
        None => String::new(),
    };
    Ok((source, text))
}

fn default_files() -> Vec<PathBuf> {
    let mut files = vec![PathBuf::from("config/kazbek.toml")];
    let home = set_path("XDG_CONFIG_HOME").or_else(|| set_path("HOME").map(|home| home.join(".config")));
    files.extend(home.map(|dir| dir.join("kazbek/kazbek.toml")));
    files.push(PathBuf::from("/etc/kazbek/kazbek.toml"));
    files
}

/// The data directory: `named`, else `$STATE_DIRECTORY`, else `$XDG_DATA_HOME/kazbek`, else `$HOME/.local/share/kazbek`.
pub fn data_dir(named: Option<&Path>) -> Option<PathBuf> {
    // systemd separates several state directories by colons; ours is the first.
    let state = || set_path("STATE_DIRECTORY").and_then(|dirs| dirs.to_str()?.split(':').next().map(PathBuf::from));
    named
        .map(Path::to_owned)
        .or_else(state)
        .or_else(|| set_path("XDG_DATA_HOME").map(|dir| dir.join("kazbek")))
        .or_else(|| set_path("HOME").map(|home| home.join(".local/share/kazbek")))
}

fn set_path(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}
