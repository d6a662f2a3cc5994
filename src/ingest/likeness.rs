//! How much of one text is left in another: enough to say that an item is an edit of another, or another item.

use std::collections::HashSet;

use crate::text::fold::for_search;
use crate::text::script::Script;

/// Letters of a word that are compared: endings of inflected languages are not.
const STEM_LETTERS: usize = 5;
/// A text of fewer words is too short to compare.
const WORDS: usize = 3;
/// Words of fewer letters, such as articles and prepositions, are in any two long texts of a language.
const CONTENT_LETTERS: usize = 4;
/// No more than this share of the words is next to nothing.
const NEXT_TO_NOTHING: f32 = 0.25;
/// A summary of fewer words is too short to distinguish it from that of another item.
const OWN_WORDS: usize = 6;

/// What is left of a text in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Enough for an edit.
    Words,
    /// Next to nothing of a text that is long enough to say so.
    Nothing,
    /// No word, but one of the two is very short.
    NoWordOfFew,
    /// Nothing can be said: one of the two is empty, or they are in different scripts.
    Unknown,
}

/// How much of a summary is kept in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// Every letter.
    All,
    /// More than half of the words.
    Most,
    /// No more than half of them.
    Less,
    /// Nothing can be said: one of the two is too short, or they are in different scripts.
    Unknown,
}

/// Returns how much of a summary is kept in another.
pub(super) fn kept(one: &str, other: &str) -> Kept {
    if [one, other].iter().any(|text| words(text).len() < OWN_WORDS) || !are_in_one_script(one, other) {
        return Kept::Unknown;
    }
    match share(&content_words(one), &content_words(other)) {
        _ if is_same(one, other) => Kept::All,
        share if share > 0.5 => Kept::Most,
        _ => Kept::Less,
    }
}

/// Returns whether two texts have the same letters and digits.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let letters = |text: &str| -> String { split(&for_search(text)).collect() };
    letters(one) == letters(other)
}

/// Returns whether two texts have the same letters and the same numbers as they are written, but not the same punctuation,
/// capitals or white space. A symbol may have been added or removed, but not replaced: what is red is not green.
pub(super) fn has_only_other_signs(one: &str, other: &str) -> bool {
    let symbols_are_kept = || {
        let (one, other): (Vec<char>, Vec<char>) = (symbols(one).collect(), symbols(other).collect());
        is_part(&one, &other) || is_part(&other, &one)
    };
    one != other && is_same(one, other) && numbers(one).eq(numbers(other)) && symbols_are_kept()
}

/// The symbols of a text that mean something of themselves, such as emoji, arrows, and the signs of numbers.
fn symbols(text: &str) -> impl Iterator<Item = char> {
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    std::iter::from_fn(move || {
        let letter = letters.next()?;
        let is_of_number = before.is_whitespace() && letters.peek().is_some_and(|next| next.is_numeric());
        before = letter;
        Some(match letter {
            '-' | '−' | '–' if is_of_number => Some('-'),
            '+' | '=' | '<' | '>' => Some(letter),
            // Letters are compared as such, and so are their marks.
            _ => {
                Some(letter).filter(|letter| *letter >= '\u{2190}' && !is_joiner(*letter) && !letter.is_alphanumeric())
            }
        })
    })
    .flatten()
}

/// Whether a character only says how its neighbours are shown.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}')
}

/// Returns whether the parts of one sequence are in the other in their order.
fn is_part(one: &[char], other: &[char]) -> bool {
    let mut others = other.iter();
    one.iter().all(|letter| others.any(|other| other == letter))
}

/// Returns whether two texts are of one form: the same words, and other numbers in the same places.
pub(super) fn has_only_other_numbers(one: &str, other: &str) -> bool {
    let (one, other) = (for_search(one), for_search(other));
    let (one, other): (Vec<&str>, Vec<&str>) = (split(&one).collect(), split(&other).collect());
    let mut others = one.iter().zip(&other).filter(|(one, other)| one != other).peekable();
    let is_long = one.len() == other.len() && one.len() >= OWN_WORDS;
    is_long && others.peek().is_some() && others.all(|(one, other)| is_number(one) && is_number(other))
}

/// Returns whether two titles say the same, but for a few words: one has all words of the other, or they share more than
/// half of the longer one's. A number counts as a word, `4.5` as one.
pub(super) fn is_mostly_kept(one: &str, other: &str) -> bool {
    let (own, others) = (telling_words(one), telling_words(other));
    let shared = own.intersection(&others).count();
    is_extended(one, other) && has_numbers_added(one, other) || shared * 2 > own.len().max(others.len())
}

/// Returns whether all numbers of one of two titles are in the other, as they are written: `4.1.0` is not `4.1.1`.
pub(super) fn has_numbers_added(one: &str, other: &str) -> bool {
    let (one, other): (HashSet<String>, HashSet<String>) = (numbers(one).collect(), numbers(other).collect());
    one.is_subset(&other) || other.is_subset(&one)
}

