//! Words that name values: finds the value of a word, and reports a word that names none.

/// A word that is none of the ids of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of: {expected}")]
pub struct UnknownWord {
    /// What was read.
    pub word: String,
    /// The ids that would have been understood, comma-separated.
    pub expected: String,
}

impl UnknownWord {
    /// Returns the one of `all` whose id is `word`.
    ///
    /// # Errors
    /// If none has this id.
    pub fn find<T: Copy, const N: usize>(
        all: [T; N],
        id: impl Fn(T) -> &'static str,
        word: &str,
    ) -> Result<T, UnknownWord> {
        all.into_iter()
            .find(|value| id(*value) == word)
            .ok_or_else(|| UnknownWord { word: word.to_owned(), expected: all.map(id).join(", ") })
    }
}

/// Returns the known word that was probably meant by one with a typing error: with at most three letters to change, and
/// fewer in short words; or the one that has it after its colon, as `place:armenia` has `armenia`.
pub fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (_, bare_word) = word.split_once(':').unwrap_or(("", word));
    let limit = word.chars().count().div_ceil(3).min(3);
    let near = |known: &'a str| {
        let bare = known.split_once(':').map_or(known, |(_, bare)| bare);
        // Another namespace counts as one error.
        let other = distance(bare, bare_word) + usize::from(bare_word != word);
        (distance(known, word).min(other), known)
    };
    known.into_iter().map(near).min().filter(|(distance, _)| *distance <= limit).map(|(_, known)| known)
}

/// Returns `; did you mean …?` for the known word that was probably meant, else nothing.
pub fn suggestion<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, known).map(|known| format!("; did you mean {known}?")).unwrap_or_default()
}

/// Returns how many letters must be added, dropped or changed to turn one word into the other (Levenshtein 1966).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(80).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(80).enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_is_understood() {
        let known = ["place:armenia", "place:abkhazia", "topic:energy", "city:baku"];
        let check = |word: &str, expected: Option<&str>| assert_eq!(closest(word, known), expected, "{word}");
        check("abkhazia", Some("place:abkhazia"));
        check("place:abhazia", Some("place:abkhazia"));
        check("placearmenia", Some("place:armenia"));
        check("place:energy", Some("topic:energy"));
        check("bakku", Some("city:baku"));
        check("place:zimbabwe", None);
        check("x", None);
        check("", None);
    }
}
