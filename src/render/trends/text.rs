//! The report for a terminal.

use std::fmt::Write as _;

use unicode_segmentation::UnicodeSegmentation;

use crate::trends::Level;
use crate::trends::TagSeries;
use crate::trends::{DayPanel, TrendReport};

const WIDTH: usize = 48;

/// Values as one line of block characters, the greatest as a full block; none (a gap) is a dot, zero the lowest block.
/// More values than `width` are averaged in groups of equal length.
pub fn sparkline(values: &[Option<f64>], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values = shorten(values, width);
    let most = values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let block = |value: &Option<f64>| match value {
        Some(value) if value.is_finite() && most > 0.0 => {
            let step = (value.max(0.0) / most * 7.0).round() as usize;
            // What is more than nothing must be seen to be.
            BLOCKS[if *value > 0.0 { step.clamp(1, 7) } else { 0 }]
        }
        Some(_) => BLOCKS[0],
        None => '·',
    };
    values.iter().map(block).collect()
}

fn shorten(values: &[Option<f64>], width: usize) -> Vec<Option<f64>> {
    if values.len() <= width || width == 0 {
        return values.to_vec();
    }
    let group = values.len().div_ceil(width);
    values
        .chunks(group)
        .map(|chunk| {
            let known: Vec<f64> = chunk.iter().flatten().copied().collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        })
        .collect()
}

/// The values of a series with gaps where nothing was monitored.
pub(crate) fn with_gaps(series: &TagSeries, days: &[DayPanel]) -> Vec<Option<f64>> {
    series.days.iter().zip(days).map(|(day, panel)| (!panel.gap).then(|| f64::from(day.items))).collect()
}

/// Pads or cuts to a number of characters as a reader counts them.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let letters: Vec<&str> = text.graphemes(true).collect();
    if letters.len() <= width {
        return format!("{text}{}", " ".repeat(width - letters.len()));
    }
    format!("{}…", letters[..width.saturating_sub(1)].concat())
}

/// A share as a person reads it.
pub(crate) fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p <= 0.0 => "0 %".to_owned(),
        p if p < 0.1 => "<0.1 %".to_owned(),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// How a series stands to the period before, in words.
pub(crate) fn change(series: &TagSeries) -> String {
    match series.items_before {
        None => "–".to_owned(),
        Some(0) => "new".to_owned(),
        Some(before) => {
            let change = (f64::from(series.items) / f64::from(before) - 1.0) * 100.0;
            if change > 999.0 { format!("×{:.0}", change / 100.0 + 1.0) } else { format!("{change:+.0} %") }
        }
    }
}

pub(super) fn render(report: &TrendReport) -> String {
    let mut out = String::new();
    write_text(&mut out, report).unwrap_or_default();
    out
}

