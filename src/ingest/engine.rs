//! The pure half of ingest: bytes of a feed to items that are read, tagged and fingerprinted.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use super::another::{Common, Told, is_another};
use super::boilerplate;
use crate::classify::{Classifier, ItemText, Scratch};
use crate::dedup::{self, Features, Fingerprint, Rules};
use crate::feed::{self, NotAFeed, Source};
use crate::lexicon::{Labels, Lexicon};
use crate::model::{Classification, Evidence, Feed, Item, PublisherHints, Tag};
use crate::poller::rate_limit::domain_of;
use crate::text::without_outlet;

/// How much of an item is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Characters of an item's summary that are kept, tagged and searched.
    pub summary_limit_chars: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { summary_limit_chars: 2_000 }
    }
}

/// An item ready to be stored; the fields are named like the columns of the store.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub identity: i64,
    /// The identities that it may have had beside other items.
    pub other_identities: Vec<i64>,
    /// Whether it has an id that is not the address of its page.
    pub has_own_id: bool,
    /// Whether its page lists items, as far as the document shows.
    pub is_on_list_page: bool,
    pub title_key: Option<i64>,
    pub text_hash: i64,
    pub url: Option<String>,
    pub url_key: Option<i64>,
    /// Whether the address belongs to the site of the feed.
    pub is_own_page: bool,
    /// The agency that the outlet is, if it is one.
    pub agency: Option<u32>,
    pub title: String,
    pub summary: String,
    pub language: Option<String>,
    pub published: Option<Timestamp>,
    pub classification: Classification,
    pub names: Option<String>,
    pub fingerprint: Fingerprint,
}

/// About how much memory a fingerprint takes.
const FINGERPRINT_BYTES: usize = 512;

/// About how much memory a line of evidence takes, with its words.
const EVIDENCE_BYTES: usize = size_of::<Evidence>() + 96;

impl Prepared {
    fn size_bytes(&self) -> usize {
        let text = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
        let texts = self.title.capacity() + self.summary.capacity() + text(&self.url) + text(&self.language);
        let Classification { tags, relations, evidence, .. } = &self.classification;
        let of_relations: usize = relations.iter().map(|relation| 128 + relation.evidence.len() * EVIDENCE_BYTES).sum();
        let classification = tags.len() * 48 + evidence.len() * EVIDENCE_BYTES + of_relations;
        size_of::<Prepared>() + texts + text(&self.names) + classification + FINGERPRINT_BYTES
    }
}

impl<'a> From<&'a Prepared> for Told<'a> {
    fn from(item: &'a Prepared) -> Told<'a> {
        Told {
            title: &item.title,
            summary: &item.summary,
            page: item.url_key,
            published: item.published,
            language: item.language.as_deref(),
            is_on_list_page: item.is_on_list_page,
        }
    }
}

/// A feed whose items are ready to be stored.
#[derive(Clone, Debug)]
pub struct PreparedFeed {
    /// The feed's own title.
    pub title: Option<String>,
    /// What the publisher asks of pollers.
    pub hints: PublisherHints,
    /// The items.
    pub items: Vec<Prepared>,
    /// The number of older items that were left out because there were too many.
    pub items_left_out: usize,
    /// What had to be mended.
    pub warnings: Vec<String>,
    /// Whether the document was read to its end.
    pub is_whole: bool,
}

impl PreparedFeed {
    /// Returns about how much memory the items take, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.items.iter().map(Prepared::size_bytes).sum()
    }
}

/// The key of a canonical address, as the store keeps it.
pub(crate) fn url_key(canonical: &str) -> i64 {
    dedup::url_key(canonical).cast_signed()
}

/// The first half of a 128-bit hash, as the store keeps it.
pub(super) fn half(hash: [u8; 16]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = hash;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Items that a thread reads or tags at a time, at least; it keeps its scratch memory meanwhile.
pub(super) const ITEMS_A_PART: usize = 64;

/// The kind of a feed that lists pages of others, and speaks for none of them.
const AGGREGATOR: &str = "aggregator";

/// A feed, and what its items have in common.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    feed: &'a Feed,
    /// The registrable domains whose pages belong to it: that of its own address, and those of the sites that the feed
    /// list names. None for an aggregator.
    domains: Vec<String>,
    /// The agency that its outlet is, if it is one.
    agency: Option<u32>,
}

/// Cuts a text to a number of characters, at a word where one ends near.
fn lead(text: &str, limit_chars: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(limit_chars) else { return text };
    let cut = text.get(..end).unwrap_or(text);
    let word = cut.rfind(char::is_whitespace).filter(|space| *space * 10 > end * 9);
    word.and_then(|space| cut.get(..space)).unwrap_or(cut).trim_end()
}

