//! From a message to a mail: the same bytes at each attempt, so that a server that has it already can tell.

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Message as Mail, MultiPart, MultiPartKind, SinglePart};

use super::smtp::SmtpOptions;
use crate::deliver::attempt::DeliveryError;
use crate::deliver::brief;
use crate::deliver::message::{Content, Message};
use crate::render::digest::{self, Format, render};

/// Composes the mail of a message.
pub(in super::super) fn compose(
    options: &SmtpOptions,
    recipient: &str,
    message: &Message,
) -> Result<Mail, DeliveryError> {
    let key = message.key(&format!("{recipient}\0{}", options.to.email));
    let (text, html) = match &message.content {
        Content::Issue(issue, _) => (render(issue, Format::Text), digest::mail(issue)),
        Content::Alert(alert) => (brief::alert_text(alert), brief::alert_mail(alert)),
    };
    let domain = options.from.email.domain();
    let mut builder = Mail::builder()
        .from(options.from.clone())
        .to(options.to.clone())
        .subject(brief::subject(message))
        .date(message.created_at.into())
        .message_id(Some(format!("<{key}@{domain}>")))
        .user_agent(format!("kazbek/{}", env!("CARGO_PKG_VERSION")));
    let list_id = if options.list_id.is_empty() { format!("kazbek.{domain}") } else { options.list_id.clone() };
    let unsubscribe = Some(format!("<{}>", options.list_unsubscribe)).filter(|_| !options.list_unsubscribe.is_empty());
    let headers = [
        ("List-Id", Some(format!("<{list_id}>"))),
        ("List-Unsubscribe", unsubscribe),
        // Keeps out-of-office notes from answering (RFC 3834).
        ("Auto-Submitted", Some("auto-generated".to_owned())),
    ];
    for (name, value) in headers {
        let Some(value) = value else { continue };
        let name = HeaderName::new_from_ascii(name.to_owned())
            .map_err(|error| DeliveryError::permanent(format!("the header {name}: {error}")))?;
        builder = builder.raw_header(HeaderValue::new(name, value));
    }
    let part = |kind, body: String| SinglePart::builder().header(kind).body(body);
    let body = MultiPart::alternative()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("kazbek-{key}"))
        .singlepart(part(ContentType::TEXT_PLAIN, text))
        .singlepart(part(ContentType::TEXT_HTML, html));
    builder.multipart(body).map_err(|error| DeliveryError::permanent(format!("the mail cannot be composed: {error}")))
}
