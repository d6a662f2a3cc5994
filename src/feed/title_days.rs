//! The days of the calendar that a headline names, which distinguish the issues of a bulletin.

use super::months;

/// A day of a year that is not said: its month, 1 to 12, and its number, 1 to 31.
pub(crate) type MonthDay = (i8, i8);

/// Returns the days that a headline names: `29 November`, `November 29`, `29.11.2026`, `2026-11-29`, `29/11`.
///
/// Days in numbers alone have the day first, as outside the United States, unless only the other order is a date. A
/// number beside a word that only begins like a month is returned too: compare what is found with a date.
pub(crate) fn title_days(title: &str) -> Vec<MonthDay> {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower.split(|letter: char| !is_in_word(letter)).filter(|word| !word.is_empty()).collect();
    let in_numbers = words.iter().filter_map(|word| in_numbers(word));
    let in_words = words.windows(2).filter_map(|pair| match pair {
        [one, other] => written_out(one, other).or_else(|| written_out(other, one)),
        _ => None,
    });
    let mut days: Vec<MonthDay> = in_numbers.chain(in_words).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// The separators of a date in numbers do not end a word.
fn is_in_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '.' | '/' | '-')
}

fn written_out(day: &str, month: &str) -> Option<MonthDay> {
    let digits = day.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    // `1st`, `29-го`, `4-ին`, `5.`
    let ending = day.get(digits.len()..)?.trim_start_matches(['-', '.']);
    let day = digits.parse().ok().filter(|day| (1..=31).contains(day) && ending.chars().count() <= 3)?;
    month
        .chars()
        .all(|letter| letter.is_alphabetic() || letter == '.')
        .then(|| months::month(month))
        .flatten()
        .map(|month| (month, day))
}

fn in_numbers(word: &str) -> Option<MonthDay> {
    let parts: Vec<&str> = word.trim_end_matches(['.', '-', '/']).split(['.', '/', '-']).collect();
    let number = |part: &str, digits: usize| part.parse::<i8>().ok().filter(|_| part.len() <= digits);
    let (first, second) = match *parts.as_slice() {
        [year, month, day] if year.len() == 4 => (number(day, 2)?, number(month, 2)?),
        [day, month, year] if year.len() == 4 || year.len() == 2 => (number(day, 2)?, number(month, 2)?),
        [day, month] if month.len() == 2 => (number(day, 2)?, number(month, 2)?),
        _ => return None,
    };
    let is_day = |month: i8, day: i8| (1..=12).contains(&month) && (1..=31).contains(&day);
    [(second, first), (first, second)].into_iter().find(|(month, day)| is_day(*month, *day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_in_headlines() {
        let check = |title: &str, expected: &[MonthDay]| assert_eq!(title_days(title), expected, "{title}");
        check("Exchange rates for 29 November", &[(11, 29)]);
        check("Russian losses as of November 29, 2026", &[(11, 29)]);
        check("Events of November 1st", &[(11, 1)]);
        check("Курсы валют на 29.11.2026", &[(11, 29)]);
        check("Курсы валют на 29 ноября", &[(11, 29)]);
        check("События 29-го ноября", &[(11, 29)]);
        check("ვალუტის კურსი 29 ნოემბერი", &[(11, 29)]);
        check("Փոխարժեքներ նոյեմբերի 29-ին", &[(11, 29)]);
        check("29 Kasım döviz kurları", &[(11, 29)]);
        check("Bulletin 2026-11-29", &[(11, 29)]);
        check("Rates, 11/29/2026", &[(11, 29)]);
        check("Rates (29/11)", &[(11, 29)]);
        check("From 28 to 30 November", &[(11, 30)]);
        check("From 28 October to 30 November", &[(10, 28), (11, 30)]);
        check("15 killed in a strike on Kharkiv", &[]);
        check("War in Ukraine: day 1279", &[]);
        check("The lari stands at 2.71", &[]);
        check("Version 2.10.1 of 2026", &[]);
        check("November was cold", &[]);
        check("", &[]);
    }
}
