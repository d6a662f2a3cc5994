//! What the black-box tests share: the binary in a directory of its own, and a site that serves feeds on loopback.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

pub mod cpu_time;
pub mod kazbek;
pub mod lexicon;
pub mod mail;
pub mod modes;
pub mod preloaded;
pub mod random;
pub mod server;
pub mod site;
