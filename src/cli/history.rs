//! `import`, `export` and `reclassify`: the history in, out and again.

use std::io::{Read, Write};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::context::{self, Context};
use super::failure::{BAD_DATA, Failure};
use super::output::{self, Lines};
use super::{ExportArguments, ExportFormat, ImportArguments, ReclassifyArguments};
use crate::app::clock;
use crate::ingest::{ImportItem, Imported, Writer};
use crate::model::PressBloc;
use crate::store::ReportItem;

/// How many items of an import share a transaction.
const BATCH: usize = 8_000;

/// Bad lines of a file that are told one by one.
const COMPLAINTS_MAX: u64 = 100;

/// A line of an import. Fields that are not named here are passed over.
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
    fn item(self) -> Result<ImportItem, String> {
        let time = |name: &str, text: Option<&str>| match text {
            None | Some("") => Ok(None),
            Some(text) => {
                text.parse::<Timestamp>().map(Some).map_err(|_| format!("`{name}` is no RFC 3339 time: `{text}`"))
            }
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
    let mut writer = Writer::open(context.open()?, engine, clock::now())?;
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
                        complain(&bar, &arguments.file, number, &error);
                    }
                }
            }
        }
        if batch.len() >= BATCH || (is_end && !batch.is_empty()) {
            summary.imported.add(writer.import(&batch, clock::now())?);
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
        output::note(format!("{more} more bad lines are not told one by one: put these right and import again"));
    }
    if summary.bad_lines > 0 { Err(Failure::told(BAD_DATA)) } else { Ok(()) }
}

/// The lines of an import, each with its number.
enum ImportLines {
    Jsonl(Lines<Box<dyn Read>>),
    Csv(Box<csv::DeserializeRecordsIntoIter<Box<dyn Read>, Line>>),
}

impl ImportLines {
    #[expect(clippy::type_complexity, reason = "a number and what stands there, or why it cannot be read")]
    fn next(&mut self) -> Result<Option<(usize, Result<ImportItem, String>)>, Failure> {
        match self {
            ImportLines::Jsonl(lines) => {
                let read = lines.next()?.map(serde_json::from_slice::<Line>);
                Ok(read.map(|read| (lines.number, read.map_err(|error| error.to_string()).and_then(Line::item))))
            }
            ImportLines::Csv(records) => {
                // Where the record begins; the first line is the head.
                let number = usize::try_from(records.reader().position().line()).unwrap_or(usize::MAX).max(2);
                let Some(read) = records.next() else { return Ok(None) };
                match read {
                    Ok(line) => Ok(Some((number, line.item()))),
                    Err(error) if error.is_io_error() => Err(csv_failure(error)),
                    Err(error) => Ok(Some((number, Err(error.to_string())))),
                }
            }
        }
    }
}

/// Whether an import is CSV: as it was said, else by the file's name.
fn is_csv(arguments: &ImportArguments) -> bool {
    let name = arguments.file.to_string_lossy().to_lowercase();
    match arguments.format {
        Some(ExportFormat::Csv) => true,
        Some(ExportFormat::Jsonl) => false,
        None => name.ends_with(".csv") || name.ends_with(".csv.gz"),
    }
}

/// A fault of one line of input; the bar, if any, steps aside for it.
pub(super) fn complain(bar: &ProgressBar, file: &Path, number: usize, error: &str) {
    bar.suspend(|| output::complain(file, number, error));
}

/// Opens a file, packed or not; the bar counts its bytes, or lines where its length is not known.
fn import_source(file: &Path) -> Result<(Box<dyn Read>, ProgressBar), Failure> {
    let raw = output::input(file)?;
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

pub(super) fn export(context: &Context, arguments: &ExportArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    let filter = arguments.range.filter(&config.time_zone)?;
    let store = context.open_read_only()?;
    let mut out = output::stdout();
    match arguments.format {
        ExportFormat::Jsonl => {
            store.for_each_item(&filter, |item| output::json_line(&mut out, &item))?;
        }
        ExportFormat::Csv => {
            let mut csv = csv::Writer::from_writer(&mut out);
            let mut row = |fields: [String; 14]| csv.write_record(&fields).map_err(csv_failure);
            row(CSV_COLUMNS.map(str::to_owned))?;
            store.for_each_item(&filter, |item| row(csv_fields(item)))?;
            csv.flush()?;
        }
    }
    Ok(out.flush()?)
}

const CSV_COLUMNS: [&str; 14] = [
    "id",
    "url",
    "title",
    "summary",
    "published",
    "first_seen",
    "outlet",
    "bloc",
    "language",
    "scope",
    "score",
    "tags",
    "duplicate_of",
    "story",
];

fn csv_fields(item: ReportItem) -> [String; 14] {
    let text = |value: Option<String>| value.unwrap_or_default();
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    [
        item.id.to_string(),
        text(item.url),
        item.title,
        item.summary,
        text(item.published.map(|time| time.to_string())),
        item.first_seen.to_string(),
        item.outlet,
        text(item.bloc),
        text(item.language),
        text(item.scope),
        item.score.to_string(),
        item.tags.join(" "),
        number(item.duplicate_of),
        number(item.story),
    ]
}

fn csv_failure(error: csv::Error) -> Failure {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Failure::from(error),
        other => Failure::new(BAD_DATA, format!("{other:?}")),
    }
}

pub(super) fn reclassify(context: &Context, arguments: &ReclassifyArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let engine = config.engine();
    let since =
        arguments.since.as_deref().map(|text| context::instant(text, "--since", &config.time_zone)).transpose()?;
    let _lock = context.lock()?;
    let store = context.open()?;
    let bar = output::bar(store.count_since(since)?, "items");
    let mut writer = Writer::open(store, engine, clock::now())?;
    let done = writer.reclassify(since, |done| bar.set_position(done))?;
    writer.close()?;
    bar.finish_and_clear();
    output::text(&format!("{done} items read again under lexicon {}", config.lexicon.version()))
}
