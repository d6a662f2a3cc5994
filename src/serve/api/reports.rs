//! `/api/v1/trends` and `/api/v1/relations`: what changed, and who is close to whom.

use super::parameters::{check_names, up_to};
use super::report_schema::{Relation, RelationOfPair, Relations, Trends};
use super::schema;
use crate::serve::answer::{Answer, Fault};
use crate::serve::pages::{relations, trends};
use crate::serve::reports::Days;
use crate::serve::today::shown_day;
use crate::serve::visit::Visit;
use crate::trends::{Pair, TrendReport};

fn empty() -> Fault {
    Fault::NotFound("there is no report yet: no item is stored".to_owned())
}

fn report(visit: &Visit<'_>, days: Days) -> Result<std::sync::Arc<TrendReport>, Fault> {
    visit.site.reports.get(visit.reader, days)?.ok_or(Fault::Busy)
}

/// What changed in some days: turning points, storylines, rival names, silences, with the items that show them.
///
/// One report is computed at a time; a request that comes meanwhile gets 503.
#[utoipa::path(
    get, path = "/api/v1/trends", operation_id = "trends", tag = "trends",
    params(
        ("since" = Option<String>, Query, description = "The first day; thirty days before the last unless given"),
        ("to" = Option<String>, Query, description = "The last day; the last with news unless given"),
        ("evidence" = Option<usize>, Query, maximum = 1000, description = "Items for each statement at most; 100 unless given"),
    ),
    responses(
        (status = 200, description = "The report", body = Trends),
        (status = 400, description = "A parameter is wrong or unknown, or the days have too many items", body = schema::Fault),
        (status = 404, description = "Nothing is stored", body = schema::Fault),
        (status = 503, description = "Another report is computed", body = schema::Fault),
    )
)]
pub(super) fn trends(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &["since", "to", "evidence"])?;
    let evidence = up_to(visit, "evidence", 0)?;
    let newest = shown_day(visit.site, visit.reader)?.ok_or_else(empty)?;
    let report = report(visit, trends::asked(visit, newest)?)?;
    Ok(Answer::json(&Trends::of(&report, evidence)))
}

/// The tone between all pairs of actors over the last year: now, a quarter and a year ago.
#[utoipa::path(
    get, path = "/api/v1/relations", operation_id = "relations", tag = "trends",
    responses(
        (status = 200, description = "The relations, those with most stories of the region first", body = Relations),
        (status = 400, description = "There are parameters", body = schema::Fault),
        (status = 404, description = "Nothing is stored", body = schema::Fault),
        (status = 503, description = "Another report is computed", body = schema::Fault),
    )
)]
pub(super) fn relations(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &[])?;
    let days = relations::year(visit)?.ok_or_else(empty)?;
    let report = report(visit, days)?;
    let relations = report.relations.iter().map(Relation::from).collect();
    Ok(Answer::json(&Relations { since: days.0.to_string(), until: days.1.to_string(), relations }))
}

/// The tone between two actors, by week over the last year, and the turning points between them.
#[utoipa::path(
    get, path = "/api/v1/relations/{a}/{b}", operation_id = "relation", tag = "trends",
    params(
        ("a" = String, Path, description = "The id of an actor, such as `armenia`"),
        ("b" = String, Path, description = "The id of the other"),
        ("evidence" = Option<usize>, Query, maximum = 1000, description = "Items for each turning point at most; 100 unless given"),
    ),
    responses(
        (status = 200, description = "The relation", body = RelationOfPair),
        (status = 400, description = "A parameter is wrong or unknown", body = schema::Fault),
        (status = 404, description = "No story of the last year says what they did to each other", body = schema::Fault),
        (status = 503, description = "Another report is computed", body = schema::Fault),
    )
)]
pub(super) fn relation(visit: &Visit<'_>) -> Result<Answer, Fault> {
    check_names(visit, &["evidence"])?;
    let evidence = up_to(visit, "evidence", 0)?;
    let (a, b) = (visit.request.part("a"), visit.request.part("b"));
    let none = || Fault::NotFound(format!("no story of the last year says what {a} and {b} did to each other"));
    let pair = Pair::new(a, b).ok_or_else(none)?;
    let report = report(visit, relations::year(visit)?.ok_or_else(empty)?)?;
    let found = report.relations.iter().find(|relation| relation.pair == pair).ok_or_else(none)?;
    Ok(Answer::json(&RelationOfPair::of(found, &report, evidence)))
}
