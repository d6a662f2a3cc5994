//! Broken JSON made valid: what templates, encoders and cut strings leave in documents that are otherwise in order.
//!
//! RFC 8259 (9) lets a reader accept more than its grammar. Here that is: commas too many or missing, comments, raw
//! control characters, quotes and unknown escapes in strings, halves of surrogate pairs (8.2), strings in single quotes,
//! keys without quotes, numbers that are none, `NaN` and its like, brackets that do not match, and what is before and
//! after a document. What is missing at the end stays missing, so that a reader notices that the document breaks off.

use std::fmt::Write;

use super::json_brackets::{Brackets, Closing, Next, is_pair, key_ahead};

/// A document as valid JSON, as far as its faults are known.
pub(super) struct Repaired {
    pub(super) text: String,
    /// Whether its brackets did not match, so that nobody can be sure what was within what.
    pub(super) is_doubtful: bool,
}

/// Returns the document as valid JSON, as far as its faults are known.
pub(crate) fn repaired_json(text: &str) -> String {
    repaired(text).text
}

pub(super) fn repaired(text: &str) -> Repaired {
    let text = without_guard(text);
    let mut repair = Repair {
        out: String::with_capacity(text.len() + 16),
        open: Brackets::default(),
        state: State::Value,
        comma: false,
        is_doubtful: false,
    };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if repair.is_over() {
            rest = without_comments(rest);
            // Another document is not what the first one was followed by on purpose.
            if rest.contains(['{', '[']) {
                repair.out.push_str(rest);
            }
            break;
        }
        rest = repair.token(first, rest);
    }
    Repaired { text: repair.out, is_doubtful: repair.is_doubtful }
}

/// What is expected next within an object or a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Key,
    Colon,
    Value,
    /// A comma or the end.
    Comma,
}

struct Repair<'t> {
    out: String,
    open: Brackets<'t>,
    state: State,
    /// Whether a comma is written when something follows it.
    comma: bool,
    is_doubtful: bool,
}

impl<'t> Repair<'t> {
    /// Whether the document is complete.
    fn is_over(&self) -> bool {
        self.open.is_empty() && self.state == State::Comma
    }

    /// Copies the token at the beginning of `rest`, mended, and returns what follows it.
    fn token(&mut self, first: char, rest: &'t str) -> &'t str {
        let after = |bytes: usize| rest.get(bytes..).unwrap_or_default();
        match first {
            '"' | '\'' => {
                self.before_key_in_a_list(rest);
                let is_key = self.before_word();
                let key = is_key.then(|| key_ahead(rest)).flatten();
                let rest = string(rest, first, is_key, self.open.is_in_object(), &mut self.out);
                self.open.member(key);
                self.after_word(is_key);
                rest
            }
            '{' | '[' if self.is_in_place_of_the_other(first, after(1)) => {
                self.is_doubtful = true;
                self.close_innermost();
                after(1)
            }
            '{' | '[' => {
                if self.is_without_key() && first == '{' {
                    self.is_doubtful = true;
                    if self.open.is_empty_inside() {
                        return after(1);
                    }
                    // The object before it was not closed.
                    if self.open.is_element() {
                        self.close_innermost();
                    }
                }
                self.before_value();
                self.open(first);
                after(1)
            }
            ']' | '}' if self.is_before_a_first_key(after(1)) => {
                self.is_doubtful = true;
                self.separate();
                self.open('{');
                after(1)
            }
            ']' | '}' => {
                self.close(first, after(1));
                after(1)
            }
            ':' => {
                if self.state == State::Colon {
                    self.out.push(':');
                    self.state = State::Value;
                }
                after(1)
            }
            ',' => {
                self.end_member();
                self.comma |= self.state == State::Comma;
                after(1)
            }
            '#' => line_end(rest),
            '/' if rest.starts_with("//") => line_end(rest),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or("", |end| after(end + 2)),
            _ if first.is_whitespace() || first.is_control() => {
                self.out.push(' ');
                after(first.len_utf8())
            }
            _ => {
                let is_part = |letter: char| letter.is_alphanumeric() || "+-._$".contains(letter);
                let end = rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len()).max(first.len_utf8());
                let (word, rest) = rest.split_at(end);
                let is_key = self.before_word();
                self.word(word, is_key);
                self.open.member(None);
                self.after_word(is_key);
                rest
            }
        }
    }