/// Returns whether two summaries are of one pattern: what is only in the one or only in the other title, numbers apart, is
/// only in its own summary as well.
pub(super) fn is_of_pattern(titles: [&str; 2], summaries: [&str; 2]) -> bool {
    let titles = titles.map(words);
    let summaries = summaries.map(words);
    let is_of_one = |index: usize| {
        let of_one =
            |all: &[HashSet<String>; 2], word: &str| all[index].contains(word) && !all[1 - index].contains(word);
        let is_word = |word: &&String| word.chars().all(char::is_alphabetic);
        titles[index].iter().filter(is_word).any(|word| of_one(&titles, word) && of_one(&summaries, word))
    };
    is_of_one(0) && is_of_one(1)
}

/// Returns whether two titles tell the same: at least half of the shorter one's words are in both.
pub(super) fn is_alike(one: &str, other: &str) -> bool {
    let (one, other) = (content_words(one), content_words(other));
    one.len().min(other.len()) < WORDS || share(&one, &other) >= 0.5
}

/// Returns [`is_alike`] for titles that are both long enough to compare.
pub(super) fn is_long_and_alike(one: &str, other: &str) -> bool {
    is_alike(one, other) && [one, other].iter().all(|title| content_words(title).len() >= WORDS)
}

/// Returns whether all words of one of two titles are in the other.
pub(super) fn is_extended(one: &str, other: &str) -> bool {
    let (one, other) = (content_words(one), content_words(other));
    one.is_subset(&other) || other.is_subset(&one)
}

/// Returns whether one of two texts goes on after the last word of the other, which is long enough to be of one item.
pub(super) fn is_continued(one: &str, other: &str) -> bool {
    let (one, other) = (for_search(one), for_search(other));
    let (one, other): (Vec<&str>, Vec<&str>) = (split(&one).collect(), split(&other).collect());
    one.len() != other.len()
        && one.len().min(other.len()) >= OWN_WORDS
        && one.iter().zip(&other).all(|(one, other)| one == other)
}

/// Returns whether all words of one of two titles are in the other, in the same form.
pub(super) fn has_words_added(one: &str, other: &str) -> bool {
    let (first, second) = (for_search(one), for_search(other));
    let (first, second): (HashSet<&str>, HashSet<&str>) = (split(&first).collect(), split(&second).collect());
    (first.is_subset(&second) || second.is_subset(&first)) && has_numbers_added(one, other)
}

/// Returns whether two titles are of one pattern about different things: `Vacancy: driver in Tbilisi` and `Vacancy: cook
/// in Tbilisi`. One or two words, at most a third, are others in their places. A number or a corrected letter makes no
/// difference.
pub(super) fn is_substituted(one: &str, other: &str) -> bool {
    let (one, other) = (for_search(one), for_search(other));
    let (one, other): (Vec<&str>, Vec<&str>) = (split(&one).collect(), split(&other).collect());
    let others: Vec<_> = one.iter().zip(&other).filter(|(one, other)| one != other).collect();
    let is_replaced = |(one, other): &(&&str, &&str)| {
        let has_digit = |word: &str| word.contains(|letter: char| letter.is_numeric());
        !has_digit(one) && !has_digit(other) && !is_form_of(one, other)
    };
    one.len() == other.len()
        && (1..=2).contains(&others.len())
        && others.len() * 3 <= one.len()
        && others.iter().all(is_replaced)
}

/// Returns whether two words may be one: in another form, or with a letter wrong, missing or added. A short word with
/// another letter is another word (Iran, Iraq), and one with a letter more at its end is not.
fn is_form_of(one: &str, other: &str) -> bool {
    let start = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let end = one.chars().rev().zip(other.chars().rev()).take_while(|(one, other)| one == other).count();
    let (one, other) = (one.chars().count(), other.chars().count());
    let longer = one.max(other);
    if longer < STEM_LETTERS && start < one.min(other) {
        return false;
    }
    start * 2 >= longer || start + end + 1 >= longer
}

/// Returns what is left of a title in another.
pub(super) fn of_title(one: &str, other: &str) -> Left {
    if are_in_one_script(one, other) { left(&content_words(one), &content_words(other)) } else { Left::Unknown }
}

/// Returns what is left of a longer text in another: of a line of a few words, nothing can be said.
pub(super) fn of_text(one: &str, other: &str) -> Left {
    match of_title(one, other) {
        _ if [one, other].iter().any(|text| words(text).len() < WORDS) => Left::Unknown,
        left => left,
    }
}

/// Returns whether two items, each of several texts, share no word at all.
pub(super) fn shares_no_word(one: &[&str], other: &[&str]) -> bool {
    content_words(&one.join("\n")).is_disjoint(&content_words(&other.join("\n")))
}

