//! Reading feeds: suites, recorded feeds, hostile documents.

#[path = "../support/mod.rs"]
mod support;

mod hostile;
mod identity_over_time;
mod recorded;
mod suites;
