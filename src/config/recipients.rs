//! Reads `[delivery]`, `[[recipient]]` and `[[alert]]`.

use std::cell::RefCell;
use std::path::PathBuf;

use jiff::civil::Time;
use url::Url;

use super::secret::Secrets;
use super::table::{Faults, Keys};
use super::targets;
use crate::alert::{AlertRule, QuietHours};
use crate::deliver::{
    DeliveryOptions, FileOptions, NtfyOptions, Recipient, SlackOptions, SmtpOptions, TelegramOptions, Tls, Transport,
    WebhookOptions, ascii_domain, fault_of_ca, header_url, is_one_line, mailbox,
};
use crate::lexicon::Lexicon;
use crate::model::Diagnostic;
use crate::model::{Cadence, Tag};
use crate::poller::Secret;
use crate::render::digest::Format;

/// Everything the file says about deliveries and alerts.
pub(super) struct Receivers {
    pub(super) delivery: DeliveryOptions,
    pub(super) recipients: Vec<Recipient>,
    pub(super) alerts: Vec<AlertRule>,
    /// The line on which each alert rule begins.
    pub(super) alert_lines: Vec<usize>,
    /// Warnings.
    pub(super) notes: Vec<Diagnostic>,
}

/// Reads the three keys; `beside` resolves a path relative to the configuration file.
pub(super) fn read(keys: &mut Keys<'_, '_>, faults: &mut Faults<'_>, beside: &dyn Fn(String) -> PathBuf) -> Receivers {
    let mut delivery = DeliveryOptions::default();
    if let Some(table) = keys.table(faults, "delivery") {
        read_delivery(table, faults, &mut delivery);
    }
    let mut secrets = Secrets { beside, notes: Vec::new() };
    let (mut recipients, mut names) = (Vec::new(), Vec::new());
    for table in keys.tables(faults, "recipient") {
        recipients.extend(read_recipient(table, faults, &mut secrets, &mut names));
    }
    let (mut alerts, mut alert_lines): (Vec<AlertRule>, Vec<usize>) = (Vec::new(), Vec::new());
    for table in keys.tables(faults, "alert") {
        let line = faults.line(table.start());
        if let Some(rule) = read_alert(table, faults, &names, &alerts) {
            alerts.push(rule);
            alert_lines.push(line);
        }
    }
    Receivers { delivery, recipients, alerts, alert_lines, notes: secrets.notes }
}

fn read_delivery(mut table: Keys<'_, '_>, faults: &mut Faults<'_>, options: &mut DeliveryOptions) {
    table.number(faults, "timeout_secs", 1..=600, &mut options.timeout_secs);
    table.number(faults, "concurrency", 1..=100, &mut options.concurrency);
    table.number(faults, "first_retry_secs", 1..=86_400, &mut options.backoff.first_secs);
    table.number(faults, "retry_limit_secs", 1..=604_800, &mut options.backoff.limit_secs);
    table.number(faults, "retry_days", 0..=365, &mut options.backoff.days);
    table.end(faults);
}

