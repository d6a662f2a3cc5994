//! Events: bursts of several subjects that rest on the same items, reported once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::baseline::{Expected, Strictness};
use super::burst::{Burst, Counted, RAISED_P, SPARSE_A_DAY, search};
use super::cluster::{Cluster, Clusters, clusters};
use super::deed::{Rarity, Told, told};
use super::evidence::{Event, core_items, evidence, newsrooms, rank_items};
use super::figure_series::FigureSeries;
use super::headline::{headline, language};
use super::options::{Options, Pair, RELATION_NAMESPACE};
use super::outlet_activity::Outlets;
use super::series::Ordered;
use super::subject_series::{Subject, SubjectSeries};
use super::turning_point::{Direction, TurningKind, TurningPoint};
use crate::model::{Namespace, Tag};

/// Most days between the starts of two bursts of one event.
const START_APART: usize = 2;
/// Days before a burst that a three-day scan may include.
const BEFORE_DAYS: usize = 2;
/// Most days by which the beginning of an event is traced back.
const BEGINNING_DAYS: usize = 7;
/// A burst with at least this share of its items in an event belongs to it.
const SAME_ITEMS: f64 = 0.5;

/// Fewest texts of an event that rose; with fewer, as many outlets must carry it.
const TEXTS_MIN: usize = 3;
const CARRIERS_MIN: usize = 4;
/// The share of a rise's best texts that must report one event.
const TOGETHER: f64 = 1.0 / 3.0;
/// A chronicle reports each event once: at most this share of its events have a second newsroom.
const CHRONICLE_SHARE: f64 = 0.08;
/// Fewest newsrooms of a rise in a chronicle that has several stories a day.
const CHRONICLE_NEWSROOMS: u32 = 3;
/// A rise as improbable as this, in as many newsrooms, is a turning point even if no single event explains it: so many
/// things happened at once.
const OVERWHELMING_P: f64 = 1e-12;
const OVERWHELMING_NEWSROOMS: u32 = 8;
/// Most days between an event and a repeat of it, and their least cosine similarity beyond the places; that of a repeat
/// on the same or the next day that half as many newsrooms report.
const REPEAT_DAYS: usize = 2;
const REPEAT_LIKENESS: f64 = 0.2;
const SMALL_LIKENESS: f64 = 0.13;
/// That of an event of the next day, however wide, if it tells the same kind of act of the same two actors.
const SAME_ACT_LIKENESS: f64 = 0.3;
/// The same if both are widely reported: each has enough reports to be an event of its own.
const SAME_WIDE_ACT_LIKENESS: f64 = 0.4;
const WIDE_NEWSROOMS: usize = 8;
/// Two unexplained bursts that begin this close to each other and share a report are one.
const SHARED_DAYS: usize = 2;
/// The p-value of an unexplained burst of two newsrooms outside the region.
const ABROAD_P: f64 = 2e-3;
/// Fewest newsrooms of an event whose stories an issue joins: two texts may be alike by chance.
const EVENT_NEWSROOMS: usize = 3;
/// Most newsrooms of an event that may be another angle of a wider one.
const ANGLE_NEWSROOMS: usize = 2;
/// Days before the report whose events are compared with its own.
const BEFORE_DAYS_OF_EVENTS: usize = 35;

/// What the search for bursts found.
pub(crate) struct Found {
    pub(crate) points: Vec<TurningPoint>,
    /// Bursts that were to be expected, such as anniversaries and sport. They are listed, but are not turning points.
    pub(crate) expected: Vec<TurningPoint>,
    /// The ids of the items that report one event, for each event of the report's days that several newsrooms report.
    pub(crate) events: Vec<Vec<i64>>,
    /// The ids of items that report another event than most of their story.
    pub(crate) apart: Vec<i64>,
}

