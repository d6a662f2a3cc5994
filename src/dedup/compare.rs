//! How alike two items are: as texts (level 3) and as reports of one event (level 4).
//!
//! Owns the formulas and their constants, which `docs/methods.md` explains. Knows nothing of windows nor of time.

use super::fingerprint::{Fingerprint, SUMMARY_TELLS, TITLE_UNITS, Unit};
use super::script::Skeleton;
use super::text::{ConceptKind, Sense};

/// Items that a word is taken to have been looked for in before any are there, so that the first items of a window are
/// not judged by chance counts.
const ASSUMED_ITEMS: f32 = 200.0;

/// How often words stand in the titles of the window: what a shared word is worth.
pub(super) trait Frequencies {
    /// Items in the window.
    fn items(&self) -> u32;
    /// Items whose title has the word.
    fn count(&self, unit: Unit) -> u32;
}

/// An item made ready for comparison: each word of its title with its weight.
#[derive(Clone, Debug)]
pub(super) struct Weighed<'a> {
    pub(super) fingerprint: &'a Fingerprint,
    units: [Unit; TITLE_UNITS],
    len: usize,
    /// By what the word is, and how rare.
    weights: [f32; TITLE_UNITS],
    /// How surprising the word is: minus the logarithm of the share of items that have it.
    surprise: [f32; TITLE_UNITS],
    tails: bool,
}

impl<'a> Weighed<'a> {
    pub(super) fn new(fingerprint: &'a Fingerprint, frequencies: &impl Frequencies) -> Weighed<'a> {
        let mut weighed = Weighed {
            fingerprint,
            units: [Unit::default(); TITLE_UNITS],
            len: 0,
            weights: [0.0; TITLE_UNITS],
            surprise: [0.0; TITLE_UNITS],
            tails: false,
        };
        let all = frequencies.items() as f32 + ASSUMED_ITEMS;
        let highest = all.ln();
        let mut before_is_name = false;
        for (index, unit) in fingerprint.units().enumerate().take(TITLE_UNITS) {
            let surprise = (all / (frequencies.count(unit) as f32 + 1.0)).ln().max(0.0);
            // The further words of a name (Democratic Republic of the Congo) come with the first.
            let name = unit.name() && matches!(unit.sense(), Sense::Sound(_) | Sense::None);
            let run = if name && before_is_name { 0.6 } else { 1.0 };
            before_is_name = name || (before_is_name && unit.name());
            weighed.units[index] = unit;
            let bonus = if unit.name() { NAME_BONUS } else { 1.0 };
            weighed.weights[index] = kind_weight(unit) * bonus * run * (surprise / highest);
            weighed.surprise[index] = surprise * run;
            weighed.tails |= unit.tail();
            weighed.len = index + 1;
        }
        weighed
    }

    fn words(&self) -> impl Iterator<Item = (usize, Unit)> + '_ {
        self.units.iter().copied().take(self.len).enumerate()
    }
}

/// What two items have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Likeness {
    /// Shared weight of the titles' words over the weight of the shorter title.
    pub(super) overlap: f32,
    /// The same over the weight of all words of both (Jaccard).
    pub(super) jaccard: f32,
    /// Jaccard without regard to how rare the words are.
    pub(super) plain: f32,
    /// Jaccard of the titles as texts: another word of the same meaning counts half.
    pub(super) copied: f32,
    /// The same over the weight of the shorter title.
    pub(super) contained: f32,
    /// Stems of the shorter summary.
    pub(super) summary_stems: u8,
    /// Sum of the surprise of what is shared.
    pub(super) surprise: f32,
    /// Shared stems of the summaries over those of the shorter; none where one tells nothing.
    pub(super) summary: Option<f32>,
    /// Both titles have numbers that the other has not.
    pub(super) numbers_differ: bool,
    pub(super) numbers_shared: u8,
    pub(super) names_shared: u8,
    /// Names that the title with fewer of them has and the other has not.
    pub(super) names_apart: u8,
    /// Both say where, and nothing of it is the same.
    pub(super) places_differ: bool,
    /// Each names a place that the other does not.
    pub(super) places_replaced: bool,
    /// Each names someone whom the other does not, and capitals tell names in both.
    pub(super) names_replaced: bool,
    /// Events, things and roles in the place of which the other title has others.
    pub(super) ideas_replaced: u8,
    /// Content words of the shorter title.
    pub(super) shorter: u8,
    pub(super) longer: u8,
    pub(super) shared: u8,
    pub(super) tags_shared: u8,
    /// Both bear tags, and none is the same.
    pub(super) tags_apart: bool,
    pub(super) cross: bool,
}

