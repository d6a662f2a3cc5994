//! What is one, what is two: written examples, properties and regressions. No text here is anyone's news.

use std::sync::LazyLock;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::fingerprint::FINGERPRINT_VERSION;
use super::fingerprint::FingerprintError;
use super::provenance::ItemKey;
use super::text_rules::TextRules;
use super::*;

static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::built_in().unwrap());

fn features<'a>(title: &'a str, summary: &'a str) -> Features<'a> {
    Features { title, summary, ..Features::default() }
}

/// Places items that come a minute apart, and names the level that the last was found at.
fn last_of(items: &[Features<'_>]) -> (Option<Level>, BatchResult) {
    let start: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
    let items: Vec<BatchItem<'_>> = items
        .iter()
        .enumerate()
        .map(|(index, features)| BatchItem {
            url: None,
            at: Some(start + SignedDuration::from_mins(i64::try_from(index).unwrap())),
            features: *features,
        })
        .collect();
    let last = *dedup_batch(&RULES, Options::default(), &items).last().unwrap();
    (last.found.map(|found| found.level), last)
}

fn level(a: Features<'_>, b: Features<'_>) -> Option<Level> {
    last_of(&[a, b]).0
}

const LONG: &str = "The commission counted the votes of all nine districts through the night and will publish the protocols, the list of observers and its answers to complaints in the morning.";

#[test]
fn a_text_lightly_edited_is_a_near_duplicate() {
    let check = |a: (&str, &str), b: (&str, &str)| {
        assert_eq!(level(features(a.0, a.1), features(b.0, b.1)), Some(Level::NearDuplicate), "{a:?} {b:?}");
    };
    let title = "Miners of Tkibuli stop work over unpaid wages";
    check((title, ""), ("MINERS OF TKIBULI STOP WORK OVER UNPAID WAGES", ""));
    check((title, ""), ("Miners of Tkibuli stop work over unpaid wages - Reuters", ""));
    check((title, ""), ("Miners of Tkibuli stop work over unpaid wages | Some Local Paper", ""));
    check((title, ""), ("Miners of Tkibuli stop work over unpaid wages…", ""));
    check((title, ""), ("Minеrs оf Tkibuli stоp wоrk оvеr unpaid wаgеs", ""));
    check((title, ""), ("Miners of T\u{AD}kibuli stop&nbsp;work over &quot;unpaid&quot; wages", ""));
    check(
        (title, LONG),
        (
            title,
            "TBILISI, June 2 (Interfax) - The commission counted the votes of all nine districts through the night and will publish…",
        ),
    );
    check(("Ёлку на площади зажгут в субботу вечером", ""), ("Елку на площади зажгут в субботу вечером", ""));
    check(("Տավուշում նոր դպրոց կկառուցվի գարնանը", ""), ("Տավուշում նոր դպրոց կկառուցվի գարնանը․", ""));
    check(("ქუთაისში ახალი თეატრი გაიხსნა კვირას", ""), ("ᲥᲣᲗᲐᲘᲡᲨᲘ ᲐᲮᲐᲚᲘ ᲗᲔᲐᲢᲠᲘ ᲒᲐᲘᲮᲡᲜᲐ ᲙᲕᲘᲠᲐᲡ", ""));
    check(
        ("Twenty families leave village under the landslide", LONG),
        ("20 families leave village under the landslide", LONG),
    );
}

#[test]
fn texts_that_look_alike_are_two() {
    let check = |a: (&str, &str), b: (&str, &str)| {
        assert_ne!(level(features(a.0, a.1), features(b.0, b.1)), Some(Level::NearDuplicate), "{a:?} {b:?}");
    };
    check(("Region reports 41 new cases of measles", ""), ("Region reports 57 new cases of measles", ""));
    check(("Землетрясение магнитудой 4,6 в районе Шеки", ""), ("Землетрясение магнитудой 5,2 в районе Шеки", ""));
    check(
        ("Bulgaria goes to the polls for a snap parliamentary election", ""),
        ("Albania goes to the polls for a snap parliamentary election", ""),
    );
    check(("В Гори завершились выборы мэра", ""), ("В Гори начались выборы мэра", ""));
    // The morning column has one title every day.
    check(
        ("Ten things to read this morning", LONG),
        (
            "Ten things to read this morning",
            "A collector of old radios opens his cellar, a choir of shepherds travels abroad, and bakers argue about flour from the north.",
        ),
    );
}

#[test]
fn an_opposite_another_outcome_and_a_step_further_are_other_texts() {
    let check = |a: &str, b: &str| {
        assert_ne!(level(features(a, ""), features(b, "")), Some(Level::NearDuplicate), "{a} / {b}");
    };
    check(
        "Council of Telavi agrees to close the old market in May",
        "Council of Telavi fails to agree to close the old market in May",
    );
    check(
        "Ministry confirms outbreak of swine fever at farms near Gori",
        "Ministry denies outbreak of swine fever at farms near Gori",
    );
    check(
        "Georgian parliament to vote on the budget of the railways",
        "Georgian parliament votes on the budget of the railways",
    );
    check(
        "Mayor will not resign after the flood in the lower town",
        "Mayor will resign after the flood in the lower town",
    );
    check(
        "The bridge at Zestafoni isn't safe for lorries, engineers say",
        "The bridge at Zestafoni is safe for lorries, engineers say",
    );
    check(
        "Armenia accuses Georgia of blocking lorries at the border post",
        "Georgia accuses Armenia of blocking lorries at the border post",
    );
    check(
        "Share prices in Baku up as the morning session opens",
        "Share prices in Baku down as the morning session opens",
    );
    check(
        "Wrestlers of Dagestan win gold in the final at Budapest",
        "Wrestlers of Ingushetia win gold in the final at Budapest",
    );
    check(
        "Суд в Нальчике отпустил водителя автобуса под залог",
        "Суд в Нальчике не отпустил водителя автобуса под залог",
    );
    check("Министр подтвердил закрытие рудника под Ванадзором", "Министр опроверг закрытие рудника под Ванадзором");
    check("Bakan Rize limanının satışını onayladı", "Bakan Rize limanının satışını onaylamadı");
    check("Nazirlik Şəki yolunun bağlanmasını təsdiq etdi", "Nazirlik Şəki yolunun bağlanmasını təkzib etdi");
    check("Նախարարը հաստատեց Գորիսի դպրոցի փակումը", "Նախարարը հերքեց Գորիսի դպրոցի փակումը");
    check("სამინისტრომ თელავის სკოლის დახურვა დაადასტურა", "სამინისტრომ თელავის სკოლის დახურვა უარყო");
}

/// A press office fills in one form after each call; only who called is another in headline and text.
#[test]
fn one_form_about_two_actors_is_two_texts() {
    let check = |one: (&str, &str), other: (&str, &str)| {
        let level = level(features(one.0, one.1), features(other.0, other.1));
        assert_ne!(level, Some(Level::NearDuplicate), "{one:?} / {other:?}");
    };
    check(
        (
            "President of Georgia receives the new ambassador of Turkey at the palace",
            "The guest handed over his letters of credence, and both sides spoke about trade, tourism and the next visit of the Turkish minister of culture to Tbilisi in the coming spring.",
        ),
        (
            "President of Georgia receives the new ambassador of Iran at the palace",
            "The guest handed over his letters of credence, and both sides spoke about trade, tourism and the next visit of the Iranian minister of culture to Tbilisi in the coming spring.",
        ),
    );
    check(
        (
            "Министр принял посла Армении по случаю окончания миссии",
            "Стороны отметили высокий уровень взаимодействия, обсудили торговлю, культуру и образование, министр поблагодарил армянского дипломата за работу.",
        ),
        (
            "Министр принял посла Казахстана по случаю окончания миссии",
            "Стороны отметили высокий уровень взаимодействия, обсудили торговлю, культуру и образование, министр поблагодарил казахского дипломата за работу.",
        ),
    );
}

#[test]
fn who_says_it_is_no_edit_and_a_title_may_be_cut() {
    let check = |a: &str, b: &str| {
        assert_eq!(level(features(a, ""), features(b, "")), Some(Level::NearDuplicate), "{a} / {b}");
    };
    check(
        "Landslide closes the military road above Kazbegi for a week, minister says",
        "Landslide closes the military road above Kazbegi for a week",
    );
    check(
        "Landslide closes the military road above Kazbegi for a week, Gelashvili says",
        "Landslide closes the military road above Kazbegi for a week, transport minister says",
    );
    check(
        "Ministry says landslide closes the military road above Kazbegi for a week",
        "Landslide closes the military road above Kazbegi for a week",
    );
    check(
        "Vintners of Kakheti ask for cheaper loans after hail ruins harvest - and for patience",
        "Vintners of Kakheti ask for cheaper loans after hail ruins harvest",
    );
    check(
        "Пастухи нашли в горах ТушетииБашня двенадцатого века: в горах Тушетии",
        "Пастухи нашли в горах Тушетии: Башня двенадцатого века в горах Тушетии",
    );
}

#[test]
fn reports_of_one_event_are_one_story_across_languages() {
    let check = |a: &str, b: &str| {
        let (_, last) = last_of(&[features(a, ""), features(b, "")]);
        assert_eq!((last.duplicate_of, last.story), (None, 0), "{a} / {b}");
    };
    check("Court in Gori releases activist Davit Kvaratskhelia", "Суд в Гори освободил активиста Давида Кварацхелию");
    check(
        "Court in Gori releases activist Davit Kvaratskhelia",
        "გორის სასამართლომ აქტივისტი დავით კვარაცხელია გაათავისუფლა",
    );
    check(
        "Armenia and Iran sign agreement on bridge over Araks",
        "Հայաստանն ու Իրանը ստորագրել են Արաքսի կամրջի համաձայնագիրը",
    );
    check(
        "Turkey reopens Sarpi border crossing after storm",
        "Türkiye fırtınadan sonra Sarpi sınır kapısını yeniden açtı",
    );
    check("Blast at gas station in Makhachkala kills 12", "При взрыве на заправке в Махачкале погибли 12 человек");
}

#[test]
fn other_events_of_the_same_actors_are_other_stories() {
    let check = |a: &str, b: &str| {
        let (_, last) = last_of(&[features(a, ""), features(b, "")]);
        assert_eq!(last.story, 1, "{a} / {b}");
    };
    check("Armenia and Iran sign agreement on bridge over Araks", "Иран повысил пошлины на армянский цемент");
    check(
        "Court in Gori releases activist Davit Kvaratskhelia",
        "Police search home of activist Davit Kvaratskhelia in Tbilisi",
    );
    check("Earthquake of magnitude 5.2 shakes Shirak", "Землетрясение магнитудой 3,9 произошло в Тавуше");
}

#[test]
fn a_template_filled_in_twice_is_two_events() {
    let check = |a: &str, b: &str| {
        let (level, last) = last_of(&[features(a, ""), features(b, "")]);
        assert_eq!((level, last.story), (None, 1), "{a} / {b}");
    };
    check("Explosion in Grozny kills 3", "Explosion in Makhachkala kills 3");
    check("Взрыв в Грозном: погибли трое", "Взрыв в Назрани: погибли трое");
    check("Police officer shot dead in Nazran", "Police officer shot dead in Khasavyurt");
    check("Minister of culture meets ambassador of France", "Minister of culture meets ambassador of Japan");
    check("Землетрясение произошло в Шемахинском районе", "Землетрясение произошло в Губинском районе");
    check("Лавров принял в Москве посла Кении", "Лавров принял в Москве посла Непала");
    check("Situation report: 12 ceasefire violations overnight", "Situation report: 27 ceasefire violations overnight");
}

#[test]
fn one_name_written_in_two_ways_is_no_template() {
    let check = |a: &str, b: &str| {
        let (_, last) = last_of(&[features(a, ""), features(b, "")]);
        assert_eq!(last.story, 0, "{a} / {b}");
    };
    check("Kenya Supreme Court upholds election result", "Kenya SC upholds election result");
    check("Объявлены итоги тендера Д.Кварацхелии", "Итоги тендера Кварацхелии объявлены в Гори");
    check("В жюри вошли Дж. Кахидзе и А.С.Папаян", "В жюри попали Кахидзе и Папаян");
}

#[test]
fn a_count_that_has_grown_is_the_same_event() {
    let check = |a: &str, b: &str| {
        let (_, last) = last_of(&[features(a, ""), features(b, "")]);
        assert_eq!(last.story, 0, "{a} / {b}");
    };
    check("Explosion at bakery in Tbilisi kills three", "Death toll of explosion at bakery in Tbilisi rises to five");
    check("При обвале дома в Гюмри погибли трое", "Число погибших при обвале дома в Гюмри выросло до пяти");
}

/// Items of one outlet or of several, hours apart: the level at which the last was found.
fn over_time(items: &[(&str, &str, &str, i64)]) -> Option<Level> {
    let start: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
    let items: Vec<BatchItem<'_>> = items
        .iter()
        .map(|(outlet, title, summary, hours)| BatchItem {
            url: None,
            at: Some(start + SignedDuration::from_hours(*hours)),
            features: Features { title, summary, outlet, ..Features::default() },
        })
        .collect();
    dedup_batch(&RULES, Options::default(), &items).last().unwrap().found.map(|found| found.level)
}

#[test]
fn a_column_that_its_outlet_repeats_is_new_every_day() {
    let other = "Exporters of wine look for new markets, the railway buys forty wagons, and doctors of two clinics go on strike over pay.";
    let check = |items: &[(&str, &str, &str, i64)], wanted| assert_eq!(over_time(items), wanted, "{items:?}");
    check(&[("a", "Morning news digest", "", 0), ("a", "Morning news digest", "", 24)], None);
    check(&[("a", "The day in ten lines", LONG, 0), ("a", "The day in ten lines", other, 24)], None);
    // Given again at once, or by another paper, or over the same text, it is a copy.
    check(&[("a", "Morning news digest", "", 0), ("a", "Morning news digest", "", 1)], Some(Level::NearDuplicate));
    check(&[("a", "Morning news digest", "", 0), ("b", "Morning news digest", "", 24)], Some(Level::NearDuplicate));
    check(
        &[("a", "The day in ten lines", LONG, 0), ("a", "The day in ten lines", LONG, 24)],
        Some(Level::NearDuplicate),
    );
}

#[test]
fn a_text_under_another_headline_is_a_copy_unless_all_of_a_feed_stands_over_it() {
    let (a, b) =
        ("Votes of nine districts counted through the night", "Protocols and list of observers due in the morning");
    assert_eq!(over_time(&[("a", a, LONG, 0), ("b", b, LONG, 1)]), Some(Level::NearDuplicate));
    assert_ne!(over_time(&[("a", a, LONG, 0), ("a", b, LONG, 1)]), Some(Level::NearDuplicate));
    let titles = [
        "Answers to complaints",
        "Districts: all nine",
        "Who the observers are",
        "A commission at work",
        "Night of counted votes",
        "Will they publish protocols?",
        "Morning after the votes",
    ];
    let mut items: Vec<(&str, &str, &str, i64)> = titles.iter().map(|title| ("a", *title, LONG, 0)).collect();
    items.push(("b", b, LONG, 1));
    assert_eq!(over_time(&items), None);
}

#[test]
fn a_standing_text_of_two_outlets_is_no_text_of_either() {
    let check = |a: &str, b: &str, standing: &str| {
        assert_eq!(over_time(&[("a", a, standing, 0), ("b", b, standing, 1)]), None, "{a} / {b}");
    };
    let invitation = "Read more on our pages, follow us wherever you are, and get every story from the valleys of Georgia and Armenia first, free of charge.";
    check("Kutaisi market burns down", "Gori opens museum", invitation);
    check("Kutaisi market burns down overnight after a short circuit", "Shepherds of Tusheti count wolves", invitation);
    check("Georgia bans the hunting of wolves", "Vintners of Armenia celebrate", invitation);
    let caption = "Иллюстративное фото из архива пресс-службы, снято на пленку несколько лет назад; все права на снимок принадлежат его автору и редакции.";
    check("В Кутаиси сгорел рынок", "В Гори открыли музей", caption);
    let tagline = "ყველა სიახლე კავკასიიდან ყოველდღე, რეკლამისა და ცენზურის გარეშე, ჩვენს გვერდზე და ტელეგრამის არხზე, დილით და საღამოს.";
    check("ქუთაისში ბაზარი დაიწვა", "გორში მუზეუმი გაიხსნა", tagline);
}

#[test]
fn numbers_in_groups_and_aspects_of_a_verb_are_no_differences() {
    let check = |a: &str, b: &str| {
        assert_eq!(level(features(a, ""), features(b, "")), Some(Level::NearDuplicate), "{a} / {b}");
    };
    check("მთავრობა 5 000-ლარიან დახმარებას გასცემს თელავში", "მთავრობა 5000-ლარიან დახმარებას გასცემს თელავში");
    check(
        "В Телави выдадут пособие в 12 500 лари семьям фермеров",
        "В Телави выдадут пособие в 12500 лари семьям фермеров",
    );
    let (_, last) = last_of(&[
        features("პოლიციამ გორში ყაჩაღობისთვის სამი პირი დააკავა", ""),
        features("გორში ყაჩაღობის ბრალდებით სამი პირია დაკავებული", ""),
    ]);
    assert_eq!(last.story, 0);
}

#[test]
fn a_role_in_capitals_is_no_other_speaker() {
    let check = |a: &str, b: &str, same: bool| {
        let found = level(features(a, ""), features(b, ""));
        assert_eq!(found == Some(Level::NearDuplicate), same, "{a} / {b}");
    };
    let title = "Georgia expects answers about the closed pass above Kazbegi";
    check(&format!("{title}, Gelashvili says"), &format!("{title}, Transport Minister says"), true);
    check(&format!("{title}, Gelashvili says"), &format!("{title}, Maisuradze says"), false);
}

#[test]
fn a_story_goes_on_through_its_reports_but_not_without_end() {
    let reports = [
        "Fire at Rustavi steel mill kills three workers",
        "Three workers die in blaze at steel mill in Rustavi",
        "Rustavi steel mill fire: mayor names three dead workers",
        "Three dead as fire sweeps steel mill in Rustavi, Georgia",
        "Mourning in Rustavi for three workers killed by steel mill fire",
        "Steel workers of Rustavi stop after fire kills three at mill",
    ];
    let sizes = |story_items| {
        let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), Options { story_items, ..Options::default() });
        let mut sizes = std::collections::BTreeMap::new();
        for (key, title) in (0..).zip(reports) {
            let fingerprint = Fingerprint::new(&RULES.texts, &features(title, ""));
            let candidate = Candidate {
                key,
                url_key: None,
                at: Timestamp::UNIX_EPOCH,
                provenance: Provenance::of_list(Timestamp::UNIX_EPOCH),
                outlet: "",
                fingerprint: &fingerprint,
            };
            let place = window.assign(&candidate);
            *sizes.entry(place.story).or_insert(0_u32) +=
                u32::from(place.duplicate_of.is_none() && place.displaces.is_none());
        }
        sizes.into_values().collect::<Vec<_>>()
    };
    assert!(sizes(150).iter().any(|size| *size >= 3), "{:?}", sizes(150));
    assert!(sizes(2).iter().all(|size| *size <= 2), "{:?}", sizes(2));
}

