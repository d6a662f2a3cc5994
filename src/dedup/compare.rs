//! How alike two items are: as texts (level 3) and as reports of one event (level 4).
//!
//! Owns the formulas and their constants, which `docs/methods.md` explains. Knows nothing of windows nor of time.

use super::fingerprint::{Fingerprint, SUMMARY_TELLS, Unit};
use super::script::Skeleton;
use super::text::{ConceptKind, Sense};

/// What two items have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Likeness {
    /// Shared weight of the titles' words over the weight of the shorter title.
    pub(super) overlap: f32,
    /// The same over the weight of all words of both (Jaccard).
    pub(super) jaccard: f32,
    /// Shared stems of the summaries over those of the shorter; none where one tells nothing.
    pub(super) summary: Option<f32>,
    /// Numbers of the titles that only one or only the other has, while both have some.
    pub(super) numbers_differ: bool,
    pub(super) numbers_shared: u8,
    pub(super) names_shared: u8,
    pub(super) names_apart: u8,
    pub(super) events_shared: u8,
    /// Content words of the shorter title.
    pub(super) shorter: u8,
    pub(super) longer: u8,
    pub(super) shared: u8,
    pub(super) tags_shared: u8,
    pub(super) tags_jaccard: f32,
    pub(super) cross: bool,
}

/// Weight of a title's word by what it is.
pub(super) fn weight(unit: Unit) -> f32 {
    match unit.sense() {
        Sense::Number(_) => 1.2,
        Sense::Concept(id) => match ConceptKind::of(id) {
            ConceptKind::Event => 1.2,
            ConceptKind::Thing => 1.0,
            ConceptKind::Place => 0.8,
            ConceptKind::Role => 0.7,
            ConceptKind::Common => 0.4,
        },
        Sense::Sound(_) if unit.name() => 1.3,
        Sense::Sound(_) => 1.0,
        Sense::None => 0.7,
    }
}

/// How well two words stand for each other, 0 to 1.
fn same(a: Unit, b: Unit, cross: bool) -> f32 {
    if a.stem() == b.stem() {
        return 1.0;
    }
    match (a.sense(), b.sense()) {
        (Sense::Concept(a), Sense::Concept(b)) if a == b => 0.9,
        (Sense::Number(a), Sense::Number(b)) if a == b => 1.0,
        (Sense::Sound(x), Sense::Sound(y)) => {
            let (x, y) = (Skeleton::from_bits(x), Skeleton::from_bits(y));
            let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
            let fits = long.prefix(short.len()) == short.bits() && long.len() <= short.len() + 3;
            let names = a.name() && b.name();
            let enough = if names {
                3
            } else if cross {
                4
            } else {
                5
            };
            // Endings change the last sounds of a long name: Хасавюртом, Khasavyurt.
            let head = x.len() >= 5 && y.len() >= 5 && x.prefix(4) == y.prefix(4);
            if (fits && short.len() >= enough) || (names && head) { 0.9 } else { 0.0 }
        }
        _ => 0.0,
    }
}

