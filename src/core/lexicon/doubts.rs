//! What may be wrong with a lexicon although it compiles: names that are words of a language, offices that have ended,
//! files that nobody has checked for long. For `kazbek lexicon lint`.

use std::collections::{BTreeSet, HashSet};

use super::entity::FormKind;
use super::schema::{EntityTable, FileTables, LexiconFile};
use crate::model::Diagnostic;

/// After how many days a file should be checked again.
const MAX_AGE_DAYS: i64 = 365;

/// Returns what is doubtful on a day, sorted by file and line. `words` are words in small letters that are no names of
/// the lexicon's subject: common words, given names, surnames. Files that do not parse are left out.
pub fn doubts(files: &[LexiconFile], today: jiff::civil::Date, words: &HashSet<String>) -> Vec<Diagnostic> {
    let parsed: Vec<(&LexiconFile, FileTables)> =
        files.iter().filter_map(|file| Some((file, toml::from_str(&file.text).ok()?))).collect();
    let mut out = Vec::new();
    for (file, tables) in &parsed {
        let mut say = |offset: usize, message: String| {
            out.push(Diagnostic { file: file.name.clone(), line: file.line_at(offset), message });
        };
        if let Some(checked) = &tables.checked
            && checked.get_ref().parse::<jiff::civil::Date>().is_ok_and(|day| days_between(day, today) > MAX_AGE_DAYS)
        {
            let message = format!(
                "the file was last checked on {}; check names and offices again, then set `checked`",
                checked.get_ref()
            );
            say(checked.span().start, message);
        }
        for entity in &tables.entity {
            let table = entity.get_ref();
            if let Some(until) = table.until.as_ref().filter(|until| has_passed(until.get_ref(), today)) {
                let office = table.office.as_deref().unwrap_or("the office");
                let label = table.label.as_deref().unwrap_or(&table.id);
                let message = format!(
                    "{label}: {office} ended in {}; name the successor, and say whether the surname alone still means \
                     this one",
                    until.get_ref()
                );
                say(until.span().start, message);
            }
            for (offset, form, language) in names_without_rule(&parsed, table) {
                if words.contains(&form.to_lowercase()) {
                    let message = format!(
                        "`{form}` ({language}) is also in the word list; give the name of `{}` a rule, or `rule = \"\"` \
                         on the form",
                        table.id
                    );
                    say(offset, message);
                }
            }
        }
    }
    out.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    out
}

fn days_between(from: jiff::civil::Date, to: jiff::civil::Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Whether a year, month or day is over.
fn has_passed(date: &str, today: jiff::civil::Date) -> bool {
    today.to_string().get(..date.len()).is_some_and(|today| date < today)
}

/// Returns the names of one word of an entity that no rule guards: their place in the file, the word, the language.
fn names_without_rule<'a>(
    files: &[(&LexiconFile, FileTables)],
    table: &'a EntityTable,
) -> Vec<(usize, &'a str, &'a str)> {
    let defaults: BTreeSet<&str> = files
        .iter()
        .flat_map(|(_, tables)| &tables.default_rules)
        .filter(|rule| table.kind.is_some_and(|kind| rule.get_ref().kinds.contains(&kind)))
        .flat_map(|rule| rule.get_ref().languages.iter().map(String::as_str))
        .collect();
    let mut out = Vec::new();
    for (language, forms) in table.forms(FormKind::Name) {
        let guarded =
            table.rule.is_some() || table.rules.contains_key(language) || defaults.contains(language.as_str());
        for form in forms.iter().filter(|form| !guarded && form.get_ref().rule.is_none()) {
            let word = form.get_ref().form.split('~').next().unwrap_or_default();
            if !word.is_empty() && word.chars().all(char::is_alphanumeric) {
                out.push((form.span().start, word, language.as_str()));
            }
        }
    }
    out
}
