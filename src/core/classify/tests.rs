//! Tables of texts and the tags that they give.

use std::sync::{Arc, OnceLock};

use proptest::prelude::*;

use super::{Classifier, ItemText, Scratch};
use crate::lexicon::{Lexicon, LexiconFile};
use crate::model::{Classification, Field, Scope};

fn shipped() -> &'static Classifier {
    static SHIPPED: OnceLock<Classifier> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let lexicon = Lexicon::built_in().unwrap_or_else(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            panic!("{}", lines.join("\n"))
        });
        Classifier::new(Arc::new(lexicon))
    })
}

fn title(text: &str) -> Classification {
    shipped().classify(&ItemText { title: text, ..ItemText::default() })
}

#[test]
fn the_built_in_lexicon_is_whole() {
    let lexicon = shipped().lexicon();
    assert!(lexicon.entities().len() >= 600, "{}", lexicon.entities().len());
    assert_eq!(lexicon.version().len(), 16);
    assert_eq!(lexicon.version(), Lexicon::built_in().unwrap().version());
}

#[test]
fn ambiguous_names_are_settled_by_their_context() {
    let check = |text: &str, tag: &str, expected: bool| {
        let said = title(text);
        assert_eq!(said.tags.iter().any(|t| t == tag), expected, "{tag} in {text}: {:?}", said.evidence);
    };
    for (text, is_country) in [
        ("Georgia's parliament adopts law on foreign agents", true),
        ("Protesters rally in Tbilisi as Georgia suspends EU accession talks", true),
        ("Georgia and Armenia open new border crossing", true),
        ("Kobakhidze: Georgia will not open a second front", true),
        ("Georgia Republicans sue over ballot counting in Fulton County", false),
        ("Tornado tears through Georgia and Alabama", false),
        ("Georgia Tech names new coach", false),
        ("Georgia O'Keeffe retrospective opens", false),
        ("South Georgia penguins threatened by iceberg", false),
        ("Georgia voters head to the polls", false),
    ] {
        check(text, "place:georgia", is_country);
    }
    check("Terraced Georgian townhouse in Dublin sells for a record", "place:georgia", false);
    check("Georgian opposition leader arrested in Tbilisi", "place:georgia", true);
    check("Грузия закрыла посольство", "place:georgia", true);
    check("В штате Джорджия прошли выборы", "place:georgia", false);
    check("Police in Moscow, Idaho, search for suspect", "place:russia", false);
    check("Moscow summons British ambassador", "place:russia", true);
    check("Hurricane heads for St. Petersburg, Florida", "place:russia", false);
    check("Putin arrives in St. Petersburg for forum", "city:saint-petersburg", true);
    check("How to roast a turkey for Thanksgiving", "place:turkey", false);
    check("Turkey closes airspace to Armenian flights", "place:turkey", true);
    check("Suspect described as a Caucasian male in his twenties", "place:caucasus", false);
    check("Грозный остаётся без воды: в Чечне авария", "city:grozny", true);
    check("Иван Грозный и его время", "city:grozny", false);
    check("В Грозном открыли школу", "place:chechnya", true);
    check("грозный вид", "place:chechnya", false);
    check("Earthquake strikes East Azerbaijan Province in Iran", "place:azerbaijan", false);
    check("Sismo en Armenia, Quindío", "place:armenia", false);
    check("Russian roulette death in Texas", "place:russia", false);
    check("Belarusian and Prussian archives opened", "place:russia", false);
    check("gəncə kömək", "city:ganja", false);
    check("Gəncədə yanğın olub", "city:ganja", true);
}

