//! The vocabulary of fetch events: one word for each way a poll can end.

use std::fmt;
use std::str::FromStr;

use super::outcome::Grade;
use crate::model::UnknownWord;

/// One word for each way a poll can end, as it stands in the store, in JSON, in metrics and in `feeds list`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusWord {
    /// A body came and read as a feed.
    Ok,
    /// The server said 304: nothing changed.
    NotModified,
    /// The server sent the very bytes that are held.
    SameBody,
    /// Not asked: its domain wants to be left alone for a while.
    Postponed,
    /// The answer had no body.
    Empty,
    /// The answer is an HTML page and no feed.
    Html,
    /// A body came that does not read as a feed.
    NotAFeed,
    /// The answer is a bot check or a block page.
    Challenge,
    /// 410: the publisher says that the feed is gone for good.
    Gone,
    /// Any other refusal, with its HTTP status: `http-404`.
    Http(u16),
    /// The address is no usable http or https address.
    BadUrl,
    /// The host has no address.
    Dns,
    /// The name service did not answer.
    DnsTemporary,
    /// Every address of the host is private, loopback or otherwise not public.
    PrivateAddress,
    /// The server refused the connection.
    Refused,
    /// No connection: no route, or the host is down.
    Connect,
    /// The proxy did not answer or refused.
    Proxy,
    /// The TLS handshake failed or the certificate is not valid for the host.
    Tls,
    /// The deadline passed.
    Timeout,
    /// The connection broke before the answer was whole.
    Reset,
    /// The body ended before its announced length.
    Truncated,
    /// The body is larger than the limit.
    TooLarge,
    /// The body is not compressed as its header says.
    BadEncoding,
    /// The answer is not HTTP.
    BadResponse,
    /// The redirects come back to where they were.
    RedirectLoop,
    /// More redirects than the limit.
    TooManyRedirects,
    /// A redirect that leads nowhere: no address, or none that is http or https.
    BadRedirect,
    /// A fault of this program; the feed is not to blame.
    Internal,
}

impl StatusWord {
    /// Every word but `http-NNN`, in the order of the list above.
    pub const ALL: [StatusWord; 27] = [
        StatusWord::Ok,
        StatusWord::NotModified,
        StatusWord::SameBody,
        StatusWord::Postponed,
        StatusWord::Empty,
        StatusWord::Html,
        StatusWord::NotAFeed,
        StatusWord::Challenge,
        StatusWord::Gone,
        StatusWord::BadUrl,
        StatusWord::Dns,
        StatusWord::DnsTemporary,
        StatusWord::PrivateAddress,
        StatusWord::Refused,
        StatusWord::Connect,
        StatusWord::Proxy,
        StatusWord::Tls,
        StatusWord::Timeout,
        StatusWord::Reset,
        StatusWord::Truncated,
        StatusWord::TooLarge,
        StatusWord::BadEncoding,
        StatusWord::BadResponse,
        StatusWord::RedirectLoop,
        StatusWord::TooManyRedirects,
        StatusWord::BadRedirect,
        StatusWord::Internal,
    ];

    /// The word, the meaning, and what an operator can do, for all words but `http-NNN`.
    fn entry(self) -> (&'static str, &'static str) {
        match self {
            StatusWord::Ok => ("ok", "The feed was fetched and read."),
            StatusWord::NotModified => ("not-modified", "The server says that nothing changed (304)."),
            StatusWord::SameBody => ("same-body", "The server sent the very bytes that are held."),
            StatusWord::Postponed => ("postponed", "Not asked: its domain wants to be left alone for a while."),
            StatusWord::Empty => ("empty", "The answer has no body. Often passing."),
            StatusWord::Html => (
                "html",
                "The answer is a web page and no feed. The feed may have moved: open the address in a browser.",
            ),
            StatusWord::NotAFeed => ("not-a-feed", "The body does not read as a feed in any known format."),
            StatusWord::Challenge => (
                "challenge",
                "The answer is a bot check or block page. Ask the publisher to let the User-Agent in, or set a proxy for this feed.",
            ),
            StatusWord::Gone => ("gone", "The publisher says that the feed is gone for good (410). Tried rarely."),
            StatusWord::Http(_) => ("http", "The server refused with this status."),
            StatusWord::BadUrl => {
                ("bad-url", "The address is no usable http or https address. Correct it in the feed list.")
            }
            StatusWord::Dns => ("dns", "The host has no address. The site may be closed or the name misspelt."),
            StatusWord::DnsTemporary => {
                ("dns-temporary", "The name service did not answer. Check this machine's resolver.")
            }
            StatusWord::PrivateAddress => (
                "private-address",
                "The host is not at a public address. Set `allow_private_addresses` if this is meant.",
            ),
            StatusWord::Refused => ("refused", "The server refused the connection."),
            StatusWord::Connect => ("connect", "No connection to the server: no route, or the host is down."),
            StatusWord::Proxy => ("proxy", "The proxy did not answer or refused. Check its address and its password."),
            StatusWord::Tls => ("tls", "The TLS handshake failed or the certificate is not valid for the host."),
            StatusWord::Timeout => ("timeout", "The answer did not end before the deadline (`timeout_secs`)."),
            StatusWord::Reset => ("reset", "The connection broke before the answer was whole."),
            StatusWord::Truncated => ("truncated", "The body ended before its announced length."),
            StatusWord::TooLarge => ("too-large", "The body is larger than `body_limit_bytes` after decompression."),
            StatusWord::BadEncoding => ("bad-encoding", "The body is not compressed as its Content-Encoding says."),
            StatusWord::BadResponse => ("bad-response", "The answer is not HTTP."),
            StatusWord::RedirectLoop => ("redirect-loop", "The redirects come back to where they were."),
            StatusWord::TooManyRedirects => ("too-many-redirects", "More redirects than `redirect_limit`."),
            StatusWord::BadRedirect => ("bad-redirect", "A redirect without a usable http or https address."),
            StatusWord::Internal => {
                ("internal", "A fault of this program. The feed is not to blame; please report it.")
            }
        }
    }

