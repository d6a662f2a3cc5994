//! Content codings (RFC 9110, 8.4.1): undoes what a body was compressed with, whatever the header says of it.
//!
//! Servers name a coding and send plain text, compress without a word, name the wrong coding, or pack a body as several
//! gzip members. So the first bytes decide, and the header only where the bytes say nothing.

use std::io::{self, BufRead, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// What requests accept.
pub(super) const ACCEPT_ENCODING: &str = "gzip, br, zstd";

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// How far a list of codings is followed.
const LAYERS: usize = 3;

/// A body whose codings are undone while it is read.
pub(crate) struct Decoded<'a>(Box<dyn BufRead + Send + 'a>);

impl Read for Decoded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

/// Returns a reader of what is compressed in a body, or `None` if it is not compressed. `codings` is the value of
/// `Content-Encoding`.
///
/// # Errors
/// Fails if the beginning of an inner layer cannot be read.
pub(crate) fn decoded<'a>(body: &'a [u8], codings: &str) -> io::Result<Option<Decoded<'a>>> {
    let mut named: Vec<&str> = codings.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let mut reader: Box<dyn BufRead + Send + 'a> = Box::new(body);
    let mut layers = 0;
    while layers < LAYERS {
        // The last coding was applied last.
        let name = named.pop().map(str::to_lowercase).unwrap_or_default();
        let (head, is_last) = (reader.fill_buf()?, named.is_empty());
        let Some(coding) = Coding::of(head, &name) else {
            if is_last {
                break;
            }
            continue;
        };
        reader = coding.reader(reader);
        layers += 1;
    }
    Ok((layers > 0).then_some(Decoded(reader)))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Gzip,
    Zlib,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    /// Returns the coding of a body by its first bytes and the name in the header.
    fn of(head: &[u8], name: &str) -> Option<Coding> {
        if head.starts_with(GZIP) {
            return Some(Coding::Gzip);
        }
        if head.starts_with(ZSTD) {
            return Some(Coding::Zstd);
        }
        // A zlib stream at one of the usual levels; the fourth is printable, so that the header must name a coding.
        if matches!(head, [0x78, 0x01 | 0x9c | 0xda, ..]) || (head.starts_with(&[0x78, 0x5e]) && !name.is_empty()) {
            return Some(Coding::Zlib);
        }
        if is_text(head) {
            return None;
        }
        // These have no sign of their own, or not always, and some servers call them gzip.
        if let Some(coding) = [Coding::Zlib, Coding::Deflate, Coding::Brotli].into_iter().find(|it| it.gives_text(head))
        {
            return Some(coding);
        }
        match name {
            // So that what is neither compressed nor text is named as that.
            "gzip" | "x-gzip" => Some(Coding::Gzip),
            "zstd" => Some(Coding::Zstd),
            "br" => Some(Coding::Brotli),
            // The name means zlib, but some servers send the stream alone.
            "deflate" => Some(if is_zlib(head) { Coding::Zlib } else { Coding::Deflate }),
            _ => None,
        }
    }

    /// Returns whether a body that starts so, read by this coding, starts as the document of a feed does.
    fn gives_text(self, head: &[u8]) -> bool {
        let mut start = [0; 64];
        let mut reader = self.reader(Box::new(head));
        let mut length = 0;
        while let Some(rest) = start.get_mut(length..).filter(|rest| !rest.is_empty()) {
            match reader.read(rest) {
                Ok(read @ 1..) => length += read,
                _ => break,
            }
        }
        start.get(..length).is_some_and(is_text)
    }

    fn reader<'a>(self, body: Box<dyn BufRead + Send + 'a>) -> Box<dyn BufRead + Send + 'a> {
        const BUFFER_BYTES: usize = 16 << 10;
        let reader: Box<dyn Read + Send + 'a> = match self {
            Coding::Gzip => Box::new(GzipMembers(Some(GzDecoder::new(body)))),
            Coding::Zlib => Box::new(ZlibDecoder::new(body)),
            Coding::Deflate => Box::new(DeflateDecoder::new(body)),
            Coding::Brotli => Box::new(brotli_decompressor::Decompressor::new(body, BUFFER_BYTES)),
            Coding::Zstd => Box::new(ZstdFrames { frame: None, rest: Some(body), is_first: true }),
        };
        Box::new(io::BufReader::with_capacity(BUFFER_BYTES, reader))
    }
}

/// Whether a body starts as a document of a feed does: with markup or JSON, after a byte order mark or white space.
fn is_text(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    // UTF-16 has a zero beside each sign.
    let head = head.strip_prefix(b"\xff\xfe").or_else(|| head.strip_prefix(b"\xfe\xff\0")).unwrap_or(head);
    match head {
        [b'<', second, ..] => second.is_ascii_alphabetic() || matches!(second, b'?' | b'!' | 0),
        [b'{' | b'[', second, ..] => second.is_ascii_whitespace() || matches!(second, b'"' | b'{' | b'}' | b']'),
        _ => false,
    }
}

