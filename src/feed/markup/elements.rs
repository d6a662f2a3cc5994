//! The elements of HTML, as far as it matters how they are shown.

/// How an element is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Within a line.
    Inline,
    /// On lines of its own.
    Block,
    /// Not at all: scripts, styles.
    Hidden,
    /// Tables, text whose lines are its own, and whatever else is not laid out simply.
    Table,
    /// No element of HTML.
    Unknown,
}

/// How the element of a name is shown.
pub(super) fn element(name: &str) -> Element {
    let mut buffer = [0_u8; 12];
    let Some(lower) = buffer.get_mut(..name.len()) else { return Element::Unknown };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    match &*lower {
        b"a" | b"abbr" | b"acronym" | b"b" | b"bdi" | b"bdo" | b"big" | b"cite" | b"code" | b"data" | b"del"
        | b"dfn" | b"em" | b"font" | b"i" | b"img" | b"ins" | b"kbd" | b"label" | b"mark" | b"nobr" | b"q" | b"s"
        | b"samp" | b"small" | b"span" | b"strike" | b"strong" | b"sub" | b"sup" | b"time" | b"tt" | b"u" | b"var"
        | b"wbr" | b"blink" | b"picture" | b"source" | b"link" | b"meta" | b"input" | b"base" | b"track" | b"param" => {
            Element::Inline
        }
        b"p" | b"br" | b"div" | b"li" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"blockquote" | b"h1" | b"h2"
        | b"h3" | b"h4" | b"h5" | b"h6" | b"hr" | b"section" | b"article" | b"aside" | b"header" | b"footer"
        | b"main" | b"nav" | b"figure" | b"figcaption" | b"address" | b"center" | b"html" | b"body" | b"form"
        | b"fieldset" | b"details" | b"summary" => Element::Block,
        b"script" | b"style" | b"noscript" | b"iframe" | b"object" | b"template" | b"head" => Element::Hidden,
        b"table" | b"pre" | b"tr" | b"td" | b"th" | b"tbody" | b"thead" | b"tfoot" | b"caption" | b"col"
        | b"colgroup" | b"svg" | b"math" | b"video" | b"audio" | b"canvas" | b"embed" | b"button" | b"select"
        | b"option" | b"textarea" | b"ruby" | b"rt" | b"rp" | b"map" | b"area" | b"legend" | b"title" | b"dialog"
        | b"menu" | b"marquee" | b"frameset" | b"frame" => Element::Table,
        _ => Element::Unknown,
    }
}

/// Whether an element has no end tag.
pub(super) fn is_void(name: &str) -> bool {
    ["br", "img", "hr", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track", "param"]
        .iter()
        .any(|void| void.eq_ignore_ascii_case(name))
}