/// Reads one `[[recipient]]`; `None` if a fault leaves nothing to work with. Its name is recorded even then, so that
/// alerts that use it are not reported as faults.
fn read_recipient(
    mut table: Keys<'_, '_>,
    faults: &mut Faults<'_>,
    secrets: &mut Secrets<'_>,
    names: &mut Vec<String>,
) -> Option<Recipient> {
    let at = table.start();
    let name = table.required(faults, "name", check_name)?;
    if names.contains(&name) {
        faults.add(at, format!("`recipient.name`: there is a `{name}` already"));
    }
    names.push(name.clone());
    let mut cadences = vec![Some(Cadence::Day)];
    table.words(faults, "issues", &mut cadences, cadence);
    let cadences = cadences.into_iter().flatten().collect();
    let secrets = &RefCell::new(secrets);
    let transport = match table.required(faults, "transport", |text| Ok::<_, String>(text.to_owned()))?.as_str() {
        "file" => read_file(&mut table, faults, secrets),
        "smtp" => read_smtp(&mut table, faults, secrets).map(|options| Transport::Smtp(Box::new(options))),
        "webhook" => {
            let url = read_url(&mut table, faults, secrets);
            let secret = read_secret(&mut table, faults, secrets, "secret_file");
            let allow_private_addresses = read_private(&mut table, faults);
            check_target(&table, faults, url.as_ref().map(|url| &*url.0), allow_private_addresses, "webhook");
            url.map(|url| Transport::Webhook(WebhookOptions { url, secret, allow_private_addresses }))
        }
        "ntfy" => {
            let url = read_url(&mut table, faults, secrets);
            let token = read_secret(&mut table, faults, secrets, "token_file");
            let allow_private_addresses = read_private(&mut table, faults);
            check_target(&table, faults, url.as_ref().map(|url| &*url.0), allow_private_addresses, "ntfy");
            url.map(|url| Transport::Ntfy(NtfyOptions { url, token, allow_private_addresses }))
        }
        "slack" => {
            let url = read_url(&mut table, faults, secrets);
            let allow_private_addresses = read_private(&mut table, faults);
            check_target(&table, faults, url.as_ref().map(|url| &*url.0), allow_private_addresses, "slack");
            url.map(|url| Transport::Slack(SlackOptions { url, allow_private_addresses }))
        }
        "telegram" => read_telegram(&mut table, faults, secrets),
        other => {
            let known = "file, smtp, webhook, ntfy, telegram, slack";
            faults.add(at, format!("`recipient.transport`: `{other}` is not one of {known}"));
            return None;
        }
    };
    table.end(faults);
    Some(Recipient { name, cadences, transport: transport? })
}

/// Reports an address to which nothing can be delivered.
fn check_target(
    table: &Keys<'_, '_>,
    faults: &mut Faults<'_>,
    url: Option<&str>,
    may_be_private: bool,
    transport: &str,
) {
    let url = url.and_then(|url| Url::parse(url).ok());
    if let Some(fault) = url.and_then(|url| targets::fault_of_address(transport, &url, may_be_private)) {
        faults.add(table.start(), format!("`recipient.url`: {fault}"));
    }
}

/// Checks the name of a mail server.
fn host(text: &str) -> Result<String, String> {
    let host = ascii_domain(one_line(text)?.trim())?;
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let is_sign = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_');
    match is_address || !host.is_empty() && host.chars().all(is_sign) {
        true => Ok(host),
        false => Err(format!(
            "`{text}` is not the name of a mail server, such as mail.example.org; the port is a key of its own"
        )),
    }
}

fn check_name(text: &str) -> Result<String, String> {
    match is_one_line(text) && !text.trim().is_empty() && text.chars().count() <= 100 {
        true => Ok(text.to_owned()),
        false => Err("a name is one line of 1 to 100 characters".to_owned()),
    }
}

/// Parses a cadence, or `none` for a recipient of alerts only.
fn cadence(word: &str) -> Result<Option<Cadence>, String> {
    match word {
        "none" => Ok(None),
        word => word
            .parse()
            .map(Some)
            .map_err(|_| format!("`{word}` is not one of {}, none", Cadence::ALL.map(Cadence::as_str).join(", "))),
    }
}

fn one_line(text: &str) -> Result<String, String> {
    match is_one_line(text) {
        true => Ok(text.to_owned()),
        false => Err("it must be a single line".to_owned()),
    }
}

fn read_file(
    table: &mut Keys<'_, '_>,
    faults: &mut Faults<'_>,
    secrets: &RefCell<&mut Secrets<'_>>,
) -> Option<Transport> {
    let folder =
        table.required(faults, "folder", |text| Ok::<_, String>((secrets.borrow().beside)(text.to_owned())))?;
    if let Some(fault) = targets::fault_of_folder(&folder) {
        faults.add(table.start(), format!("`recipient.folder`: {fault}"));
    }
    let mut formats = vec![Format::Html];
    table.words(faults, "formats", &mut formats, str::parse);
    Some(Transport::File(FileOptions { folder, formats }))
}

