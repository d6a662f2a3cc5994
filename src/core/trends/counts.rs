//! Counts by hour, day, week or month: of tags, pairs of places, outlets, blocs and stories.
//!
//! These are the raw series, for readers who analyse them with tools of their own. The report interprets them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use std::str::FromStr;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::Serialize;

use super::history::{History, Row};
use super::options::Options;
use super::options::ReportPeriod;
use super::series::{Calendar, Ordered};
use crate::model::UnknownWord;

/// The length of a step of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Hours of 60 minutes from the first midnight on; the day on which summer time begins has 23.
    Hour,
    /// Calendar days in the report's time zone.
    Day,
    /// Weeks from Monday (ISO 8601); the period may cut the first and the last short.
    Week,
    /// Calendar months; the period may cut the first and the last short.
    Month,
}

impl Step {
    /// All lengths, shortest first.
    pub const ALL: [Step; 4] = [Step::Hour, Step::Day, Step::Week, Step::Month];

    /// Returns the stable id, e.g. `week`.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Hour => "hour",
            Step::Day => "day",
            Step::Week => "week",
            Step::Month => "month",
        }
    }
}

impl FromStr for Step {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Step, UnknownWord> {
        UnknownWord::find(Step::ALL, Step::as_str, word)
    }
}

/// The counts of one step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Count {
    /// The number of the step, from 0.
    pub step: usize,
    /// Items, including duplicates.
    pub items: u32,
    /// Items that are not copies of another item.
    pub originals: u32,
    /// Outlets with at least one such item in the step; not a sum over its days.
    pub newsrooms: u32,
    /// Share of all items monitored in the step, 0 to 1.
    pub share: f64,
}

/// The counts of one subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountSeries {
    /// A tag, or `pair:armenia-russia`, `outlet:NAME`, `bloc:NAME` or `story:ID`.
    pub subject: String,
    /// The English label; for a story, the title of its first item.
    pub label: String,
    /// Items in the period, including duplicates.
    pub items: u32,
    /// Items that are not copies of another item.
    pub originals: u32,
    /// Outlets with at least one such item in the period.
    pub newsrooms: u32,
    /// The steps with at least one item; all others are zero.
    pub counts: Vec<Count>,
}

/// What was monitored in one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MonitoredStep {
    /// The beginning of the step.
    pub start: Timestamp,
    /// All items, including duplicates.
    pub items: u32,
    /// Items that are not copies of another item.
    pub originals: u32,
    /// Outlets with at least one such item.
    pub newsrooms: u32,
    /// Whether nothing was read on any of its days: then its zeros are a gap in monitoring.
    pub gap: bool,
}

/// The series of a period, printed as JSON by `kazbek trends --by STEP --format json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountTable {
    /// The version of the JSON format.
    pub schema: u32,
    /// The days it covers.
    pub period: ReportPeriod,
    /// The length of a step.
    pub by: Step,
    /// What was monitored in each step.
    pub monitored: Vec<MonitoredStep>,
    /// Tags, then pairs, outlets, blocs and stories; within each, those with most items first.
    pub series: Vec<CountSeries>,
}

