//! A dossier: reports that somebody chose, to cite them. As Markdown, as a page, and for reference managers as CSL-JSON
//! and RIS.

use jiff::Timestamp;
use jiff::civil::Date;
use maud::html;
use serde_json::{Value, json};

use super::block::is_language;
use super::html::{foreign, standalone, web_link};
use super::markdown;
use super::words::long_date;

/// A report of a dossier. Texts are plain, on one line, but for the note.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) id: i64,
    pub(crate) title: String,
    /// Where it can be read, http or https.
    pub(crate) url: Option<String>,
    /// Its page on the site of whoever made the dossier.
    pub(crate) permalink: Option<String>,
    pub(crate) outlet: String,
    /// BCP 47.
    pub(crate) language: Option<String>,
    pub(crate) published: Option<Date>,
    /// The day on which it was first seen.
    pub(crate) seen: Date,
    /// What the reader wrote about it; may have several lines.
    pub(crate) note: String,
}

/// What a dossier is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Markdown,
    Html,
    /// The JSON of the Citation Style Language, version 1.0, which Zotero reads
    /// (<https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html>).
    CslJson,
    /// The tagged format of reference managers (RIS, 2011), lines ended by CR LF.
    Ris,
}

/// Writes a dossier.
pub(crate) fn write(references: &[Reference], made: Timestamp, format: Format) -> String {
    match format {
        Format::Markdown => list(references),
        Format::Html => page(references, made),
        Format::CslJson => csl_json(references),
        Format::Ris => references.iter().map(ris).collect(),
    }
}

