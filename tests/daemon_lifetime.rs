//! Months of a daemon's life in seconds: in this process, with a simulated clock and a simulated network.
//!
//! The tests assert invariants, not wording. All randomness is seeded, so a life can be repeated.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and its helpers as well")]

mod support;
#[path = "daemon_lifetime/wrong_clock.rs"]
mod wrong_clock;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kazbek::api::app::clock::Clock;
use kazbek::api::app::network::{Fetch, Network};
use kazbek::api::config::Config;
use kazbek::api::daemon::requests::Reload;
use kazbek::api::daemon::run::{self, Environment};
use kazbek::api::daemon::supervisor::{Notice, Supervisor};
use kazbek::api::deliver::{Deliver, DeliveryError, DeliveryOptions, Message, Recipient};
use kazbek::api::http::{ClientError, ClientOptions};
use kazbek::api::model::Cadence;
use kazbek::api::poller::{
    Failure, Fetched, Options, Outcome, Request, Seed, ServerHints, Status, Unchanged, Validators,
};
use kazbek::api::store::Store;
use support::random::Random;
use tokio::sync::mpsc;
use tokio::time::Instant;

const START: &str = "2026-01-01T00:00:00Z";
const DAYS: i64 = 90;
const MIN_INTERVAL_SECS: i64 = 8 * 3_600;
const MAX_INTERVAL_SECS: i64 = 20 * 3_600;

/// How a feed behaves, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behaviour {
    /// Always there, with an occasional new item.
    Healthy,
    /// Fails for days on end, each time in another way.
    Failing,
    /// Redirects for good to another address from the tenth day on.
    Moving,
    /// Gives its items new ids every twenty days.
    Renumbering,
    /// Silent for weeks.
    Silent,
    /// Sometimes panics inside the fetcher, or never answers.
    Cursed,
}

fn behaviour(number: usize) -> Behaviour {
    match number % 10 {
        0 => Behaviour::Failing,
        1 => Behaviour::Moving,
        2 => Behaviour::Renumbering,
        3 => Behaviour::Silent,
        4 if number % 40 == 4 => Behaviour::Cursed,
        _ => Behaviour::Healthy,
    }
}

fn feed_url(number: usize) -> String {
    format!("https://feed{number}.example{}/rss", number % 97)
}

/// How many feeds live through the ninety days: `KAZBEK_LIFETIME_FEEDS`, otherwise as many as take about a minute of an
/// unoptimised build. 200 take two minutes.
fn feed_count() -> usize {
    std::env::var("KAZBEK_LIFETIME_FEEDS").ok().and_then(|count| count.parse().ok()).unwrap_or(50)
}

/// What the network saw of one feed.
#[derive(Clone, Debug, Default)]
struct Seen {
    fetches: u32,
    /// Requests that could have been conditional, and how many of them were.
    validated: u32,
    conditional: u32,
    /// Seconds between fetches, each at most a day: the chance of a full download.
    expected_full: f64,
    full: u32,
    at: Option<Timestamp>,
    was_healthy: bool,
    /// When it was fetched.
    times: Vec<Timestamp>,
    /// The last entity tags that were sent; the daemon may have missed the last one because of a restart.
    given: Vec<String>,
    adopted: u32,
}

struct Made {
    clock: Clock,
    /// When the world began, if its time is its own and not what the daemon's clock shows.
    began: Option<Instant>,
    /// Whether the servers say what time it is.
    tells_time: bool,
    seed: u64,
    seen: HashMap<usize, Seen>,
    delivered: BTreeMap<String, u32>,
    /// What is wrong; a panic inside a fetch would only be that feed's failure.
    faults: Vec<String>,
    panics: u32,
    /// Since a restart or a reload fetches may come at any distance.
    restarted_at: Timestamp,
}

/// A simulated network.
#[derive(Clone)]
struct World(Arc<Mutex<Made>>);

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl Network for World {
    fn fetcher(&self, _: &Options) -> Result<Arc<dyn Fetch>, ClientError> {
        Ok(Arc::new(self.clone()))
    }

    fn sender(&self, _: &ClientOptions, _: &DeliveryOptions) -> Result<Arc<dyn Deliver>, ClientError> {
        Ok(Arc::new(self.clone()))
    }
}

impl Deliver for World {
    fn deliver<'a>(
        &'a self,
        recipient: &'a Recipient,
        message: Message,
        _: &'a AtomicU32,
    ) -> Pin<Box<dyn Future<Output = Result<(), DeliveryError>> + Send + 'a>> {
        let mut made = self.0.lock().unwrap();
        *made.delivered.entry(format!("{} {} {}", recipient.name, message.cadence, message.period)).or_default() += 1;
        Box::pin(async { Ok(()) })
    }
}

