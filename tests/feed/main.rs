//! Reading feeds: suites, recorded feeds, hostile documents.

mod hostile;
mod identity_over_time;
mod recorded;
mod suites;
