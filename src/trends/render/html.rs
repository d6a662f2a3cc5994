//! The report as a page.

use maud::{Markup, html};

use super::page::{foreign, last_day, link, long_date, page};
use super::text::{change, percent, with_gaps};
use super::{page, svg};
use crate::trends::report::TrendReport;
use crate::trends::turning::TurningPoint;

pub(super) fn render(report: &TrendReport) -> String {
    let period = &report.period;
    let title = format!("Trends, {} to {}", long_date(period.since), long_date(last_day(period)));
    let panel = &report.panel;
    let body = html! {
        header {
            p.kicker { "Trends" }
            h1 { (long_date(period.since)) " – " (long_date(page::last_day(period))) }
            p.lead { (panel.items) " items, " (panel.originals) " of them originals, from " (panel.outlets) " outlets" }
        }
        main {
            @for note in &report.notes { p.note { (note) } }
            h2 id="turning-points" { "Turning points" }
            @if report.turning_points.is_empty() { p { "None found in this period." } }
            ol.stories { @for point in &report.turning_points { li { (turning_point(point)) } } }
            h2 id="series" { "Series by tag" }
            (series(report))
        }
        footer {
            p { "Days are those of " (period.time_zone) ". A grey band is a gap: nothing was monitored then. Shares are over all items monitored in the period." }
        }
    };
    page(&title, "Trend report with the items behind each figure", &body)
}

fn turning_point(point: &TurningPoint) -> Markup {
    html! {
        p.meta { time datetime=(point.date) { (long_date(point.date)) } }
        h3 { (point.title) }
        p.meta { (point.items) " items, " (point.newsrooms) " newsrooms" }
        ul.plain {
            @for item in &point.evidence {
                li { (link(&foreign(&item.title, None), item.url.as_deref())) " " span.meta { (foreign(&item.outlet, None)) } }
            }
        }
    }
}

fn series(report: &TrendReport) -> Markup {
    if report.series.is_empty() {
        return html! { p { "No tagged item in this period." } };
    }
    html! {
        table {
            thead { tr { th { "Tag" } th { "Course" } th.number { "Items" } th.number.wide { "Share" } th.number { "Change" } } }
            tbody {
                @for series in &report.series {
                    tr {
                        td { (series.label) }
                        td { (svg::bars(&with_gaps(series, &report.days), 220, 28, &format!("{}: {} items in {} days", series.label, series.items, series.days.len()))) }
                        td.number { (series.items) }
                        td.number.wide { (percent(series.share)) }
                        td.number { (change(series)) }
                    }
                }
            }
        }
    }
}