impl Fetch for World {
    fn fetch<'a>(&'a self, request: &'a Request) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        Box::pin(async move {
            let wait = 20 + self.0.lock().unwrap().random(request).below(3_000);
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let answer = self.0.lock().unwrap().answer(request);
            match answer {
                Some(outcome) => outcome,
                None if request.feed_id % 2 == 0 => panic!("scripted: the fetcher fails"),
                None => std::future::pending().await,
            }
        })
    }
}

/// The number of the feed that is asked for.
fn number(request: &Request) -> usize {
    request.url.trim_start_matches("https://feed").split('.').next().unwrap().parse().unwrap()
}

impl Made {
    /// The time in which the servers live.
    fn now(&self) -> Timestamp {
        match self.began {
            Some(began) => START.parse::<Timestamp>().unwrap() + SignedDuration::try_from(began.elapsed()).unwrap(),
            None => self.clock.now(),
        }
    }

    fn hints(&self) -> ServerHints {
        ServerHints { date: self.tells_time.then(|| self.now()), ..ServerHints::default() }
    }

    /// Chance for one request; which one is asked first does not matter.
    fn random(&self, request: &Request) -> Random {
        let number = number(request);
        let fetches = self.seen.get(&number).map_or(0, |seen| seen.fetches);
        Random(self.seed << 48 | (number as u64) << 24 | u64::from(fetches))
    }

    /// What a feed's server answers; none if the fetcher fails itself.
    fn answer(&mut self, request: &Request) -> Option<Outcome> {
        let number = number(request);
        let is_cursed_now = self.random(request).below(3) == 0;
        let now = self.now();
        let start: Timestamp = START.parse().unwrap();
        let hours = now.duration_since(start).as_hours();
        let day = hours / 24;
        self.look_at(number, request, now);
        let kind = behaviour(number);
        let outage = Random(number as u64 * 1_000 + (day / 5).unsigned_abs()).below(3);
        let is_out = kind == Behaviour::Failing && outage == 0;
        if kind == Behaviour::Cursed && is_cursed_now {
            self.panics += 1;
            return None;
        }
        if is_out {
            let (status, retry_after) = match Random(number as u64 + day.unsigned_abs()).below(4) {
                0 => (Status::ServerError, None),
                1 => (Status::Timeout, None),
                2 => (Status::RateLimited, Some(SignedDuration::from_hours(2))),
                _ => (Status::NotFound, None),
            };
            let hints = ServerHints { retry_after, ..self.hints() };
            return Some(Outcome::Failed(Failure { hints, ..Failure::new(status, "scripted".to_owned()) }));
        }
        let moved_to = (kind == Behaviour::Moving && day >= 10 && request.adopted_url.is_none())
            .then(|| format!("https://moved{number}.example/rss"));
        // An item every other day or so; silence in every second month.
        let active = if kind == Behaviour::Silent { hours.min(24 * 30) + (hours - 24 * 60).max(0) } else { hours };
        let count = active / (30 + i64::try_from(number % 40).unwrap());
        let scheme = if kind == Behaviour::Renumbering { day / 20 } else { 0 };
        let etag = format!("\"{count}-{scheme}\"");
        self.seen.get_mut(&number).unwrap().was_healthy = true;
        if request.validators.etag.as_ref() == Some(&etag) {
            return Some(Outcome::Unchanged(Unchanged { status: Status::NotModified, hints: self.hints(), moved_to }));
        }
        let bytes = document(number, count, scheme);
        let body_hash = xxhash_rust::xxh3::xxh3_128(&bytes).to_be_bytes();
        let given = &mut self.seen.get_mut(&number).unwrap().given;
        given.retain(|known| *known != etag);
        given.push(etag.clone());
        if request.validators.body_hash == Some(body_hash) {
            return Some(Outcome::Unchanged(Unchanged { status: Status::SameBody, hints: self.hints(), moved_to }));
        }
        Some(Outcome::Fetched(Fetched {
            is_whole: true,
            bytes,
            content_type: Some("application/rss+xml".to_owned()),
            links: String::new(),
            final_url: request.url.clone(),
            validators: Validators { etag: Some(etag), last_modified: None, body_hash: Some(body_hash) },
            hints: self.hints(),
            moved_to,
            large_body: None,
        }))
    }

