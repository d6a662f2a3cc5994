//! How SQLite runs every statement of the store over a large file: none that runs for an item, a poll, an issue or a
//! page may read a whole table or sort a set without bound.
//!
//! A session calls every method of the store; each statement that it runs is collected, and its plan is read. A
//! statement in the sources that the session never ran fails the test as well, so that none can be forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::{
    Address, FailedAttempt, FeedState, FetchResult, ItemFilter, MatchRecord, NewIssue, NewItem, NewSighting, NewText,
    Origin, OutboxEntry, OutboxState, Reader, RetentionOptions, Store, StoredValidators, Tagging, WriteTransaction,
};
use crate::dedup::Level;
use crate::digest::{Choice, IssueItem, OutFeed};
use crate::model::{Cadence, Classification, Evidence, Feed, Field, Period, PollState, Relation, Tag};

/// The statements of each file that a connection of this process ran.
static SEEN: Mutex<BTreeMap<PathBuf, BTreeSet<String>>> = Mutex::new(BTreeMap::new());

/// Collects the statements that a connection to `path` runs.
pub(super) fn watched(mut connection: Connection, path: &Path) -> Connection {
    // Only this module's test reads them.
    if path.parent().is_some_and(|folder| folder.join(WATCHED).exists()) {
        let path = path.to_owned();
        let note = move |event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(statement, _) = event {
                let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
                seen.entry(path.clone()).or_default().insert(statement.sql().to_string());
            }
        };
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note)).unwrap();
    }
    connection
}

/// A file of this name beside the database has its statements collected.
const WATCHED: &str = "watched";

/// Tables that grow for as long as kazbek runs.
const LARGE: &[&str] = &[
    "items",
    "sightings",
    "item_tags",
    "item_versions",
    "daily_counts",
    "tombstones",
    "feed_days",
    "fetch_events",
    "outbox",
    "alert_matches",
    "issue_items",
];

/// Modules whose statements read whole tables on purpose and never run in the daemon.
const COLD: &[(&str, &str)] = &[
    ("repair", "`db check` and `db repair` compare whole tables"),
    ("backup", "`db backup` copies the file"),
    ("schema", "an upgrade runs once"),
    ("maintenance", "`db stats` counts whole tables; `db compact` rewrites the file"),
    ("desk_file", "this is a file of its own, which holds what readers have starred and saved by hand"),
];

/// Statements that the session does not run: those of the modules in [`COLD`] whose text is in another module, and some
/// that have no plan.
const NEVER_RUN: &[&str] = &[
    "SELECT count(*) FROM items i LEFT JOIN items w ON w.id = i.text_of",
    // These name no table but the full-text index, which is merged in steps.
    "SELECT total_changes()",
    "INSERT INTO item_text (item_text, rank) VALUES ('merge', ?1)",
];

/// Statements, by a part of theirs, that read a table or sort a large set all the same, and why.
const ALLOWED: &[(&str, &str)] = &[
    ("max(id), 0)", "looks at the last row only"),
    ("SELECT 1 FROM tombstones)", "looks at the first row only"),
    ("SELECT first_seen FROM items ORDER BY id DESC LIMIT 1", "looks at the last row only"),
    ("DELETE FROM alert_matches WHERE told_at IS NULL AND rule NOT IN", "its index has the unreported ones only"),
    ("SELECT scope IS NOT NULL, count(*), sum(at < ?2", "`db prune --dry-run` counts the whole table"),
    ("SELECT count(*) FROM items WHERE is_tagged = 0 AND has_text = 1", "`db prune --dry-run` as well"),
    ("FROM outbox WHERE ?1 = '' OR instr(", "`outbox list` reads from the newest on until it has its page"),
    ("INDEXED BY items_by_time JOIN feeds f ON f.id = i.feed_id JOIN outlets", "all items of one period are wanted"),
    ("JOIN sightings s ON s.item_id = i.id JOIN feeds f", "all sightings of the items of one period are wanted"),
    ("i.id IN (SELECT rowid FROM item_text WHERE item_text MATCH", "sorts the hits of one saved search"),
    ("ORDER BY bm25(item_text, 3.0, 1.0), rowid LIMIT", "ranks the newest 2,000 hits"),
    ("FROM items WHERE id IN (", "puts at most 5,000 items in order"),
    ("last AS (SELECT h.item_id, h.printed", "compares the items of the last 31 issues"),
];

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const HISTORY: i64 = 120_000;

