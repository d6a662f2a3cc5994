//! Logging: where log lines go and in which format. Text and JSON lines have no characters that act on a terminal, and
//! no format has the password of an address.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::str::FromStr;

use tracing::field::{Field, Value, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::model::{UnknownWord, suggestion};
use crate::text::sanitize::{Printable, printable, without_passwords};

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// The systemd journal if stderr is connected to it, otherwise text.
    #[default]
    Auto,
    /// Text, one line for each event.
    Text,
    /// JSON, one object for each line.
    Json,
    /// The systemd journal, with fields.
    Journald,
}

impl FromStr for LogFormat {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "auto" => Ok(LogFormat::Auto),
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            "journald" => Ok(LogFormat::Journald),
            _ => Err(UnknownWord { word: word.to_owned(), expected: "auto, text, json, journald".to_owned() }),
        }
    }
}

/// The options of logging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// The format of log lines.
    pub format: LogFormat,
    /// A filter such as `info` or `info,kazbek::poller=debug`.
    pub level: String,
}

impl Default for LogOptions {
    fn default() -> Self {
        LogOptions { format: LogFormat::Auto, level: "info".to_owned() }
    }
}

/// Checks a filter before it is used, and returns it.
///
/// # Errors
/// Returns a message for the user that says what is wrong with the filter.
pub(crate) fn check_level(level: &str) -> Result<String, String> {
    let known = "use error, warn, info, debug, trace, or a list such as `info,kazbek::poller=debug`";
    // EnvFilter takes a word that is no level for the name of a module of which everything is logged.
    for word in level.split(',').map(str::trim).filter(|word| !word.is_empty() && !word.contains(['=', '[', ':'])) {
        let is_level = LEVELS.iter().any(|known| known.eq_ignore_ascii_case(word));
        if !is_level && word != "kazbek" {
            let hint = suggestion(&word.to_lowercase(), LEVELS);
            return Err(format!("`{word}` is not a level{hint}; {known}"));
        }
    }
    EnvFilter::builder().parse(level).map(|_| level.to_owned()).map_err(|error| format!("{error}; {known}"))
}

const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// Starts logging to stderr or to the journal. Has no effect if logging has already been started.
pub(crate) fn start(options: &LogOptions) {
    let filter = EnvFilter::builder().parse(&options.level).unwrap_or_else(|_| EnvFilter::new("info"));
    // Libraries log much that is of no use to an operator. An invalid certificate, for example, is a failure of that
    // feed rather than an error here.
    let filter = [
        "html5ever=error",
        "hyper=warn",
        "h2=warn",
        "reqwest=warn",
        "rmcp=warn",
        "rustls=warn",
        "rustls_platform_verifier=off",
    ]
    .into_iter()
    .filter_map(|directive| directive.parse().ok())
    .fold(filter, EnvFilter::add_directive);
    let registry = tracing_subscriber::registry().with(filter);
    let started = match options.format {
        LogFormat::Json => registry
            .with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(JsonLine::default))
            .try_init(),
        LogFormat::Journald | LogFormat::Auto if wants_journal(options.format) => match tracing_journald::layer() {
            Ok(layer) => registry.with(WithoutPasswords(layer)).try_init(),
            Err(_) => registry.with(text_layer()).try_init(),
        },
        _ => registry.with(text_layer()).try_init(),
    };
    // A user of the library may have a subscriber of its own, which then remains in place.
    drop(started);
}

/// Collects a line of JSON, and writes it to stderr when it is complete.
#[derive(Debug, Default)]
struct JsonLine(Vec<u8>);

impl Write for JsonLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.0);
        Printable::json(io::stderr().lock()).write_all(without_passwords(&line).as_bytes())?;
        self.0.clear();
        Ok(())
    }
}

impl Drop for JsonLine {
    fn drop(&mut self) {
        // There is nobody to tell that the log cannot be written.
        drop(self.flush());
    }
}

/// Writes a line to stderr. On a terminal a progress bar may be on its last line, which is cleared first and drawn again.
#[derive(Debug)]
struct TextLine {
    is_terminal: bool,
}

impl Write for TextLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        if self.is_terminal && bytes.ends_with(b"\n") {
            stderr.write_all(b"\r\x1b[K")?;
        }
        stderr.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn text_layer<S>() -> impl tracing_subscriber::Layer<S>
