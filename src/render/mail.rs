//! A document as the HTML of a mail: one table of 600 pixels, every style inline, no script, nothing fetched.
//!
//! Mail programs keep little of CSS: no custom properties, no grid, often no `style` element. What must hold is inline;
//! the dark colours are in a `style` element, which the programs that know dark schemes read (Apple Mail, Outlook for
//! Mac and phones, Thunderbird).

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::block::{Block, Cell, Document, Entries, Line, Section, Span, Stories, Story, Table, Title, plain};
use super::html::foreign;
use super::words::{long_date, plural};

/// Bytes of a mail's HTML, at most: Gmail hides what is after 102 400, in the encoded mail.
const SIZE_BYTES: usize = 96_000;

/// Bytes of what is around the stories that no part of the document has, and of the rule between two, roughly.
const HEAD_BYTES: usize = 8_000;
const RULE_BYTES: usize = 120;

/// Lines of a term of the footer, at most; the text part has all.
const TERM_LINES: usize = 12;

/// How many stories of each section are written at length if there is no room for all of them: the first of these that
/// fits.
const AT_LENGTH: [usize; 7] = [usize::MAX, 8, 5, 3, 2, 1, 0];

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif";
const BODY: &str = "margin:0;padding:0;background-color:#f4f2ec;-webkit-text-size-adjust:100%";
// A fixed layout and breaks inside words: a table grows with its longest word otherwise, out of the screen of a phone.
const SHEET: &str = "width:100%;max-width:600px;table-layout:fixed;background-color:#ffffff;border-collapse:collapse";
const PAD: &str = "padding:24px 28px;word-wrap:break-word;overflow-wrap:break-word;word-break:break-word;";
const KICKER: &str = "margin:0;color:#8c2f1b;font-size:13px;line-height:20px;font-weight:bold;letter-spacing:0.5px";
const H1: &str = "margin:0;color:#1b1d21;font-size:26px;line-height:32px";
const H2: &str =
    "margin:28px 0 4px;padding:0 0 6px;border-bottom:2px solid #8c2f1b;color:#1b1d21;font-size:19px;line-height:25px";
const H3: &str = "margin:14px 0 2px;color:#1b1d21;font-size:17px;line-height:23px;text-align:start";
const TEXT: &str = "margin:0 0 4px;color:#1b1d21;font-size:15px;line-height:22px;text-align:start";
const META: &str = "margin:0 0 3px;color:#565c66;font-size:13px;line-height:19px";
const NOTE: &str = "margin:12px 0 0;padding:8px 12px;border-left:3px solid #8c2f1b;background-color:#f4f2ec;color:#565c66;font-size:14px;line-height:20px";
const LINK: &str = "color:#1d4f91;text-decoration:underline";
const TITLE_LINK: &str = "color:#1b1d21;text-decoration:underline";
const RULE: &str = "margin:12px 0 0;border:0;border-top:1px solid #dfdcd3;height:1px;line-height:1px";

/// The dark scheme; `!important`, since what it changes is inline.
const DARK: &str = ":root{color-scheme:light dark;supported-color-schemes:light dark}\
@media (prefers-color-scheme:dark){.k-body{background-color:#14161a!important}.k-sheet,.k-sheet td{background-color:#1c1f25!important}\
.k-ink,.k-ink a{color:#e9e7e1!important}.k-soft{color:#a5abb5!important}.k-accent{color:#f0a185!important}.k-note{background-color:#14161a!important;color:#a5abb5!important}\
.k-line{border-color:#343841!important}.k-head{border-color:#f0a185!important}a.k-link{color:#9cc3f5!important}}\
@media (max-width:620px){.k-pad{padding-left:16px!important;padding-right:16px!important}}";

/// Writes a document.
pub(super) fn write(document: &Document) -> String {
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (document.name) }
                style { (PreEscaped(DARK)) }
            }
            body.k-body style=(BODY) {
                div style="display:none;max-height:0;overflow:hidden" { (preview(document)) }
                table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" {
                    tr { td.k-body align="center" style="padding:16px 0;background-color:#f4f2ec" {
                        table.k-sheet role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style=(SHEET) {
                            tr { td.k-pad align="left" style={ (PAD) (FONT) } { (fitted(document)) } }
                        }
                    } }
                }
            }
        }
    }
    .into_string()
        + "\n"
}

/// The best headlines, as the line that mail programs show before a mail is opened.
fn preview(document: &Document) -> Markup {
    let stories = document.story_lists().filter_map(|stories| stories.list.first()).take(3);
    html! { @for (place, story) in stories.enumerate() { @if place > 0 { " · " } (foreign(&story.headline.text, story.headline.language.as_deref())) } }
}

