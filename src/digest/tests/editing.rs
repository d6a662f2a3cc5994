//! Tests of what is left out of an issue, and of the order of the rest.

use super::*;
use crate::trends::{self, EvidenceItem, History, TrendReport, TurningKind, TurningPoint};

fn only(items: Vec<DigestItem>) -> DigestInput {
    DigestInput { items, late: Vec::new(), changes: Vec::new(), ..sample() }
}

fn stories(input: &DigestInput) -> Vec<StoryView> {
    let sections = compose(input, &options()).digest.sections;
    sections.into_iter().flat_map(|section| section.stories).collect()
}

/// Returns a trend report with one burst that rests on these items.
pub(crate) fn burst(input: &DigestInput) -> TrendReport {
    let (first, end) = (input.period.first, input.period.end);
    let options = trends::Options::new(first, end, TimeZone::UTC);
    let mut report = trends::report(&History::new(), &options);
    let evidence = |item: &DigestItem| EvidenceItem {
        id: item.id,
        title: item.title.clone(),
        url: item.url.clone(),
        outlet: item.outlet.clone(),
        bloc: item.bloc,
        language: item.language.clone(),
        published: item.published,
    };
    report.turning_points = vec![TurningPoint {
        date: first,
        kind: TurningKind::Burst,
        tags: vec!["place:georgia".into()],
        pair: None,
        urls: input.items.iter().filter_map(|item| item.url.clone()).collect(),
        title: "Georgia: 9 stories in 4 newsrooms where about 2 were expected".to_owned(),
        figures: String::new(),
        is_regional: true,
        direction: None,
        names: Vec::new(),
        bloc: None,
        peak: first,
        end: first,
        items: 9,
        expected: 2.0,
        newsrooms: 4,
        strength: 0.8,
        evidence: input.items.iter().take(5).map(evidence).collect(),
    }];
    report
}

fn news(id: i64, title: &str, outlet: &str, hour: &str) -> DigestItem {
    item(id, title, outlet, PressBloc::of("western"), "en", hour, &["place:georgia"])
}

fn sport(id: i64, title: &str) -> DigestItem {
    item(id, title, "Arena", PressBloc::of("western"), "en", "10:00", &["place:georgia", "topic:sport"])
}

#[test]
fn turning_points_show_each_headline_once_and_no_sport() {
    let mut input = only(vec![
        news(1, "The pass is closed", "Pass Post", "08:00"),
        news(2, "The pass is closed | Shore Wire", "Shore Wire", "08:30"),
        sport(3, "The pass wins the cup"),
        news(4, "Opinion: the pass", "Valley Echo", "09:00"),
        news(5, "Lorries wait at the pass", "Valley Echo", "09:30"),
    ]);
    input.trends = Some(burst(&input));
    let moved = compose(&input, &options()).digest.moved;
    let shown: Vec<&str> = moved[0].evidence.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(shown, ["The pass is closed", "Lorries wait at the pass"]);
    let mut input =
        only(vec![sport(1, "The pass wins"), sport(2, "The valley loses"), news(3, "A bridge", "Post", "09:00")]);
    input.trends = Some(burst(&input));
    assert!(compose(&input, &options()).digest.moved.is_empty(), "a burst of sport");
}

#[test]
fn the_text_that_most_outlets_print_represents_its_story() {
    let of_story = |mut item: DigestItem, copy_of: Option<i64>| {
        (item.story, item.duplicate_of) = (Some(1), copy_of);
        item.summary = Some("Words of it.".to_owned());
        item
    };
    let input = only(vec![
        of_story(news(1, "Interview: a driver on the pass", "Pass Post", "07:00"), None),
        of_story(news(2, "Why the closed pass matters", "Shore Wire", "08:00"), None),
        of_story(news(3, "Pass closed after a landslide", "Valley Echo", "09:00"), None),
        of_story(news(4, "Pass closed after a landslide", "Coast Herald", "10:00"), Some(3)),
    ]);
    let stories = stories(&input);
    assert_eq!(stories.len(), 1);
    assert_eq!(
        (stories[0].headline.as_str(), stories[0].outlet.as_str()),
        ("Pass closed after a landslide", "Valley Echo")
    );
    assert_eq!((stories[0].newsrooms, stories[0].independent), (4, 3));
}

#[test]
fn weather_comes_after_news_and_analyses_after_reports() {
    let mut rank = BTreeMap::new();
    for title in [
        "Weather in the valley: rain",
        "Analysis: the pass",
        "Why the pass matters",
        "A road is mended",
        "Opinion: the road",
    ] {
        let stories =
            stories(&only(vec![news(1, title, "Post", "10:00"), news(2, "A bridge is closed", "Echo", "10:00")]));
        let place = stories.iter().position(|story| story.headline == title).unwrap();
        rank.insert(title, (place, stories[place].rank));
    }
    let of = |title: &str| rank[title];
    assert!(of("A road is mended").1 > of("Analysis: the pass").1);
    assert_eq!(of("Analysis: the pass").1, of("Why the pass matters").1);
    assert!(of("Opinion: the road").1 < of("Analysis: the pass").1);
    assert_eq!(of("Weather in the valley: rain").0, 1);
}

