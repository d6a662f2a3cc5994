//! What the store keeps, over time and through crashes.

#[path = "../support/mod.rs"]
mod support;

mod crash_safety;
mod hostile_bytes;
mod io_faults;
mod lifecycle;
mod republished_items;
mod shared_text;
