//! How much of what other readers' authors expect of a reader holds for this one.
//!
//! The folder is `tests/fixtures/feeds`, or the one that `KAZBEK_SUITES` names. Its `expect.jsonl` has an object a
//! file:
//! `{"suite", "file", "kind", "content_type"?, "base"?, "checks": [{"path", "value"}]}`. A path is `feed.title`,
//! `items.length`, `items[0].published|items[0].updated`; what is compared is text without markup, addresses as URLs,
//! dates as instants.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kazbek::api::feed::{self, Source};
use regex::Regex;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

/// The least share of checks that must hold.
const SHARE: f64 = 0.985;

struct Scorer {
    script: Regex,
    tag: Regex,
    reference: Regex,
}

impl Scorer {
    fn new() -> Scorer {
        Scorer {
            script: Regex::new(r"(?is)<(script|style)\b.*?</(script|style)\s*>|<!--.*?-->")
                .expect("the pattern is right"),
            tag: Regex::new(r"(?s)</?[A-Za-z][^<>]*>").expect("the pattern is right"),
            reference: Regex::new(r"&(#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);").expect("the pattern is right"),
        }
    }

    /// The text as a person reads it, without white space.
    fn text(&self, value: &str) -> String {
        let text = self.script.replace_all(value, "");
        let text = self.tag.replace_all(&text, " ");
        let text = self.reference.replace_all(&text, |found: &regex::Captures<'_>| {
            let name = &found[1];
            if let Some(hexadecimal) = name.strip_prefix("#x").or_else(|| name.strip_prefix("#X")) {
                u32::from_str_radix(hexadecimal, 16).ok().and_then(char::from_u32).map(String::from)
            } else if let Some(decimal) = name.strip_prefix('#') {
                decimal.parse().ok().and_then(char::from_u32).map(String::from)
            } else {
                web_atoms::NAMED_ENTITIES.get(&format!("{name};")).map(|(first, second)| {
                    [*first, *second].into_iter().filter(|code| *code != 0).filter_map(char::from_u32).collect()
                })
            }
            .unwrap_or_else(|| found[0].to_owned())
        });
        text.nfc().filter(|character| !character.is_whitespace()).collect()
    }

    fn same(&self, path: &str, value: &Value, expected: &Value) -> bool {
        let (Some(value), Some(expected)) = (value.as_str(), expected.as_str()) else { return value == expected };
        if path.ends_with("link") {
            let address =
                |text: &str| url::Url::parse(text.trim()).map_or_else(|_| text.trim().to_owned(), String::from);
            let decoded =
                |text: &str| percent_encoding::percent_decode_str(&address(text)).decode_utf8_lossy().into_owned();
            decoded(value) == decoded(expected)
        } else if path.ends_with("published") || path.ends_with("updated") {
            let instant = |text: &str| text.parse::<jiff::Timestamp>().map(|instant| instant.as_second());
            instant(value).is_ok() && instant(value).ok() == instant(expected).ok()
        } else {
            // The reader returns plain text, in which a `<blink>` is not markup.
            let printed: String = value.nfc().filter(|character| !character.is_whitespace()).collect();
            printed == self.text(expected) || self.text(value) == self.text(expected)
        }
    }
}

/// The value at `feed.title`, `items.length`, `items[3].link`.
fn at<'a>(printed: &'a Value, path: &str, length: &'a Value) -> &'a Value {
    if path == "items.length" {
        return length;
    }
    let (head, field) = path.split_once('.').expect("a path has two parts");
    match head.strip_prefix("items[").and_then(|rest| rest.strip_suffix(']')) {
        Some(index) => &printed["items"][index.parse::<usize>().expect("an index is a number")][field],
        None => &printed[field],
    }
}

fn folder() -> (PathBuf, bool) {
    match std::env::var_os("KAZBEK_SUITES") {
        Some(folder) => (folder.into(), true),
        None => (Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/feeds"), false),
    }
}

#[test]
fn the_expectations_of_other_readers_hold() {
    let (folder, is_given) = folder();
    let scorer = Scorer::new();
    let now = "2026-11-23T00:00:00Z".parse().unwrap();
    let (mut held, mut checks) = (0_usize, 0_usize);
    let mut groups: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut faults = Vec::new();
    for line in std::fs::read_to_string(folder.join("expect.jsonl")).unwrap().lines() {
        let expected: Value = serde_json::from_str(line).unwrap();
        let file = expected["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(file)).unwrap();
        let source = Source {
            content_type: expected["content_type"].as_str(),
            base_url: expected["base"].as_str(),
            ..Source::at(now)
        };
        let start = Instant::now();
        let parsed = feed::parse(&bytes, &source);
        assert!(start.elapsed() < Duration::from_secs(10), "{file} takes {:?}", start.elapsed());
        let printed = parsed.as_ref().map_or(Value::Null, |feed| serde_json::to_value(feed).unwrap());
        let length = printed["items"].as_array().map_or(Value::Null, |items| items.len().into());
        for check in expected["checks"].as_array().unwrap() {
            let (path, value) = (check["path"].as_str().unwrap(), &check["value"]);
            let holds = path.split('|').any(|path| scorer.same(path, at(&printed, path, &length), value));
            let group = format!("{} {}", expected["suite"].as_str().unwrap(), expected["kind"].as_str().unwrap());
            let figures = groups.entry(group).or_default();
            *figures = (figures.0 + usize::from(holds), figures.1 + 1);
            held += usize::from(holds);
            checks += 1;
            if !holds {
                let found: Vec<&Value> = path.split('|').map(|path| at(&printed, path, &length)).collect();
                let reason = parsed.as_ref().err().map(ToString::to_string).unwrap_or_default();
                faults.push(format!("{file}: {path} is {found:?}, not {value} {reason}"));
            }
        }
    }
    for (group, (held, checks)) in &groups {
        println!("{group}: {held} of {checks}");
    }
    println!("{held} of {checks} checks hold");
    #[expect(clippy::cast_precision_loss, reason = "a share of some thousands")]
    let share = held as f64 / checks as f64;
    assert!(checks > 0 && share >= SHARE, "{share:.4} of the checks hold:\n{}", faults.join("\n"));
    assert!(is_given || faults.is_empty(), "{}", faults.join("\n"));
}
