//! The rules of `config/dedup/urls.toml`.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

/// Rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// The text is not the expected TOML; the message names line and column.
    #[error("the rules cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// A rule contradicts itself or another.
    #[error("{0}")]
    Rule(String),
}

/// The rules for canonical addresses; see `config/dedup/urls.toml`.
#[derive(Debug)]
pub struct UrlRules {
    pub(super) drop: HashSet<String>,
    pub(super) drop_prefixes: Vec<String>,
    pub(super) drop_where_word: HashSet<String>,
    pub(super) way_words: HashSet<String>,
    pub(super) drop_where_switch: HashSet<String>,
    pub(super) switch_values: HashSet<String>,
    pub(super) drop_where_session: HashSet<String>,
    pub(super) host_labels: HashSet<String>,
    pub(super) inner_labels: HashSet<String>,
    pub(super) path_suffixes: Vec<String>,
    pub(super) path_suffixes_of_items: Vec<String>,
    pub(super) path_segments: Vec<String>,
    pub(super) fragment_prefixes: Vec<String>,
    pub(super) path_extensions: Vec<(String, String)>,
    pub(super) path_prefixes: Vec<String>,
    pub(super) index_files: Vec<String>,
    pub(super) aliases: HashMap<String, String>,
    pub(super) sites: HashMap<String, Site>,
    pub(super) redirectors: Vec<Redirector>,
    /// The redirectors with a literal host, by host, and those with a pattern.
    pub(super) redirectors_by_host: HashMap<String, Vec<usize>>,
    pub(super) redirectors_by_pattern: Vec<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct UrlRulesFile {
    drop: Vec<String>,
    drop_prefixes: Vec<String>,
    drop_where_word: Vec<String>,
    way_words: Vec<String>,
    drop_where_switch: Vec<String>,
    switch_values: Vec<String>,
    drop_where_session: Vec<String>,
    host_labels: Vec<String>,
    inner_labels: Vec<String>,
    path_suffixes: Vec<String>,
    path_suffixes_of_items: Vec<String>,
    path_segments: Vec<String>,
    fragment_prefixes: Vec<String>,
    path_extensions: Vec<(String, String)>,
    path_prefixes: Vec<String>,
    index_files: Vec<String>,
    #[serde(default)]
    aliases: HashMap<String, String>,
    #[serde(default, rename = "site")]
    sites: Vec<Site>,
    #[serde(default, rename = "redirector")]
    redirectors: Vec<Redirector>,
}

/// A site whose pages differ by the parameters in `keep` and no others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Site {
    pub(super) host: String,
    pub(super) keep: Vec<String>,
    /// Only the first of these that is present is kept.
    #[serde(default)]
    pub(super) first_of: Vec<String>,
    /// A first path segment that shows the same page in another layout.
    pub(super) drop_path_prefix: Option<String>,
}

/// An address that only leads to another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Redirector {
    pub(super) host: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) parameters: Vec<String>,
    #[serde(default)]
    pub(super) rest: bool,
    #[serde(default)]
    pub(super) query: bool,
    pub(super) between: Option<(String, String)>,
    #[serde(default)]
    pub(super) skip_segments_after_host: Vec<String>,
    #[serde(default)]
    pub(super) skip_timestamp: bool,
}

impl UrlRules {
    /// Reads rules from the text of a file in the form of `config/dedup/urls.toml`.
    ///
    /// # Errors
    /// Fails if the text is not such TOML, or if a redirector does not say where its target is.
    pub fn load(text: &str) -> Result<UrlRules, RulesError> {
        let file: UrlRulesFile = toml::from_str(text)?;
        for rule in &file.redirectors {
            if rule.parameters.is_empty() && !rule.rest && !rule.query && rule.between.is_none() {
                return Err(RulesError::Rule(format!(
                    "redirector `{}{}` does not say where its target is: give `parameters`, `rest`, `query` or `between`",
                    rule.host, rule.path
                )));
            }
        }
        let mut redirectors_by_host: HashMap<String, Vec<usize>> = HashMap::new();
        let mut redirectors_by_pattern = Vec::new();
        for (index, rule) in file.redirectors.iter().enumerate() {
            if rule.host.contains('*') {
                redirectors_by_pattern.push(index);
            } else {
                redirectors_by_host.entry(rule.host.clone()).or_default().push(index);
            }
        }
        let lower = |words: Vec<String>| words.into_iter().map(|word| word.to_lowercase()).collect();
        Ok(UrlRules {
            drop: lower(file.drop),
            drop_prefixes: file.drop_prefixes.into_iter().map(|word| word.to_lowercase()).collect(),
            drop_where_word: lower(file.drop_where_word),
            way_words: lower(file.way_words),
            drop_where_switch: lower(file.drop_where_switch),
            switch_values: lower(file.switch_values),
            drop_where_session: lower(file.drop_where_session),
            host_labels: lower(file.host_labels),
            inner_labels: lower(file.inner_labels),
            path_suffixes: file.path_suffixes,
            path_suffixes_of_items: file.path_suffixes_of_items,
            path_segments: file.path_segments,
            fragment_prefixes: file.fragment_prefixes,
            path_extensions: file.path_extensions,
            path_prefixes: file.path_prefixes,
            index_files: file.index_files,
            aliases: file.aliases,
            sites: file.sites.into_iter().map(|site| (site.host.clone(), site)).collect(),
            redirectors: file.redirectors,
            redirectors_by_host,
            redirectors_by_pattern,
        })
    }

    /// Returns the rules that come with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads them.
    pub fn built_in() -> Result<UrlRules, RulesError> {
        UrlRules::load(include_str!("../../../../config/dedup/urls.toml"))
    }
}
