//! The token that gives access, and the sessions of those who logged in with it.
//!
//! The token is random: 32 bytes in hexadecimal digits. The configuration has its SHA-256, so that whoever reads the
//! configuration cannot log in. A session is a cookie with its end and an HMAC of it, under a key that is made at each
//! start: sessions end when kazbek is started or reloaded.

use std::fmt::Write;

use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::{digest, hmac};

use crate::config::TokenHash;

/// How long a session lasts.
pub(super) const SESSION_SECS: i64 = 30 * 86_400;

/// Why no token or key could be made.
#[derive(Debug, thiserror::Error)]
#[error("the system has no random numbers")]
pub(crate) struct NoRandomness;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return None;
    }
    digits.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Returns a new token, and its hash as the configuration has it.
///
/// # Errors
/// Fails if the system has no random numbers.
pub(crate) fn new_token() -> Result<(String, String), NoRandomness> {
    let bytes: ring::rand::Random<[u8; 32]> = ring::rand::generate(&SystemRandom::new()).map_err(|_| NoRandomness)?;
    let token = hex(&bytes.expose());
    let hash = digest::digest(&digest::SHA256, token.as_bytes());
    Ok((token, format!("sha256:{}", hex(hash.as_ref()))))
}

/// Knows the token by its hash, and its sessions.
pub(super) struct Gate {
    hash: TokenHash,
    /// `None` if the system has no random numbers; then nobody can log in.
    key: Option<hmac::Key>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate")
    }
}

impl Gate {
    pub(super) fn new(hash: TokenHash) -> Gate {
        Gate { hash, key: hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new()).ok() }
    }

    /// Returns whether this is the token. The time that it takes does not depend on the token.
    pub(super) fn knows(&self, token: &str) -> bool {
        let Some(key) = &self.key else { return false };
        let given = digest::digest(&digest::SHA256, token.trim().as_bytes());
        // Both are signed with a key that nobody knows, and `verify` compares in constant time.
        let expected = hmac::sign(key, &self.hash.0);
        hmac::verify(key, given.as_ref(), expected.as_ref()).is_ok()
    }

    /// Returns the value of the cookie of a new session.
    pub(super) fn session(&self, now: Timestamp) -> Option<String> {
        let end = now.as_second() + SESSION_SECS;
        let key = self.key.as_ref()?;
        Some(format!("{end}.{}", hex(hmac::sign(key, format!("session until {end}").as_bytes()).as_ref())))
    }

    /// Returns whether a cookie is that of a session that has not ended.
    pub(super) fn has_session(&self, cookie: &str, now: Timestamp) -> bool {
        let parts = cookie.split_once('.').and_then(|(end, seal)| Some((end.parse::<i64>().ok()?, unhex(seal)?)));
        match (parts, &self.key) {
            (Some((end, seal)), Some(key)) => {
                end > now.as_second() && hmac::verify(key, format!("session until {end}").as_bytes(), &seal).is_ok()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_hash_and_a_session_ends() {
        let (token, hash) = new_token().unwrap();
        let gate = Gate::new(hash.parse().unwrap());
        assert!(gate.knows(&token) && gate.knows(&format!(" {token}\n")));
        assert!(
            !gate.knows("")
                && !gate.knows(token.trim_start_matches(|first| token.starts_with(first)))
                && !gate.knows(&hash)
        );
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let session = gate.session(now).unwrap();
        assert!(gate.has_session(&session, now));
        let end = Timestamp::from_second(1_800_000_000 + SESSION_SECS).unwrap();
        assert!(!gate.has_session(&session, end), "it has ended");
        let longer = session.replacen("18", "19", 1);
        for wrong in ["", ".", "1.", "x.00", longer.as_str(), session.trim_end_matches(|last| session.ends_with(last))]
        {
            assert!(!gate.has_session(wrong, now), "{wrong}");
        }
        let other = Gate::new(hash.parse().unwrap());
        assert!(!other.has_session(&session, now), "each start has a key of its own");
    }
}
