//! One attempt over SMTP.
//!
//! Until the end of the message is sent, the server has nothing; after its answer, all is clear. In between the attempt
//! is in doubt. A server must not accept a message and then drop the connection without an answer, but it happens (RFC
//! 1047). The server, or the mailbox that it delivers to, can recognise a second copy by its stable `Message-ID`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mime, MultiPart, MultiPartKind, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use tokio::net::TcpStream;
use tokio_util::task::AbortOnDropHandle;

use super::attempt::DeliveryError;
use super::message;
use super::message::{Content, Message};
use super::smtp_stream::{Bounded, Encrypted};
use crate::http::look_up;
use crate::poller::Secret;
use crate::render::digest::{self, Format, render};

/// How connections to a mail server are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// From the first byte (RFC 8314), usually on port 465.
    Implicit,
    /// By STARTTLS (RFC 3207), usually on port 587; nothing is sent to a server that does not offer it.
    StartTls,
    /// Not at all: for a server on this machine.
    None,
}

/// A mail server and one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpOptions {
    /// The server's name, which its certificate must contain.
    pub server: String,
    /// The TCP port of the server.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// A PEM certificate that is trusted in addition to the system's.
    pub ca: Option<Vec<u8>>,
    /// User name and password (PLAIN or LOGIN).
    pub credentials: Option<(String, Secret)>,
    /// The address in `From` and in the envelope, its domain in ASCII.
    pub from: Mailbox,
    /// The address in `To` and in the envelope, its domain in ASCII.
    pub to: Mailbox,
    /// `List-Id` (RFC 2919) without the angle brackets; if empty, `kazbek.` and the sender's domain.
    pub list_id: String,
    /// `List-Unsubscribe` (RFC 2369): an http, https or mailto address; empty for none.
    pub list_unsubscribe: String,
}

/// How many times longer than for a command the server may take to answer the complete message (RFC 5321, 4.5.3.2.6:
/// ten minutes).
const MESSAGE_PATIENCE: u32 = 10;

/// The step after which the message may have been accepted.
const MESSAGE: &str = "the message";

/// Longest wait for the server's goodbye, on which nothing depends.
const GOODBYE: Duration = Duration::from_secs(2);

/// Composes the mail of a message: the same bytes at each attempt, so that a server can recognise a second copy.
pub(super) fn compose(options: &SmtpOptions, recipient: &str, message: &Message) -> Result<Mime, DeliveryError> {
    let recipient = format!("{recipient}\0{}", options.to.email);
    let key = message.key(&recipient);
    let (text, html) = match &message.content {
        Content::Issue(issue, _) => (render(issue, Format::Text), digest::mail(issue)),
        Content::Alert(alert) => (message::alert_text(alert), message::alert_mail(alert)),
    };
    let domain = options.from.email.domain();
    let mut builder = Mime::builder()
        .from(options.from.clone())
        .to(options.to.clone())
        .subject(message::subject(message))
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
        .boundary(message.boundary(&recipient))
        .singlepart(part(ContentType::TEXT_PLAIN, text))
        .singlepart(part(ContentType::TEXT_HTML, html));
    builder.multipart(body).map_err(|error| DeliveryError::permanent(format!("the mail cannot be composed: {error}")))
}

/// Sends one mail.
///
/// An answer can make `lettre` panic (0.11.23: an EHLO answer with a line of white space). The conversation is a task
/// of its own, so that this is a failed attempt like any other.
pub(super) async fn send(options: Box<SmtpOptions>, mail: Mime, timeout: Duration) -> Result<(), DeliveryError> {
    let is_message_sent = Arc::new(AtomicBool::new(false));
    let is_sent = Arc::clone(&is_message_sent);
    let conversation = tokio::spawn(async move { converse(&options, &mail, timeout, &is_sent).await });
    AbortOnDropHandle::new(conversation).await.unwrap_or_else(|error| {
        let reason = format!("internal: reading the server's answer failed: {error}");
        let reason = crate::text::sanitize::plain(&reason);
        let is_in_doubt = is_message_sent.load(Ordering::Relaxed);
        Err(DeliveryError { is_in_doubt, ..DeliveryError::temporary(reason) })
    })
}

