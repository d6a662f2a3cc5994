//! The fields of a request that narrow a list of items.

use jiff::Timestamp;
use jiff::civil::Date;

use super::answer::Fault;
use super::request::Fields;
use super::site::Site;
use super::visit::Visit;
use crate::config::Config;
use crate::model::{PressBloc, Tag};
use crate::store::ItemFilter;

/// The fields that say what is searched for.
pub(super) const FIELDS: &[&str] = &["q", "since", "until", "tag", "outlet", "bloc", "language", "pair"];

/// Reads a day, or an instant, of a field.
fn instant(config: &Config, query: &Fields, name: &str) -> Result<Option<Timestamp>, String> {
    let Some(text) = query.get(name) else { return Ok(None) };
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(Some(instant));
    }
    let zone = config.time_zone.clone();
    let day = text.parse::<Date>().ok().and_then(|day| day.to_zoned(zone).ok());
    let wrong = || format!("{name}: `{text}` is neither a day (2026-01-31) nor an instant (2026-01-31T12:00:00Z).");
    day.map(|day| Some(day.timestamp())).ok_or_else(wrong)
}

/// Reads what narrows a list of items: `since`, `until`, `tag` (which may be repeated), `outlet`, `bloc`, `language` and
/// `pair`.
pub(super) fn filter(visit: &Visit<'_>) -> Result<ItemFilter, Fault> {
    filter_of(visit.site, &visit.request.query)
}

/// Reads the same from the fields of a query.
pub(super) fn filter_of(site: &Site, query: &Fields) -> Result<ItemFilter, Fault> {
    conditions(&site.config, query).map_err(Fault::Bad)
}

/// Reads the same; the error says which field is wrong.
pub(super) fn conditions(config: &Config, query: &Fields) -> Result<ItemFilter, String> {
    let bloc = query.get("bloc").map(|word| word.parse::<PressBloc>().map_err(|error| format!("bloc: {error}.")));
    let pair = query.get("pair").map(|word| {
        let pair = config.lexicon.pair(word, &['~', '-', ',', ':', '–']);
        pair.map(|(a, b)| (a.to_owned(), b.to_owned())).map_err(|error| format!("pair: {error}."))
    });
    Ok(ItemFilter {
        since: instant(config, query, "since")?,
        until: instant(config, query, "until")?,
        tags: query.all("tag").map(Tag::from).collect(),
        outlet: query.get("outlet").map(str::to_owned),
        bloc: bloc.transpose()?,
        language: query.get("language").map(str::to_lowercase),
        pair: pair.transpose()?,
    })
}
