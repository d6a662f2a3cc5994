use proptest::prelude::*;

use super::*;

fn domain(text: &str) -> String {
    domain_of(&Url::parse(text).unwrap())
}

#[test]
fn the_registrable_domain_is_the_unit() {
    for (url, expected) in [
        ("https://feeds.bbc.co.uk/news/rss.xml", "bbc.co.uk"),
        ("https://a.b.example.org:8443/", "example.org"),
        ("https://EXAMPLE.org./", "example.org"),
        ("https://one.github.io/feed", "one.github.io"),
        ("https://blog.netgazeti.ge/feed", "netgazeti.ge"),
        ("https://новости.рф/", "xn--b1amnebsh.xn--p1ai"),
        ("https://co.uk/", "co.uk"),
        ("http://8.8.8.8:81/", "8.8.8.8"),
        ("http://127.0.0.1:8099/a", "127.0.0.1:8099"),
        ("http://[::1]/a", "::1:80"),
        ("http://localhost/a", "localhost:80"),
        ("http://intranet/a", "intranet"),
    ] {
        assert_eq!(domain(url), expected, "{url}");
    }
}

#[test]
fn one_domain_gets_its_share_and_its_distance() {
    let mut queue = Politeness::new(2, 1_000, 60_000);
    for work in 0..4 {
        queue.push("a".to_owned(), work, true, 0);
    }
    assert!(matches!(queue.next(0), Next::Start { work: 0, .. }));
    assert_eq!(queue.next(0), Next::WaitUntil(1_000));
    assert!(matches!(queue.next(1_000), Next::Start { work: 1, .. }));
    assert_eq!(queue.next(5_000), Next::Nothing, "two are in flight");
    queue.finish("a", Reception::Fine, 5_000);
    assert!(matches!(queue.next(5_000), Next::Start { work: 2, .. }));
    assert_eq!(queue.queued(), 1);
}

#[test]
fn a_huge_domain_starves_nobody() {
    let mut queue = Politeness::new(2, 0, 60_000);
    for work in 0..10_000 {
        queue.push("huge".to_owned(), work, true, 0);
    }
    for work in 10_000..10_010 {
        queue.push(format!("small{work}"), work, true, 0);
    }
    let mut started = Vec::new();
    while let Next::Start { work, .. } = queue.next(0) {
        started.push(work);
    }
    assert_eq!(started.len(), 12, "two of the huge one, all of the others");
}

#[test]
fn too_much_slows_a_domain_down_longer_each_time() {
    let mut queue = Politeness::new(1, 0, u64::MAX);
    for work in 0..9 {
        queue.push("a".to_owned(), work, true, 0);
    }
    let mut now_ms = 0;
    let mut pause = |reception, expected_ms: u64| {
        assert!(matches!(queue.next(now_ms), Next::Start { .. }));
        queue.finish("a", reception, now_ms);
        if expected_ms > 0 {
            assert_eq!(queue.next(now_ms), Next::WaitUntil(now_ms + expected_ms));
        }
        now_ms += expected_ms;
    };
    let unasked = Reception::TooMuch { retry_after_ms: None };
    pause(unasked, 30_000);
    pause(unasked, 60_000);
    pause(Reception::TooMuch { retry_after_ms: Some(1_000) }, 90_000);
    pause(Reception::TooMuch { retry_after_ms: Some(7_200_000) }, 7_200_000);
    // A good reception takes one back.
    pause(Reception::Fine, 0);
    pause(unasked, 120_000);
}

#[test]
fn what_would_wait_too_long_is_handed_back() {
    let mut queue = Politeness::new(2, 0, 60_000);
    for work in 0..3 {
        queue.push("a".to_owned(), work, true, 0);
    }
    assert!(matches!(queue.next(0), Next::Start { work: 0, .. }));
    queue.finish("a", Reception::TooMuch { retry_after_ms: Some(7_200_000) }, 10);
    assert_eq!(queue.next(10), Next::Postpone { work: 1, wait_ms: 7_200_000 });
    assert_eq!(queue.next(10), Next::Postpone { work: 2, wait_ms: 7_200_000 });
    assert_eq!(queue.next(10), Next::Nothing);
    queue.push("a".to_owned(), 3, true, 7_190_000);
    assert_eq!(queue.next(7_190_000), Next::WaitUntil(7_200_010), "the end is near enough to wait for");
    assert!(matches!(queue.next(7_200_010), Next::Start { work: 3, .. }));
}

#[test]
fn domains_at_rest_are_forgotten() {
    let mut queue = Politeness::new(2, 1_000, 60_000);
    for work in 0..50_000_u64 {
        queue.push(format!("d{work}"), work, true, work * 10);
        let Next::Start { domain, .. } = queue.next(work * 10) else { panic!() };
        queue.finish(&domain, Reception::Fine, work * 10);
    }
    assert!(queue.domains.len() <= REST_LIMIT, "{}", queue.domains.len());
}

proptest! {
    /// Against any mix of domains: never more than the cap in flight, never two starts too close, and all work ends.
    #[test]
    fn the_limits_hold_and_all_work_ends(
        work in prop::collection::vec(0_usize..5, 1..80),
        lasts in prop::collection::vec(1_u64..3_000, 80),
        refused in prop::collection::vec(prop::bool::weighted(0.1), 80),
    ) {
        let (cap, spacing_ms) = (2, 500);
        let mut queue = Politeness::new(cap, spacing_ms, u64::MAX);
        for (number, domain) in work.iter().enumerate() {
            queue.push(domain.to_string(), number, true, 0);
        }
        let mut now_ms = 0;
        let mut flying: Vec<(u64, String, bool)> = Vec::new();
        let mut last_start: HashMap<String, u64> = HashMap::new();
        let mut done = 0;
        while done < work.len() {
            let wake = match queue.next(now_ms) {
                Next::Start { work, domain } => {
                    if let Some(last) = last_start.insert(domain.clone(), now_ms) {
                        prop_assert!(now_ms - last >= spacing_ms, "{domain}");
                    }
                    flying.push((now_ms + lasts[work], domain.clone(), refused[work]));
                    prop_assert!(flying.iter().filter(|(_, other, _)| *other == domain).count() <= cap);
                    continue;
                }
                Next::WaitUntil(at_ms) => {
                    prop_assert!(at_ms > now_ms);
                    Some(at_ms)
                }
                Next::Nothing => None,
                Next::Postpone { .. } => panic!("there is endless patience"),
            };
            flying.sort();
            let ends = flying.first().map(|(end, ..)| *end);
            let next_ms = wake.into_iter().chain(ends).min();
            prop_assert!(next_ms.is_some(), "something is queued and nothing will ever happen");
            now_ms = next_ms.unwrap();
            while flying.first().is_some_and(|(end, ..)| *end <= now_ms) {
                let (_, domain, refused) = flying.remove(0);
                let reception = if refused { Reception::TooMuch { retry_after_ms: None } } else { Reception::Fine };
                queue.finish(&domain, reception, now_ms);
                done += 1;
            }
        }
        prop_assert_eq!(queue.queued(), 0);
    }
}
