//! Courses: when two actors moved closer and when apart, by the turning points between them.

use jiff::civil::Date;
use serde::Serialize;

use super::history::EvidenceItem;
use super::options::Pair;
use super::turning_point::{Direction, TurningPoint};

/// Most phases of a course; of more, those with the least coverage are left out.
const PHASES_MAX: usize = 4;

/// A time in which what happened between two actors went one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Phase {
    /// Closer or apart.
    pub direction: Direction,
    /// The day of its first event.
    pub from: Date,
    /// The day of its last event.
    pub to: Date,
    /// Its events, in order of date.
    pub events: Vec<PhaseEvent>,
}

/// An event between two actors: a turning point, in brief.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseEvent {
    /// The day on which it began.
    pub date: Date,
    /// What happened.
    pub title: String,
    /// Outlets with texts of their own.
    pub newsrooms: u32,
    /// The item that shows it best.
    pub evidence: Option<EvidenceItem>,
}

impl Phase {
    /// Its most widely reported event.
    pub fn main_event(&self) -> Option<&PhaseEvent> {
        self.events.iter().max_by(|a, b| a.newsrooms.cmp(&b.newsrooms).then(b.date.cmp(&a.date)))
    }

    /// How much was reported: newsrooms, over all events.
    fn weight(&self) -> u32 {
        self.events.iter().map(|event| event.newsrooms.max(1)).sum()
    }

    fn append(&mut self, later: Phase) {
        self.to = later.to.max(self.to);
        self.events.extend(later.events);
    }
}

/// Returns the phases of a pair, in order of date. `points` are in order of date.
pub(crate) fn phases(points: &[TurningPoint], pair: &Pair) -> Vec<Phase> {
    let mut phases: Vec<Phase> = Vec::new();
    for point in points.iter().filter(|point| point.pair.as_ref() == Some(pair)) {
        let Some(direction) = point.direction else { continue };
        let event = PhaseEvent {
            date: point.date,
            title: point.title.clone(),
            newsrooms: point.newsrooms,
            evidence: point.evidence.first().cloned(),
        };
        push(&mut phases, Phase { direction, from: point.date, to: point.date, events: vec![event] });
    }
    while phases.len() > PHASES_MAX {
        let least = (0..phases.len()).min_by_key(|&place| (phases[place].weight(), place)).unwrap_or(0);
        phases.remove(least);
        let kept = std::mem::take(&mut phases);
        kept.into_iter().for_each(|phase| push(&mut phases, phase));
    }
    phases
}

/// Adds a phase, or extends the last one if it went the same way.
fn push(phases: &mut Vec<Phase>, phase: Phase) {
    match phases.last_mut().filter(|last| last.direction == phase.direction) {
        Some(last) => last.append(phase),
        None => phases.push(phase),
    }
}

/// Returns days in words: `13 July`, `13 to 17 July`, `30 July to 2 August`; with years if `with_year`.
pub fn days_in_words(from: Date, to: Date, with_year: bool) -> String {
    let words = |date: Date| date.strftime(if with_year { "%-d %B %Y" } else { "%-d %B" }).to_string();
    match () {
        () if from == to => words(from),
        () if (from.year(), from.month()) == (to.year(), to.month()) => format!("{} to {}", from.day(), words(to)),
        () => format!("{} to {}", words(from), words(to)),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn phase(direction: Direction, day: i8, newsrooms: u32) -> Phase {
        let day = date(2026, 3, day);
        let event = PhaseEvent { date: day, title: format!("event of {day}"), newsrooms, evidence: None };
        Phase { direction, from: day, to: day, events: vec![event] }
    }

    #[test]
    fn events_of_one_direction_are_one_phase() {
        let mut phases = Vec::new();
        for (direction, day) in [(Direction::Positive, 3), (Direction::Positive, 9), (Direction::Negative, 12)] {
            push(&mut phases, phase(direction, day, 2));
        }
        let days: Vec<_> = phases.iter().map(|phase| (phase.from.day(), phase.to.day())).collect();
        assert_eq!(days, [(3, 9), (12, 12)]);
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let check = |from: Date, to: Date, wanted: &str| assert_eq!(days_in_words(from, to, false), wanted);
        check(date(2026, 7, 13), date(2026, 7, 13), "13 July");
        check(date(2026, 7, 13), date(2026, 7, 17), "13 to 17 July");
        check(date(2026, 7, 30), date(2026, 8, 2), "30 July to 2 August");
    }
}
