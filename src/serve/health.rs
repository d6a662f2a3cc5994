//! Health, for whoever watches the service.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::answer::{Answer, Fault, Keep};
use super::request::Asked;
use super::site::Site;
use super::visit::Visit;
use crate::app::trusted_clock::TrustedClock;
use crate::store::{FeedRow, FeedState};

/// Free space in the data directory below which the service is not ready.
const FREE_BYTES: u64 = 64 << 20;
/// A feed that is due is polled within minutes; if the last poll is longer ago than this and any feed is due, polling
/// has stopped.
const POLL_PAUSE: SignedDuration = SignedDuration::from_mins(30);

/// Whether the server answers at all.
pub(super) fn healthz(_: &Site, _: &Asked) -> Result<Answer, Fault> {
    Ok(Answer::text(StatusCode::OK, "ok\n").kept(Keep::Never))
}

/// What `/readyz` says.
#[derive(Debug, Serialize)]
pub(super) struct Readiness {
    /// Whether everything below is as it should be.
    pub(super) ready: bool,
    /// What is not.
    pub(super) faults: Vec<String>,
    /// Seconds since the newest item was stored.
    pub(super) newest_item_age_secs: Option<i64>,
    /// Seconds since any feed was polled.
    pub(super) last_poll_age_secs: Option<i64>,
    /// Feeds that are due and have not been polled for half an hour after.
    pub(super) overdue_feeds: usize,
    /// Feeds that kazbek had in hand when it was killed; each is polled later, and alone.
    pub(super) feeds_in_quarantine: usize,
    /// Feeds whose last document exceeded a budget, so that items of it wait or were left out.
    pub(super) feeds_over_budget: usize,
    /// Free bytes where the database is; null if that is not known.
    pub(super) free_bytes: Option<u64>,
}

impl Readiness {
    pub(super) fn of(visit: &Visit<'_>) -> Result<Readiness, Fault> {
        let now = visit.now;
        let age = |at: Timestamp| now.duration_since(at).as_secs().max(0);
        let feeds = visit.reader.feeds()?;
        let on: Vec<&FeedRow> = feeds.iter().filter(|row| row.state == FeedState::On).collect();
        let overdue_feeds =
            on.iter().filter(|row| row.polls > 0 && now.duration_since(row.next_due_at) > POLL_PAUSE).count();
        let last_poll = feeds.iter().filter_map(|row| row.last_poll_at).max();
        let newest = visit.reader.last_stored_at()?;
        let free_bytes = free_bytes(visit.site.readers.folder());
        let mut faults = Vec::new();
        if overdue_feeds > 0 && last_poll.is_none_or(|at| now.duration_since(at) > POLL_PAUSE) {
            faults.push(format!("{overdue_feeds} feeds are due, but nothing has been polled for half an hour"));
        }
        if let Some(Err(fault)) = visit.site.trusted.as_ref().map(TrustedClock::check) {
            faults.push(format!("the clock cannot be trusted, so nothing is polled or written: {fault}"));
        }
        if free_bytes.is_some_and(|bytes| bytes < FREE_BYTES) {
            faults.push("the disk is nearly full".to_owned());
        }
        Ok(Readiness {
            ready: faults.is_empty(),
            faults,
            newest_item_age_secs: newest.map(age),
            last_poll_age_secs: last_poll.map(age),
            overdue_feeds,
            feeds_in_quarantine: on.iter().filter(|row| row.poll_state.quarantine.is_some()).count(),
            feeds_over_budget: on.iter().filter(|row| row.poll_state.used.is_over()).count(),
            free_bytes,
        })
    }
}

/// Whether the service does its work: 200 if it does, otherwise 503, with the reasons.
pub(super) fn readyz(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let readiness = Readiness::of(visit)?;
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Answer::json(&readiness).status(status).kept(Keep::Never))
}

/// Returns the bytes that are free where the database is.
fn free_bytes(folder: &std::path::Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}
