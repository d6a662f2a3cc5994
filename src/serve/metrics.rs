//! Figures of the service in Prometheus' text format, version 0.0.4.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::time::Duration;

use super::answer::{Answer, Fault, Keep};
use super::health::Readiness;
use super::visit::Visit;
use crate::app::figures::{BOUNDS_MILLIS, Durations};
use crate::model::{BudgetUse, Cadence};
use crate::store::FeedState;

/// The text, while it is written.
#[derive(Default)]
struct Metrics(String);

impl Metrics {
    /// Writes one figure with its values by label.
    fn add<V: Display>(&mut self, name: &str, kind: &str, help: &str, values: impl IntoIterator<Item = (String, V)>) {
        // A figure without a value yet is named all the same, so that whoever looks for it finds it.
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        for (labels, value) in values {
            // Writing to a string cannot fail.
            writeln!(self.0, "{name}{labels} {value}").unwrap_or_default();
        }
    }

    fn gauge<V: Display>(&mut self, name: &str, help: &str, value: Option<V>) {
        self.add(name, "gauge", help, value.map(|value| (String::new(), value)));
    }

    /// Writes how often something took how long.
    fn histogram(&mut self, name: &str, help: &str, durations: &Durations) {
        let (up_to, all, sum) = durations.read();
        let bounds = BOUNDS_MILLIS.map(|millis| Duration::from_millis(millis).as_secs_f64().to_string());
        let classes = bounds.into_iter().chain(["+Inf".to_owned()]).zip(up_to.into_iter().chain([all]));
        let classes = classes.map(|(bound, count)| (format!("_bucket{}", label("le", &bound)), count.to_string()));
        let of_all = [("_sum".to_owned(), sum.as_secs_f64().to_string()), ("_count".to_owned(), all.to_string())];
        self.add(name, "histogram", help, classes.chain(of_all));
    }

    fn counter<V: Display>(&mut self, name: &str, help: &str, value: V) {
        self.add(name, "counter", help, [(String::new(), value)]);
    }
}

/// One label with its value, escaped.
fn label(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{{{name}=\"{value}\"}}")
}

/// All figures.
pub(super) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let mut metrics = Metrics::default();
    let feeds = visit.reader.feeds()?;
    let readiness = Readiness::of(visit)?;
    metrics.add(
        "kazbek_build_info",
        "gauge",
        "Always 1; the label is the version.",
        [(label("version", env!("CARGO_PKG_VERSION")), 1)],
    );
    metrics.gauge(
        "kazbek_ready",
        "Whether the service does its work, as /readyz says.",
        Some(u8::from(readiness.ready)),
    );
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &feeds {
        *states.entry(row.state.as_str()).or_default() += 1;
        if row.state == FeedState::On {
            *statuses.entry(row.last_status.as_deref().unwrap_or("new")).or_default() += 1;
        }
    }
    metrics.add(
        "kazbek_feeds",
        "gauge",
        "Feeds by state.",
        states.iter().map(|(state, count)| (label("state", state), count)),
    );
    metrics.add(
        "kazbek_feeds_last_status",
        "gauge",
        "Feeds that are polled, by the status of their last poll.",
        statuses.iter().map(|(status, count)| (label("status", status), count)),
    );
    let failing = feeds.iter().filter(|row| row.state == FeedState::On && row.failures > 0).count();
    metrics.gauge("kazbek_feeds_failing", "Feeds whose last poll failed.", Some(failing));
    metrics.gauge(
        "kazbek_feeds_overdue",
        "Feeds that have been due for more than half an hour.",
        Some(readiness.overdue_feeds),
    );
    metrics.gauge(
        "kazbek_feeds_in_quarantine",
        "Feeds that kazbek had in hand when it was killed, which are polled later and alone.",
        Some(readiness.feeds_in_quarantine),
    );
    metrics.gauge(
        "kazbek_feeds_over_budget",
        "Feeds of whose last document items wait or were left out.",
        Some(readiness.feeds_over_budget),
    );
    let used = |of: fn(&BudgetUse) -> usize| {
        feeds.iter().filter(|row| row.state == FeedState::On).map(|row| of(&row.poll_state.used)).sum::<usize>()
    };
    metrics.gauge(
        "kazbek_items_put_off",
        "Items that wait for a later poll, by a budget.",
        Some(used(|used| used.items_put_off)),
    );
    metrics.gauge(
        "kazbek_items_left_out",
        "Items that were left out of the last documents, which had too many.",
        Some(used(|used| used.items_left_out)),
    );
    let polls: i64 = feeds.iter().map(|row| row.polls).sum();
    metrics.counter("kazbek_polls_total", "Polls of all feeds.", polls);
    let rollovers: i64 = feeds.iter().map(|row| row.rollovers).sum();
    metrics.counter("kazbek_rollovers_total", "Polls that shared no item with the one before.", rollovers);
    metrics.counter("kazbek_items_stored_total", "Items ever stored.", visit.reader.last_item_id()?);
    metrics.gauge(
        "kazbek_newest_item_age_seconds",
        "Time since the newest item was stored.",
        readiness.newest_item_age_secs,
    );
    metrics.gauge("kazbek_last_poll_age_seconds", "Time since any feed was polled.", readiness.last_poll_age_secs);
    metrics.gauge(
        "kazbek_outbox_open",
        "Deliveries that wait or are under way.",
        Some(visit.reader.open_deliveries()?),
    );
    let mut ages = Vec::new();
    for cadence in Cadence::ALL {
        if let Some(end) = visit.reader.last_issue_end(cadence)? {
            ages.push((label("cadence", cadence.as_str()), visit.now.duration_since(end).as_secs()));
        }
    }
    metrics.add("kazbek_issue_age_seconds", "gauge", "Time since the period of the newest digest ended.", ages);
    metrics.gauge("kazbek_database_bytes", "Size of the database with its log.", Some(visit.reader.size_bytes()));
    metrics.gauge("kazbek_disk_free_bytes", "Free space where the database is.", readiness.free_bytes);
    of_work(&mut metrics, visit);
    Ok(Answer::of_kind("text/plain; version=0.0.4; charset=utf-8", metrics.0).kept(Keep::Never))
}

/// Writes how long the steps of the daemon's work take, and what waits; without a daemon, only of answers.
fn of_work(metrics: &mut Metrics, visit: &Visit<'_>) {
    let figures = &visit.site.figures;
    let daemon = visit.site.trusted.is_some();
    let mut histogram = |name, help, durations: Option<&Durations>| match durations {
        Some(durations) => metrics.histogram(name, help, durations),
        None => metrics.add::<u8>(name, "histogram", help, []),
    };
    histogram(
        "kazbek_fetch_duration_seconds",
        "From the request for a feed to the end of its body.",
        daemon.then_some(&figures.fetches),
    );
    histogram(
        "kazbek_transaction_duration_seconds",
        "Transactions that store polls.",
        daemon.then_some(&figures.transactions),
    );
    histogram("kazbek_answer_duration_seconds", "From a request for a page to its answer.", Some(&figures.answers));
    metrics.gauge(
        "kazbek_fetches_in_progress",
        "Feeds that are being fetched.",
        daemon.then(|| figures.fetching.read()),
    );
    metrics.gauge(
        "kazbek_polls_waiting",
        "Polls that wait for the writer or are being stored.",
        daemon.then(|| figures.waiting_polls.read()),
    );
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_escaped() {
        assert_eq!(label("status", "a\"b\\c\nd"), "{status=\"a\\\"b\\\\c\\nd\"}");
    }
}
