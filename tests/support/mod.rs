//! What integration tests share. Each test file uses a part of it.
#![allow(dead_code, reason = "each integration test is a crate of its own and uses a part")]

pub mod server;
