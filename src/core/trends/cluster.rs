//! Clusters: the texts of all stories that report one event.
//!
//! A story joins texts that share words; reports of one event in other words, or in another language, are stories of
//! their own. A cluster joins stories of neighbouring days that are alike in their words, tags, relations and formal
//! acts. A story joins the most similar cluster, or opens one (single-pass clustering; Allan, Papka and Lavrenko 1998).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::contradiction::{Statements, TEXTS_READ, sides};
use super::history::Row;
use super::novelty::{Letters, stems};
use super::options::Options;
use super::series::Ordered;
use crate::model::{Namespace, Tag};

/// Most days from the first text of a story to one that still counts as its report.
const STORY_DAYS: usize = 3;
/// Most days between the first texts of two stories of one event.
const APART_DAYS: usize = 2;
/// Least cosine similarity of a story to a cluster: over all features, and over those that tell something beyond the
/// places.
const ALIKE: [f64; 2] = [0.33, 0.2];
/// The same for two whole clusters, whose mean vectors are less noisy, a day apart at most.
const ALIKE_CLUSTERS: [f64; 2] = [0.22, 0.15];
/// The same for two groups without a common language, over all features but the words.
const ALIKE_ABROAD: [f64; 2] = [0.65, 0.6];
/// The same for two groups with a common language that tell a formal act of the region in other words.
const ALIKE_IN_OTHER_WORDS: [f64; 2] = [0.75, 0.75];
/// The same for two groups that are both widely reported: each has enough texts to be an event of its own.
const ALIKE_WIDE: [f64; 2] = [0.5, 0.4];
/// Outlets of a widely reported group.
const WIDE_OUTLETS: usize = 8;
/// Outlets of a cluster that is compared with others as a whole.
const WHOLE_OUTLETS: usize = 3;
/// The weight of a relation between two actors, and of a formal act at a place, in nats.
const ACT_WEIGHT: f64 = 2.0;
/// A feature is judged by how often it comes with a place only if the place has this many stories, and the feature
/// comes with it on this many days: one event, however widely reported, does not make its words usual for the place.
const PLACE_STORIES: u32 = 8;
const WITH_PLACE_DAYS: u32 = 2;
/// The words of fewer stories are weighed as if there were this many: one that all of a handful share may be rare all the
/// same. Tags are not: in a small store all stories share the places of the region.
const STORIES_MIN: f64 = 200.0;
/// Stories are compared if they share a feature that at most this share of all stories has.
const COMMON_SHARE: f64 = 0.04;
/// If the scope yields more stories a day, those of a single outlet outside the region are left out, to bound the time.
const STORIES_A_DAY: usize = 500;

/// The words, tags and relations of a text, as hashes.
type Feature = u64;
/// Weighted features, sorted.
type Vector = Vec<(Feature, f32)>;

/// The texts of one event.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    /// The rows, in chronological order, copies included.
    pub(crate) rows: Vec<u32>,
    /// Those of the rows that do not contradict what most of them say, in chronological order: all that may be said of
    /// the event rests on them. How wide and how rare it is, all rows tell.
    pub(crate) consistent: Vec<u32>,
    /// The consistent rows, those that are most like the whole first.
    pub(crate) central: Vec<u32>,
    /// The day on which it was first widely reported.
    pub(crate) day: usize,
    /// The day of its last report.
    pub(crate) end: usize,
    /// Outlets with a text of their own.
    pub(crate) newsrooms: usize,
    /// Outlets, including those with a copy.
    pub(crate) carriers: usize,
    /// Texts that are not copies.
    pub(crate) texts: usize,
    /// The tags that at least half of the texts have, most frequent first.
    pub(crate) tags: Vec<Tag>,
    /// Press blocs and languages of its outlets.
    pub(crate) blocs: usize,
    pub(crate) languages: usize,
    /// Whether it is what a wider cluster holds of another event, by which nothing is judged to be rare.
    pub(crate) is_part: bool,
    /// What its consistent rows say of places and attacks.
    statements: Statements,
    /// What it tells beyond its places.
    telling: Weighed,
}

