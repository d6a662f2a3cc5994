//! Which fetch may start next, so that no publisher is pressed and none waits for another. Pure: time is a parameter.
//!
//! The unit is the registrable domain of the public suffix list: what one publisher can buy, e.g. `example.co.uk`, whatever
//! hosts stand below it. Each domain has a queue of its own, and the domains take turns, so a host with thousands of feeds
//! delays nobody but itself.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use url::{Host, Url};

use super::guard::{AddressClass, classify};

/// First pause of a domain that answers 429, in milliseconds; the n-th in a row is n times as long.
/// Linear, as in Media Cloud's story fetcher.
const SLOW_DOWN_MS: u64 = 30_000;
/// Longest pause that a domain gets without having asked for it, in milliseconds.
const SLOW_DOWN_LIMIT_MS: u64 = 3_600_000;
/// Up to here domains that are at rest are remembered for nothing but their spacing, and then forgotten.
const REST_LIMIT: usize = 4_096;

/// The unit of politeness that an address belongs to: the registrable domain, or the host where there is none. A host that is
/// not public is a machine of the operator's, so each of its ports stands for itself.
pub fn domain_of(url: &Url) -> String {
    let own = |class: AddressClass, host: String| match class {
        AddressClass::Public => host,
        _ => format!("{host}:{}", url.port_or_known_default().unwrap_or_default()),
    };
    match url.host() {
        None => String::new(),
        Some(Host::Ipv4(address)) => own(classify(address.into()), address.to_string()),
        Some(Host::Ipv6(address)) => own(classify(address.into()), address.to_string()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            match psl::domain_str(name) {
                Some(domain) if name.contains('.') => domain.to_owned(),
                _ if name == "localhost" => own(AddressClass::Loopback, name.to_owned()),
                _ => name.to_owned(),
            }
        }
    }
}

/// Whether starts at this address need not be spaced: the operator's own machine.
pub fn is_unspaced(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => true,
    }
}

/// What may happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next<T> {
    /// Start this one now, and call [`Politeness::finish`] with the domain when it has ended.
    Start {
        /// What was queued.
        work: T,
        /// Its domain.
        domain: String,
    },
    /// The domain asked for more patience than there is: hand this one back.
    Postpone {
        /// What was queued.
        work: T,
        /// Milliseconds until the domain may be asked again.
        wait_ms: u64,
    },
    /// Nothing may start before this time, in milliseconds on the caller's clock, unless something ends.
    WaitUntil(u64),
    /// Nothing may start before something in flight ends, or nothing is queued.
    Nothing,
}

/// How the domain took a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// As any other.
    Fine,
    /// It was too much for it (429, or a refusal with Retry-After): leave it alone for so many milliseconds, or as long as we think fit.
    TooMuch {
        /// What it asked for.
        retry_after_ms: Option<u64>,
    },
}

/// The queues of all domains. Times are milliseconds on any clock of the caller's that never goes back.
#[derive(Debug)]
pub struct Politeness<T> {
    in_flight_limit: usize,
    spacing_ms: u64,
    patience_ms: u64,
    domains: HashMap<String, Domain<T>>,
    /// Domains that have something queued and room in flight, by the time from which they may start; each at most once.
    turns: BinaryHeap<Reverse<(u64, u64, String)>>,
    turn: u64,
    queued: usize,
}

#[derive(Debug)]
struct Domain<T> {
    queue: VecDeque<(T, bool)>,
    in_flight: usize,
    /// Nothing starts here before.
    not_before_ms: u64,
    /// Pauses in a row; one is taken back by each good reception.
    slow_downs: u64,
    has_turn: bool,
}

impl<T> Politeness<T> {
    /// Empty queues, for at most `in_flight_limit` fetches at once per domain with `spacing_ms` between their starts. What would
    /// have to wait longer than `patience_ms` for a paused domain is handed back.
    pub fn new(in_flight_limit: usize, spacing_ms: u64, patience_ms: u64) -> Politeness<T> {
        Politeness {
            in_flight_limit: in_flight_limit.max(1),
            spacing_ms,
            patience_ms,
            domains: HashMap::new(),
            turns: BinaryHeap::new(),
            turn: 0,
            queued: 0,
        }
    }

