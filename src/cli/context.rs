//! The context of a command: its configuration, data directory and store.

use jiff::Timestamp;
use std::path::{Path, PathBuf};

use super::arguments::ClockArguments;
use super::failure::{BAD_CONFIGURATION, FAILED, Failure, WRONG_USAGE, say};
use crate::app::clock::Clock;
use crate::app::lock::{DataDirLock, LockError};
use crate::app::orders::{Connection, OrderError};
use crate::app::trusted_clock::{ClockFault, TrustedClock};
use crate::config::{self, Config, Settings};
use crate::files::{self, Access};
use crate::logging::{self, LogFormat, LogOptions};
use crate::model::{Tag, suggestion};
use crate::store::{self, Reader, Store, StoreError};

/// Where the unit of the service has its data.
const SERVICE_DATA_DIR: &str = "/var/lib/kazbek";

/// Where it has its configuration.
const SERVICE_CONFIG: &str = "/etc/kazbek/kazbek.toml";

/// The global options of the command line, before anything is read.
pub(super) struct Context {
    config: Option<PathBuf>,
    data_dir: Option<PathBuf>,
    log_format: Option<LogFormat>,
    log_level: Option<String>,
}

impl Context {
    pub(super) fn new(
        config: Option<PathBuf>,
        data_dir: Option<PathBuf>,
        log_format: Option<LogFormat>,
        log_level: Option<String>,
    ) -> Context {
        Context { config, data_dir, log_format, log_level }
    }

    /// Returns the context of the system's service: its data, and its configuration unless another is given.
    pub(super) fn of_service(
        config: Option<PathBuf>,
        log_format: Option<LogFormat>,
        log_level: Option<String>,
    ) -> Context {
        let own = || Some(PathBuf::from(SERVICE_CONFIG)).filter(|file| file.exists());
        Context::new(config.or_else(own), Some(PathBuf::from(SERVICE_DATA_DIR)), log_format, log_level)
    }

    /// Reads and checks the configuration and the lexicon, and starts logging as it says.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let config = Config::load(self.config_file()).map_err(|error| Failure::new(BAD_CONFIGURATION, error))?;
        self.log(&config.log)?;
        Ok(config)
    }

    /// Reads the configuration without the lexicon, for a command that only reads the store.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let settings = Settings::load(self.config_file()).map_err(|error| Failure::new(BAD_CONFIGURATION, error))?;
        self.log(&settings.log)?;
        Ok(settings)
    }

    /// Returns the configuration file of the command line, if any.
    pub(super) fn config_file(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    fn log(&self, configured: &LogOptions) -> Result<(), Failure> {
        let level = self.log_level.clone().unwrap_or_else(|| configured.level.clone());
        let level = logging::check_level(&level).map_err(|error| Failure::new(2, format!("--log-level: {error}")))?;
        logging::start(&LogOptions { format: self.log_format.unwrap_or(configured.format), level });
        Ok(())
    }

    /// The data directory; it need not exist.
    pub(super) fn data_dir(&self) -> Result<PathBuf, Failure> {
        config::data_dir(self.data_dir.as_deref())
            .ok_or_else(|| Failure::new(FAILED, "no data directory: give --data-dir DIR, or set XDG_DATA_HOME or HOME"))
    }

    pub(super) fn made_data_dir(&self) -> Result<PathBuf, Failure> {
        let dir = self.data_dir()?;
        files::create_folder(&dir, Access::Private).map_err(|error| {
            Failure::new(FAILED, format!("the data directory {} cannot be created: {error}", dir.display()))
        })?;
        Ok(dir)
    }

    /// Checks that the data directory can be created and written, and that its database, if any, is one of ours. Leaves
    /// no file.
    pub(super) fn check_data_dir(&self) -> Result<(), Failure> {
        let dir = self.data_dir()?;
        check_writable(&dir).map_err(|error| {
            Failure::new(FAILED, format!("the data directory {} cannot be written: {error}", dir.display()))
        })?;
        let path = dir.join(Store::FILE_NAME);
        if path.exists() {
            Reader::open(&path).map_err(|error| named(&path, error))?;
        }
        Ok(())
    }

    /// Becomes the one writer to the data directory, or connects to the daemon that is.
    pub(super) fn writing(&self) -> Result<Writing, Failure> {
        let data_dir = self.made_data_dir()?;
        match DataDirLock::take(&data_dir) {
            Ok(lock) => Ok(Writing::Alone(lock)),
            Err(error @ LockError::Held(_)) => match Connection::open(&data_dir, |text| say(text)) {
                Some(daemon) => Ok(Writing::Daemon(daemon)),
                None => Err(Failure::new(FAILED, error)),
            },
            Err(error) => Err(Failure::new(FAILED, error)),
        }
    }

    /// Becomes the one writer to the data directory.
    pub(super) fn lock(&self) -> Result<DataDirLock, Failure> {
        DataDirLock::take(&self.made_data_dir()?).map_err(|error| Failure::new(FAILED, error))
    }

    /// The store for writing.
    pub(super) fn open(&self) -> Result<Store, Failure> {
        let path = self.made_data_dir()?.join(Store::FILE_NAME);
        Store::open(&path).map_err(|error| named(&path, error))
    }

    /// The store for one short transaction beside the daemon; it must exist.
    pub(super) fn open_existing(&self) -> Result<Store, Failure> {
        drop(self.open_read_only()?);
        self.open()
    }

    /// Opens the store for maintenance, with the lock held. Unlike [`Context::open`] it creates no empty database.
    pub(super) fn open_for_maintenance(&self, _lock: &DataDirLock) -> Result<Store, Failure> {
        let path = self.data_dir()?.join(Store::FILE_NAME);
        if path.exists() { self.open() } else { Err(named(&path, StoreError::Missing)) }
    }

    /// The store for reading, beside a writer.
    pub(super) fn open_read_only(&self) -> Result<Reader, Failure> {
        let path = self.data_dir()?.join(Store::FILE_NAME);
        Reader::open(&path).map_err(|error| match error {
            StoreError::Missing if self.data_dir.is_none() => {
                Failure::new(FAILED, missing(&path, Path::new(SERVICE_DATA_DIR)))
            }
            error => named(&path, error),
        })
    }

    /// Checks that an item of the store, or the lexicon, has each of some tags.
    pub(super) fn check_tags(&self, store: &Reader, tags: &[Tag]) -> Result<(), Failure> {
        for tag in tags {
            if !store.has_tag(tag)? {
                let known = self.config()?.lexicon.check_tag(tag.as_str());
                known.map_err(|error| Failure::new(WRONG_USAGE, format!("--tag: {error}")))?;
            }
        }
        Ok(())
    }
}