/// Finds the bursts of the report's days and reports each event once.
pub(crate) fn find(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    outlets: &Outlets,
    report_from: usize,
    options: &Options,
) -> Found {
    let strict = Strictness {
        baseline_days: usize::from(options.baseline_days),
        warm_up_days: ordered.began + usize::from(options.warm_up_days),
        newsrooms_min: options.newsrooms_min,
        rate: options.false_discovery_rate,
        false_a_day: options.false_a_month / 30.0,
    };
    let days = ordered.calendar.len();
    let families = subject_series.families(ordered);
    let counted = Counted {
        families: &families,
        units: &subject_series.units,
        texts: &subject_series.cells,
        copying: &subject_series.copying,
    };
    let (mut bursts, baselines) = search(&counted, outlets, days, report_from, &strict);
    // The least probable burst gives the event its date. Ties do not depend on the order of ingestion.
    bursts.sort_by(|a, b| {
        a.p.total_cmp(&b.p)
            .then_with(|| a.start.cmp(&b.start))
            .then_with(|| subject_series.words(ordered, a.subject).cmp(&subject_series.words(ordered, b.subject)))
    });
    let index = Index::new(ordered, subject_series, &bursts);
    let mut events: Vec<Event> = Vec::new();
    for burst in bursts {
        let rows = index.rows(&burst);
        let home = events.iter_mut().find(|event| {
            let seed = &event.bursts[0];
            let near = seed.start.abs_diff(burst.start) <= START_APART
                || (burst.start >= seed.start && burst.start <= seed.end);
            near && shared(&rows, &event.core) >= SAME_ITEMS * rows.len().min(event.core.len()) as f64
        });
        match home {
            Some(event) => event.bursts.push(burst),
            None => events.push(Event { core: rows, before: index.before(&burst), bursts: vec![burst] }),
        }
    }
    let mut rises: Vec<Rise> =
        events.iter().filter_map(|event| rise(ordered, subject_series, &baselines, event, options)).collect();
    let series = FigureSeries::new(ordered, rises.iter().flat_map(|rise| rise.core.iter().copied()));
    for rise in &mut rises {
        rise.is_routine |= series.continues(ordered, &rise.core, rise.begun);
    }
    let sparse = subject_series.copying.stories() < SPARSE_A_DAY * days as f64;
    let first = report_from.saturating_sub(BEFORE_DAYS_OF_EVENTS);
    let Clusters { list: clusters, apart } = clusters(ordered, first, options);
    let tolds: Vec<Told> = clusters.iter().map(|cluster| told(ordered, &cluster.rows, cluster, options)).collect();
    let rarity = Rarity::new(&clusters, &tolds, first, days, options);
    // A part of a cluster keeps its rows.
    let places = |is_part: bool| clusters.iter().enumerate().filter(move |(_, cluster)| cluster.is_part == is_part);
    let cluster_of: HashMap<u32, usize> = places(false)
        .chain(places(true))
        .flat_map(|(place, cluster)| cluster.rows.iter().map(move |&row| (row, place)))
        .collect();
    let several = clusters.iter().filter(|cluster| cluster.newsrooms >= 2).count();
    let is_chronicle = (several as f64) < CHRONICLE_SHARE * clusters.len() as f64;
    let is_wide = |cluster: &&Cluster| cluster.newsrooms >= EVENT_NEWSROOMS && cluster.end >= report_from;
    let events = clusters.iter().filter(is_wide);
    let ids = |cluster: &Cluster| cluster.consistent.iter().map(|&row| ordered.history.rows[row as usize].id).collect();
    let mut found = Found { points: Vec::new(), expected: Vec::new(), events: events.map(ids).collect(), apart };
    let mut of_cluster: BTreeMap<usize, &Rise> = BTreeMap::new();
    let mut told_by_count: BTreeSet<usize> = BTreeSet::new();
    // The days and rows of the bursts that are reported although no cluster explains them.
    let mut alone: Vec<(usize, &[u32])> = Vec::new();
    for rise in &rises {
        match told_by(ordered, rise, &clusters, &cluster_of) {
            // The first, least probable rise of an event describes it.
            Some(place) if rarity.is_sparse() => _ = of_cluster.entry(place).or_insert(rise),
            // If the region is in the news all day, counts tell its events apart; the cluster says what happened.
            Some(place) => {
                // Reports that contradict each other do not tell of one event together.
                let is_event = enough(ordered, &clusters[place].consistent) || is_overwhelming(rise);
                if is_event && told_by_count.insert(place) {
                    let point = rise.point(ordered, options);
                    let title = headline(ordered, &clusters[place].central, options);
                    let direction = point.pair.as_ref().and_then(|pair| tolds[place].direction_of(pair));
                    found.add(TurningPoint { direction, title, ..point }, rise.is_routine);
                }
            }
            // In a chronicle counts alone suffice; if the region is in the news all day, two newsrooms must agree.
            None if sparse
                || (is_chronicle && rise.newsrooms >= CHRONICLE_NEWSROOMS)
                || is_overwhelming(rise)
                || (!rarity.is_sparse()
                    && most_told(ordered, rise, &cluster_of).is_some_and(|place| clusters[place].newsrooms >= 2)) =>
            {
                let is_repeat = alone.iter().any(|(begun, rows)| {
                    begun.abs_diff(rise.begun) <= SHARED_DAYS && rise.core.iter().any(|row| rows.contains(row))
                });
                let is_weak =
                    rise.newsrooms < CHRONICLE_NEWSROOMS && rise.seed.p > ABROAD_P && !options.is_regional(&rise.tags);
                if !is_repeat && !is_weak {
                    alone.push((rise.begun, &rise.core));
                    found.add(rise.point(ordered, options), rise.is_routine);
                }
            }
            None => {}
        }
    }
    let unexplained: BTreeSet<u32> = alone.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
    let mut order: Vec<usize> = (0..clusters.len()).collect();
    order.sort_by_key(|&place| (!of_cluster.contains_key(&place), std::cmp::Reverse(clusters[place].width()), place));
    let mut told_of: Vec<usize> = Vec::new();
    // If all outlets are of one bloc and language, this says nothing about an event.
    let has_sides = clusters.iter().any(|cluster| cluster.blocs.max(cluster.languages) > 1);
    for place in order {
        let (cluster, of_all) = (&clusters[place], &tolds[place]);
        let rise = of_cluster.get(&place).copied();
        let stands_out = cluster.day >= report_from && rarity.reason(cluster, of_all, options).is_some();
        // What a single bloc reports in one language, and is no act, is local news.
        let is_local = has_sides
            && !sparse
            && cluster.blocs == 1
            && cluster.languages == 1
            && !of_all.is_act
            && of_all.deed.is_none();
        // Another angle of a wider event does not make a second one.
        let same_actors = |wider: usize| tolds[wider].pair == of_all.pair;
        let same_act = |wider: usize| {
            of_all.pair.is_some() && of_all.deed.is_some() && same_actors(wider) && tolds[wider].deed == of_all.deed
        };
        // What contradicts a cluster of which it was a part is no repeat of it.
        let is_other =
            |wider: &usize| (cluster.is_part || clusters[*wider].is_part) && cluster.contradicts(&clusters[*wider]);
        let mut wider = told_of.iter().copied().filter(|wider| !is_other(wider));
        // A claim and its denial: the same two actors, and a place that no tag knows.
        let same_place = |wider: usize| {
            of_all.deed.is_none()
                && same_actors(wider)
                && tolds[wider].others.iter().any(|place| of_all.others.contains(place))
                && cluster.day.abs_diff(clusters[wider].day) <= 1
        };
        // What an unexplained burst rests on is reported with it.
        let has_burst = rise.is_none() && cluster.consistent.iter().any(|row| unexplained.contains(row));
        let is_told = has_burst
            || wider.clone().any(|wider| is_repeat(cluster, &clusters[wider], same_act(wider)) || same_place(wider));
        let is_angle = wider.any(|wider| same_actors(wider) && is_angle(cluster, &clusters[wider]));
        // Outside the region counts rise every day.
        let is_everyday = !options.is_regional(&cluster.tags)
            && !sparse
            && !is_chronicle
            && rarity.is_everyday(cluster, of_all, options);
        let has_risen = rise.is_some() && !is_local && (stands_out || !is_everyday);
        if !is_told && (has_risen || (stands_out && !is_angle)) {
            let consistent = told(ordered, &cluster.consistent, cluster, options);
            let (point, is_routine) = event_point(ordered, cluster, &consistent, rise, options);
            // Two newsrooms that contradict each other do not report one event.
            if point.newsrooms >= options.newsrooms_min {
                found.add(point, is_routine);
            }
            told_of.push(place);
        }
    }
    found
}