/// The lines of a note without empty ones.
fn lines(note: &str) -> impl Iterator<Item = &str> {
    note.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Where and when: outlet, day of publication, day seen.
fn origin(reference: &Reference) -> String {
    let published = reference.published.map_or("no date given".to_owned(), long_date);
    format!("{}, {published} (seen {})", reference.outlet, long_date(reference.seen))
}

fn list(references: &[Reference]) -> String {
    let mut text = "# Dossier\n".to_owned();
    for one in references {
        let title = markdown::link(&one.title, one.url.as_deref());
        text.push_str(&format!("\n- {title}  \n  {}\n", markdown::escape(&origin(one))));
        if let Some(permalink) = &one.permalink {
            text.push_str(&format!("  <{permalink}>\n"));
        }
        for line in lines(&one.note) {
            text.push_str(&format!("  > {}\n", markdown::escape(line)));
        }
    }
    text
}

fn page(references: &[Reference], made: Timestamp) -> String {
    let body = html! {
        header { h1 { "Dossier" } p.lead { (references.len()) " reports, made on " (made.strftime("%-d %B %Y")) } }
        main { ol.stories { @for one in references { li {
            h3 { (web_link(&one.title, one.language.as_deref().filter(|code| is_language(code)), one.url.as_deref())) }
            p.meta { (foreign(&origin(one), None)) @if let Some(permalink) = &one.permalink { " · " a href=(permalink) { "story" } } }
            @for line in lines(&one.note) { p dir="auto" { (line) } }
        } } } }
    };
    standalone("Dossier", "Reports that were starred, with notes", &body)
}

fn date_parts(day: Date) -> Value {
    json!({"date-parts": [[day.year(), day.month(), day.day()]]})
}

fn csl_json(references: &[Reference]) -> String {
    let item = |one: &Reference| {
        let mut item = json!({
            "id": format!("kazbek-{}", one.id),
            "type": "article-newspaper",
            "title": one.title,
            "container-title": one.outlet,
            "accessed": date_parts(one.seen),
        });
        let optional = [
            ("URL", one.url.clone().map(Value::from)),
            ("archive_location", one.permalink.clone().map(Value::from)),
            ("language", one.language.clone().map(Value::from)),
            ("issued", one.published.map(date_parts)),
            ("note", (!one.note.trim().is_empty()).then(|| Value::from(one.note.trim()))),
        ];
        for (key, value) in optional {
            if let (Some(fields), Some(value)) = (item.as_object_mut(), value) {
                fields.insert(key.to_owned(), value);
            }
        }
        item
    };
    super::pretty_json(&references.iter().map(item).collect::<Vec<_>>())
}

/// One record. A tag has two letters, two spaces, a hyphen and a space; a value is on one line.
fn ris(one: &Reference) -> String {
    let day = |day: Date| day.strftime("%Y/%m/%d").to_string();
    let note: Vec<&str> = lines(&one.note).collect();
    let fields = [
        ("TY", Some("NEWS".to_owned())),
        ("TI", Some(one.title.clone())),
        ("T2", Some(one.outlet.clone())),
        ("DA", one.published.map(day)),
        ("PY", one.published.map(|date| date.year().to_string())),
        ("LA", one.language.clone()),
        ("UR", one.url.clone()),
        ("L2", one.permalink.clone()),
        ("Y2", Some(day(one.seen))),
        ("N1", (!note.is_empty()).then(|| note.join(" "))),
    ];
    let mut record = String::new();
    for (tag, value) in fields {
        if let Some(value) = value {
            record.push_str(&format!("{tag}  - {}\r\n", value.replace(['\r', '\n'], " ")));
        }
    }
    record + "ER  - \r\n\r\n"
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn references() -> [Reference; 2] {
        let first = Reference {
            id: 7,
            title: "A [road] over <the> pass".to_owned(),
            url: Some("https://news.example/1".to_owned()),
            permalink: Some("https://desk.example/items/7".to_owned()),
            outlet: "Pass Post".to_owned(),
            language: Some("en".to_owned()),
            published: Some(date(2026, 3, 2)),
            seen: date(2026, 3, 3),
            note: "For chapter 2.\nER  - \n".to_owned(),
        };
        let second =
            Reference { id: 8, url: None, permalink: None, published: None, note: String::new(), ..first.clone() };
        [first, second]
    }

    #[test]
    fn a_reference_manager_reads_what_is_written() {
        let written = write(&references(), Timestamp::UNIX_EPOCH, Format::Ris);
        let expected = "TY  - NEWS\r\nTI  - A [road] over <the> pass\r\nT2  - Pass Post\r\nDA  - 2026/03/02\r\nPY  - 2026\r\nLA  - en\r\n\
            UR  - https://news.example/1\r\nL2  - https://desk.example/items/7\r\nY2  - 2026/03/03\r\nN1  - For chapter 2. ER  -\r\nER  - \r\n\r\n\
            TY  - NEWS\r\nTI  - A [road] over <the> pass\r\nT2  - Pass Post\r\nLA  - en\r\nY2  - 2026/03/03\r\nER  - \r\n\r\n";
        assert_eq!(written, expected);
        let json: Value = serde_json::from_str(&write(&references(), Timestamp::UNIX_EPOCH, Format::CslJson)).unwrap();
        assert_eq!(json[0]["issued"], json!({"date-parts": [[2026, 3, 2]]}));
        assert_eq!((&json[0]["id"], &json[0]["container-title"]), (&json!("kazbek-7"), &json!("Pass Post")));
        assert!(json[1].get("URL").is_none() && json[1].get("note").is_none());
    }

    #[test]
    fn titles_and_notes_are_text_in_every_format() {
        let markdown = write(&references(), Timestamp::UNIX_EPOCH, Format::Markdown);
        assert!(markdown.contains("[A \\[road\\] over &lt;the&gt; pass](https://news.example/1)"), "{markdown}");
        assert!(markdown.contains("  > For chapter 2."), "{markdown}");
        let page = write(&references(), Timestamp::UNIX_EPOCH, Format::Html);
        assert!(page.contains("over &lt;the&gt; pass") && !page.contains("<the>"), "{page}");
    }
}
