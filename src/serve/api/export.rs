//! `/api/v1/items.jsonl` and `/api/v1/items.csv`: all items that a filter selects.

use super::parameters::{Conditions, known_names};
use super::schema::{self, Item};
use crate::app::item_table;
use crate::serve::answer::Fault;
use crate::serve::conditions::filter_of;
use crate::serve::request::Asked;
use crate::serve::site::Site;
use crate::serve::stream::{Begun, Piece, Pieces};
use crate::store::{ItemFilter, ItemPlace, ListedItem, Reader, StoreError};

/// Items of a piece.
const ITEMS: usize = 500;

/// How an item is written.
type Write = fn(ListedItem) -> Vec<u8>;

struct Export {
    filter: ItemFilter,
    after: Option<ItemPlace>,
    /// What comes before the first item.
    head: Vec<u8>,
    is_done: bool,
    write: Write,
}

impl Pieces for Export {
    fn next(&mut self, _: &Site, reader: &Reader) -> Result<Piece, StoreError> {
        if self.is_done {
            return Ok(Piece::End);
        }
        let page = reader.newest_items(&self.filter, self.after, ITEMS)?;
        self.after = page.next;
        self.is_done = page.next.is_none();
        let mut bytes = std::mem::take(&mut self.head);
        for item in page.items {
            bytes.extend((self.write)(item));
        }
        Ok(Piece::Some(bytes))
    }
}

fn begun(
    site: &Site,
    asked: &Asked,
    kind: &'static str,
    name: &'static str,
    head: Vec<u8>,
    write: Write,
) -> Result<Begun, Fault> {
    known_names(&asked.query, Conditions::NAMES)?;
    let export = Export { filter: filter_of(site, &asked.query)?, after: None, head, is_done: false, write };
    Ok(Begun { kind, file_name: Some(name), pieces: Box::new(export) })
}

/// All tagged items of a filter, newest first, one JSON object a line, each as in `/api/v1/items`.
#[utoipa::path(
    get, path = "/api/v1/items.jsonl", operation_id = "items_jsonl", tag = "items",
    params(Conditions),
    responses(
        (status = 200, description = "The items", content_type = "application/jsonl", body = String),
        (status = 400, description = "A parameter is wrong or unknown", body = schema::Fault),
        (status = 503, description = "Too many exports run", body = schema::Fault),
    )
)]
pub(super) fn jsonl(site: &Site, asked: &Asked) -> Result<Begun, Fault> {
    begun(site, asked, "application/jsonl", "items.jsonl", Vec::new(), |item| {
        // The values have only strings, numbers and lists, which serde_json cannot fail on.
        let mut line = serde_json::to_vec(&Item::from(item)).unwrap_or_default();
        line.push(b'\n');
        line
    })
}

/// All tagged items of a filter, newest first, as a table for a spreadsheet (RFC 4180), as `kazbek export` writes it.
#[utoipa::path(
    get, path = "/api/v1/items.csv", operation_id = "items_csv", tag = "items",
    params(Conditions),
    responses(
        (status = 200, description = "The table", content_type = "text/csv", body = String),
        (status = 400, description = "A parameter is wrong or unknown", body = schema::Fault),
        (status = 503, description = "Too many exports run", body = schema::Fault),
    )
)]
pub(super) fn csv(site: &Site, asked: &Asked) -> Result<Begun, Fault> {
    begun(site, asked, "text/csv; charset=utf-8; header=present", "items.csv", item_table::head(), item_table::row)
}
