//! The inside of an element, and the address in it.

use std::borrow::Cow;

use url::Url;

use crate::feed::reader::raw::RawLink;

/// The inside of an element whose text is read.
pub(in crate::feed::reader) struct Captured<'a> {
    pub(in crate::feed::reader) inner: &'a str,
    pub(in crate::feed::reader) has_elements: bool,
}

/// Returns an address as written in an element or attribute.
pub(super) fn link<'a>(href: Cow<'a, str>, base: Option<Url>) -> Option<RawLink<'a>> {
    let href = match href {
        Cow::Borrowed(href) => Cow::Borrowed(href.trim()),
        Cow::Owned(href) => Cow::Owned(href.trim().to_owned()),
    };
    may_lead_to_a_page(&href).then_some(RawLink { href, base, is_resolved: false })
}

/// Returns whether an address may be a web address; what plainly is not, such as `javascript:` or a bare `http://`, gives way to another.
fn may_lead_to_a_page(href: &str) -> bool {
    let is_web = |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    match href.split_once(':') {
        Some((scheme, rest)) if is_web(scheme) => rest.chars().any(char::is_alphanumeric),
        Some((scheme, rest)) if !rest.starts_with("//") => {
            !["javascript", "mailto", "data", "tag", "urn", "file", "about", "tel"]
                .iter()
                .any(|other| scheme.eq_ignore_ascii_case(other))
        }
        _ => !href.is_empty(),
    }
}
