//! How alike two items are: as texts (level 3) and as reports of one event (level 4).
//!
//! Owns the formulas and their constants, which `docs/methods.md` explains. Knows nothing of windows nor of time.

use super::fingerprint::{Fingerprint, SUMMARY_TELLS, TITLE_UNITS, Unit};
use super::script::Skeleton;
use super::text::{ConceptKind, Sense};

/// Items that a word is taken to have been looked for in before any are there, so that the first items of a window are
/// not judged by chance counts.
const ASSUMED_ITEMS: f32 = 200.0;

/// A summary that stands under so many titles is the feed's, not the item's.
const BOILERPLATE_ITEMS: u32 = 7;

/// How often words stand in the titles of the window: what a shared word is worth.
pub(super) trait Frequencies {
    /// Items in the window.
    fn items(&self) -> u32;
    /// Natural logarithm of one more than the items whose title has the word.
    fn log_count(&self, unit: Unit) -> f32;
    /// Items whose summary has this smallest hash.
    fn count_summaries(&self, hash: u32) -> u32;
}

/// An item made ready for comparison: each word of its title with its weight.
#[derive(Clone, Debug)]
pub(super) struct Weighed<'a> {
    pub(super) fingerprint: &'a Fingerprint,
    units: [Unit; TITLE_UNITS],
    /// [`Unit::stem`] of each, side by side.
    stems: [u32; TITLE_UNITS],
    len: usize,
    /// By what the word is, and how rare.
    weights: [f32; TITLE_UNITS],
    /// How surprising the word is: minus the logarithm of the share of items that have it.
    surprise: [f32; TITLE_UNITS],
    tails: bool,
    /// So many summaries begin alike that this one tells nothing of its item.
    boilerplate: bool,
}

