//! How a command ends when it does not end well: one line and an exit code.

use std::fmt;
use std::process::ExitCode;

use super::output;
use crate::store::StoreError;

/// Something failed.
pub(crate) const FAILED: u8 = 1;
/// The input is not what it should be (`EX_DATAERR` of sysexits.h).
pub(crate) const BAD_DATA: u8 = 65;
/// The configuration is not what it should be (`EX_CONFIG` of sysexits.h).
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

    /// The work was done but for something that was told already.
    pub(crate) fn told(code: u8) -> Failure {
        Failure { code, message: String::new() }
    }

    /// The same failure, with what it happened to in front.
    pub(crate) fn about(self, what: &str) -> Failure {
        Failure { message: format!("{what}: {}", self.message), ..self }
    }

    /// The same failure, with what another one says behind it.
    pub(crate) fn and(self, other: &Failure) -> Failure {
        Failure { message: format!("{}\n{}", self.message, other.message), ..self }
    }

    /// The same failure with another code where it has the general one.
    pub(crate) fn or_code(self, code: u8) -> Failure {
        Failure { code: if self.code == FAILED { code } else { self.code }, ..self }
    }

    /// Tells the person and gives the exit code.
    pub(crate) fn exit(self) -> ExitCode {
        self.message.lines().for_each(output::say);
        ExitCode::from(self.code)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let code = match error {
            StoreError::Damaged(_) | StoreError::Foreign | StoreError::NewerSchema { .. } => BAD_DATA,
            _ => FAILED,
        };
        Failure::new(code, error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            // Whoever read the output has seen enough.
            return Failure::told(0);
        }
        Failure::new(FAILED, error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        match error.io_error_kind() {
            Some(std::io::ErrorKind::BrokenPipe) => Failure::told(0),
            _ => Failure::new(FAILED, error),
        }
    }
}
