//! Decides which feed is fetched next, within limits on all fetches at a time, on those from one domain, and on how
//! quickly they follow each other. Pure; the time is a parameter.
//!
//! Each domain has a queue of feeds, and the domains themselves form a queue, so that however many feeds one domain
//! has, the others take their turns after each of its fetches.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use url::{Host, Url};

use super::Options;

/// The shortest spacing of a domain that has answered that there were too many requests.
const FIRST_SLOWDOWN: Duration = Duration::from_secs(2);

/// The longest spacing.
const LONGEST_SPACING: Duration = Duration::from_secs(60);

/// Refusals (429) in a row after which a round gives up the other feeds of the domain.
const GIVE_UP_AFTER: u32 = 4;

/// Returns whose limits apply to a URL: the registrable domain of the public suffix list, or the IP address.
pub(crate) fn domain_of(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return url.to_owned() };
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            psl::domain_str(name).unwrap_or(name).to_owned()
        }
        Some(Host::Ipv4(address)) => IpAddr::V4(address).to_string(),
        Some(Host::Ipv6(address)) => address.to_canonical().to_string(),
        None => url.to_string(),
    }
}

/// Returns whether a domain is this machine, for which there is no spacing.
fn is_this_machine(domain: &str) -> bool {
    domain == "localhost" || domain.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Feeds that wait for their turn. Times are durations since any fixed instant of a monotonic clock.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    concurrency: usize,
    domain_concurrency: usize,
    spacing: Duration,
    domains: HashMap<String, Domain>,
    /// Domains from which a fetch may start at once, in the order of their turns.
    ready: VecDeque<String>,
    /// Domains that must rest, by the end of the rest.
    resting: BinaryHeap<Reverse<(Duration, String)>>,
    /// The domain of each feed that is being fetched.
    in_flight: HashMap<i64, String>,
    waiting: usize,
}

/// A feed whose turn has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The id of the feed that may be fetched now.
    pub feed_id: i64,
    /// Whether no other feed of its domain waits, so that the connection need not be kept.
    pub is_last: bool,
}

#[derive(Debug, Default)]
struct Domain {
    waiting: VecDeque<i64>,
    in_flight: usize,
    /// Whether it is among the ready or the resting domains, where it must not be twice.
    is_lined_up: bool,
    may_start_at: Duration,
    /// The additional spacing that refusals have caused.
    slowdown: Duration,
    refusals: u32,
}

impl Dispatcher {
    /// Creates a dispatcher for which no feed waits.
    pub(crate) fn new(options: &Options) -> Dispatcher {
        Dispatcher {
            concurrency: options.concurrency.max(1),
            domain_concurrency: options.domain_concurrency.max(1),
            spacing: Duration::from_millis(options.domain_spacing_ms),
            domains: HashMap::new(),
            ready: VecDeque::new(),
            resting: BinaryHeap::new(),
            in_flight: HashMap::new(),
            waiting: 0,
        }
    }

    /// Lets a feed wait for its turn. A feed must not wait twice.
    pub(crate) fn push(&mut self, feed_id: i64, url: &str) {
        let name = domain_of(url);
        self.domains.entry(name.clone()).or_default().waiting.push_back(feed_id);
        self.waiting += 1;
        self.line_up(name);
    }

    /// Returns the feed whose turn it is, which counts as in flight until [`Dispatcher::finish`].
    pub(crate) fn start(&mut self, now: Duration) -> Option<Turn> {
        if self.in_flight.len() >= self.concurrency {
            return None;
        }
        while self.resting.peek().is_some_and(|Reverse((until, _))| *until <= now) {
            if let Some(Reverse((_, name))) = self.resting.pop() {
                self.ready.push_back(name);
            }
        }
        let name = loop {
            let name = self.ready.pop_front()?;
            match self.domains.get(&name)?.may_start_at {
                // A refusal came while it waited.
                until if until > now => self.resting.push(Reverse((until, name))),
                _ => break name,
            }
        };
        let domain = self.domains.get_mut(&name)?;
        domain.is_lined_up = false;
        let feed_id = domain.waiting.pop_front()?;
        domain.in_flight += 1;
        let spacing = if is_this_machine(&name) { Duration::ZERO } else { self.spacing };
        domain.may_start_at = now + spacing.max(domain.slowdown);
        let is_last = domain.waiting.is_empty();
        self.waiting -= 1;
        self.in_flight.insert(feed_id, name.clone());
        self.line_up(name);
        Some(Turn { feed_id, is_last })
    }

