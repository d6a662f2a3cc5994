//! What integration tests share. Each test file uses a part of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up its server has failed")]
#![allow(dead_code, unreachable_pub, reason = "each integration test is a crate of its own and uses a part")]

pub mod server;
