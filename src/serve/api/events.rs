//! `/api/v1/events`: what comes in, as server-sent events (HTML, section 9.2).

use std::time::{Duration, Instant};

use super::parameters::known_names;
use super::schema::{self, Item};
use crate::serve::answer::Fault;
use crate::serve::request::Asked;
use crate::serve::site::Site;
use crate::serve::stream::{Begun, Piece, Pieces};
use crate::store::{Reader, StoreError};

/// How often the store is asked.
const PAUSE: Duration = Duration::from_secs(2);
/// After so long without an event a comment is sent, so that proxies keep the connection.
const QUIET: Duration = Duration::from_secs(15);
/// Items of a piece.
const ITEMS: usize = 200;

struct Events {
    /// The last item that was sent; `None` before the first look.
    last: Option<i64>,
    spoken: Instant,
}

impl Pieces for Events {
    fn next(&mut self, _: &Site, reader: &Reader) -> Result<Piece, StoreError> {
        let Some(last) = self.last else {
            self.last = Some(reader.last_item_id()?);
            return Ok(Piece::Later(b": kazbek\nretry: 5000\n\n".to_vec(), PAUSE));
        };
        let (items, looked_at) = reader.tagged_after(last, ITEMS)?;
        self.last = Some(looked_at);
        let mut bytes = Vec::new();
        let is_full = items.len() == ITEMS;
        for item in items {
            // The item that opens a story has its number.
            let name = if item.story.is_none_or(|story| story == item.id) { "story" } else { "item" };
            let id = item.id;
            let data = serde_json::to_string(&Item::from(item)).unwrap_or_default();
            bytes.extend(format!("id: {id}\nevent: {name}\ndata: {data}\n\n").into_bytes());
        }
        if !bytes.is_empty() {
            self.spoken = Instant::now();
        } else if self.spoken.elapsed() > QUIET {
            self.spoken = Instant::now();
            bytes.extend_from_slice(b":\n\n");
        }
        Ok(if is_full { Piece::Some(bytes) } else { Piece::Later(bytes, PAUSE) })
    }
}

/// New tagged items as server-sent events: `story` for one that opens a story, `item` for one that joins one; the data
/// is the item as in `/api/v1/items`. Begins after the last item, or after the one that `Last-Event-ID` names.
#[utoipa::path(
    get, path = "/api/v1/events", operation_id = "events", tag = "items",
    params(("Last-Event-ID" = Option<i64>, Header, description = "The id of the last event that was received")),
    responses(
        (status = 200, description = "The events, until the client closes the connection", content_type = "text/event-stream", body = String),
        (status = 400, description = "There are parameters", body = schema::Fault),
        (status = 503, description = "Too many clients listen", body = schema::Fault),
    )
)]
pub(super) fn stream(_: &Site, asked: &Asked) -> Result<Begun, Fault> {
    known_names(&asked.query, &[])?;
    let wrong = || Fault::Bad("Last-Event-ID must be the id of an event".to_owned());
    let last = match asked.headers.get("last-event-id") {
        None => None,
        Some(value) => Some(value.to_str().ok().and_then(|text| text.parse().ok()).ok_or_else(wrong)?),
    };
    Ok(Begun { kind: "text/event-stream", file_name: None, pieces: Box::new(Events { last, spoken: Instant::now() }) })
}
