//! The program from outside: commands, issues, user errors.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod classify;
mod clock;
mod feed_lists;
mod foreign_files;
mod hostile_output;
mod issues;
mod item_path;
mod lexicon;
mod limits;
mod list_pages;
mod manual;
mod numbers;
mod private_files;
mod provenance;
mod reclassify;
mod reused_identities;
mod search;
mod spellings;
mod terminal;
