//! The nouns that travel through kazbek: feeds, items, tags, relations, periods.
//!
//! Plain data with public fields. This module knows no other module, no clock, no disk and no network.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// The vantage from which an outlet reports; context for a reader, never evidence for a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum PressBloc {
    RussianState,
    RussianIndependent,
    Armenian,
    Azerbaijani,
    GeorgianGovernment,
    GeorgianIndependent,
    Abkhaz,
    Ossetian,
    NorthCaucasus,
    Turkish,
    Iranian,
    Ukrainian,
    Western,
    International,
}

impl PressBloc {
    /// Every bloc, in the order in which reports list them.
    pub const ALL: [PressBloc; 14] = [
        PressBloc::RussianState,
        PressBloc::RussianIndependent,
        PressBloc::Armenian,
        PressBloc::Azerbaijani,
        PressBloc::GeorgianGovernment,
        PressBloc::GeorgianIndependent,
        PressBloc::Abkhaz,
        PressBloc::Ossetian,
        PressBloc::NorthCaucasus,
        PressBloc::Turkish,
        PressBloc::Iranian,
        PressBloc::Ukrainian,
        PressBloc::Western,
        PressBloc::International,
    ];

    /// The stable id, as it stands in OPML, in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            PressBloc::RussianState => "russian-state",
            PressBloc::RussianIndependent => "russian-independent",
            PressBloc::Armenian => "armenian",
            PressBloc::Azerbaijani => "azerbaijani",
            PressBloc::GeorgianGovernment => "georgian-government",
            PressBloc::GeorgianIndependent => "georgian-independent",
            PressBloc::Abkhaz => "abkhaz",
            PressBloc::Ossetian => "ossetian",
            PressBloc::NorthCaucasus => "north-caucasus",
            PressBloc::Turkish => "turkish",
            PressBloc::Iranian => "iranian",
            PressBloc::Ukrainian => "ukrainian",
            PressBloc::Western => "western",
            PressBloc::International => "international",
        }
    }
}

impl fmt::Display for PressBloc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is none of the ids of its kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of: {expected}")]
pub struct UnknownWord {
    /// What was read.
    pub word: String,
    /// The ids that would have been understood, comma-separated.
    pub expected: String,
}

impl FromStr for PressBloc {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        PressBloc::ALL.into_iter().find(|bloc| bloc.as_str() == word).ok_or_else(|| UnknownWord {
            word: word.to_owned(),
            expected: PressBloc::ALL.map(PressBloc::as_str).join(", "),
        })
    }
}

/// A feed as the feed list names it: where it is and who publishes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Address that is polled; http or https.
    pub url: String,
    /// Name for people; the feed's own title where the list gives none.
    pub title: String,
    /// Who publishes it; several feeds may share one outlet.
    pub outlet: String,
    /// BCP 47 language the list declares, e.g. `ru`; items may say otherwise.
    pub language: Option<String>,
    /// Country code the list declares, e.g. `GE`.
    pub country: Option<String>,
    /// The outlet's vantage.
    pub bloc: Option<PressBloc>,
    /// What the publisher is: `state`, `aligned`, `independent`, `official`, `think-tank`, `international`.
    pub kind: Option<String>,
    /// Group of the list that it stands in, e.g. `Georgia`.
    pub group: Option<String>,
}

/// The dialect a feed was written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FeedFormat {
    /// RSS 0.9, 0.91, 0.92, 0.93, 0.94.
    #[serde(rename = "rss-0.9")]
    Rss09,
    /// RSS 1.0, which is RDF.
    #[serde(rename = "rss-1.0")]
    Rss10,
    /// RSS 2.0.
    #[serde(rename = "rss-2.0")]
    Rss20,
    /// Atom 0.3.
    #[serde(rename = "atom-0.3")]
    Atom03,
    /// Atom 1.0, RFC 4287.
    #[serde(rename = "atom-1.0")]
    Atom10,
    /// JSON Feed 1.0 or 1.1.
    #[serde(rename = "json-feed")]
    JsonFeed,
}

/// What a feed's bytes say: its head, its items in document order, and what had to be mended on the way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParsedFeed {
    /// Title of the feed, plain text.
    pub title: Option<String>,
    /// Absolute address of the site that the feed belongs to.
    pub link: Option<String>,
    /// The dialect that was read.
    pub format: FeedFormat,
    /// BCP 47 language that the feed declares.
    pub language: Option<String>,
    /// What the publisher asks of pollers.
    #[serde(skip)]
    pub hints: PublisherHints,
    /// The items in document order.
    pub items: Vec<Item>,
    /// What was odd, broken or mended, one line each.
    pub warnings: Vec<String>,
}

