//! A document as a page: one file, no script, nothing fetched, light and dark, for phones first.

use jiff::civil::Date;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::block::{
    Block, Cell, Chip, Column, Document, Entry, Line, Place, Section, Source, Span, Stories, Story, Table, Title, Tone,
    signed,
};
use super::words::long_date;
use crate::text::sanitize::web_address;
use crate::trends::Level;

/// Style of all pages. Colours keep a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3) in both schemes.
pub(crate) const STYLE: &str = include_str!("page.css");

/// Writes a whole page.
pub(super) fn page(document: &Document) -> String {
    standalone(&document.name, &document.description, &body(document))
}

/// Writes a page of one file: nothing is fetched, and nothing in it can act.
pub(super) fn standalone(name: &str, description: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="description" content=(description);
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
                meta name="referrer" content="no-referrer";
                title { (name) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
    .into_string()
        + "\n"
}

fn body(document: &Document) -> Markup {
    html! {
        header {
            p.kicker { (document.kind) }
            h1 { (document.title) }
            p.lead { (document.lead) }
            @if !document.summary.is_empty() { p.meta { (document.summary) } }
        }
        (contents(&document.sections))
        main { (content(document)) }
        @if let Some(footer) = &document.footer {
            footer {
                h2 { (footer.heading) }
                @for block in &footer.blocks { (write(block)) }
                @if let Some(permalink) = &document.permalink { p { "Permanent address: " a href=(permalink) { (permalink) } } }
            }
        }
    }
}

/// Writes a document as a part of a page: all but its main heading is as in a page of its own.
pub(crate) fn fragment(document: &Document) -> Markup {
    html! {
        article {
            header.masthead {
                @if !document.kind.is_empty() { p.kicker { (document.kind) } }
                h1 { (document.title) }
                p.lead { (document.lead) }
                @if !document.summary.is_empty() { p.meta { (document.summary) } }
            }
            (contents(&document.sections))
            (content(document))
            @if let Some(footer) = &document.footer {
                footer {
                    h2 { (footer.heading) }
                    @for block in &footer.blocks { (write(block)) }
                }
            }
        }
    }
}

/// A link to the web that sends no referrer; bare text if the address is not one of the web.
pub(crate) fn web_link(text: &str, language: Option<&str>, url: Option<&str>) -> Markup {
    let url = url.and_then(web_address);
    linked(&Title::new(text, language, url.as_deref()))
}

/// The table of contents.
fn contents(sections: &[Section]) -> Markup {
    let listed: Vec<&Section> = sections.iter().filter(|section| section.is_listed).collect();
    html! {
        @if listed.len() > 1 {
            nav.contents aria-label="Sections" {
                @for section in listed {
                    a href=(format!("#{}", section.id)) { (section.heading) @if let Some(count) = section.count { " " span.count { (count) } } } " "
                }
            }
        }
    }
}

/// Writes the notes and sections. In a feed this is the body of an entry.
pub(super) fn content(document: &Document) -> Markup {
    html! {
        @for note in &document.notes { p.note { (note) } }
        @for section in &document.sections {
            section aria-labelledby=(section.id) {
                h2 id=(section.id) { (section.heading) }
                @for block in &section.blocks { (write(block)) }
            }
        }
    }
}

fn write(block: &Block) -> Markup {
    match block {
        Block::Paragraph(words) => html! { p { (line(words)) } },
        Block::Aside(words) => html! { p.meta { (line(words)) } },
        Block::Subheading(words) => html! { h3.legend { (line(words)) } },
        Block::List { is_small, items } => {
            html! { ul class=[is_small.then_some("plain")] { @for item in items { li { (line(item)) } } } }
        }
        Block::Folded { summary, items } => html! {
            details {
                summary { (summary) }
                ul { @for item in items { li { (line(item)) } } }
            }
        },
        Block::Entries(entries) => {
            html! { ol.stories { @for one in &entries.list { li id=[&one.id] { (entry(one)) } } } }
        }
        Block::Stories(list) => stories(list),
        Block::Figure(chart, caption) => html! { figure { (chart.draw()) figcaption.meta { (caption) } } },
        Block::Table(rows) => table(rows),
        Block::Terms(terms) => html! {
            dl {
                @for (term, lines) in terms {
                    dt { (term) }
                    dd { @for (place, words) in lines.iter().enumerate() { @if place > 0 { br; } (foreign(words, None)) } }
                }
            }
        },
    }
}

fn line(spans: &Line) -> Markup {
    html! { @for span in spans { (piece(span)) } }
}

fn piece(span: &Span) -> Markup {
    match span {
        Span::Text(words) | Span::OnPage(words) => html! { (words) },
        Span::Foreign(words) => foreign(words, None),
        Span::Title(title) => linked(title),
        Span::Strong(words) => html! { b { (words) } },
        Span::Small(words) => html! { span.meta { (line(words)) } },
        Span::Time(machine, words) => html! { time datetime=(machine) { (words) } },
        Span::Chips(chips) => html! { @for one in chips { (chip(one)) " " } },
        Span::Level(value) => level(*value),
        Span::Key(place, words) => html! { span.side { span class=(format!("key s{}", place % 4)) {} (words) } },
    }
}

/// Text of a feed with its own direction, isolated from the direction of what is around it.
pub(crate) fn foreign(text: &str, language: Option<&str>) -> Markup {
    html! { bdi lang=[language] { (text) } }
}

/// A link to the web that sends no referrer, or bare text if there is no address.
fn link(content: &Markup, url: Option<&str>) -> Markup {
    match url {
        Some(url) => html! { a href=(url) rel="noopener noreferrer" { (content) } },
        None => content.clone(),
    }
}

fn linked(title: &Title) -> Markup {
    link(&foreign(&title.text, title.language.as_deref()), title.url.as_deref())
}

fn tone(tone: Tone) -> Option<&'static str> {
    match tone {
        Tone::Neutral => None,
        Tone::Warmer => Some("up"),
        Tone::Colder => Some("down"),
    }
}

