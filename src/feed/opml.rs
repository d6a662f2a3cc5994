//! The feed list as OPML 2.0 (<http://opml.org/spec2.opml>), with attributes of our own: `outlet`, `language`,
//! `country`, `bloc`, `kind`.
//!
//! Lists of other readers are read as well: nested groups, outlines without a type, groups in a `category` attribute,
//! names in any case. The `opml` crate reports no line numbers and stops at the first fault, so this module reads OPML
//! itself.

use std::collections::HashMap;
use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::address::web_address;
use super::charset;
use crate::model::{Feed, PressBloc, UnknownWord, suggestion};
use crate::text::sanitize::without_passwords;
use crate::text::{html, line_ends};

/// A fault of a feed list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct OpmlFault {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub kind: OpmlFaultKind,
}

/// Says what a document that is no OPML begins with.
fn what_it_is(root: &str) -> String {
    match root {
        "" => "there is nothing in it".to_owned(),
        text if text.contains(|letter: char| !letter.is_alphanumeric() && !"_-.:".contains(letter)) => {
            format!("it begins with `{text}`, but OPML with <opml>")
        }
        root => format!("its root is `{root}`, but that of OPML is `opml`"),
    }
}

/// What can be wrong with a feed list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpmlFaultKind {
    /// Not well-formed: nothing after it was read.
    #[error("the feed list is not well-formed XML: {0}")]
    Xml(String),
    /// Another kind of document, with the name of its root or the start of its text.
    #[error("this is not a feed list: {}", what_it_is(.0))]
    NotOpml(String),
    /// An outline whose `xmlUrl` cannot be polled.
    #[error("`{0}` is not an http or https address")]
    Address(String),
    /// An address beside another one in the same outline, by its name.
    #[error("`{name}` has two addresses; the first one counts, and {url} needs an outline of its own")]
    Second {
        /// The name of the outline.
        name: String,
        /// The address that does not count.
        url: String,
    },
    /// An outline of a feed, by its name, that has no address.
    #[error("`{0}` has no xmlUrl and is left out; add one or remove the outline")]
    NoAddress(String),
    /// An outline that leads to another list, with the address of that list.
    #[error("`{name}` leads to another list and is left out; import that list as well: {url}")]
    Include {
        /// The name of the outline.
        name: String,
        /// The address of the list.
        url: String,
    },
    /// A link to something that is not a feed.
    #[error("`{name}` is a link and not a feed, and is left out: {url}")]
    Link {
        /// The name of the outline.
        name: String,
        /// Where it leads.
        url: String,
    },
    /// A feed that is commented out, by `isComment` on its outline or on one around it.
    #[error("`{0}` is commented out and is left out")]
    Commented(String),
    /// A feed with an unknown bloc, which is read without one: what was written, and what would have been understood.
    #[error("bloc {0}; the feed is read without a bloc")]
    Bloc(String),
    /// An address that an earlier outline already has, as in lists that show a feed in two folders. The earlier one
    /// counts.
    #[error("`{url}` is already in line {first_line}; this line is ignored")]
    Repeated {
        /// The address.
        url: String,
        /// The line of the first outline with it.
        first_line: usize,
    },
}

impl OpmlFaultKind {
    /// Returns whether the document could not be read to its end.
    pub fn is_fatal(&self) -> bool {
        matches!(self, OpmlFaultKind::Xml(_) | OpmlFaultKind::NotOpml(_))
    }

    /// Returns whether every feed that was meant is in the list: what is left out is there twice, commented out, or not a
    /// feed.
    pub fn is_note(&self) -> bool {
        matches!(self, OpmlFaultKind::Repeated { .. } | OpmlFaultKind::Commented(_) | OpmlFaultKind::Link { .. })
            || !self.is_left_out()
    }

    /// Returns whether its outline gives no feed.
    pub fn is_left_out(&self) -> bool {
        !matches!(self, OpmlFaultKind::Bloc(_))
    }

    /// Returns whether a feed may be missing because the list does not have it, rather than because it is wrong.
    pub fn is_omission(&self) -> bool {
        matches!(self, OpmlFaultKind::NoAddress(_) | OpmlFaultKind::Second { .. } | OpmlFaultKind::Include { .. })
    }
}

/// A feed list as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedList {
    /// The feeds, in their order, each address once.
    pub feeds: Vec<Feed>,
    /// All faults, in their order.
    pub faults: Vec<OpmlFault>,
    /// For each feed, whether the list names its outlet; if not, the feed has its title as its outlet.
    pub has_outlet: Vec<bool>,
}

