//! Properties of every report, and bursts planted into generated series.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::model::{PressBloc, Tag};

pub(crate) const START: Date = date(2024, 1, 1);

struct MadeItem {
    id: i64,
    at: Timestamp,
    outlet: String,
    tag: String,
    title: String,
    duplicate_of: Option<i64>,
}

/// Builds a history of tagged items from several outlets.
#[derive(Default)]
pub(crate) struct Maker {
    items: Vec<MadeItem>,
}

impl Maker {
    fn add(
        &mut self,
        day: i64,
        second: i64,
        outlet: usize,
        tag: &str,
        title: String,
        duplicate_of: Option<i64>,
    ) -> i64 {
        let id = self.items.last().map_or(0, |item| item.id + 1);
        let start = START.to_zoned(TimeZone::UTC).unwrap().timestamp();
        let at = start + (day * 24).hours() + second.seconds();
        self.items.push(MadeItem {
            id,
            at,
            outlet: format!("Outlet {outlet}"),
            tag: tag.to_owned(),
            title,
            duplicate_of,
        });
        id
    }

    pub(crate) fn history(&self) -> History {
        let mut history = History::new();
        for item in &self.items {
            let url = format!("https://a.example/{}", item.id);
            history.add(&ItemFacts {
                id: item.id,
                at: Some(item.at),
                title: &item.title,
                url: Some(&url),
                outlet: &item.outlet,
                bloc: Some(PressBloc::of("western")),
                language: Some("en"),
                tags: &[item.tag.as_str()],
                duplicate_of: item.duplicate_of,
                ..ItemFacts::default()
            });
        }
        history
    }

    pub(crate) fn report(&self, since: i64, until: i64) -> TrendReport {
        let day = |number: i64| START.checked_add(number.days()).unwrap();
        report(&self.history(), &Options::new(day(since), day(until), TimeZone::UTC))
    }
}

/// Draws a count with a given mean: Poisson, or Poisson with a gamma mean, which is negative binomial; the gamma is a
/// sum of exponentials.
fn draw(random: &mut StdRng, mean: f64, shape: Option<u32>) -> u32 {
    let mean = match shape {
        None => mean,
        Some(shape) => (0..shape).map(|_| -(1.0 - random.random::<f64>()).ln()).sum::<f64>() / f64::from(shape) * mean,
    };
    let limit = (-mean).exp();
    let (mut count, mut product) = (0, random.random::<f64>());
    while product > limit && count < 10_000 {
        product *= random.random::<f64>();
        count += 1;
    }
    count
}

/// Returns some words that hardly ever come together twice.
fn everyday_words(random: &mut StdRng, count: usize) -> String {
    let words: Vec<String> = (0..count).map(|_| word(random.random_range(0..3_000))).collect();
    words.join(" ")
}

/// Returns an instant of March 2026: a day, from 0, and minutes after its midnight in UTC.
pub(crate) fn march(day: i64, minutes: i64) -> Timestamp {
    date(2026, 3, 1).to_zoned(TimeZone::UTC).unwrap().timestamp() + (day * 24).hours() + minutes.minutes()
}

/// Returns March 2026 with four reports a day, numbered from 0, of what happens once, by three outlets in turn.
pub(crate) fn everyday_march(outlets: [&str; 3]) -> History {
    let mut history = History::new();
    for number in 0..120_i64 {
        let word: String =
            (number + 100).to_string().chars().map(|digit| char::from(b'k' + digit as u8 - b'0')).collect();
        history.add(&ItemFacts {
            id: number,
            at: Some(march(number / 4, number % 4)),
            title: &format!("{word}town opens {word}hall"),
            outlet: outlets[number as usize % 3],
            bloc: Some(PressBloc::of("western")),
            language: Some("en"),
            tags: &["place:russia"],
            ..ItemFacts::default()
        });
    }
    history
}

/// Returns a word without digits for each number: `qaaa`, `qbaa`, …
fn word(number: i64) -> String {
    let letter = |place: u32| char::from(b'a' + (number / 26i64.pow(place) % 26) as u8);
    format!("q{}{}{}", letter(0), letter(1), letter(2))
}

/// Generates everyday items of some subjects with a weekly rhythm.
fn everyday(random: &mut StdRng, means: &[f64], days: i64, shape: Option<u32>) -> Maker {
    let mut maker = Maker::default();
    for day in 0..days {
        let weekend = START.checked_add(day.days()).unwrap().weekday().to_monday_zero_offset() >= 5;
        for (subject, &mean) in means.iter().enumerate() {
            for _ in 0..draw(random, if weekend { mean * 0.5 } else { mean }, shape) {
                let outlet = random.random_range(0..24);
                let second = random.random_range(0..86_400);
                let title = everyday_words(random, 4);
                maker.add(day, second, outlet, &format!("place:p{subject}"), title, None);
            }
        }
    }
    maker
}

