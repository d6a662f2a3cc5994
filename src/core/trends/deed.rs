//! Deeds: acts of a formal kind, by the words of the titles that report them, and how rare they are.
//!
//! Events of a small region have few reports, which no count distinguishes from everyday news. What distinguishes them
//! is what was done, and that it is rarely done there: the surprise against the region's own history.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cluster::{Cluster, title_words};
use super::history::Tone;
use super::options::{Options, Pair};
use super::series::Ordered;
use super::turning_point::Direction;
use crate::model::Namespace;

/// A tone of less than this, in either direction, is neither friendly nor hostile.
const TONE_MIN: f64 = 1.5;
/// The share of the texts that must relate two actors for their tone to count.
const RELATED_SHARE: f64 = 0.2;
/// The share of the texts that must tell the same kind of act.
const TOLD_SHARE: f64 = 0.5;

/// What a cluster tells of its actors.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// The two actors that it concerns.
    pub(crate) pair: Option<Pair>,
    /// Whether it brings the two closer or drives them apart.
    pub(crate) direction: Option<Direction>,
    /// The kind of act that most texts tell.
    pub(crate) deed: Option<usize>,
    /// Whether most texts relate two actors by an act.
    pub(crate) is_act: bool,
    /// Whether one of these readings is sure.
    is_sure: bool,
    /// Whether its two actors are known and one of them is in scope.
    pub(crate) is_of_scope: bool,
    /// Whether it is a formal act of the region: most texts tell a kind, or relate two actors by an act.
    pub(crate) is_formal: bool,
    /// The tones between any two actors, with the rows that tell them.
    tones: BTreeMap<Pair, Vec<ToneOfRow>>,
    /// The tone that the kind of act implies; 0 if none.
    tone_of_deed: f64,
    /// Whether most texts tell a kind of act that is not an everyday one.
    has_deed: bool,
    /// Texts that are not copies.
    texts: usize,
    /// The places of the dictionary that half of the texts name, without those that have a tag; none of one newsroom.
    pub(crate) others: Vec<u32>,
}

/// A tone between two actors that a row tells.
#[derive(Clone, Copy, Debug, PartialEq)]
struct ToneOfRow {
    tone: f64,
    confidence: f32,
    row: u32,
}

/// A single reading needs this confidence, unless the kind of act confirms it.
const SURE_CONFIDENCE: f32 = 0.7;

impl Told {
    /// Returns whether it brings two actors closer or drives them apart: by the mean tone of the texts that relate
    /// them, otherwise by the kind of act.
    pub(crate) fn direction_of(&self, pair: &Pair) -> Option<Direction> {
        let readings = self.tones.get(pair).filter(|list| list.len() as f64 >= RELATED_SHARE * self.texts as f64);
        let tone = match readings {
            Some(list) => {
                let mean = list.iter().map(|reading| reading.tone).sum::<f64>() / list.len().max(1) as f64;
                // A single title may be misread; a second one, or the kind of act, confirms it.
                let is_sure = list.iter().any(|reading| reading.confidence >= SURE_CONFIDENCE);
                let is_confirmed = list.len() > 1 || self.has_deed || is_sure;
                if is_confirmed { mean } else { 0.0 }
            }
            None => self.tone_of_deed,
        };
        match tone {
            friendly if friendly >= TONE_MIN => Some(Direction::Positive),
            hostile if hostile <= -TONE_MIN => Some(Direction::Negative),
            _ => None,
        }
    }

    /// Returns the direction of an act of a strong kind between an actor of the scope and a country without a tag.
    pub(crate) fn direction_abroad(&self) -> Option<Direction> {
        let is_told = self.is_formal && self.has_deed && !self.others.is_empty();
        match self.tone_of_deed {
            friendly if is_told && friendly >= TONE_MIN => Some(Direction::Positive),
            hostile if is_told && hostile <= -TONE_MIN => Some(Direction::Negative),
            _ => None,
        }
    }

    /// Returns the rows that relate two actors in that direction.
    pub(crate) fn rows_of(&self, pair: &Pair, direction: Direction) -> BTreeSet<u32> {
        let agrees = |tone: f64| match direction {
            Direction::Positive => tone >= TONE_MIN,
            Direction::Negative => tone <= -TONE_MIN,
        };
        let readings = self.tones.get(pair).into_iter().flatten();
        readings.filter(|reading| agrees(reading.tone)).map(|reading| reading.row).collect()
    }
}

