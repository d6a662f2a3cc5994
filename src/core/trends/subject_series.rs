//! The series of every subject: the texts about each tag, each pair of actors and each of their themes, by day and
//! outlet.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::baseline::Cell;
use super::burst::{CAP, Family};
use super::history::Row;
use super::novelty::Novelty;
use super::options::Options;
use super::outlet_activity::Outlets;
use super::series::Ordered;
use super::story_weights::{Copying, Marks, Surprisal};
use crate::model::{Namespace, Tag};

/// Namespaces of themes. A pair together with a theme is rarer than either, and can reveal an event if both alone are
/// in the news every day.
const THEME_NAMESPACES: [Namespace; 3] = [Namespace::Topic, Namespace::Project, Namespace::Organisation];
/// An item with more themes or actors is a round-up of the day and says nothing about any two of them.
const THEMES_MAX: usize = 4;
const ACTORS_MAX: usize = 5;

/// What a series counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// A tag, by its number in the history.
    Tag(u32),
    /// Two actors on one item, in alphabetical order.
    Pair(u32, u32),
    /// An actor and a theme on one item.
    Theme(u32, u32),
    /// Two actors, in alphabetical order, and a theme on one item.
    PairTheme(u32, u32, u32),
    /// Two actors, in alphabetical order, and the class of their interaction.
    PairEvent(u32, u32, u32),
}

impl Subject {
    /// Returns its tags, the theme last.
    pub(crate) fn tags(self) -> impl Iterator<Item = u32> {
        let (tags, count) = match self {
            Subject::Tag(tag) => ([tag, 0, 0], 1),
            Subject::Pair(a, b) | Subject::Theme(a, b) => ([a, b, 0], 2),
            Subject::PairTheme(a, b, theme) | Subject::PairEvent(a, b, theme) => ([a, b, theme], 3),
        };
        tags.into_iter().take(count)
    }

    /// Returns the two actors, if it has two.
    pub(crate) fn pair(self) -> Option<(u32, u32)> {
        match self {
            Subject::Pair(a, b) | Subject::PairTheme(a, b, _) | Subject::PairEvent(a, b, _) => Some((a, b)),
            Subject::Tag(_) | Subject::Theme(..) => None,
        }
    }
}

/// The role of a tag in a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Actor,
    Theme,
    Other,
}

/// All subjects with their daily counts.
pub(crate) struct SubjectSeries {
    pub(crate) subjects: Vec<Subject>,
    /// Texts that are not copies, by day and outlet.
    pub(crate) cells: Vec<Vec<Cell>>,
    /// The same, with each story counted once a day, for the outlet that was first: bursts are counted in these.
    pub(crate) units: Vec<Vec<Cell>>,
    pub(crate) numbers: HashMap<Subject, usize>,
    roles: Vec<Role>,
    /// The tag of every actor that has a relation, if any item has that tag.
    actors: Vec<Option<u32>>,
    /// Whether each tag is in scope.
    in_scope: Vec<bool>,
    /// The alphabetical rank of every tag.
    ranks: Vec<u32>,
    pub(crate) copying: Copying,
    /// The weight of every row's story; see [`Surprisal`].
    weights: Vec<u32>,
}

/// The marks of the stories of every day.
struct StoryDays {
    /// For every row that is not a copy: the marks of its story on that day, whether it is the story's first text of
    /// the day, and the number of the story's texts.
    rows: Vec<(Marks, bool, u32)>,
    surprisal: Surprisal,
}

impl StoryDays {
    fn of(ordered: &Ordered<'_>, novelty: &Novelty) -> StoryDays {
        #[derive(Default)]
        struct StoryDay {
            outlets: BTreeSet<u32>,
            marks: Marks,
            texts: u32,
            first: u32,
        }
        let history = ordered.history;
        let mut days =
            StoryDays { rows: vec![(Marks::default(), false, 0); history.rows.len()], surprisal: Surprisal::default() };
        for day in 0..ordered.calendar.len() {
            let mut stories: HashMap<Result<i64, u32>, StoryDay> = HashMap::new();
            for &number in ordered.of_day(day) {
                let row = &history.rows[number as usize];
                let own = !ordered.copies[number as usize];
                if !own && row.story.is_none() {
                    continue;
                }
                let story = stories.entry(row.story.ok_or(number)).or_default();
                story.outlets.insert(row.outlet);
                if own {
                    if story.texts == 0 {
                        story.first = number;
                    }
                    story.texts += 1;
                    let marks = &mut story.marks;
                    marks.carriers = marks.carriers.max(ordered.carriers[number as usize]);
                    marks.words = marks.words.max(novelty.words[number as usize]);
                    marks.versions = marks.versions.max(novelty.versions[number as usize]);
                }
            }
            for story in stories.values_mut().filter(|story| story.texts > 0) {
                story.marks.carriers = story.marks.carriers.max(story.outlets.len() as u32);
                days.surprisal.count(story.marks);
            }
            for &number in ordered.of_day(day).iter().filter(|&&number| !ordered.copies[number as usize]) {
                if let Some(story) = stories.get(&history.rows[number as usize].story.ok_or(number)) {
                    days.rows[number as usize] = (story.marks, story.first == number, story.texts);
                }
            }
        }
        days
    }
}

