//! Text that near-duplicates share: stored once, found once, and kept when one of them is edited or purged.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

use crate::support::kazbek::Kazbek;
use crate::support::random::Random;
use kazbek::api::store::{RetentionOptions, Store};

const TITLE: &str = "Armenia and Azerbaijan exchange drafts of the peace agreement in Geneva";
const BODY: &str =
    "Negotiators of the two countries met for three hours on Monday and will meet again next week, the mediators said.";

fn line(id: &str, outlet: &str, at: &str, title: &str, summary: &str) -> String {
    let url = format!("https://news.example/{id}");
    serde_json::json!({"url": url, "title": title, "summary": summary, "published": at, "first_seen": at, "outlet": outlet}).to_string()
}

/// An original, a copy that is the same, and one with a line at its end.
fn a_wire_and_its_copies() -> Kazbek {
    let kazbek = Kazbek::polling(&[]);
    let longer = format!("{BODY} Reporting by Ketevan Beridze.");
    import(
        &kazbek,
        &[
            line("wire", "Wire", "2026-01-05T08:00:00Z", TITLE, BODY),
            line("same", "Daily", "2026-01-05T09:00:00Z", TITLE, BODY),
            line("longer", "Weekly", "2026-01-06T08:00:00Z", TITLE, &longer),
        ],
    );
    kazbek
}

fn import(kazbek: &Kazbek, lines: &[String]) {
    kazbek.write("in.jsonl", &lines.join("\n"));
    kazbek.ok(&["import", kazbek.path("in.jsonl").to_str().unwrap()]);
}

fn store(kazbek: &Kazbek) -> Store {
    Store::open(&kazbek.path("data/kazbek.db")).unwrap()
}