/// Counts planted bursts, those found, reported turning points, and the false ones among them.
#[derive(Default)]
struct Tally {
    planted: u32,
    found: u32,
    reported: u32,
    wrong: u32,
}

impl Tally {
    /// Plants a burst every fortnight: a handful of items for a rare subject, plus four times its mean for a busy one,
    /// among everyday items that `change` may alter. The items of a burst report one event, each in words of its own.
    fn plant(&mut self, seed: u64, shape: Option<u32>, change: impl Fn(&mut StdRng, &mut Maker)) {
        let means = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0];
        let mut random = StdRng::seed_from_u64(seed);
        let mut maker = everyday(&mut random, &means, 330, shape);
        change(&mut random, &mut maker);
        let mut planted: BTreeSet<(i64, usize)> = BTreeSet::new();
        for turn in 0..16 {
            let (day, subject) = (100 + turn * 14, turn as usize % means.len());
            planted.insert((day, subject));
            for part in 0..(means[subject] * 4.0 + 6.0) as usize {
                let title = format!(
                    "dam breaks {} {} {}",
                    word(4_000 + turn),
                    word(5_000 + turn),
                    everyday_words(&mut random, 2)
                );
                maker.add(day, 40_000 + part as i64, part % 24, &format!("place:p{subject}"), title, None);
            }
        }
        let report = maker.report(60, 330);
        let near = |point: &TurningPoint, day: i64, subject: usize, days: i64| {
            (i64::from(START.until(point.date).unwrap().get_days()) - day).abs() <= days
                && point.tags.contains(&crate::model::Tag::place(&format!("p{subject}")))
        };
        let points = &report.turning_points;
        for &(day, subject) in &planted {
            self.planted += 1;
            self.found += u32::from(points.iter().any(|point| near(point, day, subject, 1)));
        }
        for point in points {
            self.reported += 1;
            self.wrong += u32::from(!planted.iter().any(|&(day, subject)| near(point, day, subject, 2)));
        }
    }

    fn check(&self) {
        let recall = f64::from(self.found) / f64::from(self.planted);
        let false_rate = f64::from(self.wrong) / f64::from(self.reported.max(1));
        println!("recall {recall:.3} of {}, false discoveries {false_rate:.3} of {}", self.planted, self.reported);
        assert!(recall >= 0.95, "recall {recall}: {} of {}", self.found, self.planted);
        assert!(false_rate <= 0.05, "false discoveries {false_rate}: {} of {}", self.wrong, self.reported);
    }
}

/// 96 histories hold about fifteen hundred bursts, enough that chance does not decide.
#[test]
fn planted_bursts_are_found_and_little_else() {
    let mut tally = Tally::default();
    for (seed, shape) in (1..=96).zip([None, Some(6), Some(3), None, Some(4), Some(8)].into_iter().cycle()) {
        tally.plant(seed, shape, |_, _| {});
    }
    tally.check();
}

#[test]
fn planted_bursts_are_found_despite_a_trend_and_gaps() {
    let mut tally = Tally::default();
    for (seed, shape) in (201..=248).zip([None, Some(6), Some(3), Some(8)].into_iter().cycle()) {
        tally.plant(seed, shape, |random, maker| {
            let second = START.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
            let day = |item: &MadeItem| (item.at.as_second() - second) / 86_400;
            // Half of the items at the beginning and all at the end; a week with hardly any, and a third of the outlets
            // silent for three weeks.
            maker.items.retain(|item| random.random::<f64>() < 0.5 + day(item) as f64 / 660.0);
            maker.items.retain(|item| !(150..157).contains(&day(item)) || (154..156).contains(&day(item)));
            maker.items.retain(|item| !(230..251).contains(&day(item)) || !item.outlet.ends_with(['1', '2', '3']));
        });
    }
    tally.check();
}

/// Returns 130 quiet days.
pub(crate) fn quiet() -> Maker {
    let mut random = StdRng::seed_from_u64(7);
    everyday(&mut random, &[1.0, 3.0], 130, None)
}

