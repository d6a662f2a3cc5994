//! Documents that are compressed with gzip although no header says so, such as a `feed.xml.gz` served as a plain file.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

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