    /// How many wait to be started.
    pub fn queued(&self) -> usize {
        self.queued
    }

    /// Queues work at a domain. `spaced` is false where its start needs no distance to others.
    pub fn push(&mut self, domain: String, work: T, spaced: bool, now_ms: u64) {
        if self.domains.len() >= REST_LIMIT.max(2 * self.queued) {
            self.domains.retain(|_, domain| {
                domain.in_flight > 0
                    || !domain.queue.is_empty()
                    || domain.slow_downs > 0
                    || domain.not_before_ms > now_ms
            });
        }
        let entry = self.domains.entry(domain.clone()).or_insert_with(|| Domain {
            queue: VecDeque::new(),
            in_flight: 0,
            not_before_ms: 0,
            slow_downs: 0,
            has_turn: false,
        });
        entry.queue.push_back((work, spaced));
        self.queued += 1;
        self.give_turn(domain, now_ms);
    }

    /// What may happen at this time. Call it until it starts nothing more.
    pub fn next(&mut self, now_ms: u64) -> Next<T> {
        let Some(Reverse((ready_ms, _, name))) = self.turns.peek() else { return Next::Nothing };
        if *ready_ms > now_ms && *ready_ms - now_ms <= self.patience_ms {
            return Next::WaitUntil(*ready_ms);
        }
        let (ready_ms, name) = (*ready_ms, name.clone());
        self.turns.pop();
        let Some(domain) = self.domains.get_mut(&name) else { return Next::Nothing };
        domain.has_turn = false;
        let Some((work, spaced)) = domain.queue.pop_front() else { return Next::Nothing };
        self.queued -= 1;
        if ready_ms > now_ms {
            self.give_turn(name, now_ms);
            return Next::Postpone { work, wait_ms: ready_ms - now_ms };
        }
        domain.in_flight += 1;
        if spaced {
            domain.not_before_ms = domain.not_before_ms.max(now_ms.saturating_add(self.spacing_ms));
        }
        self.give_turn(name.clone(), now_ms);
        Next::Start { work, domain: name }
    }

    /// Work at this domain has ended, and this is how the domain took it.
    pub fn finish(&mut self, name: &str, reception: Reception, now_ms: u64) {
        let Some(domain) = self.domains.get_mut(name) else { return };
        domain.in_flight = domain.in_flight.saturating_sub(1);
        match reception {
            Reception::Fine => domain.slow_downs = domain.slow_downs.saturating_sub(1),
            Reception::TooMuch { retry_after_ms } => {
                domain.slow_downs += 1;
                let ours = SLOW_DOWN_MS.saturating_mul(domain.slow_downs).min(SLOW_DOWN_LIMIT_MS);
                let pause_ms = retry_after_ms.unwrap_or(0).max(ours);
                domain.not_before_ms = domain.not_before_ms.max(now_ms.saturating_add(pause_ms));
                // A turn given before the pause stands at the wrong time.
                self.turns.retain(|Reverse((_, _, other))| other != name);
                domain.has_turn = false;
            }
        }
        self.give_turn(name.to_owned(), now_ms);
    }

    /// Forgets all that is queued or in flight, and keeps the domains' pauses.
    pub fn clear(&mut self) {
        self.turns.clear();
        self.queued = 0;
        for domain in self.domains.values_mut() {
            domain.queue.clear();
            domain.in_flight = 0;
            domain.has_turn = false;
        }
    }

    fn give_turn(&mut self, name: String, now_ms: u64) {
        let Some(domain) = self.domains.get_mut(&name) else { return };
        if domain.has_turn || domain.queue.is_empty() || domain.in_flight >= self.in_flight_limit {
            return;
        }
        domain.has_turn = true;
        self.turn += 1;
        self.turns.push(Reverse((domain.not_before_ms.max(now_ms), self.turn, name)));
    }
}

#[cfg(test)]
mod tests;
