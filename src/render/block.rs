//! The tree of blocks between a report and its formats: builders make it, once for each kind of document, and every
//! writer reads it.
//!
//! Texts in it are plain, on one line and without markup; writers escape them. Addresses lead to the web.

use jiff::civil::Date;

use super::svg::Chart;
use crate::text::tracking::without_tracking;
use crate::trends::{Direction, Level};

/// An issue or a trend report as a tree of blocks, the same for every format.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// The title of the window, and the subject of a mail.
    pub(crate) name: String,
    /// One line for search engines.
    pub(crate) description: String,
    /// What kind of document it is: `Daily digest No. 42`.
    pub(crate) kind: String,
    /// The main heading.
    pub(crate) title: String,
    /// The line below the title: what the document covers.
    pub(crate) lead: String,
    /// How much it contains; may be empty.
    pub(crate) summary: String,
    /// Its permanent address.
    pub(crate) permalink: Option<String>,
    /// Caveats to read first, as whole sentences.
    pub(crate) notes: Vec<String>,
    pub(crate) sections: Vec<Section>,
    /// What it is based on, or how to read it.
    pub(crate) footer: Option<Section>,
}

impl Document {
    /// What it is and what it covers, in one line.
    pub(crate) fn subtitle(&self) -> String {
        if self.kind.is_empty() { self.lead.clone() } else { format!("{}: {}", self.kind, self.lead) }
    }

    /// The lists of stories, in order.
    pub(crate) fn story_lists(&self) -> impl Iterator<Item = &Stories> {
        self.sections.iter().flat_map(|section| &section.blocks).filter_map(|block| match block {
            Block::Stories(stories) => Some(stories),
            _ => None,
        })
    }
}

/// A part with a heading.
#[derive(Debug, Default)]
pub(crate) struct Section {
    /// Its id within the page.
    pub(crate) id: String,
    /// Empty in a document of one section.
    pub(crate) heading: String,
    /// Whether the table of contents lists it.
    pub(crate) is_listed: bool,
    /// The count beside it in the table of contents.
    pub(crate) count: Option<usize>,
    /// Whether a short version, for a chat, has it.
    pub(crate) is_main: bool,
    pub(crate) blocks: Vec<Block>,
}

impl Section {
    /// A section that the table of contents lists.
    pub(crate) fn new(id: &str, heading: &str, blocks: Vec<Block>) -> Section {
        let (id, heading) = (id.to_owned(), heading.to_owned());
        Section { id, heading, is_listed: true, count: None, is_main: false, blocks }
    }

    /// The same, with a count in the table of contents.
    pub(crate) fn counted(self, count: usize) -> Section {
        Section { count: Some(count), ..self }
    }
}

/// A piece of a section.
#[derive(Debug)]
pub(crate) enum Block {
    Paragraph(Line),
    /// A remark in small print.
    Aside(Line),
    Subheading(Line),
    /// A list of lines; in small print or not.
    List {
        is_small: bool,
        items: Vec<Line>,
    },
    /// A list that a page shows on demand.
    Folded {
        summary: String,
        items: Vec<Line>,
    },
    Entries(Entries),
    Stories(Stories),
    /// A chart with its caption.
    Figure(Chart, String),
    Table(Table),
    /// Terms, each with its lines.
    Terms(Vec<(String, Vec<String>)>),
}

/// One line of text.
pub(crate) type Line = Vec<Span>;

/// A piece of a line.
#[derive(Debug)]
pub(crate) enum Span {
    Text(String),
    /// Text for pages with drawn charts only.
    OnPage(String),
    /// A name that a feed gave, of any script.
    Foreign(String),
    /// The title of an item.
    Title(Title),
    Strong(String),
    /// Less important text, in small print.
    Small(Line),
    /// A time, for machines and for people.
    Time(String, String),
    Chips(Vec<Chip>),
    /// A level of a relation.
    Level(Option<Level>),
    /// A name with its colour in a chart.
    Key(usize, String),
}

