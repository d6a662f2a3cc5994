//! The trend report of any days, alone or compared with earlier ones.

use jiff::Span;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{search, start};
use crate::render::{self, trends as rendered};
use crate::serve::answer::{Answer, Fault};
use crate::serve::layout::{Frame, computing, page as framed};
use crate::serve::reports::Days;
use crate::serve::request::encoded;
use crate::serve::today::shown_day;
use crate::serve::visit::Visit;
use crate::trends::{Pair, ReportPeriod};

/// Days of a report unless others are chosen.
const DAYS: i64 = 30;

/// Where the names of a report lead.
const LINKS: rendered::Links = rendered::Links { tag: tag_address, pair: pair_address };

fn tag_address(tag: &str, period: &ReportPeriod) -> String {
    search::tag_address(tag, period.since, period.until)
}

/// Returns the address of the page of a pair.
pub(super) fn pair_address(pair: &Pair) -> String {
    format!("/relations/{}/{}", encoded(pair.a()), encoded(pair.b()))
}

/// What a report is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Nothing,
    /// As many days before it.
    Before,
    /// The same days a year before.
    YearBefore,
}

impl Against {
    const ALL: [(Against, &'static str, &'static str); 3] = [
        (Against::Nothing, "", "nothing"),
        (Against::Before, "before", "the days before"),
        (Against::YearBefore, "year", "a year before"),
    ];

    fn days(self, (since, until): Days) -> Result<Option<Days>, jiff::Error> {
        Ok(match self {
            Against::Nothing => None,
            Against::Before => Some((since - (until - since), since)),
            Against::YearBefore => {
                let year = Span::new().years(1);
                Some((since.checked_sub(year)?, until.checked_sub(year)?))
            }
        })
    }
}

/// Reads a day of a field.
fn day(visit: &Visit<'_>, name: &str) -> Result<Option<Date>, Fault> {
    let read = |text: &str| {
        text.parse::<Date>().map_err(|_| Fault::Bad(format!("{name}: `{text}` is not a day, such as 2026-01-31.")))
    };
    visit.request.query.get(name).map(read).transpose()
}

/// Returns the days that were asked for: by `since` and `to`, both within the report, otherwise the last days.
pub(in crate::serve) fn asked(visit: &Visit<'_>, newest: Date) -> Result<Days, Fault> {
    let out_of_range = |error: jiff::Error| Fault::Bad(format!("These days are out of range: {error}."));
    let last = day(visit, "to")?.unwrap_or(newest);
    let until = last.tomorrow().map_err(out_of_range)?;
    let since = match day(visit, "since")? {
        Some(since) => since,
        None => until.checked_sub(Span::new().days(DAYS)).map_err(out_of_range)?,
    };
    if since >= until {
        return Err(Fault::Bad(format!("The report begins on {since}, after its last day, {last}.")));
    }
    if since > newest {
        return Err(Fault::Bad(format!("The report begins on {since}; the last day with news is {newest}.")));
    }
    Ok((since, until))
}

/// The page.
pub(in crate::serve) fn page(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let Some(newest) = shown_day(visit.site, visit.reader)? else { return start::empty_store(visit) };
    let days = asked(visit, newest)?;
    let word = visit.request.query.get("against").unwrap_or_default();
    let against = Against::ALL.iter().find(|(_, known, _)| *known == word);
    let (against, ..) =
        against.ok_or_else(|| Fault::Bad(format!("against: `{word}` is neither `before` nor `year`.")))?;
    let is_latest = !["since", "to", "against"].into_iter().any(|name| visit.request.query.get(name).is_some());
    let report = match is_latest {
        true => visit.site.reports.latest(visit.reader, days)?,
        false => visit.site.reports.get(visit.reader, days)?,
    };
    let Some(report) = report else { return Ok(computing("/trends")) };
    let days = (report.period.since, report.period.until);
    let mut document = rendered::document(&report, Some(&LINKS));
    let earlier = against.days(days).map_err(|error| Fault::Bad(format!("These days are out of range: {error}.")))?;
    if let Some(earlier) = earlier {
        let Some(earlier) = visit.site.reports.get(visit.reader, earlier)? else { return Ok(computing("/trends")) };
        document.sections.insert(0, rendered::comparison(&report, &earlier));
    }
    let content = html! {
        (choice(visit, days, *against, newest)?)
        (render::fragment(&document))
    };
    Ok(Answer::page(framed(&Frame { title: "Trends", place: "/trends", ..Frame::default() }, &content)))
}

/// The form in which days are chosen.
fn choice(visit: &Visit<'_>, (since, until): Days, against: Against, newest: Date) -> Result<Markup, Fault> {
    let last = until.yesterday().unwrap_or(until);
    let back = |days: i64| newest.checked_sub(Span::new().days(days - 1)).unwrap_or(newest);
    let mut tabs: Vec<(String, Date, Date)> = [("30 days", 30), ("90 days", 90), ("12 months", 365)]
        .map(|(name, days)| (name.to_owned(), back(days), newest))
        .into();
    if let Some((oldest, _)) = visit.reader.time_span()? {
        let oldest = oldest.to_zoned(visit.site.config.time_zone.clone()).date();
        // The years before the clock was right, if there are any, are no years of news.
        for year in (oldest.year().max(newest.year() - 4)..=newest.year()).rev() {
            let first = Date::new(year, 1, 1).unwrap_or(oldest);
            tabs.push((year.to_string(), first, Date::new(year, 12, 31).unwrap_or(newest).min(newest)));
        }
    }
    Ok(html! {
        nav.tabs aria-label="Periods" { @for (name, from, to) in &tabs {
            a href={ "/trends?since=" (from) "&to=" (to) } aria-current=[((*from, *to) == (since, last)).then_some("page")] { (name) }
        } }
        form.search action="/trends" method="get" aria-label="Days of the report" {
            div.field { label for="since" { "From" } input id="since" name="since" type="date" value=(since); }
            div.field { label for="to" { "To" } input id="to" name="to" type="date" value=(last); }
            div.field {
                label for="against" { "Compared with" }
                select id="against" name="against" { @for (one, word, name) in Against::ALL {
                    option value=(word) selected[one == against] { (name) }
                } }
            }
            button type="submit" { "Show" }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_before_are_as_many_and_end_where_the_report_begins() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let check = |against: Against, expected: Option<(&str, &str)>| {
            let days = (day("2026-03-01"), day("2026-03-31"));
            let expected = expected.map(|(since, until)| (day(since), day(until)));
            assert_eq!(against.days(days).unwrap(), expected);
        };
        check(Against::Nothing, None);
        check(Against::Before, Some(("2026-01-30", "2026-03-01")));
        check(Against::YearBefore, Some(("2025-03-01", "2025-03-31")));
    }
}
