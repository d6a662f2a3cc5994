//! Groups items into stories: which items report the same event, which of them represents it, and what it is about.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use super::headline::tidy;
use super::input::DigestItem;
use super::plan::SectionPlan;
use super::plan::news_kind;
use crate::model::{Namespace, PressBloc, Scope, Tag};
use crate::text::sanitize::{plain, web_address};

/// A report of a story: an item, or its appearance in a further feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Report {
    /// When it appeared: when kazbek first saw it, or saw it rewritten, unless it was there before.
    pub(super) at: Timestamp,
    /// When it was published according to the publisher, if it was there before anybody looked.
    pub(super) published: Option<Timestamp>,
    pub(super) url: Option<String>,
    pub(super) title: String,
    pub(super) outlet: String,
    pub(super) language: Option<String>,
    pub(super) bloc: Option<PressBloc>,
    pub(super) summary: Option<String>,
    pub(super) copy: bool,
    pub(super) id: i64,
}

impl Report {
    /// When kazbek first saw it; `None` if it was there before anybody looked.
    pub(super) fn first_seen(&self) -> Option<Timestamp> {
        Some(self.at).filter(|_| self.published.is_none())
    }
}

/// A story: one event with its reports.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// Oldest first; ties by URL, title and outlet.
    pub(super) reports: Vec<Report>,
    /// The position of the report that represents the story.
    pub(super) best: usize,
    pub(super) scope: Scope,
    pub(super) score: f64,
    pub(super) tags: BTreeSet<Tag>,
    /// The tags that its headlines show, by which sections choose it.
    pub(super) leading: BTreeSet<Tag>,
    /// The number of items, not counting further appearances.
    pub(super) items: usize,
    /// The ids of the items, each with that of its story.
    pub(super) members: Vec<(i64, i64)>,
    /// The earliest date of its items, by which the issue is chosen that should contain it.
    pub(super) dated: Timestamp,
    /// Whether all of it arrived after the issue that should have contained it.
    pub(super) is_late: bool,
    pub(super) in_earlier_issue: Option<String>,
}

impl Story {
    pub(super) fn best(&self) -> &Report {
        &self.reports[self.best]
    }

    pub(super) fn appeared(&self) -> Timestamp {
        self.reports.iter().map(|report| report.at).min().unwrap_or_default()
    }

    /// When kazbek first saw it; `None` if it was there before anybody looked.
    pub(super) fn first_seen(&self) -> Option<Timestamp> {
        self.reports.first()?.first_seen()
    }

    /// When it was published according to the publisher, if it was there before anybody looked.
    pub(super) fn published(&self) -> Option<Timestamp> {
        self.reports.first()?.published
    }

    pub(super) fn newsrooms(&self) -> BTreeSet<&str> {
        self.reports.iter().map(|report| report.outlet.as_str()).collect()
    }

    pub(super) fn independent(&self) -> usize {
        let own: BTreeSet<&str> =
            self.reports.iter().filter(|report| !report.copy).map(|report| report.outlet.as_str()).collect();
        own.len()
    }

    pub(super) fn blocs(&self) -> BTreeSet<PressBloc> {
        self.reports.iter().filter_map(|report| report.bloc).collect()
    }

    pub(super) fn languages(&self) -> BTreeSet<&str> {
        // `en-GB` and `en-US` are one language to a reader.
        let codes = self.reports.iter().filter_map(|report| report.language.as_deref());
        codes.filter_map(|code| code.split(['-', '_']).next()).collect()
    }
}

/// Groups items that share a story, are copies of one another or report one event, so that an event is in an issue once.
/// The result does not depend on the order of the items.
pub(super) fn gather(items: &[DigestItem], late: &[DigestItem], events: &Events, plan: &SectionPlan) -> Vec<Story> {
    let all: Vec<&DigestItem> = items.iter().chain(late).collect();
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, root) in roots(&all, events).into_iter().enumerate() {
        groups.entry(root).or_default().push(place);
    }
    groups
        .into_values()
        .map(|places| {
            let members: Vec<&DigestItem> = places.iter().map(|&place| all[place]).collect();
            Story { is_late: places.iter().all(|&place| place >= items.len()), ..story(&members, plan) }
        })
        .collect()
}

/// What a trend report knows of the events that items report.
#[derive(Clone, Debug, Default)]
pub(super) struct Events {
    /// The event of each item.
    of_item: HashMap<i64, usize>,
    /// Items that report another event than most of their story.
    apart: HashSet<i64>,
}

