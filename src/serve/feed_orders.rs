//! What readers ask of the daemon on the page of feeds: to add one or a list, to poll it now, to switch it on or off, to remove it.
//!
//! The daemon does it, reached through its socket like commands are; without one, the forms are not shown.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::CONTENT_DISPOSITION;
use maud::{Markup, html};

use super::answer::{Answer, Fault, Keep};
use super::layout::{Frame, page as framed};
use super::visit::Visit;
use crate::app::discovery::{self, Addition, DiscoveryError};
use crate::app::feed_list::{self, FeedChange};
use crate::app::orders::{Connection, Order, OrderError, socket_path};
use crate::feed::opml;
use crate::store::{FeedRow, FeedState};
use crate::text::sanitize::without_passwords;

/// How long a page waits for the daemon, which goes on after that.
const PATIENCE: Duration = Duration::from_secs(20);

/// Letters of an address or a name.
const TEXT_MAX: usize = 2_000;

/// Returns whether a daemon is there for orders.
fn has_daemon(visit: &Visit<'_>) -> bool {
    socket_path(visit.site.readers.folder()).exists()
}

/// The form that adds a feed, if there is a daemon.
pub(super) fn add_form(visit: &Visit<'_>) -> Markup {
    html! {
        @if has_daemon(visit) {
            details { summary { "Add a feed" }
                form.search action="/feeds" method="post" {
                    input type="hidden" name="action" value="add";
                    div.field.words { label for="add-url" { "Its address, or that of a page that links to it" }
                        input id="add-url" type="url" name="url" required maxlength=(TEXT_MAX) placeholder="https://"; }
                    div.field { label for="add-outlet" { "Outlet, if the title of the feed does not say" }
                        input id="add-outlet" type="text" name="outlet" maxlength=(TEXT_MAX); }
                    button type="submit" { "Add" }
                }
                form.search action="/feeds" method="post" {
                    input type="hidden" name="action" value="import";
                    div.field.words { label for="import-list" { "Or the list of another reader (OPML), up to 60 kB; `kazbek feeds import` takes longer ones" }
                        textarea id="import-list" name="list" rows="4" required spellcheck="false" placeholder="<opml>…</opml>" {} }
                    button type="submit" { "Add all" }
                }
            }
        }
    }
}

/// The buttons for one feed, if there is a daemon.
pub(super) fn buttons(visit: &Visit<'_>, row: &FeedRow) -> Markup {
    let button = |action: &str, label: &str| {
        html! {
            form action="/feeds" method="post" {
                input type="hidden" name="feed" value=(row.id);
                input type="hidden" name="action" value=(action);
                button type="submit" { (label) }
            }
        }
    };
    html! {
        @if has_daemon(visit) {
            div.row {
                @match row.state {
                    FeedState::On => { (button("poll", "Check now")) (button("disable", "Stop polling")) (button("remove", "Remove")) }
                    FeedState::Off | FeedState::Removed | FeedState::Unlisted => { (button("enable", "Poll again")) }
                }
            }
        }
    }
}

/// Has the daemon do what a form asks.
pub(super) fn change(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let form = &visit.request.form;
    let action = form.get("action").unwrap_or_default();
    match action {
        "add" => return add(visit),
        "import" => return import(visit),
        _ => {}
    }
    let id: Option<i64> = form.get("feed").and_then(|text| text.parse().ok());
    let rows = visit.reader.feeds()?;
    let row = rows.iter().find(|row| Some(row.id) == id);
    let id = row.ok_or_else(|| Fault::NotFound("There is no such feed.".to_owned()))?.id;
    let set = |state| Order::ChangeFeeds { changes: vec![FeedChange::SetState { id, state }] };
    order(
        visit,
        &match action {
            "poll" => Order::Poll { feeds: vec![id] },
            "enable" => set(FeedState::On),
            "disable" => set(FeedState::Off),
            "remove" => set(FeedState::Removed),
            _ => return Err(Fault::Bad("The form does not say what to do.".to_owned())),
        },
    )?;
    Ok(Answer::see_other(&format!("/feeds/{id}")))
}

