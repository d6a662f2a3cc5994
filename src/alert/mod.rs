//! Alerts: rules over new items and over bursts, and what an alert says.
//!
//! Pure: the rules see items and turning points as plain values, and `now` is a parameter.

mod rule;
mod scan;
mod story;

pub use rule::{AlertRule, QuietHours};
pub use scan::{AlertMatch, BurstSubject, scan_bursts, scan_items};
pub use story::{Alert, AlertStory};
