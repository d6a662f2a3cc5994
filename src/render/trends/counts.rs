//! Counts by step, for a terminal and as JSON.

use std::fmt::Write as _;

use super::text::{fit, percent, sparkline};
use crate::trends::{CountSeries, CountTable};

/// A column for every week of a year.
const WIDTH: usize = 53;

/// The counts as text: a line a series, under the kind that it is of. A dot is a gap: nothing was read.
pub fn render_counts(table: &CountTable) -> String {
    let mut out = String::new();
    match write(&mut out, table) {
        Ok(()) => out,
        // Writing to a string cannot fail.
        Err(std::fmt::Error) => String::new(),
    }
}

/// The counts as JSON; its shape is described in `docs/trends.md`.
pub fn counts_json(table: &CountTable) -> String {
    let mut text = serde_json::to_string(table).unwrap_or_default();
    text.push('\n');
    text
}

fn write(out: &mut String, table: &CountTable) -> std::fmt::Result {
    let items: u32 = table.monitored.iter().map(|step| step.items).sum();
    let by = format!("{:?}", table.by).to_lowercase();
    writeln!(
        out,
        "COUNTS BY {} from {} to before {} ({}); {} items in {} steps",
        by.to_uppercase(),
        table.period.since,
        table.period.until,
        table.period.time_zone,
        items,
        table.monitored.len()
    )?;
    let monitored: Vec<Option<f64>> =
        table.monitored.iter().map(|step| (!step.gap).then(|| f64::from(step.items))).collect();
    writeln!(out, "  {} {} {items:>7}", fit("all that was monitored", 24), fit(&sparkline(&monitored, WIDTH), WIDTH))?;
    let mut heading = "";
    for series in &table.series {
        let kind = heading_of(&series.subject);
        if kind != heading {
            heading = kind;
            writeln!(out, "\n{heading}")?;
        }
        let line = fit(&sparkline(&values(series, table), WIDTH), WIDTH);
        let share = percent(f64::from(series.items) / f64::from(items.max(1)));
        writeln!(out, "  {} {line} {:>7} {share:>7}", fit(&series.label, 24), series.items)?;
    }
    if table.series.is_empty() {
        writeln!(out, "\n  no item")?;
    }
    Ok(())
}

fn heading_of(subject: &str) -> &'static str {
    match subject.split_once(':') {
        Some(("pair", _)) => "PAIRS",
        Some(("outlet", _)) => "OUTLETS",
        Some(("bloc", _)) => "VANTAGES",
        Some(("story", _)) => "STORIES",
        _ => "TAGS",
    }
}

/// The items of a series in every step; none in a gap.
fn values(series: &CountSeries, table: &CountTable) -> Vec<Option<f64>> {
    let mut values: Vec<Option<f64>> = table.monitored.iter().map(|step| (!step.gap).then_some(0.0)).collect();
    for count in &series.counts {
        if let Some(value) = values.get_mut(count.step) {
            *value = Some(f64::from(count.items));
        }
    }
    values
}
