//! Alerts: rules over what came in, and what one says.
//!
//! Pure: the rules see items and turning points as plain values; `now` is a parameter.

mod rule;

pub use rule::{Alert, AlertRule, AlertStory, BurstSubject, QuietHours};
