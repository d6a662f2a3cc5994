//! Coverage: who carried a story, who was first, who followed and who was silent; and which bloc dropped a subject.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::history::EvidenceItem;
use super::history::Row;
use super::options::{Options, Pair};
use super::outlet_activity::Outlets;
use super::series::Ordered;
use super::subject_series::{Subject, SubjectSeries};
use super::turning_point::{TurningKind, TurningPoint};
use crate::model::{Namespace, PressBloc, Tag};

/// Most stories listed.
const LISTED: usize = 12;
/// A story is widely carried from this many outlets and blocs on.
const NEWSROOMS_MIN: usize = 4;
const BLOCS_MIN: usize = 3;
/// A bloc must carry this share of the widely carried stories on a subject for its silence to be significant.
const USUAL_SHARE: f64 = 0.5;
/// Fewest such stories on the subject.
const USUAL_STORIES: u32 = 5;
/// Shortest silence on a subject, and the length of the past that it is compared with, in days.
const SILENT_DAYS: usize = 21;
const PAST_DAYS: usize = 84;
/// Fewest texts on the subject in that past.
const PAST_TEXTS: u32 = 8;
/// A silence with a lower probability is not chance, given some thousand pairs of subject and bloc.
const SILENCE_P: f64 = 1e-5;
/// The dispersion that is assumed for a bloc's texts on a subject.
const DISPERSION: f64 = 1.5;

/// How the outlets of one bloc carried a story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlocCoverage {
    /// The side from which these outlets report.
    pub bloc: PressBloc,
    /// The number of its outlets that carried the story.
    pub newsrooms: u32,
    /// Hours from the very first report to the first report in this bloc.
    pub lag_hours: f64,
    /// The bloc's first item.
    pub first: EvidenceItem,
}

/// Who carried a story, and who did not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoryCoverage {
    /// The first item of the story.
    pub first: EvidenceItem,
    /// The time of the first item.
    pub at: Option<Timestamp>,
    /// Outlets that carried the story, including those with a copy.
    pub newsrooms: u32,
    /// The blocs that carried it, earliest first.
    pub blocs: Vec<BlocCoverage>,
    /// Blocs that usually carry stories on this subject that are as widely carried as this one, but did not carry it.
    pub silent: Vec<PressBloc>,
}

/// A story with the row numbers of its items.
struct CoveredStory {
    rows: Vec<u32>,
    newsrooms: usize,
    blocs: BTreeSet<PressBloc>,
    tags: BTreeSet<u32>,
}

/// Returns the most widely carried stories of the period in scope, with the blocs that were silent. Half of the places
/// are for the region, if it has as many.
pub(crate) fn coverage(ordered: &Ordered<'_>, report_from: usize, options: &Options) -> Vec<StoryCoverage> {
    let mut stories: Vec<CoveredStory> = gather(ordered);
    let has = |story: &CoveredStory, list: &[Tag]| {
        let word = |tag: u32| ordered.history.tag_words.word(tag);
        list.is_empty() || story.tags.iter().any(|&tag| list.iter().any(|known| *known == *word(tag)))
    };
    stories.retain(|story| has(story, &options.scope_tags));
    let usual = usual(ordered, &stories);
    let starts = |story: &CoveredStory| ordered.calendar.day_of(ordered.history.rows[story.rows[0] as usize].at_secs);
    stories.retain(|story| starts(story).is_some_and(|day| day >= report_from));
    stories.sort_by(|a, b| {
        b.newsrooms
            .cmp(&a.newsrooms)
            .then_with(|| ordered.place[a.rows[0] as usize].cmp(&ordered.place[b.rows[0] as usize]))
    });
    let (region, wider): (Vec<CoveredStory>, Vec<CoveredStory>) =
        stories.into_iter().partition(|story| has(story, &options.region_tags));
    let of_region = region.len().min(LISTED.saturating_sub(wider.len()).max(LISTED / 2));
    let mut stories: Vec<CoveredStory> = region.into_iter().take(of_region).collect();
    stories.extend(wider.into_iter().take(LISTED - of_region));
    stories.iter().map(|story| view(ordered, story, &usual)).collect()
}

