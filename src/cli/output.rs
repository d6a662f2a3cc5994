//! Standard output and standard input, and the progress bar on standard error.

use std::io::{BufRead, BufReader, BufWriter, Read, StdoutLock, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure::{BAD_DATA, FAILED, Failure};

/// Standard output, buffered; flush it at the end.
pub(super) fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(64 << 10, std::io::stdout().lock())
}

/// Writes bytes as they are.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = stdout();
    out.write_all(bytes)?;
    Ok(out.flush()?)
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

/// Writes one JSON object on lines of its own, for a person to read as well.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = stdout();
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}

/// Writes one JSON object on one line.
pub(super) fn json_line(out: &mut impl Write, value: &impl Serialize) -> Result<(), Failure> {
    serde_json::to_writer(&mut *out, value)?;
    Ok(out.write_all(b"\n")?)
}

/// Says a line on stderr. Whoever does not listen any more misses it, and that is all.
pub(super) fn say(line: impl std::fmt::Display) {
    drop(writeln!(std::io::stderr().lock(), "kazbek: {line}"));
}

/// Tells a fault of one line of a file that was read all the same.
pub(super) fn complain(file: &Path, line: usize, message: &str) {
    say(format_args!("{}:{line}: {message}", file.display()));
}

/// Tells what is no fault but should be known.
pub(super) fn note(note: impl std::fmt::Display) {
    say(format_args!("note: {note}"));
}

/// The input that a person named: a file, or `-` for standard input.
pub(super) fn input(file: &Path) -> Result<Box<dyn Read>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    let opened =
        std::fs::File::open(file).map_err(|error| Failure::new(FAILED, format!("{}: {error}", file.display())))?;
    Ok(Box::new(opened))
}

/// All bytes of the input that a person named.
pub(super) fn read_all(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    input(file)?
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(FAILED, format!("{}: {error}", file.display())))?;
    Ok(bytes)
}

/// Reads lines that may be of any length and need not be UTF-8.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// Number of the last line, from 1.
    pub(super) number: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Lines<R> {
        Lines { reader: BufReader::with_capacity(256 << 10, reader), line: Vec::new(), number: 0 }
    }

    /// The next line that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Failure> {
        loop {
            self.line.clear();
            let read = self.reader.read_until(b'\n', &mut self.line);
            let read = read.map_err(|error| Failure::new(BAD_DATA, format!("line {}: {error}", self.number + 1)))?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(&self.line));
            }
        }
    }
}

/// A bar over a known length; it shows on a terminal only.
pub(super) fn bar(length: u64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8));
    // The message takes what room is left, so that a narrow terminal is not filled with broken lines.
    let template = format!("{{bar:16}} {{pos}}/{{len}} {unit}, {{eta}} left  {{wide_msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}

/// A counter of what has no known length; it shows on a terminal only.
pub(super) fn counter(unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {unit}, {{elapsed}}  {{wide_msg}}")) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
