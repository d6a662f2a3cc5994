//! Emerging words: what no title had for weeks and several newsrooms have now, per script.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::basis::EvidenceItem;
use super::novelty::{Birth, Letters, words};
use super::options::Options;
use super::series::Ordered;
use crate::text::script::Script;

/// Newsrooms whose own texts must have the word.
const NEWSROOMS_MIN: usize = 3;
/// Weight of the prior, in words, of the log-odds.
const PRIOR_WORDS: f64 = 500.0;
/// Most words listed of each script.
const LISTED: usize = 12;

/// A word that was born in the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EmergingWord {
    /// As most titles write it.
    pub word: String,
    /// Its script: `Latin`, `Cyrillic`, `Armenian`, `Georgian`, `Arabic`, `other`.
    pub script: &'static str,
    /// The day on which it was first seen.
    pub born: Date,
    /// Texts of their own that have it in its first fortnight.
    pub texts: u32,
    /// Their newsrooms.
    pub newsrooms: u32,
    /// How surely it rose: the log-odds against the weeks before, in standard deviations.
    pub z: f64,
    /// Texts that have it.
    pub evidence: Vec<EvidenceItem>,
}

/// The words born in the report's days, the surest first, by script.
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
        // One text's words are born together; of words with the same texts the first stands for all.
        words.dedup_by(|b, a| a.evidence == b.evidence);
        words.truncate(LISTED);
        list.append(&mut words);
    }
    list
}

/// Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, equations 16, 18 and 22), of a word with `texts` in the
/// fortnight from its birth and none in the sixty days before.
fn z(texts: f64, ordered: &Ordered<'_>, born: usize) -> f64 {
    let titles = |from: usize, to: usize| {
        (from..to.min(ordered.calendar.len())).map(|day| ordered.of_day(day).len()).sum::<usize>() as f64
    };
    // About eight words a title.
    let (now, past) =
        ((titles(born, born + 14) * 8.0).max(texts + 1.0), (titles(born.saturating_sub(60), born) * 8.0).max(1.0));
    let prior = PRIOR_WORDS * texts / (now + past);
    let odds = |count: f64, all: f64| ((count + prior) / (all + PRIOR_WORDS - count - prior).max(1e-9)).ln();
    let delta = odds(texts, now) - odds(0.0, past);
    let variance = 1.0 / (texts + prior) + 1.0 / prior;
    (delta / variance.sqrt() * 100.0).round() / 100.0
}

/// The form in which most of the titles have the stem; ties by the form.
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