    /// Takes note of a request and of what is wrong with it.
    fn look_at(&mut self, number: usize, request: &Request, now: Timestamp) {
        let restarted_at = self.restarted_at;
        let seen = self.seen.entry(number).or_default();
        seen.fetches += 1;
        seen.times.push(now);
        seen.adopted += u32::from(request.adopted_url.is_some());
        let since = seen.at.map(|at| now.duration_since(at));
        let mut fault = None;
        match &request.validators.etag {
            Some(etag) if !seen.given.iter().rev().take(3).any(|given| given == etag) => {
                fault = Some(format!("it sent {etag}, which was not among the last that it was given"));
            }
            _ => {}
        }
        // What an answer was cut off by, a restart or a panic, leaves no trace: what follows it is not counted.
        let is_counted = seen.was_healthy && seen.at.is_some_and(|at| at > restarted_at);
        if let Some(since) = since.filter(|_| is_counted && !seen.given.is_empty()) {
            seen.validated += 1;
            seen.conditional += u32::from(request.validators.etag.is_some());
            seen.full += u32::from(request.validators.etag.is_none());
            seen.expected_full += (since.as_secs_f64() / 86_400.0).min(1.0);
            let longest = MAX_INTERVAL_SECS + MAX_INTERVAL_SECS / 10 + 300;
            if since.as_secs() < MIN_INTERVAL_SECS - 60 || since.as_secs() > longest {
                fault = Some(format!("{} s lie between two polls of a feed in health", since.as_secs()));
            }
        }
        if since.is_some_and(|since| since.as_hours() > 8 * 24) {
            fault = Some(format!("it was forgotten for {since:?}"));
        }
        seen.at = Some(now);
        seen.was_healthy = false;
        self.faults.extend(fault.map(|fault| format!("{now} feed {number}: {fault}")));
    }
}

/// Every fourth item names a place and so is in scope, as in the feeds of a country.
const ACTORS: [&str; 16] = [
    "Armenia",
    "Georgia",
    "Ministry",
    "Court",
    "Parliament",
    "Railway",
    "Academy",
    "Hospital",
    "Union",
    "Bank",
    "Theatre",
    "Airport",
    "Library",
    "Council",
    "Brewery",
    "Orchestra",
];
const DEEDS: [&str; 8] = ["opens", "closes", "discusses", "signs", "rejects", "plans", "finances", "inspects"];
const THINGS: [&str; 9] = ["bridge", "budget", "border", "harvest", "school", "pipeline", "election", "museum", "road"];

/// The feed as it is after `count` items: the last ten of them. Every fourth is a report that other feeds print as
/// well.
fn document(number: usize, count: i64, scheme: i64) -> Vec<u8> {
    let mut items = String::new();
    for item in (0..count).rev().take(10) {
        let source = if item % 4 == 0 { number / 8 } else { number };
        let mut random = Random(source as u64 * 10_007 + item.unsigned_abs());
        let mut pick = |words: &[&'static str]| words[usize::try_from(random.below(words.len() as u64)).unwrap()];
        let words = [pick(&ACTORS), pick(&DEEDS), pick(&THINGS), "with", pick(&ACTORS), pick(&THINGS)].join(" ");
        // The newest item of all gets another title once the next has come.
        let edit = if item + 1 == count && item % 5 == 0 { " (developing)" } else { "" };
        let hours = item * (30 + i64::try_from(number % 40).unwrap());
        let at = START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours);
        items.push_str(&format!(
            "<item><guid isPermaLink=\"false\">{number}-{item}-{scheme}</guid><title>{words} {source} {item}{edit}</title>\
            <link>https://feed{number}.example/{item}</link><pubDate>{}</pubDate></item>",
            at.strftime("%a, %d %b %Y %H:%M:%S GMT")
        ));
    }
    format!("<rss version=\"2.0\"><channel><title>Feed {number}</title>{items}</channel></rss>").into_bytes()
}

/// The limit of the watchdog: long, since each ping takes real time.
const WATCHDOG_LIMIT: Duration = Duration::from_secs(3_600);

/// A supervisor whose watchdog must be pinged all the time.
#[derive(Debug)]
struct WatchdogRecorder {
    pinged_at: Mutex<Option<Instant>>,
}

impl Supervisor for WatchdogRecorder {
    fn notify(&self, notice: Notice) {
        let now = Instant::now();
        let pinged_at = self.pinged_at.lock().unwrap().replace(now);
        let silence = pinged_at.map(|at| now - at).unwrap_or_default();
        assert!(silence <= WATCHDOG_LIMIT, "{silence:?} without a ping until {notice:?}");
    }

    fn watchdog_limit(&self) -> Option<Duration> {
        Some(WATCHDOG_LIMIT)
    }
}

/// An installation without a process.
struct Installation {
    dir: tempfile::TempDir,
}

