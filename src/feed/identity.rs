//! Identities: which item of a feed is which, from one poll to the next.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use url::Url;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::model::Item;
use crate::text::fold::push_lower;

/// The version of the rule for identities. A change of the rule needs a new version and a migration.
pub(crate) const IDENTITY_VERSION: u8 = 1;

/// The identity of an item within its feed: 128 bits and a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity {
    /// [`IDENTITY_VERSION`] of the rule that made it.
    pub version: u8,
    /// XXH3, 128 bits, of what the rule includes.
    pub hash: [u8; 16],
}

/// Returns the identity of a single item; see [`identities`].
pub fn identity(item: &Item) -> Identity {
    Identity::of(&primary(item))
}

/// Returns the identities of the items of one document.
///
/// An item is identified by its id, else by its link, else by its title, else by its text:
///
/// - An id that is an address is treated like a link: compared without scheme, `www.` and `utm_` parameters, with the
///   host in lower case. So an item keeps its identity if a publisher moves to https, or drops a guid that was the
///   link.
/// - The address of the front page of a site identifies no item.
/// - **Shared identity**: an id or link that several titles (ignoring case and white space) share within one document
///   identifies none of them. Items that share an id are then identified by id and link; if they share the link as
///   well, by the title. Revisions as in RFC 4287 (4.1.1) are exempt: the same id and link, each with its own
///   `updated`.
/// - If several items with different dates share a title, the date is included.
/// - Where the address is that of a list, see [`are_on_list_page`], items without ids that share it and the title are told
///   apart by the date or, if that is the same as well, by the text.
///
/// Otherwise the date is not included: publishers without ids are those that set it to the time of the request.
pub fn identities(items: &[Item]) -> Vec<Identity> {
    let mut keys: Vec<Key<'_>> = items.iter().map(primary).collect();
    let on_list_page = are_on_list_page(items);
    for weaker in [id_and_link, by_title, by_title_and_date, by_title_and_text] {
        let shared = shared(items, &keys, &on_list_page);
        if shared.is_empty() {
            break;
        }
        for (key, item) in keys.iter_mut().zip(items) {
            if shared.contains(&Identity::of(key).hash) {
                *key = weaker(item);
            }
        }
    }
    keys.iter().map(Identity::of).collect()
}

/// Returns every identity that an item may have in a document, by what else is in it; see [`identities`].
pub(crate) fn possible_identities(item: &Item) -> [Identity; 5] {
    [primary, id_and_link, by_title, by_title_and_date, by_title_and_text].map(|rule| Identity::of(&rule(item)))
}

/// Returns for each item of a document whether it is on a page that lists items, rather than on one of its own: a page
/// that more than half of the items have, or four. An only item may always be on such a page. Items without a page count
/// as if they were on one.
pub(crate) fn are_on_list_page(items: &[Item]) -> Vec<bool> {
    let pages: Vec<Option<String>> = items.iter().map(link).collect();
    let mut counts: HashMap<&Option<String>, usize> = HashMap::new();
    pages.iter().for_each(|page| *counts.entry(page).or_default() += 1);
    let is_list = |page: &Option<String>| {
        let count = counts.get(page).copied().unwrap_or_default();
        count * 2 > items.len() || page.is_some() && count >= LIST_ITEMS
    };
    pages.iter().map(is_list).collect()
}

/// So many items on one page make a list of it, whatever else is in the document.
const LIST_ITEMS: usize = 4;

/// Returns a second key, for publishers whose ids change: the hash of the title, ignoring case, punctuation and white
/// space. Titles with both fewer than four words and fewer than twenty letters and digits recur, so their key includes
/// the text; `None` if the text has fewer than eight words.
pub fn title_key(item: &Item) -> Option<[u8; 16]> {
    let (mut words_of_key, count, characters) = words(&item.title);
    if characters < TITLE_KEY_CHARACTERS && count < TITLE_KEY_WORDS {
        let (text, count, _) = words(text(item));
        if count < TEXT_KEY_WORDS {
            return None;
        }
        words_of_key.push('\0');
        words_of_key.push_str(&text);
    }
    Some(xxh3_128_with_seed(words_of_key.as_bytes(), u64::from(IDENTITY_VERSION)).to_be_bytes())
}

const TITLE_KEY_CHARACTERS: usize = 20;
const TITLE_KEY_WORDS: usize = 4;
const TEXT_KEY_WORDS: usize = 8;

/// What an identity includes: the kind of key, and its parts.
struct Key<'a> {
    kind: &'static str,
    parts: [Cow<'a, str>; 2],
}

impl Identity {
    fn of(key: &Key<'_>) -> Identity {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(key.kind.as_bytes());
        for part in &key.parts {
            bytes.push(0);
            bytes.extend_from_slice(part.as_bytes());
        }
        let hash = xxh3_128_with_seed(&bytes, u64::from(IDENTITY_VERSION)).to_be_bytes();
        Identity { version: IDENTITY_VERSION, hash }
    }
}

fn key<'a>(kind: &'static str, first: impl Into<Cow<'a, str>>, second: impl Into<Cow<'a, str>>) -> Key<'a> {
    Key { kind, parts: [first.into(), second.into()] }
}

fn primary(item: &Item) -> Key<'_> {
    match item.id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
        Some(id) => match Address::of(id) {
            Address::Page(address) => key("address", address, ""),
            Address::FrontPage => by_link(item),
            Address::None => key("id", id, ""),
        },
        None => by_link(item),
    }
}

fn by_link(item: &Item) -> Key<'_> {
    match link(item) {
        Some(address) => key("address", address, ""),
        None => by_title(item),
    }
}

