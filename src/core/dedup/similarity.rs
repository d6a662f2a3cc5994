//! What two items have in common: words, names, numbers, places, tags, summaries.
//!
//! Owns the measures, which `docs/methods.md` explains; [`super::decide`] draws the conclusions.

use super::fingerprint::{Fingerprint, SUMMARY_TELLS, TITLE_UNITS, TitleWord};
use super::phonetic_key::PhoneticKey;
use super::wording::{self, Edit};
use super::words::{ConceptKind, Meaning, Stance};

/// Items without the word that are assumed in addition to those of the window, so that the first items are not judged
/// by chance counts.
pub(super) const ASSUMED_ITEMS: f32 = 200.0;

/// A summary that this many items share belongs to the feed, not to the item.
const BOILERPLATE_ITEMS: u32 = 7;

/// How often words occur in the titles of the window, which decides what a shared word is worth.
pub(super) trait Frequencies {
    /// Items in the window.
    fn items(&self) -> u32;
    /// Natural logarithm of one more than the items whose title has the word.
    fn log_count(&self, unit: TitleWord) -> f32;
    /// Items whose summary has this smallest hash.
    fn count_summaries(&self, hash: u32) -> u32;
}

/// An item prepared for comparison: each word of its title with its weight.
#[derive(Clone, Debug)]
pub(super) struct Weighed<'a> {
    pub(super) fingerprint: &'a Fingerprint,
    units: [TitleWord; TITLE_UNITS],
    /// [`TitleWord::stem`] of each, contiguous.
    stems: [u32; TITLE_UNITS],
    len: usize,
    /// By kind and rarity of the word.
    weights: [f32; TITLE_UNITS],
    /// The information of the word: minus the logarithm of the share of items that have it.
    surprise: [f32; TITLE_UNITS],
    tails: bool,
    /// So many summaries start alike that this one says nothing about its item.
    boilerplate: bool,
}