    /// Records that a fetch has ended; `is_refused` says that the server answered with too many requests (429).
    pub(crate) fn finish(&mut self, feed_id: i64, is_refused: bool, now: Duration) {
        let Some(name) = self.in_flight.remove(&feed_id) else { return };
        let Some(domain) = self.domains.get_mut(&name) else { return };
        domain.in_flight -= 1;
        if is_refused {
            domain.refusals += 1;
            domain.slowdown = (domain.slowdown * 2).max(self.spacing * 2).clamp(FIRST_SLOWDOWN, LONGEST_SPACING);
            domain.may_start_at = domain.may_start_at.max(now + domain.slowdown);
        } else {
            domain.refusals = 0;
            domain.slowdown = if domain.slowdown <= FIRST_SLOWDOWN { Duration::ZERO } else { domain.slowdown / 2 };
        }
        // Forget a domain that is idle and has no reason to rest.
        if domain.in_flight == 0 && domain.waiting.is_empty() && domain.slowdown.is_zero() && domain.may_start_at <= now
        {
            self.domains.remove(&name);
        } else {
            self.line_up(name);
        }
    }

    /// Returns when the next fetch may start, so that the caller does not sleep longer; `None` if none may until
    /// another one ends.
    pub(crate) fn next_start(&self) -> Option<Duration> {
        if self.in_flight.len() >= self.concurrency {
            return None;
        }
        if !self.ready.is_empty() {
            return Some(Duration::ZERO);
        }
        self.resting.peek().map(|Reverse((until, _))| *until)
    }

    /// Returns how many feeds wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Returns how many fetches are in progress.
    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Gives up the waiting feeds of domains that refuse repeatedly; returns how many.
    pub(crate) fn give_up_refusing(&mut self) -> usize {
        let refusing = self.domains.values_mut().filter(|domain| domain.refusals >= GIVE_UP_AFTER);
        let count = refusing.map(|domain| std::mem::take(&mut domain.waiting).len()).sum();
        self.waiting -= count;
        let domains = &mut self.domains;
        let mut is_waiting = |name: &String| {
            domains.get_mut(name).is_some_and(|domain| {
                domain.is_lined_up = !domain.waiting.is_empty();
                domain.is_lined_up
            })
        };
        self.ready.retain(&mut is_waiting);
        self.resting.retain(|Reverse((_, name))| is_waiting(name));
        count
    }

