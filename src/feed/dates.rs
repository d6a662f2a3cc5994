//! Dates as feeds write them: RFC 822, 2822 and 3339, ISO 8601, and what publishers make of them.
//!
//! Each of the two usual forms has a fast path. Any other is split into numbers, words and offsets, which are combined
//! by what each can be. A date without a zone is in UTC, one without a time at midnight, and a two-digit year is read
//! as in RFC 2822 (4.3): 00 to 49 are 2000 to 2049. A date without a day, with numbers that fit nowhere or in several ways,
//! with two times or with a zone that is not known is not read at all: a wrong time would be worse than none.

use jiff::civil::{self, Date};
use jiff::{SignedDuration, Timestamp};

use super::months;

/// The longest date that is read.
const LENGTH: usize = 96;

/// Returns the instant of a date, or `None` if it cannot be read.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > LENGTH || text.is_empty() {
        return None;
    }
    if !text.is_ascii() && text.chars().any(is_digit_of_another_script) {
        return parse(&text.chars().map(ascii_digit).collect::<String>());
    }
    rfc_2822(text).or_else(|| rfc_3339(text)).or_else(|| dot_net(text)).or_else(|| any(text))
}

/// The first instant that a feed can date an item to: there were no feeds before (RSS 0.90 is of 1999), and archives
/// that were turned into feeds reach back a few years more.
const FIRST_FEEDS: Timestamp = Timestamp::constant(788_918_400, 0);

/// The second day of 1900: the zeros of the years 1, 1601, 1899 and 1900 lie before it, in any zone.
const FIRST_DATES: Timestamp = Timestamp::constant(-2_208_902_400, 0);

/// Midnight of 1 January 1904 (Macintosh), 1970 (Unix), 1980 (DOS), 2000 (embedded clocks) and 2001 (Apple's frameworks).
const ZEROS: [i64; 5] = [-2_082_844_800, 0, 315_532_800, 946_684_800, 978_307_200];

/// A date is a fault if it is further ahead: a year misread, or what a program writes for want of a date.
const A_YEAR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// What a date is to be taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A date that may be meant.
    Date,
    /// What a program writes that has no date: the zero of a way to count time, in any zone.
    Placeholder,
    /// The future, up to a year ahead: a clock or a zone is wrong.
    Ahead,
    /// The future beyond a year, which nobody means.
    FarAhead,
}

/// Returns whether an instant is the zero of a way to count time, in any zone.
fn is_zero(instant: Timestamp) -> bool {
    // Zones are whole half hours.
    let is_midnight_somewhere = |zero: i64| {
        let since = instant.as_second() - zero;
        (-14 * 3_600..=12 * 3_600).contains(&since) && since % 1_800 == 0
    };
    instant < FIRST_DATES || ZEROS.into_iter().any(is_midnight_somewhere)
}

/// Returns whether an instant of a feed is what a program writes that has no date, or any other time before there were
/// feeds.
pub(super) fn is_placeholder(instant: Timestamp) -> bool {
    instant < FIRST_FEEDS || is_zero(instant)
}

/// Returns what a date is to be taken for.
pub(crate) fn meaning(date: Timestamp, now: Timestamp) -> Meaning {
    match date.duration_since(now) {
        _ if is_zero(date) => Meaning::Placeholder,
        ahead if ahead > A_YEAR => Meaning::FarAhead,
        ahead if ahead.is_positive() => Meaning::Ahead,
        _ => Meaning::Date,
    }
}

/// Returns [`meaning`] for a date of a feed.
pub(super) fn meaning_in_feed(date: Timestamp, now: Timestamp) -> Meaning {
    if is_placeholder(date) { Meaning::Placeholder } else { meaning(date, now) }
}

/// A time of day: seconds since midnight, up to the midnight that ends the day.
#[derive(Clone, Copy, Debug, PartialEq)]
struct TimeOfDay {
    seconds: i64,
    nanosecond: i32,
}