/// The whole content, with as many stories as there is room for. Better one line for each story of every section than
/// whole ones of the first sections.
fn fitted(document: &Document) -> Markup {
    let room = SIZE_BYTES.saturating_sub(HEAD_BYTES + sheet(document, &[], 0).0.len());
    let write = |at_length: usize| -> Vec<Vec<Markup>> {
        let story = |stories: &Stories, (place, story): (usize, &Story)| match stories.is_brief || place >= at_length {
            true => brief(story),
            false => full(story),
        };
        let list = |stories: &Stories| stories.list.iter().enumerate().map(|one| story(stories, one)).collect();
        document.story_lists().map(list).collect()
    };
    let size = |lists: &[Vec<Markup>]| lists.iter().flatten().map(|story| story.0.len() + RULE_BYTES).sum::<usize>();
    let mut lists = Vec::new();
    for at_length in AT_LENGTH {
        lists = write(at_length);
        if size(&lists) <= room {
            break;
        }
    }
    let (mut left, mut hidden) = (room, 0);
    for list in &mut lists {
        // Once one does not fit, none after it is shown: their order is their rank.
        let fits = |story: &&Markup| {
            left = left.saturating_sub(story.0.len() + RULE_BYTES);
            left > 0
        };
        let shown = list.iter().take_while(fits).count();
        hidden += list.len() - shown;
        list.truncate(shown);
    }
    sheet(document, &lists, hidden)
}

fn sheet(document: &Document, lists: &[Vec<Markup>], hidden: usize) -> Markup {
    let mut lists = lists.iter();
    let sections: Vec<Markup> = document.sections.iter().map(|part| section(part, &mut lists)).collect();
    let lead: Vec<&str> =
        [&document.lead, &document.summary].into_iter().map(String::as_str).filter(|words| !words.is_empty()).collect();
    html! {
        p.k-accent style=(KICKER) { (document.kind) }
        h1.k-ink style=(H1) { (document.title) }
        @if !lead.is_empty() { (meta(&html! { (lead.join(" · ")) })) }
        @if let Some(permalink) = &document.permalink { (meta(&html! { a.k-link href=(permalink) style=(LINK) { "Read it on the web" } })) }
        @for note in &document.notes { p.k-note style=(NOTE) { (note) } }
        @for section in &sections { (section) }
        @if hidden > 0 { p.k-note style=(NOTE) { "There is no room for more in this mail: " (plural(hidden, "further story is", "further stories are")) " in its text part" @if document.permalink.is_some() { " and on the web" } "." } }
        @if let Some(footer) = &document.footer { (section(footer, &mut [].iter())) }
    }
}

/// A section; nothing if it has only stories, none of which is shown.
fn section<'a>(section: &Section, lists: &mut impl Iterator<Item = &'a Vec<Markup>>) -> Markup {
    let blocks: Vec<Markup> = section
        .blocks
        .iter()
        .map(|block| match block {
            Block::Stories(list) => lists.next().map_or(html! {}, |shown| stories(list, shown)),
            block => write_block(block),
        })
        .collect();
    html! {
        @if blocks.iter().any(|block| !block.0.is_empty()) {
            @if !section.heading.is_empty() { h2.k-ink.k-head style=(H2) { (section.heading) } }
            @for block in &blocks { (block) }
        }
    }
}

fn write_block(block: &Block) -> Markup {
    match block {
        Block::Paragraph(words) => text(&line(words)),
        Block::Aside(words) => meta(&line(words)),
        Block::Subheading(words) => html! { p.k-ink style=(H3) { b { (plain(words)) } } },
        Block::List { is_small, items } => {
            html! { @for item in items { (if *is_small { meta(&line(item)) } else { text(&line(item)) }) } }
        }
        Block::Folded { summary, items } => {
            html! { (meta(&html! { (summary) ":" })) @for item in items { (meta(&line(item))) } }
        }
        Block::Entries(list) if list.is_short_in_mail => short_entries(list),
        Block::Entries(list) => entries(list),
        Block::Table(rows) => table(rows),
        Block::Terms(terms) => html! { @for (term, lines) in terms { (meta(&html! {
            b { (term) ":" } " "
            @for (place, words) in lines.iter().take(TERM_LINES).enumerate() { @if place > 0 { "; " } (foreign(words, None)) }
            @if lines.len() > TERM_LINES { "; and " (lines.len() - TERM_LINES) " more" }
        })) } },
        // Stories are placed by their section; charts need SVG, which mail programs leave out.
        Block::Stories(_) | Block::Figure(..) => html! {},
    }
}

