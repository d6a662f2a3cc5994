//! Whether an item that has something in common with a known one is another item, or the same one again.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::likeness::{self, Kept, Left};
use crate::feed::title_days;
use crate::store::StoredText;

/// An edit that changes neither id nor page comes within so many hours.
const EDITED_WITHIN_HOURS: i64 = 24;
/// Dates that differ by less are one: some feeds have no seconds.
const DATE_SECONDS: i64 = 60;

/// What is known of an item: its words, and what distinguishes it from others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) title: &'a str,
    pub(super) summary: &'a str,
    pub(super) page: Option<i64>,
    pub(super) published: Option<Timestamp>,
    pub(super) language: Option<&'a str>,
    /// Whether its document shows that its page lists items; unknown of one that is stored.
    pub(super) is_on_list_page: bool,
}

impl<'a> From<&'a StoredText> for Told<'a> {
    fn from(item: &'a StoredText) -> Told<'a> {
        Told {
            title: &item.title,
            summary: &item.summary,
            page: item.url_key,
            published: item.published,
            language: item.language.as_deref(),
            is_on_list_page: false,
        }
    }
}

/// What a known item and another one have in common before their words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Common {
    /// The id within the feed.
    Id {
        /// Whether one document has it twice, which makes an edit unlikely.
        is_repeated: bool,
        /// Whether it is the address of the page and says no more than that does.
        is_page: bool,
    },
    /// The address, in one feed.
    Page {
        /// Whether the other has an id of its own, which the feed would have kept if it were the same item.
        is_new_id: bool,
    },
    /// The address, in one document.
    PageOfDocument {
        /// Whether each has an id of its own.
        has_own_ids: bool,
    },
    /// The address, in two feeds, one of which may be an aggregator with headlines of its own.
    PageOfTwoFeeds,
    /// The title, in one feed.
    Title {
        /// As with [`Common::Page`].
        is_new_id: bool,
    },
}

