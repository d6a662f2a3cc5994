//! Output of commands: data on standard output, messages and progress bars on standard error. All of it goes through
//! [`Printable`], so that nothing that a feed or a server sent acts on a terminal.

use std::io::{BufWriter, StdoutLock, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure::{Failure, say};
use crate::text::sanitize::Printable;

/// Returns standard output, buffered; flush it at the end.
pub(super) fn stdout() -> BufWriter<Printable<StdoutLock<'static>>> {
    BufWriter::with_capacity(64 << 10, Printable::text(std::io::stdout().lock()))
}

/// Writes a text and ends its last line.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Writes a text that is JSON.
pub(super) fn json_text(json: &str) -> Result<(), Failure> {
    let mut out = stdout();
    Printable::json(&mut out).write_all(json.as_bytes())?;
    if !json.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Writes one JSON object, indented.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = stdout();
    serde_json::to_writer_pretty(Printable::json(&mut out), value)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Writes one JSON object on one line.
pub(super) fn json_line(out: &mut impl Write, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer(Printable::json(&mut *out), value)?;
    Ok(out.write_all(b"\n")?)
}

/// Reports a fault in one line of a file. A progress bar is hidden while the message is printed.
pub(super) fn complain(bar: Option<&ProgressBar>, file: &Path, line: usize, message: &str) {
    let complain = || say(format_args!("{}:{line}: {message}", file.display()));
    match bar {
        Some(bar) => bar.suspend(complain),
        None => complain(),
    }
}

/// Prints advice that is not about a fault.
pub(super) fn note(note: impl std::fmt::Display) {
    say(format_args!("note: {note}"));
}

/// Returns a progress bar of a known length; it shows on a terminal only.
pub(super) fn bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8));
    // The message takes the room that is left, so that a narrow terminal does not wrap the bar.
    let template = format!("{{bar:16}} {{pos}}/{{len}} {unit}, {{eta}} left  {{wide_msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}

/// Returns a counter of something whose length is not known; it shows on a terminal only.
pub(super) fn counter(unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {unit}, {{elapsed}}  {{wide_msg}}")) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
