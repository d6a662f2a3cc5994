//! Bytes to text: decompression, then the encoding by the first of these that applies: byte order mark, valid UTF-8
//! (nothing else looks like it), HTTP charset, XML declaration, detection.

use std::borrow::Cow;
use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use flate2::read::MultiGzDecoder;

/// The text of a body, with warnings about its encoding.
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) warnings: Vec<String>,
}

/// The bytes of the document in which the XML declaration is searched, and those that the detector reads.
const PROLOG_BYTES: usize = 1024;
const DETECTION_BYTES: usize = 256 << 10;

/// Turns the bytes of a document into text. `host` is where it came from: its top-level domain helps detection.
pub(super) fn decode<'a>(bytes: &'a [u8], content_type: Option<&str>, host: Option<&str>) -> Decoded<'a> {
    let mut warnings = Vec::new();
    if let Some(text) = utf_32(bytes) {
        return Decoded { text: Cow::Owned(text), warnings };
    }
    let (encoding, bytes) = choose(bytes, content_type, host, &mut warnings);
    let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
    if had_errors {
        warnings.push(format!("some bytes are not valid {} and were replaced", encoding.name()));
    }
    Decoded { text, warnings }
}

fn choose<'a>(
    bytes: &'a [u8],
    content_type: Option<&str>,
    host: Option<&str>,
    warnings: &mut Vec<String>,
) -> (&'static Encoding, &'a [u8]) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes).filter(|_| !bytes.starts_with(b"\xFF\xFE\0\0")) {
        return (encoding, bytes.get(length..).unwrap_or_default());
    }
    if let Some(encoding) = utf_16_by_pattern(bytes) {
        return (encoding, bytes);
    }
    let labels = [content_type.and_then(http_charset), prolog_encoding(bytes)];
    let declared = labels.into_iter().flatten().find_map(by_label);
    // Nothing else looks like UTF-8, even if it is broken in places.
    if is_utf_8(bytes) {
        if let Some(declared) =
            declared.filter(|declared| *declared != UTF_8 && !is_latin(declared) && !bytes.is_ascii())
        {
            warnings.push(format!("declared as {}, but the bytes are UTF-8", declared.name()));
        }
        return (UTF_8, bytes);
    }
    for label in labels.into_iter().flatten() {
        match by_label(label) {
            Some(encoding)
                if [UTF_8, UTF_16LE, UTF_16BE].contains(&encoding)
                    || (is_latin(encoding) && is_of_another_script(bytes)) =>
            {
                warnings.push(format!("declared as {}, but the bytes are not", encoding.name()));
            }
            Some(encoding) => return (encoding, bytes),
            None => warnings.push(format!("the declared encoding `{}` is unknown", label.escape_default())),
        }
    }
    let detected = detect(bytes, host);
    warnings.push(format!("encoding detected: {}", detected.name()));
    (detected, bytes)
}

/// The labels `us-ascii` and `iso-8859-1` are those of servers that do not know.
fn is_latin(encoding: &'static Encoding) -> bool {
    encoding == WINDOWS_1252
}

/// Returns whether bytes that are declared as Latin are letters of another alphabet: accented letters occur singly
/// among ASCII letters, while words of Cyrillic consist of bytes beyond ASCII.
fn is_of_another_script(bytes: &[u8]) -> bool {
    let (mut alone, mut together) = (0_usize, 0_usize);
    for run in bytes.chunk_by(|one, next| one.is_ascii() == next.is_ascii()).filter(|run| !run.is_ascii()) {
        match run.len() {
            1 | 2 => alone += run.len(),
            length => together += length,
        }
    }
    together >= 4 && together / 3 >= alone
}

/// Decodes UTF-32, which is not an encoding of the web: with its mark, or recognised by the zero bytes around the first
/// character.
fn utf_32(bytes: &[u8]) -> Option<String> {
    let opens = |byte: u8| matches!(byte, b'<' | b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t');
    let read: fn([u8; 4]) -> u32 = match *bytes {
        [0xFF, 0xFE, 0, 0, ..] => u32::from_le_bytes,
        [first, 0, 0, 0, ..] if opens(first) => u32::from_le_bytes,
        [0, 0, 0xFE, 0xFF, ..] => u32::from_be_bytes,
        [0, 0, 0, first, ..] if opens(first) => u32::from_be_bytes,
        _ => return None,
    };
    let (characters, _) = bytes.as_chunks::<4>();
    let characters = characters.iter().map(|four| char::from_u32(read(*four)).unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(characters.skip_while(|character| *character == '\u{FEFF}').collect())
}

/// Recognises UTF-16 without a byte order mark by the zero bytes of its first characters, which are `<`, a bracket or white
/// space.
fn utf_16_by_pattern(bytes: &[u8]) -> Option<&'static Encoding> {
    let opens = |byte: u8| matches!(byte, b'<' | b'{' | b'[' | b' ' | b'\n' | b'\r' | b'\t');
    match *bytes {
        [first, 0, second, 0, ..] if opens(first) && second.is_ascii() && second != 0 => Some(UTF_16LE),
        [0, first, 0, second, ..] if opens(first) && second.is_ascii() && second != 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The charset parameter of a `Content-Type`.
fn http_charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches(['"', '\'']).trim())
    })
}

