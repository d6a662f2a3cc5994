//! The report as a page.

use maud::{Markup, html};

use super::page::{foreign, last_day, link, long_date, page};
use super::svg;
use super::text::{change, percent, with_gaps};
use crate::trends::Storyline;
use crate::trends::TagSeries;
use crate::trends::{Direction, TurningKind, TurningPoint};
use crate::trends::{EvidenceItem, TrendReport};
use crate::trends::{Level, RelationView};
use crate::trends::{NameMonth, NamingView};

pub(super) fn render(report: &TrendReport) -> String {
    let period = &report.period;
    let title = format!("Trends, {} to {}", long_date(period.since), long_date(last_day(period)));
    let panel = &report.panel;
    let body = html! {
        header {
            p.kicker { "Trends" }
            h1 { (long_date(period.since)) " – " (long_date(last_day(period))) }
            p.lead { (panel.items) " items, " (panel.originals) " of them texts of their own, from " (panel.outlets) " outlets" }
        }
        nav.contents aria-label="Sections" {
            a href="#turning-points" { "Turning points " span.count { (report.turning_points.len()) } } " "
            @if !report.relations.is_empty() { a href="#relations" { "Relations " span.count { (report.relations.len()) } } " " }
            @if !report.naming.is_empty() { a href="#naming" { "Naming" } " " }
            @if !report.storylines.is_empty() { a href="#storylines" { "Storylines" } " " }
            @if !report.coverage.is_empty() { a href="#coverage" { "Coverage" } " " }
            @if !report.emerging.is_empty() { a href="#emerging" { "New words" } " " }
            a href="#series" { "Series " span.count { (report.series.len()) } }
        }
        main {
            @for note in &report.notes { p.note { (note) } }
            section { (monitored(report)) }
            section { (turning_points(report)) }
            @if !report.relations.is_empty() { section { (relations(report)) } }
            @if !report.naming.is_empty() { section { (naming(report)) } }
            @if !report.storylines.is_empty() { section { (storylines(report)) } }
            @if !report.coverage.is_empty() { section { (coverage(report)) } }
            @if !report.emerging.is_empty() { section { (emerging(report)) } }
            section { (series(report)) }
        }
        footer {
            h2 { "How to read this" }
            p { "Days are those of " (period.time_zone) ". A grey band is a gap: nothing was monitored then. Shares are over all items monitored in the period." }
            p { "A turning point is more than the past of the same outlets lets expect, in texts of their own from at least two newsrooms; copies of one text count once. The tone of a relation goes from −10 (attack) to +10 (alliance); the band is its 95 % confidence interval, and a week without a story is left blank." }
        }
    };
    page(&title, "Trend report with the items behind each figure", &body)
}

fn monitored(report: &TrendReport) -> Markup {
    let values: Vec<Option<f64>> = report.days.iter().map(|day| (!day.gap).then(|| f64::from(day.items))).collect();
    let most = report.days.iter().map(|day| day.items).max().unwrap_or(0);
    html! {
        @if !report.days.is_empty() {
            h2 id="monitored" { "What was monitored" }
            figure {
                (svg::bars(&values, &[], (720, 90), &format!("Items a day, at most {most}; {} days without any", report.panel.gap_days)))
                figcaption.meta { "Items a day from " (long_date(report.period.since)) " to " (long_date(last_day(&report.period))) ", at most " (most) @if report.panel.gap_days > 0 { "; " (report.panel.gap_days) " days are gaps" } }
            }
        }
    }
}

fn turning_points(report: &TrendReport) -> Markup {
    html! {
        h2 id="turning-points" { "Turning points" }
        @if report.turning_points.is_empty() { p { "None found in this period." } }
        ol.stories { @for (place, point) in report.turning_points.iter().enumerate() { li id=(format!("point-{place}")) { (turning_point(point)) } } }
        @if !report.expected.is_empty() {
            details {
                summary { (report.expected.len()) " peaks that were to be expected (days of remembrance, sport)" }
                ul { @for point in &report.expected { li { (long_date(point.date)) ": " (point.title) } } }
            }
        }
    }
}

