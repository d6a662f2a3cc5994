//! Answers that go on: what is long is sent piece by piece, and what is yet to come when it comes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, Request};
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use hyper::body::Frame;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tracing::warn;

use super::answer::{Fault, respond};
use super::layout::explained;
use super::request::Asked;
use super::site::Site;
use super::visit::asked;
use crate::store::{Reader, StoreError};

/// Pieces that may wait for a client; the next one is made when one is taken.
const PIECES: usize = 2;

/// What is sent next.
pub(super) enum Piece {
    /// Something, and more may follow at once.
    Some(Vec<u8>),
    /// Nothing or little now, and more after a pause.
    Later(Vec<u8>, Duration),
    /// Nothing more.
    End,
}

/// Makes the pieces of an answer.
pub(super) trait Pieces: Send + 'static {
    /// Returns the next piece. Reads the store for a moment only, so that a slow client keeps no old version of it.
    ///
    /// # Errors
    /// Fails if the store cannot be read; the answer ends there.
    fn next(&mut self, site: &Site, reader: &Reader) -> Result<Piece, StoreError>;
}

/// How an answer begins.
pub(super) struct Begun {
    pub(super) kind: &'static str,
    /// The name under which a browser keeps it; `None` if it is not to be kept.
    pub(super) file_name: Option<&'static str>,
    pub(super) pieces: Box<dyn Pieces>,
}

/// Checks a request, and begins the answer to it.
pub(super) type Begin = fn(&Site, &Asked) -> Result<Begun, Fault>;

/// Routes GET to an answer in pieces.
pub(super) fn stream(begin: Begin) -> MethodRouter<Arc<Site>> {
    routing::get(move |State(site): State<Arc<Site>>, named: RawPathParams, request: Request<Body>| async move {
        let (asked, read, _) = asked(&named, request).await;
        let begun = read.and_then(|()| begin(&site, &asked));
        match answer(&site, begun).await {
            Ok(response) => response,
            Err(fault) => respond(explained(&fault, &asked), None),
        }
    })
}

/// Begins an answer once its first piece is there, so that a fault is said with its status.
async fn answer(site: &Arc<Site>, begun: Result<Begun, Fault>) -> Result<Response, Fault> {
    let Begun { kind, file_name, pieces } = begun?;
    let place = Arc::clone(&site.streams).try_acquire_owned().map_err(|_| Fault::Busy)?;
    let first = next(site, pieces).await?;
    let (sender, receiver) = mpsc::channel(PIECES);
    tokio::spawn(send(Arc::clone(site), first, sender, place));
    let mut response = Response::new(Body::new(Taken(receiver)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(name) = file_name
        && let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""))
    {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// A piece, and what makes those after it.
type Made = (Piece, Box<dyn Pieces>);

/// Makes a piece on a thread where it may block.
async fn next(site: &Arc<Site>, mut pieces: Box<dyn Pieces>) -> Result<Made, StoreError> {
    let site = Arc::clone(site);
    let work = move || site.readers.read(|reader| pieces.next(&site, reader)).map(|piece| (piece, pieces));
    let made = tokio::task::spawn_blocking(work).await;
    made.unwrap_or_else(|error| Err(StoreError::Other(error.to_string())))
}

/// Sends one piece after another, until the client is gone or there is no more.
async fn send(
    site: Arc<Site>,
    first: Made,
    sender: mpsc::Sender<Result<Bytes, BrokenOff>>,
    place: OwnedSemaphorePermit,
) {
    let (mut piece, mut pieces) = first;
    loop {
        let (bytes, pause) = match piece {
            Piece::Some(bytes) => (bytes, None),
            Piece::Later(bytes, pause) => (bytes, Some(pause)),
            Piece::End => break,
        };
        if !bytes.is_empty() && sender.send(Ok(bytes.into())).await.is_err() {
            break;
        }
        if let Some(pause) = pause {
            tokio::select! {
                () = sender.closed() => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
        (piece, pieces) = match next(&site, pieces).await {
            Ok(made) => made,
            Err(error) => {
                // The client sees that the answer breaks off, since the last chunk is missing.
                warn!(%error, "an answer was broken off");
                sender.send(Err(BrokenOff)).await.unwrap_or_default();
                break;
            }
        };
    }
    drop(place);
}

/// The answer could not be finished.
#[derive(Debug, thiserror::Error)]
#[error("the answer was broken off")]
struct BrokenOff;

/// The pieces as the body of an answer.
struct Taken(mpsc::Receiver<Result<Bytes, BrokenOff>>);

impl hyper::body::Body for Taken {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|bytes| bytes.map(|bytes| bytes.map(Frame::data)))
    }
}
