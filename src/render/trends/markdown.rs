//! The report as CommonMark.

use std::fmt::Write as _;

use super::text::{change, level_words, percent, sparkline, with_gaps};
use crate::trends::TrendReport;

/// Text that Markdown leaves as it stands wherever in a line: the marks that could begin markup inside a line have a backslash, `<`, `>` and `&`
/// are entities. A mark that begins a block only at the head of a line has a backslash there.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut head = true;
    let mut digits = false;
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            '#' | '+' | '-' | '=' if head => {
                out.push('\\');
                out.push(letter);
            }
            // `1.` and `1)` at the head of a line begin a list.
            '.' | ')' if digits => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
        digits = (head || digits) && letter.is_ascii_digit();
        head = head && letter.is_whitespace();
    }
    out
}

/// A link, or the bare text where there is no address.
pub(crate) fn link(text: &str, url: Option<&str>) -> String {
    match url {
        None => escape(text),
        Some(url) => {
            let mut target = String::with_capacity(url.len());
            for letter in url.chars() {
                match letter {
                    '(' => target.push_str("%28"),
                    ')' => target.push_str("%29"),
                    '<' => target.push_str("%3C"),
                    '>' => target.push_str("%3E"),
                    '\\' => target.push_str("%5C"),
                    '&' => target.push_str("&amp;"),
                    _ => target.push(letter),
                }
            }
            format!("[{}]({target})", escape(text))
        }
    }
}

pub(super) fn render(report: &TrendReport) -> String {
    let mut out = String::new();
    write_markdown(&mut out, report).unwrap_or_default();
    out
}

fn write_markdown(out: &mut String, report: &TrendReport) -> std::fmt::Result {
    let period = &report.period;
    writeln!(out, "# Trends {} to {}\n", period.since, super::page::last_day(period))?;
    let panel = &report.panel;
    writeln!(
        out,
        "{} items, {} of them originals, from {} outlets. Days are those of {}.",
        panel.items,
        panel.originals,
        panel.outlets,
        escape(&period.time_zone)
    )?;
    for note in &report.notes {
        writeln!(out, "\n> {}", escape(note))?;
    }
    writeln!(out, "\n## Turning points\n")?;
    if report.turning_points.is_empty() {
        writeln!(out, "None found.")?;
    }
    for point in &report.turning_points {
        writeln!(out, "- **{}** {}", point.date, escape(&point.title))?;
        for item in &point.evidence {
            writeln!(out, "  - {} ({})", link(&item.title, item.url.as_deref()), escape(&item.outlet))?;
        }
    }
    if !report.relations.is_empty() {
        writeln!(out, "\n## Relations\n\nTone from -10 to +10 with its 95 % interval.\n")?;
        writeln!(out, "| pair | now | a quarter ago | a year ago | stories |\n|---|---|---|---|--:|")?;
        for relation in &report.relations {
            let [now, quarter, year] = [relation.now, relation.quarter_ago, relation.year_ago].map(level_words);
            writeln!(out, "| {} | {now} | {quarter} | {year} | {} |", escape(&relation.label), relation.stories)?;
        }
    }
    if !report.naming.is_empty() {
        writeln!(out, "\n## Naming\n")?;
        for set in &report.naming {
            let uses: Vec<String> =
                set.labels.iter().zip(&set.uses).map(|(label, uses)| format!("{} {uses}", escape(label))).collect();
            writeln!(out, "- {}", uses.join(", "))?;
        }
    }
    if !report.storylines.is_empty() {
        writeln!(out, "\n## Storylines")?;
    }
    for line in &report.storylines {
        let (items, newsrooms) = (line.items, line.newsrooms);
        writeln!(
            out,
            "\n### {}\n\n{items} items, {newsrooms} newsrooms with a text of their own.\n",
            escape(&line.label)
        )?;
        for peak in &line.peaks {
            let item = peak.evidence.first();
            let title = item.map_or_else(String::new, |item| link(&item.title, item.url.as_deref()));
            writeln!(out, "- {} {title}", peak.date)?;
        }
    }
    if !report.emerging.is_empty() {
        writeln!(out, "\n## New words\n")?;
        for word in &report.emerging {
            writeln!(out, "- **{}** since {}: {} newsrooms", escape(&word.word), word.born, word.newsrooms)?;
        }
    }
    writeln!(out, "\n## Series\n")?;
    if report.series.is_empty() {
        return writeln!(out, "No tagged item.");
    }
    writeln!(out, "| tag | course | items | share | against the period before |\n|---|---|--:|--:|--:|")?;
    for series in &report.series {
        let line = sparkline(&with_gaps(series, &report.days), 48);
        writeln!(
            out,
            "| {} | {line} | {} | {} | {} |",
            escape(&series.label),
            series.items,
            escape(&percent(series.share)),
            escape(&change(series))
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stands_as_text() {
        let check = |from: &str, to: &str| assert_eq!(escape(from), to);
        check("Talks at 12:40 (local) - a 3.5 % rise!", "Talks at 12:40 (local) - a 3.5 % rise!");
        check("1. first", "1\\. first");
        check("2026) x", "2026\\) x");
        check("# head", "\\# head");
        check("- dash", "\\- dash");
        check("a *b* _c_ `d` [e](f) | ~g~", "a \\*b\\* \\_c\\_ \\`d\\` \\[e\\](f) \\| \\~g\\~");
        check("<b>&amp;", "&lt;b&gt;&amp;amp;");
    }

    #[test]
    fn an_address_cannot_leave_its_link() {
        assert_eq!(link("x", Some("https://a.example/(b)<c>&d")), "[x](https://a.example/%28b%29%3Cc%3E&amp;d)");
        assert_eq!(link("x]", None), "x\\]");
    }
}
