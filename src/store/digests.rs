//! What digests and trend reports are made from, as the plain values that they ask for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::items::time;
use super::words::whole;
use super::{Store, StoreError};
use crate::digest::{DigestItem, FailingFeed, Gap, Panel, Rollover, Sighting};
use crate::model::{Cadence, Period, PressBloc};

const SECONDS_A_DAY: i64 = 86_400;

fn calendar(error: &jiff::Error) -> StoreError {
    StoreError::Other(format!("the period is out of range: {error}"))
}

/// The cadence of a word of the store.
pub(super) fn cadence(word: &str) -> Cadence {
    let all = [Cadence::Week, Cadence::Month, Cadence::Year];
    all.into_iter().find(|cadence| cadence.as_str() == word).unwrap_or(Cadence::Day)
}

pub(super) fn bloc(word: Option<String>) -> Option<PressBloc> {
    word.and_then(|word| word.parse().ok())
}

/// What [`digest_item`] reads. A tag that the title shows bears a mark: the first number of its evidence says the field, and what the title shows stands first.
const ITEM: &str = concat!(
    "SELECT i.id, ",
    whole!("title"),
    ", ",
    whole!("summary"),
    ", i.url, o.name, f.title, o.bloc, i.language, i.published, i.first_seen, i.scope, i.score, \
    (SELECT group_concat(t.name || iif(CAST(substr(x.evidence, 2) AS INTEGER) % 3 = 0, '^', ''), ' ') \
        FROM item_tags x JOIN tags t ON t.id = x.tag_id WHERE x.item_id = i.id), i.duplicate_of, i.story"
);

const OUTLETS: &str = "JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id";

/// Reads a row of [`ITEM`]; none where its scope is a word of a newer kazbek.
fn digest_item(row: &Row<'_>) -> rusqlite::Result<Option<DigestItem>> {
    let scope: String = row.get(10)?;
    let score: f64 = row.get(11)?;
    let tags: Option<String> = row.get(12)?;
    let tags = tags.as_deref().unwrap_or_default().split_whitespace();
    let Ok(scope) = scope.parse() else { return Ok(None) };
    Ok(Some(DigestItem {
        id: row.get(0)?,
        title: row.get(1)?,
        summary: row.get::<_, Option<String>>(2)?.filter(|summary| !summary.is_empty()),
        url: row.get(3)?,
        outlet: row.get(4)?,
        feed_title: row.get(5)?,
        bloc: bloc(row.get(6)?),
        language: row.get(7)?,
        published: row.get::<_, Option<i64>>(8)?.map(time),
        first_seen: time(row.get(9)?),
        scope,
        #[expect(clippy::cast_possible_truncation, reason = "it was stored from an f32")]
        score: score as f32,
        title_tags: tags.clone().filter_map(|tag| tag.strip_suffix('^')).map(str::to_owned).collect(),
        tags: tags.map(|tag| tag.trim_end_matches('^').to_owned()).collect(),
        duplicate_of: row.get(13)?,
        story: row.get(14)?,
        sightings: Vec::new(),
        in_earlier_issue: None,
    }))
}

/// The runs of days from `first` to `last` for which `is_in` holds: first day, and the day behind the last.
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

/// By which way items are looked up: those of a period by their time; those that came in behind an id, which are few, by that.
fn access(behind: i64) -> &'static str {
    if behind > 0 { "NOT INDEXED" } else { "INDEXED BY items_by_time" }
}

impl Store {
    /// The items of a period that are in scope, each with the other feeds in which it stood.
    ///
    /// # Errors
    /// Those of SQLite; a period outside the calendar.
    pub fn digest_items(&self, period: &Period) -> Result<Vec<DigestItem>, StoreError> {
        let from = period.start_instant().map_err(|error| calendar(&error))?.as_second();
        let until = period.end_instant().map_err(|error| calendar(&error))?.as_second();
        let mut items = self.digest_items_between(from, until, 0)?;
        self.mark_earlier(period, &mut items)?;
        Ok(items)
    }

    /// The items in scope that count from one second on and before another and have an id behind `behind`.
    pub(super) fn digest_items_between(
        &self,
        from: i64,
        until: i64,
        behind: i64,
    ) -> Result<Vec<DigestItem>, StoreError> {
        let order = access(behind);
        let sql = format!(
            "{ITEM} FROM items i {order} {OUTLETS} \
            WHERE i.scope IS NOT NULL AND i.at >= ?1 AND i.at < ?2 AND i.id > ?3 ORDER BY i.id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([from, until, behind], digest_item)?;
        let mut items: Vec<DigestItem> = rows.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        self.add_sightings(&mut items, from, until, behind)?;
        Ok(items)
    }

    /// An item in scope, without further sightings.
    pub(super) fn digest_item(&self, id: i64) -> Result<Option<DigestItem>, StoreError> {
        let sql = format!("{ITEM} FROM items i {OUTLETS} WHERE i.id = ?1 AND i.scope IS NOT NULL");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row([id], digest_item).optional()?.flatten())
    }

