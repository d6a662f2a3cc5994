//! Search queries as people type them, translated to the query language of FTS5, and the folding of queries and index.

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::error::StoreError;
use crate::text::fold;
use crate::text::script::Script;

/// Words of one query; one with more is a pasted text and no search.
const WORDS_MAX: usize = 64;

/// A query as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    /// An item must have all terms of one of these.
    alternatives: Vec<Vec<Term>>,
}

/// A word or a phrase of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Folded, as the index is.
    text: String,
    /// Whether the last word need only begin like this.
    pub(super) is_prefix: bool,
}

impl Term {
    fn new(typed: &str) -> Term {
        let (text, is_prefix) = match typed.strip_suffix('*') {
            Some(start) if start.ends_with(char::is_alphanumeric) => (start, true),
            _ => (typed, false),
        };
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        Term { text: fold::for_search(&text), is_prefix }
    }

    /// Returns the term in the language of FTS5. A word in Arabic letters also finds its Persian plural, which is
    /// written with a zero-width non-joiner, so that the ending looks like a word of its own.
    fn expression(&self) -> String {
        let Term { text, is_prefix } = self;
        let is_word = text.chars().all(|letter| Script::of(letter) == Script::Arabic);
        match (is_prefix, is_word) {
            (true, _) => format!("\"{text}\" *"),
            (false, true) => format!("(\"{text}\" OR \"{text}ها\" OR \"{text}های\")"),
            (false, false) => format!("\"{text}\""),
        }
    }

    /// Returns the words of the term, in their order.
    pub(super) fn words(&self) -> Vec<&str> {
        self.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
    }
}

/// Splits a query at its quotation marks; every part says whether it is between two of them, so that it is a phrase.
pub(crate) fn query_parts(query: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_quote = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    query.split(is_quote).enumerate().map(|(index, part)| (part, index % 2 == 1))
}

impl Query {
    /// Reads a query. An item must have every word; "a phrase", `begin*` and `OR` are kept, and whatever has no letter
    /// and no digit is ignored.
    ///
    /// # Errors
    /// [`StoreError::BadQuery`] if it has no word or too many.
    pub(super) fn parse(query: &str) -> Result<Query, StoreError> {
        let mut alternatives: Vec<Vec<Term>> = vec![Vec::new()];
        let mut words = 0;
        for (part, is_phrase) in query_parts(query) {
            let terms: Vec<&str> = if is_phrase { vec![part.trim()] } else { part.split_whitespace().collect() };
            for typed in terms {
                if typed == "OR" && !is_phrase {
                    alternatives.push(Vec::new());
                    continue;
                }
                let term = Term::new(typed);
                if !term.words().is_empty() {
                    words += 1;
                    alternatives.last_mut().into_iter().for_each(|group| group.push(term.clone()));
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
        Ok(Query { alternatives })
    }

    /// Returns the query in the language of FTS5.
    pub(super) fn expression(&self) -> String {
        let group = |terms: &Vec<Term>| terms.iter().map(Term::expression).collect::<Vec<_>>().join(" AND ");
        self.alternatives.iter().map(group).collect::<Vec<_>>().join(" OR ")
    }

    /// Returns what a snippet marks: the terms of a query, if any, and phrases as they are in the text.
    pub(super) fn with_phrases<'p>(query: Option<&Query>, phrases: impl Iterator<Item = &'p str>) -> Query {
        let phrases = phrases.map(Term::new).filter(|term| !term.words().is_empty()).collect();
        Query {
            alternatives: query.into_iter().flat_map(|query| query.alternatives.clone()).chain([phrases]).collect(),
        }
    }

    /// Returns all terms.
    pub(super) fn terms(&self) -> impl Iterator<Item = &Term> {
        self.alternatives.iter().flatten()
    }
}

/// Adds the SQL function `folded` to a connection: the words of a text as the index has them.
pub(super) fn add_function(connection: &Connection) -> Result<(), StoreError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("folded", 1, flags, |context| {
        let text = context.get_raw(0);
        Ok(text.as_bytes_or_null()?.map(|bytes| fold::for_search(&String::from_utf8_lossy(bytes))))
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    fn a_query_as_typed_is_translated_to_fts5() {
        let check = |typed: &str, expected: &str| {
            assert_eq!(Query::parse(typed).unwrap().expression(), expected, "{typed}");
        };
        check("Laçın Путин", "\"lacin\" AND \"путин\"");
        check("\"Upp3r Lars\" qu", "\"upp3r lars\" AND \"qu\"");
        check("«На суд» x", "\"на суд\" AND \"x\"");
        check("Арм*", "\"арм\" *");
        check("روس", "(\"روس\" OR \"روسها\" OR \"روسهای\")");
        check("Гpузия", "\"грузия\"");
        check("\"col Арм*\"", "\"col арм\" *");
        check("Baku OR Lars", "\"baku\" OR \"lars\"");
        check("OR Baku OR OR Lars OR", "\"baku\" OR \"lars\"");
        check("AND NOT (x) - & C++ ^a a:b", "\"and\" AND \"not\" AND \"(x)\" AND \"c++\" AND \"^a\" AND \"a:b\"");
        check("\"unclosd phras", "\"unclosd phras\"");
        check("a\u{0}b", "\"a b\"");
        check("Baku \u{AD}\u{200B} \u{301}", "\"baku\"");
    }

    #[test]
    fn a_query_without_a_word_or_with_too_many_is_refused() {
        for typed in ["", "  ", "\"\"", "* - \"(\" OR", "«»", "\u{AD}", "\u{2BC}", &"x ".repeat(65)] {
            assert!(Query::parse(typed).is_err(), "{typed}");
        }
    }
}