/// Returns whether an item that has something in common with a known one is another item.
///
/// An edit leaves something, so it is if next to nothing is left of the title and of the summary. What is left of the
/// title alone may be what two notices of one kind share: then a second sign has to confirm it. That is another summary
/// with another page, id or day, or without summaries another page with less than half of the title, or another page or id
/// with another day and a title that does more than add to the old one. Without a text in common, titles of one pattern on
/// one page are notices of a list, and so are short titles with another number. An id that a document gives twice is no
/// edit either. If id, page and title all say that it is one item, only its numbers and its date make another of it. What
/// is left of a summary makes it an edit, unless page and day are others: the line may be under every item of the feed. A
/// text in another language or script may be a translation, unless it is of another time. Issues of a bulletin name their
/// day in the headline, see [`is_of_another_day`]. A new id together with a new date is another item unless most of the
/// old one is left, see [`is_next`]; so are two entries for one page in one document, see [`is_beside`]. Entries of a page
/// that lists items have nothing in common but the page, see [`is_other_entry`].
pub(super) fn is_another(old: Told<'_>, item: Told<'_>, common: Common) -> bool {
    if common != Common::PageOfTwoFeeds && is_of_another_day(old, item) {
        return true;
    }
    let page = match (old.page, item.page) {
        (Some(one), Some(other)) if one == other => Page::Same,
        (Some(_), Some(_)) => Page::Other,
        _ => Page::Unknown,
    };
    let apart_secs = seconds_between(old.published, item.published);
    let is_other_date = apart_secs >= EDITED_WITHIN_HOURS * 3_600;
    let is_later = apart_secs >= DATE_SECONDS;
    let is_entry = match common {
        Common::Page { is_new_id } | Common::Title { is_new_id } => is_new_id,
        Common::PageOfDocument { .. } => true,
        Common::Id { .. } | Common::PageOfTwoFeeds => false,
    };
    if is_entry && item.is_on_list_page {
        return is_other_entry(old, item, common);
    }
    let title = likeness::of_title(old.title, item.title);
    let is_other_language = match (old.language, item.language) {
        (Some(one), Some(other)) if one != other => title != Left::Words,
        _ => !likeness::are_in_one_script(old.title, item.title),
    };
    if is_other_language {
        // A translation is of the same moment, and if it has a page of its own, of the same second.
        let is_translation = page == Page::Other && old.published.is_some() && old.published == item.published;
        return match common {
            Common::Id { .. } => is_other_date || page == Page::Other && !is_translation,
            Common::Page { .. } => is_other_date,
            Common::PageOfDocument { .. } => true,
            Common::PageOfTwoFeeds | Common::Title { .. } => false,
        };
    }
    let text = likeness::of_text(old.summary, item.summary);
    let is_other_text = text == Left::Nothing;
    match common {
        // A form that is filled in for each item: court cases, advertisements. An edit makes a text longer or shorter.
        Common::PageOfDocument { has_own_ids: true }
            if likeness::is_same(old.title, item.title) && !is_text_kept(old, item) =>
        {
            return true;
        }
        Common::Page { is_new_id: true } | Common::Title { is_new_id: true } | Common::PageOfDocument { .. }
            if apart_secs >= DATE_SECONDS =>
        {
            return is_other_text || is_next(old, item, common, is_other_date);
        }
        Common::PageOfDocument { .. } => return is_other_text || is_beside(old, item),
        _ => {}
    }
    let is_text_left = match common {
        Common::Page { .. } | Common::Title { .. } => is_own_text_left(old, item),
        _ => text == Left::Words,
    };
    let shares_no_word = || likeness::shares_no_word(&[old.title, old.summary], &[item.title, item.summary]);
    let has_other_numbers = || !numbers(old.title).eq(numbers(item.title));
    let is_other_number = || has_other_numbers() && !likeness::is_mostly_kept(old.title, item.title);
    let is_other_title = || !likeness::is_alike(old.title, item.title);
    match title {
        Left::Words => match (common, page) {
            (Common::Id { .. }, Page::Other) => {
                let is_extended = || likeness::is_extended(old.title, item.title);
                let is_notice = || apart_secs >= DATE_SECONDS && likeness::is_substituted(old.title, item.title);
                is_other_text || !is_text_left && (is_other_title() || is_notice() || is_other_date && !is_extended())
            }
            (Common::Id { is_repeated: true, .. }, _) => is_other_text || !is_text_left && is_other_title(),
            (Common::Id { is_page, .. }, Page::Same) => match is_other_text {
                true => {
                    is_other_date && (is_page || has_other_numbers())
                        || is_later && (is_page && item.is_on_list_page || is_other_number())
                }
                false if is_page && item.is_on_list_page => {
                    is_later && is_other_number()
                        || is_other_date && likeness::has_only_other_numbers(old.summary, item.summary)
                }
                false => is_other_date && !is_own_text_left(old, item) && is_other_number(),
            },
            (Common::Id { is_page: true, .. }, Page::Unknown) | (Common::Title { .. }, _) if item.is_on_list_page => {
                is_other_text && is_later
            }
            (Common::Id { .. }, Page::Unknown) | (Common::Title { .. }, _) => is_other_text && is_other_date,
            (Common::Page { is_new_id }, _) => {
                let is_extended = || likeness::is_extended(old.title, item.title);
                let is_substituted = || likeness::is_substituted(old.title, item.title);
                is_other_text
                    || item.is_on_list_page && is_later && is_other_number()
                    || !is_text_left
                        && (is_other_date && !is_extended() || is_substituted() || is_new_id && is_other_number())
            }
            (Common::PageOfDocument { .. } | Common::PageOfTwoFeeds, _) => false,
        },
        _ if is_other_text => true,
        Left::Unknown => false,
        _ if is_text_left => matches!(common, Common::Id { .. }) && page == Page::Other && is_other_date,
        Left::NoWordOfFew => match common {
            Common::Id { .. } | Common::Page { .. } => shares_no_word(),
            Common::PageOfDocument { .. } | Common::PageOfTwoFeeds | Common::Title { .. } => false,
        },
        Left::Nothing => match common {
            Common::Page { .. } => true,
            Common::Id { is_repeated, .. } if page == Page::Other || is_other_date || is_repeated => true,
            _ => shares_no_word(),
        },
    }
}