impl Installation {
    fn new(poller: &str, rest: &str) -> Installation {
        let dir = tempfile::tempdir().unwrap();
        let installation = Installation { dir };
        std::fs::create_dir(installation.path("lexicon")).unwrap();
        let place = |id: &str, name: &str| {
            format!("[[entity]]\nid = \"{id}\"\nkind = \"place\"\nlabel = \"{name}\"\nnames.en = [\"{name}\"]\n")
        };
        let places =
            [("armenia", "Armenia"), ("georgia", "Georgia"), ("russia", "Russia"), ("azerbaijan", "Azerbaijan")];
        let places: String = places.iter().map(|(id, name)| place(id, name)).collect();
        let lexicon = format!(
            "[language.en]\nscript = \"latin\"\n[class.none]\nlanguage = \"en\"\nrow = [{{ endings = [\"\"] }}]\n\
            [[guess]]\nlanguage = \"en\"\nclass = \"none\"\n[scope.caucasus]\nplaces = [\"armenia\", \"georgia\", \"azerbaijan\"]\n\
            [scope.russia]\nplaces = [\"russia\"]\n{places}"
        );
        std::fs::write(installation.path("lexicon/all.toml"), lexicon).unwrap();
        let config = format!("feeds = \"feeds.opml\"\nlexicon = \"lexicon\"\n[poller]\n{poller}\n{rest}");
        std::fs::write(installation.path("kazbek.toml"), config).unwrap();
        std::fs::create_dir(installation.path("data")).unwrap();
        installation
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn list(&self, feeds: impl Iterator<Item = usize>) {
        let outline = |number| {
            let url = feed_url(number);
            format!("<outline type=\"rss\" text=\"Feed {number}\" xmlUrl=\"{url}\" outlet=\"Outlet {number}\"/>\n")
        };
        let outlines: String = feeds.map(outline).collect();
        std::fs::write(self.path("feeds.opml"), format!("<opml version=\"2.0\"><body>{outlines}</body></opml>"))
            .unwrap();
    }

    fn config(&self) -> Config {
        Config::load(Some(&self.path("kazbek.toml"))).unwrap()
    }

    fn store(&self) -> Store {
        Store::open(&self.path("data").join(Store::FILE_NAME)).unwrap()
    }

    /// Runs the daemon until `shutdown` resolves.
    async fn run(
        &self,
        clock: &Clock,
        network: &dyn Network,
        requests: mpsc::Receiver<()>,
        on_reload: impl Fn(),
        shutdown: impl Future<Output = &'static str>,
    ) {
        self.run_with(clock, false, network, requests, on_reload, shutdown).await;
    }

    async fn run_with(
        &self,
        clock: &Clock,
        accepts_clock: bool,
        network: &dyn Network,
        requests: mpsc::Receiver<()>,
        on_reload: impl Fn(),
        shutdown: impl Future<Output = &'static str>,
    ) {
        let load = || {
            on_reload();
            Config::load(Some(&self.path("kazbek.toml")))
        };
        let reload = Reload { requests, load: Box::new(load) };
        let supervisor = WatchdogRecorder { pinged_at: Mutex::default() };
        let environment = Environment {
            clock: clock.clone(),
            accepts_clock,
            seed: Seed(1),
            network,
            supervisor: &supervisor,
            sockets: None,
        };
        run::run(self.config(), self.store(), environment, shutdown, reload).await.unwrap();
    }
}

/// Runs a test under a clock that leaps from event to event.
fn simulate<F: Future>(test: impl FnOnce(Clock) -> F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(8)
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async { test(Clock::simulated(START.parse().unwrap())).await })
}

fn world(clock: &Clock, seed: u64) -> World {
    World(Arc::new(Mutex::new(Made {
        clock: clock.clone(),
        began: None,
        tells_time: false,
        seed,
        seen: HashMap::new(),
        delivered: BTreeMap::new(),
        faults: Vec::new(),
        panics: 0,
        restarted_at: clock.now(),
    })))
}

async fn days(count: i64) -> &'static str {
    tokio::time::sleep(Duration::from_secs(86_400 * count.unsigned_abs())).await;
    "the test"
}

const NO_DIGESTS: &str =
    "[digest]\ndaily_at = \"never\"\nweekly_at = \"never\"\nmonthly_at = \"never\"\nyearly_at = \"never\"\n";

#[test]
fn a_daemon_that_is_up_for_days_goes_on_asking_conditionally() {
    simulate(|clock| async move {
        let installation = Installation::new("min_interval_secs = 3600\nmax_interval_secs = 3600", NO_DIGESTS);
        installation.list(5..7);
        let world = world(&clock, 1);
        let (_sender, requests) = mpsc::channel(1);
        installation.run(&clock, &world, requests, || {}, days(8)).await;
        let made = world.0.lock().unwrap();
        for (number, seen) in &made.seen {
            // One an hour, of which one a day is full, on average: the bounds are four standard deviations away.
            assert!(seen.fetches > 160, "feed {number}: {seen:?}");
            assert!((1..20).contains(&seen.full), "feed {number}: {seen:?}");
        }
    });
}

