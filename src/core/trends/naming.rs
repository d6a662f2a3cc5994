//! Naming: which of several rival names is used, by whom, and since when.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use super::history::EvidenceItem;
use super::options::Options;
use super::series::Ordered;
use super::turning_point::{TurningKind, TurningPoint};
use crate::model::{PressBloc, Tag};

/// The longest time before and after a change that is compared, in days.
const SIDE_DAYS: usize = 84;
/// Fewest uses before and after a change.
const USES_MIN: f64 = 8.0;
/// Smallest change of a share that is reported.
const SHARE_MIN: f64 = 0.3;
/// Smallest likelihood ratio statistic G of the best split: the 1 % critical value of the maximum over all splits of a
/// series (Andrews 1993, table 1, one parameter, 15 % trimmed at either end).
const G_MIN: f64 = 12.35;
/// This many outlets must take up a new name within this many days.
const NEW_NEWSROOMS: usize = 3;
const NEW_DAYS: usize = 7;
/// Parts of the report in each of which an outlet of the panel must have an item.
const PANEL_PARTS: usize = 4;
/// Days of history that are needed before a name can be called new.
const WATCHED_DAYS: usize = 30;

/// How often the outlets of one bloc used one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NameShare {
    /// The bloc; `None` for outlets without one.
    pub bloc: Option<PressBloc>,
    /// The id of the side, whose name it is.
    pub side: String,
    /// Uses in items of the period that are not copies.
    pub uses: u32,
    /// Share of all uses in this bloc, over all sides, 0 to 1.
    pub share: f64,
    /// Uses by month, in the order of [`NamingView::months`].
    pub months: Vec<u32>,
}

/// The uses of a set of rival names in one month.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NameMonth {
    /// The first day of the month.
    pub month: Date,
    /// Uses by side, in the order of `sides`.
    pub uses: Vec<u32>,
}

/// A set of rival names and how often each was used in the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamingView {
    /// The id of the set in the lexicon.
    pub set: String,
    /// The ids of the sides, most used first.
    pub sides: Vec<String>,
    /// The labels of the sides, in the order of `sides`.
    pub labels: Vec<String>,
    /// Uses by side, in the order of `sides`.
    pub uses: Vec<u32>,
    /// Shares by bloc and side.
    pub by_bloc: Vec<NameShare>,
    /// Uses by month, for every month of the report.
    pub months: Vec<NameMonth>,
    /// Outlets that were read throughout the report and use one of the names: only these count.
    pub outlets: u32,
}

/// One item that uses the name of a side.
#[derive(Clone, Copy, Debug)]
struct Use {
    day: usize,
    side: u32,
    bloc: Option<PressBloc>,
    row: u32,
}

/// Returns the shares of rival names, and adds the turning points found in them to `points`.
pub(crate) fn naming(
    ordered: &Ordered<'_>,
    report_from: usize,
    options: &Options,
    points: &mut Vec<TurningPoint>,
) -> Vec<NamingView> {
    let history = ordered.history;
    let panel = panel(ordered, report_from);
    let mut sets: BTreeMap<u32, Vec<Use>> = BTreeMap::new();
    for day in 0..ordered.calendar.len() {
        for &number in ordered.of_day(day).iter().filter(|&&number| !ordered.copies[number as usize]) {
            let row = &history.rows[number as usize];
            if !panel[row.outlet as usize] {
                continue;
            }
            for &(set, side) in history.names(row).iter().collect::<BTreeSet<_>>() {
                sets.entry(set).or_default().push(Use { day, side, bloc: row.bloc, row: number });
            }
        }
    }
    let mut views = Vec::new();
    for (&set, uses) in &sets {
        let name = history.set_words.word(set).to_owned();
        let mut blocs: BTreeMap<Option<PressBloc>, Vec<Use>> = BTreeMap::new();
        for one in uses {
            blocs.entry(one.bloc).or_default().push(*one);
        }
        new_names(ordered, &name, uses, report_from, options, points);
        let everyone = changes(ordered, &name, None, uses, report_from, options, points);
        // A single bloc is reported only if the press as a whole did not change.
        for (bloc, own) in blocs.iter().filter(|_| !everyone) {
            if bloc.is_some() {
                changes(ordered, &name, *bloc, own, report_from, options, points);
            }
        }
        if uses.iter().any(|one| one.day >= report_from) {
            views.push(view(ordered, &name, uses, report_from, options));
        }
    }
    views.sort_by(|a, b| b.uses.iter().sum::<u32>().cmp(&a.uses.iter().sum::<u32>()).then_with(|| a.set.cmp(&b.set)));
    views
}