/// Reports of a day, by event.
const DAY: [&[&str]; 8] = [
    &[
        "Fire at Rustavi steel mill kills three workers",
        "Three workers die in blaze at steel mill in Rustavi",
        "Rustavi steel mill fire: mayor names three dead workers",
        "Three dead as fire sweeps steel mill in Rustavi, Georgia",
        "При пожаре на металлургическом заводе в Рустави погибли трое рабочих",
        "Rustavi'deki çelik fabrikasında yangın: üç işçi öldü",
    ],
    &[
        "Armenia and Iran sign agreement on bridge over Araks",
        "Iran, Armenia sign deal for new bridge across the Araks",
        "Армения и Иран подписали соглашение о мосте через Аракс",
        "Ermenistan ve İran, Aras üzerinde köprü anlaşması imzaladı",
    ],
    &[
        "Court in Gori releases activist Davit Kvaratskhelia",
        "Activist Davit Kvaratskhelia freed by court in Gori",
        "Суд в Гори освободил активиста Давида Кварацхелию",
        "გორის სასამართლომ აქტივისტი დავით კვარაცხელია გაათავისუფლა",
    ],
    &[
        "Blast at gas station in Makhachkala kills 12",
        "Gas station explosion kills 12 in Makhachkala",
        "При взрыве на заправке в Махачкале погибли 12 человек",
        "Взрыв на заправке в Махачкале: 12 погибших",
    ],
    &[
        "Turkey reopens Sarpi border crossing after storm",
        "Sarpi border crossing reopened by Turkey after the storm",
        "Türkiye fırtınadan sonra Sarpi sınır kapısını yeniden açtı",
    ],
    &[
        "Azerbaijan detains journalist Leyla Orujova at Baku airport",
        "Journalist Leyla Orujova detained at airport in Baku",
        "В аэропорту Баку задержана журналистка Лейла Оруджова",
    ],
    &["Landslide closes the military road above Kazbegi for a week", "Military road above Kazbegi closed by landslide"],
    &["Wrestlers of Dagestan win three gold medals at Budapest", "Vineyards of Kakheti count their losses after hail"],
];