/// Returns whether nothing that is known of two items distinguishes them: one title and date, and if both have one, one
/// page and the better part of a text.
pub(super) fn is_unchanged(old: Told<'_>, item: Told<'_>) -> bool {
    let is_other_page = old.page.is_some() && item.page.is_some() && old.page != item.page;
    let is_one_date = match (old.published, item.published) {
        (Some(one), Some(other)) => one.duration_since(other).as_secs().abs() < DATE_SECONDS,
        (None, None) => true,
        _ => false,
    };
    let is_one_text =
        || likeness::is_same(old.summary, item.summary) || likeness::of_text(old.summary, item.summary) == Left::Words;
    !is_other_page && is_one_date && likeness::is_same(old.title, item.title) && is_one_text()
}

/// Returns whether an item with a new id and a new date is the next of its kind rather than an edit.
///
/// An edit changes words and leaves most of them. If nothing has changed but id and date, it is the next issue of a
/// programme or a column, and so is one title on another day. A text that is the same under two headlines may stand under
/// all items of the feed, so the headlines decide, and without a text of its own nothing in the headline may have been
/// replaced: a warning and its end have most of their words in common. The same holds for texts that are not longer or
/// shorter but have other words in their places, as if a form had been filled in again.
fn is_next(old: Told<'_>, item: Told<'_>, common: Common, is_other_date: bool) -> bool {
    let text = likeness::kept(old.summary, item.summary);
    if !is_other_date && is_set_anew(old, item) {
        return false;
    }
    // An item that is known by this title and has another one by now does not go back to it.
    if matches!(common, Common::Title { .. }) || likeness::is_same(old.title, item.title) {
        return text != Kept::Most || is_other_date && !likeness::is_extended(old.summary, item.summary);
    }
    match text {
        Kept::Most if likeness::is_extended(old.summary, item.summary) => {
            likeness::is_of_pattern([old.title, item.title], [old.summary, item.summary])
        }
        Kept::Most => !likeness::has_words_added(old.title, item.title),
        Kept::All => {
            !likeness::is_mostly_kept(old.title, item.title) || likeness::is_substituted(old.title, item.title)
        }
        Kept::Less | Kept::Unknown => !likeness::has_words_added(old.title, item.title),
    }
}

/// Returns whether two entries of a page that lists items are of two items, which is so unless their words are the same.
///
/// Each has an id of its own, or they are in one document. Other signs in the headline are an edit all the same, and so is
/// what got longer from one document to the next: a headline or a text while the date stayed, and a text of some length
/// that goes on after its last word. The same words at another time are the next issue.
fn is_other_entry(old: Told<'_>, item: Told<'_>, common: Common) -> bool {
    let apart_secs = seconds_between(old.published, item.published);
    let is_other_date = apart_secs >= EDITED_WITHIN_HOURS * 3_600;
    let is_beside = matches!(common, Common::PageOfDocument { .. });
    let is_later = apart_secs >= DATE_SECONDS;
    let has_one_date = old.published.is_some() && item.published.is_some() && !is_later;
    let is_one_title = old.title == item.title
        || likeness::has_only_other_signs(old.title, item.title)
        || !is_beside && has_one_date && likeness::has_words_added(old.title, item.title);
    let is_one_text = old.summary == item.summary
        || likeness::has_only_other_signs(old.summary, item.summary)
        || !is_beside && !is_later && likeness::is_extended(old.summary, item.summary);
    let is_continued = || !old.title.is_empty() && likeness::is_continued(old.summary, item.summary);
    if !is_beside && !is_other_date && old.title == item.title && is_continued() {
        return false;
    }
    !is_one_title || !is_one_text || is_other_date || is_later && !is_set_anew(old, item)
}

/// Returns whether two texts are one, or one of them has all words of the other.
fn is_text_kept(old: Told<'_>, item: Told<'_>) -> bool {
    likeness::is_same(old.summary, item.summary) || likeness::is_extended(old.summary, item.summary)
}

/// Returns whether nothing but the signs of the headline were set anew. Nobody does that with a programme's title.
fn is_set_anew(old: Told<'_>, item: Told<'_>) -> bool {
    likeness::has_only_other_signs(old.title, item.title) && is_text_kept(old, item)
}

fn seconds_between(one: Option<Timestamp>, other: Option<Timestamp>) -> i64 {
    one.zip(other).map_or(0, |(one, other)| one.duration_since(other).as_secs().abs())
}

