//! Relations: the tone between two actors, week by week, and when it changed and stayed at the new level.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::change_point::{Reading, SPREAD_PRIOR, Shift, find_shifts};
use super::course::Phase;
use super::history::EvidenceItem;
use super::options::{Options, Pair};
use super::series::Ordered;
use super::subject_series::SubjectSeries;
use super::turning_point::{Direction, TurningKind, TurningPoint};

/// A burst of the same pair within this many days gives a better date than the tone does.
const SNAP_DAYS: usize = 5;

/// The mean tone over some weeks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// The mean tone of the stories, -10 to +10.
    pub index: f64,
    /// Lower end of the 95 % confidence interval.
    pub low: f64,
    /// Upper end of the 95 % confidence interval.
    pub high: f64,
    /// The number of stories that it rests on.
    pub stories: u32,
}

/// The relation of a pair in one week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelationWeek {
    /// The Monday on which the week begins.
    pub week: Date,
    /// Stories with a tone between the two actors; each counts once a day.
    pub stories: u32,
    /// The mean tone; `None` without a story.
    pub level: Option<Level>,
}

/// The relation of a pair in one calendar quarter, as far as it is in the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelationQuarter {
    /// The first day of the quarter or of the period, whichever is later.
    pub from: Date,
    /// The mean tone; `None` without a story.
    pub level: Option<Level>,
}

/// The relation between two actors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RelationView {
    /// The two actors.
    pub pair: Pair,
    /// The English label, e.g. `Armenia and Russia`.
    pub label: String,
    /// The number of stories in the period.
    pub stories: u32,
    /// The level of the last four weeks.
    pub now: Option<Level>,
    /// The level of the four weeks that ended 13 weeks before.
    pub quarter_ago: Option<Level>,
    /// The level of the four weeks that ended 52 weeks before.
    pub year_ago: Option<Level>,
    /// The level of each week.
    pub weeks: Vec<RelationWeek>,
    /// The level of each calendar quarter.
    pub quarters: Vec<RelationQuarter>,
    /// Days on which the level changed for good.
    pub shifts: Vec<Date>,
    /// When the two moved closer and when apart, by the turning points between them, in order of date.
    pub phases: Vec<Phase>,
}

/// Two actors, and a story or the row of an item that is a story by itself.
type StoryKey = (u32, u32, Result<i64, u32>);

/// Returns the relations of all pairs with an actor in scope, those of the region first, and adds their turning points
/// to `bursts`.
pub(crate) fn relations(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    report_from: usize,
    options: &Options,
    bursts: &mut Vec<TurningPoint>,
) -> Vec<RelationView> {
    let readings = read(ordered);
    let spread = shared_spread(&readings);
    let mut views = Vec::new();
    for (pair, list) in &readings {
        let wanted = options.pair.as_ref().is_none_or(|wanted| wanted == pair);
        // What two others do to each other is no relation of the scope.
        let is_of_scope =
            options.scope_tags.is_empty() || pair.tags().iter().any(|tag| options.scope_tags.contains(tag));
        if !wanted || !is_of_scope || list.iter().all(|reading| reading.day < report_from) {
            continue;
        }
        let shifts = find_shifts(list, spread);
        let dated: Vec<Shift> = shifts
            .iter()
            .map(|shift| snap(ordered, subject_series, pair, shift, list, bursts))
            .filter(|shift| shift.day >= report_from)
            .collect();
        for shift in &dated {
            turning_point(ordered, subject_series, pair, shift, list, options, bursts);
        }
        views.push(view(ordered, pair, list, spread, &dated, report_from, options));
    }
    // The region keeps its place when others are louder.
    views.sort_by(|a, b| {
        let wider = |view: &RelationView| !options.is_regional(&view.pair.tags());
        wider(a).cmp(&wider(b)).then_with(|| b.stories.cmp(&a.stories)).then_with(|| a.pair.cmp(&b.pair))
    });
    views
}

/// Returns the readings of every pair, one for each story and day. Copies do not count, and several items of a story
/// count as their mean.
fn read(ordered: &Ordered<'_>) -> BTreeMap<Pair, Vec<Reading>> {
    let history = ordered.history;
    let mut pairs: BTreeMap<Pair, Vec<Reading>> = BTreeMap::new();
    for day in 0..ordered.calendar.len() {
        let mut sums: BTreeMap<StoryKey, (f64, f64, u32)> = BTreeMap::new();
        for &number in ordered.of_day(day) {
            let row = &history.rows[number as usize];
            if ordered.copies[number as usize] {
                continue;
            }
            for tone in history.tones(row).iter().filter(|tone| tone.confidence > 0.0) {
                let sum = sums.entry((tone.a, tone.b, row.story.ok_or(number))).or_insert((0.0, 0.0, number));
                sum.0 += f64::from(tone.tone) * f64::from(tone.confidence);
                sum.1 += f64::from(tone.confidence);
            }
        }
        for ((a, b, _), (sum, weight, row)) in sums {
            if let Some(pair) = Pair::new(history.actor_words.word(a), history.actor_words.word(b)) {
                pairs.entry(pair).or_default().push(Reading { day, tone: sum / weight, row });
            }
        }
    }
    for list in pairs.values_mut() {
        // The order does not depend on that of ingestion, so that the same items are shown.
        let place = |reading: &Reading| ordered.place[reading.row as usize];
        list.sort_by(|a, b| {
            a.day.cmp(&b.day).then_with(|| a.tone.total_cmp(&b.tone)).then_with(|| place(a).cmp(&place(b)))
        });
    }
    pairs
}

