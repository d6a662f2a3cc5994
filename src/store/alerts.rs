//! What alert rules found, and what they have reported.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::encoding::{self, time};
use super::error::StoreError;
use super::handle::Reader;
use super::tags::{marked_tag_names, split_marked_names};
use super::texts::full_text;
use super::transaction::WriteTransaction;
use crate::model::Tag;

/// Days for which a rule remembers what it reported.
const REPORTED_DAYS: i64 = 90;

/// A new item, as alert rules see it.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertItem {
    /// The item's id in the store.
    pub id: i64,
    /// Its address, as in the feed.
    pub url: Option<String>,
    /// Title as the feed gave it, plain text.
    pub title: String,
    /// Name of the outlet.
    pub outlet: String,
    /// Language, BCP 47.
    pub language: Option<String>,
    /// When it was published, or first seen if that is not known.
    pub at: Timestamp,
    /// Score, 0 to 1: how much it is about its scope.
    pub score: f64,
    /// The item that opened its story.
    pub story: i64,
    /// The pairs of actors between which it reports a relation.
    pub pairs: Vec<(String, String)>,
    /// Tags under the current lexicon.
    pub tags: Vec<Tag>,
}

impl Reader {
    /// Returns the items in scope with an id above `after` that are not near-duplicates and whose feed had been read
    /// before they came, in the order of their ids, at most `limit`. A feed that has only failed so far has not been
    /// read.
    pub fn items_for_alerts(&self, after: i64, limit: usize) -> Result<Vec<AlertItem>, StoreError> {
        // The last fetches are known to the second, those before them to the day.
        let sql = concat!(
            "SELECT i.id, i.url, ",
            full_text!("title"),
            ", o.name, i.language, i.at, i.score, coalesce(i.story, i.id), i.relations, ",
            marked_tag_names!(),
            " FROM items i NOT INDEXED JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE i.id > ?1 AND i.scope IS NOT NULL AND i.duplicate_of IS NULL \
            AND (EXISTS (SELECT 1 FROM fetch_events e WHERE e.feed_id = f.id AND e.at < i.first_seen AND e.status IN ('ok', 'incomplete', 'not-modified', 'same-body')) \
                OR EXISTS (SELECT 1 FROM feed_days d INDEXED BY feed_days_by_feed \
                    WHERE d.feed_id = f.id AND d.day < i.first_seen / 86400 AND d.successes > 0)) \
            ORDER BY i.id LIMIT ?2"
        );
        let mut statement = self.connection.prepare_cached(sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([after, limit], |row| {
            let relations: Option<String> = row.get(8)?;
            let relations = relations.map(|json| encoding::decode_relations_with(&json, |_| None)).unwrap_or_default();
            Ok(AlertItem {
                id: row.get(0)?,
                url: row.get(1)?,
                title: row.get(2)?,
                outlet: row.get(3)?,
                language: row.get(4)?,
                at: time(row.get(5)?),
                score: row.get(6)?,
                story: row.get(7)?,
                pairs: relations.into_iter().map(|relation| (relation.a, relation.b)).collect(),
                tags: split_marked_names(row, 9)?.0,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns when an alert rule last reported something; none if it never has. What it reported after `now`, under a
    /// clock that was ahead, does not count.
    pub fn last_alert_at(&self, rule: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT max(told_at) FROM alert_matches WHERE rule = ?1 AND told_at <= ?2";
        let values = params![rule, now.as_second()];
        let last: Option<Option<i64>> =
            self.connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
        Ok(last.flatten().map(time))
    }

    /// Returns the subjects with a prefix that an alert rule found since an instant, reported or not.
    pub fn alert_subjects(&self, rule: &str, prefix: &str, since: Timestamp) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT subject FROM alert_matches WHERE rule = ?1 AND substr(subject, 1, length(?2)) = ?2 AND found_at >= ?3 ORDER BY subject";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params![rule, prefix, since.as_second()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Returns whether an alert rule has found something that it has not reported.
    pub fn has_unreported_alerts(&self, rule: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM alert_matches WHERE rule = ?1 AND told_at IS NULL)";
        Ok(self.connection.prepare_cached(sql)?.query_row([rule], |row| row.get(0))?)
    }
}

impl WriteTransaction<'_> {
    /// Records what an alert rule found, once for each subject. Returns false if it was found before.
    pub fn add_alert_match(
        &mut self,
        rule: &str,
        subject: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let sql =
            "INSERT INTO alert_matches (rule, subject, found_at, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        Ok(self.connection.prepare_cached(sql)?.execute(params![rule, subject, now.as_second(), body])? > 0)
    }

    /// Deletes what rules with other names than these found and did not report.
    pub fn forget_unreported_alerts_except(&mut self, rules: &[&str]) -> Result<(), StoreError> {
        let sql = "DELETE FROM alert_matches WHERE told_at IS NULL AND rule NOT IN (SELECT value FROM json_each(?1))";
        let names = serde_json::json!(rules).to_string();
        self.connection.prepare_cached(sql)?.execute([names])?;
        Ok(())
    }

    /// Returns what a rule found and has not reported yet, oldest first, as JSON, and marks it as reported.
    pub fn take_unreported_alerts(&mut self, rule: &str, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT body FROM alert_matches WHERE rule = ?1 AND told_at IS NULL ORDER BY found_at, subject";
        let bodies = {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map([rule], |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        let sql = "UPDATE alert_matches SET told_at = ?2 WHERE rule = ?1 AND told_at IS NULL";
        self.connection.prepare_cached(sql)?.execute(params![rule, now.as_second()])?;
        // A story that returns after that time is reported again.
        let old = now.as_second() - REPORTED_DAYS * 86_400;
        self.connection
            .prepare_cached("DELETE FROM alert_matches WHERE rule = ?1 AND told_at < ?2")?
            .execute(params![rule, old])?;
        Ok(bodies)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;

    #[test]
    fn a_rule_reports_a_subject_once_and_again_after_ninety_days() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join(Store::FILE_NAME)).unwrap();
        let day = |day: i64| time(1_800_000_000 + day * 86_400);
        let mut reported = |on: i64, subject: &str| {
            let found = store.write(|writer| {
                writer.add_alert_match("rule", subject, subject, day(on))?;
                writer.take_unreported_alerts("rule", day(on))
            });
            found.unwrap()
        };
        assert_eq!(reported(0, "story:1"), ["story:1"]);
        assert!(reported(1, "story:1").is_empty());
        assert_eq!(reported(2, "story:2"), ["story:2"]);
        assert_eq!(reported(91, "story:3"), ["story:3"]);
        assert_eq!(reported(92, "story:1"), ["story:1"]);
        assert!(reported(92, "story:3").is_empty());
    }
}
