//! The built-in lexicon and the classifier: accuracy, hostile texts, relations.

mod accuracy;
mod hostile;
mod relations;
