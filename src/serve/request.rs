//! What a request asks for: its path, query, form and cookies.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, COOKIE};

use super::answer::Fault;

/// The fields of a query or of a form, in their order.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn parse(encoded: &[u8]) -> Fields {
        Fields(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// Returns the first value of a field that is not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim()).find(|value| !value.is_empty())
    }

    /// Returns the values of a field, without empty ones.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Returns the names of all fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Returns the fields that are not empty, encoded as a query.
    pub(super) fn encoded(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.0.iter().filter(|(_, value)| !value.is_empty()));
        query.finish()
    }

    /// Returns those of some fields that are not empty, encoded as a query.
    pub(super) fn only(&self, names: &[&str]) -> String {
        let kept = self.0.iter().filter(|(key, value)| names.contains(&key.as_str()) && !value.trim().is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept.map(|(key, value)| (key, value.trim())));
        query.finish()
    }

    /// Returns the fields with one replaced or added, encoded as a query.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let others = self.0.iter().filter(|(key, value)| key != name && !value.is_empty());
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(others).append_pair(name, value);
        query.finish()
    }
}

/// What was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// The path, without the query.
    pub(super) path: String,
    /// The parts of the path that the route names.
    pub(super) named: Vec<(String, String)>,
    pub(super) query: Fields,
    /// The fields of the body; empty unless it was posted.
    pub(super) form: Fields,
    pub(super) headers: HeaderMap,
}

impl Asked {
    /// Returns a part of the path; empty if the route does not name it.
    pub(super) fn part(&self, name: &str) -> &str {
        self.named.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// Returns the number in a part of the path.
    ///
    /// # Errors
    /// [`Fault::NotFound`] if it is no number.
    pub(super) fn id(&self) -> Result<i64, Fault> {
        self.part("id").parse().map_err(|_| Fault::NotFound("there is no such number".to_owned()))
    }

    /// Returns the value of a cookie.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.headers, name)
    }

    /// Returns whether the answer is for a program.
    pub(super) fn is_program(&self) -> bool {
        is_for_programs(&self.path)
            || self.headers.get(ACCEPT).is_some_and(|kinds| kinds.as_bytes().starts_with(b"application/json"))
    }
}

/// Returns whether a path is for programs, who understand JSON better than pages.
pub(super) fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/metrics" | "/healthz" | "/readyz")
}

/// Returns the value of a cookie.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Escapes a text for use as a part of a path.
pub(super) fn encoded(part: &str) -> Cow<'_, str> {
    percent_encoding::utf8_percent_encode(part, percent_encoding::NON_ALPHANUMERIC).into()
}