/// The limit of a list that comes compressed.
const DOCUMENT_BYTES: usize = 16 << 20;

/// The limit of nesting of outlines.
const DEPTH: usize = 64;

/// Returns a form that is equal for two ways of writing one address: scheme and host in lower case, the host in
/// Punycode, no default port and no fragment.
pub fn address_key(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else { return url.to_owned() };
    parsed.set_fragment(None);
    parsed.to_string()
}

/// Reads a feed list. The group of a feed is the names of the outlines around it, joined by ` / `, else its `category`.
/// The outlet is the feed's name if the list gives none. A list without feeds is not a fault.
pub fn read(bytes: &[u8]) -> FeedList {
    let bytes = charset::decompressed(bytes, DOCUMENT_BYTES, &mut Vec::new());
    let decoded = charset::decode(&bytes, None, None);
    // DOS ended its files with Ctrl-Z, and some programs fill theirs with zero bytes.
    let text = decoded.text.trim_start_matches('\u{FEFF}').trim_end_matches(['\0', '\u{1A}']);
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut list = List::default();
    let mut lines = Lines { bytes: text.as_bytes(), counted_to: 0, line: 1 };
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let read = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            OpmlFault { line: lines.at(at), kind: OpmlFaultKind::Xml(error.to_string()) }
        });
        match read.and_then(|event| list.event(event, lines.at(at))) {
            Ok(true) => {}
            Ok(false) => return list.read,
            Err(fatal) => {
                list.read.faults.push(fatal);
                return list.read;
            }
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct List {
    is_opml: bool,
    depth: usize,
    /// For each open element, the name of the group that it opens, if any.
    groups: Vec<Option<String>>,
    /// The depth of the outermost open outline that is commented out.
    off_at: Option<usize>,
    /// The lines of the addresses so far, by their keys.
    lines: HashMap<String, usize>,
    read: FeedList,
}

impl List {
    /// Takes in one event and returns whether to continue.
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<bool, OpmlFault> {
        let fatal = |kind| Err(OpmlFault { line, kind });
        match event {
            Event::Start(element) => self.open(&element, line)?,
            Event::Empty(element) => {
                self.open(&element, line)?;
                self.close();
            }
            Event::End(_) => self.close(),
            Event::Text(content) if self.depth == 0 && !content.trim().is_empty() => {
                return fatal(OpmlFaultKind::NotOpml(html::plain(&content).chars().take(40).collect()));
            }
            Event::Eof if self.depth > 0 => {
                return fatal(OpmlFaultKind::Xml("it ends before its last element is closed".to_owned()));
            }
            Event::Eof if !self.is_opml => return fatal(OpmlFaultKind::NotOpml(String::new())),
            Event::Eof => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn open(&mut self, element: &BytesStart<'_>, line: usize) -> Result<(), OpmlFault> {
        let fatal = |kind| Err(OpmlFault { line, kind });
        let name = element.local_name().as_ref().to_lowercase();
        if self.depth == 0 {
            if name != "opml" {
                return fatal(OpmlFaultKind::NotOpml(name));
            }
            self.is_opml = true;
        }
        if name.is_empty() {
            return fatal(OpmlFaultKind::Xml("`<` without the name of an element; write &lt;".to_owned()));
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return fatal(OpmlFaultKind::Xml(format!("outlines are nested more than {DEPTH} deep")));
        }
        // Some programs name the element after what it is.
        let is_outline = name == "outline" || FEED_TYPES.contains(&name.as_str());
        let group = if is_outline { self.outline(element, &name, line)? } else { None };
        self.groups.push(group);
        Ok(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.groups.pop();
        if self.off_at.is_some_and(|off_at| off_at > self.depth) {
            self.off_at = None;
        }
    }

    /// Takes in a feed, or returns the name of a group.
    fn outline(
        &mut self,
        element: &BytesStart<'_>,
        element_name: &str,
        line: usize,
    ) -> Result<Option<String>, OpmlFault> {
        let attributes = attributes(element, line)?;
        let attribute = |wanted: &str| {
            attributes
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
        };
        let name = attribute("title").or_else(|| attribute("text"));
        if attribute("iscomment").is_some_and(|value| value.eq_ignore_ascii_case("true")) && self.off_at.is_none() {
            self.off_at = Some(self.depth);
        }
        let kind = attribute("type").unwrap_or_default().to_lowercase();
        let is_of_feed = [&*kind, element_name].iter().any(|word| FEED_TYPES.contains(word));
        let address = ["xmlurl", "feedurl", "rssurl", "xml_url"].into_iter().find_map(attribute);
        // Perhaps a feed, perhaps a page.
        let has_other_address = || ["htmlurl", "url", "href", "feed"].into_iter().any(|name| attribute(name).is_some());
        // Some programs write nothing but the address, and call it the text.
        let named_by_its_address = || {
            let mut names = ["title", "text"].into_iter().filter_map(attribute);
            let is_address = |name: &String| {
                name.contains("://") && !name.contains(char::is_whitespace) && web_address(name).is_some()
            };
            names.find(is_address).filter(|_| !has_other_address() && matches!(&*kind, "" | "rss" | "atom" | "feed"))
        };
        let address = address.or_else(|| attribute("url").filter(|_| is_of_feed)).or_else(named_by_its_address);
        let Some(written) = address else {
            let has_empty_address = attributes.iter().any(|(name, _)| name == "xmlurl");
            let named = || name.clone().or_else(|| attribute("htmlurl")).unwrap_or_else(|| "an outline".to_owned());
            let left_out = match attribute("url") {
                // Lists are included as links as well (OPML 2.0, "inclusion").
                Some(url) if kind == "include" || (kind == "link" && is_list(&url)) => {
                    Some(OpmlFaultKind::Include { name: named(), url })
                }
                None if kind == "include" => Some(OpmlFaultKind::NoAddress(named())),
                Some(url) if !kind.is_empty() => Some(OpmlFaultKind::Link { name: named(), url }),
                _ if is_of_feed || has_empty_address || has_other_address() => Some(OpmlFaultKind::NoAddress(named())),
                _ => None,
            };
            let kind =
                left_out.map(|kind| if self.off_at.is_some() { OpmlFaultKind::Commented(named()) } else { kind });
            self.read.faults.extend(kind.map(|kind| OpmlFault { line, kind }));
            return Ok(name);
        };
        let mut addresses = written.split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '|'));
        let mut addresses = addresses.by_ref().filter(|word| word.contains("://") && web_address(word).is_some());
        let (written, others) = match (addresses.next(), addresses.next()) {
            (Some(first), Some(second)) => (first.to_owned(), [second].into_iter().chain(addresses).collect()),
            _ => (written.clone(), Vec::new()),
        };
        for url in others {
            let name = name.clone().unwrap_or_else(|| written.clone());
            self.read.faults.push(OpmlFault { line, kind: OpmlFaultKind::Second { name, url: url.to_owned() } });
        }
        let meant = web_address(&written);
        let url = meant.as_deref().unwrap_or(&written).to_owned();
        let fault = match meant {
            _ if self.off_at.is_some() => Some(OpmlFaultKind::Commented(name.clone().unwrap_or(url.clone()))),
            None => Some(OpmlFaultKind::Address(written.clone())),
            Some(_) => self
                .lines
                .get(&address_key(&url))
                .map(|first_line| OpmlFaultKind::Repeated { url: url.clone(), first_line: *first_line }),
        };
        if let Some(kind) = fault {
            self.read.faults.push(OpmlFault { line, kind });
            // Some programs nest feeds in a feed.
            return Ok(None);
        }
        let groups: Vec<&str> = self.groups.iter().flatten().map(String::as_str).collect();
        let group = if groups.is_empty() {
            attribute("category").and_then(|category| {
                category.split(',').next().map(|first| first.trim_matches('/').replace('/', " / "))
            })
        } else {
            Some(groups.join(" / "))
        };
        let bloc = attribute("bloc").map(|word| bloc(&word)).transpose().unwrap_or_else(|kind| {
            self.read.faults.push(OpmlFault { line, kind });
            None
        });
        // Titles and outlets are printed and delivered.
        let title = name.unwrap_or_else(|| without_passwords(&url).into_owned());
        self.lines.insert(address_key(&url), line);
        self.read.has_outlet.push(attribute("outlet").is_some());
        self.read.feeds.push(Feed {
            outlet: attribute("outlet").unwrap_or_else(|| title.clone()),
            title,
            language: attribute("language"),
            country: attribute("country"),
            bloc,
            kind: attribute("kind"),
            site: sites(attribute("htmlurl"), attribute("sites")),
            group: group.filter(|group| !group.is_empty()),
            url,
        });
        Ok(None)
    }
}

/// Types of the outlines of feeds. OPML 2.0 has `rss` for all kinds of feeds; programs write others.
const FEED_TYPES: [&str; 6] = ["rss", "atom", "rdf", "feed", "json", "podcast"];

/// Returns whether an address is that of another list, by its path (OPML 2.0, "inclusion").
fn is_list(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.path().to_lowercase().ends_with(".opml"))
}

/// Returns the bloc of a feed by its id, in whatever letters.
fn bloc(word: &str) -> Result<PressBloc, OpmlFaultKind> {
    let id = word.trim().to_lowercase().replace([' ', '_'], "-");
    id.parse().map_err(|_| {
        let known = || PressBloc::all().map(PressBloc::as_str);
        let unknown = UnknownWord { word: word.to_owned(), expected: known().collect::<Vec<_>>().join(", ") };
        OpmlFaultKind::Bloc(format!("{unknown}{}", suggestion(&id, known())))
    })
}

/// Joins the site of an outline and its further sites, separated by a space.
fn sites(site: Option<String>, further: Option<String>) -> Option<String> {
    let all: Vec<String> = site.into_iter().chain(further).collect();
    (!all.is_empty()).then(|| all.join(" "))
}

/// Returns the attributes of an outline, names in lower case.
fn attributes(element: &BytesStart<'_>, line: usize) -> Result<Vec<(String, String)>, OpmlFault> {
    let fatal = |error: String| OpmlFault { line, kind: OpmlFaultKind::Xml(error) };
    // An attribute that is there twice is no reason to lose all feeds: the first counts.
    element
        .attributes()
        .with_checks(false)
        .map(|attribute| {
            let attribute = attribute.map_err(|error| fatal(error.to_string()))?;
            let name = attribute.key.local_name().as_ref().to_lowercase();
            Ok((name, html::plain(&html::resolve_references(&attribute.value))))
        })
        .collect()
}

/// Counts lines incrementally, so that many faults do not each need a count from the start.
struct Lines<'t> {
    bytes: &'t [u8],
    counted_to: usize,
    line: usize,
}

