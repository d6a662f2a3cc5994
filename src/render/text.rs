//! A document as plain text, for terminals and the text part of a mail, and in a few lines for a chat.

use unicode_segmentation::UnicodeSegmentation;

use super::block::{Block, Cell, Document, Entry, Section, Source, Span, Stories, Story, Table, chip_words, plain};

/// Characters of the first column of a table, at most.
const LABEL_WIDTH: usize = 40;

/// Stories of a section that a chat gets.
const CHAT_STORIES: usize = 5;

/// Writes a document.
pub(super) fn write(document: &Document) -> String {
    let mut out = format!("{}\n{}\n", document.title.to_uppercase(), document.subtitle());
    for note in &document.notes {
        out.push_str(&format!("\n! {note}\n"));
    }
    for section in document.sections.iter().chain(&document.footer) {
        let rule = "-".repeat(section.heading.chars().count());
        out.push_str(&format!("\n\n{}\n{rule}\n", section.heading));
        section.blocks.iter().for_each(|block| write_block(&mut out, block));
    }
    if let Some(permalink) = &document.permalink {
        out.push_str(&format!("Permanent address: {permalink}\n"));
    }
    out
}

fn write_block(out: &mut String, block: &Block) {
    match block {
        Block::Paragraph(words) => out.push_str(&format!("\n{}\n", plain(words))),
        Block::Aside(words) | Block::Subheading(words) => out.push_str(&format!("\n  {}\n", plain(words))),
        Block::List { items, .. } => {
            for item in items {
                out.push_str(&format!("\n* {}\n", plain(item)));
                addresses(item).for_each(|url| out.push_str(&format!("  {url}\n")));
            }
        }
        Block::Folded { summary, items } => {
            out.push_str(&format!("\n  {summary}\n"));
            items.iter().for_each(|item| out.push_str(&format!("    {}\n", plain(item))));
        }
        Block::Entries(entries) => entries.list.iter().for_each(|entry| write_entry(out, entry)),
        Block::Stories(stories) => write_stories(out, stories),
        Block::Figure(chart, caption) => out.push_str(&format!("\n  {}\n  {caption}\n", chart.in_text())),
        Block::Table(table) => write_table(out, table),
        Block::Terms(terms) => {
            for (term, lines) in terms {
                if let [words] = lines.as_slice() {
                    out.push_str(&format!("{term}: {words}\n"));
                } else {
                    out.push_str(&format!("{term}:\n"));
                    lines.iter().for_each(|words| out.push_str(&format!("  {words}\n")));
                }
            }
        }
    }
}

/// The addresses of a line's links.
fn addresses(line: &[Span]) -> impl Iterator<Item = &str> {
    line.iter().filter_map(|span| match span {
        Span::Title(title) => title.url.as_deref(),
        _ => None,
    })
}

fn write_entry(out: &mut String, entry: &Entry) {
    let date = entry.date.map(|date| format!("{date}  ")).unwrap_or_default();
    let chips = chip_words(&entry.chips);
    let chips = if chips.is_empty() { chips } else { format!(" ({chips})") };
    out.push_str(&format!("\n* {date}{}{chips}\n", plain(&entry.title)));
    addresses(&entry.title).for_each(|url| out.push_str(&format!("    {url}\n")));
    let lines = std::iter::once(&entry.text).chain(&entry.details).filter(|words| !words.is_empty());
    lines.for_each(|words| out.push_str(&format!("    {}\n", plain(words))));
    for source in &entry.sources {
        let date = source.date.map(|date| format!("{date}  ")).unwrap_or_default();
        let title = source.title.as_ref();
        let words = title.map_or("", |title| title.text.as_str());
        out.push_str(&format!("    {date}{words} ({}{})\n", source.outlet, rest(source)));
        if let Some(url) = title.and_then(|title| title.url.as_ref()) {
            out.push_str(&format!("      {url}\n"));
        }
    }
    if let Some(more) = &entry.more {
        out.push_str(&format!("    {more}\n"));
    }
}

fn rest(source: &Source) -> String {
    let copy = if source.is_copy { ", same text" } else { "" };
    if source.more > 0 { format!("{copy} and {} more", source.more) } else { copy.to_owned() }
}

fn write_stories(out: &mut String, stories: &Stories) {
    for story in &stories.list {
        write_story(out, story, stories.is_brief);
    }
    if let Some(more) = &stories.more {
        out.push_str(&format!("\n  {more}\n"));
    }
}