/// Compares two fingerprints.
pub(super) fn compare(a: &Fingerprint, b: &Fingerprint) -> Likeness {
    let cross = a.tongue() != b.tongue();
    let mut likeness = Likeness { cross, ..Likeness::default() };
    // A source behind one of the titles is no difference.
    let tails = a.units().any(Unit::tail) && b.units().any(Unit::tail);
    let mut taken = [false; 32];
    let (mut of_a, mut of_b, mut both) = (0.0_f32, 0.0_f32, 0.0_f32);
    let (mut count_a, mut count_b) = (0_u8, 0_u8);
    let (mut numbers_a, mut numbers_b) = (0_u8, 0_u8);
    for unit in a.units() {
        let weight_a = weight(unit);
        let mut best = (0.0_f32, usize::MAX, 0.0_f32);
        for (index, other) in b.units().enumerate() {
            if taken.get(index).copied().unwrap_or(true) {
                continue;
            }
            let fit = same(unit, other, cross);
            if fit > best.0 {
                best = (fit, index, weight(other));
                if fit >= 1.0 {
                    break;
                }
            }
        }
        let matched = best.0 > 0.0;
        if unit.tail() && !tails && !matched {
            continue;
        }
        count_a += 1;
        of_a += weight_a;
        numbers_a += u8::from(unit.is_number());
        if matched {
            if let Some(taken) = taken.get_mut(best.1) {
                *taken = true;
            }
            both += best.0 * weight_a.min(best.2);
            likeness.shared += 1;
            match unit.sense() {
                Sense::Number(_) => likeness.numbers_shared += 1,
                Sense::Concept(id) if ConceptKind::of(id) == ConceptKind::Event => likeness.events_shared += 1,
                _ if unit.name() => likeness.names_shared += 1,
                _ => {}
            }
        } else if unit.name() && matches!(unit.sense(), Sense::Sound(_)) {
            likeness.names_apart += 1;
        }
    }
    for (index, unit) in b.units().enumerate() {
        let matched = taken.get(index).copied().unwrap_or(false);
        if unit.tail() && !tails && !matched {
            continue;
        }
        count_b += 1;
        of_b += weight(unit);
        numbers_b += u8::from(unit.is_number());
        if !matched && unit.name() && matches!(unit.sense(), Sense::Sound(_)) {
            likeness.names_apart += 1;
        }
    }
    let (short, all) = (of_a.min(of_b), of_a + of_b - both);
    likeness.overlap = if short > 0.0 { (both / short).min(1.0) } else { 0.0 };
    likeness.jaccard = if all > 0.0 { both / all } else { 0.0 };
    likeness.numbers_differ = numbers_a > likeness.numbers_shared && numbers_b > likeness.numbers_shared;
    likeness.shorter = count_a.min(count_b);
    likeness.longer = count_a.max(count_b);
    likeness.summary = summaries(a, b);
    tags(a, b, &mut likeness);
    likeness
}

fn tags(a: &Fingerprint, b: &Fingerprint, likeness: &mut Likeness) {
    let shared = a.tags().iter().filter(|tag| b.tags().contains(tag)).count();
    let all = a.tags().len() + b.tags().len() - shared;
    likeness.tags_shared = u8::try_from(shared).unwrap_or(u8::MAX);
    likeness.tags_jaccard = if all > 0 { shared as f32 / all as f32 } else { 0.0 };
}

/// Containment of the shorter summary in the longer (Broder 1997), over stems.
fn summaries(a: &Fingerprint, b: &Fingerprint) -> Option<f32> {
    let (of_a, of_b) = (a.stem_count(), b.stem_count());
    if of_a.min(of_b) < SUMMARY_TELLS {
        return None;
    }
    let mut shared = 0_usize;
    let (mut left, mut right) = (a.stems().peekable(), b.stems().peekable());
    while let (Some(x), Some(y)) = (left.peek().copied(), right.peek().copied()) {
        match x.cmp(&y) {
            std::cmp::Ordering::Less => drop(left.next()),
            std::cmp::Ordering::Greater => drop(right.next()),
            std::cmp::Ordering::Equal => {
                shared += 1;
                left.next();
                right.next();
            }
        }
    }
    Some(shared as f32 / of_a.min(of_b) as f32)
}

/// How sure it is that two items are one text lightly edited, 0 to 1; from [`NEAR_DUPLICATE`] on they are.
pub(super) fn near_duplicate(likeness: &Likeness) -> f32 {
    let needed = match likeness.shorter {
        0..=2 => 0.99,
        3..=4 => 0.8,
        5..=7 => 0.7,
        _ => 0.62,
    };
    if likeness.cross || likeness.shorter == 0 {
        return 0.0;
    }
    let score = match likeness.summary {
        Some(summary) if likeness.numbers_differ => {
            if summary >= 0.9 {
                likeness.jaccard
            } else {
                0.0
            }
        }
        None if likeness.numbers_differ => 0.0,
        Some(summary) => 0.5 * likeness.jaccard + 0.5 * summary,
        None => likeness.jaccard,
    };
    (score / needed * NEAR_DUPLICATE).min(1.0)
}

/// From here on two items are near-duplicates.
pub(super) const NEAR_DUPLICATE: f32 = 0.7;

/// How sure it is that two items report one event, 0 to 1; from [`SAME_STORY`] on they do.
pub(super) fn same_story(likeness: &Likeness) -> f32 {
    0.5 * likeness.overlap + 0.5 * likeness.jaccard
}

/// From here on two items are one story.
pub(super) const SAME_STORY: f32 = 0.4;
