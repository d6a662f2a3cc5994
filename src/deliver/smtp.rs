//! One attempt over SMTP.
//!
//! What can be known of its end: until the end of the message is sent, the server has nothing, and behind its answer all is clear. In between the attempt is in
//! doubt. A server must not take a message and then drop the connection without a word, but it happens (RFC 1047); the stable `Message-ID` is what it, or
//! the mailbox behind it, can know a second copy by.

use std::future::Future;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::{Parcel, Refusal, SmtpOptions, Tls, mail};

/// How much longer than for a command the answer to the whole message may take (RFC 5321, 4.5.3.2.6: ten minutes).
const PATIENCE: u32 = 10;

/// The step whose end decides.
const MESSAGE: &str = "the message";

/// Longest wait for the server's goodbye, which nothing depends on.
const GOODBYE: Duration = Duration::from_secs(2);

/// Sends one mail.
pub(super) async fn send(
    options: &SmtpOptions,
    recipient: &str,
    parcel: &Parcel,
    timeout: Duration,
) -> Result<(), Refusal> {
    let message = mail::compose(options, recipient, parcel)?;
    let (envelope, bytes) = (message.envelope(), message.formatted());
    let mut connection = connect(options, timeout).await?;
    let mut parameters = Vec::new();
    if [&options.from, &options.to].iter().any(|mailbox| !mailbox.email.to_string().is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Refusal::permanent("the address is not ASCII, and the server does not take such (SMTPUTF8)"));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if connection.server_info().supports_feature(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let mail = Mail::new(envelope.from().cloned(), parameters);
    within(timeout, "MAIL", connection.command(mail)).await?;
    for to in envelope.to() {
        within(timeout, "RCPT", connection.command(Rcpt::new(to.clone(), Vec::new()))).await?;
    }
    within(timeout, "DATA", connection.command(Data)).await?;
    // From here on the server may have it.
    within(timeout * PATIENCE, MESSAGE, connection.message(&bytes)).await?;
    // Whatever comes behind the server's yes changes nothing.
    drop(tokio::time::timeout(GOODBYE, connection.quit()).await);
    Ok(())
}

async fn connect(options: &SmtpOptions, timeout: Duration) -> Result<AsyncSmtpConnection, Refusal> {
    let tls = || {
        let mut builder = TlsParameters::builder(options.server.clone());
        if let Some(pem) = &options.ca {
            let ca = Certificate::from_pem(pem).map_err(|error| Refusal::permanent(told("the certificate", &error)))?;
            builder = builder.add_root_certificate(ca);
        }
        builder.build_rustls().map_err(|error| Refusal::permanent(told("TLS", &error)))
    };
    let hello = hello(options);
    let implicit = if options.tls == Tls::Implicit { Some(tls()?) } else { None };
    let server = (options.server.as_str(), options.port);
    let connecting = AsyncSmtpConnection::connect_tokio1(server, Some(timeout), &hello, implicit, None);
    let mut connection = within(timeout, "the connection", connecting).await.map_err(before_message)?;
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

/// A server that turns a client away for good before it was told of any mail says nothing of the mail: the operator may mend that.
fn before_message(refusal: Refusal) -> Refusal {
    Refusal { is_permanent: false, is_in_doubt: false, ..refusal }
}

/// The name for EHLO: the sender's domain.
fn hello(options: &SmtpOptions) -> ClientId {
    ClientId::Domain(options.from.email.domain().to_owned())
}

/// Waits for one step, and says which it was where it fails. A step that had no answer is in doubt only where it was the last.
async fn within<T>(timeout: Duration, step: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Refusal> {
    let is_last = step == MESSAGE;
    match tokio::time::timeout(timeout, work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if error.is_permanent() => Err(Refusal::permanent(told(step, &error))),
        Ok(Err(error)) => {
            let is_answer = error.is_transient();
            Err(Refusal { is_in_doubt: is_last && !is_answer, ..Refusal::passing(told(step, &error)) })
        }
        Err(_) => {
            let reason = format!("{step}: the server did not answer within {} seconds", timeout.as_secs());
            Err(Refusal { is_in_doubt: is_last, ..Refusal::passing(reason) })
        }
    }
}

/// An error with its causes, on one line: what the server said is the server's.
fn told(step: &str, error: &Error) -> String {
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