/// Weight of a title's word by what it is.
fn kind_weight(unit: Unit) -> f32 {
    match unit.sense() {
        Sense::Number(_) => 1.2,
        Sense::Concept(id) => match ConceptKind::of(id) {
            ConceptKind::Event => 1.2,
            ConceptKind::Thing => 1.0,
            ConceptKind::Place => 0.8,
            ConceptKind::Role => 0.7,
            ConceptKind::Common => 0.4,
        },
        Sense::Sound(_) => 1.0,
        Sense::None => 0.7,
    }
}

/// A name tells more than a word.
const NAME_BONUS: f32 = 1.3;

/// How well two words stand for each other, 0 to 1.
#[inline]
fn same(a: Unit, b: Unit, cross: bool) -> f32 {
    if a.stem() == b.stem() {
        return 1.0;
    }
    if a.may_sound_like(b) { same_sense(a, b, cross) } else { 0.0 }
}

fn same_sense(a: Unit, b: Unit, cross: bool) -> f32 {
    match (a.sense(), b.sense()) {
        (Sense::Concept(a), Sense::Concept(b)) if a == b => 0.9,
        (Sense::Number(a), Sense::Number(b)) if a == b => 1.0,
        (Sense::Sound(x), Sense::Sound(y)) => {
            let (x, y) = (Skeleton::from_bits(x), Skeleton::from_bits(y));
            let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
            let fits = long.prefix(short.len()) == short.bits() && long.len() <= short.len() + 3;
            let names = a.name() && b.name();
            let enough = match (names, cross) {
                (true, _) => 3,
                (false, true) => 4,
                (false, false) => 5,
            };
            // Endings change the last sounds of a long name: Хасавюртом, Khasavyurt.
            let head = x.len() >= 5 && y.len() >= 5 && x.prefix(4) == y.prefix(4);
            if (fits && short.len() >= enough) || (names && head) { 0.9 } else { 0.0 }
        }
        _ => 0.0,
    }
}

/// The sums over one title.
#[derive(Clone, Copy, Debug, Default)]
struct Side {
    weight: f32,
    plain: f32,
    words: u8,
    numbers: u8,
    names_apart: u8,
    places: u8,
    /// Events, things and roles that the other title has not.
    ideas_apart: u8,
}

impl Side {
    fn add(&mut self, unit: Unit, weight: f32, matched: bool) {
        self.weight += weight;
        self.plain += kind_weight(unit);
        self.words += 1;
        match unit.sense() {
            Sense::Number(_) => self.numbers += 1,
            Sense::Concept(id) => {
                let kind = ConceptKind::of(id);
                self.places += u8::from(kind == ConceptKind::Place);
                let idea = matches!(kind, ConceptKind::Event | ConceptKind::Thing | ConceptKind::Role);
                self.ideas_apart += u8::from(idea && !matched);
            }
            Sense::Sound(_) if unit.name() && !matched => self.names_apart += 1,
            _ => {}
        }
    }
}

