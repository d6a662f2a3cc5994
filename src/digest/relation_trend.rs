//! How a relation changed over a year, in figures and in words.
//!
//! A change is reported only if it is significant: the difference of two quarters is compared with its 95 % interval,
//! 1.96 times the root of the sum of both squared standard errors (that of the difference of two independent means).

use serde::{Deserialize, Serialize};

use crate::trends::{Direction, Level, RelationQuarter};

/// Fewest stories of a quarter that is compared with another.
pub(super) const STORIES_MIN: u32 = 5;
/// Smallest difference that counts as a change, on the scale from -10 to +10. A smaller one is steady, even if it is
/// significant.
const CHANGE_MIN: f64 = 0.8;
/// How many half intervals a difference must reach if no change of level supports it: 3.09 standard errors, which
/// chance reaches in two of a thousand cases.
const ALONE_MARGIN: f64 = 1.577;
/// How a relation changed over a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Movement {
    /// The last quarter is warmer than the first.
    Closer,
    /// The last quarter is colder than the first.
    Apart,
    /// The relation worsened, then recovered.
    Mended,
    /// The relation improved, then worsened again.
    FellBack,
    /// No significant difference.
    Steady,
    /// Fewer than two quarters with enough stories.
    Unclear,
}

/// The comparison of a quarter with an earlier one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    /// Positions of the two quarters.
    from: usize,
    to: usize,
    pub(super) change: f64,
    /// Half the width of the 95 % interval.
    half: f64,
}

impl Step {
    /// Whether the change is large enough, and either significant with a change of level in the same direction, or so
    /// significant that none is expected by chance among the pairs of a table.
    fn is_sure(&self, shifts: &[Direction]) -> bool {
        let way = if self.change > 0.0 { Direction::Positive } else { Direction::Negative };
        let margin = if shifts.contains(&way) { 1.0 } else { ALONE_MARGIN };
        self.change.abs() > margin * self.half && self.change.abs() >= CHANGE_MIN
    }
}

/// How a relation changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct RelationTrend {
    pub(super) movement: Movement,
    /// From the first quarter with enough stories to the last.
    pub(super) whole: Option<Step>,
    /// To the turn and from there on, if the relation changed and returned.
    turn: Option<(Step, Step)>,
}

fn step(from: (usize, Level), to: (usize, Level)) -> Step {
    // The intervals extend 1.96 standard errors to either side.
    let half = |level: Level| (level.high - level.low) / 2.0;
    Step { from: from.0, to: to.0, change: to.1.index - from.1.index, half: half(from.1).hypot(half(to.1)) }
}

/// Determines how a relation changed over the quarters, given the directions in which its level changed meanwhile.
pub(super) fn relation_trend(quarters: &[RelationQuarter], shifts: &[Direction]) -> RelationTrend {
    let rated: Vec<(usize, Level)> = quarters
        .iter()
        .enumerate()
        .filter_map(|(place, quarter)| Some((place, quarter.level.filter(|level| level.stories >= STORIES_MIN)?)))
        .collect();
    let ([first, between @ .., last], true) = (rated.as_slice(), rated.len() >= 2) else {
        return RelationTrend { movement: Movement::Unclear, whole: None, turn: None };
    };
    let whole = step(*first, *last);
    // A turn is a quarter from which both ends differ in the same direction, by more than they differ from each other.
    let turn = between
        .iter()
        .map(|middle| (step(*first, *middle), step(*middle, *last)))
        .filter(|(there, back)| {
            there.is_sure(shifts) && back.is_sure(shifts) && (there.change > 0.0) != (back.change > 0.0)
        })
        .filter(|(there, back)| there.change.abs().min(back.change.abs()) > whole.change.abs())
        .max_by(|a, b| reach(a).total_cmp(&reach(b)));
    let movement = match turn {
        Some((there, _)) if there.change < 0.0 => Movement::Mended,
        Some(_) => Movement::FellBack,
        None if !whole.is_sure(shifts) => Movement::Steady,
        None if whole.change > 0.0 => Movement::Closer,
        None => Movement::Apart,
    };
    RelationTrend { movement, whole: Some(whole), turn }
}

fn reach((there, back): &(Step, Step)) -> f64 {
    there.change.abs().min(back.change.abs())
}

impl RelationTrend {
    /// Returns the size of the change, by which pairs are sorted.
    pub(super) fn size(&self) -> f64 {
        match (&self.turn, &self.whole) {
            (Some(turn), _) => reach(turn),
            (None, Some(whole)) if self.movement != Movement::Steady => whole.change.abs(),
            _ => 0.0,
        }
    }

