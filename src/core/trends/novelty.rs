//! New words: words that no title of recent weeks had and several outlets use now.
//!
//! Most of what a day brings could have been written the week before. A text with a new word that several outlets share
//! is worth more than one without. How much more, the data decide: the weights of all texts make the null model that a
//! burst is compared with.

use std::sync::{Mutex, PoisonError};

use super::series::Ordered;
use crate::parallel::{of_each, of_parts};

/// Days for which a new word must not have been seen.
const UNSEEN_DAYS: u32 = 60;
/// Days of monitoring before any word can be called new. Until monitoring is [`UNSEEN_DAYS`] old, a new word must not
/// return later either, if the history reaches that far: in the beginning every word is unseen.
const WATCHED_DAYS: u32 = 7;
/// A word that returns within this range of days after its first appearance is an ordinary one.
const RETURN_FROM_DAYS: u32 = 21;
const RETURN_UNTIL_DAYS: u32 = 81;
/// Other outlets must take the word up within this many days.
const TAKEN_UP_DAYS: u32 = 2;
/// Only this many letters of a word are compared, which is the stem of most words in all languages we read, so that
/// endings do not make words new.
const STEM_LETTERS: usize = 6;
/// Shorter words are ignored.
const WORD_LETTERS: usize = 4;

/// A word of a title. There are ten for each item of a long history, so they are kept small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    /// The hash of its stem, in two halves.
    stem: [u32; 2],
    /// The position of its row in chronological order.
    place: u32,
}

impl Use {
    fn stem(&self) -> u64 {
        u64::from(self.stem[0]) << 32 | u64::from(self.stem[1])
    }
}

/// Day, outlet and row of a use, by the position of its row.
struct Places<'a> {
    ordered: &'a Ordered<'a>,
    days: Vec<u32>,
    outlets: Vec<u32>,
}

impl Places<'_> {
    fn of<'a>(ordered: &'a Ordered<'a>) -> Places<'a> {
        let mut places = Places { ordered, days: Vec::new(), outlets: Vec::new() };
        for day in 0..ordered.calendar.len() {
            for &row in ordered.of_day(day) {
                places.days.push(day as u32);
                places.outlets.push(ordered.history.rows[row as usize].outlet);
            }
        }
        places
    }

    fn day(&self, using: &Use) -> u32 {
        self.days[using.place as usize]
    }

    fn outlet(&self, using: &Use) -> u32 {
        self.outlets[using.place as usize]
    }

    fn row(&self, using: &Use) -> u32 {
        self.ordered.rows[using.place as usize]
    }
}

/// The first appearance of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Birth {
    pub(crate) stem: u64,
    pub(crate) day: u32,
    /// Rows with the word in its first fortnight, in chronological order.
    pub(crate) rows: Vec<u32>,
}

/// Days after its first appearance for which the rows with a word are collected.
const FIRST_DAYS: u32 = 14;

/// What is new in the titles of a history.
#[derive(Default)]
pub(crate) struct Novelty {
    /// For every row: 0 for no new word; 1 for a new word in two outlets, if only in copies; 2 for one in two outlets'
    /// own texts.
    pub(crate) words: Vec<u8>,
    /// For every row: 0 for a story of one outlet; 1 if two outlets report it in original texts; 2 if three outlets
    /// or two languages do; 3 for both.
    pub(crate) versions: Vec<u8>,
    /// New words that two outlets used in original texts within days of each other.
    pub(crate) births: Vec<Birth>,
}

/// The number of buckets for the words, chosen by the first bits of their stems.
const BUCKETS: usize = 16;

