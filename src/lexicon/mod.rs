//! The lexicon: load, check, inflect, compile.