/// Reads what some rows of a cluster tell.
pub(crate) fn told(ordered: &Ordered<'_>, rows: &[u32], cluster: &Cluster, options: &Options) -> Told {
    let history = ordered.history;
    let own: Vec<u32> = rows.iter().copied().filter(|&row| !ordered.copies[row as usize]).collect();
    let mut tones: BTreeMap<Pair, Vec<ToneOfRow>> = BTreeMap::new();
    let mut kinds = vec![0usize; options.deeds.len()];
    let (mut acts, mut is_sure) = (0, false);
    for &number in &own {
        let row = &history.rows[number as usize];
        let title = history.title(row).to_lowercase();
        let words = title_words(&title);
        for (count, kind) in kinds.iter_mut().zip(&options.deeds) {
            *count += usize::from(kind.is_told_by(&words));
        }
        let read = history.tones(row);
        acts += usize::from(read.iter().any(Tone::is_act));
        is_sure |= read.iter().any(|tone| tone.is_act() && tone.confidence >= SURE_CONFIDENCE);
        for tone in read {
            if let Some(pair) = Pair::new(history.actor_words.word(tone.a), history.actor_words.word(tone.b)) {
                tones.entry(pair).or_default().push(ToneOfRow {
                    tone: f64::from(tone.tone),
                    confidence: tone.confidence,
                    row: number,
                });
            }
        }
    }
    let half = (own.len() as f64 * TOLD_SHARE).max(1.0);
    let deed = (0..kinds.len()).max_by_key(|&kind| (kinds[kind], std::cmp::Reverse(kind)));
    let deed = deed.filter(|&kind| kinds[kind] as f64 >= half);
    let has_both = |pair: &Pair| pair.tags().iter().all(|tag| cluster.tags.contains(tag));
    let voted = tones
        .iter()
        .filter(|(pair, list)| list.len() * 3 >= own.len() && (has_both(pair) || list.len() * 2 >= own.len()))
        .max_by(|a, b| a.1.len().cmp(&b.1.len()).then_with(|| b.0.cmp(a.0)));
    // Without a relation: the two actors that most texts name.
    let named = || {
        let mut actors = cluster.tags.iter().filter(|tag| options.actors.contains(tag));
        let (a, b) = (actors.next()?, actors.next()?);
        actors.next().is_none().then(|| Pair::new(a, b)).flatten()
    };
    let pair = voted.map(|(pair, _)| pair.clone()).or_else(named);
    let is_of_scope =
        pair.as_ref().is_some_and(|pair: &Pair| pair.tags().iter().any(|tag| options.scope_tags.contains(tag)));
    // If no text relates the two, one of them may only be where it happened or whose national it happened to; and who
    // visits or meets whom need not be the two states.
    let is_mutual = deed.is_some_and(|kind| options.deeds[kind].is_mutual);
    let has_person = cluster.tags.iter().any(|tag| tag.namespace() == Some(Namespace::Person));
    let is_apart = match &pair {
        Some(pair) => {
            !tones.contains_key(pair) && (is_mutual || !pair.tags().iter().all(|tag| options.scope_tags.contains(tag)))
        }
        None => is_mutual && !has_person && deed.is_some_and(|kind| kinds[kind] < 2),
    };
    let told = Told {
        pair,
        direction: None,
        is_of_scope,
        is_act: acts as f64 >= half,
        is_sure,
        is_formal: (deed.is_some() && !is_apart) || acts as f64 >= half,
        has_deed: deed.is_some_and(|kind| !options.deeds[kind].is_everyday),
        tone_of_deed: deed.map_or(0.0, |kind| f64::from(options.deeds[kind].tone)),
        deed,
        tones,
        texts: own.len(),
        others: others(ordered, &own, cluster, options),
    };
    Told { direction: told.pair.as_ref().and_then(|pair| told.direction_of(pair)), ..told }
}

