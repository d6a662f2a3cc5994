//! A fault of this program itself: one line that can be reported, and never a backtrace.

use std::any::Any;
use std::panic::{self, PanicHookInfo};

use super::failure::{FAILED, Failure};
use super::output;

/// From now on a panic of any thread is told in one line: in the log where there is one, else on stderr.
pub(super) fn tell_in_one_line() {
    panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let line = line(info.payload(), info.location().map(ToString::to_string).as_deref());
        if tracing::dispatcher::has_been_set() {
            tracing::error!("{line}");
        } else {
            output::say(line);
        }
    }));
}

/// Runs a command; a panic, which the hook has told, is a failure.
pub(super) fn caught(command: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
    // Nothing of the command is looked at again behind its panic.
    panic::catch_unwind(panic::AssertUnwindSafe(command)).unwrap_or_else(|_| Err(Failure::told(FAILED)))
}

fn line(payload: &(dyn Any + Send), location: Option<&str>) -> String {
    let said = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let said = said.unwrap_or("for an unknown reason").replace('\n', " ");
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "kazbek {version} failed inside itself at {}: {said}; please report it",
        location.unwrap_or("a place unknown")
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
        let told = line(payload.as_ref(), Some("src/x.rs:1:2"));
        assert!(told.contains("src/x.rs:1:2: two lines; please report it"), "{told}");
        assert_eq!(told.lines().count(), 1);
    }
}