/// Whether a stream has the head of RFC 1950 (2.2).
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [method, flags, ..]
        if method & 0x0f == 8 && (u16::from(*method) << 8 | u16::from(*flags)).is_multiple_of(31))
}

/// The members of a gzip file one after the other (RFC 1952, 2.2). What follows the last one and is none is padding.
struct GzipMembers<R>(Option<GzDecoder<R>>);

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(member) = self.0.take() else { break };
            let mut rest = member.into_inner();
            if rest.fill_buf()?.starts_with(GZIP) {
                self.0 = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

/// The frames of a zstd stream one after the other (RFC 8878, 3.1). What follows the last one and is none is padding.
struct ZstdFrames<R: BufRead> {
    frame: Option<StreamingDecoder<R, FrameDecoder>>,
    /// What follows the frame that was read last.
    rest: Option<R>,
    /// Whether no frame was read yet.
    is_first: bool,
}

impl<R: BufRead> Read for ZstdFrames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// What a decoder must be able to hold, and a sender may use (RFC 9659, 3).
        const WINDOW_BYTES: u64 = 8 << 20;
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.rest = self.frame.take().map(StreamingDecoder::into_inner);
            }
            let Some(mut rest) = self.rest.take() else { return Ok(0) };
            if !rest.fill_buf()?.starts_with(ZSTD) && !std::mem::take(&mut self.is_first) {
                return Ok(0);
            }
            self.is_first = false;
            let frame = StreamingDecoder::new_with_max_window_size(rest, WINDOW_BYTES);
            self.frame = Some(frame.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write;

    use super::*;

    const TEXT: &[u8] = b"<rss version=\"2.0\"><channel><title>News</title></channel></rss>";

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = write::GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        let mut encoder = write::ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(text: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        brotli::CompressorWriter::new(&mut body, 4096, 4, 22).write_all(text).unwrap();
        body
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest)
    }

    fn undone(body: &[u8], codings: &str) -> Result<Vec<u8>, String> {
        let read = || -> io::Result<Vec<u8>> {
            let Some(mut reader) = decoded(body, codings)? else { return Ok(body.to_vec()) };
            let mut whole = Vec::new();
            reader.read_to_end(&mut whole)?;
            Ok(whole)
        };
        read().map_err(|error| error.to_string())
    }

    #[test]
    fn codings_are_undone_whatever_the_header_says() {
        let check = |name: &str, body: &[u8], codings: &str| {
            assert_eq!(undone(body, codings).as_deref(), Ok(TEXT), "{name}");
        };
        let (first, second) = TEXT.split_at(20);
        let padded = [gzip(TEXT), vec![0; 40]].concat();
        check("plain", TEXT, "");
        check("plain, called gzip", TEXT, "gzip");
        check("plain, called br", TEXT, "br");
        check("plain, called deflate", TEXT, "deflate");
        check("gzip", &gzip(TEXT), "gzip");
        check("gzip without a header", &gzip(TEXT), "");
        check("gzip, called x-gzip", &gzip(TEXT), "X-GZIP");
        check("gzip, called br", &gzip(TEXT), "br");
        check("gzip, called identity", &gzip(TEXT), "identity");
        check("two members", &[gzip(first), gzip(second)].concat(), "gzip");
        check("an empty member first", &[gzip(b""), gzip(TEXT)].concat(), "gzip");
        check("padding after the last member", &padded, "gzip");
        check("zstd", &zstd(TEXT), "zstd");
        check("zstd without a header", &zstd(TEXT), "");
        check("two frames", &[zstd(first), zstd(second)].concat(), "zstd");
        check("gzip twice", &gzip(&gzip(TEXT)), "gzip, gzip");
        check("gzip twice, said once", &gzip(&gzip(TEXT)), "gzip");
        check("zlib", &zlib(TEXT), "deflate");
        check("deflate without the head of zlib", &zlib(TEXT)[2..], "deflate");
        check("brotli", &brotli(TEXT), "br");
        check("zlib, called gzip", &zlib(TEXT), "gzip");
        check("deflate, called gzip", &zlib(TEXT)[2..], "gzip");
        check("deflate, called zstd", &zlib(TEXT)[2..], "zstd");
        check("deflate without a header", &zlib(TEXT)[2..], "");
        check("deflate in gzip", &gzip(&zlib(TEXT)[2..]), "gzip");
        check("brotli, called gzip", &brotli(TEXT), "gzip");
        check("brotli without a header", &brotli(TEXT), "");
        check("zlib without a header", &zlib(TEXT), "");
        check("brotli in gzip", &gzip(&brotli(TEXT)), "br, gzip");
    }

    #[test]
    fn what_is_neither_compressed_nor_text_is_an_error() {
        for (body, coding) in [(&b"this is no gzip"[..], "gzip"), (b"nor zstd", "zstd"), (b"\x07\x07\x07", "deflate")] {
            assert!(undone(body, coding).is_err(), "{coding}");
        }
        assert!(undone(&gzip(TEXT)[..30], "gzip").is_err());
    }
}
