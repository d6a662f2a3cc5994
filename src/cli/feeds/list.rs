//! `feeds list` and `feeds export`.

use std::borrow::Cow;
use std::io::Write;

use serde::Serialize;

use crate::app::feed_list;
use crate::cli::context::Context;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::screen::Style;
use crate::config::Settings;
use crate::feed::web_address;
use crate::model::{BudgetUse, PollState, PressBloc, Quarantine};
use crate::store::{FeedRow, FeedState, Store};
use crate::text::sanitize::without_passwords;

/// The feeds of the store; before the first poll, those of the feed list.
fn known(context: &Context, config: &Settings) -> Result<Vec<FeedRow>, Failure> {
    let path = context.data_dir()?.join(Store::FILE_NAME);
    if path.exists() {
        return Ok(context.open_read_only()?.feeds()?);
    }
    Ok(config.feeds.iter().map(FeedRow::unpolled).collect())
}

/// A feed as `list --json` gives it.
#[derive(Serialize)]
struct Listed<'a> {
    url: Cow<'a, str>,
    title: &'a str,
    outlet: &'a str,
    language: Option<&'a str>,
    country: Option<&'a str>,
    bloc: Option<PressBloc>,
    kind: Option<&'a str>,
    group: Option<&'a str>,
    origin: &'a str,
    state: &'static str,
    status: &'a str,
    reason: Option<Cow<'a, str>>,
    polls: i64,
    failures: i64,
    rollovers: i64,
    last_poll_at: Option<jiff::Timestamp>,
    last_success_at: Option<jiff::Timestamp>,
    next_due_at: Option<jiff::Timestamp>,
    /// Whether it has failed for so long that it is polled once a week.
    is_dead: bool,
    /// The address to which the feed has moved permanently.
    adopted_url: Option<String>,
    /// What it has used of its budgets.
    used: BudgetUse,
    /// That kazbek died while it had the feed in hand.
    quarantine: Option<InQuarantine>,
}

/// The quarantine of a feed, as JSON has it.
#[derive(Serialize)]
pub(super) struct InQuarantine {
    times: u32,
    since: jiff::Timestamp,
    until: jiff::Timestamp,
    reason: &'static str,
}

impl InQuarantine {
    pub(super) fn of(state: &PollState) -> Option<InQuarantine> {
        let time = |secs| jiff::Timestamp::from_second(secs).unwrap_or_default();
        let Quarantine { times, since_secs, until_secs } = state.quarantine.as_ref()?;
        let reason = "kazbek ended while it had the feed in hand";
        Some(InQuarantine { times: *times, since: time(*since_secs), until: time(*until_secs), reason })
    }

    /// Describes it in a line.
    pub(super) fn line(&self) -> String {
        let InQuarantine { times, until, reason, .. } = self;
        let times = if *times > 1 { format!(" ({times} times)") } else { String::new() };
        format!("in quarantine, {reason}{times}: it is polled alone, not before {until}")
    }
}

