//! What kazbek computes from texts and times alone: the nouns that all modules share, text, the lexicon, tags,
//! duplicates and trends.
//!
//! These modules are a package of their own so that tests run with an optimised copy: each start of a program that tags
//! compiles the lexicon, and a trend report weighs each day of a year, both of which take many times longer
//! unoptimised. The program uses them as if they were modules of its own.

pub mod classify;
pub mod dedup;
pub mod lexicon;
pub mod model;
pub mod parallel;
pub mod text;
pub mod trends;
