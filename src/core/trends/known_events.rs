//! What is known beforehand to be routine: quiet tags, words and days of the calendar. Read from TOML; the default is
//! `config/trends.toml`.

use serde::Deserialize;

use super::deed_kind::DeedKind;
use super::options::{CalendarDay, Options};
use crate::model::Tag;

/// Events that recur or were scheduled, so that a report does not present them as turning points.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KnownEvents {
    /// Tags that never make a turning point by themselves, such as `topic:sport`.
    pub quiet_tags: Vec<Tag>,
    /// Parts of words, in lower case, that mark routine events, such as `anniversar`.
    pub routine_words: Vec<String>,
    /// Parts of titles, in lower case between spaces, that mark previews, explanations and round-ups: another title is
    /// preferred for an event.
    pub weak_titles: Vec<String>,
    /// Days of the year on which some tags are always in the news.
    pub calendar: Vec<CalendarDay>,
    /// The tags of the region that reports are about.
    pub region: Vec<Tag>,
    /// Acts of a formal kind, by the words that tell them.
    #[serde(rename = "deed")]
    pub deeds: Vec<DeedKind>,
}

/// Why known events could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("known events cannot be read: {0}")]
pub struct KnownEventsError(String);

impl KnownEvents {
    /// Reads known events from TOML and checks their dates.
    ///
    /// # Errors
    /// Fails if the text is not TOML of this shape, or if a date does not exist.
    pub fn load(text: &str) -> Result<KnownEvents, KnownEventsError> {
        let known: KnownEvents = toml::from_str(text).map_err(|error| KnownEventsError(error.to_string()))?;
        // 2024 is a leap year, so every date exists in it.
        match known.calendar.iter().find(|day| jiff::civil::Date::new(2024, day.month, day.day).is_err()) {
            Some(day) => Err(KnownEventsError(format!(
                "[[calendar]] `{}`: month {} has no day {}",
                day.label, day.month, day.day
            ))),
            None => Ok(known),
        }
    }

    /// Copies the known events into the options of a report.
    pub fn apply(&self, options: &mut Options) {
        options.quiet_tags.clone_from(&self.quiet_tags);
        options.routine_words = self.routine_words.iter().map(|word| word.to_lowercase()).collect();
        options.weak_titles = self.weak_titles.iter().map(|words| words.to_lowercase()).collect();
        options.calendar.clone_from(&self.calendar);
        options.region_tags.clone_from(&self.region);
        options.deeds.clone_from(&self.deeds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_can_be_read() {
        let known = KnownEvents::load(include_str!("../../../config/trends.toml")).unwrap();
        assert!(known.calendar.len() > 10 && known.quiet_tags.iter().any(|tag| *tag == "topic:sport"));
    }

    #[test]
    fn faults_are_named() {
        let check = |text: &str, part: &str| {
            let message = KnownEvents::load(text).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        };
        check("[[calendar]]\nmonth = 2\nday = 30\ntags = []\nlabel = 'x'", "month 2 has no day 30");
        check("colour = 1", "colour");
    }
}
