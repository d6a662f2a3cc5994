//! One stream of polls gives one history, however often its writer is closed and opened on the way.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::{Engine, Options, Poll, PreparedFeed, Writer};
use crate::classify::Scratch;
use crate::dedup::Rules;
use crate::lexicon::{Lexicon, LexiconFile};
use crate::model::{Feed, Item, PollState, PublisherHints};
use crate::poller::schedule::Bounds;
use crate::poller::{Budgets, ServerHints, Status, Validators};
use crate::store::{Origin, RetentionOptions, Store};

/// Two lexicons that tag the same words differently.
fn engines() -> [Arc<Engine>; 2] {
    let place = |id: &str, name: &str| {
        format!("[[entity]]\nid = \"{id}\"\nkind = \"place\"\nlabel = \"{name}\"\nnames.xx = [\"{name}~\"]\n")
    };
    let base = "[language.xx]\nscript = \"latin\"\n[class.none]\nlanguage = \"xx\"\nrow = [{ endings = [\"\"] }]\n\
        [[guess]]\nlanguage = \"xx\"\nclass = \"none\"\n[scope.caucasus]\nplaces = [\"gori\"]\n";
    let lexicon = |names: &[(&str, &str)]| {
        let places: String = names.iter().map(|(id, name)| place(id, name)).collect();
        let file = LexiconFile { name: "test.toml".to_owned(), text: format!("{base}{places}").replace('~', "") };
        let lexicon = Lexicon::load(&[file], &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
        Arc::new(Engine::new(Arc::new(lexicon), Rules::built_in().unwrap(), Options::default()))
    };
    [lexicon(&[("gori", "Gori"), ("batumi", "Batumi")]), lexicon(&[("gori", "Gori"), ("court", "court")])]
}

const WORDS: [&str; 12] = [
    "Kvaratskhelia",
    "opens",
    "new",
    "bridge",
    "court",
    "Gori",
    "Batumi",
    "releases",
    "storm",
    "leader",
    "strike",
    "12",
];

/// What happens to a store.
#[derive(Clone, Debug)]
enum Step {
    /// A feed is fetched: the numbers of its items with their titles, and how long after the step before.
    Poll {
        feed: usize,
        items: Vec<(u8, String)>,
        minutes: i64,
    },
    /// The configuration names the other lexicon from now on.
    SwitchLexicon,
    Reclassify,
    Prune {
        days: u32,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let title = || prop::collection::vec(prop::sample::select(&WORDS[..]), 3..8).prop_map(|words| words.join(" "));
    // Few titles, so that much repeats and much is edited.
    let stream = prop::collection::vec(title(), 4..10).prop_flat_map(|titles| {
        let item = (0_u8..5, prop::sample::select(titles));
        let poll = (0_usize..4, prop::collection::vec(item, 1..4), 1_i64..900);
        let step = prop_oneof![
            20 => poll.prop_map(|(feed, items, minutes)| Step::Poll { feed, items, minutes }),
            1 => Just(Step::SwitchLexicon),
            1 => Just(Step::Reclassify),
            1 => (1_u32..4).prop_map(|days| Step::Prune { days }),
        ];
        prop::collection::vec(step, 1..25)
    });
    stream.boxed()
}

fn feed(number: usize) -> Feed {
    Feed { url: format!("https://feed{number}.example/"), outlet: format!("Outlet {number}"), ..Feed::default() }
}

fn poll(engine: &Engine, id: i64, number: usize, items: &[(u8, String)], at: Timestamp) -> Poll {
    let mut scratch = Scratch::default();
    let mut given: Vec<u8> = Vec::new();
    let prepared = items.iter().filter_map(|(item, title)| {
        if given.contains(item) {
            return None;
        }
        given.push(*item);
        let read = Item {
            title: title.clone(),
            // Every third item links to a page of another feed's site, which that may give as well.
            link: Some(format!("https://feed{}.example/{item}", if item % 3 == 2 { 0 } else { number })),
            published: Some(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(490_000 + i64::from(*item) * 5)),
            ..Item::default()
        };
        Some(engine.item(&mut scratch, read, i64::from(*item), None, &engine.origin(&feed(number))))
    });
    Poll {
        feed_id: id,
        outlet: feed(number).outlet,
        at,
        read: Some(PreparedFeed {
            title: None,
            hints: PublisherHints::default(),
            items: prepared.collect(),
            items_left_out: 0,
            warnings: Vec::new(),
            is_whole: true,
        }),
        status: Status::Ok,
        reason: None,
        size_bytes: 1,
        validators: Validators::default(),
        hints: ServerHints::default(),
        moved_to: None,
        state: PollState::default(),
        budgets: Budgets::default(),
        bounds: Bounds { min_interval_secs: 60, max_interval_secs: 3_600, fixed_interval_secs: None },
        jitter: 0.0,
    }
}

/// Takes the steps with a writer that is opened anew before those that `is_restart` names; gives what became of every
/// item.
fn history(engines: &[Arc<Engine>; 2], steps: &[Step], is_restart: impl Fn(usize) -> bool) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(Store::FILE_NAME);
    let mut now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(490_000);
    let mut store = Store::open(&path).unwrap();
    let feeds: Vec<i64> =
        store.write(|writer| (0..4).map(|number| writer.add_feed(&feed(number), Origin::List, now)).collect()).unwrap();
    let mut lexicon = 0;
    let mut writer = Writer::open(store, Arc::clone(&engines[lexicon]), now).unwrap();
    for (index, step) in steps.iter().enumerate() {
        let is_switch = matches!(step, Step::SwitchLexicon);
        if is_switch || is_restart(index) {
            writer.close().unwrap();
            lexicon = if is_switch { 1 - lexicon } else { lexicon };
            writer = Writer::open(Store::open(&path).unwrap(), Arc::clone(&engines[lexicon]), now).unwrap();
        }
        match step {
            Step::Poll { feed, items, minutes } => {
                now += SignedDuration::from_mins(*minutes);
                let recorded =
                    writer.record(&[poll(&engines[lexicon], feeds[*feed], *feed, items, now)]).unwrap().pop().unwrap();
                let stored = writer.store().feed(&recorded.feed.feed.url).unwrap().unwrap();
                assert_eq!(
                    format!("{:?}", recorded.feed),
                    format!("{stored:?}"),
                    "the feed in memory is the stored one"
                );
            }
            Step::SwitchLexicon => {}
            Step::Reclassify => drop(writer.reclassify(None, |_| {}).unwrap()),
            Step::Prune { days } => {
                let options = RetentionOptions { in_scope_days: *days, ..RetentionOptions::default() };
                writer.prune(&options, now).unwrap();
            }
        }
        assert!(writer.is_window_as_stored().unwrap(), "after step {index}, {step:?}");
    }
    let last = writer.store().last_item_id().unwrap();
    let item = |id: i64| {
        let row = writer.store().item(id).unwrap()?;
        Some(format!("{id} {} repeats {:?}, story {:?}, {:?}", row.title, row.duplicate_of, row.story, row.found))
    };
    (1..=last).filter_map(item).collect()
}

#[test]
fn an_edited_title_is_found_by_the_writer_that_stored_the_edit() {
    let titles = ["Kvaratskhelia opens new bridge Gori leader", "court releases Gori storm strike 12"];
    let step = |feed, title: &str| Step::Poll { feed, items: vec![(1, title.to_owned())], minutes: 5 };
    let steps = [step(0, titles[0]), step(0, titles[1]), step(1, titles[1])];
    let engines = engines();
    let history = history(&engines, &steps, |_| false);
    assert!(history[1].contains("repeats Some(1), story Some(1)"), "{history:#?}");
}

#[test]
fn a_document_that_keeps_the_writer_too_long_is_stored_over_several_polls() {
    let engines = engines();
    let dir = tempfile::tempdir().unwrap();
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(490_000);
    let mut store = Store::open(&dir.path().join(Store::FILE_NAME)).unwrap();
    let id = store.write(|writer| writer.add_feed(&feed(1), Origin::List, start)).unwrap();
    let mut writer = Writer::open(store, Arc::clone(&engines[0]), start).unwrap();
    let items: Vec<(u8, String)> = ["Kvaratskhelia opens", "new bridge", "court releases"]
        .iter()
        .map(|title| title.to_string())
        .zip(0..)
        .map(|(title, item)| (item, title))
        .collect();
    let mut state = PollState::default();
    for round in 1..=4 {
        let at = start + SignedDuration::from_hours(round);
        let budgets = Budgets { writer_limit_ms: 0, ..Budgets::default() };
        let validators = Validators { etag: Some("\"1\"".to_owned()), ..Validators::default() };
        let poll = Poll { budgets, state: state.clone(), validators, ..poll(&engines[0], id, 1, &items, at) };
        let recorded = writer.record(&[poll]).unwrap().pop().unwrap();
        let row = &recorded.feed;
        let left = usize::try_from(3 - round).unwrap_or(0);
        assert_eq!((recorded.counts.out_of_time, row.poll_state.used.items_put_off), (left, left), "{round}");
        assert_eq!(row.etag.is_some(), left == 0, "what waits is asked for again: {round}");
        let expected = format!("{left} items wait for the next poll: `poller.writer_limit_ms` is 0");
        assert_eq!(row.last_reason, (left > 0).then_some(expected), "{round}");
        assert_eq!(recorded.is_budget_exceeded, round == 1, "it is logged once: {round}");
        state = row.poll_state.clone();
    }
    assert_eq!(writer.store().last_item_id().unwrap(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_same_stream_gives_the_same_stories_through_one_writer_and_through_many(
        steps in steps(),
        restarts in prop::collection::vec(any::<bool>(), 25),
    ) {
        static ENGINES: std::sync::LazyLock<[Arc<Engine>; 2]> = std::sync::LazyLock::new(engines);
        let once = history(&ENGINES, &steps, |_| false);
        prop_assert_eq!(&once, &history(&ENGINES, &steps, |_| true), "opened before each step");
        prop_assert_eq!(&once, &history(&ENGINES, &steps, |step| restarts[step]), "opened before some steps");
    }
}