impl TimeOfDay {
    const MIDNIGHT: TimeOfDay = TimeOfDay { seconds: 0, nanosecond: 0 };
    const NOON: TimeOfDay = TimeOfDay { seconds: 12 * 3600, nanosecond: 0 };

    /// Returns a time if its parts are within their ranges. A leap second is the second before it, and 24:00 is the end
    /// of the day (ISO 8601-1:2019/Amd 1:2022).
    fn new(hour: i64, minute: i64, second: i64, nanosecond: i64) -> Option<TimeOfDay> {
        let is_end = hour == 24 && minute == 0 && second == 0 && nanosecond == 0;
        let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second) || is_end;
        let nanosecond = i32::try_from(nanosecond).ok()?;
        is_time.then(|| TimeOfDay { seconds: hour * 3600 + minute * 60 + second.min(59), nanosecond })
    }

    /// Returns the time in the first or second half of the day.
    fn in_half(self, afternoon: bool) -> TimeOfDay {
        const HALF: i64 = 12 * 3600;
        let seconds = match (afternoon, self.seconds / HALF) {
            (true, 0) => self.seconds + HALF,
            (false, 1) if self.seconds < HALF + 3600 => self.seconds - HALF,
            _ => self.seconds,
        };
        TimeOfDay { seconds, ..self }
    }
}