/// An address or a title that stands for several items of one document names none of them.
fn drop_shared_keys(items: &mut [Prepared]) {
    let mut urls: HashMap<i64, (&Prepared, bool)> = HashMap::new();
    let mut titles: HashMap<i64, u32> = HashMap::new();
    for item in items.iter() {
        if let Some(key) = item.url_key {
            match urls.entry(key) {
                Entry::Vacant(entry) => drop(entry.insert((item, true))),
                // Some feeds list a page with its former title as well.
                Entry::Occupied(mut entry) => {
                    let (last, is_one_page) = entry.get_mut();
                    let has_own_ids = last.has_own_id && item.has_own_id && last.identity != item.identity;
                    let common = Common::PageOfDocument { has_own_ids };
                    *is_one_page &= !is_another(Told::from(*last), Told::from(item), common);
                    *last = item;
                }
            }
        }
        item.title_key.into_iter().for_each(|key| *titles.entry(key).or_default() += 1);
    }
    let pages: HashSet<i64> = urls.into_iter().filter(|(_, (_, is_one))| *is_one).map(|(key, _)| key).collect();
    for item in items {
        item.url_key = item.url_key.filter(|key| pages.contains(key));
        item.title_key = item.title_key.filter(|key| titles.get(key).is_none_or(|count| *count == 1));
    }
}

/// A hash of the words of an item without white space and ASCII signs, and of the summary without digits: a counter, a
/// clock or a comma is no edit, a number in the headline is.
fn steady_hash(title: &str, summary: &str) -> i64 {
    let mut kept = Vec::with_capacity(title.len() + summary.len() + 1);
    kept.extend(title.bytes().filter(|byte| !byte.is_ascii() || byte.is_ascii_alphanumeric()));
    kept.push(0);
    kept.extend(summary.bytes().filter(|byte| !byte.is_ascii() || byte.is_ascii_alphabetic()));
    xxh3_64(&kept).cast_signed()
}

/// Reads, tags and fingerprints. Cheap to share between threads.
#[derive(Debug)]
pub struct Engine {
    classifier: Classifier,
    rules: Rules,
    options: Options,
}

impl Engine {
    /// An engine for a lexicon and the rules of deduplication.
    pub fn new(lexicon: Arc<Lexicon>, rules: Rules, options: Options) -> Engine {
        Engine { classifier: Classifier::new(lexicon), rules, options }
    }

    /// The rules of deduplication.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Version of the lexicon that tags are given under.
    pub fn lexicon_version(&self) -> &str {
        self.classifier.lexicon().version()
    }

    /// What reports say in the place of the lexicon's tags.
    pub fn labels(&self) -> Labels {
        Labels::of(self.classifier.lexicon())
    }

    /// Tags one text.
    pub fn classify(&self, text: &ItemText<'_>) -> Classification {
        self.classifier.classify(text)
    }

    /// Tags one text with buffers of the caller's, who keeps them for the next.
    pub(super) fn classify_with(&self, scratch: &mut Scratch, text: &ItemText<'_>) -> Classification {
        self.classifier.classify_with(scratch, text)
    }

    /// Which of rival names a text uses: `set/side`, separated by spaces.
    pub(super) fn names(&self, classification: &Classification) -> Option<String> {
        let lexicon = self.classifier.lexicon();
        let sides = classification
            .evidence
            .iter()
            .filter_map(|evidence| lexicon.name_variant(&evidence.entity, &evidence.form));
        let names: BTreeSet<String> = sides.map(|(set, side)| format!("{set}/{side}")).collect();
        (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(" "))
    }

    /// Reads the body of a feed and prepares its items.
    ///
    /// # Errors
    /// [`NotAFeed`] where the bytes hold no feed.
    pub fn prepare(&self, bytes: &[u8], source: &Source<'_>, feed: &Feed) -> Result<PreparedFeed, NotAFeed> {
        let mut parsed = feed::parse(bytes, source)?;
        let identities = feed::identities(&parsed.items);
        let possible: Vec<_> = parsed.items.iter().map(feed::possible_identities).collect();
        let on_list_page = feed::are_on_list_page(&parsed.items);
        let standing = boilerplate::remove(&mut parsed.items);
        if standing > 0 {
            parsed
                .warnings
                .push(format!("{standing} texts have lines that stand under other items too, which were left out"));
        }
        let mut scratch = Scratch::default();
        let origin = self.origin(feed);
        let known_by = identities.into_iter().zip(possible).zip(on_list_page);
        let items = parsed.items.into_iter().zip(known_by).map(|(item, ((identity, possible), is_on_list_page))| {
            let title_key = feed::title_key(&item).map(half);
            let others = possible.into_iter().filter(|other| *other != identity);
            let other_identities = others.map(|other| half(other.hash)).collect();
            let prepared = self.item(&mut scratch, item, half(identity.hash), title_key, &origin);
            Prepared { other_identities, is_on_list_page, ..prepared }
        });
        let mut items: Vec<Prepared> = items.collect();
        drop_shared_keys(&mut items);
        Ok(PreparedFeed {
            title: parsed.title,
            hints: parsed.hints,
            items,
            items_left_out: parsed.items_left_out,
            warnings: parsed.warnings,
            is_whole: parsed.is_whole,
        })
    }