/// Collects the widely carried stories of the whole history. Items of one story, and copies, belong together.
fn gather(ordered: &Ordered<'_>) -> Vec<CoveredStory> {
    let history = ordered.history;
    let mut groups: HashMap<i64, Vec<u32>> = HashMap::new();
    for &number in &ordered.rows {
        let row = &history.rows[number as usize];
        // A story has the id of the item that opened it, as a copy has the id of its original.
        groups.entry(row.story_or_own()).or_default().push(number);
    }
    let covered = |rows: Vec<u32>| {
        let of = |number: &u32| -> &Row { &history.rows[*number as usize] };
        let newsrooms: BTreeSet<u32> = rows.iter().map(|number| of(number).outlet).collect();
        let blocs: BTreeSet<PressBloc> = rows.iter().filter_map(|number| of(number).bloc).collect();
        let tags = history.tags(of(&rows[0])).iter().copied().collect();
        CoveredStory { newsrooms: newsrooms.len(), blocs, tags, rows }
    };
    groups
        .into_values()
        .filter(|rows| rows.len() >= NEWSROOMS_MIN)
        .map(covered)
        .filter(|story| story.newsrooms >= NEWSROOMS_MIN && story.blocs.len() >= BLOCS_MIN)
        .collect()
}

/// For each tag, the number of widely carried stories, and how many of them each bloc carried.
type Usual = HashMap<u32, (u32, BTreeMap<PressBloc, u32>)>;

fn usual(ordered: &Ordered<'_>, stories: &[CoveredStory]) -> Usual {
    let mut usual: Usual = HashMap::new();
    for story in stories {
        for &tag in story
            .tags
            .iter()
            .filter(|&&tag| Namespace::of(ordered.history.tag_words.word(tag)) != Some(Namespace::Topic))
        {
            let entry = usual.entry(tag).or_default();
            entry.0 += 1;
            for &bloc in &story.blocs {
                *entry.1.entry(bloc).or_default() += 1;
            }
        }
    }
    usual
}

fn view(ordered: &Ordered<'_>, story: &CoveredStory, usual: &Usual) -> StoryCoverage {
    let history = ordered.history;
    let row = |number: u32| &history.rows[number as usize];
    let start = row(story.rows[0]).at_secs;
    let mut blocs: Vec<BlocCoverage> = Vec::new();
    for &bloc in &story.blocs {
        let own: Vec<u32> = story.rows.iter().copied().filter(|&number| row(number).bloc == Some(bloc)).collect();
        let newsrooms: BTreeSet<u32> = own.iter().map(|&number| row(number).outlet).collect();
        let lag_hours = ((row(own[0]).at_secs - start) as f64 / 360.0).round() / 10.0;
        blocs.push(BlocCoverage {
            bloc,
            newsrooms: newsrooms.len() as u32,
            lag_hours,
            first: EvidenceItem::of(history, row(own[0])),
        });
    }
    blocs.sort_by(|a, b| a.lag_hours.total_cmp(&b.lag_hours).then(a.bloc.cmp(&b.bloc)));
    let silent = PressBloc::all().filter(|bloc| !story.blocs.contains(bloc)).filter(|bloc| {
        // Every subject of the story must be one that the bloc usually carries.
        let mut shares = story
            .tags
            .iter()
            .filter_map(|tag| usual.get(tag))
            .filter(|(stories, _)| *stories >= USUAL_STORIES)
            .peekable();
        shares.peek().is_some()
            && shares.all(|(stories, carried)| {
                f64::from(carried.get(bloc).copied().unwrap_or(0)) >= USUAL_SHARE * f64::from(*stories)
            })
            && !may_report(ordered, story, *bloc)
    });
    StoryCoverage {
        first: EvidenceItem::of(history, row(story.rows[0])),
        at: Timestamp::from_second(start).ok(),
        newsrooms: story.newsrooms as u32,
        blocs,
        silent: silent.collect(),
    }
}

/// Days around the first report of a story in which a bloc may have reported it in other words.
const OTHER_WORDS_DAYS: usize = 3;