fn write_story(out: &mut String, story: &Story, is_brief: bool) {
    out.push_str(&format!("\n* {}\n", story.headline.text));
    if let Some(summary) = story.summary.as_deref().filter(|_| !is_brief) {
        out.push_str(&format!("  {summary}\n"));
    }
    out.push_str(&format!("  {}\n", plain(&story.byline)));
    if let Some(issue) = &story.follow_up_to {
        out.push_str(&format!("  Follow-up to {issue}\n"));
    }
    if !story.labels.is_empty() && (!is_brief || story.needs_labels) {
        out.push_str(&format!("  [{}]\n", story.labels.join(", ")));
    }
    if let Some(url) = &story.headline.url {
        out.push_str(&format!("  {url}\n"));
    }
    for source in story.sources.iter().filter(|_| !is_brief) {
        out.push_str(&format!("    - {}{}", source.outlet, rest(source)));
        match (&source.title, &source.url) {
            (Some(title), Some(url)) => out.push_str(&format!(": {}\n      {url}\n", title.text)),
            (Some(title), None) => out.push_str(&format!(": {}\n", title.text)),
            (None, Some(url)) => out.push_str(&format!(": {url}\n")),
            (None, None) => out.push('\n'),
        }
    }
    if let Some(more) = story.sources_more.as_deref().filter(|_| !is_brief) {
        out.push_str(&format!("    {more}\n"));
    }
}

/// Columns of equal width, numbers at the right.
fn write_table(out: &mut String, table: &Table) {
    let (columns, cells) = table.in_text();
    let head = columns.iter().map(|column| column.name.clone()).collect();
    let cells = cells.into_iter().map(|row| row.into_iter().map(Cell::plain).collect());
    let mut rows: Vec<Vec<String>> = std::iter::once(head).chain(cells).collect();
    for label in rows.iter_mut().filter_map(|row| row.first_mut()) {
        *label = cut(label);
    }
    let width = |text: &str| text.graphemes(true).count();
    let widths: Vec<usize> = (0..columns.len())
        .map(|place| rows.iter().filter_map(|row| row.get(place)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    out.push('\n');
    for row in &rows {
        let mut words = String::new();
        for ((cell, &wanted), column) in row.iter().zip(&widths).zip(&columns) {
            let space = " ".repeat(wanted.saturating_sub(width(cell)));
            words.push_str("  ");
            words.push_str(&if column.is_number { space + cell } else { format!("{cell}{space}") });
        }
        out.push_str(&format!("{}\n", words.trim_end()));
    }
}

/// The text with at most [`LABEL_WIDTH`] characters as a reader counts them.
fn cut(text: &str) -> String {
    let letters: Vec<&str> = text.graphemes(true).take(LABEL_WIDTH + 1).collect();
    match letters.len() > LABEL_WIDTH {
        true => letters.into_iter().take(LABEL_WIDTH - 1).chain(["…"]).collect(),
        false => text.to_owned(),
    }
}

/// Writes the main sections in a few lines, without sources: for a chat.
pub(super) fn write_chat(document: &Document) -> String {
    let mut out = format!("{}\n", document.title);
    if !document.lead.is_empty() {
        out.push_str(&format!("{}\n", document.lead));
    }
    for note in &document.notes {
        out.push_str(&format!("\n! {note}\n"));
    }
    for section in document.sections.iter().filter(|section| section.is_main) {
        let mut lines = String::new();
        section.blocks.iter().for_each(|block| write_chat_block(&mut lines, block, section));
        if !lines.is_empty() && !section.heading.is_empty() {
            out.push_str(&format!("\n{}\n", section.heading.to_uppercase()));
        }
        out.push_str(&lines);
    }
    if let Some(permalink) = &document.permalink {
        out.push_str(&format!("\nThe whole issue: {permalink}\n"));
    }
    out
}

fn write_chat_block(out: &mut String, block: &Block, section: &Section) {
    match block {
        Block::List { items, .. } => items.iter().for_each(|item| out.push_str(&format!("• {}\n", plain(item)))),
        Block::Entries(entries) => {
            for entry in entries.list.iter().filter(|entry| entry.is_main) {
                let date = entry.date.map(|date| format!("{date}  ")).unwrap_or_default();
                out.push_str(&format!("• {date}{}\n", plain(&entry.title)));
            }
        }
        Block::Stories(stories) => {
            // Stories without a heading have nothing else to keep them apart from what is above.
            let (gap, limit) = if section.heading.is_empty() { ("\n", usize::MAX) } else { ("", CHAT_STORIES) };
            for story in stories.list.iter().take(limit) {
                let follow_up = story.follow_up_to.as_ref().map(|issue| format!("; follow-up to {issue}"));
                let who = format!("{}{}", story.outlet, follow_up.unwrap_or_default());
                let who = if who.is_empty() { who } else { format!(" ({who})") };
                out.push_str(&format!("{gap}• {}{who}\n", story.headline.text));
                if story.needs_labels {
                    out.push_str(&format!("  [{}]\n", story.labels.join(", ")));
                }
                if let Some(url) = &story.headline.url {
                    out.push_str(&format!("  {url}\n"));
                }
            }
            let more = stories.list.len().saturating_sub(limit) + stories.omitted;
            if more > 0 {
                let indent = if gap.is_empty() { "  " } else { "\n" };
                out.push_str(&format!("{indent}and {more} more\n"));
            }
        }
        _ => {}
    }
}
