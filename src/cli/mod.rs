//! The command line.
use std::process::ExitCode;

/// Runs the command line of the process.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
