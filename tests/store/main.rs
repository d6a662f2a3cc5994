//! What the store keeps, over time and through crashes.

#[path = "../support/mod.rs"]
mod support;

mod crash_safety;
mod lifecycle;
mod republished_items;
mod shared_text;