#[test]
fn a_part_gives_its_whole_and_contested_areas_no_state() {
    let check = |text: &str, expected: &[&str]| {
        let mut places: Vec<crate::model::Tag> =
            title(text).tags.into_iter().filter(|t| t.starts_with("place:")).collect();
        places.sort();
        assert_eq!(places, expected, "{text}");
    };
    check("В Махачкале прошёл митинг", &["place:dagestan", "place:north-caucasus", "place:russia"]);
    check("Протест в Сухуме", &["place:abkhazia", "place:south-caucasus"]);
    check("В Цхинвале выборы", &["place:south-caucasus", "place:south-ossetia"]);
    check("Naxçıvanda təlim keçirilib", &["place:azerbaijan", "place:nakhchivan"]);
    check("Батуми готовится к сезону", &["place:adjara", "place:georgia"]);
    // A form of two parts of Russia gives what both belong to.
    check("Якутском", &["place:russia"]);
    check("Мегри и Капан", &["place:armenia", "place:syunik"]);
}

#[test]
fn forms_of_all_languages_lead_to_their_place() {
    let check = |texts: &[&str], tag: &str| {
        for text in texts {
            let said = title(text);
            assert!(said.tags.iter().any(|t| t == tag), "{tag} in {text}: {:?}", said.tags);
        }
    };
    check(
        &[
            "Армении",
            "армянскими",
            "ВІРМЕНІЄЮ",
            "Հայաստանո՞ւմ",
            "ՀԱՅԱՍՏԱՆՈՒՄ",
            "სომხეთშიც",
            "Ermənistanda",
            "Ermenistan’ın",
        ],
        "place:armenia",
    );
    check(&["Բաքվից", "ბაქოდან", "Bakıda", "BAKÜ'DE", "Бакинского", "Bakou", "باکو"], "place:azerbaijan");
    check(&["საქართველოს", "ᲡᲐᲥᲐᲠᲗᲕᲔᲚᲝᲨᲘ", "Gürcistan'daki", "Վրաստանից", "грузинку", "géorgiennes"], "place:georgia");
    check(&["Երեւանում", "Երևանում", "ԵՐԵՎԱՆՈՒՄ", "ერევნისთვის", "İrəvandan"], "city:yerevan");
    // A surname alone is that of the family, which has a tag as each of its members has.
    check(&["Rotenberg under sanctions", "Против Ротенберга ввели санкции"], "person:rotenberg-brothers");
    check(&["Yamadayev shot in Dubai", "Убийство Ямадаева"], "person:yamadayev-brothers");
}

#[test]
fn scope_and_score_follow_the_text() {
    let both = title("Lavrov arrives in Yerevan for talks");
    assert_eq!(both.scope, Some("caucasus-russia".parse::<Scope>().unwrap()));
    assert_eq!(title("Yerevan hosts conference").scope, Some("caucasus".parse::<Scope>().unwrap()));
    assert_eq!(title("Moscow metro opens new line").scope, Some("russia".parse::<Scope>().unwrap()));
    assert_eq!(title("Parliament of Canada debates budget"), Classification::default());
    let in_title = title("Armenia votes");
    let in_summary =
        shipped().classify(&ItemText { title: "Voting begins", summary: "Armenia votes", ..ItemText::default() });
    assert!(in_title.score > in_summary.score && in_summary.score > 0.0);
    let sport = title("Armenia beat Georgia in football match to reach cup final in Tbilisi");
    assert!(sport.tags.iter().any(|t| t == "topic:sport"), "{:?}", sport.tags);
    assert!(sport.score < both.score);
    assert!(sport.relations.is_empty());
}

#[test]
fn relations_have_tone_and_direction() {
    let check = |text: &str, expected: &[(&str, &str, &str, f32, bool)]| {
        let said = title(text);
        let got: Vec<(&str, &str, &str, f32, bool)> =
            said.relations.iter().map(|r| (r.a.as_str(), r.b.as_str(), r.class.as_str(), r.tone, r.directed)).collect();
        assert_eq!(got, expected, "{text}: {:?}", said.relations);
    };
    check("Russia bans imports of Armenian brandy", &[("russia", "armenia", "sanction", -6.0, true)]);
    check("Armenia accuses Azerbaijan of opening fire", &[("armenia", "azerbaijan", "accuse", -3.5, true)]);
    check("Armenia and Azerbaijan sign peace treaty", &[("armenia", "azerbaijan", "support", 8.0, false)]);
    check("Talks between Tbilisi and Moscow", &[("georgia", "russia", "consult", 2.5, false)]);
    check("Azerbaijan refuses to sign peace treaty with Armenia", &[("azerbaijan", "armenia", "reject", -2.0, true)]);
    check("Russia did not attack Georgia, Kremlin says", &[]);
    check("Georgia shelled by Russia", &[("russia", "georgia", "assault", -9.5, true)]);
    check("Путин встретился с Алиевым", &[("azerbaijan", "russia", "consult", 2.5, false)]);
    check("Россия запретила ввоз воды из Армении", &[("russia", "armenia", "sanction", -6.0, true)]);
    check("Баку обвинил Ереван в обстреле", &[("azerbaijan", "armenia", "accuse", -3.5, true)]);
    check("Years after war, Russia and Georgia remember", &[]);
}

