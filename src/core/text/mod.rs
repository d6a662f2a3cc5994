//! Text that people read: markup removed, letters folded, made safe to print.
//!
//! Pure, and independent of feeds, stores and pages.
//!
//! Three parts of the program need that, each with what it knows, and their results differ on purpose. This module
//! removes the outlet's own name, so that tags and fingerprints do not depend on it. Deduplication also removes other
//! sources after a dash, by its list of agencies, since a copy may name another one. Digests also remove credits and
//! labels, by the wording of their plan, for readers.

pub mod fold;
pub mod html;
pub mod romanise;
pub mod sanitize;
pub mod script;
pub mod spreadsheet;
pub mod tokenizer;
pub mod tracking;

use unicode_segmentation::UnicodeSegmentation;

/// Separators between a title and the name of its outlet.
const SIGNS: [&str; 4] = [" | ", " — ", " – ", " - "];

/// Returns the title before the name of its outlet: `A pass opens` for `A pass opens | Ararat Times` from `Ararat
/// Times`. The name must be complete, or its first two or more words; a single word may be who is quoted.
pub fn without_outlet<'a>(title: &'a str, outlet: &str) -> &'a str {
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
pub fn truncate_to_bytes(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// Counts the ends of lines in a piece of a text: LF, CRLF, and CR alone, which editors show as a new line as well.
/// `next` is the byte after the piece; a CR at its end ends a line unless an LF follows.
pub fn line_ends(piece: &[u8], next: Option<u8>) -> usize {
    let after = piece.iter().skip(1).map(Some).chain([next.as_ref()]);
    piece
        .iter()
        .zip(after)
        .filter(|(byte, after)| **byte == b'\n' || (**byte == b'\r' && *after != Some(&b'\n')))
        .count()
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

    #[test]
    fn lines_end_as_editors_show_them() {
        let check = |piece: &str, next: Option<u8>, expected: usize| {
            assert_eq!(line_ends(piece.as_bytes(), next), expected, "{piece:?} {next:?}");
        };
        check("", None, 0);
        check("a\nb\n", None, 2);
        check("a\r\nb\r\n", None, 2);
        check("a\rb\r", None, 2);
        check("a\r", Some(b'\n'), 0);
        check("\n\r\r\n", None, 3);
    }
}
