//! Properties of every issue; its formats are tested in `render`.

use std::collections::BTreeMap;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::model::{Cadence, Period, PressBloc, Scope};

pub(crate) mod editing;
pub(crate) mod year;

fn plan() -> SectionPlan {
    SectionPlan::load(include_str!("../../config/digest.toml")).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn item(
    id: i64,
    title: &str,
    outlet: &str,
    bloc: PressBloc,
    language: &str,
    hour: &str,
    tags: &[&str],
) -> DigestItem {
    DigestItem {
        id,
        title: title.to_owned(),
        summary: None,
        url: Some(format!("https://news{id}.example/{id}")),
        outlet: outlet.to_owned(),
        feed_title: format!("{outlet}: all"),
        bloc: Some(bloc),
        language: Some(language.to_owned()),
        published: Some(at(&format!("2026-11-22T{hour}:00Z"))),
        first_seen: at(&format!("2026-11-22T{hour}:30Z")),
        appeared: at(&format!("2026-11-22T{hour}:00Z")),
        scope: "caucasus".parse::<Scope>().unwrap(),
        score: 0.8,
        tags: tags.iter().map(|tag| (*tag).into()).collect(),
        title_tags: Vec::new(),
        duplicate_of: None,
        story: None,
        sightings: Vec::new(),
        in_earlier_issue: None,
    }
}

/// Sample input. All outlets, persons and events are invented.
pub(crate) fn sample() -> DigestInput {
    let both = |mut item: DigestItem, story| {
        item.scope = "caucasus-russia".parse::<Scope>().unwrap();
        item.story = Some(story);
        item
    };
    let rail = ["place:armenia", "place:russia", "topic:corridors"];
    let mut items = vec![
        both(
            item(
                1,
                "Moscow and Yerevan agree on a timetable for the northern rail line",
                "Highland Wire",
                PressBloc::of("western"),
                "en",
                "09:10",
                &rail,
            ),
            70,
        ),
        both(
            item(
                2,
                "Москва и Ереван согласовали график северной линии",
                "Перевальные вести",
                PressBloc::of("russian-state"),
                "ru",
                "08:40",
                &rail,
            ),
            70,
        ),
        both(
            item(
                3,
                "Մոսկվան և Երևանը համաձայնեցին գծի ժամանակացույցը",
                "Լեռնային լուրեր",
                PressBloc::of("armenian"),
                "hy",
                "10:05",
                &rail,
            ),
            70,
        ),
        item(
            4,
            "ახალი გზატკეცილი გაიხსნა <ვარძიასთან>",
            "მთის ხმა",
            PressBloc::of("georgian-independent"),
            "ka",
            "11:00",
            &["place:georgia", "topic:trade"],
        ),
        item(
            5,
            "قطار تازه از ایران به ارمنستان رسید",
            "پیک ارس",
            PressBloc::of("iranian"),
            "fa",
            "12:20",
            &["place:armenia", "place:iran"],
        ),
        item(
            6,
            "Bakıda yeni <b>körpü</b> açıldı & \"sürət\" artdı",
            "Xəzər Xəbər",
            PressBloc::of("azerbaijani"),
            "az",
            "13:00",
            &["place:azerbaijan"],
        ),
        item(
            7,
            "Opinion: Why the pass matters",
            "Highland Wire",
            PressBloc::of("western"),
            "en",
            "14:00",
            &["place:georgia"],
        ),
        item(
            8,
            "Сухум: порт принял первое судно",
            "Берег",
            PressBloc::of("abkhaz"),
            "ru",
            "15:30",
            &["place:abkhazia", "place:south-caucasus"],
        ),
        item(
            9,
            "Football: the pass league opens",
            "Stadium Daily",
            PressBloc::of("western"),
            "en",
            "16:00",
            &["place:georgia", "topic:sport"],
        ),
    ];
    items[0].summary = Some("The two sides named a date for the first train. Officials said that tariffs are to follow within a month, once both customs services have checked the crossing.".to_owned());
    items[1].summary = Some("Стороны назвали дату первого поезда.".to_owned());
    items[3].summary = Some("გზა ორ საათს დაზოგავს. <script>alert(1)</script>".to_owned());
    items[5].url = Some("javascript:alert(1)".to_owned());
    let mut copy = both(
        item(
            10,
            "Moscow and Yerevan agree on a timetable for the northern rail line",
            "Foothill Post",
            PressBloc::of("western"),
            "en",
            "09:40",
            &rail,
        ),
        70,
    );
    copy.duplicate_of = Some(1);
    items.push(copy);
    items[7].in_earlier_issue = Some("2026-11-21".to_owned());
    items[7].sightings = vec![Sighting {
        outlet: "Кодорские новости".to_owned(),
        feed_title: "Кодорские новости".to_owned(),
        bloc: Some(PressBloc::of("russian-independent")),
        language: Some("ru".to_owned()),
        first_seen: at("2026-11-22T15:50:00Z"),
    }];
    let mut second = item(
        11,
        "First ship calls at the reopened port of Sukhumi",
        "Highland Wire",
        PressBloc::of("western"),
        "en",
        "17:00",
        &["place:abkhazia"],
    );
    second.story = Some(80);
    items[7].story = Some(80);
    items.push(second);
    items.push(item(
        12,
        "Kars'tan yeni tren seferi başladı",
        "Serhat Postası",
        PressBloc::of("turkish"),
        "tr",
        "18:00",
        &["place:turkey", "place:armenia"],
    ));
    items.push(item(
        13,
        "A passing word on the Caucasus",
        "Distant Daily",
        PressBloc::of("western"),
        "en",
        "19:00",
        &["place:caucasus"],
    ));
    items.last_mut().unwrap().score = 0.1;
    items[4].summary = Some("این قطار هر هفته حرکت می\u{200c}کند.".to_owned());
    items[4].title_tags = vec!["place:armenia".into(), "place:iran".into()];
    let labels = [
        ("place:armenia", "Armenia"),
        ("place:russia", "Russia"),
        ("place:georgia", "Georgia"),
        ("place:iran", "Iran"),
        ("place:azerbaijan", "Azerbaijan"),
        ("place:abkhazia", "Abkhazia"),
        ("place:south-caucasus", "South Caucasus"),
        ("topic:corridors", "Corridors"),
        ("topic:trade", "Trade"),
        ("topic:sport", "Sport"),
        ("place:turkey", "Turkey"),
    ];
    DigestInput {
        period: Period::containing(Cadence::Day, date(2026, 11, 22), TimeZone::get("Asia/Tbilisi").unwrap()).unwrap(),
        items,
        panel: Panel {
            feeds_total: 12,
            feeds_alive: 10,
            feeds_failing: vec![
                FailingFeed { title: "Valley Gazette".to_owned(), reason: "HTTP 503 Service Unavailable".to_owned() },
                FailingFeed {
                    title: "A <b>bold</b> feed".to_owned(),
                    reason: "the host name could not be resolved".to_owned(),
                },
            ],
            rollovers: vec![Rollover { title: "Берег".to_owned(), times: 2 }],
            gaps: vec![Gap { title: None, from: at("2026-11-22T01:00:00Z"), until: at("2026-11-22T02:30:00Z") }],
            items_seen: 340,
            items_new: 120,
            duplicates: 14,
            items_in_scope: 11,
            lexicon_version: "2026.11-3f9a".to_owned(),
            complete_until: None,
        },
        labels: labels.iter().map(|(tag, label)| ((*tag).to_owned(), (*label).to_owned())).collect(),
        trends: None,
        number: Some(42),
        unreached: None,
        late: vec![DigestItem {
            published: Some(at("2026-11-20T10:00:00Z")),
            ..item(
                14,
                "ზვავმა გზა ჩახერგა",
                "მთის ხმა",
                PressBloc::of("georgian-independent"),
                "ka",
                "10:00",
                &["place:georgia"],
            )
        }],
        changes: vec![
            Change {
                item_id: 3,
                issue: "2026-11-21".to_owned(),
                printed: "Port opens at Sukhumi".to_owned(),
                title: "Port opens at Ochamchire <i>".to_owned(),
                is_withdrawn: false,
                url: Some("https://news3.example/3".to_owned()),
                outlet: "Highland Wire".to_owned(),
                language: Some("en".to_owned()),
            },
            Change {
                item_id: 2,
                issue: "2026-11-20".to_owned(),
                printed: "Peaches of the other Georgia".to_owned(),
                title: "Peaches of the other Georgia".to_owned(),
                is_withdrawn: true,
                url: None,
                outlet: "Valley Gazette".to_owned(),
                language: None,
            },
        ],
    }
}

pub(crate) fn options() -> Options {
    Options { plan: plan(), base_url: Some("https://kazbek.example/".to_owned()) }
}

#[test]
fn a_story_of_an_earlier_issue_is_repeated_only_with_something_new() {
    let mut input = sample();
    input.items.retain(|item| item.id == 8);
    let quiet = compose(&input, &options()).digest;
    assert_eq!((quiet.counts.repeated, quiet.counts.shown), (1, 0));
    assert!(quiet.notes.iter().any(|note| note.starts_with("Nothing new")), "{:?}", quiet.notes);
    let moved = compose(&sample(), &options()).digest;
    let story =
        moved.sections.iter().flat_map(|section| &section.stories).find(|story| story.follow_up_to.is_some()).unwrap();
    assert_eq!(story.follow_up_to.as_deref(), Some("2026-11-21"));
}

#[test]
fn opinion_and_sport_come_after_news() {
    let digest = compose(&sample(), &options()).digest;
    let georgia = digest.sections.iter().find(|section| section.id == "georgia").unwrap();
    let order: Vec<&str> = georgia.stories.iter().map(|story| story.headline.as_str()).collect();
    assert_eq!(order.len(), 3);
    assert!(
        order[0].starts_with("ახალი") && order[1].starts_with("Opinion") && order[2].starts_with("Football"),
        "{order:?}"
    );
}

#[test]
fn quotas_hold_for_section_and_outlet() {
    let mut input = sample();
    input.items = (0..60)
        .map(|id| {
            item(
                id,
                &format!("Story {id} of the pass"),
                &format!("Outlet {}", id % 3),
                PressBloc::of("western"),
                "en",
                "10:00",
                &["place:georgia"],
            )
        })
        .collect();
    let digest = compose(&input, &options()).digest;
    let georgia = digest.sections.iter().find(|section| section.id == "georgia").unwrap();
    assert_eq!(georgia.stories.len(), 6);
    for outlet in ["Outlet 0", "Outlet 1", "Outlet 2"] {
        assert!(georgia.stories.iter().filter(|story| story.outlet == outlet).count() <= 3);
    }
    let shown: usize = digest.sections.iter().map(|section| section.stories.len()).sum();
    let omitted: usize = digest.sections.iter().map(|section| section.omitted).sum();
    assert_eq!(shown + omitted, 60, "no story is lost without being counted");
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("<script>alert(1)</script>".to_owned()),
        Just("\u{202e}<img src=x onerror=y>".to_owned()),
        Just("]]> & <b>\"'".to_owned()),
        Just("data:text/html,<script>x</script>".to_owned()),
        Just("zero\u{200b}width\u{feff}".to_owned()),
        Just("x\u{301}".repeat(5_000)),
        Just("[x](javascript:y) `<i>` \\".to_owned()),
        "[\\PC<>&\"']{0,40}",
    ]
}