/// How alike two partitions of the same items are, 0 to 1: F1 of the B-cubed precision and recall of one against the
/// other (Bagga and Baldwin 1998, "Entity-based cross-document coreferencing using the vector space model").
fn b_cubed(a: &[ItemKey], b: &[ItemKey]) -> f64 {
    let share = |a: &[ItemKey], b: &[ItemKey]| {
        let of_item = |i: usize| {
            let own = (0..a.len()).filter(|j| a[*j] == a[i]);
            let (all, same) = own.fold((0, 0), |(all, same), j| (all + 1, same + u32::from(b[j] == b[i])));
            f64::from(same) / f64::from(all)
        };
        (0..a.len()).map(of_item).sum::<f64>() / f64::from(u32::try_from(a.len()).unwrap())
    };
    let (precision, recall) = (share(a, b), share(b, a));
    2.0 * precision * recall / (precision + recall)
}

#[test]
fn stories_do_not_depend_on_the_order_in_which_reports_of_a_day_arrive() {
    let reports: Vec<(usize, &str)> =
        DAY.iter().enumerate().flat_map(|(event, titles)| titles.iter().map(move |title| (event, *title))).collect();
    // The story of each report, if they arrive in this order.
    let stories = |order: &[usize]| {
        let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), Options::default());
        let mut places: Vec<Assignment> = Vec::new();
        for (key, index) in (0..).zip(order) {
            let fingerprint = Fingerprint::new(&RULES.texts, &features(reports[*index].1, ""));
            let at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(20 * i64::try_from(*index).unwrap());
            let provenance = Provenance::of_list(at);
            let outlet = format!("outlet {index}");
            let candidate =
                Candidate { key, url_key: None, at, provenance, outlet: &outlet, fingerprint: &fingerprint };
            places.push(window.assign(&candidate));
        }
        let mut of_report = vec![0; order.len()];
        (0..order.len()).for_each(|rank| of_report[order[rank]] = settled_story(&places, rank));
        of_report
    };
    let in_order: Vec<usize> = (0..reports.len()).collect();
    let first = stories(&in_order);
    for seed in 1..=20_u64 {
        let mut order = in_order.clone();
        order.sort_by_key(|index| (*index as u64 + 1).wrapping_mul(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 7);
        let shuffled = stories(&order);
        let alike = b_cubed(&first, &shuffled);
        assert!(alike >= 0.95, "order {seed}: {alike:.3}\n{first:?}\n{shuffled:?}");
    }
    let events: Vec<ItemKey> = reports.iter().map(|(event, _)| ItemKey::try_from(*event).unwrap()).collect();
    let found = b_cubed(&events, &first);
    assert!(found >= 0.9, "{found:.3}: {first:?}");
}

