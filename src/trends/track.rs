//! Tracks: what each tag and each pair of actors had on each day, outlet by outlet.

use std::collections::HashMap;

use super::burst::{CAP, Cell};
use super::compound::{Copying, weight};
use super::history::Row;
use super::novelty::Novelty;
use super::options::Options;
use super::series::Ordered;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// A tag, by its number in the history.
    Tag(u32),
    /// Two tags on one item, the lesser word first.
    Pair(u32, u32),
}

/// The subjects with their cells.
pub(crate) struct Tracks {
    pub(crate) subjects: Vec<Subject>,
    pub(crate) cells: Vec<Vec<Cell>>,
    pub(crate) numbers: HashMap<Subject, usize>,
    /// Whether the tag is an actor's.
    actors: Vec<bool>,
    pub(crate) copying: Copying,
    /// The weight of every row's text; see [`weight`].
    weights: Vec<u32>,
}

impl Tracks {
    /// Counts every tag, and every pair of actors that stand on one item. Copies do not count.
    pub(crate) fn new(ordered: &Ordered<'_>, novelty: &Novelty, options: &Options) -> Tracks {
        let history = ordered.history;
        let actors: Vec<bool> = (0..history.tag_words.len() as u32)
            .map(|tag| options.actors.iter().any(|actor| actor == history.tag_words.word(tag)))
            .collect();
        let mut tracks = Tracks {
            subjects: Vec::new(),
            cells: Vec::new(),
            numbers: HashMap::new(),
            actors,
            copying: Copying::new(&[]),
            weights: vec![1; history.rows.len()],
        };
        let mut subjects = Vec::new();
        let mut by_weight = Vec::new();
        for day in 0..ordered.calendar.len() {
            for &number in ordered.of_day(day) {
                if ordered.copies[number as usize] {
                    continue;
                }
                let row = &history.rows[number as usize];
                tracks.subjects_of(ordered, row, &mut subjects);
                let weight = weight(ordered.carriers[number as usize], novelty.grades[number as usize]);
                tracks.weights[number as usize] = weight;
                by_weight.resize(by_weight.len().max(weight as usize), 0);
                by_weight[weight as usize - 1] += 1;
                for &subject in &subjects {
                    tracks.add(subject, day as u32, row.outlet, weight);
                }
            }
        }
        tracks.copying = Copying::new(&by_weight);
        tracks
    }

    /// The weight of a row's text.
    pub(crate) fn weight(&self, row: u32) -> u32 {
        self.weights.get(row as usize).copied().unwrap_or(1)
    }

    /// What a subject is called, for an order that does not depend on the order of ingest.
    pub(crate) fn words(&self, ordered: &Ordered<'_>, subject: usize) -> (String, String) {
        let word = |tag| ordered.history.tag_words.word(tag).to_owned();
        match self.subjects[subject] {
            Subject::Tag(tag) => (word(tag), String::new()),
            Subject::Pair(a, b) => (word(a), word(b)),
        }
    }

    /// The subjects of an item.
    pub(crate) fn subjects_of(&self, ordered: &Ordered<'_>, row: &Row, out: &mut Vec<Subject>) {
        out.clear();
        let tags = ordered.history.tags(row);
        out.extend(tags.iter().map(|&tag| Subject::Tag(tag)));
        for &a in tags.iter().filter(|&&tag| self.actors[tag as usize]) {
            for &b in tags.iter().filter(|&&tag| self.actors[tag as usize]) {
                if ordered.history.tag_words.word(a) < ordered.history.tag_words.word(b) {
                    out.push(Subject::Pair(a, b));
                }
            }
        }
    }

    fn add(&mut self, subject: Subject, day: u32, outlet: u32, weight: u32) {
        let next = self.subjects.len();
        let place = *self.numbers.entry(subject).or_insert(next);
        if place == next {
            self.subjects.push(subject);
            self.cells.push(Vec::new());
        }
        let cells = &mut self.cells[place];
        // Cells of the current day are at the end; an outlet has one of them.
        match cells.iter_mut().rev().take_while(|cell| cell.day == day).find(|cell| cell.outlet == outlet) {
            Some(cell) if cell.texts < CAP => {
                cell.texts += 1;
                cell.weight += weight;
            }
            Some(_) => {}
            None => cells.push(Cell { day, outlet, texts: 1, weight }),
        }
    }
}