/// Counts the items of the period in `options`, step by step. The order of the history does not matter.
pub fn counts(history: &History, options: &Options, by: Step) -> CountTable {
    let days = Calendar::new(options.since, options.until, &options.time_zone);
    let starts = starts(options, by);
    let ordered = Ordered::new(history, Calendar::of_starts(options.since, starts.clone()));
    let read: BTreeSet<usize> = history.rows.iter().filter_map(|row| days.day_of(row.at_secs)).collect();
    let steps = starts.len().saturating_sub(1);
    let monitored: Vec<MonitoredStep> = (0..steps)
        .map(|step| {
            let rows = ordered.of_day(step);
            let (first, last) = (days.day_of(starts[step]), days.day_of(starts[step + 1] - 1));
            let was_read = first.zip(last).is_some_and(|(first, last)| read.range(first..=last).next().is_some());
            let own = || rows.iter().filter(|&&row| !ordered.copies[row as usize]);
            MonitoredStep {
                start: Timestamp::from_second(starts[step]).unwrap_or_default(),
                items: rows.len() as u32,
                originals: own().count() as u32,
                newsrooms: own().map(|&row| history.rows[row as usize].outlet).collect::<BTreeSet<u32>>().len() as u32,
                gap: !was_read,
            }
        })
        .collect();
    let mut counter = Counter { ordered: &ordered, places: HashMap::new(), found: Vec::new() };
    let pairs = Pairs::new(history, options);
    for (step, monitored) in monitored.iter().enumerate() {
        for &number in ordered.of_day(step) {
            let row = &history.rows[number as usize];
            let tags = history.tags(row).iter().map(|&tag| Subject::Tag(tag));
            let story = row.story_or_own();
            let beside =
                [Subject::Outlet(row.outlet), Subject::Bloc(row.bloc.map(|bloc| bloc.as_str())), Subject::Story(story)];
            for subject in tags.chain(pairs.of(history, row)).chain(beside) {
                counter.count(subject, step, number, monitored.items);
            }
        }
    }
    CountTable {
        schema: 1,
        period: ReportPeriod {
            since: options.since,
            until: options.until,
            time_zone: options.time_zone.iana_name().unwrap_or("UTC").to_owned(),
        },
        by,
        monitored,
        series: counter.series(options),
    }
}

/// Returns the seconds at which the steps begin, then the end of the last.
fn starts(options: &Options, by: Step) -> Vec<i64> {
    let second = |day: Date| day.to_zoned(options.time_zone.clone()).map(|zoned: Zoned| zoned.timestamp().as_second());
    let (Ok(begin), Ok(end)) = (second(options.since), second(options.until)) else { return Vec::new() };
    let mut starts: Vec<i64> = match by {
        Step::Hour => (begin..end).step_by(3600).collect(),
        Step::Day | Step::Week | Step::Month => {
            let next = |day: &Date| {
                let next = match by {
                    Step::Week => day.checked_add((7 - i64::from(day.weekday().to_monday_zero_offset())).days()),
                    Step::Month => day.first_of_month().checked_add(1.month()),
                    _ => day.tomorrow(),
                };
                next.ok().filter(|next| *next < options.until)
            };
            std::iter::successors(Some(options.since).filter(|since| *since < options.until), next)
                .filter_map(|day| second(day).ok())
                .collect()
        }
    };
    starts.push(end);
    starts
}

/// What a series counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Tag(u32),
    Pair(u32, u32),
    Outlet(u32),
    Bloc(Option<&'static str>),
    Story(i64),
}

/// The alphabetical rank of each tag that is an actor; two actors on one item are a pair.
struct Pairs {
    rank: Vec<Option<u32>>,
}

impl Pairs {
    fn new(history: &History, options: &Options) -> Pairs {
        let mut actors: Vec<u32> = (0..history.tag_words.len() as u32)
            .filter(|&tag| options.actors.iter().any(|actor| actor == history.tag_words.word(tag)))
            .collect();
        actors.sort_unstable_by_key(|&tag| history.tag_words.word(tag));
        let mut rank = vec![None; history.tag_words.len()];
        for (place, &tag) in actors.iter().enumerate() {
            rank[tag as usize] = Some(place as u32);
        }
        Pairs { rank }
    }

    fn of<'a>(&'a self, history: &'a History, row: &'a Row) -> impl Iterator<Item = Subject> + 'a {
        let tags = history.tags(row);
        tags.iter().flat_map(move |&a| {
            tags.iter().filter_map(move |&b| {
                let (rank_a, rank_b) = (self.rank[a as usize]?, self.rank[b as usize]?);
                (rank_a < rank_b).then_some(Subject::Pair(a, b))
            })
        })
    }
}

