//! How rows are encoded: times, evidence, relations and match records.
//!
//! Evidence is a JSON array of three integers for each piece: 3 × kind + field (0 title, 1 summary, 2 content), the
//! first byte, and the length in bytes. A kind is an entity of the lexicon with the rule that found it, a row of
//! `evidence_kinds`. The form that was found is not stored, since it is in the item's text at that span. Evidence in
//! the title comes first. Relations and match records are JSON arrays without names. The views spell all of it out.

use std::fmt::Write;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::error::StoreError;
use super::ids::IdCache;
use crate::dedup::Level;
use crate::model::{Cadence, Classification, Evidence, Field, Period, PressBloc, Relation};

/// SQL: whether the evidence of the row `x` of `item_tags` includes the title.
macro_rules! is_in_title {
    () => {
        "CAST(substr(x.evidence, 2) AS INTEGER) % 3 = 0"
    };
}

pub(super) use is_in_title;

/// The tag of the evidence of relations.
const RELATION: &str = "relation";

/// How many fields an item has.
const FIELDS: i64 = 3;

/// A time of the store; a damaged value out of range reads as the epoch.
pub(super) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The first second of a period, and the second after its last.
pub(super) fn bounds(period: &Period) -> Result<(i64, i64), StoreError> {
    let out_of_range = |error: jiff::Error| StoreError::PeriodOutOfRange(error.to_string());
    let from = period.start_instant().map_err(out_of_range)?.as_second();
    Ok((from, period.end_instant().map_err(out_of_range)?.as_second()))
}

/// A stored cadence; a word of a newer kazbek reads as `day`.
pub(super) fn cadence(word: &str) -> Cadence {
    let all = [Cadence::Week, Cadence::Month, Cadence::Year];
    all.into_iter().find(|cadence| cadence.as_str() == word).unwrap_or(Cadence::Day)
}

/// A stored bloc; a word of a newer kazbek reads as none.
pub(super) fn bloc(word: Option<String>) -> Option<PressBloc> {
    word.and_then(|word| word.parse().ok())
}

/// Why an item was placed as a near-duplicate or in a story: its best match.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MatchRecord {
    /// The level at which the two match.
    pub level: Level,
    /// The id of the item that it matches.
    pub with: i64,
    /// Score of the match, 0 to 1.
    pub score: f64,
    /// Similarity of the titles, 0 to 1.
    pub title_similarity: f64,
    /// Containment of the shorter summary in the longer, 0 to 1; none if a summary is missing or very short.
    pub summary_containment: Option<f64>,
    /// Names in both titles.
    pub shared_names: u8,
    /// Numbers in both titles.
    pub shared_numbers: u8,
    /// Tags of both items.
    pub shared_tags: u8,
}

/// A match record as it is stored; the level is a number of [`LEVELS`], or its name in files of an earlier kazbek.
type StoredMatch = (serde_json::Value, i64, f64, f64, Option<f64>, u8, u8, u8);

/// The numbers of the levels.
const LEVELS: [(u64, Level); 3] = [(2, Level::Address), (3, Level::NearDuplicate), (4, Level::Story)];

impl MatchRecord {
    /// The record as it is stored.
    pub(super) fn encode(&self) -> Result<String, StoreError> {
        let number = LEVELS.iter().find(|(_, level)| *level == self.level).map(|(number, _)| *number);
        let stored: StoredMatch = (
            number.into(),
            self.with,
            self.score,
            self.title_similarity,
            self.summary_containment,
            self.shared_names,
            self.shared_numbers,
            self.shared_tags,
        );
        serde_json::to_string(&stored).map_err(|error| not_json(&error))
    }

