//! The elements of HTML, by how they are shown.

/// How an element is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Within a line.
    Inline,
    /// On lines of its own: paragraphs, list items, cells of tables.
    Block,
    /// On lines of its own, with its line ends kept.
    Preformatted,
    /// Not at all, unless there is nothing else.
    Drawing,
    /// Not at all: scripts, styles.
    Hidden,
    /// Not an element of HTML.
    Unknown,
}

/// Returns how the element with this name, in any case, is shown.
pub(super) fn element(name: &str) -> Element {
    let mut buffer = [0_u8; 12];
    let Some(lower) = buffer.get_mut(..name.len()) else { return Element::Unknown };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    match &*lower {
        b"a" | b"abbr" | b"acronym" | b"b" | b"bdi" | b"bdo" | b"big" | b"cite" | b"code" | b"data" | b"del"
        | b"dfn" | b"em" | b"font" | b"i" | b"img" | b"ins" | b"kbd" | b"label" | b"mark" | b"nobr" | b"q" | b"s"
        | b"samp" | b"small" | b"span" | b"strike" | b"strong" | b"sub" | b"sup" | b"time" | b"tt" | b"u" | b"var"
        | b"wbr" | b"blink" | b"picture" | b"source" | b"link" | b"meta" | b"input" | b"base" | b"track" | b"param"
        | b"image" | b"col" | b"colgroup" | b"embed" | b"button" | b"select" | b"ruby" | b"rt" | b"rp" | b"map"
        | b"area" | b"video" | b"audio" | b"canvas" | b"textarea" => Element::Inline,
        b"p" | b"br" | b"div" | b"li" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"blockquote" | b"h1" | b"h2"
        | b"h3" | b"h4" | b"h5" | b"h6" | b"hr" | b"section" | b"article" | b"aside" | b"header" | b"footer"
        | b"main" | b"nav" | b"figure" | b"figcaption" | b"address" | b"center" | b"html" | b"body" | b"form"
        | b"fieldset" | b"details" | b"summary" | b"table" | b"tr" | b"td" | b"th" | b"tbody" | b"thead" | b"tfoot"
        | b"caption" | b"option" | b"legend" | b"title" | b"dialog" | b"menu" | b"marquee" | b"frameset" | b"frame" => {
            Element::Block
        }
        // MathML, Core 3.
        b"math" | b"mrow" | b"mi" | b"mn" | b"mo" | b"ms" | b"mtext" | b"mspace" | b"mfrac" | b"msqrt" | b"mroot"
        | b"mstyle" | b"msub" | b"msup" | b"msubsup" | b"munder" | b"mover" | b"munderover" | b"mtable" | b"mtr"
        | b"mtd" | b"semantics" | b"mpadded" | b"mphantom" | b"mfenced" => Element::Inline,
        b"pre" => Element::Preformatted,
        b"svg" => Element::Drawing,
        b"script" | b"style" | b"noscript" | b"iframe" | b"object" | b"template" | b"head" => Element::Hidden,
        _ => Element::Unknown,
    }
}