/// Returns the variance within pairs, over all of them.
fn shared_spread(readings: &BTreeMap<Pair, Vec<Reading>>) -> f64 {
    let (mut squares, mut freedom) = (0.0, 0.0);
    for list in readings.values().filter(|list| list.len() >= 2) {
        let mean = list.iter().map(|reading| reading.tone).sum::<f64>() / list.len() as f64;
        squares += list.iter().map(|reading| (reading.tone - mean).powi(2)).sum::<f64>();
        freedom += list.len() as f64 - 1.0;
    }
    if freedom > 0.0 { (squares / freedom).max(0.25) } else { 9.0 }
}

/// Returns the mean and the confidence interval of some readings. The variance is shrunk towards that of all pairs, so
/// that three stories that agree by chance do not look certain. 1.96 is the normal quantile; the prior makes up for the
/// small numbers that would call for Student's t.
fn level(tones: &[f64], spread: f64) -> Option<Level> {
    if tones.is_empty() {
        return None;
    }
    let n = tones.len() as f64;
    let mean = tones.iter().sum::<f64>() / n;
    let squares: f64 = tones.iter().map(|tone| (tone - mean).powi(2)).sum();
    let variance = (squares + SPREAD_PRIOR * spread) / (n - 1.0 + SPREAD_PRIOR);
    let half = 1.96 * (variance / n).sqrt();
    let round = |value: f64| (value * 100.0).round() / 100.0;
    Some(Level {
        index: round(mean),
        low: round((mean - half).max(-10.0)),
        high: round((mean + half).min(10.0)),
        stories: tones.len() as u32,
    })
}

/// Moves a change to its cause: a burst of the pair nearby, otherwise the day nearby with the weightiest stories of the
/// new tone.
fn snap(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    pair: &Pair,
    shift: &Shift,
    list: &[Reading],
    bursts: &[TurningPoint],
) -> Shift {
    let near = bursts
        .iter()
        .filter(|point| concerns(point, pair))
        .filter_map(|point| ordered.calendar.number(point.date))
        .filter(|day| day.abs_diff(shift.day) <= SNAP_DAYS)
        .min_by_key(|day| (day.abs_diff(shift.day), *day));
    let positive = shift.after > shift.before;
    let mut weights: BTreeMap<usize, u32> = BTreeMap::new();
    for reading in
        list.iter().filter(|reading| reading.day + SNAP_DAYS >= shift.day && reading.day <= shift.day + SNAP_DAYS)
    {
        if (reading.tone > shift.before) == positive {
            *weights.entry(reading.day).or_default() += subject_series.weight(reading.row);
        }
    }
    let heaviest = weights
        .into_iter()
        .filter(|&(_, weight)| weight >= 4)
        .max_by_key(|&(day, weight)| (weight, std::cmp::Reverse(day)));
    Shift { day: near.or(heaviest.map(|(day, _)| day)).unwrap_or(shift.day), ..*shift }
}

fn concerns(point: &TurningPoint, pair: &Pair) -> bool {
    let both = |id: &str| point.tags.iter().any(|tag| tag.place_id() == Some(id));
    matches!(point.kind, TurningKind::Burst | TurningKind::Deed)
        && (point.pair.as_ref() == Some(pair) || (point.pair.is_none() && both(pair.a()) && both(pair.b())))
}