/// Returns whether two entries for one page in one document are of two items: their titles do not say the same.
fn is_beside(old: Told<'_>, item: Told<'_>) -> bool {
    let is_text_left = is_own_text_left(old, item);
    let is_told_again = likeness::is_mostly_kept(old.title, item.title)
        || is_text_left
            && likeness::is_long_and_alike(old.title, item.title)
            && likeness::has_numbers_added(old.title, item.title);
    !is_told_again || !is_text_left && likeness::is_substituted(old.title, item.title)
}

/// Returns whether something is left of a text that is long enough to be of one item, apart from what two texts of one
/// pattern have in common.
fn is_own_text_left(old: Told<'_>, item: Told<'_>) -> bool {
    likeness::kept(old.summary, item.summary) != Kept::Unknown
        && likeness::of_text(old.summary, item.summary) == Left::Words
        && !likeness::is_of_pattern([old.title, item.title], [old.summary, item.summary])
}

/// Returns whether the headlines name two days, each its own: `Rates for 28 November`, `Rates for 29 November`.
///
/// Where the feed dates its items, each headline has to name the day of its item, or the one before or after: a date that
/// was wrong or is put off is edited in one item. Where it does not, two days are two items.
fn is_of_another_day(old: Told<'_>, item: Told<'_>) -> bool {
    let (before, after) = (title_days(old.title), title_days(item.title));
    if before.is_empty() || after.is_empty() || before == after {
        return false;
    }
    let day = |instant: Timestamp| instant.to_zoned(TimeZone::UTC).date();
    let names = |days: &[(i8, i8)], instant: Timestamp| {
        let near = [-1, 0, 1].into_iter().filter_map(|shift| day(instant).checked_add(shift.days()).ok());
        near.map(|date| (date.month(), date.day())).any(|date| days.contains(&date))
    };
    match (old.published, item.published) {
        (Some(one), Some(other)) => day(one) != day(other) && names(&before, one) && names(&after, other),
        _ => true,
    }
}

/// Whether two items have one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Page {
    Same,
    Other,
    /// One of the two has none.
    Unknown,
}

