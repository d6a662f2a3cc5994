//! What the configuration says about deliveries and recipients.

use lettre::Address;
use lettre::message::Mailbox;

use super::Backoff;
use super::chat::{NtfyOptions, SlackOptions, TelegramOptions};
use super::file::FileOptions;
use super::smtp::SmtpOptions;
use super::webhook::WebhookOptions;
use crate::model::Cadence;

/// How deliveries are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOptions {
    /// Deadline in seconds of a connection, of the answer to a command, and of a whole HTTP request. A mail server has
    /// ten times that for its answer to the complete message.
    pub timeout_secs: u64,
    /// Attempts in progress at a time.
    pub concurrency: usize,
    /// The waits between attempts.
    pub backoff: Backoff,
}

impl Default for DeliveryOptions {
    fn default() -> DeliveryOptions {
        DeliveryOptions { timeout_secs: 60, concurrency: 4, backoff: Backoff::default() }
    }
}

/// Someone who receives issues or alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The name by which the outbox and the alert rules know the recipient.
    pub name: String,
    /// The issues that the recipient gets; empty for alerts only.
    pub cadences: Vec<Cadence>,
    /// How messages reach the recipient.
    pub transport: Transport,
}

/// How messages reach a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Files in a folder.
    File(FileOptions),
    /// Mail.
    Smtp(Box<SmtpOptions>),
    /// JSON to an address.
    Webhook(WebhookOptions),
    /// A topic of an ntfy server.
    Ntfy(NtfyOptions),
    /// A Telegram chat, through a bot.
    Telegram(TelegramOptions),
    /// An incoming webhook in Slack's format, which Mattermost, Rocket.Chat and Discord (`/slack`) accept too.
    Slack(SlackOptions),
}

/// Returns whether a text fits into a header: one line without control characters.
pub(crate) fn is_one_line(text: &str) -> bool {
    !text.chars().any(|letter| letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}'))
}

/// Reads a mail address with or without a name: `kazbek@example.org`, `kazbek <kazbek@example.org>`.
///
/// # Errors
/// Returns what is wrong with it, for a person.
pub fn mailbox(text: &str) -> Result<Mailbox, String> {
    if !is_one_line(text) {
        return Err("a mail address must be on one line".to_owned());
    }
    if text.contains([',', ';']) && text.matches('@').count() > 1 {
        return Err(format!("`{text}` has several mail addresses; give each a [[recipient]] of its own"));
    }
    let wrong = |error: &dyn std::fmt::Display| format!("`{text}` is not a mail address: {error}");
    let mailbox: Mailbox = text.parse().map_err(|error: lettre::address::AddressError| wrong(&error))?;
    let domain = ascii_domain(mailbox.email.domain()).map_err(|error| wrong(&error))?;
    let email = Address::new(mailbox.email.user(), domain).map_err(|error| wrong(&error))?;
    Ok(Mailbox { email, ..mailbox })
}

/// Returns a domain as SMTP wants it: in ASCII (RFC 5890, RFC 5321, 2.3.5). An ASCII domain stays as it is written.
///
/// # Errors
/// Returns what is wrong with it, for a person.
pub(crate) fn ascii_domain(domain: &str) -> Result<String, String> {
    if domain.is_ascii() {
        return Ok(domain.to_owned());
    }
    match url::Host::parse(domain) {
        Ok(url::Host::Domain(ascii)) if ascii.len() <= 253 && ascii.split('.').all(|label| label.len() <= 63) => {
            Ok(ascii)
        }
        _ => Err(format!("`{domain}` is not the name of a domain")),
    }
}

/// Returns an address of a header that people or programs may write to, with the domain of a `mailto:` in ASCII.
pub(crate) fn header_url(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https" | "mailto"))?;
    let Some((scheme, address)) = text.split_once(':').filter(|_| url.scheme() == "mailto") else {
        return Some(url.into());
    };
    let end = address.find('?').unwrap_or(address.len());
    let (address, query) = address.split_at(end);
    let (user, domain) = address.rsplit_once('@')?;
    let domain = ascii_domain(domain).ok()?;
    url::Url::parse(&format!("{scheme}:{user}@{domain}{query}")).ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_addresses_are_sent_to_several_recipients() {
        for text in ["a@x.example, b@x.example", "a@x.example;b@x.example", "A <a@x.example>, B <b@x.example>"] {
            let fault = mailbox(text).unwrap_err();
            assert!(fault.contains("[[recipient]] of its own"), "{text}: {fault}");
        }
        assert!(mailbox("\"Desk, evening\" <a@x.example>").is_ok());
    }

    #[test]
    fn domains_are_written_in_ascii() {
        let check =
            |text: &str, expected: &str| assert_eq!(mailbox(text).unwrap().email.to_string(), expected, "{text}");
        check("a@example.org", "a@example.org");
        check("A.B@Example.ORG", "A.B@Example.ORG");
        check("a@почта.рф", "a@xn--80a1acny.xn--p1ai");
        check("Стол <a@ПОЧТА.рф>", "a@xn--80a1acny.xn--p1ai");
        check("a@bücher.example", "a@xn--bcher-kva.example");
        check("a@bu\u{308}cher.example", "a@xn--bcher-kva.example");
        check("a@xn--bcher-kva.example", "a@xn--bcher-kva.example");
        check("стол@почта.рф", "стол@xn--80a1acny.xn--p1ai");
        for wrong in ["a@", "@почта.рф", "a@поч та.рф", "a@почта..рф", &format!("a@{}.рф", "я".repeat(70))]
        {
            assert!(mailbox(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_mail_address_to_unsubscribe_has_an_ascii_domain() {
        let check = |text: &str, expected: Option<&str>| assert_eq!(header_url(text).as_deref(), expected, "{text}");
        check("mailto:off@почта.рф?subject=off", Some("mailto:off@xn--80a1acny.xn--p1ai?subject=off"));
        check("mailto:off@example.org", Some("mailto:off@example.org"));
        check("https://почта.рф/off", Some("https://xn--80a1acny.xn--p1ai/off"));
        check("mailto:off", None);
        check("ftp://example.org", None);
    }
}
