//! Output of commands: data on standard output, messages and progress bars on standard error. All of it is made
//! printable, so that nothing that a feed or a server sent acts on a terminal.

use std::fmt::Display;
use std::io::{BufWriter, StdoutLock, Write};
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::failure::{Failure, say};
use super::screen::{Screen, Style, for_locale, is_utf8, with_ascii_signs};
use crate::text::sanitize::Printable;

/// Returns standard output, buffered; flush it at the end.
pub(super) fn stdout() -> BufWriter<Printable<StdoutLock<'static>>> {
    BufWriter::with_capacity(64 << 10, Printable::text(std::io::stdout().lock()))
}

/// Standard output for what is longer than a few lines: with a pager and styles on a terminal, as it is elsewhere.
pub(super) enum Page {
    /// A file or a pipe.
    File(BufWriter<Printable<StdoutLock<'static>>>),
    /// A file or a pipe, for text where the locale is not UTF-8.
    AsciiSigns(BufWriter<Printable<StdoutLock<'static>>>),
    /// A terminal.
    Screen(Screen),
}

impl Page {
    /// Writes a text in a style, where styles are shown.
    pub(super) fn styled(&mut self, style: Style, text: impl Display) -> std::io::Result<()> {
        self.set_style(style);
        let written = write!(self, "{text}");
        self.set_style(Style::Plain);
        written
    }

    fn set_style(&mut self, style: Style) {
        if let Page::Screen(screen) = self {
            screen.set_style(style);
        }
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Page::File(out) => out.write(bytes),
            Page::AsciiSigns(out) => {
                out.write_all(&with_ascii_signs(bytes))?;
                Ok(bytes.len())
            }
            Page::Screen(screen) => screen.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Page::File(out) | Page::AsciiSigns(out) => out.flush(),
            Page::Screen(screen) => screen.flush(),
        }
    }
}

/// Returns standard output for text, which is wrapped to the width of a terminal; flush it at the end.
pub(super) fn page() -> Page {
    Screen::open(false).map_or_else(columns, Page::Screen)
}

/// Returns standard output for a few lines, which are wrapped to the width of a terminal and need no pager; flush it at
/// the end.
pub(super) fn lines() -> Page {
    Screen::open_for_a_few_lines().map_or_else(columns, Page::Screen)
}

/// Returns standard output for lines of columns, which are not wrapped; flush it at the end.
pub(super) fn columns() -> Page {
    if is_utf8() { Page::File(stdout()) } else { Page::AsciiSigns(stdout()) }
}

/// Returns standard output for data, such as JSON and XML, which are not wrapped; flush it at the end.
pub(super) fn data() -> Page {
    Screen::open(true).map_or_else(|| Page::File(stdout()), Page::Screen)
}

/// Writes a page of data, and ends its last line.
pub(super) fn data_text(text: &str) -> Result<(), Failure> {
    write_whole(data(), text)
}

/// Writes a text whose columns would be lost if it were wrapped.
pub(super) fn table_text(text: &str) -> Result<(), Failure> {
    data_text(&for_locale(text))
}

fn write_whole(mut out: Page, text: &str) -> Result<(), Failure> {
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Writes a document in plain text. On a terminal its title and headings are bold, its caveats stand out, and addresses
/// are faint.
pub(super) fn document(text: &str) -> Result<(), Failure> {
    let mut out = page();
    let mut lines = text.lines().peekable();
    let mut is_first = true;
    while let Some(line) = lines.next() {
        let is_ruled = lines.peek().is_some_and(|next| !next.is_empty() && next.bytes().all(|byte| byte == b'-'));
        let style = match line.trim_start() {
            _ if is_first || is_ruled => Style::Bold,
            note if note.starts_with("! ") => Style::Warning,
            address if address.starts_with("https://") || address.starts_with("http://") => Style::Faint,
            _ => Style::Plain,
        };
        is_first = false;
        out.styled(style, line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Writes a text and ends its last line.
pub(super) fn text(text: &str) -> Result<(), Failure> {
    write_whole(lines(), text)
}

/// Writes a text that is JSON.
pub(super) fn json_text(json: &str) -> Result<(), Failure> {
    let mut out = data();
    Printable::json(&mut out).write_all(json.as_bytes())?;
    if !json.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Writes one JSON object, indented.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = data();
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
        bar.set_style(if is_utf8() { style } else { style.progress_chars("#- ") });
    }
    bar
}

/// Returns a counter of something whose length is not known; it shows on a terminal only.
pub(super) fn counter(unit: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(8));
    if let Ok(style) = ProgressStyle::with_template(&format!("{{spinner}} {{pos}} {unit}, {{elapsed}}  {{wide_msg}}")) {
        bar.set_style(if is_utf8() { style } else { style.tick_chars("|/-\\ ") });
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