/// The counts of a subject while they are collected.
struct Made {
    subject: Subject,
    first: u32,
    counts: Vec<Count>,
    outlets: BTreeSet<u32>,
    step_outlets: BTreeSet<u32>,
}

struct Counter<'a> {
    ordered: &'a Ordered<'a>,
    places: HashMap<Subject, usize>,
    found: Vec<Made>,
}

impl Counter<'_> {
    fn count(&mut self, subject: Subject, step: usize, number: u32, monitored: u32) {
        let next = self.found.len();
        let place = *self.places.entry(subject).or_insert(next);
        if place == next {
            let (outlets, step_outlets) = (BTreeSet::new(), BTreeSet::new());
            self.found.push(Made { subject, first: number, counts: Vec::new(), outlets, step_outlets });
        }
        let made = &mut self.found[place];
        if made.counts.last().is_none_or(|last| last.step != step) {
            made.counts.push(Count { step, ..Count::default() });
            made.step_outlets.clear();
        }
        let Some(count) = made.counts.last_mut() else { return };
        count.items += 1;
        count.share = f64::from(count.items) / f64::from(monitored.max(1));
        if !self.ordered.copies[number as usize] {
            let outlet = self.ordered.history.rows[number as usize].outlet;
            made.outlets.insert(outlet);
            made.step_outlets.insert(outlet);
            count.originals += 1;
            count.newsrooms = made.step_outlets.len() as u32;
        }
    }

    /// Returns the requested series, in an order that does not depend on that of the history. A story needs two items,
    /// and only the largest are listed.
    fn series(self, options: &Options) -> Vec<CountSeries> {
        let history = self.ordered.history;
        let word = |tag: u32| history.tag_words.word(tag);
        let bare = |tag: u32| super::options::bare(word(tag));
        let mut kinds: BTreeMap<u8, Vec<CountSeries>> = BTreeMap::new();
        for made in self.found {
            let (kind, subject, label) = match made.subject {
                Subject::Tag(tag) => (0, word(tag).to_owned(), options.label(word(tag))),
                Subject::Pair(a, b) => (
                    1,
                    format!("pair:{}-{}", bare(a), bare(b)),
                    format!("{} and {}", options.label(word(a)), options.label(word(b))),
                ),
                Subject::Outlet(outlet) => {
                    let name = crate::text::sanitize::plain(history.outlet_words.word(outlet));
                    (2, format!("outlet:{name}"), name)
                }
                Subject::Bloc(bloc) => {
                    let name = bloc.unwrap_or("none");
                    (3, format!("bloc:{name}"), name.to_owned())
                }
                Subject::Story(story) => {
                    let title = history.title(&history.rows[made.first as usize]);
                    (4, format!("story:{story}"), crate::text::sanitize::plain(title))
                }
            };
            let items: u32 = made.counts.iter().map(|count| count.items).sum();
            if !wanted(&subject, options) || (kind == 4 && items < 2) {
                continue;
            }
            let originals = made.counts.iter().map(|count| count.originals).sum();
            let newsrooms = made.outlets.len() as u32;
            kinds.entry(kind).or_default().push(CountSeries {
                subject,
                label,
                items,
                originals,
                newsrooms,
                counts: made.counts,
            });
        }
        for (kind, list) in &mut kinds {
            list.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| a.subject.cmp(&b.subject)));
            if *kind == 4 {
                list.truncate(options.series_max);
            }
        }
        kinds.into_values().flatten().collect()
    }
}

/// Whether a series is requested: all are, unless the options name tags or a pair.
fn wanted(subject: &str, options: &Options) -> bool {
    match (&options.pair, options.tags.is_empty()) {
        (None, true) => true,
        (pair, _) => {
            options.tags.iter().any(|tag| tag == subject)
                || pair.as_ref().is_some_and(|pair| subject == format!("pair:{}-{}", pair.a(), pair.b()))
        }
    }
}
