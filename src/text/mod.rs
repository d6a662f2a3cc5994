//! Text that people read: markup removed, letters folded, made safe to print.
//!
//! Pure, and independent of feeds, stores and pages.
//!
//! Three parts of the program need that, each with what it knows, and their results differ on purpose. This module
//! removes the outlet's own name, so that tags and fingerprints do not depend on it. Deduplication also removes other
//! sources after a dash, by its list of agencies, since a copy may name another one. Digests also remove credits and
//! labels, by the wording of their plan, for readers.

pub(crate) mod fold;
pub(crate) mod html;
pub(crate) mod sanitize;
pub(crate) mod script;
pub(crate) mod tokenizer;

use unicode_segmentation::UnicodeSegmentation;

/// Separators between a title and the name of its outlet.
const SIGNS: [&str; 4] = [" | ", " — ", " – ", " - "];

/// Returns the title before the name of its outlet: `A pass opens` for `A pass opens | Ararat Times` from `Ararat
/// Times`. The name must be complete, or its first two or more words; a single word may be who is quoted.
pub(crate) fn without_outlet<'a>(title: &'a str, outlet: &str) -> &'a str {
    let parted = SIGNS.iter().filter_map(|sign| title.rsplit_once(sign)).max_by_key(|(head, _)| head.len());
    let Some((head, tail)) = parted else { return title };
    let (tail, outlet) = (words(tail), words(outlet));
    let is_its_name = tail == outlet || (tail.len() >= 2 && outlet.starts_with(&tail));
    if is_its_name && !tail.is_empty() && !head.trim().is_empty() { head } else { title }
}

fn words(text: &str) -> Vec<String> {
    text.unicode_words().map(str::to_lowercase).collect()
}

/// Returns the longest prefix of `text` that has at most `bytes` bytes and ends between two characters.
pub(crate) fn truncate_to_bytes(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_outlet_is_no_part_of_the_title() {
        let check =
            |title: &str, outlet: &str, expected: &str| assert_eq!(without_outlet(title, outlet), expected, "{title}");
        check("A pass opens | Ararat Times", "Ararat Times", "A pass opens");
        check("A pass opens - ARARAT TIMES", "Ararat Times Weekly", "A pass opens");
        check("Перевал открыт — Вести Еревана", "Вести Еревана", "Перевал открыт");
        check("Talks - in part - begin - Ararat", "Ararat", "Talks - in part - begin");
        check("Troops leave – Georgia", "Georgia Today", "Troops leave – Georgia");
        check("A pass opens | Ararat Times", "Valley Echo", "A pass opens | Ararat Times");
        check(" | Ararat Times", "Ararat Times", " | Ararat Times");
        check("Ararat Times", "Ararat Times", "Ararat Times");
        check("", "", "");
        check("A - ", "", "A - ");
    }

    #[test]
    fn no_character_is_cut() {
        let check =
            |text: &str, bytes: usize, expected: &str| assert_eq!(truncate_to_bytes(text, bytes), expected, "{text}");
        check("", 3, "");
        check("ab", 3, "ab");
        check("abcd", 3, "abc");
        check("жз", 3, "ж");
        check("жз", 0, "");
    }
}
