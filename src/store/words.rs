//! The words of copies, which are kept once.
//!
//! A wire's copy differs from its original by a line at its end, if at all. Such an item keeps what it shares with the other by two numbers
//! of characters, and only its rest as text; the full text indexes that rest, and [`super::search`] finds the copy through the words of the
//! item that holds them. An item that holds the words of others hands them out before it loses or changes its own.

use rusqlite::{OptionalExtension, params};

use super::StoreError;
use super::write::{FINGERPRINTS_KEPT, WriteTransaction};

/// The whole `title` or `summary` of the item `i`, in SQL.
macro_rules! whole {
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

pub(super) use whole;

/// Counts the items whose words cannot be put together.
pub(super) const BROKEN: &str = "SELECT count(*) FROM items i LEFT JOIN items w ON w.id = i.text_of WHERE i.text_of IS NOT NULL \
    AND (w.id IS NULL OR w.text_of IS NOT NULL OR NOT w.has_text OR i.title_shared IS NULL OR i.summary_shared IS NULL \
        OR i.title_shared > length(w.title) OR i.summary_shared > length(w.summary))";

/// Bytes that must be shared for the words to be kept with another item: for fewer, looking them up costs more than it saves.
const WORTH_BYTES: usize = 40;

/// How many items may come in between one that holds words and the last that shares them.
pub(super) const WORDS_REACH: i64 = FINGERPRINTS_KEPT;

/// How an item keeps its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept<'a> {
    /// The item that holds what is shared, and how many characters of its title and of its summary; none where nothing is.
    pub(super) shared: Option<(i64, i64, i64)>,
    /// What the item holds itself.
    pub(super) title: &'a str,
    /// What the item holds itself.
    pub(super) summary: &'a str,
}

/// The beginning that two texts share up to the end of a word: its characters, and what of `text` stands behind it. Words are whole on both
/// sides of the cut, so that the full text finds each of them in one place.
fn beginning<'a>(holder: &str, text: &'a str) -> (i64, &'a str) {
    let is_end = |rest: &str| rest.chars().next().is_none_or(char::is_whitespace);
    let (mut chars, mut cut) = (0, (0, 0));
    let mut bytes = 0;
    for (a, b) in holder.chars().zip(text.chars()) {
        // SQLite takes U+0000 for the end of a text.
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
    /// How the new item `id` keeps its words that was found to be a copy of `like`.
    pub(super) fn kept_words<'a>(
        &self,
        id: i64,
        like: Option<i64>,
        title: &'a str,
        summary: &'a str,
        is_tagged: bool,
    ) -> Result<Kept<'a>, StoreError> {
        let own = Kept { shared: None, title, summary };
        let Some(like) = like else { return Ok(own) };
        // The words of an untagged item are not indexed and will be dropped: a tagged one does not depend on them.
        let sql = "SELECT w.id, w.title, w.summary FROM items i JOIN items w ON w.id = coalesce(i.text_of, i.id) \
            WHERE i.id = ?1 AND w.id >= ?3 AND w.text_of IS NULL AND w.has_text = 1 AND w.is_tagged = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![like, is_tagged, id - WORDS_REACH])?;
        let Some(row) = rows.next()? else { return Ok(own) };
        let text = |index| row.get_ref(index)?.as_str().map_err(rusqlite::Error::from);
        let (title_shared, title_rest) = beginning(text(1)?, title);
        let (summary_shared, summary_rest) = beginning(text(2)?, summary);
        let saved = title.len() + summary.len() - title_rest.len() - summary_rest.len();
        if saved < WORTH_BYTES {
            return Ok(own);
        }
        let shared = Some((row.get(0)?, title_shared, summary_shared));
        Ok(Kept { shared, title: title_rest, summary: summary_rest })
    }

    /// Gives the items that share the words of `holder` their own, before `holder` changes or loses them; those that `is_going` names go
    /// with it and need none.
    pub(super) fn hand_out_words(&mut self, holder: i64, is_going: impl Fn(i64) -> bool) -> Result<(), StoreError> {
        let sql = "SELECT id FROM items INDEXED BY items_by_text WHERE text_of = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let copies: Vec<i64> = statement.query_map([holder], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for copy in copies.into_iter().filter(|copy| !is_going(*copy)) {
            self.hold_own_words(copy)?;
        }
        Ok(())
    }

    /// Has an item that shares words hold them itself.
    pub(super) fn hold_own_words(&mut self, item_id: i64) -> Result<(), StoreError> {
        let sql = "SELECT is_tagged FROM items WHERE id = ?1 AND text_of IS NOT NULL";
        let found: Option<bool> =
            self.connection.prepare_cached(sql)?.query_row([item_id], |row| row.get(0)).optional()?;
        let Some(is_tagged) = found else { return Ok(()) };
        if is_tagged {
            self.unindex_text(item_id)?;
        }
        let sql = concat!(
            "UPDATE items AS i SET title = ",
            whole!("title"),
            ", summary = ",
            whole!("summary"),
            ", text_of = NULL, title_shared = NULL, summary_shared = NULL WHERE i.id = ?1"
        );
        self.connection.prepare_cached(sql)?.execute([item_id])?;
        if is_tagged {
            self.index_text(item_id);
        }
        Ok(())
    }

    /// Takes the words that an item holds itself out of the full text.
    pub(super) fn unindex_text(&mut self, item_id: i64) -> Result<(), StoreError> {
        if self.is_unindexed(item_id) {
            self.index_texts()?;
        }
        let sql = "INSERT INTO item_text (item_text, rowid, title, summary) SELECT 'delete', id, title, summary FROM items WHERE id = ?1";
        self.connection.prepare_cached(sql)?.execute([item_id])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::beginning;

    #[test]
    fn a_beginning_ends_where_a_word_does_in_both() {
        let check = |holder: &str, text: &str, expected: (i64, &str)| {
            assert_eq!(beginning(holder, text), expected, "{holder} | {text}");
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
        fn what_is_shared_and_the_rest_are_the_text(holder in "[ab é\0Ж.]{0,12}", text in "[ab é\0Ж.]{0,12}", common in "[ab é\0Ж.]{0,12}") {
            let (holder, text) = (format!("{common}{holder}"), format!("{common}{text}"));
            let (chars, rest) = beginning(&holder, &text);
            let shared: String = holder.chars().take(usize::try_from(chars).unwrap()).collect();
            prop_assert!(!shared.contains('\0'));
            prop_assert_eq!(format!("{shared}{rest}"), text);
        }
    }
}