/// Returns the outlets that were read throughout the report, so that an outlet that comes or goes changes no share: those
/// with an item in each quarter of its days that has any. All if the report is shorter than four weeks.
fn panel(ordered: &Ordered<'_>, report_from: usize) -> Vec<bool> {
    let outlets = ordered.history.outlet_words.len();
    let days = ordered.calendar.len().saturating_sub(report_from);
    if days < 28 {
        return vec![true; outlets];
    }
    let mut panel = vec![true; outlets];
    for part in 0..PANEL_PARTS {
        let mut seen = vec![false; outlets];
        for day in report_from + days * part / PANEL_PARTS..report_from + days * (part + 1) / PANEL_PARTS {
            for &number in ordered.of_day(day) {
                seen[ordered.history.rows[number as usize].outlet as usize] = true;
            }
        }
        // A part in which nothing was monitored says nothing.
        if seen.contains(&true) {
            panel.iter_mut().zip(seen).for_each(|(stays, seen)| *stays &= seen);
        }
    }
    panel
}

fn label(set: &str, side: &str, options: &Options) -> String {
    options.labels.get(&format!("{set}/{side}")).cloned().unwrap_or_else(|| side.replace('-', " "))
}

/// Finds names that nobody used before and that several outlets take up at once.
fn new_names(
    ordered: &Ordered<'_>,
    set: &str,
    uses: &[Use],
    report_from: usize,
    options: &Options,
    points: &mut Vec<TurningPoint>,
) {
    let sides: BTreeSet<u32> = uses.iter().map(|one| one.side).collect();
    for side in sides {
        let own: Vec<&Use> = uses.iter().filter(|one| one.side == side).collect();
        let born = own[0].day;
        let first: Vec<&&Use> = own.iter().take_while(|one| one.day < born + NEW_DAYS).collect();
        let newsrooms: BTreeSet<u32> = first.iter().map(|one| ordered.history.rows[one.row as usize].outlet).collect();
        // A name is new beside the one that was used before it.
        let has_rival = uses.iter().any(|one| one.side != side && one.day < born);
        if !has_rival || born < report_from.max(ordered.began + WATCHED_DAYS) || newsrooms.len() < NEW_NEWSROOMS {
            continue;
        }
        let name = label(set, ordered.history.side_words.word(side), options);
        let rows: Vec<u32> = first.iter().map(|one| one.row).collect();
        let title = format!("New name: {name}, used by {} newsrooms within {NEW_DAYS} days", newsrooms.len());
        points.push(point(
            ordered,
            TurningKind::NewName,
            born,
            title,
            vec![name],
            None,
            &rows,
            newsrooms.len(),
            options,
        ));
    }
}

