//! The layout of the lexicon's files, for `kazbek lexicon fmt`. Keeps every comment, and every value as it is spelled.
//!
//! Entities are sorted by kind and id, tables of one entity are merged, keys are sorted, and lines are wrapped at
//! [`WIDTH`] columns. `docs/lexicon.md`, section 11.

mod syntax;

use super::schema::{FileTables, LexiconFile};
use crate::model::Diagnostic;
use syntax::{Comments, Document, Item, Pair, Table, Value};

/// The most columns of a line. Only a string that is too long by itself exceeds them.
const WIDTH: usize = 120;
const INDENT: usize = 4;

/// The keys of an entity in their order. Keys such as `names.en` are then sorted by language.
const ENTITY_KEYS: [&str; 17] = [
    "id",
    "kind",
    "extend",
    "label",
    "parents",
    "wikidata",
    "tag",
    "actor",
    "office",
    "since",
    "until",
    "note",
    "rule",
    "rules",
    "names",
    "people",
    "adjectives",
];
/// The kinds of entities in their order.
const KINDS: [&str; 6] = ["place", "city", "person", "organisation", "project", "event"];

/// Returns the text of a file in the layout. Formatting it again changes nothing, and it compiles to the same lexicon.
///
/// # Errors
/// Returns the first error of a file that is not TOML of a lexicon, or that has two tables of one entity which
/// contradict each other.
pub fn format(file: &LexiconFile) -> Result<String, Diagnostic> {
    let error_at =
        |offset: usize, message: String| Diagnostic { line: file.line_at(offset), file: file.name.clone(), message };
    toml::from_str::<FileTables>(&file.text)
        .map_err(|error| error_at(error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    let mut document = Document::read(&file.text);
    document.tables = arranged(document.tables).map_err(|(at, message)| error_at(at, message))?;
    let mut out = String::new();
    put_comments(&mut out, &document.head);
    for table in &document.tables {
        put_table(&mut out, table);
    }
    if !document.tail.is_empty() && !out.is_empty() {
        out.push('\n');
    }
    put_comments(&mut out, &document.tail);
    Ok(out)
}

/// Returns all other tables in their order, then the entities, sorted, one table each.
fn arranged(tables: Vec<Table<'_>>) -> Result<Vec<Table<'_>>, (usize, String)> {
    let mut out = Vec::new();
    let mut entities: Vec<Table<'_>> = Vec::new();
    for table in tables {
        match (table.name.strip_prefix("entity."), entities.last_mut()) {
            // `[entity.names]` is another way to write `names.` before each of its keys.
            (Some(list), Some(entity)) => add_list(entity, list, table.pairs, table.comments),
            _ if table.name == "entity" => entities.push(table),
            _ => out.push(table),
        }
    }
    entities.iter_mut().for_each(normalise);
    // A stable sort, so that a table comes after the one to which it adds.
    entities.sort_by_cached_key(|entity| {
        let kind = entity.unquoted("kind");
        (KINDS.iter().position(|known| *known == kind).unwrap_or(KINDS.len()), entity.unquoted("id").to_owned())
    });
    let mut merged: Vec<Table<'_>> = Vec::new();
    for entity in entities {
        match merged.last_mut() {
            Some(last) if last.unquoted("id") == entity.unquoted("id") && last.extends() == entity.extends() => {
                merge(last, entity)?;
            }
            _ => merged.push(entity),
        }
    }
    merged.iter_mut().for_each(|entity| entity.pairs.sort_by_cached_key(|pair| key_rank(&pair.key)));
    out.extend(merged);
    Ok(out)
}

fn key_rank(key: &str) -> (usize, String) {
    let (first, rest) = key.split_once('.').unwrap_or((key, ""));
    (ENTITY_KEYS.iter().position(|known| *known == first).unwrap_or(ENTITY_KEYS.len()), rest.to_owned())
}

impl Table<'_> {
    /// Returns a string without its quotation marks; empty if the key is missing.
    fn unquoted(&self, key: &str) -> &str {
        match self.pairs.iter().find(|pair| pair.key == key).map(|pair| &pair.value) {
            Some(Value::Scalar(text)) => text.trim_matches(['"', '\'']),
            _ => "",
        }
    }

    fn extends(&self) -> bool {
        self.unquoted("extend") == "true"
    }
}

/// Turns `names = { en = […] }` into `names.en = […]`, and removes repeated forms.
fn normalise(entity: &mut Table<'_>) {
    let pairs = std::mem::take(&mut entity.pairs);
    for pair in pairs {
        match pair.value {
            Value::Table(inner) => {
                let mut comments = pair.comments;
                comments.extend(pair.comment);
                add_list(entity, &pair.key, inner, comments);
            }
            _ => entity.pairs.push(pair),
        }
    }
    for pair in &mut entity.pairs {
        if let Value::Array(items) = &mut pair.value {
            let items_before = std::mem::take(items);
            add_items(items, items_before);
        }
    }
}

fn add_list<'a>(entity: &mut Table<'a>, list: &str, pairs: Vec<Pair<'a>>, mut comments: Comments<'a>) {
    comments.retain(|line| !line.is_empty());
    for mut pair in pairs {
        pair.key = format!("{list}.{}", pair.key);
        pair.comments.splice(0..0, comments.drain(..));
        entity.pairs.push(pair);
    }
}

/// Adds a second table of an entity to the first.
fn merge<'a>(entity: &mut Table<'a>, other: Table<'a>) -> Result<(), (usize, String)> {
    entity.comments.extend(other.comments);
    entity.comments.extend(other.comment);
    for pair in other.pairs {
        let Some(known) = entity.pairs.iter_mut().find(|known| known.key == pair.key) else {
            entity.pairs.push(pair);
            continue;
        };
        known.comments.extend(pair.comments);
        known.comments.extend(pair.comment);
        match (&mut known.value, pair.value) {
            (Value::Array(items), Value::Array(more)) => add_items(items, more),
            (Value::Scalar(one), Value::Scalar(two)) if *one == two => {}
            _ => {
                let (id, key) = (entity.unquoted("id").to_owned(), pair.key);
                let message = format!(
                    "this table of the entity `{id}` has another `{key}` than the one before; keep one of the two"
                );
                return Err((other.at, message));
            }
        }
    }
    Ok(())
}

