//! The parameters of requests of programs.

use crate::serve::answer::Fault;
use crate::serve::request::Fields;
use crate::serve::visit::Visit;

/// Entries on a page unless the request says otherwise, and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 1_000;

/// What narrows a list of items, as the description has it. `conditions::filter_of` reads the values.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the fields are described only")]
pub(super) struct Conditions {
    /// From this day or instant on.
    since: Option<String>,
    /// Before this day or instant.
    until: Option<String>,
    /// With this tag; repeat it for items that have all.
    tag: Option<Vec<String>>,
    /// Of the outlet of this name.
    outlet: Option<String>,
    /// Of outlets of this bloc, such as `russian-state`.
    bloc: Option<String>,
    /// In this language, BCP 47.
    language: Option<String>,
    /// With a relation between these two actors, such as `russia-armenia`.
    pair: Option<String>,
}

impl Conditions {
    /// The names of the fields.
    pub(super) const NAMES: &[&str] = &["since", "until", "tag", "outlet", "bloc", "language", "pair"];
}

/// Reads how many entries a page has.
pub(super) fn limit(visit: &Visit<'_>) -> Result<usize, Fault> {
    up_to(visit, "limit", 1)
}

/// Reads how many entries of a kind there are at most, and at least this many.
pub(super) fn up_to(visit: &Visit<'_>, name: &str, least: usize) -> Result<usize, Fault> {
    match visit.request.query.get(name).map(str::parse::<usize>) {
        None => Ok(LIMIT),
        Some(Ok(limit)) if (least..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(Fault::Bad(format!("{name} must be a number from {least} to {LIMIT_MAX}"))),
    }
}

/// Refuses parameters that the interface does not know, so that a typing error is not taken for no condition.
pub(super) fn check_names(visit: &Visit<'_>, known: &[&str]) -> Result<(), Fault> {
    known_names(&visit.request.query, known)
}

/// Refuses fields that are not known.
pub(super) fn known_names(query: &Fields, known: &[&str]) -> Result<(), Fault> {
    match query.names().find(|name| !known.contains(name)) {
        Some(name) => Err(Fault::Bad(format!("unknown parameter `{name}`; known are: {}", known.join(", ")))),
        None => Ok(()),
    }
}
