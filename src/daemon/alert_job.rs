//! Alerts: applies the rules and the saved searches to what came in, once for each story, and puts alerts into the outbox
//! within each rule's hours.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::alert::{Alert, AlertMatch, AlertRule, AlertStory, BurstSubject, scan_bursts, scan_items};
use crate::app::issue;
use crate::app::pipeline::Pipeline;
use crate::config::Config;
use crate::serve::found_since;
use crate::store::{AlertItem, DeskFile, OutboxEntry, Reader, SavedSearch, Store, StoreError};

/// The name under which the store keeps the id of the last item that the rules have seen.
const LAST_ITEM: &str = "alerts_after";

/// The name under which it keeps the names of the rules that were applied last, a JSON array: a new rule does not
/// report what was there before it.
const RULES: &str = "alert_rules";

/// Items that are scanned at a time.
const BATCH: usize = 5_000;

/// How often bursts are looked for: a trend report costs more than a scan of new items.
const BURSTS_EVERY: Duration = Duration::from_secs(900);

/// How often saved searches are applied to what came in.
const SEARCHES_EVERY: Duration = Duration::from_secs(60);

/// The name under which the store keeps the id of the last item that saved searches have seen.
const LAST_SEARCHED: &str = "alerts_searched_after";

/// The most items that a saved search finds at a time.
const FOUND: usize = 500;

/// Hours for which an item is news; one that was published earlier is not reported.
const NEWS_HOURS: i64 = 24;

/// Least minutes between two alerts of a saved search.
const COOLDOWN_MINUTES: u32 = 60;

/// Days of history that bursts are measured against.
const BURST_HISTORY_DAYS: u16 = 90;

/// Days for which a burst is compared with new ones; none lasts longer.
const BURST_MEMORY_DAYS: i64 = 60;

/// Why alerts could not be found or put into the outbox.
#[derive(Debug, thiserror::Error)]
pub(super) enum AlertError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the alert rule `{rule}`: its finding cannot be encoded: {source}")]
    Encode { rule: String, source: serde_json::Error },
}

/// A saved search whose finds are reported.
#[derive(Clone, Debug)]
pub(super) struct SearchAlert {
    search: SavedSearch,
    /// Says to whom and how often; its name is that under which the store keeps what was found.
    rule: AlertRule,
}

impl SearchAlert {
    fn of(search: SavedSearch) -> Option<SearchAlert> {
        let rule = AlertRule {
            name: format!("search/{}", search.id),
            to: vec![search.alert_to.clone()?],
            tags: Vec::new(),
            pair: None,
            min_score: 0.0,
            burst: None,
            quiet: None,
            cooldown_minutes: COOLDOWN_MINUTES,
        };
        Some(SearchAlert { search, rule })
    }
}

/// What is reported, and when it is looked for next.
#[derive(Debug, Default)]
pub(super) struct AlertJob {
    /// The saved searches whose finds are reported.
    searches: Arc<[SearchAlert]>,
    /// When they were last read and applied.
    searched_at: Option<Instant>,
    /// When bursts were last looked for.
    bursts_at: Option<Instant>,
    /// Whether something was found that its rule may not send yet.
    is_held_back: bool,
}

impl AlertJob {
    /// Returns whether the rules must be applied although nothing came in.
    pub(super) fn is_due(&self, config: &Config) -> bool {
        self.is_held_back || self.are_bursts_due(config) || self.are_searches_due()
    }

    /// Returns whether it is time to read the saved searches and to apply them.
    pub(super) fn are_searches_due(&self) -> bool {
        self.searched_at.is_none_or(|at| at.elapsed() >= SEARCHES_EVERY)
    }

    /// Takes note of the saved searches of a data directory. If they could not be read, those that are known stay.
    pub(super) fn note_searches(&mut self, searches: Option<Vec<SearchAlert>>) {
        if let Some(searches) = searches {
            self.searches = searches.into();
        }
        self.searched_at = Some(Instant::now());
    }

    /// Returns whether nothing is ever reported.
    pub(super) fn is_idle(&self, config: &Config) -> bool {
        config.alerts.is_empty() && self.searches.is_empty()
    }

    /// Returns the saved searches whose finds are reported.
    pub(super) fn searches(&self) -> Arc<[SearchAlert]> {
        Arc::clone(&self.searches)
    }

    /// Returns whether it is time to look for bursts.
    pub(super) fn are_bursts_due(&self, config: &Config) -> bool {
        let has_burst_rule = config.alerts.iter().any(|rule| rule.burst.is_some());
        has_burst_rule && self.bursts_at.is_none_or(|at| at.elapsed() >= BURSTS_EVERY)
    }

    /// Takes note of a scan.
    pub(super) fn note(&mut self, scan: &Scan, with_bursts: bool) {
        self.is_held_back = scan.is_held_back;
        if with_bursts {
            self.bursts_at = Some(Instant::now());
        }
    }
}