fn add(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let form = &visit.request.form;
    let text = |name: &str| form.get(name).map(str::trim).filter(|text| !text.is_empty());
    let url = text("url").ok_or_else(|| Fault::Bad("The form names no address.".to_owned()))?;
    let outlet = text("outlet");
    if [Some(url), outlet].into_iter().flatten().any(|text| text.chars().count() > TEXT_MAX) {
        return Err(Fault::Bad(format!("An address or a name has at most {TEXT_MAX} letters.")));
    }
    let found = discovery::find(&visit.site.config, url, visit.now).map_err(|error| match error {
        error @ DiscoveryError::NoAddress(_) => Fault::Bad(error.to_string()),
        error => Fault::Refused(StatusCode::BAD_GATEWAY, error.to_string()),
    })?;
    let rows = visit.reader.feeds()?;
    let added = discovery::addition(&rows, &found, outlet, None)
        .map_err(|error| Fault::Refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    if let Addition::New { feed, .. } = added {
        order(visit, &Order::ChangeFeeds { changes: vec![FeedChange::Add(Box::new(feed))] })?;
    }
    let key = opml::address_key(&found.url);
    let rows = visit.reader.feeds()?;
    let row = rows.iter().find(|row| opml::address_key(&row.feed.url) == key);
    Ok(Answer::see_other(&row.map_or_else(|| "/feeds".to_owned(), |row| format!("/feeds/{}", row.id))))
}

/// Adds the feeds of a list, and shows what became of it.
fn import(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let text = visit.request.form.get("list").ok_or_else(|| Fault::Bad("The form has no list.".to_owned()))?;
    let list = opml::read(text.as_bytes());
    if let Some(fatal) = list.faults.iter().find(|fault| fault.kind.is_fatal()) {
        let (line, kind) = (fatal.line, fatal.kind.to_string());
        return Err(Fault::Bad(format!("Line {line} of the list: {}. Nothing was added.", without_passwords(&kind))));
    }
    let (changes, added) = feed_list::changes_of(&list, &visit.reader.feeds()?);
    if !changes.is_empty() {
        order(visit, &Order::ChangeFeeds { changes })?;
    }
    let content = html! {
        p.kicker { a href="/feeds" { "Feeds" } }
        h1 { "The list was added" }
        p.lead { (super::pages::counted(added, "feed", "feeds")) " added, " (list.feeds.len() - added) " already known" }
        @if !list.faults.is_empty() {
            ul { @for fault in &list.faults { li { "Line " (fault.line) ": " bdi { (without_passwords(&fault.kind.to_string())) } } } }
        }
    };
    let frame = Frame { title: "The list was added", place: "/feeds", ..Frame::default() };
    Ok(Answer::page(framed(&frame, &content)).kept(Keep::Never))
}

fn order(visit: &Visit<'_>, order: &Order) -> Result<(), Fault> {
    let no_daemon = || {
        let reason = "no daemon can be reached that would do this; it runs as `kazbek run`";
        Fault::Refused(StatusCode::SERVICE_UNAVAILABLE, reason.to_owned())
    };
    let mut daemon = Connection::open(visit.site.readers.folder(), |_| {}).ok_or_else(no_daemon)?;
    match daemon.within(PATIENCE).order::<serde_json::Value>(order, |_, _| {}) {
        // The next page shows what came of it.
        Ok(_) | Err(OrderError::Late) => Ok(()),
        Err(error @ OrderError::Failed(_)) => Err(Fault::Refused(StatusCode::CONFLICT, error.to_string())),
        Err(error) => Err(Fault::Refused(StatusCode::SERVICE_UNAVAILABLE, error.to_string())),
    }
}

/// The feeds that are polled or could be, as OPML.
pub(super) fn list(visit: &Visit<'_>) -> Result<Answer, Fault> {
    let rows = visit.reader.feeds()?;
    let answer = Answer::of_kind("text/x-opml; charset=utf-8", feed_list::exported(rows)).kept(Keep::Never);
    Ok(answer.with(CONTENT_DISPOSITION, "attachment; filename=\"kazbek-feeds.opml\""))
}