/// Grades every row of the history by how new it is.
pub(crate) fn novelty(ordered: &Ordered<'_>) -> Novelty {
    let history = ordered.history;
    let days = ordered.calendar.len();
    let places = Places::of(ordered);
    let read: Vec<[Mutex<Vec<Use>>; BUCKETS]> = of_parts(days, 30, |days| {
        let mut buckets = [const { Vec::new() }; BUCKETS];
        let mut letters = Letters::new();
        for &row in days.flat_map(|day| ordered.of_day(day)) {
            let place = ordered.place[row as usize];
            stems(history.title(&history.rows[row as usize]), &mut letters, |stem| {
                let bucket = (stem >> (u64::BITS - BUCKETS.ilog2())) as usize;
                buckets[bucket].push(Use { stem: [(stem >> 32) as u32, stem as u32], place });
            });
        }
        buckets.map(Mutex::new)
    });
    let graded = of_each(BUCKETS, 1, |bucket| {
        // Each bucket is freed as soon as it has been copied.
        let taken = |part: &[Mutex<Vec<Use>>; BUCKETS]| {
            std::mem::take(&mut *part[bucket].lock().unwrap_or_else(PoisonError::into_inner))
        };
        let parts: Vec<Vec<Use>> = read.iter().map(taken).collect();
        let mut uses = Vec::with_capacity(parts.iter().map(Vec::len).sum());
        parts.into_iter().for_each(|part| uses.extend(part));
        uses.sort_unstable();
        let mut found = Graded::default();
        for word in uses.chunk_by(|a, b| a.stem == b.stem) {
            grade(word, &places, days as u32, &mut found);
        }
        found
    });
    let mut found =
        Novelty { words: vec![0; history.rows.len()], versions: vec![0; history.rows.len()], births: Vec::new() };
    for bucket in graded {
        for (row, grade) in bucket.words {
            let value = &mut found.words[row as usize];
            *value = (*value).max(grade);
        }
        found.births.extend(bucket.births);
    }
    grade_stories(ordered, &mut found.versions);
    found
}

/// What is new in the words of one bucket.
#[derive(Default)]
struct Graded {
    /// Rows with a new word, and the grade of each.
    words: Vec<(u32, u8)>,
    births: Vec<Birth>,
}

/// Grades stories: one that several outlets write up in original texts says more than one that is widely copied,
/// and more again if two languages report it. Whether an item opens a new story was decided at ingestion. A story that
/// goes on for weeks is graded once, in its first days.
fn grade_stories(ordered: &Ordered<'_>, grades: &mut [u8]) {
    let history = ordered.history;
    let mut items: Vec<(i64, u32, u32, u32)> = Vec::new();
    for day in 0..ordered.calendar.len() {
        for &row in ordered.of_day(day).iter().filter(|&&row| !ordered.copies[row as usize]) {
            let item = &history.rows[row as usize];
            if let Some(story) = item.story {
                items.push((story, day as u32, row, item.outlet));
            }
        }
    }
    items.sort_unstable();
    for story in items.chunk_by(|a, b| a.0 == b.0) {
        let first = story[0].1;
        let young: Vec<u32> =
            story.iter().take_while(|item| item.1 <= first + TAKEN_UP_DAYS).map(|item| item.2).collect();
        let different = |value: &dyn Fn(u32) -> u32| {
            let mut values: Vec<u32> = young.iter().map(|&row| value(row)).collect();
            values.sort_unstable();
            values.dedup();
            values.len()
        };
        let newsrooms = different(&|row| history.rows[row as usize].outlet);
        let languages = different(&|row| history.rows[row as usize].language);
        if newsrooms >= 2 {
            for &row in &young {
                grades[row as usize] = 1 + u8::from(newsrooms >= 3) + u8::from(languages >= 2);
            }
        }
    }
}

fn grade(word: &[Use], places: &Places<'_>, days: u32, found: &mut Graded) {
    let day = |using: &Use| places.day(using);
    let mut place = 0;
    while place < word.len() {
        let born = day(&word[place]);
        let unseen = place == 0 || day(&word[place - 1]) + UNSEEN_DAYS < born;
        let returns = || {
            word[place..].iter().any(|using| (born + RETURN_FROM_DAYS..born + RETURN_UNTIL_DAYS).contains(&day(using)))
        };
        let watched = born >= UNSEEN_DAYS || (born >= WATCHED_DAYS && !returns() && born + RETURN_UNTIL_DAYS <= days);
        if !unseen || !watched {
            // Continue with the next day that has the word.
            place += word[place..].iter().take_while(|using| day(using) == born).count();
            continue;
        }
        let young = word[place..].iter().take_while(|using| day(using) <= born + TAKEN_UP_DAYS).count();
        let now = &word[place..place + young];
        let first = places.outlet(&now[0]);
        let shared = now.iter().any(|using| places.outlet(using) != first);
        let is_own = |using: &&Use| !places.ordered.copies[places.row(using) as usize];
        let mut own = now.iter().filter(is_own).map(|using| places.outlet(using));
        let first_own = own.next();
        let own_shared = own.any(|outlet| Some(outlet) != first_own);
        let grade = if own_shared { 2 } else { u8::from(shared) };
        if grade > 0 {
            found.words.extend(now.iter().map(|using| (places.row(using), grade)));
        }
        if grade == 2 {
            // Uses are in chronological order, and so are their rows.
            let first_uses = word[place..].iter().take_while(|using| day(using) < born + FIRST_DAYS);
            let rows = first_uses.map(|using| places.row(using)).collect();
            found.births.push(Birth { stem: now[0].stem(), day: born, rows });
        }
        place += young;
    }
}

