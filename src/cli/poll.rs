//! `poll`: polls each feed once, or those due or named.

use clap::Args;

use super::arguments::ClockArguments;
use super::context::{self, Context, Writing};
use super::failure::{BAD_DATA, FAILED, Failure};
use super::feeds::is_named;
use super::output;
use crate::app::clock;
use crate::app::feed_list;
use crate::app::network::Internet;
use crate::app::orders::Order;
use crate::app::poll_once::{self, Summary};
use crate::config::Settings;
use crate::ingest::Writer;
use crate::poller::schedule;
use crate::store::{FeedRow, FeedState};

#[derive(Debug, Args)]
pub(super) struct PollArguments {
    /// Only feeds that are due
    #[arg(long, conflicts_with = "feeds")]
    due: bool,
    /// Print one JSON object instead of the summary line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    clock: ClockArguments,
    /// Addresses or titles of feeds [default: all]
    feeds: Vec<String>,
}

pub(super) fn poll(context: &Context, arguments: &PollArguments) -> Result<(), Failure> {
    let config = context.config()?;
    let bar = output::bar(0, "feeds");
    let summary: Summary = match context.writing()? {
        Writing::Alone(_lock) => {
            let mut store = context.open()?;
            let clock = context::trusted_clock(&mut store, &arguments.clock, "nothing was polled")?;
            let now = clock.now();
            feed_list::sync(&mut store, &config, now)?;
            let mut writer = Writer::open(store, config.engine(), now)?;
            let rows = chosen(writer.store().feeds()?, arguments, &config, now)?;
            bar.set_length(rows.len() as u64);
            poll_once::poll_once(&config, &clock, &Internet, writer, rows, |summary| {
                bar.set_position(summary.feeds as u64);
                bar.set_message(format!("{} new items, {} feeds failed", summary.items_new, summary.failed));
            })?
        }
        Writing::Daemon(mut daemon) => {
            let rows = chosen(context.open_read_only()?.feeds()?, arguments, &config, clock::now())?;
            let feeds = rows.iter().map(|row| row.id).collect();
            daemon.order(&Order::Poll { feeds }, |done, of| {
                bar.set_length(of);
                bar.set_position(done);
            })?
        }
    };
    bar.finish_and_clear();
    if arguments.json {
        output::json(&summary)?
    } else {
        output::text(&summary.line())?
    }
    match summary.feeds > 0 && summary.failed == summary.feeds {
        true => Err(Failure::new(FAILED, "no feed could be read; `kazbek feeds list --failing` says why")),
        false => Ok(()),
    }
}

/// The feeds that the arguments select.
fn chosen(
    rows: Vec<FeedRow>,
    arguments: &PollArguments,
    config: &Settings,
    now: jiff::Timestamp,
) -> Result<Vec<FeedRow>, Failure> {
    for name in &arguments.feeds {
        if !rows.iter().any(|row| is_named(row, name)) {
            return Err(Failure::new(
                BAD_DATA,
                format!("no feed has the address or title `{name}`; see `kazbek feeds list`"),
            ));
        }
    }
    // A feed whose due time a wrong clock has put too far into the future is due, too.
    let latest = |row: &FeedRow| schedule::latest_due(&row.poll_state, &config.poller.bounds(&row.feed.url), now);
    let is_due = |row: &FeedRow| row.next_due_at <= now || row.next_due_at > latest(row);
    let is_meant = |row: &FeedRow| match arguments.feeds.is_empty() {
        true => row.state == FeedState::On && (!arguments.due || is_due(row)),
        false => arguments.feeds.iter().any(|name| is_named(row, name)),
    };
    Ok(rows.into_iter().filter(is_meant).collect())
}
