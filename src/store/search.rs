//! Full text: a search as a person types it, and the best of the items that hold its words.
//!
//! A word that stands in half of all items would have each of them read and weighed. So of more than [`CANDIDATES`] hits the newest are
//! ranked, by the order in which they came in: for such words, rank tells little and age tells much.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, ToSql, params, params_from_iter};

use super::items::time;
use super::reports::{TAGS, tags_of};
use super::words::{WORDS_REACH, whole};
use super::{ItemFilter, SearchHit, Store, StoreError};
use crate::text::fold::SEARCH_SPELLINGS;

/// How many hits are ranked.
const CANDIDATES: usize = 2_000;

/// Words of one query; more are no search but a pasted text.
const WORDS_MAX: usize = 64;

/// Spellings of one word that are looked for.
const SPELLINGS_MAX: usize = 12;

/// Up to this many items of a span of time or of a tag are listed first; where there are more, each hit is looked at, since many are meant.
const LISTED_MAX: i64 = 50_000;

/// A search as a person types it, in FTS5's words: every word must stand in the item; "a phrase", `begin*` and `OR` are kept, and whatever
/// holds no letter and no digit is passed over.
pub(super) fn match_expression(query: &str) -> Result<String, StoreError> {
    let mut alternatives: Vec<Vec<String>> = vec![Vec::new()];
    let mut words = 0;
    let is_quote = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    for (index, part) in query.split(is_quote).enumerate() {
        let is_phrase = index % 2 == 1;
        let terms: Vec<&str> = if is_phrase { vec![part.trim()] } else { part.split_whitespace().collect() };
        for term in terms {
            if term == "OR" && !is_phrase {
                alternatives.push(Vec::new());
            } else if term.contains(char::is_alphanumeric) {
                words += 1;
                alternatives.last_mut().into_iter().for_each(|group| group.push(one_of_spellings(term)));
            }
        }
    }
    if words > WORDS_MAX {
        return Err(StoreError::BadQuery(format!("it has {words} words, and at most {WORDS_MAX} are looked for")));
    }
    alternatives.retain(|group| !group.is_empty());
    if alternatives.is_empty() {
        return Err(StoreError::BadQuery("it holds no word: give at least one letter or digit".to_owned()));
    }
    Ok(alternatives.iter().map(|group| group.join(" AND ")).collect::<Vec<_>>().join(" OR "))
}

/// A word or phrase of a query under each of its spellings.
fn one_of_spellings(term: &str) -> String {
    let (text, star) = match term.strip_suffix('*') {
        Some(start) if start.ends_with(char::is_alphanumeric) => (start, " *"),
        _ => (term, ""),
    };
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let quoted: Vec<String> = spellings(&text).iter().map(|text| format!("\"{text}\"{star}")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", quoted.join(" OR ")),
    }
}

/// The spellings of a text, its own first.
fn spellings(text: &str) -> Vec<String> {
    let mut found = vec![text.to_owned()];
    let lower = text.to_lowercase();
    for (own, plain) in SEARCH_SPELLINGS {
        for from in found.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>() {
            let mut add = |spelling: String| {
                if spelling != lower && !found.contains(&spelling) && found.len() < SPELLINGS_MAX {
                    found.push(spelling);
                }
            };
            add(from.replace(own, plain));
            add(from.replace(plain, own));
            // A word has one such letter as a rule, and it may be any.
            for (at, _) in from.match_indices(plain).take(6) {
                if let (Some(before), Some(after)) = (from.get(..at), from.get(at + plain.len()..)) {
                    add(format!("{before}{own}{after}"));
                }
            }
        }
    }
    found
}

