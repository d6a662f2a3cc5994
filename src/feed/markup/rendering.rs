//! HTML that is not simple, by `html2text`.

use std::panic::{AssertUnwindSafe, catch_unwind};

use html2text::render::TextDecorator;

/// What is longer or deeper is read by the scanner, whatever it makes of it.
const HTML_BYTES: usize = 256 << 10;
const DEPTH: usize = 200;

/// Wide enough that no paragraph is broken into lines.
const WIDTH: usize = 1 << 20;

/// The text of HTML; none where it cannot be laid out.
pub(super) fn render(html: &str) -> Option<String> {
    if html.len() > HTML_BYTES || super::depth(html) > DEPTH {
        return None;
    }
    // A fault of the library must not cost the feed.
    catch_unwind(AssertUnwindSafe(|| {
        html2text::config::with_decorator(Undecorated)
            .raw_mode(true)
            .no_table_borders()
            .no_link_wrapping()
            .unicode_strikeout(false)
            .allow_width_overflow()
            .string_from_read(html.as_bytes(), WIDTH)
            .ok()
    }))
    .ok()
    .flatten()
}

/// Text and nothing else: no marks for emphasis, links, headings, lists; no images.
#[derive(Clone, Debug)]
struct Undecorated;

impl TextDecorator for Undecorated {
    type Annotation = ();

    fn decorate_link_start(&mut self, _url: &str) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_link_end(&mut self) -> String {
        String::new()
    }

    fn decorate_em_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_em_end(&self) -> String {
        String::new()
    }

    fn decorate_strong_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strong_end(&self) -> String {
        String::new()
    }

    fn decorate_strikeout_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_strikeout_end(&self) -> String {
        String::new()
    }

    fn decorate_code_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_code_end(&self) -> String {
        String::new()
    }

    fn decorate_preformat_first(&self) {}

    fn decorate_preformat_cont(&self) {}

    fn decorate_image(&mut self, _src: &str, _title: &str) -> (String, ()) {
        (String::new(), ())
    }

    fn header_prefix(&self, _level: usize) -> String {
        String::new()
    }

    fn quote_prefix(&self) -> String {
        String::new()
    }

    fn unordered_item_prefix(&self) -> String {
        String::new()
    }

    fn ordered_item_prefix(&self, _number: i64) -> String {
        String::new()
    }

    fn decorate_superscript_start(&self) -> (String, ()) {
        (String::new(), ())
    }

    fn decorate_superscript_end(&self) -> String {
        String::new()
    }

    fn make_subblock_decorator(&self) -> Self {
        Undecorated
    }
}