impl<'a> Weighed<'a> {
    pub(super) fn new(fingerprint: &'a Fingerprint, frequencies: &impl Frequencies) -> Weighed<'a> {
        let mut weighed = Weighed {
            fingerprint,
            units: [TitleWord::default(); TITLE_UNITS],
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
            let name = unit.name() && matches!(unit.meaning(), Meaning::Sound(_) | Meaning::None);
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

    fn words(&self) -> impl Iterator<Item = (usize, TitleWord)> + '_ {
        self.units.iter().copied().take(self.len).enumerate()
    }
}

/// What two items have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Similarity {
    /// Shared weight of the titles' words over the weight of the shorter title.
    pub(super) overlap: f32,
    /// The same over the weight of all words of both (Jaccard).
    pub(super) jaccard: f32,
    /// Jaccard without regard to how rare the words are.
    pub(super) plain: f32,
    /// Jaccard of the titles as texts: another word with the same meaning counts half.
    pub(super) copied: f32,
    /// The same over the weight of the shorter title.
    pub(super) contained: f32,
    /// Stems of the shorter summary.
    pub(super) summary_stems: u8,
    /// Sum of the surprise of what is shared.
    pub(super) surprise: f32,
    /// Share of the shorter summary's stems that the longer has; `None` if a summary is too short.
    pub(super) summary: Option<f32>,
    /// Share of the longer summary's stems that the shorter has; 0 if a summary is too short.
    pub(super) of_longer_summary: f32,
    /// The summaries have the same words in the same order somewhere.
    pub(super) sketch_shared: bool,
    /// Each title has numbers that the other lacks.
    pub(super) numbers_differ: bool,
    pub(super) numbers_shared: u8,
    pub(super) names_shared: u8,
    /// Names of the title with fewer names that the other lacks.
    pub(super) names_apart: u8,
    /// Both name places, and none is the same.
    pub(super) places_differ: bool,
    /// Each names a place that the other does not.
    pub(super) places_replaced: bool,
    /// Each names someone whom the other does not, and names are recognisable by capitals in both.
    pub(super) names_replaced: bool,
    /// Events, things and roles for which the other title has others.
    pub(super) ideas_replaced: u8,
    /// A name or a place is replaced by another, between the same words.
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
    /// Both have tags.
    pub(super) tags_known: bool,
    /// Both have tags, and none is the same.
    pub(super) tags_apart: bool,
    pub(super) cross: bool,
    /// One title denies or negates something, or says that it did not come about, and the other does not.
    pub(super) denied: bool,
    /// One title tells what shall be, and the other does not.
    pub(super) planned: bool,
    /// One title tells what somebody says about it, and the other does not.
    pub(super) reacted: bool,
}

impl Similarity {
    /// A summary that speaks of nothing that its title says, under titles with next to nothing in common, is a standing
    /// text: a caption, a tagline, an invitation to subscribe. It is no text of either.
    fn leave_out_standing_text(&mut self, a: &Weighed<'_>, b: &Weighed<'_>, titles_share: usize) {
        let of_titles = a.fingerprint.title_units().min(b.fingerprint.title_units());
        let alike = 2 * titles_share >= of_titles.max(1);
        let anchored = a.fingerprint.is_anchored() && b.fingerprint.is_anchored();
        if alike || anchored || self.summary.is_none_or(|summary| summary < STANDING) {
            return;
        }
        self.summary = None;
        self.sketch_shared = false;
        // Of a title of few words, the summary that completes it is all that they share.
        let completed = a.len > a.fingerprint.title_units() || b.len > b.fingerprint.title_units();
        if completed {
            self.surprise = 0.0;
            self.shorter = 0;
        }
    }
}

/// Summaries that share this much may be one standing text.
const STANDING: f32 = 0.5;

/// Returns the weight of a title's word by its kind.
fn kind_weight(unit: TitleWord) -> f32 {
    match unit.meaning() {
        Meaning::Number(_) => 1.2,
        Meaning::Concept(id) => match ConceptKind::of(id) {
            ConceptKind::Event => 1.2,
            ConceptKind::Thing => 1.0,
            ConceptKind::Place => 0.8,
            ConceptKind::Role => 0.7,
            ConceptKind::Common => 0.4,
        },
        Meaning::Sound(_) => 1.0,
        Meaning::None => 0.7,
    }
}

/// A name says more than a word.
const NAME_BONUS: f32 = 1.3;

/// Returns how well a word matches its best counterpart in the other title, 0 to 1, and the position of that.
#[inline]
fn best_match(unit: TitleWord, other: &Weighed<'_>, taken: &[bool; TITLE_UNITS], cross: bool) -> (f32, usize) {
    let stem = unit.stem();
    if let Some(index) = (0..other.len).find(|index| other.stems[*index] == stem && !taken[*index]) {
        return (1.0, index);
    }
    let mut best = (0.0_f32, 0_usize);
    for (index, candidate) in other.words() {
        if unit.may_sound_like(candidate) && !taken[index] {
            let fit = same_meaning(unit, candidate, cross);
            if fit > best.0 {
                best = (fit, index);
            }
        }
    }
    best
}

fn same_meaning(a: TitleWord, b: TitleWord, cross: bool) -> f32 {
    match (a.meaning(), b.meaning()) {
        (Meaning::Concept(a), Meaning::Concept(b)) if a == b => 0.9,
        (Meaning::Number(a), Meaning::Number(b)) if a == b => 1.0,
        (Meaning::Sound(x), Meaning::Sound(y)) => {
            let (x, y) = (PhoneticKey::from_bits(x), PhoneticKey::from_bits(y));
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
    /// Events, things and roles that the other title lacks.
    ideas_apart: u8,
}

impl Side {
    fn add(&mut self, unit: TitleWord, weight: f32, matched: bool) {
        self.weight += weight;
        self.plain += kind_weight(unit);
        self.words += 1;
        match unit.meaning() {
            Meaning::Number(_) => self.numbers += 1,
            Meaning::Concept(id) => {
                let kind = ConceptKind::of(id);
                self.places += u8::from(kind == ConceptKind::Place);
                let idea = matches!(kind, ConceptKind::Event | ConceptKind::Thing | ConceptKind::Role);
                self.ideas_apart += u8::from(idea && !matched);
            }
            Meaning::Sound(_) if unit.name() && !matched => self.names_apart += 1,
            _ => {}
        }
    }
}

/// Compares two items.
pub(super) fn compare(a: &Weighed<'_>, b: &Weighed<'_>) -> Similarity {
    let cross = a.fingerprint.language_group() != b.fingerprint.language_group();
    let mut similarity = Similarity { cross, ..Similarity::default() };
    let mut taken = [false; TITLE_UNITS];
    let mut partners = [None; TITLE_UNITS];
    let (mut of_a, mut of_b) = (Side::default(), Side::default());
    let (mut both, mut plain, mut copied) = (0.0_f32, 0.0_f32, 0.0_f32);
    let mut places_shared = 0_u8;
    for (index, unit) in a.words() {
        let best = best_match(unit, b, &taken, cross);
        let matched = best.0 > 0.0;
        // A source after one of the titles is not a difference.
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
        similarity.surprise += best.0 * a.surprise[index].min(b.surprise[best.1]);
        similarity.shared += 1;
        match unit.meaning() {
            Meaning::Number(_) => similarity.numbers_shared += 1,
            Meaning::Concept(id) => places_shared += u8::from(ConceptKind::of(id) == ConceptKind::Place),
            _ if unit.name() => similarity.names_shared += 1,
            _ => {}
        }
    }
    for (index, unit) in b.words() {
        if !unit.tail() || a.tails || taken[index] {
            of_b.add(unit, b.weights[index], taken[index]);
        }
    }
    let ratio = |part: f32, whole: f32| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
    similarity.overlap = ratio(both, of_a.weight.min(of_b.weight));
    similarity.jaccard = ratio(both, of_a.weight + of_b.weight - both);
    similarity.plain = ratio(plain, of_a.plain + of_b.plain - plain);
    similarity.copied = ratio(copied, of_a.plain + of_b.plain - copied);
    similarity.contained = ratio(copied, of_a.plain.min(of_b.plain));
    similarity.numbers_differ = of_a.numbers > similarity.numbers_shared && of_b.numbers > similarity.numbers_shared;
    similarity.names_apart = of_a.names_apart.min(of_b.names_apart);
    similarity.places_differ = of_a.places > 0 && of_b.places > 0 && places_shared == 0;
    similarity.places_replaced = of_a.places > places_shared && of_b.places > places_shared;
    similarity.ideas_replaced = of_a.ideas_apart.min(of_b.ideas_apart);
    similarity.names_replaced =
        similarity.names_apart > 0 && a.fingerprint.capitals_tell() && b.fingerprint.capitals_tell();
    substitutions(a, b, &partners, &taken, &mut similarity);
    similarity.count_changes = a.fingerprint.count_changes() || b.fingerprint.count_changes();
    similarity.shorter = of_a.words.min(of_b.words);
    similarity.longer = of_a.words.max(of_b.words);
    similarity.summary = if a.boilerplate || b.boilerplate { None } else { summaries(a.fingerprint, b.fingerprint) };
    let (of_a, of_b) = (a.fingerprint.stem_count(), b.fingerprint.stem_count());
    similarity.of_longer_summary =
        similarity.summary.unwrap_or_default() * of_a.min(of_b) as f32 / of_a.max(of_b).max(1) as f32;
    similarity.summary_stems =
        u8::try_from(a.fingerprint.stem_count().min(b.fingerprint.stem_count())).unwrap_or(u8::MAX);
    let (stance, other) = (a.fingerprint.stance(), b.fingerprint.stance());
    similarity.denied = stance.has(Stance::UNDOES) != other.has(Stance::UNDOES);
    similarity.reacted = stance.has(Stance::REACTION) != other.has(Stance::REACTION);
    similarity.planned = stance.has(Stance::PLAN) != other.has(Stance::PLAN);
    similarity.sketch_shared = a.fingerprint.sketch().iter().any(|hash| b.fingerprint.sketch().contains(hash));
    tags(a.fingerprint, b.fingerprint, &mut similarity);
    let (of_a, of_b) = (a.fingerprint.title_units(), b.fingerprint.title_units());
    let titles_share = partners.iter().take(of_a).flatten().filter(|partner| **partner < of_b).count();
    similarity.leave_out_standing_text(a, b, titles_share);
    // Tags know more names of places than the dictionary does.
    similarity.places_differ =
        if similarity.tags_apart { true } else { similarity.places_differ && similarity.tags_shared == 0 };
    similarity
}

/// Titles that have less in common are no edits of each other, and are not aligned.
const ALIGNED: f32 = 0.3;

/// Compares the wording of two titles of one alphabet.
pub(super) fn edit_of(a: &Weighed<'_>, b: &Weighed<'_>, similarity: &Similarity) -> Edit {
    if similarity.cross || (similarity.copied < ALIGNED && similarity.summary.is_none()) {
        return Edit { turned: true, ..Edit::default() };
    }
    let names_tell = |fingerprint: &Fingerprint| fingerprint.capitals_tell() && fingerprint.has_capitals();
    let names_tell = names_tell(a.fingerprint) && names_tell(b.fingerprint);
    wording::edit(&a.fingerprint.wording(), &b.fingerprint.wording(), names_tell)
}

/// Looks for runs of words, one in each title, between the same shared words: a template filled in twice.
fn substitutions(
    a: &Weighed<'_>,
    b: &Weighed<'_>,
    partners: &[Option<usize>; TITLE_UNITS],
    taken: &[bool; TITLE_UNITS],
    similarity: &mut Similarity,
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
            let named = has_name(run, !similarity.cross && a.fingerprint.capitals_tell())
                && has_name(other, !similarity.cross && b.fingerprint.capitals_tell())
                && run.iter().any(|unit| unit.acronym()) == other.iter().any(|unit| unit.acronym());
            similarity.name_substituted |= named;
            if (named || numbered) && run.len() <= 2 && other.len() <= 2 {
                explained += run.len() + other.len();
            }
        }
        start = end;
    }
    let unmatched =
        partners.iter().take(a.len).filter(|p| p.is_none()).count() + taken.iter().take(b.len).filter(|t| !**t).count();
    similarity.template = explained > 0 && unmatched == explained;
}

fn is_number(unit: TitleWord) -> bool {
    matches!(unit.meaning(), Meaning::Number(_))
}

/// Returns whether one of the words is a place of the dictionary, or a name if names are recognisable: within one
/// alphabet that has capitals.
fn has_name(run: &[TitleWord], names_tell: bool) -> bool {
    run.iter().any(|unit| match unit.meaning() {
        Meaning::Concept(id) => ConceptKind::of(id) == ConceptKind::Place,
        Meaning::Number(_) => false,
        Meaning::Sound(_) | Meaning::None => names_tell && unit.name() && !unit.tail(),
    })
}

fn tags(a: &Fingerprint, b: &Fingerprint, similarity: &mut Similarity) {
    let shared = a.tags().iter().filter(|tag| b.tags().contains(tag)).count();
    similarity.tags_shared = u8::try_from(shared).unwrap_or(u8::MAX);
    similarity.tags_known = !a.tags().is_empty() && !b.tags().is_empty();
    similarity.tags_apart = shared == 0 && similarity.tags_known;
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