fn write_text(out: &mut String, report: &TrendReport) -> std::fmt::Result {
    let period = &report.period;
    writeln!(out, "TRENDS {} to {} ({})", period.since, super::page::last_day(period), period.time_zone)?;
    let panel = &report.panel;
    writeln!(out, "{} items, {} of them originals, from {} outlets", panel.items, panel.originals, panel.outlets)?;
    for note in &report.notes {
        writeln!(out, "! {note}")?;
    }
    writeln!(out, "\nTURNING POINTS")?;
    if report.turning_points.is_empty() {
        writeln!(out, "  none found")?;
    }
    for point in &report.turning_points {
        writeln!(out, "  {}  {}", point.date, point.title)?;
        for item in &point.evidence {
            writeln!(
                out,
                "              {} ({}){}",
                item.title,
                item.outlet,
                item.url.as_deref().map(|url| format!(" {url}")).unwrap_or_default()
            )?;
        }
    }
    write_relations(out, report)?;
    write_naming(out, report)?;
    for line in &report.storylines {
        let (items, newsrooms) = (line.items, line.newsrooms);
        writeln!(out, "\nSTORYLINE {}: {items} items, {newsrooms} newsrooms", line.label)?;
        for peak in &line.peaks {
            let title = peak.evidence.first().map_or("", |item| item.title.as_str());
            writeln!(out, "  {}  {:>3}  {title}", peak.date, peak.items)?;
        }
    }
    if !report.coverage.is_empty() {
        writeln!(out, "\nCOVERAGE (hours after the first report)")?;
    }
    for story in &report.coverage {
        writeln!(out, "  {} ({}, {} newsrooms)", story.first.title, story.first.outlet, story.newsrooms)?;
        let blocs: Vec<String> =
            story.blocs.iter().map(|bloc| format!("{} +{:.0}", bloc.bloc, bloc.lag_hours)).collect();
        writeln!(out, "      {}", blocs.join(", "))?;
        if !story.silent.is_empty() {
            let silent: Vec<&str> = story.silent.iter().map(|bloc| bloc.as_str()).collect();
            writeln!(out, "      silent: {}", silent.join(", "))?;
        }
    }
    if !report.emerging.is_empty() {
        writeln!(out, "\nNEW WORDS")?;
        for word in &report.emerging {
            writeln!(out, "  {} since {}: {} newsrooms", fit(&word.word, 24), word.born, word.newsrooms)?;
        }
    }
    writeln!(out, "\nSERIES (· is a gap: nothing was monitored)")?;
    for series in &report.series {
        let line = sparkline(&with_gaps(series, &report.days), WIDTH);
        writeln!(
            out,
            "  {} {} {:>7} {:>7} {:>7}",
            fit(&series.label, 24),
            fit(&line, WIDTH),
            series.items,
            percent(series.share),
            change(series)
        )?;
    }
    if report.series.is_empty() {
        writeln!(out, "  no tagged item")?;
    }
    Ok(())
}

/// An index with its interval: `+1.2 (+0.4 to +2.0)`.
pub(crate) fn level_words(level: Option<Level>) -> String {
    level.map_or_else(
        || "–".to_owned(),
        |level| format!("{:+.1} ({:+.1} to {:+.1})", level.index, level.low, level.high),
    )
}

fn write_relations(out: &mut String, report: &TrendReport) -> std::fmt::Result {
    if report.relations.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nRELATIONS (tone -10 to +10 by week; now, a quarter ago, a year ago)")?;
    for relation in &report.relations {
        // Zero of the index stands in the middle of the blocks.
        let values: Vec<Option<f64>> =
            relation.weeks.iter().map(|week| week.level.map(|level| level.index + 10.0)).collect();
        writeln!(
            out,
            "  {} {} {}  {}  {}",
            fit(&relation.label, 26),
            fit(&sparkline(&values, WIDTH), WIDTH),
            level_words(relation.now),
            level_words(relation.quarter_ago),
            level_words(relation.year_ago)
        )?;
    }
    Ok(())
}

fn write_naming(out: &mut String, report: &TrendReport) -> std::fmt::Result {
    if report.naming.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNAMING (uses)")?;
    for set in &report.naming {
        let uses: Vec<String> =
            set.labels.iter().zip(&set.uses).map(|(label, uses)| format!("{label} {uses}")).collect();
        writeln!(out, "  {}", uses.join(" · "))?;
        for share in &set.by_bloc {
            let bloc = share.bloc.map_or("no vantage given", crate::model::PressBloc::as_str);
            writeln!(out, "    {} {} {} ({})", fit(bloc, 22), fit(&share.side, 22), percent(share.share), share.uses)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines_show_gaps_and_zeros_apart() {
        let check = |values: &[Option<f64>], width, line: &str| assert_eq!(sparkline(values, width), line);
        check(&[Some(0.0), None, Some(8.0), Some(0.1)], 10, "▁·█▂");
        check(&[Some(0.0), Some(0.0)], 10, "▁▁");
        check(&[], 10, "");
        check(&[Some(2.0), Some(4.0), None, None, Some(0.0), None], 3, "█·▁");
        check(&[Some(f64::NAN), Some(f64::INFINITY), Some(1.0)], 5, "▁▁█");
    }
}