/// `Sun, 01 Nov 2026 03:05:00 +0000`, with or without the day of the week, which is ignored: it is often wrong.
fn rfc_2822(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    // Some omit the space after the comma.
    let bytes = if bytes.get(3) == Some(&b',') { bytes.get(4..)?.trim_ascii_start() } else { bytes };
    let (day, rest) = match bytes {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', b' ', rest @ ..] => (digit(*tens) * 10 + digit(*ones), rest),
        [ones @ b'0'..=b'9', b' ', rest @ ..] => (digit(*ones), rest),
        _ => return None,
    };
    let [first, second, third, b' ', a, b, c, d, b' ', h, i, b':', m, n, b':', s, t, b' ', zone @ ..] = rest else {
        return None;
    };
    let month = match [first, second, third] {
        [b'J', b'a', b'n'] => 1,
        [b'F', b'e', b'b'] => 2,
        [b'M', b'a', b'r'] => 3,
        [b'A', b'p', b'r'] => 4,
        [b'M', b'a', b'y'] => 5,
        [b'J', b'u', b'n'] => 6,
        [b'J', b'u', b'l'] => 7,
        [b'A', b'u', b'g'] => 8,
        [b'S', b'e', b'p'] => 9,
        [b'O', b'c', b't'] => 10,
        [b'N', b'o', b'v'] => 11,
        [b'D', b'e', b'c'] => 12,
        _ => return None,
    };
    if ![a, b, c, d, h, i, m, n, s, t].into_iter().all(u8::is_ascii_digit) {
        return None;
    }
    let offset_minutes = match zone {
        b"GMT" | b"UTC" | b"Z" | b"UT" => 0,
        [sign @ (b'+' | b'-'), h, i, m @ b'0'..=b'5', n] if [h, i, n].into_iter().all(u8::is_ascii_digit) => {
            let minutes = (i32::from(digit(*h)) * 10 + i32::from(digit(*i))) * 60
                + i32::from(digit(*m)) * 10
                + i32::from(digit(*n));
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let number = |tens: &u8, ones: &u8| digit(*tens) * 10 + digit(*ones);
    let year = i16::from(number(a, b)) * 100 + i16::from(number(c, d));
    let date = Date::new(year, month, day).ok()?;
    let time = TimeOfDay::new(number(h, i).into(), number(m, n).into(), number(s, t).into(), 0)?;
    instant(date, time, offset_minutes)
}

/// The digits of Arabic and of Persian.
fn is_digit_of_another_script(character: char) -> bool {
    matches!(character, '\u{660}'..='\u{669}' | '\u{6F0}'..='\u{6F9}')
}

fn ascii_digit(character: char) -> char {
    if !is_digit_of_another_script(character) {
        return character;
    }
    char::from_digit(u32::from(character) & 0xF, 10).unwrap_or(character)
}

fn digit(byte: u8) -> i8 {
    i8::try_from(byte.wrapping_sub(b'0')).unwrap_or(0)
}

/// `2026-11-01T03:05:00Z`: what jiff reads, with an offset that some zone has.
fn rfc_3339(text: &str) -> Option<Timestamp> {
    let is_zone = match text.as_bytes() {
        [.., sign @ (b'+' | b'-'), tens @ b'0'..=b'1', ones @ b'0'..=b'9', b':', _, _] => {
            digit(*tens) * 10 + digit(*ones) < if *sign == b'+' { 14 } else { 12 }
        }
        [.., last] => matches!(last, b'Z' | b'z'),
        [] => false,
    };
    // `2026-11-29 10:30-11:00` may be a range.
    let is_zone = is_zone && !matches!(text.as_bytes(), [.., b' ', _, _, b':', _, _, b'-', _, _, b':', _, _]);
    (is_zone && text.as_bytes().get(4) == Some(&b'-')).then(|| text.parse().ok()).flatten()
}

/// `/Date(1793502300000+0300)/`: milliseconds since 1970, as programs of .NET write JSON. The offset does not change the
/// instant.
fn dot_net(text: &str) -> Option<Timestamp> {
    let inside = text.trim_matches('/').strip_prefix("Date(")?.strip_suffix(')')?;
    let sign = inside.rfind(['+', '-']).filter(|at| *at > 0).unwrap_or(inside.len());
    Timestamp::from_millisecond(inside.get(..sign)?.parse().ok()?).ok()
}

fn instant(date: Date, time: TimeOfDay, offset_minutes: i32) -> Option<Timestamp> {
    // The widest in use are -12:00 and +14:00.
    if !(-12 * 60..=14 * 60).contains(&offset_minutes) {
        return None;
    }
    let days = i64::from(days_from_epoch(date));
    Timestamp::new(days * 86_400 + time.seconds - i64::from(offset_minutes) * 60, time.nanosecond).ok()
}

fn days_from_epoch(date: Date) -> i32 {
    civil::date(1970, 1, 1).until(date).map_or(0, |span| span.get_days())
}

/// A piece of a date.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    /// A number, its count of digits, and the character before it (0 for white space or a letter).
    Number {
        value: i64,
        digits: usize,
        before: char,
    },
    /// Hours, minutes, seconds.
    Time(TimeOfDay),
    Month(i8),
    /// Minutes east of Greenwich.
    Offset(i32),
    /// Whether it is in the second half of the day.
    Afternoon(bool),
}

/// Reads a date of any form.
fn any(text: &str) -> Option<Timestamp> {
    if names_an_unknown_zone(text) {
        return None;
    }
    // The capital İ becomes an i and a dot of its own.
    let pieces = pieces(&text.to_lowercase().replace('\u{307}', ""))?;
    let mut offset: Option<i32> = None;
    let mut time = None;
    let mut afternoon = None;
    let mut month = None;
    let mut numbers = Vec::with_capacity(4);
    for piece in pieces {
        match piece {
            Piece::Number { value, digits, before } => numbers.push((value, digits, before)),
            // An opening and a closing hour, or an offset without its sign.
            Piece::Time(_) if time.is_some() => return None,
            Piece::Time(found) => time = Some(found),
            // A day of the week may start like a month: the French `mar. 3 févr. 2026`. The month follows.
            Piece::Month(found) => month = Some((found, numbers.len())),
            // `GMT+0400` counts from GMT; any other two contradict each other.
            Piece::Offset(found) if offset.is_some_and(|first| first != 0 && first != found) => return None,
            Piece::Offset(found) => offset = Some(found),
            Piece::Afternoon(found) => afternoon = Some(found),
        }
    }
    let offset = offset.unwrap_or(0);
    match (numbers.as_slice(), time, month) {
        ([(number, 14, _)], None, None) => return compact(*number, offset),
        ([(number, 9..=13 | 16 | 19, _)], None, None) => return epoch(*number, text),
        // Some programs write fractions of a second.
        ([(seconds, 9..=11, _), (_, 1..=9, '.')], None, None) => return Timestamp::from_second(*seconds).ok(),
        _ => {}
    }
    if numbers.contains(&(1, 4, '-')) {
        // The year 0 is how some programs say that there is no date.
        return None;
    }
    let (date, compact_time) = date(&numbers, month)?;
    let time = time.or(compact_time).unwrap_or(TimeOfDay::MIDNIGHT);
    instant(date, afternoon.map_or(time, |afternoon| time.in_half(afternoon)), offset)
}

/// Returns whether a time is followed by what looks like the name of a time zone and is none that is known: letters in
/// capitals (`QZT`, or `ET`, which is one of two in every summer), a name of the IANA database (`Europe/Moscow`) without an offset, the name of a place
/// (`10:00 Tbilisi`), or words that speak of a time zone (`Pacific Standard Time`).
fn names_an_unknown_zone(text: &str) -> bool {
    let mut words = text.split([' ', ',', '[', ']', '(', ')']).filter(|word| !word.is_empty());
    let is_time = |word: &str| {
        let half_of_day = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
        word.contains(':') && word.contains(|letter: char| letter.is_ascii_digit())
            || is_time_without_colon(word)
            || months::half_of_day(&lower(half_of_day)).is_some()
    };
    let Some(time) = words.find(|word| is_time(word)) else { return false };
    let is_half = |word: &&str| months::half_of_day(&lower(word)).is_some();
    if says_something_unknown(text, time, words.clone().next()) {
        return true;
    }
    if let Some(zone) = words.clone().find(|word| !is_half(word)) {
        let is_place = zone.contains('/') && zone.starts_with(|first: char| first.is_ascii_uppercase());
        let is_abbreviation = (2..=5).contains(&zone.len()) && zone.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_place && !time.contains(['+', 'Z']) || is_abbreviation && !is_known_word(zone) {
            return true;
        }
    }
    // An offset says it all, whatever words come with it.
    let has_offset =
        time.contains(['+', '\u{2212}', 'Z', 'z']) || time.rfind('-').is_some_and(|at| Some(at) > time.find(':'));
    let mut words = words.peekable();
    if has_offset || words.clone().any(|word| is_offset(word) || months::zone(&lower(word)).is_some()) {
        return false;
    }
    // The month and the year may follow the time; a place name comes last.
    let ends_the_date = words.clone().any(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    words.any(|word| {
        let is_name = !ends_the_date && word.starts_with(char::is_uppercase) && word.chars().count() > 3;
        months::speaks_of_a_zone(&lower(word)) || is_name && !is_known_word(word)
    })
}

/// Whether a word is a time such as `10.30` or `10h30`.
fn is_time_without_colon(word: &str) -> bool {
    let Some((0..=24, 1..=2, after)) = number(word) else { return false };
    let minute = after.strip_prefix(['.', 'h']).and_then(number);
    minute.is_some_and(|(minute, digits, after)| minute < 60 && digits == 2 && !after.starts_with('.'))
}

/// Words that follow a time and do not change it.
const AFTER_A_TIME: [&str; 16] =
    ["h", "hr", "hrs", "hours", "on", "of", "ч", "ч.", "час", "часов", "г", "г.", "года", "год", "година", "год."];

/// Words before a time that say in which half of the day it is, which is not read.
const HALVES_BEFORE_A_TIME: [&str; 12] =
    ["오전", "오후", "上午", "下午", "午前", "午後", "axşam", "səhər", "საღამოს", "დილის", "öö", "ös"];

/// Returns whether a word beside a time may change it and is not known, such as `p. m.`, `вечера`, `م` or `мск.`: the time
/// would be twelve hours wrong, or three.
fn says_something_unknown(text: &str, time: &str, after: Option<&str>) -> bool {
    let is_digit = |letter: char| letter.is_ascii_digit();
    let is_unknown = |word: &str| {
        word.starts_with(char::is_alphabetic)
            && !is_known_word(word)
            && !word.contains('/')
            && !is_offset(word)
            && !AFTER_A_TIME.contains(&lower(word).as_str())
    };
    let end = time.rfind(is_digit).map_or(0, |at| at + 1);
    let attached = time.get(end..).unwrap_or_default();
    let before = text.split_once(time).and_then(|(before, _)| before.split_whitespace().next_back());
    let is_half = |word: &str| HALVES_BEFORE_A_TIME.contains(&lower(word).as_str());
    let prefix = time.get(..time.find(is_digit).unwrap_or(0)).unwrap_or_default();
    is_unknown(attached) || after.is_some_and(is_unknown) || before.is_some_and(is_half) || is_half(prefix)
}

fn lower(word: &str) -> String {
    word.to_lowercase().replace('\u{307}', "")
}

/// Whether a word is the sign and the digits of an offset, after `GMT` or not.
fn is_offset(word: &str) -> bool {
    word.trim_start_matches(char::is_alphabetic)
        .strip_prefix(['+', '-', '\u{2212}'])
        .is_some_and(|digits| digits.starts_with(|first: char| first.is_ascii_digit()))
}

/// Whether a word is known to occur in dates: a month, a day of the week, a zone, or `Uhr`.
fn is_known_word(word: &str) -> bool {
    let word = lower(word);
    months::zone(&word).is_some()
        || months::month(&word).is_some()
        || months::half_of_day(&word).is_some()
        || is_weekday(&word)
        || months::is_day_of_the_week(&word)
        || word == "uhr"
}

/// Seconds since 1970, for which nine to eleven digits are enough, or with 13, 16 and 19 digits milliseconds, microseconds
/// and nanoseconds.
fn epoch(number: i64, text: &str) -> Option<Timestamp> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.len() {
        13 => Timestamp::from_millisecond(number).ok(),
        16 => Timestamp::from_microsecond(number).ok(),
        19 => Timestamp::from_nanosecond(number.into()).ok(),
        _ => Timestamp::from_second(number).ok(),
    }
}

/// `20261101030500`.
fn compact(number: i64, offset_minutes: i32) -> Option<Timestamp> {
    let part = |divisor: i64| i8::try_from(number / divisor % 100).ok();
    let date = Date::new(i16::try_from(number / 10_000_000_000).ok()?, part(100_000_000)?, part(1_000_000)?).ok()?;
    let time = TimeOfDay::new(part(10_000)?.into(), part(100)?.into(), part(1)?.into(), 0)?;
    instant(date, time, offset_minutes)
}

/// The date in the numbers around the name of a month, or in the numbers alone. There must be no others.
fn date(numbers: &[(i64, usize, char)], month: Option<(i8, usize)>) -> Option<(Date, Option<TimeOfDay>)> {
    let small = |value: i64| i8::try_from(value).ok();
    if let Some((month, before)) = month {
        let (first, second) = match *numbers {
            [first] => (first, None),
            [first, second] => (first, Some(second)),
            _ => return None,
        };
        // Day and year are on either side of the month or both after it; the year comes first only if it has four
        // digits.
        let (day, year) = match second {
            Some(second) if first.1 >= 3 && before >= 1 => (second, first),
            Some(second) => (first, second),
            // A month without a day is no date of an item.
            None => return None,
        };
        return Date::new(full_year(year)?, month, small(day.0)?).ok().map(|date| (date, None));
    }
    match *numbers {
        // 20261101 and 20261101T0305(00).
        [(number, 8, _), ref rest @ ..] => {
            let date =
                Date::new(i16::try_from(number / 10_000).ok()?, small(number / 100 % 100)?, small(number % 100)?)
                    .ok()?;
            let time = match *rest {
                [] => return Some((date, None)),
                [(time, 6, _)] => TimeOfDay::new(time / 10_000, time / 100 % 100, time % 100, 0)?,
                [(time, 4, _)] => TimeOfDay::new(time / 100, time % 100, 0, 0)?,
                _ => return None,
            };
            Some((date, Some(time)))
        }
        [(year, 4, _), (day, 3, '-')] => {
            let first = Date::new(i16::try_from(year).ok()?, 1, 1).ok()?;
            let day = first.checked_add(jiff::Span::new().try_days(day - 1).ok()?).ok()?;
            (day.year() == first.year()).then_some((day, None))
        }
        [(year, 4, _), (month, ..=2, _), (day, ..=2, _)] => {
            Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok().map(|date| (date, None))
        }
        [first, second, third @ (_, 2 | 4, _)] => {
            let of = |year, month: (i64, usize, char), day: (i64, usize, char)| {
                Date::new(full_year(year)?, small(month.0)?, small(day.0)?).ok()
            };
            let year_last = of(third, second, first).or_else(|| of(third, first, second));
            let year_first = (first.1 == 2 && third.1 == 2).then(|| of(first, second, third)).flatten();
            match (year_last, year_first) {
                // `26-11-29` may begin with its day or with its year; `26.11.29` and `26/11/29` begin with the day.
                (Some(_), Some(_)) if !matches!(second.2, '.' | '/') => None,
                (date, other) => date.or(other).map(|date| (date, None)),
            }
        }
        _ => None,
    }
}

fn full_year((value, digits, _): (i64, usize, char)) -> Option<i16> {
    let year = i16::try_from(value).ok()?;
    Some(match digits {
        // No program writes a year of one digit but for want of a date: `30 Nov -1`.
        1 => return None,
        2 if year < 50 => year + 2000,
        // RFC 2822 (4.3): three digits count from 1900, as programs wrote it after 1999.
        2 | 3 => year + 1900,
        _ => year,
    })
}

/// Returns the pieces of a date in lower case, or `None` if it contains a word that no date does.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::with_capacity(8);
    let mut rest = text;
    let mut before = ' ';
    // Whether the time has seconds, or a T before it, as programs write it.
    let mut is_exact = false;
    // Whether it was said to be in UTC, by `Z` or `+0000` and not by the `GMT` that another offset counts from.
    let mut is_utc = false;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let time = time_with_full_stops(rest, before, &pieces).or_else(|| hour_of_a_half_day(rest));
            let (piece, after) = match time {
                Some((time, after)) => (Piece::Time(time), after),
                None => number_or_time(rest, before)?,
            };
            if matches!(piece, Piece::Time(_)) {
                let written = rest.get(..rest.len() - after.len()).unwrap_or_default();
                is_exact |= written.matches([':', '.']).count() > 1;
            }
            pieces.push(piece);
            rest = after;
            before = ' ';
        } else if !is_exact && is_end_of_a_range(text, rest, &pieces) {
            return None;
        } else if matches!(first, '+' | '-' | '\u{2212}')
            && has_time(&pieces)
            && !is_within_a_date(first, before, &pieces)
        {
            let (minutes, after) = offset(rest.get(first.len_utf8()..)?)?;
            if is_utc && minutes != 0 {
                return None;
            }
            is_utc |= minutes == 0;
            let found = Piece::Offset(if first == '+' { minutes } else { -minutes });
            // Go writes an offset twice: `+0400 +04`.
            if !has_offset_of_its_own(&pieces) || !pieces.contains(&found) {
                pieces.push(found);
            }
            rest = after;
        } else if first == '(' && pieces.iter().any(|piece| matches!(piece, Piece::Offset(_))) {
            // The name of the zone whose offset was given.
            rest = rest.split_once(')').map_or("", |(_, after)| after);
        } else if first.is_alphabetic() {
            let end =
                rest.find(|character: char| !(character.is_alphabetic() || character == '.' || character == '\''));
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            let is_separator = word == "t" && after.starts_with(|next: char| next.is_ascii_digit());
            if months::speaks_of_a_time(word) {
                return None;
            }
            match word_piece(word, &pieces, after) {
                _ if is_separator => is_exact = true,
                Some(Piece::Offset(minutes)) if is_utc && minutes != 0 => return None,
                Some(piece) => {
                    is_utc |= word == "z" && matches!(piece, Piece::Offset(0));
                    pieces.push(piece);
                }
                None => {}
            }
            rest = after;
            before = ' ';
        } else {
            before = first;
            rest = rest.get(first.len_utf8()..)?;
        }
    }
    Some(pieces)
}

