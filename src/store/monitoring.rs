//! What was monitored: feeds that were read or failed, and days without polls.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::params;

use super::encoding::{bounds, time};
use super::error::StoreError;
use super::handle::Reader;
use crate::digest::{FailingFeed, Gap, Panel, Rollover};
use crate::model::Period;

const SECONDS_A_DAY: i64 = 86_400;

/// The runs of days from `first` to `last` for which `is_in` holds: the first day, and the day after the last.
fn runs(first: i64, last: i64, is_in: impl Fn(i64) -> bool) -> Vec<(i64, i64)> {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for day in (first..=last).filter(|day| is_in(*day)) {
        match runs.last_mut() {
            Some(run) if run.1 == day => run.1 = day + 1,
            _ => runs.push((day, day + 1)),
        }
    }
    runs
}

impl Reader {
    /// When the store last took something in: the last successful fetch of any feed, or the newest item.
    fn last_taken_in(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(coalesce((SELECT max(last_success_at) FROM feeds), 0), \
            coalesce((SELECT first_seen FROM items ORDER BY id DESC LIMIT 1), 0))";
        let last: i64 = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(Some(last).filter(|last| *last > 0).map(time))
    }

    /// Returns what was monitored in a period. For a period that is still running, `complete_until` says when the store
    /// last took something in, so that the same store gives the same result at any hour. Feeds are counted by UTC days,
    /// each day that the period touches. A feed is alive if it was read in the period or on the day after, since the
    /// last items of a day are read the next morning.
    ///
    /// # Errors
    /// [`StoreError::PeriodOutOfRange`].
    pub fn digest_panel(&self, period: &Period, now: Timestamp) -> Result<Panel, StoreError> {
        let (from, until) = bounds(period)?;
        let last_second = until - 1;
        let (first_day, last_day) = (from.div_euclid(SECONDS_A_DAY), last_second.div_euclid(SECONDS_A_DAY));
        let mut panel = Panel {
            lexicon_version: self.meta("lexicon_version")?.unwrap_or_default(),
            complete_until: if now.as_second() < until {
                Some(self.last_taken_in()?.unwrap_or(now).min(now))
            } else {
                None
            },
            ..Panel::default()
        };
        let sql = "SELECT f.title, f.url, coalesce(sum(d.successes), 0), coalesce(sum(d.polls), 0), max(d.failure), \
            coalesce(sum(CASE WHEN d.day <= ?2 THEN d.rollovers END), 0), coalesce(sum(CASE WHEN d.day <= ?2 THEN d.items_seen END), 0), \
            coalesce(sum(CASE WHEN d.day <= ?2 THEN d.items_new END), 0), coalesce(sum(CASE WHEN d.day <= ?2 THEN d.duplicates END), 0) \
            FROM feeds f LEFT JOIN feed_days d INDEXED BY feed_days_by_feed ON d.feed_id = f.id AND d.day BETWEEN ?1 AND ?2 + 1 \
            WHERE f.origin <> 'import' AND (d.day IS NOT NULL OR (f.state = 'on' AND f.added_at <= ?3)) GROUP BY f.id ORDER BY f.id";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![first_day, last_day, last_second + SECONDS_A_DAY])?;
        let unsigned = |number: i64| u64::try_from(number).unwrap_or_default();
        while let Some(row) = rows.next()? {
            let title: String = row.get(0)?;
            let title = if title.is_empty() { row.get(1)? } else { title };
            let (successes, polls): (i64, i64) = (row.get(2)?, row.get(3)?);
            panel.feeds_total += 1;
            if successes > 0 {
                panel.feeds_alive += 1;
            } else {
                let failure: Option<String> = row.get(4)?;
                let reason = if polls == 0 {
                    "not polled".to_owned()
                } else {
                    failure.unwrap_or_else(|| "no answer".to_owned())
                };
                panel.feeds_failing.push(FailingFeed { title: title.clone(), reason });
            }
            let rollovers: i64 = row.get(5)?;
            if rollovers > 0 {
                panel.rollovers.push(Rollover { title, times: u32::try_from(rollovers).unwrap_or(u32::MAX) });
            }
            panel.items_seen += unsigned(row.get(6)?);
            panel.items_new += unsigned(row.get(7)?);
            panel.duplicates += unsigned(row.get(8)?);
        }
        let complete = last_day.min(now.as_second().div_euclid(SECONDS_A_DAY) - 1);
        panel.gaps = self.gaps(first_day, complete)?;
        let sql =
            "SELECT count(*) FROM items WHERE scope IS NOT NULL AND duplicate_of IS NULL AND at >= ?1 AND at <= ?2";
        panel.items_in_scope =
            unsigned(self.connection.prepare_cached(sql)?.query_row([from, last_second], |row| row.get(0))?);
        Ok(panel)
    }

    /// UTC days from `first` to `last` on which no feed was polled although some were before, and runs of two days or
    /// more on which a feed that is polled was not read.
    fn gaps(&self, first: i64, last: i64) -> Result<Vec<Gap>, StoreError> {
        let began: Option<i64> = self.connection.query_row("SELECT min(day) FROM feed_days", [], |row| row.get(0))?;
        let first = began.map_or(i64::MAX, |began| began.max(first));
        let mut polled: BTreeSet<i64> = BTreeSet::new();
        let mut read: BTreeMap<i64, (String, i64, BTreeSet<i64>)> = BTreeMap::new();
        let sql = "SELECT f.id, coalesce(nullif(f.title, ''), f.url), f.added_at, d.day, d.polls, d.successes \
            FROM feed_days d JOIN feeds f ON f.id = d.feed_id WHERE d.day BETWEEN ?1 AND ?2 AND f.state = 'on'";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([first, last])?;
        while let Some(row) = rows.next()? {
            let (day, polls, successes): (i64, i64, i64) = (row.get(3)?, row.get(4)?, row.get(5)?);
            if polls > 0 {
                polled.insert(day);
            }
            let id: i64 = row.get(0)?;
            let added: i64 = row.get(2)?;
            let feed = read.entry(id).or_insert((row.get(1)?, added.div_euclid(SECONDS_A_DAY), BTreeSet::new()));
            if successes > 0 {
                feed.2.insert(day);
            }
        }
        let instant = |day: i64| time(day * SECONDS_A_DAY);
        let gap =
            |title: Option<String>, from: i64, until: i64| Gap { title, from: instant(from), until: instant(until) };
        let mut gaps: Vec<Gap> = runs(first, last, |day| !polled.contains(&day))
            .into_iter()
            .map(|(from, until)| gap(None, from, until))
            .collect();
        for (title, added, days) in read.into_values().filter(|(_, _, days)| !days.is_empty()) {
            // A day on which nothing was polled is reported once, for all feeds.
            let missed = |day: i64| !days.contains(&day) && polled.contains(&day);
            let long = runs(first.max(added), last, missed).into_iter().filter(|(from, until)| until - from >= 2);
            gaps.extend(long.map(|(from, until)| gap(Some(title.clone()), from, until)));
        }
        Ok(gaps)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::super::Store;
    use super::*;
    use crate::model::Cadence;

    #[test]
    fn a_day_without_polls_and_a_feed_that_was_silent_for_days_are_gaps() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join(Store::FILE_NAME)).unwrap();
        let week = Period::containing(Cadence::Week, date(2026, 1, 5), TimeZone::UTC).unwrap();
        let monday = week.start_instant().unwrap().as_second() / SECONDS_A_DAY;
        let run = |sql: &str| store.connection.execute_batch(sql).unwrap();
        run("INSERT INTO outlets (id, name) VALUES (1, 'Pass Post')");
        for (id, title) in [(1, "Pass Post"), (2, "Valley Echo")] {
            run(&format!(
                "INSERT INTO feeds (id, url, title, outlet_id, origin, state, added_at) VALUES ({id}, 'https://{id}.example/', '{title}', 1, 'list', 'on', 0)"
            ));
        }
        // Thursday is missing; the second feed was not read from Tuesday to Wednesday, and on Saturday.
        for (feed, days) in [(1, [0, 1, 2, 4, 5, 6].as_slice()), (2, [0, 4, 6].as_slice())] {
            for day in days {
                let values = format!("{}, {feed}, 4, 4, 0, 0, 0, 0", monday + day);
                run(&format!(
                    "INSERT INTO feed_days (day, feed_id, polls, successes, items_seen, items_new, duplicates, rollovers) VALUES ({values})"
                ));
            }
        }
        let gaps = |now: &str| -> Vec<String> {
            let panel = store.digest_panel(&week, now.parse().unwrap()).unwrap();
            let day = |at: Timestamp| at.strftime("%a").to_string();
            let line =
                |gap: &Gap| format!("{} {}-{}", gap.title.as_deref().unwrap_or("all"), day(gap.from), day(gap.until));
            panel.gaps.iter().map(line).collect()
        };
        assert_eq!(gaps("2026-01-20T00:00:00Z"), ["all Thu-Fri", "Valley Echo Tue-Thu"]);
        assert!(gaps("2026-01-06T12:00:00Z").is_empty(), "what is not over is no gap");
    }
}