    /// Returns the phrase for half-years: `moved closer, from −0.4 in the first half to +1.2 in the second`.
    pub(super) fn sentence_of_halves(&self, halves: &[RelationQuarter]) -> String {
        let at = |place: usize| {
            let index = halves.get(place).and_then(|half| half.level).map_or(0.0, |level| level.index);
            let is_second = halves.get(place).is_some_and(|half| half.from.month() > 6);
            format!("{} in the {} half", signed(index), if is_second { "second" } else { "first" })
        };
        let way = match self.movement {
            Movement::Closer => "moved closer",
            Movement::Apart => "moved apart",
            _ => return "few stories, judged over half-years: no change beyond chance".to_owned(),
        };
        let Some(whole) = &self.whole else { return String::new() };
        format!(
            "few stories, judged over half-years: {way}, from {} to {} ({} ± {:.1})",
            at(whole.from),
            at(whole.to),
            signed(whole.change),
            whole.half
        )
    }

    /// Returns a phrase such as `moved closer, from +0.4 in the first quarter to +2.1 in the fourth (+1.7 ± 0.6)`.
    pub(super) fn sentence(&self, quarters: &[RelationQuarter], has_shifts: bool) -> String {
        let at = |place: usize| {
            let index = quarters.get(place).and_then(|quarter| quarter.level).map_or(0.0, |level| level.index);
            format!("{} in the {}", signed(index), ordinal(place, quarters))
        };
        match (self.movement, &self.whole, &self.turn) {
            (Movement::Mended, _, Some((there, back))) => {
                format!("fell from {} to {}, then recovered to {}", at(there.from), at(there.to), at(back.to))
            }
            (Movement::FellBack, _, Some((there, back))) => {
                format!("rose from {} to {}, then fell back to {}", at(there.from), at(there.to), at(back.to))
            }
            (Movement::Closer, Some(whole), _) => format!(
                "moved closer, from {} to {} ({} ± {:.1})",
                at(whole.from),
                at(whole.to),
                signed(whole.change),
                whole.half
            ),
            (Movement::Apart, Some(whole), _) => format!(
                "moved apart, from {} to {} ({} ± {:.1})",
                at(whole.from),
                at(whole.to),
                signed(whole.change),
                whole.half
            ),
            (_, Some(whole), _) if has_shifts => format!(
                "changed during the year, but {} and {} do not differ beyond chance ({} ± {:.1})",
                at(whole.from),
                at(whole.to),
                signed(whole.change),
                whole.half
            ),
            (_, Some(whole), _) => format!(
                "no change beyond chance: {} and {} ({} ± {:.1})",
                at(whole.from),
                at(whole.to),
                signed(whole.change),
                whole.half
            ),
            _ => "too few stories to measure a change".to_owned(),
        }
    }
}

/// Returns the name of the calendar quarter.
/// Returns the levels of half-years, for pairs with few stories: the means of two quarters, weighted by their stories.
pub(super) fn half_years(quarters: &[RelationQuarter]) -> Vec<RelationQuarter> {
    let half_of = |quarter: &RelationQuarter| (quarter.from.year(), quarter.from.month() > 6);
    quarters
        .chunk_by(|a, b| half_of(a) == half_of(b))
        .map(|half| RelationQuarter { from: half[0].from, level: mean_level(half) })
        .collect()
}

/// Returns the mean of the levels of some quarters; the variance of a weighted mean is the sum of the weighted ones.
fn mean_level(quarters: &[RelationQuarter]) -> Option<Level> {
    let levels: Vec<Level> = quarters.iter().filter_map(|quarter| quarter.level).collect();
    let stories: u32 = levels.iter().map(|level| level.stories).sum();
    let weight = |level: &Level| f64::from(level.stories) / f64::from(stories.max(1));
    let index: f64 = levels.iter().map(|level| weight(level) * level.index).sum();
    let half = levels.iter().map(|level| (weight(level) * (level.high - level.low) / 2.0).powi(2)).sum::<f64>().sqrt();
    (stories > 0).then_some(Level { index, low: index - half, high: index + half, stories })
}

fn ordinal(place: usize, quarters: &[RelationQuarter]) -> &'static str {
    let quarter = quarters.get(place).map_or(0, |quarter| (quarter.from.month() - 1) / 3);
    match quarter {
        0 => "first quarter",
        1 => "second",
        2 => "third",
        _ => "fourth",
    }
}

