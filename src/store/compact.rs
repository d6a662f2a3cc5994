//! How evidence, relations and findings are kept: as short JSON arrays, which SQL reads as well (see the views).
//!
//! Owns the form. Evidence is an array of three numbers a line: three times the kind plus the field (0 title, 1 summary, 2 content), the first
//! byte, and the bytes. An entity of the lexicon and the rule by which it was found are one number, the `evidence_kinds` say which; the form
//! that was found is left out, since it stands in the item's text at its span.

use std::collections::HashMap;
use std::fmt::Write;

use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::StoreError;
use crate::dedup::Level;
use crate::model::{Classification, Evidence, Field, Relation};

/// Numbers that are kept in memory, at most; then they are read from the file again.
const NUMBERS_KEPT: usize = 20_000;

/// The tag of the evidence of relations.
const RELATION: &str = "relation";

/// What decided on an item's place among the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Found {
    /// The level.
    pub level: Level,
    /// The item that it was found like.
    pub with: i64,
    /// 0 to 1: how sure the finding is.
    pub score: f64,
    /// 0 to 1: similarity of the titles.
    pub title_similarity: f64,
    /// 0 to 1: containment of the shorter summary in the longer; none where one has no summary to speak of.
    pub summary_containment: Option<f64>,
    /// Names that both titles have.
    pub shared_names: u8,
    /// Numbers that both titles have.
    pub shared_numbers: u8,
    /// Tags that both items bear.
    pub shared_tags: u8,
}

/// As it is kept; the level is a number of [`LEVELS`], or its name in files of an earlier kazbek.
type KeptFound = (serde_json::Value, i64, f64, f64, Option<f64>, u8, u8, u8);

/// The levels by the numbers under which they are kept.
const LEVELS: [(u64, Level); 3] = [(2, Level::Address), (3, Level::NearDuplicate), (4, Level::Story)];

impl Found {
    pub(super) fn kept(&self) -> Result<String, StoreError> {
        let number = LEVELS.iter().find(|(_, level)| *level == self.level).map(|(number, _)| *number);
        let kept: KeptFound = (
            number.into(),
            self.with,
            self.score,
            self.title_similarity,
            self.summary_containment,
            self.shared_names,
            self.shared_numbers,
            self.shared_tags,
        );
        serde_json::to_string(&kept).map_err(|error| failed(&error))
    }

    /// What was kept, as an object with names.
    pub(super) fn shown(json: &str) -> Option<serde_json::Value> {
        let (level, with, score, title, summary, names, numbers, tags): KeptFound = serde_json::from_str(json).ok()?;
        let level = match LEVELS.iter().find(|(number, _)| level.as_u64() == Some(*number)) {
            Some((_, level)) => level.as_str().into(),
            None => level,
        };
        Some(serde_json::json!({
            "level": level,
            "with": with,
            "score": score,
            "title_similarity": title,
            "summary_containment": summary,
            "shared_names": names,
            "shared_numbers": numbers,
            "shared_tags": tags,
        }))
    }
}

fn failed(error: &serde_json::Error) -> StoreError {
    StoreError::Other(format!("a value of the store is no JSON: {error}"))
}

/// The numbers of tags, and of entities with rules, as they are in the file.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    tags: HashMap<String, i64>,
    kinds: HashMap<String, i64>,
    key: String,
}

impl Numbers {
    /// Forgets what a transaction that is undone may have numbered.
    pub(super) fn clear(&mut self) {
        self.tags.clear();
        self.kinds.clear();
    }