/// Compares two items.
pub(super) fn compare(a: &Weighed<'_>, b: &Weighed<'_>) -> Likeness {
    let cross = a.fingerprint.tongue() != b.fingerprint.tongue();
    let mut likeness = Likeness { cross, ..Likeness::default() };
    let mut taken = [false; TITLE_UNITS];
    let (mut of_a, mut of_b) = (Side::default(), Side::default());
    let (mut both, mut plain, mut copied) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut places_shared = 0_u8;
    for (index, unit) in a.words() {
        let mut best = (0.0_f32, 0_usize);
        for (other_index, other) in b.words() {
            let fit = if taken[other_index] { 0.0 } else { same(unit, other, cross) };
            if fit > best.0 {
                best = (fit, other_index);
                if fit >= 1.0 {
                    break;
                }
            }
        }
        let matched = best.0 > 0.0;
        // A source behind one of the titles is no difference.
        if unit.tail() && !b.tails && !matched {
            continue;
        }
        of_a.add(unit, a.weights[index], matched);
        if !matched {
            continue;
        }
        taken[best.1] = true;
        both += best.0 * a.weights[index].min(b.weights[best.1]);
        let unit_weight = kind_weight(unit).min(kind_weight(b.units[best.1]));
        plain += best.0 * unit_weight;
        // A copy keeps the words; another word of the same meaning is half a sign.
        copied += if best.0 >= 1.0 { unit_weight } else { 0.5 * unit_weight };
        likeness.surprise += best.0 * a.surprise[index].min(b.surprise[best.1]);
        likeness.shared += 1;
        match unit.sense() {
            Sense::Number(_) => likeness.numbers_shared += 1,
            Sense::Concept(id) => places_shared += u8::from(ConceptKind::of(id) == ConceptKind::Place),
            _ if unit.name() => likeness.names_shared += 1,
            _ => {}
        }
    }
    for (index, unit) in b.words() {
        if !unit.tail() || a.tails || taken[index] {
            of_b.add(unit, b.weights[index], taken[index]);
        }
    }
    let ratio = |part: f32, whole: f32| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
    likeness.overlap = ratio(both, of_a.weight.min(of_b.weight));
    likeness.jaccard = ratio(both, of_a.weight + of_b.weight - both);
    likeness.plain = ratio(plain, of_a.plain + of_b.plain - plain);
    likeness.copied = ratio(copied, of_a.plain + of_b.plain - copied);
    likeness.contained = ratio(copied, of_a.plain.min(of_b.plain));
    likeness.numbers_differ = of_a.numbers > likeness.numbers_shared && of_b.numbers > likeness.numbers_shared;
    likeness.names_apart = of_a.names_apart.min(of_b.names_apart);
    likeness.places_differ = of_a.places > 0 && of_b.places > 0 && places_shared == 0;
    likeness.places_replaced = of_a.places > places_shared && of_b.places > places_shared;
    likeness.ideas_replaced = of_a.ideas_apart.min(of_b.ideas_apart);
    likeness.names_replaced =
        likeness.names_apart > 0 && a.fingerprint.capitals_tell() && b.fingerprint.capitals_tell();
    likeness.shorter = of_a.words.min(of_b.words);
    likeness.longer = of_a.words.max(of_b.words);
    likeness.summary = summaries(a.fingerprint, b.fingerprint);
    likeness.summary_stems =
        u8::try_from(a.fingerprint.stem_count().min(b.fingerprint.stem_count())).unwrap_or(u8::MAX);
    tags(a.fingerprint, b.fingerprint, &mut likeness);
    // Tags know more names of places than the dictionary does.
    likeness.places_differ =
        if likeness.tags_apart { true } else { likeness.places_differ && likeness.tags_shared == 0 };
    likeness
}

fn tags(a: &Fingerprint, b: &Fingerprint, likeness: &mut Likeness) {
    let shared = a.tags().iter().filter(|tag| b.tags().contains(tag)).count();
    likeness.tags_shared = u8::try_from(shared).unwrap_or(u8::MAX);
    likeness.tags_apart = shared == 0 && !a.tags().is_empty() && !b.tags().is_empty();
}