impl<'a> Weighed<'a> {
    pub(super) fn new(fingerprint: &'a Fingerprint, frequencies: &impl Frequencies) -> Weighed<'a> {
        let mut weighed = Weighed {
            fingerprint,
            units: [Unit::default(); TITLE_UNITS],
            stems: [0; TITLE_UNITS],
            len: 0,
            weights: [0.0; TITLE_UNITS],
            surprise: [0.0; TITLE_UNITS],
            tails: false,
            boilerplate: fingerprint
                .sketch()
                .first()
                .is_some_and(|hash| frequencies.count_summaries(*hash) >= BOILERPLATE_ITEMS),
        };
        let highest = (frequencies.items() as f32 + ASSUMED_ITEMS).ln();
        let mut before_is_name = false;
        for (index, unit) in fingerprint.units().enumerate().take(TITLE_UNITS) {
            let surprise = (highest - frequencies.log_count(unit)).max(0.0);
            // The further words of a name (Democratic Republic of the Congo) come with the first.
            let name = unit.name() && matches!(unit.sense(), Sense::Sound(_) | Sense::None);
            let run = if name && before_is_name { 0.6 } else { 1.0 };
            before_is_name = name || (before_is_name && unit.name());
            weighed.units[index] = unit;
            weighed.stems[index] = unit.stem();
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
    /// A name or a place stands in the place of another, between the same words.
    pub(super) name_substituted: bool,
    /// The titles differ in nothing else.
    pub(super) template: bool,
    /// One title says that a count has changed.
    pub(super) count_changes: bool,
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

/// How well a word of the other title stands for one, 0 to 1, and which.
#[inline]
fn best_match(unit: Unit, other: &Weighed<'_>, taken: &[bool; TITLE_UNITS], cross: bool) -> (f32, usize) {
    let stem = unit.stem();
    if let Some(index) = (0..other.len).find(|index| other.stems[*index] == stem && !taken[*index]) {
        return (1.0, index);
    }
    let mut best = (0.0_f32, 0_usize);
    for (index, candidate) in other.words() {
        if unit.may_sound_like(candidate) && !taken[index] {
            let fit = same_sense(unit, candidate, cross);
            if fit > best.0 {
                best = (fit, index);
            }
        }
    }
    best
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
    let mut partners = [None; TITLE_UNITS];
    let (mut of_a, mut of_b) = (Side::default(), Side::default());
    let (mut both, mut plain, mut copied) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut places_shared = 0_u8;
    for (index, unit) in a.words() {
        let best = best_match(unit, b, &taken, cross);
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
        partners[index] = Some(best.1);
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
    substitutions(a, b, &partners, &taken, &mut likeness);
    likeness.count_changes = a.fingerprint.count_changes() || b.fingerprint.count_changes();
    likeness.shorter = of_a.words.min(of_b.words);
    likeness.longer = of_a.words.max(of_b.words);
    likeness.summary = if a.boilerplate || b.boilerplate { None } else { summaries(a.fingerprint, b.fingerprint) };
    likeness.summary_stems =
        u8::try_from(a.fingerprint.stem_count().min(b.fingerprint.stem_count())).unwrap_or(u8::MAX);
    tags(a.fingerprint, b.fingerprint, &mut likeness);
    // Tags know more names of places than the dictionary does.
    likeness.places_differ =
        if likeness.tags_apart { true } else { likeness.places_differ && likeness.tags_shared == 0 };
    likeness
}

/// Looks for runs of words, one in each title, that stand between the same shared words: a template filled in twice.
fn substitutions(
    a: &Weighed<'_>,
    b: &Weighed<'_>,
    partners: &[Option<usize>; TITLE_UNITS],
    taken: &[bool; TITLE_UNITS],
    likeness: &mut Likeness,
) {
    let mut start = 0;
    let mut explained = 0;
    while start < a.len {
        if partners[start].is_some() {
            start += 1;
            continue;
        }
        let end = (start..a.len).find(|index| partners[*index].is_some()).unwrap_or(a.len);
        let other_start = start.checked_sub(1).and_then(|before| partners[before]).map_or(0, |before| before + 1);
        let other_end = if end < a.len { partners[end].unwrap_or(b.len) } else { b.len };
        let run = a.units.get(start..end).unwrap_or_default();
        let other = b.units.get(other_start..other_end).unwrap_or_default();
        let is_free = !other.is_empty() && !taken.get(other_start..other_end).unwrap_or_default().contains(&true);
        if is_free {
            let numbered = run.iter().any(|unit| is_number(*unit)) && other.iter().any(|unit| is_number(*unit));
            let named = has_name(run, !likeness.cross && a.fingerprint.capitals_tell())
                && has_name(other, !likeness.cross && b.fingerprint.capitals_tell())
                && run.iter().any(|unit| unit.acronym()) == other.iter().any(|unit| unit.acronym());
            likeness.name_substituted |= named;
            if (named || numbered) && run.len() <= 2 && other.len() <= 2 {
                explained += run.len() + other.len();
            }
        }
        start = end;
    }
    let unmatched =
        partners.iter().take(a.len).filter(|p| p.is_none()).count() + taken.iter().take(b.len).filter(|t| !**t).count();
    likeness.template = explained > 0 && unmatched == explained;
}

fn is_number(unit: Unit) -> bool {
    matches!(unit.sense(), Sense::Number(_))
}

/// Whether one of the words is a place of the dictionary, or a name where names can be told apart: within one alphabet that has capitals.
fn has_name(run: &[Unit], names_tell: bool) -> bool {
    run.iter().any(|unit| match unit.sense() {
        Sense::Concept(id) => ConceptKind::of(id) == ConceptKind::Place,
        Sense::Number(_) => false,
        Sense::Sound(_) | Sense::None => names_tell && unit.name() && !unit.tail(),
    })
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
/// A summary of so many stems that is so much alike is one text under whatever headline.
const SAME_TEXT: f32 = 0.95;
const SAME_TEXT_STEMS: u8 = 12;
/// A title that its outlet uses again after so long, so little changed, over a summary that shares less than this, is a
/// column that recurs.
const COLUMN_SECS: u64 = 12 * 3600;
const COLUMN_TITLE: f32 = 0.8;
const COLUMN_SUMMARY: f32 = 0.5;

/// How sure it is that two items are one text lightly edited, 0 to 1; from [`NEAR_DUPLICATE`] on they are.
pub(super) fn near_duplicate(likeness: &Likeness, relation: Relation) -> f32 {
    if likeness.cross || likeness.shorter == 0 || relation.recurs(likeness) {
        return 0.0;
    }
    let title = (1.0 - CONTAINMENT) * likeness.copied + CONTAINMENT * likeness.contained;
    let same_summary =
        likeness.summary.is_some_and(|summary| summary >= SAME_SUMMARY) && likeness.summary_stems >= SAME_SUMMARY_STEMS;
    let replaced =
        likeness.numbers_differ || likeness.places_replaced || likeness.names_replaced || likeness.name_substituted;
    if replaced && !same_summary {
        return 0.0;
    }
    let needed = NEEDED.iter().find(|(words, _)| likeness.shorter <= *words).map_or(1.0, |(_, needed)| *needed);
    let score = likeness.summary.map_or(title, |summary| 0.5 * title + 0.5 * summary);
    let score = (score / needed * NEAR_DUPLICATE).min(1.0);
    // Another paper's headline over the same text.
    let same_text = likeness.summary.is_some_and(|summary| summary >= SAME_TEXT)
        && likeness.summary_stems >= SAME_TEXT_STEMS
        && !relation.same_outlet;
    if same_text { score.max(NEAR_DUPLICATE) } else { score }
}

/// How two items stand to each other beside their texts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Relation {
    /// Both are of one outlet, which is known.
    pub(super) same_outlet: bool,
    /// Seconds between them.
    pub(super) apart_secs: u64,
}

impl Relation {
    /// Whether an outlet uses a title again over another text: the morning's column, the day's weather.
    fn recurs(self, likeness: &Likeness) -> bool {
        self.same_outlet
            && self.apart_secs >= COLUMN_SECS
            && likeness.copied >= COLUMN_TITLE
            && likeness.summary.is_none_or(|summary| summary < COLUMN_SUMMARY)
    }
}

/// How sure it is that two items report one event, 0 to 1; from [`SAME_STORY`] on they do.
///
/// A logistic function of what they share; the coefficients were fitted to labelled pairs, alone and within a stream of
/// unrelated items, see `docs/methods.md`. `items` is the size of the window, `reach_secs` how far
/// apart the reports of a story may lie.
pub(super) fn same_story(likeness: &Likeness, relation: Relation, items: u32, reach_secs: u64) -> f32 {
    // Chance finds as much among so many.
    let chance = (items as f32 + ASSUMED_ITEMS).ln();
    if likeness.surprise < chance || relation.recurs(likeness) {
        return 0.0;
    }
    let apart = relation.apart_secs as f32 / reach_secs.max(1) as f32;
    let flag = |flag: bool| if flag { 1.0 } else { 0.0 };
    let cross = flag(likeness.cross);
    // A count that has grown is another number of the same event.
    let numbers = flag(likeness.numbers_differ) * if likeness.count_changes { 0.25 } else { 1.0 };
    let names = match (likeness.name_substituted, likeness.template) {
        (true, true) => 3.2,
        (true, false) => 1.0,
        (false, true) => 0.6,
        (false, false) => 0.0,
    };
    // An outlet that changes a number or a name in its own title is on to the next of a series.
    let series = relation.same_outlet
        && (likeness.numbers_differ && !likeness.count_changes
            || likeness.name_substituted
            || likeness.places_replaced);
    let sum = -3.9 + 5.5 * likeness.jaccard + 4.5 * likeness.plain + 0.1 * (likeness.surprise / chance).min(3.0)
        - 2.3 * numbers
        - names
        - 1.2 * flag(series)
        - 0.6 * flag(likeness.places_differ)
        - 2.2 * flag(likeness.places_replaced)
        - 0.5 * f32::from(likeness.ideas_replaced.min(2))
        + 1.5 * likeness.summary.map_or(0.0, |summary| summary - 0.25)
        + cross * (0.75 + 2.0 * likeness.overlap)
        - 2.5 * apart
        - 0.05 * (chance - ASSUMED_ITEMS.ln());
    1.0 / (1.0 + (-sum).exp())
}
