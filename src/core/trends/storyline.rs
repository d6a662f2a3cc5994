//! Storylines: what returns again and again for weeks. A person, organisation or project that emerges from silence, or
//! the turning points of one pair of actors, or of one matter at a place.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::event::{event_tags, is_routine};
use super::evidence::evidence;
use super::headline::headline_of;
use super::history::EvidenceItem;
use super::options::{Options, Pair};
use super::series::Ordered;
use super::turning_point::{TurningKind, TurningPoint};
use crate::model::{Namespace, Tag};

/// A longer gap than this, in days, separates one peak from the next.
const EPISODE_GAP_DAYS: usize = 3;
/// Most days between one peak of a storyline and the next.
const NEXT_DAYS: usize = 45;
/// Fewest peaks of a storyline.
const PEAKS_MIN: usize = 3;
/// Fewest days from the first peak to the last.
const SPAN_DAYS: usize = 21;
/// Days of silence before the first peak, as far as the history reaches; it must reach at least half as far.
const SILENCE_DAYS: usize = 60;
/// Fewest outlets that carry a peak.
const CARRIERS_MIN: usize = 2;
/// Fewest outlets with an original text, over all peaks.
const NEWSROOMS_MIN: usize = 5;
/// A subject in the news on a greater share of the days is a permanent subject rather than a storyline.
const STANDING_SHARE: f64 = 0.6;
/// Most days between the start of a storyline and the burst that is its first peak.
const START_APART: i32 = 3;
/// Items shown for each peak.
const SHOWN: usize = 2;

/// A storyline: one subject with several peaks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Storyline {
    /// The tag of the person, organisation, project or place; of a pair, that of its first actor.
    pub tag: Tag,
    /// The English label: `Armenia and Russia`, `Armenia: Church and faith`.
    pub label: String,
    /// Items of all peaks, including copies; of a pair or matter, the texts that are not copies.
    pub items: u32,
    /// Outlets with an item that is not a copy; of a pair or matter, those of its widest peak.
    pub newsrooms: u32,
    /// The peaks, in order of date.
    pub peaks: Vec<Peak>,
}

/// A time at which a storyline is in the news.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Peak {
    /// The first day.
    pub date: Date,
    /// The last day.
    pub end: Date,
    /// The day of what the title tells.
    pub day: Date,
    /// What happened: the best headline of its most widely carried story.
    pub title: String,
    /// Items, including copies.
    pub items: u32,
    /// Outlets that carry what the title tells, including those with a copy.
    pub newsrooms: u32,
    /// Items that tell it, that with the title first.
    pub evidence: Vec<EvidenceItem>,
}

/// Days without a longer gap on which a subject is in the news, with their rows in order.
#[derive(Clone, Debug)]
struct Episode {
    from: usize,
    to: usize,
    rows: Vec<u32>,
    days: usize,
}

impl Episode {
    fn outlets(&self, ordered: &Ordered<'_>, with_copies: bool) -> BTreeSet<u32> {
        let rows = self.rows.iter().filter(|&&row| with_copies || !ordered.copies[row as usize]);
        rows.map(|&row| ordered.history.rows[row as usize].outlet).collect()
    }

    /// Returns its most widely carried story.
    fn widest_story(&self, ordered: &Ordered<'_>) -> Episode {
        let history = ordered.history;
        let mut stories: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for &row in &self.rows {
            stories.entry(history.rows[row as usize].story_or_own()).or_default().push(row);
        }
        let outlets =
            |rows: &[u32]| rows.iter().map(|&row| history.rows[row as usize].outlet).collect::<BTreeSet<u32>>().len();
        let place = |rows: &[u32]| rows.iter().map(|&row| ordered.place[row as usize]).min();
        let widest = stories.into_values().max_by_key(|rows| (outlets(rows), std::cmp::Reverse(place(rows))));
        let rows = widest.unwrap_or_else(|| self.rows.clone());
        let day = |row: &u32| ordered.calendar.day_of(history.rows[*row as usize].at_secs);
        let days: BTreeSet<usize> = rows.iter().filter_map(day).collect();
        let (from, to) = (days.first().copied().unwrap_or(self.from), days.last().copied().unwrap_or(self.to));
        Episode { from, to, days: days.len(), rows }
    }