/// Returns the places of the dictionary that half of a cluster's texts name and that have no tag; none of a cluster of one
/// newsroom.
fn others(ordered: &Ordered<'_>, own: &[u32], cluster: &Cluster, options: &Options) -> Vec<u32> {
    let Some(rules) = options.text_rules.as_ref().filter(|_| cluster.newsrooms >= DEED_NEWSROOMS) else {
        return Vec::new();
    };
    let history = ordered.history;
    let read: Vec<u32> = own.iter().copied().step_by(own.len().div_ceil(OTHERS_READ).max(1)).collect();
    let mut named: BTreeMap<u32, usize> = BTreeMap::new();
    for &number in &read {
        let row = &history.rows[number as usize];
        let language = Some(history.language_words.word(row.language)).filter(|code| !code.is_empty());
        for place in rules.places(history.title(row), language, history.outlet_words.word(row.outlet)) {
            *named.entry(place).or_default() += 1;
        }
    }
    let tagged: BTreeSet<u32> =
        cluster.tags.iter().flat_map(|tag| rules.places(&options.label(tag), Some("en"), "")).collect();
    let others = named.into_iter().filter(|(place, texts)| texts * 2 >= read.len() && !tagged.contains(place));
    others.map(|(place, _)| place).collect()
}

/// What events are compared with: the two actors, otherwise the rarest place in scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Stratum {
    Pair(Pair),
    Place(String),
    /// A place of the dictionary that has no tag.
    Other(u32),
}

/// Days of events that one is compared with, before and after it.
const BEFORE_DAYS: usize = 35;
const AFTER_DAYS: usize = 7;
/// Fewest newsrooms of an event outside the region, and of one in the region that is no formal act.
const WIDE_NEWSROOMS: usize = 8;
const REGION_NEWSROOMS: usize = 4;
/// Fewest newsrooms of a formal act outside the region, and the most acts of its kind a day that its pair or place may
/// have.
const FORMAL_NEWSROOMS: usize = 7;
const FORMAL_A_DAY: f64 = 0.1;
/// An event is unusually wide if its pair or place has at most this many events a day that are as wide.
const WIDE_A_DAY: f64 = 0.3;
/// If two actors have more events a day that are as wide, one whose counts rose turned nothing.
const EVERYDAY_A_DAY: f64 = 1.0;
/// A formal act is rare if its pair or place has at most this many of its kind and width a day.
const DEEDS_A_DAY: f64 = 0.15;
/// With more events a day that two newsrooms report, the region is not sparse.
const SPARSE_A_DAY: f64 = 1.5;
/// Texts of a cluster in which places without a tag are searched; more say the same.
const OTHERS_READ: usize = 32;
/// Fewest newsrooms, and fewest press blocs or languages, of a formal act.
const DEED_NEWSROOMS: usize = 2;
const DEED_SIDES: usize = 2;

/// Why a cluster is a turning point by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A formal act in the region that is rare there.
    Deed,
    /// More newsrooms than events of its actors usually have.
    Wide,
}

/// Judges clusters by how rare they are for their pair or place.
pub(crate) struct Rarity {
    /// For each stratum: day, newsrooms and kind of act of every cluster.
    strata: HashMap<Stratum, Vec<(usize, usize, Option<usize>)>>,
    first: usize,
    days: usize,
    /// Whether the region has so few events that what two newsrooms report of it is worth telling.
    is_sparse: bool,
}

impl Rarity {
    pub(crate) fn new(clusters: &[Cluster], told: &[Told], first: usize, days: usize, options: &Options) -> Rarity {
        let mut strata: HashMap<Stratum, Vec<(usize, usize, Option<usize>)>> = HashMap::new();
        for (cluster, told) in clusters.iter().zip(told).filter(|(cluster, _)| !cluster.is_part) {
            for stratum in Rarity::of(cluster, told, options) {
                strata.entry(stratum).or_default().push((cluster.day, cluster.width(), told.deed));
            }
        }
        let several = |cluster: &&Cluster| cluster.newsrooms >= DEED_NEWSROOMS && options.is_regional(&cluster.tags);
        let regional = clusters.iter().filter(several).count() as f64;
        let length = days.saturating_sub(first).max(1) as f64;
        Rarity { strata, first, days, is_sparse: regional <= SPARSE_A_DAY * length }
    }

    fn of(cluster: &Cluster, told: &Told, options: &Options) -> Vec<Stratum> {
        if let Some(pair) = &told.pair {
            // What is no act between the two may concern a third that has no tag: two of three are only its cause.
            let others = told.others.iter().filter(|_| told.deed.is_none()).map(|&other| Stratum::Other(other));
            return std::iter::once(Stratum::Pair(pair.clone())).chain(others).collect();
        }
        let in_scope = |tag: &&crate::model::Tag| options.scope_tags.is_empty() || options.scope_tags.contains(tag);
        cluster.tags.iter().filter(in_scope).map(|tag| Stratum::Place(tag.as_str().to_owned())).collect()
    }

