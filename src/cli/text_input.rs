//! Files of text as editors, spreadsheets and Windows write them: with a byte order mark, in UTF-16, in the code page of
//! the country; with lines that end in LF, CRLF or CR.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes by which the encoding is recognised.
const HEAD: usize = 64 << 10;

/// Bytes that are decoded at a time.
const CHUNK: usize = 32 << 10;

/// Returns a text as UTF-8 without byte order marks and padding: UTF-8 as it is, and UTF-16.
pub(super) fn decoded(raw: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    Ok(Box::new(Unpadded::new(decoded_as_it_is(raw)?)))
}

fn decoded_as_it_is(mut raw: Box<dyn Read>) -> io::Result<Box<dyn Read>> {
    // A stream of lines must not wait for more than its first ones.
    let mut head = Vec::with_capacity(4);
    raw.by_ref().take(4).read_to_end(&mut head)?;
    refuse_utf_32(&head)?;
    Ok(match utf_encoding(&head) {
        Some(encoding) => as_utf8(head, raw, encoding),
        None => Box::new(io::Cursor::new(head).chain(raw)),
    })
}

/// Returns a table as UTF-8 without byte order marks and padding, and the name of its encoding if that had to be guessed: a
/// spreadsheet that is not asked for UTF-8 writes the code page of its country.
pub(super) fn decoded_table(raw: Box<dyn Read>) -> io::Result<(Box<dyn Read>, Option<&'static str>)> {
    let (table, guessed) = decoded_table_as_it_is(raw)?;
    Ok((Box::new(Unpadded::new(table)), guessed))
}

fn decoded_table_as_it_is(mut raw: Box<dyn Read>) -> io::Result<(Box<dyn Read>, Option<&'static str>)> {
    let mut head = Vec::new();
    raw.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    refuse_utf_32(&head)?;
    if let Some(encoding) = utf_encoding(&head) {
        return Ok((as_utf8(head, raw, encoding), None));
    }
    if is_utf8(&head) {
        return Ok((Box::new(io::Cursor::new(head).chain(raw)), None));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&head, head.len() < HEAD);
    let encoding = detector.guess(None, Utf8Detection::Deny);
    Ok((as_utf8(head, raw, encoding), Some(encoding.name())))
}

/// Refuses a text in UTF-32, by its byte order mark or the zero bytes of its first character. No editor writes it unless
/// somebody chooses it.
fn refuse_utf_32(head: &[u8]) -> io::Result<()> {
    let refusal = "the text is in UTF-32, which is not read; save it in UTF-8 (`iconv -f UTF-32 -t UTF-8`)";
    let is_utf_32 = match head {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => true,
        [first, 0, 0, 0, ..] | [0, 0, 0, first, ..] => first.is_ascii_graphic(),
        _ => false,
    };
    if is_utf_32 { Err(io::Error::new(io::ErrorKind::InvalidData, refusal)) } else { Ok(()) }
}

/// Returns the encoding that the first bytes of a text tell: a byte order mark, or every second byte is zero.
fn utf_encoding(head: &[u8]) -> Option<&'static Encoding> {
    let marked = Encoding::for_bom(head).map(|(encoding, _)| encoding);
    marked.or(match head {
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => Some(UTF_16BE),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => Some(UTF_16LE),
        _ => None,
    })
}

/// Returns whether more of a text that is not ASCII is valid UTF-8 than not; one bad line does not make it another
/// encoding.
fn is_utf8(head: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0, 0);
    for chunk in head.utf8_chunks() {
        valid += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        invalid += chunk.invalid().len();
    }
    valid >= invalid
}

fn as_utf8(head: Vec<u8>, raw: Box<dyn Read>, encoding: &'static Encoding) -> Box<dyn Read> {
    if encoding == UTF_8 {
        // Bad bytes stay, so that the lines that have them are reported.
        let mut head = io::Cursor::new(head);
        head.set_position(3);
        return Box::new(head.chain(raw));
    }
    Box::new(Transcoded {
        raw: Box::new(io::Cursor::new(head).chain(raw)),
        decoder: encoding.new_decoder_with_bom_removal(),
        text: String::with_capacity(2 * CHUNK),
        at: 0,
        is_ended: false,
    })
}

/// A text of another encoding, read as UTF-8.
struct Transcoded {
    raw: Box<dyn Read>,
    decoder: Decoder,
    text: String,
    at: usize,
    is_ended: bool,
}