fn left(one: &HashSet<String>, other: &HashSet<String>) -> Left {
    let fewer = one.len().min(other.len());
    match share(one, other) {
        _ if fewer == 0 => Left::Unknown,
        share if fewer < WORDS && share > 0.0 => Left::Words,
        _ if fewer < WORDS => Left::NoWordOfFew,
        share if share <= NEXT_TO_NOTHING => Left::Nothing,
        _ => Left::Words,
    }
}

/// The share of words of the shorter text that the other has too, from 0 to 1.
fn share(one: &HashSet<String>, other: &HashSet<String>) -> f32 {
    one.intersection(other).count() as f32 / one.len().min(other.len()).max(1) as f32
}

fn words(text: &str) -> HashSet<String> {
    words_of(&for_search(text))
}

/// The words of a text that is folded.
fn words_of(folded: &str) -> HashSet<String> {
    split(folded).map(stem).collect()
}

/// The words without short ones, unless there are hardly any others.
fn content_words(text: &str) -> HashSet<String> {
    let has_content =
        |word: &&str| word.chars().count() >= CONTENT_LETTERS || word.contains(|letter: char| letter.is_numeric());
    let folded = for_search(text);
    let content: HashSet<String> = split(&folded).filter(has_content).map(stem).collect();
    if content.len() >= WORDS { content } else { words_of(&folded) }
}

/// The words that tell one headline of a kind from another: long ones, and numbers as they are written.
fn telling_words(text: &str) -> HashSet<String> {
    let folded = for_search(text);
    let long = split(&folded).filter(|word| !is_number(word) && word.chars().count() >= CONTENT_LETTERS);
    let found: HashSet<String> = numbers(text).chain(long.map(stem)).collect();
    if found.is_empty() { words_of(&folded) } else { found }
}

/// The numbers of a text with what is written together with them: `4.5`, `07-3/112`, `N1541`.
fn numbers(text: &str) -> impl Iterator<Item = String> {
    let words = text.split_whitespace().filter(|word| is_number(word));
    words.map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase())
}

fn is_number(word: &str) -> bool {
    word.contains(|letter: char| letter.is_numeric())
}

