//! The shell around the parts: clock, lock, issues, rounds, and the daemon itself.

pub mod clock;
pub mod flight;
pub mod issues;
pub mod lock;
pub mod looking;
pub mod outfeeds;
mod pipeline;
pub mod round;
mod runtime;
mod service;
mod signals;
