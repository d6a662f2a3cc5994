//! From counts by step to their document.

use super::document::days;
use crate::render::block::{Block, Cell, Column, Document, Section, Table, text};
use crate::render::svg::{Chart, Plot};
use crate::render::words::percent;
use crate::trends::{CountSeries, CountTable};

/// The document of a table of counts: a section for each kind of series.
pub(super) fn document(table: &CountTable) -> Document {
    let items: u32 = table.monitored.iter().map(|step| step.items).sum();
    let monitored = table.monitored.iter().map(|step| (!step.gap).then(|| f64::from(step.items))).collect();
    let caption = format!("Everything monitored: {items} items in {} steps; · marks a gap", table.monitored.len());
    let mut sections =
        vec![Section::new("monitored", "What was monitored", vec![Block::Figure(chart(monitored), caption)])];
    for series in table.series.chunk_by(|a, b| heading_of(a) == heading_of(b)) {
        let Some(first) = series.first() else { continue };
        let (heading, column) = heading_of(first);
        let columns =
            vec![Column::new(column), Column::new("Over time"), Column::number("Items"), Column::number("Share")];
        let rows = series.iter().map(|series| row(series, table, items)).collect();
        sections.push(Section::new(&heading.to_lowercase(), heading, vec![Block::Table(Table { columns, rows })]));
    }
    if table.series.is_empty() {
        sections.push(Section::new("series", "Series", vec![Block::Paragraph(vec![text("No items.")])]));
    }
    let title = format!("Counts by {}", format!("{:?}", table.by).to_lowercase());
    let lead = format!("{} ({})", days(&table.period), table.period.time_zone);
    Document { name: title.clone(), title, lead, sections, ..Document::default() }
}

/// The heading of a kind of series, and that of its column.
fn heading_of(series: &CountSeries) -> (&'static str, &'static str) {
    match series.subject.split_once(':') {
        Some(("pair", _)) => ("Pairs", "Pair"),
        Some(("outlet", _)) => ("Outlets", "Outlet"),
        Some(("bloc", _)) => ("Blocs", "Bloc"),
        Some(("story", _)) => ("Stories", "Story"),
        _ => ("Tags", "Tag"),
    }
}

fn chart(values: Vec<Option<f64>>) -> Chart {
    Chart { plot: Plot::Bars { values, marks: Vec::new() }, size: (240, 36), label: String::new() }
}

fn row(series: &CountSeries, table: &CountTable, items: u32) -> Vec<Cell> {
    // None in a gap, and zero in a step without an item.
    let mut values: Vec<Option<f64>> = table.monitored.iter().map(|step| (!step.gap).then_some(0.0)).collect();
    for count in &series.counts {
        if let Some(value) = values.get_mut(count.step) {
            *value = Some(f64::from(count.items));
        }
    }
    vec![
        Cell::text(&series.label),
        Cell::Chart(chart(values)),
        Cell::text(series.items.to_string()),
        Cell::text(percent(f64::from(series.items) / f64::from(items.max(1)))),
    ]
}
