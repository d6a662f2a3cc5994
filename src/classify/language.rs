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

/// What does not change from item to item, a bit each for languages.
#[derive(Debug)]
pub(super) struct Scripts {
    /// By script, in the order of [`Script::ALL`], the languages that are written in it.
    languages: [u32; Script::ALL.len()],
    /// Languages that others borrow names from.
    borrowed: u32,
}

impl Scripts {
    pub(super) fn new(lexicon: &Lexicon) -> Scripts {
        let of = |script| (0..).zip(&lexicon.languages).filter(move |(_, l)| l.script == script);
        Scripts {
            languages: Script::ALL.map(|script| of(script).fold(0, |mask, (n, _)| mask | 1u32 << n)),
            borrowed: lexicon.languages.iter().fold(0, |mask, language| mask | language.also_mask),
        }
    }
}

/// The numbers of the bits that are set.
fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let n = (mask != 0).then_some(mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(n)
    })
}

pub(super) fn detect(lexicon: &Lexicon, scripts: &Scripts, scan: &Scan, declared: Option<&str>) -> Languages {
    // Of a tag like `en-US` the language is what stands before the hyphen.
    let declared = declared
        .and_then(|d| d.split(['-', '_']).next())
        .and_then(|d| lexicon.languages.iter().position(|l| l.id.eq_ignore_ascii_case(d)));
    let mut points = [0u32; 16];
    // Languages that more than one small word speaks for: one proves nothing, for many are words of several languages.
    let mut shown = 0u32;
    for (n, (points, (words, letters))) in points.iter_mut().zip(scan.small_words.iter().zip(&scan.letters)).enumerate()
    {
        *points = words + 3 * letters;
        shown |= u32::from(*points >= 2) << n;
    }
    // The language that the others borrow names from.
    let common = (scripts.borrowed != 0).then(|| scripts.borrowed.trailing_zeros() as usize);
    let mut allowed = 0;
    let mut main: Option<usize> = None;
    for &of_script in scripts.languages.iter().filter(|&&of_script| of_script & shown != 0) {
        let rank = |n: usize| (points[n], declared == Some(n), common == Some(n), std::cmp::Reverse(n));
        let Some(best) = bits(of_script).max_by_key(|&n| rank(n)) else { continue };
        // A second language that the item holds much of counts as well; so does the declared one where it is as likely.
        for n in bits(of_script) {
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
    for &of_script in scripts.languages.iter().filter(|&&of_script| of_script & shown == 0) {
        match declared.or(main) {
            Some(d) if of_script >> d & 1 != 0 => allowed |= 1 << d,
            // A few words in the script of another language, such as names of companies.
            Some(d) if lexicon.languages[d].also_mask & of_script != 0 => {}
            _ => allowed |= of_script,
        }
    }
    let names_only = bits(allowed).fold(0, |mask, n| mask | lexicon.languages[n].also_mask);
    // A hint counts where it is the only one.
    let most = points.iter().copied().max().filter(|&most| most > 0);
    let hint =
        most.and_then(|most| points.iter().position(|&p| p == most).filter(|&n| !points[n + 1..].contains(&most)));
    Languages { allowed, names_only, main, lean: main.or(hint).or(common) }
}