#[test]
fn quiet_series_and_artefacts_make_no_burst() {
    let check = |what: &str, change: &dyn Fn(&mut Maker)| {
        let mut maker = quiet();
        change(&mut maker);
        let report = maker.report(60, 130);
        assert!(
            report.turning_points.is_empty(),
            "{what}: {:?}",
            report.turning_points.iter().map(|point| &point.title).collect::<Vec<_>>()
        );
    };
    check("nothing", &|_| {});
    check("a flood of one outlet", &|maker| {
        for part in 0..60 {
            maker.add(100, part, 3, "place:p0", format!("part {part} of a series"), None);
        }
    });
    check("one text in twelve outlets", &|maker| {
        let first = maker.add(100, 0, 0, "place:p0", "one wire text".to_owned(), None);
        for outlet in 1..12 {
            maker.add(100, outlet, outlet as usize, "place:p0", "one wire text".to_owned(), Some(first));
        }
    });
    check("a new outlet", &|maker| {
        for day in 90..130 {
            for part in 0..9 {
                maker.add(day, part, 99, "place:p0", format!("usual report {day} {part}"), None);
            }
        }
    });
    check("an outage of half the outlets that ends", &|maker| {
        let day = |item: &MadeItem| {
            (item.at.as_second() - START.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second()) / 86_400
        };
        maker.items.retain(|item| !(85..100).contains(&day(item)) || item.outlet.len() % 2 == 0);
    });
}

#[test]
fn a_burst_of_a_rare_place_is_reported() {
    let mut maker = quiet();
    for outlet in [1usize, 2, 3, 4, 5] {
        maker.add(100, outlet as i64, outlet, "place:rare", format!("word{outlet} on the pass"), None);
    }
    let report = maker.report(60, 130);
    let point = report.turning_points.iter().find(|point| point.tags[0] == "place:rare").unwrap();
    assert_eq!(point.date, START.checked_add(100.days()).unwrap());
    assert_eq!((point.items, point.newsrooms, point.urls.len()), (5, 5, 5));
}

#[test]
fn a_subject_that_returns_for_weeks_is_a_storyline() {
    let check = |what: &str, days: &[i64], outlets: usize, wanted: usize| {
        let mut maker = quiet();
        for &day in days {
            // One text in several outlets, a different one each time.
            let from = (day as usize / 7) % outlets;
            let title = format!("hearing of day {day} in court");
            let first = maker.add(day, 0, from, "person:x", title.clone(), None);
            for more in 1..outlets.min(3) {
                maker.add(day, 60, (from + more) % outlets, "person:x", title.clone(), Some(first));
            }
        }
        let report = maker.report(60, 130);
        let peaks: Vec<usize> = report.storylines.iter().map(|line| line.peaks.len()).collect();
        assert_eq!(peaks, if wanted == 0 { vec![] } else { vec![wanted] }, "{what}");
        let starts: Vec<Date> = report
            .turning_points
            .iter()
            .filter(|point| point.kind == TurningKind::StorylineStart)
            .map(|point| point.date)
            .collect();
        let start = START.checked_add(days[0].days()).unwrap();
        assert_eq!(starts, if wanted == 0 { vec![] } else { vec![start] }, "{what}");
    };
    check("a case with its hearings", &[70, 77, 84, 98, 112], 7, 5);
    check("two peaks", &[70, 98], 7, 0);
    check("three peaks in a fortnight", &[70, 76, 83], 7, 0);
    check("one newsroom alone", &[70, 77, 84, 98, 112], 1, 0);
    check("a subject of every week before", &[2, 20, 38, 56, 70, 84, 98, 112], 7, 0);
    check("a subject of nearly every day", &(70..112).filter(|day| day % 6 != 0).collect::<Vec<_>>(), 7, 0);
}

#[test]
fn unusual_histories_give_a_report_with_notes() {
    let check = |maker: &Maker, since: i64, until: i64, note: &str| {
        let report = maker.report(since, until);
        assert!(report.turning_points.is_empty());
        assert!(report.notes.iter().any(|have| have.contains(note)), "{note}: {:?}", report.notes);
    };
    check(&Maker::default(), 0, 30, "No items are dated in this period");
    check(&Maker::default(), 0, 0, "The period contains no days");
    let mut one_day = Maker::default();
    for part in 0..30 {
        one_day.add(5, part, part as usize % 4, "place:a", "words of a title".to_owned(), None);
    }
    check(&one_day, 0, 30, "younger than its baseline");
    check(&one_day, 5, 6, "younger than its baseline");
    let mut one_feed = Maker::default();
    for day in 0..60 {
        one_feed.add(day, 0, 0, "place:a", "words of a title".to_owned(), None);
    }
    check(&one_feed, 30, 60, "Only one outlet");
    check(&one_feed, 200, 230, "No items are dated in this period");
}

