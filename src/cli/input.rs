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
    let opened =
        std::fs::File::open(file).map_err(|error| Failure::new(FAILED, format!("{}: {error}", file.display())))?;
    Ok(Box::new(opened))
}

/// Returns all bytes of a file, or of standard input for `-`.
pub(super) fn read_all(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    open(file)?
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(FAILED, format!("{}: {error}", file.display())))?;
    Ok(bytes)
}

/// Reads lines of any length, which need not be UTF-8.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// The number of the line that was read last, from 1.
    pub(super) number: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R) -> Lines<R> {
        Lines { reader: BufReader::with_capacity(256 << 10, reader), line: Vec::new(), number: 0 }
    }

    /// Returns the next line that is not blank; `None` at the end.
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

/// Calls `each` with every item, and reports the lines that are not items.
pub(super) fn for_each_item(
    arguments: &StreamArguments,
    mut each: impl FnMut(ItemLine) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut lines = Lines::new(open(&arguments.file)?);
    let mut is_whole = true;
    loop {
        let read = match lines.next()? {
            None => break,
            // serde would read a list as the fields in their order.
            Some(bytes) if bytes.trim_ascii_start().first() == Some(&b'[') => Err("a list".to_owned()),
            Some(bytes) => serde_json::from_slice::<ItemLine>(bytes).map_err(|error| error.to_string()),
        };
        match read {
            Ok(line) => each(line)?,
            Err(error) => {
                is_whole = false;
                output::complain(None, &arguments.file, lines.number, &format!("not an item, skipped: {error}"));
            }
        }
    }
    if is_whole { Ok(()) } else { Err(Failure::reported(BAD_DATA)) }
}