/// What a publisher asks of pollers inside the feed: RSS 2.0 `ttl`, `skipHours`, `skipDays`, and RSS 1.0 module Syndication.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PublisherHints {
    /// RSS `ttl`: minutes for which the feed may be cached.
    pub ttl_minutes: Option<u32>,
    /// RSS `skipHours`: hours of the day in GMT, 0 to 23, without news.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`: days of the week in GMT without news.
    #[serde(skip)]
    pub skip_days: Vec<Weekday>,
    /// `sy:updatePeriod` divided by `sy:updateFrequency`, in seconds.
    pub update_interval_secs: Option<u64>,
}

/// One item of a feed. Texts are plain: markup removed, entities decoded once.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The publisher's own identifier (guid, atom:id, rdf:about, JSON Feed id), verbatim; none where the feed gives none.
    pub id: Option<String>,
    /// Title; empty where there is none.
    pub title: String,
    /// Absolute address of the article.
    pub link: Option<String>,
    /// When it was first published, as the publisher says, clamped to the present where it lies in the future.
    pub published: Option<Timestamp>,
    /// When it was last changed, as the publisher says.
    pub updated: Option<Timestamp>,
    /// The short text: description or summary.
    pub summary: Option<String>,
    /// The full text, where the feed carries it.
    pub content: Option<String>,
    /// Names of the authors.
    pub authors: Vec<String>,
    /// Categories as the publisher gives them.
    pub categories: Vec<String>,
    /// BCP 47 language that the item, else the feed, declares.
    pub language: Option<String>,
}

/// The field of an item in which something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Field {
    Title,
    Summary,
    Content,
}

/// How an item lies to the beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// It concerns both the Caucasus and Russia: the heart of the beat.
    CaucasusRussia,
    /// It concerns the Caucasus.
    Caucasus,
    /// It concerns Russia.
    Russia,
}

impl Scope {
    /// The stable id, as it stands in the store and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::CaucasusRussia => "caucasus-russia",
            Scope::Caucasus => "caucasus",
            Scope::Russia => "russia",
        }
    }
}

impl FromStr for Scope {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        [Scope::CaucasusRussia, Scope::Caucasus, Scope::Russia]
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or_else(|| UnknownWord {
                word: word.to_owned(),
                expected: "caucasus-russia, caucasus, russia".to_owned(),
            })
    }
}

/// Why a tag stands: an entity of the lexicon, found in this form at this place by this rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The tag that it supports, e.g. `place:armenia`.
    pub tag: String,
    /// The entity of the lexicon, e.g. `yerevan`.
    pub entity: String,
    /// The text as it stands in the item.
    pub form: String,
    /// The field that it stands in.
    pub field: Field,
    /// First byte of the form in the field.
    pub start: usize,
    /// The byte behind the form in the field.
    pub end: usize,
    /// The rule that decided, in words that the lexicon explains.
    pub rule: String,
}

/// What one actor did toward another, as a headline says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// The acting side where `directed`, else the first of the two in alphabetical order: a place id, e.g. `russia`.
    pub a: String,
    /// The other side: a place id.
    pub b: String,
    /// -10 (attack) to +10 (alliance).
    pub tone: f32,
    /// The class of the cue, e.g. `consult`, `sanction`.
    pub class: String,
    /// Whether the text shows that `a` acts toward `b`.
    pub directed: bool,
    /// 0 to 1: how sure the reading is.
    pub confidence: f32,
    /// The cue and the two actors where they stand.
    pub evidence: Vec<Evidence>,
}

/// What the classifier says of an item. Every tag has at least one line of evidence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Classification {
    /// How the item lies to the beat; none where it does not.
    pub scope: Option<Scope>,
    /// 0 to 1: how much the item is about the scope.
    pub score: f32,
    /// Sorted, without repeats: `place:armenia`, `person:aliyev`, `topic:corridors`.
    pub tags: Vec<String>,
    /// Pairs of actors and what passed between them.
    pub relations: Vec<Relation>,
    /// What the tags rest on, in the order of the text.
    pub evidence: Vec<Evidence>,
}

/// The length of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Cadence {
    Day,
    Week,
    Month,
    Year,
}