/// Whether a dash and an hour follow a time at once, as in `10:30-12:00` and `10:30-12`: the end of a range, or an offset.
fn is_end_of_a_range(text: &str, rest: &str, pieces: &[Piece]) -> bool {
    let Some(end) = rest.strip_prefix(['-', '\u{2212}']) else { return false };
    let is_attached = !text.get(..text.len() - rest.len()).is_some_and(|before| before.ends_with(char::is_whitespace));
    let is_hour = number(end).is_some_and(|(_, digits, after)| digits <= 2 && !after.starts_with(['-', '/']));
    is_attached && is_hour && matches!(pieces.last(), Some(Piece::Time(_) | Piece::Afternoon(_)))
}

fn has_time(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Time(_) | Piece::Offset(_)))
        || matches!(pieces, [Piece::Number { digits: 8, .. }, Piece::Number { digits: 4 | 6, .. }])
}

/// Whether a sign separates the numbers of a date that comes after its time: `10:00 2026-11-29`.
fn is_within_a_date(sign: char, before: char, pieces: &[Piece]) -> bool {
    let follows_a_number = before == ' ' && matches!(pieces.last(), Some(Piece::Number { .. }));
    sign == '-' && follows_a_number && matches!(pieces.first(), Some(Piece::Time(_))) && !is_date(pieces)
}