#[test]
fn a_fetch_that_panics_costs_its_feed_one_poll_and_nobody_a_slot() {
    simulate(|clock| async move {
        let poller = "min_interval_secs = 3600\nmax_interval_secs = 3600\nconcurrency = 1";
        let installation = Installation::new(poller, NO_DIGESTS);
        // Feed 4 is cursed.
        installation.list(4..6);
        let world = world(&clock, 3);
        let (_sender, requests) = mpsc::channel(1);
        installation.run(&clock, &world, requests, || {}, days(4)).await;
        let made = world.0.lock().unwrap();
        assert!(made.panics > 5, "{}", made.panics);
        assert!(made.seen[&4].fetches > 50 && made.seen[&5].fetches > 80, "{:?}", made.seen);
        let store = installation.store();
        let cursed = store.feed(&feed_url(4)).unwrap().unwrap();
        let events = store.fetch_events(cursed.id).unwrap();
        let failed = events.iter().filter(|event| ["internal", "timeout"].contains(&event.status.as_str()));
        assert!(failed.count() > 0, "a failure is recorded: {events:?}");
    });
}

#[test]
fn the_same_seeds_give_the_same_life() {
    let life = || {
        simulate(|clock| async move {
            let installation = Installation::new("min_interval_secs = 3600\nmax_interval_secs = 36000", NO_DIGESTS);
            installation.list(0..30);
            let world = world(&clock, 5);
            for _ in 0..2 {
                let (_sender, requests) = mpsc::channel(1);
                installation.run(&clock, &world, requests, || {}, days(3)).await;
            }
            let made = world.0.lock().unwrap();
            let mut times: Vec<_> = made.seen.iter().map(|(number, seen)| (*number, seen.times.clone())).collect();
            times.sort();
            times
        })
    };
    let (first, second) = (life(), life());
    assert_eq!(first.len(), 30);
    for (first, second) in first.iter().zip(&second) {
        assert_eq!(first, second);
    }
}

/// A network that locks the database for writing before the first poll.
#[derive(Debug)]
struct Locking {
    world: World,
    database: PathBuf,
    lock: Mutex<Option<rusqlite::Connection>>,
}

impl Network for Locking {
    fn fetcher(&self, options: &Options) -> Result<Arc<dyn Fetch>, ClientError> {
        let mut lock = self.lock.lock().unwrap();
        if lock.is_none() {
            let connection = rusqlite::Connection::open(&self.database).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            *lock = Some(connection);
        }
        self.world.fetcher(options)
    }
}

#[test]
fn a_request_is_heard_while_the_jobs_of_an_issue_wait() {
    simulate(|clock| async move {
        let installation = Installation::new("", "");
        installation.list(0..0);
        let database = installation.path("data").join(Store::FILE_NAME);
        let network = Locking { world: world(&clock, 1), database, lock: Mutex::default() };
        // Reload now: nothing else lets the writer continue.
        let (sender, requests) = mpsc::channel(1);
        sender.send(()).await.unwrap();
        let heard = AtomicU32::new(0);
        let on_reload = || {
            heard.fetch_add(1, Ordering::Relaxed);
            let locked = network.lock.lock().unwrap();
            locked.as_ref().unwrap().execute_batch("ROLLBACK").unwrap();
        };
        let shutdown = async {
            while heard.load(Ordering::Relaxed) == 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            "the test"
        };
        installation.run(&clock, &network, requests, on_reload, shutdown).await;
        assert_eq!(heard.load(Ordering::Relaxed), 1);
    });
}

/// A world whose network is down for a while: every request fails as without a name service.
#[derive(Clone, Debug)]
struct Offline {
    world: World,
    clock: Clock,
    /// From when until when, as hours after the start of the test.
    hours: (f64, f64),
    /// How many requests failed.
    failed: Arc<AtomicU32>,
}

impl Network for Offline {
    fn fetcher(&self, _: &Options) -> Result<Arc<dyn Fetch>, ClientError> {
        Ok(Arc::new(self.clone()))
    }

    fn sender(&self, client: &ClientOptions, options: &DeliveryOptions) -> Result<Arc<dyn Deliver>, ClientError> {
        self.world.sender(client, options)
    }
}

impl Fetch for Offline {
    fn fetch<'a>(&'a self, request: &'a Request) -> Pin<Box<dyn Future<Output = Outcome> + Send + 'a>> {
        let start: Timestamp = START.parse().unwrap();
        let hours = self.clock.now().duration_since(start).as_secs_f64() / 3_600.0;
        if (self.hours.0..self.hours.1).contains(&hours) {
            self.failed.fetch_add(1, Ordering::Relaxed);
            let reason = "the name service does not answer".to_owned();
            return Box::pin(async { Outcome::Failed(Failure::new(Status::Resolver, reason)) });
        }
        self.world.fetch(request)
    }
}