/// Who writes to the data directory.
pub(super) enum Writing {
    /// This process, as long as it holds the lock.
    Alone(DataDirLock),
    /// The daemon, which does it for this process.
    Daemon(Connection),
}

impl From<OrderError> for Failure {
    fn from(error: OrderError) -> Failure {
        Failure::new(FAILED, error)
    }
}

/// Returns the system's clock for a command that dates or removes something. `undone` says what the command does not do
/// if the clock cannot be trusted.
pub(super) fn trusted_clock(
    store: &mut Store,
    arguments: &ClockArguments,
    undone: &str,
) -> Result<TrustedClock, Failure> {
    let clock = TrustedClock::start(&Clock::system(), store, arguments.accept_clock)?;
    match clock.check() {
        Ok(_) => Ok(clock),
        Err(fault) => Err(is_not_trusted(fault, undone)),
    }
}

/// Returns the time by the system's clock for a command that does what cannot be taken back.
pub(super) fn confirmed_time(
    store: &mut Store,
    arguments: &ClockArguments,
    undone: &str,
) -> Result<Timestamp, Failure> {
    let clock = TrustedClock::start(&Clock::system(), store, arguments.accept_clock)?;
    clock.check_confirmed().map_err(|fault| is_not_trusted(fault, undone))
}

fn is_not_trusted(fault: ClockFault, undone: &str) -> Failure {
    Failure::new(FAILED, format!("{fault}, so {undone}; set the clock, or add --accept-clock if it is right"))
}

/// Checks that a feed of the store, or of the feed list, is of an outlet.
pub(super) fn check_outlet(settings: &Settings, store: &Reader, outlet: &str) -> Result<(), Failure> {
    let mut known = store.outlet_names()?;
    known.extend(settings.feeds.iter().map(|feed| feed.outlet.clone()));
    if known.iter().any(|known| known == outlet) {
        return Ok(());
    }
    let same = known.iter().find(|known| known.to_lowercase() == outlet.to_lowercase());
    let hint = match same {
        Some(same) => format!("; did you mean {same}?"),
        None => suggestion(outlet, known.iter().map(String::as_str)),
    };
    Err(Failure::new(WRONG_USAGE, format!("--outlet: no feed is of the outlet `{outlet}`{hint}")))
}

/// Checks that files can be written in a directory; if it does not exist yet, in that in which it would be created.
/// Leaves no file.
pub(super) fn check_writable(dir: &Path) -> std::io::Result<()> {
    let existing = dir.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let probe = existing.join(".kazbek-check");
    // A file that an interrupted check left, or a link that somebody put there, is removed and not followed.
    let remove = || match std::fs::remove_file(&probe) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    remove().and_then(|()| files::create_new(&probe, Access::Private)).and_then(|_| remove())
}

/// Opens the store of a data directory for the daemon, which waits for space if the disk is full. Copies that were never
/// completed, such as those before an upgrade, are removed.
pub(super) fn open_for_daemon(folder: &Path) -> Result<Result<Store, StoreError>, Failure> {
    store::remove_unfinished(folder);
    let path = folder.join(Store::FILE_NAME);
    match Store::open(&path) {
        Err(error) if !matches!(error, StoreError::Full) => Err(named(&path, error)),
        opened => Ok(opened),
    }
}

/// Says that a database is missing, and that the system's service has one if it has.
fn missing(path: &Path, service: &Path) -> String {
    let missing = format!("{}: {}", path.display(), StoreError::Missing);
    // Only root may look into the folder of a service with a user of its own.
    let has_service = service.symlink_metadata().is_ok() && path.parent() != Some(service);
    match has_service {
        true => format!("{missing}; the service has one in {}: `sudo kazbek --system …` reads it", service.display()),
        false => missing,
    }
}

fn named(path: &Path, error: StoreError) -> Failure {
    Failure::from(error).about(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_database_leads_to_that_of_the_service_if_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let (own, service) = (folder.path().join("own/kazbek.db"), folder.path().join("service"));
        assert!(!missing(&own, &service).contains("--system"));
        // A link that leads to where only root may look.
        std::os::unix::fs::symlink("private/kazbek", &service).unwrap();
        assert!(
            missing(&own, &service).contains("there is no database yet")
                && missing(&own, &service).contains("--system")
        );
        assert!(!missing(&service.join("kazbek.db"), &service).contains("--system"));
    }

    #[test]
    fn the_service_has_its_own_data_and_configuration() {
        let context = Context::of_service(Some(PathBuf::from("other.toml")), None, None);
        assert_eq!(context.data_dir().ok(), Some(PathBuf::from("/var/lib/kazbek")));
        assert_eq!(context.config_file(), Some(Path::new("other.toml")));
    }
}
