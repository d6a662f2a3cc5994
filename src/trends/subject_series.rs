//! SubjectSeries: what each tag, each pair of actors and each matter of theirs had on each day, outlet by outlet.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::baseline::Cell;
use super::burst::{CAP, Family};
use super::history::Row;
use super::novelty::Novelty;
use super::options::Options;
use super::outlet_activity::Outlets;
use super::series::Ordered;
use super::story_weights::{Copying, Marks, Surprisal};

/// Namespaces of what two actors, or one, can have to do with: a pair and its matter together are rarer than either and tell an event
/// where both alone are in the news every day.
const MATTERS: [&str; 3] = ["topic:", "project:", "org:"];
/// An item with more matters or actors than this is a round-up of the day and tells nothing of any two of them.
const MATTERS_MAX: usize = 4;
const ACTORS_MAX: usize = 5;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// A tag, by its number in the history.
    Tag(u32),
    /// Two tags on one item, the lesser word first.
    Pair(u32, u32),
    /// An actor and a matter on one item.
    Theme(u32, u32),
    /// Two actors, the lesser word first, and a matter on one item.
    PairMatter(u32, u32, u32),
    /// Two actors, the lesser word first, and the class of what passed between them.
    PairEvent(u32, u32, u32),
}

impl Subject {
    /// Its tags, the matter last.
    pub(crate) fn tags(self) -> impl Iterator<Item = u32> {
        let (tags, count) = match self {
            Subject::Tag(tag) => ([tag, 0, 0], 1),
            Subject::Pair(a, b) | Subject::Theme(a, b) => ([a, b, 0], 2),
            Subject::PairMatter(a, b, matter) | Subject::PairEvent(a, b, matter) => ([a, b, matter], 3),
        };
        tags.into_iter().take(count)
    }

    /// The two actors, where it has two.
    pub(crate) fn pair(self) -> Option<(u32, u32)> {
        match self {
            Subject::Pair(a, b) | Subject::PairMatter(a, b, _) | Subject::PairEvent(a, b, _) => Some((a, b)),
            Subject::Tag(_) | Subject::Theme(..) => None,
        }
    }
}

/// What a tag can be in a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Actor,
    Theme,
    Other,
}

/// The subjects with their cells.
pub(crate) struct SubjectSeries {
    pub(crate) subjects: Vec<Subject>,
    /// Every text of its own, by day and outlet.
    pub(crate) cells: Vec<Vec<Cell>>,
    /// The same with each story counted once a day, for the outlet that came first: what a burst is counted in.
    pub(crate) units: Vec<Vec<Cell>>,
    pub(crate) numbers: HashMap<Subject, usize>,
    roles: Vec<Role>,
    /// The tag of every actor of the relations, where an item bears it.
    actors: Vec<Option<u32>>,
    /// Whether the tag is one of the beat.
    beat: Vec<bool>,
    /// The place of every tag in the order of the words.
    ranks: Vec<u32>,
    pub(crate) copying: Copying,
    /// The weight of every row's story; see [`Surprisal`].
    weights: Vec<u32>,
}

/// How the stories of every day are told.
struct StoryDays {
    /// For every text of its own the marks of its story on that day, whether it is the story's first text of the day, and how many there are.
    rows: Vec<(Marks, bool, u32)>,
    surprisal: Surprisal,
}