fn days_ago(days: i64) -> Timestamp {
    NOW - SignedDuration::from_hours(24 * days)
}

fn classification(is_tagged: bool) -> Classification {
    if !is_tagged {
        return Classification::default();
    }
    let evidence = Evidence {
        tag: Tag::from("place:georgia"),
        entity: "georgia".to_owned(),
        form: String::new(),
        field: Field::Title,
        start: 0,
        end: 7,
        rule: "name".to_owned(),
    };
    let relation = Relation {
        a: "georgia".to_owned(),
        b: "russia".to_owned(),
        tone: 1.0,
        class: "consult".to_owned(),
        directed: false,
        confidence: 0.9,
        evidence: vec![evidence.clone()],
    };
    Classification {
        scope: "caucasus".parse().ok(),
        score: 0.8,
        tags: vec![Tag::from("place:georgia"), Tag::from("topic:new")],
        relations: vec![relation],
        evidence: vec![Evidence { tag: Tag::from("topic:new"), ..evidence.clone() }, evidence],
    }
}

/// A store with a long history: one feed with 120,000 sightings, and as many rows in every other table that grows.
fn large_store(path: &Path) -> Store {
    let mut store = Store::open(path).unwrap();
    let feeds = ["https://a.example/", "https://b.example/"];
    let list = feeds.map(|url| Feed { url: url.to_owned(), outlet: url.to_owned(), ..Feed::default() });
    store.write(|writer| writer.sync_feeds(&list, days_ago(400))).unwrap();
    let rows = |values: &str, into: &str| {
        let sql = format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {HISTORY}) INSERT INTO {into} SELECT {values} FROM n"
        );
        store.connection.execute_batch(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    };
    let start = days_ago(300).as_second();
    store.connection.execute_batch("INSERT INTO tags VALUES (1, 'place:georgia'), (2, 'topic:roads')").unwrap();
    store.connection.execute_batch("BEGIN").unwrap();
    rows(
        &format!(
            "n, 1, 'https://a.example/' || n, n, 'Georgia and the road ' || n, 'In the mountains', NULL, {start} + n * 200, \
            {start} + n * 200, iif(n % 2, 'caucasus', NULL), 0.5, iif(n % 10 = 3, n - 2, NULL), iif(n % 2, n - n % 20, NULL), 1"
        ),
        "items (id, feed_id, url, url_key, title, summary, published, first_seen, at, scope, score, duplicate_of, story, is_tagged)",
    );
    rows(
        &format!("1, n * 7919, n, {start} + n * 200, n, n, 0"),
        "sightings (feed_id, identity, item_id, first_seen, title_key, text_hash, is_alias)",
    );
    rows("n, 1 + n % 2, '[3,0,7]'", "item_tags (item_id, tag_id, evidence)");
    rows("n, 1, 1, 'Old', 'Old'", "item_versions (item_id, version, until, title, summary)");
    rows("n / 2, 1 + n % 2, 1, 1", "daily_counts (day, tag_id, items, originals)");
    rows("1, -n, 1", "tombstones (feed_id, key, purged_at)");
    rows("n % 30, n, n, 'ok', 1, 1, 1", "fetch_events (slot, feed_id, at, status, size_bytes, items_seen, items_new)");
    rows(
        "20000 - n % 400, 3 + n / 400, 1, 1, 1, 1, 0, 0",
        "feed_days (day, feed_id, polls, successes, items_seen, items_new, duplicates, rollovers)",
    );
    rows(
        "'desk', 'alert', 'p' || n, 'delivered', 1, 1, 1",
        "outbox (recipient, cadence, period, state, created_at, since, next_attempt_at)",
    );
    rows("'old', 'story:' || n, 1, 2, '{}'", "alert_matches (rule, subject, found_at, told_at, body)");
    rows("n % 600, n, n, 'Title', 0", "issue_items (issue_id, item_id, story, printed, is_withdrawn)");
    // An old item of a late date: its neighbours in the file are of other dates.
    let late = days_ago(1).as_second() - 3_600;
    store.connection.execute_batch(&format!("UPDATE items SET published = {late}, at = {late} WHERE id = 50")).unwrap();
    let index = "INSERT INTO item_text (rowid, title, summary) SELECT id, folded(title), folded(summary) FROM items";
    store.connection.execute_batch(&format!("{index}; COMMIT")).unwrap();
    store
}

