//! The shell around the parts: clock, lock, issues, rounds, and the daemon itself.

mod alerting;
pub mod clock;
mod delivery;
pub mod flight;
pub mod issues;
pub mod lock;
pub mod looking;
pub mod outfeeds;
mod pipeline;
mod publishing;
mod readers;
pub mod round;
mod runtime;
pub mod sending;
mod service;
mod signals;
