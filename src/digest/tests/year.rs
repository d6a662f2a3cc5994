//! Tests of the year in review.

use super::*;
use crate::trends::{
    self, Direction, EvidenceItem, History, Level, NameMonth, NameShare, NamingView, OverviewSentence, Pair, Peak,
    Phase, PhaseEvent, RelationQuarter, RelationView, RelationWeek, Storyline, TrendReport, TurningKind, TurningPoint,
};

fn year() -> Period {
    Period::containing(Cadence::Year, date(2026, 5, 1), TimeZone::UTC).unwrap()
}

fn shown(id: i64, title: &str, outlet: &str, when: &str) -> EvidenceItem {
    EvidenceItem {
        id,
        title: title.to_owned(),
        url: Some(format!("https://past{id}.example/{id}")),
        outlet: outlet.to_owned(),
        bloc: Some(PressBloc::of("western")),
        language: Some("en".to_owned()),
        published: Some(at(when)),
    }
}

fn relation(pair: (&str, &str), label: &str, means: [f64; 4], shifts: &[jiff::civil::Date]) -> RelationView {
    let level = |index: f64| Level { index, low: index - 0.5, high: index + 0.5, stories: 30 };
    let quarter = |(place, mean): (usize, &f64)| RelationQuarter {
        from: date(2026, i8::try_from(place).unwrap() * 3 + 1, 1),
        level: Some(level(*mean)),
    };
    let weeks = (0..52).map(|week| RelationWeek {
        week: date(2025, 12, 29).checked_add((week * 7).days()).unwrap(),
        stories: 2,
        level: Some(level(means[usize::try_from(week / 13).unwrap()])),
    });
    RelationView {
        pair: Pair::new(pair.0, pair.1).unwrap(),
        label: label.to_owned(),
        stories: 120,
        now: None,
        quarter_ago: None,
        year_ago: None,
        weeks: weeks.collect(),
        quarters: means.iter().enumerate().map(quarter).collect(),
        shifts: shifts.to_vec(),
        phases: Vec::new(),
    }
}

fn point(
    when: jiff::civil::Date,
    kind: TurningKind,
    title: &str,
    strength: f64,
    evidence: Vec<EvidenceItem>,
) -> TurningPoint {
    let is_shift = kind == TurningKind::RelationShift;
    TurningPoint {
        date: when,
        kind,
        tags: vec!["place:armenia".into(), "place:russia".into()],
        pair: is_shift.then(|| Pair::new("armenia", "russia").unwrap()),
        urls: Vec::new(),
        title: title.to_owned(),
        figures: String::new(),
        is_regional: true,
        direction: is_shift.then_some(Direction::Negative),
        names: Vec::new(),
        bloc: None,
        peak: when,
        end: when,
        items: 5,
        expected: 1.0,
        newsrooms: 3,
        strength,
        evidence,
    }
}

/// Returns the report of an invented year; no outlet, person or event in it exists.
pub(crate) fn written() -> TrendReport {
    let mut report =
        trends::report(&History::new(), &trends::Options::new(date(2026, 1, 1), date(2027, 1, 1), TimeZone::UTC));
    let rail = || shown(1, "Northern rail line closed at the border", "Highland Wire", "2026-07-02T09:00:00Z");
    report.turning_points = vec![
        point(
            date(2026, 9, 9),
            TurningKind::Burst,
            "Armenia (Trade): 4 stories in 3 newsrooms",
            0.9,
            vec![shown(2, "Market opens <again> & again", "Gorge Post", "2026-09-09T09:00:00Z"), rail()],
        ),
        point(
            date(2026, 7, 2),
            TurningKind::RelationShift,
            "Armenia and Russia: tone fell from +2.0 to −2.0",
            0.5,
            vec![rail(), shown(3, "Lorries wait for a third day", "Valley Courier", "2026-07-03T09:00:00Z")],
        ),
    ];
    report.relations = vec![
        relation(("armenia", "azerbaijan"), "Armenia and Azerbaijan", [1.0, 1.5, 2.5, 4.0], &[]),
        relation(("armenia", "russia"), "Armenia and Russia", [2.0, 1.8, -2.0, -2.2], &[date(2026, 7, 2)]),
        relation(("azerbaijan", "russia"), "Azerbaijan and Russia", [2.0, -3.0, -2.0, 1.8], &[]),
        relation(("georgia", "russia"), "Georgia and Russia", [1.0, 1.1, 1.0, 1.2], &[]),
        relation(("iran", "usa"), "Iran and United States", [5.0, 1.1, 1.0, -5.2], &[]),
    ];
    let peak = |when, id, title: &str| Peak {
        date: when,
        end: when,
        day: when,
        title: title.to_owned(),
        items: 9,
        newsrooms: 4,
        evidence: vec![shown(id, title, "Gorge Post", "2026-03-03T09:00:00Z")],
    };
    report.storylines = vec![Storyline {
        tag: "project:northern-line".into(),
        label: "Northern line".to_owned(),
        items: 18,
        newsrooms: 6,
        peaks: vec![
            peak(date(2026, 3, 3), 7, "The line is surveyed"),
            peak(date(2026, 8, 8), 8, "The line is paid for"),
        ],
    }];
    let share = |bloc, side: &str, months: [u32; 12]| NameShare {
        bloc: Some(bloc),
        side: side.to_owned(),
        uses: months.iter().sum(),
        share: 0.0,
        months: months.to_vec(),
    };
    report.naming = vec![NamingView {
        set: "line".to_owned(),
        sides: vec!["line".to_owned(), "route".to_owned()],
        labels: vec!["Northern line".to_owned(), "Route of Friends".to_owned()],
        uses: vec![42, 30],
        by_bloc: vec![
            share(PressBloc::of("armenian"), "line", [4, 4, 4, 4, 4, 4, 4, 4, 2, 1, 1, 1]),
            share(PressBloc::of("armenian"), "route", [0; 12]),
            share(PressBloc::of("western"), "line", [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]),
            share(PressBloc::of("western"), "route", [0, 0, 0, 0, 0, 0, 0, 6, 6, 6, 6, 6]),
            share(PressBloc::of("iranian"), "line", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]),
        ],
        months: (1..=12).map(|month| NameMonth { month: date(2026, month, 1), uses: Vec::new() }).collect(),
        outlets: 9,
    }];
    let event = PhaseEvent {
        date: date(2026, 7, 2),
        title: "Northern rail line closed at the border".to_owned(),
        newsrooms: 3,
        evidence: Some(rail()),
    };
    let apart = Phase { direction: Direction::Negative, from: event.date, to: date(2026, 7, 9), events: vec![event] };
    report.relations[1].phases = vec![apart];
    report.overview = vec![OverviewSentence {
        text: "Armenia and Russia moved apart (2 to 9 July).".to_owned(),
        evidence: vec![rail()],
    }];
    report.unknown = vec!["Too few stories to say which way they moved: Georgia and Iran (2).".to_owned()];
    report
}