async fn converse(
    options: &SmtpOptions,
    mail: &Mime,
    timeout: Duration,
    is_message_sent: &AtomicBool,
) -> Result<(), DeliveryError> {
    let (envelope, bytes) = (mail.envelope(), mail.formatted());
    let mut connection = connect(options, timeout).await?;
    let mut parameters = Vec::new();
    if [&options.from, &options.to].iter().any(|mailbox| !mailbox.email.to_string().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let text = "an address is not ASCII before its @, and the server does not support that (SMTPUTF8)";
            return Err(DeliveryError::permanent(text));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let from = Mail::new(envelope.from().cloned(), parameters);
    within(timeout, "MAIL", connection.command(from)).await?;
    for to in envelope.to() {
        within(timeout, "RCPT", connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
    }
    within(timeout, "DATA", connection.command(Data)).await?;
    is_message_sent.store(true, Ordering::Relaxed);
    within(timeout * MESSAGE_PATIENCE, MESSAGE, connection.message(&bytes)).await?;
    // The server has accepted it; nothing that follows changes that.
    drop(tokio::time::timeout(GOODBYE, connection.quit()).await);
    Ok(())
}

/// Returns what is wrong with the certificate of an authority, if anything.
pub(crate) fn fault_of_ca(pem: &[u8]) -> Option<String> {
    // A text without a certificate is no fault to the library.
    if memchr::memmem::find(pem, b"-----BEGIN CERTIFICATE-----").is_none() {
        return Some("it has no certificate in PEM form (`-----BEGIN CERTIFICATE-----`)".to_owned());
    }
    let trusted = Certificate::from_pem(pem)
        .and_then(|ca| TlsParameters::builder("localhost".to_owned()).add_root_certificate(ca).build_rustls());
    trusted.err().map(|error| describe("its certificate cannot be read", &error))
}

async fn connect(options: &SmtpOptions, timeout: Duration) -> Result<AsyncSmtpConnection, DeliveryError> {
    let tls = || {
        let mut builder = TlsParameters::builder(options.server.clone());
        if let Some(pem) = &options.ca {
            let ca = Certificate::from_pem(pem)
                .map_err(|error| DeliveryError::permanent(describe("the certificate", &error)))?;
            builder = builder.add_root_certificate(ca);
        }
        builder.build_rustls().map_err(|error| DeliveryError::permanent(describe("TLS", &error)))
    };
    // The name for EHLO is the sender's domain.
    let hello = ClientId::Domain(options.from.email.domain().to_owned());
    let implicit = if options.tls == Tls::Implicit { Some(tls()?) } else { None };
    let connecting = async {
        let found = look_up(&options.server).await;
        let found = found.map_err(|error| DeliveryError::temporary(format!("the connection: {error}")))?;
        let addresses: Vec<SocketAddr> = found.iter().map(|address| (*address, options.port).into()).collect();
        let tcp = TcpStream::connect(addresses.as_slice()).await;
        let tcp = tcp.map_err(|error| DeliveryError::temporary(format!("the connection: {error}")))?;
        let stream = Bounded::new(tcp);
        let stream: Box<dyn AsyncTokioStream> = match implicit {
            Some(tls) => Box::new(Encrypted::new(stream, tls).await.map_err(|error| failed("TLS", &error))?),
            None => Box::new(stream),
        };
        let greeted = AsyncSmtpConnection::connect_with_transport(stream, &hello).await;
        greeted.map_err(|error| failed("the greeting", &error))
    };
    let connected = tokio::time::timeout(timeout, connecting).await;
    let mut connection =
        connected.unwrap_or_else(|_| Err(no_answer("the connection", timeout))).map_err(before_message)?;
    if options.tls == Tls::StartTls {
        within(timeout, "STARTTLS", connection.starttls(tls()?, &hello)).await.map_err(before_message)?;
    }
    if let Some((user, password)) = &options.credentials {
        let credentials = Credentials::new(user.clone(), password.0.clone());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        within(timeout, "AUTH", connection.auth(&mechanisms, &credentials)).await.map_err(before_message)?;
    }
    Ok(connection)
}

/// A server that rejects a client before it has seen the mail says nothing about the mail, and an operator may correct
/// what is wrong.
fn before_message(error: DeliveryError) -> DeliveryError {
    DeliveryError { is_permanent: false, is_in_doubt: false, ..error }
}

/// Waits for one step and names it if it fails. A step without an answer leaves the attempt in doubt only if it was the
/// message itself.
async fn within<T>(
    timeout: Duration,
    step: &str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, DeliveryError> {
    let failure = match tokio::time::timeout(timeout, work).await {
        Ok(Ok(done)) => return Ok(done),
        Ok(Err(error)) => failed(step, &error),
        Err(_) => no_answer(step, timeout),
    };
    Err(DeliveryError { is_in_doubt: failure.is_in_doubt && step == MESSAGE, ..failure })
}

/// Returns the failure of a step. Without an answer that refuses, the step may have been done.
fn failed(step: &str, error: &Error) -> DeliveryError {
    let reason = describe(step, error);
    match error.is_permanent() {
        true => DeliveryError::permanent(reason),
        false => DeliveryError { is_in_doubt: !error.is_transient(), ..DeliveryError::temporary(reason) },
    }
}

fn no_answer(step: &str, timeout: Duration) -> DeliveryError {
    DeliveryError::in_doubt(format!("{step}: the server did not answer within {} seconds", timeout.as_secs()))
}

/// Describes an error with its causes on one line; the words of the server are made safe to print.
fn describe(step: &str, error: &Error) -> String {
    let mut text = format!("{step}: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = inner.source();
    }
    crate::text::sanitize::plain(&text).chars().take(400).collect()
}