fn read_smtp(
    table: &mut Keys<'_, '_>,
    faults: &mut Faults<'_>,
    secrets: &RefCell<&mut Secrets<'_>>,
) -> Option<SmtpOptions> {
    let at = table.start();
    let server = table.required(faults, "server", host);
    let mut tls = Tls::StartTls;
    table.word(faults, "tls", &mut tls, |word| match word {
        "implicit" => Ok(Tls::Implicit),
        "starttls" => Ok(Tls::StartTls),
        "none" => Ok(Tls::None),
        _ => Err(format!("`{word}` is not one of implicit, starttls, none")),
    });
    let mut port = match tls {
        Tls::Implicit => 465,
        Tls::StartTls => 587,
        Tls::None => 25,
    };
    table.number(faults, "port", 1..=65_535, &mut port);
    if let Some(fault) = targets::fault_of_mail_port(port, tls) {
        faults.add(at, format!("`recipient.port`: {fault}"));
    }
    let mut ca = None;
    table.word(faults, "ca_file", &mut ca, |path| {
        let path = (secrets.borrow().beside)(path.to_owned());
        let pem = std::fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        match fault_of_ca(&pem) {
            Some(fault) => Err(format!("{}: {fault}; give the certificate of the authority", path.display())),
            None => Ok(Some(pem)),
        }
    });
    let user = table.string(faults, "user");
    let password = read_secret(table, faults, secrets, "password_file");
    let from = table.required(faults, "from", mailbox);
    let to = table.required(faults, "to", mailbox);
    for (key, mailbox) in [("from", &from), ("to", &to)] {
        if let Some(address) = mailbox.as_ref().map(|mailbox| &mailbox.email).filter(|email| !email.user().is_ascii()) {
            let message = format!(
                "`recipient.{key}`: `{address}` can be used only with mail servers that support SMTPUTF8 (RFC 6531); with \
                 others each mail fails"
            );
            secrets.borrow_mut().notes.push(Diagnostic {
                file: faults.file.to_owned(),
                line: faults.line(at),
                message,
            });
        }
    }
    let mut list_id = String::new();
    table.word(faults, "list_id", &mut list_id, |text| {
        match text.chars().all(|sign| sign.is_ascii_alphanumeric() || "-._".contains(sign)) {
            true => Ok(text.to_owned()),
            false => Err("a list id may contain only ASCII letters, digits, `-`, `_` and `.`"),
        }
    });
    let mut list_unsubscribe = String::new();
    table.word(faults, "list_unsubscribe", &mut list_unsubscribe, |text| {
        header_url(text).ok_or("it must be an https, http or mailto URL")
    });
    let credentials = match (user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        // A missing file has already been reported.
        (Some(_), None) if faults.found.last().is_some_and(|fault| fault.message.contains("password_file")) => None,
        _ => {
            faults.add(at, "`recipient.user` and `recipient.password_file` need each other".to_owned());
            None
        }
    };
    let server = server?;
    let is_local = server == "localhost" || server.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    if credentials.is_some() && tls == Tls::None && !is_local {
        faults.add(at, "`recipient.tls` = \"none\" would send the password unencrypted".to_owned());
    }
    Some(SmtpOptions { server, port, tls, ca, credentials, from: from?, to: to?, list_id, list_unsubscribe })
}

fn read_telegram(
    table: &mut Keys<'_, '_>,
    faults: &mut Faults<'_>,
    secrets: &RefCell<&mut Secrets<'_>>,
) -> Option<Transport> {
    let token = table.required(faults, "token_file", |path| {
        let token = secrets.borrow_mut().read(path)?;
        let is_token = targets::is_bot_token(&token.0);
        // The message must not contain the secret.
        if is_token {
            Ok(token)
        } else {
            Err("the file does not contain the token of a bot, such as 123456:ABC".to_owned())
        }
    });
    let chat = table.required(faults, "chat", targets::chat);
    let bot = token.as_ref().and_then(|token| token.0.split(':').next());
    if bot.is_some() && bot == chat.as_deref() {
        let message =
            "`recipient.chat`: it is the number of the bot itself, to which it cannot write; give that of a chat";
        faults.add(table.start(), message.to_owned());
    }
    let mut url = "https://api.telegram.org".to_owned();
    table.word(faults, "url", &mut url, |text| web_address(text).map(|url| url.0));
    let allow_private_addresses = read_private(table, faults);
    check_target(table, faults, Some(&url), allow_private_addresses, "telegram");
    Some(Transport::Telegram(TelegramOptions { url, token: token?, chat: chat?, allow_private_addresses }))
}

