//! `kazbek outbox`: lists deliveries, and makes them due again.

use std::io::Write;

use clap::Subcommand;

use super::arguments::{ClockArguments, limit};
use super::context::{self, Context};
use super::failure::{BAD_DATA, Failure};
use super::output;
use crate::store::{OutboxRow, OutboxState};

/// Most dead letters that are retried at a time.
const ALL: usize = 1_000_000;

#[derive(Debug, Subcommand)]
pub(super) enum OutboxCommand {
    /// List deliveries, newest first
    List {
        /// Print one JSON object per line
        #[arg(long)]
        json: bool,
        /// Only dead letters, which are no longer retried
        #[arg(long)]
        dead: bool,
        /// Only deliveries that are waiting or in progress
        #[arg(long)]
        open: bool,
        /// Print at most this many
        #[arg(long, default_value_t = 100, value_parser = limit)]
        limit: usize,
    },
    /// Make deliveries due now; `kazbek run` makes the attempts, and can be running
    Retry {
        /// Ids of deliveries, as shown by `outbox list`
        #[arg(required_unless_present = "dead", conflicts_with = "dead")]
        ids: Vec<i64>,
        /// All dead letters
        #[arg(long)]
        dead: bool,
        #[command(flatten)]
        clock: ClockArguments,
    },
}

pub(super) fn outbox(context: &Context, command: &OutboxCommand) -> Result<(), Failure> {
    match command {
        OutboxCommand::List { json, dead, open, limit } => {
            let mut states = Vec::new();
            if *dead {
                states.push(OutboxState::Dead);
            }
            if *open {
                states.extend([OutboxState::Waiting, OutboxState::Sending]);
            }
            let rows = context.open_read_only()?.outbox(&states, *limit)?;
            let mut out = if *json { output::data() } else { output::page() };
            for row in &rows {
                if *json {
                    output::json_line(&mut out, row)?;
                } else {
                    writeln!(out, "{}", line(row))?;
                }
            }
            if rows.is_empty() && !json {
                writeln!(out, "no deliveries")?;
            }
            Ok(out.flush()?)
        }
        // Without the lock: one short transaction that is safe beside the daemon, which notices it within seconds.
        OutboxCommand::Retry { ids, dead, clock } => {
            let mut store = context.open_existing()?;
            let ids = match dead {
                true => store.outbox(&[OutboxState::Dead], ALL)?.iter().map(|row| row.id).collect(),
                false => ids.clone(),
            };
            let now = context::confirmed_time(&mut store, clock, "nothing was made due")?;
            let count = store.retry_deliveries(&ids, now)?;
            if !dead && count < ids.len() {
                let text = "the others are not waiting or dead; see `kazbek outbox list`";
                return Err(Failure::new(BAD_DATA, format!("{count} of {} are due now; {text}", ids.len())));
            }
            output::text(&format!("{count} due now; `kazbek run` delivers them"))
        }
    }
}

fn line(row: &OutboxRow) -> String {
    let state = row.state.as_str();
    let when = match row.state {
        OutboxState::Delivered => row.delivered_at.map(|at| format!("at {at}")).unwrap_or_default(),
        OutboxState::Waiting => format!("next at {}", row.next_attempt_at),
        OutboxState::Sending | OutboxState::Dead => String::new(),
    };
    let mut line = format!("{:>6}  {state:9}  {:5}  {:12}  {}  {when}", row.id, row.cadence, row.period, row.recipient);
    if row.attempts > 1 {
        line.push_str(&format!("  after {} attempts", row.attempts));
    }
    if row.in_doubt > 0 {
        line.push_str(&format!("  {} in doubt", row.in_doubt));
    }
    if let Some(reason) = &row.reason {
        line.push_str(&format!("\n                {reason}"));
    }
    line
}