impl StoryDays {
    fn of(ordered: &Ordered<'_>, novelty: &Novelty) -> StoryDays {
        #[derive(Default)]
        struct Telling {
            outlets: BTreeSet<u32>,
            marks: Marks,
            texts: u32,
            first: u32,
        }
        let history = ordered.history;
        let mut told =
            StoryDays { rows: vec![(Marks::default(), false, 0); history.rows.len()], surprisal: Surprisal::default() };
        for day in 0..ordered.calendar.len() {
            let mut tellings: HashMap<Result<i64, u32>, Telling> = HashMap::new();
            for &number in ordered.of_day(day) {
                let row = &history.rows[number as usize];
                let own = !ordered.copies[number as usize];
                if !own && row.story.is_none() {
                    continue;
                }
                let telling = tellings.entry(row.story.ok_or(number)).or_default();
                telling.outlets.insert(row.outlet);
                if own {
                    if telling.texts == 0 {
                        telling.first = number;
                    }
                    telling.texts += 1;
                    let marks = &mut telling.marks;
                    marks.carriers = marks.carriers.max(ordered.carriers[number as usize]);
                    marks.words = marks.words.max(novelty.words[number as usize]);
                    marks.tellings = marks.tellings.max(novelty.tellings[number as usize]);
                }
            }
            for telling in tellings.values_mut().filter(|telling| telling.texts > 0) {
                telling.marks.carriers = telling.marks.carriers.max(telling.outlets.len() as u32);
                told.surprisal.count(telling.marks);
            }
            for &number in ordered.of_day(day).iter().filter(|&&number| !ordered.copies[number as usize]) {
                if let Some(telling) = tellings.get(&history.rows[number as usize].story.ok_or(number)) {
                    told.rows[number as usize] = (telling.marks, telling.first == number, telling.texts);
                }
            }
        }
        told
    }
}

impl SubjectSeries {
    /// Counts every tag, every pair of actors that stand on one item, and their matters. Copies do not count.
    pub(crate) fn new(ordered: &Ordered<'_>, novelty: &Novelty, outlets: &Outlets, options: &Options) -> SubjectSeries {
        let history = ordered.history;
        let word = |tag: u32| history.tag_words.word(tag);
        let tags = history.tag_words.len() as u32;
        let role = |tag: u32| match word(tag) {
            actor if options.actors.iter().any(|known| known == actor) => Role::Actor,
            quiet if options.quiet_tags.iter().any(|known| known == quiet) => Role::Other,
            matter if MATTERS.iter().any(|space| matter.starts_with(space)) => Role::Theme,
            _ => Role::Other,
        };
        let mut sorted: Vec<u32> = (0..tags).collect();
        sorted.sort_by_key(|&tag| word(tag));
        let mut ranks = vec![0; sorted.len()];
        for (rank, &tag) in sorted.iter().enumerate() {
            ranks[tag as usize] = rank as u32;
        }
        let mut subject_series = SubjectSeries {
            subjects: Vec::new(),
            cells: Vec::new(),
            units: Vec::new(),
            numbers: HashMap::new(),
            roles: (0..tags).map(role).collect(),
            actors: (0..history.actor_words.len() as u32)
                .map(|actor| history.tag_words.number(&format!("place:{}", history.actor_words.word(actor))))
                .collect(),
            beat: (0..tags)
                .map(|tag| options.beat.is_empty() || options.beat.iter().any(|known| known == word(tag)))
                .collect(),
            ranks,
            copying: Copying::new(&[], &[]),
            weights: vec![1; history.rows.len()],
        };
        let marks = StoryDays::of(ordered, novelty);
        let mut by_weight: [Vec<u64>; 2] = Default::default();
        for day in 0..ordered.calendar.len() {
            subject_series.count_day(ordered, outlets, &marks, day, &mut by_weight);
        }
        subject_series.copying = Copying::new(&by_weight[0], &by_weight[1]);
        subject_series
    }

    fn count_day(
        &mut self,
        ordered: &Ordered<'_>,
        outlets: &Outlets,
        marks: &StoryDays,
        day: usize,
        by_weight: &mut [Vec<u64>; 2],
    ) {
        let history = ordered.history;
        let mut subjects = Vec::new();
        let mut told: HashSet<(i64, usize)> = HashSet::new();
        for &number in ordered.of_day(day).iter().filter(|&&number| !ordered.copies[number as usize]) {
            let row = &history.rows[number as usize];
            self.subjects_of(ordered, row, &mut subjects);
            let (marked, first, texts) = marks.rows[number as usize];
            let weight = marks.surprisal.weight(marked);
            self.weights[number as usize] = weight;
            if first && !subjects.is_empty() {
                for (counts, counted) in by_weight.iter_mut().zip([true, marked.tellings > 0]) {
                    counts.resize(counts.len().max(weight as usize), 0);
                    counts[weight as usize - 1] += u64::from(counted);
                }
            }
            let counts = outlets.counts(row.outlet, day);
            let several = row.story.filter(|_| texts > 1);
            for &subject in &subjects {
                let place = self.place(subject);
                add(&mut self.cells[place], day as u32, row.outlet, weight);
                // An outlet without a past would hide a story that another one tells as well.
                if several.is_none_or(|story| counts && told.insert((story, place))) {
                    add(&mut self.units[place], day as u32, row.outlet, weight);
                }
            }
        }
    }