    /// Copies what is neither a string nor a sign: a number, a literal, a key without quotes, or nothing of the kind.
    fn word(&mut self, word: &str, is_key: bool) {
        let is_number = || serde_json::from_str::<serde_json::Number>(word).is_ok();
        let is_literal = matches!(word, "true" | "false" | "null");
        if !is_key && (is_literal || is_number()) {
            self.out.push_str(word);
        } else if !is_key && matches!(word, "True" | "False") {
            self.out.push_str(if word == "True" { "true" } else { "false" });
        } else if is_key || word.starts_with(|letter: char| letter.is_ascii_digit()) {
            // A number that JSON does not have, such as 007, keeps its digits.
            self.out.push_str(&serde_json::Value::from(word).to_string());
        } else {
            self.out.push_str("null");
        }
    }

    /// Prepares for a string or a word; returns whether it is a key.
    fn before_word(&mut self) -> bool {
        if self.is_without_key() {
            self.separate();
            return true;
        }
        self.before_value();
        false
    }

    fn after_word(&mut self, is_key: bool) {
        self.state = if is_key { State::Colon } else { State::Comma };
    }

    /// Prepares for a value: with a key, if it has none, a colon, if it is missing, and a comma before it.
    fn before_value(&mut self) {
        match self.state {
            State::Colon => self.out.push(':'),
            State::Key | State::Comma if self.open.is_in_object() => {
                self.is_doubtful = true;
                self.separate();
                self.out.push_str("\"\":");
            }
            _ => self.separate(),
        }
        self.open.member(None);
    }

    /// Whether a key is expected.
    fn is_without_key(&self) -> bool {
        self.open.is_in_object() && matches!(self.state, State::Comma | State::Key)
    }

    /// Opens an object or closes a list, if a key follows in a list.
    fn before_key_in_a_list(&mut self, rest: &'t str) {
        let Some(key) = key_ahead(rest).filter(|_| self.open.is_in_list()) else { return };
        self.is_doubtful = true;
        if self.open.begins_an_object(key) {
            self.separate();
            self.open('{');
        } else {
            self.close_innermost();
        }
    }

    /// Whether an opening bracket is where a closing one belongs: after a value, and before a comma.
    fn is_in_place_of_the_other(&self, bracket: char, after: &str) -> bool {
        let other = if bracket == '{' { ']' } else { '}' };
        let after = after.trim_start();
        self.state == State::Comma && !self.comma && (after.is_empty() || after.starts_with([',', other]))
    }

    /// Whether what follows begins an object in a list, so that a bracket before it cannot close the list.
    fn is_before_a_first_key(&self, after: &str) -> bool {
        let is_next = self.comma || self.open.is_empty_inside();
        is_next && self.open.is_in_list() && key_ahead(after.trim_start()).is_some()
    }

    fn open(&mut self, bracket: char) {
        self.open.push(bracket);
        self.out.push(bracket);
        self.state = if bracket == '{' { State::Key } else { State::Value };
    }

    /// Writes the comma between two members or elements, whether it is there or missing.
    fn separate(&mut self) {
        if std::mem::take(&mut self.comma) || self.state == State::Comma {
            self.out.push(',');
        }
    }

    /// Completes a member of an object that has no value.
    fn end_member(&mut self) {
        let missing = match self.state {
            State::Colon if self.open.is_in_object() => ":null",
            State::Value if self.open.is_in_object() => "null",
            _ => return,
        };
        self.out.push_str(missing);
        self.state = State::Comma;
    }

