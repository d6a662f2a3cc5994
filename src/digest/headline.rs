//! Cleans headlines and summaries as an editor would: removes labels, datelines, credits and invitations to read on.

use std::collections::BTreeSet;

use unicode_segmentation::UnicodeSegmentation;

use super::plan::Wording;
use crate::text::sanitize::plain;
use crate::text::script::Script;

/// A dateline ends within this many characters of the beginning of a summary.
const DATELINE_CHARS: usize = 60;

/// Most characters of a sentence that invites to read on.
const INVITATION_CHARS: usize = 90;

/// Most characters of a headline; a longer one is cut after a word.
const HEADLINE_CHARS: usize = 300;

/// Most code points in one visible character; more are stacked combining marks.
const MARKS: usize = 16;

/// Most characters of a feed's text that are processed.
const TEXT_CHARS: usize = 4_000;

/// Returns a feed's text fit to print: as [`plain`] does, without invisible characters and stacked marks, and of
/// limited length.
pub(crate) fn tidy(text: &str) -> String {
    let start = text.char_indices().nth(TEXT_CHARS).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    let text = plain(start);
    if text.is_ascii() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        out.extend(cluster.chars().take(MARKS).filter(|letter| !is_invisible(*letter)));
    }
    plain(&out)
}

/// Whether a character is invisible and does not affect its neighbours. Joiners are kept: Persian and Indic scripts
/// need them.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Most words of the credit after a headline.
const CREDIT_WORDS: usize = 6;

/// Cleans titles, given the plan's wording and the outlets of this issue.
pub(super) struct TitleCleaner<'a> {
    pub(super) wording: &'a Wording,
    /// The outlets' names, reduced to letters and digits.
    outlets: BTreeSet<String>,
}

impl<'a> TitleCleaner<'a> {
    pub(super) fn new<'b>(wording: &'a Wording, outlets: impl Iterator<Item = &'b str>) -> TitleCleaner<'a> {
        let outlets: BTreeSet<&str> = outlets.collect();
        TitleCleaner { wording, outlets: outlets.into_iter().map(letters).collect() }
    }

    /// Returns a headline without the plan's labels before it or in brackets after it, and without the outlet's or
    /// author's name after it.
    pub(super) fn headline(&self, title: &str, outlet: &str) -> String {
        let mut text = without_labels(title.trim(), self.wording);
        while let Some((rest, label)) = bracketed_end(text) {
            if rest.is_empty() || !self.wording.labels.iter().any(|known| same(known, label)) {
                break;
            }
            text = rest;
        }
        for sign in [" | ", " — ", " – ", " - ", " // "] {
            if let Some((rest, tail)) = text.rsplit_once(sign)
                && (same(tail, outlet) || is_domain(tail) || is_of_domain(tail, outlet) || self.is_credit(tail))
                && !rest.trim().is_empty()
            {
                text = rest.trim();
            }
        }
        cut(text, HEADLINE_CHARS)
    }

    /// Whether some words are the name of an outlet or agency: one of the plan's credits, a few words with a credit
    /// word among them, or at least two words with which the name of an outlet of this issue begins. Any other single
    /// word may be the person quoted.
    fn is_credit(&self, tail: &str) -> bool {
        let count = tail.unicode_words().count();
        let key = letters(tail);
        let is_known = |known: &String| same(known, tail);
        let says_so = || {
            let mut words = tail.unicode_words();
            words.any(|word| self.wording.credit_words.iter().any(|known| same(known, word)))
        };
        let begins_outlet = || self.outlets.range(key.clone()..).next().is_some_and(|name| name.starts_with(&key));
        !key.is_empty()
            && (self.wording.credits.iter().any(is_known)
                || ((2..=CREDIT_WORDS).contains(&count) && (says_so() || begins_outlet())))
    }
}

/// From this many letters on, a summary that begins like the headline is no coincidence.
const CUT_LETTERS: usize = 30;

/// A headline with this many letters was most likely cut if its summary continues in the middle of a sentence; a
/// shorter one may be complete.
const LONG_LETTERS: usize = 80;