#[test]
fn events_out_of_scope_or_expected_are_no_turning_points() {
    let mut maker = quiet();
    for outlet in 1..6 {
        maker.add(100, outlet as i64, outlet, "place:rare", format!("word{outlet} on the pass"), None);
    }
    let day = |number: i64| START.checked_add(number.days()).unwrap();
    let reported = |change: &dyn Fn(&mut Options)| {
        let mut options = Options::new(day(60), day(130), TimeZone::UTC);
        change(&mut options);
        let report = report(&maker.history(), &options);
        let of_event = |points: &[TurningPoint]| points.iter().filter(|point| point.tags[0] == "place:rare").count();
        (of_event(&report.turning_points), of_event(&report.expected))
    };
    let commemorated = |tags: &[&str]| CalendarDay {
        month: day(100).month(),
        day: day(100).day(),
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        label: "a day of remembrance".to_owned(),
    };
    assert_eq!(reported(&|_| {}), (1, 0));
    assert_eq!(reported(&|options| options.scope_tags = vec!["place:rare".into()]), (1, 0));
    assert_eq!(reported(&|options| options.scope_tags = vec!["place:p0".into()]), (0, 0));
    assert_eq!(reported(&|options| options.calendar = vec![commemorated(&["place:rare"])]), (0, 1));
    assert_eq!(reported(&|options| options.calendar = vec![commemorated(&["place:p1"])]), (1, 0));
}

#[test]
fn undated_items_are_counted_separately() {
    let mut history = quiet().history();
    history.add(&ItemFacts { title: "undated", outlet: "x", tags: &["place:p0"], ..ItemFacts::default() });
    let report = report(&history, &Options::new(date(2024, 3, 1), date(2024, 4, 1), TimeZone::UTC));
    assert_eq!(report.panel.undated, 1);
    assert!(report.notes.iter().any(|note| note.contains("1 item has no date")), "{:?}", report.notes);
}

