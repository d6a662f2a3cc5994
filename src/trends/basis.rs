//! What every figure of a report rests on: the days it covers, and the items that show it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::history::{History, Row};
use crate::model::PressBloc;
use crate::text::sanitize::{plain, web_address};

/// The days that a report covers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportPeriod {
    /// First day.
    pub since: Date,
    /// The day after the last.
    pub until: Date,
    /// The zone whose midnights separate the days.
    pub time_zone: String,
}

/// An item that a figure rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceItem {
    /// The store's id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// Its address; http or https only.
    pub url: Option<String>,
    /// Who published it.
    pub outlet: String,
    /// The press bloc of the outlet.
    pub bloc: Option<PressBloc>,
    /// BCP 47 language of its title.
    pub language: Option<String>,
    /// When it was published, as its publisher says, else when it was first seen.
    pub published: Option<Timestamp>,
}

impl EvidenceItem {
    /// Takes the facts of an item out of a history, made safe to print.
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