impl Cadence {
    /// The stable id.
    pub fn as_str(self) -> &'static str {
        match self {
            Cadence::Day => "day",
            Cadence::Week => "week",
            Cadence::Month => "month",
            Cadence::Year => "year",
        }
    }
}

/// A calendar period in a time zone: whole days, from midnight to midnight there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// How long it is.
    pub cadence: Cadence,
    /// Its first day.
    pub first: Date,
    /// The day behind its last.
    pub end: Date,
    /// The zone whose midnights bound it.
    pub time_zone: TimeZone,
}

impl Period {
    /// The period of a cadence that contains `date`. Weeks are those of ISO 8601: Monday to Sunday.
    ///
    /// # Errors
    /// Where the calendar ends: within a year of the years -9999 and 9999.
    pub fn containing(cadence: Cadence, date: Date, time_zone: TimeZone) -> Result<Period, jiff::Error> {
        let (first, end) = match cadence {
            Cadence::Day => (date, date.tomorrow()?),
            Cadence::Week => {
                let offset = i64::from(date.weekday().to_monday_zero_offset());
                let first = date.checked_sub(jiff::Span::new().try_days(offset)?)?;
                (first, first.checked_add(jiff::Span::new().try_days(7)?)?)
            }
            Cadence::Month => (date.first_of_month(), date.last_of_month().tomorrow()?),
            Cadence::Year => (date.first_of_year(), date.last_of_year().tomorrow()?),
        };
        Ok(Period { cadence, first, end, time_zone })
    }

    /// The instant at which it begins. A midnight that daylight saving skips is the first instant behind it.
    ///
    /// # Errors
    /// Where the instant is out of the range of [`Timestamp`].
    pub fn start_instant(&self) -> Result<Timestamp, jiff::Error> {
        Ok(self.first.to_zoned(self.time_zone.clone())?.timestamp())
    }

    /// The instant at which it has ended.
    ///
    /// # Errors
    /// Where the instant is out of the range of [`Timestamp`].
    pub fn end_instant(&self) -> Result<Timestamp, jiff::Error> {
        Ok(self.end.to_zoned(self.time_zone.clone())?.timestamp())
    }

    /// A name that sorts and that files can bear: `2026-11-23`, `2026-W48`, `2026-11`, `2026`.
    pub fn label(&self) -> String {
        match self.cadence {
            Cadence::Day => self.first.to_string(),
            Cadence::Week => {
                let week = self.first.iso_week_date();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Cadence::Month => format!("{:04}-{:02}", self.first.year(), self.first.month()),
            Cadence::Year => format!("{:04}", self.first.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn periods_hold_their_date_and_bear_their_label() {
        let check = |cadence, day: Date, first: Date, end: Date, label: &str| {
            let period = Period::containing(cadence, day, TimeZone::UTC).unwrap();
            assert_eq!((period.first, period.end, period.label().as_str()), (first, end, label));
        };
        check(Cadence::Day, date(2024, 2, 28), date(2024, 2, 28), date(2024, 2, 29), "2024-02-28");
        check(Cadence::Week, date(2021, 1, 3), date(2020, 12, 28), date(2021, 1, 4), "2020-W53");
        check(Cadence::Week, date(2024, 12, 30), date(2024, 12, 30), date(2025, 1, 6), "2025-W01");
        check(Cadence::Month, date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1), "2024-02");
        check(Cadence::Year, date(2025, 12, 31), date(2025, 1, 1), date(2026, 1, 1), "2025");
    }

    #[test]
    fn a_day_of_daylight_saving_has_its_own_length() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let check = |day: Date, hours: i64| {
            let period = Period::containing(Cadence::Day, day, zone.clone()).unwrap();
            let span = period.end_instant().unwrap().as_second() - period.start_instant().unwrap().as_second();
            assert_eq!(span, hours * 3600, "{day}");
        };
        check(date(2025, 3, 30), 23);
        check(date(2025, 10, 26), 25);
        check(date(2025, 6, 1), 24);
    }

    #[test]
    fn blocs_read_as_they_are_written() {
        for bloc in PressBloc::ALL {
            assert_eq!(bloc.as_str().parse::<PressBloc>().as_ref(), Ok(&bloc));
            assert_eq!(serde_json::to_value(bloc).unwrap(), bloc.as_str());
        }
        assert!("moon".parse::<PressBloc>().unwrap_err().to_string().contains("russian-state"));
    }
}