impl Cluster {
    /// How widely the event is reported: its newsrooms, and half of the outlets that only copy one.
    pub(crate) fn width(&self) -> usize {
        self.newsrooms + self.carriers.saturating_sub(self.newsrooms) / 2
    }

    /// Returns how alike two clusters are in what they tell beyond their places, 0 to 1.
    pub(crate) fn likeness(&self, other: &Cluster) -> f64 {
        self.telling.cosine(&other.telling)
    }

    /// Whether two clusters cannot be of one event.
    pub(crate) fn contradicts(&self, other: &Cluster) -> bool {
        self.statements.contradict(&other.statements)
    }
}

/// A story, or some of them, while clusters are formed.
struct Group {
    rows: Vec<u32>,
    /// The day of its first text.
    day: usize,
    /// Whether many outlets report it.
    is_wide: bool,
    all: Weighed,
    /// Only what is not explained by the places.
    telling: Weighed,
    /// The same two without words, but with formal acts: what texts without a common language are compared by.
    abroad: [Weighed; 2],
    /// The languages of its texts.
    languages: BTreeSet<u32>,
}

/// A vector and its length.
#[derive(Clone, Debug, Default)]
struct Weighed {
    vector: Vector,
    norm: f64,
}

impl Weighed {
    fn of(sums: BTreeMap<Feature, f64>) -> Weighed {
        let vector: Vector = sums
            .into_iter()
            .filter(|(_, weight)| *weight > 0.0)
            .map(|(feature, weight)| (feature, weight as f32))
            .collect();
        let norm = vector.iter().map(|(_, weight)| f64::from(*weight).powi(2)).sum::<f64>().sqrt().max(1e-9);
        Weighed { vector, norm }
    }

    fn cosine(&self, other: &Weighed) -> f64 {
        let (mut a, mut b, mut sum) = (0, 0, 0.0);
        while let (Some(x), Some(y)) = (self.vector.get(a), other.vector.get(b)) {
            match x.0.cmp(&y.0) {
                std::cmp::Ordering::Less => a += 1,
                std::cmp::Ordering::Greater => b += 1,
                std::cmp::Ordering::Equal => {
                    sum += f64::from(x.1) * f64::from(y.1);
                    (a, b) = (a + 1, b + 1);
                }
            }
        }
        sum / (self.norm * other.norm)
    }
}

/// How much each feature says.
struct Weights {
    stories: f64,
    counts: HashMap<Feature, u32>,
    /// For a feature that often comes with a place: how much it says if the place is known.
    with_place: HashMap<Feature, f64>,
}

impl Weights {
    fn all(&self, feature: Feature) -> f64 {
        if is_act(feature) {
            return ACT_WEIGHT;
        }
        let stories = if feature & KIND == WORD { self.stories.max(STORIES_MIN) } else { self.stories };
        ((stories + 1.0) / (f64::from(self.counts.get(&feature).copied().unwrap_or(0)) + 0.5)).ln()
    }

    fn telling(&self, feature: Feature) -> f64 {
        if is_act(feature) {
            return ACT_WEIGHT;
        }
        self.with_place.get(&feature).copied().unwrap_or(f64::MAX).min(self.all(feature)).max(0.0)
    }

    /// Whether few stories have the feature.
    fn is_uncommon(&self, feature: Feature) -> bool {
        f64::from(self.counts.get(&feature).copied().unwrap_or(0)) <= (self.stories * COMMON_SHARE).max(20.0)
    }

    /// Whether the feature is rare enough for two stories to be compared because of it.
    fn is_rare(&self, feature: Feature) -> bool {
        self.is_uncommon(feature) && self.telling(feature) >= 1.0
    }
}