/// Ten words of a made language.
fn made_words(count: u32, seed: u32) -> Vec<String> {
    let word = |number: u32| {
        let mut bits = number.wrapping_mul(2_654_435_761) ^ seed;
        (0..3)
            .flat_map(|_| {
                let pair = [b"bdfgklmnprstvz"[bits as usize % 14], b"aeiou"[bits as usize / 14 % 5]];
                bits /= 70;
                pair.map(char::from)
            })
            .collect::<String>()
    };
    (0..count).map(word).collect()
}

#[test]
fn a_chain_of_edits_is_not_one_group() {
    let mut words = made_words(10, 1);
    let others = made_words(90, 2);
    let titles: Vec<String> = others
        .iter()
        .enumerate()
        .map(|(step, other)| {
            words[step % 10].clone_from(other);
            words.join(" ")
        })
        .collect();
    let items: Vec<BatchItem<'_>> =
        titles.iter().map(|title| BatchItem { features: features(title, ""), ..BatchItem::default() }).collect();
    let places = dedup_batch(&RULES, Options::default(), &items);
    let mut sizes = std::collections::BTreeMap::new();
    for (index, place) in places.iter().enumerate() {
        let survivor = place.duplicate_of.unwrap_or(index);
        *sizes.entry(survivor).or_insert(0) += 1;
        // What is in one group shares half its words with the survivor.
        let own: Vec<&str> = titles[survivor].split(' ').collect();
        let shared = titles[index].split(' ').filter(|word| own.contains(word)).count();
        assert!(shared >= 5, "{} / {}", titles[survivor], titles[index]);
    }
    assert!(sizes.values().any(|size| *size >= 3), "edits next to each other are copies: {sizes:?}");
}