fn item<'a>(title: &'a str, url_key: i64, classification: &'a Classification) -> NewItem<'a> {
    NewItem {
        feed_id: 1,
        url: Some("https://a.example/new"),
        url_key: Some(url_key),
        title,
        summary: "By the river, where the road ends and the mountains begin.",
        language: Some("en"),
        published: Some(days_ago(1)),
        provenance: crate::dedup::Provenance {
            is_own_page: true,
            agency: None,
            is_backlog: false,
            seen: NOW,
            appeared: NOW,
        },
        classification,
        names: None,
        duplicate_of: None,
        story: None,
        found: None,
        fingerprint: Some(&[1, 2, 3]),
    }
}

fn copy_of(with: i64) -> MatchRecord {
    MatchRecord {
        level: Level::NearDuplicate,
        with,
        score: 1.0,
        title_similarity: 1.0,
        summary_containment: None,
        shared_names: 1,
        shared_numbers: 0,
        shared_tags: 1,
    }
}

/// What the writer does for items and polls.
fn write_items(writer: &mut WriteTransaction<'_>) {
    let (tagged, untagged) = (classification(true), classification(false));
    let first = writer.next_item_id().unwrap();
    let title = "Georgia opens a road over the pass for the winter";
    for (id, of, classification) in
        [(first, None, &tagged), (first + 1, Some(first), &tagged), (first + 2, None, &untagged)]
    {
        // The story is older than the window of fingerprints.
        let new = NewItem { story: Some(21), ..item(title, 1_000_000 + id, classification) };
        writer.insert_item(id, &NewItem { duplicate_of: of, found: of.map(copy_of), ..new }).unwrap();
        let sighting = NewSighting {
            feed_id: 1,
            identity: -id,
            item_id: id,
            first_seen: NOW,
            title_key: Some(5),
            text_hash: 1,
            is_alias: false,
        };
        writer.insert_sighting(&sighting, Some("Another title")).unwrap();
    }
    writer.set_text_hash(1, -first, 2).unwrap();
    assert!(writer.sighting(1, -first).unwrap().is_some());
    assert!(writer.stored_text(first).unwrap().is_some());
    assert_eq!(writer.renamed_item(1, 5, Some(1_000_000 + first), None, days_ago(60)).unwrap(), Some(first));
    assert!(writer.has_sightings(1).unwrap() && writer.is_in_feed(first, 1).unwrap());
    assert!(writer.purged_at(1, -7).unwrap().is_some() && writer.purged_at(0, 7).unwrap().is_none());
    assert_eq!(writer.item_by_url(1_000_000 + first).unwrap(), Some((first, true)));
    assert!(writer.fingerprint(first).unwrap().is_some());
    writer.set_fingerprint(first, &[4]).unwrap();
    assert!(!writer.window().unwrap().is_empty());
    let text = NewText { title: "Georgia closes the road", summary: "It snows." };
    let tagging = |classification| Tagging { classification, names: None };
    assert!(writer.edit(first, 1, text, tagging(&tagged), NOW).unwrap().is_some());
    writer.mark_rewritten(first, NOW).unwrap();
    writer.retag(first + 1, tagging(&untagged)).unwrap();
    writer.retag(first + 1, tagging(&tagged)).unwrap();
    writer.displace(first, first + 1).unwrap();
    writer.merge_stories(first + 1, first).unwrap();
    assert!(writer.last_success(1).unwrap().is_none_or(|last| last <= NOW));
    let address = Address { url: "https://a.example/moved", url_key: 2_000_000, is_own_page: true };
    writer.move_address(first + 2, 1, address).unwrap();
    writer.release_address(first).unwrap();
    writer.move_sightings(first, first + 1).unwrap();
}