impl Lines<'_> {
    /// Returns the line, from 1, of the first byte at or after `at` that is not white space.
    fn at(&mut self, at: usize) -> usize {
        let at = at.min(self.bytes.len());
        let blank = self.bytes.iter().skip(at).take_while(|byte| byte.is_ascii_whitespace()).count();
        if at + blank < self.counted_to {
            (self.counted_to, self.line) = (0, 1);
        }
        let passed = self.bytes.get(self.counted_to..at + blank).unwrap_or_default();
        self.line += line_ends(passed, self.bytes.get(at + blank).copied());
        self.counted_to = at + blank;
        self.line
    }
}

/// Writes a feed list, with groups in the order in which they first appear. [`read`] reads back what was written.
pub fn write(feeds: &[Feed]) -> String {
    let mut groups: Vec<Option<&str>> = Vec::new();
    for feed in feeds {
        if !groups.contains(&feed.group.as_deref()) {
            groups.push(feed.group.as_deref());
        }
    }
    let mut opml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>kazbek: feeds</title>\n  </head>\n  <body>\n",
    );
    for group in groups {
        let members = feeds.iter().filter(|feed| feed.group.as_deref() == group);
        match group {
            Some(name) => {
                opml.push_str("    <outline");
                attribute(&mut opml, "text", Some(name));
                opml.push_str(">\n");
                members.for_each(|feed| outline(&mut opml, "      ", feed));
                opml.push_str("    </outline>\n");
            }
            None => members.for_each(|feed| outline(&mut opml, "    ", feed)),
        }
    }
    opml.push_str("  </body>\n</opml>\n");
    opml
}

fn outline(opml: &mut String, indent: &str, feed: &Feed) {
    opml.push_str(indent);
    opml.push_str("<outline type=\"rss\"");
    for (name, value) in [
        ("text", Some(feed.title.as_str())),
        ("xmlUrl", Some(&feed.url)),
        ("htmlUrl", feed.site.as_deref().and_then(|sites| sites.split_whitespace().next())),
        (
            "sites",
            feed.site.as_deref().and_then(|sites| sites.trim().split_once(char::is_whitespace)).map(|(_, rest)| rest),
        ),
        ("outlet", Some(&feed.outlet)),
        ("language", feed.language.as_deref()),
        ("country", feed.country.as_deref()),
        ("bloc", feed.bloc.map(|bloc| bloc.as_str())),
        ("kind", feed.kind.as_deref()),
    ] {
        attribute(opml, name, value);
    }
    opml.push_str("/>\n");
}

fn attribute(opml: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let written = write!(opml, " {name}=\"{}\"", quick_xml::escape::escape(value));
        debug_assert!(written.is_ok(), "a string takes what is written to it");
    }
}

#[cfg(test)]
mod tests;