/// A plain piece of a line.
pub(crate) fn text(words: impl Into<String>) -> Span {
    Span::Text(words.into())
}

/// The line without links and markup.
pub(crate) fn plain(line: &[Span]) -> String {
    line.iter()
        .map(|span| match span {
            Span::Text(words) | Span::Foreign(words) | Span::Strong(words) | Span::Key(_, words) => words.clone(),
            Span::Time(_, words) => words.clone(),
            Span::OnPage(_) => String::new(),
            Span::Title(title) => title.text.clone(),
            Span::Small(line) => plain(line),
            Span::Chips(chips) => chip_words(chips),
            Span::Level(level) => level_words(*level),
        })
        .collect()
}

/// Chips in a line of text.
pub(crate) fn chip_words(chips: &[Chip]) -> String {
    chips.iter().map(|chip| chip.words.as_str()).collect::<Vec<_>>().join(", ")
}

/// A level with its 95 % interval: `+1.2 (+0.4 to +2.0)`.
fn level_words(level: Option<Level>) -> String {
    level.map_or("–".to_owned(), |level| {
        format!("{} ({} to {})", signed(level.index), signed(level.low), signed(level.high))
    })
}

/// A number with its sign: `+1.2`, `−0.3`.
pub(crate) fn signed(value: f64) -> String {
    // What rounds to zero has no sign.
    let value = if value.abs() < 0.05 { 0.0 } else { value };
    if value == 0.0 { "0.0".to_owned() } else { format!("{value:+.1}").replace('-', "−") }
}

/// The title of an item as its publisher wrote it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Title {
    pub(crate) text: String,
    /// Its language, a BCP 47 tag.
    pub(crate) language: Option<String>,
    /// Where it can be read.
    pub(crate) url: Option<String>,
}

impl Title {
    /// Returns a title; a language that is not a BCP 47 tag is dropped, and so are tracking parameters of the address.
    pub(crate) fn new(text: &str, language: Option<&str>, url: Option<&str>) -> Title {
        Title {
            text: text.to_owned(),
            language: language.filter(|code| is_language(code)).map(str::to_owned),
            url: url.map(|url| without_tracking(url).into_owned()),
        }
    }
}

/// Whether it looks like a BCP 47 tag, so that it may be a value of `lang`.
pub(crate) fn is_language(code: &str) -> bool {
    !code.is_empty()
        && code.len() <= 35
        && code.split('-').all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// A label of a word or two.
#[derive(Clone, Debug)]
pub(crate) struct Chip {
    pub(crate) words: String,
    pub(crate) tone: Tone,
    /// What a page shows when the pointer is over it.
    pub(crate) note: Option<String>,
}

/// The colour of a chip or number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Neutral,
    Warmer,
    Colder,
}

impl Chip {
    pub(crate) fn new(words: impl Into<String>, tone: Tone) -> Chip {
        Chip { words: words.into(), tone, note: None }
    }

    /// Which way a relation moved.
    pub(crate) fn of_direction(direction: Direction) -> Chip {
        match direction {
            Direction::Positive => Chip::new("▲ warmer", Tone::Warmer),
            Direction::Negative => Chip::new("▼ colder", Tone::Colder),
        }
    }
}

/// Findings, each with what it is based on.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    pub(crate) list: Vec<Entry>,
    /// Whether a mail has one line for each.
    pub(crate) is_short_in_mail: bool,
}

/// One finding with its figures, chart and sources, e.g. a turning point.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// Its id within the page.
    pub(crate) id: Option<String>,
    pub(crate) date: Option<Date>,
    pub(crate) chips: Vec<Chip>,
    pub(crate) title: Line,
    /// A sentence about it; may be empty.
    pub(crate) text: Line,
    pub(crate) chart: Option<Chart>,
    /// Figures and remarks.
    pub(crate) details: Vec<Line>,
    pub(crate) sources: Vec<Source>,
    /// How many entries were left out: `and 3 more peaks`.
    pub(crate) more: Option<String>,
    /// Whether a short version, for a chat, has it.
    pub(crate) is_main: bool,
}