fn write_polls(writer: &mut WriteTransaction<'_>) {
    let feed = Feed { url: "https://c.example/".to_owned(), ..Feed::default() };
    let id = writer.add_feed(&feed, Origin::Added, NOW).unwrap();
    writer.add_feed(&feed, Origin::Added, NOW).unwrap();
    writer.name_feed(id, "C").unwrap();
    writer.set_feed_state(id, FeedState::On).unwrap();
    writer
        .finish_fetch(&FetchResult {
            is_our_fault: false,
            feed_id: id,
            at: NOW,
            status: "ok",
            reason: None,
            is_success: true,
            size_bytes: 1,
            items_seen: 1,
            items_new: 1,
            duplicates: 0,
            is_rollover: false,
            validators: Some(StoredValidators::default()),
            poll_state: &PollState::default(),
            next_due_at: NOW,
        })
        .unwrap();
    let row = writer.feed_if_known(id).unwrap().unwrap();
    assert_eq!(row.polls, 1);
    writer.set_poll_state(id, &row.poll_state, NOW).unwrap();
}

fn write_deliveries(store: &mut Store) {
    for period in ["one", "two"] {
        let entry = OutboxEntry { recipient: "desk", cadence: "day", period, payload: None };
        store.write(|writer| writer.enqueue(&entry, NOW)).unwrap();
    }
    let due = store.outbox_due(NOW, 10).unwrap();
    let id = due.first().unwrap().id;
    assert!(store.outbox_due_next().unwrap().is_some());
    for attempt in 0..3 {
        assert!(store.begin_delivery(id).unwrap().is_some());
        assert_eq!(store.outbox_sending().unwrap(), [id]);
        let failed = FailedAttempt { reason: "busy", next_attempt_at: Some(NOW), is_in_doubt: false, parts_done: 0 };
        match attempt {
            0 => store.record_failure(id, &failed).unwrap(),
            1 => drop(store.requeue_interrupted(id, Some(NOW)).unwrap()),
            _ => store.record_delivered(id, NOW).unwrap(),
        }
    }
    store.retry_deliveries(&[id], NOW).unwrap();
    assert!(store.delivery(id).unwrap().is_some());
    for states in [[].as_slice(), &[OutboxState::Dead]] {
        store.outbox(states, 20).unwrap();
    }
    let reported = store.write(|writer| {
        writer.add_alert_match("rule", "story:1", "{}", NOW)?;
        writer.forget_unreported_alerts_except(&["rule"])?;
        writer.take_unreported_alerts("rule", NOW)
    });
    assert_eq!(reported.unwrap().len(), 1);
    store.last_alert_at("rule", NOW).unwrap();
    store.alert_subjects("rule", "story:", days_ago(1)).unwrap();
    store.has_unreported_alerts("rule").unwrap();
    store.items_for_alerts(HISTORY - 100, 500).unwrap();
}

fn write_issues(store: &mut Store) {
    let today = NOW.to_zoned(TimeZone::UTC).date();
    for back in [2, 1, 0] {
        let date = today - SignedDuration::from_hours(24 * back);
        let period = Period::containing(Cadence::Day, date, TimeZone::UTC).unwrap();
        store.digest_items(&period).unwrap();
        store.late_items(&period).unwrap();
        store.digest_panel(&period, NOW).unwrap();
        store.issue_changes(&period).unwrap();
        let held = [HISTORY, HISTORY - 1].map(|id| IssueItem {
            item_id: id,
            story: id,
            printed: Some("Another title".to_owned()),
            is_withdrawn: false,
        });
        let issue = NewIssue {
            number: store.issue_number(Cadence::Day, &period.label()).unwrap(),
            period: period.clone(),
            written_at: NOW,
            content_hash: "hash".to_owned(),
            json: "{}".to_owned(),
            held: held.to_vec(),
            last_item_id: store.last_item_id().unwrap() - 10,
        };
        store.write(|writer| writer.freeze_issue(&issue)).unwrap();
        assert!(store.issue(Cadence::Day, &period.label()).unwrap().is_some());
    }
    assert!(!store.is_ahead(NOW).unwrap());
    assert!(store.write(|writer| writer.withdraw_ahead(NOW)).unwrap().is_empty());
    assert!(store.has_issues(Cadence::Day).unwrap() && store.last_issue_end(Cadence::Day).unwrap().is_some());
    for cadence in [None, Some(Cadence::Day)] {
        assert!(!store.issues(cadence, 10).unwrap().is_empty());
    }
}