    /// Returns its rows, the most widely carried first.
    fn ranked(&self, ordered: &Ordered<'_>) -> Vec<u32> {
        let mut rows = self.rows.clone();
        rows.sort_by_key(|&row| {
            (ordered.copies[row as usize], u32::MAX - ordered.carriers[row as usize], ordered.place[row as usize])
        });
        rows
    }
}

/// A tag with its peaks.
struct Thread {
    tag: u32,
    peaks: Vec<Episode>,
}

/// Finds the storylines with a peak on or after the day `first`, those with most peaks first, and marks their starts
/// among the points or adds them there.
pub(crate) fn storylines(
    ordered: &Ordered<'_>,
    first: usize,
    options: &Options,
    points: &mut Vec<TurningPoint>,
) -> Vec<Storyline> {
    let words = &ordered.history.tag_words;
    let mut threads: Vec<Thread> = mentions(ordered, options)
        .into_iter()
        .flat_map(|(tag, rows)| threads(ordered, tag, &rows))
        .filter(|thread| thread.peaks.last().is_some_and(|peak| peak.to >= first))
        .collect();
    threads.sort_by(|a, b| b.peaks.len().cmp(&a.peaks.len()).then_with(|| words.word(a.tag).cmp(words.word(b.tag))));
    let mut taken: BTreeSet<u32> = BTreeSet::new();
    let mut found = Vec::new();
    for thread in threads {
        let rows: BTreeSet<u32> = thread.peaks.iter().flat_map(|peak| &peak.rows).copied().collect();
        // The storyline with most peaks keeps its items; a later one that shares most of them is the same under another
        // tag.
        if rows.intersection(&taken).count() * 2 >= rows.len() || !is_regional(ordered, &rows, options) {
            continue;
        }
        taken.extend(&rows);
        if thread.peaks.first().is_some_and(|peak| peak.from >= first) {
            mark_start(ordered, &thread, options, points);
        }
        found.push(storyline(ordered, &thread, options));
    }
    found
}

/// Whether half of the rows have a tag of the region, if the report is about one: agencies and politicians of the wider
/// world pass through it.
fn is_regional(ordered: &Ordered<'_>, rows: &BTreeSet<u32>, options: &Options) -> bool {
    let history = ordered.history;
    let has_tag = |row: &&u32| {
        let tags = history.tags(&history.rows[**row as usize]);
        tags.iter().any(|&tag| options.region_tags.iter().any(|known| *known == *history.tag_words.word(tag)))
    };
    options.region_tags.is_empty() || rows.iter().filter(has_tag).count() * 2 >= rows.len()
}

/// Returns the storylines of pairs and matters of the region: three turning points or more over three weeks that
/// concern the same two actors, or the same topic at the same place. A turning point is in one storyline. `points` are in
/// order of date.
pub(crate) fn matters(points: &[TurningPoint], options: &Options) -> Vec<Storyline> {
    let events: Vec<&TurningPoint> = points
        .iter()
        .filter(|point| {
            matches!(
                point.kind,
                TurningKind::Burst | TurningKind::Deed | TurningKind::StorylineStart | TurningKind::RelationShift
            )
        })
        .collect();
    let of_region = |tag: &Tag| options.region_tags.contains(tag);
    let mut of_pair: BTreeMap<Pair, Vec<&TurningPoint>> = BTreeMap::new();
    let mut of_matter: BTreeMap<(Tag, Tag), Vec<&TurningPoint>> = BTreeMap::new();
    for &point in &events {
        match &point.pair {
            Some(pair) if pair.tags().iter().any(of_region) => of_pair.entry(pair.clone()).or_default().push(point),
            _ => {
                let place = point.tags.iter().find(|tag| of_region(tag));
                let topic = point.tags.iter().find(|tag| tag.namespace() == Some(Namespace::Topic));
                if let Some((place, topic)) = place.zip(topic) {
                    of_matter.entry((place.clone(), topic.clone())).or_default().push(point);
                }
            }
        }
    }
    let pairs = of_pair.into_iter().map(|(pair, list)| {
        let [tag, _] = pair.tags();
        (tag, options.pair_label(&pair), list)
    });
    let matters = of_matter.into_iter().map(|((place, topic), list)| {
        let label = format!("{}: {}", options.label(&place), options.label(&topic));
        (place, label, list)
    });
    let mut found: Vec<Storyline> =
        pairs.chain(matters).filter_map(|(tag, label, list)| matter(tag, label, &list)).collect();
    found.sort_by(|a, b| b.peaks.len().cmp(&a.peaks.len()).then_with(|| a.label.cmp(&b.label)));
    found
}