/// A life of three feeds and a daily digest: kazbek runs for two days, is off for three, and then starts without a
/// network for some hours.
struct OfflineStart {
    hours_offline: f64,
    /// How long it then runs.
    hours: u64,
    config: &'static str,
}

/// An issue as it was frozen.
#[derive(Debug)]
struct FrozenIssue {
    label: String,
    written_at: Timestamp,
    /// Its number within its cadence.
    number: u32,
    json: String,
}

impl OfflineStart {
    const DAYS_BEFORE: i64 = 2;
    const DAYS_OFF: i64 = 3;

    /// When it starts without a network: 02:00 on the sixth of January.
    fn start() -> Timestamp {
        let start: Timestamp = START.parse().unwrap();
        start + SignedDuration::from_hours(24 * (Self::DAYS_BEFORE + Self::DAYS_OFF) + 2)
    }

    /// Lives it, and returns what was issued after the start without a network, in the order in which it was written.
    fn issues(&self) -> (Vec<FrozenIssue>, u32) {
        let config = format!("[digest]\nformats = [\"md\"]\n{}", self.config);
        let offline_from = (24 * (Self::DAYS_BEFORE + Self::DAYS_OFF) + 1) as f64;
        let (installation, failed) = simulate(|clock| async move {
            let poller = "min_interval_secs = 3600\nmax_interval_secs = 3600";
            let installation = Installation::new(poller, &config);
            installation.list(5..8);
            let failed = Arc::new(AtomicU32::new(0));
            let network = Offline {
                world: world(&clock, 1),
                clock: clock.clone(),
                hours: (offline_from, offline_from + 1.0 + self.hours_offline),
                failed: Arc::clone(&failed),
            };
            let (_sender, requests) = mpsc::channel(1);
            installation.run(&clock, &network, requests, || {}, days(Self::DAYS_BEFORE)).await;
            tokio::time::sleep(Duration::try_from(Self::start().duration_since(clock.now())).unwrap()).await;
            let (_sender, requests) = mpsc::channel(1);
            let shutdown = async {
                tokio::time::sleep(Duration::from_secs(3_600 * self.hours)).await;
                "the test"
            };
            installation.run(&clock, &network, requests, || {}, shutdown).await;
            (installation, failed.load(Ordering::Relaxed))
        });
        let database = rusqlite::Connection::open(installation.path("data").join(Store::FILE_NAME)).unwrap();
        let mut statement = database.prepare("SELECT label FROM issues WHERE written_at >= ?1 ORDER BY id").unwrap();
        let labels = statement.query_map([Self::start().as_second()], |row| row.get::<_, String>(0)).unwrap();
        let store = installation.store();
        let issue = |label: String| {
            let issue = Cadence::ALL.into_iter().find_map(|cadence| store.issue(cadence, &label).unwrap()).unwrap();
            let number = issue.head.number;
            FrozenIssue { label, written_at: issue.head.written_at, number, json: issue.json }
        };
        (labels.map(|label| issue(label.unwrap())).collect(), failed)
    }
}

#[test]
fn missed_digests_wait_for_the_network_and_come_in_order_after_the_feeds() {
    for hours_offline in [0.01, 0.5, 3.0] {
        let (issues, failed) = OfflineStart { hours_offline, hours: 12, config: "" }.issues();
        let labels: Vec<&str> = issues.iter().map(|issue| issue.label.as_str()).collect();
        // The week ended on Sunday, the fourth, with the day of that date.
        let expected = ["2026-01-02", "2026-01-03", "2026-01-04", "2026-W01", "2026-01-05"];
        assert_eq!(labels, expected, "{hours_offline}");
        let days = issues.iter().filter(|issue| !issue.label.contains('W'));
        assert!(days.map(|issue| issue.number).is_sorted(), "{issues:?}");
        let back = OfflineStart::start() + SignedDuration::from_secs_f64(hours_offline * 3_600.0);
        for issue in &issues {
            let after = issue.written_at.duration_since(back);
            assert!(after.as_secs() >= 0, "{hours_offline}: {} was written before a feed was read", issue.label);
            assert!(!issue.json.contains("No feed could be reached"), "{issue:?}");
        }
        // Those that were missed are not kept waiting until feeds are due by their schedule.
        let after = issues[0].written_at.duration_since(back);
        assert!(after.as_mins() <= 17, "{hours_offline}: {after:?}");
        // Trying did not become a hail of requests.
        assert!((1..60).contains(&failed), "{hours_offline}: {failed} requests failed");
    }
}

