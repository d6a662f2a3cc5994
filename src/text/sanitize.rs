//! Makes the text of a feed or a lexicon safe to print: no control characters, no direction overrides, no address but
//! http and https.

use url::Url;

/// Returns the text on one line: white space collapsed, without control characters and marks that reorder the text
/// around them.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for letter in text.chars() {
        if letter.is_whitespace() || letter.is_control() {
            gap = !out.is_empty();
        } else if !reorders(letter) && !is_noncharacter(letter) {
            if gap {
                out.push(' ');
                gap = false;
            }
            out.push(letter);
        }
    }
    out
}

/// Embeddings, overrides and isolates of UAX #9. The simple marks (LRM, RLM, ALM) are kept: they reorder nothing around
/// them.
fn reorders(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Code points that XML 1.0 (section 2.2) or Unicode forbid in interchanged text.
fn is_noncharacter(letter: char) -> bool {
    matches!(letter, '\u{fdd0}'..='\u{fdef}') || (letter as u32 & 0xfffe) == 0xfffe
}

/// Returns an address as a page may link to it: http or https with a host, without a user name, normalised by the URL
/// standard.
pub(crate) fn web_address(address: &str) -> Option<String> {
    let mut url = Url::parse(address.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if !url.username().is_empty() || url.password().is_some() {
        url.set_username("").ok()?;
        url.set_password(None).ok()?;
    }
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_out_on_one_line_without_tricks() {
        let check = |from: &str, to: &str| assert_eq!(plain(from), to);
        check("  two\n\twords ", "two words");
        check("a\u{1b}[31mred", "a [31mred");
        check("left\u{202e}right\u{2066}x", "leftrightx");
        check("Թբիլիսի — თბილისი", "Թբիլիսի — თბილისი");
        check("\u{ffff}a\u{fdd0}b\u{0}", "ab");
        check("", "");
    }

    #[test]
    fn only_web_addresses_pass() {
        let check = |from: &str, to: Option<&str>| assert_eq!(web_address(from).as_deref(), to, "{from}");
        check("https://example.org/a b", Some("https://example.org/a%20b"));
        check("HTTP://Example.org", Some("http://example.org/"));
        check("https://user:pass@example.org/", Some("https://example.org/"));
        check("javascript:alert(1)", None);
        check("data:text/html,x", None);
        check("ftp://example.org/", None);
        check("//example.org/", None);
        check("mailto:a@example.org", None);
        check("", None);
    }
}