/// An offset other than the zero of `GMT` before `+3`.
fn has_offset_of_its_own(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| matches!(piece, Piece::Offset(minutes) if *minutes != 0))
}

/// Returns what a word means in a date. Days of the week and words like `at` and `г.` mean nothing.
fn word_piece(word: &str, pieces: &[Piece], after: &str) -> Option<Piece> {
    if let Some(afternoon) = months::half_of_day(word) {
        // The German `am 3.11.` is a day.
        let next = number(after.trim_start()).map(|(_, _, after)| after.chars().next());
        let is_half = match pieces.last() {
            Some(Piece::Time(_)) => next != Some(Some('.')),
            _ => next == Some(Some(':')),
        };
        return is_half.then_some(Piece::Afternoon(afternoon));
    }
    if months::is_noon(word) && !has_time(pieces) {
        return Some(Piece::Time(TimeOfDay::NOON));
    }
    if let Some(minutes) = months::zone(word).filter(|_| has_time(pieces)) {
        return Some(Piece::Offset(minutes.into()));
    }
    months::month(word).filter(|_| !is_weekday(word)).map(Piece::Month)
}

/// Days of the week that start like a month (French `mardi`, Spanish `martes`), and those of English in short, which
/// come where a time zone may.
fn is_weekday(word: &str) -> bool {
    const WEEKDAYS: [&str; 14] = [
        "mardi",
        "martes",
        "martedì",
        "marti",
        "domenica",
        "середа",
        "серед",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "sun",
    ];
    WEEKDAYS.contains(&word)
}

