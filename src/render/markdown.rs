//! A document as CommonMark, with tables as GitHub writes them.

use super::block::{Block, Cell, Document, Entry, Source, Span, Stories, Story, Table, Title, chip_words, plain};

/// Writes a document.
pub(super) fn write(document: &Document) -> String {
    let mut out = format!("# {}\n\n**{}**\n", escape(&document.title), escape(&document.subtitle()));
    for note in &document.notes {
        out.push_str(&format!("\n> {}\n", escape(note)));
    }
    for section in &document.sections {
        out.push_str(&format!("\n## {}\n\n", escape(&section.heading)));
        write_blocks(&mut out, &section.blocks);
    }
    if let Some(footer) = &document.footer {
        out.push_str(&format!("\n---\n\n## {}\n\n", escape(&footer.heading)));
        write_blocks(&mut out, &footer.blocks);
        if let Some(permalink) = &document.permalink {
            out.push_str(&format!("- Permanent address: {}\n", link(permalink, Some(permalink))));
        }
    }
    out
}

fn write_blocks(out: &mut String, blocks: &[Block]) {
    for (place, block) in blocks.iter().enumerate() {
        if place > 0 {
            out.push('\n');
        }
        match block {
            Block::Paragraph(words) => out.push_str(&format!("{}\n", line(words))),
            Block::Aside(words) => out.push_str(&format!("*{}*\n", line(words))),
            Block::Subheading(words) => out.push_str(&format!("### {}\n", line(words))),
            Block::List { items, .. } => write_list(out, items.iter().map(|item| line(item))),
            Block::Folded { summary, items } => {
                out.push_str(&format!("*{}*\n\n", escape(summary)));
                write_list(out, items.iter().map(|item| line(item)));
            }
            Block::Entries(entries) => entries.list.iter().for_each(|entry| write_entry(out, entry)),
            Block::Stories(stories) => write_stories(out, stories),
            Block::Figure(chart, caption) => {
                out.push_str(&format!("{}\n\n*{}*\n", escape(&chart.in_text()), escape(caption)));
            }
            Block::Table(table) => write_table(out, table),
            Block::Terms(terms) => {
                for (term, lines) in terms {
                    if let [words] = lines.as_slice() {
                        out.push_str(&format!("- {}: {}\n", escape(term), escape(words)));
                    } else {
                        out.push_str(&format!("- {}:\n", escape(term)));
                        lines.iter().for_each(|words| out.push_str(&format!("  - {}\n", escape(words))));
                    }
                }
            }
        }
    }
}

fn write_list(out: &mut String, items: impl Iterator<Item = String>) {
    items.for_each(|item| out.push_str(&format!("- {item}\n")));
}

fn write_entry(out: &mut String, entry: &Entry) {
    let title = line(&entry.title);
    let chips = escape(&chip_words(&entry.chips));
    let chips = if chips.is_empty() { chips } else { format!(" ({chips})") };
    match entry.date {
        Some(date) => out.push_str(&format!("- **{date}** {title}{chips}\n")),
        None => out.push_str(&format!("- **{title}**{chips}\n")),
    }
    let lines = std::iter::once(&entry.text).chain(&entry.details).filter(|words| !words.is_empty());
    lines.for_each(|words| out.push_str(&format!("  - {}\n", line(words))));
    entry.sources.iter().for_each(|one| out.push_str(&format!("  - {}\n", source(one))));
    if let Some(more) = &entry.more {
        out.push_str(&format!("  - {}\n", escape(more)));
    }
}

fn source(source: &Source) -> String {
    let date = source.date.map(|date| format!("{date} ")).unwrap_or_default();
    let copy = if source.is_copy { ", same text" } else { "" };
    let more = if source.more > 0 { format!(" and {} more", source.more) } else { String::new() };
    match &source.title {
        Some(title) => format!("{date}{} ({}{copy}{more})", linked(title), escape(&source.outlet)),
        None => format!("{date}{}{copy}{more}", link(&source.outlet, source.url.as_deref())),
    }
}

fn write_stories(out: &mut String, stories: &Stories) {
    for story in &stories.list {
        if stories.is_brief {
            let labels = match story.needs_labels {
                true => format!(" *{}*", escape(&story.labels.join(", "))),
                false => String::new(),
            };
            let byline = escape(&plain(&story.byline));
            out.push_str(&format!("- {}{labels} ({byline})\n", linked(&story.headline)));
        } else {
            write_story(out, story);
        }
    }
    if let Some(more) = &stories.more {
        out.push_str(&format!("\n*{}*\n", escape(more)));
    }
}

