//! Documents that came packed though nothing said so: a `feed.xml.gz` served as it lies on the disk.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

/// What a member of gzip begins with: its mark, and the one method there is (RFC 1952, 2.3.1).
const GZIP: &[u8] = b"\x1f\x8b\x08";

/// The bytes themselves, or what is packed in them, `most` bytes of it at most. A stream that breaks off gives what stands before the break; one with
/// nothing before it is not packed.
pub(super) fn unpacked<'a>(bytes: &'a [u8], most: usize, warnings: &mut Vec<String>) -> Cow<'a, [u8]> {
    if !bytes.starts_with(GZIP) {
        return Cow::Borrowed(bytes);
    }
    let mut whole = Vec::new();
    let mut reader = MultiGzDecoder::new(bytes).take(most as u64 + 1);
    let end = reader.read_to_end(&mut whole);
    if whole.is_empty() {
        return Cow::Borrowed(bytes);
    }
    warnings.push("packed with gzip, which nothing said".to_owned());
    if let Err(error) = end {
        warnings.push(format!("the packed document breaks off after {} bytes: {error}", whole.len()));
    }
    if whole.len() > most {
        whole.truncate(most);
        warnings.push(format!("the packed document was read up to {most} bytes"));
    }
    Cow::Owned(whole)
}