/// Reports a change: a burst on that day becomes the change, otherwise a turning point is added.
fn turning_point(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    pair: &Pair,
    shift: &Shift,
    list: &[Reading],
    options: &Options,
    bursts: &mut Vec<TurningPoint>,
) {
    let positive = shift.after > shift.before;
    let direction = Some(if positive { Direction::Positive } else { Direction::Negative });
    let date = ordered.calendar.date(shift.day);
    let title = format!(
        "{}: tone {} from {:+.1} to {:+.1}",
        options.pair_label(pair),
        if positive { "rose" } else { "fell" },
        shift.before,
        shift.after
    )
    .replace('-', "−");
    let mut first: Vec<&Reading> = list
        .iter()
        .filter(|reading| {
            (shift.day..shift.day + 14).contains(&reading.day) && (reading.tone > shift.before) == positive
        })
        .collect();
    first.sort_by(|a, b| {
        let heavy = |reading: &Reading| subject_series.weight(reading.row);
        heavy(b)
            .cmp(&heavy(a))
            .then_with(|| (b.tone - shift.before).abs().total_cmp(&(a.tone - shift.before).abs()))
            .then_with(|| a.day.cmp(&b.day))
            .then_with(|| ordered.place[a.row as usize].cmp(&ordered.place[b.row as usize]))
    });
    let items = first.len() as u32;
    let mut evidence: Vec<EvidenceItem> = first
        .iter()
        .take(options.urls_max)
        .map(|reading| EvidenceItem::of(ordered.history, &ordered.history.rows[reading.row as usize]))
        .collect();
    let urls: Vec<String> = evidence.iter().filter_map(|item| item.url.clone()).collect();
    if let Some(point) = bursts.iter_mut().find(|point| point.date == date && concerns(point, pair)) {
        let already = point.urls.clone();
        point.kind = TurningKind::RelationShift;
        point.pair = Some(pair.clone());
        point.direction = direction;
        point.urls.extend(urls.iter().filter(|url| !already.contains(*url)).cloned());
        // The subject of the burst is already in the sentence.
        let counts = point.figures.split_once(": ").map_or(point.figures.as_str(), |(_, counts)| counts);
        point.figures = format!("{title}; {counts}");
        return;
    }
    evidence.truncate(options.evidence_max);
    let mut outlets: Vec<&str> = evidence.iter().map(|item| item.outlet.as_str()).collect();
    outlets.sort_unstable();
    outlets.dedup();
    bursts.push(TurningPoint {
        date,
        kind: TurningKind::RelationShift,
        tags: pair.tags().to_vec(),
        pair: Some(pair.clone()),
        urls,
        title,
        figures: String::new(),
        is_regional: options.is_regional(&pair.tags()),
        direction,
        names: Vec::new(),
        bloc: None,
        peak: date,
        end: date,
        items,
        expected: 0.0,
        newsrooms: outlets.len() as u32,
        strength: ((shift.t.abs() / 12.0).min(1.0) * 1000.0).round() / 1000.0,
        evidence,
    });
}

fn view(
    ordered: &Ordered<'_>,
    pair: &Pair,
    list: &[Reading],
    spread: f64,
    shifts: &[Shift],
    report_from: usize,
    options: &Options,
) -> RelationView {
    let days = ordered.calendar.len();
    let window = |end: Option<usize>| {
        let end = end?;
        let from = end.checked_sub(28)?;
        let tones: Vec<f64> =
            list.iter().filter(|reading| (from..end).contains(&reading.day)).map(|reading| reading.tone).collect();
        level(&tones, spread)
    };
    let mut weeks = Vec::new();
    let offset = ordered.calendar.date(report_from).weekday().to_monday_zero_offset();
    let mut start = report_from as i64 - i64::from(offset);
    while start < days as i64 {
        let inside = |day: usize| day >= report_from && (start..start + 7).contains(&(day as i64));
        let tones: Vec<f64> = list.iter().filter(|reading| inside(reading.day)).map(|reading| reading.tone).collect();
        let monday = ordered.calendar.date(report_from).checked_add(jiff::Span::new().days(start - report_from as i64));
        if let Ok(week) = monday {
            weeks.push(RelationWeek { week, stories: tones.len() as u32, level: level(&tones, spread) });
        }
        start += 7;
    }
    let mut quarters: Vec<RelationQuarter> = Vec::new();
    let quarter_of = |day: usize| {
        let date = ordered.calendar.date(day);
        (date.year(), (date.month() - 1) / 3)
    };
    let all: Vec<usize> = (report_from..days).collect();
    for quarter in all.chunk_by(|&a, &b| quarter_of(a) == quarter_of(b)) {
        let (from, to) = (quarter[0], quarter[0] + quarter.len());
        let tones: Vec<f64> =
            list.iter().filter(|reading| (from..to).contains(&reading.day)).map(|reading| reading.tone).collect();
        quarters.push(RelationQuarter { from: ordered.calendar.date(from), level: level(&tones, spread) });
    }
    RelationView {
        quarters,
        label: options.pair_label(pair),
        stories: list.iter().filter(|reading| reading.day >= report_from).count() as u32,
        now: window(Some(days)),
        quarter_ago: window(days.checked_sub(91)),
        year_ago: window(days.checked_sub(364)),
        weeks,
        shifts: shifts.iter().map(|shift| ordered.calendar.date(shift.day)).collect(),
        phases: Vec::new(),
        pair: pair.clone(),
    }
}
