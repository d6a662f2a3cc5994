//! Alerts, and digests of other time zones, in simulated time: each is reported once, and old news never.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kazbek::api::store::{OutboxState, Reader};

use super::simulation::{Attempts, config, simulate, until};
use super::support::kazbek::Kazbek;
use super::support::random::Random;
use super::support::site::{Site, rss};
use super::{hours_ago, import, rows, with_config};

/// What the alerts in the recipient's folder say.
fn alerts(kazbek: &Kazbek) -> Vec<String> {
    let Ok(files) = std::fs::read_dir(kazbek.path("out")) else { return Vec::new() };
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// A recipient of alerts only, and the tables of rules.
fn folder(rules: &str) -> String {
    format!("[[recipient]]\nname = \"folder\"\nissues = [\"none\"]\ntransport = \"file\"\nfolder = \"out\"\n{rules}")
}

/// An installation that polls some feeds of a site each minute.
fn polling(site: &Site, paths: &[&str], rules: &str) -> Kazbek {
    let kazbek = Kazbek::with_config("");
    kazbek.write("kazbek.toml", &polling_config(site, paths, &folder(rules)));
    kazbek.list(&paths.iter().map(|path| site.url(path)).collect::<Vec<_>>());
    kazbek
}

fn polling_config(site: &Site, paths: &[&str], rest: &str) -> String {
    let feed = |path: &&str| format!("[[feed]]\nurl = \"{}\"\ninterval_secs = 60\n", site.url(path));
    let feeds: String = paths.iter().map(feed).collect();
    format!("feeds = \"feeds.opml\"\n[poller]\nallow_private_addresses = true\nmin_interval_secs = 60\n{feeds}{rest}")
}

/// Puts items into a feed: title and path each, the first one a minute old.
fn put(site: &Site, feed: &str, now: Timestamp, items: &[(&str, &str)]) {
    let date = |place: usize| {
        let at = now - SignedDuration::from_mins(1 + 10 * place as i64);
        at.strftime("%a, %d %b %Y %T GMT").to_string()
    };
    let dates: Vec<String> = (0..items.len()).map(date).collect();
    let items: Vec<_> = items.iter().zip(&dates).map(|(item, date)| (item.0, item.1, date.as_str())).collect();
    site.put(feed, "application/rss+xml", rss(&items));
}

async fn minutes(count: u64) {
    tokio::time::sleep(Duration::from_secs(60 * count)).await;
}

#[test]
fn an_alert_goes_out_at_once_for_news_and_never_for_what_was_there_before() {
    let site = Site::start();
    let kazbek = polling(
        &site,
        &["/a.xml", "/slow.xml"],
        "[[alert]]\nname = \"Watch\"\nto = [\"folder\"]\ntags = [\"place:armenia\", \"place:russia\"]\npair = \"armenia-russia\"\nmin_score = 0.3\ncooldown_minutes = 60\n\
         [[alert]]\nname = \"Never\"\nto = [\"folder\"]\ntags = [\"place:georgia\"]\n",
    );
    let old = ("Armenia and Russia sign an agreement on gas", "/old");
    let standing = ("Armenia and Russia sign a treaty on electricity", "/standing");
    let fresh = ("Russia and Armenia agree to open a railway through Gyumri", "/new");
    let third = ("Armenia buys grain from Russia after a poor harvest", "/third");
    let start = hours_ago(24);
    put(&site, "/a.xml", start, &[old]);
    simulate(&kazbek, &config(&kazbek), start, Attempts::GoThrough, async |clock| {
        minutes(5).await;
        // A feed that fails at first and is then read for the first time brings what was in it before.
        put(&site, "/slow.xml", clock.now(), &[standing]);
        until("the slow feed", || kazbek.ok(&["search", "treaty electricity"]).contains("treaty")).await;
        put(&site, "/a.xml", clock.now(), &[fresh, old]);
        let before = clock.now();
        until("the alert", || !alerts(&kazbek).is_empty()).await;
        assert!(clock.now().duration_since(before).as_mins() < 3, "at once");
        // Another one within the cooldown of the rule waits, and then comes.
        put(&site, "/a.xml", clock.now(), &[third, fresh, old]);
        minutes(30).await;
        assert_eq!(alerts(&kazbek).len(), 1, "{:#?}", alerts(&kazbek));
        until("the second alert", || alerts(&kazbek).len() == 2).await;
        let waited = clock.now().duration_since(before).as_mins();
        assert!((60..66).contains(&waited), "after {waited} minutes");
    });
    let alerts = alerts(&kazbek).concat();
    assert_eq!(alerts.matches("Watch\n").count(), 2, "{alerts}");
    assert!(alerts.contains(fresh.0) && alerts.contains(third.0), "{alerts}");
    assert!(!alerts.contains(old.0) && !alerts.contains(standing.0), "{alerts}");
}

/// Saves a search whose finds are reported, as the page does.
fn save_search(kazbek: &Kazbek, id: i64, name: &str, query: &str, alert_to: &str) {
    std::fs::create_dir_all(kazbek.path("data")).unwrap();
    let file = rusqlite::Connection::open(kazbek.path("data/desk.db")).unwrap();
    let tables = "CREATE TABLE IF NOT EXISTS stars (item_id INTEGER PRIMARY KEY) STRICT;
        CREATE TABLE IF NOT EXISTS searches (id INTEGER PRIMARY KEY, name TEXT NOT NULL, query TEXT NOT NULL UNIQUE, \
            saved_at INTEGER NOT NULL, alert_to TEXT) STRICT;
        PRAGMA user_version = 3;";
    file.execute_batch(tables).unwrap();
    file.execute("INSERT INTO searches VALUES (?1, ?2, ?3, 0, ?4)", (id, name, query, alert_to)).unwrap();
}

#[test]
fn what_a_saved_search_finds_among_new_items_is_reported_once() {
    let site = Site::start();
    let kazbek = polling(&site, &["/a.xml"], "");
    save_search(&kazbek, 1, "Railways", "q=railway&tag=place%3Aarmenia", "folder");
    save_search(&kazbek, 2, "Nobody", "q=grain", "somebody else");
    save_search(&kazbek, 3, "Nothing", "pair=atlantis-mordor", "folder");
    let old = ("Armenia and Russia plan a railway through Meghri", "/old");
    let fresh = ("Russia and Armenia agree to open a railway through Gyumri", "/new");
    let other = ("Armenia buys grain from Russia after a poor harvest", "/other");
    let later = ("Armenia closes the railway to Georgia for a day", "/later");
    let start = hours_ago(24);
    put(&site, "/a.xml", start, &[old]);
    simulate(&kazbek, &config(&kazbek), start, Attempts::GoThrough, async |clock| {
        minutes(5).await;
        // One that is saved while the daemon runs reports nothing of what was there before.
        save_search(&kazbek, 4, "Meghri", "q=Meghri", "folder");
        put(&site, "/a.xml", clock.now(), &[fresh, other, old]);
        let before = clock.now();
        until("the alert", || !alerts(&kazbek).is_empty()).await;
        assert!(clock.now().duration_since(before).as_mins() < 5, "soon");
        put(&site, "/a.xml", clock.now(), &[later, fresh, other, old]);
        until("the second alert", || alerts(&kazbek).len() == 2).await;
        let waited = clock.now().duration_since(before).as_mins();
        assert!((60..70).contains(&waited), "after {waited} minutes");
        minutes(70).await;
    });
    let alerts = alerts(&kazbek);
    assert_eq!(alerts.len(), 2, "{alerts:#?}");
    let text = alerts.concat();
    assert_eq!(text.matches("Railways\n").count(), 2, "{text}");
    assert!(text.contains(fresh.0) && text.contains(later.0), "{text}");
    assert!(!text.contains(old.0) && !text.contains(other.0), "{text}");
}

#[test]
fn a_rule_that_was_removed_and_added_again_reports_nothing_of_the_time_between() {
    let site = Site::start();
    let rule = "[[alert]]\nname = \"Watch\"\nto = [\"folder\"]\ntags = [\"place:armenia\"]\ncooldown_minutes = 0\n";
    let kazbek = polling(&site, &["/a.xml"], rule);
    let with_rule = config(&kazbek);
    kazbek.write("kazbek.toml", &polling_config(&site, &["/a.xml"], ""));
    let without = config(&kazbek);
    let rules = || Reader::open(&kazbek.path("data/kazbek.db")).unwrap().meta("alert_rules").unwrap();
    let old = ("Armenia and Russia sign an agreement on gas", "/old");
    let between = ("Armenia buys grain from Russia after a poor harvest", "/between");
    let later = ("Russia and Armenia agree to open a railway through Gyumri", "/later");
    let start = hours_ago(24);
    put(&site, "/a.xml", start, &[old]);
    let rules_are = async |names: &str| until(names, || rules().as_deref() == Some(names)).await;
    let run = |hours: i64, config, items: &[(&str, &str)], names: &str, until_alert: bool| {
        let now = start + SignedDuration::from_hours(hours);
        simulate(&kazbek, config, now, Attempts::GoThrough, async |clock| {
            rules_are(names).await;
            put(&site, "/a.xml", clock.now(), items);
            match until_alert {
                true => until("the alert", || !alerts(&kazbek).is_empty()).await,
                false => minutes(10).await,
            }
        });
    };
    run(0, &with_rule, &[old], "[\"Watch\"]", false);
    run(1, &without, &[between, old], "[]", false);
    run(2, &with_rule, &[later, between, old], "[\"Watch\"]", true);
    let alerts = alerts(&kazbek);
    assert!(alerts.iter().all(|text| text.contains(later.0) && !text.contains(between.0)), "{alerts:#?}");
}

#[test]
fn a_burst_is_reported_by_a_rule_that_asks_for_it_and_once() {
    let rule = |name: &str, tag: &str| {
        format!(
            "[[alert]]\nname = \"{name}\"\nto = [\"folder\"]\ntags = [\"{tag}\"]\nburst = 0.2\ncooldown_minutes = 0\n"
        )
    };
    let kazbek = with_config(&format!(
        "feeds = \"feeds.opml\"\n{}",
        folder(&(rule("Rises", "place:armenia") + &rule("Elsewhere", "place:iran")))
    ));
    let config = config(&kazbek);
    let now = Timestamp::now();
    let mut random = Random(11);
    let mut bring = |name: &str, title: &str, days: std::ops::Range<i64>, count: i64| {
        let mut items = Vec::new();
        for (day, number) in days.flat_map(|day| (0..count).map(move |number| (day, number))) {
            let published = now - SignedDuration::from_hours(24 * day) - SignedDuration::from_mins(number);
            let topics = ["grain", "bridges", "schools", "water", "courts", "wine", "roads", "banks"];
            let title = title
                .replace("TOPIC", topics[random.below(8) as usize])
                .replace("ONE", &random.below(1_000).to_string())
                .replace("TWO", &random.below(1_000).to_string());
            items.push((format!("https://news{}.example/{name}/{day}/{number}", number % 8), title, published));
        }
        import(&kazbek, items);
    };
    let run = |minute: i64| {
        let start = now + SignedDuration::from_mins(minute);
        simulate(&kazbek, &config, start, Attempts::GoThrough, async |_| {
            minutes(2).await;
            until("the deliveries", || rows(&kazbek).iter().all(|row| row.state == OutboxState::Delivered)).await;
        });
        rows(&kazbek).len()
    };
    let usual = "Armenia debates TOPIC: ONE of TWO";
    bring("usual", usual, 1..60, 2);
    assert_eq!(run(0), 0, "the first scan only takes note of what is there");
    let event = "Armenia closes the pass above Meghri after a landslide: ONE lorries wait, TOPIC reports number TWO";
    bring("burst", event, 0..1, 40);
    assert_eq!(run(3), 1, "{:#?}", rows(&kazbek));
    assert_eq!(run(6), 1, "once: {:#?}", rows(&kazbek));
    let text = alerts(&kazbek).concat();
    assert!(text.starts_with("Rises\n") && text.contains("Armenia"), "{text}");
    // It grows, and another place is added to its name: to a reader it is the same burst.
    let growth =
        "Iran lends Armenia diggers after the landslide on the pass above Meghri: ONE lorries, TOPIC, number TWO";
    bring("growth", growth, 0..1, 40);
    assert_eq!(run(9), 2, "{:#?}", rows(&kazbek));
    let texts = alerts(&kazbek);
    assert_eq!(texts.iter().filter(|text| text.starts_with("Rises\n")).count(), 1, "{texts:#?}");
}

#[test]
fn a_time_zone_farther_west_brings_no_older_issue() {
    let kazbek = with_config("");
    let zone = |name: &str| {
        let recipient = "[[recipient]]\nname = \"folder\"\ntransport = \"file\"\nfolder = \"out\"\n";
        kazbek.write("kazbek.toml", &format!("feeds = \"feeds.opml\"\ntime_zone = \"{name}\"\n{recipient}"));
        config(&kazbek)
    };
    let labels = || -> Vec<String> { rows(&kazbek).into_iter().map(|row| row.period).collect() };
    let now = hours_ago(24);
    simulate(&kazbek, &zone("Pacific/Kiritimati"), now, Attempts::GoThrough, async |_| {
        until("an issue", || !labels().is_empty()).await;
    });
    let first = labels();
    assert_eq!(first.len(), 1, "{first:?}");
    let later = now + SignedDuration::from_mins(2);
    simulate(&kazbek, &zone("Pacific/Pago_Pago"), later, Attempts::GoThrough, async |_| minutes(5).await);
    assert_eq!(labels(), first, "25 hours west of it, no issue is due that was not");
}
