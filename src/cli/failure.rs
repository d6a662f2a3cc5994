//! How a command fails: with one line on standard error and an exit code.

use std::any::Any;
use std::fmt;
use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::process::ExitCode;

use super::screen::{for_locale, for_standard_error};
use crate::app::feed_list::FeedListError;
use crate::app::issue::IssueError;
use crate::store::StoreError;
use crate::text::sanitize::{Printable, without_passwords};

/// The command failed.
pub(crate) const FAILED: u8 = 1;
/// The command line is wrong.
pub(crate) const WRONG_USAGE: u8 = 2;
/// The input data are wrong (`EX_DATAERR` of sysexits.h).
pub(crate) const BAD_DATA: u8 = 65;
/// The configuration is wrong (`EX_CONFIG` of sysexits.h).
pub(crate) const BAD_CONFIGURATION: u8 = 78;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
}

impl Failure {
    pub(crate) fn new(code: u8, message: impl fmt::Display) -> Failure {
        Failure { code, message: message.to_string() }
    }

    /// A failure that was reported already and has only an exit code.
    pub(crate) fn reported(code: u8) -> Failure {
        Failure { code, message: String::new() }
    }

    /// Returns the failure with the name of what it concerns before its message.
    pub(crate) fn about(self, what: &str) -> Failure {
        Failure { message: format!("{what}: {}", self.message), ..self }
    }

    /// Returns the failure with the lines of another one after its own.
    pub(crate) fn and(self, other: &Failure) -> Failure {
        Failure { message: format!("{}\n{}", self.message, other.message), ..self }
    }

    /// Returns the failure with a more specific code, if its own is the general one.
    pub(crate) fn or_code(self, code: u8) -> Failure {
        Failure { code: if self.code == FAILED { code } else { self.code }, ..self }
    }

    /// Prints the message and returns the exit code.
    pub(crate) fn exit(self) -> ExitCode {
        self.message.lines().for_each(say);
        ExitCode::from(self.code)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let code = match error {
            StoreError::Damaged(_) | StoreError::Foreign | StoreError::NewerSchema { .. } => BAD_DATA,
            StoreError::BadQuery(_) | StoreError::PeriodOutOfRange(_) => WRONG_USAGE,
            _ => FAILED,
        };
        Failure::new(code, error)
    }
}

impl From<FeedListError> for Failure {
    fn from(error: FeedListError) -> Failure {
        match error {
            FeedListError::Store(error) => Failure::from(error),
            FeedListError::ManyRemoved(error) => Failure::new(BAD_CONFIGURATION, error),
        }
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Failure {
        match error {
            IssueError::Store(error) => Failure::from(error),
            other => Failure::new(FAILED, other),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // The reader of the output has closed it, as `head` does.
            return Failure::reported(0);
        }
        Failure::new(FAILED, error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        match error.io_error_kind() {
            Some(std::io::ErrorKind::BrokenPipe) => Failure::reported(0),
            _ => Failure::new(FAILED, error),
        }
    }
}

/// Writes what the parser of the command line says of a wrong one. It quotes arguments, so that they are made printable,
/// and their passwords masked, as everything that is written.
pub(super) fn wrong_usage(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    drop(write!(Printable::text(std::io::stderr().lock()), "{}", without_passwords(&for_locale(&text))));
    ExitCode::from(WRONG_USAGE)
}

/// Writes a line to standard error, without the passwords of addresses in it. It is lost if nobody reads it.
pub(super) fn say(line: impl fmt::Display) {
    let line = format!("kazbek: {}", without_passwords(&for_locale(&line.to_string())));
    drop(writeln!(Printable::text(std::io::stderr().lock()), "{}", for_standard_error(&line)));
}

/// Reports a panic of any thread in one line, in the log if there is one, else on standard error. The default would
/// print a backtrace.
pub(super) fn report_panics_in_one_line() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let line = panic_line(info.payload(), info.location().map(ToString::to_string).as_deref());
        if tracing::dispatcher::has_been_set() {
            tracing::error!("{line}");
        } else {
            say(line);
        }
    }));
}

/// Runs a command and turns a panic, which the hook has reported, into a failure.
pub(super) fn caught(command: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    // Nothing of the command is used after its panic.
    panic::catch_unwind(panic::AssertUnwindSafe(command)).unwrap_or_else(|_| Err(Failure::reported(FAILED)))
}

fn panic_line(payload: &(dyn Any + Send), location: Option<&str>) -> String {
    let said = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("for an unknown reason").replace('\n', " ");
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "kazbek {version} panicked at {}: {said}; this is a bug, please report it",
        location.unwrap_or("an unknown place")
    )
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use super::*;

    #[test]
    fn a_panic_is_one_line_and_exit_code_1() {
        let failure = caught(|| panic!("two\nlines")).unwrap_err();
        assert_eq!(format!("{:?}", failure.exit()), format!("{:?}", ExitCode::from(1)));
        let payload = panic::catch_unwind(|| panic!("two\nlines")).unwrap_err();
        let reported = panic_line(payload.as_ref(), Some("src/x.rs:1:2"));
        assert!(reported.contains("src/x.rs:1:2: two lines; this is a bug, please report it"), "{reported}");
        assert_eq!(reported.lines().count(), 1);
    }
}
