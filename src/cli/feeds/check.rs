//! `feeds check`: what a feed has now, how it is polled, and how its last polls ended.

use std::io::Write;

use serde::Serialize;

use super::list::InQuarantine;
use crate::app::clock;
use crate::app::probe::{self, Probed};
use crate::cli::context::Context;
use crate::cli::failure::{BAD_DATA, FAILED, Failure};
use crate::cli::{input, output, parse};
use crate::config::Settings;
use crate::feed::{self, Source};
use crate::model::{BudgetUse, ParsedFeed};
use crate::poller::Status;
use crate::store::{FeedRow, FetchEvent};
use crate::text::sanitize::without_passwords;

/// What `feeds check --json` gives.
#[derive(Serialize)]
struct Checked<'a> {
    target: &'a str,
    status: &'a str,
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed: Option<ParsedFeed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule: Option<Schedule>,
    events: Vec<FetchEvent>,
}

/// What the schedule has learnt about a feed.
#[derive(Serialize)]
struct Schedule {
    /// Seconds between two polls while all is well.
    interval_secs: u64,
    /// Seconds that the publisher asks for, inside the feed.
    asked_secs: Option<u64>,
    next_due_at: Option<jiff::Timestamp>,
    last_success_at: Option<jiff::Timestamp>,
    polls: i64,
    failures: i64,
    rollovers: i64,
    is_dead: bool,
    adopted_url: Option<String>,
    /// What the feed has used of its budgets.
    used: BudgetUse,
    quarantine: Option<InQuarantine>,
}

impl Schedule {
    fn of(row: &FeedRow, config: &Settings) -> Schedule {
        let state = &row.poll_state;
        let fixed = config.poller.bounds(&row.feed.url).fixed_interval_secs;
        Schedule {
            interval_secs: fixed.unwrap_or(state.interval_secs),
            asked_secs: state.asked.every_secs,
            next_due_at: (row.polls > 0).then_some(row.next_due_at),
            last_success_at: row.last_success_at,
            polls: row.polls,
            failures: row.failures,
            rollovers: row.rollovers,
            is_dead: state.is_dead(),
            adopted_url: state.adopted_url().map(|url| without_passwords(url).into_owned()),
            used: state.used,
            quarantine: InQuarantine::of(state),
        }
    }
}

pub(super) fn check(context: &Context, config: &Settings, target: &str, json: bool) -> Result<(), Failure> {
    let shown = without_passwords(target);
    let about = |code: u8, reason: &str| Failure::new(code, format!("{shown}: {reason}"));
    let address = feed::web_address(target);
    let target = address.as_deref().unwrap_or(target);
    let (status, found) = if address.is_some() {
        match probe::probe(config, target, clock::now()).map_err(|error| about(FAILED, &error))? {
            Probed::Failed(failure) => (failure.status.as_str(), Err((FAILED, failure.status, failure.reason))),
            Probed::Read { read: Ok(parsed), .. } => ("ok", Ok(parsed)),
            Probed::Read { read: Err(error), .. } => {
                let status = probe::status_of(&error);
                (status.as_str(), Err((BAD_DATA, status, error.to_string())))
            }
        }
    } else if target.contains("://") && !std::path::Path::new(target).exists() {
        return Err(about(BAD_DATA, "neither an http or https address nor a file"));
    } else {
        let bytes = input::read_all(std::path::Path::new(target))?;
        let read = feed::parse(&bytes, &Source::at(clock::now()));
        ("file", read.map_err(|error| (BAD_DATA, probe::status_of(&error), error.to_string())))
    };
    // Before the first poll there is no store, and nothing is known of the feed.
    let known = match context.open_read_only() {
        Ok(store) => store.feed(target)?.map(|row| Ok::<_, Failure>((store.fetch_events(row.id)?, row))).transpose()?,
        Err(_) => None,
    };
    let schedule = known.as_ref().map(|(_, row)| Schedule::of(row, config));
    let events = known.map(|(events, _)| events).unwrap_or_default();
    let (feed, failure) = match found {
        Ok(feed) => (Some(feed), None),
        Err(failure) => (None, Some(failure)),
    };
    let reason = failure.as_ref().map(|(_, _, reason)| without_passwords(reason));
    if json {
        output::json(&Checked { target: &shown, status, reason: reason.as_deref(), feed, schedule, events })?;
    } else {
        if let Some(feed) = &feed {
            parse::print_feed(feed)?;
        }
        print(schedule.as_ref(), &events)?;
    }
    match failure {
        None => Ok(()),
        Some((code, status, reason)) => {
            let advice = advice(status).map(|advice| format!("; {advice}")).unwrap_or_default();
            Err(about(code, &format!("{}: {reason}{advice}", status.as_str())))
        }
    }
}

