//! A terminal to read on: lines wrapped to its width, styles, plain ASCII if it shows nothing else, and a pager for
//! what is longer than the screen. Text that goes to a file or a program is left as it is, but for signs where the locale
//! is not UTF-8: words are the news, and bars and dashes are not. Data are never touched.

use std::borrow::Cow;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use tokio::signal::unix::{SignalKind, signal};
use unicode_normalization::UnicodeNormalization;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::app::runtime;
use crate::logging::has_colours;
use crate::text::romanise::romanise;
use crate::text::sanitize::printable;
use crate::text::script::Script;

/// How a part of a line looks where colours are shown; it looks plain elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    /// Headings and titles.
    Bold,
    /// What is well.
    Good,
    /// What failed.
    Bad,
    /// What a reader must know.
    Warning,
    /// Addresses and other details.
    Faint,
}

impl Style {
    /// Returns the parameter of the control sequence SGR (ECMA-48, 8.3.117).
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "0",
            Style::Bold => "1",
            Style::Good => "32",
            Style::Bad => "31",
            Style::Warning => "33",
            Style::Faint => "2",
        }
    }
}

/// Returns whether the locale says that the terminal shows UTF-8 (POSIX, 8.2: the first of these that is set).
pub(super) fn is_utf8() -> bool {
    let of = |name| env::var(name).ok().filter(|value: &String| !value.is_empty());
    let locale = of("LC_ALL").or_else(|| of("LC_CTYPE")).or_else(|| of("LANG")).unwrap_or_default().to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// Where the lines go.
#[derive(Debug)]
enum Sink {
    Terminal,
    Pager(Child, Option<ChildStdin>),
}

impl Sink {
    /// Starts the pager, if there is to be one: `KAZBEK_PAGER`, `PAGER`, or `less`.
    fn open() -> Sink {
        let chosen = env::var("KAZBEK_PAGER").or_else(|_| env::var("PAGER")).unwrap_or_else(|_| "less".to_owned());
        let mut command = match chosen.trim() {
            "" | "cat" => return Sink::Terminal,
            "less" => Command::new("less"),
            other if !is_installed(other) => return Sink::Terminal,
            // It may have options, as in `less -X`.
            other => {
                let mut shell = Command::new("sh");
                shell.args(["-c", other]);
                shell
            }
        };
        if env::var_os("LESS").is_none() {
            command.env("LESS", "FRX");
        }
        if env::var_os("LV").is_none() {
            command.env("LV", "-c");
        }
        let Ok(mut pager) = command.stdin(Stdio::piped()).spawn() else { return Sink::Terminal };
        // While the pager runs, an interrupt from the keyboard is for it.
        if let Ok(runtime) = runtime::new() {
            drop(runtime.block_on(async { signal(SignalKind::interrupt()) }));
        }
        let stdin = pager.stdin.take();
        Sink::Pager(pager, stdin)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Sink::Terminal => io::stdout().lock().write_all(bytes),
            Sink::Pager(_, Some(stdin)) => stdin.write_all(bytes),
            Sink::Pager(_, None) => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// Returns whether the program that a command line begins with is there. What only a shell can tell counts as there.
fn is_installed(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    if program.contains(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '-' | '_' | '.' | '/')) {
        return true;
    }
    let folders = env::var_os("PATH").unwrap_or_default();
    program.contains('/') && Path::new(program).exists()
        || env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// Lines for a person who reads them on a terminal.
#[derive(Debug)]
pub(super) struct Screen {
    sink: Sink,
    /// The width in columns; `None` to leave lines as they are.
    width: Option<usize>,
    is_ascii: bool,
    has_colours: bool,
    /// The line that has not ended yet.
    line: Vec<(Style, Vec<u8>)>,
    style: Style,
    /// Lines that were not handed on yet.
    done: Vec<u8>,
}

/// How much is collected before it is handed on.
const CHUNK: usize = 32 << 10;

/// The width of a terminal that does not say it.
const DEFAULT_WIDTH: usize = 80;

impl Screen {
    /// Opens the terminal that standard output is, with a pager; `None` if it is none. Data, unlike text, are not wrapped.
    pub(super) fn open(is_data: bool) -> Option<Screen> {
        io::stdout().is_terminal().then(|| Screen::with(Sink::open(), is_data))
    }

    /// Opens the terminal that standard output is, without a pager; `None` if it is none.
    pub(super) fn open_for_a_few_lines() -> Option<Screen> {
        io::stdout().is_terminal().then(|| Screen::with(Sink::Terminal, false))
    }

    fn with(sink: Sink, is_data: bool) -> Screen {
        Screen {
            sink,
            width: (!is_data).then(|| width(terminal_size::terminal_size())),
            is_ascii: !is_data && !is_utf8(),
            has_colours: has_colours(),
            line: Vec::new(),
            style: Style::Plain,
            done: Vec::new(),
        }
    }

    /// Sets how what follows looks, until the end of its line at most.
    pub(super) fn set_style(&mut self, style: Style) {
        self.style = style;
    }

    fn end_line(&mut self) -> io::Result<()> {
        let line = std::mem::take(&mut self.line);
        self.style = Style::Plain;
        let mut letters: Vec<(Style, char)> = Vec::new();
        for (style, bytes) in line {
            let text = String::from_utf8_lossy(&bytes);
            let text = printable(&text);
            match self.is_ascii {
                true => letters.extend(ascii(&text).chars().map(|letter| (style, letter))),
                false => letters.extend(text.chars().map(|letter| (style, letter))),
            }
        }
        let rows = self.width.map_or_else(|| vec![letters.clone()], |width| wrap(&letters, width));
        for row in rows {
            let mut text = String::new();
            let mut current = Style::Plain;
            for (style, letter) in row {
                if self.has_colours && style != current {
                    let reset = if current == Style::Plain { "" } else { "\x1b[0m" };
                    let code = if style == Style::Plain { String::new() } else { format!("\x1b[{}m", style.code()) };
                    text.push_str(reset);
                    text.push_str(&code);
                    current = style;
                }
                text.push(letter);
            }
            if current != Style::Plain {
                text.push_str("\x1b[0m");
            }
            text.push('\n');
            self.done.extend_from_slice(text.as_bytes());
        }
        if self.done.len() >= CHUNK { self.hand_on() } else { Ok(()) }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        let done = std::mem::take(&mut self.done);
        self.sink.write(&done)
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = part.strip_suffix(b"\n").map_or((part, false), |text| (text, true));
            if !text.is_empty() {
                match self.line.last_mut() {
                    Some((style, line)) if *style == self.style => line.extend_from_slice(text),
                    _ => self.line.push((self.style, text.to_vec())),
                }
            }
            if ends {
                self.end_line()?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()?;
        match &mut self.sink {
            Sink::Terminal => io::stdout().lock().flush(),
            Sink::Pager(_, Some(stdin)) => stdin.flush(),
            Sink::Pager(_, None) => Ok(()),
        }
    }
}

impl Drop for Screen {
    /// Waits until the reader leaves the pager.
    fn drop(&mut self) {
        if !self.line.is_empty() {
            drop(self.end_line());
        }
        drop(self.flush());
        if let Sink::Pager(pager, stdin) = &mut self.sink {
            drop(stdin.take());
            drop(pager.wait());
        }
    }
}

/// Returns the width of a terminal in columns: what the environment says, else the terminal.
fn width(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    let said = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let width = said.or_else(|| size.map(|(width, _)| usize::from(width.0)));
    width.filter(|width| *width > 0).unwrap_or(DEFAULT_WIDTH)
}

/// Returns a message with its lines broken to the width of the terminal that standard error is, if it is one.
pub(super) fn for_standard_error(message: &str) -> Cow<'_, str> {
    let error = io::stderr();
    if !error.is_terminal() {
        return Cow::Borrowed(message);
    }
    let width = width(terminal_size::terminal_size_of(&error));
    let rows = message.lines().flat_map(|line| {
        let letters: Vec<(Style, char)> = line.chars().map(|letter| (Style::Plain, letter)).collect();
        wrap(&letters, width)
    });
    let rows: Vec<String> = rows.map(|row| row.iter().map(|(_, letter)| letter).collect()).collect();
    Cow::Owned(rows.join("\n"))
}

/// Breaks a line at spaces, so that no part is wider than `width`, except for single words. Parts after the first are
/// indented like the text of the line.
fn wrap(letters: &[(Style, char)], width: usize) -> Vec<Vec<(Style, char)>> {
    let columns =
        |letters: &[(Style, char)]| letters.iter().map(|(_, letter)| letter.width().unwrap_or(0)).sum::<usize>();
    if columns(letters) <= width {
        return vec![letters.to_vec()];
    }
    let spaces = letters.iter().take_while(|(_, letter)| *letter == ' ').count();
    let is_item = matches!(letters.get(spaces..spaces + 2), Some([(_, '*' | '-' | '!' | '#'), (_, ' ')]));
    let indent = spaces + if is_item { 2 } else { 0 };
    let indent = if indent * 2 > width { 0 } else { indent };
    let mut rows = Vec::new();
    let mut row: Vec<(Style, char)> = letters.iter().take(indent).copied().collect();
    let mut used = indent;
    let mut has_word = false;
    let rest = letters.get(indent..).unwrap_or_default();
    for word in rest.split_inclusive(|(_, letter)| *letter == ' ') {
        let bare = word.strip_suffix(&[(Style::Plain, ' ')]).unwrap_or(word);
        let bare = if let Some(((_, ' '), before)) = bare.split_last() { before } else { bare };
        if has_word && used + columns(bare) > width {
            while row.last().is_some_and(|(_, letter)| *letter == ' ') {
                row.pop();
            }
            rows.push(std::mem::replace(&mut row, vec![(Style::Plain, ' '); indent]));
            used = indent;
        }
        row.extend_from_slice(word);
        used += columns(word);
        has_word = true;
    }
    while row.last().is_some_and(|(_, letter)| *letter == ' ') {
        row.pop();
    }
    rows.push(row);
    rows
}

/// Returns UTF-8 text with its signs in ASCII: bars, arrows, dashes, quotation marks. Words stay as they are, in whatever
/// letters.
pub(super) fn with_ascii_signs(text: &[u8]) -> Cow<'_, [u8]> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match sign_in_ascii(letter) {
                Some(sign) => out.extend_from_slice(sign.as_bytes()),
                None => out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    Cow::Owned(out)
}

/// Returns a text as the locale can show it: with its signs in ASCII where that is not UTF-8.
pub(super) fn for_locale(text: &str) -> Cow<'_, str> {
    if is_utf8() {
        return Cow::Borrowed(text);
    }
    match with_ascii_signs(text.as_bytes()) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Returns the ASCII replacement of a sign.
fn sign_in_ascii(letter: char) -> Option<&'static str> {
    Some(match letter {
        '‐'..='―' | '−' => "-",
        '‘' | '’' | '‚' | '‹' | '›' | 'ʻ' | 'ʼ' => "'",
        '“' | '”' | '„' | '«' | '»' => "\"",
        '→' => "->",
        '←' => "<-",
        '↔' => "<->",
        '↑' | '▲' => "^",
        '↓' | '▼' => "v",
        '·' | '•' => "*",
        '×' => "x",
        '±' => "+-",
        '…' => "...",
        '\u{A0}' | '\u{2009}' | '\u{202F}' => " ",
        '▁' | '▂' => "_",
        '▃'..='▅' => "-",
        '▆'..='█' => "#",
        _ => return None,
    })
}

/// Returns the text in ASCII: punctuation and accented letters as their nearest neighbours, Cyrillic, Armenian and
/// Georgian letters as one writes them in Latin ones, all others as `?`.
fn ascii(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let is_romanised = |letter| matches!(Script::of(letter), Script::Cyrillic | Script::Armenian | Script::Georgian);
    let romanised: String = text
        .nfc()
        .map(|letter| if is_romanised(letter) { romanise(&letter.to_string()) } else { letter.into() })
        .collect();
    for letter in romanised.nfkd() {
        if let Some(sign) = sign_in_ascii(letter) {
            out.push_str(sign);
            continue;
        }
        match letter {
            letter if letter.is_ascii() => out.push(letter),
            'ı' => out.push('i'),
            'ə' => out.push('e'),
            'Ə' => out.push('E'),
            'ß' => out.push_str("ss"),
            'ł' => out.push('l'),
            'ø' => out.push('o'),
            letter if letter.to_string().width() == 0 => {}
            letter => out.push_str(if letter.width() == Some(2) { "??" } else { "?" }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_at_spaces_and_keep_their_indent() {
        let check = |line: &str, width: usize, expected: &[&str]| {
            let letters: Vec<(Style, char)> = line.chars().map(|letter| (Style::Plain, letter)).collect();
            let rows: Vec<String> =
                wrap(&letters, width).iter().map(|row| row.iter().map(|(_, letter)| letter).collect()).collect();
            assert_eq!(rows, expected, "{line:?}");
        };
        check("", 10, &[""]);
        check("one two", 10, &["one two"]);
        check("one two three", 10, &["one two", "three"]);
        check("  one two three", 10, &["  one two", "  three"]);
        check("* one two three", 10, &["* one two", "  three"]);
        check("  https://long.example/address", 10, &["  https://long.example/address"]);
        check("see https://long.example/a b", 10, &["see", "https://long.example/a", "b"]);
        // Two columns for each of these letters.
        check("日本 日本 日本", 10, &["日本 日本", "日本"]);
    }

    #[test]
    fn signs_are_written_in_ascii_and_words_are_left() {
        for (text, expected) in [
            ("week ▁▂▃▄▅▆▇█ 12", "week __---### 12"),
            ("Тбилиси – №1 · “а”…", "Тбилиси - №1 * \"а\"..."),
            ("▲ warmer, +1.0 ± 0.8, ×3, −2", "^ warmer, +1.0 +- 0.8, x3, -2"),
            ("Russia → Georgia ↔ Armenia", "Russia -> Georgia <-> Armenia"),
            ("€5 Əliyev ЁЖ", "€5 Əliyev ЁЖ"),
            ("█", "#"),
            ("", ""),
        ] {
            assert_eq!(with_ascii_signs(text.as_bytes()).as_ref(), expected.as_bytes(), "{text}");
        }
        assert_eq!(with_ascii_signs(b"\xff\xe2\x80 \xe2\x80\x93").as_ref(), b"\xff\xe2\x80 -");
    }

    #[test]
    fn everything_has_a_form_in_ascii() {
        for (text, expected) in [
            ("plain", "plain"),
            ("Aliyev – Pashinyan → “peace”…", "Aliyev - Pashinyan -> \"peace\"..."),
            ("Əliyev, Çelik, İstanbul, ß", "Eliyev, Celik, Istanbul, ss"),
            ("Мир, ещё: Հայաստան, საქართველო", "Mir, eshchyo: Hayastan, sakartvelo"),
            ("Мои\u{306}", "Moy"),
            ("गाँव", "???"),
            ("▁▃█", "_-#"),
        ] {
            assert_eq!(ascii(text), expected);
        }
    }
}
