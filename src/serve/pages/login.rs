//! Logging in with the token, for browsers.

use axum::http::StatusCode;
use maud::html;

use crate::serve::access::SESSION;
use crate::serve::answer::{Answer, Fault, Keep};
use crate::serve::layout::{Frame, page};
use crate::serve::request::{Asked, Fields};
use crate::serve::site::Site;
use crate::serve::token::SESSION_SECS;

/// Returns the page of this site to show after the login; never another site.
fn next(fields: &Fields) -> &str {
    let is_local = |path: &&str| {
        path.starts_with('/') && !path.starts_with("//") && !path.contains('\\') && !path.chars().any(char::is_control)
    };
    fields.get("next").filter(is_local).unwrap_or("/")
}

fn form_page(next: &str, fault: Option<&str>) -> Answer {
    let content = html! {
        h1 { "Log in" }
        @if let Some(fault) = fault { p.note role="alert" { (fault) } }
        form.stacked action="/login" method="post" {
            input type="hidden" name="next" value=(next);
            label for="token" { "Token" }
            input id="token" name="token" type="password" autocomplete="current-password" required autofocus;
            button type="submit" { "Log in" }
        }
        p.meta { "Whoever runs this site has the token: " code { "kazbek serve --new-token" } " makes one." }
    };
    Answer::page(page(&Frame { title: "Log in", ..Frame::default() }, &content)).kept(Keep::Never)
}

/// The form.
pub(in crate::serve) fn form(_: &Site, asked: &Asked) -> Result<Answer, Fault> {
    Ok(form_page(next(&asked.query), None))
}

/// Checks the token, and begins a session.
pub(in crate::serve) fn enter(site: &Site, asked: &Asked) -> Result<Answer, Fault> {
    let next = next(&asked.form);
    let Some(gate) = &site.access.gate else { return Ok(Answer::see_other(next)) };
    if !gate.knows(asked.form.get("token").unwrap_or_default()) {
        return Ok(form_page(next, Some("This is not the token.")).status(StatusCode::UNAUTHORIZED));
    }
    let session = gate.session(site.clock.now());
    let session = session.ok_or_else(|| {
        Fault::Refused(StatusCode::SERVICE_UNAVAILABLE, "the system has no random numbers for a session".to_owned())
    })?;
    let secure = if site.access.is_secure { "; Secure" } else { "" };
    let mut answer = Answer::see_other(next);
    answer.cookies.push(format!("{SESSION}={session}; Path=/; Max-Age={SESSION_SECS}; HttpOnly; SameSite=Lax{secure}"));
    Ok(answer)
}

/// Ends a session.
pub(in crate::serve) fn leave(_: &Site, _: &Asked) -> Result<Answer, Fault> {
    let mut answer = Answer::see_other("/login");
    answer.cookies.push(format!("{SESSION}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"));
    Ok(answer)
}
