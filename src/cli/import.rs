//! `import`: adds items from JSONL or CSV.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use flate2::bufread::GzDecoder;
use indicatif::ProgressBar;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::arguments::ClockArguments;
use super::context::{self, Context, Writing};
use super::export::{Format, csv_failure};
use super::failure::{BAD_DATA, Failure};
use super::input::{self, Lines, fault_of_a_line, without_list};
use super::output;
use super::text_input::{self, LineCounter, decoded_table};
use crate::app::clock;
use crate::app::lock::DataDirLock;
use crate::app::orders::{Connection, Order};
use crate::app::trusted_clock::TrustedClock;
use crate::feed::{self, Meaning};
use crate::ingest::{Engine, ImportItem, Imported, Writer};
use crate::model::PressBloc;
use crate::text::fold;
use crate::text::spreadsheet::without_apostrophe;

#[derive(Debug, Args)]
pub(super) struct ImportArguments {
    /// JSONL or CSV file (or TSV), gzipped or not, or - for standard input
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

/// The same if the daemon stores them, which has polls to store between two transactions.
const BATCH_BESIDE_POLLS: usize = 500;

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

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
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

    /// Whether nothing is in it, as in rows at the end of a table.
    fn is_empty(&self) -> bool {
        let texts = [&self.url, &self.summary, &self.published, &self.outlet, &self.language, &self.first_seen];
        self.title.trim().is_empty()
            && texts.into_iter().all(|text| text.as_deref().is_none_or(|text| text.trim().is_empty()))
    }

    fn item(self, now: Timestamp, dates: &mut Dates) -> Result<ImportItem, String> {
        let url = self.url.map(|url| url.trim().to_owned()).filter(|url| !url.is_empty());
        if url.is_none() && self.title.trim().is_empty() {
            return Err("neither `title` nor `url` says what it is".to_owned());
        }
        if let Some(other) = url.as_ref().filter(|url| !is_web_address(url)) {
            return Err(format!("`url`: `{other}` is not an http or https address"));
        }
        let published = time("published", self.published.as_deref())?;
        let first_seen = time("first_seen", self.first_seen.as_deref())?;
        let mut meant = |date: Timestamp| dates.meant(date, now);
        let (published, first_seen) = (published.and_then(&mut meant), first_seen.and_then(meant));
        Ok(ImportItem {
            url,
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

/// Reads a time in RFC 3339, or as spreadsheets write it, in UTC unless it names a zone.
fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, String> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    // What databases have for "never" is later than any time that can be calculated with.
    let earlier = text.replacen("9999-12-31", "9999-12-29", 1);
    let text = earlier.as_str();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(Some(time));
    }
    // 5/6 is a day in May to some and in June to others.
    let mut parts = text.split('/').map(|part| part.trim().split(' ').next().unwrap_or_default().parse::<u32>());
    let is_doubtful = matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(Ok(a @ 1..=12)), Some(Ok(b @ 1..=12)), Some(Ok(_))) if a != b
    );
    let is_a_day = text.chars().filter(char::is_ascii_digit).count() >= 5 && text.contains(['-', '.', '/', ' ']);
    let read = if is_doubtful || !is_a_day || text.parse::<f64>().is_ok() { None } else { feed::parse_date(text) };
    read.map(Some).ok_or_else(|| {
        format!(
            "`{name}`: `{text}` is not a time of one meaning; write it like 2026-01-31T12:00:00Z or 2026-01-31 12:00"
        )
    })
}

/// How many dates were not taken as they are. They are judged like those of feeds, except that a history may reach back
/// to before there were feeds, and that dates in the near future stay.
#[derive(Clone, Copy, Debug, Default)]
struct Dates {
    placeholders: u64,
    ahead: u64,
    far_ahead: u64,
}

impl Dates {
    /// Returns a date as it counts, if it does.
    fn meant(&mut self, date: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let (count, read) = match feed::meaning(date, now) {
            Meaning::Date => return Some(date),
            // An archive may have been written by a clock that goes ahead of this one.
            Meaning::Ahead => (&mut self.ahead, Some(date)),
            Meaning::FarAhead => (&mut self.far_ahead, None),
            Meaning::Placeholder => (&mut self.placeholders, None),
        };
        *count += 1;
        read
    }

