//! Checks a page: it is well-formed, has its landmarks, and nothing in it can act.

use std::collections::HashSet;

/// Elements without an end tag (HTML, 13.1.2).
const VOID: &[&str] = &["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// Attributes that hold an address.
const ADDRESSES: &[&str] = &["href", "src", "action", "formaction", "poster", "cite", "data"];

/// A start tag with its attributes, and where it is within the page.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn attributes(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start().trim_start_matches('/');
        if text.is_empty() {
            return found;
        }
        let end = text.find(|c: char| c == '=' || c.is_whitespace()).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        match rest.strip_prefix("=\"") {
            Some(rest) => {
                let (value, rest) = rest.split_once('"').expect("the value of an attribute is in quotes");
                found.push((name.to_owned(), unescaped(value)));
                text = rest;
            }
            None => {
                assert!(!rest.starts_with('='), "the value of {name} is not in quotes");
                found.push((name.to_owned(), String::new()));
                text = rest;
            }
        }
    }
}

/// Reads the start tags of a page, and asserts that each has its end tag.
pub(crate) fn elements(page: &str) -> Vec<Element> {
    let mut open: Vec<String> = Vec::new();
    let mut found = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap_or_else(|| panic!("no doctype: {page}"));
    while let Some((_, after)) = rest.split_once('<') {
        // A `>` within quotes does not end a tag.
        let mut quoted = false;
        let end = after
            .find(|c: char| {
                quoted ^= c == '"';
                c == '>' && !quoted
            })
            .unwrap_or_else(|| panic!("a tag does not end: {after}"));
        let (tag, behind) = after.split_at(end);
        rest = behind.strip_prefix('>').unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name), "an end tag without its start tag"),
            None => {
                let (name, others) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
                assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "no name of an element: <{tag}>");
                if !VOID.contains(&name) {
                    open.push(name.to_owned());
                }
                found.push(Element { name: name.to_owned(), attributes: attributes(others) });
            }
        }
    }
    assert_eq!(open, Vec::<String>::new(), "start tags without end tags");
    found
}

/// Asserts that a page is in order.
pub(crate) fn check(path: &str, page: &str) -> Vec<Element> {
    let elements = elements(page);
    let count = |name: &str| elements.iter().filter(|element| element.name == name).count();
    for (name, times) in [("head", 1), ("h1", 1), ("main", 1), ("body", 1)] {
        assert_eq!(count(name), times, "{path}: <{name}>");
    }
    for script in elements.iter().filter(|element| element.name == "script") {
        let source = script.attribute("src").unwrap_or_default();
        assert!(source.starts_with("/assets/keys.js?"), "{path}: a script that is not ours: {script:?}");
    }
    assert_eq!(count("script"), 1, "{path}: <script>");
    for forbidden in ["style", "iframe", "object", "embed", "base", "img", "math"] {
        assert_eq!(count(forbidden), 0, "{path}: <{forbidden}>");
    }
    let mut ids = HashSet::new();
    for element in &elements {
        for (name, value) in &element.attributes {
            assert!(!name.starts_with("on") && name != "style" && name != "srcdoc", "{path}: {element:?}");
            if name == "id" {
                assert!(ids.insert(value.clone()), "{path}: two elements have the id {value}");
            }
            if ADDRESSES.contains(&name.as_str()) {
                let is_safe = ["/", "#", "https://", "http://"].iter().any(|start| value.starts_with(start));
                assert!(is_safe && !value.starts_with("//"), "{path}: an address that leads elsewhere: {value}");
            }
            if name == "rel" && value.contains("stylesheet") {
                assert!(element.attribute("href").is_some_and(|href| href.starts_with("/assets/")), "{path}");
            }
        }
        let leads_away = element.attribute("href").is_some_and(|href| href.starts_with("http"));
        if element.name == "a" && leads_away {
            assert!(element.attribute("rel").is_some_and(|rel| rel.contains("noreferrer")), "{path}: {element:?}");
        }
        if element.name == "input" && element.attribute("type") != Some("hidden") {
            let id = element.attribute("id").unwrap_or_default();
            let label = elements.iter().any(|label| label.attribute("for") == Some(id));
            assert!(label, "{path}: the field {id} has no label");
        }
    }
    elements
}
