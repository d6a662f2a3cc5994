//! Makes the text of a feed or a lexicon safe to print: no control characters, no direction overrides, no address but
//! http and https.
//!
//! [`plain`] makes a text from a feed fit for a document. [`Printable`] is the last guard before a terminal or a log:
//! everything that is printed passes through it.

use std::borrow::Cow;
use std::io::{self, Write};

use url::Url;

/// Returns the text on one line: white space collapsed, without control characters and marks that reorder the text
/// around them.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            gap = !out.is_empty();
        } else if !reorders(letter) && !is_noncharacter(letter) {
            if gap {
                out.push(' ');
                gap = false;
            }
            out.push(letter);
        }
    }
    out
}

/// Embeddings, overrides and isolates of UAX #9. The simple marks (LRM, RLM, ALM) are kept: they reorder nothing around
/// them.
fn reorders(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the text without the marks that reorder the text around them.
pub fn without_reordering(text: String) -> String {
    if text.contains(reorders) { text.replace(reorders, "") } else { text }
}

/// Returns whether a character can act on a terminal or change how the text around it is shown: control characters of
/// C0 and C1 except line feed and tab, and the marks that reorder.
fn is_unprintable(letter: char) -> bool {
    (letter.is_control() && !matches!(letter, '\n' | '\t')) || reorders(letter)
}

/// Returns a text with each unprintable character replaced by U+FFFD.
pub fn printable(text: &str) -> Cow<'_, str> {
    match text.contains(is_unprintable) {
        true => Cow::Owned(text.replace(is_unprintable, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// Returns a text with the password of each address in it, as in `https://user:password@host/`, replaced by `***`.
pub fn without_passwords(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        // A password may contain any of the signs that quote an address.
        let ends = |letter: char| letter.is_whitespace() || "/?#\"".contains(letter);
        let (authority, tail) = after.split_at(after.find(ends).unwrap_or(after.len()));
        out.push_str(before);
        out.push_str("://");
        match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
            Some((user, host)) => out.push_str(&format!("{user}:***@{host}")),
            None => out.push_str(authority),
        }
        rest = tail;
    }
    if out.is_empty() {
        return Cow::Borrowed(text);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Returns an address without a user name and a password, for an address that others may see.
pub fn without_credentials(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    if url.password().is_none() || url.set_username("").is_err() || url.set_password(None).is_err() {
        return address.to_owned();
    }
    url.into()
}

/// A writer that replaces the unprintable characters of the UTF-8 text that is written to it.
#[derive(Debug)]
pub struct Printable<W> {
    inner: W,
    is_json: bool,
    /// The first bytes of a character that may be unprintable and whose last byte has not been written yet.
    begun: Vec<u8>,
}

impl<W: Write> Printable<W> {
    /// Returns a writer for text. Unprintable characters become U+FFFD, so that a reader sees that something was there.
    pub fn text(inner: W) -> Printable<W> {
        Printable { inner, is_json: false, begun: Vec::new() }
    }

    /// Returns a writer for JSON. Unprintable characters, which can only be in its strings, are escaped, so that the
    /// values stay the same.
    pub fn json(inner: W) -> Printable<W> {
        Printable { inner, is_json: true, begun: Vec::new() }
    }

    fn replace(&mut self, code: u32) -> io::Result<()> {
        self.begun.clear();
        match self.is_json {
            true => write!(self.inner, "\\u{code:04x}"),
            false => self.inner.write_all("\u{fffd}".as_bytes()),
        }
    }

    fn push(&mut self, byte: u8) -> io::Result<()> {
        match (self.begun.as_slice(), byte) {
            ([], 0xc2 | 0xe2) | ([0xe2], 0x80 | 0x81) => {
                self.begun.push(byte);
                Ok(())
            }
            ([], b'\n' | b'\t') => self.inner.write_all(&[byte]),
            ([], 0..0x20 | 0x7f) => self.replace(u32::from(byte)),
            ([], _) => self.inner.write_all(&[byte]),
            ([0xc2], 0x80..=0x9f) => self.replace(u32::from(byte)),
            // U+202A to U+202E, and U+2066 to U+2069.
            ([0xe2, 0x80], 0xaa..=0xae) | ([0xe2, 0x81], 0xa6..=0xa9) => {
                let high = if self.begun.ends_with(&[0x80]) { 0x2000 } else { 0x2040 };
                self.replace(high + u32::from(byte & 0x3f))
            }
            _ => {
                let begun = std::mem::take(&mut self.begun);
                self.inner.write_all(&begun)?;
                self.push(byte)
            }
        }
    }
}

impl<W: Write> Write for Printable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let is_suspect = |byte: &u8| matches!(byte, 0..=0x08 | 0x0b..=0x1f | 0x7f | 0xc2 | 0xe2);
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.begun.is_empty() {
                let (clean, suspect) = rest.split_at(rest.iter().position(is_suspect).unwrap_or(rest.len()));
                self.inner.write_all(clean)?;
                rest = suspect;
            }
            if let Some((&byte, after)) = rest.split_first() {
                self.push(byte)?;
                rest = after;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let begun = std::mem::take(&mut self.begun);
        self.inner.write_all(&begun)?;
        self.inner.flush()
    }
}

/// Code points that XML 1.0 (section 2.2) or Unicode forbid in interchanged text.
fn is_noncharacter(letter: char) -> bool {
    matches!(letter, '\u{fdd0}'..='\u{fdef}') || (letter as u32 & 0xfffe) == 0xfffe
}

/// Returns an address as a page may link to it: http or https with a host, without a user name, normalised by the URL
/// standard.
pub fn web_address(address: &str) -> Option<String> {
    let mut url = Url::parse(address.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_out_on_one_line_without_tricks() {
        let check = |from: &str, to: &str| assert_eq!(plain(from), to);
        check("  two\n\twords ", "two words");
        check("a\u{1b}[31mred", "a [31mred");
        check("left\u{202e}right\u{2066}x", "leftrightx");
        check("Թբիլիսի — თბილისი", "Թբիլիսի — თბილისი");
        check("\u{ffff}a\u{fdd0}b\u{0}", "ab");
        check("", "");
    }

    #[test]
    fn what_is_printed_does_not_act_on_a_terminal() {
        let check = |from: &str, text: &str, json: &str| {
            assert_eq!(printable(from), text);
            for size in 1..=from.len().max(1) {
                let (mut as_text, mut as_json) = (Printable::text(Vec::new()), Printable::json(Vec::new()));
                for chunk in from.as_bytes().chunks(size) {
                    as_text.write_all(chunk).unwrap();
                    as_json.write_all(chunk).unwrap();
                }
                as_text.flush().unwrap();
                as_json.flush().unwrap();
                assert_eq!(String::from_utf8(as_text.inner).unwrap(), text, "in chunks of {size}");
                assert_eq!(String::from_utf8(as_json.inner).unwrap(), json, "in chunks of {size}");
            }
        };
        check("", "", "");
        check("a\tb\nԵրևան “x” ©…\u{200f}ä", "a\tb\nԵրևան “x” ©…\u{200f}ä", "a\tb\nԵրևան “x” ©…\u{200f}ä");
        check("\u{1b}]52;x\u{7}\r", "\u{fffd}]52;x\u{fffd}\u{fffd}", "\\u001b]52;x\\u0007\\u000d");
        check("\u{7f}\u{80}\u{9b}m\u{a0}", "\u{fffd}\u{fffd}\u{fffd}m\u{a0}", "\\u007f\\u0080\\u009bm\u{a0}");
        check("\u{202a}\u{202e}x\u{202f}", "\u{fffd}\u{fffd}x\u{202f}", "\\u202a\\u202ex\u{202f}");
        check("\u{2066}\u{2069}\u{206a}é", "\u{fffd}\u{fffd}\u{206a}é", "\\u2066\\u2069\u{206a}é");
    }

    #[test]
    fn no_password_is_printed() {
        let check = |from: &str, to: &str| assert_eq!(without_passwords(from), to);
        check("https://me:pass@example.org/x?a@b:c", "https://me:***@example.org/x?a@b:c");
        check(
            "a `http://me:p@ss:w@h:8080` and (https://x:y@z), b",
            "a `http://me:***@h:8080` and (https://x:***@z), b",
        );
        check(
            "https://me@example.org https://example.org:80/a:b@c",
            "https://me@example.org https://example.org:80/a:b@c",
        );
        check("{\"url\":\"http://a:b@c/\"}", "{\"url\":\"http://a:***@c/\"}");
        check("http://me:pa'55@h/x, `http://me:b`c<d>\\e@h`", "http://me:***@h/x, `http://me:***@h`");
        check("'http://h' and 'me@h'", "'http://h' and 'me@h'");
        check("://", "://");
        check("nothing here: a@b", "nothing here: a@b");
        assert_eq!(without_credentials("https://me:pass@example.org/x"), "https://example.org/x");
        assert_eq!(without_credentials("https://Example.org"), "https://Example.org");
    }

    #[test]
    fn only_web_addresses_pass() {
        let check = |from: &str, to: Option<&str>| assert_eq!(web_address(from).as_deref(), to, "{from}");
        check("https://example.org/a b", Some("https://example.org/a%20b"));
        check("HTTP://Example.org", Some("http://example.org/"));
        check("https://user:pass@example.org/", Some("https://example.org/"));
        check("javascript:alert(1)", None);
        check("data:text/html,x", None);
        check("ftp://example.org/", None);
        check("//example.org/", None);
        check("mailto:a@example.org", None);
        check("", None);
    }
}