    fn describe(self) {
        let say = |count: u64, what: &str| match count {
            0 => {}
            1 => output::note(format!("one date was {what}")),
            count => output::note(format!("{count} dates were {what}")),
        };
        say(self.placeholders, "left out: programs write such dates if they have none, such as 1970-01-01");
        say(self.far_ahead, "left out: more than a year in the future");
        say(self.ahead, "kept although in the future");
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
    let (reader, damage) = text_input::whole_lines(reader);
    let mut target = Target::open(context, engine, &arguments.clock)?;
    let mut lines = match is_csv(arguments) {
        true => ImportLines::Csv(Box::new(CsvLines::open(reader, arguments)?)),
        false => {
            let lines = Lines::new(as_utf8(reader, &arguments.file)?, &arguments.file);
            ImportLines::Jsonl { lines, repaired: 0, of_a_list: VecDeque::new() }
        }
    };
    let mut summary = Summary::default();
    let mut dates = Dates::default();
    let mut last_number = 0;
    let mut batch = Vec::with_capacity(target.batch());
    loop {
        let line = lines.next(target.now(), &mut dates)?;
        let is_end = line.is_none();
        if let Some((number, read)) = line {
            summary.lines += 1;
            last_number = number;
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
        if batch.len() >= target.batch() || (is_end && !batch.is_empty()) {
            let full = Vec::with_capacity(target.batch());
            summary.imported.add(target.import(std::mem::replace(&mut batch, full))?);
            bar.set_message(format!("{} new, {} duplicates", summary.imported.items_new, summary.imported.duplicates));
        }
        if is_end {
            break;
        }
    }
    target.close()?;
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
    if let ImportLines::Jsonl { repaired: count @ 1.., .. } = lines {
        output::note(format!("{count} lines were broken JSON and were repaired"));
    }
    dates.describe();
    if summary.bad_lines > COMPLAINTS_MAX {
        let more = summary.bad_lines - COMPLAINTS_MAX;
        output::note(format!("{more} more bad lines; correct those above and import again"));
    }
    if let Some(error) = damage.take() {
        let message = format!(
            "{}: after line {last_number} the file breaks off or is damaged ({error}); what comes before is stored; get \
             a whole copy and import it again",
            arguments.file.display()
        );
        return Err(Failure::new(BAD_DATA, message));
    }
    if summary.bad_lines > 0 { Err(Failure::reported(BAD_DATA)) } else { Ok(()) }
}

/// Who stores the items.
enum Target {
    /// This process.
    Own { writer: Box<Writer>, clock: TrustedClock, _lock: DataDirLock },
    /// The daemon.
    Daemon(Connection),
}

impl Target {
    fn open(context: &Context, engine: Arc<Engine>, arguments: &ClockArguments) -> Result<Target, Failure> {
        let lock = match context.writing()? {
            Writing::Alone(lock) => lock,
            Writing::Daemon(daemon) => return Ok(Target::Daemon(daemon)),
        };
        let mut store = context.open()?;
        let clock = context::trusted_clock(&mut store, arguments, "nothing was imported")?;
        store.expect_many()?;
        let writer = Box::new(Writer::open(store, engine, clock.now())?);
        Ok(Target::Own { writer, clock, _lock: lock })
    }

    /// How many items share a transaction.
    fn batch(&self) -> usize {
        match self {
            Target::Own { .. } => BATCH,
            Target::Daemon(_) => BATCH_BESIDE_POLLS,
        }
    }

    fn now(&self) -> Timestamp {
        match self {
            Target::Own { clock, .. } => clock.now(),
            Target::Daemon(_) => clock::now(),
        }
    }

    fn import(&mut self, items: Vec<ImportItem>) -> Result<Imported, Failure> {
        Ok(match self {
            Target::Own { writer, clock, .. } => writer.import(&items, clock.now())?,
            Target::Daemon(daemon) => daemon.order(&Order::Import { items }, |_, _| {})?,
        })
    }

    fn close(self) -> Result<(), Failure> {
        match self {
            Target::Own { writer, .. } => Ok(writer.close()?),
            Target::Daemon(_) => Ok(()),
        }
    }
}

/// The lines of the input with their numbers.
enum ImportLines {
    /// Lines of JSON, how many of them had to be repaired, and the rest of a line that is a list of items.
    Jsonl {
        lines: Lines<Box<dyn Read>>,
        repaired: u64,
        of_a_list: VecDeque<serde_json::Value>,
    },
    Csv(Box<CsvLines>),
}

impl ImportLines {
    #[expect(clippy::type_complexity, reason = "a line number, and an item or why it is none")]
    fn next(
        &mut self,
        now: Timestamp,
        dates: &mut Dates,
    ) -> Result<Option<(usize, Result<ImportItem, String>)>, Failure> {
        match self {
            ImportLines::Jsonl { lines, of_a_list, .. } if !of_a_list.is_empty() => {
                let item = of_a_list.pop_front().unwrap_or_default();
                Ok(Some((lines.number, item_of_a_list(item).and_then(|line| line.item(now, dates)))))
            }
            ImportLines::Jsonl { lines, repaired, of_a_list } => loop {
                let number = lines.number + 1;
                let Some(line) = lines.next()? else { return Ok(None) };
                // Sequences of JSON texts begin each with this (RFC 7464).
                let line = line.strip_prefix(b"\x1e").unwrap_or(line);
                if number <= 2 && matches!(line.trim_ascii(), b"{" | b"[{") {
                    let message =
                        "one JSON document over many lines; one item per line is expected, as `jq -c '.[]'` writes it";
                    return Err(Failure::new(BAD_DATA, message));
                }
                let read = match read_line(line, repaired, of_a_list) {
                    None => continue,
                    Some(read) => read,
                };
                return Ok(Some((lines.number, read.and_then(|line| line.item(now, dates)))));
            },
            ImportLines::Csv(lines) => lines.next(now, dates),
        }
    }
}

/// Reads the item of a line, the first of a list of items on one line, or nothing where the line has the bracket of a list
/// alone. Counts a line that had to be repaired, and puts the rest of a list aside.
fn read_line(
    line: &[u8],
    repaired: &mut u64,
    of_a_list: &mut VecDeque<serde_json::Value>,
) -> Option<Result<Line, String>> {
    if line.trim_ascii_start().first() == Some(&b'[')
        && let Ok(mut items) = serde_json::from_slice::<VecDeque<serde_json::Value>>(line)
        && let Some(first) = items.pop_front()
    {
        *of_a_list = items;
        return Some(item_of_a_list(first));
    }
    let line = without_list(line);
    match line.trim_ascii_start().first() {
        None => return None,
        // serde would read a list as the fields in their order.
        Some(b'[') => return Some(Err("a list; one item per line is expected, or a list of items".to_owned())),
        Some(_) => {}
    }
    Some(serde_json::from_slice::<Line>(line).or_else(|error| {
        let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8".to_owned())?;
        let read = serde_json::from_str(&feed::repaired_json(text));
        *repaired += u64::from(read.is_ok() && line.trim_ascii_start().starts_with(b"{"));
        read.ok().filter(|_| line.trim_ascii_start().starts_with(b"{")).ok_or_else(|| fault_of_a_line(&error))
    }))
}

fn item_of_a_list(item: serde_json::Value) -> Result<Line, String> {
    match item.is_object() {
        true => serde_json::from_value(item).map_err(|error| error.to_string()),
        false => Err("a list in which not everything is an item".to_owned()),
    }
}

/// The records of a CSV file.
struct CsvLines {
    reader: csv::Reader<Box<dyn Read>>,
    columns: csv::StringRecord,
    record: csv::StringRecord,
    counter: LineCounter,
    /// The bytes before those that `reader` has.
    skipped: u64,
}

/// The columns that an import reads.
const COLUMNS: [&str; 8] = ["url", "title", "summary", "published", "outlet", "language", "bloc", "first_seen"];

/// The columns that `export` writes and that follow from the others.
const DERIVED_COLUMNS: [&str; 6] = ["id", "scope", "score", "tags", "duplicate_of", "story"];

impl CsvLines {
    /// Reads the header. The file may have what spreadsheets make of CSV: semicolons or tabs between the columns, a
    /// first line such as `sep=;`, capitals in the names.
    fn open(reader: Box<dyn Read>, arguments: &ImportArguments) -> Result<CsvLines, Failure> {
        let about = |message: String| Failure::new(BAD_DATA, format!("{}: {message}", arguments.file.display()));
        let reader = as_utf8(reader, &arguments.file)?;
        let counter = LineCounter::default();
        let mut reader = counter.watch(reader);
        let mut head = Vec::new();
        reader.by_ref().take(HEADER_BYTES).read_to_end(&mut head)?;
        let (skipped, delimiter) = layout(&head);
        let mut rest = std::io::Cursor::new(head);
        rest.set_position(skipped);
        let source: Box<dyn Read> = Box::new(rest.chain(reader));
        let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(source);
        let columns = reader.headers().map_err(|error| match error.is_io_error() {
            true => csv_failure(error),
            false => about(format!("the header cannot be read: {error}")),
        })?;
        let columns: csv::StringRecord = columns.iter().map(column_name).collect();
        if let Some(name) = COLUMNS.iter().find(|known| columns.iter().filter(|name| name == *known).count() > 1) {
            return Err(about(format!("two columns are named `{name}`; rename or remove one")));
        }
        if !columns.is_empty() && !columns.iter().any(|name| name == "title") {
            let found: Vec<&str> = columns.iter().collect();
            let known = COLUMNS.join(", ");
            return Err(about(format!("no column is named `title`, only {}; the names are {known}", found.join(", "))));
        }
        let is_known = |name: &&str| COLUMNS.contains(name) || DERIVED_COLUMNS.contains(name) || name.is_empty();
        let unknown: Vec<&str> = columns.iter().filter(|name| !is_known(name)).collect();
        if !unknown.is_empty() {
            output::note(format!(
                "columns that are not read: {}; the names are {}",
                unknown.join(", "),
                COLUMNS.join(", ")
            ));
        }
        Ok(CsvLines { reader, columns, record: csv::StringRecord::new(), counter, skipped })
    }

    /// Returns why the fields of a record cannot be what they seem to be.
    fn fault(&self) -> Option<String> {
        let has_lines = self.record.iter().any(|field| field.contains(['\n', '\r']));
        if has_lines && self.counter.is_in_quotes_at(self.reader.position().byte() + self.skipped) {
            return Some("a quotation mark is not closed, so that all lines after it are one field".to_owned());
        }
        let (fields, columns) = (self.record.len(), self.columns.len());
        let is_beyond = self.record.iter().skip(columns).any(|field| !field.trim().is_empty());
        is_beyond.then(|| {
            format!("{fields} fields for {columns} columns; put a field that contains a separator in quotation marks")
        })
    }

    /// Whether a record is the header once more, as where files were put together.
    fn is_header(&self) -> bool {
        self.columns.iter().eq(self.record.iter().map(column_name))
    }

    #[expect(clippy::type_complexity, reason = "a line number, and an item or why it is none")]
    fn next(
        &mut self,
        now: Timestamp,
        dates: &mut Dates,
    ) -> Result<Option<(usize, Result<ImportItem, String>)>, Failure> {
        loop {
            let offset = self.reader.position().byte() + self.skipped;
            let read = self.reader.read_record(&mut self.record);
            let number = self.counter.line_at(offset);
            return Ok(match read {
                Ok(false) => None,
                Ok(true) => {
                    let line = self.record.deserialize::<Line>(Some(&self.columns)).map_err(|error| reason(&error));
                    let is_blank = self.record.iter().all(|field| field.trim().is_empty());
                    if is_blank || line.as_ref().is_ok_and(Line::is_empty) || self.is_header() {
                        continue;
                    }
                    let line = self.fault().map_or(line, Err);
                    Some((number, line.and_then(|line| line.without_apostrophes().item(now, dates))))
                }
                Err(error) if error.is_io_error() => return Err(csv_failure(error)),
                Err(error) => Some((number, Err(reason(&error)))),
            });
        }
    }
}

/// Returns the name of a column as it is compared: without invisible characters, and without a byte order mark that was
/// read as letters.
fn column_name(name: &str) -> String {
    let seen: String = name.chars().filter(|letter| !fold::is_ignored(*letter)).collect();
    seen.trim().trim_start_matches("ï»¿").to_lowercase()
}

/// Returns a file as UTF-8, and says so if its encoding had to be guessed.
fn as_utf8(reader: Box<dyn Read>, file: &Path) -> Result<Box<dyn Read>, Failure> {
    let (reader, guessed) = decoded_table(reader).map_err(|error| input::unreadable(file, &error))?;
    if let Some(encoding) = guessed {
        output::note(format!("{} is not UTF-8; it is read as {encoding}", file.display()));
    }
    Ok(reader)
}

/// Returns what is wrong with a record, without the position that the `csv` crate counts in its own way.
fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => format!("field {} is not UTF-8", err.field() + 1),
        csv::ErrorKind::Deserialize { err, .. } => match err.field() {
            Some(field) => format!("field {}: {}", field + 1, err.kind()),
            None => err.kind().to_string(),
        },
        _ => error.to_string(),
    }
}

