//! `import`: adds items from JSONL or CSV.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::arguments::ClockArguments;
use super::context::{self, Context};
use super::export::{Format, csv_failure, without_apostrophe};
use super::failure::{BAD_DATA, Failure};
use super::input::{self, Lines};
use super::output;
use crate::ingest::{ImportItem, Imported, Writer};
use crate::model::PressBloc;

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// JSONL or CSV file, gzipped or not, or - for standard input
    file: PathBuf,
    /// jsonl or csv [default: by the file name, else jsonl]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print one JSON object instead of the summary line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    clock: ClockArguments,
}

/// Items that share a transaction.
const BATCH: usize = 8_000;

/// Bad lines that are reported one by one.
const COMPLAINTS_MAX: u64 = 100;

/// A line of an import. Other fields are ignored.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    url: Option<String>,
    title: String,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    outlet: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    bloc: Option<PressBloc>,
    #[serde(default)]
    first_seen: Option<String>,
}

impl Line {
    /// Removes what `export` puts before cells that look like formulas.
    fn without_apostrophes(self) -> Line {
        let cell = |text: Option<String>| text.map(without_apostrophe);
        Line {
            url: cell(self.url),
            title: without_apostrophe(self.title),
            summary: cell(self.summary),
            published: cell(self.published),
            outlet: cell(self.outlet),
            language: cell(self.language),
            bloc: self.bloc,
            first_seen: cell(self.first_seen),
        }
    }

    fn item(self) -> Result<ImportItem, String> {
        let time = |name: &str, text: Option<&str>| match text {
            None | Some("") => Ok(None),
            Some(text) => text
                .parse::<Timestamp>()
                .map(Some)
                .map_err(|_| format!("`{name}`: `{text}` is not an RFC 3339 time, such as 2026-01-31T12:00:00Z")),
        };
        let published = time("published", self.published.as_deref())?;
        let first_seen = time("first_seen", self.first_seen.as_deref())?;
        Ok(ImportItem {
            url: self.url.filter(|url| !url.is_empty()),
            title: self.title,
            summary: self.summary.unwrap_or_default(),
            published,
            outlet: self.outlet.filter(|outlet| !outlet.is_empty()).unwrap_or_else(|| "unknown".to_owned()),
            language: self.language.filter(|language| !language.is_empty()),
            bloc: self.bloc,
            first_seen,
        })
    }
}

#[derive(Debug, Default, Serialize)]
struct Summary {
    lines: u64,
    bad_lines: u64,
    #[serde(flatten)]
    imported: Imported,
}

pub(super) fn import(context: &Context, arguments: &ImportArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let engine = config.engine();
    let (reader, bar) = import_source(&arguments.file)?;
    let _lock = context.lock()?;
    let mut store = context.open()?;
    let clock = context::trusted_clock(&mut store, &arguments.clock, "nothing was imported")?;
    let mut writer = Writer::open(store, engine, clock.now())?;
    let mut lines = match is_csv(arguments) {
        true => {
            ImportLines::Csv(Box::new(csv::ReaderBuilder::new().flexible(true).from_reader(reader).into_deserialize()))
        }
        false => ImportLines::Jsonl(Lines::new(reader)),
    };
    let mut summary = Summary::default();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let line = lines.next()?;
        let is_end = line.is_none();
        if let Some((number, read)) = line {
            summary.lines += 1;
            match read {
                Ok(item) => batch.push(item),
                Err(error) => {
                    summary.bad_lines += 1;
                    if summary.bad_lines <= COMPLAINTS_MAX {
                        output::complain(Some(&bar), &arguments.file, number, &error);
                    }
                }
            }
        }
        if batch.len() >= BATCH || (is_end && !batch.is_empty()) {
            summary.imported.add(writer.import(&batch, clock.now())?);
            bar.set_message(format!("{} new, {} duplicates", summary.imported.items_new, summary.imported.duplicates));
            batch.clear();
        }
        if is_end {
            break;
        }
    }
    writer.close()?;
    bar.finish_and_clear();
    if arguments.json {
        output::json(&summary)?;
    } else {
        let done = &summary.imported;
        output::text(&format!(
            "{} lines: {} new items ({} tagged), {} duplicates, {} known before, {} bad lines",
            summary.lines, done.items_new, done.tagged, done.duplicates, done.known, summary.bad_lines
        ))?;
    }
    if summary.bad_lines > COMPLAINTS_MAX {
        let more = summary.bad_lines - COMPLAINTS_MAX;
        output::note(format!("{more} more bad lines; correct those above and import again"));
    }
    if summary.bad_lines > 0 { Err(Failure::reported(BAD_DATA)) } else { Ok(()) }
}

/// The lines of the input with their numbers.
enum ImportLines {
    Jsonl(Lines<Box<dyn Read>>),
    Csv(Box<csv::DeserializeRecordsIntoIter<Box<dyn Read>, Line>>),
}

impl ImportLines {
    #[expect(clippy::type_complexity, reason = "a line number, and an item or why it is none")]
    fn next(&mut self) -> Result<Option<(usize, Result<ImportItem, String>)>, Failure> {
        match self {
            ImportLines::Jsonl(lines) => {
                let read = lines.next()?.map(serde_json::from_slice::<Line>);
                Ok(read.map(|read| (lines.number, read.map_err(|error| error.to_string()).and_then(Line::item))))
            }
            ImportLines::Csv(records) => {
                // The line on which the record begins; the first line is the header.
                let number = usize::try_from(records.reader().position().line()).unwrap_or(usize::MAX).max(2);
                let Some(read) = records.next() else { return Ok(None) };
                match read {
                    Ok(line) => Ok(Some((number, line.without_apostrophes().item()))),
                    Err(error) if error.is_io_error() => Err(csv_failure(error)),
                    Err(error) => Ok(Some((number, Err(error.to_string())))),
                }
            }
        }
    }
}

/// Whether the input is CSV: as `--format` says, else by the file name.
fn is_csv(arguments: &ImportArguments) -> bool {
    let name = arguments.file.to_string_lossy().to_lowercase();
    match arguments.format {
        Some(Format::Csv) => true,
        Some(Format::Jsonl) => false,
        None => name.ends_with(".csv") || name.ends_with(".csv.gz"),
    }
}

/// Opens a file, gzipped or not, with a bar that counts its bytes.
fn import_source(file: &Path) -> Result<(Box<dyn Read>, ProgressBar), Failure> {
    let raw = input::open(file)?;
    let (raw, bar): (Box<dyn Read>, ProgressBar) = match std::fs::metadata(file) {
        Ok(metadata) if metadata.is_file() => {
            let bar = output::bar(metadata.len(), "bytes");
            (Box::new(bar.wrap_read(raw)), bar)
        }
        _ => {
            let bar = output::counter("bytes");
            (Box::new(bar.wrap_read(raw)), bar)
        }
    };
    let mut head = Vec::with_capacity(2);
    let mut raw = raw;
    raw.by_ref().take(2).read_to_end(&mut head)?;
    let is_gzip = head == [0x1f, 0x8b];
    let whole = std::io::Cursor::new(head).chain(raw);
    Ok(if is_gzip { (Box::new(MultiGzDecoder::new(whole)), bar) } else { (Box::new(whole), bar) })
}
