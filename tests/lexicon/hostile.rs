//! The classifier on hostile texts: time stays linear, and nothing panics.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use std::fmt::Write as _;
use std::sync::Arc;

use kazbek::api::classify::{Classifier, ItemText, Scratch};
use kazbek::api::lexicon::Lexicon;

use crate::support::cpu_time::spent_secs;

fn classifier() -> Classifier {
    Classifier::new(Arc::new(Lexicon::built_in().unwrap()))
}

/// Returns a text of at least `size_bytes`, made of numbered parts.
fn flood(size_bytes: usize, part: impl Fn(usize, &mut String)) -> String {
    let mut text = String::with_capacity(size_bytes + 256);
    let mut number = 0;
    while text.len() < size_bytes {
        part(number, &mut text);
        number += 1;
    }
    text
}

type Part = fn(usize, &mut String);

/// The parts of hostile texts.
const PARTS: [(&str, Part); 14] = [
    ("one ambiguous name", |_, text| text.push_str("Georgia ")),
    ("many ambiguous names", |n, text| {
        let names =
            ["Georgia", "Armenia", "Moscow", "Turkey", "Caucasian", "Russian", "Sputnik", "Dream", "Terek", "Van"];
        write!(text, "{} and {} ", names[n % names.len()], names[n / 7 % names.len()]).unwrap();
    }),
    ("one ambiguous name in capitals", |_, text| text.push_str("GEORGIA-")),
    ("names that hold names", |_, text| {
        text.push_str("South North South Ossetia Alania State University of North Ossetia ")
    }),
    ("articles before names", |n, text| text.push_str(["the ", "of the ", "to the Republic of ", "in the "][n % 4])),
    ("clues without end", |n, text| {
        let clues = ["Atlanta", "governor", "Tbilisi", "parliament", "Bulldogs", "election", "senator", "Georgia"];
        write!(text, "{} ", clues[n * 5 % clues.len()]).unwrap();
    }),
    ("plain names", |n, text| text.push_str(["Yerevan, ", "Баку и ", "თბილისში ", "Bakı "][n % 4])),
    ("cues and actors", |_, text| text.push_str("Russia denies talks with Armenia; Azerbaijan attacks ")),
    ("mixed scripts in one word", |_, text| text.push_str("Aрмения Rоссия გeorgia Երevan ")),
    ("letters that look alike", |_, text| text.push_str("Gеоrgіа Мoscоw Аrmеniа ")),
    ("a zero-width flood", |_, text| text.push_str("Geor\u{200b}\u{200d}\u{feff}\u{2060}gia\u{200f} ")),
    ("marks on one letter", |n, text| text.push(if n == 0 { 'e' } else { '\u{301}' })),
    ("one word without end", |_, text| text.push_str("азербайджан")),
    ("signs of the right-to-left", |_, text| text.push_str("\u{202e}باکو\u{202c} ایران، \u{2067}تفلیس\u{2069} ")),
];

/// Returns the CPU time of a text, read for the second time: the first run allocates the buffers.
fn cost_secs(classifier: &Classifier, scratch: &mut Scratch, text: &str) -> f64 {
    let mut run = || {
        let item =
            ItemText { title: "Georgia", summary: "Georgia, Moscow", content: Some(text), ..ItemText::default() };
        spent_secs(|| std::hint::black_box(classifier.classify_with(scratch, &item))).1
    };
    run();
    run()
}

#[test]
fn time_is_linear_in_the_text() {
    let classifier = classifier();
    let mut scratch = Scratch::default();
    for (name, part) in PARTS {
        let (small, large) = (flood(64 << 10, part), flood(1 << 20, part));
        // Linear time is a ratio of 16, quadratic time one of 256. Caches and other processes may slow a run down by
        // half, but not every one of four runs.
        let is_linear = (0..4).any(|_| {
            let of_small = cost_secs(&classifier, &mut scratch, &small);
            cost_secs(&classifier, &mut scratch, &large) < 80.0 * of_small
        });
        assert!(is_linear, "{name}: sixteen times the text takes over eighty times as long");
    }
}

#[test]
fn five_megabytes_in_any_field_are_read() {
    let classifier = classifier();
    for (name, part) in PARTS {
        let text = flood(5 << 20, part);
        for item in [
            ItemText { title: &text, ..ItemText::default() },
            ItemText { summary: &text, url: Some("https://news.example/georgia"), ..ItemText::default() },
        ] {
            let found = classifier.classify(&item);
            let field = if item.title.is_empty() { item.summary } else { item.title };
            for evidence in &found.evidence {
                assert_eq!(field.get(evidence.start..evidence.end), Some(evidence.form.as_str()), "{name}");
            }
            assert!(found.evidence.len() < 10_000, "{name}: evidence for a reader, not for each mention");
        }
    }
}
