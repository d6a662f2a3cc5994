//! The feed list as OPML 2.0 (<http://opml.org/spec2.opml>), with attributes of our own: `outlet`, `language`, `country`, `bloc`, `kind`.
//!
//! Lists of other readers are read as well: groups within groups, outlines without a type, groups in a `category` attribute,
//! names in any case.

use std::fmt::Write as _;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{charset, markup};
use crate::model::Feed;

/// Why a feed list cannot be read. Each error names the line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpmlError {
    /// Not well-formed.
    #[error("line {line}: the feed list is not well-formed XML: {reason}")]
    Xml {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
    /// Another kind of document.
    #[error("line {line}: this is no feed list: its root is `{root}`, and OPML begins with `opml`")]
    NotOpml {
        /// The line, from 1.
        line: usize,
        /// The name of the root, or the beginning of the text.
        root: String,
    },
    /// An outline with an address that cannot be polled.
    #[error("line {line}: `{url}` is no http or https address")]
    Address {
        /// The line, from 1.
        line: usize,
        /// What stands in `xmlUrl`.
        url: String,
    },
    /// An outline with a press bloc that there is none of.
    #[error("line {line}: bloc {problem}")]
    Bloc {
        /// The line, from 1.
        line: usize,
        /// What was read and what would have been understood.
        problem: String,
    },
}

/// How far outlines may stand within one another.
const DEPTH: usize = 64;

/// Reads a feed list. The group of a feed is the names of the outlines around it, joined by ` / `, else its `category`.
/// The outlet is the feed's name where the list gives none.
///
/// # Errors
/// The first fault, with its line. A list without any feed is no fault.
pub fn read(bytes: &[u8]) -> Result<Vec<Feed>, OpmlError> {
    let decoded = charset::decode(bytes, None, None);
    let text = decoded.text.trim_start_matches('\u{FEFF}');
    let mut reader = Reader::from_str(text);
    reader.config_mut().allow_dangling_amp = true;
    let mut list = List::default();
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let line = || line_at(text, at);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(usize::MAX);
            OpmlError::Xml { line: line_at(text, at), reason: error.to_string() }
        })?;
        match event {
            Event::Start(element) => list.open(&element, line)?,
            Event::Empty(element) => {
                list.open(&element, line)?;
                list.close();
            }
            Event::End(_) => list.close(),
            Event::Text(content) if list.depth == 0 && !content.trim().is_empty() => {
                return Err(OpmlError::NotOpml {
                    line: line(),
                    root: markup::plain(&content).chars().take(40).collect(),
                });
            }
            Event::Eof if list.depth > 0 => {
                return Err(OpmlError::Xml {
                    line: line(),
                    reason: "it ends before its last element is closed".to_owned(),
                });
            }
            Event::Eof if !list.is_opml => return Err(OpmlError::NotOpml { line: line(), root: String::new() }),
            Event::Eof => return Ok(list.feeds),
            _ => {}
        }
    }
}

/// What has been read so far.
#[derive(Default)]
struct List {
    is_opml: bool,
    depth: usize,
    /// For each open element: the name of the group that it opens, if it opens one.
    groups: Vec<Option<String>>,
    feeds: Vec<Feed>,
}

impl List {
    fn open(&mut self, element: &BytesStart<'_>, line: impl Fn() -> usize) -> Result<(), OpmlError> {
        let name = element.local_name().as_ref().to_lowercase();
        if self.depth == 0 {
            if name != "opml" {
                return Err(OpmlError::NotOpml { line: line(), root: name });
            }
            self.is_opml = true;
        }
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(OpmlError::Xml { line: line(), reason: format!("outlines stand more than {DEPTH} deep") });
        }
        let group = if name == "outline" { self.outline(element, line)? } else { None };
        self.groups.push(group);
        Ok(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.groups.pop();
    }

    /// Takes a feed in, or gives the name of a group.
    fn outline(&mut self, element: &BytesStart<'_>, line: impl Fn() -> usize) -> Result<Option<String>, OpmlError> {
        let attributes = attributes(element, &line)?;
        let attribute = |wanted: &str| {
            attributes
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.clone())
                .filter(|value| !value.is_empty())
        };
        let name = attribute("title").or_else(|| attribute("text"));
        let address =
            attribute("xmlurl").or_else(|| attribute("url").filter(|_| attribute("type").as_deref() == Some("rss")));
        let Some(url) = address else { return Ok(name) };
        if !url::Url::parse(&url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            return Err(OpmlError::Address { line: line(), url });
        }
        let bloc = attribute("bloc").map(|word| word.parse()).transpose();
        let bloc = bloc.map_err(|unknown: crate::model::UnknownWord| OpmlError::Bloc {
            line: line(),
            problem: unknown.to_string(),
        })?;
        let groups: Vec<&str> = self.groups.iter().flatten().map(String::as_str).collect();
        let group = if groups.is_empty() {
            attribute("category").and_then(|category| {
                category.split(',').next().map(|first| first.trim_matches('/').replace('/', " / "))
            })
        } else {
            Some(groups.join(" / "))
        };
        let title = name.unwrap_or_else(|| url.clone());
        self.feeds.push(Feed {
            outlet: attribute("outlet").unwrap_or_else(|| title.clone()),
            title,
            language: attribute("language"),
            country: attribute("country"),
            bloc,
            kind: attribute("kind"),
            group: group.filter(|group| !group.is_empty()),
            url,
        });
        Ok(None)
    }
}

/// The attributes of an outline, names in lower case.
fn attributes(element: &BytesStart<'_>, line: &impl Fn() -> usize) -> Result<Vec<(String, String)>, OpmlError> {
    element
        .attributes()
        .map(|attribute| {
            let attribute = attribute.map_err(|error| OpmlError::Xml { line: line(), reason: error.to_string() })?;
            let name = attribute.key.local_name().as_ref().to_lowercase();
            Ok((name, markup::plain(&markup::resolve_references(&attribute.value))))
        })
        .collect()
}

/// The line, from 1, in which the first character at or behind a byte stands that is no white space.
fn line_at(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let at = at.min(bytes.len());
    let blank = bytes.iter().skip(at).take_while(|byte| byte.is_ascii_whitespace()).count();
    memchr::memchr_iter(b'\n', bytes.get(..(at + blank).min(bytes.len())).unwrap_or_default()).count() + 1
}

/// Writes a feed list, groups in the order in which they first appear. What [`read`] reads of it is what was written.
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