    /// Whether the region has few events.
    pub(crate) fn is_sparse(&self) -> bool {
        self.is_sparse
    }

    /// Returns how many events a day, at most, the strata of a cluster have that are as wide, and of the same kind if
    /// `kind` is given; the cluster itself does not count.
    fn a_day(&self, cluster: &Cluster, told: &Told, kind: Option<usize>, options: &Options) -> f64 {
        let from = cluster.day.saturating_sub(BEFORE_DAYS).max(self.first);
        let to = (cluster.day + AFTER_DAYS).min(self.days.saturating_sub(1));
        let length = (to + 1).saturating_sub(from).max(14) as f64;
        let rate = |stratum: &Stratum| {
            let events = self.strata.get(stratum).map_or(0, |list| {
                list.iter()
                    .filter(|(day, width, deed)| {
                        (from..=to).contains(day)
                            && *width >= cluster.width()
                            && kind.is_none_or(|kind| *deed == Some(kind))
                    })
                    .count()
            });
            events.saturating_sub(1) as f64 / length
        };
        // A place within another is the narrower subject, so the least rate counts.
        Rarity::of(cluster, told, options).iter().map(rate).fold(f64::MAX, f64::min)
    }

    /// Whether its two actors have an event as wide every day.
    pub(crate) fn is_everyday(&self, cluster: &Cluster, told: &Told, options: &Options) -> bool {
        told.pair.is_some() && self.a_day(cluster, told, None, options) > EVERYDAY_A_DAY
    }