/// Returns the headline with an ellipsis and without a partial last word if it is the cut beginning of its summary;
/// `None` if it is complete.
pub(super) fn with_cut_marked(headline: &str, summary: &str) -> Option<String> {
    let rest = text_after(summary.trim(), headline)?;
    let end = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | ':' | '–' | '—' | '-');
    if !rest.starts_with(char::is_alphanumeric) {
        let goes_on = headline.ends_with(char::is_alphanumeric)
            && rest.trim_start_matches(end).starts_with(|next: char| next.is_alphanumeric() || is_opening(next))
            && letters(headline).chars().count() >= LONG_LETTERS;
        return goes_on.then(|| format!("{headline}…"));
    }
    let (kept, part) = headline.rsplit_once(char::is_whitespace)?;
    let is_cut = letters(kept).chars().count() >= CUT_LETTERS && part.ends_with(char::is_alphanumeric);
    is_cut.then(|| format!("{}…", kept.trim_end_matches(end)))
}

/// Returns what follows the letters of a headline in a text; `None` if the text begins otherwise.
fn text_after<'a>(text: &'a str, headline: &str) -> Option<&'a str> {
    let wanted: Vec<char> = letters(headline).chars().collect();
    let mut met = wanted.iter();
    let mut rest = text.char_indices();
    while met.len() > 0 {
        let (_, letter) = rest.next()?;
        if letter.is_alphanumeric() && !letter.to_lowercase().all(|small| met.next() == Some(&small)) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// Returns a summary of at most `most` characters that adds to the headline: whole sentences if they fit, otherwise cut
/// after a word. `None` if it adds nothing.
pub(super) fn summary(summary: &str, headline: &str, most: usize, wording: &Wording) -> Option<String> {
    let text = without_asides(without_tail(without_dateline(summary.trim()), wording), wording);
    let text = without_headline(without_labels(&text, wording), headline)?;
    let text = with_clean_end(text.trim());
    let text = text.as_ref();
    if text.is_empty() || most == 0 || letters(headline).contains(&letters(text)) {
        return None;
    }
    if text.graphemes(true).count() <= most {
        return Some(text.to_owned());
    }
    let mut sentences = String::new();
    let mut length = 0;
    for sentence in text.unicode_sentences() {
        length += sentence.graphemes(true).count();
        if length > most {
            break;
        }
        sentences.push_str(sentence);
    }
    if sentences.trim().graphemes(true).count() * 3 >= most {
        return Some(sentences.trim().to_owned());
    }
    Some(cut(text, most))
}

/// Returns the text, cut after a word with an ellipsis if it has more than `most` characters as a reader counts them.
pub(crate) fn cut(text: &str, most: usize) -> String {
    // A character has at least one byte, so most texts need no counting.
    if text.len() <= most || text.graphemes(true).nth(most).is_none() {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut length = 0;
    for word in text.split_word_bounds() {
        length += word.graphemes(true).count();
        if length >= most {
            break;
        }
        kept.push_str(word);
    }
    if !kept.contains(char::is_alphanumeric) {
        kept = text.graphemes(true).take(most.saturating_sub(1)).collect();
    }
    let end = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | ':' | '–' | '—' | '-');
    format!("{}…", kept.trim_end_matches(end))
}

/// Returns the letters and digits in lower case, for comparing two texts.
pub(crate) fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the text before brackets at its end, and what is in them: `The pass is open (VIDEO)`.
fn bracketed_end(text: &str) -> Option<(&str, &str)> {
    let (rest, label) = text.strip_suffix(')').and_then(|text| text.rsplit_once('(')).or_else(|| {
        let inside = text.strip_suffix(']')?;
        inside.rsplit_once('[')
    })?;
    Some((rest.trim_end(), label))
}

/// Whether some words are a domain name: `news.example.com`.
fn is_domain(text: &str) -> bool {
    let labels: Vec<&str> = text.trim().split('.').collect();
    let is_label = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    labels.len() >= 2
        && labels.iter().all(is_label)
        && labels.last().is_some_and(|last| last.len() >= 2 && last.chars().all(|c| c.is_ascii_lowercase()))
}

/// Whether some words are the name of an outlet that is known by its domain: `The Pass Herald` for `passherald.com`.
fn is_of_domain(text: &str, outlet: &str) -> bool {
    let name = letters(text);
    let name = name.strip_prefix("the").unwrap_or(&name);
    is_domain(outlet) && name.len() >= 4 && outlet.split('.').any(|label| letters(label) == name)
}

fn same(one: &str, other: &str) -> bool {
    let one = letters(one);
    !one.is_empty() && one == letters(other)
}

/// Removes `(Agency, 8 August)`, `[Agency]` and `CITY, Aug. 8 (Agency) —` before the first sentence.
fn without_dateline(text: &str) -> &str {
    if let Some((inside, rest)) = text.strip_prefix('(').and_then(|text| text.split_once(')'))
        && inside.chars().count() <= DATELINE_CHARS
        && inside.chars().any(char::is_numeric)
    {
        return rest.trim_start();
    }
    if let Some((inside, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']'))
        && inside.chars().count() <= DATELINE_CHARS
        && inside.chars().any(char::is_alphabetic)
        && !rest.trim().is_empty()
    {
        return rest.trim_start();
    }
    let head = text.char_indices().nth(DATELINE_CHARS).map_or(text, |(end, _)| text.get(..end).unwrap_or(text));
    for dash in [" — ", " – ", " -- ", " - "] {
        let Some((place, rest)) = head.split_once(dash) else { continue };
        let first = place.split([',', ' ', '(']).next().unwrap_or("");
        let is_city =
            first.chars().count() >= 3 && first.chars().all(|letter| !letter.is_lowercase() && !letter.is_numeric());
        let is_dated = place.chars().any(char::is_numeric) || place.ends_with(')');
        let has_case = first.chars().any(char::is_uppercase);
        if is_city && has_case && is_dated && !rest.is_empty() {
            return text.split_once(dash).map_or(text, |(_, rest)| rest.trim_start());
        }
    }
    text
}

/// Removes sentences that consist of one of the plan's invitations, wherever they are.
fn without_asides<'a>(text: &'a str, wording: &Wording) -> std::borrow::Cow<'a, str> {
    let is_aside = |sentence: &str| wording.invitations.iter().any(|words| same(words, sentence));
    match text.split_sentence_bounds().any(is_aside) {
        true => text.split_sentence_bounds().filter(|sentence| !is_aside(sentence)).collect::<String>().into(),
        false => text.into(),
    }
}