/// What sort of change, in words.
pub(crate) fn kind_word(kind: TurningKind) -> &'static str {
    match kind {
        TurningKind::Burst => "Burst",
        TurningKind::RelationShift => "Relation",
        TurningKind::NamingShift => "Naming",
        TurningKind::NewName => "New name",
        TurningKind::StorylineStart => "Storyline",
        TurningKind::Silence => "Silence",
    }
}

fn turning_point(point: &TurningPoint) -> Markup {
    html! {
        p.meta {
            time datetime=(point.date) { (long_date(point.date)) } " "
            span.chip { (kind_word(point.kind)) }
            @match point.direction {
                Some(Direction::Positive) => { span.chip.up { "▲ warmer" } }
                Some(Direction::Negative) => { span.chip.down { "▼ colder" } }
                None => {}
            }
        }
        h3 { (point.title) }
        (evidence(&point.evidence))
    }
}

fn evidence(items: &[EvidenceItem]) -> Markup {
    html! {
        ul.evidence {
            @for item in items {
                li {
                    (link(&foreign(&item.title, item.language.as_deref()), item.url.as_deref())) " "
                    span.meta { (foreign(&item.outlet, None)) @if let Some(bloc) = item.bloc { " (" (bloc) ")" } }
                }
            }
        }
    }
}

fn relations(report: &TrendReport) -> Markup {
    // One scale for all rows, so that they can be compared; a week of a single story may reach beyond it and is cut.
    let busy = report
        .relations
        .iter()
        .flat_map(|relation| &relation.weeks)
        .filter_map(|week| week.level)
        .filter(|level| level.stories >= 3);
    let reach = busy.map(|level| level.index.abs()).fold(4.0, f64::max).ceil().min(10.0);
    html! {
        h2 id="relations" { "Relations" }
        p.meta { "Tone of the stories between two actors by week, here from −" (reach) " to +" (reach) "; the dashed line is zero, an upright mark a change; it leads to the items behind it. Now is the last four weeks." }
        div.scroll { table {
            thead { tr { th { "Pair" } th { "Course" } th.number { "Now" } th.number.wide { "Quarter ago" } th.number.wide { "Year ago" } th.number.wide { "Stories" } } }
            tbody { @for relation in &report.relations { (relation_row(relation, report, reach)) } }
        } }
    }
}

fn relation_row(relation: &RelationView, report: &TrendReport, reach: f64) -> Markup {
    let mark = |date: &jiff::civil::Date| {
        let place = relation.weeks.iter().rposition(|week| week.week <= *date)?;
        let told = report.turning_points.iter().position(|point| {
            point.date == *date
                && point.pair.as_ref() == Some(&relation.pair)
                && point.kind == TurningKind::RelationShift
        });
        Some(svg::Mark {
            place,
            href: told.map(|told| format!("#point-{told}")),
            title: format!("{}: {}", long_date(*date), told.map_or("", |told| &report.turning_points[told].title)),
        })
    };
    let shifts: Vec<svg::Mark> = relation.shifts.iter().filter_map(mark).collect();
    let words = |level: &Level| format!("{:+.1} (from {:+.1} to {:+.1})", level.index, level.low, level.high);
    let label = format!(
        "{}: {} stories, now {}; changes: {}",
        relation.label,
        relation.stories,
        relation.now.as_ref().map_or("not known".to_owned(), words),
        if relation.shifts.is_empty() {
            "none".to_owned()
        } else {
            relation.shifts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        }
    );
    html! {
        tr {
            td { (relation.label) }
            td.chart { (svg::index(&relation.weeks, &shifts, reach, (240, 44), &label)) }
            td.number { (level(relation.now)) }
            td.number.wide { (level(relation.quarter_ago)) }
            td.number.wide { (level(relation.year_ago)) }
            td.number.wide { (relation.stories) }
        }
    }
}

fn level(level: Option<Level>) -> Markup {
    match level {
        None => html! { span.meta { "–" } },
        Some(level) => {
            // A sign is shown in colour only where the interval leaves zero out.
            let sure = if level.low > 0.0 {
                "up"
            } else if level.high < 0.0 {
                "down"
            } else {
                ""
            };
            html! { span class=(sure) title=(format!("from {:+.1} to {:+.1}, {} stories", level.low, level.high, level.stories)) { (format!("{:+.1}", level.index)) } }
        }
    }
}