fn read_pages(reader: &Reader) {
    let filters = [
        ItemFilter::default(),
        ItemFilter { since: Some(days_ago(20)), until: Some(NOW), ..ItemFilter::default() },
        ItemFilter { since: Some(days_ago(290)), ..ItemFilter::default() },
        ItemFilter { tags: vec![Tag::from("place:georgia")], ..ItemFilter::default() },
        ItemFilter { outlet: Some("https://b.example/".to_owned()), ..ItemFilter::default() },
        ItemFilter { language: Some("ka".to_owned()), bloc: "western".parse().ok(), ..ItemFilter::default() },
        ItemFilter { pair: Some(("georgia".to_owned(), "russia".to_owned())), ..ItemFilter::default() },
    ];
    assert!(reader.has_tag("place:georgia").unwrap() && !reader.outlet_names().unwrap().is_empty());
    for filter in &filters {
        reader.search("Georgia road", filter, 10).unwrap();
        reader.newest(filter, 10).unwrap();
    }
    reader.for_each_item(&filters[1], |_| Ok::<_, super::StoreError>(())).unwrap();
    for (scope, search) in [(None, None), ("caucasus".parse().ok(), Some("Georgia".to_owned()))] {
        let mut feed = OutFeed::items("x", "X", None);
        feed.choice = Choice::Items { scope, tags: vec![Tag::from("place:georgia")], search };
        reader.out_feed_items(&feed, NOW).unwrap();
    }
    assert!(reader.item(HISTORY).unwrap().is_some() && reader.item_by_url(5).unwrap().is_some());
    let last = reader.last_item_id().unwrap();
    assert!(!reader.sightings_of(last).unwrap().is_empty());
    reader.versions_of(last).unwrap();
    reader.relatives(HISTORY - 1, Some(HISTORY - 10)).unwrap();
    reader.texts(HISTORY - 50, Some(days_ago(400)), 10).unwrap();
    assert_eq!(reader.count_items(days_ago(400), NOW, 10).unwrap(), 10);
    assert!(reader.count_since(Some(days_ago(1))).is_ok() && reader.time_span().unwrap().is_some());
    assert_eq!(reader.feeds().unwrap().len(), 3);
    let feed = reader.feed("https://a.example/").unwrap().unwrap();
    reader.fetch_events(feed.id).unwrap();
    reader.newest_poll().unwrap();
    reader.history(days_ago(20), NOW).unwrap();
    // Few items between far ids: those are found by their dates.
    reader.history(days_ago(2), days_ago(1)).unwrap();
    reader.meta("lexicon_version").unwrap();
}

