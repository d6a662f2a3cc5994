//! Input of commands: files or standard input, as bytes, lines or JSONL of items.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::failure::{BAD_DATA, FAILED, Failure};
use super::output;
use crate::classify::ItemText;

/// Opens a file, or standard input for `-`.
pub(super) fn open(file: &Path) -> Result<Box<dyn Read>, Failure> {
    if file.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    Ok(Box::new(std::fs::File::open(file).map_err(|error| unreadable(file, &error))?))
}

/// Returns what is wrong with a line of JSON. The line is that of the file, so only the column is of use.
pub(super) fn fault_of_a_line(error: &serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

/// Returns the failure to read a file.
pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Failure {
    let code = if error.kind() == std::io::ErrorKind::InvalidData { BAD_DATA } else { FAILED };
    Failure::new(code, format!("{}: {error}", file.display()))
}

/// Returns all bytes of a file, or of standard input for `-`.
pub(super) fn read_all(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    open(file)?.read_to_end(&mut bytes).map_err(|error| unreadable(file, &error))?;
    Ok(bytes)
}

/// Reads lines of any length, which need not be UTF-8. They end in LF, CRLF or CR, as editors write them; JSON has no
/// such characters inside.
pub(super) struct Lines<R> {
    /// The file, for messages.
    file: PathBuf,
    reader: BufReader<R>,
    line: Vec<u8>,
    /// Whether the last line ended in CR, so that an LF that follows belongs to it.
    is_after_cr: bool,
    /// The number of the line that was read last, from 1.
    pub(super) number: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R, file: &Path) -> Lines<R> {
        let reader = BufReader::with_capacity(256 << 10, reader);
        Lines { file: file.to_owned(), reader, line: Vec::new(), is_after_cr: false, number: 0 }
    }

    /// Returns the next line that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Failure> {
        loop {
            let read = self.read_line();
            let is_read = read.map_err(|error| {
                Failure::new(BAD_DATA, format!("{}:{}: {error}", self.file.display(), self.number + 1))
            })?;
            if !is_read {
                return Ok(None);
            }
            self.number += 1;
            if !self.line.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(&self.line));
            }
        }
    }

    /// Reads a line without its end, and returns whether there was one.
    fn read_line(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        let mut is_read = false;
        loop {
            let bytes = match self.reader.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if bytes.is_empty() {
                return Ok(is_read);
            }
            if std::mem::take(&mut self.is_after_cr) && bytes.first() == Some(&b'\n') {
                self.reader.consume(1);
                continue;
            }
            is_read = true;
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            self.line.extend_from_slice(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default());
            let (length, is_cr) = (bytes.len(), end.is_some_and(|end| bytes.get(end) == Some(&b'\r')));
            self.reader.consume(end.map_or(length, |end| end + 1));
            if end.is_some() {
                self.is_after_cr = is_cr;
                return Ok(true);
            }
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct StreamArguments {
    /// JSONL file, or - for standard input
    #[arg(default_value = "-")]
    pub(super) file: PathBuf,
    /// Print one JSON object per line
    #[arg(long)]
    pub(super) json: bool,
}

/// An item of the input. Other fields are ignored.
#[derive(Debug, Deserialize)]
pub(super) struct ItemLine {
    /// The number of the line if it has none.
    #[serde(default)]
    pub(super) id: serde_json::Value,
    #[serde(default)]
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) summary: Option<String>,
    #[serde(default)]
    pub(super) language: Option<String>,
    #[serde(default)]
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) published: Option<String>,
    #[serde(default)]
    pub(super) source: Option<String>,
}

impl ItemLine {
    pub(super) fn text(&self) -> ItemText<'_> {
        ItemText {
            title: self.title.as_deref().unwrap_or_default(),
            summary: self.summary.as_deref().unwrap_or_default(),
            url: self.url.as_deref(),
            language: self.language.as_deref(),
            ..ItemText::default()
        }
    }
}

/// Returns the item of a line of a list that has one item a line, without the bracket and the comma around it; nothing for
/// a line that has no more than these. Any other line is returned as it is.
pub(super) fn without_list(line: &[u8]) -> &[u8] {
    let bare = line.trim_ascii();
    let (mut inner, mut is_of_list) = (bare, false);
    if let Some(first) = inner.strip_prefix(b"[") {
        (inner, is_of_list) = (first.trim_ascii_start(), true);
    }
    for end in [b",", b"]", b","] {
        if let Some(last) = inner.strip_suffix(end) {
            (inner, is_of_list) = (last.trim_ascii_end(), true);
        }
    }
    let is_item = inner.first() == Some(&b'{') && inner.last() == Some(&b'}');
    if is_of_list && (inner.is_empty() || is_item) { inner } else { line }
}

/// Returns the items of a line: one, or those of a list.
fn items_of(line: &[u8]) -> Result<Vec<ItemLine>, String> {
    let fault = |error: serde_json::Error| fault_of_a_line(&error);
    if line.trim_ascii_start().first() == Some(&b'[')
        && let Ok(items) = serde_json::from_slice::<Vec<serde_json::Value>>(line)
    {
        // serde would read a list within it as the fields in their order.
        return match items.iter().all(serde_json::Value::is_object) {
            true => items.into_iter().map(|item| serde_json::from_value(item).map_err(fault)).collect(),
            false => Err("a list in which not everything is an item".to_owned()),
        };
    }
    match without_list(line) {
        [] => Ok(Vec::new()),
        [b'[', ..] => Err("a list that is not whole".to_owned()),
        line => Ok(vec![serde_json::from_slice(line).map_err(fault)?]),
    }
}

/// Calls `each` with every item, and reports the lines that are not items.
pub(super) fn for_each_item(
    arguments: &StreamArguments,
    mut each: impl FnMut(ItemLine) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let decoded = super::text_input::decoded(open(&arguments.file)?);
    let mut lines = Lines::new(decoded.map_err(|error| unreadable(&arguments.file, &error))?, &arguments.file);
    let mut is_whole = true;
    while let Some(line) = lines.next()? {
        match items_of(line) {
            Ok(items) => {
                let number = lines.number;
                for item in items {
                    each(if item.id.is_null() { ItemLine { id: number.into(), ..item } } else { item })?;
                }
            }
            Err(error) => {
                is_whole = false;
                output::complain(None, &arguments.file, lines.number, &format!("not an item, skipped: {error}"));
            }
        }
    }
    if is_whole { Ok(()) } else { Err(Failure::reported(BAD_DATA)) }
}