/// Fewer months than these show no course.
const COURSE_MONTHS: usize = 3;

fn naming(report: &TrendReport) -> Markup {
    let alone = |set: &&NamingView| set.sides.len() < 2;
    let uncontested: Vec<String> = report
        .naming
        .iter()
        .filter(alone)
        .filter_map(|set| Some(format!("{} ({})", set.labels.first()?, set.uses.first()?)))
        .collect();
    html! {
        h2 id="naming" { "Naming" }
        p.meta { "Which of rival names is used, by the vantage of the press; beside it month by month." }
        @for set in report.naming.iter().filter(|set| !alone(set)) { (naming_set(set)) }
        @if !uncontested.is_empty() { p.meta { "No rival name was used beside " (uncontested.join(", ")) "." } }
    }
}

fn naming_set(set: &NamingView) -> Markup {
    let mut blocs: Vec<_> = set.by_bloc.iter().map(|share| share.bloc).collect();
    blocs.dedup();
    let share = |bloc, side: &str| set.by_bloc.iter().find(|share| share.bloc == bloc && share.side == side);
    let row = |bloc| {
        let parts: Vec<(String, f64)> = set
            .sides
            .iter()
            .zip(&set.labels)
            .map(|(side, label)| (label.clone(), share(bloc, side).map_or(0.0, |share| share.share)))
            .collect();
        let month = |month: usize| -> Vec<u32> {
            let uses = |side: &String| share(bloc, side).and_then(|share| share.months.get(month).copied());
            set.sides.iter().map(|side| uses(side).unwrap_or_default()).collect()
        };
        let uses: u32 = set.by_bloc.iter().filter(|share| share.bloc == bloc).map(|share| share.uses).sum();
        (parts, (0..set.months.len()).map(month).collect::<Vec<_>>(), uses)
    };
    html! {
        h3.legend { @for (place, (label, uses)) in set.labels.iter().zip(&set.uses).enumerate() {
            span.side { span class=(format!("key s{}", place % 4)) {} (label) " " span.meta { (uses) } } " "
        } }
        table {
            tbody {
                @for bloc in blocs {
                    @let (parts, months, uses) = row(bloc);
                    @let words = parts.iter().map(|(label, share)| format!("{label} {}", percent(*share))).collect::<Vec<_>>().join(", ");
                    tr {
                        td { @match bloc { Some(bloc) => (bloc), None => "no vantage given" } }
                        td.chart.half { (svg::shares(&parts, 120, &words)) }
                        @if months.len() >= COURSE_MONTHS { td.chart.half { (svg::share_columns(&months, (120, 14), &by_month(set, &months))) } }
                        td.number { (uses) }
                    }
                }
            }
        }
    }
}

/// The course of names in words, for those who do not see it.
fn by_month(set: &NamingView, months: &[Vec<u32>]) -> String {
    let month = |(month, uses): (&NameMonth, &Vec<u32>)| {
        let uses: Vec<String> = set
            .labels
            .iter()
            .zip(uses)
            .filter(|(_, uses)| **uses > 0)
            .map(|(label, uses)| format!("{label} {uses}"))
            .collect();
        (!uses.is_empty()).then(|| format!("{}: {}", month.month.strftime("%B %Y"), uses.join(", ")))
    };
    set.months.iter().zip(months).filter_map(month).collect::<Vec<_>>().join("; ")
}

fn storylines(report: &TrendReport) -> Markup {
    html! {
        h2 id="storylines" { "Storylines" }
        p.meta { "A person, organisation or project that came out of silence and back for weeks." }
        @for line in &report.storylines {
            h3.legend { (line.label) " " span.meta { (line.peaks.len()) " peaks, " (line.items) " items, " (line.newsrooms) " newsrooms with a text of their own" } }
            figure { (svg::bars(&timeline(line, report), &[], (720, 40), &format!("Items of {} by day", line.label))) }
            ul.plain.thread {
                @for peak in &line.peaks {
                    li {
                        time.meta datetime=(peak.date) { (long_date(peak.date)) } " "
                        @if let Some(item) = peak.evidence.first() {
                            (link(&foreign(&item.title, item.language.as_deref()), item.url.as_deref())) " "
                            span.meta { (foreign(&item.outlet, None)) @if peak.newsrooms > 1 { " and " (peak.newsrooms - 1) " more" } }
                        }
                    }
                }
            }
        }
    }
}