/// Character classes of the basic plane, looked up once each: the titles of a year hold a hundred million letters, but
/// few different ones.
pub(crate) struct Letters {
    kinds: Vec<u32>,
}

/// Not looked up yet; neither letter nor digit; a digit. Any other value is the lower-case letter itself.
const UNKNOWN: u32 = u32::MAX;
const BREAK: u32 = u32::MAX - 1;
const NUMBER: u32 = u32::MAX - 2;

impl Letters {
    pub(crate) fn new() -> Letters {
        Letters { kinds: vec![UNKNOWN; 0x1_0000] }
    }

    fn kind(&mut self, letter: char) -> u32 {
        let look_up = |letter: char| match letter {
            letter if letter.is_numeric() => NUMBER,
            letter if letter.is_alphabetic() => letter.to_lowercase().next().unwrap_or(letter) as u32,
            _ => BREAK,
        };
        match self.kinds.get_mut(letter as usize) {
            Some(kind) => {
                if *kind == UNKNOWN {
                    *kind = look_up(letter);
                }
                *kind
            }
            None => look_up(letter),
        }
    }
}

/// Calls `each` once for each different stem of the words of a text that are long enough and contain no digit. A stem
/// is the hash of a word's first letters in lower case.
pub(crate) fn stems(text: &str, letters: &mut Letters, mut each: impl FnMut(u64)) {
    let mut seen: [u64; 24] = [0; 24];
    let mut count = 0;
    let (mut stem, mut length, mut number) = (0u64, 0usize, false);
    for kind in text.chars().map(|letter| letters.kind(letter)).chain([BREAK]) {
        match kind {
            BREAK => {
                let long = length >= WORD_LETTERS && !number;
                if long && count < seen.len() && !seen[..count].contains(&stem) {
                    seen[count] = stem;
                    count += 1;
                    each(stem);
                }
                (stem, length, number) = (0, 0, false);
            }
            NUMBER => number = true,
            letter => {
                length += 1;
                if length <= STEM_LETTERS {
                    // One round of the finaliser of Steele, Lea and Flood (2014) for each letter.
                    stem = (stem ^ u64::from(letter))
                        .wrapping_add(0x9e37_79b9_7f4a_7c15)
                        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    stem ^= stem >> 31;
                }
            }
        }
    }
}

/// Returns the words of a text that are considered, with the hashes of their stems.
pub(crate) fn words<'a>(text: &'a str, letters: &mut Letters) -> Vec<(&'a str, u64)> {
    let mut found = Vec::new();
    for word in text.split(|letter: char| !letter.is_alphabetic() && !letter.is_numeric()) {
        stems(word, letters, |stem| found.push((word, stem)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_cut_to_their_stems() {
        let found = words("The G7 met in Երևանում — хартию о 4x4 партнёрстве", &mut Letters::new());
        let found: Vec<&str> = found.into_iter().map(|(word, _)| word).collect();
        assert_eq!(found, ["Երևանում", "хартию", "партнёрстве"]);
        let stem = |word: &str| words(word, &mut Letters::new())[0].1;
        assert_eq!(stem("ХАРТИЯМИ"), stem("хартия"));
        assert_eq!(stem("Corridors"), stem("CORRIDOR"));
        assert_ne!(stem("corridor"), stem("corner"));
    }
}
