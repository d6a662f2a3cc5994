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
    /// The one to lean to where several have the same form: `main`, or what a single small word hints at, or the first of the lexicon.
    pub(super) lean: usize,
}

pub(super) fn detect(lexicon: &Lexicon, scan: &Scan, declared: Option<&str>) -> Languages {
    // Of a tag like `en-US` the language is what stands before the hyphen.
    let declared = declared
        .and_then(|d| d.split(['-', '_']).next())
        .and_then(|d| lexicon.languages.iter().position(|l| l.id.eq_ignore_ascii_case(d)));
    let points = |n: usize| scan.small_words[n] + 3 * scan.letters[n];
    let mut allowed = 0;
    let mut main: Option<usize> = None;
    let mut undecided = Vec::new();
    for script in Script::ALL {
        let of_script = || (0..lexicon.languages.len().min(16)).filter(move |&n| lexicon.languages[n].script == script);
        let best = of_script().max_by_key(|&n| (points(n), u32::from(declared == Some(n)), std::cmp::Reverse(n)));
        let Some(best) = best else { continue };
        // One small word proves nothing: many are words of several languages.
        if points(best) < 2 {
            undecided.push(script);
            continue;
        }
        // A second language that the item holds much of counts as well; so does the declared one where it is as likely.
        for n in of_script() {
            if points(n) * 2 >= points(best) {
                allowed |= 1 << n;
            }
        }
        if main.is_none_or(|m| points(best) > points(m)) {
            main = Some(best);
        }
    }
    if main.is_none() {
        main = declared;
    }
    let mut names_only = 0;
    for script in undecided {
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
    let hint = (0..lexicon.languages.len().min(16)).max_by_key(|&n| (points(n), std::cmp::Reverse(n)));
    Languages { allowed, names_only, main, lean: main.or(hint).unwrap_or_default() }
}