/// Whether an event tells much the same as a wider one of the same days.
fn is_repeat(cluster: &Cluster, wider: &Cluster, is_same_act: bool) -> bool {
    let apart = cluster.day.abs_diff(wider.day);
    let is_small = cluster.newsrooms * 2 <= wider.newsrooms;
    // What concerns a further place is a repeat only if it is much alike.
    let least =
        if is_small && apart <= 1 && has_no_other_place(cluster, wider) { SMALL_LIKENESS } else { REPEAT_LIKENESS };
    let likeness = cluster.likeness(wider);
    let is_wide = cluster.newsrooms >= WIDE_NEWSROOMS && wider.newsrooms >= WIDE_NEWSROOMS;
    let same_act = if is_wide { SAME_WIDE_ACT_LIKENESS } else { SAME_ACT_LIKENESS };
    let goes_on = is_same_act && apart <= 1 && likeness >= same_act;
    goes_on || (apart <= REPEAT_DAYS && (apart == 0 || is_small) && likeness >= least)
}

/// Whether an event of the same day or the next one, reported by few, concerns no other places than a wider one.
fn is_angle(cluster: &Cluster, wider: &Cluster) -> bool {
    cluster.newsrooms <= ANGLE_NEWSROOMS && cluster.day.abs_diff(wider.day) <= 1 && has_no_other_place(cluster, wider)
}

