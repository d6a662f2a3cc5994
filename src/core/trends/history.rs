//! The input of a report: the dated items of the monitored feeds, stored in columns so that a million of them fit and
//! sort fast.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::options::RELATION_NAMESPACE;
use crate::model::PressBloc;
use crate::text::sanitize::{plain, web_address};
use crate::text::without_outlet;

/// One item as a report needs it. Everything is borrowed; [`History::add`] copies what it keeps.
#[derive(Clone, Debug, Default)]
pub struct ItemFacts<'a> {
    /// The item's id in the store, by which evidence is cited.
    pub id: i64,
    /// When it was published, or, for a polled item without a date, when it was first seen. `None` if neither is known,
    /// as for an imported item without a date: such an item is counted as undated and is in no series.
    pub at: Option<Timestamp>,
    /// The title, plain text.
    pub title: &'a str,
    /// The URL of the item's page.
    pub url: Option<&'a str>,
    /// The outlet that published it. Feeds of one outlet share this name.
    pub outlet: &'a str,
    /// The press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// The language as a BCP 47 tag.
    pub language: Option<&'a str>,
    /// The tags, in any order.
    pub tags: &'a [&'a str],
    /// The tone of what the title reports between two actors.
    pub tones: &'a [ToneReading<'a>],
    /// The rival names that it uses.
    pub names: &'a [NameUsed<'a>],
    /// The id of the item that this one is a copy of.
    pub duplicate_of: Option<i64>,
    /// The id of its story; items with the same id report the same event.
    pub story: Option<i64>,
}

/// The tone of an item between two actors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToneReading<'a> {
    /// The place id of one actor, e.g. `russia`.
    pub a: &'a str,
    /// The place id of the other actor.
    pub b: &'a str,
    /// The tone from -10 (attack) to +10 (alliance), as in [`crate::model::Relation::tone`].
    pub tone: f32,
    /// The class of the interaction, as in [`crate::model::Relation::class`]; empty if unknown.
    pub class: &'a str,
    /// The confidence of the reading, 0 to 1; used as its weight.
    pub confidence: f32,
    /// Whether `a` acts on `b`; otherwise both act, or who acts is not known.
    pub is_directed: bool,
}

/// One of several rival names, used by an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameUsed<'a> {
    /// The id of the set of rival names in the lexicon.
    pub set: &'a str,
    /// The id of the side whose name it is.
    pub side: &'a str,
}

/// Maps words to numbers and back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Interner {
    pub(crate) fn intern(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        self.words.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        number
    }

    pub(crate) fn word(&self, number: u32) -> &str {
        self.words.get(number as usize).map_or("", String::as_str)
    }

    pub(crate) fn number(&self, word: &str) -> Option<u32> {
        self.numbers.get(word).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }
}

/// A tone with its actors as numbers, in the alphabetical order of their ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tone {
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) tone: f32,
    /// The number of `relation:CLASS` among the tags, though no item has it as a tag. `None` if the class is unknown.
    pub(crate) class: Option<u32>,
    pub(crate) confidence: f32,
    /// Who acts, and on whom; `None` if both act.
    pub(crate) acts: Option<(u32, u32)>,
}

/// A relation with at least this tone, in either direction, is an act rather than a word.
const ACT_TONE: f32 = 4.0;

impl Tone {
    /// Whether it is an act rather than a word.
    pub(crate) fn is_act(&self) -> bool {
        self.tone.abs() >= ACT_TONE
    }
}

/// A dated item, as numbers into the columns of the [`History`].
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) at_secs: i64,
    pub(crate) outlet: u32,
    pub(crate) bloc: Option<PressBloc>,
    pub(crate) language: u32,
    pub(crate) duplicate_of: Option<i64>,
    pub(crate) story: Option<i64>,
    tags: (u32, u32),
    tones: (u32, u32),
    names: (u32, u32),
    title: (u32, u32),
    url: Option<(u32, u32)>,
}

