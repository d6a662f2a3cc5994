//! What becomes of an item of a feed: known, edited, purged, a sighting of an item from elsewhere, or new.
//!
//! Decides by what the store knows, and changes nothing; [`super::resolve`] does what is decided.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use xxhash_rust::xxh3::xxh3_64;

use super::engine::Prepared;
use super::likeness::{self, Left};
use crate::feed::title_days;
use crate::store::{SightingRow, StoredText};

/// What the store knows of an item and its feed. Each answer is asked for only if the decision needs it.
pub(super) trait Known {
    /// Why an answer cannot be had.
    type Error;

    /// Returns the item that the feed gave under this identity.
    fn sighting(&mut self, identity: i64) -> Result<Option<SightingRow>, Self::Error>;

    /// Returns whether the item, by its identity or address, was removed on purpose.
    fn is_purged(&mut self, item: &Prepared) -> Result<bool, Self::Error>;

    /// Returns the item that the feed gave under another identity and the same title.
    fn renamed(&mut self, item: &Prepared) -> Result<Option<i64>, Self::Error>;

    /// Returns the item that holds an address.
    fn holder(&mut self, url_key: i64) -> Result<Option<Holder>, Self::Error>;

    /// Returns whether the feed gave an item before, under any identity.
    fn is_in_feed(&mut self, item_id: i64) -> Result<bool, Self::Error>;

    /// Returns the words and the address of an item, unless its text was dropped.
    fn text(&mut self, item_id: i64) -> Result<Option<StoredText>, Self::Error>;
}

/// The item that holds an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) item_id: i64,
    /// Whether the address belongs to the site of the feed that gave the item.
    pub(super) is_own_page: bool,
}

/// How an item relates to what the feed gave before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past<'a> {
    /// Whether the feed gave items before this document.
    pub(super) gave_before: bool,
    /// Whether this document has the item's identity twice.
    pub(super) is_repeated: bool,
    /// This document. An item that is at another address, and whose old one is still in it, has the id of its place in
    /// the list.
    pub(super) document: &'a [Prepared],
}

/// What is to be done with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// Nothing: the feed gave it before, with these words, or it was removed on purpose.
    Nothing,
    /// The feed has changed the words of an item.
    Edit {
        /// The item.
        item_id: i64,
    },
    /// The feed gives an item under a further identity.
    Alias {
        /// The item.
        item_id: i64,
    },
    /// The feed gives the address of an item that the store has from elsewhere.
    Sighting {
        /// The item.
        item_id: i64,
        /// Whether this feed gave it before, under another identity.
        is_alias: bool,
    },
    /// An item that the store does not have.
    New {
        /// An item of a feed of another site that holds this item's address, and must give it up.
        takes_address_of: Option<i64>,
        /// Whether another item of the feed holds the address, so that it cannot name this one.
        shares_address: bool,
    },
}

/// What is decided about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) intent: Intent,
    /// The identity under which the feed gives the item: its own, or another if a publisher uses an id again.
    pub(super) identity: i64,
}

/// Decides what becomes of an item.
///
/// An address belongs to the feeds of its own site: an item from there takes it from one that a feed of another site
/// gave. Among feeds of one kind, the first keeps it.
///
/// Neither an id nor an address nor a title is trusted alone: publishers use ids again, pages such as bulletins keep
/// their address, and columns their title. What shares one of them with a known item and is another by [`is_another`]
/// is stored as a new one.
pub(super) fn decide<K: Known>(known: &mut K, item: &Prepared, past: Past<'_>) -> Result<Decision, K::Error> {
    let mut identity = item.identity;
    if past.gave_before || past.is_repeated {
        let common = Common::Id { is_repeated: past.is_repeated };
        // What the feed gave under this id before, if not with these words.
        let mut edited = None;
        for _ in 0..ITEMS_OF_AN_ID {
            let Some(SightingRow { item_id, text_hash }) = known.sighting(identity)? else { break };
            if text_hash == item.text_hash {
                return Ok(Decision { intent: Intent::Nothing, identity });
            }
            let old = known.text(item_id)?;
            let is_listed = |old: &StoredText| {
                let is_old_page = |other: &Prepared| other.url_key == old.url_key;
                old.url_key.is_some() && !is_old_page(item) && past.document.iter().any(is_old_page)
            };
            let is_other = |old: &StoredText| is_listed(old) || is_another(old, item, common);
            if edited.is_none() && !old.as_ref().is_some_and(is_other) {
                edited = Some(Decision { intent: Intent::Edit { item_id }, identity });
            }
            // An id of several items has one of them with these words, perhaps.
            let Some(old) = old else { break };
            identity = identity_apart(identity, &old, item);
        }
        if let Some(decision) = edited {
            return Ok(decision);
        }
    }
    Ok(Decision { intent: unknown(known, item, past)?, identity })
}