/// Whether a text of the bloc in the days around a story may report it without belonging to it: it has the same two
/// telling tags, or the only one.
fn may_report(ordered: &Ordered<'_>, story: &CoveredStory, bloc: PressBloc) -> bool {
    let history = ordered.history;
    let Some(day) = ordered.calendar.day_of(history.rows[story.rows[0] as usize].at_secs) else { return true };
    let rows = (day.saturating_sub(OTHER_WORDS_DAYS)..=day + OTHER_WORDS_DAYS).flat_map(|day| ordered.of_day(day));
    rows.map(|&number| &history.rows[number as usize]).filter(|row| row.bloc == Some(bloc)).any(|row| {
        let shared = history.tags(row).iter().filter(|tag| story.tags.contains(tag)).count();
        shared >= story.tags.len().min(2)
    })
}

/// A subject that a bloc dropped.
struct Silence {
    subject: usize,
    bloc: PressBloc,
    day: usize,
    end: usize,
    p: f64,
    expected: f64,
}

/// Finds subjects that a bloc covered and then dropped for weeks, while its outlets still published and others still
/// covered them.
pub(crate) fn dropped(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    outlets: &Outlets,
    report_from: usize,
    options: &Options,
    points: &mut Vec<TurningPoint>,
) {
    let blocs = bloc_of_outlets(ordered);
    let mut found: Vec<Silence> = Vec::new();
    for (subject, cells) in subject_series.cells.iter().enumerate() {
        let mut by_bloc: BTreeMap<PressBloc, Vec<(usize, u32)>> = BTreeMap::new();
        // A topic or a person comes and goes with events; a place or a pair can be dropped.
        let place_or_pair = match subject_series.subjects[subject] {
            Subject::Tag(tag) => Namespace::of(ordered.history.tag_words.word(tag)) == Some(Namespace::Place),
            Subject::Pair(..) => true,
            Subject::Theme(..) | Subject::PairTheme(..) | Subject::PairEvent(..) => false,
        };
        if !place_or_pair {
            continue;
        }
        for cell in cells {
            if let Some(bloc) = blocs[cell.outlet as usize] {
                by_bloc.entry(bloc).or_default().push((cell.day as usize, cell.texts));
            }
        }
        let total: u32 = cells.iter().map(|cell| cell.texts).sum();
        for (bloc, days) in by_bloc.iter().filter(|_| total >= PAST_TEXTS * 2) {
            silences(subject, *bloc, days, ordered.calendar.len(), outlets, &blocs, &mut found);
        }
    }
    found.retain(|silence| silence.day >= report_from);
    found.sort_by(|a, b| {
        a.p.total_cmp(&b.p)
            .then(a.day.cmp(&b.day))
            .then(a.bloc.cmp(&b.bloc))
            .then_with(|| subject_series.words(ordered, a.subject).cmp(&subject_series.words(ordered, b.subject)))
    });
    let mut reported: Vec<(PressBloc, usize)> = Vec::new();
    found.retain(|silence| !is_contradicted(ordered, subject_series, silence));
    for silence in &found {
        // Several subjects dropped at once are one silence, reported for the least probable.
        if reported.iter().any(|(bloc, day)| *bloc == silence.bloc && day.abs_diff(silence.day) <= SILENT_DAYS) {
            continue;
        }
        reported.push((silence.bloc, silence.day));
        points.push(turning_point(ordered, subject_series, silence, options));
    }
}

fn bloc_of_outlets(ordered: &Ordered<'_>) -> Vec<Option<PressBloc>> {
    let mut blocs = vec![None; ordered.history.outlet_words.len()];
    for &number in &ordered.rows {
        let row = &ordered.history.rows[number as usize];
        if row.bloc.is_some() {
            blocs[row.outlet as usize] = row.bloc;
        }
    }
    blocs
}

