//! Items as a table for a spreadsheet, which `import` reads again.

use crate::store::ListedItem;
use crate::text::spreadsheet::csv_row;

/// Returns the names of the columns, with the end of the line.
pub(crate) fn head() -> Vec<u8> {
    let names = [
        "id",
        "url",
        "title",
        "summary",
        "published",
        "first_seen",
        "outlet",
        "bloc",
        "language",
        "scope",
        "score",
        "tags",
        "duplicate_of",
        "story",
    ];
    csv_row(names.map(str::to_owned))
}

/// Returns an item as a line of the table.
pub(crate) fn row(item: ListedItem) -> Vec<u8> {
    let text = |value: Option<String>| value.unwrap_or_default();
    let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
    csv_row([
        item.id.to_string(),
        text(item.url),
        item.title,
        item.summary,
        text(item.published.map(|time| time.to_string())),
        item.first_seen.to_string(),
        item.outlet,
        text(item.bloc),
        text(item.language),
        text(item.scope),
        item.score.to_string(),
        item.tags.join(" "),
        number(item.duplicate_of),
        number(item.story),
    ])
}