fn link(item: &Item) -> Option<String> {
    match Address::of(item.link.as_deref()?) {
        Address::Page(address) => Some(address),
        Address::FrontPage | Address::None => None,
    }
}

fn id_and_link(item: &Item) -> Key<'_> {
    match (item.id.as_deref(), link(item)) {
        (Some(id), Some(link)) => key("id+link", id.trim(), link),
        _ => by_title(item),
    }
}

fn by_title(item: &Item) -> Key<'_> {
    let title = folded(&item.title);
    if title.is_empty() { key("text", text(item), "") } else { key("title", title, "") }
}

fn by_title_and_date(item: &Item) -> Key<'_> {
    let date = item.published.or(item.updated).map(|date| date.to_string()).unwrap_or_default();
    let title = folded(&item.title);
    if title.is_empty() { key("text+date", text(item), date) } else { key("title+date", title, date) }
}

fn by_title_and_text(item: &Item) -> Key<'_> {
    key("title+text", folded(&item.title), words(text(item)).0)
}

fn text(item: &Item) -> &str {
    item.summary.as_deref().or(item.content.as_deref()).unwrap_or("")
}

/// Returns the keys that several different items share.
fn shared(items: &[Item], keys: &[Key<'_>], on_list_page: &[bool]) -> HashSet<[u8; 16]> {
    let mut by_key: HashMap<[u8; 16], Vec<usize>> = HashMap::with_capacity(items.len());
    for (index, key) in keys.iter().enumerate() {
        by_key.entry(Identity::of(key).hash).or_default().push(index);
    }
    by_key
        .into_iter()
        .filter(|(_, indices)| indices.len() > 1)
        .filter(|(_, indices)| {
            let members: Vec<&Item> = indices.iter().filter_map(|&index| items.get(index)).collect();
            let kind = indices.first().and_then(|&index| keys.get(index)).map_or("", |key| key.kind);
            let has_dates = || members.iter().any(|item| item.published != members[0].published);
            let has_texts = || members.iter().any(|item| words(text(item)).0 != words(text(members[0])).0);
            let is_list = indices.iter().all(|&index| on_list_page.get(index) == Some(&true));
            if kind.starts_with("title") || kind.starts_with("text") {
                return has_dates() || is_list && has_texts();
            }
            let title = folded(&members[0].title);
            let has_titles = members.iter().any(|item| folded(&item.title) != title);
            let is_several = || {
                has_titles || is_list && !members.iter().any(|item| has_own_id(item)) && (has_dates() || has_texts())
            };
            is_several() && !are_revisions(&members)
        })
        .map(|(hash, _)| hash)
        .collect()
}

/// Returns whether an item has an id that is not the address of its page.
fn has_own_id(item: &Item) -> bool {
    let id = item.id.as_deref().filter(|id| !id.trim().is_empty()).map(Address::of);
    match id {
        None | Some(Address::FrontPage) => false,
        Some(Address::Page(address)) => link(item).is_some_and(|link| link != address),
        Some(Address::None) => true,
    }
}

/// Returns whether items are versions of one, as RFC 4287 allows: the same link, and each with its own time of change.
fn are_revisions(items: &[&Item]) -> bool {
    let mut times: Vec<_> = items.iter().map(|item| item.updated).collect();
    times.sort();
    items.iter().all(|item| item.id.is_some() && item.link == items[0].link && item.updated.is_some())
        && times.windows(2).all(|pair| pair[0] != pair[1])
}

/// A text taken as an http or https address.
enum Address {
    /// A page, in the form in which addresses are compared.
    Page(String),
    /// The front page of a site, which identifies no item.
    FrontPage,
    /// Not an address.
    None,
}

impl Address {
    fn of(text: &str) -> Address {
        let Some(url) = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else {
            return Address::None;
        };
        let mut address = url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
        if let Some(port) = url.port() {
            address.push_str(&format!(":{port}"));
        }
        address.push_str(url.path().trim_end_matches('/'));
        let before_query = address.len();
        for part in url.query().unwrap_or_default().split('&') {
            if !part.is_empty() && !part.starts_with("utm_") {
                address.push(if address.len() == before_query { '?' } else { '&' });
                address.push_str(part);
            }
        }
        // In some feeds the fragment is all that distinguishes the items.
        if let Some(fragment) = url.fragment().filter(|fragment| !fragment.is_empty()) {
            address.push('#');
            address.push_str(fragment);
        }
        if url.path() == "/" && address.len() == before_query { Address::FrontPage } else { Address::Page(address) }
    }
}

/// Returns a title as identities include it: in lower case, with single spaces.
fn folded(title: &str) -> String {
    let mut folded = String::with_capacity(title.len());
    for word in title.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        word.chars().for_each(|character| push_lower(&mut folded, character));
    }
    folded
}

/// Returns a title as the second key includes it, the words of its letters and digits; and the numbers of words and
/// characters.
fn words(title: &str) -> (String, usize, usize) {
    let mut folded = String::with_capacity(title.len());
    let (mut words, mut characters, mut is_within) = (0, 0, false);
    for character in title.chars() {
        if !is_alphanumeric(character) {
            is_within = false;
            continue;
        }
        if !is_within {
            words += 1;
            is_within = true;
            if words > 1 {
                folded.push(' ');
            }
        }
        push_lower(&mut folded, character);
        characters += 1;
    }
    (folded, words, characters)
}

/// Returns [`char::is_alphanumeric`], with a shortcut for the alphabets of most news.
#[inline]
fn is_alphanumeric(character: char) -> bool {
    match character {
        '0'..='9' | 'A'..='Z' | 'a'..='z' | 'А'..='я' => true,
        '\0'..='\u{7F}' => false,
        _ => character.is_alphanumeric(),
    }
}

#[cfg(test)]
mod tests;
