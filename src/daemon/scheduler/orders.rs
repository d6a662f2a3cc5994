//! Carries out the orders that come through the socket.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tracing::info;

use super::{Event, Scheduler, due_at};
use crate::app::feed_list::{self, FeedChange};
use crate::app::orders::{Answer, Order, Reclassified};
use crate::app::pipeline::WriterError;
use crate::app::syndication::OutFeeds;
use crate::daemon::order_desk::{Answers, Asked, AwaitedPolls};
use crate::ingest::{ImportItem, Recorded};
use crate::store::{FeedRow, FeedState};

impl Scheduler {
    /// Begins to carry out an order.
    pub(super) fn take_order(&mut self, Asked { order, answers }: Asked) {
        if self.distrust_logged_at.is_some() {
            let reason = "the clock cannot be trusted, so nothing is done; see the log of the daemon";
            drop(answers.send(Answer::Failed(reason.to_owned())));
            return;
        }
        match order {
            Order::Poll { feeds } => self.poll_for(feeds, answers),
            Order::ChangeFeeds { changes } => self.change_feeds(changes, answers),
            Order::Reclassify { since } => self.reclassify(since, answers),
            Order::Import { items } => self.import(items, answers),
        }
    }

    fn poll_for(&mut self, feeds: Vec<i64>, answers: Answers) {
        if feeds.iter().any(|id| !self.rows.contains_key(id)) {
            let reason = "one of the feeds is not polled, because it is disabled or removed; enable it first";
            drop(answers.send(Answer::Failed(reason.to_owned())));
            return;
        }
        info!(feeds = feeds.len(), "polling feeds now, as a command asks");
        self.make_due(&feeds, 0.0);
        self.awaited_polls.extend(AwaitedPolls::begin(feeds, answers));
    }

    /// Tells the commands that wait for a poll that it was stored.
    pub(super) fn tell_of_poll(&mut self, recorded: &Recorded) {
        self.awaited_polls.retain_mut(|awaited| awaited.polled(recorded));
    }

    fn change_feeds(&mut self, changes: Vec<FeedChange>, answers: Answers) {
        let (pipeline, now) = (Arc::clone(&self.pipeline), self.clock.now());
        self.jobs.spawn(async move {
            let changed = pipeline.store(move |store| {
                feed_list::change(store, &changes, now)?;
                store.feeds()
            });
            match changed.await {
                Ok(rows) => Event::FeedsChanged { rows, answers },
                Err(error) => failed(&answers, &error),
            }
        });
    }

    /// Adopts the feeds as they are in the file after a change, and polls those that are new.
    pub(super) fn adopt(&mut self, rows: Vec<FeedRow>, answers: &Answers) {
        let now = self.clock.now();
        let rows: HashMap<i64, Arc<FeedRow>> =
            rows.into_iter().filter(|row| row.state == FeedState::On).map(|row| (row.id, Arc::new(row))).collect();
        let before = std::mem::replace(&mut self.rows, rows);
        let rows = &self.rows;
        self.due.retain(|Reverse((_, id))| rows.contains_key(id));
        let removed: Vec<i64> = before.keys().filter(|id| !rows.contains_key(id)).copied().collect();
        let added: Vec<&Arc<FeedRow>> = rows.values().filter(|row| !before.contains_key(&row.id)).collect();
        info!(added = added.len(), removed = removed.len(), "the feeds were changed by a command");
        // A feed that was removed and added again may still be with the poll loop or the writer.
        for row in added.into_iter().filter(|row| !self.in_hand.contains(&row.id)) {
            self.due.push(Reverse((due_at(&self.config, row, now), row.id)));
        }
        removed.into_iter().for_each(|id| self.round.forget(id));
        self.awaited_polls.retain_mut(|awaited| awaited.keep(|id| self.rows.contains_key(&id)));
        drop(answers.send(Answer::done(&())));
    }

    fn reclassify(&mut self, since: Option<Timestamp>, answers: Answers) {
        let (pipeline, lexicon) = (Arc::clone(&self.pipeline), self.config.lexicon.dated_version());
        self.jobs.spawn(async move {
            info!("tagging the stored items again, as a command asks");
            let begun =
                pipeline.write(move |writer| Ok((writer.begin_reclassify(since)?, writer.store().count_since(since)?)));
            let (mut run, of) = match begun.await {
                Ok(begun) => begun,
                Err(error) => return failed(&answers, &error),
            };
            // Between two steps the writer stores polls.
            loop {
                let step = pipeline.write(move |writer| {
                    let more = writer.reclassify_step(&mut run)?;
                    Ok((run, more))
                });
                let more;
                (run, more) = match step.await {
                    Ok(step) => step,
                    Err(error) => return failed(&answers, &error),
                };
                let is_awaited = match more {
                    true => answers.send(Answer::Progress { done: run.done(), of }).is_ok(),
                    false => false,
                };
                if !is_awaited {
                    break;
                }
            }
            drop(answers.send(Answer::done(&Reclassified { items: run.done(), lexicon })));
            Event::Ordered
        });
    }

    fn import(&mut self, items: Vec<ImportItem>, answers: Answers) {
        let (pipeline, now) = (Arc::clone(&self.pipeline), self.clock.now());
        self.jobs.spawn(async move {
            match pipeline.write(move |writer| writer.import(&items, now)).await {
                Ok(counts) => drop(answers.send(Answer::done(&counts))),
                Err(error) => return failed(&answers, &error),
            }
            Event::Ordered
        });
    }

    /// Has out-feeds written after an order that changed items.
    pub(super) fn ordered(&mut self) {
        self.stale_out_feeds = OutFeeds::All;
        self.refresh_out_feeds();
    }
}

fn failed(answers: &Answers, error: &WriterError) -> Event {
    drop(answers.send(Answer::Failed(error.to_string())));
    Event::Ordered
}