/// Bytes in which the header must be.
const HEADER_BYTES: u64 = 16 << 10;

/// Returns where the header of a CSV file begins, and what is between its columns: what a first line `sep=;` says, else
/// what gives the most names that are known.
fn layout(head: &[u8]) -> (u64, u8) {
    let end = head.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(head.len());
    let first = head.get(..end).unwrap_or_default();
    let first = first.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(first);
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] = first {
        return (u64::try_from(end).unwrap_or_default(), *delimiter);
    }
    let text = String::from_utf8_lossy(head);
    let header = text.split(['\n', '\r']).find(|line| !line.trim().is_empty()).unwrap_or_default().to_lowercase();
    let names = |delimiter: u8| {
        let cells = header.split(char::from(delimiter)).map(|cell| cell.trim().trim_matches('"').trim());
        cells.filter(|cell| COLUMNS.contains(cell)).count()
    };
    let best = [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| names(*delimiter));
    (0, best.unwrap_or(b','))
}

/// Whether the input is CSV: as `--format` says, else by the file name.
fn is_csv(arguments: &ImportArguments) -> bool {
    let name = arguments.file.to_string_lossy().to_lowercase();
    match arguments.format {
        Some(Format::Csv) => true,
        Some(Format::Jsonl) => false,
        None => [".csv", ".csv.gz", ".tsv", ".tsv.gz"].iter().any(|end| name.ends_with(end)),
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
    let mut head = Vec::with_capacity(4);
    let mut raw = raw;
    raw.by_ref().take(4).read_to_end(&mut head).map_err(|error| input::unreadable(file, &error))?;
    let is_gzip = head.starts_with(&[0x1f, 0x8b]);
    let other = match head.as_slice() {
        b"PK\x03\x04" => Some("a workbook of a spreadsheet, or a zip archive; save the table as CSV"),
        [b'B', b'Z', b'h', _] => Some("compressed with bzip2; only gzip is read"),
        [0xfd, b'7', b'z', b'X'] => Some("compressed with xz; only gzip is read"),
        [0x28, 0xb5, 0x2f, 0xfd] => Some("compressed with zstd; only gzip is read"),
        _ => None,
    };
    if let Some(other) = other {
        return Err(Failure::new(BAD_DATA, format!("{}: the file is {other}", file.display())));
    }
    let whole = std::io::Cursor::new(head).chain(raw);
    Ok(if is_gzip { (Box::new(Members::new(whole)), bar) } else { (Box::new(whole), bar) })
}

/// A file of gzip: one member after another (RFC 1952, 2.2), and the zero bytes with which tapes fill their last block.
struct Members<R: Read> {
    /// `None` after the last.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Members<R> {
    fn new(raw: R) -> Members<R> {
        Members { member: Some(GzDecoder::new(BufReader::new(raw))) }
    }

    /// Skips zero bytes. Returns whether anything follows.
    fn has_more(raw: &mut BufReader<R>) -> io::Result<bool> {
        loop {
            let bytes = raw.fill_buf()?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            let (is_end, is_found) = (bytes.is_empty(), zeros < bytes.len());
            raw.consume(zeros);
            if is_end || is_found {
                return Ok(is_found);
            }
        }
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            let mut raw = self.member.take().map(GzDecoder::into_inner);
            if let Some(raw) = raw.take_if(|raw| !matches!(Members::has_more(raw), Ok(false))) {
                self.member = Some(GzDecoder::new(raw));
            }
        }
        Ok(0)
    }
}
