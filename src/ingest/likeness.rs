//! How much of one text is left in another: enough to say that an item is an edit of another, or another item.

use std::collections::HashSet;

/// Letters of a word that are compared: endings of inflected languages are not.
const STEM_LETTERS: usize = 5;
/// A text of fewer words is too short to compare.
const WORDS: usize = 3;

/// Returns the share of words of the shorter text that the other has too, from 0 to 1; `None` if one is too short to
/// say.
pub(super) fn shared(one: &str, other: &str) -> Option<f32> {
    let (one, other) = (words(one), words(other));
    let fewer = one.len().min(other.len());
    (fewer >= WORDS).then(|| one.intersection(&other).count() as f32 / fewer as f32)
}

/// Returns whether two titles tell the same: at least half of the shorter one's words are in both.
pub(super) fn is_alike(one: &str, other: &str) -> bool {
    shared(one, other).is_none_or(|share| share >= 0.5)
}

/// Returns whether next to nothing of a text is left in another: less than a quarter of the words.
pub(super) fn is_another(one: &str, other: &str) -> bool {
    shared(one, other).is_some_and(|share| share < 0.25)
}

fn words(text: &str) -> HashSet<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.to_lowercase().chars().take(STEM_LETTERS).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_leaves_words_and_another_text_does_not() {
        let check = |one: &str, other: &str, alike: bool, another: bool| {
            assert_eq!((is_alike(one, other), is_another(one, other)), (alike, another), "{one} / {other}");
        };
        check("A bridge opens in Poti", "Bridge opened in Poti, ministry says", true, false);
        check("Bulletin: snow closes the pass", "Bulletin: parliament elects a new speaker", false, true);
        check("Мост открыли в Поти", "В Поти открыт новый мост", true, false);
        check("Мост открыли в Поти", "Суд арестовал бывшего министра", false, true);
        check("Live", "A bridge opens in Poti", true, false);
        check("Snow closes the pass near Lars", "The pass at Kazbegi reopens after two days", false, false);
    }
}