/// The encoding that the XML declaration names.
fn prolog_encoding(bytes: &[u8]) -> Option<&str> {
    let head = bytes.get(..bytes.len().min(PROLOG_BYTES))?;
    let start = memchr::memmem::find(head, b"<?xml")?;
    let declaration = head.get(start..)?;
    let declaration = declaration.get(..memchr::memchr(b'>', declaration)?)?;
    let name = memchr::memmem::find(declaration, b"encoding")?;
    let rest = declaration.get(name + b"encoding".len()..)?;
    let quote = rest.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let value = rest.get(quote + 1..)?;
    let end = memchr::memchr(*rest.get(quote)?, value)?;
    std::str::from_utf8(value.get(..end)?).ok().map(str::trim)
}

/// Returns an encoding by its label, leniently: `cp-1251`, `win1251`, `windows1251`, `koi8r`, `utf8mb4`.
fn by_label(label: &str) -> Option<&'static Encoding> {
    if let Some(encoding) = Encoding::for_label(label.as_bytes()) {
        return Some(encoding);
    }
    let bare: String = label.chars().filter(char::is_ascii_alphanumeric).flat_map(char::to_lowercase).collect();
    let digits = bare.trim_start_matches(|c: char| !c.is_ascii_digit());
    let known = match bare.strip_suffix(digits).unwrap_or("") {
        "cp" | "win" | "windows" | "microsoftcp" | "mscp" | "ansi" | "codepage" | "ibm" => match digits {
            "65001" => "utf-8".to_owned(),
            "866" => "ibm866".to_owned(),
            "1200" => "utf-16le".to_owned(),
            "20866" => "koi8-r".to_owned(),
            "21866" => "koi8-u".to_owned(),
            _ => format!("windows-{digits}"),
        },
        "iso" => match digits.strip_prefix("8859") {
            Some(part) if !part.is_empty() => format!("iso-8859-{part}"),
            _ => return None,
        },
        "latin" => format!("latin{digits}"),
        _ if bare.starts_with("utf8") || bare == "unicode11utf8" => "utf-8".to_owned(),
        _ if bare.starts_with("utf16be") => "utf-16be".to_owned(),
        _ if bare.starts_with("utf16") || bare.starts_with("ucs2") || bare == "unicode" => "utf-16le".to_owned(),
        "koi" => match digits {
            "8" | "8r" => "koi8-r".to_owned(),
            "8u" | "8ru" => "koi8-u".to_owned(),
            _ => return None,
        },
        _ => return None,
    };
    Encoding::for_label(known.as_bytes())
}

/// Returns whether the bytes are UTF-8, perhaps broken in places: two in three characters beyond ASCII are valid. In a
/// single-byte encoding hardly any pair of letters is valid UTF-8, in a double-byte encoding one pair in six.
fn is_utf_8(bytes: &[u8]) -> bool {
    if Encoding::utf8_valid_up_to(bytes) == bytes.len() {
        return true;
    }
    let (mut right, mut wrong) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        right += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        wrong += usize::from(!chunk.invalid().is_empty());
    }
    right >= wrong.saturating_mul(2)
}

/// Detects the encoding from the bytes.
fn detect(bytes: &[u8], host: Option<&str>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    let window = bytes.get(first..).unwrap_or_default();
    detector.feed(window.get(..window.len().min(DETECTION_BYTES)).unwrap_or_default(), true);
    // The detector accepts only lower-case ASCII.
    let domain = host.and_then(|host| host.rsplit('.').next());
    let domain = domain.filter(|domain| !domain.is_empty() && domain.bytes().all(|byte| byte.is_ascii_lowercase()));
    detector.guess(domain.map(str::as_bytes), Utf8Detection::Deny)
}

#[cfg(test)]
mod tests;

/// The start of a gzip member: its magic number, and the only compression method (RFC 1952, 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// Returns the bytes themselves, or at limit `limit` bytes of what is compressed in them. A stream that breaks off
/// gives what comes before the break; if that is nothing, the bytes are not taken for gzip.
pub(super) fn decompressed<'a>(bytes: &'a [u8], limit: usize, warnings: &mut Vec<String>) -> Cow<'a, [u8]> {
    if !bytes.starts_with(GZIP) {
        return Cow::Borrowed(bytes);
    }
    let mut whole = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(limit as u64 + 1);
    let end = reader.read_to_end(&mut whole);
    if whole.is_empty() {
        return Cow::Borrowed(bytes);
    }
    warnings.push("compressed with gzip, although no header says so".to_owned());
    if let Err(error) = end {
        warnings.push(format!("the compressed document breaks off after {} bytes: {error}", whole.len()));
    }
    if whole.len() > limit {
        whole.truncate(limit);
        warnings.push(format!("the compressed document was read up to {limit} bytes"));
    }
    Cow::Owned(whole)
}