fn chip(chip: &Chip) -> Markup {
    let class = tone(chip.tone).map_or("chip".to_owned(), |tone| format!("chip {tone}"));
    html! { span class=(class) title=[&chip.note] { (chip.words) } }
}

/// The class of the colour of a level: none unless its interval leaves zero out.
pub(crate) fn level_class(level: Level) -> Option<&'static str> {
    tone(match (level.low > 0.0, level.high < 0.0) {
        (true, _) => Tone::Warmer,
        (_, true) => Tone::Colder,
        _ => Tone::Neutral,
    })
}

/// A level in its colour, with its interval as a note.
pub(crate) fn level(level: Option<Level>) -> Markup {
    let Some(level) = level else { return html! { span.meta { "–" } } };
    let interval = format!("from {} to {}, {} stories", signed(level.low), signed(level.high), level.stories);
    html! { span class=[level_class(level)] title=(interval) { (signed(level.index)) } }
}

fn day(date: Date) -> Markup {
    html! { time datetime=(date) { (long_date(date)) } }
}

fn entry(entry: &Entry) -> Markup {
    let list = match entry.sources.iter().any(|source| source.date.is_some()) {
        true => "plain thread",
        false => "evidence",
    };
    html! {
        @if let Some(date) = entry.date { p.meta { (day(date)) @for one in &entry.chips { " " (chip(one)) } } }
        h3 { (line(&entry.title)) @if entry.date.is_none() { @for one in &entry.chips { " " (chip(one)) } } }
        @if !entry.text.is_empty() { p { (line(&entry.text)) } }
        @if let Some(chart) = &entry.chart { figure { (chart.draw()) } }
        @if !entry.details.is_empty() {
            p.meta { @for (place, words) in entry.details.iter().enumerate() { @if place > 0 { "; " } (line(words)) } }
        }
        @if !entry.sources.is_empty() {
            ul class=(list) { @for one in &entry.sources { li { (source(one)) } } }
        }
        @if let Some(more) = &entry.more { p.meta { (more) } }
    }
}