impl Events {
    pub(super) fn new(events: &[Vec<i64>], apart: &[i64]) -> Events {
        let numbered = events.iter().enumerate();
        Events {
            of_item: numbered.flat_map(|(event, ids)| ids.iter().map(move |&id| (id, event))).collect(),
            apart: apart.iter().copied().collect(),
        }
    }
}

/// Returns the group of each item, by union-find over item ids, copies and stories, and over the events that half of a
/// group reports.
fn roots(items: &[&DigestItem], events: &Events) -> Vec<usize> {
    #[derive(PartialEq, Eq, Hash)]
    enum Key {
        Item(i64),
        /// A story, or what in it is of another event.
        Story(i64, bool),
    }
    let mut parents: Vec<usize> = (0..items.len()).collect();
    let mut first: HashMap<Key, usize> = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        let story = item.story.map(|story| Key::Story(story, events.apart.contains(&item.id)));
        for key in [Some(Key::Item(item.id)), item.duplicate_of.map(Key::Item), story].into_iter().flatten() {
            let other = *first.entry(key).or_insert(place);
            join(&mut parents, place, other);
        }
    }
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    let mut parts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for (place, item) in items.iter().enumerate() {
        let group = root(&mut parents, place);
        *sizes.entry(group).or_default() += 1;
        if let Some(&event) = events.of_item.get(&item.id) {
            *parts.entry((event, group)).or_default() += 1;
        }
    }
    // A group of which only a few reports are of the event is of another.
    let most: Vec<(usize, usize)> =
        parts.into_iter().filter(|((_, group), part)| 2 * part >= sizes[group]).map(|(key, _)| key).collect();
    for pair in most.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        join(&mut parents, pair[0].1, pair[1].1);
    }
    (0..items.len()).map(|place| root(&mut parents, place)).collect()
}

fn join(parents: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parents, a), root(parents, b));
    parents[a.max(b)] = a.min(b);
}

fn root(parents: &mut [usize], mut place: usize) -> usize {
    while parents[place] != place {
        parents[place] = parents[parents[place]];
        place = parents[place];
    }
    place
}

fn story(members: &[&DigestItem], plan: &SectionPlan) -> Story {
    let mut reports: Vec<Report> = members.iter().flat_map(|item| reports_of(item)).collect();
    reports.sort();
    reports.dedup_by(|b, a| a.outlet == b.outlet && a.url == b.url && a.title == b.title);
    mark_copies(members, &mut reports);
    let best = best_report(&reports, members, plan);
    let speaker = members.iter().find(|item| item.id == reports[best].id).unwrap_or(&members[0]);
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for item in members {
        for tag in item.tags.iter().map(Tag::as_str).collect::<BTreeSet<_>>() {
            *votes.entry(tag).or_default() += 1;
        }
    }
    // The tags of the best source, and those of at least half of the items.
    let tags: BTreeSet<Tag> = votes
        .iter()
        .filter(|(tag, count)| **count * 2 >= members.len() || speaker.tags.iter().any(|own| own == **tag))
        .map(|(tag, _)| Tag::from(plain(tag)))
        .collect();
    Story {
        best,
        leading: leading(members, speaker, &tags),
        scope: common_scope(speaker, members, plan),
        score: members
            .iter()
            .map(|item| f64::from(item.score))
            .filter(|score| score.is_finite())
            .fold(0.0, f64::max)
            .clamp(0.0, 1.0),
        tags,
        items: members.len(),
        members: members.iter().map(|item| (item.id, item.story.unwrap_or(item.id))).collect(),
        dated: members.iter().map(|item| item.published.unwrap_or(item.first_seen)).min().unwrap_or_default(),
        is_late: false,
        in_earlier_issue: members.iter().filter_map(|item| item.in_earlier_issue.as_deref()).max().map(plain),
        reports,
    }
}

/// Returns the tags that the headline of the best source or half of the headlines show; all tags if they show no place.
fn leading(members: &[&DigestItem], speaker: &DigestItem, tags: &BTreeSet<Tag>) -> BTreeSet<Tag> {
    let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
    for item in members {
        for tag in item.title_tags.iter().map(Tag::as_str).collect::<BTreeSet<_>>() {
            *votes.entry(tag).or_default() += 1;
        }
    }
    let leading: BTreeSet<Tag> = votes
        .iter()
        .filter(|(tag, count)| **count * 2 >= members.len() || speaker.title_tags.iter().any(|own| own == **tag))
        .map(|(tag, _)| Tag::from(plain(tag)))
        .filter(|tag| tags.contains(tag))
        .collect();
    if leading.iter().any(|tag| tag.namespace() == Some(Namespace::Place)) { leading } else { tags.clone() }
}

