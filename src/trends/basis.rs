//! What every figure of a report rests on: its period and its evidence.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::history::{History, Row};
use crate::model::PressBloc;
use crate::text::sanitize::{plain, web_address};

/// The days that a report covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportPeriod {
    /// The first day.
    pub since: Date,
    /// The day after the last.
    pub until: Date,
    /// The IANA name of the time zone whose midnights separate the days.
    pub time_zone: String,
}

/// An item cited as evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceItem {
    /// The item's id in the store.
    pub id: i64,
    /// The title, plain text in one line.
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
            title: plain(history.title(row)),
            url: history.url(row).and_then(web_address),
            outlet: plain(history.outlet_words.word(row.outlet)),
            bloc: row.bloc,
            language: Some(history.language_words.word(row.language).to_owned()).filter(|code| !code.is_empty()),
            published: Timestamp::from_second(row.at_secs).ok(),
        }
    }
}
