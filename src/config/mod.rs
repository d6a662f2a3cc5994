//! The configuration: turns a file into checked, resolved options. Each module owns its options type.
//!
//! All faults of the file, the feed list and the lexicon are found in one go and reported with file and line. Feeds,
//! lexicon and all other data are also embedded, so that the binary works on its own.

mod data_files;
mod read;
mod recipients;
mod secret;
mod serve_options;
mod settings;
mod table;
mod targets;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub(crate) use data_files::{lexicon_file, lexicon_files};
pub(crate) use serve_options::{Listen, ServeOptions, TokenHash};
pub use settings::Config;
pub(crate) use settings::{ConfigError, Settings};

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
}

fn file(named: Option<&Path>) -> Result<(Option<PathBuf>, String), ConfigError> {
    let named = named.map(Path::to_owned).or_else(|| set_path("KAZBEK_CONFIG"));
    let source = named.or_else(|| default_files().into_iter().find(|path| path.is_file()));
    let text = match &source {
        Some(path) => {
            data_files::read_text(path).map_err(|error| data_files::unreadable(path, "configuration", &error))?
        }
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