fn matter(tag: Tag, label: String, points: &[&TurningPoint]) -> Option<Storyline> {
    let (first, last) = (points.first()?, points.last()?);
    let span = first.date.until(last.date).map_or(0, |span| span.get_days());
    if points.len() < PEAKS_MIN || usize::try_from(span).is_ok_and(|days| days < SPAN_DAYS) {
        return None;
    }
    let peak = |point: &&TurningPoint| Peak {
        date: point.date,
        end: point.end,
        day: point.date,
        title: point.title.clone(),
        items: point.items,
        newsrooms: point.newsrooms,
        evidence: point.evidence.iter().take(SHOWN).cloned().collect(),
    };
    Some(Storyline {
        tag,
        label,
        items: points.iter().map(|point| point.items).sum(),
        newsrooms: points.iter().map(|point| point.newsrooms).max().unwrap_or(0),
        peaks: points.iter().map(peak).collect(),
    })
}

/// Returns the items in scope that name a person, organisation or project, by tag.
fn mentions(ordered: &Ordered<'_>, options: &Options) -> BTreeMap<u32, Vec<(usize, u32)>> {
    let history = ordered.history;
    let tags = 0..history.tag_words.len() as u32;
    let word = |tag: u32| history.tag_words.word(tag);
    let is_named: Vec<bool> = tags
        .clone()
        .map(|tag| !matches!(Namespace::of(word(tag)), Some(Namespace::Place | Namespace::Topic | Namespace::City)))
        .collect();
    let is_in = |list: &[Tag]| tags.clone().map(|tag| list.iter().any(|known| *known == *word(tag))).collect();
    let (is_in_scope, is_quiet): (Vec<bool>, Vec<bool>) = (is_in(&options.scope_tags), is_in(&options.quiet_tags));
    let mut out: BTreeMap<u32, Vec<(usize, u32)>> = BTreeMap::new();
    for day in 0..ordered.calendar.len() {
        for &row in ordered.of_day(day) {
            let tags = history.tags(&history.rows[row as usize]);
            let any = |marked: &[bool]| tags.iter().any(|&tag| marked[tag as usize]);
            if (options.scope_tags.is_empty() || any(&is_in_scope)) && !any(&is_quiet) {
                for &tag in tags.iter().filter(|&&tag| is_named[tag as usize]) {
                    out.entry(tag).or_default().push((day, row));
                }
            }
        }
    }
    out
}

/// Returns the storylines of one tag, given the days and rows that mention it.
fn threads(ordered: &Ordered<'_>, tag: u32, rows: &[(usize, u32)]) -> Vec<Thread> {
    let mut episodes: Vec<Episode> = Vec::new();
    for &(day, row) in rows {
        match episodes.last_mut().filter(|last| day <= last.to + EPISODE_GAP_DAYS) {
            Some(last) => {
                last.days += usize::from(day > last.to);
                last.to = day;
                last.rows.push(row);
            }
            None => episodes.push(Episode { from: day, to: day, rows: vec![row], days: 1 }),
        }
    }
    episodes.retain(|episode| episode.outlets(ordered, true).len() >= CARRIERS_MIN);
    let mut runs: Vec<Vec<Episode>> = Vec::new();
    for episode in episodes {
        match runs.last_mut().filter(|run| run.last().is_some_and(|last| episode.from <= last.to + NEXT_DAYS)) {
            Some(run) => run.push(episode),
            None => runs.push(vec![episode]),
        }
    }
    let mut found = Vec::new();
    for peaks in runs {
        let (from, to) = (peaks[0].from, peaks[peaks.len() - 1].to);
        let before = from.saturating_sub(SILENCE_DAYS)..from;
        let is_born = from >= SILENCE_DAYS / 2 && !rows.iter().any(|(day, _)| before.contains(day));
        let newsrooms: BTreeSet<u32> = peaks.iter().flat_map(|peak| peak.outlets(ordered, false)).collect();
        let active_days: usize = peaks.iter().map(|peak| peak.days).sum();
        if is_born
            && peaks.len() >= PEAKS_MIN
            && to - from >= SPAN_DAYS
            && newsrooms.len() >= NEWSROOMS_MIN
            && active_days as f64 <= STANDING_SHARE * (to - from + 1) as f64
        {
            found.push(Thread { tag, peaks });
        }
    }
    found
}