fn ask<T: rusqlite::types::FromSql>(kazbek: &Kazbek, sql: &str) -> T {
    rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

/// How many items share the text of another. Nothing outside the file shows this, so it is read from the table.
fn sharing(kazbek: &Kazbek) -> i64 {
    ask(kazbek, "SELECT count(*) FROM items WHERE text_of IS NOT NULL")
}

/// Title and summary of one item, from `export`.
fn text(kazbek: &Kazbek, id: &str) -> (String, String) {
    let url = format!("https://news.example/{id}");
    let exported = kazbek.ok(&["export"]);
    let line = exported.lines().find(|line| line.contains(&format!("\"{url}\""))).unwrap();
    let item: serde_json::Value = serde_json::from_str(line).unwrap();
    (item["title"].as_str().unwrap().to_owned(), item["summary"].as_str().unwrap().to_owned())
}

#[test]
fn a_copy_stores_only_what_differs_and_is_read_whole() {
    let kazbek = a_wire_and_its_copies();
    assert_eq!(sharing(&kazbek), 2);
    assert_eq!(
        ask::<String>(&kazbek, "SELECT group_concat(title || summary, '|' ORDER BY id) FROM items WHERE id > 1"),
        "| Reporting by Ketevan Beridze."
    );
    for (id, end) in [("wire", ""), ("same", ""), ("longer", " Reporting by Ketevan Beridze.")] {
        assert_eq!(text(&kazbek, id), (TITLE.to_owned(), format!("{BODY}{end}")), "{id}");
        let explained = kazbek.json(&["explain", "--json", &format!("https://news.example/{id}")]);
        assert_eq!(explained["title"], TITLE, "{id}");
        assert!(explained["evidence"].to_string().contains("\"form\":\"Azerbaijan\""), "{id}: {explained}");
    }
    assert_eq!(
        ask::<i64>(
            &kazbek,
            &format!("SELECT count(*) FROM v_items WHERE title = '{TITLE}' AND summary LIKE '{BODY}%'")
        ),
        3
    );
    kazbek.is_sound("");
}

#[test]
fn a_text_is_found_once_and_by_the_copy_that_the_filter_means() {
    let kazbek = a_wire_and_its_copies();
    let check = |arguments: &[&str], expected: &[&str]| assert_eq!(kazbek.found(arguments), expected, "{arguments:?}");
    check(&["Geneva"], &["wire"]);
    check(&["Geneva", "--outlet", "Daily"], &["same"]);
    check(&["Geneva", "--outlet", "Weekly"], &["longer"]);
    check(&["Geneva", "--since", "2026-01-06"], &["longer"]);
    check(&["Geneva", "--since", "2026-01-05T08:30:00Z", "--until", "2026-01-05T10:00:00Z"], &["same"]);
    check(&["Geneva", "--since", "2026-01-06", "--outlet", "Daily"], &[]);
    check(&["Geneva", "--tag", "place:armenia", "--outlet", "Daily"], &["same"]);
    check(&["Beridze"], &["longer"]);
    check(&["Ketevan", "--outlet", "Wire"], &[]);
    let hit = kazbek.ok(&["search", "--json", "Geneva", "--outlet", "Weekly"]);
    assert!(hit.contains("[Geneva]") && hit.contains(TITLE), "{hit}");
}

#[test]
fn copies_keep_their_text_when_the_original_is_edited_or_purged() {
    let both = |kazbek: &Kazbek| {
        assert_eq!(text(kazbek, "same"), (TITLE.to_owned(), BODY.to_owned()));
        assert_eq!(text(kazbek, "longer").1, format!("{BODY} Reporting by Ketevan Beridze."));
        assert!(kazbek.found(&["mediators"]).contains(&"longer".to_owned()), "its text is indexed");
        kazbek.is_sound("");
    };
    // Edited by its publisher.
    let kazbek = a_wire_and_its_copies();
    import(
        &kazbek,
        &[line(
            "wire",
            "Wire",
            "2026-01-05T08:00:00Z",
            "Drafts of the agreement exchanged, Yerevan and Baku adjourn",
            "Nothing was agreed.",
        )],
    );
    assert_eq!(
        (sharing(&kazbek), text(&kazbek, "wire").0.as_str()),
        (0, "Drafts of the agreement exchanged, Yerevan and Baku adjourn")
    );
    assert_eq!(kazbek.found(&["adjourn"]), ["wire"]);
    both(&kazbek);
    // Purged: the first day goes, and with it the copy of that day.
    let kazbek = a_wire_and_its_copies();
    let options = RetentionOptions { in_scope_days: 10, ..RetentionOptions::default() };
    let done = store(&kazbek).prune(&options, "2026-01-15T08:30:00Z".parse().unwrap()).unwrap();
    assert_eq!(done.items(), 1, "the original");
    assert_eq!(sharing(&kazbek), 0);
    both(&kazbek);
    let done = store(&kazbek).prune(&options, "2026-01-15T09:30:00Z".parse().unwrap()).unwrap();
    assert_eq!((done.items(), kazbek.found(&["mediators"])), (1, vec!["longer".to_owned()]));
    kazbek.is_sound("");
    // Original and copy in one go.
    let kazbek = a_wire_and_its_copies();
    store(&kazbek).prune(&options, "2026-01-15T09:30:00Z".parse().unwrap()).unwrap();
    assert_eq!(kazbek.found(&["mediators"]), ["longer"]);
    kazbek.is_sound("");
}

#[test]
fn untagged_copies_lose_their_text_at_their_own_age() {
    let kazbek = Kazbek::polling(&[]);
    let (title, body) = (
        "A recipe for bread and soup in winter",
        "Flour, water, salt and a little patience are all that is needed for this one.",
    );
    import(
        &kazbek,
        &[
            line("one", "Wire", "2026-01-05T08:00:00Z", title, body),
            line("two", "Daily", "2026-01-07T08:00:00Z", title, body),
        ],
    );
    assert_eq!(sharing(&kazbek), 1);
    let prune = |now: &str| store(&kazbek).prune(&RetentionOptions::default(), now.parse().unwrap()).unwrap();
    assert_eq!(prune("2026-04-06T08:00:00Z").texts_dropped, 1);
    assert_eq!((text(&kazbek, "one").1.as_str(), text(&kazbek, "two").1.as_str()), ("", body));
    kazbek.is_sound("");
    assert_eq!(prune("2026-04-08T08:00:00Z").texts_dropped, 1);
    assert_eq!(text(&kazbek, "two").1, "");
    kazbek.is_sound("");
}

#[test]
fn a_copy_whose_original_is_missing_is_reported_as_damage() {
    let kazbek = a_wire_and_its_copies();
    let connection = rusqlite::Connection::open(kazbek.path("data/kazbek.db")).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF; UPDATE items SET text_of = 999 WHERE id = 2").unwrap();
    drop(connection);
    let check = kazbek.run(&["db", "check"]);
    assert!(
        check.code != 0 && check.stdout.contains("share the text of an item that no longer has it"),
        "{}{}",
        check.stdout,
        check.stderr
    );
    assert!(kazbek.ok(&["export"]).lines().count() == 3, "what is left can be read");
}

#[test]
fn copies_of_an_item_that_loses_its_tags_are_still_found() {
    use kazbek::api::model::Classification;
    use kazbek::api::store::Tagging;
    let kazbek = a_wire_and_its_copies();
    let none = Classification::default();
    let tagging = Tagging { classification: &none, names: None };
    store(&kazbek).write(|writer| writer.retag(1, tagging)).unwrap();
    assert_eq!(kazbek.found(&["mediators"]), ["longer", "same"], "the index holds nothing of an untagged item");
    assert_eq!(sharing(&kazbek), 0);
    kazbek.is_sound("");
    // The same way back: copies of an untagged item are themselves tagged.
    let kazbek = Kazbek::polling(&[]);
    let (title, body) =
        ("A recipe for bread and soup in winter", "Flour, water, salt and a little patience are all that is needed.");
    import(
        &kazbek,
        &[
            line("one", "Wire", "2026-01-05T08:00:00Z", title, body),
            line("two", "Daily", "2026-01-07T08:00:00Z", title, body),
        ],
    );
    let tagged = store(&a_wire_and_its_copies()).item(1).unwrap().unwrap().classification;
    let tagging = Tagging { classification: &tagged, names: None };
    store(&kazbek).write(|writer| writer.retag(2, tagging)).unwrap();
    assert_eq!((sharing(&kazbek), kazbek.found(&["patience"])), (0, vec!["two".to_owned()]));
    kazbek.is_sound("");
}

#[test]
fn every_item_keeps_its_text_through_random_imports_edits_and_prunes() {
    use std::collections::BTreeMap;
    let mut dice = Random(20_261_123);
    let kazbek = Kazbek::polling(&[]);
    // By address: outlet, hour, title, summary.
    let mut model: BTreeMap<String, (String, u64, String, String)> = BTreeMap::new();
    let at = |hour: u64| format!("2026-01-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24);
    let (mut shared_most, mut purged, mut dropped) = (0, 0, 0);
    for round in 0..18_u64 {
        let mut lines = Vec::new();
        for _ in 0..12 {
            let known: Vec<String> = model.keys().cloned().collect();
            let some = |dice: &mut Random| known.get(dice.below(known.len().max(1) as u64) as usize).cloned();
            let fresh = dice.below(1 << 40);
            let subject = ["Moscow and Tbilisi", "Yerevan and Baku", "The baker and his wife"][dice.below(3) as usize];
            let (mut title, mut summary) = (
                format!("{subject} speak of matter {fresh} in the capital"),
                format!(
                    "They met for {} hours about number {fresh} and will meet again, it was said after the talks.",
                    fresh % 9
                ),
            );
            let (mut outlet, mut hour, mut path) =
                (format!("Outlet {}", dice.below(9)), round * 24 + dice.below(24), format!("{fresh}"));
            match (dice.below(10), some(&mut dice)) {
                // A copy, as it is or with more at its end.
                (0..=5, Some(other)) => {
                    (_, _, title, summary) = model[&other].clone();
                    if dice.below(2) == 0 {
                        summary = format!("{summary} By desk {}.", dice.below(5));
                    }
                }
                // The publisher rewrites the text.
                (6, Some(other)) => {
                    (outlet, hour, _, _) = model[&other].clone();
                    path = other;
                }
                _ => {}
            }
            model.insert(path.clone(), (outlet.clone(), hour, title.clone(), summary.clone()));
            lines.push(line(&path, &outlet, &at(hour), &title, &summary));
        }
        import(&kazbek, &lines);
        shared_most = shared_most.max(sharing(&kazbek));
        // Untagged text is kept for three days here, items in scope for eight.
        if round % 3 == 2 {
            let options = RetentionOptions { in_scope_days: 8, untagged_text_days: 3, ..RetentionOptions::default() };
            let done = store(&kazbek).prune(&options, at(round * 24 + dice.below(24)).parse().unwrap()).unwrap();
            (purged, dropped) = (purged + done.items(), dropped + done.texts_dropped);
        }
        let exported = kazbek.ok(&["export"]);
        for line in exported.lines() {
            let item: serde_json::Value = serde_json::from_str(line).unwrap();
            let path = item["url"].as_str().unwrap().trim_start_matches("https://news.example/");
            if item["tags"].as_array().unwrap().is_empty() && item["title"] == "" {
                continue;
            }
            let (_, _, title, summary) = &model[path];
            assert_eq!(
                (item["title"].as_str(), item["summary"].as_str()),
                (Some(title.as_str()), Some(summary.as_str())),
                "{round}"
            );
        }
        kazbek.is_sound("");
    }
    assert!(
        shared_most > 20 && purged > 50 && dropped > 20,
        "{shared_most} shared, {purged} purged, {dropped} dropped"
    );
}
