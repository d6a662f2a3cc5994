//! Where a text may be cut: never inside a character.

/// Returns the longest prefix of `text` that has at most `bytes` bytes and ends between two characters.
pub(crate) fn to_bytes(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_cut() {
        let check = |text: &str, bytes: usize, expected: &str| assert_eq!(to_bytes(text, bytes), expected, "{text}");
        check("", 3, "");
        check("ab", 3, "ab");
        check("abcd", 3, "abc");
        check("жз", 3, "ж");
        check("жз", 0, "");
    }
}