    /// Returns what the items of a feed have in common.
    pub(super) fn origin<'a>(&self, feed: &'a Feed) -> Origin<'a> {
        let is_aggregator = feed.kind.as_deref() == Some(AGGREGATOR);
        let sites = feed.site.iter().flat_map(|sites| sites.split_whitespace()).chain([feed.url.as_str()]);
        Origin {
            feed,
            domains: sites.filter(|_| !is_aggregator).map(domain_of).collect(),
            agency: self.rules.texts.agency(&feed.outlet),
        }
    }

    /// Returns whether an id is neither the address of the item's page, perhaps with a counter after it, nor a front page.
    fn is_own_id(&self, id: &str, url_key: Option<i64>) -> bool {
        let key = |address: &str| dedup::page_key(&self.rules.urls, address).map(u64::cast_signed);
        match key(id) {
            Some(_) if url_key.is_none() => true,
            Some(own) => Some(own) != url_key && id.split(['#', '?']).next().and_then(key) != url_key,
            None => !id.trim().is_empty() && dedup::canonical_url(&self.rules.urls, id).is_none(),
        }
    }

    /// Prepares one item of a feed, as if nothing were beside it.
    pub(super) fn item(
        &self,
        scratch: &mut Scratch,
        item: Item,
        identity: i64,
        title_key: Option<i64>,
        origin: &Origin<'_>,
    ) -> Prepared {
        let feed = origin.feed;
        // Some feeds carry the text as content only.
        let text = item.summary.filter(|summary| !summary.is_empty()).or(item.content).unwrap_or_default();
        let mut summary = text;
        let kept = lead(&summary, self.options.summary_limit_chars).len();
        summary.truncate(kept);
        let language = item.language.or_else(|| feed.language.clone());
        // The publisher's own page, rather than a counter of clicks that leads to it.
        let link = item.original_link.or(item.link);
        let mut classification = self.classify_with(
            scratch,
            &ItemText {
                title: without_outlet(&item.title, &feed.outlet),
                summary: &summary,
                content: None,
                url: link.as_deref(),
                language: language.as_deref(),
                bloc: feed.bloc,
                country: feed.country.as_deref(),
            },
        );
        let page = link.as_deref().and_then(|link| dedup::page(&self.rules.urls, link));
        let is_own_page = page.as_ref().is_some_and(|page| origin.domains.contains(&domain_of(&page.url)));
        let url_key = page.map(|page| page.key.cast_signed());
        let has_own_id = item.id.as_deref().is_some_and(|id| self.is_own_id(id, url_key));
        let tags: Vec<&str> = classification.tags.iter().map(Tag::as_str).collect();
        let fingerprint = Fingerprint::new(
            &self.rules.texts,
            &Features {
                title: &item.title,
                summary: &summary,
                language: language.as_deref(),
                outlet: &feed.outlet,
                tags: &tags,
            },
        );
        let text_hash = steady_hash(&item.title, &summary);
        let names = self.names(&classification);
        // The store keeps the spans: the forms stand there in the text, and need not wait for the writer.
        let relations = classification.relations.iter_mut().flat_map(|relation| &mut relation.evidence);
        relations.chain(&mut classification.evidence).for_each(|evidence| evidence.form = String::new());
        Prepared {
            identity,
            other_identities: Vec::new(),
            has_own_id,
            is_on_list_page: false,
            title_key,
            text_hash,
            url: link,
            url_key,
            is_own_page,
            agency: origin.agency,
            title: item.title,
            summary,
            language,
            // Many Atom feeds say only when an item was last changed.
            published: item.published.or(item.updated),
            names,
            classification,
            fingerprint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_a_word_and_never_inside_a_letter() {
        let check = |text: &str, limit: usize, expected: &str| assert_eq!(lead(text, limit), expected, "{text}");
        check("short", 10, "short");
        check("საქართველო და რუსეთი", 10, "საქართველო");
        check("one two three four five six seven", 29, "one two three four five six");
        check("abcdefghijklmnop", 5, "abcde");
        check("", 0, "");
    }
}
