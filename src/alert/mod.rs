//! Alerts: rules over new items and over bursts, and what an alert says.
//!
//! Pure: the rules see items and turning points as plain values, and `now` is a parameter.

mod rule;
mod scan;
mod story;

pub(crate) use rule::{AlertRule, QuietHours};
pub(crate) use scan::{AlertMatch, BurstSubject, scan_bursts, scan_items};
pub(crate) use story::{Alert, AlertStory};