/// Adds elements. A repeated one adds only its comments.
fn add_items<'a>(items: &mut Vec<Item<'a>>, more: Vec<Item<'a>>) {
    for mut item in more {
        let spelled = item.value.as_ref().map(on_one_line);
        match items.iter_mut().find(|known| spelled.is_some() && known.value.as_ref().map(on_one_line) == spelled) {
            Some(known) => {
                known.comments.append(&mut item.comments);
                known.comments.extend(item.comment);
            }
            None => items.push(item),
        }
    }
}

fn put_comments(out: &mut String, comments: &[&str]) {
    for line in comments {
        out.push_str(line);
        out.push('\n');
    }
}

fn put_table(out: &mut String, table: &Table<'_>) {
    if !out.is_empty() {
        out.push('\n');
    }
    put_comments(out, &table.comments);
    match (table.name.as_str(), table.is_array) {
        ("", _) => {}
        (name, true) => put(out, format_args!("[[{name}]]")),
        (name, false) => put(out, format_args!("[{name}]")),
    }
    if !table.name.is_empty() {
        end_line(out, table.comment);
    }
    for pair in &table.pairs {
        pair.comments.iter().filter(|line| !line.is_empty()).for_each(|line| put(out, format_args!("{line}\n")));
        put(out, format_args!("{} = ", pair.key));
        // The names of an entity are read and changed one by one; other lists are mere words.
        let layout = if table.name == "entity" { Layout::Lines } else { Layout::Filled };
        put_value(out, &pair.value, 0, layout, comment_width(pair.comment));
        end_line(out, pair.comment);
    }
}

/// How an array that does not fit on its line is wrapped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// One element a line.
    Lines,
    /// As many elements a line as fit.
    Filled,
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.push_str(&text.to_string());
}

fn end_line(out: &mut String, comment: Option<&str>) {
    if let Some(comment) = comment {
        put(out, format_args!("  {comment}"));
    }
    out.push('\n');
}

fn comment_width(comment: Option<&str>) -> usize {
    comment.map_or(0, |comment| 2 + comment.chars().count())
}

/// Returns the width of the last line.
fn column(out: &str) -> usize {
    out.rsplit('\n').next().unwrap_or_default().chars().count()
}

/// Appends a value to the last line; `after` is the width of what follows it there.
fn put_value(out: &mut String, value: &Value<'_>, indent: usize, layout: Layout, after: usize) {
    let line = on_one_line(value);
    if !has_comments(value) && column(out) + line.chars().count() + after <= WIDTH {
        out.push_str(&line);
        return;
    }
    match value {
        Value::Scalar(_) => out.push_str(&line),
        Value::Array(items) => put_array(out, items, indent, layout),
        Value::Table(pairs) => {
            out.push('{');
            for (n, pair) in pairs.iter().enumerate() {
                let is_last = n + 1 == pairs.len();
                put(out, format_args!(" {} = ", pair.key));
                put_value(out, &pair.value, indent, Layout::Filled, if is_last { 2 } else { 1 });
                if !is_last {
                    out.push(',');
                }
            }
            out.push_str(" }");
        }
    }
}

fn put_array(out: &mut String, items: &[Item<'_>], indent: usize, layout: Layout) {
    let inner = indent + INDENT;
    let is_word = |item: &Item<'_>| matches!(item.value, Some(Value::Scalar(_))) && !item_has_comments(item);
    let filled = layout == Layout::Filled && items.iter().all(is_word);
    out.push_str("[\n");
    for item in items {
        item.comments.iter().for_each(|line| put(out, format_args!("{:inner$}{line}\n", "")));
        let Some(value) = &item.value else { continue };
        let goes_on = filled && column(out) > 0 && column(out) + 1 + on_one_line(value).chars().count() < WIDTH;
        if goes_on {
            out.push(' ');
        } else {
            if filled && column(out) > 0 {
                out.push('\n');
            }
            put(out, format_args!("{:inner$}", ""));
        }
        put_value(out, value, inner, layout, 1 + comment_width(item.comment));
        out.push(',');
        if !filled {
            end_line(out, item.comment);
        }
    }
    if column(out) > 0 {
        out.push('\n');
    }
    put(out, format_args!("{:indent$}]", ""));
}

fn item_has_comments(item: &Item<'_>) -> bool {
    !item.comments.is_empty() || item.comment.is_some() || item.value.as_ref().is_some_and(has_comments)
}

fn has_comments(value: &Value<'_>) -> bool {
    match value {
        Value::Scalar(_) => false,
        Value::Array(items) => items.iter().any(item_has_comments),
        Value::Table(pairs) => pairs.iter().any(|pair| has_comments(&pair.value)),
    }
}

fn on_one_line(value: &Value<'_>) -> String {
    match value {
        Value::Scalar(text) => (*text).to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().filter_map(|item| item.value.as_ref()).map(on_one_line).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(pairs) if pairs.is_empty() => "{}".to_owned(),
        Value::Table(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|pair| format!("{} = {}", pair.key, on_one_line(&pair.value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}
