//! Which languages an item may be in, told from its letters and small words; see `docs/lexicon.md`, section 1.

use super::scan::Scan;
use crate::lexicon::{Lexicon, Script};

/// The languages, a bit each, whose forms are looked for in the item.
pub(super) struct Languages {
    /// Those whose forms count.
    pub(super) allowed: u32,
    /// Those of which only names count: what another language borrows.
    pub(super) names_only: u32,
    /// The one that the text shows, or that is declared.
    pub(super) main: Option<usize>,
    /// The one to lean to where several have the same form: `main`, or the only one that a small word hints at, or the one that the others borrow
    /// names from.
    pub(super) lean: Option<usize>,
}

pub(super) fn detect(lexicon: &Lexicon, scan: &Scan, declared: Option<&str>) -> Languages {
    // Of a tag like `en-US` the language is what stands before the hyphen.
    let declared = declared
        .and_then(|d| d.split(['-', '_']).next())
        .and_then(|d| lexicon.languages.iter().position(|l| l.id.eq_ignore_ascii_case(d)));
    let mut points = [0u32; 16];
    for (points, (words, letters)) in points.iter_mut().zip(scan.small_words.iter().zip(&scan.letters)) {
        *points = words + 3 * letters;
    }
    let known = &lexicon.languages[..lexicon.languages.len().min(points.len())];
    // The language that the others borrow names from.
    let borrowed = known.iter().fold(0u32, |mask, language| mask | language.also_mask);
    let common = (borrowed != 0).then(|| borrowed.trailing_zeros() as usize);
    let mut allowed = 0;
    let mut main: Option<usize> = None;
    let mut undecided = [false; Script::ALL.len()];
    for (script, undecided) in Script::ALL.into_iter().zip(&mut undecided) {
        let of_script = || (0..known.len()).filter(|&n| known[n].script == script);
        // One small word proves nothing: many are words of several languages.
        if of_script().all(|n| points[n] < 2) {
            *undecided = true;
            continue;
        }
        let rank = |n: usize| (points[n], declared == Some(n), common == Some(n), std::cmp::Reverse(n));
        let best = of_script().max_by_key(|&n| rank(n));
        let Some(best) = best else { continue };
        // A second language that the item holds much of counts as well; so does the declared one where it is as likely.
        for n in of_script() {
            if points[n] * 2 >= points[best] {
                allowed |= 1 << n;
            }
        }
        if main.is_none_or(|m| points[best] > points[m]) {
            main = Some(best);
        }
    }
    if main.is_none() {
        main = declared;
    }
    let mut names_only = 0;
    for (script, _) in Script::ALL.into_iter().zip(undecided).filter(|(_, undecided)| *undecided) {
        let of_script = || (0..lexicon.languages.len()).filter(move |&n| lexicon.languages[n].script == script);
        match declared.or(main) {
            Some(d) if lexicon.languages[d].script == script => allowed |= 1 << d,
            // A few words in the script of another language, such as names of companies.
            Some(d) if of_script().any(|n| lexicon.languages[d].also_mask >> n & 1 != 0) => {}
            _ => allowed |= of_script().fold(0, |mask, n| mask | 1 << n),
        }
    }
    for n in 0..lexicon.languages.len() {
        if allowed >> n & 1 != 0 {
            names_only |= lexicon.languages[n].also_mask;
        }
    }
    // A hint counts where it is the only one.
    let most = points.iter().copied().max().filter(|&most| most > 0);
    let hint =
        most.and_then(|most| points.iter().position(|&p| p == most).filter(|&n| !points[n + 1..].contains(&most)));
    Languages { allowed, names_only, main, lean: main.or(hint).or(common) }
}
