//! What a recipient's address, port or name says about whether anything can ever be delivered there.

use std::path::Path;

use url::{Host, Url};

use crate::deliver::Tls;
use crate::http::check_url;

/// Returns why nothing can be delivered to an address, and what to do. It may be a secret, so that the message does not
/// show it.
pub(super) fn fault_of_address(transport: &str, url: &Url, may_be_private: bool) -> Option<String> {
    let may = "if it is meant, set `allow_private_addresses = true`";
    if let Err(error) = check_url(url.as_str(), may_be_private) {
        return Some(format!("{error}; {may}"));
    }
    let host = match url.host() {
        Some(Host::Domain(name)) => name.trim_end_matches('.').to_lowercase(),
        _ => String::new(),
    };
    if is_this_machine(&host) && !may_be_private {
        return Some(format!("the address is of this machine; {may}"));
    }
    if url.port() == Some(0) {
        return Some("no server answers on port 0".to_owned());
    }
    if !host.is_empty() && host.split('.').any(|label| label.is_empty() || label.len() > LABEL_BYTES) {
        return Some("the name of the server has an empty part, or one of more than 63 characters".to_owned());
    }
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().filter(|part| !part.is_empty()).collect();
    match transport {
        "ntfy" => fault_of_topic(&segments),
        "slack" => fault_of_slack(&host, &segments),
        "webhook" => fault_of_webhook(&host),
        _ => None,
    }
}

/// The limit of a label of a name (RFC 1035, 2.3.4).
const LABEL_BYTES: usize = 63;

/// Whether a name always leads to the machine itself (RFC 6761, 6.3).
fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "localhost.localdomain" | "ip6-localhost" | "ip6-loopback")
        || host.ends_with(".localhost")
}

/// The names under which ntfy has its own pages, and which are no topics.
const PAGES_OF_NTFY: [&str; 9] = ["docs", "static", "file", "app", "metrics", "account", "settings", "signup", "login"];

fn fault_of_topic(segments: &[&str]) -> Option<String> {
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    match *segments {
        [] => Some("the address of ntfy ends in a topic, such as https://ntfy.example/kazbek".to_owned()),
        [.., "json" | "sse" | "raw" | "ws" | "auth"] if segments.len() > 1 => {
            Some("this is where ntfy is read; leave out what follows the topic".to_owned())
        }
        [page] if PAGES_OF_NTFY.contains(&page) => {
            Some(format!("`{page}` is a page of ntfy and no topic; choose another name"))
        }
        [.., topic] if !topic.bytes().all(is_sign) || topic.len() > 64 => Some(
            "a topic of ntfy has 1 to 64 ASCII letters, digits, `-` and `_`; rename it and subscribe to that name"
                .to_owned(),
        ),
        _ => None,
    }
}

fn fault_of_slack(host: &str, segments: &[&str]) -> Option<String> {
    let is_hook = match host {
        "hooks.slack.com" => segments.len() >= 4,
        "discord.com" | "discordapp.com" | "ptb.discord.com" | "canary.discord.com" => {
            matches!(segments, ["api", .., "webhooks", _, _] | ["api", .., "webhooks", _, _, "slack"])
        }
        _ => !host.ends_with(".slack.com") && host != "slack.com" && !segments.is_empty(),
    };
    let message = "this is not the address of an incoming webhook, such as https://hooks.slack.com/services/T0/B0/x; \
         copy that from the settings of the chat";
    (!is_hook).then(|| message.to_owned())
}

/// Chats refuse what a webhook sends: they have formats of their own.
fn fault_of_webhook(host: &str) -> Option<String> {
    let transport = match host {
        "hooks.slack.com" | "discord.com" | "discordapp.com" | "ptb.discord.com" | "canary.discord.com" => "slack",
        "api.telegram.org" => "telegram",
        _ => return None,
    };
    Some(format!("{host} takes messages in its own format only; use `transport = \"{transport}\"`"))
}

/// Returns why no mail can be sent through a port, and what to do.
pub(super) fn fault_of_mail_port(port: u16, tls: Tls) -> Option<String> {
    let other = match port {
        80 | 443 => "web servers",
        110 | 995 => "POP3",
        143 | 993 => "IMAP",
        _ => {
            return match (port, tls) {
                (465, Tls::StartTls | Tls::None) => {
                    Some("servers expect TLS at once on port 465 (RFC 8314); set `tls = \"implicit\"`".to_owned())
                }
                (25 | 587, Tls::Implicit) => {
                    Some(format!("servers begin without TLS on port {port}; set `tls = \"starttls\"`, or use port 465"))
                }
                _ => None,
            };
        }
    };
    Some(format!("port {port} is of {other}; mail is handed in on port 587 or 465"))
}

/// Checks the chat of a Telegram bot: the name of a channel, or a number.
pub(super) fn chat(text: &str) -> Result<String, String> {
    let is_number = text.parse::<i64>().is_ok_and(|number| number != 0) && !text.starts_with('+');
    match is_number || text.strip_prefix('@').is_some_and(is_chat_name) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is neither the name of a channel, such as @channel, nor the number of a chat, such as \
             -1001234567890"
        )),
    }
}

/// Telegram has names of 5 to 32 letters, digits and underscores, and sells some of 4.
fn is_chat_name(name: &str) -> bool {
    (4..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !name.ends_with('_')
        && !name.contains("__")
}

/// Returns whether a text has the form of a bot's token.
pub(super) fn is_bot_token(token: &str) -> bool {
    token.split_once(':').is_some_and(|(bot, key)| {
        bot.parse::<u64>().is_ok()
            && !key.is_empty()
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    })
}

/// Returns why no file can be written to a folder.
pub(super) fn fault_of_folder(folder: &Path) -> Option<String> {
    let is_file = |path: &&Path| path.exists() && !path.is_dir();
    let file = folder.ancestors().find(is_file)?;
    Some(format!("{} is a file and no folder", file.display()))
}
