//! The configuration: turns a file into checked, resolved options. Each module owns its options type.
//!
//! All faults of the file, the feed list and the lexicon are found in one go and reported with file and line. Feeds,
//! lexicon and all other data are also embedded, so that the binary works on its own.

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

pub(crate) use crate::model::Diagnostic;
pub(crate) use lexicon_folder::{lexicon_file, lexicon_files};

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

/// Everything that the configuration file and the feed list define, except the lexicon.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file that was read; `None` for the built-in defaults.
    pub source: Option<PathBuf>,
    /// The folders that the lexicon is read from: one that replaces the built-in lexicon and one that adds to it, if
    /// given.
    pub lexicon_folders: Vec<PathBuf>,
    /// The feed list.
    pub feeds: Vec<Feed>,
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
    /// Options of logging.
    pub log: LogOptions,
}

/// The settings together with the lexicon. Compiling the lexicon takes time, so commands that only read the store use
/// [`Settings`] alone.
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

impl Settings {
    /// Reads and checks the configuration without the lexicon. The file is found as by [`Config::load`].
    ///
    /// # Errors
    /// Returns all faults at once, including unreadable files.
    pub fn load(named: Option<&Path>) -> Result<Settings, ConfigError> {
        let (source, text) = file(named)?;
        read::settings(source, &text)
    }
}

impl Config {
    /// Reads and checks the configuration from `named`, otherwise `$KAZBEK_CONFIG`, otherwise the first existing file
    /// of `./config/kazbek.toml`, `$XDG_CONFIG_HOME/kazbek/kazbek.toml` and `/etc/kazbek/kazbek.toml`, otherwise the
    /// built-in defaults.
    ///
    /// # Errors
    /// Returns all faults at once, including unreadable files and faults of the lexicon.
    pub fn load(named: Option<&Path>) -> Result<Config, ConfigError> {
        let (source, text) = file(named)?;
        read::config(source, &text)
    }

    /// Returns the engine that prepares items as this configuration requires.
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

/// Returns the data directory: `named`, otherwise `$STATE_DIRECTORY`, otherwise `$XDG_DATA_HOME/kazbek`, otherwise
/// `$HOME/.local/share/kazbek`; `None` if none of these is set.
pub(crate) fn data_dir(named: Option<&Path>) -> Option<PathBuf> {
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