/// Returns a figure with its sign and a true minus.
pub(super) fn signed(value: f64) -> String {
    // Zero has no minus.
    let text = format!("{value:+.1}");
    if text == "-0.0" { "+0.0".to_owned() } else { text.replace('-', "−") }
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;

    fn quarters(levels: [Option<(f64, f64, u32)>; 4]) -> Vec<RelationQuarter> {
        let level =
            |(index, half, stories): (f64, f64, u32)| Level { index, low: index - half, high: index + half, stories };
        let from = |place: usize| Date::new(2026, [1, 4, 7, 10][place], 1).unwrap();
        let quarter =
            |(place, given): (usize, &Option<_>)| RelationQuarter { from: from(place), level: given.map(level) };
        levels.iter().enumerate().map(quarter).collect()
    }

    const UP: &[Direction] = &[Direction::Positive];
    const DOWN: &[Direction] = &[Direction::Negative];

    #[test]
    fn half_years_weigh_quarters_by_their_stories() {
        let quarter = |month: i8, index: f64, stories: u32| RelationQuarter {
            from: jiff::civil::date(2026, month, 1),
            level: (stories > 0).then_some(Level { index, low: index - 1.0, high: index + 1.0, stories }),
        };
        let halves = half_years(&[quarter(1, 1.0, 1), quarter(4, 4.0, 2), quarter(7, -2.0, 3), quarter(10, 0.0, 0)]);
        let levels: Vec<_> = halves.iter().map(|half| half.level.map(|level| (level.index, level.stories))).collect();
        assert_eq!(levels, [Some((3.0, 3)), Some((-2.0, 3))]);
    }

    #[test]
    fn only_significant_changes_are_reported() {
        let check = |levels, ways: &[Direction], movement: Movement, sentence: &str| {
            let quarters = quarters(levels);
            let trend = relation_trend(&quarters, ways);
            let said = trend.sentence(&quarters, !ways.is_empty());
            assert_eq!((trend.movement, said.as_str()), (movement, sentence));
        };
        let q = |index: f64| Some((index, 0.6, 20));
        let closer = "moved closer, from +0.0 in the first quarter to +2.0 in the fourth (+2.0 ± 0.8)";
        check([q(0.0), q(0.5), q(1.0), q(2.0)], &[], Movement::Closer, closer);
        let apart = "moved apart, from +1.5 in the first quarter to −1.0 in the fourth (−2.5 ± 0.8)";
        check([q(1.5), None, None, q(-1.0)], &[], Movement::Apart, apart);
        let mended = "fell from +1.0 in the first quarter to −3.4 in the second, then recovered to +0.8 in the fourth";
        check([q(1.0), q(-3.4), q(-2.0), q(0.8)], &[], Movement::Mended, mended);
        let back = "rose from −2.0 in the first quarter to +2.0 in the third, then fell back to −1.6 in the fourth";
        check([q(-2.0), q(0.0), q(2.0), q(-1.6)], &[], Movement::FellBack, back);
        let steady = "no change beyond chance: +1.0 in the first quarter and +1.3 in the fourth (+0.3 ± 0.8)";
        check([q(1.0), q(1.2), q(0.9), q(1.3)], &[], Movement::Steady, steady);
        let within = "changed during the year, but +1.0 in the first quarter and +1.3 in the fourth do not differ beyond chance (+0.3 ± 0.8)";
        check([q(1.0), q(1.2), q(0.9), q(1.3)], UP, Movement::Steady, within);
        // The same difference, but of so few stories that it may be chance.
        let few = Some((0.0, 2.5, 6));
        let chance = "no change beyond chance: +0.0 in the first quarter and +2.0 in the fourth (+2.0 ± 3.5)";
        check([few, None, None, Some((2.0, 2.5, 6))], &[], Movement::Steady, chance);
        // Just significant: reported only if the level changed in the same direction.
        let barely = [q(0.0), None, None, q(1.0)];
        let reported = "moved closer, from +0.0 in the first quarter to +1.0 in the fourth (+1.0 ± 0.8)";
        check(barely, UP, Movement::Closer, reported);
        let unreported = "no change beyond chance: +0.0 in the first quarter and +1.0 in the fourth (+1.0 ± 0.8)";
        check(barely, &[], Movement::Steady, unreported);
        let other = "changed during the year, but +0.0 in the first quarter and +1.0 in the fourth do not differ beyond chance (+1.0 ± 0.8)";
        check(barely, DOWN, Movement::Steady, other);
        let unclear = "too few stories to measure a change";
        check([Some((0.0, 0.1, 4)), None, None, q(2.0)], &[], Movement::Unclear, unclear);
        check([None, None, None, None], &[], Movement::Unclear, unclear);
        let late = "moved closer, from +0.0 in the third to +2.0 in the fourth (+2.0 ± 0.8)";
        check([None, None, q(-0.04), q(2.0)], &[], Movement::Closer, late);
    }
}
