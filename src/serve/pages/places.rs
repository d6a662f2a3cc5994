//! Places: where the news is, on a map and as a table.

use std::collections::HashMap;

use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use super::search::tag_address;
use super::start;
use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::{Frame, page as framed};
use crate::serve::map::{MAP, Place, Spot};
use crate::serve::today::shown_day;
use crate::serve::visit::Visit;
use crate::store::StoreError;

/// The periods to choose from, in days.
const PERIODS: [(i64, &str); 4] = [(1, "Day"), (7, "7 days"), (30, "30 days"), (365, "12 months")];
/// Days unless others are chosen.
const DAYS: i64 = 7;
/// Most towns on the map and in the table.
const TOWNS_MAX: usize = 40;

/// Reports without copies by tag, in some days and in as many before them.
type Counts = HashMap<String, (u32, u32)>;

/// The page.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let Some(newest) = shown_day(visit.site, visit.reader)? else { return start::empty_store(visit) };
    let query = &visit.request.query;
    let last = match query.get("to") {
        None => newest,
        Some(text) => {
            text.parse::<Date>().map_err(|_| Fault::Bad(format!("to: `{text}` is not a day, such as 2026-01-31.")))?
        }
    };
    let word = query.get("days").unwrap_or_default();
    let days = if word.is_empty() { Some(DAYS) } else { word.parse().ok().filter(|days| (1..=3_660).contains(days)) };
    let days = days.ok_or_else(|| Fault::Bad(format!("days: `{word}` is not a number from 1 to 3660.")))?;
    let out_of_range = |error: jiff::Error| Fault::Bad(format!("These days are out of range: {error}."));
    let since = last.checked_sub(Span::new().days(days - 1)).map_err(out_of_range)?;
    let until = last.tomorrow().map_err(out_of_range)?;
    let counts = counts(visit, last, days)?;
    let spot = |place: &'static Place| {
        let (count, _) = *counts.get(&place.tag)?;
        let address = tag_address(&place.tag, since, until);
        (count > 0).then(|| Spot { place, name: visit.site.label(&place.tag), count, address })
    };
    let by_count = |places: &'static [Place]| {
        let mut spots: Vec<Spot<'_>> = places.iter().filter_map(spot).collect();
        spots.sort_by(|a, b| b.count.cmp(&a.count).then(a.name.cmp(b.name)));
        spots
    };
    let (regions, mut towns) = (by_count(&MAP.regions), by_count(&MAP.towns));
    towns.truncate(TOWNS_MAX);
    let words = match days {
        1 => last.strftime("%-d %B %Y").to_string(),
        _ => format!("{} to {}", since.strftime("%-d %B %Y"), last.strftime("%-d %B %Y")),
    };
    let content = html! {
        h1 { "Places" }
        p.lead { "Reports that name a place, copies left out, " (words) "." }
        nav.tabs aria-label="Periods" { @for (count, name) in PERIODS {
            a href={ "/places?days=" (count) "&to=" (last) } aria-current=[(count == days).then_some("page")] { (name) }
        } }
        form.search action="/places" method="get" aria-label="Days of the map" {
            div.field { label for="to" { "Last day" } input id="to" name="to" type="date" value=(last); }
            div.field { label for="days" { "Days" } input id="days" name="days" type="number" min="1" max="3660" value=(days); }
            button type="submit" { "Show" }
        }
        @if regions.is_empty() && towns.is_empty() {
            p { "No report of these days names a place of the map." }
        } @else {
            figure.map {
                (MAP.draw(&regions, &towns, &format!("Map of the Caucasus and its neighbours with reports by place, {words}; the tables have the same")))
                figcaption.meta {
                    "The larger a circle, the more reports (by the cube root; the tables have the numbers). What is named in a part counts for the whole. Dots are towns. "
                    "A broken circle is a territory whose status is disputed; no border is drawn for it, and none of those drawn is a judgement. "
                    "Outlines: Natural Earth. Towns: GeoNames (CC BY 4.0)."
                }
            }
            div.tables {
                (table("States and regions", &regions, &counts))
                (table("Towns", &towns, &counts))
            }
        }
    };
    let frame = Frame { title: "Places", place: "/places", is_wide: true, ..Frame::default() };
    Ok(Answer::page(framed(&frame, &content)))
}

fn counts(visit: &Visit<'_>, last: Date, days: i64) -> Result<Counts, StoreError> {
    // The store counts by days of UTC.
    let last = last.to_zoned(TimeZone::UTC).map_or(0, |day| day.timestamp().as_second().div_euclid(86_400));
    let first = last - days + 1;
    let mut counts = Counts::new();
    for (day, tag, count) in visit.reader.daily_originals(first - days, last)? {
        if !tag.starts_with("place:") && !tag.starts_with("city:") {
            continue;
        }
        let (now, before) = counts.entry(tag).or_default();
        *if day >= first { now } else { before } += count;
    }
    Ok(counts)
}

fn table(name: &str, spots: &[Spot<'_>], counts: &Counts) -> Markup {
    html! {
        @if !spots.is_empty() {
            div.scroll { table {
                caption.meta { (name) ", with the same number of days before" }
                thead { tr { th { "Place" } th.number { "Reports" } th.number { "Before" } } }
                tbody { @for spot in spots { tr {
                    th scope="row" { a href=(spot.address) { (spot.name) } }
                    td.number { (spot.count) }
                    td.number { (counts.get(&spot.place.tag).map_or(0, |(_, before)| *before)) }
                } } }
            } }
        }
    }
}
