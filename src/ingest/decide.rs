//! What becomes of an item of a feed: known, edited, purged, a sighting of an item from elsewhere, or new.
//!
//! Decides by what the store knows, and changes nothing; [`super::resolve`] does what is decided.

use super::engine::Prepared;
use crate::store::SightingRow;

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
}

/// The item that holds an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) item_id: i64,
    /// Whether the address belongs to the site of the feed that gave the item.
    pub(super) is_own_page: bool,
}

/// How an item relates to what the feed gave before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Past {
    /// Whether the feed gave items before this document.
    pub(super) gave_before: bool,
    /// Whether this document has the item's identity twice.
    pub(super) is_repeated: bool,
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
    },
}

/// Decides what becomes of an item.
///
/// An address belongs to the feeds of its own site: an item from there takes it from one that a feed of another site
/// gave. Among feeds of one kind, the first keeps it.
pub(super) fn decide<K: Known>(known: &mut K, item: &Prepared, past: Past) -> Result<Intent, K::Error> {
    if (past.gave_before || past.is_repeated)
        && let Some(sighting) = known.sighting(item.identity)?
    {
        let SightingRow { item_id, text_hash } = sighting;
        return Ok(if text_hash == item.text_hash { Intent::Nothing } else { Intent::Edit { item_id } });
    }
    if known.is_purged(item)? {
        return Ok(Intent::Nothing);
    }
    // Within one document no title names two items.
    if past.gave_before
        && let Some(item_id) = known.renamed(item)?
    {
        return Ok(Intent::Alias { item_id });
    }
    let Some(holder) = item.url_key.map(|key| known.holder(key)).transpose()?.flatten() else {
        return Ok(Intent::New { takes_address_of: None });
    };
    // A publisher that changes its ids gives the same item again, and no new sighting of it.
    let is_alias = known.is_in_feed(holder.item_id)?;
    if item.is_own_page && !holder.is_own_page && !is_alias {
        return Ok(Intent::New { takes_address_of: Some(holder.item_id) });
    }
    Ok(Intent::Sighting { item_id: holder.item_id, is_alias })
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
            title: "A bridge opens".to_owned(),
            summary: String::new(),
            language: None,
            published: None,
            classification: crate::model::Classification::default(),
            names: None,
            fingerprint: Fingerprint::new(&Rules::built_in().unwrap().texts, &Features::default()),
        }
    }

    #[test]
    fn each_item_has_one_way() {
        let (before, first) =
            (Past { gave_before: true, is_repeated: false }, Past { gave_before: false, is_repeated: false });
        let sighting = |text_hash| Facts { sighting: Some(SightingRow { item_id: 7, text_hash }), ..Facts::default() };
        let held = |is_own_page, is_in_feed| Facts {
            holder: Some(Holder { item_id: 7, is_own_page }),
            is_in_feed,
            ..Facts::default()
        };
        let check = |name: &str, mut facts: Facts, own: bool, past: Past, expected: Intent| {
            let Ok(intent) = decide(&mut facts, &item(own), past);
            assert_eq!(intent, expected, "{name}");
        };
        let new = Intent::New { takes_address_of: None };
        check("given before", sighting(3), true, before, Intent::Nothing);
        check("edited", sighting(5), true, before, Intent::Edit { item_id: 7 });
        check("the first document of a feed is not looked up", sighting(3), true, first, new);
        check("twice in the first document", sighting(3), true, Past { is_repeated: true, ..first }, Intent::Nothing);
        check("purged", Facts { is_purged: true, ..held(true, false) }, true, before, Intent::Nothing);
        let renamed = Facts { renamed: Some(7), ..Facts::default() };
        check("a new identity", renamed, true, before, Intent::Alias { item_id: 7 });
        check("a title of the first document", renamed, true, first, new);
        check("nothing known", Facts::default(), true, before, new);
        let sighting = |is_alias| Intent::Sighting { item_id: 7, is_alias };
        check("another feed of the site had it", held(true, false), true, before, sighting(false));
        check("the site had it", held(true, false), false, before, sighting(false));
        check("two strangers", held(false, false), false, before, sighting(false));
        check("again under another identity", held(false, true), true, before, sighting(true));
        let takes = Intent::New { takes_address_of: Some(7) };
        check("a stranger had it, and the site comes", held(false, false), true, before, takes);
        check("in the first document as well", held(false, false), true, first, takes);
    }
}