/// Finds the strongest change of a share of any side, and returns whether there was one.
fn changes(
    ordered: &Ordered<'_>,
    set: &str,
    bloc: Option<PressBloc>,
    uses: &[Use],
    report_from: usize,
    options: &Options,
    points: &mut Vec<TurningPoint>,
) -> bool {
    let sides: BTreeSet<u32> = uses.iter().map(|one| one.side).collect();
    let mut best: Option<(Split, usize, u32)> = None;
    for &side in &sides {
        let days: BTreeSet<usize> = uses.iter().map(|one| one.day).filter(|&day| day >= report_from).collect();
        for &day in &days {
            let Some(split) = split(uses, side, day) else { continue };
            // The most likely of all splits is reported, for the side that rose.
            if split.after > split.before && best.as_ref().is_none_or(|(most, ..)| split.g > most.g) {
                best = Some((split, day, side));
            }
        }
    }
    let Some((split, day, side)) =
        best.filter(|(split, ..)| split.g >= G_MIN && split.after - split.before >= SHARE_MIN)
    else {
        return false;
    };
    let day = snap(ordered, uses, side, day);
    let name = |side: u32| label(set, ordered.history.side_words.word(side), options);
    let mut names = vec![name(side)];
    names.extend(sides.iter().filter(|&&other| other != side).map(|&other| name(other)));
    let whose = bloc.map_or_else(String::new, |bloc| format!(" in the {} press", bloc.label()));
    let title = format!(
        "{} gained on {}{whose}: from {:.0} % of {} uses to {:.0} % of {}",
        names[0],
        names[1..].join(", "),
        split.before * 100.0,
        split.uses_before,
        split.after * 100.0,
        split.uses_after
    );
    let rows: Vec<u32> =
        uses.iter().filter(|one| one.side == side && (day..day + 56).contains(&one.day)).map(|one| one.row).collect();
    let outlets: BTreeSet<u32> = rows.iter().map(|&row| ordered.history.rows[row as usize].outlet).collect();
    let mut shift = point(ordered, TurningKind::NamingShift, day, title, names, bloc, &rows, outlets.len(), options);
    shift.strength = ((split.g / 60.0).min(1.0) * 1000.0).round() / 1000.0;
    points.push(shift);
    true
}

/// Returns the day within a week of the split on which the rising name was used most. A few uses can move the split by
/// chance; the event that caused it gives the better date.
fn snap(ordered: &Ordered<'_>, uses: &[Use], side: u32, split: usize) -> usize {
    let mut days: BTreeMap<usize, u32> = BTreeMap::new();
    for one in uses.iter().filter(|one| one.side == side && one.day + 7 >= split && one.day <= split + 7) {
        *days.entry(one.day).or_default() += 1 + ordered.carriers[one.row as usize].ilog2();
    }
    let heaviest = days
        .into_iter()
        .filter(|&(_, weight)| weight >= 4)
        .max_by_key(|&(day, weight)| (weight, std::cmp::Reverse(day)));
    heaviest.map_or(split, |(day, _)| day)
}

/// A split of the uses of a set before a day.
struct Split {
    /// The likelihood ratio statistic.
    g: f64,
    /// The share of the side before and after, and the uses of all sides.
    before: f64,
    after: f64,
    uses_before: usize,
    uses_after: usize,
}

/// Splits a side's share before a day. `None` if there are too few uses on either side of the split.
fn split(uses: &[Use], side: u32, day: usize) -> Option<Split> {
    let count = |from: usize, to: usize| {
        let inside = uses.iter().filter(|one| (from..to).contains(&one.day));
        inside.fold((0.0, 0.0), |(own, all), one| (own + f64::from(u8::from(one.side == side)), all + 1.0))
    };
    let (own_before, all_before) = count(day.saturating_sub(SIDE_DAYS), day);
    let (own_after, all_after) = count(day, day + SIDE_DAYS);
    if all_before < USES_MIN || all_after < USES_MIN {
        return None;
    }
    let log = |own: f64, all: f64, share: f64| {
        let term = |n: f64, p: f64| if n > 0.0 { n * p.max(1e-12).ln() } else { 0.0 };
        term(own, share) + term(all - own, 1.0 - share)
    };
    let (before, after) = (own_before / all_before, own_after / all_after);
    let both = (own_before + own_after) / (all_before + all_after);
    let g = 2.0
        * (log(own_before, all_before, before) + log(own_after, all_after, after)
            - log(own_before, all_before, both)
            - log(own_after, all_after, both));
    Some(Split { g, before, after, uses_before: all_before as usize, uses_after: all_after as usize })
}