#[test]
fn hundreds_of_reports_of_one_event_stay_within_a_storys_bounds_and_take_in_nothing_else() {
    let whom = ["Passenger plane", "Airliner", "Jet with 67 on board", "AZAL flight", "Azerbaijani plane"];
    let what = [
        "crashes near Aktau",
        "goes down near Aktau airport",
        "falls near Aktau in Kazakhstan",
        "crash-lands near Aktau",
    ];
    let more = [
        "",
        ", dozens feared dead",
        ", survivors pulled from wreck",
        " after bird strike, officials say",
        ", Azerbaijan declares mourning",
    ];
    let noise = made_words(4_000, 3);
    let mut titles: Vec<(bool, String)> = Vec::new();
    for index in 0..500_usize {
        let word = |list: &[&str], step: usize| list[index * step / 7 % list.len()].to_owned();
        titles.push((true, format!("{} {}{}", word(&whom, 3), word(&what, 5), word(&more, 11))));
        titles.push((false, noise[index * 8..index * 8 + 8].join(" ")));
    }
    let items: Vec<BatchItem<'_>> =
        titles.iter().map(|(_, title)| BatchItem { features: features(title, ""), ..BatchItem::default() }).collect();
    let options = Options { story_items: 20, ..Options::default() };
    let places = dedup_batch(&RULES, options, &items);
    let mut reports = std::collections::BTreeMap::new();
    for (place, (is_report, title)) in places.iter().zip(&titles) {
        assert_eq!(titles[place.story].0, *is_report, "{title}");
        if *is_report && place.duplicate_of.is_none() {
            *reports.entry(place.story).or_insert(0_u32) += 1;
        }
    }
    assert!(reports.values().all(|size| *size <= 20), "{reports:?}");
    let full: u32 = reports.values().filter(|size| **size == 20).sum();
    let all: u32 = reports.values().sum();
    assert!(10 * full >= 7 * all, "most wordings of one event are in stories as large as they may be: {reports:?}");
    assert!(reports.len() <= 18, "a hundred wordings of one event fall into few stories: {reports:?}");
}

#[test]
fn the_survivor_is_the_one_published_first() {
    let start: Timestamp = "2026-03-01T08:00:00Z".parse().unwrap();
    let title = features("Miners of Tkibuli stop work over unpaid wages", "");
    let item = |minutes| BatchItem { url: None, at: Some(start + SignedDuration::from_mins(minutes)), features: title };
    let places = dedup_batch(&RULES, Options::default(), &[item(30), item(10), item(20)]);
    assert_eq!(places.iter().map(|place| place.duplicate_of).collect::<Vec<_>>(), [Some(1), None, Some(1)]);
    assert_eq!(places.iter().map(|place| place.story).collect::<Vec<_>>(), [1, 1, 1]);
}

#[test]
fn an_address_joins_what_titles_do_not_and_a_front_page_joins_nothing() {
    let item = |url, title| BatchItem { url: Some(url), at: None, features: features(title, "") };
    let places = dedup_batch(
        &RULES,
        Options::default(),
        &[
            item("https://a.example/news/1?utm_source=rss", "Bakery opens"),
            item("http://www.a.example/news/1", "A wholly other heading of the same page"),
            item("https://b.example/", "Vineyards of Kakheti count their losses"),
            item("https://b.example/", "Choir of shepherds travels abroad"),
        ],
    );
    assert_eq!(places.iter().map(|place| place.duplicate_of).collect::<Vec<_>>(), [None, Some(0), None, None]);
    assert_eq!(places[1].found.unwrap().level, Level::Address);
}

