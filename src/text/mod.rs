//! Text that people read: markup removed, letters folded, made safe to print.
//!
//! Pure, and knows nothing of feeds, stores or pages.

pub(crate) mod fold;
pub(crate) mod html;
pub(crate) mod sanitize;
pub(crate) mod script;
mod title;
pub(crate) mod tokenizer;
pub(crate) mod truncate;

pub(crate) use title::without_outlet;