    fn add_sightings(&self, items: &mut [DigestItem], from: i64, until: i64, behind: i64) -> Result<(), StoreError> {
        let places: HashMap<i64, usize> = items.iter().enumerate().map(|(place, item)| (item.id, place)).collect();
        let order = access(behind);
        let sql = format!(
            "SELECT s.item_id, o.name, f.title, o.bloc, f.language, s.first_seen \
            FROM items i {order} JOIN sightings s ON s.item_id = i.id \
            JOIN feeds f ON f.id = s.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.scope IS NOT NULL AND i.at >= ?1 AND i.at < ?2 AND i.id > ?3 AND s.is_alias = 0 AND s.feed_id <> i.feed_id \
            ORDER BY s.first_seen, s.feed_id"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([from, until, behind])?;
        while let Some(row) = rows.next()? {
            let item_id: i64 = row.get(0)?;
            let Some(item) = places.get(&item_id).and_then(|place| items.get_mut(*place)) else { continue };
            item.sightings.push(Sighting {
                outlet: row.get(1)?,
                feed_title: row.get(2)?,
                bloc: bloc(row.get(3)?),
                language: row.get(4)?,
                first_seen: time(row.get(5)?),
            });
        }
        Ok(())
    }

    /// When the store last took something in: the last successful fetch of any feed, or the newest item. None where it never did.
    fn last_taken_in(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(coalesce((SELECT max(last_success_at) FROM feeds), 0), \
            coalesce((SELECT first_seen FROM items ORDER BY id DESC LIMIT 1), 0))";
        let last: i64 = self.connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(Some(last).filter(|last| *last > 0).map(time))
    }

    /// What was monitored in a period. Of a period that is still running, `complete_until` says when the store last took something in: with the same store, it is the
    /// same whatever the hour. Feeds are counted by UTC day: a day counts where it touches the period. A feed is alive where it
    /// was read in the period or on the day after, since the last items of a day are read in the next morning.
    ///
    /// # Errors
    /// Those of SQLite; a period outside the calendar.
    pub fn digest_panel(&self, period: &Period, now: Timestamp) -> Result<Panel, StoreError> {
        let from = period.start_instant().map_err(|error| calendar(&error))?.as_second();
        let until = period.end_instant().map_err(|error| calendar(&error))?;
        let last_second = until.as_second() - 1;
        let (first_day, last_day) = (from.div_euclid(SECONDS_A_DAY), last_second.div_euclid(SECONDS_A_DAY));
        let mut panel = Panel {
            lexicon_version: self.meta("lexicon_version")?.unwrap_or_default(),
            complete_until: if now < until { Some(self.last_taken_in()?.unwrap_or(now).min(now)) } else { None },
            ..Panel::default()
        };
        let sql = "SELECT f.title, f.url, coalesce(sum(d.successes), 0), coalesce(sum(d.polls), 0), max(d.failure), \
            coalesce(sum(CASE WHEN d.day <= ?2 THEN d.rollovers END), 0), coalesce(sum(CASE WHEN d.day <= ?2 THEN d.items_seen END), 0), \
            coalesce(sum(CASE WHEN d.day <= ?2 THEN d.items_new END), 0), coalesce(sum(CASE WHEN d.day <= ?2 THEN d.duplicates END), 0) \
            FROM feeds f LEFT JOIN feed_days d ON d.feed_id = f.id AND d.day BETWEEN ?1 AND ?2 + 1 \
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

    /// UTC days from `first` to `last` on which no feed was polled though some were before, and runs of two days or more on which a feed that is
    /// polled was not read.
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
            // A day on which nothing was polled is said once and for all feeds.
            let missed = |day: i64| !days.contains(&day) && polled.contains(&day);
            let long = runs(first.max(added), last, missed).into_iter().filter(|(from, until)| until - from >= 2);
            gaps.extend(long.map(|(from, until)| gap(Some(title.clone()), from, until)));
        }
        Ok(gaps)
    }

    /// The time of the oldest and of the newest item.
    ///
    /// # Errors
    /// Those of SQLite.
    pub fn time_span(&self) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        let sql = "SELECT (SELECT min(at) FROM items), (SELECT max(at) FROM items)";
        let span: (Option<i64>, Option<i64>) =
            self.connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(span.0.zip(span.1).map(|(oldest, newest)| (time(oldest), time(newest))))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;

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
        let told = |now: &str| -> Vec<String> {
            let panel = store.digest_panel(&week, now.parse().unwrap()).unwrap();
            let day = |at: Timestamp| at.strftime("%a").to_string();
            let line =
                |gap: &Gap| format!("{} {}-{}", gap.title.as_deref().unwrap_or("all"), day(gap.from), day(gap.until));
            panel.gaps.iter().map(line).collect()
        };
        assert_eq!(told("2026-01-20T00:00:00Z"), ["all Thu-Fri", "Valley Echo Tue-Thu"]);
        assert!(told("2026-01-06T12:00:00Z").is_empty(), "what is not over is no gap");
    }
}
