//! New words: what no title of the last weeks had, and several newsrooms have now.
//!
//! Most of what a day brings could have been written the week before. A text with a word that is new and shared is worth more than one without;
//! how much more, the data themselves say, for the weights of all texts make the null that a burst is held against.

use xxhash_rust::xxh3::xxh3_64;

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

/// A word of a title, by the hash of its stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    stem: u64,
    day: u32,
    outlet: u32,
    row: u32,
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
    /// For every row its [`grade`].
    pub(crate) grades: Vec<u8>,
    /// Words that two newsrooms' own texts had within days of each other.
    pub(crate) births: Vec<Birth>,
}

/// For every row of the history 0 to 2: no new word; a new word that two newsrooms have, if only by copying; a new word in two newsrooms' own texts.
pub(crate) fn novelty(ordered: &Ordered<'_>) -> Novelty {
    let history = ordered.history;
    let mut uses: Vec<Use> = Vec::new();
    let mut folded = String::new();
    for day in 0..ordered.calendar.len() {
        for &row in ordered.of_day(day) {
            let outlet = history.rows[row as usize].outlet;
            stems(history.title(&history.rows[row as usize]), &mut folded, |stem| {
                uses.push(Use { stem, day: day as u32, outlet, row });
            });
        }
    }
    uses.sort_unstable();
    let mut found = Novelty { grades: vec![0u8; history.rows.len()], births: Vec::new() };
    let days = ordered.calendar.len() as u32;
    for word in uses.chunk_by(|a, b| a.stem == b.stem) {
        grade(word, ordered, days, &mut found);
    }
    found
}

fn grade(word: &[Use], ordered: &Ordered<'_>, days: u32, found: &mut Novelty) {
    let mut place = 0;
    while place < word.len() {
        let born = word[place].day;
        let unseen = place == 0 || word[place - 1].day + UNSEEN_DAYS < born;
        let watched = born >= UNSEEN_DAYS
            || (born >= WATCHED_DAYS && !comes_back(&word[place..], born) && born + BACK_UNTIL_DAYS <= days);
        if !unseen || !watched {
            // On to the next day on which it stands.
            place += word[place..].iter().take_while(|using| using.day == born).count();
            continue;
        }
        let young = word[place..].iter().take_while(|using| using.day <= born + TAKEN_UP_DAYS).count();
        let now = &word[place..place + young];
        let first = now[0].outlet;
        let shared = now.iter().any(|using| using.outlet != first);
        let mut own = now.iter().filter(|using| !ordered.copies[using.row as usize]).map(|using| using.outlet);
        let first_own = own.next();
        let grade = if own.any(|outlet| Some(outlet) != first_own) { 2 } else { u8::from(shared) };
        for using in now {
            let value = &mut found.grades[using.row as usize];
            *value = (*value).max(grade);
        }
        if grade == 2 {
            let mut rows: Vec<u32> =
                word[place..].iter().take_while(|using| using.day < born + YOUTH_DAYS).map(|using| using.row).collect();
            rows.sort_unstable_by_key(|&row| ordered.place[row as usize]);
            found.births.push(Birth { stem: now[0].stem, day: born, rows });
        }
        place += young;
    }
}

fn comes_back(later: &[Use], born: u32) -> bool {
    later.iter().any(|using| (born + BACK_FROM_DAYS..born + BACK_UNTIL_DAYS).contains(&using.day))
}

/// The stems of the words of a text that are long enough and no numbers, each once.
fn stems(text: &str, folded: &mut String, mut each: impl FnMut(u64)) {
    folded.clear();
    folded.extend(text.chars().flat_map(char::to_lowercase));
    let mut seen: [u64; 24] = [0; 24];
    let mut count = 0;
    for word in folded.split(|letter: char| !letter.is_alphanumeric()) {
        let mut letters = word.char_indices();
        if letters.by_ref().take(WORD_LETTERS).count() < WORD_LETTERS || word.chars().any(char::is_numeric) {
            continue;
        }
        let end = word.char_indices().nth(STEM_LETTERS).map_or(word.len(), |(at, _)| at);
        let stem = xxh3_64(word.get(..end).unwrap_or(word).as_bytes());
        if !seen[..count].contains(&stem) && count < seen.len() {
            seen[count] = stem;
            count += 1;
            each(stem);
        }
    }
}

/// The words of a text that are looked at, with the hash of their stems.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (&str, u64)> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter_map(|word| {
        let mut only = None;
        stems(word, &mut String::new(), |stem| only = Some(stem));
        only.map(|stem| (word, stem))
    })
}