    /// A stored record as a JSON object with names; none if it cannot be read.
    pub(super) fn decode(json: &str) -> Option<serde_json::Value> {
        let (level, with, score, title, summary, names, numbers, tags): StoredMatch =
            serde_json::from_str(json).ok()?;
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

fn not_json(error: &serde_json::Error) -> StoreError {
    StoreError::Other(format!("a stored value is not valid JSON: {error}"))
}

fn field_number(field: Field) -> u8 {
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

/// One piece of evidence as three integers.
fn encode_one(ids: &mut IdCache, connection: &Connection, evidence: &Evidence) -> Result<[i64; 3], StoreError> {
    let integer = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
    let kind_and_field = ids.kind(connection, evidence)? * FIELDS + i64::from(field_number(evidence.field));
    Ok([kind_and_field, integer(evidence.start), integer(evidence.end.saturating_sub(evidence.start))])
}

/// The evidence of one tag as it is stored; none if there is none.
pub(super) fn encode_evidence(
    ids: &mut IdCache,
    connection: &Connection,
    classification: &Classification,
    tag: &str,
) -> Result<Option<String>, StoreError> {
    let mut found: Vec<_> = classification.evidence.iter().filter(|evidence| evidence.tag == tag).collect();
    found.sort_by_key(|evidence| field_number(evidence.field));
    let mut stored = String::new();
    for evidence in found {
        let [kind_and_field, start, length] = encode_one(ids, connection, evidence)?;
        stored.push(if stored.is_empty() { '[' } else { ',' });
        write!(stored, "{kind_and_field},{start},{length}").map_err(|error| StoreError::Other(error.to_string()))?;
    }
    if stored.is_empty() {
        return Ok(None);
    }
    stored.push(']');
    Ok(Some(stored))
}

/// The relations of an item as they are stored: an array of `[a, b, tone, class, directed, confidence, [evidence]]`.
pub(super) fn encode_relations(
    ids: &mut IdCache,
    connection: &Connection,
    classification: &Classification,
) -> Result<Option<String>, StoreError> {
    if classification.relations.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::with_capacity(classification.relations.len());
    for Relation { a, b, tone, class, directed, confidence, evidence } in &classification.relations {
        let mut stored = Vec::with_capacity(3 * evidence.len());
        for evidence in evidence {
            stored.extend(encode_one(ids, connection, evidence)?);
        }
        all.push((a, b, tone, class, directed, confidence, stored));
    }
    serde_json::to_string(&all).map(Some).map_err(|error| not_json(&error))
}

/// A piece of evidence as it is stored.
#[derive(Clone, Copy, Debug)]
pub(super) struct StoredEvidence {
    kind: i64,
    field: Field,
    start: usize,
    end: usize,
}

/// The pieces of evidence in an array of integers.
fn pieces(numbers: &[i64]) -> impl Iterator<Item = StoredEvidence> {
    let piece = |piece: &[i64; 3]| {
        let [found, start, length] = *piece;
        let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
        let (kind, field) = (found.div_euclid(FIELDS), field(found.rem_euclid(FIELDS)));
        Some(StoredEvidence { kind, field, start, end: start.checked_add(length)? })
    };
    numbers.as_chunks().0.iter().filter_map(piece)
}

type StoredRelation = (String, String, f32, String, bool, f32, Vec<i64>);

/// Stored relations; `evidence` looks a piece of evidence up, and returns none if it is not wanted.
pub(super) fn decode_relations_with(
    json: &str,
    mut evidence: impl FnMut(StoredEvidence) -> Option<Evidence>,
) -> Vec<Relation> {
    let all: Vec<StoredRelation> = serde_json::from_str(json).unwrap_or_default();
    let relations = all.into_iter().map(|(a, b, tone, class, directed, confidence, stored)| Relation {
        a,
        b,
        tone,
        class,
        directed,
        confidence,
        evidence: pieces(&stored).filter_map(&mut evidence).collect(),
    });
    relations.collect()
}

/// Stored evidence with the form that is in the item's text.
fn decode_one(
    connection: &Connection,
    tag: &str,
    StoredEvidence { kind, field, start, end }: StoredEvidence,
    title: &str,
    summary: &str,
) -> Result<Option<Evidence>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT entity, rule FROM evidence_kinds WHERE id = ?1")?;
    let found = statement.query_row([kind], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((entity, rule)) = found else { return Ok(None) };
    let text = if field == Field::Title { title } else { summary };
    let form = text.get(start..end).unwrap_or_default().to_owned();
    Ok(Some(Evidence { tag: tag.into(), entity, form, field, start, end, rule }))
}

/// The stored evidence of a tag.
pub(super) fn decode_evidence(
    connection: &Connection,
    tag: &str,
    json: &str,
    title: &str,
    summary: &str,
) -> Result<Vec<Evidence>, StoreError> {
    let stored: Vec<i64> = serde_json::from_str(json).map_err(|error| not_json(&error))?;
    pieces(&stored).filter_map(|piece| decode_one(connection, tag, piece, title, summary).transpose()).collect()
}

/// The stored relations of an item with their evidence.
pub(super) fn decode_relations(connection: &Connection, json: &str, title: &str, summary: &str) -> Vec<Relation> {
    decode_relations_with(json, |piece| decode_one(connection, RELATION, piece, title, summary).ok().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(tag: &str, form: &str, field: Field, start: usize, rule: &str) -> Evidence {
        let end = start + form.len();
        let (entity, rule) = (form.to_lowercase(), rule.to_owned());
        Evidence { tag: tag.into(), entity, form: form.to_owned(), field, start, end, rule }
    }

    #[test]
    fn evidence_and_relations_are_decoded_as_they_were_encoded() {
        let mut connection = Connection::open_in_memory().unwrap();
        super::super::query::add_function(&connection).unwrap();
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
        let mut ids = IdCache::default();
        for _ in 0..2 {
            for tag in ["city:tbilisi", "city:ganja"] {
                let kept = encode_evidence(&mut ids, &connection, &classification, tag).unwrap().unwrap();
                let wanted: Vec<Evidence> =
                    classification.evidence.iter().filter(|evidence| evidence.tag == tag).cloned().collect();
                assert_eq!(decode_evidence(&connection, tag, &kept, title, summary).unwrap(), wanted);
            }
            let kept = encode_relations(&mut ids, &connection, &classification).unwrap().unwrap();
            assert_eq!(decode_relations(&connection, &kept, title, summary), classification.relations);
            // Another process reads the ids from the file.
            ids.clear();
        }
        let kinds: i64 = connection.query_row("SELECT count(*) FROM evidence_kinds", [], |row| row.get(0)).unwrap();
        assert_eq!(kinds, 3);
        assert_eq!(encode_evidence(&mut ids, &connection, &classification, "city:baku").unwrap(), None);
    }

    #[test]
    fn a_match_record_is_decoded_with_its_names() {
        let found = MatchRecord {
            level: Level::Story,
            with: 7,
            score: 0.5,
            title_similarity: 0.25,
            summary_containment: None,
            shared_names: 1,
            shared_numbers: 2,
            shared_tags: 3,
        };
        let shown = MatchRecord::decode(&found.encode().unwrap()).unwrap();
        assert_eq!(shown, serde_json::to_value(found).unwrap());
        let before = MatchRecord::decode("[\"story\",7,0.5,0.25,null,1,2,3]");
        assert_eq!(before, Some(shown), "as an earlier kazbek stored it");
        assert_eq!(MatchRecord::decode("no JSON"), None);
    }
}