/// How many items in a row an id may have named on one page.
const ITEMS_OF_AN_ID: usize = 4;

/// What a known item and another one have in common before their words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Common {
    /// The id within the feed.
    Id {
        /// Whether one document has it twice, which makes an edit unlikely.
        is_repeated: bool,
    },
    /// The address, in one feed.
    Page,
    /// The address, in two feeds, one of which may be an aggregator with headlines of its own.
    PageOfTwoFeeds,
    /// The title, in one feed.
    Title,
}

/// Returns whether an item that has something in common with a stored one is another item.
///
/// An edit leaves something, so it is if next to nothing is left of the title and of the summary. What is left of the
/// title alone may be what two notices of one kind share: then a second sign has to confirm it. That is another summary
/// with another page, id or day, or without summaries another page with less than half of the title, or another page or id
/// with another day and a title that does more than add to the old one. Without a text in common, titles of one pattern on
/// one page are notices of a list. An id that a document gives twice is no edit either. If id, page and title all say that it is one item,
/// only its numbers and its date make another of it. What is left of a summary makes it an edit, unless page and day are
/// others: the line may be under every item of the feed. A text in another language or script may be a translation, unless
/// it is of another time. Issues of a bulletin name their day in the headline, see [`is_of_another_day`].
fn is_another(old: &StoredText, item: &Prepared, common: Common) -> bool {
    const EDITED_WITHIN_HOURS: i64 = 24;
    if common != Common::PageOfTwoFeeds && is_of_another_day(old, item) {
        return true;
    }
    let page = match (old.url_key, item.url_key) {
        (Some(one), Some(other)) if one == other => Page::Same,
        (Some(_), Some(_)) => Page::Other,
        _ => Page::Unknown,
    };
    let is_other_date = match (old.published, item.published) {
        (Some(one), Some(other)) => one.duration_since(other).as_hours().abs() >= EDITED_WITHIN_HOURS,
        _ => false,
    };
    let title = likeness::of_title(&old.title, &item.title);
    let is_other_language = match (&old.language, &item.language) {
        (Some(one), Some(other)) if one != other => title != Left::Words,
        _ => !likeness::are_in_one_script(&old.title, &item.title),
    };
    if is_other_language {
        // A translation is of the same moment, and if it has a page of its own, of the same second.
        let is_translation = page == Page::Other && old.published.is_some() && old.published == item.published;
        return match common {
            Common::Id { .. } => is_other_date || page == Page::Other && !is_translation,
            Common::Page => is_other_date,
            Common::PageOfTwoFeeds | Common::Title => false,
        };
    }
    let text = likeness::of_text(&old.summary, &item.summary);
    let is_other_text = text == Left::Nothing;
    let is_text_left = text == Left::Words;
    let shares_no_word = || likeness::shares_no_word(&[&old.title, &old.summary], &[&item.title, &item.summary]);
    let has_other_numbers = || !numbers(&old.title).eq(numbers(&item.title));
    let is_other_title = || !likeness::is_alike(&old.title, &item.title);
    match title {
        Left::Words => match (common, page) {
            (Common::Id { .. }, Page::Other) => {
                let is_extended = || likeness::is_extended(&old.title, &item.title);
                is_other_text || !is_text_left && (is_other_title() || is_other_date && !is_extended())
            }
            (Common::Id { is_repeated: true }, _) => is_other_text || !is_text_left && is_other_title(),
            (Common::Id { .. }, Page::Same) => is_other_text && is_other_date && has_other_numbers(),
            (Common::Id { .. }, Page::Unknown) | (Common::Title, _) => is_other_text && is_other_date,
            (Common::Page, _) => {
                let is_extended = || likeness::is_extended(&old.title, &item.title);
                let is_substituted = || likeness::is_substituted(&old.title, &item.title);
                is_other_text || !is_text_left && (is_other_date && !is_extended() || is_substituted())
            }
            (Common::PageOfTwoFeeds, _) => false,
        },
        _ if is_other_text => true,
        Left::Unknown => false,
        _ if is_text_left => matches!(common, Common::Id { .. }) && page == Page::Other && is_other_date,
        Left::NoWordOfFew => match common {
            Common::Id { .. } | Common::Page => shares_no_word(),
            Common::PageOfTwoFeeds | Common::Title => false,
        },
        Left::Nothing => match common {
            Common::Page => true,
            Common::Id { is_repeated } if page == Page::Other || is_other_date || is_repeated => true,
            _ => shares_no_word(),
        },
    }
}

