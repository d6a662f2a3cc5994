//! Contradictions: what reports say that cannot be of one event, however many words they share.
//!
//! On a day of war or of diplomacy many events are reported in the same words: two ships are hit, two envoys are summoned.
//! They differ in who struck whom, and where.

use std::collections::{BTreeMap, BTreeSet};

use super::history::Tone;

/// Texts of a group that are read; more say the same.
pub(crate) const TEXTS_READ: usize = 16;
/// What at least this share of the texts says is what the group says.
const SAID: f64 = 0.5;
/// An attack is what the group tells if this share of the texts tells it, and fewer tell the opposite.
const STRUCK: f64 = 0.2;

/// What the texts of a group say of places and attacks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statements {
    texts: usize,
    /// Texts that name each country or region.
    countries: BTreeMap<u32, usize>,
    /// Texts that name each city; those that are always in the news are left out.
    cities: BTreeMap<u32, usize>,
    /// Texts that tell of a relation between two actors, by both.
    relations: BTreeMap<(u32, u32), usize>,
    /// Texts in which one actor attacks another, by both.
    attacks: BTreeMap<(u32, u32), usize>,
}

impl Statements {
    /// Adds what one text says.
    pub(crate) fn add(&mut self, countries: &[u32], cities: impl Iterator<Item = u32>, tones: &[Tone]) {
        self.texts += 1;
        for &country in countries {
            *self.countries.entry(country).or_default() += 1;
        }
        for city in cities {
            *self.cities.entry(city).or_default() += 1;
        }
        let pairs: BTreeSet<(u32, u32)> = tones.iter().map(|tone| (tone.a, tone.b)).collect();
        for pair in pairs {
            *self.relations.entry(pair).or_default() += 1;
        }
        for attack in tones.iter().filter_map(attack) {
            *self.attacks.entry(attack).or_default() += 1;
        }
    }

    /// Whether two groups report different events: each mostly names a country, a city or two related actors that the
    /// other never names, or who attacks in one is attacked in the other.
    pub(crate) fn contradict(&self, other: &Statements) -> bool {
        self.are_apart(other, |group| &group.countries)
            || self.are_apart(other, |group| &group.cities)
            || self.are_apart(other, |group| &group.relations)
            || self.struck().any(|(a, b)| other.struck().any(|attack| attack == (b, a)))
    }

    /// Whether at least half of the texts of each group name something that the other group never names.
    fn are_apart<K: Ord>(&self, other: &Statements, named: fn(&Statements) -> &BTreeMap<K, usize>) -> bool {
        let has_own = |group: &Statements, other: &Statements| {
            let usual = SAID * group.texts as f64;
            named(group).iter().any(|(what, &count)| count as f64 >= usual && !named(other).contains_key(what))
        };
        has_own(self, other) && has_own(other, self)
    }

    /// Who struck whom, according to the group.
    fn struck(&self) -> impl Iterator<Item = (u32, u32)> {
        let against = |(a, b): (u32, u32)| self.attacks.get(&(b, a)).copied().unwrap_or(0);
        self.attacks
            .iter()
            .filter(move |&(&pair, &count)| count as f64 >= STRUCK * self.texts as f64 && count > against(pair))
            .map(|(&pair, _)| pair)
    }
}

/// Parts the texts of a story into those of its event and those that tell only the opposite attack: a story of a day of
/// war may hold both sides.
pub(crate) fn sides<'a>(rows: Vec<u32>, tones: impl Fn(&u32) -> &'a [Tone]) -> (Vec<u32>, Vec<u32>) {
    let mut counts: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for attack in rows.iter().flat_map(|row| tones(row).iter().filter_map(attack)) {
        *counts.entry(attack).or_default() += 1;
    }
    let count = |pair: (u32, u32)| counts.get(&pair).copied().unwrap_or(0);
    let is_of_event = |row: &u32| {
        let told: Vec<(u32, u32)> = tones(row).iter().filter_map(attack).collect();
        told.iter().all(|&(a, b)| told.contains(&(b, a)) || count((b, a)) <= count((a, b)))
    };
    rows.into_iter().partition(is_of_event)
}