    fn line_up(&mut self, name: String) {
        let Some(domain) = self.domains.get_mut(&name) else { return };
        if domain.is_lined_up || domain.waiting.is_empty() || domain.in_flight >= self.domain_concurrency {
            return;
        }
        domain.is_lined_up = true;
        if domain.may_start_at.is_zero() {
            self.ready.push_back(name);
        } else {
            self.resting.push(Reverse((domain.may_start_at, name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dispatcher(concurrency: usize) -> Dispatcher {
        Dispatcher::new(&Options { concurrency, ..Options::default() })
    }

    fn started(dispatcher: &mut Dispatcher, now: Duration) -> Option<i64> {
        dispatcher.start(now).map(|turn| turn.feed_id)
    }

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn the_registrable_domain_bears_the_burden() {
        let check = |url: &str, expected: &str| assert_eq!(domain_of(url), expected, "{url}");
        check("https://feeds.example.co.uk/a", "example.co.uk");
        check("https://a.b.example.com:8080/", "example.com");
        check("https://EXAMPLE.com./", "example.com");
        check("https://one.github.io/feed", "one.github.io");
        check("http://127.0.0.2:8099/a", "127.0.0.2");
        check("http://[::ffff:127.0.0.2]/a", "127.0.0.2");
        check("http://[2001:db8::1]:80/", "2001:db8::1");
        check("http://localhost:1/", "localhost");
        check("https://пример.рф/", "xn--e1afmkfd.xn--p1ai");
        check("nonsense", "nonsense");
    }

    #[test]
    fn two_of_a_domain_are_under_way_at_most_and_their_starts_are_spaced() {
        let mut dispatcher = dispatcher(10);
        (0..4).for_each(|id| dispatcher.push(id, &format!("https://s{id}.example.com/")));
        dispatcher.push(9, "https://other.org/");
        assert_eq!(started(&mut dispatcher, secs(1)), Some(0));
        assert_eq!(started(&mut dispatcher, secs(1)), Some(9), "another domain need not wait");
        assert_eq!(started(&mut dispatcher, secs(1)), None);
        assert_eq!(dispatcher.next_start(), Some(secs(2)));
        assert_eq!(started(&mut dispatcher, secs(2)), Some(1));
        assert_eq!(started(&mut dispatcher, secs(5)), None, "two are under way");
        assert_eq!(dispatcher.next_start(), None);
        dispatcher.finish(0, false, secs(6));
        assert_eq!(started(&mut dispatcher, secs(6)), Some(2));
        assert_eq!((dispatcher.waiting(), dispatcher.in_flight()), (1, 3));
    }

    #[test]
    fn this_machine_is_limited_but_not_spaced() {
        let mut dispatcher = dispatcher(10);
        (0..3).for_each(|id| dispatcher.push(id, "http://127.0.0.1:8080/"));
        assert_eq!(
            [started(&mut dispatcher, secs(1)), started(&mut dispatcher, secs(1)), started(&mut dispatcher, secs(1))],
            [Some(0), Some(1), None]
        );
        dispatcher.finish(0, false, secs(1));
        assert_eq!(started(&mut dispatcher, secs(1)), Some(2));
    }

    #[test]
    fn refusals_slow_a_domain_and_a_round_gives_it_up() {
        let mut dispatcher = dispatcher(10);
        (0..9).for_each(|id| dispatcher.push(id, "http://example.com/"));
        let (mut now, mut starts) = (secs(1), Vec::new());
        while starts.len() < 4 {
            if let Some(id) = started(&mut dispatcher, now) {
                starts.push(now.as_secs());
                dispatcher.finish(id, true, now);
            }
            now = dispatcher.next_start().unwrap();
        }
        now += secs(60);
        assert_eq!(starts, [1, 3, 7, 15]);
        assert_eq!((dispatcher.give_up_refusing(), dispatcher.waiting(), dispatcher.next_start()), (5, 0, None));
        dispatcher.push(20, "http://example.com/");
        assert_eq!(started(&mut dispatcher, now), Some(20), "a later poll tries again");
        dispatcher.finish(20, false, now);
        assert_eq!(dispatcher.give_up_refusing(), 0);
    }

    #[test]
    fn one_huge_domain_starves_nobody() {
        let mut dispatcher = dispatcher(4);
        (0..1_000).for_each(|id| dispatcher.push(id, "http://127.0.0.1/"));
        (1_000..1_004).for_each(|id| dispatcher.push(id, &format!("http://127.0.1.{}/", id - 1_000)));
        let mut last_small = 0;
        for turn in 0..12 {
            let id = started(&mut dispatcher, secs(1)).unwrap();
            if id >= 1_000 {
                last_small = turn;
            }
            dispatcher.finish(id, false, secs(1));
        }
        assert!(last_small < 9, "the small domains came by turn {last_small}");
    }

    proptest! {
        /// Whatever happens, limits hold, nobody is lost, nobody comes twice, and the queue never stalls.
        #[test]
        fn everyone_has_a_turn(
            feeds in prop::collection::vec(0_u8..12, 1..80),
            concurrency in 1_usize..8,
            refusals in prop::collection::vec(any::<bool>(), 80),
            spacing_ms in 0_u64..3_000,
        ) {
            let options = Options { concurrency, domain_spacing_ms: spacing_ms, ..Options::default() };
            let mut dispatcher = Dispatcher::new(&options);
            for (id, domain) in feeds.iter().enumerate() {
                dispatcher.push(i64::try_from(id).unwrap(), &format!("http://d{domain}.com/"));
            }
            let mut now = secs(1);
            let mut under_way: VecDeque<usize> = VecDeque::new();
            let mut done = vec![false; feeds.len()];
            while dispatcher.waiting() + dispatcher.in_flight() > 0 {
                while let Some(id) = started(&mut dispatcher, now) {
                    under_way.push_back(usize::try_from(id).unwrap());
                }
                prop_assert!(under_way.len() <= concurrency);
                for domain in 0..12 {
                    prop_assert!(under_way.iter().filter(|id| feeds[**id] == domain).count() <= 2);
                }
                if let Some(id) = under_way.pop_front() {
                    prop_assert!(!std::mem::replace(&mut done[id], true));
                    dispatcher.finish(i64::try_from(id).unwrap(), refusals[id], now);
                } else {
                    let next = dispatcher.next_start();
                    prop_assert!(next.is_some(), "{} wait and nothing happens", dispatcher.waiting());
                    now = now.max(next.unwrap());
                }
            }
            prop_assert!(done.iter().all(|done| *done));
        }
    }
}