fn source(source: &Source) -> Markup {
    let outlet = foreign(&source.outlet, None);
    let has_rest = source.bloc.is_some() || source.at.is_some() || source.is_copy || source.more > 0;
    html! {
        @if let Some(date) = source.date { time.meta datetime=(date) { (long_date(date)) } " " }
        @match &source.title {
            Some(title) => { (linked(title)) " " span.meta { (outlet) } }
            None => (link(&outlet, source.url.as_deref())),
        }
        @if has_rest {
            span.meta {
                @if let Some(bloc) = &source.bloc { " (" (bloc) ")" }
                @if let Some(at) = &source.at { " · " (at) }
                @if source.is_copy { " · same text" }
                @if source.more > 0 { " and " (source.more) " more" }
            }
        }
    }
}

fn stories(stories: &Stories) -> Markup {
    html! {
        ol.stories.brief[stories.is_brief] {
            @for one in &stories.list { li { @if stories.is_brief { (brief(one)) } @else { (full(one)) } } }
        }
        @if let Some(more) = &stories.more { p.meta { (more) } }
    }
}

fn full(story: &Story) -> Markup {
    let headline = &story.headline;
    let language = headline.language.as_deref();
    html! {
        // Without an isolate of its own: `dir=auto` would not look into it, and a Persian headline would begin at the
        // left.
        h3 dir="auto" lang=[language] { (link(&html! { (headline.text) }, headline.url.as_deref())) }
        @if let Some(summary) = &story.summary { p.summary dir="auto" lang=[language] { (summary) } }
        p.meta { (line(&story.byline)) (story_page(story)) }
        @if !story.labels.is_empty() || story.follow_up_to.is_some() {
            p {
                @if let Some(issue) = &story.follow_up_to { span.chip.follow { "Follow-up to " (issue) } " " }
                @for label in &story.labels { span.chip { (label) } " " }
            }
        }
        @if !story.sources.is_empty() {
            details {
                summary { (story.sources_heading) }
                ul { @for one in &story.sources { li { (source(one)) } }
                    @if let Some(more) = &story.sources_more { li.meta { (more) } }
                }
            }
        }
    }
}

/// The link to the story's own page, on a site that has one.
fn story_page(story: &Story) -> Markup {
    html! {
        @if let Some(page) = &story.page { " · " a href=(page) { "all reports" } }
        @if story.is_new { " " span.chip.new { "new" } }
    }
}

fn brief(story: &Story) -> Markup {
    html! {
        (linked(&story.headline)) " "
        @if story.needs_labels { span.meta.gloss { "[" (story.labels.join(", ")) "]" } " " }
        span.meta { (line(&story.byline)) (story_page(story)) }
    }
}

fn table(table: &Table) -> Markup {
    let class = |column: &Column| match (column.is_number, column.is_wide) {
        (true, true) => Some("number wide"),
        (true, false) => Some("number"),
        (false, true) => Some("wide"),
        (false, false) => None,
    };
    let is_shown = |column: &&Column| column.place != Place::InText;
    html! {
        div.scroll { table {
            thead { tr { @for column in table.columns.iter().filter(is_shown) { th class=[class(column)] { (column.name) } } } }
            tbody {
                @for row in &table.rows {
                    tr { @for (cell, column) in row.iter().zip(&table.columns).filter(|(_, column)| is_shown(column)) {
                        @match cell {
                            Cell::Line(words) => td class=[class(column)] { (line(words)) },
                            Cell::Chart(chart) => td.chart.half[chart.is_of_shares()] { (chart.draw()) },
                        }
                    } }
                }
            }
        } }
    }
}