#[expect(clippy::too_many_arguments, reason = "the fields of one turning point")]
fn point(
    ordered: &Ordered<'_>,
    kind: TurningKind,
    day: usize,
    title: String,
    names: Vec<String>,
    bloc: Option<PressBloc>,
    rows: &[u32],
    newsrooms: usize,
    options: &Options,
) -> TurningPoint {
    let history = ordered.history;
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for &row in rows {
        for &tag in history.tags(&history.rows[row as usize]) {
            *votes.entry(history.tag_words.word(tag)).or_default() += 1;
        }
    }
    let mut tags: Vec<(usize, &str)> =
        votes.into_iter().filter(|(_, n)| *n * 2 >= rows.len()).map(|(tag, n)| (n, tag)).collect();
    tags.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    // Evidence is sampled over the whole time, since the uses of the first day alone would not show that the change
    // lasts.
    let shown = rows.len().min(options.urls_max);
    let spaced = (0..shown).filter_map(|place| rows.get(place * rows.len() / shown));
    let mut evidence: Vec<EvidenceItem> =
        spaced.map(|&row| EvidenceItem::of(history, &history.rows[row as usize])).collect();
    let urls = evidence.iter().filter_map(|item| item.url.clone()).collect();
    evidence.truncate(options.evidence_max);
    let date = ordered.calendar.date(day);
    let tags: Vec<Tag> = tags.into_iter().map(|(_, tag)| tag.into()).collect();
    TurningPoint {
        date,
        kind,
        figures: String::new(),
        is_regional: options.is_regional(&tags),
        tags,
        pair: None,
        urls,
        title,
        direction: None,
        names,
        bloc,
        peak: date,
        end: date,
        items: rows.len() as u32,
        expected: 0.0,
        newsrooms: newsrooms as u32,
        strength: ((newsrooms as f64 / 10.0).min(1.0) * 1000.0).round() / 1000.0,
        evidence,
    }
}

fn view(ordered: &Ordered<'_>, set: &str, uses: &[Use], report_from: usize, options: &Options) -> NamingView {
    let words = &ordered.history.side_words;
    let inside: Vec<&Use> = uses.iter().filter(|one| one.day >= report_from).collect();
    let mut totals: BTreeMap<&str, u32> = BTreeMap::new();
    let mut by_bloc: BTreeMap<(Option<PressBloc>, &str), u32> = BTreeMap::new();
    let month_of = |day: usize| ordered.calendar.date(day).first_of_month();
    let months: BTreeSet<Date> = (report_from..ordered.calendar.len()).map(month_of).collect();
    let mut by_month: BTreeMap<(Option<PressBloc>, &str, Date), u32> = BTreeMap::new();
    for one in &inside {
        let side = words.word(one.side);
        *totals.entry(side).or_default() += 1;
        *by_bloc.entry((one.bloc, side)).or_default() += 1;
        *by_month.entry((one.bloc, side, month_of(one.day))).or_default() += 1;
    }
    let mut sides: Vec<&str> = totals.keys().copied().collect();
    sides.sort_by(|a, b| totals[b].cmp(&totals[a]).then_with(|| a.cmp(b)));
    let all =
        |bloc: Option<PressBloc>| by_bloc.iter().filter(|((own, _), _)| *own == bloc).map(|(_, n)| *n).sum::<u32>();
    NamingView {
        set: set.to_owned(),
        labels: sides.iter().map(|side| label(set, side, options)).collect(),
        uses: sides.iter().map(|side| totals[side]).collect(),
        by_bloc: by_bloc
            .iter()
            .map(|(&(bloc, side), &uses)| NameShare {
                bloc,
                side: side.to_owned(),
                uses,
                share: f64::from(uses) / f64::from(all(bloc).max(1)),
                months: months
                    .iter()
                    .map(|month| by_month.get(&(bloc, side, *month)).copied().unwrap_or_default())
                    .collect(),
            })
            .collect(),
        outlets: inside.iter().map(|one| ordered.history.rows[one.row as usize].outlet).collect::<BTreeSet<u32>>().len()
            as u32,
        months: months
            .iter()
            .map(|&month| {
                let uses = |side: &&str| {
                    by_month.iter().filter(|((_, own, at), _)| own == side && *at == month).map(|(_, uses)| uses).sum()
                };
                NameMonth { month, uses: sides.iter().map(uses).collect() }
            })
            .collect(),
        sides: sides.into_iter().map(str::to_owned).collect(),
    }
}