impl Row {
    /// Returns the id of the story it counts towards: its own story, else the item it copies, else itself.
    pub(crate) fn story_or_own(&self) -> i64 {
        self.story.or(self.duplicate_of).unwrap_or(self.id)
    }
}

/// The items that a report is made from: those of its period, and the past that they are compared with.
///
/// Add all items from [`crate::trends::Options::history_days`] before the report's first day. With fewer, the first
/// weeks of the report have no baseline yet; more are used where they help. All texts together may hold 4 GiB; items
/// beyond that keep their figures but lose title and URL.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub(crate) rows: Vec<Row>,
    pub(crate) tag_words: Interner,
    pub(crate) outlet_words: Interner,
    pub(crate) language_words: Interner,
    pub(crate) actor_words: Interner,
    pub(crate) set_words: Interner,
    pub(crate) side_words: Interner,
    tags: Vec<u32>,
    tones: Vec<Tone>,
    names: Vec<(u32, u32)>,
    text: String,
    undated: u64,
}

impl History {
    /// Returns an empty history.
    pub fn new() -> History {
        History::default()
    }

    /// Adds an item. The order of calls does not matter.
    pub fn add(&mut self, item: &ItemFacts<'_>) {
        let Some(at) = item.at else {
            self.undated += 1;
            return;
        };
        let tags_from = self.tags.len();
        for tag in item.tags {
            let number = self.tag_words.intern(tag);
            self.tags.push(number);
        }
        let tones_from = self.tones.len();
        for reading in item.tones {
            let is_finite = reading.tone.is_finite() && reading.confidence.is_finite();
            // An alliance or organisation without a place is no actor of a pair.
            if !is_finite || reading.a == reading.b || reading.a.is_empty() || reading.b.is_empty() {
                continue;
            }
            let (from, to) = (self.actor_words.intern(reading.a), self.actor_words.intern(reading.b));
            let (a, b) = if reading.a < reading.b { (from, to) } else { (to, from) };
            self.tones.push(Tone {
                a,
                b,
                acts: reading.is_directed.then_some((from, to)),
                tone: reading.tone.clamp(-10.0, 10.0),
                class: Some(reading.class)
                    .filter(|class| !class.is_empty())
                    .map(|class| self.tag_words.intern(&format!("{RELATION_NAMESPACE}{class}"))),
                confidence: reading.confidence.clamp(0.0, 1.0),
            });
        }
        let names_from = self.names.len();
        for name in item.names {
            self.names.push((self.set_words.intern(name.set), self.side_words.intern(name.side)));
        }
        let title = self.keep(item.title).unwrap_or((0, 0));
        let url = item.url.and_then(|url| self.keep(url));
        self.rows.push(Row {
            id: item.id,
            at_secs: at.as_second(),
            outlet: self.outlet_words.intern(item.outlet),
            bloc: item.bloc,
            language: self.language_words.intern(item.language.unwrap_or("")),
            duplicate_of: item.duplicate_of,
            story: item.story,
            tags: span(tags_from, self.tags.len()),
            tones: span(tones_from, self.tones.len()),
            names: span(names_from, self.names.len()),
            title,
            url,
        });
    }