#[test]
fn declared_languages_are_not_believed_against_the_text() {
    let item = ItemText {
        title: "თბილისში აქცია გაიმართა", language: Some("en-US"), ..ItemText::default()
    };
    assert!(shipped().classify(&item).tags.iter().any(|t| t == "city:tbilisi"));
}

#[test]
fn words_that_only_begin_like_a_cue_are_none() {
    let check = |text: &str, topic: &str, expected: bool| {
        let said = title(text);
        assert_eq!(said.tags.iter().any(|tag| tag == topic), expected, "{text}: {:?}", said.tags);
    };
    // March and battle are one word in Armenian.
    check("Հայաստանի խորհրդարանն ընդունեց օրենքը մարտի 27-ին", "topic:conflict", false);
    check("Հայաստանի սահմանին մարտեր են ընթանում", "topic:conflict", true);
    check("Հայաստանի ականավոր գիտնականը", "topic:conflict", false);
    check("Ermenistan Kazakistan ile anlaştı, takım kazandı", "topic:disaster", false);
    check("Ermenistan'da trafik kazası: üç ölü", "topic:disaster", true);
    check("Самолёт сел в Ереване", "topic:disaster", false);
    check("Сель в Армении: затоплено село", "topic:disaster", true);
}

#[test]
fn rival_names_are_told_apart() {
    let lexicon = shipped().lexicon();
    assert_eq!(lexicon.name_variant("khankendi", "Степанакерте"), Some(("stepanakert-khankendi", "stepanakert")));
    assert_eq!(lexicon.name_variant("khankendi", "Xankəndində"), Some(("stepanakert-khankendi", "khankendi")));
    assert_eq!(
        lexicon.name_variant("nagorno-karabakh", "Нагорного Карабаха"),
        Some(("artsakh-karabakh", "nagorno-karabakh"))
    );
    assert_eq!(lexicon.name_variant("nagorno-karabakh", "Карабаха"), Some(("artsakh-karabakh", "karabakh")));
    assert_eq!(lexicon.name_variant("yerevan", "Moscow"), None);
}

#[test]
fn long_and_odd_texts_take_linear_time() {
    let classify = |text: &str| {
        let item = ItemText { title: "", summary: "", content: Some(text), ..ItemText::default() };
        shipped().classify(&item).tags.len()
    };
    for unit in [
        "Georgia ",
        "Georgia Tbilisi accuse ",
        "Грозный-",
        "\u{200b}\u{301}",
        "ааа",
        "Рoссия Rоссия ",
        "\u{202e}Ереван ",
    ] {
        let text = unit.repeat(100_000 / unit.len());
        classify(&text);
    }
}

fn spans_are_valid(item: &ItemText<'_>, said: &Classification) {
    let lines = said.evidence.iter().chain(said.relations.iter().flat_map(|r| &r.evidence));
    for line in lines {
        let text = match line.field {
            Field::Title => item.title,
            Field::Summary => item.summary,
            Field::Content => item.content.unwrap_or_default(),
        };
        assert_eq!(text.get(line.start..line.end), Some(line.form.as_str()));
        assert!(!line.form.is_empty() && !line.rule.is_empty());
    }
    for tag in &said.tags {
        assert!(said.evidence.iter().any(|e| e.tag == *tag), "{tag} without evidence");
    }
    assert!(said.tags.is_sorted());
    assert!((0.0..=1.0).contains(&said.score));
}

