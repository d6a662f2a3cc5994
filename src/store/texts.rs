//! Text that near-duplicates share.
//!
//! A wire report and its copies differ in a line at the end, if at all. A copy stores how many characters of the title
//! and of the summary it shares with another item, its holder (`text_of`), and the remainder. The full-text index holds
//! the remainder, and a search finds the copy through its holder. Before the text of a holder changes or is removed,
//! each copy gets its own full text. Invariants: a holder shares with nobody, it has its text, and it is tagged if its
//! copies are; `db check` looks for violations.
//!
//! Storing equal texts once in a table of their own would be simpler, but half of the copies in the measured data
//! differ at the end; see docs/architecture.md for the figures.

use rusqlite::{OptionalExtension, params};

use super::error::StoreError;
use super::fingerprints::FINGERPRINTS_KEPT;
use super::transaction::WriteTransaction;

/// SQL: the full `title` or `summary` of the item `i`.
macro_rules! full_text {
    ($column:literal) => {
        concat!(
            "iif(i.text_of IS NULL, i.",
            $column,
            ", coalesce((SELECT substr(w.",
            $column,
            ", 1, i.",
            $column,
            "_shared) FROM items w WHERE w.id = i.text_of), '') || i.",
            $column,
            ")"
        )
    };
}

pub(super) use full_text;

/// Counts items whose text cannot be put together.
pub(super) const BROKEN: &str = "SELECT count(*) FROM items i LEFT JOIN items w ON w.id = i.text_of WHERE i.text_of IS NOT NULL \
    AND (w.id IS NULL OR w.text_of IS NOT NULL OR NOT w.has_text OR i.title_shared IS NULL OR i.summary_shared IS NULL \
        OR i.title_shared > length(w.title) OR i.summary_shared > length(w.summary))";

/// Bytes that must be shared: for fewer, the look-up costs more than it saves.
const MIN_SHARED_BYTES: usize = 40;

/// How far the ids of a holder and of its copies are apart at most.
pub(super) const HOLDER_REACH: i64 = FINGERPRINTS_KEPT;

/// What an item stores of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SharedText<'a> {
    /// The holder, and how many characters of its title and of its summary are shared; none if nothing is.
    pub(super) shared: Option<(i64, i64, i64)>,
    /// The title, or its remainder.
    pub(super) title: &'a str,
    /// The summary, or its remainder.
    pub(super) summary: &'a str,
}

/// Returns how many characters two texts share from their beginning to the end of a word, and the remainder of `text`.
/// The cut is between words of both texts, so that the full-text index has each word whole.
fn shared_prefix<'a>(holder: &str, text: &'a str) -> (i64, &'a str) {
    let is_end = |rest: &str| rest.chars().next().is_none_or(char::is_whitespace);
    let (mut chars, mut cut) = (0, (0, 0));
    let mut bytes = 0;
    for (a, b) in holder.chars().zip(text.chars()) {
        // For SQLite, U+0000 ends a text.
        if a != b || a == '\0' {
            break;
        }
        chars += 1;
        bytes += a.len_utf8();
        if a.is_whitespace() {
            cut = (chars, bytes);
        }
    }
    if let (Some(left), Some(right)) = (holder.get(bytes..), text.get(bytes..))
        && is_end(left)
        && is_end(right)
    {
        cut = (chars, bytes);
    }
    (cut.0, text.get(cut.1..).unwrap_or(text))
}