#[test]
fn reprints_of_one_text_are_one_newsroom() {
    let report = |key, survivor, outlet, source| Report { key, survivor, outlet, source };
    let check = |reports: &[Report<'_>], wanted| assert_eq!(independent_newsrooms(reports), wanted, "{reports:?}");
    check(&[], 0);
    check(&[report(1, 1, "a", None), report(2, 1, "b", None), report(3, 1, "c", None)], 1);
    check(&[report(1, 1, "a", None), report(2, 2, "a", None), report(3, 3, "b", None)], 2);
    // Two outlets rewrite one agency; a third has its own.
    check(&[report(1, 1, "a", Some(7)), report(2, 2, "b", Some(7)), report(3, 3, "c", None)], 2);
    // The survivor is out of sight.
    check(&[report(2, 1, "b", None), report(3, 1, "c", None)], 1);
}

#[test]
fn the_agency_that_a_text_credits_is_known() {
    let check = |title: &str, summary: &str, same_as: &str| {
        let source = |features| Fingerprint::new(&RULES.texts, &features).source();
        let wanted = source(features(same_as, ""));
        assert!(wanted.is_some(), "{same_as}");
        assert_eq!(source(features(title, summary)), wanted, "{title} / {summary}");
    };
    let reuters = "Miners of Tkibuli stop work over wages - Reuters";
    check("Miners of Tkibuli stop work", "LONDON, May 4 (Reuters) - The miners stopped work on Monday.", reuters);
    check("Шахтеры Ткибули остановили работу — Рейтер", "", reuters);
    check(
        "Шахтеры остановили работу",
        "МОСКВА, 4 мая. /ТАСС/. Шахтеры остановили работу.",
        "Miners of Tkibuli stop work over wages - TASS",
    );
}

#[test]
fn a_fingerprint_of_another_version_is_refused() {
    let mut bytes = Fingerprint::new(&RULES.texts, &features("A title of some words", LONG)).to_bytes();
    assert!(Fingerprint::from_bytes(&bytes).is_ok());
    assert_eq!(Fingerprint::from_bytes(bytes.get(..bytes.len() - 1).unwrap()), Err(FingerprintError::Damaged));
    assert_eq!(Fingerprint::from_bytes(&[]), Err(FingerprintError::Damaged));
    bytes[0] = FINGERPRINT_VERSION + 1;
    assert_eq!(
        Fingerprint::from_bytes(&bytes),
        Err(FingerprintError::Version { found: FINGERPRINT_VERSION + 1, current: FINGERPRINT_VERSION })
    );
}

#[test]
fn a_word_in_two_concepts_is_refused() {
    let text = include_str!("../../../config/dedup/text.toml");
    let error = TextRules::load(text, "[event]\na = { en = \"burn*\" }\nb = { en = \"burn*\" }").unwrap_err();
    assert!(error.to_string().contains("`burn*` (en) is in both concept `a` and concept `b`"), "{error}");
}

/// Titles put together from few words, so that many of them meet.
fn titles() -> impl Strategy<Value = Vec<(String, u8)>> {
    let word = prop::sample::select(vec![
        "Gori",
        "miners",
        "стоп",
        "суд",
        "освободил",
        "court",
        "releases",
        "12",
        "17",
        "Kvaratskhelia",
        "Кварацхелия",
        "bridge",
        "fire",
        "Armenia",
        "Иран",
        "opens",
        "storm",
        "დავით",
    ]);
    let title = prop::collection::vec(word, 1..9).prop_map(|words| words.join(" "));
    prop::collection::vec((title, 0_u8..200), 1..60)
}

fn key(index: usize) -> ItemKey {
    ItemKey::try_from(index).unwrap()
}

fn time(items: &[(String, u8)], index: usize) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(i64::from(items[index].1))
}

/// Items come one a minute, some of them from their own sites, some that nobody saw appear.
fn provenance(items: &[(String, u8)], index: usize) -> Provenance {
    Provenance {
        is_own_page: items[index].1.is_multiple_of(5),
        agency: Some(u32::from(items[index].1 % 3)),
        is_backlog: items[index].1.is_multiple_of(2),
        seen: Timestamp::UNIX_EPOCH + SignedDuration::from_mins(i64::try_from(index).unwrap()),
        appeared: time(items, index),
    }
}

/// A window that is put back from what a store keeps of the items that were placed so far: of those that are compared,
/// the fingerprint.
fn put_back(
    options: Options,
    items: &[(String, u8)],
    places: &[Assignment],
    kept: &[Option<Fingerprint>],
) -> Deduplicator {
    let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), options);
    let first = places.len().saturating_sub(options.capacity);
    for (index, fingerprint) in kept.iter().enumerate().skip(first) {
        // The survivor at the time when the window is put back.
        let survivor = settled(places, index);
        let story = settled_story(places, index);
        let is_counted = |other: &usize| settled_story(places, *other) == story && settled(places, *other) == *other;
        window.restore(&Placed {
            key: key(index),
            at: time(items, index),
            provenance: provenance(items, index),
            outlet: "",
            fingerprint: fingerprint.as_ref(),
            duplicate_of: (survivor != index).then(|| Survivor {
                key: key(survivor),
                at: time(items, survivor),
                provenance: provenance(items, survivor),
            }),
            story,
            story_items: u32::try_from((0..places.len()).filter(is_counted).count()).unwrap(),
        });
    }
    window
}

