//! Trend reports and counts in every format.

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::{golden, without_style};
use crate::digest::tests::{at, year};
use crate::model::PressBloc;
use crate::render::trends::{Format, counts_json, render, render_counts};
use crate::trends::{
    BlocCoverage, EmergingWord, History, ItemFacts, Options, SeriesDay, Step, StoryCoverage, TagSeries, TrendReport,
    counts, report,
};

/// The written year, with the sections that the year in review leaves out.
fn written() -> TrendReport {
    let mut report = year::written();
    for (number, day) in report.days.iter_mut().enumerate() {
        (day.items, day.originals, day.gap) = (number as u32 % 7 * 10, number as u32 % 7 * 9, number % 50 == 49);
    }
    let days: Vec<SeriesDay> = report
        .days
        .iter()
        .map(|day| SeriesDay { items: day.items / 10, originals: day.items / 10, newsrooms: 1 })
        .collect();
    let series = |tag: &str, label: &str, items, items_before| TagSeries {
        tag: tag.into(),
        label: label.to_owned(),
        items,
        originals: items,
        newsrooms: 4,
        share: f64::from(items) / 12_000.0,
        items_before,
        days: days.clone(),
    };
    report.series = vec![
        series("place:armenia", "Armenia", 1_080, Some(900)),
        series("topic:trade", "Trade <& transit>", 7, Some(0)),
        series("place:iran", "Iran", 900, None),
    ];
    report.panel.items = 12_000;
    report.panel.originals = 9_000;
    report.panel.outlets = 31;
    report.panel.gap_days = 7;
    report.relations.truncate(3);
    for relation in &mut report.relations {
        let level = |quarter: usize| relation.quarters[quarter].level;
        (relation.now, relation.quarter_ago, relation.year_ago) = (level(3), level(2), None);
    }
    let shown = |place: usize| report.turning_points[place].evidence[0].clone();
    report.coverage = vec![StoryCoverage {
        first: shown(0),
        at: Some(at("2026-09-09T09:00:00Z")),
        newsrooms: 6,
        blocs: vec![
            BlocCoverage { bloc: PressBloc::of("western"), newsrooms: 2, lag_hours: 0.0, first: shown(0) },
            BlocCoverage { bloc: PressBloc::of("russian-state"), newsrooms: 1, lag_hours: 5.4, first: shown(1) },
        ],
        silent: vec![PressBloc::of("iranian")],
    }];
    report.emerging = vec![EmergingWord {
        word: "Quarrington".to_owned(),
        script: "Latin",
        born: date(2026, 9, 8),
        texts: 5,
        newsrooms: 4,
        z: 3.2,
        evidence: vec![shown(0)],
    }];
    report.expected = vec![report.turning_points[0].clone()];
    report
}

#[test]
fn every_format_has_its_golden_report() {
    let report = written();
    golden("trends/year.html", &without_style(&render(&report, Format::Html)));
    golden("trends/year.md", &render(&report, Format::Markdown));
    golden("trends/year.txt", &render(&report, Format::Text));
}

#[test]
fn a_report_of_nothing_is_written_without_odd_numbers() {
    for until in [date(2026, 1, 1), date(2026, 1, 31)] {
        let report = report(&History::new(), &Options::new(date(2026, 1, 1), until, TimeZone::UTC));
        for format in [Format::Text, Format::Html, Format::Markdown, Format::Json] {
            let text = render(&report, format);
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}

#[test]
fn counts_are_written_by_kind() {
    let mut history = History::new();
    for (id, outlet) in [(1, "A"), (2, "B")] {
        let tags = &["place:alpha", "place:beta"][..];
        let when: Timestamp = at("2026-03-28T10:00:00Z");
        let (at, story) = (Some(when), Some(1));
        let bloc = Some(PressBloc::of("western"));
        history.add(&ItemFacts { id, at, title: "an <b>item</b>", outlet, bloc, tags, story, ..ItemFacts::default() });
    }
    let mut options = Options::new(date(2026, 3, 27), date(2026, 4, 4), TimeZone::UTC);
    options.actors = vec!["place:alpha".into(), "place:beta".into()];
    let table = counts(&history, &options, Step::Day);
    golden("trends/counts.txt", &render_counts(&table));
    golden("trends/counts.json", &counts_json(&table));
    assert!(render_counts(&counts(&History::new(), &options, Step::Week)).contains("No item"));
}

/// A hundred and thirty days of 2024 with four reports a day.
fn everyday() -> History {
    let mut history = History::new();
    for number in 0..520_i64 {
        let title = format!("report number {number} of the pass");
        let (outlet, tags) = (format!("Outlet {}", number % 4), [["place:p0"], ["place:p1"]][number as usize % 2]);
        let when = at("2024-01-01T00:00:00Z") + (number * 6).hours();
        history.add(&ItemFacts {
            id: number,
            at: Some(when),
            title: &title,
            outlet: &outlet,
            tags: &tags,
            ..ItemFacts::default()
        });
    }
    history
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn nothing_from_a_feed_is_markup(title in "[<>&\"'\\PC]{0,30}", outlet in "[<>&a-z]{1,9}") {
        let mut history = everyday();
        let start = at("2024-04-10T00:00:00Z");
        for number in 0..6i64 {
            let (outlet, title) = (format!("{outlet}{number}<b>"), format!("<script>{title}"));
            history.add(&ItemFacts { id: 9000 + number, at: Some(start + number.seconds()), title: &title, url: Some("javascript:x"), outlet: &outlet, tags: &["place:<i>"], ..ItemFacts::default() });
        }
        let report = report(&history, &Options::new(date(2024, 3, 1), date(2024, 5, 1), TimeZone::UTC));
        prop_assert!(!report.turning_points.is_empty());
        let page = render(&report, Format::Html);
        for bad in ["<script", "<b>", "<i>", "javascript:"] {
            prop_assert!(!page.contains(bad), "{}", bad);
        }
        prop_assert!(!render(&report, Format::Markdown).contains('<'));
    }
}