/// What the served pages ask for.
fn read_desk(reader: &Reader) {
    assert!(reader.newest_in_scope().unwrap().is_some() && reader.last_stored_at().unwrap().is_some());
    assert!(reader.story_by_url(5).unwrap().is_some());
    assert!(!reader.daily_originals(100, 130).unwrap().is_empty());
    assert_eq!(reader.count_new(HISTORY - 100, 10).unwrap(), 10);
    assert_eq!(reader.tagged_after(HISTORY - 100, 10).unwrap().0.len(), 10);
    reader.alerts_since("rule", days_ago(3)).unwrap();
    assert!(!reader.feed_days(NOW.as_second() / 86_400 - 30).unwrap().is_empty());
    assert_eq!(reader.open_deliveries().unwrap(), 1);
    assert!(!reader.story(HISTORY - 20).unwrap().is_empty() && reader.listed_item(HISTORY).unwrap().is_some());
    let few = ItemFilter { outlet: Some("https://b.example/".to_owned()), ..ItemFilter::default() };
    let many =
        ItemFilter { tags: vec![Tag::from("place:georgia")], since: Some(days_ago(90)), ..ItemFilter::default() };
    let rare = ItemFilter { tags: vec![Tag::from("topic:new")], ..ItemFilter::default() };
    for filter in [&ItemFilter::default(), &few, &many, &rare] {
        reader.newest_items(filter, None, 10).unwrap();
    }
    let page = reader.newest_items(&many, None, 10).unwrap();
    assert_eq!(page.items.len(), 10);
    let next = reader.newest_items(&many, page.next, 10).unwrap();
    assert!(next.items.first().unwrap().id != page.items.last().unwrap().id);
    // Of the newest ones none is of this outlet and this tag: the list says where to look on.
    let none = ItemFilter { tags: vec![Tag::from("place:georgia"), Tag::from("topic:roads")], ..ItemFilter::default() };
    let page = reader.newest_items(&none, None, 10).unwrap();
    assert!(page.items.is_empty() && page.next.is_some());
}

/// Everything that the store can do, once.
fn session(store: &mut Store, path: &Path) {
    store.set_meta("lexicon_version", "1").unwrap();
    store
        .write(|writer| {
            write_items(writer);
            write_polls(writer);
            Ok::<_, super::StoreError>(())
        })
        .unwrap();
    write_deliveries(store);
    write_issues(store);

    read_pages(&Reader::open(path).unwrap());
    read_desk(&Reader::open(path).unwrap());

    let options =
        RetentionOptions { untagged_text_days: 299, out_of_scope_days: 299, in_scope_days: 299, size_limit_mib: 0 };
    store.preview_prune(&options, NOW).unwrap();
    assert!(store.prune(&options, NOW).unwrap().items() > 0);
}

/// White space collapsed, and what an escaped end of line joins joined.
fn collapsed(sql: &str) -> String {
    sql.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The parts of plans that find the rows of one item, one story or one text: what is sorted of them is little.
const OF_ONE_ITEM: &[&str] = &[
    "(rowid=?)",
    "(item_id=?",
    "item_id=?)",
    "(story=?",
    "(duplicate_of=?",
    "(text_of=?",
    "(feed_id=? AND title_key=?",
    // The last 30 fetches of a feed, and what is yet to be delivered.
    "fetch_events USING PRIMARY KEY (feed_id=?",
    "USING INDEX outbox_open",
];

/// Parts of the statements that may look for rows by their feed alone, with the reason. Any other one would read all that
/// a feed ever gave where the rows of one item are meant.
const OF_A_FEED: &[(&str, &str)] = &[
    ("EXISTS (SELECT 1 FROM sightings WHERE feed_id = ?1)", "looks at the first row only"),
    ("EXISTS (SELECT 1 FROM fetch_events e WHERE e.feed_id", "there are 30 of a feed"),
    ("WHERE o.name = ?2))) AND (EXISTS (SELECT 1 FROM items", "a search within one outlet"),
    ("WHERE o.name = ?1) LIMIT ?2", "counts to a limit"),
];

/// The tables of a statement by the names that its plan uses.
fn aliases(sql: &str) -> BTreeMap<&str, &str> {
    let words: Vec<&str> =
        sql.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty()).collect();
    words.windows(2).filter(|pair| LARGE.contains(&pair[0])).map(|pair| (pair[1], pair[0])).collect()
}