fn run(items: &[(String, u8)], restored: usize, capacity: usize) -> Vec<Assignment> {
    let options = Options { capacity, ..Options::default() };
    let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), options);
    let (mut places, mut kept) = (Vec::new(), Vec::new());
    for (index, (title, _)) in items.iter().enumerate() {
        if index == restored && index > 0 {
            window = put_back(options, items, &places, &kept);
        }
        let fingerprint = Fingerprint::new(&RULES.texts, &features(title, ""));
        let (key, at, provenance) = (key(index), time(items, index), provenance(items, index));
        let place =
            window.assign(&Candidate { key, url_key: None, at, provenance, outlet: "", fingerprint: &fingerprint });
        kept.push(place.is_candidate.then_some(fingerprint));
        places.push(place);
        assert!(window.len() <= capacity);
    }
    places
}

/// The survivor of an item's group after all the places so far.
fn settled(places: &[Assignment], index: usize) -> usize {
    let mut survivor = places[index].duplicate_of.map_or(index, |key| usize::try_from(key).unwrap());
    while let Some(next) = places.iter().position(|place| place.displaces == Some(ItemKey::try_from(survivor).unwrap()))
    {
        survivor = next;
    }
    survivor
}

/// The story of an item after all the places so far.
fn settled_story(places: &[Assignment], index: usize) -> ItemKey {
    let into = |story: &ItemKey| places.iter().find(|place| place.absorbed.contains(story)).map(|place| place.story);
    std::iter::successors(Some(places[index].story), into).last().unwrap()
}

#[test]
fn the_original_is_on_its_own_site_or_was_seen_first_whatever_the_dates_say() {
    let fingerprint = Fingerprint::new(&RULES.texts, &features("Miners of Tkibuli stop work over unpaid wages", ""));
    let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
    // Each item: the date that it says, when it was seen, whether on its own site, whether it was there before.
    let check = |name: &str, items: &[(i64, i64, bool, bool)], expected: ItemKey| {
        let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), Options::default());
        let mut survivor = 0;
        for (key, &(date, seen, is_own_page, is_backlog)) in (1..).zip(items) {
            let provenance = Provenance { is_own_page, agency: None, is_backlog, seen: at(seen), appeared: at(date) };
            let place = window.assign(&Candidate {
                key,
                url_key: None,
                at: at(date),
                provenance,
                outlet: "",
                fingerprint: &fingerprint,
            });
            survivor = place.duplicate_of.unwrap_or(key);
        }
        assert_eq!(survivor, expected, "{name}");
    };
    check("a copy says an earlier date", &[(100, 101, true, false), (5, 110, true, false)], 1);
    check("a copy of a stranger says an earlier date", &[(100, 101, false, false), (5, 110, false, false)], 1);
    check("a stranger had the text first", &[(90, 91, false, false), (100, 110, true, false)], 2);
    check("at the start, dates decide", &[(100, 200, true, true), (5, 201, true, true)], 2);
    check("a feed that is added later", &[(100, 200, true, true), (5, 300, true, true)], 1);
    check("a feed that is added later, among others", &[(100, 101, true, false), (5, 110, true, true)], 1);
}

#[test]
fn the_agency_that_a_text_credits_is_its_origin() {
    let title = "Miners of Tkibuli stop work over unpaid wages";
    // Each item: its title, its outlet, and whether it is on its own site. All were seen in this order.
    let check = |name: &str, items: &[(&str, &str, bool)], expected: ItemKey| {
        let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), Options::default());
        let mut survivor = 0;
        for (key, &(title, outlet, is_own_page)) in (1..).zip(items) {
            let fingerprint = Fingerprint::new(&RULES.texts, &Features { title, outlet, ..Features::default() });
            let seen = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(key);
            let agency = RULES.texts.agency(outlet);
            let provenance = Provenance { is_own_page, agency, is_backlog: false, seen, appeared: seen };
            let candidate = Candidate { key, url_key: None, at: seen, provenance, outlet, fingerprint: &fingerprint };
            survivor = window.assign(&candidate).duplicate_of.unwrap_or(key);
        }
        assert_eq!(survivor, expected, "{name}");
    };
    let credited = format!("{title} - TASS");
    check("the agency came later", &[(&credited, "Daily", true), (title, "ТАСС", true)], 2);
    check("the agency came first", &[(title, "TASS", true), (&credited, "Daily", true)], 1);
    check("another agency came later", &[(&credited, "Daily", true), (title, "Interfax", true)], 1);
    check("nothing is credited", &[(title, "Daily", true), (title, "TASS", true)], 1);
    check("the agency's text on a strange page", &[(&credited, "Daily", true), (title, "TASS", false)], 1);
}