    /// What the word means and what an operator can do, in a sentence or two.
    pub fn explain(self) -> &'static str {
        match self {
            StatusWord::Http(401 | 407) => "The server wants a password. Set `basic_auth` for this feed.",
            StatusWord::Http(403 | 451) => "The server forbids access. It may block this address or User-Agent.",
            StatusWord::Http(404) => {
                "The server has no such page (404). Feeds often come back; if not, look for the new address."
            }
            StatusWord::Http(429) => "The server asks for fewer requests (429). Its whole domain is slowed down.",
            StatusWord::Http(500..=599) => "The server has a fault of its own. Often passing.",
            word => word.entry().1,
        }
    }

    /// How bad a failure of this kind is by itself. Success and postponement count as temporary, which nobody asks for.
    pub fn grade(self) -> Grade {
        match self {
            StatusWord::Gone | StatusWord::BadUrl | StatusWord::PrivateAddress => Grade::Hard,
            // Peers found that not found, too many requests and server errors mend themselves; the other refusals seldom do.
            StatusWord::Http(404 | 408 | 425 | 429 | 500..=599) => Grade::Soft,
            StatusWord::Http(_) => Grade::Hard,
            StatusWord::DnsTemporary | StatusWord::Proxy | StatusWord::Connect | StatusWord::Internal => {
                Grade::Temporary
            }
            StatusWord::Ok | StatusWord::NotModified | StatusWord::SameBody | StatusWord::Postponed => Grade::Temporary,
            _ => Grade::Soft,
        }
    }

    /// Whether a poll that ended so brought or confirmed a feed.
    pub fn is_success(self) -> bool {
        matches!(self, StatusWord::Ok | StatusWord::NotModified | StatusWord::SameBody)
    }
}

impl fmt::Display for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatusWord::Http(status) => write!(f, "http-{status}"),
            word => f.write_str(word.entry().0),
        }
    }
}

impl FromStr for StatusWord {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        if let Some(status) = word.strip_prefix("http-").and_then(|digits| digits.parse().ok()) {
            return Ok(StatusWord::Http(status));
        }
        StatusWord::ALL.into_iter().find(|known| known.entry().0 == word).ok_or_else(|| UnknownWord {
            word: word.to_owned(),
            expected: format!("{}, http-NNN", StatusWord::ALL.map(|known| known.entry().0).join(", ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_as_they_are_written() {
        for word in StatusWord::ALL.into_iter().chain([StatusWord::Http(404), StatusWord::Http(599)]) {
            assert_eq!(word.to_string().parse::<StatusWord>(), Ok(word));
            assert!(word.explain().ends_with('.'), "{word}");
        }
        assert!("moon".parse::<StatusWord>().unwrap_err().expected.contains("too-large"));
    }

    #[test]
    fn the_manual_lists_every_word_with_its_meaning() {
        let manual = include_str!("../../docs/methods.md");
        for word in StatusWord::ALL {
            let line = format!("| `{word}` | {} |", word.entry().1);
            assert!(manual.contains(&line), "docs/methods.md lacks: {line}");
        }
        assert!(manual.contains("| `http-NNN` |"));
    }
}
