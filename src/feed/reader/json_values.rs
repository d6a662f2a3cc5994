//! Values of JSON Feed, read whatever kind a program gives them: a number or an object in place of a text, one name in
//! place of a list.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// The limit of authors, and of tags, of a feed or an item.
pub(super) const NAMES: usize = 64;

/// Skips every value of another kind than those that a visitor reads.
macro_rules! skip {
    ($($kind:ident)*) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        $(skip!(@ $kind);)*
    };
    (@ text) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(self.none())
        }
    };
    (@ number) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(self.none())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(self.none())
        }
    };
    (@ list) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(self.none())
        }
    };
    (@ object) => {
        fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
            while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(self.none())
        }
    };
}
pub(super) use skip;

/// A text without white space around it, or a number as text. Of a list it is the first that is one, and of an object
/// what such objects have as their text.
#[derive(Default)]
pub(super) struct Scalar {
    pub(super) text: Option<String>,
    /// The other texts of a list: paragraphs, or the parts of a title.
    pub(super) further: Vec<String>,
    /// Whether there was something that is no text.
    pub(super) is_lost: bool,
}

impl Scalar {
    fn lost() -> Scalar {
        Scalar { is_lost: true, ..Scalar::default() }
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Scalar {
        Scalar { text: Some(text), ..Scalar::default() }
    }
}

/// The keys of an object, given instead of a text, that hold the text.
const TEXTS: [&str; 24] = [
    "rendered",
    "value",
    "text",
    "name",
    "title",
    "headline",
    "content",
    "html",
    "plain",
    "raw",
    "href",
    "url",
    "@href",
    "@url",
    "_",
    "#text",
    "$t",
    "__text",
    "__cdata",
    "#cdata-section",
    "date",
    "$date",
    "$oid",
    "$numberLong",
];

/// Returns whether a key is a language (BCP 47), for a text that is given in several.
fn is_language(key: &str) -> bool {
    let (language, region) = key.split_once(['-', '_']).unwrap_or((key, ""));
    matches!(language.len(), 2 | 3)
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && region.len() <= 4
        && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && language != "id"
}

impl<'de> Visitor<'de> for Scalar {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    /// `false` and `null` are how programs say that there is no text.
    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(if value { Scalar::lost() } else { Scalar::default() })
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        let mut found = Scalar::default();
        while let Some(element) = list.next_element::<Scalar>()? {
            found.is_lost |= element.is_lost;
            found.further.extend(element.text.into_iter().chain(element.further));
        }
        found.text = (!found.further.is_empty()).then(|| found.further.remove(0));
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
        let (mut found, mut in_a_language, mut further, mut is_lost) = (None, None, Vec::new(), false);
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            let place = match &*key {
                key if TEXTS.contains(&key) => &mut found,
                key if is_language(key) => &mut in_a_language,
                _ => {
                    let IgnoredAny = object.next_value()?;
                    is_lost = true;
                    continue;
                }
            };
            let value = object.next_value::<Scalar>()?;
            is_lost |= value.is_lost;
            if place.is_none() {
                *place = value.text;
                further.extend(value.further);
            }
        }
        Ok(Scalar { text: found.or(in_a_language), further, is_lost })
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Some(text.trim())
            .filter(|text| !text.is_empty())
            .map_or_else(Scalar::default, |text| text.to_owned().into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(number.to_string().into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(number.to_string().into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Number::from_f64(number).map_or_else(Scalar::lost, |number| number.to_string().into()))
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scalar, D::Error> {
        deserializer.deserialize_any(Scalar::default())
    }
}

/// The address in a link, or in the best of several: an `alternate`, or one that does not say what it is.
#[derive(Default)]
pub(super) struct BestLink(pub(super) Option<String>);

impl BestLink {
    fn none(&self) -> BestLink {
        BestLink::default()
    }
}

/// A link, and whether it is of another thing than the page.
#[derive(Default)]
struct LinkValue(Option<(bool, String)>);

impl LinkValue {
    fn none(&self) -> LinkValue {
        LinkValue::default()
    }
}

impl<'de> Visitor<'de> for LinkValue {
    type Value = LinkValue;

    skip!(number list);

    fn visit_str<E>(self, text: &str) -> Result<LinkValue, E> {
        Ok(LinkValue(Some(text.trim()).filter(|text| !text.is_empty()).map(|text| (false, text.to_owned()))))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<LinkValue, A::Error> {
        let (mut address, mut is_other) = (None, false);
        // The links of JSON:API and of HAL have their relation as the key.
        let (mut page, mut own) = (None, None);
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            match &*key {
                "rel" | "@rel" => {
                    let rel = object.next_value::<Scalar>()?.text;
                    is_other = rel.is_some_and(|rel| !rel.eq_ignore_ascii_case("alternate"));
                }
                "self" => own = object.next_value::<LinkValue>()?.0,
                "alternate" | "canonical" | "html" | "permalink" | "web" | "website" if page.is_none() => {
                    page = object.next_value::<LinkValue>()?.0;
                }
                key if TEXTS.contains(&key) && address.is_none() => address = object.next_value::<Scalar>()?.text,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        let written = address.map(|address| (is_other, address));
        // The address of the item itself may be that of its data.
        Ok(LinkValue(page.or(written).or(own.map(|(_, own)| (true, own)))))
    }
}

impl<'de> Deserialize<'de> for LinkValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LinkValue, D::Error> {
        deserializer.deserialize_any(LinkValue::default())
    }
}

impl<'de> Visitor<'de> for BestLink {
    type Value = BestLink;

    skip!(number);

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<BestLink, E> {
        Ok(BestLink(LinkValue::default().visit_str::<E>(text)?.0.map(|(_, address)| address)))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<BestLink, A::Error> {
        Ok(BestLink(LinkValue::default().visit_map(object)?.0.map(|(_, address)| address)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<BestLink, A::Error> {
        let mut best: Option<(bool, String)> = None;
        while let Some(LinkValue(link)) = list.next_element()? {
            best = match (best, link) {
                (Some((true, _)), Some(link @ (false, _))) => Some(link),
                (best, link) => best.or(link),
            };
        }
        Ok(BestLink(best.map(|(_, address)| address)))
    }
}

impl<'de> Deserialize<'de> for BestLink {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<BestLink, D::Error> {
        deserializer.deserialize_any(BestLink::default())
    }
}

/// The text that an object has under a key, or a text in place of the object.
pub(super) struct Member<K>(pub(super) Option<String>, PhantomData<K>);

/// The key of a [`Member`].
pub(super) trait Key {
    const NAME: &'static str;
}

/// The name of an author.
pub(super) struct AuthorName;

impl Key for AuthorName {
    const NAME: &'static str = "name";
}

/// The address of an attachment.
pub(super) struct AttachmentUrl;

impl Key for AttachmentUrl {
    const NAME: &'static str = "url";
}

impl<K> Default for Member<K> {
    fn default() -> Member<K> {
        Member(None, PhantomData)
    }
}

impl<K> Member<K> {
    fn none(&self) -> Member<K> {
        Member::default()
    }
}

impl<'de, K: Key> Visitor<'de> for Member<K> {
    type Value = Member<K>;

    skip!(number list);

    fn visit_str<E>(self, text: &str) -> Result<Member<K>, E> {
        Ok(Member(Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned), PhantomData))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Member<K>, A::Error> {
        while let Some(key) = object.next_key::<Cow<'_, str>>()? {
            match &*key {
                name if name == K::NAME => self.0 = object.next_value::<Scalar>()?.text,
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(self)
    }
}

impl<'de, K: Key> Deserialize<'de> for Member<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Member<K>, D::Error> {
        deserializer.deserialize_any(Member::default())
    }
}

/// A list of names, or one name, each read as a `T`; what exceeds the limit is skipped.
pub(super) struct Names<T>(pub(super) Vec<String>, PhantomData<T>);

impl<T> Default for Names<T> {
    fn default() -> Names<T> {
        Names(Vec::new(), PhantomData)
    }
}

impl<T> Names<T> {
    fn none(&self) -> Names<T> {
        Names::default()
    }
}

impl<'de, T: Deserialize<'de> + Into<Option<String>>> Visitor<'de> for Names<T> {
    type Value = Names<T>;

    skip!(number);

    fn visit_str<E: serde::de::Error>(mut self, text: &str) -> Result<Names<T>, E> {
        self.0.extend(T::deserialize(text.into_deserializer())?.into());
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, object: A) -> Result<Names<T>, A::Error> {
        self.0.extend(T::deserialize(MapAccessDeserializer::new(object))?.into());
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Names<T>, A::Error> {
        for _ in 0..NAMES {
            match list.next_element::<T>()? {
                Some(name) => self.0.extend(name.into()),
                None => return Ok(self),
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(self)
    }
}

impl<'de, T: Deserialize<'de> + Into<Option<String>>> Deserialize<'de> for Names<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Names<T>, D::Error> {
        deserializer.deserialize_any(Names::default())
    }
}

impl<K> From<Member<K>> for Option<String> {
    fn from(member: Member<K>) -> Option<String> {
        member.0
    }
}

impl From<Scalar> for Option<String> {
    fn from(scalar: Scalar) -> Option<String> {
        scalar.text
    }
}

/// Puts the long numbers of a document, and those with a fraction, between quotes, so that their digits stay as they are
/// written: ids of twenty digits are no numbers of a computer. Strings are left as they are.
pub(super) fn with_numbers_as_written(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let (mut at, mut copied) = (0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at + 1),
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
                let length = bytes.iter().skip(at).take_while(|byte| is_part(byte)).count();
                let number = text.get(at..at + length).unwrap_or_default();
                if is_number(number) && (length > EXACT_DIGITS || number.contains(['.', 'e', 'E'])) {
                    out.push_str(text.get(copied..at).unwrap_or_default());
                    out.extend(["\"", number, "\""]);
                    copied = at + length;
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// How many digits a number may have to be read exactly by any program.
const EXACT_DIGITS: usize = 15;

/// Returns whether a text is a number of JSON (RFC 8259, 6); any other is a fault of the document.
fn is_number(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    is_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && is_digits(fraction)
        && is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))
}

/// Returns the place after the quote that ends a string which begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += found;
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            _ => at += 2,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_keep_their_digits() {
        let check = |text: &str, expected: &str| assert_eq!(with_numbers_as_written(text), expected);
        check(r#"{"id": 12345678901234567890}"#, r#"{"id": "12345678901234567890"}"#);
        check(r#"[123456789012345, 1234567890123456]"#, r#"[123456789012345, "1234567890123456"]"#);
        check(r#"{"a":-12345678901234567,"b":1.10,"c":1e400}"#, r#"{"a":"-12345678901234567","b":"1.10","c":"1e400"}"#);
        check(
            r#"{"a": "say \"12345678901234567890\" 1.5", "b": 7}"#,
            r#"{"a": "say \"12345678901234567890\" 1.5", "b": 7}"#,
        );
        // What is no number of JSON stays a fault, to be mended as one.
        check("[0012345678901234567890, 1., 1.e5, -, 1-2.5]", "[0012345678901234567890, 1., 1.e5, -, 1-2.5]");
        check(r#"["open 12345678901234567890"#, r#"["open 12345678901234567890"#);
        check("", "");
    }
}