    /// Adds all items of another history.
    pub fn append(&mut self, other: &History) {
        let numbers = |own: &mut Interner, other: &Interner| -> Vec<u32> {
            other.words.iter().map(|word| own.intern(word)).collect()
        };
        let tag = numbers(&mut self.tag_words, &other.tag_words);
        let outlet = numbers(&mut self.outlet_words, &other.outlet_words);
        let language = numbers(&mut self.language_words, &other.language_words);
        let actor = numbers(&mut self.actor_words, &other.actor_words);
        let set = numbers(&mut self.set_words, &other.set_words);
        let side = numbers(&mut self.side_words, &other.side_words);
        let (tags, tones, names) = (self.tags.len(), self.tones.len(), self.names.len());
        self.tags.extend(other.tags.iter().map(|&number| tag[number as usize]));
        self.tones.extend(other.tones.iter().map(|tone| Tone {
            a: actor[tone.a as usize],
            b: actor[tone.b as usize],
            class: tone.class.map(|class| tag[class as usize]),
            acts: tone.acts.map(|(from, to)| (actor[from as usize], actor[to as usize])),
            ..*tone
        }));
        self.names.extend(other.names.iter().map(|&(in_set, by)| (set[in_set as usize], side[by as usize])));
        let shifted = |from: usize, (first, last): (u32, u32)| span(from + first as usize, from + last as usize);
        // Texts are copied item by item, since the sum may exceed the 4 GiB that fit.
        self.text.reserve(other.text.len());
        self.rows.reserve(other.rows.len());
        for row in &other.rows {
            let title = self.keep(other.title(row)).unwrap_or((0, 0));
            let url = other.url(row).and_then(|url| self.keep(url));
            self.rows.push(Row {
                outlet: outlet[row.outlet as usize],
                language: language[row.language as usize],
                tags: shifted(tags, row.tags),
                tones: shifted(tones, row.tones),
                names: shifted(names, row.names),
                title,
                url,
                ..*row
            });
        }
        self.undated += other.undated;
    }

    /// Returns the number of items with a date.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns whether no item has a date.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the number of items without a date.
    pub fn undated(&self) -> u64 {
        self.undated
    }

    fn keep(&mut self, text: &str) -> Option<(u32, u32)> {
        let from = u32::try_from(self.text.len()).ok()?;
        let to = u32::try_from(self.text.len() + text.len()).ok()?;
        self.text.push_str(text);
        Some((from, to))
    }

    fn text(&self, (from, to): (u32, u32)) -> &str {
        self.text.get(from as usize..to as usize).unwrap_or("")
    }

    pub(crate) fn title(&self, row: &Row) -> &str {
        self.text(row.title)
    }

    pub(crate) fn url(&self, row: &Row) -> Option<&str> {
        row.url.map(|range| self.text(range))
    }

    pub(crate) fn tags(&self, row: &Row) -> &[u32] {
        self.tags.get(row.tags.0 as usize..row.tags.1 as usize).unwrap_or(&[])
    }

    pub(crate) fn tones(&self, row: &Row) -> &[Tone] {
        self.tones.get(row.tones.0 as usize..row.tones.1 as usize).unwrap_or(&[])
    }

    pub(crate) fn names(&self, row: &Row) -> &[(u32, u32)] {
        self.names.get(row.names.0 as usize..row.names.1 as usize).unwrap_or(&[])
    }
}

fn span(from: usize, to: usize) -> (u32, u32) {
    (u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(to).unwrap_or(u32::MAX))
}

/// An item cited as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceItem {
    /// The item's id in the store.
    pub id: i64,
    /// The title, plain text in one line, without the name of its outlet.
    pub title: String,
    /// The URL, if it is http or https.
    pub url: Option<String>,
    /// The name of the outlet.
    pub outlet: String,
    /// The press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// The language of the title as a BCP 47 tag, if known.
    pub language: Option<String>,
    /// When it was published according to its publisher, otherwise when it was first seen.
    pub published: Option<Timestamp>,
}

impl EvidenceItem {
    /// Builds the evidence for an item of a history, with texts made safe to print.
    pub(crate) fn of(history: &History, row: &Row) -> EvidenceItem {
        EvidenceItem {
            id: row.id,
            title: plain(without_outlet(history.title(row), history.outlet_words.word(row.outlet))),
            url: history.url(row).and_then(web_address),
            outlet: plain(history.outlet_words.word(row.outlet)),
            bloc: row.bloc,
            language: Some(history.language_words.word(row.language).to_owned()).filter(|code| !code.is_empty()),
            published: Timestamp::from_second(row.at_secs).ok(),
        }
    }
}