    /// The number of a tag, a new one where it has none.
    pub(super) fn tag(&mut self, connection: &Connection, name: &str) -> Result<i64, StoreError> {
        if let Some(id) = self.tags.get(name) {
            return Ok(*id);
        }
        let mut statement = connection.prepare_cached("SELECT id FROM tags WHERE name = ?1")?;
        let known = statement.query_row([name], |row| row.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                connection.prepare_cached("INSERT INTO tags (name) VALUES (?1)")?.execute([name])?;
                connection.last_insert_rowid()
            }
        };
        if self.tags.len() >= NUMBERS_KEPT {
            self.tags.clear();
        }
        self.tags.insert(name.to_owned(), id);
        Ok(id)
    }

    fn kind(&mut self, connection: &Connection, evidence: &Evidence) -> Result<i64, StoreError> {
        self.key.clear();
        self.key.push_str(&evidence.entity);
        self.key.push('\n');
        self.key.push_str(&evidence.rule);
        if let Some(id) = self.kinds.get(&self.key) {
            return Ok(*id);
        }
        let values = [&evidence.entity, &evidence.rule];
        let sql = "SELECT id FROM evidence_kinds WHERE entity = ?1 AND rule = ?2";
        let known = connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
        let id = match known {
            Some(id) => id,
            None => {
                let sql = "INSERT INTO evidence_kinds (entity, rule) VALUES (?1, ?2)";
                connection.prepare_cached(sql)?.execute(values)?;
                connection.last_insert_rowid()
            }
        };
        if self.kinds.len() >= NUMBERS_KEPT {
            self.kinds.clear();
        }
        self.kinds.insert(self.key.clone(), id);
        Ok(id)
    }

    /// One line of evidence as it is kept: what was found in which field, where, and how long.
    fn numbered(&mut self, connection: &Connection, evidence: &Evidence) -> Result<[i64; 3], StoreError> {
        let whole = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let found = self.kind(connection, evidence)? * FIELDS + i64::from(number(evidence.field));
        Ok([found, whole(evidence.start), whole(evidence.end.saturating_sub(evidence.start))])
    }

    /// Some evidence as it is kept; empty where there is none.
    fn kept<'a>(
        &mut self,
        connection: &Connection,
        all: impl Iterator<Item = &'a Evidence>,
        kept: &mut String,
    ) -> Result<(), StoreError> {
        for evidence in all {
            let [found, start, length] = self.numbered(connection, evidence)?;
            kept.push(if kept.is_empty() { '[' } else { ',' });
            write!(kept, "{found},{start},{length}").map_err(|error| StoreError::Other(error.to_string()))?;
        }
        if !kept.is_empty() {
            kept.push(']');
        }
        Ok(())
    }

    /// The evidence of one tag as it is kept.
    pub(super) fn evidence(
        &mut self,
        connection: &Connection,
        classification: &Classification,
        tag: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut kept = String::new();
        // What the title shows stands first: what a digest reads asks for that.
        let mut found: Vec<_> = classification.evidence.iter().filter(|evidence| evidence.tag == tag).collect();
        found.sort_by_key(|evidence| number(evidence.field));
        self.kept(connection, found.into_iter(), &mut kept)?;
        Ok((!kept.is_empty()).then_some(kept))
    }

    /// The relations of an item as they are kept: an array of `[a, b, tone, class, directed, confidence, [evidence]]`.
    pub(super) fn relations(
        &mut self,
        connection: &Connection,
        classification: &Classification,
    ) -> Result<Option<String>, StoreError> {
        if classification.relations.is_empty() {
            return Ok(None);
        }
        let mut all = Vec::with_capacity(classification.relations.len());
        for Relation { a, b, tone, class, directed, confidence, evidence } in &classification.relations {
            let mut found = Vec::with_capacity(3 * evidence.len());
            for evidence in evidence {
                found.extend(self.numbered(connection, evidence)?);
            }
            all.push((a, b, tone, class, directed, confidence, found));
        }
        serde_json::to_string(&all).map(Some).map_err(|error| failed(&error))
    }
}

/// How many fields an item has.
const FIELDS: i64 = 3;

fn number(field: Field) -> u8 {
    match field {
        Field::Title => 0,
        Field::Summary => 1,
        Field::Content => 2,
    }
}

fn field(number: i64) -> Field {
    match number {
        0 => Field::Title,
        1 => Field::Summary,
        _ => Field::Content,
    }
}

/// A line of evidence as it is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptEvidence {
    kind: i64,
    field: Field,
    start: usize,
    end: usize,
}

/// The lines of evidence of an array of numbers.
fn lines(numbers: &[i64]) -> impl Iterator<Item = KeptEvidence> {
    let line = |line: &[i64; 3]| {
        let [found, start, length] = *line;
        let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
        let (kind, field) = (found.div_euclid(FIELDS), field(found.rem_euclid(FIELDS)));
        Some(KeptEvidence { kind, field, start, end: start.checked_add(length)? })
    };
    numbers.as_chunks().0.iter().filter_map(line)
}

type KeptRelation = (String, String, f32, String, bool, f32, Vec<i64>);

/// Relations that were kept; `evidence` says what a line of evidence is, none where it is not wanted.
pub(super) fn relations(json: &str, mut evidence: impl FnMut(KeptEvidence) -> Option<Evidence>) -> Vec<Relation> {
    let all: Vec<KeptRelation> = serde_json::from_str(json).unwrap_or_default();
    let relations = all.into_iter().map(|(a, b, tone, class, directed, confidence, found)| Relation {
        a,
        b,
        tone,
        class,
        directed,
        confidence,
        evidence: lines(&found).filter_map(&mut evidence).collect(),
    });
    relations.collect()
}