impl Read for Transcoded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut bytes = [0; CHUNK];
        while self.at == self.text.len() && !self.is_ended {
            let read = self.raw.read(&mut bytes)?;
            self.is_ended = read == 0;
            let bytes = bytes.get(..read).unwrap_or_default();
            self.text.clear();
            self.at = 0;
            let needed = self.decoder.max_utf8_buffer_length(read).unwrap_or(4 * CHUNK);
            self.text.reserve(needed);
            let (result, _, _) = self.decoder.decode_to_string(bytes, &mut self.text, self.is_ended);
            debug_assert_eq!(result, CoderResult::InputEmpty, "the buffer has room for all of it");
        }
        let mut rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let read = rest.read(into)?;
        self.at += read;
        Ok(read)
    }
}

/// A text without what is no part of it: the Ctrl-Z with which DOS ended its files, the zero bytes with which a file was
/// filled up to the size of a block, and the byte order marks of files that were put together.
struct Unpadded {
    raw: Box<dyn Read>,
    /// What was read and may be padding.
    pending: Vec<u8>,
    out: Vec<u8>,
    at: usize,
    last: u8,
    is_ended: bool,
}

/// A byte order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A longer run is padding, whatever follows.
const PADDING: usize = 4 << 10;

impl Unpadded {
    fn new(raw: Box<dyn Read>) -> Unpadded {
        Unpadded { raw, pending: Vec::new(), out: Vec::new(), at: 0, last: b'\n', is_ended: false }
    }

    /// Passes on those bytes of what was read that are certainly text.
    fn sift(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_slice();
        while !rest.is_empty() {
            let is_at_start = matches!(self.last, b'\n' | b'\r');
            let run = rest.iter().take_while(|byte| matches!(byte, 0 | 0x1A)).count();
            let after = rest.get(run..).unwrap_or_default();
            let may_be_a_mark = (run > 0 || !after.is_empty()) && after.len() < MARK.len() && MARK.starts_with(after);
            if may_be_a_mark && !self.is_ended && !(after.is_empty() && is_at_start) && run < PADDING {
                break;
            }
            if after.starts_with(MARK) && (is_at_start || run > 0 || self.last == b'}') {
                // The file before it did not end its last line.
                if !is_at_start {
                    self.pass(b"\n");
                }
                rest = after.get(MARK.len()..).unwrap_or_default();
            } else if run > 0 {
                if !is_at_start && run < PADDING && !matches!(after.first(), None | Some(b'\n' | b'\r')) {
                    self.pass(rest.get(..run).unwrap_or_default());
                }
                rest = after;
            } else {
                let skipped = rest.iter().skip(1).position(|byte| matches!(byte, 0 | 0x1A | 0xEF));
                let (plain, after) = rest.split_at(skipped.map_or(rest.len(), |at| at + 1));
                self.pass(plain);
                rest = after;
            }
        }
        self.pending = rest.to_vec();
    }

    fn pass(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
        self.last = bytes.last().copied().unwrap_or(self.last);
    }
}

impl Read for Unpadded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut bytes = [0; CHUNK];
        while self.at == self.out.len() && !self.is_ended {
            let read = self.raw.read(&mut bytes)?;
            self.is_ended = read == 0;
            self.out.clear();
            self.at = 0;
            self.pending.extend_from_slice(bytes.get(..read).unwrap_or_default());
            self.sift();
        }
        let mut rest = self.out.get(self.at..).unwrap_or_default();
        let read = rest.read(into)?;
        self.at += read;
        Ok(read)
    }
}

/// What went wrong with a file that could be read in part.
#[derive(Clone, Debug, Default)]
pub(super) struct Damage(Rc<RefCell<Option<io::Error>>>);

impl Damage {
    /// Returns why the rest of the file could not be read.
    pub(super) fn take(&self) -> Option<io::Error> {
        self.0.borrow_mut().take()
    }
}

/// Returns what can be read of a file, up to the last whole line before the place where it is damaged or breaks off,
/// and what is wrong there.
pub(super) fn whole_lines(raw: Box<dyn Read>) -> (Box<dyn Read>, Damage) {
    let damage = Damage::default();
    (Box::new(WholeLines { raw, damage: damage.clone(), read: Vec::new(), at: 0, whole: 0, is_ended: false }), damage)
}

struct WholeLines {
    raw: Box<dyn Read>,
    damage: Damage,
    /// What was read: up to `at` it was handed on, up to `whole` it may be.
    read: Vec<u8>,
    at: usize,
    whole: usize,
    is_ended: bool,
}

impl Read for WholeLines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.whole && !self.is_ended {
            self.read.drain(..self.at);
            self.at = 0;
            let known = self.read.len();
            self.read.resize(known + CHUNK, 0);
            let read = self.raw.read(self.read.get_mut(known..).unwrap_or_default());
            self.read.truncate(known + read.as_ref().copied().unwrap_or_default());
            self.is_ended = matches!(read, Ok(0));
            match read {
                Ok(0) => self.whole = self.read.len(),
                Ok(_) => {
                    let new = self.read.get(known..).unwrap_or_default();
                    self.whole = memchr::memrchr2(b'\n', b'\r', new).map_or(0, |end| known + end + 1);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_ended = true;
                    *self.damage.0.borrow_mut() = Some(error);
                }
            }
        }
        let mut rest = self.read.get(self.at..self.whole).unwrap_or_default();
        let read = rest.read(into)?;
        self.at += read;
        Ok(read)
    }
}

