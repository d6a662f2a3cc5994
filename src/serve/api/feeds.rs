//! `/api/v1/feeds`: the feeds and their health.

use serde::Serialize;

use super::parameters::check_names;
use crate::model::PressBloc;
use crate::serve::answer::{Answer, Fault};
use crate::serve::visit::Visit;
use crate::store::{FeedRow, FeedState};
use crate::text::sanitize::without_passwords;

/// All feeds.
#[derive(Serialize)]
struct Feeds {
    feeds: Vec<Feed>,
}

/// A feed. The keys are those of `kazbek feeds list --json`.
#[derive(Serialize)]
struct Feed {
    id: i64,
    url: String,
    title: String,
    outlet: String,
    language: Option<String>,
    country: Option<String>,
    bloc: Option<PressBloc>,
    kind: Option<String>,
    group: Option<String>,
    state: &'static str,
    status: String,
    reason: Option<String>,
    polls: i64,
    failures: i64,
    rollovers: i64,
    last_poll_at: Option<jiff::Timestamp>,
    last_success_at: Option<jiff::Timestamp>,
    next_due_at: Option<jiff::Timestamp>,
}

impl From<FeedRow> for Feed {
    fn from(row: FeedRow) -> Feed {
        Feed {
            id: row.id,
            url: without_passwords(&row.feed.url).into_owned(),
            state: row.state.as_str(),
            next_due_at: (row.state == FeedState::On && row.polls > 0).then_some(row.next_due_at),
            title: row.feed.title,
            outlet: row.feed.outlet,
            language: row.feed.language,
            country: row.feed.country,
            bloc: row.feed.bloc,
            kind: row.feed.kind,
            group: row.feed.group,
            status: row.last_status.unwrap_or_else(|| "new".to_owned()),
            reason: row.last_reason.map(|reason| without_passwords(&reason).into_owned()),
            polls: row.polls,
            failures: row.failures,
            rollovers: row.rollovers,
            last_poll_at: row.last_poll_at,
            last_success_at: row.last_success_at,
        }
    }
}

/// The list.
pub(super) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[])?;
    let feeds = visit.reader.feeds()?.into_iter().map(Feed::from).collect();
    Ok(Answer::json(&Feeds { feeds }))
}
