//! Text that people read: markup removed, letters folded, made safe to print.
//!
//! Pure, and independent of feeds, stores and pages.

pub(crate) mod fold;
pub(crate) mod html;
pub(crate) mod sanitize;
pub(crate) mod script;
mod title;
pub(crate) mod tokenizer;
pub(crate) mod truncate;

pub(crate) use title::without_outlet;