/// Whether the wider event concerns all places that an event concerns.
fn has_no_other_place(cluster: &Cluster, wider: &Cluster) -> bool {
    let mut places = cluster.tags.iter().filter(|tag| tag.namespace() == Some(Namespace::Place));
    places.all(|tag| wider.tags.contains(tag))
}

/// Whether so much was reported that it is a turning point in whatever events it consists.
fn is_overwhelming(rise: &Rise) -> bool {
    rise.seed.p <= OVERWHELMING_P && rise.newsrooms >= OVERWHELMING_NEWSROOMS
}

/// A rise of one or several subjects over the same items.
struct Rise {
    /// Its best rows.
    core: Vec<u32>,
    /// The tags that rose.
    rose: Vec<Tag>,
    /// The tags that rose, then those of its core.
    tags: Vec<Tag>,
    pair: Option<Pair>,
    begun: usize,
    seed: Burst,
    expected: f64,
    newsrooms: u32,
    is_routine: bool,
}

impl Found {
    fn add(&mut self, point: TurningPoint, is_routine: bool) {
        if is_routine { self.expected.push(point) } else { self.points.push(point) }
    }
}

/// Returns the cluster that a rise consists of, if that has enough reports.
fn told_by(
    ordered: &Ordered<'_>,
    rise: &Rise,
    clusters: &[Cluster],
    cluster_of: &HashMap<u32, usize>,
) -> Option<usize> {
    most_told(ordered, rise, cluster_of).filter(|&place| {
        let cluster = &clusters[place];
        cluster.newsrooms >= 2 && (cluster.texts >= TEXTS_MIN || cluster.carriers >= CARRIERS_MIN)
    })
}

/// Returns the cluster with most of a rise's best texts, if these hold together.
fn most_told(ordered: &Ordered<'_>, rise: &Rise, cluster_of: &HashMap<u32, usize>) -> Option<usize> {
    let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
    let own: Vec<u32> = rise.core.iter().copied().filter(|&row| !ordered.copies[row as usize]).collect();
    for place in own.iter().filter_map(|row| cluster_of.get(row)) {
        *votes.entry(*place).or_default() += 1;
    }
    let (place, count) = votes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
    (count as f64 >= TOGETHER * own.len() as f64).then_some(place)
}

/// Whether some rows are enough reports of one event: from two newsrooms, and three texts or four outlets.
fn enough(ordered: &Ordered<'_>, rows: &[u32]) -> bool {
    let texts = rows.iter().filter(|&&row| !ordered.copies[row as usize]).count();
    let outlets: BTreeSet<u32> = rows.iter().map(|&row| ordered.history.rows[row as usize].outlet).collect();
    newsrooms(ordered, rows) >= 2 && (texts >= TEXTS_MIN || outlets.len() >= CARRIERS_MIN)
}

