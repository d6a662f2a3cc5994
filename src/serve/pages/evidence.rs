//! A text with its evidence marked, and the tags and relations that rest on it.

use maud::{Markup, html};

use crate::model::{Classification, Field};
use crate::serve::site::Site;

/// A text and what the lexicon finds in it.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    pub(super) title: &'a str,
    pub(super) summary: &'a str,
    /// A BCP 47 tag, if it is known.
    pub(super) language: Option<&'a str>,
    pub(super) found: &'a Classification,
}

/// Shows a text.
pub(super) fn evidence(site: &Site, read: Read<'_>) -> Markup {
    let Read { title, summary, language, found } = read;
    let spans = |field: Field| -> Vec<(usize, usize)> {
        let mut spans: Vec<(usize, usize)> =
            found.evidence.iter().filter(|one| one.field == field).map(|one| (one.start, one.end)).collect();
        spans.sort_unstable();
        spans
    };
    let language = language.filter(|code| crate::render::block::is_language(code));
    html! {
        p dir="auto" lang=[language] { (marked(title, &spans(Field::Title))) }
        @if !summary.is_empty() { p.summary dir="auto" lang=[language] { (marked(summary, &spans(Field::Summary))) } }
        @if let Some(scope) = &found.scope {
            p.meta { "Scope " (scope.as_str()) ", score " (format!("{:.2}", found.score)) }
        }
        dl.tags { @for tag in &found.tags {
            dt { (site.label(tag)) " " span.meta { (tag) } }
            dd { @for (place, one) in found.evidence.iter().filter(|one| one.tag == *tag).enumerate() {
                @if place > 0 { "; " } "“" bdi { (one.form) } "” " span.meta { "(" (one.entity) ", " (one.rule) ")" }
            } }
        } }
        @for relation in &found.relations {
            p.meta {
                (site.place(&relation.a)) @if relation.directed { " → " } @else { " ↔ " } (site.place(&relation.b))
                ": " (relation.class) ", tone " (format!("{:+.1}", relation.tone))
            }
        }
    }
}

/// A text with spans of bytes marked. Spans may overlap; one that is no whole text is left out.
fn marked(text: &str, spans: &[(usize, usize)]) -> Markup {
    let mut parts: Vec<(&str, bool)> = Vec::new();
    let mut at = 0;
    for &(start, end) in spans {
        let start = start.max(at);
        if let (Some(before), Some(words)) = (text.get(at..start), text.get(start..end)) {
            parts.extend([(before, false), (words, true)]);
            at = end;
        }
    }
    parts.push((text.get(at..).unwrap_or_default(), false));
    html! { @for (words, is_marked) in parts { @if is_marked { @if !words.is_empty() { mark { (words) } } } @else { (words) } } }
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn evidence_is_marked_and_text_is_escaped() {
        let check =
            |text: &str, spans: &[(usize, usize)], html: &str| assert_eq!(marked(text, spans).into_string(), html);
        check("Ab <i> cd", &[(0, 2), (7, 9)], "<mark>Ab</mark> &lt;i&gt; <mark>cd</mark>");
        check("Тбилиси ждёт", &[(0, 14)], "<mark>Тбилиси</mark> ждёт");
        check("abcdef", &[(0, 4), (2, 6), (1, 2)], "<mark>abcd</mark><mark>ef</mark>");
        check("ёж", &[(1, 2), (0, 99)], "ёж");
        check("", &[], "");
    }
}
