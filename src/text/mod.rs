//! Text that people read: made safe to print, and freed of what is no part of it.
//!
//! Pure, and knows nothing of feeds, stores or pages.

pub mod sanitize;
mod title;

pub use title::without_outlet;