/// Describes an event that rose, or that stands out by itself.
fn event_point(
    ordered: &Ordered<'_>,
    cluster: &Cluster,
    told: &Told,
    rise: Option<&Rise>,
    options: &Options,
) -> (TurningPoint, bool) {
    let mut tags: Vec<Tag> = Vec::new();
    let rose = rise.iter().flat_map(|rise| &rise.rose).filter(|tag| cluster.tags.contains(tag));
    for tag in rose.chain(&cluster.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    // What stands out by itself has no tag that rose; its places must all be in the news on that day every year.
    let rose: Vec<&str> = match rise {
        Some(rise) => rise.rose.iter().map(Tag::as_str).collect(),
        None => tags.iter().filter(|tag| tag.namespace() != Some(Namespace::Topic)).map(Tag::as_str).collect(),
    };
    let is_routine = is_routine(ordered, &cluster.rows, cluster.day, &tags, &rose, options);
    let pair = told.pair.clone().or_else(|| rise.and_then(|rise| rise.pair.clone()));
    let direction = match &pair {
        Some(pair) => told.direction_of(pair),
        None => told.direction_abroad(),
    };
    let central = telling_first(ordered, cluster, told, pair.as_ref().zip(direction), options);
    // A report that relates other pairs only, such as one of the two and a third, is not shown for what moved the two.
    let history = ordered.history;
    let relates = |row: &&u32| {
        let tones = history.tones(&history.rows[**row as usize]);
        let word = |actor: u32| history.actor_words.word(actor);
        tones.is_empty() || tones.iter().any(|tone| Pair::new(word(tone.a), word(tone.b)) == pair)
    };
    let relating: Vec<u32> = central.iter().filter(|row| pair.is_none() || relates(row)).copied().collect();
    let shown = evidence(ordered, if relating.is_empty() { &central } else { &relating }, options.evidence_max);
    let all = evidence(ordered, &central, options.urls_max);
    let mut urls: Vec<String> = Vec::new();
    for url in shown.iter().chain(&all).filter_map(|item| item.url.clone()) {
        if urls.len() < options.urls_max && !urls.contains(&url) {
            urls.push(url);
        }
    }
    // What rose may be a wider subject than the event, whose reports then say nothing about what is normal for it.
    let expected = rise.map(|rise| rise.expected).filter(|&expected| 2.0 * expected <= cluster.texts as f64);
    let last =
        cluster.consistent.last().and_then(|&row| ordered.calendar.day_of(ordered.history.rows[row as usize].at_secs));
    let date = ordered.calendar.date(cluster.day);
    let items = cluster.consistent.iter().filter(|&&row| !ordered.copies[row as usize]).count() as u32;
    let newsrooms = newsrooms(ordered, &cluster.consistent);
    let point = TurningPoint {
        date,
        kind: if rise.is_some() { TurningKind::Burst } else { TurningKind::Deed },
        title: headline(ordered, &titles(ordered, told, &central, pair.as_ref().zip(direction), options), options),
        figures: figures(&tags, pair.as_ref(), items, newsrooms, expected, options),
        is_regional: options.is_regional(&tags),
        tags,
        pair,
        urls,
        direction,
        names: Vec::new(),
        bloc: None,
        peak: rise.map_or(date, |rise| ordered.calendar.date(rise.seed.peak)),
        end: last.map_or(date, |day| ordered.calendar.date(day)),
        items,
        expected: (expected.unwrap_or(0.0) * 100.0).round() / 100.0,
        newsrooms,
        strength: rise.map_or_else(|| (f64::from(newsrooms) / 30.0).min(1.0), |rise| strength(rise.seed.p)),
        evidence: shown,
    };
    (point, is_routine)
}

/// Returns the rows of a cluster: first those that relate its two actors as the event is said to, of these and of the
/// others first those in the reader's languages, and of these the most central.
fn telling_first(
    ordered: &Ordered<'_>,
    cluster: &Cluster,
    told: &Told,
    moved: Option<(&Pair, Direction)>,
    options: &Options,
) -> Vec<u32> {
    let telling = moved.map(|(pair, direction)| told.rows_of(pair, direction)).unwrap_or_default();
    let mut rows = cluster.central.clone();
    // A report that does not name both actors is no evidence of what moved them, unless there is no other.
    if let Some((pair, _)) = moved {
        let has_both = |row: &u32| {
            let history = ordered.history;
            let tags = history.tags(&history.rows[*row as usize]);
            pair.tags().iter().all(|actor| tags.iter().any(|&tag| *actor == *history.tag_words.word(tag)))
        };
        if rows.iter().any(has_both) {
            rows.retain(has_both);
        }
    }
    rows.sort_by_key(|&row| (!telling.contains(&row), language(ordered, row, options)));
    rows
}

/// Returns the rows of which one gives the event its title: it should say what the direction of the event says, in a
/// language of the reader.
fn titles(
    ordered: &Ordered<'_>,
    told: &Told,
    central: &[u32],
    moved: Option<(&Pair, Direction)>,
    options: &Options,
) -> Vec<u32> {
    let telling = moved.map(|(pair, direction)| told.rows_of(pair, direction)).unwrap_or_default();
    let is_read = |row: &u32| language(ordered, *row, options) < options.languages.len();
    let rows: Vec<u32> = central.iter().copied().filter(|row| telling.contains(row) && is_read(row)).collect();
    if rows.is_empty() { central.to_vec() } else { rows }
}

fn shared(a: &BTreeSet<u32>, b: &BTreeSet<u32>) -> f64 {
    let (small, great) = if a.len() < b.len() { (a, b) } else { (b, a) };
    small.iter().filter(|row| great.contains(row)).count() as f64
}

/// The rows of each subject and day, for subjects that have bursts.
struct Index {
    rows: HashMap<(usize, u32), Vec<u32>>,
}

impl Index {
    fn new(ordered: &Ordered<'_>, subject_series: &SubjectSeries, bursts: &[Burst]) -> Index {
        let mut wanted: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for burst in bursts {
            for day in burst.start.saturating_sub(BEFORE_DAYS)..=burst.end {
                wanted.entry(day).or_default().insert(burst.subject);
            }
        }
        let mut rows: HashMap<(usize, u32), Vec<u32>> = HashMap::new();
        let mut subjects = Vec::new();
        for (&day, sought) in &wanted {
            for &number in ordered.of_day(day) {
                subject_series.subjects_of(ordered, &ordered.history.rows[number as usize], &mut subjects);
                for subject in &subjects {
                    if let Some(&place) = subject_series.numbers.get(subject).filter(|place| sought.contains(place)) {
                        rows.entry((place, day as u32)).or_default().push(number);
                    }
                }
            }
        }
        Index { rows }
    }

    fn rows(&self, burst: &Burst) -> BTreeSet<u32> {
        self.of(burst.subject, burst.start..burst.end + 1)
    }

    fn before(&self, burst: &Burst) -> BTreeSet<u32> {
        self.of(burst.subject, burst.start.saturating_sub(BEFORE_DAYS)..burst.start)
    }

    fn of(&self, subject: usize, days: std::ops::Range<usize>) -> BTreeSet<u32> {
        days.flat_map(|day| self.rows.get(&(subject, day as u32))).flatten().copied().collect()
    }
}

/// Describes a rise. `None` if only topics rose, without a place, person or pair, or if too few outlets support it.
fn rise(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    baselines: &[Vec<Expected>],
    event: &Event,
    options: &Options,
) -> Option<Rise> {
    let history = ordered.history;
    let seed = event.bursts[0];
    let lifts: HashMap<Subject, f64> = event
        .bursts
        .iter()
        .map(|burst| {
            (
                subject_series.subjects[burst.subject],
                (f64::from(burst.count.max(1)) / burst.mean.max(0.1)).ln().max(0.1),
            )
        })
        .collect();
    let ranked = rank_items(ordered, subject_series, event, &lifts);
    let core: Vec<u32> = core_items(ordered, event, &ranked, options.newsrooms_min);
    let rose: Vec<u32> = event.bursts.iter().flat_map(|burst| subject_series.subjects[burst.subject].tags()).collect();
    let tags = event_tags(ordered, rose.iter().copied(), &core);
    if tags.iter().all(|tag| tag.namespace() == Some(Namespace::Topic)) {
        return None;
    }
    let pair = event.bursts.iter().find_map(|burst| {
        let (a, b) = subject_series.subjects[burst.subject].pair()?;
        Pair::new(history.tag_words.word(a), history.tag_words.word(b))
    });
    let newsrooms = newsrooms(ordered, &core);
    if newsrooms < options.newsrooms_min {
        return None;
    }
    let of_seed: Vec<&str> =
        subject_series.subjects[seed.subject].tags().map(|tag| history.tag_words.word(tag)).collect();
    let is_routine = is_routine(ordered, &core, seed.start, &tags, &of_seed, options);
    let baseline = &baselines[seed.subject];
    Some(Rise {
        begun: beginning(ordered, subject_series, baseline, &seed, &core),
        expected: baseline[seed.start..=seed.end].iter().map(|day| day.mean).sum(),
        rose: rose.into_iter().map(|tag| Tag::from(history.tag_words.word(tag))).collect(),
        core,
        tags,
        pair,
        seed,
        newsrooms,
        is_routine,
    })
}

impl Rise {
    /// Describes the rise by itself.
    fn point(&self, ordered: &Ordered<'_>, options: &Options) -> TurningPoint {
        let mut evidence = evidence(ordered, &self.core, options.urls_max);
        let urls = evidence.iter().filter_map(|item| item.url.clone()).collect();
        evidence.truncate(options.evidence_max);
        TurningPoint {
            date: ordered.calendar.date(self.begun),
            kind: TurningKind::Burst,
            title: headline(ordered, &self.core, options),
            figures: figures(
                &self.tags,
                self.pair.as_ref(),
                self.seed.count,
                self.newsrooms,
                Some(self.expected),
                options,
            ),
            is_regional: options.is_regional(&self.tags),
            tags: self.tags.clone(),
            pair: self.pair.clone(),
            urls,
            direction: None,
            names: Vec::new(),
            bloc: None,
            peak: ordered.calendar.date(self.seed.peak),
            end: ordered.calendar.date(self.seed.end),
            items: self.seed.count,
            expected: (self.expected * 100.0).round() / 100.0,
            newsrooms: self.newsrooms,
            strength: strength(self.seed.p),
            evidence,
        }
    }
}

/// Returns the day on which an event began. A rise that becomes significant only after days is traced back over the
/// items of its subject that share a theme, a person or a story with its core, as long as they are close enough
/// together that the baseline does not explain them.
fn beginning(
    ordered: &Ordered<'_>,
    subject_series: &SubjectSeries,
    baseline: &[Expected],
    seed: &Burst,
    core: &[u32],
) -> usize {
    let history = ordered.history;
    let own: BTreeSet<u32> = subject_series.subjects[seed.subject].tags().collect();
    let stories: BTreeSet<i64> = core.iter().filter_map(|&row| history.rows[row as usize].story).collect();
    let mut themes: BTreeMap<u32, usize> = BTreeMap::new();
    for &tag in core.iter().flat_map(|&row| history.tags(&history.rows[row as usize])) {
        if !own.contains(&tag) && Namespace::of(history.tag_words.word(tag)) != Some(Namespace::Place) {
            *themes.entry(tag).or_default() += 1;
        }
    }
    themes.retain(|_, items| *items * 2 >= core.len());
    let mut start = seed.start;
    let mut awaited = 0.0;
    let mut subjects = Vec::new();
    for day in (seed.start.saturating_sub(BEGINNING_DAYS)..seed.start).rev() {
        awaited += baseline[day].mean;
        if awaited >= RAISED_P {
            break;
        }
        let begins = baseline[day].texts > 0
            && ordered.of_day(day).iter().any(|&number| {
                let row = &history.rows[number as usize];
                subject_series.subjects_of(ordered, row, &mut subjects);
                subjects.contains(&subject_series.subjects[seed.subject])
                    && (row.story.is_some_and(|story| stories.contains(&story))
                        || history.tags(row).iter().any(|tag| themes.contains_key(tag)))
            });
        if begins {
            (start, awaited) = (day, 0.0);
        }
    }
    start
}

/// Maps a p-value to 0 to 1 by its order of magnitude: 1e-3 gives 0.2, 1e-15 and less give 1.
fn strength(p: f64) -> f64 {
    let value = (-p.max(1e-300).log10() / 15.0).clamp(0.0, 1.0);
    (value * 1000.0).round() / 1000.0
}

/// Returns the tags that rose, the strongest first, then those that at least half of the core has.
pub(crate) fn event_tags(ordered: &Ordered<'_>, rose: impl IntoIterator<Item = u32>, core: &[u32]) -> Vec<Tag> {
    let history = ordered.history;
    let mut tags: Vec<Tag> = Vec::new();
    let put = |tag: &str, tags: &mut Vec<Tag>| {
        if !tags.iter().any(|have| have == tag) {
            tags.push(tag.into());
        }
    };
    for tag in rose.into_iter().map(|tag| history.tag_words.word(tag)) {
        // The class of an interaction is not a tag of items.
        if !tag.starts_with(RELATION_NAMESPACE) {
            put(tag, &mut tags);
        }
    }
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for &row in core {
        for &tag in history.tags(&history.rows[row as usize]) {
            *votes.entry(history.tag_words.word(tag)).or_default() += 1;
        }
    }
    let mut common: Vec<(usize, &str)> =
        votes.into_iter().filter(|(_, n)| *n * 2 >= core.len()).map(|(tag, n)| (n, tag)).collect();
    common.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    for (_, tag) in common {
        put(tag, &mut tags);
    }
    tags
}

/// Whether an event is routine: half of its core has quiet tags or words such as `anniversary` in the title, or its day
/// is one on which what rose is in the news every year.
pub(crate) fn is_routine(
    ordered: &Ordered<'_>,
    core: &[u32],
    start: usize,
    tags: &[Tag],
    rose: &[&str],
    options: &Options,
) -> bool {
    let history = ordered.history;
    let routine = core
        .iter()
        .filter(|&&number| {
            let row = &history.rows[number as usize];
            let quiet = history
                .tags(row)
                .iter()
                .any(|&tag| options.quiet_tags.iter().any(|quiet| *quiet == *history.tag_words.word(tag)));
            let title = history.title(row).to_lowercase();
            quiet || options.routine_words.iter().any(|word| title.contains(word.as_str()))
        })
        .count();
    let quiet_rose = tags.iter().take(4).any(|tag| options.quiet_tags.contains(tag));
    let remembered = options.calendar.iter().any(|day| day.covers(ordered.calendar.date(start), rose));
    !core.is_empty() && (routine * if quiet_rose { 3 } else { 2 } >= core.len() || remembered)
}

/// Returns whom it concerns, how many outlets reported it, and what is normal.
fn figures(
    tags: &[Tag],
    pair: Option<&Pair>,
    items: u32,
    newsrooms: u32,
    expected: Option<f64>,
    options: &Options,
) -> String {
    let about = match pair {
        Some(pair) => options.pair_label(pair),
        None => {
            let mut about: Vec<&Tag> = tags.iter().filter(|tag| tag.namespace() != Some(Namespace::Topic)).collect();
            about.sort_by_key(|tag| !options.region_tags.contains(tag));
            about.iter().take(2).map(|tag| options.label(tag)).collect::<Vec<_>>().join(", ")
        }
    };
    let topic = tags
        .iter()
        .find(|tag| tag.namespace() == Some(Namespace::Topic))
        .map(|tag| format!(" ({})", options.label(tag)))
        .unwrap_or_default();
    let usual = match expected {
        None => String::new(),
        Some(few) if few < 0.95 => ", normally fewer than one".to_owned(),
        Some(many) => format!(", normally about {many:.0}"),
    };
    let plural = |number: u32, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    format!(
        "{about}{topic}: {} in {}{usual}",
        plural(items, "report", "reports"),
        plural(newsrooms, "newsroom", "newsrooms")
    )
}