/// Returns the report of a year without any items.
pub(crate) fn thin() -> TrendReport {
    trends::report(&History::new(), &trends::Options::new(date(2026, 1, 1), date(2027, 1, 1), TimeZone::UTC))
}

pub(crate) fn input(trends: Option<TrendReport>) -> DigestInput {
    DigestInput { period: year(), trends, late: Vec::new(), changes: Vec::new(), number: Some(1), ..sample() }
}

#[test]
fn a_year_says_who_moved_and_when() {
    let digest = compose(&input(Some(written())), &options()).digest;
    let dates: Vec<_> = digest.moved.iter().map(|moved| moved.date).collect();
    assert_eq!(dates, [date(2026, 7, 2), date(2026, 9, 9)], "by date and not by strength");
    let sources: Vec<usize> = digest.moved.iter().map(|moved| moved.evidence.len()).collect();
    assert_eq!(sources, [2, 2], "two sources each, if one of them was named before");
    let review = digest.review.unwrap();
    let movers: Vec<String> =
        review.movers.iter().map(|mover| format!("{} {}", mover.actor.tag, mover.sentence)).collect();
    assert_eq!(
        movers,
        [
            "place:russia moved away from Armenia (−4.2); fell out and then made up with Azerbaijan",
            "place:armenia moved closer to Azerbaijan (+3.0); away from Russia (−4.2)",
            "place:azerbaijan moved closer to Armenia (+3.0); fell out and then made up with Russia",
        ]
    );
    let pairs: Vec<&str> = review.relations.iter().map(|relation| relation.label.as_str()).collect();
    assert_eq!(
        pairs,
        ["Azerbaijan and Russia", "Armenia and Russia", "Armenia and Azerbaijan", "Georgia and Russia"],
        "the greatest movement first, and no pair of which the plan does not ask"
    );
    assert_eq!(
        review.naming[0].sentence,
        "Route of Friends rose from 0 % of 15 uses in the first three months to 82 % of 22 in the last"
    );
    assert_eq!((review.naming[0].rows.len(), review.naming[0].rare), (3, 1));
}

#[test]
fn a_year_without_data_says_so_and_shorter_periods_have_no_review() {
    for trends in [None, Some(thin())] {
        let digest = compose(&input(trends), &options()).digest;
        let says_so = digest.notes.iter().any(|note| note.starts_with("No two actors have 5 stories"));
        assert_eq!(says_so, digest.review.is_some(), "{:?}", digest.notes);
    }
    let day = compose(&sample(), &options()).digest;
    assert!(day.review.is_none() && !serde_json::to_string(&day).unwrap().contains("review"));
}

#[test]
fn a_yearly_issue_frozen_before_reviews_existed_can_be_read() {
    let digest = compose(&input(Some(written())), &options()).digest;
    let mut json: serde_json::Value = serde_json::to_value(&digest).unwrap();
    let again: Digest = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(again, digest, "what is frozen comes back as it was");
    json.as_object_mut().unwrap().remove("review");
    let old: Digest = serde_json::from_value(json).unwrap();
    assert!(old.review.is_none() && !old.moved.is_empty());
}

#[test]
fn an_event_with_several_bursts_is_one_turning_point() {
    let mut report = written();
    let of_september = report.turning_points[0].clone();
    let also = |title: &str, when, strength, tags: &[&str]| {
        let tags = tags.iter().map(|tag| (*tag).into()).collect();
        TurningPoint { title: title.to_owned(), date: when, strength, tags, ..of_september.clone() }
    };
    report.turning_points.extend([
        also("Weaker, the same day", date(2026, 9, 9), 0.4, &["place:russia", "place:armenia", "topic:trade"]),
        also("Weaker, the day after", date(2026, 9, 10), 0.3, &["place:armenia", "place:russia"]),
        also("Two days after", date(2026, 9, 11), 0.3, &["place:armenia", "place:russia"]),
        also("One tag alone", date(2026, 9, 9), 0.3, &["place:armenia", "topic:energy"]),
    ]);
    let digest = compose(&input(Some(report)), &options()).digest;
    let titles: Vec<&str> = digest.moved.iter().map(|moved| moved.title.as_str()).collect();
    assert_eq!(titles.len(), 4, "{titles:?}");
    assert!(!titles.iter().any(|title| title.starts_with("Weaker")), "{titles:?}");
}