fn write_story(out: &mut String, story: &Story) {
    out.push_str(&format!("### {}\n\n", linked(&story.headline)));
    if let Some(summary) = &story.summary {
        out.push_str(&format!("{}\n\n", escape(summary)));
    }
    let follow_up = story.follow_up_to.as_ref().map(|issue| format!("**Follow-up to {}** · ", escape(issue)));
    out.push_str(&format!("{}{}\n\n", follow_up.unwrap_or_default(), line(&story.byline)));
    if !story.labels.is_empty() {
        let labels: Vec<String> = story.labels.iter().map(|label| escape(label)).collect();
        out.push_str(&format!("*{}*\n\n", labels.join(", ")));
    }
    let more = story.sources_more.iter().map(|more| escape(more));
    write_list(out, story.sources.iter().map(source).chain(more));
    if !story.sources.is_empty() {
        out.push('\n');
    }
}

fn write_table(out: &mut String, table: &Table) {
    let (columns, rows) = table.in_text();
    let mut write_row = |cells: Vec<String>| out.push_str(&format!("| {} |\n", cells.join(" | ")));
    write_row(columns.iter().map(|column| escape(&column.name)).collect());
    write_row(columns.iter().map(|column| if column.is_number { "--:" } else { "---" }.to_owned()).collect());
    let cell = |cell: &Cell| match cell {
        Cell::Line(words) => line(words),
        Cell::Chart(chart) => escape(&chart.in_text()),
    };
    rows.into_iter().for_each(|row| write_row(row.into_iter().map(cell).collect()));
}

fn line(spans: &[Span]) -> String {
    let mut out = String::new();
    // Neighbours without markup are escaped as one text: what begins a block does so only at the head of a line.
    let mut bare = String::new();
    for span in spans {
        let marked = match span {
            Span::Title(title) => linked(title),
            Span::Strong(words) => format!("**{}**", escape(words)),
            other => {
                bare.push_str(&plain(std::slice::from_ref(other)));
                continue;
            }
        };
        out.push_str(&escape(&std::mem::take(&mut bare)));
        out.push_str(&marked);
    }
    out.push_str(&escape(&bare));
    out
}

fn linked(title: &Title) -> String {
    link(&title.text, title.url.as_deref())
}

/// Text that Markdown shows as it is, anywhere in a line: a mark that could begin markup gets a backslash, and `<`, `>`
/// and `&` become entities. A mark that begins a block only at the head of a line gets its backslash only there.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut head = true;
    let mut digits = false;
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            '#' | '+' | '-' | '=' if head => {
                out.push('\\');
                out.push(letter);
            }
            // `1.` and `1)` at the head of a line begin a list.
            '.' | ')' if digits => {
                out.push('\\');
                out.push(letter);
            }
            _ => out.push(letter),
        }
        digits = (head || digits) && letter.is_ascii_digit();
        head = head && letter.is_whitespace();
    }
    out
}

/// A link, or the bare text if there is no address.
pub(super) fn link(text: &str, url: Option<&str>) -> String {
    match url {
        None => escape(text),
        Some(url) => {
            let mut target = String::with_capacity(url.len());
            for letter in url.chars() {
                match letter {
                    '(' => target.push_str("%28"),
                    ')' => target.push_str("%29"),
                    '<' => target.push_str("%3C"),
                    '>' => target.push_str("%3E"),
                    '\\' => target.push_str("%5C"),
                    '&' => target.push_str("&amp;"),
                    _ => target.push(letter),
                }
            }
            format!("[{}]({target})", escape(text))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_stands_as_text() {
        let check = |from: &str, to: &str| assert_eq!(escape(from), to);
        check("Talks at 12:40 (local) - a 3.5 % rise!", "Talks at 12:40 (local) - a 3.5 % rise!");
        check("1. first", "1\\. first");
        check("2026) x", "2026\\) x");
        check("# head", "\\# head");
        check("- dash", "\\- dash");
        check("a *b* _c_ `d` [e](f) | ~g~", "a \\*b\\* \\_c\\_ \\`d\\` \\[e\\](f) \\| \\~g\\~");
        check("<b>&amp;", "&lt;b&gt;&amp;amp;");
    }

    #[test]
    fn an_address_cannot_leave_its_link() {
        assert_eq!(link("x", Some("https://a.example/(b)<c>&d")), "[x](https://a.example/%28b%29%3Cc%3E&amp;d)");
        assert_eq!(link("x]", None), "x\\]");
    }
}
