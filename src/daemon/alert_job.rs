//! Alert rules over what came in: found once for each story, told within the rule's hours, by the outbox.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::alert::{Alert, AlertRule, AlertStory, BurstSubject};
use crate::app::issue;
use crate::app::pipeline::Pipeline;
use crate::config::Config;
use crate::store::{OutboxEntry, Store, StoreError};

/// The name under which the store keeps up to which item the rules have looked.
const MARK: &str = "alerts_after";

/// The names of the rules that looked last, a JSON array: what was there before a rule is no news to it.
const RULES: &str = "alert_rules";

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

/// What a look came to.
#[derive(Debug, Default)]
struct Look {
    /// The new mark, where it has moved.
    mark: Option<i64>,
    found: Vec<Found>,
    /// The names of the rules as [`RULES`] keeps them, where they have changed.
    rules: Option<String>,
}

/// Where no rule stands any more: what they found and did not tell is forgotten, and rules that come later begin anew.
pub(super) async fn forget(pipeline: &Arc<Pipeline>) -> anyhow::Result<()> {
    let forget = |store: &mut Store| match store.meta(RULES)?.is_some_and(|rules| rules != "[]") {
        true => store.write(|writer| {
            writer.forget_alerts_but(&[])?;
            writer.set_meta(RULES, "[]")
        }),
        false => Ok(()),
    };
    pipeline.store(forget).await
}

impl Watch {
    /// Looks at what came in since the last look, and puts into the outbox what is to be told now.
    pub(super) async fn look(
        &mut self,
        config: &Arc<Config>,
        pipeline: &Arc<Pipeline>,
        database: &Path,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        if config.alerts.is_empty() {
            return Ok(());
        }
        let has_bursts = config.alerts.iter().any(|rule| rule.burst.is_some());
        let with_bursts = has_bursts && self.bursts_at.is_none_or(|at| at.elapsed() >= BURSTS_EVERY);
        let (of, database) = (Arc::clone(config), database.to_owned());
        let looked = tokio::task::spawn_blocking(move || find(&of, &database, with_bursts, now)).await??;
        if with_bursts {
            self.bursts_at = Some(Instant::now());
        }
        let of = Arc::clone(config);
        if looked.mark.is_some() || looked.rules.is_some() || self.has_open(config, pipeline).await? {
            pipeline.store(move |store| tell(store, &of, &looked, now)).await?;
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

/// What the rules find behind the mark. The first look of all only sets the mark, and the first of a rule finds nothing: what was there before is no news, and of a
/// feed that is read for the first time nothing is told.
fn find(config: &Config, database: &Path, with_bursts: bool, now: Timestamp) -> Result<Look, StoreError> {
    let store = Store::open_read_only(database)?;
    let names: BTreeSet<&str> = config.alerts.iter().map(|rule| rule.name.as_str()).collect();
    let names = json(&names)?;
    let kept = store.meta(RULES)?;
    let known: Option<BTreeSet<String>> = kept.as_deref().and_then(|kept| serde_json::from_str(kept).ok());
    let mut look = Look { rules: Some(names).filter(|names| kept.as_ref() != Some(names)), ..Look::default() };
    let last = store.last_item_id()?;
    let Some(after) = store.meta(MARK)?.and_then(|mark| mark.parse::<i64>().ok()) else {
        look.mark = Some(last);
        return Ok(look);
    };
    let labels = issue::labels(&config.lexicon);
    let mut mark = after;
    if last > after {
        let items = store.items_for_alerts(after, BATCH)?;
        mark = if items.len() == BATCH { items.last().map_or(last, |item| item.id) } else { last };
        let is_known = |rule: &&AlertRule| known.as_ref().is_none_or(|known| known.contains(&rule.name));
        let rules: Vec<&AlertRule> = config.alerts.iter().filter(is_known).collect();
        for item in items.iter().filter(|item| item.id <= mark) {
            for rule in rules.iter().filter(|rule| rule.matches(item, now)) {
                let story = AlertStory::of(item, |tag| labels.get(tag).cloned());
                look.found.push((rule.name.clone(), format!("story:{}", item.story), json(&story)?));
            }
        }
    }
    if mark < last {
        // There is more from before the new rules.
        look.rules = None;
    }
    if with_bursts {
        look.found.extend(find_bursts(config, &store, now)?);
    }
    look.mark = Some(mark).filter(|mark| *mark != after || !look.found.is_empty());
    Ok(look)
}

/// The bursts that the rules ask for and have not found before, strongest first. A burst grows for days, and the tags that name it change: it is told once all the same.
fn find_bursts(config: &Config, store: &Store, now: Timestamp) -> Result<Vec<Found>, StoreError> {
    let zone = &config.time_zone;
    let today = now.to_zoned(zone.clone()).date();
    let until = today.tomorrow().unwrap_or(today);
    let since = today.checked_sub(SignedDuration::from_hours(48)).unwrap_or(today);
    let mut options = issue::trend_options(config, since, until);
    options.history_days = BURST_HISTORY_DAYS;
    let mut points = issue::trends(store, &options)?.turning_points;
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
fn tell(store: &mut Store, config: &Config, look: &Look, now: Timestamp) -> Result<(), StoreError> {
    let mut rules: Vec<&AlertRule> = Vec::new();
    for rule in &config.alerts {
        if rule.may_tell(store.alert_told_at(&rule.name)?, now, &config.time_zone) {
            rules.push(rule);
        }
    }
    store.write(|writer| {
        if let Some(names) = &look.rules {
            let standing: Vec<&str> = config.alerts.iter().map(|rule| rule.name.as_str()).collect();
            writer.forget_alerts_but(&standing)?;
            writer.set_meta(RULES, names)?;
        }
        for (rule, subject, body) in &look.found {
            writer.add_alert_match(rule, subject, body, now)?;
        }
        if let Some(mark) = look.mark {
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