impl Store {
    /// Full text over the tagged items, best first: BM25 with a word of the title counted three times. Of more than 2,000 hits, the 2,000
    /// that came in last are ranked. Items that share their words are found once, by the first of them that the filter means.
    ///
    /// # Errors
    /// [`StoreError::BadQuery`] where the query holds no word or too many.
    pub fn search(&self, query: &str, filter: &ItemFilter, limit: usize) -> Result<Vec<SearchHit>, StoreError> {
        let expression = match_expression(query)?;
        let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(expression.clone())];
        let conditions = self.search_conditions(filter, &mut values)?;
        let candidates = CANDIDATES.max(limit);
        let sql = format!(
            "SELECT min(id), max(id) FROM (SELECT rowid AS id FROM item_text WHERE item_text MATCH ?1{conditions} \
             ORDER BY rowid DESC LIMIT {candidates})"
        );
        let span: (Option<i64>, Option<i64>) = self
            .connection
            .prepare(&sql)?
            .query_row(params_from_iter(&values), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (Some(first), Some(last)) = span else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT rowid FROM item_text WHERE item_text MATCH ?1 AND rowid BETWEEN {first} AND {last}{conditions} \
             ORDER BY bm25(item_text, 3.0, 1.0), rowid LIMIT {limit}"
        );
        let best: Vec<i64> = {
            let mut statement = self.connection.prepare(&sql)?;
            let rows = statement.query_map(params_from_iter(&values), |row| row.get(0))?;
            rows.collect::<Result<_, _>>()?
        };
        self.search_hits(&expression, &self.meant(best, filter)?)
    }

    /// What is shown of the hits, in their order: of each the row of the index, and the item.
    fn search_hits(&self, expression: &str, best: &[(i64, i64)]) -> Result<Vec<SearchHit>, StoreError> {
        let rows = || best.iter().map(|(row, _)| *row);
        let (Some(first), Some(last)) = (rows().min(), rows().max()) else { return Ok(Vec::new()) };
        let list = rows().map(|row| row.to_string()).collect::<Vec<_>>().join(",");
        // The plus keeps SQLite from asking the index anew for each of the items.
        let sql = format!(
            "SELECT rowid, snippet(item_text, -1, '[', ']', '…', 24) FROM item_text \
             WHERE item_text MATCH ?1 AND rowid BETWEEN {first} AND {last} AND +rowid IN ({list})"
        );
        let mut snippets: HashMap<i64, String> = {
            let mut statement = self.connection.prepare(&sql)?;
            let rows = statement.query_map([expression], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let sql = format!(
            "SELECT {}, i.url, o.name, i.at, {TAGS} FROM items i JOIN feeds f ON f.id = i.feed_id \
             JOIN outlets o ON o.id = f.outlet_id WHERE i.id = ?1",
            whole!("title")
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut hits = Vec::with_capacity(best.len());
        for (row, id) in best {
            let snippet = snippets.remove(row).unwrap_or_default();
            hits.push(statement.query_row([id], |row| {
                Ok(SearchHit {
                    id: *id,
                    title: row.get(0)?,
                    snippet,
                    url: row.get(1)?,
                    outlet: row.get(2)?,
                    at: time(row.get(3)?),
                    tags: tags_of(row, 4)?,
                })
            })?);
        }
        Ok(hits)
    }

    /// The conditions of a filter on the row of the full-text index, cheapest first. A row stands for the item and for those that share its
    /// words: it may be one of them that the filter means.
    fn search_conditions(&self, filter: &ItemFilter, values: &mut Vec<Box<dyn ToSql>>) -> Result<String, StoreError> {
        let mut sql = String::new();
        // The first is asked of the row, the second of an item `i` that shares its words.
        let mut add = |own: &str, copies: &str, value: Box<dyn ToSql>| {
            values.push(value);
            let copies = format!(
                "EXISTS (SELECT 1 FROM items i INDEXED BY items_by_text WHERE i.text_of = item_text.rowid AND {copies})"
            );
            sql.push_str(&format!(" AND ({own} OR {copies})").replace('?', &format!("?{}", values.len())));
        };
        let item = "EXISTS (SELECT 1 FROM items i WHERE i.id = item_text.rowid AND ";
        let since = filter.since.map_or(i64::MIN, |time| time.as_second());
        let until = filter.until.map_or(i64::MAX, |time| time.as_second());
        let mut span = String::new();
        if filter.since.is_some() || filter.until.is_some() {
            let counted = "SELECT count(*), min(id), max(id) FROM (SELECT id FROM items INDEXED BY items_by_time \
                WHERE at >= ?1 AND at < ?2 LIMIT ?3)";
            let (listed, first, last): (i64, Option<i64>, Option<i64>) = self
                .connection
                .prepare_cached(counted)?
                .query_row(params![since, until, LISTED_MAX + 1], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            if listed > LISTED_MAX {
                add(&format!("{item}i.at >= ?)"), "i.at >= ?", Box::new(since));
                add(&format!("{item}i.at < ?)"), "i.at < ?", Box::new(until));
            } else {
                let list =
                    format!("+rowid IN (SELECT id FROM items INDEXED BY items_by_time WHERE at < {until} AND at >= ?)");
                add(&list, &format!("i.at < {until} AND i.at >= ?"), Box::new(since));
                // What shares the words of an item came in soon after it.
                let first = first.unwrap_or_default() - WORDS_REACH;
                span = format!(" AND rowid BETWEEN {first} AND {}", last.unwrap_or_default());
            }
        }
        for tag in &filter.tags {
            let of_tag = "SELECT item_id FROM item_tags WHERE tag_id = (SELECT id FROM tags WHERE name = ?1)";
            let counted = format!("SELECT count(*) FROM ({of_tag} LIMIT ?2)");
            let listed: i64 =
                self.connection.prepare_cached(&counted)?.query_row(params![tag, LISTED_MAX + 1], |row| row.get(0))?;
            let bears = |id: &str| {
                format!(
                    "EXISTS (SELECT 1 FROM item_tags x WHERE x.item_id = {id} \
                     AND x.tag_id = (SELECT id FROM tags WHERE name = ?))"
                )
            };
            let own = if listed > LISTED_MAX {
                bears("item_text.rowid")
            } else {
                "+rowid IN (SELECT item_id FROM item_tags WHERE tag_id = (SELECT id FROM tags WHERE name = ?))"
                    .to_owned()
            };
            add(&own, &bears("i.id"), Box::new(tag.clone()));
        }
        if let Some(outlet) = &filter.outlet {
            let feeds = "IN (SELECT f.id FROM feeds f JOIN outlets o ON o.id = f.outlet_id WHERE o.name = ?)";
            add(&format!("{item}i.feed_id {feeds})"), &format!("i.feed_id {feeds}"), Box::new(outlet.clone()));
            // The outlet's items are listed once; to look at each hit of a common word would take longer.
            let value = format!("?{}", values.len());
            let sightings = format!("sightings s WHERE s.feed_id {feeds}");
            let listed = format!(
                " AND +rowid IN (SELECT item_id FROM {sightings} UNION ALL SELECT i.text_of FROM items i \
                 WHERE i.text_of IS NOT NULL AND i.id IN (SELECT item_id FROM {sightings}))"
            );
            sql.insert_str(0, &listed.replace('?', &value));
        }
        Ok(span + &sql)
    }

    /// Of each found row the item that the filter means: itself, or the first of those that share its words.
    fn meant(&self, rows: Vec<i64>, filter: &ItemFilter) -> Result<Vec<(i64, i64)>, StoreError> {
        let mut sql = "SELECT i.id FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id \
            WHERE (i.id = ?1 OR i.text_of = ?1)"
            .to_owned();
        let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(0)];
        filter.conditions(&mut sql, &mut values);
        sql.push_str(" ORDER BY i.id LIMIT 1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut meant = Vec::with_capacity(rows.len());
        for row in rows {
            if let Some(first) = values.first_mut() {
                *first = Box::new(row);
            }
            let item: Option<i64> = statement.query_row(params_from_iter(&values), |found| found.get(0)).optional()?;
            meant.extend(item.map(|item| (row, item)));
        }
        Ok(meant)
    }
}

#[cfg(test)]
mod tests {
    use super::{match_expression, spellings};

    #[test]
    fn a_search_as_typed_becomes_words_of_fts5() {
        let check = |typed: &str, expected: &str| assert_eq!(match_expression(typed).unwrap(), expected, "{typed}");
        check("Laçın Путин", "(\"Laçın\" OR \"laçin\") AND \"Путин\"");
        check("\"Upp3r Lars\" qu", "\"Upp3r Lars\" AND \"qu\"");
        check("«На суд» x", "\"На суд\" AND \"x\"");
        check("Арм*", "\"Арм\" *");
        check("\"col Арм*\"", "\"col Арм\" *");
        check("Baku OR Lars", "\"Baku\" OR \"Lars\"");
        check("OR Baku OR OR Lars OR", "\"Baku\" OR \"Lars\"");
        check("AND NOT (x) - & C++ ^a a:b", "\"AND\" AND \"NOT\" AND \"(x)\" AND \"C++\" AND \"^a\" AND \"a:b\"");
        check("\"unclosd phras", "\"unclosd phras\"");
        check("a\u{0}b", "\"a b\"");
    }

    #[test]
    fn a_query_without_a_word_or_with_too_many_is_told() {
        for typed in ["", "  ", "\"\"", "* - \"(\" OR", "«»", &"x ".repeat(65)] {
            assert!(match_expression(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_word_is_looked_for_in_each_of_its_spellings() {
        let check = |typed: &str, other: &str| {
            let found = spellings(typed);
            assert!(found.len() <= super::SPELLINGS_MAX && found.contains(&other.to_owned()), "{typed}: {found:?}");
        };
        check("Baki", "bakı");
        check("Bakı", "baki");
        check("Азёры", "азеры");
        check("Королев", "королёв");
        check("Azerbaycan", "azərbaycan");
        check("Aliyev", "aliyəv");
        check("Երեւան", "երևան");
        check("Երևան", "երեւան");
        check("كيف", "کيف");
    }
}