fn reports_of(item: &DigestItem) -> Vec<Report> {
    let title = tidy(&item.title);
    let summary = item.summary.as_deref().map(tidy).filter(|text| !text.is_empty());
    let url = item.url.as_deref().and_then(web_address);
    let own = Report {
        at: item.appeared,
        published: item.published.filter(|at| *at == item.appeared && *at != item.first_seen),
        url: url.clone(),
        title: title.clone(),
        outlet: tidy(&item.outlet),
        language: item.language.as_deref().map(plain).filter(|code| !code.is_empty()),
        bloc: item.bloc,
        summary: summary.clone(),
        copy: item.duplicate_of.is_some(),
        id: item.id,
    };
    let further =
        item.sightings.iter().filter(|sighting| tidy(&sighting.outlet) != own.outlet).map(|sighting| Report {
            at: sighting.first_seen,
            published: None,
            url: url.clone(),
            title: title.clone(),
            outlet: tidy(&sighting.outlet),
            language: sighting.language.as_deref().map(plain).or_else(|| own.language.clone()),
            bloc: sighting.bloc,
            summary: summary.clone(),
            copy: true,
            id: item.id,
        });
    let mut all: Vec<Report> = further.collect();
    all.push(own);
    all
}

/// Marks all but one report of each group of copies: the item that the store calls the original if it is here,
/// otherwise the oldest report.
fn mark_copies(members: &[&DigestItem], reports: &mut [Report]) {
    let group: HashMap<i64, i64> = members.iter().map(|item| (item.id, item.duplicate_of.unwrap_or(item.id))).collect();
    let group_of = |report: &Report| group.get(&report.id).copied().unwrap_or(report.id);
    // What is from further feeds is marked already.
    let mut met: BTreeSet<i64> =
        reports.iter().filter(|report| !report.copy && group_of(report) == report.id).map(|report| report.id).collect();
    // Reports are sorted, so the first one of a group is the oldest.
    for report in reports {
        let is_original = !report.copy && group_of(report) == report.id;
        report.copy = !is_original && !met.insert(group_of(report));
    }
}

/// The scope that most items have; of two with as many, the one that the plan names first.
fn common_scope(first: &DigestItem, members: &[&DigestItem], plan: &SectionPlan) -> Scope {
    let mut votes: BTreeMap<&Scope, usize> = BTreeMap::new();
    for item in members {
        *votes.entry(&item.scope).or_default() += 1;
    }
    let common = votes.into_iter().min_by_key(|&(scope, count)| (Reverse(count), plan.place_of_scope(scope), scope));
    common.map_or_else(|| first.scope.clone(), |(scope, _)| scope.clone())
}

/// Whether a title is that of a post in a social network: it has an address or begins with a hashtag.
fn is_post(title: &str) -> bool {
    title.contains("https://") || title.contains("http://") || title.starts_with('#')
}

/// Returns the report that represents the story. In order of priority: titles before posts; news before analyses, opinion and sport; an
/// original before a copy; a preferred language; a URL and a summary; the text that most outlets print; the most
/// relevant item; the oldest.
fn best_report(reports: &[Report], members: &[&DigestItem], plan: &SectionPlan) -> usize {
    if reports.len() == 1 {
        return 0;
    }
    let language = |report: &Report| {
        let code = report.language.as_deref().unwrap_or("");
        let primary = code.split('-').next().unwrap_or("");
        plan.languages.iter().position(|wanted| wanted == primary).unwrap_or(plan.languages.len())
    };
    let item = |id: i64| members.iter().find(|item| item.id == id);
    let score =
        |report: &Report| item(report.id).map_or(0, |item| (f64::from(item.score.clamp(0.0, 1.0)) * 100.0) as i32);
    let text = |id: i64| item(id).map_or(id, |item| item.duplicate_of.unwrap_or(id));
    let mut printed: HashMap<i64, BTreeSet<&str>> = HashMap::new();
    for report in reports {
        printed.entry(text(report.id)).or_default().insert(&report.outlet);
    }
    let key = |place: usize| {
        let report = &reports[place];
        (
            report.title.is_empty(),
            is_post(&report.title),
            item(report.id).map(|item| news_kind(item, plan)),
            report.copy,
            language(report),
            report.url.is_none(),
            report.summary.is_none(),
            Reverse(printed.get(&text(report.id)).map_or(0, BTreeSet::len)),
            -score(report),
            place,
        )
    };
    (0..reports.len()).min_by_key(|&place| key(place)).unwrap_or(0)
}