/// Returns who attacks whom; `None` if it is no hostile act of one against the other.
fn attack(tone: &Tone) -> Option<(u32, u32)> {
    tone.acts.filter(|_| tone.is_act() && tone.tone < 0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use crate::dedup::Rules;
    use crate::model::{PressBloc, Tag};
    use crate::trends::tests::{everyday_march, march};
    use crate::trends::{ItemFacts, Options, ToneReading, report};

    /// A report: its title, its tags, and who attacks whom.
    type Report<'a> = (&'a str, &'a [&'a str], Option<(&'a str, &'a str)>);

    /// Returns the events of a day, as positions of the reports, each of which is from another outlet and a story of its
    /// own, in a month of everyday news.
    fn events(reports: &[Report<'_>]) -> Vec<Vec<usize>> {
        events_of_stories(reports, |_| None)
    }

    /// The same with reports of which some are in one story.
    fn events_of_stories(reports: &[Report<'_>], story: fn(i64) -> Option<i64>) -> Vec<Vec<usize>> {
        const FIRST: i64 = 1_000;
        let mut history = everyday_march(["Hill Post", "Gazette", "Herald"]);
        for (number, (title, tags, attack)) in (0..).zip(reports) {
            let (class, confidence, is_directed) = ("assault", 1.0, true);
            let reading = attack.map(|(a, b)| ToneReading { a, b, tone: -9.0, class, confidence, is_directed });
            history.add(&ItemFacts {
                id: FIRST + number,
                at: Some(march(20, number)),
                title,
                outlet: &format!("Outlet {number}"),
                bloc: Some(PressBloc::of("western")),
                language: Some("en"),
                tags,
                tones: reading.as_slice(),
                story: story(number),
                ..ItemFacts::default()
            });
        }
        let mut options = Options::new(date(2026, 3, 1), date(2026, 3, 31), TimeZone::UTC);
        options.scope_tags = ["russia", "ukraine", "armenia"].map(Tag::place).to_vec();
        options.region_tags = vec![Tag::place("armenia")];
        options.actors = options.scope_tags.clone();
        options.text_rules = Some(Arc::clone(&Rules::built_in().unwrap().texts));
        let found = report(&history, &options).events;
        let mut events: Vec<Vec<usize>> =
            found.iter().map(|ids| ids.iter().map(|id| (id - FIRST) as usize).collect()).collect();
        events.sort();
        events
    }

    const WAR: &[&str] = &["place:russia", "place:ukraine", "topic:conflict"];

    #[test]
    fn reports_of_one_event_in_other_words_are_one_event() {
        let attack = Some(("russia", "ukraine"));
        let found = events(&[
            ("Night drones strike a grain depot in Orlivka, three dead", WAR, attack),
            ("Three dead as drones strike grain depot in Orlivka", WAR, None),
            ("Orlivka grain depot: drones strike, three dead", WAR, attack),
        ]);
        assert_eq!(found, [[0, 1, 2]]);
    }

    #[test]
    fn who_is_attacked_in_one_event_does_not_attack_in_it() {
        let (there, back) = (Some(("russia", "ukraine")), Some(("ukraine", "russia")));
        let found = events(&[
            ("Night drones strike a grain depot, three dead", WAR, there),
            ("Three dead as night drones strike grain depot", WAR, there),
            ("Grain depot: night drones strike, three dead", WAR, there),
            ("Night drones strike a grain depot, three are dead", WAR, back),
            ("Three dead after night drones strike grain depot", WAR, back),
            ("Grain depot: three dead, night drones strike", WAR, back),
        ]);
        assert_eq!(found, [[0, 1, 2], [3, 4, 5]]);
    }

    #[test]
    fn envoys_of_two_countries_are_two_events() {
        let own: &[&str] = &["place:russia", "topic:diplomacy"];
        let found = events(&[
            ("India summons the Russian envoy over sailors killed at sea", own, None),
            ("Russian envoy summoned by India over sailors killed at sea", own, None),
            ("Sailors killed at sea: India summons the Russian envoy", own, None),
            ("Japan summons the Russian envoy over sailors killed at sea", own, None),
            ("Russian envoy summoned by Japan over sailors killed at sea", own, None),
            ("Sailors killed at sea: Japan summons the Russian envoy", own, None),
        ]);
        assert_eq!(found, [[0, 1, 2], [3, 4, 5]]);
    }

    /// A telephone call and a strike of one day have words in common; many reports of each show that they are two.
    #[test]
    fn two_events_that_many_report_are_two_although_few_reports_would_be_taken_for_one() {
        let own: &[&str] = &["place:russia"];
        let talks: Report<'_> = ("Leaders hold talks in Orlivka on the grain corridor", own, None);
        let strike: Report<'_> = ("Drones strike harbour of Orlivka before talks about grain", own, None);
        let day = |outlets: usize| [vec![talks; outlets], vec![strike; outlets]].concat();
        assert_eq!(events_of_stories(&day(4), |number| Some(9_000 + number / 4)), [(0..8).collect::<Vec<_>>()]);
        let wide = events_of_stories(&day(8), |number| Some(9_000 + number / 8));
        assert_eq!(wide, [(0..8).collect::<Vec<_>>(), (8..16).collect()]);
    }
}
