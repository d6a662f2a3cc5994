//! Finds the languages that an item may be in, by its letters and small words. `docs/lexicon.md`, section 1.

use super::scan::Scan;
use crate::lexicon::{Lexicon, Script};

/// The languages of an item. Masks have one bit a language, at its number.
pub(super) struct Languages {
    /// Languages whose forms all count.
    pub(super) allowed: u32,
    /// Languages whose cues of topics count: those of `allowed`, without those that are only possible.
    pub(super) own: u32,
    /// Languages of which only names count, since a language of the item borrows them.
    pub(super) names_only: u32,
    /// The language that the text shows, or else the declared one.
    pub(super) main: Option<usize>,
    /// The language to prefer if several have the same form: `main`, or the only one of which there is a small word, or
    /// the one from which the others borrow names.
    pub(super) preferred: Option<usize>,
}

/// The languages of a lexicon by script, one bit each.
#[derive(Debug)]
pub(super) struct ScriptLanguages {
    /// By script, in the order of [`Script::ALL`].
    languages: [u32; Script::ALL.len()],
    /// Languages from which others borrow names.
    borrowed: u32,
}

impl ScriptLanguages {
    pub(super) fn new(lexicon: &Lexicon) -> ScriptLanguages {
        let of = |script| (0..).zip(lexicon.languages()).filter(move |(_, l)| l.script == script);
        ScriptLanguages {
            languages: Script::ALL.map(|script| of(script).fold(0, |mask, (n, _)| mask | 1u32 << n)),
            borrowed: lexicon.languages().iter().fold(0, |mask, language| mask | language.also_mask),
        }
    }
}

/// Returns the numbers of the bits that are set.
fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let n = (mask != 0).then_some(mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(n)
    })
}

/// The points of no name, of one, and of more that only this language and at most one other have. One may be somebody's.
const NAME_POINTS: [u32; 3] = [0, 1, 4];

/// Finds the languages of a scanned item. A declared language is believed unless the item is in another script.
/// `declared` is a BCP 47 tag.
pub(super) fn detect(lexicon: &Lexicon, scripts: &ScriptLanguages, scan: &Scan, declared: Option<&str>) -> Languages {
    // The language of a tag like `en-US` is the part before the hyphen.
    let declared = declared
        .and_then(|d| d.split(['-', '_']).next())
        .and_then(|d| lexicon.languages().iter().position(|l| l.id.eq_ignore_ascii_case(d)));
    let names = scan.names_of_few_languages(lexicon, scripts.borrowed);
    let of_words = |n: usize| scan.small_words[n] + 3 * scan.letters[n];
    let mut points = [0u32; 16];
    // Languages with more than one small word. One word proves nothing, since many are words of several languages.
    let mut shown = 0u32;
    for (n, points) in points.iter_mut().enumerate() {
        *points = of_words(n) + NAME_POINTS[names[n].min(2) as usize];
        shown |= u32::from(*points >= 2) << n;
    }
    // The language from which the others borrow names.
    let common = (scripts.borrowed != 0).then(|| scripts.borrowed.trailing_zeros() as usize);
    let mut allowed = 0;
    let mut main: Option<usize> = None;
    for &of_script in scripts.languages.iter().filter(|&&of_script| of_script & shown != 0) {
        let declared = declared.filter(|d| of_script >> d & 1 != 0);
        let rank = |n: usize| (declared == Some(n), points[n], common == Some(n), std::cmp::Reverse(n));
        let Some(best) = bits(of_script).max_by_key(|&n| rank(n)) else { continue };
        // A second language counts as well if much of the item is in it. Its names alone are no proof, since they may be
        // anything in the first.
        for n in bits(of_script) {
            let is_as_good = points[n] >= 2 && points[n] == points[best];
            if n == best || is_as_good || of_words(n) >= 2 && points[n] * 2 >= points[best] {
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
            Some(d) if lexicon.languages()[d].also_mask & of_script != 0 => {}
            _ => allowed |= of_script,
        }
    }
    let names_only = bits(allowed).fold(0, |mask, n| mask | lexicon.languages()[n].also_mask);
    // A hint counts only if no other language has as many points.
    let most = points.iter().copied().max().filter(|&most| most > 0);
    let hint =
        most.and_then(|most| points.iter().position(|&p| p == most).filter(|&n| !points[n + 1..].contains(&most)));
    let preferred = main.or(hint).or(common);
    let own = scripts.languages.iter().fold(0, |own, &of_script| {
        // Of a script without a sign of its language, only the preferred language is more than possible.
        let preferred = preferred.map_or(0, |n| 1u32 << n) & of_script;
        own | if of_script & shown == 0 && preferred != 0 { preferred } else { allowed & of_script }
    });
    Languages { allowed, own, names_only, main, preferred }
}