impl<'a> Listed<'a> {
    fn of(row: &'a FeedRow) -> Listed<'a> {
        let feed = &row.feed;
        let state = &row.poll_state;
        Listed {
            is_dead: state.is_dead(),
            adopted_url: state.adopted_url().map(|url| without_passwords(url).into_owned()),
            used: state.used,
            quarantine: InQuarantine::of(state),
            url: without_passwords(&feed.url),
            title: &feed.title,
            outlet: &feed.outlet,
            language: feed.language.as_deref(),
            country: feed.country.as_deref(),
            bloc: feed.bloc,
            kind: feed.kind.as_deref(),
            group: feed.group.as_deref(),
            origin: &row.origin,
            state: row.state.as_str(),
            status: row.last_status.as_deref().unwrap_or("new"),
            reason: row.last_reason.as_deref().map(without_passwords),
            polls: row.polls,
            failures: row.failures,
            rollovers: row.rollovers,
            last_poll_at: row.last_poll_at,
            last_success_at: row.last_success_at,
            next_due_at: (row.state == FeedState::On && row.polls > 0).then_some(row.next_due_at),
        }
    }
}

pub(super) fn list(context: &Context, config: &Settings, json: bool, failing: bool) -> Result<(), Failure> {
    let rows = known(context, config)?;
    let rows: Vec<&FeedRow> = rows.iter().filter(|row| !failing || row.failures > 0).collect();
    let mut out = if json { output::data() } else { output::page() };
    if json {
        for row in rows {
            output::json_line(&mut out, &Listed::of(row))?;
        }
        return Ok(out.flush()?);
    }
    let mut group = None;
    for row in &rows {
        let of = row.feed.group.as_deref().unwrap_or("Other feeds");
        if group != Some(of) {
            out.write_all(if group.is_some() { b"\n" } else { b"" })?;
            out.styled(Style::Bold, of)?;
            writeln!(out)?;
            group = Some(of);
        }
        let listed = Listed::of(row);
        let state = if row.state == FeedState::On { listed.status } else { listed.state };
        let name = if row.feed.title.is_empty() { &listed.url } else { row.feed.title.as_str() };
        let style = match row.state {
            FeedState::On if row.polls == 0 => Style::Plain,
            FeedState::On if row.failures == 0 => Style::Good,
            FeedState::On => Style::Bad,
            _ => Style::Faint,
        };
        out.write_all(b"  ")?;
        out.styled(style, format_args!("{state:<14}"))?;
        writeln!(out, " {}", without_passwords(name))?;
        out.styled(Style::Faint, format_args!("                 {}", listed.url))?;
        writeln!(out)?;
        if let Some(reason) = &listed.reason {
            let reason = if row.failures == 0 { format!("note: {reason}") } else { reason.to_string() };
            let times = if row.failures > 1 { format!(" ({} times in a row)", row.failures) } else { String::new() };
            writeln!(out, "                 {reason}{times}")?;
        }
        if let Some(quarantine) = &listed.quarantine {
            writeln!(out, "                 {}", quarantine.line())?;
        }
        if listed.is_dead {
            writeln!(
                out,
                "                 dead for a long time: polled once a week; `kazbek feeds remove` stops that"
            )?;
        }
        if let Some(url) = &listed.adopted_url {
            writeln!(out, "                 moved to {url}; polled there")?;
        }
        if row.rollovers > 0 {
            writeln!(out, "                 items were missed between polls {} times", row.rollovers)?;
        }
    }
    let count = |test: fn(&&&FeedRow) -> bool| rows.iter().filter(test).count();
    writeln!(
        out,
        "{}{} feeds: {} ok, {} failing, {} not polled yet, {} disabled or removed",
        if rows.is_empty() { "" } else { "\n" },
        rows.len(),
        count(|row| row.state == FeedState::On && row.polls > 0 && row.failures == 0),
        count(|row| row.state == FeedState::On && row.failures > 0),
        count(|row| row.state == FeedState::On && row.polls == 0),
        count(|row| row.state != FeedState::On),
    )?;
    Ok(out.flush()?)
}

pub(super) fn export(context: &Context, config: &Settings) -> Result<(), Failure> {
    output::data_text(&feed_list::exported(known(context, config)?))
}

/// Returns a hint at the address that was probably meant, if only its scheme is missing; else an empty string.
pub(super) fn meant(text: &str) -> String {
    let whole = format!("https://{text}");
    let is_host = text.contains('.') && !text.contains("://") && web_address(&whole).is_some();
    if is_host { format!("; did you mean {whole}?") } else { String::new() }
}

/// Whether `name` is the address or the title of the feed.
pub(in crate::cli) fn is_named(row: &FeedRow, name: &str) -> bool {
    row.feed.url == name || row.feed.title == name || web_address(name).is_some_and(|url| row.feed.url == url)
}
