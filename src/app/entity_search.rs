//! Search by words and by what they name: `Pashinyan` finds Пашиняна and Փաշինյանը, since the lexicon knows who that is.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::lexicon::Lexicon;
use crate::model::{Namespace, Tag};
use crate::store::{ItemFilter, Reader, SearchHit, StoreError, query_parts};

/// How many combinations of what the names of one query may mean are looked for.
const MEANINGS_MAX: usize = 4;

/// What a search found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The names in the query, as typed, with the tag that each was taken for.
    pub(crate) names: Vec<(String, Tag)>,
    /// The items: first those with the tags of the names, then others that have the words.
    pub(crate) hits: Vec<SearchHit>,
}

/// What the names of a query mean, and the words beside them.
#[derive(Debug, PartialEq, Eq)]
struct Meaning {
    names: Vec<(String, Tag)>,
    other_words: String,
}

/// Searches for a query: the items with the tags of the names of persons, organisations, projects and events in it and with its other words; then, up to `limit`,
/// those that only have the words as typed. Without other words the newest come first. A quoted word or phrase is
/// only a word, and so is everything in a query with `OR`. Without a query the newest items are found that the filter
/// selects.
///
/// # Errors
/// [`StoreError::BadQuery`] if the query has no word or too many.
pub(crate) fn search(
    store: &Reader,
    lexicon: &Lexicon,
    query: Option<&str>,
    filter: &ItemFilter,
    limit: usize,
) -> Result<Found, StoreError> {
    let Some(query) = query else {
        return Ok(Found { names: Vec::new(), hits: store.newest(filter, limit)? });
    };
    let mut found = Found { names: Vec::new(), hits: Vec::new() };
    let mut ids = HashSet::new();
    for meaning in meanings(lexicon, query) {
        let mut filter = filter.clone();
        filter.tags.extend(meaning.names.iter().map(|(_, tag)| tag.clone()));
        let hits = match meaning.other_words.contains(char::is_alphanumeric) {
            true => store.search(&meaning.other_words, &filter, limit)?,
            false => store.newest(&filter, limit)?,
        };
        found.hits.extend(hits.into_iter().filter(|hit| ids.insert(hit.id)));
        found.names.extend(meaning.names);
    }
    found.names.dedup();
    if found.hits.len() < limit {
        let hits = store.search(query, filter, limit)?;
        found.hits.extend(hits.into_iter().filter(|hit| ids.insert(hit.id)));
    }
    found.hits.truncate(limit);
    Ok(found)
}

/// Within how many days before the newest possible item it is searched, one after the other, until enough is found.
const SPANS_DAYS: [i64; 4] = [1, 7, 30, 365];

/// How many of the best items of such a span are put in order of date.
const BEST: usize = 500;

/// Searches like [`search`] and returns the ids of the newest items that it finds, newest first, of the last year before
/// the filter ends. What many items have in one day is found among the best of them.
///
/// # Errors
/// As [`search`].
pub(crate) fn newest(
    store: &Reader,
    lexicon: &Lexicon,
    query: &str,
    filter: &ItemFilter,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    let Some((_, newest)) = store.time_span()? else { return Ok(Vec::new()) };
    let end = filter.until.map_or(newest, |until| until.min(newest));
    let mut hits = Vec::new();
    for days in SPANS_DAYS {
        let since = end.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
        let filter = ItemFilter { since: Some(filter.since.map_or(since, |own| own.max(since))), ..filter.clone() };
        hits = search(store, lexicon, Some(query), &filter, BEST)?.hits;
        if hits.len() >= limit {
            break;
        }
    }
    hits.sort_by_key(|hit| std::cmp::Reverse((hit.at, hit.id)));
    Ok(hits.into_iter().take(limit).map(|hit| hit.id).collect())
}

/// Returns what the names of a query may mean, one meaning for each choice of tags; none if it has no name.
fn meanings(lexicon: &Lexicon, query: &str) -> Vec<Meaning> {
    if query.split_whitespace().any(|word| word == "OR") {
        return Vec::new();
    }
    // Who writes capitals writes them in names: in `Putin on both sides`, `both` is none. Who writes none may mean one.
    let has_capitals = query.contains(char::is_uppercase);
    let mut meanings = vec![Meaning { names: Vec::new(), other_words: String::new() }];
    for (part, is_quoted) in query_parts(query) {
        let mut at = 0;
        let names = if is_quoted { Vec::new() } else { lexicon.search_names(part) };
        for mut name in names {
            // A place has the tag of all that belongs to it: whoever searches for a country does not mean every item
            // that names one of its ministers.
            name.tags.retain(|tag| !matches!(tag.namespace(), Some(Namespace::Place | Namespace::City)));
            if name.tags.is_empty() {
                continue;
            }
            let typed = part.get(name.range.clone()).unwrap_or_default();
            let is_prefix = part.get(name.range.end..).is_some_and(|after| after.starts_with('*'));
            if is_prefix || name.is_doubtful && has_capitals && !typed.starts_with(char::is_uppercase) {
                continue;
            }
            let before = part.get(at..name.range.start).unwrap_or_default();
            at = name.range.end;
            meanings = meanings
                .iter()
                .flat_map(|meaning| {
                    name.tags.iter().map(|tag| {
                        let mut names = meaning.names.clone();
                        names.push((typed.to_owned(), tag.clone()));
                        Meaning { names, other_words: format!("{}{before} ", meaning.other_words) }
                    })
                })
                .take(MEANINGS_MAX)
                .collect();
        }
        let after = part.get(at..).unwrap_or_default();
        for meaning in &mut meanings {
            meaning.other_words.push_str(&if is_quoted { format!("\"{after}\"") } else { after.to_owned() });
        }
    }
    meanings.retain(|meaning| !meaning.names.is_empty());
    meanings
}

#[cfg(test)]
mod tests {
    use super::meanings;
    use crate::lexicon::Lexicon;

    #[test]
    fn names_in_a_query_are_told_from_its_other_words() {
        let lexicon = Lexicon::built_in().unwrap();
        let check = |query: &str, expected: &[(&[&str], &str)]| {
            let found = meanings(&lexicon, query);
            let found: Vec<(Vec<&str>, String)> = found
                .iter()
                .map(|meaning| {
                    let tags = meaning.names.iter().map(|(_, tag)| tag.as_str()).collect();
                    (tags, meaning.other_words.split_whitespace().collect::<Vec<_>>().join(" "))
                })
                .collect();
            let expected: Vec<(Vec<&str>, String)> =
                expected.iter().map(|(tags, words)| (tags.to_vec(), (*words).to_owned())).collect();
            assert_eq!(found, expected, "{query}");
        };
        check("bread", &[]);
        check("Pashinyan", &[(&["person:pashinyan"], "")]);
        check("Пашиняна", &[(&["person:pashinyan"], "")]);
        check("pashinyan парламент", &[(&["person:pashinyan"], "парламент")]);
        check("визит Пашиняна в Тбилиси", &[(&["person:pashinyan"], "визит в Тбилиси")]);
        check("\"Пашинян\"", &[]);
        check("\"сказал Пашинян\" Путин", &[(&["person:putin"], "\"сказал Пашинян\"")]);
        check("Pashinyan OR Aliyev", &[]);
        check("Pashin*", &[]);
        check("Georgia road", &[]);
    }
}