/// The ends of the lines of a text that have been read but not passed.
#[derive(Debug, Default)]
struct Ends {
    /// The offset of the next byte.
    read: u64,
    /// The last byte.
    last: Option<u8>,
    /// Where the line that is being read starts.
    start: u64,
    /// For each line, where it ends, and whether it is empty.
    lines: VecDeque<(u64, bool)>,
    /// Lines that have been passed.
    passed: usize,
    /// Quotation marks.
    quotes: u64,
}

impl Ends {
    fn see(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                // The LF of a CRLF.
                b'\n' if self.last == Some(b'\r') => {
                    if let Some((end, _)) = self.lines.back_mut() {
                        *end = self.read;
                    }
                    self.start = self.read + 1;
                }
                b'\n' | b'\r' => {
                    self.lines.push_back((self.read, self.start == self.read));
                    self.start = self.read + 1;
                }
                b'"' => self.quotes += 1,
                _ => {}
            }
            self.last = Some(*byte);
            self.read += 1;
        }
    }
}

/// Counts the lines of what is read through it.
#[derive(Clone, Debug, Default)]
pub(super) struct LineCounter(Rc<RefCell<Ends>>);

impl LineCounter {
    /// Returns a reader whose lines are counted.
    pub(super) fn watch(&self, raw: Box<dyn Read>) -> Box<dyn Read> {
        Box::new(Counted { raw, ends: Rc::clone(&self.0) })
    }

    /// Whether an offset is the end of what was read, and a quotation mark before it is not closed.
    pub(super) fn is_in_quotes_at(&self, offset: u64) -> bool {
        let ends = self.0.borrow();
        offset >= ends.read && !ends.quotes.is_multiple_of(2)
    }

    /// Returns the line, from 1, on which the record begins that was read from an offset on; offsets must not go back.
    /// Empty lines before it are not part of it, nor is the rest of a CRLF.
    pub(super) fn line_at(&self, offset: u64) -> usize {
        let mut ends = self.0.borrow_mut();
        while ends.lines.front().is_some_and(|(end, is_empty)| *end <= offset || *is_empty) {
            ends.lines.pop_front();
            ends.passed += 1;
        }
        ends.passed + 1
    }
}