/// Returns whether two texts have letters of one script, or one of them has none of a known one.
pub(super) fn are_in_one_script(one: &str, other: &str) -> bool {
    let scripts = |text: &str| -> u8 {
        text.chars()
            .map(Script::of)
            .filter(|script| *script != Script::Other)
            .fold(0, |set, script| set | 1 << script as u8)
    };
    let (one, other) = (scripts(one), scripts(other));
    one == 0 || other == 0 || one & other != 0
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The beginning of a word that is folded.
fn stem(word: &str) -> String {
    word.chars().take(STEM_LETTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_leaves_words_and_another_text_does_not() {
        let check = |one: &str, other: &str, alike: bool, left: Left| {
            assert_eq!((is_alike(one, other), of_title(one, other)), (alike, left), "{one} / {other}");
        };
        check("A bridge opens in Poti", "Bridge opened in Poti, ministry says", true, Left::Words);
        check("Bulletin: snow closes the pass", "Bulletin: parliament elects a new speaker", false, Left::Nothing);
        check("Мост открыли в Поти", "В Поти открыт новый мост", true, Left::Words);
        check("Мост открыли в Поти", "Суд арестовал бывшего министра", false, Left::Nothing);
        check("Live", "A bridge opens in Poti", true, Left::NoWordOfFew);
        check("Poti bridge", "A bridge opens in Poti", true, Left::Words);
        check("Мост открыли в Поти", "A bridge opens in Poti", false, Left::Unknown);
        check("", "A bridge opens in Poti", true, Left::Unknown);
        check("Snow closes the pass near Lars", "The pass at Kazbegi reopens after two days", false, Left::Nothing);
        check("Суд в Гори оправдал мэра на апелляции", "Суд в Поти взял на поруки журналиста", false, Left::Nothing);
    }

    #[test]
    fn signs_and_capitals_may_be_set_anew_and_numbers_may_not() {
        let check = |one: &str, other: &str, expected: bool| {
            assert_eq!(
                (has_only_other_signs(one, other), has_only_other_signs(other, one)),
                (expected, expected),
                "{one} / {other}"
            );
        };
        check("\"Dinamo\" wins the cup - again", "“Dinamo” wins the cup – again", true);
        check("Bridge opens in Poti", "BRIDGE opens in Poti!", true);
        check("Ещё один мост", "⚡ Еще один мост…", true);
        check("Bridge opens in Poti", "Bridge opens in Poti", false);
        check("Bridge opens in Poti", "Bridge opened in Poti", false);
        check("Release 4.1.0", "Release 4.10", false);
        check("Rates for 1-12 May", "Rates for 11-2 May", false);
    }

    #[test]
    fn titles_of_one_pattern_may_be_about_different_things() {
        let check = |one: &str, other: &str, expected: bool| {
            assert_eq!(
                (is_substituted(one, other), is_substituted(other, one)),
                (expected, expected),
                "{one} / {other}"
            );
        };
        check("Vacancy: accountant in the Tbilisi office", "Vacancy: driver in the Tbilisi office", true);
        check("Отключение воды в понедельник: Гори", "Отключение воды в понедельник: Поти", true);
        check("Air raid alert in Kharkiv region", "Air raid alert in Sumy region", true);
        check("Police close the avenue before the rally", "Police open the avenue after the rally", true);
        check("Weather in Gori", "Weather in Poti", true);
        check("Minster resigns in Yerevan", "Minister resigns in Yerevan", false);
        check("15 killed in a strike on Kharkiv", "17 killed in a strike on Kharkiv", false);
        check("Bridge opens in Poti", "Bridge opened in Poti", false);
        check("Bridge opens in Poti", "In Poti bridge opens", false);
        check("Iran shuts its airspace", "Iraq shuts its airspace", true);
        check("Мэр Гори снова в суде", "Мэра Гори снова в суде", false);
        check("Earthquake", "Flood", false);
        check("Bridge opens in Poti", "Bridge opens in Poti", false);
        check("Bridge opens in Poti", "Bridge opens in Poti at last", false);
    }

    #[test]
    fn a_headline_is_mostly_kept_by_its_longer_side() {
        let check = |one: &str, other: &str, expected: bool| {
            assert_eq!(
                (is_mostly_kept(one, other), is_mostly_kept(other, one)),
                (expected, expected),
                "{one} / {other}"
            );
        };
        check("Air raid alert in Kharkiv region", "All clear in Kharkiv region", false);
        check("Snow closes the pass near Lars", "Snow and ice close the pass near Lars", true);
        check("15 killed in a strike on Kharkiv", "17 killed in a strike on Kharkiv", true);
        check("M 4.5 - 10 km N of Gori", "M 4.7 - 12 km N of Gori", false);
        check("Tender No 1541", "Tender No 1542", false);
        check("Выпуск 12", "Выпуск 13", false);
        check("kazbek 1.2.3", "kazbek 1.2.4", false);
        check("kazbek 4.1.0", "kazbek 4.1.1", false);
        check("M 4.4 - 17 km E of Gori", "M 4.5 - 21 km E of Gori", false);
        check("Earthquake", "Earthquake shakes Gori, no one is hurt", true);
        check("Flood", "Fire", false);
    }

    #[test]
    fn a_summary_is_kept_if_most_of_it_is_left() {
        let check = |one: &str, other: &str, expected: Kept| assert_eq!(kept(one, other), expected, "{one} / {other}");
        let text = "Hundreds of lorries have to wait at the border until the road is cleared.";
        check(text, &text.to_uppercase(), Kept::All);
        check(text, "Hundreds of lorries had to wait at the border until noon, when the road was cleared.", Kept::Most);
        check(text, "The road over the pass is open again, and the last lorries have left the border.", Kept::Less);
        check("Depth 10 km.", "Depth 11 km.", Kept::Unknown);
        check(text, "Сотни грузовиков ждут на границе, пока не расчистят дорогу.", Kept::Unknown);
    }

    #[test]
    fn texts_of_one_pattern_have_the_words_of_their_own_titles() {
        let check = |titles: [&str; 2], summaries: [&str; 2], expected: bool| {
            assert_eq!(is_of_pattern(titles, summaries), expected, "{titles:?}");
        };
        let cuts = ["Water cut: Gori", "Water cut: Poti"];
        check(cuts, ["In Gori from 8 to 12 in these streets.", "In Poti from 9 to 13 in these streets."], true);
        check(cuts, ["From 8 to 12 in these streets.", "From 9 to 13 in these streets."], false);
        check(cuts, ["Gori and Poti have no water."; 2], false);
        check(["15 killed in Kharkiv", "17 killed in Kharkiv"], ["A strike killed 15.", "A strike killed 17."], false);
    }

    #[test]
    fn articles_and_prepositions_do_not_make_two_texts_one() {
        let road = "The road to the pass is shut and the lorries at the border wait for the plough.";
        let court = "The judge of the court in the city and the lawyers at the trial said it is over.";
        assert_eq!((of_text(road, court), shares_no_word(&[road], &[court])), (Left::Nothing, true));
        let later = "The road is open again, and the last lorries have left the border.";
        assert_eq!((of_text(road, later), shares_no_word(&[road], &[later])), (Left::Words, false));
        assert_eq!(of_text("Live", "Bridge opens in Poti"), Left::Unknown, "too short to say");
    }
}