/// Returns what a person can do about a failure; `None` if they can only wait.
fn advice(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::NotAFeed | Status::Html | Status::Empty | Status::NotFound | Status::Gone => {
            "the feed may have moved: `kazbek feeds add SITE` finds the feed that the site links to"
        }
        Status::Challenge | Status::ClientError => {
            "the server rejects programs, or this one: a [[feed]] in the configuration can set a proxy, headers or a password"
        }
        Status::TooLarge => "`poller.body_limit_bytes` in the configuration sets the limit",
        Status::Refused => "`poller.allow_private_addresses` in the configuration allows feeds on your own network",
        Status::Timeout => {
            "`poller.timeout_secs` and `poller.connect_timeout_secs` in the configuration set the limits"
        }
        Status::Resolver => "this machine probably has no network, or its DNS resolver does not answer",
        Status::Proxy => "check `poller.proxy`, or `proxy` in the [[feed]] of this feed, in the configuration",
        Status::NoDescriptors => "`ulimit -n` sets how many files a program may open, in systemd LimitNOFILE=",
        Status::Internal => "please report it",
        _ => return None,
    })
}

fn print(schedule: Option<&Schedule>, events: &[FetchEvent]) -> Result<(), Failure> {
    let mut out = output::page();
    if let Some(schedule) = schedule {
        let minutes = |secs: u64| secs.div_ceil(60);
        let next = schedule.next_due_at.map_or_else(|| "now".to_owned(), |at| format!("at {at}"));
        writeln!(
            out,
            "\npolled about every {} minutes, {} times so far; next poll {next}",
            minutes(schedule.interval_secs),
            schedule.polls
        )?;
        if let Some(secs) = schedule.asked_secs {
            writeln!(out, "the publisher asks for {} minutes between polls", minutes(secs))?;
        }
        if schedule.failures > 0 {
            let last = schedule.last_success_at.map_or_else(|| "never".to_owned(), |at| format!("at {at}"));
            writeln!(out, "failed {} times in a row; last success {last}", schedule.failures)?;
        }
        if let Some(quarantine) = &schedule.quarantine {
            writeln!(out, "{}", quarantine.line())?;
        }
        if schedule.is_dead {
            writeln!(out, "dead for a long time: polled once a week")?;
        }
        if schedule.rollovers > 0 {
            writeln!(
                out,
                "items were missed between polls {} times: none of the previous fetch were left",
                schedule.rollovers
            )?;
        }
        if let Some(url) = &schedule.adopted_url {
            writeln!(out, "moved to {url}; polled there")?;
        }
    }
    if !events.is_empty() {
        writeln!(out, "\nlast fetches:")?;
    }
    for event in events {
        let reason = event.reason.as_deref().unwrap_or_default();
        let line = format!(
            "  {}  {:<14} {:>8} bytes  {:>4} items, {:>3} new  {reason}",
            event.at, event.status, event.size_bytes, event.items_seen, event.items_new
        );
        writeln!(out, "{}", without_passwords(line.trim_end()))?;
    }
    Ok(out.flush()?)
}
