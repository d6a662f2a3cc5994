//! Emerging words, by script: words that no title had for weeks and several outlets use now.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::history::EvidenceItem;
use super::novelty::{Birth, Letters, words};
use super::options::Options;
use super::series::Ordered;
use crate::text::script::Script;

/// Fewest outlets that must use the word in an original text.
const NEWSROOMS_MIN: usize = 3;
/// Weight of the prior of the log-odds, in words.
const PRIOR_WORDS: f64 = 500.0;
/// Most words listed for each script.
const LISTED: usize = 12;

/// A word that first appeared in the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EmergingWord {
    /// The word in its most frequent form.
    pub word: String,
    /// The script: `Latin`, `Cyrillic`, `Armenian`, `Georgian`, `Arabic` or `other`.
    pub script: &'static str,
    /// The day on which it first appeared.
    pub born: Date,
    /// Items with the word in its first fortnight, copies excluded.
    pub texts: u32,
    /// The number of outlets of these items.
    pub newsrooms: u32,
    /// How certain the rise is: the log-odds against the weeks before, in standard deviations.
    pub z: f64,
    /// Items with the word.
    pub evidence: Vec<EvidenceItem>,
}

/// Returns the words that first appeared in the report's days, by script, those in most outlets first.
pub(crate) fn emerging(
    ordered: &Ordered<'_>,
    births: &[Birth],
    report_from: usize,
    options: &Options,
) -> Vec<EmergingWord> {
    let history = ordered.history;
    let mut letters = Letters::new();
    let mut found: BTreeMap<&'static str, Vec<EmergingWord>> = BTreeMap::new();
    for birth in births.iter().filter(|birth| birth.day as usize >= report_from) {
        let rows: Vec<u32> = birth.rows.iter().copied().filter(|&row| !ordered.copies[row as usize]).collect();
        let outlets: BTreeSet<u32> = rows.iter().map(|&row| history.rows[row as usize].outlet).collect();
        if outlets.len() < NEWSROOMS_MIN {
            continue;
        }
        let Some(word) = written(ordered, birth.stem, &rows, &mut letters) else { continue };
        let evidence = rows
            .iter()
            .take(options.evidence_max.min(3))
            .map(|&row| EvidenceItem::of(history, &history.rows[row as usize]))
            .collect();
        let script = script_of(&word);
        found.entry(script).or_default().push(EmergingWord {
            z: z(rows.len() as f64, ordered, birth.day as usize),
            word,
            script,
            born: ordered.calendar.date(birth.day as usize),
            texts: rows.len() as u32,
            newsrooms: outlets.len() as u32,
            evidence,
        });
    }
    let mut list = Vec::new();
    for mut words in found.into_values() {
        words.sort_by(|a, b| {
            b.newsrooms
                .cmp(&a.newsrooms)
                .then(b.z.total_cmp(&a.z))
                .then(a.born.cmp(&b.born))
                .then_with(|| a.word.cmp(&b.word))
        });
        // The new words of one text appear together; of words with the same evidence only the first is listed.
        words.dedup_by(|b, a| a.evidence == b.evidence);
        words.truncate(LISTED);
        list.append(&mut words);
    }
    list
}

/// Returns the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, equations 16, 18
/// and 22) of a word with `texts` in the fortnight after its first appearance and none in the sixty days before.
fn z(texts: f64, ordered: &Ordered<'_>, born: usize) -> f64 {
    let titles = |from: usize, to: usize| {
        (from..to.min(ordered.calendar.len())).map(|day| ordered.of_day(day).len()).sum::<usize>() as f64
    };
    // A title has about eight words.
    let (now, past) =
        ((titles(born, born + 14) * 8.0).max(texts + 1.0), (titles(born.saturating_sub(60), born) * 8.0).max(1.0));
    let prior = PRIOR_WORDS * texts / (now + past);
    let odds = |count: f64, all: f64| ((count + prior) / (all + PRIOR_WORDS - count - prior).max(1e-9)).ln();
    let delta = odds(texts, now) - odds(0.0, past);
    let variance = 1.0 / (texts + prior) + 1.0 / prior;
    (delta / variance.sqrt() * 100.0).round() / 100.0
}

/// Returns the most frequent form of a stem in these titles; ties go to the form that sorts first.
fn written(ordered: &Ordered<'_>, stem: u64, rows: &[u32], letters: &mut Letters) -> Option<String> {
    let mut forms: BTreeMap<String, usize> = BTreeMap::new();
    for &row in rows {
        for (word, own) in words(ordered.history.title(&ordered.history.rows[row as usize]), letters) {
            if own == stem {
                *forms.entry(word.to_owned()).or_default() += 1;
            }
        }
    }
    forms.into_iter().max_by(|a, b| a.1.cmp(&b.1).then_with(|| b.0.cmp(&a.0))).map(|(form, _)| form)
}

fn script_of(word: &str) -> &'static str {
    match word.chars().find(|letter| letter.is_alphabetic()).map_or(Script::Other, Script::of) {
        Script::Greek => Script::Other.name(),
        script => script.name(),
    }
}
