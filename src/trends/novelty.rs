//! New words: what no title of the last weeks had, and several newsrooms have now.
//!
//! Most of what a day brings could have been written the week before. A text with a word that is new and shared is worth more than one without;
//! how much more, the data themselves say, for the weights of all texts make the null that a burst is held against.

use std::sync::{Mutex, PoisonError};

use super::parallel::{of_each, of_parts};
use super::series::Ordered;

/// Days for which a word must not have been seen.
const UNSEEN_DAYS: u32 = 60;
/// Days of watching before anything can be called new. Until the watch is [`UNSEEN_DAYS`] old, a word must not come back later either,
/// where the history already knows: at the beginning every word is unseen.
const WATCHED_DAYS: u32 = 7;
/// Days after which a word that comes back is an ordinary one, and until when is looked.
const BACK_FROM_DAYS: u32 = 21;
const BACK_UNTIL_DAYS: u32 = 81;
/// Days within which others must take it up.
const TAKEN_UP_DAYS: u32 = 2;
/// Letters of a word that are compared: a stem of most words in every language at hand, so that endings do not make words new.
const STEM_LETTERS: usize = 6;
/// Shorter words are not looked at.
const WORD_LETTERS: usize = 4;

/// A word of a title. There are ten for each item of a long history: they are kept as short as they can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    /// The hash of its stem, in two halves.
    stem: [u32; 2],
    /// The place of its row in the order of time.
    place: u32,
}

impl Use {
    fn stem(&self) -> u64 {
        u64::from(self.stem[0]) << 32 | u64::from(self.stem[1])
    }
}

/// What is asked of a use, by the place of its row.
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

/// A word that was not there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Birth {
    pub(crate) stem: u64,
    pub(crate) day: u32,
    /// Who has it in its first fortnight, in the order of the history.
    pub(crate) rows: Vec<u32>,
}

/// Days of a word's youth.
const YOUTH_DAYS: u32 = 14;

/// What is new in the titles of a history.
#[derive(Default)]
pub(crate) struct Novelty {
    /// For every row 0 to 2: no new word; a new word that two newsrooms have, if only by copying; one in two newsrooms' own texts.
    pub(crate) words: Vec<u8>,
    /// For every row 0 to 3: a story of one newsroom; of two in texts of their own; of three or in two languages; both.
    pub(crate) tellings: Vec<u8>,
    /// Words that two newsrooms' own texts had within days of each other.
    pub(crate) births: Vec<Birth>,
}

/// Into how many heaps the words are sorted, by the first bits of their stems.
const HEAPS: usize = 16;

/// Grades every row of the history by what is new in it.
pub(crate) fn novelty(ordered: &Ordered<'_>) -> Novelty {
    let history = ordered.history;
    let days = ordered.calendar.len();
    let places = Places::of(ordered);
    let read: Vec<[Mutex<Vec<Use>>; HEAPS]> = of_parts(days, 30, |days| {
        let mut heaps = [const { Vec::new() }; HEAPS];
        let mut letters = Letters::new();
        for &row in days.flat_map(|day| ordered.of_day(day)) {
            let place = ordered.place[row as usize];
            stems(history.title(&history.rows[row as usize]), &mut letters, |stem| {
                let heap = (stem >> (u64::BITS - HEAPS.ilog2())) as usize;
                heaps[heap].push(Use { stem: [(stem >> 32) as u32, stem as u32], place });
            });
        }
        heaps.map(Mutex::new)
    });
    let graded = of_each(HEAPS, 1, |heap| {
        // What was read is let go of heap by heap.
        let taken = |part: &[Mutex<Vec<Use>>; HEAPS]| {
            std::mem::take(&mut *part[heap].lock().unwrap_or_else(PoisonError::into_inner))
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
        Novelty { words: vec![0; history.rows.len()], tellings: vec![0; history.rows.len()], births: Vec::new() };
    for heap in graded {
        for (row, grade) in heap.words {
            let value = &mut found.words[row as usize];
            *value = (*value).max(grade);
        }
        found.births.extend(heap.births);
    }
    grade_stories(ordered, &mut found.tellings);
    found
}

/// What is new in the words of one heap.
#[derive(Default)]
struct Graded {
    /// Rows with a new word, and its grade.
    words: Vec<(u32, u8)>,
    births: Vec<Birth>,
}

/// A story that several newsrooms write in texts of their own is more than one however widely copied, and more if two languages
/// tell it. Whether an item opens a new story was decided when it came; a story that goes on for weeks is graded once, in its first days.
fn grade_stories(ordered: &Ordered<'_>, grades: &mut [u8]) {
    let history = ordered.history;
    let mut tellings: Vec<(i64, u32, u32, u32)> = Vec::new();
    for day in 0..ordered.calendar.len() {
        for &row in ordered.of_day(day).iter().filter(|&&row| !ordered.copies[row as usize]) {
            let item = &history.rows[row as usize];
            if let Some(story) = item.story {
                tellings.push((story, day as u32, row, item.outlet));
            }
        }
    }
    tellings.sort_unstable();
    for story in tellings.chunk_by(|a, b| a.0 == b.0) {
        let first = story[0].1;
        let young: Vec<u32> =
            story.iter().take_while(|telling| telling.1 <= first + TAKEN_UP_DAYS).map(|telling| telling.2).collect();
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
        let comes_back =
            || word[place..].iter().any(|using| (born + BACK_FROM_DAYS..born + BACK_UNTIL_DAYS).contains(&day(using)));
        let watched = born >= UNSEEN_DAYS || (born >= WATCHED_DAYS && !comes_back() && born + BACK_UNTIL_DAYS <= days);
        if !unseen || !watched {
            // On to the next day on which it stands.
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
            // Uses stand in the order of time, and so do their rows.
            let youth = word[place..].iter().take_while(|using| day(using) < born + YOUTH_DAYS);
            let rows = youth.map(|using| places.row(using)).collect();
            found.births.push(Birth { stem: now[0].stem(), day: born, rows });
        }
        place += young;
    }
}

/// What each letter of the basic plane is, asked of Unicode once: titles of a year hold a hundred million letters and few different ones.
pub(crate) struct Letters {
    kinds: Vec<u32>,
}

/// Not asked yet; no letter or digit; a number. Anything else is the lower-case letter itself.
const UNKNOWN: u32 = u32::MAX;
const BREAK: u32 = u32::MAX - 1;
const NUMBER: u32 = u32::MAX - 2;

impl Letters {
    pub(crate) fn new() -> Letters {
        Letters { kinds: vec![UNKNOWN; 0x1_0000] }
    }

    fn kind(&mut self, letter: char) -> u32 {
        let ask = |letter: char| match letter {
            letter if letter.is_numeric() => NUMBER,
            letter if letter.is_alphabetic() => letter.to_lowercase().next().unwrap_or(letter) as u32,
            _ => BREAK,
        };
        match self.kinds.get_mut(letter as usize) {
            Some(kind) => {
                if *kind == UNKNOWN {
                    *kind = ask(letter);
                }
                *kind
            }
            None => ask(letter),
        }
    }
}

/// The stems of the words of a text that are long enough and hold no number, each once: the hash of their first letters in lower case.
fn stems(text: &str, letters: &mut Letters, mut each: impl FnMut(u64)) {
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
                    // Steele, Lea and Flood's (2014) finaliser of one multiplication a letter.
                    stem = (stem ^ u64::from(letter))
                        .wrapping_add(0x9e37_79b9_7f4a_7c15)
                        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    stem ^= stem >> 31;
                }
            }
        }
    }
}

/// The words of a text that are looked at, with the hash of their stems.
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