/// Builds a history of items with tones, rival names and blocs.
fn richer(
    days: i64,
    mut each: impl FnMut(&mut StdRng, i64, &mut Vec<(i64, String, PressBloc, f32, &'static str)>),
) -> History {
    let mut random = StdRng::seed_from_u64(11);
    let mut history = History::new();
    let start = START.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let mut id = 0;
    for day in 0..days {
        let mut items = Vec::new();
        each(&mut random, day, &mut items);
        for (second, outlet, bloc, tone, side) in items {
            id += 1;
            let url = format!("https://a.example/{id}");
            history.add(&ItemFacts {
                id,
                at: Some(start + (day * 24).hours() + second.seconds()),
                title: "the usual report",
                url: Some(&url),
                outlet: &outlet,
                bloc: Some(bloc),
                tags: &["place:alpha", "place:beta"],
                tones: &[ToneReading { a: "beta", b: "alpha", tone, class: "", confidence: 1.0, is_directed: false }],
                names: &[NameUsed { set: "pass", side }],
                ..ItemFacts::default()
            });
        }
    }
    history
}

fn options(since: i64, until: i64) -> Options {
    let day = |number: i64| START.checked_add(number.days()).unwrap();
    let mut options = Options::new(day(since), day(until), TimeZone::UTC);
    options.actors = vec!["place:alpha".into(), "place:beta".into()];
    options
}

#[test]
fn a_lasting_change_of_tone_is_reported() {
    let check = |change: Option<i64>| {
        let history = richer(240, |random, day, items| {
            let mean = if change.is_some_and(|at| day >= at) { 3.0 } else { -2.0 };
            for second in 0..draw(random, 1.2, None) {
                let tone = mean + (random.random::<f64>() - 0.5) as f32 * 8.0;
                items.push((
                    i64::from(second),
                    format!("Outlet {}", random.random_range(0..9)),
                    PressBloc::of("western"),
                    tone,
                    "old",
                ));
            }
        });
        let report = report(&history, &options(60, 240));
        let shifts: Vec<&TurningPoint> =
            report.turning_points.iter().filter(|point| point.kind == TurningKind::RelationShift).collect();
        match change {
            None => assert!(shifts.is_empty(), "{:?}", shifts[0].title),
            Some(at) => {
                assert_eq!(shifts.len(), 1);
                let date = START.checked_add(at.days()).unwrap();
                assert!(shifts[0].date.since(date).unwrap().get_days().abs() <= 6, "{} for {date}", shifts[0].date);
                assert_eq!(
                    (shifts[0].direction, shifts[0].pair.as_ref()),
                    (Some(Direction::Positive), Pair::new("alpha", "beta").as_ref())
                );
                let now = report.relations[0].now.unwrap();
                assert!(now.low > 1.0 && now.high < 5.0 && now.low < now.index && now.index < now.high, "{now:?}");
            }
        }
    };
    check(None);
    check(Some(150));
}

#[test]
fn a_bloc_that_changes_its_name_for_something_is_reported() {
    let history = richer(200, |random, day, items| {
        for second in 0..draw(random, 1.0, None) {
            let turned = day >= 120 && random.random::<f64>() < 0.9;
            items.push((
                i64::from(second),
                "Outlet 1".to_owned(),
                PressBloc::of("armenian"),
                0.0,
                if turned { "new" } else { "old" },
            ));
            items.push((i64::from(second) + 50, "Outlet 2".to_owned(), PressBloc::of("western"), 0.0, "old"));
            items.push((
                i64::from(second) + 60,
                "Outlet 3".to_owned(),
                PressBloc::of("western"),
                0.0,
                if second % 2 == 0 { "new" } else { "old" },
            ));
        }
    });
    let report = report(&history, &options(60, 200));
    let shift = report.turning_points.iter().find(|point| point.kind == TurningKind::NamingShift).unwrap();
    assert_eq!(shift.names, ["new", "old"]);
    assert!(shift.date.since(START.checked_add(120.days()).unwrap()).unwrap().get_days().abs() <= 7, "{}", shift.date);
    let shares: f64 = report.naming[0]
        .by_bloc
        .iter()
        .filter(|share| share.bloc == Some(PressBloc::of("western")))
        .map(|share| share.share)
        .sum();
    assert!((shares - 1.0).abs() < 1e-9);
}

#[test]
fn a_bloc_that_drops_a_subject_is_reported_unless_its_outlets_are_down() {
    let silent = |outage: bool| {
        let mut random = StdRng::seed_from_u64(3);
        let mut history = History::new();
        let start = START.to_zoned(TimeZone::UTC).unwrap().timestamp();
        let mut id = 0;
        for day in 0..200i64 {
            for (outlet, bloc) in [
                ("A", PressBloc::of("abkhaz")),
                ("B", PressBloc::of("abkhaz")),
                ("C", PressBloc::of("western")),
                ("D", PressBloc::of("western")),
            ] {
                for part in 0..3i64 {
                    id += 1;
                    let off = bloc == PressBloc::of("abkhaz") && (120..170).contains(&day);
                    let tags: &[&str] =
                        if part == 0 && !off && random.random::<f64>() < 0.6 { &["place:alpha"] } else { &[] };
                    if !(off && outage) {
                        let at = Some(start + (day * 24).hours() + part.seconds());
                        history.add(&ItemFacts {
                            id,
                            at,
                            title: "the usual report",
                            outlet,
                            bloc: Some(bloc),
                            tags,
                            ..ItemFacts::default()
                        });
                    }
                }
            }
        }
        let report = report(&history, &options(60, 200));
        report.turning_points.into_iter().filter(|point| point.kind == TurningKind::Silence).collect::<Vec<_>>()
    };
    let reported = silent(false);
    assert_eq!(reported.len(), 1);
    assert_eq!(
        (reported[0].bloc, reported[0].tags.as_slice()),
        (Some(PressBloc::of("abkhaz")), ["place:alpha".into()].as_slice())
    );
    assert!(silent(true).is_empty());
}

#[test]
fn a_bloc_that_still_names_both_of_a_pair_has_not_dropped_it() {
    // What two blocs publish each day about a pair, and what one of them does from day 120 to day 169.
    let silent = |instead: &[&[&str]]| {
        let mut random = StdRng::seed_from_u64(3);
        let mut history = History::new();
        let start = START.to_zoned(TimeZone::UTC).unwrap().timestamp();
        let mut id = 0;
        for day in 0..200i64 {
            for (outlet, bloc) in [("A", "abkhaz"), ("B", "abkhaz"), ("C", "western"), ("D", "western")] {
                for part in 0..3usize {
                    let off = bloc == "abkhaz" && (120..170).contains(&day);
                    let usual = part == 0 && random.random::<f64>() < 0.6;
                    let tags: &[&str] = match (off, usual) {
                        (true, _) => instead.get(part).copied().unwrap_or_default(),
                        (false, true) => &["place:alpha", "place:beta"],
                        (false, false) => &[],
                    };
                    id += 1;
                    history.add(&ItemFacts {
                        id,
                        at: Some(start + (day * 24).hours() + i64::try_from(part).unwrap().seconds()),
                        title: "the usual report",
                        outlet,
                        bloc: Some(PressBloc::of(bloc)),
                        tags,
                        ..ItemFacts::default()
                    });
                }
            }
        }
        let points = report(&history, &options(60, 200)).turning_points;
        points
            .into_iter()
            .filter(|point| point.kind == TurningKind::Silence)
            .map(|point| point.tags)
            .collect::<Vec<_>>()
    };
    assert_eq!(silent(&[]).len(), 1);
    assert_eq!(silent(&[&["place:alpha"]]).len(), 1, "the other is missing");
    assert_eq!(silent(&[&["place:alpha"], &["place:beta"]]), Vec::<Vec<crate::model::Tag>>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn the_order_of_adding_does_not_matter(seed in 0u64..1000, count in 1usize..400) {
        let mut random = StdRng::seed_from_u64(seed);
        let mut maker = Maker::default();
        for _ in 0..count {
            let (day, outlet) = (random.random_range(0..40), random.random_range(0..5));
            let copy = (random.random::<f64>() < 0.2 && !maker.items.is_empty()).then(|| random.random_range(0..maker.items.len() as i64));
            maker.add(day, random.random_range(0..100), outlet, &format!("place:p{}", random.random_range(0..3)), format!("title {}", random.random_range(0..9)), copy);
        }
        let forward = maker.report(0, 40);
        for place in (1..maker.items.len()).rev() {
            maker.items.swap(place, random.random_range(0..=place));
        }
        prop_assert_eq!(forward, maker.report(0, 40));
    }
}

#[test]
fn a_history_appended_from_parts_gives_the_same_report() {
    let start = START.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let add = |history: &mut History, id: i64| {
        let (day, outlet) = (id / 4, format!("Outlet {}", id % 7));
        let (title, url) = (format!("report {id} of the pass"), format!("https://a.example/{id}"));
        let class = if day < 120 { "accuse" } else { "agree" };
        let tone = if day < 120 { -4.0 } else { 4.0 };
        let side = if day < 150 { "old" } else { "new" };
        let tags: &[&str] = if id % 2 == 0 { &["place:alpha", "place:beta"] } else { &["topic:trade", "place:beta"] };
        history.add(&ItemFacts {
            id,
            at: (id % 50 != 0).then_some(start + (day * 24).hours() + (id % 4).hours()),
            title: &title,
            url: (id % 3 == 0).then_some(url.as_str()),
            outlet: &outlet,
            bloc: Some(PressBloc::of("armenian")),
            language: Some(if id % 5 == 0 { "ru" } else { "en" }),
            tags,
            tones: &[ToneReading { a: "beta", b: "alpha", tone, class, confidence: 0.9, is_directed: false }],
            names: &[NameUsed { set: "pass", side }],
            story: (id % 4 == 1).then_some(id - 1),
            ..ItemFacts::default()
        });
    };
    let of = |ids: std::ops::Range<i64>| {
        let mut history = History::new();
        ids.for_each(|id| add(&mut history, id));
        history
    };
    let reported = |history: &History| serde_json::to_string(&report(history, &options(60, 200))).unwrap();
    let whole = reported(&of(0..800));
    assert!(whole.contains("naming_shift") && whole.contains("relation_shift"), "{whole}");
    let mut parts = of(300..500);
    parts.append(&of(0..0));
    parts.append(&of(0..300));
    parts.append(&of(500..800));
    assert_eq!(reported(&parts), whole);
}

/// Checks that `docs/trends.md` names every field of a value's JSON, and returns how many there are.
fn is_documented(value: &impl serde::Serialize) -> usize {
    let mut found = BTreeSet::new();
    names(&serde_json::to_value(value).unwrap(), &mut found);
    let documented = include_str!("../../../docs/trends.md");
    let is_missing =
        |name: &&String| !documented.contains(&format!("`{name}`")) && !documented.contains(&format!("`{name}[]`"));
    let missing: Vec<&String> = found.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "not in docs/trends.md: {missing:?}");
    found.len()
}

/// Collects the names of all fields, at any depth.
fn names(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(name.clone());
                names(value, found);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

#[test]
fn every_field_of_the_json_is_documented() {
    let mut maker = quiet();
    for day in [70, 77, 84, 91, 98, 105, 112] {
        for outlet in 1..9 {
            let title = format!("word{outlet} of the Quarrington affair on the pass");
            maker.add(day, outlet as i64, outlet, "org:quarrington", title, None);
        }
    }
    let mut history = maker.history();
    history.append(&richer(130, |_, day, items| {
        for outlet in 0..4 {
            let side = if day < 60 { "old" } else { "new" };
            items.push((
                outlet,
                format!("Outlet {outlet}"),
                PressBloc::of("armenian"),
                if day < 70 { -3.0 } else { 4.0 },
                side,
            ));
        }
    }));
    let report = report(&history, &options(40, 130));
    assert!(!report.storylines.is_empty() && !report.naming.is_empty() && !report.relations.is_empty());
    let fields = is_documented(&report);
    assert!(fields > 40, "{fields} fields");
}

#[test]
fn counts_follow_the_time_zone_and_outlets_are_not_summed() {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    // From Saturday over the beginning of summer time, 29 March 2026, to 3 April.
    let (since, until) = (date(2026, 3, 28), date(2026, 4, 4));
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let items = [
        (1, "2026-03-27T22:59:59Z", "A", &["place:alpha", "place:beta"][..], None, Some(1)),
        (2, "2026-03-27T23:00:00Z", "A", &["place:alpha", "place:beta"], None, Some(2)),
        (3, "2026-03-29T01:30:00Z", "A", &["place:alpha"], None, None),
        (4, "2026-03-30T10:00:00Z", "B", &["place:alpha", "topic:trade"], None, Some(2)),
        (5, "2026-03-30T10:10:00Z", "A", &["place:alpha"], Some(4), Some(2)),
        (6, "2026-03-31T23:00:00Z", "B", &["place:beta"], None, None),
    ];
    let table = |order: &[usize], by: Step, change: &dyn Fn(&mut Options)| {
        let mut history = History::new();
        for &place in order {
            let (id, when, outlet, tags, duplicate_of, story) = items[place];
            history.add(&ItemFacts {
                id,
                at: Some(at(when)),
                title: "an <b>item</b>",
                outlet,
                bloc: Some(PressBloc::of("western")),
                tags,
                duplicate_of,
                story,
                ..ItemFacts::default()
            });
        }
        let mut options = Options::new(since, until, zone.clone());
        options.actors = vec!["place:alpha".into(), "place:beta".into()];
        change(&mut options);
        counts(&history, &options, by)
    };
    let forth = [0, 1, 2, 3, 4, 5];
    let of = |table: &CountTable, subject: &str| -> Vec<(usize, u32, u32, u32)> {
        let series = table.series.iter().find(|series| series.subject == subject).unwrap();
        series.counts.iter().map(|count| (count.step, count.items, count.originals, count.newsrooms)).collect()
    };
    let days = table(&forth, Step::Day, &|_| {});
    assert_eq!(days.monitored.len(), 7);
    assert_eq!(of(&days, "place:alpha"), [(0, 1, 1, 1), (1, 1, 1, 1), (2, 2, 1, 1)]);
    assert_eq!(of(&days, "pair:alpha-beta"), [(0, 1, 1, 1)]);
    assert_eq!(of(&days, "outlet:A"), [(0, 1, 1, 1), (1, 1, 1, 1), (2, 1, 0, 0)]);
    assert_eq!(of(&days, "bloc:western"), [(0, 1, 1, 1), (1, 1, 1, 1), (2, 2, 1, 1), (4, 1, 1, 1)]);
    assert_eq!(of(&days, "story:2"), [(0, 1, 1, 1), (2, 2, 1, 1)]);
    assert!(days.series.iter().all(|series| series.subject != "story:3"), "a story of one item");
    let gaps: Vec<bool> = days.monitored.iter().map(|step| step.gap).collect();
    assert_eq!(gaps, [false, false, false, true, false, true, true]);
    // The day that loses an hour; an hour without items on a day that was read is not a gap.
    let hours = table(&forth, Step::Hour, &|_| {});
    assert_eq!((hours.monitored.len(), hours.monitored[30].gap), (7 * 24 - 1, false));
    assert_eq!(of(&hours, "place:alpha")[1].0, 26);
    assert_eq!(hours.monitored[26].start, at("2026-03-29T01:00:00Z"));
    // Two outlets in the week from Monday on; the week before is cut short.
    let weeks = table(&forth, Step::Week, &|_| {});
    assert_eq!(of(&weeks, "bloc:western"), [(0, 2, 2, 1), (1, 3, 2, 1)]);
    assert_eq!(of(&weeks, "place:alpha"), [(0, 2, 2, 1), (1, 2, 1, 1)]);
    let months = table(&forth, Step::Month, &|_| {});
    assert_eq!(months.monitored.iter().map(|step| step.items).collect::<Vec<_>>(), [4, 1]);
    assert_eq!(of(&months, "bloc:western"), [(0, 4, 3, 2), (1, 1, 1, 1)]);
    // The order does not matter, and no more than requested is returned.
    assert_eq!(table(&[5, 3, 1, 0, 4, 2], Step::Day, &|_| {}), days);
    let one = table(&forth, Step::Day, &|options| options.pair = Pair::new("beta", "alpha"));
    assert_eq!(one.series.iter().map(|series| series.subject.as_str()).collect::<Vec<_>>(), ["pair:alpha-beta"]);
    is_documented(&days);
}

#[test]
fn counts_of_an_empty_history_are_all_gaps() {
    let table = counts(&History::new(), &options(0, 3), Step::Week);
    assert!(table.series.is_empty() && table.monitored.iter().all(|step| step.gap && step.items == 0));
}

#[test]
fn the_first_days_of_monitoring_are_no_bursts() {
    let mut maker = Maker::default();
    for day in 60..90 {
        for outlet in 0..2 {
            maker.add(
                day,
                outlet,
                (day as usize + outlet as usize) % 12,
                "place:p0",
                "the usual report".to_owned(),
                None,
            );
        }
    }
    for outlet in 0..8 {
        maker.add(63, 900 * outlet, outlet as usize, "place:p1", format!("a matter told by {outlet}"), None);
    }
    let report = maker.report(0, 90);
    assert_eq!(report.panel.history_from, START.checked_add(60.days()).ok());
    let reported: Vec<(&str, Date)> =
        report.turning_points.iter().map(|point| (point.title.as_str(), point.date)).collect();
    assert!(reported.is_empty(), "{reported:?}");
}

/// Returns the turning points of 60 days in which each of six events a day is reported by so many newsrooms, and of some
/// further texts of day 50, each with its number, outlet and tags.
fn points_in_chronicle(newsrooms: usize, rising: &[(i64, usize, &[&str])]) -> Vec<TurningPoint> {
    let mut history = History::new();
    let start = START.to_zoned(TimeZone::UTC).unwrap().timestamp();
    let mut add = |day: i64, id: i64, title: &str, outlet: usize, tags: &[&str]| {
        history.add(&ItemFacts {
            id,
            at: Some(start + (day * 24).hours() + (id % 80).minutes()),
            title,
            outlet: &format!("Outlet {outlet}"),
            bloc: Some(PressBloc::of("western")),
            language: Some("en"),
            tags,
            ..ItemFacts::default()
        });
    };
    let title = |number: i64| format!("{0}town opens {0}hall beside {0}mill", word(number));
    for number in 0..360_i64 {
        for outlet in 0..newsrooms {
            let id = number * 10 + outlet as i64;
            add(number / 6, id, &title(number), (number as usize + outlet) % 5, &["place:alpha"]);
        }
    }
    for (number, outlet, tags) in rising {
        add(50, 9_000 + number, &title(5_000 + number), *outlet, tags);
    }
    let mut options = options(0, 60);
    options.region_tags = vec!["place:beta".into(), "place:gamma".into()];
    let of_rise = |tag: &Tag| tag == "place:beta" || tag == "place:gamma";
    report(&history, &options).turning_points.into_iter().filter(|point| point.tags.iter().any(of_rise)).collect()
}

/// A chronicle reports each event once, so that no cluster explains a rise in it.
#[test]
fn a_rise_over_unlike_texts_is_a_turning_point_in_a_chronicle_only() {
    let points = |newsrooms: usize, outlets: usize| {
        let rising: Vec<(i64, usize, &[&str])> =
            (0..8).map(|number| (number, number as usize % outlets, &["place:beta"][..])).collect();
        points_in_chronicle(newsrooms, &rising).len()
    };
    assert_eq!(points(1, 4), 1, "each event is reported once");
    assert_eq!(points(1, 2), 0, "two newsrooms are too few");
    assert_eq!(points(2, 4), 0, "events are reported twice: then one event would have to explain it");
}

#[test]
fn rises_that_share_a_text_are_one_entry() {
    let points = |shared: i64| {
        let rising: Vec<(i64, usize, &[&str])> = (0..16 - shared)
            .map(|number| {
                let tags: &[&str] = match number {
                    number if number < 8 - shared => &["place:beta"],
                    number if number < 8 => &["place:beta", "place:gamma"],
                    _ => &["place:gamma"],
                };
                (number, number as usize % 4, tags)
            })
            .collect();
        points_in_chronicle(1, &rising).len()
    };
    assert_eq!((points(0), points(2)), (2, 1));
}