/// The kind of a feature is in its last two bits.
const KIND: u64 = 3;
const WORD: u64 = 0;
const TAG: u64 = 1;
/// A relation between two actors.
const ACT: u64 = 2;
/// A kind of formal act, with a place of the region.
const DEED: u64 = 3;

fn is_act(feature: Feature) -> bool {
    feature & KIND >= ACT
}

fn tag_feature(tag: u32) -> Feature {
    u64::from(tag) << 2 | TAG
}

/// The texts that are clustered.
struct Texts<'a> {
    ordered: &'a Ordered<'a>,
    options: &'a Options,
    /// Whether a tag is of the scope, and of the region.
    in_scope: Vec<bool>,
    in_region: Vec<bool>,
}

impl Texts<'_> {
    fn row(&self, number: u32) -> &Row {
        &self.ordered.history.rows[number as usize]
    }

    fn is_regional(&self, number: u32) -> bool {
        self.ordered.history.tags(self.row(number)).iter().any(|&tag| self.in_region[tag as usize])
    }

    /// Collects the features of a text, each once.
    fn features(&self, number: u32, letters: &mut Letters, out: &mut BTreeSet<Feature>) {
        let history = self.ordered.history;
        let row = self.row(number);
        out.clear();
        stems(history.title(row), letters, |stem| {
            out.insert(stem & !KIND);
        });
        out.extend(history.tags(row).iter().map(|&tag| tag_feature(tag)));
        for tone in history.tones(row) {
            let pair = u64::from(tone.a) << 33 | u64::from(tone.b) << 4 | u64::from(tone.tone > 0.0) << 2;
            out.insert(pair | ACT);
        }
        // Reports in several languages have no word in common, but the kind of act and the place.
        if self.is_regional(number) {
            let title = history.title(row).to_lowercase();
            let words = title_words(&title);
            let kinds = self.options.deeds.iter().enumerate();
            let told = kinds.filter(|(_, kind)| !kind.is_everyday && kind.is_told_by(&words));
            for kind in told.map(|(kind, _)| kind as u64) {
                let places = history.tags(row).iter().filter(|&&tag| self.in_region[tag as usize]);
                out.extend(places.map(|&tag| u64::from(tag) << 10 | kind << 2 | DEED));
            }
        }
    }

    fn outlets(&self, rows: &[u32]) -> usize {
        rows.iter().map(|&row| self.row(row).outlet).collect::<HashSet<u32>>().len()
    }

    /// Returns what some rows say of places and attacks.
    fn statements(&self, rows: &[u32], weights: &Weights) -> Statements {
        let history = self.ordered.history;
        let mut statements = Statements::default();
        for &number in self.originals(rows).iter().take(TEXTS_READ) {
            let row = self.row(number);
            let language = Some(history.language_words.word(row.language)).filter(|code| !code.is_empty());
            let outlet = history.outlet_words.word(row.outlet);
            let rules = self.options.text_rules.as_ref();
            let countries = rules.map(|rules| rules.places(history.title(row), language, outlet)).unwrap_or_default();
            let is_city = |tag: &u32| Namespace::of(history.tag_words.word(*tag)) == Some(Namespace::City);
            let cities = history.tags(row).iter().copied().filter(is_city);
            let told = cities.filter(|&tag| weights.is_uncommon(tag_feature(tag)));
            statements.add(&countries, told, history.tones(row));
        }
        statements
    }

    /// Returns the rows of a cluster that report one event: the side that most report, without the stories that
    /// contradict its widest one.
    fn consistent(&self, rows: &[u32], weights: &Weights) -> Vec<u32> {
        let history = self.ordered.history;
        let mut stories: BTreeMap<i64, Vec<u32>> = BTreeMap::new();
        for &row in rows {
            stories.entry(self.row(row).story_or_own()).or_default().push(row);
        }
        let first = |rows: &[u32]| rows.iter().map(|&row| self.ordered.place[row as usize]).min();
        let widest = stories.values().max_by_key(|rows| (self.outlets(rows), std::cmp::Reverse(first(rows))));
        let widest = widest.map(|rows| self.statements(rows, weights)).unwrap_or_default();
        let others = stories.into_values().filter(|rows| !self.statements(rows, weights).contradict(&widest));
        let mut kept = sides(others.flatten().collect(), |row| history.tones(self.row(*row))).0;
        kept.sort_by_key(|&row| self.ordered.place[row as usize]);
        kept
    }

    /// The rows of a story that are not copies; all if there are none.
    fn originals(&self, rows: &[u32]) -> Vec<u32> {
        let own: Vec<u32> = rows.iter().copied().filter(|&row| !self.ordered.copies[row as usize]).collect();
        if own.is_empty() { rows.to_vec() } else { own }
    }
}

