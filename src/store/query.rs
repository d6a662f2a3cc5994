//! Search queries as people type them, translated to the query language of FTS5.

use super::error::StoreError;
use crate::text::fold::SEARCH_SPELLINGS;

/// Words of one query; one with more is a pasted text and no search.
const WORDS_MAX: usize = 64;

/// Spellings of one word that are searched for.
const SPELLINGS_MAX: usize = 12;

/// Translates a query. An item must have every word; "a phrase", `begin*` and `OR` are kept, and whatever has no letter
/// and no digit is ignored.
pub(super) fn match_expression(query: &str) -> Result<String, StoreError> {
    let mut alternatives: Vec<Vec<String>> = vec![Vec::new()];
    let mut words = 0;
    let is_quote = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    for (index, part) in query.split(is_quote).enumerate() {
        let is_phrase = index % 2 == 1;
        let terms: Vec<&str> = if is_phrase { vec![part.trim()] } else { part.split_whitespace().collect() };
        for term in terms {
            if term == "OR" && !is_phrase {
                alternatives.push(Vec::new());
            } else if term.contains(char::is_alphanumeric) {
                words += 1;
                alternatives.last_mut().into_iter().for_each(|group| group.push(one_of_spellings(term)));
            }
        }
    }
    if words > WORDS_MAX {
        return Err(StoreError::BadQuery(format!("it has {words} words; the limit is {WORDS_MAX}")));
    }
    alternatives.retain(|group| !group.is_empty());
    if alternatives.is_empty() {
        return Err(StoreError::BadQuery("it contains no word; give at least one letter or digit".to_owned()));
    }
    Ok(alternatives.iter().map(|group| group.join(" AND ")).collect::<Vec<_>>().join(" OR "))
}

/// A word or phrase in each of its spellings.
fn one_of_spellings(term: &str) -> String {
    let (text, star) = match term.strip_suffix('*') {
        Some(start) if start.ends_with(char::is_alphanumeric) => (start, " *"),
        _ => (term, ""),
    };
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let quoted: Vec<String> = spellings(&text).iter().map(|text| format!("\"{text}\"{star}")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        _ => format!("({})", quoted.join(" OR ")),
    }
}

/// The spellings of a text, its own first.
fn spellings(text: &str) -> Vec<String> {
    let mut found = vec![text.to_owned()];
    let lower = text.to_lowercase();
    for (own, plain) in SEARCH_SPELLINGS {
        for from in found.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>() {
            let mut add = |spelling: String| {
                if spelling != lower && !found.contains(&spelling) && found.len() < SPELLINGS_MAX {
                    found.push(spelling);
                }
            };
            add(from.replace(own, plain));
            add(from.replace(plain, own));
            // As a rule a word has one such letter, and it may be any of them.
            for (at, _) in from.match_indices(plain).take(6) {
                if let (Some(before), Some(after)) = (from.get(..at), from.get(at + plain.len()..)) {
                    add(format!("{before}{own}{after}"));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{match_expression, spellings};

    #[test]
    fn a_query_as_typed_is_translated_to_fts5() {
        let check = |typed: &str, expected: &str| assert_eq!(match_expression(typed).unwrap(), expected, "{typed}");
        check("Laçın Путин", "(\"Laçın\" OR \"laçin\") AND \"Путин\"");
        check("\"Upp3r Lars\" qu", "\"Upp3r Lars\" AND \"qu\"");
        check("«На суд» x", "\"На суд\" AND \"x\"");
        check("Арм*", "\"Арм\" *");
        check("\"col Арм*\"", "\"col Арм\" *");
        check("Baku OR Lars", "\"Baku\" OR \"Lars\"");
        check("OR Baku OR OR Lars OR", "\"Baku\" OR \"Lars\"");
        check("AND NOT (x) - & C++ ^a a:b", "\"AND\" AND \"NOT\" AND \"(x)\" AND \"C++\" AND \"^a\" AND \"a:b\"");
        check("\"unclosd phras", "\"unclosd phras\"");
        check("a\u{0}b", "\"a b\"");
    }

    #[test]
    fn a_query_without_a_word_or_with_too_many_is_refused() {
        for typed in ["", "  ", "\"\"", "* - \"(\" OR", "«»", &"x ".repeat(65)] {
            assert!(match_expression(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_word_is_searched_for_in_each_of_its_spellings() {
        let check = |typed: &str, other: &str| {
            let found = spellings(typed);
            assert!(found.len() <= super::SPELLINGS_MAX && found.contains(&other.to_owned()), "{typed}: {found:?}");
        };
        check("Baki", "bakı");
        check("Bakı", "baki");
        check("Азёры", "азеры");
        check("Королев", "королёв");
        check("Azerbaycan", "azərbaycan");
        check("Aliyev", "aliyəv");
        check("Երեւան", "երևան");
        check("Երևան", "երեւան");
        check("كيف", "کيف");
    }
}