pub(crate) fn items() -> impl Strategy<Value = Vec<DigestItem>> {
    let one = (
        texts(),
        proptest::option::of(texts()),
        texts(),
        texts(),
        0i64..6,
        proptest::option::of(0i64..5),
        proptest::option::of(0i64..4),
        -1.0f32..2.0,
        0u8..3,
    );
    let blocs: Vec<PressBloc> = PressBloc::all().collect();
    proptest::collection::vec(one, 0..24).prop_map(move |list| {
        list.into_iter()
            .enumerate()
            .map(|(place, (title, summary, url, outlet, hours, duplicate_of, story, score, scope))| DigestItem {
                id: place as i64,
                summary,
                url: Some(if url.len() % 2 == 0 { format!("https://a.example/{url}") } else { url }),
                published: Some(at("2026-11-22T00:00:00Z") + hours.hours()),
                scope: ["caucasus-russia", "caucasus", "russia"][scope as usize].parse::<Scope>().unwrap(),
                score,
                tags: vec!["place:georgia".into(), title.clone().into()],
                duplicate_of: duplicate_of.filter(|&id| id != place as i64),
                story,
                ..item(place as i64, &title, &outlet, blocs[place % blocs.len()], "en", "10:00", &[])
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_order_of_items_does_not_matter((list, shuffled) in items().prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))) {
        let mut input = sample();
        input.items = list;
        let first = compose(&input, &options()).digest;
        input.items = shuffled;
        prop_assert_eq!(first, compose(&input, &options()).digest);
    }
}