/// What a scan found, to be recorded in one transaction.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// The id of the last item that was scanned, if it has changed.
    last_item: Option<i64>,
    /// The same for saved searches.
    last_searched: Option<i64>,
    matches: Vec<AlertMatch>,
    /// The names of the rules as [`RULES`] keeps them, if they have changed.
    rules: Option<String>,
    /// Whether a rule may send now what an earlier scan found.
    is_sendable: bool,
    /// Whether an earlier scan found something that its rule may not send yet.
    is_held_back: bool,
}

impl Scan {
    /// Returns whether there is anything to record or to send.
    pub(super) fn has_work(&self) -> bool {
        self.last_item.is_some()
            || self.last_searched.is_some()
            || self.rules.is_some()
            || !self.matches.is_empty()
            || self.is_sendable
    }
}

/// Reads the saved searches whose finds are reported.
pub(super) fn saved_searches(folder: &Path) -> Result<Vec<SearchAlert>, StoreError> {
    if !DeskFile::exists(folder) {
        return Ok(Vec::new());
    }
    Ok(DeskFile::open(folder)?.searches()?.into_iter().filter_map(SearchAlert::of).collect())
}

/// Without rules: deletes what earlier ones found and did not send, so that rules that come later begin anew.
pub(super) async fn forget(pipeline: &Arc<Pipeline>) -> anyhow::Result<()> {
    let forget = |store: &mut Store| match store.meta(RULES)?.is_some_and(|rules| rules != "[]") {
        true => store.write(|writer| {
            writer.forget_unreported_alerts_except(&[])?;
            writer.set_meta(RULES, "[]")
        }),
        false => Ok(()),
    };
    Ok(pipeline.store(forget).await?)
}

/// Applies the rules to the items that came in after the last scan. The first scan of a store only takes note of its
/// last item, and the first scan with a new rule finds nothing for that rule: what was there before is not news.
pub(super) fn scan(
    config: &Config,
    searches: &[SearchAlert],
    store: &Reader,
    with: Slow,
    now: Timestamp,
) -> Result<Scan, AlertError> {
    let names: BTreeSet<&str> = all_rules(config, searches).map(|(rule, _)| rule.name.as_str()).collect();
    let names = serde_json::json!(names).to_string();
    let kept = store.meta(RULES)?;
    let known: Option<BTreeSet<String>> = kept.as_deref().and_then(|kept| serde_json::from_str(kept).ok());
    let mut scan = Scan { rules: Some(names).filter(|names| kept.as_ref() != Some(names)), ..Scan::default() };
    for (rule, _) in all_rules(config, searches) {
        if store.has_unreported_alerts(&rule.name)? {
            let may_send = rule.may_send(store.last_alert_at(&rule.name, now)?, now, &config.time_zone);
            scan.is_sendable |= may_send;
            scan.is_held_back |= !may_send;
        }
    }
    let last = store.last_item_id()?;
    let Some(after) = store.meta(LAST_ITEM)?.and_then(|id| id.parse::<i64>().ok()) else {
        scan.last_item = Some(last);
        return Ok(scan);
    };
    let is_known = |rule: &AlertRule| known.as_ref().is_none_or(|known| known.contains(&rule.name));
    let mut reached = after;
    if last > after {
        let mut items = store.items_for_alerts(after, BATCH)?;
        reached = if items.len() == BATCH { items.last().map_or(last, |item| item.id) } else { last };
        // What came in since `last` was read is for the next scan.
        items.retain(|item| item.id <= reached);
        let rules: Vec<&AlertRule> = config.alerts.iter().filter(|rule| is_known(rule)).collect();
        let labels = issue::labels(&config.lexicon);
        scan.matches = scan_items(&rules, &items, now, |tag| labels.get(tag).cloned());
    }
    if reached < last {
        // There are more items from before the new rules.
        scan.rules = None;
    }
    if with.bursts {
        scan.matches.extend(find_bursts(config, store, now)?);
    }
    if with.searches {
        let after = store.meta(LAST_SEARCHED)?.and_then(|id| id.parse::<i64>().ok());
        let known: Vec<&SearchAlert> = searches.iter().filter(|search| is_known(&search.rule)).collect();
        scan.matches.extend(find_by_search(config, &known, store, after.unwrap_or(last), now)?);
        scan.last_searched = Some(last).filter(|last| after != Some(*last));
    }
    scan.last_item = Some(reached).filter(|reached| *reached != after);
    Ok(scan)
}

/// Which of the costly rules are applied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slow {
    pub(super) bursts: bool,
    pub(super) searches: bool,
}

/// Returns all rules, each with the name that people know it by.
fn all_rules<'a>(config: &'a Config, searches: &'a [SearchAlert]) -> impl Iterator<Item = (&'a AlertRule, &'a str)> {
    let of_searches = searches.iter().map(|search| (&search.rule, search.search.name.as_str()));
    config.alerts.iter().map(|rule| (rule, rule.name.as_str())).chain(of_searches)
}

