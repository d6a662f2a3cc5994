//! The lowest layers of kazbek: the nouns that all modules share, text, and the lexicon.
//!
//! They are a package of their own so that tests run with an optimised copy: each start of a program that tags
//! compiles the lexicon, which takes many times longer unoptimised. The program uses [`model`], [`text`], [`lexicon`]
//! and [`parallel`] as if they were modules of its own.

pub mod lexicon;
pub mod model;
pub mod parallel;
pub mod text;
