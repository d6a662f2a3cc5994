//! The trend report: what was monitored, series and turning points.

use jiff::civil::Date;
use serde::Serialize;

use super::course::phases;
use super::coverage::{StoryCoverage, coverage, dropped};
use super::emerging::{EmergingWord, emerging};
use super::event::find;
use super::history::History;
use super::naming::{NamingView, naming};
use super::novelty::novelty;
use super::options::Options;
use super::options::ReportPeriod;
use super::outlet_activity::Outlets;
use super::overview::{FEW_STORIES, OverviewSentence, overview};
use super::relation::{RelationView, relations};
use super::series::{Calendar, Counts, Ordered, TagSeries, watch_began};
use super::storyline::{Storyline, matters, storylines};
use super::subject_series::SubjectSeries;
use super::turning_point::TurningPoint;
use crate::model::Tag;
use crate::parallel::joined;

/// What was monitored on one day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayPanel {
    /// The day in the report's time zone.
    pub date: Date,
    /// All items of the day, tagged or not.
    pub items: u32,
    /// Items that are not copies of another item.
    pub originals: u32,
    /// Outlets with at least one such item.
    pub newsrooms: u32,
    /// Whether nothing was monitored, so that the zeros are a gap.
    pub gap: bool,
}

/// What was monitored in the whole period: the denominator of its shares.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelSummary {
    /// Items in the period, including duplicates.
    pub items: u64,
    /// Items that are not copies of another item.
    pub originals: u64,
    /// Outlets with at least one item.
    pub outlets: u32,
    /// Items of the whole history without a date; they are in no series.
    pub undated: u64,
    /// Items of the history dated after the period's end.
    pub after_period: u64,
    /// Days on which nothing was monitored.
    pub gap_days: u32,
    /// The first day of the history; `None` if it is empty.
    pub history_from: Option<Date>,
}

/// The trend report, printed as JSON by `kazbek trends --format json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrendReport {
    /// The version of the JSON format.
    pub schema: u32,
    /// The days it covers.
    pub period: ReportPeriod,
    /// What was monitored in the whole period.
    pub panel: PanelSummary,
    /// What was monitored on each day.
    pub days: Vec<DayPanel>,
    /// The report in a few sentences, each with its evidence.
    pub overview: Vec<OverviewSentence>,
    /// What changed, in order of date.
    pub turning_points: Vec<TurningPoint>,
    /// Bursts of routine events, such as anniversaries and sport. They are not turning points.
    pub expected: Vec<TurningPoint>,
    /// The relations between pairs of actors, those with most stories first.
    pub relations: Vec<RelationView>,
    /// The use of rival names, most used sets first.
    pub naming: Vec<NamingView>,
    /// Storylines, those with most peaks first.
    pub storylines: Vec<Storyline>,
    /// The most widely carried stories: who carried them, when, and who did not.
    pub coverage: Vec<StoryCoverage>,
    /// Words that first appeared in the period, by script.
    pub emerging: Vec<EmergingWord>,
    /// The series of tags, those with most items first.
    pub series: Vec<TagSeries>,
    /// What could not be judged, as whole sentences.
    pub unknown: Vec<String>,
    /// Caveats that a reader needs to understand the figures, as whole sentences.
    pub notes: Vec<String>,
    /// The ids of the items that report one event, for each event that several newsrooms report. Not part of the JSON.
    #[serde(skip)]
    pub events: Vec<Vec<i64>>,
    /// The ids of items that report another event than most of their story, such as what the other side of a war did. Not
    /// part of the JSON.
    #[serde(skip)]
    pub apart: Vec<i64>,
}

