//! What a feed may cost, so that none can cost another a poll. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::BudgetUse;

/// What one feed, and all feeds together, may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budgets {
    /// Items of one document that are read: the newest.
    pub document_item_limit: usize,
    /// New items of one feed that are stored on one day in UTC. What exceeds it is taken on the next day, if the feed
    /// still has it.
    pub daily_item_limit: usize,
    /// Bytes of all items that were read and wait for the writer.
    pub waiting_limit_bytes: usize,
    /// Milliseconds of the writer's time that one document may take. The items after that are taken at the next poll.
    pub writer_limit_ms: u64,
    /// The share of the writer's time that one feed may take, in percent: after an expensive document a feed is not
    /// polled until its share is as small as that.
    pub writer_share_percent: u32,
}

impl Default for Budgets {
    fn default() -> Budgets {
        Budgets {
            document_item_limit: 2_000,
            daily_item_limit: 5_000,
            waiting_limit_bytes: 64 << 20,
            writer_limit_ms: 3_000,
            writer_share_percent: 2,
        }
    }
}

/// Less of the writer's time than this is not recorded, so that the state of a feed does not change at every poll.
const LEAST_WRITER_MS: u64 = 100;

/// What a poll cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Items new to the feed that were stored.
    pub(crate) stored: usize,
    /// Items new to the feed that were not, because the day had no room or the writer no time.
    pub(crate) put_off: usize,
    /// Items that were not read, because the document had too many.
    pub(crate) left_out: usize,
    /// Milliseconds of the writer's time.
    pub(crate) writer_ms: u64,
}

impl Budgets {
    /// Returns how many new items of a feed may still be stored on the day of `now`.
    pub(crate) fn room(&self, used: &BudgetUse, now: Timestamp) -> usize {
        self.daily_item_limit.saturating_sub(if used.day == day(now) { used.items_taken } else { 0 })
    }

    /// Returns how long the writer may work on one document.
    pub(crate) fn writer_limit(&self) -> Duration {
        Duration::from_millis(self.writer_limit_ms)
    }

    /// Returns what a feed has used after a document of it was stored.
    pub(crate) fn charge(&self, used: &BudgetUse, cost: Cost, now: Timestamp) -> BudgetUse {
        let before = if used.day == day(now) { used.items_taken } else { 0 };
        BudgetUse {
            day: day(now),
            items_taken: before + cost.stored,
            items_put_off: cost.put_off,
            items_left_out: cost.left_out,
            writer_ms: Some(cost.writer_ms).filter(|ms| *ms >= LEAST_WRITER_MS).unwrap_or(0),
        }
    }

    /// Returns how long a feed whose last document took that much of the writer's time waits at least.
    pub(crate) fn rest(&self, used: &BudgetUse) -> SignedDuration {
        let ms = used.writer_ms.saturating_mul(100) / u64::from(self.writer_share_percent.max(1));
        SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
    }
}

fn day(now: Timestamp) -> i64 {
    now.as_second().div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_day_has_no_room_for_has_room_on_the_next() {
        let budgets = Budgets { daily_item_limit: 10, writer_share_percent: 2, ..Budgets::default() };
        let noon = Timestamp::constant(1_800_000_000, 0);
        let later = |hours: i64| noon + SignedDuration::from_hours(hours);
        let mut used = BudgetUse::default();
        assert_eq!(budgets.room(&used, noon), 10);
        used = budgets.charge(&used, Cost { stored: 8, writer_ms: 99, ..Cost::default() }, noon);
        assert_eq!((budgets.room(&used, later(1)), budgets.rest(&used)), (2, SignedDuration::ZERO));
        used = budgets.charge(&used, Cost { stored: 2, put_off: 5, left_out: 3, writer_ms: 600 }, later(1));
        assert_eq!((used.items_taken, used.items_put_off, used.items_left_out), (10, 5, 3));
        assert_eq!((budgets.room(&used, later(2)), budgets.room(&used, later(24))), (0, 10));
        assert_eq!(budgets.rest(&used), SignedDuration::from_secs(30));
        used = budgets.charge(&used, Cost { stored: 5, ..Cost::default() }, later(24));
        assert_eq!((used.items_taken, used.items_put_off, budgets.room(&used, later(25))), (5, 0, 5));
    }
}