#[test]
fn a_digest_that_waited_for_the_network_in_vain_says_so() {
    let config = "wait_for_feeds_hours = 2\n";
    let (issues, _) = OfflineStart { hours_offline: 40.0, hours: 54, config }.issues();
    let labels: Vec<&str> = issues.iter().map(|issue| issue.label.as_str()).collect();
    assert_eq!(
        labels,
        ["2026-01-02", "2026-01-03", "2026-01-04", "2026-W01", "2026-01-05", "2026-01-06", "2026-01-07"]
    );
    let hours = |issue: &FrozenIssue| issue.written_at.duration_since(OfflineStart::start()).as_hours();
    // 02:00 and two hours; 06:00 of the next day and two hours; and then the network is back, at 18:00.
    for (issue, expected) in issues.iter().zip([2, 2, 2, 2, 6, 30, 52]) {
        assert_eq!(hours(issue), expected, "{}", issue.label);
        let says_so = issue.json.contains("No feed could be reached since 2026-01-0");
        assert_eq!(says_so, expected < 40, "{issue:?}");
    }
}

#[test]
fn a_network_that_fails_at_the_time_of_a_digest_delays_it() {
    for (from, until) in [(5.0, 7.5), (5.9, 6.2)] {
        let issues = simulate(|clock| async move {
            let installation = Installation::new(
                "min_interval_secs = 1800\nmax_interval_secs = 1800",
                "[digest]\nformats = [\"md\"]\nweekly_at = \"never\"\nmonthly_at = \"never\"\nyearly_at = \"never\"\n",
            );
            installation.list(5..8);
            let hours = (24.0 + from, 24.0 + until);
            let network = Offline { world: world(&clock, 1), clock: clock.clone(), hours, failed: Arc::default() };
            let (_sender, requests) = mpsc::channel(1);
            installation.run(&clock, &network, requests, || {}, days(2)).await;
            installation.store().issues(Some(Cadence::Day), 10).unwrap()
        });
        let issue = issues.iter().find(|issue| issue.label == "2026-01-01").unwrap();
        let hours = issue.written_at.duration_since(START.parse().unwrap()).as_secs_f64() / 3_600.0 - 24.0;
        // In the second case the feeds had been read at half past five, and few failures prove nothing.
        assert!(hours >= 6.0 && hours < until + 0.3, "{from} to {until}: {hours}");
        assert!(from > 5.5 || hours >= until, "{from} to {until}: {hours}");
    }
}

/// Figures of this process from the system: resident KiB, and open files.
fn resources() -> (u64, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok());
    (resident.unwrap_or_default(), std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count))
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// By how much the clock is wrong, and for how many seconds: minutes, hours, days and years, forward and back.
const WRONG_CLOCKS: [(SignedDuration, u64); 8] = [
    (SignedDuration::from_mins(5), 900),
    (SignedDuration::from_mins(-10), 900),
    (SignedDuration::from_hours(2), 75),
    (SignedDuration::from_hours(-2), 4 * 3_600),
    (SignedDuration::from_hours(3 * 24), 75),
    (SignedDuration::from_hours(-3 * 24), 3_600),
    (SignedDuration::from_hours(400 * 24), 5 * 3_600),
    (SignedDuration::from_hours(-400 * 24), 2 * 3_600),
];