/// Returns whether the headlines name two days, each its own: `Rates for 28 November`, `Rates for 29 November`.
///
/// Where the feed dates its items, each headline has to name the day of its item, or the one before or after: a date that
/// was wrong or is put off is edited in one item. Where it does not, two days are two items.
fn is_of_another_day(old: &StoredText, item: &Prepared) -> bool {
    let (before, after) = (title_days(&old.title), title_days(&item.title));
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

/// Returns the identity of an item whose id another item has: the id with the page, or with the title if the page is
/// the same, and with the date as well if the title is the same too.
fn identity_apart(identity: i64, old: &StoredText, item: &Prepared) -> i64 {
    let mut bytes = identity.to_be_bytes().to_vec();
    match item.url_key.filter(|key| old.url_key != Some(*key)) {
        Some(key) => bytes.extend_from_slice(&key.to_be_bytes()),
        None => bytes.extend_from_slice(item.title.to_lowercase().as_bytes()),
    }
    if old.url_key == item.url_key && likeness::is_alike(&old.title, &item.title) {
        bytes.extend(item.published.map(|date| date.as_second().to_be_bytes()).into_iter().flatten());
    }
    xxh3_64(&bytes).cast_signed()
}

/// What is to be done with an item that the feed did not give before under this identity.
fn unknown<K: Known>(known: &mut K, item: &Prepared, past: Past<'_>) -> Result<Intent, K::Error> {
    if known.is_purged(item)? {
        return Ok(Intent::Nothing);
    }
    // Within one document no title names two items.
    if past.gave_before
        && let Some(item_id) = known.renamed(item)?
        && !is_stored_another(known, item_id, item, Common::Title)?
    {
        return Ok(Intent::Alias { item_id });
    }
    let Some(holder) = item.url_key.map(|key| known.holder(key)).transpose()?.flatten() else {
        return Ok(Intent::New { takes_address_of: None, shares_address: false });
    };
    // A publisher that changes its ids gives the same item again, and no new sighting of it.
    let is_alias = known.is_in_feed(holder.item_id)?;
    if item.is_own_page && !holder.is_own_page && !is_alias {
        return Ok(Intent::New { takes_address_of: Some(holder.item_id), shares_address: false });
    }
    // A feed of another site speaks of the page in words of its own.
    let is_comparable = is_alias || item.is_own_page == holder.is_own_page;
    let common = if is_alias { Common::Page } else { Common::PageOfTwoFeeds };
    if is_comparable && is_stored_another(known, holder.item_id, item, common)? {
        return Ok(Intent::New { takes_address_of: None, shares_address: true });
    }
    Ok(Intent::Sighting { item_id: holder.item_id, is_alias })
}

/// Returns [`is_another`] for the item of a number. If the store no longer has its text, it is taken for the same.
fn is_stored_another<K: Known>(known: &mut K, item_id: i64, item: &Prepared, common: Common) -> Result<bool, K::Error> {
    Ok(known.text(item_id)?.is_some_and(|old| is_another(&old, item, common)))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::dedup::{Features, Fingerprint, Rules};

    /// A store of one item, number 7.
    #[derive(Clone, Copy, Default)]
    struct Facts {
        sighting: Option<SightingRow>,
        is_purged: bool,
        renamed: Option<i64>,
        holder: Option<Holder>,
        is_in_feed: bool,
        text: Option<&'static str>,
    }

    impl Known for Facts {
        type Error = Infallible;
        fn sighting(&mut self, _: i64) -> Result<Option<SightingRow>, Infallible> {
            Ok(self.sighting)
        }
        fn is_purged(&mut self, _: &Prepared) -> Result<bool, Infallible> {
            Ok(self.is_purged)
        }
        fn renamed(&mut self, _: &Prepared) -> Result<Option<i64>, Infallible> {
            Ok(self.renamed)
        }
        fn holder(&mut self, _: i64) -> Result<Option<Holder>, Infallible> {
            Ok(self.holder)
        }
        fn is_in_feed(&mut self, _: i64) -> Result<bool, Infallible> {
            Ok(self.is_in_feed)
        }
        fn text(&mut self, _: i64) -> Result<Option<StoredText>, Infallible> {
            Ok(self.text.map(|title| StoredText { title: title.to_owned(), url_key: Some(5), ..StoredText::default() }))
        }
    }

    fn item(is_own_page: bool) -> Prepared {
        Prepared {
            identity: 1,
            title_key: Some(2),
            text_hash: 3,
            url: Some("https://daily.example/1".to_owned()),
            url_key: Some(4),
            is_own_page,
            agency: None,
            title: "A bridge opens in Poti".to_owned(),
            summary: String::new(),
            language: None,
            published: None,
            classification: crate::model::Classification::default(),
            names: None,
            fingerprint: Fingerprint::new(&Rules::built_in().unwrap().texts, &Features::default()),
        }
    }

    #[test]
    fn an_id_that_is_used_again_names_a_second_item() {
        let old = StoredText {
            title: "Snow closes the pass near Lars".to_owned(),
            url_key: Some(5),
            ..StoredText::default()
        };
        assert!(is_another(&old, &item(true), Common::Id { is_repeated: false }));
        let apart = identity_apart(1, &old, &item(true));
        assert_ne!(apart, item(true).identity);
        let edited = Prepared { title: "Bridge in Poti is open".to_owned(), ..item(true) };
        assert_eq!(identity_apart(1, &old, &edited), apart, "the second item keeps its identity when it is edited");
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
            let (title, summary) = (old.0.to_owned(), old.1.to_owned());
            let old = StoredText { title, summary, url_key: Some(old.2), published: date(old.3), language: None };
            let (title, summary) = (new.0.to_owned(), new.1.to_owned());
            let new = Prepared { title, summary, published: date(10 * DAY), ..item(true) };
            assert_eq!(is_another(&old, &new, common), expected, "{name}");
        };
        let (same_day, days_before) = (10 * DAY, 7 * DAY);
        let (here, there) = (4, 5);
        use Common::{Page, PageOfTwoFeeds, Title};
        const ID: Common = Common::Id { is_repeated: false };
        const TWICE: Common = Common::Id { is_repeated: true };
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
        check("a page in two languages", Page, ("Мост открыли в Поти", "", here, same_day), (TITLE, ""), false);
        check("a page of two days and languages", Page, ("Суд в Гори", "", here, days_before), (TITLE, ""), true);
        check("a page of bulletins", Page, ("Snow and ice close the road", "", here, same_day), (TITLE, ""), true);
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
            Page,
            ("A court is in session in Gori", "", here, same_day),
            (TITLE, ""),
            true,
        );
        check(
            "the opposite on another day",
            Page,
            ("A bridge closes in Poti", "", here, days_before),
            (TITLE, ""),
            true,
        );
        check(
            "a longer headline on another day",
            Page,
            ("A bridge opens in Poti at last", "", here, days_before),
            (TITLE, ""),
            false,
        );
        check(
            "a headline edited on the day",
            Page,
            ("A bridge in Poti opens late", "", here, same_day),
            (TITLE, ""),
            false,
        );
        check("a notice of one pattern", Page, ("A bridge opens in Gori", "", here, same_day), (TITLE, ""), true);
        check("one pattern and one text", Page, ("A bridge opens in Gori", TEXT, here, same_day), (TITLE, TEXT), false);
        check("a column", Title, (TITLE, OTHER_TEXT, there, days_before), (TITLE, TEXT), true);
        check("an item under a new id", Title, (TITLE, TEXT, here, days_before), (TITLE, TEXT), false);
    }

    #[test]
    fn each_item_has_one_way() {
        let (before, first) = (
            Past { gave_before: true, is_repeated: false, document: &[] },
            Past { gave_before: false, is_repeated: false, document: &[] },
        );
        let sighting = |text_hash| Facts { sighting: Some(SightingRow { item_id: 7, text_hash }), ..Facts::default() };
        let held = |is_own_page, is_in_feed| Facts {
            holder: Some(Holder { item_id: 7, is_own_page }),
            is_in_feed,
            ..Facts::default()
        };
        let check = |name: &str, mut facts: Facts, own: bool, past: Past<'_>, expected: Intent| {
            let Ok(decision) = decide(&mut facts, &item(own), past);
            assert_eq!(decision.intent, expected, "{name}");
        };
        let new = Intent::New { takes_address_of: None, shares_address: false };
        check("given before", sighting(3), true, before, Intent::Nothing);
        check("edited", sighting(5), true, before, Intent::Edit { item_id: 7 });
        check("the first document of a feed is not looked up", sighting(3), true, first, new);
        check("twice in the first document", sighting(3), true, Past { is_repeated: true, ..first }, Intent::Nothing);
        check("purged", Facts { is_purged: true, ..held(true, false) }, true, before, Intent::Nothing);
        let renamed = Facts { renamed: Some(7), ..Facts::default() };
        check("a new identity", renamed, true, before, Intent::Alias { item_id: 7 });
        check("a title of the first document", renamed, true, first, new);
        check("nothing known", Facts::default(), true, before, new);
        let seen = |is_alias| Intent::Sighting { item_id: 7, is_alias };
        check("another feed of the site had it", held(true, false), true, before, seen(false));
        check("the site had it", held(true, false), false, before, seen(false));
        check("two strangers", held(false, false), false, before, seen(false));
        check("again under another identity", held(false, true), true, before, seen(true));
        let edited = |title| Facts { text: Some(title), ..sighting(5) };
        check(
            "an edit leaves words",
            edited("The bridge in Poti opens today"),
            true,
            before,
            Intent::Edit { item_id: 7 },
        );
        let apart = Intent::New { takes_address_of: None, shares_address: true };
        let bulletin = |title| Facts { text: Some(title), ..held(true, true) };
        check("a page of many items", bulletin("Snow closes the pass near Lars"), true, before, apart);
        check("a page with a new title", bulletin("Bridge opened in Poti"), true, before, seen(true));
        let shown = |is_own_page| Facts { text: Some("Snow closes the pass near Lars"), ..held(is_own_page, false) };
        check("a page that two feeds of its site show", shown(true), true, before, apart);
        check("a feed of another site speaks of a page", shown(true), false, before, seen(false));
        let takes = Intent::New { takes_address_of: Some(7), shares_address: false };
        check("a stranger had it, and the site comes", held(false, false), true, before, takes);
        check("in the first document as well", held(false, false), true, first, takes);
    }
}