/// Removes invitations to read on at the end, and what a publishing system adds.
fn without_tail<'a>(text: &'a str, wording: &Wording) -> &'a str {
    let mut text = text;
    for added in &wording.added {
        if let Some(place) = text.rfind(added.holds.as_str())
            && let Some(start) = text.get(..place).and_then(|before| before.rfind(added.from.as_str()))
        {
            text = text.get(..start).unwrap_or(text).trim_end();
        }
    }
    loop {
        let Some((start, last)) = text.split_sentence_bound_indices().last() else { return text };
        let folded = last.trim().to_lowercase();
        let invites = last.graphemes(true).count() <= INVITATION_CHARS
            && wording.invitations.iter().any(|words| folded.starts_with(&words.to_lowercase()));
        if !invites {
            return text;
        }
        text = text.get(..start).unwrap_or("").trim_end();
    }
}

/// Removes the plan's labels at the beginning: `Breaking: `.
fn without_labels<'a>(text: &'a str, wording: &Wording) -> &'a str {
    let mut text = text;
    while let Some((label, rest)) = text.split_once([':', '|']) {
        if rest.trim().is_empty() || !wording.labels.iter().any(|known| same(known, label)) {
            break;
        }
        text = rest.trim();
    }
    text
}

/// Removes the headline before the first sentence; if it was the cut beginning of that sentence, an ellipsis takes its
/// place.
fn without_headline<'a>(text: &'a str, headline: &str) -> Option<std::borrow::Cow<'a, str>> {
    let Some(rest) = text_after(text, headline).filter(|_| letters(headline).chars().count() >= 8) else {
        return if letters(headline).starts_with(&letters(text)) { None } else { Some(text.into()) };
    };
    // A match that ends inside a word is a coincidence.
    if rest.starts_with(char::is_alphanumeric) {
        return Some(text.into());
    }
    let body = rest.trim_start_matches(|letter: char| !letter.is_alphanumeric() && !is_opening(letter));
    let skipped = rest.get(..rest.len() - body.len()).unwrap_or("");
    match skipped.contains(['.', '!', '?', '…', '։', '。', '؟', ':']) || body.is_empty() {
        true => Some(body.into()),
        false if is_outlet_name(body) => None,
        false => Some(format!("…{body}").into()),
    }
}

/// Whether what follows a headline that the summary repeats can only be the name of the outlet: a few words that
/// neither go on with the sentence nor end one.
fn is_outlet_name(body: &str) -> bool {
    body.unicode_words().count() <= 4
        && !body.starts_with(char::is_lowercase)
        && !body.trim_end().ends_with(['.', '!', '?', '…', '։', '。', '؟'])
}