/// Evidence that was kept, with the form that stands in the item's text.
pub(super) fn evidence(
    connection: &Connection,
    tag: &str,
    KeptEvidence { kind, field, start, end }: KeptEvidence,
    title: &str,
    summary: &str,
) -> Result<Option<Evidence>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT entity, rule FROM evidence_kinds WHERE id = ?1")?;
    let found = statement.query_row([kind], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((entity, rule)) = found else { return Ok(None) };
    let text = if field == Field::Title { title } else { summary };
    let form = text.get(start..end).unwrap_or_default().to_owned();
    Ok(Some(Evidence { tag: tag.to_owned(), entity, form, field, start, end, rule }))
}

/// The evidence of a tag that was kept.
pub(super) fn all_evidence(
    connection: &Connection,
    tag: &str,
    json: &str,
    title: &str,
    summary: &str,
) -> Result<Vec<Evidence>, StoreError> {
    let kept: Vec<i64> = serde_json::from_str(json).map_err(|error| failed(&error))?;
    lines(&kept).filter_map(|kept| evidence(connection, tag, kept, title, summary).transpose()).collect()
}

/// The relations of an item, with their evidence.
pub(super) fn all_relations(connection: &Connection, json: &str, title: &str, summary: &str) -> Vec<Relation> {
    relations(json, |kept| evidence(connection, RELATION, kept, title, summary).ok().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tag: &str, form: &str, field: Field, start: usize, rule: &str) -> Evidence {
        let end = start + form.len();
        let (entity, rule) = (form.to_lowercase(), rule.to_owned());
        Evidence { tag: tag.to_owned(), entity, form: form.to_owned(), field, start, end, rule }
    }

    #[test]
    fn what_is_kept_comes_back_as_it_was() {
        let mut connection = Connection::open_in_memory().unwrap();
        use super::super::schema;
        schema::upgrade(&mut connection, schema::STEPS, |_, _| Ok(())).unwrap();
        let (title, summary) = ("Tbilisi and Ганджа", "Baku \"and\" Tbilisi");
        let relation = Relation {
            a: "azerbaijan".to_owned(),
            b: "georgia".to_owned(),
            tone: -3.5,
            class: "accuse".to_owned(),
            directed: true,
            confidence: 0.6,
            evidence: vec![line(RELATION, "Baku", Field::Summary, 0, "actor, acts")],
        };
        let classification = Classification {
            evidence: vec![
                line("city:tbilisi", "Tbilisi", Field::Title, 0, "name"),
                line("city:ganja", "Ганджа", Field::Title, 12, "name \"x\""),
                line("city:tbilisi", "Tbilisi", Field::Summary, 11, "name"),
            ],
            relations: vec![relation],
            ..Classification::default()
        };
        let mut numbers = Numbers::default();
        for _ in 0..2 {
            for tag in ["city:tbilisi", "city:ganja"] {
                let kept = numbers.evidence(&connection, &classification, tag).unwrap().unwrap();
                let wanted: Vec<Evidence> =
                    classification.evidence.iter().filter(|evidence| evidence.tag == tag).cloned().collect();
                assert_eq!(all_evidence(&connection, tag, &kept, title, summary).unwrap(), wanted);
            }
            let kept = numbers.relations(&connection, &classification).unwrap().unwrap();
            assert_eq!(all_relations(&connection, &kept, title, summary), classification.relations);
            // Another process numbers from the file.
            numbers.clear();
        }
        let kinds: i64 = connection.query_row("SELECT count(*) FROM evidence_kinds", [], |row| row.get(0)).unwrap();
        assert_eq!(kinds, 3);
        assert_eq!(numbers.evidence(&connection, &classification, "city:baku").unwrap(), None);
    }

    #[test]
    fn a_finding_is_shown_with_its_names() {
        let found = Found {
            level: Level::Story,
            with: 7,
            score: 0.5,
            title_similarity: 0.25,
            summary_containment: None,
            shared_names: 1,
            shared_numbers: 2,
            shared_tags: 3,
        };
        let shown = Found::shown(&found.kept().unwrap()).unwrap();
        assert_eq!(shown, serde_json::to_value(found).unwrap());
        let before = Found::shown("[\"story\",7,0.5,0.25,null,1,2,3]");
        assert_eq!(before, Some(shown), "as an earlier kazbek kept it");
        assert_eq!(Found::shown("no JSON"), None);
    }
}