pub(super) fn read_secret(
    table: &mut Keys<'_, '_>,
    faults: &mut Faults<'_>,
    secrets: &RefCell<&mut Secrets<'_>>,
    key: &'static str,
) -> Option<Secret> {
    let mut secret = None;
    table.word(faults, key, &mut secret, |path| secrets.borrow_mut().read(path).map(Some));
    secret
}

/// Reads the URL, which may be a secret in a file of its own.
fn read_url(table: &mut Keys<'_, '_>, faults: &mut Faults<'_>, secrets: &RefCell<&mut Secrets<'_>>) -> Option<Secret> {
    let before = faults.found.len();
    let mut url = None;
    table.word(faults, "url", &mut url, |text| web_address(text).map(Some));
    table.word(faults, "url_file", &mut url, |path| {
        let read = secrets.borrow_mut().read(path)?;
        // The message must not contain the secret.
        web_address(&read.0).map(Some).map_err(|_| "the file does not contain an http or https URL".to_owned())
    });
    if url.is_none() && faults.found.len() == before {
        faults.add(table.start(), "`recipient.url` or `recipient.url_file` is missing".to_owned());
    }
    url
}

fn web_address(text: &str) -> Result<Secret, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(|_| Secret(text.to_owned())).ok_or_else(|| format!("`{text}` is not an http or https URL"))
}

fn read_private(table: &mut Keys<'_, '_>, faults: &mut Faults<'_>) -> bool {
    let mut allow = false;
    table.boolean(faults, "allow_private_addresses", &mut allow);
    allow
}

/// Reads one `[[alert]]`.
fn read_alert(
    mut table: Keys<'_, '_>,
    faults: &mut Faults<'_>,
    names: &[String],
    rules: &[AlertRule],
) -> Option<AlertRule> {
    let at = table.start();
    let name = table.required(faults, "name", check_name);
    if rules.iter().any(|rule| Some(&rule.name) == name.as_ref()) {
        faults.add(at, "`alert.name`: there is already an alert of that name".to_owned());
    }
    let known_recipient = |name: &str| match names.iter().any(|known| known == name) {
        true => Ok(name.to_owned()),
        false => Err(format!("there is no [[recipient]] named `{name}`")),
    };
    let mut to = Vec::new();
    let before = faults.found.len();
    table.words(faults, "to", &mut to, known_recipient);
    if to.is_empty() && faults.found.len() == before {
        faults.add(at, "`alert.to` must name a recipient".to_owned());
    }
    let mut tags = Vec::new();
    table.words(faults, "tags", &mut tags, |tag| one_line(tag).map(Tag::from));
    let pair = table.string(faults, "pair");
    let min_score = table.fraction(faults, "min_score").unwrap_or(0.0);
    let burst = table.fraction(faults, "burst");
    let mut quiet = None;
    table.word(faults, "quiet", &mut quiet, |text| {
        let times = text
            .split_once('-')
            .and_then(|(from, until)| Some((from.trim().parse::<Time>().ok()?, until.trim().parse::<Time>().ok()?)));
        let hours = times.filter(|(from, until)| from != until).map(|(from, until)| QuietHours { from, until });
        hours.map(Some).ok_or_else(|| format!("`{text}` is not a time range such as 22:00-07:00"))
    });
    let mut cooldown_minutes = 60;
    table.number(faults, "cooldown_minutes", 0..=525_600, &mut cooldown_minutes);
    table.end(faults);
    Some(AlertRule { name: name?, to, tags, pair, min_score, burst, quiet, cooldown_minutes })
}

/// Returns a message for each tag and pair of an alert rule that the lexicon does not have: such a rule would never
/// match.
pub(super) fn unknown_words(rule: &AlertRule, lexicon: &Lexicon) -> Vec<String> {
    let tags = rule.tags.iter().filter_map(|tag| lexicon.check_tag(tag.as_str()).err());
    let tags = tags.map(|message| format!("`alert.tags`: {message}"));
    let pairs = rule.pair.iter().filter_map(|pair| lexicon.pair(pair, &['-']).err());
    let pairs = pairs.map(|message| format!("`alert.pair`: {message}"));
    tags.chain(pairs).collect()
}