    /// Closes what a bracket closes, by what is open and what follows.
    fn close(&mut self, bracket: char, after: &str) {
        let closing = self.open.closing(bracket, || Next::of(after));
        let lacks_a_value = self.open.is_in_object() && matches!(self.state, State::Colon | State::Value);
        self.is_doubtful |= closing != Closing::Own || lacks_a_value;
        match closing {
            Closing::Own | Closing::Innermost => self.close_innermost(),
            Closing::Nothing => {}
            Closing::AllWithin => {
                while self.open.innermost().is_some_and(|open| !is_pair(open, bracket)) {
                    self.close_innermost();
                }
                self.close_innermost();
            }
        }
    }

    fn close_innermost(&mut self) {
        self.end_member();
        if let Some(open) = self.open.pop() {
            self.out.push(if open == '{' { '}' } else { ']' });
        }
        self.state = State::Comma;
        self.comma = false;
    }
}

fn line_end(text: &str) -> &str {
    text.find('\n').and_then(|end| text.get(end..)).unwrap_or_default()
}

/// Copies the string at the beginning of `text`, mended, and returns what follows it.
fn string<'t>(text: &'t str, quote: char, is_key: bool, in_object: bool, out: &mut String) -> &'t str {
    out.push('"');
    let mut rest = text.get(1..).unwrap_or_default();
    while let Some(at) = rest.find(|letter: char| matches!(letter, '"' | '\\') || letter == quote || letter < ' ') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let mut letters = from.chars();
        let first = letters.next();
        rest = letters.as_str();
        // The quote that ends this string is missing: `"title":"One,"url":"…"`, `"title:"One"`.
        let kept = before.trim_end().strip_suffix(if is_key { ':' } else { ',' });
        let is_next = |from: &str| match is_key {
            true => !rest.trim_start().starts_with(':'),
            false => in_object && key_ahead(from).is_some(),
        };
        if let Some(kept) = kept.filter(|_| first == Some(quote) && is_next(from)) {
            out.truncate(out.len() - (before.len() - kept.len()));
            out.push('"');
            return from;
        }
        match first {
            Some(end) if end == quote && ends_string(rest, quote, is_key, in_object) => {
                out.push('"');
                return rest;
            }
            Some('"') => out.push_str("\\\""),
            Some('\\') => rest = escape(rest, out),
            Some(control) if control < ' ' => drop(write!(out, "\\u{:04x}", u32::from(control))),
            Some(other) => out.push(other),
            None => {}
        }
    }
    out.push_str(rest);
    ""
}

/// Returns whether a quote ends its string, by what follows it. Otherwise somebody forgot to escape it.
fn ends_string(after: &str, quote: char, is_key: bool, in_object: bool) -> bool {
    let after = after.trim_start();
    let Some(first) = after.chars().next() else { return true };
    match first {
        ':' => is_key,
        '}' | ']' | '/' | '#' => true,
        // A bracket of the wrong kind.
        '{' | '[' => after.get(1..).unwrap_or_default().trim_start().starts_with([',', '}', ']', '{', '"']),
        // The next string, after a missing comma or colon. An empty pair of quotes is no string.
        '"' | '\'' => first == quote && !after.get(1..).unwrap_or_default().starts_with([',', '}', ']', ' ', '.']),
        ',' => {
            let next = after.trim_start_matches(|letter: char| letter == ',' || letter.is_whitespace());
            let word = next.find(|letter: char| !(letter.is_alphanumeric() || letter == '_')).unwrap_or(next.len());
            let is_bare_key = word > 0 && next.get(word..).unwrap_or_default().trim_start().starts_with(':');
            let is_value = || !in_object && next.starts_with(|letter: char| !letter.is_alphabetic());
            next.is_empty() || next.starts_with(['"', '\'', '}', ']', '/', '#', '{', '[']) || is_bare_key || is_value()
        }
        _ => false,
    }
}