#[test]
fn a_displaced_survivor_put_back_still_counts_in_its_story() {
    let titles = [
        ("court bridge Kvaratskhelia", 0),
        ("Kvaratskhelia releases Armenia", 0),
        ("fire 12 Kvaratskhelia bridge court", 98),
        ("стоп Кварацхелия fire bridge 12", 0),
        ("Gori court стоп bridge", 0),
        ("12 court суд Kvaratskhelia fire", 0),
        ("fire court 12 Kvaratskhelia", 0),
        ("Kvaratskhelia fire стоп Gori освободил", 0),
    ];
    let items: Vec<(String, u8)> = titles.iter().map(|(title, at)| ((*title).to_owned(), *at)).collect();
    let places = |restored| {
        run(&items, restored, 1000).into_iter().map(|place| (place.duplicate_of, place.story)).collect::<Vec<_>>()
    };
    for cut in 1..items.len() {
        assert_eq!(places(cut), places(0), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn the_same_items_in_the_same_order_get_the_same_places(items in titles()) {
        prop_assert_eq!(run(&items, 0, 1000), run(&items, 0, 1000));
    }

    #[test]
    fn a_window_put_back_goes_on_as_if_nothing_had_been(items in titles(), cut in 0_usize..60) {
        let cut = cut.min(items.len());
        let keep = |places: Vec<Assignment>| places.into_iter().map(|place| (place.duplicate_of, place.story)).collect::<Vec<_>>();
        prop_assert_eq!(keep(run(&items, 0, 1000)), keep(run(&items, cut, 1000)));
    }

    /// Whatever came, was edited and was forgotten: the window is what would be put back from the store.
    #[test]
    fn a_window_is_at_every_step_what_would_be_put_back(
        items in titles(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 60),
        capacity in 1_usize..30,
    ) {
        let options = Options { capacity, ..Options::default() };
        let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), options);
        let (mut places, mut kept) = (Vec::new(), Vec::new());
        let read = |index: usize| Fingerprint::new(&RULES.texts, &features(&items[index].0, ""));
        for (index, (which, with)) in edits.iter().enumerate().take(items.len()) {
            let fingerprint = read(index);
            let (own, at, provenance) = (key(index), time(&items, index), provenance(&items, index));
            let place = window.assign(&Candidate { key: own, url_key: None, at, provenance, outlet: "", fingerprint: &fingerprint });
            kept.push(place.is_candidate.then_some(fingerprint));
            places.push(place);
            prop_assert_eq!(window.lines(), put_back(options, &items, &places, &kept).lines());
            let (edited, words) = (which.index(places.len()), read(with.index(items.len())));
            if let Some(is_candidate) = window.update(key(edited), &words) {
                kept[edited] = is_candidate.then_some(words);
            }
            prop_assert_eq!(window.lines(), put_back(options, &items, &places, &kept).lines());
        }
    }

    #[test]
    fn a_full_window_forgets_and_goes_on(items in titles(), capacity in 1_usize..9) {
        let places = run(&items, 0, capacity);
        prop_assert_eq!(places.len(), items.len());
    }

    #[test]
    fn survivors_repeat_nothing_and_come_first(items in titles()) {
        let start = Timestamp::UNIX_EPOCH;
        let batch: Vec<BatchItem<'_>> = items.iter().map(|(title, minutes)| BatchItem {
            url: None,
            at: Some(start + SignedDuration::from_mins(i64::from(*minutes))),
            features: features(title, ""),
        }).collect();
        let places = dedup_batch(&RULES, Options::default(), &batch);
        for (index, place) in places.iter().enumerate() {
            if let Some(survivor) = place.duplicate_of {
                prop_assert_eq!(places[survivor].duplicate_of, None);
                prop_assert_eq!(places[survivor].story, place.story);
                prop_assert!(survivor != index && items[survivor].1 <= items[index].1);
            }
        }
    }

    #[test]
    fn a_list_that_is_shuffled_gets_the_same_groups_and_stories(items in titles(), seed in any::<u64>()) {
        let urls: Vec<String> = (0..items.len()).map(|index| format!("https://a.example/news/{index}")).collect();
        let item = |index: &usize| BatchItem {
            url: Some(urls[*index].as_str()),
            at: Some(Timestamp::UNIX_EPOCH + SignedDuration::from_mins(i64::from(items[*index].1))),
            features: features(&items[*index].0, ""),
        };
        let places = |order: &[usize]| {
            let given: Vec<BatchItem<'_>> = order.iter().map(item).collect();
            let mut places: Vec<(usize, Option<usize>, usize)> = dedup_batch(&RULES, Options::default(), &given)
                .iter()
                .zip(order)
                .map(|(place, index)| (*index, place.duplicate_of.map(|at| order[at]), order[place.story]))
                .collect();
            places.sort_unstable();
            places
        };
        let order: Vec<usize> = (0..items.len()).collect();
        let mut shuffled = order.clone();
        shuffled.sort_by_key(|index| (*index as u64).wrapping_add(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        prop_assert_eq!(places(&order), places(&shuffled));
    }

    #[test]
    fn the_survivor_of_copies_does_not_depend_on_their_order(minutes in prop::collection::hash_set(0_i64..5_000, 2..12), by in 0_usize..12) {
        let minutes: Vec<i64> = minutes.into_iter().collect();
        let places = |minutes: &[i64]| {
            let mut window = Deduplicator::new(Arc::clone(&RULES.pairs), Options::default());
            let fingerprint = Fingerprint::new(&RULES.texts, &features("Miners of Tkibuli stop work over unpaid wages", ""));
            let mut survivor = None;
            for (key, minute) in (1..).zip(minutes) {
                let at = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(*minute);
                let place = window.assign(&Candidate { key, url_key: None, at, provenance: Provenance::of_list(at), outlet: "", fingerprint: &fingerprint });
                survivor = Some(place.duplicate_of.unwrap_or(key));
            }
            minutes[usize::try_from(survivor.unwrap()).unwrap() - 1]
        };
        let mut turned = minutes.clone();
        turned.rotate_left(by % minutes.len());
        prop_assert_eq!(places(&minutes), *minutes.iter().min().unwrap());
        prop_assert_eq!(places(&turned), places(&minutes));
    }

    #[test]
    fn any_text_has_a_fingerprint_that_survives_its_bytes(title in "\\PC{0,80}", summary in "(\\PC|[<>&;#x]){0,300}", tag in "\\PC{0,8}") {
        let fingerprint = Fingerprint::new(&RULES.texts, &Features { title: &title, summary: &summary, language: Some(&tag), outlet: &tag, tags: &[&tag] });
        prop_assert_eq!(Fingerprint::from_bytes(&fingerprint.to_bytes()), Ok(fingerprint.clone()));
        let same = last_of(&[features(&title, &summary), features(&title, &summary)]).1;
        prop_assert!(same.story <= 1);
    }

    #[test]
    fn any_bytes_are_a_fingerprint_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(fingerprint) = Fingerprint::from_bytes(&bytes) {
            let _place = Deduplicator::new(Arc::clone(&RULES.pairs), Options::default()).assign(&Candidate { key: 1, url_key: None, at: Timestamp::UNIX_EPOCH, provenance: Provenance::of_list(Timestamp::UNIX_EPOCH), outlet: "", fingerprint: &fingerprint });
        }
    }
}
