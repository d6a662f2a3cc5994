//! A title without the name of its outlet: who publishes an item is context, never evidence of what it is about.
//!
//! Three parts of the program need that, each with what it knows, and their results differ on purpose. This module
//! removes the outlet's own name, so that tags and fingerprints do not depend on it. Deduplication also removes other
//! sources after a dash, by its list of agencies, since a copy may name another one. Digests also remove credits and
//! labels, by the wording of their plan, for readers.

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
}
