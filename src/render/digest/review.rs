//! The year in review in every format but mail: who moved, storylines, naming.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::vantage;
use crate::digest::EvidenceView;
use crate::digest::Movement;
use crate::digest::{NamingReview, NamingRow, RelationReview, Review, ShiftReview, StorylineReview};
use crate::render::trends::markdown::{escape, link as markdown_link};
use crate::render::trends::page::{foreign, link, long_date};
use crate::render::trends::svg;
use crate::trends::{Direction, Level, RelationQuarter};

/// Headings, the same in every format.
pub(super) const RELATIONS: &str = "Who moved towards whom";
pub(super) const STORYLINES: &str = "Storylines of the year";
pub(super) const NAMING: &str = "What things were called";

/// What the figures are, in one sentence.
pub(super) const TONE: &str = "Mean tone of the stories between two actors, from −10 to +10, with 95 % intervals; it is of the two together and does not say which of them moved. A movement is told only where it is beyond chance.";

/// What is said where no pair moved.
pub(super) const STILL: &str = "No relation moved beyond chance.";

/// `Q3` and its level: `−3.4`.
fn quarter_words(quarter: &RelationQuarter) -> String {
    format!("Q{} {}", (quarter.from.month() - 1) / 3 + 1, level_words(quarter.level))
}

pub(super) fn level_words(level: Option<Level>) -> String {
    level.map_or("–".to_owned(), |level| format!("{:+.1}", level.index).replace('-', "−"))
}

/// The quarters in a line, and what they rest on.
pub(super) fn course_words(relation: &RelationReview) -> String {
    let quarters: Vec<String> = relation.quarters.iter().map(quarter_words).collect();
    format!("{}; {} stories", quarters.join(", "), relation.stories)
}

/// Days on which a level changed: `changed on 27 June 2025 (colder)`; none where it did not.
pub(super) fn shift_words(relation: &RelationReview) -> Option<String> {
    let shifts: Vec<String> = relation
        .shifts
        .iter()
        .map(|shift| match shift.direction {
            Some(Direction::Positive) => format!("{} (warmer)", long_date(shift.date)),
            Some(Direction::Negative) => format!("{} (colder)", long_date(shift.date)),
            None => long_date(shift.date),
        })
        .collect();
    (!shifts.is_empty()).then(|| format!("changed on {}", shifts.join(", ")))
}

/// Shares of names in words: `Corridor 80 %, Route 20 %`; none where there is no use.
pub(super) fn share_words(names: &[String], uses: &[u32]) -> Option<String> {
    let all: u32 = uses.iter().sum();
    let shares: Vec<String> = names
        .iter()
        .zip(uses)
        .filter(|(_, uses)| **uses > 0)
        .map(|(name, uses)| format!("{name} {:.0} %", 100.0 * f64::from(*uses) / f64::from(all.max(1))))
        .collect();
    (all > 0).then(|| shares.join(", "))
}

/// Who a row of names is of.
pub(super) fn row_words(row: &NamingRow) -> String {
    row.bloc.map_or("all together".to_owned(), vantage)
}

pub(super) fn peaks_words(line: &StorylineReview) -> String {
    format!("{} items, {} newsrooms with a text of their own", line.items, line.newsrooms)
}

/// The first part, in HTML: what stands before the turning points.
pub(super) fn relations_html(review: &Review) -> Markup {
    let (still, moved) = still_and_moved(review);
    let (reach, reach_still) = (reach(&moved), reach(&still));
    html! {
        @if !review.relations.is_empty() {
            section aria-labelledby="relations" {
                h2 id="relations" { (RELATIONS) }
                @if review.movers.is_empty() { p { (STILL) } }
                ul.movers { @for mover in &review.movers { li { b { (mover.actor.label) } " " (mover.sentence) } } }
                p.meta { (TONE) @if !moved.is_empty() { " The course is by week, from −" (reach) " to +" (reach) "; an upright mark is a change that stayed." } }
                ol.stories { @for relation in &moved { li { (moved_html(relation, reach)) } } }
                @if !still.is_empty() {
                    h3.legend { "Without a movement" }
                    div.scroll { table {
                        thead { tr { th { "Pair" } th { "Course, −" (reach_still) " to +" (reach_still) } @for quarter in quarters_of(review) { th.number.wide { "Q" ((quarter.from.month() - 1) / 3 + 1) } } th.number { "Stories" } } }
                        tbody { @for relation in &still { (still_html(relation, reach_still)) } }
                    } }
                }
            }
        }
    }
}

/// The pairs that nothing moved, and the others.
pub(super) fn still_and_moved(review: &Review) -> (Vec<&RelationReview>, Vec<&RelationReview>) {
    let is_still = |relation: &&RelationReview| relation.movement == Movement::Steady && relation.shifts.is_empty();
    review.relations.iter().partition(is_still)
}

/// One scale for all charts of a list; a week of a story or two may reach beyond it and is cut.
fn reach(relations: &[&RelationReview]) -> f64 {
    let levels = relations.iter().flat_map(|relation| &relation.weeks).filter_map(|week| week.level);
    let busy = levels.filter(|level| level.stories >= 3).map(|level| level.index.abs());
    busy.fold(4.0, f64::max).ceil().min(10.0)
}

