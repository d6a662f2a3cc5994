//! Options of the pages that are served: where they listen, under which names, and who may read them.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use super::table::{Faults, Keys};

/// Where pages are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// A TCP address.
    Tcp(SocketAddr),
    /// The path of a unix socket.
    Unix(PathBuf),
}

impl Listen {
    /// Returns whether only this machine can connect.
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Listen::Tcp(address) => address.ip().is_loopback(),
            Listen::Unix(_) => true,
        }
    }
}

impl FromStr for Listen {
    type Err = String;
    fn from_str(text: &str) -> Result<Listen, String> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Listen::Unix(PathBuf::from(path))),
            Some(path) => Err(format!("`{path}` is not an absolute path; use, for example, unix:/run/kazbek/pages")),
            None => text.parse().map(Listen::Tcp).map_err(|_| {
                format!(
                    "`{text}` is not an address with a port; use, for example, 127.0.0.1:8650 or unix:/run/kazbek/pages"
                )
            }),
        }
    }
}

impl std::fmt::Display for Listen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Listen::Tcp(address) => write!(f, "{address}"),
            Listen::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// The SHA-256 of the token that gives access to the pages. The token itself is random and long, so that a fast hash
/// does not help anybody to guess it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenHash(pub(crate) [u8; 32]);

impl FromStr for TokenHash {
    type Err = String;
    fn from_str(text: &str) -> Result<TokenHash, String> {
        let wrong =
            || "it must be `sha256:` and 64 hexadecimal digits; `kazbek serve --new-token` prints one".to_owned();
        let digits = text.strip_prefix("sha256:").ok_or_else(wrong)?;
        let mut hash = [0; 32];
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(TokenHash(hash))
    }
}

/// How pages are served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServeOptions {
    /// Where `run` and `serve` listen; `None` if `run` serves no pages.
    pub(crate) listen: Option<Listen>,
    /// Names, besides those of this machine and that of `public_url`, by which browsers may ask for the pages.
    pub(crate) hosts: Vec<String>,
    /// What every request must know; `None` if everybody who can connect may read.
    pub(crate) token_hash: Option<TokenHash>,
}

impl Default for ServeOptions {
    fn default() -> ServeOptions {
        let local = SocketAddr::from(([127, 0, 0, 1], 8650));
        ServeOptions { listen: Some(Listen::Tcp(local)), hosts: Vec::new(), token_hash: None }
    }
}

impl ServeOptions {
    /// Checks that nobody but this machine can connect without a token.
    ///
    /// # Errors
    /// Says which address is open to others, and what to do.
    pub(crate) fn check(&self) -> Result<(), String> {
        match &self.listen {
            Some(listen) if !listen.is_local() && self.token_hash.is_none() => Err(format!(
                "others can connect to {listen}, so `serve.token_hash` must be set (`kazbek serve --new-token` prints \
                 one), or listen on 127.0.0.1"
            )),
            _ => Ok(()),
        }
    }
}

/// Checks the name of a host, without a port.
fn host(name: &str) -> Result<String, String> {
    match name.contains(['/', '@', ':', '[']) {
        true => Err(format!("`{name}` is not the name of a host; use, for example, desk.example")),
        false => Ok(name.to_lowercase()),
    }
}

/// Reads `[serve]`.
pub(super) fn read(mut table: Keys<'_, '_>, faults: &mut Faults<'_>, options: &mut ServeOptions) {
    table.word(faults, "listen", &mut options.listen, |text| match text {
        "" => Ok(None),
        text => text.parse().map(Some),
    });
    let listen_at = table.at("listen");
    table.word(faults, "hosts", &mut options.hosts, |names| names.split_whitespace().map(host).collect());
    let before = faults.found.len();
    table.word(faults, "token_hash", &mut options.token_hash, |text| match text {
        "" => Ok(None),
        text => text.parse().map(Some),
    });
    let is_token_wrong = faults.found.len() > before;
    table.end(faults);
    if let (Err(fault), false) = (options.check(), is_token_wrong) {
        faults.add(listen_at, format!("`serve.listen`: {fault}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::config::read::settings;

    #[test]
    fn an_address_that_others_reach_needs_a_token() {
        let hash = format!("token_hash = \"sha256:{}\"\n", "0a".repeat(32));
        let check = |text: &str, fault: Option<&str>| match (settings(None, &format!("[serve]\n{text}")), fault) {
            (Ok(_), None) => {}
            (Err(error), Some(fault)) => assert!(error.to_string().contains(fault), "{text}: {error}"),
            (Ok(_), Some(_)) => panic!("{text} is taken"),
            (Err(error), None) => panic!("{text}: {error}"),
        };
        check("listen = \"\"", None);
        check("listen = \"[::1]:80\"", None);
        check("listen = \"unix:/run/x\"", None);
        check("listen = \"0.0.0.0:8650\"", Some(":2: `serve.listen`: others can connect to 0.0.0.0:8650"));
        check(&format!("listen = \"192.0.2.1:8650\"\n{hash}"), None);
        check("listen = \"8650\"", Some("is not an address with a port"));
        check("listen = \"unix:run/x\"", Some("not an absolute path"));
        check("token_hash = \"secret\"", Some("64 hexadecimal digits"));
        check("hosts = \"https://desk.example/\"", Some("is not the name of a host"));
    }
}