    /// The weight of a row's text.
    pub(crate) fn weight(&self, row: u32) -> u32 {
        self.weights.get(row as usize).copied().unwrap_or(1)
    }

    /// The kind of every subject.
    pub(crate) fn families(&self, ordered: &Ordered<'_>) -> Vec<Family> {
        let of = |subject: &Subject| match *subject {
            Subject::Tag(tag) if !ordered.history.tag_words.word(tag).starts_with("place:") => Family::Tags,
            Subject::Tag(_) | Subject::Pair(..) => Family::Places,
            Subject::Theme(..) | Subject::PairMatter(..) | Subject::PairEvent(..) => Family::Matters,
        };
        self.subjects.iter().map(of).collect()
    }

    /// What a subject is called, for an order that does not depend on the order of ingest.
    pub(crate) fn words(&self, ordered: &Ordered<'_>, subject: usize) -> Vec<String> {
        self.subjects[subject].tags().map(|tag| ordered.history.tag_words.word(tag).to_owned()).collect()
    }

    /// The subjects of an item; none where it is off the beat.
    pub(crate) fn subjects_of(&self, ordered: &Ordered<'_>, row: &Row, out: &mut Vec<Subject>) {
        out.clear();
        let tags = ordered.history.tags(row);
        if !tags.iter().any(|&tag| self.beat[tag as usize]) {
            return;
        }
        out.extend(tags.iter().map(|&tag| Subject::Tag(tag)));
        let of = |role: Role| tags.iter().copied().filter(move |&tag| self.roles[tag as usize] == role);
        let (actors, matters) = (of(Role::Actor).count(), of(Role::Theme).count());
        let tells = actors <= ACTORS_MAX && matters <= MATTERS_MAX;
        for a in of(Role::Actor) {
            if tells {
                out.extend(of(Role::Theme).map(|matter| Subject::Theme(a, matter)));
            }
            for b in of(Role::Actor).filter(|&b| self.ranks[a as usize] < self.ranks[b as usize]) {
                out.push(Subject::Pair(a, b));
                if tells {
                    out.extend(of(Role::Theme).map(|matter| Subject::PairMatter(a, b, matter)));
                }
            }
        }
        for tone in ordered.history.tones(row) {
            let actor = |word: u32| self.actors.get(word as usize).copied().flatten();
            if let (Some(a), Some(b), Some(class)) = (actor(tone.a), actor(tone.b), tone.class)
                && a != b
            {
                let deed = if self.ranks[a as usize] < self.ranks[b as usize] {
                    Subject::PairEvent(a, b, class)
                } else {
                    Subject::PairEvent(b, a, class)
                };
                if !out.contains(&deed) {
                    out.push(deed);
                }
            }
        }
    }

    fn place(&mut self, subject: Subject) -> usize {
        let next = self.subjects.len();
        let place = *self.numbers.entry(subject).or_insert(next);
        if place == next {
            self.subjects.push(subject);
            self.cells.push(Vec::new());
            self.units.push(Vec::new());
        }
        place
    }
}

/// Counts a text for its day and outlet. Cells of the current day are at the end; an outlet has one of them.
fn add(cells: &mut Vec<Cell>, day: u32, outlet: u32, weight: u32) {
    match cells.iter_mut().rev().take_while(|cell| cell.day == day).find(|cell| cell.outlet == outlet) {
        Some(cell) if cell.texts < CAP => {
            cell.texts += 1;
            cell.weight += weight;
        }
        Some(_) => {}
        None => cells.push(Cell { day, outlet, texts: 1, weight }),
    }
}
