//! The built-in lexicon and the classifier: accuracy, hostile texts, relations.

#[path = "../support/mod.rs"]
mod support;

mod accuracy;
mod hostile;
mod names;
mod relations;
