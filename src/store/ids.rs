//! The ids of tags and of kinds of evidence, cached in memory.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::error::StoreError;
use crate::model::Evidence;

/// Ids that a cache holds at most; then it is reloaded from the file.
const CACHED_IDS: usize = 20_000;

/// The ids that this process has looked up or assigned.
#[derive(Debug, Default)]
pub(super) struct IdCache {
    tags: HashMap<String, i64>,
    kinds: HashMap<String, i64>,
    key: String,
}

impl IdCache {
    /// Forgets all ids, after a transaction that may have assigned some was rolled back.
    pub(super) fn clear(&mut self) {
        self.tags.clear();
        self.kinds.clear();
    }

    /// Returns the id of a tag, and inserts the tag if it is new.
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
        if self.tags.len() >= CACHED_IDS {
            self.tags.clear();
        }
        self.tags.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Returns the id of the kind of a piece of evidence: its entity and the rule that found it.
    pub(super) fn kind(&mut self, connection: &Connection, evidence: &Evidence) -> Result<i64, StoreError> {
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
        if self.kinds.len() >= CACHED_IDS {
            self.kinds.clear();
        }
        self.kinds.insert(self.key.clone(), id);
        Ok(id)
    }
}
