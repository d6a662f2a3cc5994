//! Two reports side by side.

use super::document::days;
use crate::render::block::{Block, Cell, Column, Section, Span, Table, text};
use crate::render::words::{long_date, percent};
use crate::trends::{FEW_STORIES, NamingView, RelationView, TagSeries, TrendReport};

/// Most rows of each table.
const ROWS_MAX: usize = 12;
/// Fewest uses of the names of a set in each period: of fewer, a share says nothing.
const USES_MIN: u32 = 20;

/// What changed from one period to a later one: shares of tags, tones of pairs, shares of rival names.
pub(crate) fn comparison(report: &TrendReport, earlier: &TrendReport) -> Section {
    let about = vec![text(format!(
        "{} is compared with {}. Shares are of all that was monitored in each period ({} and {} items).",
        days(&report.period),
        days(&earlier.period),
        report.panel.items,
        earlier.panel.items
    ))];
    let mut blocks = vec![Block::Aside(about)];
    if let Some(from) = earlier.panel.history_from.filter(|from| *from > earlier.period.since) {
        let words = format!("Nothing was monitored before {}, so the earlier period is not whole.", long_date(from));
        blocks.push(Block::Aside(vec![text(words)]));
    }
    let begun = blocks.len();
    let tables = [
        ("Share of the news, largest changes first", tags(report, earlier)),
        ("Tone at the end of each period", tones(report, earlier)),
        ("Share of rival names", names(report, earlier)),
    ];
    for (heading, table) in tables {
        if !table.rows.is_empty() {
            blocks.extend([Block::Subheading(vec![text(heading)]), Block::Table(table)]);
        }
    }
    if blocks.len() == begun {
        blocks.push(Block::Paragraph(vec![text("Nothing in both periods can be compared.")]));
    }
    Section::new("comparison", "The two periods compared", blocks)
}

fn columns(first: &str) -> Vec<Column> {
    vec![Column::new(first), Column::number("Then"), Column::number("Now"), Column::number("Change")]
}

fn points(change: f64) -> String {
    format!("{:+.1} points", change * 100.0).replace('-', "−")
}

fn tags(report: &TrendReport, earlier: &TrendReport) -> Table {
    let before = |series: &TagSeries| {
        earlier.series.iter().find(|other| other.tag == series.tag).map_or(0.0, |other| other.share)
    };
    let mut changes: Vec<(&TagSeries, f64)> =
        report.series.iter().map(|series| (series, series.share - before(series))).collect();
    changes.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.tag.cmp(&b.0.tag)));
    let row = |(series, change): &(&TagSeries, f64)| {
        let cells = [series.label.clone(), percent(before(series)), percent(series.share), points(*change)];
        cells.map(Cell::text).into()
    };
    changes.truncate(if earlier.series.is_empty() { 0 } else { ROWS_MAX });
    Table { columns: columns("Tag"), rows: changes.iter().map(row).collect() }
}

fn tones(report: &TrendReport, earlier: &TrendReport) -> Table {
    let row = |relation: &RelationView| {
        let before = earlier.relations.iter().find(|other| other.pair == relation.pair)?.now?;
        let now = relation.now?;
        // Intervals that overlap may hide no change at all.
        let change = match (now.low > before.high, now.high < before.low) {
            (true, _) => "warmer",
            (_, true) => "colder",
            _ => "not clear",
        };
        let level = |level| Cell::Line(vec![Span::Level(Some(level))]);
        Some(vec![Cell::text(&relation.label), level(before), level(now), Cell::text(change)])
    };
    let is_shown = |relation: &&RelationView| relation.stories >= FEW_STORIES;
    let rows = report.relations.iter().filter(is_shown).filter_map(row).take(ROWS_MAX).collect();
    Table { columns: columns("Pair"), rows }
}

fn names(report: &TrendReport, earlier: &TrendReport) -> Table {
    let share = |set: &NamingView, side: &String| {
        let place = set.sides.iter().position(|other| other == side)?;
        let all: u32 = set.uses.iter().sum();
        (all >= USES_MIN).then(|| f64::from(set.uses.get(place).copied().unwrap_or_default()) / f64::from(all))
    };
    let rows = |set: &NamingView| -> Vec<Vec<Cell>> {
        let Some(before) = earlier.naming.iter().find(|other| other.set == set.set) else { return Vec::new() };
        let row = |(side, label): (&String, &String)| {
            let (then, now) = (share(before, side)?, share(set, side)?);
            let cells = [label.clone(), percent(then), percent(now), points(now - then)];
            Some(cells.map(Cell::text).into())
        };
        set.sides.iter().zip(&set.labels).filter_map(row).collect()
    };
    let sets = report.naming.iter().filter(|set| set.labels.len() > 1);
    Table { columns: columns("Name"), rows: sets.flat_map(rows).take(ROWS_MAX).collect() }
}