/// The numbers in a text.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_numeric()).filter(|number| !number.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_a_page_that_lists_items_are_other_items_unless_their_words_are_the_same() {
        const ALERT: &str = "Air alert in Belgorod";
        const STREETS: &str = "No water on Rustaveli avenue and in Vera from ten to two because of works.";
        const LATER: i64 = 7_200;
        const NEW_ID: Common = Common::Page { is_new_id: true };
        const TITLE: Common = Common::Title { is_new_id: true };
        const BESIDE: Common = Common::PageOfDocument { has_own_ids: false };
        let check = |common: Common, old: (&str, &str), new: (&str, &str), apart_secs: i64, expected: bool| {
            let told = |(title, summary), second| -> Told<'_> {
                let published = Timestamp::from_second(second).ok();
                Told { title, summary, page: Some(4), published, language: None, is_on_list_page: true }
            };
            let found = is_another(told(old, 1_000_000), told(new, 1_000_000 + apart_secs), common);
            assert_eq!(found, expected, "{common:?}: {old:?}, {apart_secs} s later {new:?}");
        };
        for common in [NEW_ID, TITLE, BESIDE] {
            check(common, (ALERT, ""), ("Air alert in Belgorod is over", ""), LATER, true);
            check(common, (ALERT, ""), ("Air alert in Kursk", ""), 0, true);
            check(common, ("Lot 12", STREETS), ("Lot 13", STREETS), 0, true);
            check(common, ("Hearing", "Case of Beridze."), ("Hearing", "Case of Lomidze."), 0, true);
            check(common, (ALERT, STREETS), (ALERT, STREETS), LATER, true);
            check(common, (ALERT, STREETS), (ALERT, STREETS), 30, false);
            check(common, (ALERT, STREETS), ("Air alert in Belgorod!", STREETS), LATER, false);
            check(common, (ALERT, STREETS), ("Air alert in Belgorod!", STREETS), 12 * LATER, true);
            let longer = format!("{STREETS} Vake has water again.");
            let is_beside = common == BESIDE;
            check(common, (ALERT, STREETS), (ALERT, &longer), LATER, is_beside);
            check(common, (ALERT, STREETS), (ALERT, &longer), 0, is_beside);
            for (one, other) in [
                ("The night train from Tbilisi to Batumi is late.", "The night train from Batumi to Tbilisi is late."),
                ("Слушается дело Петрова, судья Орлова.", "Слушается дело Петровой, судья Орлова."),
                ("Рейс в Краснодар отложен до утра.", "Рейс в Красноярск отложен до утра."),
                ("Ларс открыт для всех видов транспорта.", "Ларс не открыт для всех видов транспорта."),
            ] {
                check(common, ("Notice", one), ("Notice", other), LATER, true);
                check(common, ("", one), ("", other), LATER, true);
            }
            check(BESIDE, ("Train", "Tbilisi to Batumi is late."), ("Train", "Batumi to Tbilisi is late."), 0, true);
            let untitled = ("", "Air raid alert in the Belgorod region");
            check(common, untitled, ("", "Air raid alert in the Belgorod region is over"), LATER, true);
            check(common, ("", "Тревога в Брянске"), ("", "Отбой тревоги в Брянске"), LATER, true);
            for (one, other) in [("🔴 Belgorod", "🟢 Belgorod"), ("USD ↑ 2.71", "USD ↓ 2.71"), ("Gori: +5", "Gori: −5")]
            {
                check(common, (one, ""), (other, ""), LATER, true);
                check(common, (one, STREETS), (other, STREETS), 0, is_beside);
            }
            check(common, ("Belgorod", STREETS), ("🔴 Belgorod", STREETS), LATER, false);
            check(common, (ALERT, ""), ("Air alert in Belgorod, two drones shot down", ""), 0, is_beside);
        }
        // The id says that it is one item.
        const ID: Common = Common::Id { is_repeated: false, is_page: false };
        check(ID, (ALERT, ""), ("Air alert in Belgorod is over", ""), LATER, false);
        // Without ids the page is all that it is known by, and a page may have been edited.
        const PAGE: Common = Common::Id { is_repeated: false, is_page: true };
        check(PAGE, ("3 hurt near Gori", STREETS), ("5 hurt near Gori", STREETS), LATER, false);
        check(PAGE, ("Decree No 12", STREETS), ("Decree No 13", STREETS), LATER, true);
        check(PAGE, ("Hearing", STREETS), ("Hearing", "A widow sues her insurer over a burnt house."), LATER, true);
        check(PAGE, ("Hearing", STREETS), ("Hearing", "A widow sues her insurer over a burnt house."), 0, false);
        let rates = ["USD 2.71, EUR 2.95, RUB 2.9", "USD 2.73, EUR 2.91, RUB 2.8"];
        check(PAGE, ("Rates", rates[0]), ("Rates", rates[1]), 12 * LATER, true);
    }

    #[test]
    fn what_shares_one_thing_and_no_words_is_another_item() {
        const TITLE: &str = "A bridge opens in Poti";
        const TEXT: &str = "Engineers finished the structure early and the first cars crossed it this morning.";
        const OTHER_TITLE: &str = "Snow closes the pass near Lars";
        const OTHER_TEXT: &str = "Hundreds of lorries have to wait at the border until the road is cleared.";
        const DAY: i64 = 86_400;
        let check = |name: &str, common: Common, old: (&str, &str, i64, i64), new: (&str, &str), expected: bool| {
            let date = |second| Timestamp::from_second(second).ok();
            let told = |(title, summary), page, second| -> Told<'_> {
                Told {
                    title,
                    summary,
                    page: Some(page),
                    published: date(second),
                    language: None,
                    is_on_list_page: false,
                }
            };
            let (old, new) = (told((old.0, old.1), old.2, old.3), told(new, 4, 10 * DAY));
            assert_eq!(is_another(old, new, common), expected, "{name}");
        };
        let (same_day, days_before) = (10 * DAY, 7 * DAY);
        let (here, there) = (4, 5);
        use Common::PageOfTwoFeeds;
        const PAGE: Common = Common::Page { is_new_id: false };
        const TITLE_ALONE: Common = Common::Title { is_new_id: false };
        const ID: Common = Common::Id { is_repeated: false, is_page: false };
        const IN_DOCUMENT: Common = Common::PageOfDocument { has_own_ids: false };
        const TWICE: Common = Common::Id { is_repeated: true, is_page: false };
        check("nothing is left", ID, (OTHER_TITLE, OTHER_TEXT, here, same_day), (TITLE, TEXT), true);
        check("the text is left", ID, (OTHER_TITLE, TEXT, here, same_day), (TITLE, TEXT), false);
        check("the text is left, the page is new", ID, (OTHER_TITLE, TEXT, there, same_day), (TITLE, TEXT), false);
        check("the title is left", ID, (TITLE, OTHER_TEXT, here, same_day), (TITLE, TEXT), false);
        check("the title is left on another day", ID, (TITLE, OTHER_TEXT, here, days_before), (TITLE, TEXT), false);
        check("the title of another page", ID, (TITLE, OTHER_TEXT, there, days_before), (TITLE, TEXT), true);
        let numbered = ("The state of the roads, bulletin 7", "The state of the roads, bulletin 8");
        check("the next number", ID, (numbered.0, OTHER_TEXT, here, days_before), (numbered.1, TEXT), true);
        check("a headline without a word in common", ID, (OTHER_TITLE, "", here, same_day), (TITLE, ""), true);
        check(
            "a headline with a word in common",
            ID,
            ("Poti celebrates its new crossing", "", here, same_day),
            (TITLE, ""),
            false,
        );
        check("a headline on another page", ID, (OTHER_TITLE, "", there, same_day), (TITLE, ""), true);
        check("short titles", ID, ("Snow", "", here, same_day), ("Bridge", ""), true);
        check("a short title that gets longer", ID, ("Bridge", "", here, same_day), (TITLE, ""), false);
        check("a short title that is replaced over its text", ID, ("Snow", TEXT, here, same_day), (TITLE, TEXT), false);
        check("short titles on two pages", ID, ("Snow", "", there, days_before), (TITLE, ""), true);
        check("short titles of two texts", ID, ("Snow", OTHER_TEXT, here, same_day), ("Bridge", TEXT), true);
        check("no titles", ID, ("", OTHER_TEXT, there, same_day), ("", TEXT), true);
        check("a translation", ID, ("Мост открыли в Поти", "", here, same_day), (TITLE, ""), false);
        check("a translation with a page", ID, ("Мост открыли в Поти", TEXT, there, same_day), (TITLE, TEXT), false);
        check("another language on another day", ID, ("Суд в Гори", "", here, days_before), (TITLE, ""), true);
        check("another language on another page", ID, ("Суд в Гори", "", there, same_day - 60), (TITLE, ""), true);
        check("a page in two languages", PAGE, ("Мост открыли в Поти", "", here, same_day), (TITLE, ""), false);
        check("a page of two days and languages", PAGE, ("Суд в Гори", "", here, days_before), (TITLE, ""), true);
        check("a page of bulletins", PAGE, ("Snow and ice close the road", "", here, same_day), (TITLE, ""), true);
        check(
            "a headline of an aggregator",
            PageOfTwoFeeds,
            ("Traffic crosses new Poti landmark", "", here, same_day),
            (TITLE, ""),
            false,
        );
        check(
            "a page that two feeds show",
            PageOfTwoFeeds,
            (OTHER_TITLE, OTHER_TEXT, here, same_day),
            (TITLE, TEXT),
            true,
        );
        const OPENS: &str = "Armenia opens embassy in Riyadh";
        const CLOSES: &str = "Azerbaijan closes embassy in Paris";
        check("half of a title on another page", ID, (OPENS, "", there, same_day), (CLOSES, ""), true);
        check("half of a title and all of a text", ID, (OPENS, TEXT, there, same_day), (CLOSES, TEXT), false);
        check(
            "a headline and its address change",
            ID,
            (TITLE, "", there, same_day),
            ("New bridge in Poti opens", ""),
            false,
        );
        check("a title, and a text of another page", ID, (TITLE, OTHER_TEXT, there, same_day), (TITLE, TEXT), true);
        check("an id twice, half of a title", TWICE, (OPENS, "", here, same_day), (CLOSES, ""), true);
        check("an id twice, one title", TWICE, (TITLE, OTHER_TEXT, here, same_day), (TITLE, TEXT), true);
        check("an id twice, an edit", TWICE, ("New bridge in Poti opens", "", here, same_day), (TITLE, ""), false);
        check(
            "only small words are left",
            PAGE,
            ("A court is in session in Gori", "", here, same_day),
            (TITLE, ""),
            true,
        );
        check(
            "the opposite on another day",
            PAGE,
            ("A bridge closes in Poti", "", here, days_before),
            (TITLE, ""),
            true,
        );
        check(
            "a longer headline on another day",
            PAGE,
            ("A bridge opens in Poti at last", "", here, days_before),
            (TITLE, ""),
            false,
        );
        check(
            "a headline edited on the day",
            PAGE,
            ("A bridge in Poti opens late", "", here, same_day),
            (TITLE, ""),
            false,
        );
        check("a notice of one pattern", PAGE, ("A bridge opens in Gori", "", here, same_day), (TITLE, ""), true);
        check("one pattern and one text", PAGE, ("A bridge opens in Gori", TEXT, here, same_day), (TITLE, TEXT), false);
        check("a column", TITLE_ALONE, (TITLE, OTHER_TEXT, there, days_before), (TITLE, TEXT), true);
        check("an item under a new id", TITLE_ALONE, (TITLE, TEXT, here, days_before), (TITLE, TEXT), false);
        const NEW_ID: Common = Common::Page { is_new_id: true };
        const NEW_TITLE: Common = Common::Title { is_new_id: true };
        const LONGER: &str =
            "Engineers finished the structure early and the first cars crossed it this morning, says the mayor.";
        let earlier = 10 * DAY - 7_200;
        check("the next issue", NEW_ID, (TITLE, TEXT, here, earlier), (TITLE, TEXT), true);
        check("the next issue, by its title", NEW_TITLE, (TITLE, TEXT, here, earlier), (TITLE, TEXT), true);
        check("the next issue without a text", NEW_ID, (TITLE, "", here, earlier), (TITLE, ""), true);
        check("the seconds of a date are rounded", NEW_ID, (TITLE, TEXT, here, 10 * DAY - 30), (TITLE, TEXT), false);
        check("a text that gets longer", NEW_ID, (TITLE, TEXT, here, earlier), (TITLE, LONGER), false);
        check(
            "a headline over a text that gets longer",
            NEW_ID,
            (OTHER_TITLE, TEXT, here, earlier),
            (TITLE, LONGER),
            false,
        );
        check("another headline over one text", NEW_ID, (OTHER_TITLE, TEXT, here, earlier), (TITLE, TEXT), true);
        check("the same at the same time", NEW_ID, (OTHER_TITLE, TEXT, here, same_day), (TITLE, TEXT), false);
        check(
            "a longer headline, hours later",
            NEW_ID,
            (TITLE, "", here, earlier),
            ("A bridge opens in Poti at last", ""),
            false,
        );
        const CLOSED: &str = "The new bridge over the Rioni in Poti is closed";
        const OPEN: &str = "The new bridge over the Rioni in Poti opens to cars again";
        check("a word is replaced, hours later", NEW_ID, (CLOSED, "", here, earlier), (OPEN, ""), true);
        const ALERT: &str = "Воздушная тревога в Харьковской области";
        const CLEAR: &str = "Отбой воздушной тревоги в Харьковской области";
        check("the end of a warning", NEW_ID, (ALERT, "", here, earlier), (CLEAR, ""), true);
        check("the next version", NEW_ID, ("Release 4.1.0", "", here, earlier), ("Release 4.1.1", ""), true);
        check(
            "the next quake",
            NEW_ID,
            ("M 4.4 - 17 km E of Gori", "", here, earlier),
            ("M 4.5 - 17 km E of Gori", ""),
            true,
        );
        const ALERT_TEXT: &str = "Внимание! Воздушная тревога в Харькове. Пройдите в укрытие.";
        const CLEAR_TEXT: &str = "Внимание! Отбой воздушной тревоги в Харькове. Можно выйти.";
        const ALERT_NOW: &str = "Воздушная тревога";
        const CLEAR_NOW: &str = "Отбой воздушной тревоги";
        check(
            "the end of a warning with a text",
            NEW_ID,
            (ALERT_NOW, ALERT_TEXT, here, earlier),
            (CLEAR_NOW, CLEAR_TEXT),
            true,
        );
        const STORM: &str = "Storm warning";
        const IN_IMERETI: &str =
            "Strong wind of up to 25 metres per second is expected in Imereti on Monday, the agency says.";
        const IN_KAKHETI: &str =
            "Strong wind of up to 25 metres per second is expected in Kakheti on Tuesday, the agency says.";
        check("the warning of another day", NEW_ID, (STORM, IN_IMERETI, here, days_before), (STORM, IN_KAKHETI), true);
        check(
            "the warning of the day, corrected",
            NEW_ID,
            (STORM, IN_IMERETI, here, earlier),
            (STORM, IN_KAKHETI),
            false,
        );
        const TENDER: [&str; 2] = [
            "The ministry of infrastructure announces tender No 1541. Bids are due within 30 days.",
            "The ministry of infrastructure announces tender No 1542. Bids are due within 30 days.",
        ];
        check(
            "a numbered title over a form",
            NEW_ID,
            ("Tender No 1541", TENDER[0], here, earlier),
            ("Tender No 1542", TENDER[1]),
            true,
        );
        check(
            "a numbered title over a form, in one document",
            IN_DOCUMENT,
            ("Tender No 1541", TENDER[0], here, same_day),
            ("Tender No 1542", TENDER[1]),
            true,
        );
        const HOURS_BEFORE: i64 = 10 * DAY - 7_200;
        check(
            "an id used again for a notice on another page",
            ID,
            ("Vacancy: driver in Tbilisi", "", there, HOURS_BEFORE),
            ("Vacancy: guard in Tbilisi", ""),
            true,
        );
        check("letters in another form", ID, ("Всё ещё идёт", "", here, same_day), ("Все еще идет", ""), false);
        check("capitals of Turkish", ID, ("KIŞ ISINIYOR", "", here, same_day), ("Kış ısınıyor", ""), false);
        check(
            "soft hyphens",
            NEW_ID,
            ("Geor\u{AD}gian par\u{AD}liament", "", here, same_day),
            ("Georgian parliament", ""),
            false,
        );
        check(
            "other quotation marks, hours later",
            NEW_ID,
            ("\"Dinamo\" wins the cup - again", "", here, earlier),
            ("“Dinamo” wins\u{A0}the cup – again", ""),
            false,
        );
        const IN_HALLS: [&str; 2] = [
            "Case No 3301, courtroom 1, judge Beridze, starts at 12 o'clock.",
            "Case No 3302, courtroom 2, judge Beridze, starts at 14 o'clock.",
        ];
        const WITH_IDS: Common = Common::PageOfDocument { has_own_ids: true };
        let hearing = ("Hearing", IN_HALLS[1]);
        check("a form with an id each", WITH_IDS, ("Hearing", IN_HALLS[0], here, same_day), hearing, true);
        check("a form with an id and a date each", WITH_IDS, ("Hearing", IN_HALLS[0], here, earlier), hearing, true);
        check("a form without ids", IN_DOCUMENT, ("Hearing", IN_HALLS[0], here, same_day), hearing, false);
        check("a form that is filled in again", NEW_ID, ("Hearing", IN_HALLS[0], here, earlier), hearing, false);
        check(
            "names that differ in a letter",
            PAGE,
            ("Iran shuts its airspace for the night", "", here, same_day),
            ("Iraq shuts its airspace for the night", ""),
            true,
        );
        check("a former headline", NEW_TITLE, ("A bridge opens in Poti at last", "", here, earlier), (TITLE, ""), true);
        check("a word is replaced, another id of the page", PAGE, (CLOSED, "", here, earlier), (OPEN, ""), false);
        check("a word is replaced at the same time", NEW_ID, (CLOSED, "", here, same_day), (OPEN, ""), false);
        check("a word is replaced in one document", IN_DOCUMENT, (CLOSED, "", here, same_day), (OPEN, ""), false);
        check("a number of few words", NEW_ID, ("Tender 15", "", here, same_day), ("Tender 16", ""), true);
        check("a number in one document", IN_DOCUMENT, ("Tender 15", "", here, same_day), ("Tender 16", ""), true);
        check(
            "a page that has another text each day",
            Common::Id { is_repeated: false, is_page: true },
            (TITLE, OTHER_TEXT, here, days_before),
            (TITLE, TEXT),
            true,
        );
    }
}