/// `3.05` and `10.30.00`: how Turkish, German, Azerbaijani and others write a time. It is one only beside a complete
/// date, since days and months are written like this too.
fn time_with_full_stops<'t>(text: &'t str, before: char, pieces: &[Piece]) -> Option<(TimeOfDay, &'t str)> {
    if matches!(before, '.' | '-' | '/') || pieces.iter().any(|piece| matches!(piece, Piece::Time(_))) {
        return None;
    }
    let (hour, 1..=2, after) = number(text)? else { return None };
    let (minute, 2, after) = after.strip_prefix('.').and_then(number)? else { return None };
    let (second, after) = match after.strip_prefix('.').and_then(number) {
        Some((second, 2, after)) => (second, after),
        // A third number of another length is a year.
        Some(_) => return None,
        None => (0, after),
    };
    let is_beside_a_date = if pieces.is_empty() { starts_with_a_date(after) } else { is_date(pieces) };
    if !is_beside_a_date {
        return None;
    }
    Some((TimeOfDay::new(hour, minute, second, 0)?, after))
}

/// `10 am`: an hour without minutes.
fn hour_of_a_half_day(text: &str) -> Option<(TimeOfDay, &str)> {
    let (hour @ 1..=12, 1..=2, after) = number(text)? else { return None };
    let word = after.trim_start().split(|letter: char| !letter.is_alphabetic() && letter != '.').next()?;
    months::half_of_day(word)?;
    // `07 PM 3:05` is a day and a time.
    let rest = after.trim_start().get(word.len()..)?;
    if number(rest.trim_start()).is_some_and(|(_, _, after)| after.starts_with(':')) {
        return None;
    }
    // The German `am 3.11.` follows the day of the week or an hour with minutes, never a bare number.
    Some((TimeOfDay::new(hour, 0, 0, 0)?, after))
}