/// An item that something is based on.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) date: Option<Date>,
    /// `None` if it is the headline of its story.
    pub(crate) title: Option<Title>,
    pub(crate) url: Option<String>,
    pub(crate) outlet: String,
    /// The outlet's bloc and the time of publication, in words; for pages.
    pub(crate) bloc: Option<String>,
    pub(crate) at: Option<String>,
    pub(crate) is_copy: bool,
    /// How many other newsrooms carry the same.
    pub(crate) more: u32,
}

/// Stories, best first.
#[derive(Debug, Default)]
pub(crate) struct Stories {
    pub(crate) list: Vec<Story>,
    /// Whether each has one line.
    pub(crate) is_brief: bool,
    /// How many are left out, and that in words: `and 2 further stories …`.
    pub(crate) omitted: usize,
    pub(crate) more: Option<String>,
}

/// One story of an issue, with the reports it is based on.
#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) headline: Title,
    pub(crate) summary: Option<String>,
    pub(crate) outlet: String,
    /// Outlet, time, and who else carries it.
    pub(crate) byline: Line,
    /// The earlier issue that had it.
    pub(crate) follow_up_to: Option<String>,
    /// What it is about, in English.
    pub(crate) labels: Vec<String>,
    /// Whether the labels are needed even in one line, since few can read the headline.
    pub(crate) needs_labels: bool,
    /// Who else carries it.
    pub(crate) sources: Vec<Source>,
    pub(crate) sources_heading: String,
    /// What is left out of the sources.
    pub(crate) sources_more: Option<String>,
    /// The address of its page within the site, if the document is part of one.
    pub(crate) page: Option<String>,
    /// Whether the visitor of the site has not seen it.
    pub(crate) is_new: bool,
}

/// Rows of cells.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) is_number: bool,
    /// Whether a narrow screen leaves it out.
    pub(crate) is_wide: bool,
    /// The formats in which it is written.
    pub(crate) place: Place,
}

/// The formats in which a column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Everywhere,
    /// Only in formats with drawn charts.
    OnPage,
    /// Only in formats without drawn charts, in words.
    InText,
}

impl Column {
    pub(crate) fn new(name: impl Into<String>) -> Column {
        Column { name: name.into(), is_number: false, is_wide: false, place: Place::Everywhere }
    }

    pub(crate) fn number(name: impl Into<String>) -> Column {
        Column { is_number: true, ..Column::new(name) }
    }

    pub(crate) fn wide(self) -> Column {
        Column { is_wide: true, ..self }
    }
}

impl Table {
    /// The columns that a format without drawn charts has, and their cells row by row.
    pub(crate) fn in_text(&self) -> (Vec<&Column>, Vec<Vec<&Cell>>) {
        let shown: Vec<usize> = (0..self.columns.len()).filter(|&at| self.columns[at].place != Place::OnPage).collect();
        let cells = self.rows.iter().map(|row| shown.iter().filter_map(|&at| row.get(at)).collect()).collect();
        (shown.iter().map(|&at| &self.columns[at]).collect(), cells)
    }
}

/// A cell of a table.
#[derive(Debug)]
pub(crate) enum Cell {
    Line(Line),
    Chart(Chart),
}

impl Cell {
    pub(crate) fn text(words: impl Into<String>) -> Cell {
        Cell::Line(vec![text(words)])
    }

    /// A cell without a value.
    pub(crate) fn none() -> Cell {
        Cell::Line(vec![Span::Small(vec![text("–")])])
    }

    /// Returns its text on one line; a chart becomes block characters.
    pub(crate) fn plain(&self) -> String {
        match self {
            Cell::Line(line) => plain(line),
            Cell::Chart(chart) => chart.in_text(),
        }
    }
}
