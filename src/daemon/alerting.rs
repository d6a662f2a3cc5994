//! Alert rules over what came in: found once for each story, told within the rule's hours, by the outbox.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::pipeline::Pipeline;
use super::{clock, issues};
use crate::config::Config;
use crate::deliver::{Alert, AlertRule, AlertStory, BurstSubject};
use crate::store::{OutboxEntry, Store, StoreError};

/// The name under which the store keeps up to which item the rules have looked.
const MARK: &str = "alerts_after";

/// Items that are looked at in one go.
const BATCH: usize = 5_000;

/// How often bursts are looked for: a report of trends costs more than a look at new items.
const BURSTS_EVERY: Duration = Duration::from_secs(900);

/// Days of history that a burst is measured against.
const BURST_HISTORY_DAYS: u16 = 90;

/// Days for which a burst that was found is compared with new ones; none lasts longer.
const BURST_MEMORY_DAYS: i64 = 60;

/// What was found for one rule: the subject, and what is said of it as JSON.
type Found = (String, String, String);

/// When bursts were last looked for.
#[derive(Debug, Default)]
pub(super) struct Watch {
    bursts_at: Option<Instant>,
}

impl Watch {
    /// Looks at what came in since the last look, and puts into the outbox what is to be told now.
    pub(super) async fn look(
        &mut self,
        config: &Arc<Config>,
        pipeline: &Arc<Pipeline>,
        database: &Path,
    ) -> anyhow::Result<()> {
        if config.alerts.is_empty() {
            return Ok(());
        }
        let now = clock::now();
        let has_bursts = config.alerts.iter().any(|rule| rule.burst.is_some());
        let with_bursts = has_bursts && self.bursts_at.is_none_or(|at| at.elapsed() >= BURSTS_EVERY);
        let (of, database) = (Arc::clone(config), database.to_owned());
        let looked = tokio::task::spawn_blocking(move || find(&of, &database, with_bursts, now)).await??;
        if with_bursts {
            self.bursts_at = Some(Instant::now());
        }
        let (mark, found) = looked;
        let of = Arc::clone(config);
        if mark.is_some() || self.has_open(config, pipeline).await? {
            pipeline.store(move |store| tell(store, &of, mark, &found, now)).await?;
        }
        Ok(())
    }

    async fn has_open(&self, config: &Arc<Config>, pipeline: &Arc<Pipeline>) -> anyhow::Result<bool> {
        let names: Vec<String> = config.alerts.iter().map(|rule| rule.name.clone()).collect();
        let any = move |store: &mut Store| {
            names.iter().try_fold(false, |any, name| Ok(any || store.has_alert_matches(name)?))
        };
        pipeline.store(any).await
    }
}

/// What the rules find behind the mark, and the new mark where it has moved. The first look only sets the mark: what was there before is no news, and of a
/// feed that is read for the first time nothing is told.
fn find(
    config: &Config,
    database: &Path,
    with_bursts: bool,
    now: Timestamp,
) -> Result<(Option<i64>, Vec<Found>), StoreError> {
    let store = Store::open_read_only(database)?;
    let mut found = Vec::new();
    let last = store.last_item_id()?;
    let Some(after) = store.meta(MARK)?.and_then(|mark| mark.parse::<i64>().ok()) else {
        return Ok((Some(last), found));
    };
    let labels = issues::labels(&config.lexicon);
    let mut mark = after;
    if last > after {
        let items = store.items_for_alerts(after, BATCH)?;
        mark = if items.len() == BATCH { items.last().map_or(last, |item| item.id) } else { last };
        for item in items.iter().filter(|item| item.id <= mark) {
            for rule in config.alerts.iter().filter(|rule| rule.matches(item, now)) {
                let story = AlertStory::of(item, |tag| labels.get(tag).cloned());
                found.push((rule.name.clone(), format!("story:{}", item.story), json(&story)?));
            }
        }
    }
    if with_bursts {
        found.extend(find_bursts(config, &store, now)?);
    }
    Ok((Some(mark).filter(|mark| *mark != after || !found.is_empty()), found))
}

/// The bursts that the rules ask for and have not found before, strongest first. A burst grows for days, and the tags that name it change: it is told once all the same.
fn find_bursts(config: &Config, store: &Store, now: Timestamp) -> Result<Vec<Found>, StoreError> {
    let zone = &config.time_zone;
    let today = now.to_zoned(zone.clone()).date();
    let until = today.tomorrow().unwrap_or(today);
    let since = today.checked_sub(SignedDuration::from_hours(48)).unwrap_or(today);
    let mut options = issues::trend_options(config, since, until);
    options.history_days = BURST_HISTORY_DAYS;
    let mut points = issues::trends(store, &options)?.turning_points;
    points.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    let remembered = now.checked_sub(SignedDuration::from_hours(24 * BURST_MEMORY_DAYS)).unwrap_or(Timestamp::MIN);
    let mut found = Vec::new();
    for rule in config.alerts.iter().filter(|rule| rule.burst.is_some()) {
        let subjects = store.alert_subjects(&rule.name, BurstSubject::PREFIX, remembered)?;
        let mut known: Vec<BurstSubject> = subjects.iter().filter_map(|subject| subject.parse().ok()).collect();
        for point in points.iter().filter(|point| rule.matches_burst(point, now, zone)) {
            let subject = BurstSubject::of(point);
            if known.iter().any(|earlier| earlier.is_same(&subject)) {
                continue;
            }
            found.push((rule.name.clone(), subject.to_string(), json(&AlertStory::of_burst(point, now))?));
            known.push(subject);
        }
    }
    Ok(found)
}

/// Keeps what was found and the mark, and puts what may be told into the outbox, all or nothing.
fn tell(
    store: &mut Store,
    config: &Config,
    mark: Option<i64>,
    found: &[Found],
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut rules: Vec<&AlertRule> = Vec::new();
    for rule in &config.alerts {
        if rule.may_tell(store.alert_told_at(&rule.name)?, now, &config.time_zone) {
            rules.push(rule);
        }
    }
    store.write(|writer| {
        for (rule, subject, body) in found {
            writer.add_alert_match(rule, subject, body, now)?;
        }
        if let Some(mark) = mark {
            writer.set_meta(MARK, &mark.to_string())?;
        }
        for rule in rules {
            let bodies = writer.take_alert_matches(&rule.name, now)?;
            let stories: Vec<AlertStory> = bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect();
            if stories.is_empty() {
                continue;
            }
            let payload = json(&Alert::new(&rule.name, stories))?;
            // A name may hold signs that no file can bear.
            let hash = xxhash_rust::xxh3::xxh3_64(rule.name.as_bytes());
            let period = format!("{}-{hash:016x}", now.strftime("%Y%m%dT%H%M%SZ"));
            for recipient in &rule.to {
                let entry = OutboxEntry { recipient, cadence: "alert", period: &period, payload: Some(&payload) };
                writer.enqueue(&entry, now)?;
            }
        }
        Ok(())
    })
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Other(format!("an alert cannot be kept: {error}")))
}