/// Returns the words of a title in lower case.
pub(crate) fn title_words(title: &str) -> Vec<&str> {
    title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// The clusters of some days.
pub(crate) struct Clusters {
    /// In order of their days.
    pub(crate) list: Vec<Cluster>,
    /// The ids of items that report another event than most of their story: what the other side of a war did.
    pub(crate) apart: Vec<i64>,
}

/// Returns the clusters of stories in scope that begin on or after the day `from`, in order of their days.
pub(crate) fn clusters(ordered: &Ordered<'_>, from: usize, options: &Options) -> Clusters {
    let history = ordered.history;
    let marked = |list: &[Tag]| -> Vec<bool> {
        (0..history.tag_words.len() as u32)
            .map(|tag| list.iter().any(|known| *known == *history.tag_words.word(tag)))
            .collect()
    };
    let (in_scope, in_region) = (marked(&options.scope_tags), marked(&options.region_tags));
    let mut texts = Texts { ordered, options, in_scope, in_region };
    if options.scope_tags.is_empty() {
        texts.in_scope.fill(true);
    }
    let texts = texts;
    let mut stories = stories(&texts, from);
    let opposite = |rows: &[u32]| sides(rows.to_vec(), |row| history.tones(texts.row(*row))).1;
    let apart = stories.iter().flat_map(|(_, rows)| opposite(rows)).map(|row| texts.row(row).id).collect();
    let days = ordered.calendar.len().saturating_sub(from).max(1);
    if stories.len() > STORIES_A_DAY * days {
        stories.retain(|(_, rows)| rows.len() > 1 && texts.outlets(rows) > 1 || texts.is_regional(rows[0]));
    }
    let mut letters = Letters::new();
    let weights = weigh(&texts, &stories, &mut letters);
    let mut groups = single_pass(&texts, stories, &weights, &mut letters);
    merge(&texts, &mut groups);
    let mut clusters: Vec<Cluster> = Vec::new();
    for whole in &groups {
        let Some(cluster) = describe(&texts, whole, &weights, &mut letters) else { continue };
        let kept: HashSet<u32> = cluster.consistent.iter().copied().collect();
        let rest: Vec<u32> = cluster.rows.iter().copied().filter(|row| !kept.contains(row)).collect();
        clusters.push(cluster);
        // What contradicts a cluster may be an event of its own.
        if texts.outlets(&rest) >= WHOLE_OUTLETS {
            let rest = group(&texts, whole.day, rest, &weights, &mut letters);
            let part = describe(&texts, &rest, &weights, &mut letters);
            clusters.extend(part.map(|part| Cluster { is_part: true, ..part }));
        }
    }
    clusters.sort_by(|a, b| {
        a.day.cmp(&b.day).then_with(|| ordered.place[a.rows[0] as usize].cmp(&ordered.place[b.rows[0] as usize]))
    });
    Clusters { list: clusters, apart }
}

/// The first day of a story and its rows of the days that follow.
type StoryRows = (usize, Vec<u32>);

/// Returns the stories with a text in scope, in order of day and of outlets, most first.
fn stories(texts: &Texts<'_>, from: usize) -> Vec<StoryRows> {
    let ordered = texts.ordered;
    let history = ordered.history;
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut stories: Vec<StoryRows> = Vec::new();
    for day in from..ordered.calendar.len() {
        for &number in ordered.of_day(day) {
            let row = &history.rows[number as usize];
            if !history.tags(row).iter().any(|&tag| texts.in_scope[tag as usize]) {
                continue;
            }
            let place = *places.entry(row.story_or_own()).or_insert_with(|| {
                stories.push((day, Vec::new()));
                stories.len() - 1
            });
            if day <= stories[place].0 + STORY_DAYS {
                stories[place].1.push(number);
            }
        }
    }
    stories.sort_by_cached_key(|(day, rows)| {
        (*day, std::cmp::Reverse((texts.outlets(rows), rows.len())), ordered.place[rows[0] as usize])
    });
    stories
}

/// Counts the stories of every feature, and how often the frequent ones come with each place.
fn weigh(texts: &Texts<'_>, stories: &[StoryRows], letters: &mut Letters) -> Weights {
    let history = texts.ordered.history;
    let (mut one, mut of_story) = (BTreeSet::new(), BTreeSet::new());
    let mut counts: HashMap<Feature, u32> = HashMap::new();
    let mut collect = |rows: &[u32], of_story: &mut BTreeSet<Feature>, letters: &mut Letters| {
        of_story.clear();
        for &row in &texts.originals(rows) {
            texts.features(row, letters, &mut one);
            of_story.extend(one.iter().copied());
        }
    };
    for (_, rows) in stories {
        collect(rows, &mut of_story, letters);
        for &feature in &of_story {
            *counts.entry(feature).or_default() += 1;
        }
    }
    let frequent = (stories.len() as f64 * 5e-4).max(f64::from(WITH_PLACE_DAYS)) as u32;
    let is_place: Vec<bool> = (0..history.tag_words.len() as u32)
        .map(|tag| Namespace::of(history.tag_words.word(tag)) == Some(Namespace::Place))
        .collect();
    // The stories of each place that have a feature, their days, and the last of these.
    let mut with: HashMap<(u32, Feature), (u32, u32, usize)> = HashMap::new();
    for (day, rows) in stories {
        collect(rows, &mut of_story, letters);
        let places: BTreeSet<u32> = rows
            .iter()
            .flat_map(|&row| history.tags(&history.rows[row as usize]))
            .copied()
            .filter(|&tag| is_place[tag as usize])
            .collect();
        for &feature in of_story.iter().filter(|feature| !is_act(**feature) && counts[*feature] >= frequent) {
            for &place in &places {
                let (stories, days, last) = with.entry((place, feature)).or_insert((0, 0, usize::MAX));
                *stories += 1;
                *days += u32::from(*last != *day);
                *last = *day;
            }
        }
    }
    let mut with_place: HashMap<Feature, f64> = HashMap::new();
    for ((place, feature), (count, days, _)) in with {
        let all = counts.get(&tag_feature(place)).copied().unwrap_or(0);
        if all >= PLACE_STORIES && days >= WITH_PLACE_DAYS {
            let weight = ((f64::from(all) + 1.0) / (f64::from(count) + 0.5)).ln();
            let least = with_place.entry(feature).or_insert(f64::MAX);
            *least = least.min(weight);
        }
    }
    Weights { stories: stories.len() as f64, counts, with_place }
}

fn group(texts: &Texts<'_>, day: usize, rows: Vec<u32>, weights: &Weights, letters: &mut Letters) -> Group {
    let mut one = BTreeSet::new();
    let own = texts.originals(&rows);
    let mut counts: BTreeMap<Feature, f64> = BTreeMap::new();
    for &row in &own {
        texts.features(row, letters, &mut one);
        for &feature in &one {
            *counts.entry(feature).or_default() += 1.0 / own.len() as f64;
        }
    }
    let scaled = |without: u64, weight: &dyn Fn(Feature) -> f64| {
        let kept = counts.iter().filter(|(feature, _)| *feature & KIND != without);
        Weighed::of(kept.map(|(&feature, &share)| (feature, share * weight(feature))).collect())
    };
    Group {
        day,
        is_wide: texts.outlets(&rows) >= WIDE_OUTLETS,
        all: scaled(DEED, &|feature| weights.all(feature)),
        telling: scaled(DEED, &|feature| weights.telling(feature)),
        abroad: [scaled(WORD, &|feature| weights.all(feature)), scaled(WORD, &|feature| weights.telling(feature))],
        languages: own.iter().map(|&row| texts.row(row).language).collect(),
        rows,
    }
}

/// Lets each story join the most similar cluster of the days before, or open one.
fn single_pass(texts: &Texts<'_>, stories: Vec<StoryRows>, weights: &Weights, letters: &mut Letters) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    // The groups with each rare feature, oldest first.
    let mut with: HashMap<Feature, Vec<usize>> = HashMap::new();
    let mut today = None;
    for (day, rows) in stories {
        if today.replace(day) != Some(day) {
            with.retain(|_, places| {
                places.retain(|&place| groups[place].day + APART_DAYS >= day);
                !places.is_empty()
            });
        }
        let new = group(texts, day, rows, weights, letters);
        let rare: BTreeSet<Feature> = [&new.telling, &new.abroad[1]]
            .into_iter()
            .flat_map(|weighed| &weighed.vector)
            .map(|(feature, _)| *feature)
            .filter(|&feature| weights.is_rare(feature))
            .collect();
        let candidates: BTreeSet<usize> =
            rare.iter().filter_map(|feature| with.get(feature)).flatten().copied().collect();
        let best = candidates
            .into_iter()
            .filter_map(|place| Some((likeness(&groups[place], &new, ALIKE)?, place)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let place = match best {
            Some((_, place)) => {
                let mut rows = std::mem::take(&mut groups[place].rows);
                rows.extend(new.rows);
                groups[place] = group(texts, groups[place].day, rows, weights, letters);
                place
            }
            None => {
                groups.push(new);
                groups.len() - 1
            }
        };
        for feature in rare {
            let places = with.entry(feature).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
    groups
}

/// Returns how alike two groups are; `None` if not enough.
fn likeness(a: &Group, b: &Group, least: [f64; 2]) -> Option<f64> {
    let telling = a.telling.cosine(&b.telling);
    let all = a.all.cosine(&b.all);
    let least = if a.is_wide && b.is_wide { ALIKE_WIDE } else { least };
    if telling >= least[1] && all >= least[0] {
        return Some(all + telling);
    }
    // Without a common language only a common act shows that both report the same; with one, both may report a formal act
    // at a place of the region in different words.
    let speak_alike = !a.languages.is_disjoint(&b.languages);
    let (kind, least) = if speak_alike { (DEED, ALIKE_IN_OTHER_WORDS) } else { (ACT, ALIKE_ABROAD) };
    if !shares(&a.abroad[1], &b.abroad[1], kind) {
        return None;
    }
    let [all, telling] = [0, 1].map(|kind: usize| a.abroad[kind].cosine(&b.abroad[kind]));
    (telling >= least[1] && all >= least[0]).then_some(all + telling)
}

/// Whether two vectors share a feature of a kind or of one that says more.
fn shares(a: &Weighed, b: &Weighed, kind: u64) -> bool {
    let acts = a.vector.iter().map(|(feature, _)| feature).filter(|feature| **feature & KIND >= kind);
    acts.into_iter().any(|feature| b.vector.binary_search_by_key(feature, |(other, _)| *other).is_ok())
}

/// Merges clusters that are alike as a whole, the larger ones first.
fn merge(texts: &Texts<'_>, groups: &mut Vec<Group>) {
    let mut order: Vec<(usize, usize)> = groups
        .iter()
        .enumerate()
        .map(|(place, group)| (texts.outlets(&group.rows), place))
        .filter(|&(outlets, place)| {
            outlets >= WHOLE_OUTLETS || groups[place].rows.iter().any(|&row| texts.is_regional(row))
        })
        .collect();
    order.sort_by_key(|&(outlets, place)| (std::cmp::Reverse(outlets), place));
    let mut kept: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (_, place) in order {
        let day = groups[place].day;
        let best = kept
            .range(day.saturating_sub(1)..=day + 1)
            .flat_map(|(_, places)| places)
            .filter_map(|&other| Some((likeness(&groups[other], &groups[place], ALIKE_CLUSTERS)?, other)))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        match best {
            Some((_, other)) => {
                // The vectors stay those of the larger one, so that a chain of days does not become one event.
                let rows = std::mem::take(&mut groups[place].rows);
                groups[other].rows.extend(rows);
            }
            None => kept.entry(day).or_default().push(place),
        }
    }
    groups.retain(|group| !group.rows.is_empty());
}

/// Describes a cluster; `None` if most of it is out of scope.
fn describe(texts: &Texts<'_>, group: &Group, weights: &Weights, letters: &mut Letters) -> Option<Cluster> {
    let ordered = texts.ordered;
    let history = ordered.history;
    let mut rows = group.rows.clone();
    rows.sort_by_key(|&row| ordered.place[row as usize]);
    let own = texts.originals(&rows);
    let mut votes: BTreeMap<u32, usize> = BTreeMap::new();
    for &tag in rows.iter().flat_map(|&row| history.tags(&history.rows[row as usize])) {
        *votes.entry(tag).or_default() += 1;
    }
    let mut tags: Vec<(usize, u32)> =
        votes.into_iter().filter(|(_, count)| *count * 2 >= rows.len()).map(|(tag, count)| (count, tag)).collect();
    if !tags.iter().any(|&(_, tag)| texts.in_scope[tag as usize]) {
        return None;
    }
    tags.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| history.tag_words.word(a.1).cmp(history.tag_words.word(b.1))));
    let mut by_day: BTreeMap<usize, usize> = BTreeMap::new();
    for &row in &rows {
        *by_day.entry(ordered.calendar.day_of(history.rows[row as usize].at_secs)?).or_default() += 1;
    }
    let peak = by_day.values().copied().max().unwrap_or(1);
    let day = by_day.iter().find(|(_, count)| **count * 3 >= peak * 2).map_or(group.day, |(day, _)| *day);
    let mut one = BTreeSet::new();
    let consistent = texts.consistent(&rows, weights);
    let mut central: Vec<(f64, u32)> = consistent
        .iter()
        .map(|&row| {
            texts.features(row, letters, &mut one);
            let kept = one.iter().filter(|feature| **feature & KIND != DEED);
            let own = Weighed::of(kept.map(|&feature| (feature, weights.all(feature))).collect());
            (own.cosine(&group.all), row)
        })
        .collect();
    central.sort_by(|a, b| {
        b.0.total_cmp(&a.0).then_with(|| ordered.place[a.1 as usize].cmp(&ordered.place[b.1 as usize]))
    });
    let blocs: BTreeSet<_> = rows.iter().filter_map(|&row| history.rows[row as usize].bloc).collect();
    let languages: BTreeSet<u32> = rows.iter().map(|&row| history.rows[row as usize].language).collect();
    Some(Cluster {
        end: by_day.keys().last().copied().unwrap_or(day),
        day,
        newsrooms: if own.len() == rows.len() || !ordered.copies[own[0] as usize] { texts.outlets(&own) } else { 0 },
        carriers: texts.outlets(&rows),
        texts: own.len(),
        tags: tags.into_iter().map(|(_, tag)| history.tag_words.word(tag).into()).collect(),
        blocs: blocs.len(),
        languages: languages.len(),
        telling: group.telling.clone(),
        central: central.into_iter().map(|(_, row)| row).collect(),
        is_part: false,
        statements: texts.statements(&consistent, weights),
        consistent,
        rows,
    })
}