/// Turns the burst that is the first peak into the start of the storyline, or adds a turning point if there is none.
fn mark_start(ordered: &Ordered<'_>, thread: &Thread, options: &Options, points: &mut Vec<TurningPoint>) {
    let Some(peak) = thread.peaks.first() else { return };
    let word = ordered.history.tag_words.word(thread.tag);
    let date = ordered.calendar.date(peak.from);
    let apart = |point: &TurningPoint| point.date.until(date).map_or(i32::MAX, |span| span.get_days().abs());
    // Tags further down the list only occur along with the subject of the burst.
    let is_of = |point: &TurningPoint| point.tags.iter().take(3).any(|tag| tag == word) && apart(point) <= START_APART;
    if let Some(point) = points.iter_mut().find(|point| is_of(point)) {
        if matches!(point.kind, TurningKind::Burst | TurningKind::Deed) {
            point.kind = TurningKind::StorylineStart;
        }
        return;
    }
    let core = peak.ranked(ordered);
    let tags = event_tags(ordered, [thread.tag], &core);
    if is_routine(ordered, &core, peak.from, &tags, &[word], options) {
        return;
    }
    let mut items = evidence(ordered, &core, options.urls_max);
    let urls = items.iter().filter_map(|item| item.url.clone()).collect();
    items.truncate(options.evidence_max);
    let label = options.label(word);
    let last = thread.peaks.last().map_or(date, |peak| ordered.calendar.date(peak.from));
    points.push(TurningPoint {
        date,
        kind: TurningKind::StorylineStart,
        title: format!("{label}: first of {} peaks, the last on {}", thread.peaks.len(), last.strftime("%-d %B %Y")),
        figures: String::new(),
        is_regional: options.is_regional(&tags),
        tags,
        pair: None,
        urls,
        direction: None,
        names: Vec::new(),
        bloc: None,
        peak: date,
        end: ordered.calendar.date(peak.to),
        items: peak.rows.len() as u32,
        expected: 0.0,
        newsrooms: peak.outlets(ordered, false).len() as u32,
        strength: (thread.peaks.len() as f64 / 10.0).min(1.0),
        evidence: items,
    });
}

fn storyline(ordered: &Ordered<'_>, thread: &Thread, options: &Options) -> Storyline {
    let tag = ordered.history.tag_words.word(thread.tag);
    let newsrooms: BTreeSet<u32> = thread.peaks.iter().flat_map(|peak| peak.outlets(ordered, false)).collect();
    let peak = |peak: &Episode| {
        let story = peak.widest_story(ordered);
        let mut reports = story.ranked(ordered);
        let (title, first) = headline_of(ordered, &reports, options);
        // The report that gives the title comes first, so that the link leads to what the title says.
        reports.sort_by_key(|row| Some(*row) != first);
        Peak {
            date: ordered.calendar.date(peak.from),
            end: ordered.calendar.date(peak.to),
            day: ordered.calendar.date(story.from),
            title,
            items: peak.rows.len() as u32,
            newsrooms: story.outlets(ordered, true).len() as u32,
            evidence: evidence(ordered, &reports, SHOWN),
        }
    };
    Storyline {
        tag: tag.into(),
        label: options.label(tag),
        items: thread.peaks.iter().map(|peak| peak.rows.len() as u32).sum(),
        newsrooms: newsrooms.len() as u32,
        peaks: thread.peaks.iter().map(peak).collect(),
    }
}