impl WriteTransaction<'_> {
    /// Decides what the new item `id` stores of its text, if it is a near-duplicate of the item `copied`.
    pub(super) fn share_text<'a>(
        &self,
        id: i64,
        copied: Option<i64>,
        title: &'a str,
        summary: &'a str,
        is_tagged: bool,
    ) -> Result<SharedText<'a>, StoreError> {
        let own = SharedText { shared: None, title, summary };
        let Some(copied) = copied else { return Ok(own) };
        // The text of an untagged item is not indexed and will be dropped, so a tagged item must not depend on it.
        let sql = "SELECT w.id, w.title, w.summary FROM items i JOIN items w ON w.id = coalesce(i.text_of, i.id) \
            WHERE i.id = ?1 AND w.id >= ?3 AND w.text_of IS NULL AND w.has_text = 1 AND w.is_tagged = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![copied, is_tagged, id - HOLDER_REACH])?;
        let Some(row) = rows.next()? else { return Ok(own) };
        let text = |index| row.get_ref(index)?.as_str().map_err(rusqlite::Error::from);
        let (title_shared, title_rest) = shared_prefix(text(1)?, title);
        let (summary_shared, summary_rest) = shared_prefix(text(2)?, summary);
        let saved = title.len() + summary.len() - title_rest.len() - summary_rest.len();
        if saved < MIN_SHARED_BYTES {
            return Ok(own);
        }
        let shared = Some((row.get(0)?, title_shared, summary_shared));
        Ok(SharedText { shared, title: title_rest, summary: summary_rest })
    }

    /// Gives each copy of `holder` its full text, before the text of `holder` changes or is removed. Copies for which
    /// `is_going` holds are removed as well and need none.
    pub(super) fn detach_copies(&mut self, holder: i64, is_going: impl Fn(i64) -> bool) -> Result<(), StoreError> {
        let sql = "SELECT id FROM items INDEXED BY items_by_text WHERE text_of = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let copies: Vec<i64> = statement.query_map([holder], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for copy in copies.into_iter().filter(|copy| !is_going(*copy)) {
            self.store_full_text(copy)?;
        }
        Ok(())
    }

    /// Gives an item that shares text its full text.
    pub(super) fn store_full_text(&mut self, item_id: i64) -> Result<(), StoreError> {
        let sql = "SELECT is_tagged FROM items WHERE id = ?1 AND text_of IS NOT NULL";
        let found: Option<bool> =
            self.connection.prepare_cached(sql)?.query_row([item_id], |row| row.get(0)).optional()?;
        let Some(is_tagged) = found else { return Ok(()) };
        if is_tagged {
            self.index.remove(self.connection, item_id)?;
        }
        let sql = concat!(
            "UPDATE items AS i SET title = ",
            full_text!("title"),
            ", summary = ",
            full_text!("summary"),
            ", text_of = NULL, title_shared = NULL, summary_shared = NULL WHERE i.id = ?1"
        );
        self.connection.prepare_cached(sql)?.execute([item_id])?;
        if is_tagged {
            self.index.add(item_id);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::shared_prefix;

    #[test]
    fn a_shared_prefix_ends_between_words_of_both_texts() {
        let check = |holder: &str, text: &str, expected: (i64, &str)| {
            assert_eq!(shared_prefix(holder, text), expected, "{holder} | {text}");
        };
        check("Baku and Moscow", "Baku and Moscow", (15, ""));
        check("Baku and Moscow", "Baku and Moscow. Updated", (9, "Moscow. Updated"));
        check("Baku and Moscow.", "Baku and Moscow. Updated", (16, " Updated"));
        check("Baku and Moscow. Updated", "Baku and Moscow.", (16, ""));
        check("two attacks", "two attack", (4, "attack"));
        check("Тбилиси и Баку", "Тбилиси и Ереван", (10, "Ереван"));
        check("第比利斯消息", "第比利斯新闻", (0, "第比利斯新闻"));
        check("", "Baku", (0, "Baku"));
        check("Baku", "", (0, ""));
        check("a \0b c", "a \0b c", (2, "\0b c"));
    }

    proptest! {
        #[test]
        fn shared_prefix_and_remainder_make_up_the_text(holder in "[ab é\0Ж.]{0,12}", text in "[ab é\0Ж.]{0,12}", common in "[ab é\0Ж.]{0,12}") {
            let (holder, text) = (format!("{common}{holder}"), format!("{common}{text}"));
            let (chars, rest) = shared_prefix(&holder, &text);
            let shared: String = holder.chars().take(usize::try_from(chars).unwrap()).collect();
            prop_assert!(!shared.contains('\0'));
            prop_assert_eq!(format!("{shared}{rest}"), text);
        }
    }
}