/// Whether day, month and year are among the pieces.
fn is_date(pieces: &[Piece]) -> bool {
    let numbers = pieces.iter().filter(|piece| matches!(piece, Piece::Number { .. })).count();
    let has_month = pieces.iter().any(|piece| matches!(piece, Piece::Month(_)));
    numbers + usize::from(has_month) == 3 || matches!(pieces, [Piece::Number { digits: 8, .. }])
}

/// Whether a text starts with a date that has a year of four digits.
fn starts_with_a_date(text: &str) -> bool {
    pieces(text).is_some_and(|pieces| {
        let has_year = pieces.iter().any(|piece| matches!(piece, Piece::Number { digits: 4, .. }));
        let has_time = pieces.iter().any(|piece| matches!(piece, Piece::Time(_)));
        has_year && !has_time && is_date(&pieces)
    })
}

/// `3:05`, `03:05:00.25`, `03h05`; else a number.
fn number_or_time(text: &str, before: char) -> Option<(Piece, &str)> {
    let (value, digits, after) = number(text)?;
    let colon = after.strip_prefix(':').or_else(|| after.strip_prefix('h').filter(|_| digits <= 2));
    let Some((minute, 1..=2, after)) = colon.and_then(number) else {
        return Some((Piece::Number { value, digits, before }, after));
    };
    let (second, after) = match after.strip_prefix(':').and_then(number) {
        Some((second, 1..=2, after)) => (second, after),
        _ => (0, after),
    };
    let (nanosecond, after) = match after.strip_prefix(['.', ',']).and_then(number) {
        Some((fraction, digits @ 1..=9, after)) => {
            (fraction * 10_i64.pow(u32::try_from(9 - digits).unwrap_or(0)), after)
        }
        Some((_, _, after)) => (0, after),
        None => (0, after),
    };
    let time = TimeOfDay::new(value, minute, second, nanosecond)?;
    Some((Piece::Time(time), after))
}

/// Returns a number, its count of digits, and what follows.
fn number(text: &str) -> Option<(i64, usize, &str)> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, after) = text.split_at(end);
    Some((digits.parse().ok()?, digits.len(), after))
}

/// Reads an offset after its sign: `0300`, `03:00`, `3`, `300`, and `03:0`, which is cut: no zone has other minutes that
/// begin with 0.
fn offset(text: &str) -> Option<(i32, &str)> {
    let (value, digits, after) = number(text)?;
    let value = i32::try_from(value).ok()?;
    if digits <= 2
        && let Some((minutes, 2, after) | (minutes @ 0, 1, after)) = after.strip_prefix(':').and_then(number)
    {
        return Some((value.checked_mul(60)?.checked_add(i32::try_from(minutes).ok()?)?, after));
    }
    match digits {
        // A digit is missing, and nobody knows which.
        3 if text.starts_with('0') => None,
        1 | 2 => Some((value * 60, after)),
        3 | 4 if value % 100 < 60 => Some((value / 100 * 60 + value % 100, after)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
