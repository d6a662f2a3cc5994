//! Demotions: what is not plain news, and is ranked below it.

use super::input::DigestItem;
use super::plan::{Demotion, SectionPlan};

/// How far an item is from plain news, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NewsKind {
    /// News.
    News,
    /// About news, but not a report of it, according to its title or URL: an analysis, for example.
    AboutNews,
    /// Ranked below all news: opinion, sport.
    BelowNews,
}

/// Returns how far an item by itself is from plain news.
pub(super) fn news_kind(item: &DigestItem, plan: &SectionPlan) -> NewsKind {
    let has_tag = |tag: &str| item.tags.iter().any(|own| own == tag);
    let head = Head::of(&item.title);
    let url = item.url.as_deref();
    let of_demotion = |demotion: &Demotion| match () {
        () if demotion.below_news && concerns(demotion, has_tag, &head, url) => NewsKind::BelowNews,
        () if concerns(demotion, |_| false, &head, url) => NewsKind::AboutNews,
        () => NewsKind::News,
    };
    plan.demotions.iter().map(of_demotion).max().unwrap_or(NewsKind::News)
}

/// Whether a demotion applies to a text, by its tags, title or URL.
pub(super) fn concerns(demotion: &Demotion, has_tag: impl Fn(&str) -> bool, head: &Head, url: Option<&str>) -> bool {
    demotion.tags.iter().any(|tag| has_tag(tag))
        || demotion.labels.iter().any(|label| head.labels.contains(label))
        || demotion.beginnings.iter().any(|words| head.title.starts_with(words.as_str()))
        || demotion.addresses.iter().any(|part| url.is_some_and(|url| url.contains(part.as_str())))
}

/// What a title says about itself, in lower case.
pub(super) struct Head {
    title: String,
    /// The words before its first sign and after its last bar or dash, so that `OPINION |` and `Opinion:` are the same.
    labels: Vec<String>,
}

impl Head {
    pub(super) fn of(title: &str) -> Head {
        let title = title.trim().to_lowercase();
        let first = title.split([':', '|', '—', '–', '-', '/']).next();
        let last = title.rsplit(['|', '—', '–']).next();
        let parts = first.into_iter().chain(last).filter(|part| part.len() < title.len());
        Head { labels: parts.map(|part| part.trim().to_owned()).collect(), title }
    }
}