#[test]
fn a_widely_copied_story_ranks_above_one_that_nobody_copies() {
    let mut items = vec![news(1, "A road is mended", "Pass Post", "10:00")];
    items.extend((2..7).map(|id| {
        let mut copy = news(id, "A bridge is closed", &format!("Outlet {id}"), "10:00");
        (copy.story, copy.duplicate_of) = (Some(2), (id > 2).then_some(2));
        copy
    }));
    let order: Vec<String> = stories(&only(items)).into_iter().map(|story| story.headline).collect();
    assert_eq!(order, ["A bridge is closed", "A road is mended"]);
}

#[test]
fn languages_ignore_countries_and_regions_are_hidden_beside_their_parts() {
    let mut items = Vec::new();
    for (id, language) in [(1, "en-GB"), (2, "en-US"), (3, "en"), (4, "ru")] {
        let mut one = item(
            id,
            &format!("Report {id}"),
            &format!("Outlet {id}"),
            PressBloc::of("western"),
            language,
            "10:00",
            &["place:chechnya", "place:north-caucasus", "place:russia"],
        );
        one.story = Some(1);
        items.push(one);
    }
    let stories = stories(&only(items));
    assert_eq!(stories[0].languages, ["en", "ru"]);
    let shown: Vec<&str> = stories[0].tags.iter().map(|tag| tag.tag.as_str()).collect();
    assert_eq!(shown, ["place:chechnya", "place:russia"]);
}

#[test]
fn a_story_that_a_turning_point_tells_is_printed_once_and_stays_in_its_section_of_the_json() {
    let mut input = only(vec![
        news(1, "The pass is closed", "Pass Post", "08:00"),
        news(2, "A bridge is opened", "Valley Echo", "09:00"),
    ]);
    let mut report = burst(&input);
    report.turning_points[0].evidence.truncate(1);
    report.turning_points[0].urls.truncate(1);
    input.trends = Some(report);
    let digest = compose(&input, &options()).digest;
    let section = digest.sections.iter().find(|section| section.id == "georgia").unwrap();
    let headlines = |stories: &[StoryView]| stories.iter().map(|story| story.headline.clone()).collect::<Vec<_>>();
    assert_eq!(headlines(&section.stories), ["A bridge is opened"]);
    assert_eq!(headlines(&section.in_moved), ["The pass is closed"]);
    assert_eq!((section.omitted, digest.counts.shown), (0, 1));
}

#[test]
fn what_began_before_and_goes_on_is_under_way_unless_the_issue_tells_it_anyway() {
    let under_way = |cadence: Cadence, change: &dyn Fn(&mut TurningPoint)| -> Vec<String> {
        let mut input = only(vec![news(1, "A bridge is opened", "Valley Echo", "09:00")]);
        input.period = Period::containing(cadence, input.period.first, TimeZone::UTC).unwrap();
        let mut report = burst(&input);
        let point = &mut report.turning_points[0];
        point.title = "The pass is closed".to_owned();
        point.date = input.period.first.checked_sub(3.days()).unwrap();
        point.urls = vec!["https://pass.example/1".to_owned()];
        change(point);
        input.trends = Some(report);
        compose(&input, &options()).digest.under_way.into_iter().map(|moved| moved.title).collect()
    };
    let check = |name: &str, change: &dyn Fn(&mut TurningPoint), is_listed: bool| {
        assert_eq!(under_way(Cadence::Day, change) == ["The pass is closed"], is_listed, "{name}");
    };
    check("it is still reported", &|_| {}, true);
    check("it ended before", &|point| point.end = point.date, false);
    check("it begins in the period", &|point| point.date = point.end, false);
    check("a story of the issue tells it", &|point| point.urls.push("https://news1.example/1".to_owned()), false);
    let elsewhere =
        |newsrooms: u32| move |point: &mut TurningPoint| (point.is_regional, point.newsrooms) = (false, newsrooms);
    check("few report it, outside the region", &elsewhere(19), false);
    check("many report it, outside the region", &elsewhere(20), true);
    check("a tone that changed is no event", &|point| point.kind = TurningKind::RelationShift, false);
    assert_eq!(under_way(Cadence::Week, &|_| {}), ["The pass is closed"]);
    assert!(under_way(Cadence::Month, &|_| {}).is_empty());
}

#[test]
fn the_two_sides_of_a_war_in_one_story_are_two_stories_of_the_issue() {
    let of_story = |mut item: DigestItem| {
        item.story = Some(1);
        item
    };
    let mut input = only(vec![
        of_story(news(1, "The north shells the south", "Pass Post", "08:00")),
        of_story(news(2, "South shelled by the north", "Shore Wire", "09:00")),
        of_story(news(3, "The south shells the north", "Valley Echo", "10:00")),
    ]);
    let mut report = burst(&input);
    report.turning_points.clear();
    let count = |report: &TrendReport, input: &mut DigestInput| {
        input.trends = Some(report.clone());
        let mut counts: Vec<usize> = stories(input).iter().map(|story| story.newsrooms).collect();
        counts.sort_unstable();
        counts
    };
    assert_eq!(count(&report, &mut input), [3]);
    report.apart = vec![3];
    assert_eq!(count(&report, &mut input), [1, 2]);
    // Only a few of its reports are of the event of another story.
    input.items.push(news(4, "Shells fall on the north", "Hill Post", "11:00"));
    report.events = vec![vec![1, 4]];
    assert_eq!(count(&report, &mut input), [1, 3]);
    report.apart.clear();
    assert_eq!(count(&report, &mut input), [1, 3]);
}