/// What is wrong with the plan of a statement.
fn faults_of_plan(line: &str, steps: &[String]) -> Vec<String> {
    let aliases = aliases(line);
    let table = |step: &str| {
        let name = step.split(' ').nth(1).unwrap_or_default().to_owned();
        aliases.get(name.as_str()).map_or(name.clone(), |table| (*table).to_owned())
    };
    let is_large = |step: &String| {
        let is_read = step.starts_with("SCAN ") || step.starts_with("SEARCH ");
        is_read && LARGE.contains(&table(step).as_str())
    };
    let is_little = |step: &String| OF_ONE_ITEM.iter().any(|part| step.contains(part));
    let sorts_much = steps.iter().filter(|step| is_large(step)).any(|step| !is_little(step));
    let is_fault = |step: &&String| {
        let is_scan = is_large(step) && !is_little(step) && (step.starts_with("SCAN ") || !step.contains(" USING "));
        // The tags of one item are sorted within the list of them.
        let is_short = step.contains("LAST TERM") || step.contains("FOR group_concat");
        let is_sort = step.starts_with("USE TEMP B-TREE FOR") && !is_short && sorts_much;
        let reads_a_feed = is_large(step) && step.ends_with("(feed_id=?)") && !is_little(step);
        let reads_a_feed = reads_a_feed && !OF_A_FEED.iter().any(|(part, _)| line.contains(part));
        is_scan || is_sort || reads_a_feed || step.contains("AUTOMATIC")
    };
    steps.iter().filter(is_fault).map(|step| format!("{step}\n    in {line}")).collect()
}

fn faults_of(connection: &Connection, seen: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for sql in seen {
        let is_query = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"].iter().any(|word| sql.starts_with(word));
        let line = collapsed(sql);
        if !is_query || ALLOWED.iter().any(|(allowed, _)| line.contains(allowed)) {
            continue;
        }
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = statement.raw_query();
        let mut steps: Vec<String> = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            steps.push(row.get(3).unwrap());
        }
        faults.extend(faults_of_plan(&line, &steps));
    }
    faults
}

/// The longest part of each statement in the sources of the store that is the same whatever is put in its gaps.
fn statements_of_the_sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "rs") || name.ends_with("tests") {
            continue;
        }
        if COLD.iter().any(|(cold, _)| *cold == name) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap().replace("\\\n", " ");
        for literal in text.split('"').skip(1).step_by(2) {
            let line = collapsed(literal);
            if ["SELECT ", "WITH ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|word| line.starts_with(word)) {
                if NEVER_RUN.iter().any(|start| line.starts_with(start)) {
                    continue;
                }
                let part = line.split(['{', '}']).max_by_key(|part| part.len()).unwrap_or_default();
                found.push((name.clone(), part.trim().to_owned()));
            }
        }
    }
    assert!(found.len() > 80, "{}", found.len());
    found
}

#[test]
fn a_look_up_by_the_feed_alone_is_a_fault() {
    let check = |step: &str, faults: usize| {
        let line = "SELECT item_id FROM sightings WHERE feed_id = ?1 AND title_key = ?2";
        assert_eq!(faults_of_plan(line, &[step.to_owned()]).len(), faults, "{step}");
    };
    check("SEARCH sightings USING PRIMARY KEY (feed_id=?)", 1);
    check("SEARCH sightings USING INDEX sightings_by_title (feed_id=?)", 1);
    check("SEARCH sightings USING INDEX sightings_by_title (feed_id=? AND title_key=?)", 0);
    check("SEARCH sightings USING PRIMARY KEY (feed_id=? AND identity=?)", 0);
    check("SCAN sightings", 1);
}

#[test]
fn no_statement_reads_a_whole_table_or_sorts_without_bound() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(WATCHED), "").unwrap();
    let path = folder.path().join(Store::FILE_NAME);
    let mut store = large_store(&path);
    SEEN.lock().unwrap().clear();
    session(&mut store, &path);

    let seen = SEEN.lock().unwrap().remove(&path).unwrap();
    let lines: Vec<String> = seen.iter().map(|sql| collapsed(sql)).collect();
    let missed = statements_of_the_sources();
    let missed: Vec<_> = missed.iter().filter(|(_, part)| !lines.iter().any(|line| line.contains(part))).collect();
    assert!(missed.is_empty(), "the session runs no such statement: {missed:#?}");
    let fresh = faults_of(&store.connection, &seen);
    // `db compact` has SQLite gather statistics, with which it chooses anew.
    store.compact().unwrap();
    store.connection.execute_batch("ANALYZE").unwrap();

    let analysed = faults_of(&store.connection, &seen);
    let faults: BTreeSet<String> = fresh.into_iter().chain(analysed).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.into_iter().collect::<Vec<_>>().join("\n"));
}
