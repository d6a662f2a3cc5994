//! Polling from outside: servers of every kind, and what they are asked.

#[path = "../support/mod.rs"]
mod support;

mod http2;
mod polling;
mod server_quirks;
mod shared_limits;
mod tolerance;