/// Makes a text that its feed cut end with one ellipsis directly after its last word: not `frogs,…` or `frogs ...`.
fn with_clean_end(text: &str) -> std::borrow::Cow<'_, str> {
    let Some(bare) = text.strip_suffix('…').or_else(|| text.strip_suffix("...")) else { return text.into() };
    let end = |letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | ':' | '–' | '—' | '-' | '…' | '.');
    match bare.trim_end_matches(end) {
        "" => text.into(),
        bare => format!("{bare}…").into(),
    }
}

fn is_opening(letter: char) -> bool {
    matches!(letter, '(' | '[' | '«' | '“' | '„' | '"' | '‘' | '$' | '€' | '₾' | '֏' | '₽' | '№' | '#' | '@')
}

/// Whether most letters are in another script than Latin: such a headline needs English beside it.
pub(super) fn is_foreign_script(text: &str) -> bool {
    let (mut latin, mut other) = (0, 0);
    for letter in text.chars().filter(|letter| letter.is_alphabetic()) {
        match Script::of(letter) {
            Script::Latin => latin += 1,
            _ => other += 1,
        }
    }
    other > latin
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::SectionPlan;

    fn wording() -> Wording {
        SectionPlan::load(include_str!("../../config/digest.toml")).unwrap().wording
    }

    #[test]
    fn headlines_lose_the_domain_of_their_outlet() {
        let wording = wording();
        let cleaner = TitleCleaner::new(&wording, ["passherald.com"].into_iter());
        let check =
            |title: &str, wanted: &str| assert_eq!(cleaner.headline(title, "passherald.com"), wanted, "{title}");
        check("The pass is open - The Pass Herald", "The pass is open");
        check("The pass is open - news.passherald.com", "The pass is open");
        check("The pass is open - for now", "The pass is open - for now");
        check("Price of bread - 3.50", "Price of bread - 3.50");
        check("The pass is open [PHOTOS] (VIDEO)", "The pass is open");
        check("The pass (Upper Lars)", "The pass (Upper Lars)");
    }

    #[test]
    fn headlines_lose_labels_and_the_name_of_their_outlet() {
        let wording = wording();
        let cleaner = TitleCleaner::new(&wording, ["Pass Post", "Ridge Line Agency"].into_iter());
        let check = |title: &str, wanted: &str| assert_eq!(cleaner.headline(title, "Pass Post"), wanted, "{title}");
        check("Breaking: The pass is open", "The pass is open");
        check("Срочно: Коротко: Перевал открыт", "Перевал открыт");
        check("The pass is open | Pass Post", "The pass is open");
        check("The pass is open - PASS POST", "The pass is open");
        check("The pass is open - Valley News", "The pass is open - Valley News");
        check("The pass is open - Ridge Line", "The pass is open");
        check("The pass is open | Reuters", "The pass is open");
        check("Перевал открыт — Горное информационное агентство", "Перевал открыт");
        check("Перевал открыт — Иванов", "Перевал открыт — Иванов");
        check("The pass is open - Ridge", "The pass is open - Ridge");
        check("Talks in the capital — agency", "Talks in the capital — agency");
        check("Minister: the pass is open", "Minister: the pass is open");
        check("Opinion: the pass", "Opinion: the pass");
        check("Breaking:", "Breaking:");
        check("Pass Post", "Pass Post");
        check("", "");
        let long = cleaner.headline(&"слово ".repeat(2_000), "x");
        assert!(long.graphemes(true).count() <= HEADLINE_CHARS && long.ends_with("слово…"));
    }

    #[test]
    fn summaries_add_to_the_headline() {
        let check = |text: &str, wanted: Option<&str>| {
            assert_eq!(summary(text, "The pass is open", 100, &wording()).as_deref(), wanted, "{text}");
        };
        check("Lorries moved at dawn. Continue reading...", Some("Lorries moved at dawn."));
        check("Lorries moved at dawn. Читать далее", Some("Lorries moved at dawn."));
        check("Lorries moved. The post Is the pass open? Yes. appeared first on Pass Post.", Some("Lorries moved."));
        check("TEHRAN, Aug. 12 (MNA) – Lorries moved at dawn.", Some("Lorries moved at dawn."));
        check("МОСКВА, 8 авг — Новости гор. Грузовики пошли.", Some("Новости гор. Грузовики пошли."));
        check("(Горное агентство, 8 августа) Грузовики пошли.", Some("Грузовики пошли."));
        check("The pass is open. Lorries moved at dawn.", Some("Lorries moved at dawn."));
        check("The pass is open to lorries from Monday.", Some("…to lorries from Monday."));
        check("The pass is opened again.", Some("The pass is opened again."));
        check("The pass is open.", None);
        check("The pass is open  Pass Post", None);
        check("The pass is open  Горные вести", None);
        check("The pass is open  RFE/RL's Mountain Service", None);
        check("EXCLUSIVE: The pass is open Hill Times", None);
        check("Breaking: The pass is open. Ice came.", Some("Ice came."));
        check("The pass is open  Ice came.", Some("…Ice came."));
        check("[Hill Times] Lorries moved at dawn.", Some("Lorries moved at dawn."));
        check("[Hill Times]", Some("[Hill Times]"));
        check("Lorries moved at dawn, then ice,…", Some("Lorries moved at dawn, then ice…"));
        check("Lorries moved at dawn, then ...", Some("Lorries moved at dawn, then…"));
        check("Lorries moved at dawn. This is a developing story.", Some("Lorries moved at dawn."));
        check("Грузовики пошли. Новость дополняется.", Some("Грузовики пошли."));
        check("Lorries moved. This report will be updated. Ice came.", Some("Lorries moved. Ice came."));
        check("The pass", None);
        check("Pass is open!", None);
        check("Continue reading...", None);
        check("", None);
        check("NATO - and the pass - are far apart.", Some("NATO - and the pass - are far apart."));
    }

    #[test]
    fn a_headline_that_was_cut_inside_a_word_ends_before_it() {
        let text = "The pass is open to lorries that carry grain and to those that carry wine. Ice came.";
        let check =
            |title: &str, wanted: Option<&str>| assert_eq!(with_cut_marked(title, text).as_deref(), wanted, "{title}");
        check("The pass is open to lorries that carry gr", Some("The pass is open to lorries that carry…"));
        check(
            "The pass is open to lorries that carry grain and, to th",
            Some("The pass is open to lorries that carry grain and, to…"),
        );
        check("The pass is open to lorries that carry grain", None);
        check("The pass is op", None);
        check("The pass is closed to lorries that carry gr", None);
        let long = "The pass in the mountains over the river is open to lorries that carry grain to the city and to those that carry";
        let goes_on = |rest: &str| with_cut_marked(long, &format!("{long}{rest}"));
        assert_eq!(goes_on(" wine. Ice came."), Some(format!("{long}…")));
        assert_eq!(goes_on(", slowly, wine."), Some(format!("{long}…")));
        assert_eq!(goes_on(". Ice came."), None);
        assert_eq!(goes_on(""), None);
        let headline = with_cut_marked("The pass is open to lorries that carry gr", text).unwrap();
        let summary = summary(text, &headline, 280, &wording());
        assert_eq!(summary.as_deref(), Some("…grain and to those that carry wine. Ice came."));
    }

    #[test]
    fn a_long_summary_ends_after_a_sentence_or_a_word() {
        let check = |text: &str, most: usize, wanted: &str| {
            assert_eq!(summary(text, "Headline of it", most, &wording()).as_deref(), Some(wanted));
        };
        check("One sentence here. Another one that is longer than the rest.", 30, "One sentence here.");
        check("A single sentence, which does not end before the limit comes", 30, "A single sentence, which does…");
        check("漢字漢字漢字漢字漢字漢字", 6, "漢字漢字漢…");
        assert_eq!(cut("…wordwithoutanend", 8), "…wordwi…");
    }

    #[test]
    fn invisible_characters_are_removed() {
        let check = |text: &str, wanted: &str| assert_eq!(tidy(text), wanted, "{text:?}");
        check("zero\u{200b}width\u{feff} and\u{2060} soft\u{ad}hyphen", "zerowidth and softhyphen");
        check("می\u{200c}رود", "می\u{200c}رود");
        check("left\u{202e}right\u{2067}x", "leftrightx");
        check("\u{200b}\u{200b}", "");
        assert!(tidy(&format!("a{}b", "\u{301}".repeat(5_000))).chars().count() <= MARKS + 1);
        assert_eq!(tidy(&"x".repeat(10_000)).len(), TEXT_CHARS);
    }

    #[test]
    fn scripts_are_distinguished() {
        let check = |text: &str, wanted: bool| assert_eq!(is_foreign_script(text), wanted, "{text}");
        check("Şuşada yeni yol açıldı", false);
        check("əəə", false);
        check("Москва и BBC", true);
        check("თბილისი", true);
        check("Երևան", true);
        check("قطار", true);
        check("2026", false);
    }
}