/// Computes the report of a history. The same items give the same report, in whatever order they were added.
pub fn report(history: &History, options: &Options) -> TrendReport {
    let zone = &options.time_zone;
    let earliest = watch_began(history, zone);
    let from =
        options.since.checked_sub(jiff::Span::new().days(i32::from(options.history_days))).unwrap_or(options.since);
    let from = earliest.map_or(options.since, |first| first.max(from).min(options.since));
    let mut ordered = Ordered::new(history, Calendar::new(from, options.until, zone));
    ordered.began = earliest.and_then(|first| ordered.calendar.number(first)).unwrap_or(0);
    // Reading the words of the titles is half of the work of a long report and independent of the counting, so both run
    // in parallel.
    let (novelty, counts, outlets) = std::thread::scope(|scope| {
        let words = scope.spawn(|| novelty(&ordered));
        let (counts, outlets) = (Counts::new(&ordered), Outlets::new(&ordered));
        (joined(words), counts, outlets)
    });
    let first = ordered.calendar.number(options.since).unwrap_or(ordered.calendar.len());
    let days = panel_days(&ordered, &counts, first);
    let panel = summary(&ordered, &days, first, earliest);
    // What does not need the subject series runs in parallel with them.
    let (subject_series, series, coverage, emerging) = std::thread::scope(|scope| {
        let series = scope.spawn(|| list_series(&ordered, &counts, options, first, panel.items));
        let coverage = scope.spawn(|| coverage(&ordered, first, options));
        let emerging = scope.spawn(|| emerging(&ordered, &novelty.births, first, options));
        let subject_series = SubjectSeries::new(&ordered, &novelty, &outlets, options);
        (subject_series, joined(series), joined(coverage), joined(emerging))
    });
    let mut found = find(&ordered, &subject_series, &outlets, first, options);
    let mut relations = relations(&ordered, &subject_series, first, options, &mut found.points);
    relations.truncate(options.series_max);
    let naming = naming(&ordered, first, options, &mut found.points);
    dropped(&ordered, &subject_series, &outlets, first, options, &mut found.points);
    let mut storylines = storylines(&ordered, first, options, &mut found.points);
    for list in [&mut found.points, &mut found.expected] {
        list.retain(|point| wanted(point, options));
        list.sort_by(|a, b| {
            (a.date, !a.is_regional, a.kind)
                .cmp(&(b.date, !b.is_regional, b.kind))
                .then_with(|| b.strength.total_cmp(&a.strength))
                .then_with(|| a.title.cmp(&b.title))
        });
    }
    for relation in &mut relations {
        relation.phases = phases(&found.points, &relation.pair);
    }
    storylines.splice(0..0, matters(&found.points, options));
    storylines.retain(|line| options.tags.is_empty() || options.tags.contains(&line.tag));
    let notes = notes(&panel, &days, options);
    TrendReport {
        overview: overview(&found.points, &relations, options),
        unknown: unknown(&ordered, &counts, &relations, first, options),
        schema: 1,
        period: ReportPeriod {
            since: options.since,
            until: options.until,
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        },
        panel,
        days,
        turning_points: found.points,
        expected: found.expected,
        events: found.events,
        apart: found.apart,
        relations,
        naming,
        storylines,
        coverage,
        emerging,
        series,
        notes,
    }
}

/// Whether a turning point concerns the requested tags and pair.
fn wanted(point: &TurningPoint, options: &Options) -> bool {
    let tag = options.tags.is_empty() || point.tags.iter().any(|tag| options.tags.contains(tag));
    let pair = options.pair.as_ref().is_none_or(|pair| {
        let both = |id: &str| point.tags.iter().any(|tag| tag.place_id() == Some(id));
        point.pair.as_ref() == Some(pair) || (both(pair.a()) && both(pair.b()))
    });
    tag && pair
}

fn panel_days(ordered: &Ordered<'_>, counts: &Counts, first: usize) -> Vec<DayPanel> {
    (first..ordered.calendar.len())
        .map(|day| {
            let all = counts.all[day];
            DayPanel {
                date: ordered.calendar.date(day),
                items: all.items,
                originals: all.originals,
                newsrooms: all.newsrooms,
                gap: all.items == 0,
            }
        })
        .collect()
}

fn summary(ordered: &Ordered<'_>, days: &[DayPanel], first: usize, earliest: Option<Date>) -> PanelSummary {
    let history = ordered.history;
    let mut outlets = vec![false; history.outlet_words.len()];
    for day in first..ordered.calendar.len() {
        for &row in ordered.of_day(day) {
            outlets[history.rows[row as usize].outlet as usize] = true;
        }
    }
    let last_second = days.last().and_then(|_| ordered.calendar.end_secs());
    PanelSummary {
        items: days.iter().map(|day| u64::from(day.items)).sum(),
        originals: days.iter().map(|day| u64::from(day.originals)).sum(),
        outlets: outlets.iter().filter(|&&seen| seen).count() as u32,
        undated: history.undated(),
        after_period: history.rows.iter().filter(|row| last_second.is_some_and(|last| row.at_secs >= last)).count()
            as u64,
        gap_days: days.iter().filter(|day| day.gap).count() as u32,
        history_from: earliest,
    }
}

fn list_series(
    ordered: &Ordered<'_>,
    counts: &Counts,
    options: &Options,
    first: usize,
    monitored: u64,
) -> Vec<TagSeries> {
    let history = ordered.history;
    let length = ordered.calendar.len() - first.min(ordered.calendar.len());
    let mut list: Vec<TagSeries> = (0..history.tag_words.len() as u32)
        .filter_map(|tag| {
            let word = history.tag_words.word(tag);
            if !options.tags.is_empty() && !options.tags.iter().any(|wanted| *wanted == *word) {
                return None;
            }
            let all = counts.of(tag);
            let days = all.get(first..)?.to_vec();
            let items: u32 = days.iter().map(|day| day.items).sum();
            if items == 0 {
                return None;
            }
            let before = (first >= length).then(|| all[first - length..first].iter().map(|day| day.items).sum());
            Some(TagSeries {
                tag: word.into(),
                label: options.label(word),
                items,
                originals: days.iter().map(|day| day.originals).sum(),
                newsrooms: 0,
                share: if monitored == 0 { 0.0 } else { f64::from(items) / monitored as f64 },
                items_before: before,
                days,
            })
        })
        .collect();
    list.sort_by(|a, b| b.items.cmp(&a.items).then_with(|| a.tag.cmp(&b.tag)));
    list.truncate(options.series_max);
    count_newsrooms(ordered, first, &mut list);
    list
}