const PIECES: [&str; 40] = [
    "Georgia",
    "Tbilisi",
    "Грозный",
    "Иван",
    "Armenia",
    "Azerbaijan",
    "sign",
    "accuses",
    "not",
    "Հայաստանո՞ւմ",
    "საქართველოს",
    "ᲗᲑᲘᲚᲘᲡᲘ",
    "İrəvan",
    "Bakü'de",
    "d'Arménie",
    "российско",
    "-",
    " ",
    ", ",
    ". ",
    "! ",
    "\u{ad}",
    "\u{200d}",
    "\u{301}",
    "и\u{306}",
    "علی\u{200c}اف",
    "South",
    "Ossetia",
    "North",
    "Нагорный",
    "Карабах",
    "Moscow",
    "Idaho",
    "Atlanta",
    "\u{202e}",
    "🙂",
    "\0",
    "Кремль",
    "match",
    "Turkey",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_is_tagged_with_valid_spans(title in "\\PC*", summary in "(?s).{0,80}") {
        let item = ItemText { title: &title, summary: &summary, ..ItemText::default() };
        spans_are_valid(&item, &shipped().classify(&item));
    }

    #[test]
    fn any_sequence_of_known_words_is_tagged_with_valid_spans(picks in prop::collection::vec(0..PIECES.len(), 0..40), cut in 0usize..40) {
        let words: Vec<&str> = picks.iter().map(|&n| PIECES[n]).collect();
        let (title, summary) = words.split_at(cut.min(words.len()));
        let (title, summary) = (title.concat(), summary.join(" "));
        let item = ItemText { title: &title, summary: &summary, content: Some(&title), ..ItemText::default() };
        let mut scratch = Scratch::default();
        let first = shipped().classify_with(&mut scratch, &item);
        spans_are_valid(&item, &first);
        prop_assert_eq!(&first, &shipped().classify_with(&mut scratch, &item), "a used scratch says something else");
    }
}

#[test]
fn the_scope_is_that_of_all_its_places_or_the_strongest() {
    let file = |text: &str| LexiconFile { name: "x.toml".to_owned(), text: text.to_owned() };
    let base = "[language.en]\nscript = \"latin\"\ncapital = [\"name\"]\n\
        [scope.north]\nplaces = [\"oak\"]\n[scope.south]\nplaces = [\"elm\"]\n[scope.west]\nplaces = [\"ash\"]\n\
        [[entity]]\nid = \"oak\"\nkind = \"place\"\nnames.en = [\"Oakland\"]\n\
        [[entity]]\nid = \"elm\"\nkind = \"place\"\nnames.en = [\"Elmland\"]\n\
        [[entity]]\nid = \"ash\"\nkind = \"place\"\nnames.en = [\"Ashland\"]\n";
    let check = |extra: &str, text: &str, expected: Option<&str>| {
        let lexicon = Lexicon::load(&[file(base), file(extra)], &[]).unwrap();
        let said = Classifier::new(Arc::new(lexicon)).classify(&ItemText { title: text, ..ItemText::default() });
        assert_eq!(said.scope.as_ref().map(Scope::as_str), expected, "{text}");
    };
    let both = "[scope.both]\nall_of = [\"north\", \"south\"]\n";
    let all = "[scope.all]\nall_of = [\"north\", \"south\", \"west\"]\n";
    check("", "Nothing here", None);
    check("", "Elmland votes", Some("south"));
    check("", "Elmland and Oakland vote, says Elmland", Some("south"));
    check("", "Elmland and Oakland vote", Some("north"));
    check(both, "Elmland votes", Some("south"));
    check(both, "Elmland and Oakland vote, says Elmland", Some("both"));
    check(both, "Elmland and Ashland vote", Some("south"));
    check(&[both, all].concat(), "Elmland, Ashland and Oakland vote", Some("all"));
}
