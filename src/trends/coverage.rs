//! Coverage: who carried a story, who was first, who came when, who is silent; and which vantage dropped a subject.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde::Serialize;

use super::basis::EvidenceItem;
use super::history::Row;
use super::options::{Options, Pair};
use super::outlet_activity::Outlets;
use super::series::Ordered;
use super::subject_series::{Subject, SubjectSeries};
use super::turning_point::{TurningKind, TurningPoint};
use crate::model::PressBloc;

/// Stories listed.
const LISTED: usize = 12;
/// Newsrooms and vantages from which on a story is widely carried.
const NEWSROOMS_MIN: usize = 4;
const BLOCS_MIN: usize = 3;
/// Share of the widely carried stories of its subject that a vantage must carry for its silence to say something.
const USUAL_SHARE: f64 = 0.5;
/// Such stories that it must have been held against.
const USUAL_STORIES: u32 = 5;
/// Days of silence on a subject that are looked at, and the past they are held against.
const SILENT_DAYS: usize = 21;
const PAST_DAYS: usize = 84;
/// Texts of the subject that the past must have.
const PAST_TEXTS: u32 = 8;
/// Probability below which a silence is no chance, for some thousand pairs of subject and vantage.
const SILENCE_P: f64 = 1e-5;
/// Dispersion that a vantage's texts on a subject are given.
const DISPERSION: f64 = 1.5;

/// How one vantage carried a story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlocCoverage {
    /// The vantage.
    pub bloc: PressBloc,
    /// Its newsrooms that carried the story.
    pub newsrooms: u32,
    /// Hours from the first report of all to its first.
    pub lag_hours: f64,
    /// Its first headline.
    pub first: EvidenceItem,
}

/// Who carried a story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoryCoverage {
    /// The first report.
    pub first: EvidenceItem,
    /// When it came.
    pub at: Option<Timestamp>,
    /// Newsrooms that carried the story, copies among them.
    pub newsrooms: u32,
    /// Vantages in the order in which they came.
    pub blocs: Vec<BlocCoverage>,
    /// Vantages that usually carry stories of this subject as wide as this one, and did not carry it.
    pub silent: Vec<PressBloc>,
}

/// A story with the places of its items.
struct CoveredStory {
    rows: Vec<u32>,
    newsrooms: usize,
    blocs: BTreeSet<PressBloc>,
    tags: BTreeSet<u32>,
}

/// The most widely carried stories of the period, and who was silent.
pub(crate) fn coverage(ordered: &Ordered<'_>, report_from: usize) -> Vec<StoryCoverage> {
    let mut stories: Vec<CoveredStory> = gather(ordered);
    let usual = usual(ordered, &stories);
    let starts = |story: &CoveredStory| ordered.calendar.day_of(ordered.history.rows[story.rows[0] as usize].at_secs);
    stories.retain(|story| starts(story).is_some_and(|day| day >= report_from));
    stories.sort_by(|a, b| {
        b.newsrooms
            .cmp(&a.newsrooms)
            .then_with(|| ordered.place[a.rows[0] as usize].cmp(&ordered.place[b.rows[0] as usize]))
    });
    stories.truncate(LISTED);
    stories.iter().map(|story| view(ordered, story, &usual)).collect()
}

/// The widely carried stories of the whole history. Items of one story, and copies, belong together.
fn gather(ordered: &Ordered<'_>) -> Vec<CoveredStory> {
    let history = ordered.history;
    let mut groups: HashMap<i64, Vec<u32>> = HashMap::new();
    for &number in &ordered.rows {
        let row = &history.rows[number as usize];
        // A story bears the number of the item that opened it, as a copy bears its original's.
        groups.entry(row.story_or_own()).or_default().push(number);
    }
    let told = |rows: Vec<u32>| {
        let of = |number: &u32| -> &Row { &history.rows[*number as usize] };
        let newsrooms: BTreeSet<u32> = rows.iter().map(|number| of(number).outlet).collect();
        let blocs: BTreeSet<PressBloc> = rows.iter().filter_map(|number| of(number).bloc).collect();
        let tags = history.tags(of(&rows[0])).iter().copied().collect();
        CoveredStory { newsrooms: newsrooms.len(), blocs, tags, rows }
    };
    groups
        .into_values()
        .filter(|rows| rows.len() >= NEWSROOMS_MIN)
        .map(told)
        .filter(|story| story.newsrooms >= NEWSROOMS_MIN && story.blocs.len() >= BLOCS_MIN)
        .collect()
}

/// Of the widely carried stories with a tag, how many there were and how many each vantage carried.
type Usual = HashMap<u32, (u32, BTreeMap<PressBloc, u32>)>;

fn usual(ordered: &Ordered<'_>, stories: &[CoveredStory]) -> Usual {
    let mut usual: Usual = HashMap::new();
    for story in stories {
        for &tag in story.tags.iter().filter(|&&tag| !ordered.history.tag_words.word(tag).starts_with("topic:")) {
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
    let silent = PressBloc::ALL.into_iter().filter(|bloc| !story.blocs.contains(bloc)).filter(|bloc| {
        // Every subject of the story must be one that the vantage usually carries.
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
    });
    StoryCoverage {
        first: EvidenceItem::of(history, row(story.rows[0])),
        at: Timestamp::from_second(start).ok(),
        newsrooms: story.newsrooms as u32,
        blocs,
        silent: silent.collect(),
    }
}

/// A subject that a vantage dropped.
struct Silence {
    subject: usize,
    bloc: PressBloc,
    day: usize,
    end: usize,
    p: f64,
    expected: f64,
}

/// Subjects that a vantage covered and then dropped for weeks, while its outlets went on and others still covered them.
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
        // A topic comes and goes with what happens; a place, a person or a pair is dropped.
        let place_or_pair = match subject_series.subjects[subject] {
            Subject::Tag(tag) => !ordered.history.tag_words.word(tag).starts_with("topic:"),
            Subject::Pair(..) => true,
            Subject::Theme(..) | Subject::PairMatter(..) | Subject::PairEvent(..) => false,
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
    let mut told: Vec<(PressBloc, usize)> = Vec::new();
    for silence in &found {
        // Several subjects dropped at once are one silence, told by the least probable.
        if told.iter().any(|(bloc, day)| *bloc == silence.bloc && day.abs_diff(silence.day) <= SILENT_DAYS) {
            continue;
        }
        told.push((silence.bloc, silence.day));
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
        let past: u32 = days[..=place].iter().filter(|day| day.0 >= from).map(|day| day.1).sum();
        let lived = exposure(from, last + 1);
        if past < PAST_TEXTS || lived <= 0.0 {
            continue;
        }
        // Over the days on which its outlets went on: an outage is no silence.
        let expected = f64::from(past) / lived * exposure(last + 1, next);
        let p = DISPERSION.powf(-expected / (DISPERSION - 1.0));
        if p < SILENCE_P {
            found.push(Silence { subject, bloc, day: last + 1, end: next - 1, p, expected });
        }
    }
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
            "The {} press is silent on {about} for {days} days, where about {:.0} texts were expected",
            silence.bloc, silence.expected
        ),
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
