//! How people name feeds, and how addresses are shown to them.

use crate::store::FeedRow;

/// Returns a hint at the address that was probably meant, if only its scheme is missing; else an empty string.
pub(super) fn meant(text: &str) -> String {
    let whole = format!("https://{text}");
    let is_host = text.contains('.') && !text.contains("://") && is_address(&whole);
    if is_host { format!("; did you mean {whole}?") } else { String::new() }
}

pub(super) fn is_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Returns the address with its password, if any, replaced by asterisks.
pub(super) fn without_password(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else { return url.to_owned() };
    // Setting a password fails only for addresses without a host, which have none.
    if parsed.password().is_none() || parsed.set_password(Some("***")).is_err() {
        return url.to_owned();
    }
    parsed.to_string()
}

/// Whether `name` is the address or the title of the feed.
pub(in crate::cli) fn is_named(row: &FeedRow, name: &str) -> bool {
    row.feed.url == name || row.feed.title == name
}