    /// Returns why a cluster is a turning point by itself, if it is.
    pub(crate) fn reason(&self, cluster: &Cluster, told: &Told, options: &Options) -> Option<Reason> {
        let is_regional = options.is_regional(&cluster.tags);
        let sides = cluster.blocs.max(cluster.languages);
        // If the region is in the news all day, counts find its events, and everyday acts are no turns.
        if !self.is_sparse {
            return None;
        }
        if is_regional
            && told.is_formal
            && cluster.newsrooms >= DEED_NEWSROOMS
            && (sides >= DEED_SIDES || (told.is_act && told.is_sure) || (told.deed.is_some() && told.is_of_scope))
            && self.a_day(cluster, told, told.deed, options) <= DEEDS_A_DAY
        {
            return Some(Reason::Deed);
        }
        // Elsewhere a formal act must be nearly as wide as any other event, but rare among its own kind only.
        if !is_regional
            && told.has_deed
            && cluster.width() >= FORMAL_NEWSROOMS
            && cluster.newsrooms >= REGION_NEWSROOMS
            && sides >= DEED_SIDES
            && self.a_day(cluster, told, told.deed, options) <= FORMAL_A_DAY
        {
            return Some(Reason::Deed);
        }
        let least = if is_regional { REGION_NEWSROOMS } else { WIDE_NEWSROOMS };
        let is_wide = cluster.width() >= least && cluster.newsrooms >= REGION_NEWSROOMS && sides >= DEED_SIDES;
        (is_wide && self.a_day(cluster, told, None, options) <= WIDE_A_DAY).then_some(Reason::Wide)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::super::deed_kind::DeedKind;
    use super::*;
    use crate::dedup::Rules;
    use crate::model::{PressBloc, Tag};
    use crate::trends::tests::{everyday_march, march};
    use crate::trends::{ItemFacts, ToneReading, TrendReport, TurningKind, report};

    fn kind(words: &[&str]) -> DeedKind {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        DeedKind { id: "ban".to_owned(), tone: -6.0, is_everyday: false, is_mutual: false, words }
    }

    #[test]
    fn words_tell_an_act_by_their_beginning_or_as_a_whole() {
        let ban = kind(&["ban$", "bans$", "запрет"]);
        let check = |title: &[&str], wanted: bool| assert_eq!(ban.is_told_by(title), wanted, "{title:?}");
        check(&["a", "ban", "on", "wine"], true);
        check(&["the", "bank", "opens"], false);
        check(&["введён", "запрет", "на", "вино"], true);
        check(&["вино", "запретили"], true);
        check(&[], false);
    }

    /// Returns the report of a month of everyday news of Russia, with some items on its twentieth day.
    fn month(events: &[(&str, &str, &str, f32)]) -> TrendReport {
        let mut history = everyday_march(["Hill Post", "Gazette", "Вести"]);
        for (number, (outlet, language, title, tone)) in (1_000..).zip(events) {
            let (class, is_directed) = ("sanction", false);
            let reading = ToneReading { a: "armenia", b: "russia", tone: *tone, class, confidence: 1.0, is_directed };
            history.add(&ItemFacts {
                id: number,
                at: Some(march(20, 60 * (number - 1_000))),
                title,
                outlet,
                bloc: Some(PressBloc::of(if *language == "ru" { "russian-independent" } else { "western" })),
                language: Some(language),
                tags: &["place:armenia", "place:russia", "topic:trade"],
                tones: &[reading],
                ..ItemFacts::default()
            });
        }
        let mut options = Options::new(date(2026, 3, 1), date(2026, 3, 31), TimeZone::UTC);
        options.scope_tags = ["russia", "armenia"].map(Tag::place).to_vec();
        options.region_tags = vec![Tag::place("armenia")];
        options.actors = options.scope_tags.clone();
        options.deeds = vec![kind(&["ban$", "bans$", "запрет", "запрещ"])];
        report(&history, &options)
    }

    #[test]
    fn a_rare_act_of_two_newsrooms_is_told_once_with_its_direction() {
        let report = month(&[
            ("Вести", "ru", "Россия запретила ввоз вина из Армении", -6.0),
            ("Hill Post", "en", "Russia bans wine from Armenia over labels", -6.0),
            ("Gazette", "en", "Russia bans wine from Armenia as labels fail", -6.0),
        ]);
        let points: Vec<_> = report.turning_points.iter().filter(|point| point.is_regional).collect();
        assert_eq!(points.len(), 1, "{points:?}");
        assert_eq!(points[0].date, date(2026, 3, 21));
        assert!(points[0].title.starts_with("Russia bans wine from Armenia"), "{}", points[0].title);
        assert_eq!(points[0].direction, Some(Direction::Negative));
        assert_eq!(points[0].pair, Pair::new("armenia", "russia"));
    }

    #[test]
    fn an_act_towards_a_country_without_a_tag_has_the_direction_of_its_kind() {
        let mut history = everyday_march(["Hill Post", "Gazette", "Вести"]);
        let titles = [
            ("Hill Post", "en", "Armenia expels two Italian embassy staff over spying"),
            ("Gazette", "en", "Armenia expels two staff of Italian embassy for spying"),
            ("Herald", "en", "Armenia expels two at Italian embassy over spying case"),
            ("Вести", "ru", "Армения высылает двух сотрудников посольства Италии"),
        ];
        for (id, (outlet, language, title)) in (1_000..).zip(titles) {
            history.add(&ItemFacts {
                id,
                at: Some(march(20, id - 1_000)),
                title,
                outlet,
                bloc: Some(PressBloc::of(if language == "ru" { "russian-independent" } else { "western" })),
                language: Some(language),
                tags: &["place:armenia", "topic:diplomacy"],
                ..ItemFacts::default()
            });
        }
        let mut options = Options::new(date(2026, 3, 1), date(2026, 3, 31), TimeZone::UTC);
        options.scope_tags = ["russia", "armenia"].map(Tag::place).to_vec();
        options.region_tags = vec![Tag::place("armenia")];
        options.actors = options.scope_tags.clone();
        options.deeds = vec![kind(&["expel", "высыла"])];
        options.text_rules = Some(Arc::clone(&Rules::built_in().unwrap().texts));
        let points = report(&history, &options).turning_points;
        let told: Vec<_> = points.iter().filter(|point| point.is_regional).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].direction, &told[0].pair), (Some(Direction::Negative), &None));
    }

    #[test]
    fn one_newsroom_or_unlike_texts_are_no_deed() {
        let check = |events: &[(&str, &str, &str, f32)]| {
            let report = month(events);
            let deeds: Vec<_> = report.turning_points.iter().filter(|point| point.kind == TurningKind::Deed).collect();
            assert!(deeds.is_empty(), "{deeds:?}");
        };
        check(&[("Hill Post", "en", "Russia bans wine from Armenia over labels", -6.0)]);
        check(&[
            ("Hill Post", "en", "Wheat harvest of Armenia and Russia grows", 0.0),
            ("Gazette", "en", "Composer from Armenia plays in Russia", 0.0),
        ]);
    }
}
