//! Broken JSON made valid: what templates, encoders and cut strings leave in documents that are otherwise in order.
//!
//! RFC 8259 (9) lets a reader accept more than its grammar. Here that is: commas too many, comments, raw control
//! characters and unknown escapes in strings, halves of surrogate pairs (8.2), `NaN` and its like, and the prefixes that
//! keep a document from being run as a script.

use std::fmt::Write;

/// Returns the document as valid JSON, as far as its faults are known.
pub(super) fn repaired(text: &str) -> String {
    let text = without_guard(text);
    let mut repaired = String::with_capacity(text.len() + 16);
    let mut rest = text;
    // A comma is written when a value follows it.
    let mut comma = false;
    while let Some(first) = rest.chars().next() {
        match first {
            '"' => {
                flush(&mut comma, &mut repaired);
                rest = string(rest, &mut repaired);
            }
            ',' => {
                comma = !repaired.trim_end().ends_with(['[', '{', ':']);
                rest = rest.get(1..).unwrap_or_default();
            }
            ']' | '}' => {
                comma = false;
                repaired.push(first);
                rest = rest.get(1..).unwrap_or_default();
            }
            '/' if rest.starts_with("//") => rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default(),
            '/' if rest.starts_with("/*") => {
                rest = rest.find("*/").and_then(|end| rest.get(end + 2..)).unwrap_or_default();
            }
            _ if first.is_alphabetic() => {
                flush(&mut comma, &mut repaired);
                let end = rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                repaired.push_str(if matches!(word, "true" | "false" | "null") { word } else { "null" });
                rest = after;
            }
            _ if first.is_whitespace() || first.is_control() => {
                repaired.push(' ');
                rest = rest.get(first.len_utf8()..).unwrap_or_default();
            }
            _ => {
                flush(&mut comma, &mut repaired);
                // Numbers, with their e and E.
                let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "+-.".contains(letter)));
                let end = end.filter(|end| *end > 0).unwrap_or(first.len_utf8());
                let (word, after) = if first.is_ascii_digit() || first == '-' {
                    rest.split_at(end)
                } else {
                    rest.split_at(first.len_utf8())
                };
                repaired.push_str(if word == "-Infinity" { "null" } else { word });
                rest = after;
            }
        }
    }
    repaired
}

fn flush(comma: &mut bool, repaired: &mut String) {
    if std::mem::take(comma) {
        repaired.push(',');
    }
}

/// Copies the string at the beginning of `text`, mended, and returns what follows it.
fn string<'t>(text: &'t str, repaired: &mut String) -> &'t str {
    repaired.push('"');
    let mut rest = text.get(1..).unwrap_or_default();
    while let Some(at) = rest.find(|letter: char| matches!(letter, '"' | '\\') || letter < ' ') {
        let (before, from) = rest.split_at(at);
        repaired.push_str(before);
        let mut letters = from.chars();
        let first = letters.next();
        rest = letters.as_str();
        match first {
            Some('"') => {
                repaired.push('"');
                return rest;
            }
            Some('\\') => rest = escape(rest, repaired),
            Some(control) => drop(write!(repaired, "\\u{:04x}", u32::from(control))),
            None => {}
        }
    }
    repaired.push_str(rest);
    ""
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
fn without_guard(text: &str) -> &str {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(['{', '[']) {
        return text;
    }
    text.find('{').and_then(|start| text.get(start..)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_json_becomes_valid() {
        let check = |text: &str, expected: &str| {
            let value = |text: &str| serde_json::from_str::<serde_json::Value>(text);
            let (read, expected) = (value(&repaired(text)), value(expected).unwrap());
            assert_eq!(read.ok(), Some(expected), "{text} became {}", repaired(text));
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
    }

    proptest! {
        #[test]
        fn valid_json_keeps_its_value(keys in proptest::collection::vec("\\PC{0,8}", 0..5), number in any::<f64>()) {
            let value = serde_json::json!({ "keys": keys, "number": number, "none": null, "nested": [[{}], []] });
            let read: serde_json::Value = serde_json::from_str(&repaired(&value.to_string())).unwrap();
            // Numbers are read to the last digit or the one before.
            let expected: serde_json::Value = serde_json::from_str(&value.to_string()).unwrap();
            prop_assert_eq!(read, expected);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[\\[{}\\],:\"\\\\/*u0-9a-f\\PC]{0,40}") {
            drop(repaired(&text));
        }
    }
}