impl SubjectSeries {
    /// Counts every tag, every pair of actors on one item, and their themes. Copies do not count.
    pub(crate) fn new(ordered: &Ordered<'_>, novelty: &Novelty, outlets: &Outlets, options: &Options) -> SubjectSeries {
        let history = ordered.history;
        let word = |tag: u32| history.tag_words.word(tag);
        let tags = history.tag_words.len() as u32;
        let role = |tag: u32| match word(tag) {
            actor if options.actors.iter().any(|known| known == actor) => Role::Actor,
            quiet if options.quiet_tags.iter().any(|known| known == quiet) => Role::Other,
            theme if Namespace::of(theme).is_some_and(|namespace| THEME_NAMESPACES.contains(&namespace)) => Role::Theme,
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
                .map(|actor| history.tag_words.number(&Tag::place(history.actor_words.word(actor))))
                .collect(),
            in_scope: (0..tags)
                .map(|tag| options.scope_tags.is_empty() || options.scope_tags.iter().any(|known| known == word(tag)))
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
        let mut seen: HashSet<(i64, usize)> = HashSet::new();
        for &number in ordered.of_day(day).iter().filter(|&&number| !ordered.copies[number as usize]) {
            let row = &history.rows[number as usize];
            self.subjects_of(ordered, row, &mut subjects);
            let (marked, first, texts) = marks.rows[number as usize];
            let weight = marks.surprisal.weight(marked);
            self.weights[number as usize] = weight;
            if first && !subjects.is_empty() {
                for (counts, counted) in by_weight.iter_mut().zip([true, marked.versions > 0]) {
                    counts.resize(counts.len().max(weight as usize), 0);
                    counts[weight as usize - 1] += u64::from(counted);
                }
            }
            let counts = outlets.counts(row.outlet, day);
            let several = row.story.filter(|_| texts > 1);
            for &subject in &subjects {
                let place = self.place(subject);
                add(&mut self.cells[place], day as u32, row.outlet, weight);
                // A text of an outlet without a past must not represent the story if another outlet reports it too.
                if several.is_none_or(|story| counts && seen.insert((story, place))) {
                    add(&mut self.units[place], day as u32, row.outlet, weight);
                }
            }
        }
    }

    /// Returns the weight of a row's text.
    pub(crate) fn weight(&self, row: u32) -> u32 {
        self.weights.get(row as usize).copied().unwrap_or(1)
    }

    /// Returns the family of every subject.
    pub(crate) fn families(&self, ordered: &Ordered<'_>) -> Vec<Family> {
        let of = |subject: &Subject| match *subject {
            Subject::Tag(tag) if Namespace::of(ordered.history.tag_words.word(tag)) != Some(Namespace::Place) => {
                Family::Tags
            }
            Subject::Tag(_) | Subject::Pair(..) => Family::Places,
            Subject::Theme(..) | Subject::PairTheme(..) | Subject::PairEvent(..) => Family::Themes,
        };
        self.subjects.iter().map(of).collect()
    }

    /// Returns the tags of a subject, for an order that does not depend on the order of ingestion.
    pub(crate) fn words(&self, ordered: &Ordered<'_>, subject: usize) -> Vec<Tag> {
        self.subjects[subject].tags().map(|tag| ordered.history.tag_words.word(tag).into()).collect()
    }

    /// Collects the subjects of an item into `out`; none if it is out of scope.
    pub(crate) fn subjects_of(&self, ordered: &Ordered<'_>, row: &Row, out: &mut Vec<Subject>) {
        out.clear();
        let tags = ordered.history.tags(row);
        if !tags.iter().any(|&tag| self.in_scope[tag as usize]) {
            return;
        }
        out.extend(tags.iter().map(|&tag| Subject::Tag(tag)));
        let of = |role: Role| tags.iter().copied().filter(move |&tag| self.roles[tag as usize] == role);
        let (actors, themes) = (of(Role::Actor).count(), of(Role::Theme).count());
        let is_specific = actors <= ACTORS_MAX && themes <= THEMES_MAX;
        for a in of(Role::Actor) {
            if is_specific {
                out.extend(of(Role::Theme).map(|theme| Subject::Theme(a, theme)));
            }
            for b in of(Role::Actor).filter(|&b| self.ranks[a as usize] < self.ranks[b as usize]) {
                out.push(Subject::Pair(a, b));
                if is_specific {
                    out.extend(of(Role::Theme).map(|theme| Subject::PairTheme(a, b, theme)));
                }
            }
        }
        for tone in ordered.history.tones(row) {
            let actor = |word: u32| self.actors.get(word as usize).copied().flatten();
            if let (Some(a), Some(b), Some(class)) = (actor(tone.a), actor(tone.b), tone.class)
                && a != b
            {
                let event = if self.ranks[a as usize] < self.ranks[b as usize] {
                    Subject::PairEvent(a, b, class)
                } else {
                    Subject::PairEvent(b, a, class)
                };
                if !out.contains(&event) {
                    out.push(event);
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

/// Counts a text for its day and outlet. Cells of the current day are at the end, one for each outlet.
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