fn count_newsrooms(ordered: &Ordered<'_>, first: usize, list: &mut [TagSeries]) {
    let history = ordered.history;
    let outlets = history.outlet_words.len();
    let mut place = vec![None; history.tag_words.len()];
    for (index, series) in list.iter().enumerate() {
        if let Some(tag) = history.tag_words.number(&series.tag) {
            place[tag as usize] = Some(index);
        }
    }
    let mut seen = vec![false; list.len() * outlets];
    for day in first..ordered.calendar.len() {
        for &number in ordered.of_day(day) {
            if ordered.copies[number as usize] {
                continue;
            }
            let row = &history.rows[number as usize];
            for &tag in history.tags(row) {
                if let Some(index) = place[tag as usize] {
                    let cell = &mut seen[index * outlets + row.outlet as usize];
                    if !*cell {
                        *cell = true;
                        list[index].newsrooms += 1;
                    }
                }
            }
        }
    }
}

/// Returns what could not be judged: pairs of the region with too few stories, and places with too few texts.
fn unknown(
    ordered: &Ordered<'_>,
    counts: &Counts,
    relations: &[RelationView],
    first: usize,
    options: &Options,
) -> Vec<String> {
    /// Fewer texts a week of a place than this are too few to say which way anything moved.
    const TEXTS_A_WEEK: f64 = 2.0;
    const PAIRS_MAX: usize = 8;
    let mut sentences = Vec::new();
    let of_region = |relation: &&RelationView| {
        let is_regional = relation.pair.tags().iter().any(|tag| options.region_tags.contains(tag));
        is_regional && relation.phases.is_empty() && relation.stories < FEW_STORIES
    };
    let pairs: Vec<String> = relations
        .iter()
        .filter(of_region)
        .map(|relation| format!("{} ({})", relation.label, relation.stories))
        .collect();
    if !pairs.is_empty() {
        let more = match pairs.len().saturating_sub(PAIRS_MAX) {
            0 => String::new(),
            1 => " and 1 further pair".to_owned(),
            many => format!(" and {many} further pairs"),
        };
        let shown = pairs.iter().take(PAIRS_MAX).cloned().collect::<Vec<_>>().join(", ");
        sentences.push(format!("Too few stories to say which way they moved: {shown}{more}."));
    }
    let days = ordered.calendar.len().saturating_sub(first);
    let weeks = days as f64 / 7.0;
    let texts = |tag: &Tag| -> u32 {
        let number = ordered.history.tag_words.number(tag);
        number.map_or(0, |tag| counts.of(tag).iter().skip(first).map(|day| day.originals).sum())
    };
    let places: Vec<String> = options
        .region_tags
        .iter()
        .filter(|tag| (1..=(TEXTS_A_WEEK * weeks) as u32).contains(&texts(tag)))
        .map(|tag| options.label(tag))
        .collect();
    if !places.is_empty() && days >= 7 {
        sentences.push(format!("Fewer than two texts a week: {}.", places.join(", ")));
    }
    sentences
}

fn notes(panel: &PanelSummary, days: &[DayPanel], options: &Options) -> Vec<String> {
    let mut notes = Vec::new();
    if days.is_empty() {
        notes.push("The period contains no days.".to_owned());
    } else if panel.items == 0 {
        notes.push("No items are dated in this period.".to_owned());
    }
    match panel.undated {
        0 => {}
        1 => notes.push("1 item has no date and is not in any series.".to_owned()),
        many => notes.push(format!("{many} items have no date and are not in any series.")),
    }
    if panel.gap_days > 0 && panel.items > 0 {
        notes.push(format!(
            "Nothing was monitored on {} of {} days: these are gaps, not zeros.",
            panel.gap_days,
            days.len()
        ));
    }
    if panel.items > 0 && panel.outlets == 1 {
        notes.push(
            "Only one outlet was monitored. A burst needs texts from two newsrooms, so none can be found.".to_owned(),
        );
    }
    let ready = panel
        .history_from
        .and_then(|first| first.checked_add(jiff::Span::new().days(i32::from(options.warm_up_days))).ok());
    if let Some(ready) = ready.filter(|&ready| panel.items > 0 && ready > options.since) {
        notes.push(format!(
            "The database is younger than its baseline: before {}, only large and formal events are reported, and no silence.",
            ready.strftime("%-d %B %Y")
        ));
    }
    notes
}
