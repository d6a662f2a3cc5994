//! What the black-box tests share: the binary in a directory of its own, and a site that serves feeds on loopback.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::print_stderr,
    reason = "each test program uses a part of it, and says what it leaves out"
)]

pub mod cpu_time;
pub mod kazbek;
pub mod mail;
pub mod random;
pub mod server;
pub mod site;

/// What CI must have, a person need not.
pub fn needed(is_there: bool, what: &str) -> bool {
    assert!(is_there || std::env::var_os("CI").is_none(), "CI needs {what}");
    if !is_there {
        eprintln!("not tested: there is no {what}");
    }
    is_there
}