fn quarters_of(review: &Review) -> &[RelationQuarter] {
    review.relations.first().map_or(&[], |relation| &relation.quarters)
}

fn chart(relation: &RelationReview, reach: f64, size: (u32, u32)) -> Markup {
    let mark = |shift: &ShiftReview| {
        let place = relation.weeks.iter().rposition(|week| week.week <= shift.date)?;
        Some(svg::Mark { place, href: None, title: long_date(shift.date) })
    };
    let marks: Vec<svg::Mark> = relation.shifts.iter().filter_map(mark).collect();
    let label = format!("{} {}; {}", relation.label, relation.sentence, course_words(relation));
    svg::index(&relation.weeks, &marks, reach, size, &label)
}

fn moved_html(relation: &RelationReview, reach: f64) -> Markup {
    let chip = match relation.movement {
        Movement::Closer => html! { span.chip.up { "▲ closer" } },
        Movement::Apart => html! { span.chip.down { "▼ apart" } },
        Movement::Mended => html! { span.chip { "▼▲ fell and mended" } },
        Movement::FellBack => html! { span.chip { "▲▼ rose and fell back" } },
        Movement::Steady | Movement::Unclear => html! {},
    };
    html! {
        h3 { (relation.label) " " (chip) }
        p { (capital(&relation.sentence)) "." }
        figure { (chart(relation, reach, (720, 64))) }
        p.meta { (course_words(relation)) @if let Some(shifts) = shift_words(relation) { "; " (shifts) } }
        ul.evidence { @for item in relation.shifts.iter().flat_map(|shift| &shift.evidence) { li { (evidence_html(item)) } } }
    }
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn still_html(relation: &RelationReview, reach: f64) -> Markup {
    html! {
        tr {
            td { (relation.label) }
            td.chart { (chart(relation, reach, (240, 36))) }
            @for quarter in &relation.quarters {
                td.number.wide { @match quarter.level {
                    Some(level) => span title=(format!("from {:+.1} to {:+.1}, {} stories", level.low, level.high, level.stories)) { (level_words(Some(level))) },
                    None => span.meta { "–" },
                } }
            }
            td.number { (relation.stories) }
        }
    }
}

fn evidence_html(item: &EvidenceView) -> Markup {
    html! { (link(&foreign(&item.title, item.language.as_deref()), item.url.as_deref())) " " span.meta { (foreign(&item.outlet, None)) } }
}

/// The second part, in HTML: what stands behind the turning points.
pub(super) fn threads_html(review: &Review) -> Markup {
    html! {
        @if !review.storylines.is_empty() {
            section aria-labelledby="storylines" {
                h2 id="storylines" { (STORYLINES) }
                @for line in &review.storylines {
                    h3.legend { (line.subject.label) }
                    p.meta { (peaks_words(line)) }
                    ul.plain.thread { @for peak in &line.peaks {
                        li { time.meta datetime=(peak.date) { (long_date(peak.date)) } " " (evidence_html(&peak.evidence)) @if peak.newsrooms > 1 { span.meta { " and " (peak.newsrooms - 1) " more" } } }
                    } }
                    @if line.peaks_omitted > 0 { p.meta { "and " (line.peaks_omitted) " further peaks" } }
                }
            }
        }
        @if !review.naming.is_empty() {
            section aria-labelledby="naming" {
                h2 id="naming" { (NAMING) }
                @for set in &review.naming { (naming_html(set)) }
            }
        }
    }
}

fn naming_html(set: &NamingReview) -> Markup {
    let parts = |uses: &[u32]| -> Vec<(String, f64)> {
        let all: u32 = uses.iter().sum();
        set.names
            .iter()
            .zip(uses)
            .map(|(name, uses)| (name.clone(), f64::from(*uses) / f64::from(all.max(1))))
            .collect()
    };
    html! {
        h3.legend { @for (place, name) in set.names.iter().enumerate() { span.side { span class=(format!("key s{}", place % 4)) {} (name) } " " } }
        p { (set.sentence) "." }
        div.scroll { table {
            thead { tr { th { "Vantage" } th { "First three months" } th { "Last three months" } th.number { "Uses" } } }
            tbody { @for row in &set.rows {
                tr {
                    td { (row_words(row)) }
                    @for uses in [&row.first, &row.last] {
                        td.chart.half { @match share_words(&set.names, uses) { Some(words) => (svg::shares(&parts(uses), 120, &words)), None => span.meta { "–" } } }
                    }
                    td.number { (row.uses.iter().sum::<u32>()) }
                }
            } }
        } }
        @if let Some(words) = rare_words(set) { p.meta { (words) } }
    }
}

/// Vantages that used none of the names often enough to be shown.
pub(super) fn rare_words(set: &NamingReview) -> Option<String> {
    match set.rare {
        0 => None,
        1 => Some("one further vantage used a name a few times".to_owned()),
        many => Some(format!("{many} further vantages used a name a few times")),
    }
}

/// The first part as text: what stands before the turning points.
pub(super) fn relations_text(out: &mut String, review: &Review) -> std::fmt::Result {
    if review.movers.is_empty() {
        writeln!(out, "\n{STILL}")?;
    }
    for mover in &review.movers {
        writeln!(out, "\n* {} {}", mover.actor.label, mover.sentence)?;
    }
    writeln!(out, "\n  {TONE}")?;
    for relation in &review.relations {
        writeln!(out, "\n  {}\n    {}", relation.label, relation.sentence)?;
        if let Some(shifts) = shift_words(relation) {
            writeln!(out, "    {shifts}")?;
        }
        writeln!(out, "    {}", course_words(relation))?;
        for item in relation.shifts.iter().flat_map(|shift| &shift.evidence) {
            evidence_text(out, item, 6)?;
        }
    }
    Ok(())
}

fn evidence_text(out: &mut String, item: &EvidenceView, indent: usize) -> std::fmt::Result {
    writeln!(out, "{:indent$}{} ({})", "", item.title, item.outlet)?;
    match &item.url {
        Some(url) => writeln!(out, "{:indent$}  {url}", ""),
        None => Ok(()),
    }
}

/// Storylines as text.
pub(super) fn storylines_text(out: &mut String, review: &Review) -> std::fmt::Result {
    for line in &review.storylines {
        writeln!(out, "\n* {}: {}", line.subject.label, peaks_words(line))?;
        for peak in &line.peaks {
            writeln!(out, "    {}  {} newsrooms", peak.date, peak.newsrooms)?;
            evidence_text(out, &peak.evidence, 6)?;
        }
        if line.peaks_omitted > 0 {
            writeln!(out, "    and {} further peaks", line.peaks_omitted)?;
        }
    }
    Ok(())
}

/// Rival names as text.
pub(super) fn naming_text(out: &mut String, review: &Review) -> std::fmt::Result {
    for set in &review.naming {
        writeln!(out, "\n* {}\n  {}", set.names.join(" / "), set.sentence)?;
        for row in &set.rows {
            writeln!(out, "    {}: {}", row_words(row), ends(&set.names, row))?;
        }
        if let Some(words) = rare_words(set) {
            writeln!(out, "    {words}")?;
        }
    }
    Ok(())
}

/// The shares of a row at both ends of the year.
pub(super) fn ends(names: &[String], row: &NamingRow) -> String {
    if row.first.iter().chain(&row.last).all(|uses| *uses == 0) {
        return format!("{} uses, none in the first or last three months", row.uses.iter().sum::<u32>());
    }
    let words = |uses: &[u32]| share_words(names, uses).unwrap_or("no use".to_owned());
    format!("{} → {} ({} uses in the year)", words(&row.first), words(&row.last), row.uses.iter().sum::<u32>())
}

/// The first part as CommonMark.
pub(super) fn relations_markdown(out: &mut String, review: &Review) -> std::fmt::Result {
    writeln!(out, "\n## {RELATIONS}\n")?;
    if review.movers.is_empty() {
        writeln!(out, "{STILL}\n")?;
    }
    for mover in &review.movers {
        writeln!(out, "- **{}** {}", escape(&mover.actor.label), escape(&mover.sentence))?;
    }
    writeln!(out, "\n*{}*\n", escape(TONE))?;
    for relation in &review.relations {
        writeln!(out, "- **{}** {}", escape(&relation.label), escape(&relation.sentence))?;
        if let Some(shifts) = shift_words(relation) {
            writeln!(out, "  - {}", escape(&shifts))?;
        }
        writeln!(out, "  - {}", escape(&course_words(relation)))?;
        for item in relation.shifts.iter().flat_map(|shift| &shift.evidence) {
            writeln!(out, "  - {} ({})", markdown_link(&item.title, item.url.as_deref()), escape(&item.outlet))?;
        }
    }
    Ok(())
}

/// The second part as CommonMark.
pub(super) fn threads_markdown(out: &mut String, review: &Review) -> std::fmt::Result {
    if !review.storylines.is_empty() {
        writeln!(out, "\n## {STORYLINES}\n")?;
    }
    for line in &review.storylines {
        writeln!(out, "- **{}** ({})", escape(&line.subject.label), escape(&peaks_words(line)))?;
        for peak in &line.peaks {
            let item = &peak.evidence;
            let title = markdown_link(&item.title, item.url.as_deref());
            writeln!(out, "  - {} {title} ({}, {} newsrooms)", peak.date, escape(&item.outlet), peak.newsrooms)?;
        }
        if line.peaks_omitted > 0 {
            writeln!(out, "  - and {} further peaks", line.peaks_omitted)?;
        }
    }
    if !review.naming.is_empty() {
        writeln!(out, "\n## {NAMING}\n")?;
    }
    for set in &review.naming {
        writeln!(out, "- **{}**: {}", escape(&set.names.join(" / ")), escape(&set.sentence))?;
        for row in &set.rows {
            writeln!(out, "  - {}: {}", row_words(row), escape(&ends(&set.names, row)))?;
        }
        if let Some(words) = rare_words(set) {
            writeln!(out, "  - {words}")?;
        }
    }
    Ok(())
}
