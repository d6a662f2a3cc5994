//! What becomes of an item of a feed: known, edited, purged, a sighting of an item from elsewhere, or new.
//!
//! Decides by what the store knows, and changes nothing; [`super::resolve`] does what is decided.

use xxhash_rust::xxh3::xxh3_64;

use super::another::{Common, Told, is_another, is_unchanged};
use super::engine::Prepared;
use super::likeness;
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
    /// Whether the feed keeps its ids from one document to the next, as far as this one shows.
    pub(super) keeps_ids: bool,
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
        let common = Common::Id { is_repeated: past.is_repeated, is_page: !item.has_own_id };
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
            let is_other = |old: &StoredText| is_listed(old) || is_another(Told::from(old), Told::from(item), common);
            if edited.is_none() && !old.as_ref().is_some_and(is_other) {
                edited = Some(Decision { intent: Intent::Edit { item_id }, identity });
            }
            // An id of several items has one of them with these words, perhaps.
            let Some(old) = old else { break };
            identity = identity_apart(identity, &old, item);
        }
        if let Some(decision) = edited {
            // A page that lists items gives them its own identity if they are alone.
            if item.is_on_list_page
                && !item.has_own_id
                && let Some(item_id) = known_beside_others(known, item, past.document)?
            {
                return Ok(Decision { intent: Intent::Alias { item_id }, identity });
            }
            return Ok(decision);
        }
    }
    Ok(Decision { intent: unknown(known, item, past)?, identity })
}

/// How many items in a row an id may have named on one page.
const ITEMS_OF_AN_ID: usize = 4;

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
    if past.gave_before
        && let Some(item_id) = known_beside_others(known, item, past.document)?
    {
        return Ok(Intent::Alias { item_id });
    }
    let is_new_id = item.has_own_id && past.keeps_ids;
    // Within one document no title names two items.
    let renamed = if past.gave_before { known.renamed(item)? } else { None };
    if let Some(item_id) = renamed
        && !is_stored_another(known, item_id, item, Common::Title { is_new_id })?
    {
        return Ok(Intent::Alias { item_id });
    }
    // A headline that the feed gives again under a new id is not that of the page's first item.
    let recurs = is_new_id && renamed.is_some();
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
    let common = if is_alias { Common::Page { is_new_id } } else { Common::PageOfTwoFeeds };
    if is_comparable && (recurs && is_alias || is_stored_another(known, holder.item_id, item, common)?) {
        return Ok(Intent::New { takes_address_of: None, shares_address: true });
    }
    Ok(Intent::Sighting { item_id: holder.item_id, is_alias })
}

/// Returns the item that the feed gave with the same words, page and date under another identity, because other items
/// were beside it: an address that is that of several items of a document identifies none of them.
fn known_beside_others<K: Known>(
    known: &mut K,
    item: &Prepared,
    document: &[Prepared],
) -> Result<Option<i64>, K::Error> {
    let is_entry = |old: &StoredText, entry: &Prepared| entry.title == old.title && entry.summary == old.summary;
    for other in &item.other_identities {
        let mut identity = *other;
        for _ in 0..ITEMS_OF_AN_ID {
            let Some(SightingRow { item_id, .. }) = known.sighting(identity)? else { break };
            let Some(old) = known.text(item_id)? else { break };
            // What another entry of the document is, to the letter, is not this one.
            let is_listed = !is_entry(&old, item) && document.iter().any(|entry| is_entry(&old, entry));
            if !is_listed && is_unchanged(Told::from(&old), Told::from(item)) {
                return Ok(Some(item_id));
            }
            identity = identity_apart(identity, &old, item);
        }
    }
    Ok(None)
}

/// Returns [`is_another`] for the item of a number. If the store no longer has its text, it is taken for the same.
fn is_stored_another<K: Known>(known: &mut K, item_id: i64, item: &Prepared, common: Common) -> Result<bool, K::Error> {
    Ok(known.text(item_id)?.is_some_and(|old| is_another(Told::from(&old), Told::from(item), common)))
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
            other_identities: Vec::new(),
            has_own_id: true,
            is_on_list_page: false,
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
        assert!(is_another(
            Told::from(&old),
            Told::from(&item(true)),
            Common::Id { is_repeated: false, is_page: false }
        ));
        let apart = identity_apart(1, &old, &item(true));
        assert_ne!(apart, item(true).identity);
        let edited = Prepared { title: "Bridge in Poti is open".to_owned(), ..item(true) };
        assert_eq!(identity_apart(1, &old, &edited), apart, "the second item keeps its identity when it is edited");
    }

    #[test]
    fn each_item_has_one_way() {
        let (before, first) = (
            Past { gave_before: true, is_repeated: false, keeps_ids: true, document: &[] },
            Past { gave_before: false, is_repeated: false, keeps_ids: true, document: &[] },
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
