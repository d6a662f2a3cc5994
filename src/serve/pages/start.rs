//! What a visitor sees while the store has no item.

use maud::html;

use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::first_start;
use crate::serve::visit::Visit;
use crate::store::{FeedRow, FeedState};

/// Feeds that could not be reached and are listed.
const LISTED: usize = 25;

/// The page while the store has no item: what is happening, and what could not be reached.
pub(in crate::serve) fn empty_store(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let rows = visit.reader.feeds()?;
    let on: Vec<&FeedRow> = rows.iter().filter(|row| row.state == FeedState::On).collect();
    let polled = on.iter().filter(|row| row.polls > 0).count();
    let failing: Vec<&&FeedRow> = on.iter().filter(|row| row.failures > 0).collect();
    let content = html! {
        h1 { "The first round" }
        @if on.is_empty() {
            p.lead { "No feed is to be polled. Add one with " code { "kazbek feeds add URL" } ", or bring a history in with " code { "kazbek import" } "." }
        } @else {
            p.lead { (polled) " of " (on.len()) " feeds have been polled." }
            progress max=(on.len()) value=(polled) aria-label="Feeds polled" {}
            p { "The front page appears as soon as the first item is stored." }
        }
        @if !failing.is_empty() {
            h2 { "Could not be reached" }
            ul.plain { @for row in failing.iter().take(LISTED) {
                li { bdi { (row.feed.title) } ": " (row.last_reason.as_deref().unwrap_or("no answer")) }
            } }
            @if failing.len() > LISTED { p.meta { "and " (failing.len() - LISTED) " more" } }
        }
    };
    Ok(first_start(&content))
}