/// Containment of the shorter summary in the longer (Broder 1997), over stems.
fn summaries(a: &Fingerprint, b: &Fingerprint) -> Option<f32> {
    let shorter = a.stem_count().min(b.stem_count());
    if shorter < SUMMARY_TELLS {
        return None;
    }
    let mut shared = 0_usize;
    let (mut left, mut right) = (a.stems().peekable(), b.stems().peekable());
    while let (Some(x), Some(y)) = (left.peek().copied(), right.peek().copied()) {
        if x <= y {
            left.next();
        }
        if y <= x {
            right.next();
        }
        shared += usize::from(x == y);
    }
    Some(shared as f32 / shorter as f32)
}

/// From here on two items are near-duplicates.
pub(super) const NEAR_DUPLICATE: f32 = 0.7;
/// From here on two items are one story.
pub(super) const SAME_STORY: f32 = 0.5;

/// Likeness that a title needs by its content words: the fewer, the more. The bands are those of reader's `entry_dedupe`
/// in idea; the values come from labelled pairs, see `docs/methods.md`.
const NEEDED: [(u8, f32); 4] = [(2, 0.98), (4, 0.8), (7, 0.7), (u8::MAX, 0.66)];
/// Share of containment beside Jaccard in the likeness of two titles.
const CONTAINMENT: f32 = 0.15;
/// A summary of so many stems that is so much alike shows an edit even where the title's numbers changed.
const SAME_SUMMARY: f32 = 0.9;
const SAME_SUMMARY_STEMS: u8 = 10;

/// How sure it is that two items are one text lightly edited, 0 to 1; from [`NEAR_DUPLICATE`] on they are.
pub(super) fn near_duplicate(likeness: &Likeness) -> f32 {
    if likeness.cross || likeness.shorter == 0 {
        return 0.0;
    }
    let title = (1.0 - CONTAINMENT) * likeness.copied + CONTAINMENT * likeness.contained;
    let same_summary =
        likeness.summary.is_some_and(|summary| summary >= SAME_SUMMARY) && likeness.summary_stems >= SAME_SUMMARY_STEMS;
    let replaced = likeness.numbers_differ || likeness.places_replaced || likeness.names_replaced;
    if replaced && !same_summary {
        return 0.0;
    }
    let needed = NEEDED.iter().find(|(words, _)| likeness.shorter <= *words).map_or(1.0, |(_, needed)| *needed);
    let score = likeness.summary.map_or(title, |summary| 0.5 * title + 0.5 * summary);
    (score / needed * NEAR_DUPLICATE).min(1.0)
}

/// How sure it is that two items report one event, 0 to 1; from [`SAME_STORY`] on they do.
///
/// A logistic function of what they share; the coefficients were fitted to labelled pairs, alone and within a stream of
/// unrelated items, see `docs/methods.md`. `items` is the size of the window, `apart` the share of its reach, 0 to 1, that
/// lies between the two.
pub(super) fn same_story(likeness: &Likeness, items: u32, apart: f32) -> f32 {
    // Chance finds as much among so many.
    let chance = (items as f32 + ASSUMED_ITEMS).ln();
    if likeness.surprise < chance {
        return 0.0;
    }
    let flag = |flag: bool| if flag { 1.0 } else { 0.0 };
    let cross = flag(likeness.cross);
    let sum = -4.15
        + 3.3 * likeness.jaccard
        + 0.2 * likeness.overlap
        + 5.3 * likeness.plain
        + 0.35 * (likeness.surprise / chance).min(3.0)
        - 2.0 * flag(likeness.numbers_differ)
        - 0.4 * flag(likeness.places_differ)
        - 2.3 * flag(likeness.places_replaced)
        - 0.6 * f32::from(likeness.ideas_replaced.min(2))
        + 1.8 * likeness.summary.map_or(0.0, |summary| summary - 0.25)
        + cross * (0.85 + 1.6 * likeness.overlap)
        - apart
        - 0.15 * (chance - ASSUMED_ITEMS.ln());
    1.0 / (1.0 + (-sum).exp())
}