/// Copies the escape whose reverse solidus was just read, mended, and returns what follows it.
fn escape<'t>(text: &'t str, repaired: &mut String) -> &'t str {
    const LOST: &str = "\\ufffd";
    let unit = |text: &str| {
        let digits = text.strip_prefix('u')?.get(..4)?;
        u16::from_str_radix(digits, 16).ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let after = |bytes: usize| text.get(bytes..).unwrap_or_default();
    match text.chars().next() {
        Some(known @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't')) => {
            repaired.push('\\');
            repaired.push(known);
            after(1)
        }
        Some('u') => match unit(text) {
            Some(0xD800..0xDC00) => {
                let second = after(5).strip_prefix('\\').and_then(unit);
                if matches!(second, Some(0xDC00..0xE000)) {
                    repaired.push('\\');
                    repaired.push_str(text.get(..11).unwrap_or_default());
                    return after(11);
                }
                repaired.push_str(LOST);
                after(5)
            }
            Some(0xDC00..0xE000) => {
                repaired.push_str(LOST);
                after(5)
            }
            Some(_) => {
                repaired.push('\\');
                repaired.push_str(text.get(..5).unwrap_or_default());
                after(5)
            }
            None => {
                repaired.push_str("\\\\");
                text
            }
        },
        // `\'` and `\-` of scripts mean the sign itself; what is no sign keeps its reverse solidus.
        Some(sign) if !sign.is_alphanumeric() && sign >= ' ' => text,
        _ => {
            repaired.push_str("\\\\");
            text
        }
    }
}

/// Returns the document without what keeps it from being run as a script (`)]}'`), and without the call of JSONP.
/// Returns a document of JSON without the comments before it; any other as it is.
pub(super) fn after_comments(text: &str) -> &str {
    let rest = without_comments(text);
    if rest.starts_with(['{', '[']) { rest } else { text }
}

/// Returns a text without white space and the comments of programs at its beginning.
fn without_comments(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let comment = match rest.as_bytes() {
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |end| end + 2),
            [b'/', b'/', ..] | [b'#', ..] => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            _ => return rest,
        };
        rest = rest.get(comment..).unwrap_or_default().trim_start();
    }
}