#[test]
fn ninety_days_with_reloads_restarts_and_leaps_of_the_clock() {
    let (started, feeds) = (std::time::Instant::now(), feed_count());
    let rest = "[digest]\ndaily_at = \"06:00\"\nformats = [\"md\"]\n\
        [[recipient]]\nname = \"desk\"\nissues = [\"day\", \"week\", \"month\"]\ntransport = \"file\"\nfolder = \"/nowhere\"\n";
    let poller = format!("min_interval_secs = {MIN_INTERVAL_SECS}\nmax_interval_secs = {MAX_INTERVAL_SECS}");
    let installation = Installation::new(&poller, rest);
    let (world, resident) = simulate(|clock| async move {
        let world = world(&clock, 7);
        world.0.lock().unwrap().began = Some(Instant::now());
        let mut random = Random(11);
        let end = START.parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * DAYS);
        let mut usage = Vec::new();
        while clock.now() < end {
            // A life of half a day to nine days; within it, reloads with some feeds of the list gone or back.
            let life = Duration::from_secs(3_600 * (12 + random.below(200)));
            let left = Duration::try_from(end.duration_since(clock.now())).unwrap();
            let missing =
                |random: &mut Random| (0..10).map(|_| random.below(feeds as u64) as usize).collect::<HashSet<_>>();
            let (by, wrong_for_secs) = WRONG_CLOCKS[random.below(WRONG_CLOCKS.len() as u64) as usize];
            installation.list(0..feeds);
            let (sender, requests) = mpsc::channel(1);
            world.0.lock().unwrap().restarted_at = clock.now();
            let reloads = async {
                loop {
                    tokio::time::sleep(Duration::from_secs(3_600 * (6 + random.below(60)))).await;
                    let missing = missing(&mut random);
                    installation.list((0..feeds).filter(|number| !missing.contains(number)));
                    // Until the list is whole again, feeds that are missing are not polled.
                    sender.send(()).await.unwrap();
                    tokio::time::sleep(Duration::from_secs(600)).await;
                    installation.list(0..feeds);
                    sender.send(()).await.unwrap();
                }
            };
            let on_reload = || {
                let mut made = world.0.lock().unwrap();
                made.restarted_at = made.now();
            };
            let life = life.min(left);
            let shutdown = async {
                // The clock is wrong for a while in the middle of each life, unless that is too short for it.
                let wrong_for = Duration::from_secs(wrong_for_secs);
                if life > 2 * wrong_for {
                    tokio::time::sleep((life - wrong_for) / 2).await;
                    clock.leap(by);
                    tokio::time::sleep(wrong_for).await;
                    clock.leap(-by);
                    on_reload();
                    tokio::time::sleep((life - wrong_for) / 2).await;
                } else {
                    tokio::time::sleep(life).await;
                }
                "the test"
            };
            tokio::select! {
                () = installation.run(&clock, &world, requests, on_reload, shutdown) => {}
                () = reloads => {}
            }
            assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0, "tasks outlive the daemon");
            usage.push(resources());
            check_store(&installation);
        }
        (world, (usage, installation))
    });
    let (usage, installation) = resident;
    let made = world.0.lock().unwrap();
    assert!(made.faults.is_empty(), "{} faults: {:#?}", made.faults.len(), &made.faults[..made.faults.len().min(20)]);

    let sum = |of: &dyn Fn(&Seen) -> f64| made.seen.values().map(of).sum::<f64>();
    let (full, expected) = (sum(&|seen| f64::from(seen.full)), sum(&|seen| seen.expected_full));
    assert!((full / expected - 1.0).abs() < 0.15, "{full} full downloads; the rule gives {expected}");
    assert!(made.panics > 0, "the cursed feeds were polled");
    let moved = made.seen.iter().filter(|(number, _)| behaviour(**number) == Behaviour::Moving);
    assert!(moved.clone().all(|(_, seen)| seen.adopted > 0), "a feed that moved is asked at its new address");

    let store = installation.store();
    for (cadence, least) in [(Cadence::Day, 89), (Cadence::Week, 12), (Cadence::Month, 2)] {
        let issues = store.issues(Some(cadence), 1_000).unwrap();
        let labels: HashSet<&str> = issues.iter().map(|issue| issue.label.as_str()).collect();
        assert_eq!(labels.len(), issues.len(), "an issue was written twice");
        assert!(issues.len() >= least, "{} issues of {cadence:?}", issues.len());
        for label in labels {
            let key = format!("desk {} {label}", cadence.as_str());
            assert_eq!(made.delivered.get(&key), Some(&1), "{key}: delivered once");
        }
    }
    let (early, late) = (usage[usage.len() / 3], usage[usage.len() - 1]);
    assert!(late.0 < early.0 + (64 << 10), "memory grows: {early:?} to {late:?} KiB");
    assert!(late.1 <= early.1 + 4, "files stay open: {early:?} to {late:?}");
    let issues = files(&installation.path("data/digests"));
    assert!(issues <= 120, "{issues} files of issues");
    eprintln!(
        "{DAYS} days, {feeds} feeds, {} lives: {} fetches, {:.1} % of those with a validator conditional, {full} full \
        ({expected:.0} by the rule), {} panics and hangs, {} deliveries, {} items; {} KiB resident, {:?}",
        usage.len(),
        sum(&|seen| f64::from(seen.fetches)),
        100.0 * sum(&|seen| f64::from(seen.conditional)) / sum(&|seen| f64::from(seen.validated)),
        made.panics,
        made.delivered.len(),
        store.last_item_id().unwrap(),
        late.0,
        started.elapsed(),
    );
}

/// What is counted in the store is what a recount gives; the end of each daemon compares the window of recent items
/// itself.
fn check_store(installation: &Installation) {
    let store = installation.store();
    let report = store.check().unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    drop(store);
    let database = rusqlite::Connection::open(installation.path("data").join(Store::FILE_NAME)).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT sum(polls) FROM feeds"), count("SELECT sum(polls) FROM feed_days"));
    assert_eq!(count("SELECT sum(rollovers) FROM feeds"), count("SELECT sum(rollovers) FROM feed_days"));
    let recount = "SELECT count(*) FROM feeds f WHERE f.last_poll_at IS NOT NULL AND f.last_poll_at <> \
        (SELECT max(at) FROM fetch_events e WHERE e.feed_id = f.id)";
    assert_eq!(count(recount), 0, "a feed's last poll is its last event");
    assert_eq!(count("SELECT count(*) FROM outbox WHERE state = 'sending'"), 0);
}