/// Returns what saved searches find among the items in scope that came in after one.
fn find_by_search(
    config: &Config,
    searches: &[&SearchAlert],
    store: &Reader,
    after: i64,
    now: Timestamp,
) -> Result<Vec<AlertMatch>, StoreError> {
    let mut found = Vec::new();
    if searches.is_empty() {
        return Ok(found);
    }
    let since = now.checked_sub(SignedDuration::from_hours(NEWS_HOURS)).unwrap_or(Timestamp::MIN);
    let mut items = store.items_for_alerts(after, BATCH)?;
    items.retain(|item| item.at > since);
    if items.is_empty() {
        return Ok(found);
    }
    let labels = issue::labels(&config.lexicon);
    for SearchAlert { search, rule } in searches {
        let ids: HashSet<i64> = found_since(search, store, config, since, FOUND)?.into_iter().collect();
        let matching: Vec<AlertItem> = items.iter().filter(|item| ids.contains(&item.id)).cloned().collect();
        found.extend(scan_items(&[rule], &matching, now, |tag| labels.get(tag).cloned()));
    }
    Ok(found)
}

/// Returns the bursts that the rules ask for and have not found before.
fn find_bursts(config: &Config, store: &Reader, now: Timestamp) -> Result<Vec<AlertMatch>, StoreError> {
    let zone = &config.time_zone;
    let today = now.to_zoned(zone.clone()).date();
    let until = today.tomorrow().unwrap_or(today);
    let since = today.checked_sub(SignedDuration::from_hours(48)).unwrap_or(today);
    let mut options = issue::trend_options(config, since, until);
    options.history_days = BURST_HISTORY_DAYS;
    let points = issue::trends(store, &options)?.turning_points;
    let remembered = now.checked_sub(SignedDuration::from_hours(24 * BURST_MEMORY_DAYS)).unwrap_or(Timestamp::MIN);
    let mut found = Vec::new();
    for rule in config.alerts.iter().filter(|rule| rule.burst.is_some()) {
        let subjects = store.alert_subjects(&rule.name, BurstSubject::PREFIX, remembered)?;
        let known = subjects.iter().filter_map(|subject| subject.parse().ok()).collect();
        found.extend(scan_bursts(rule, &points, known, now, zone));
    }
    Ok(found)
}

/// Records a scan and puts what may be sent now into the outbox, all or nothing.
pub(super) fn enqueue(
    store: &mut Store,
    config: &Config,
    searches: &[SearchAlert],
    scan: &Scan,
    now: Timestamp,
) -> Result<(), AlertError> {
    let mut may_send: Vec<(&AlertRule, &str)> = Vec::new();
    for (rule, name) in all_rules(config, searches) {
        if rule.may_send(store.last_alert_at(&rule.name, now)?, now, &config.time_zone) {
            may_send.push((rule, name));
        }
    }
    store.write(|writer| {
        if let Some(names) = &scan.rules {
            let current: Vec<&str> = all_rules(config, searches).map(|(rule, _)| rule.name.as_str()).collect();
            writer.forget_unreported_alerts_except(&current)?;
            writer.set_meta(RULES, names)?;
        }
        for found in &scan.matches {
            writer.add_alert_match(&found.rule, &found.subject, &json(&found.rule, &found.story)?, now)?;
        }
        if let Some(last) = scan.last_item {
            writer.set_meta(LAST_ITEM, &last.to_string())?;
        }
        if let Some(last) = scan.last_searched {
            writer.set_meta(LAST_SEARCHED, &last.to_string())?;
        }
        for (rule, name) in may_send {
            let bodies = writer.take_unreported_alerts(&rule.name, now)?;
            let stories: Vec<AlertStory> = bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
            if stories.is_empty() {
                continue;
            }
            let payload = json(&rule.name, &Alert::new(name, stories))?;
            // The name itself may contain characters that are not allowed in file names.
            let hash = xxhash_rust::xxh3::xxh3_64(rule.name.as_bytes());
            let period = format!("{}-{hash:016x}", now.strftime("%Y%m%dT%H%M%SZ"));
            // A saved search may name a recipient who is gone.
            let is_there = |name: &&String| config.recipients.iter().any(|recipient| recipient.name == **name);
            for recipient in rule.to.iter().filter(is_there) {
                let entry = OutboxEntry { recipient, cadence: "alert", period: &period, payload: Some(&payload) };
                writer.enqueue(&entry, now)?;
            }
        }
        Ok(())
    })
}

fn json(rule: &str, value: &impl serde::Serialize) -> Result<String, AlertError> {
    serde_json::to_string(value).map_err(|source| AlertError::Encode { rule: rule.to_owned(), source })
}