struct Counted {
    raw: Box<dyn Read>,
    ends: Rc<RefCell<Ends>>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(into)?;
        self.ends.borrow_mut().see(into.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, so that nothing depends on where a piece ends.
    struct Slow(io::Cursor<Vec<u8>>, usize);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let size = into.len().min(self.1);
            self.0.read(&mut into[..size])
        }
    }

    fn slowly(bytes: &[u8], size: usize) -> Box<dyn Read> {
        Box::new(Slow(io::Cursor::new(bytes.to_vec()), size))
    }

    fn utf16(text: &str, is_big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn every_encoding_of_unicode_is_read_as_utf8() {
        let text = "title,url\nБаку 🏔️ Երևան,https://a.example/\n";
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            utf16(text, false),
            utf16(text, true),
            utf16(&format!("\u{FEFF}{text}"), false),
            utf16(&format!("\u{FEFF}{text}"), true),
        ] {
            for size in [1, 2, 3, 7, 100] {
                let mut read = String::new();
                decoded(slowly(&bytes, size)).unwrap().read_to_string(&mut read).unwrap();
                assert_eq!(read, text, "{size}");
                let (mut table, guessed) = decoded_table(slowly(&bytes, size)).unwrap();
                read.clear();
                table.read_to_string(&mut read).unwrap();
                assert_eq!((read.as_str(), guessed), (text, None), "{size}");
            }
        }
        for (bytes, is_read) in [
            (&b"\xFF\xFE\0\0t\0\0\0"[..], false),
            (b"\0\0\xFE\xFF\0\0\0t", false),
            (b"{\0\0\0\"\0\0\0", false),
            (b"\0\0\0{\0\0\0\"", false),
            (b"\xFF\xFEt\0", true),
            (b"\0\0\0\0", true),
            (b"t", true),
        ] {
            assert_eq!(decoded(slowly(bytes, 3)).is_ok(), is_read, "{bytes:?}");
            assert_eq!(decoded_table(slowly(bytes, 3)).is_ok(), is_read, "{bytes:?}");
        }
        for short in [&b""[..], b"a", b"{}", b"\xEF\xBB\xBF"] {
            let mut read = Vec::new();
            decoded(slowly(short, 1)).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, short.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(short));
        }
    }

    #[test]
    fn padding_and_marks_between_files_are_left_out() {
        let check = |text: &[u8], expected: &[u8]| {
            for size in [1, 2, 3, 5, 100] {
                let mut read = Vec::new();
                Unpadded::new(slowly(text, size)).read_to_end(&mut read).unwrap();
                assert_eq!(read, expected, "{:?} by {size}", String::from_utf8_lossy(text));
            }
        };
        check(b"", b"");
        check(b"a\nb\n\x1A", b"a\nb\n");
        check(b"a\nb\x1A", b"a\nb");
        check(b"a\r\nb\r\n\x1A\0\0\0", b"a\r\nb\r\n");
        check(b"a\nb\0\0\0\0", b"a\nb");
        check(b"\0\0\0", b"");
        check(b"a\n\0\0b\n", b"a\nb\n");
        check(b"a\x1A\nb\x1A\r\n", b"a\nb\r\n");
        check(b"\xEF\xBB\xBFa\n\xEF\xBB\xBFb\n", b"a\nb\n");
        check(b"a\n\x1A\xEF\xBB\xBFb\n", b"a\nb\n");
        check(b"{}\x1A\xEF\xBB\xBF{}", b"{}\n{}");
        check(b"{}\xEF\xBB\xBF{}\n", b"{}\n{}\n");
        // What is within a line may be meant.
        check(b"a\x1Ab\0c", b"a\x1Ab\0c");
        check("a\u{FEFF}b\u{F000}\u{FEFF}".as_bytes(), "a\u{FEFF}b\u{F000}\u{FEFF}".as_bytes());
        check(b"a\xEF\xBB", b"a\xEF\xBB");
        let long = [b"a", vec![0; 3 * PADDING].as_slice(), b"\n"].concat();
        check(&long, b"a\n");
    }

    #[test]
    fn the_code_page_of_a_table_is_guessed_and_one_bad_line_is_none() {
        let text = "Заголовок;Адрес\nПереговоры в Ереване и Баку продолжаются;https://a.example/\n".repeat(20);
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&text);
        let (mut table, guessed) = decoded_table(slowly(&bytes, 100)).unwrap();
        let mut read = String::new();
        table.read_to_string(&mut read).unwrap();
        assert_eq!((read, guessed), (text.clone(), Some("windows-1251")));
        let bad = [text.as_bytes(), b"\xFF\xFE;x\n"].concat();
        let (mut table, guessed) = decoded_table(slowly(&bad, 100)).unwrap();
        let mut read = Vec::new();
        table.read_to_end(&mut read).unwrap();
        assert_eq!((read, guessed), (bad, None));
    }

    /// Gives some bytes, then fails.
    struct Broken(io::Cursor<Vec<u8>>);

    impl Read for Broken {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            match self.0.read(into)? {
                0 => Err(io::ErrorKind::UnexpectedEof.into()),
                read => Ok(read),
            }
        }
    }

    #[test]
    fn a_damaged_file_is_read_up_to_its_last_whole_line() {
        let long = format!("{}\nx", "y".repeat(3 * CHUNK));
        let check = |text: &str, whole: &str| {
            let mut read = String::new();
            let (mut reader, damage) = whole_lines(Box::new(Broken(io::Cursor::new(text.into()))));
            reader.read_to_string(&mut read).unwrap();
            assert!(read == whole && damage.take().is_some(), "{text:?}: {read:?}");
            let (mut reader, damage) = whole_lines(slowly(text.as_bytes(), 7));
            read.clear();
            reader.read_to_string(&mut read).unwrap();
            assert!(read == text && damage.take().is_none(), "{text:?}");
        };
        check("", "");
        check("one", "");
        check("one\n", "one\n");
        check("one\r\ntwo\r\nthr", "one\r\ntwo\r\n");
        check(&long, long.trim_end_matches('x'));
    }

    #[test]
    fn records_have_the_lines_that_an_editor_shows() {
        let records = ["a,b", "", "c,\"d", "", "e\"", "", "", "f,g", "h,i"];
        for end in ["\n", "\r\n", "\r"] {
            let text = records.join(end);
            for size in 1..20 {
                let counter = LineCounter::default();
                let watched = counter.watch(slowly(text.as_bytes(), size));
                let mut reader =
                    csv::ReaderBuilder::new().has_headers(false).buffer_capacity(size).from_reader(watched);
                let mut record = csv::ByteRecord::new();
                let mut lines = Vec::new();
                loop {
                    let offset = reader.position().byte();
                    if !reader.read_byte_record(&mut record).unwrap() {
                        break;
                    }
                    lines.push(counter.line_at(offset));
                }
                assert_eq!(lines, [1, 3, 8, 9], "{end:?} {size}");
            }
        }
    }
}