fn without_guard(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(['{', '[']) {
        return text;
    }
    if let Some(guarded) = text.strip_prefix(")]}'") {
        return guarded.trim_start_matches([',', '\r', '\n', ' ']);
    }
    // A brace in the message of a program has no key within it.
    let has_key = |(start, _): &(usize, &str)| {
        text.get(start + 1..).is_some_and(|inside| inside.trim_start().starts_with(['"', '\'']))
    };
    let start = text.match_indices('{').find(has_key).map(|(start, _)| start).or_else(|| text.find('{'));
    start.and_then(|start| text.get(start..)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_json_becomes_valid() {
        let check = |text: &str, expected: &str| {
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text);
            let (read, expected) = (value(&repaired_json(text)), value(expected).unwrap());
            assert_eq!(read.ok(), Some(expected), "{text} became {}", repaired_json(text));
        };
        check(r#"{"a": [1, 2,], "b": {"c": 3,},}"#, r#"{"a": [1, 2], "b": {"c": 3}}"#);
        check(r#"{"a": [,1,, 2]}"#, r#"{"a": [1, 2]}"#);
        check("{\"a\": 1 // one\n, /* two */ \"b\": 2}", r#"{"a": 1, "b": 2}"#);
        check("{\"a\": \"x\ny\tz\"}", r#"{"a": "x\ny\tz"}"#);
        check(r#"{"a": "cut \ud83d"}"#, r#"{"a": "cut \ufffd"}"#);
        check(r#"{"a": "\ude00 cut"}"#, r#"{"a": "\ufffd cut"}"#);
        check(r#"{"a": "\ud83dx\ud83d\ude00"}"#, r#"{"a": "\ufffdx\ud83d\ude00"}"#);
        check(r#"{"a": "it\'s \x \u12"}"#, r#"{"a": "it's \\x \\u12"}"#);
        check(r#"{"a": NaN, "b": -Infinity, "c": undefined}"#, r#"{"a": null, "b": null, "c": null}"#);
        check(r#"{"a": -1.5e-3, "b": true}"#, r#"{"a": -1.5e-3, "b": true}"#);
        check(")]}',\n{\"a\": 1}", r#"{"a": 1}"#);
        check("\u{feff}{\"a\": \"http://x\"}", r#"{"a": "http://x"}"#);
        check(")]}'\n[{\"a\": 1}]", r#"[{"a": 1}]"#);
        check(r#"feed({"a": 1});"#, r#"{"a": 1}"#);
        check(r#"Notice: {name} in x.php {"a": 1}"#, r#"{"a": 1}"#);
        check("{\"a\": 1}\n<!-- cached -->", r#"{"a": 1}"#);
        check(r#"[{"a": 1} {"a": 2 "b": "c" "d": "e"}]"#, r#"[{"a": 1}, {"a": 2, "b": "c", "d": "e"}]"#);
        check(r#"{'a': 'it is "b"', c: 'd', e_1: 5}"#, r#"{"a": "it is \"b\"", "c": "d", "e_1": 5}"#);
        check(
            r#"{"a": "The "big" one", "b": "He said "yes", and left"}"#,
            r#"{"a": "The \"big\" one", "b": "He said \"yes\", and left"}"#,
        );
        // Missing quotes.
        check(r#"{"a": "One,"b": "two"}"#, r#"{"a": "One", "b": "two"}"#);
        check(r#"{"a:"One", "b": "two"}"#, r#"{"a": "One", "b": "two"}"#);
        check(r#"{"a": "One, "b" and so on"}"#, r#"{"a": "One, \"b\" and so on"}"#);
        // Brackets that do not match.
        check(r#"[{"a": 1], {"a": 2}]"#, r#"[{"a": 1}, {"a": 2}]"#);
        check(r#"{"i": [{"a": 1, {"a": 2}, {"a": 3}]}"#, r#"{"i": [{"a": 1}, {"a": 2}, {"a": 3}]}"#);
        check(r#"{"i": [{"a": 1, "t": [1, 2}, {"a": 3}]}"#, r#"{"i": [{"a": 1, "t": [1, 2]}, {"a": 3}]}"#);
        check(r#"{"i": [{"a": 1}}, {"a": 2}], "b": 3}"#, r#"{"i": [{"a": 1}, {"a": 2}], "b": 3}"#);
        check(r#"{"i": [{"a": 1}, "a": 2}, {"a": 3}]}"#, r#"{"i": [{"a": 1}, {"a": 2}, {"a": 3}]}"#);
        check(r#"{"a": 007, "b": 0x1f, "c": 1e999, "d": +5}"#, r#"{"a": "007", "b": "0x1f", "c": "1e999", "d": null}"#);
        check(r#"{"a": , "b", "c": [1, 2}"#, r#"{"a": null, "b": null, "c": [1, 2]}"#);
        check("{\"a\": 1, # one\n\"b\": 2, \"c\": True}", r#"{"a": 1, "b": 2, "c": true}"#);
    }

    proptest! {
        #[test]
        fn valid_json_keeps_its_value(keys in proptest::collection::vec("\\PC{0,8}", 0..5), number in any::<f64>()) {
            let value = serde_json::json!({ "keys": keys, "number": number, "none": null, "nested": [[{}], []] });
            let read: serde_json::Value = serde_json::from_str(&repaired_json(&value.to_string())).unwrap();
            // Numbers are read to the last digit or the one before.
            let expected: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
            prop_assert_eq!(read, expected);
        }

        /// Even if something else makes a repair necessary.
        #[test]
        fn strings_keep_their_letters(texts in proptest::collection::vec("[a-z\"' ,:{}\\[\\]\\\\]{0,12}", 1..4)) {
            let value = serde_json::json!({ "texts": texts, "last": texts });
            let broken = value.to_string().replacen('{', "{,", 1);
            let read: serde_json::Value = serde_json::from_str(&repaired_json(&broken)).unwrap();
            prop_assert_eq!(read, value);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[{}\\],:\"\\\\/*u0-9a-f\\PC]{0,40}") {
            drop(repaired_json(&text));
        }
    }
}