where
    S: tracing::Subscriber + for<'a> tracing_subscriber::registry::LookupSpan<'a>,
{
    let is_terminal = io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    // Fields may contain what a server sent. They are made printable one by one, since the colours of a line need ESC.
    let fields = debug_fn(|writer, field, value| {
        // An event is one line, whatever its fields contain.
        let text = format!("{value:?}");
        let text = printable(&without_passwords(&text)).replace('\n', " ");
        match field.name() {
            "message" => write!(writer, "{text}"),
            name => write!(writer, "{name}={text}"),
        }
    });
    tracing_subscriber::fmt::layer()
        .fmt_fields(fields.delimited(" "))
        .with_target(false)
        .with_ansi(is_terminal && has_colours())
        .with_writer(move || TextLine { is_terminal })
}

/// Takes the passwords of addresses out of every field of an event before the layer inside gets it. Spans, of which
/// kazbek has none, do not reach that layer.
#[derive(Debug)]
struct WithoutPasswords<L>(L);

impl<S: Subscriber, L: Layer<S>> Layer<S> for WithoutPasswords<L> {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some((first, _)) = fields.0.first() else { return self.0.on_event(event, context) };
        // An event has at most so many fields.
        let mut values: [(&Field, Option<&dyn Value>); 32] = [(first, None); 32];
        for (value, (field, text)) in values.iter_mut().zip(&fields.0) {
            *value = (field, Some(text));
        }
        let values = event.metadata().fields().value_set(&values);
        self.0.on_event(&Event::new(event.metadata(), &values), context);
    }
}

/// The fields of an event as texts without passwords.
#[derive(Debug, Default)]
struct Fields(Vec<(Field, String)>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.clone(), without_passwords(value).into_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Returns whether colours are wanted on a terminal (<https://no-color.org>).
pub(crate) fn has_colours() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

fn wants_journal(format: LogFormat) -> bool {
    // systemd sets JOURNAL_STREAM if stderr is connected to the journal.
    format == LogFormat::Journald || (std::env::var_os("JOURNAL_STREAM").is_some() && !std::io::stderr().is_terminal())
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A layer that keeps what it gets.
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut fields = Raw(Vec::new());
            event.record(&mut fields);
            self.0.lock().unwrap().push(fields.0.join(" "));
        }
    }

    struct Raw(Vec<String>);

    impl Visit for Raw {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.push(format!("{}={value:?}", field.name()));
        }
    }

    #[test]
    fn no_field_has_a_password_however_it_is_recorded() {
        let kept = Arc::default();
        let subscriber = tracing_subscriber::registry().with(WithoutPasswords(Kept(Arc::clone(&kept))));
        let (address, count) = ("https://reader:secret@news.example/feed", 7);
        tracing::subscriber::with_default(subscriber, || {
            tracing::info!(address, count, is_new = true, "text");
            tracing::warn!(%address, ?address, nested = ?vec![Some(address)]);
            tracing::error!("{address} and {address}");
            tracing::info!(error = &io::Error::other(address) as &(dyn std::error::Error + 'static));
            tracing::info!("nothing to hide");
        });
        let (shown, events) = ("https://reader:***@news.example/feed", kept.lock().unwrap());
        assert_eq!(
            *events,
            [
                format!("message=\"text\" address=\"{shown}\" count=\"7\" is_new=\"true\""),
                format!("address=\"{shown}\" address=\"\\\"{shown}\\\"\" nested=\"[Some(\\\"{shown}\\\")]\""),
                format!("message=\"{shown} and {shown}\""),
                format!("error=\"{shown}\""),
                "message=\"nothing to hide\"".to_owned(),
            ]
        );
    }

    #[test]
    fn a_word_that_is_no_level_is_refused() {
        for level in ["info", "WARN", "off", "info,kazbek::poller=debug", "kazbek=trace", "kazbek", ""] {
            assert_eq!(check_level(level).as_deref(), Ok(level), "{level}");
        }
        for (level, said) in [
            ("inof", "`inof` is not a level; did you mean info?"),
            ("debg,kazbek=info", "did you mean debug?"),
            ("verbose", "`verbose` is not a level; use error"),
            ("kazbek=loud", "use error"),
        ] {
            let error = check_level(level).unwrap_err();
            assert!(error.contains(said), "{level}: {error}");
        }
    }
}