fn silences(
    subject: usize,
    bloc: PressBloc,
    days: &[(usize, u32)],
    end: usize,
    outlets: &Outlets,
    blocs: &[Option<PressBloc>],
    found: &mut Vec<Silence>,
) {
    let own: Vec<u32> = (0..blocs.len() as u32).filter(|&outlet| blocs[outlet as usize] == Some(bloc)).collect();
    let exposure = |from: usize, to: usize| own.iter().map(|&outlet| outlets.exposure(outlet, from, to)).sum::<f64>();
    for (place, &(last, _)) in days.iter().enumerate() {
        let next = days.get(place + 1).map_or(end, |day| day.0);
        if next <= last || next - last - 1 < SILENT_DAYS {
            continue;
        }
        let from = (last + 1).saturating_sub(PAST_DAYS);
        // A week of crisis is not what is usual: each week counts at most twice the median week.
        let past = usual_texts(&days[..=place], from, last + 1);
        let lived = exposure(from, last + 1);
        if past < PAST_TEXTS || lived <= 0.0 {
            continue;
        }
        // Only days on which its outlets published count: an outage is not a silence.
        let expected = f64::from(past) / lived * exposure(last + 1, next);
        let p = DISPERSION.powf(-expected / (DISPERSION - 1.0));
        if p < SILENCE_P {
            found.push(Silence { subject, bloc, day: last + 1, end: next - 1, p, expected });
        }
    }
}

/// Returns the texts of the days from `from` to before `to`, with each week capped at twice the median week.
fn usual_texts(days: &[(usize, u32)], from: usize, to: usize) -> u32 {
    let mut weeks = vec![0u32; (to - from).div_ceil(7).max(1)];
    for &(day, texts) in days.iter().filter(|(day, _)| (from..to).contains(day)) {
        weeks[(day - from) / 7] += texts;
    }
    let mut sorted = weeks.clone();
    sorted.sort_unstable();
    let cap = 2 * sorted[sorted.len() / 2];
    weeks.into_iter().map(|texts| texts.min(cap)).sum()
}

/// Whether texts of the bloc in these days have the subject's tags, be they copies or out of scope. Of a pair they need
/// not be in one text: what is said of one may concern the other without its name, so one of the two has to be missing.
fn is_contradicted(ordered: &Ordered<'_>, subject_series: &SubjectSeries, silence: &Silence) -> bool {
    let history = ordered.history;
    let mut missing: Vec<u32> = subject_series.subjects[silence.subject].tags().collect();
    for &number in (silence.day..=silence.end).flat_map(|day| ordered.of_day(day)) {
        let row = &history.rows[number as usize];
        if row.bloc == Some(silence.bloc) {
            missing.retain(|tag| !history.tags(row).contains(tag));
        }
    }
    missing.is_empty()
}

fn turning_point(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    silence: &Silence,
    options: &Options,
) -> TurningPoint {
    let history = ordered.history;
    let tags = subject_series.words(ordered, silence.subject);
    let pair = match tags.as_slice() {
        [a, b] => Pair::new(a, b),
        _ => None,
    };
    let mut before: Vec<EvidenceItem> = Vec::new();
    let mut subjects = Vec::new();
    'days: for day in (0..silence.day).rev() {
        for &number in ordered.of_day(day).iter().rev() {
            let row = &history.rows[number as usize];
            if row.bloc == Some(silence.bloc) && !ordered.copies[number as usize] {
                subject_series.subjects_of(ordered, row, &mut subjects);
                if subjects.contains(&subject_series.subjects[silence.subject]) {
                    before.push(EvidenceItem::of(history, row));
                }
            }
            if before.len() >= options.urls_max {
                break 'days;
            }
        }
    }
    let urls = before.iter().filter_map(|item| item.url.clone()).collect();
    before.truncate(options.evidence_max);
    let about = tags.iter().map(|tag| options.label(tag)).collect::<Vec<_>>().join(" and ");
    let days = silence.end + 1 - silence.day;
    TurningPoint {
        date: ordered.calendar.date(silence.day),
        kind: TurningKind::Silence,
        title: format!(
            "The {} press published nothing about {about} for {days} days; about {:.0} texts were expected",
            silence.bloc.label(),
            silence.expected
        ),
        figures: String::new(),
        is_regional: options.is_regional(&tags),
        tags,
        pair,
        urls,
        direction: None,
        names: Vec::new(),
        bloc: Some(silence.bloc),
        peak: ordered.calendar.date(silence.day),
        end: ordered.calendar.date(silence.end),
        items: 0,
        expected: (silence.expected * 100.0).round() / 100.0,
        newsrooms: 0,
        strength: ((-silence.p.max(1e-300).log10() / 15.0).min(1.0) * 1000.0).round() / 1000.0,
        evidence: before,
    }
}