/// Items of a storyline's peaks on the days of the report, each peak on its first day.
fn timeline(line: &Storyline, report: &TrendReport) -> Vec<Option<f64>> {
    let on = |date| line.peaks.iter().filter(|peak| peak.date == date).map(|peak| f64::from(peak.items)).sum();
    report.days.iter().map(|day| (!day.gap).then(|| on(day.date))).collect()
}

fn coverage(report: &TrendReport) -> Markup {
    html! {
        h2 id="coverage" { "Coverage" }
        p.meta { "The most widely carried stories: which vantage came when, in hours after the first report, and which is silent though it usually carries such stories." }
        ol.stories {
            @for story in &report.coverage {
                li {
                    h3 { (link(&foreign(&story.first.title, story.first.language.as_deref()), story.first.url.as_deref())) }
                    p.meta {
                        (story.newsrooms) " newsrooms, first " (foreign(&story.first.outlet, None))
                        @if let Some(at) = story.at { ", " time datetime=(at) { (at.strftime("%-d %B %Y")) } }
                    }
                    p {
                        @for bloc in &story.blocs {
                            span.chip title=(bloc.first.title) { (bloc.bloc) " +" (format!("{:.0}", bloc.lag_hours)) " h" @if bloc.newsrooms > 1 { " ×" (bloc.newsrooms) } } " "
                        }
                        @for bloc in &story.silent { span.chip.down { (bloc) ": silent" } " " }
                    }
                }
            }
        }
    }
}

fn emerging(report: &TrendReport) -> Markup {
    html! {
        h2 id="emerging" { "New words" }
        p.meta { "Words that no title had for sixty days, in texts of at least three newsrooms within a fortnight." }
        table {
            thead { tr { th { "Word" } th { "Since" } th.number { "Newsrooms" } th.wide { "For example" } } }
            tbody {
                @for word in &report.emerging {
                    tr {
                        td { strong { (foreign(&word.word, None)) } }
                        td { time datetime=(word.born) { (word.born) } }
                        td.number { (word.newsrooms) }
                        td.wide { @if let Some(item) = word.evidence.first() { (link(&foreign(&item.title, item.language.as_deref()), item.url.as_deref())) } }
                    }
                }
            }
        }
    }
}

fn series(report: &TrendReport) -> Markup {
    html! {
        h2 id="series" { "Series by tag" }
        @if report.series.is_empty() {
            p { "No tagged item in this period." }
        } @else {
            p.meta { "Items a day; a triangle marks a turning point of the tag and leads to it and its items." }
            table {
                thead { tr { th { "Tag" } th { "Course" } th.number { "Items" } th.number.wide { "Share" } th.number.wide { "Newsrooms" } th.number { "Change" } } }
                tbody { @for series in &report.series { (series_row(series, report)) } }
            }
        }
    }
}

fn series_row(series: &TagSeries, report: &TrendReport) -> Markup {
    let marks: Vec<svg::Mark> = report
        .turning_points
        .iter()
        .enumerate()
        .filter(|(_, point)| point.tags.iter().take(4).any(|tag| *tag == series.tag))
        .filter_map(|(told, point)| {
            Some(svg::Mark {
                place: report.days.iter().position(|day| day.date == point.date)?,
                href: Some(format!("#point-{told}")),
                title: format!("{}: {}", long_date(point.date), point.title),
            })
        })
        .collect();
    let label = format!(
        "{}: {} items in {} days, {} turning points",
        series.label,
        series.items,
        series.days.len(),
        marks.len()
    );
    html! {
        tr {
            td { (series.label) }
            td.chart { (svg::bars(&with_gaps(series, &report.days), &marks, (240, 36), &label)) }
            td.number { (series.items) }
            td.number.wide { (percent(series.share)) }
            td.number.wide { (series.newsrooms) }
            td.number { (change(series)) }
        }
    }
}