fn text(content: &Markup) -> Markup {
    html! { p.k-ink style=(TEXT) { (content) } }
}

fn meta(content: &Markup) -> Markup {
    html! { p.k-soft style=(META) { (content) } }
}

fn line(spans: &Line) -> Markup {
    html! { @for span in spans {
        @match span {
            Span::Foreign(words) => (foreign(words, None)),
            Span::Title(title) => (linked(title)),
            Span::Strong(words) => b { (words) },
            Span::Small(words) => (line(words)),
            other => (plain(std::slice::from_ref(other))),
        }
    } }
}

/// The title of an item, a link if it has an address.
fn linked(title: &Title) -> Markup {
    link(&foreign(&title.text, title.language.as_deref()), title.url.as_deref())
}

fn link(content: &Markup, url: Option<&str>) -> Markup {
    match url {
        Some(url) => html! { a.k-link href=(url) style=(LINK) { (content) } },
        None => content.clone(),
    }
}

fn entries(entries: &Entries) -> Markup {
    html! {
        @for entry in &entries.list {
            p.k-ink style=(H3) { b { (line(&entry.title)) } }
            @let chips = entry.chips.iter().map(|chip| chip.words.clone());
            @let head: Vec<String> = entry.date.map(long_date).into_iter().chain(chips).collect();
            @if !head.is_empty() { (meta(&html! { (head.join(" · ")) })) }
            @if !entry.text.is_empty() { (text(&line(&entry.text))) }
            @for words in &entry.details { (meta(&line(words))) }
            @for source in &entry.sources {
                (meta(&html! {
                    @if let Some(date) = source.date { (long_date(date)) ": " }
                    @if let Some(title) = &source.title { (linked(title)) " " }
                    (foreign(&source.outlet, None))
                    @if source.more > 0 { " and " (source.more) " more" }
                }))
            }
            @if let Some(more) = &entry.more { (meta(&html! { (more) })) }
        }
    }
}

/// Findings with one line each: their sources are in the text part and on the web.
fn short_entries(entries: &Entries) -> Markup {
    html! { @for entry in &entries.list { (meta(&html! {
        b.k-ink { (line(&entry.title)) } " " (line(&entry.text))
        @for (place, words) in entry.details.iter().enumerate() { @if place > 0 { ";" } " " (line(words)) }
    })) } }
}

fn stories(stories: &Stories, shown: &[Markup]) -> Markup {
    html! {
        @for (place, story) in shown.iter().enumerate() {
            @if place > 0 && !stories.is_brief { div.k-line style=(RULE) {} }
            (story)
        }
        @if let Some(more) = stories.more.as_ref().filter(|_| !shown.is_empty()) { (meta(&html! { (more) })) }
    }
}

fn full(story: &Story) -> Markup {
    let Title { text: headline, language, url } = &story.headline;
    html! {
        h3.k-ink dir="auto" lang=[language] style=(H3) {
            @match url { Some(url) => { a href=(url) style=(TITLE_LINK) { (headline) } }, None => { (headline) } }
        }
        @if let Some(summary) = &story.summary { p.k-ink dir="auto" lang=[language] style=(TEXT) { (summary) } }
        (meta(&html! {
            @if let Some(issue) = &story.follow_up_to { b.k-accent style="color:#8c2f1b" { "Follow-up to " (issue) } " · " }
            (line(&story.byline))
        }))
        @if !story.labels.is_empty() { (meta(&html! { i { (story.labels.join(", ")) } })) }
        @if !story.sources.is_empty() {
            (meta(&html! {
                "Also: "
                @for (place, source) in story.sources.iter().enumerate() {
                    @if place > 0 { ", " }
                    (link(&foreign(&source.outlet, None), source.url.as_deref()))
                }
                @if let Some(more) = &story.sources_more { " " (more) }
            }))
        }
    }
}

fn brief(story: &Story) -> Markup {
    meta(&html! {
        (linked(&story.headline)) " "
        @if story.needs_labels { "[" (story.labels.join(", ")) "] " }
        (line(&story.byline))
    })
}

/// A line for each row: columns do not fit on a phone.
fn table(table: &Table) -> Markup {
    let (columns, rows) = table.in_text();
    html! { @for row in rows {
        @let cells = row.iter().zip(&columns).skip(1);
        @let figures = cells.filter(|(cell, _)| !matches!(cell, Cell::Chart(chart) if !chart.is_of_shares()));
        (meta(&html! {
            @if let Some(label) = row.first() { b.k-ink { (label.plain()) } ": " }
            @for (place, (cell, column)) in figures.enumerate() { @if place > 0 { "; " } (column.name) " " (cell.plain()) }
        }))
    } }
}
