//! Small charts as inline SVG, drawn by hand: bars and lines over days need no plotting library, and so have no script,
//! font or fixed colour. Every chart has a text alternative; colours come from the page's style and so follow light and
//! dark. In text a chart is a line of block characters.

use maud::{Markup, html};

use crate::trends::RelationWeek;

/// Block characters of a line in text: one for every week of a year.
const TEXT_WIDTH: usize = 53;

/// A chart: what is drawn, at what size, and its text alternative.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) plot: Plot,
    /// Width and height in units of the drawing.
    pub(crate) size: (u32, u32),
    /// The text alternative.
    pub(crate) label: String,
}

/// What is drawn.
#[derive(Clone, Debug)]
pub(crate) enum Plot {
    /// Bars over days; none is a gap. Marks are triangles above them.
    Bars { values: Vec<Option<f64>>, marks: Vec<Mark> },
    /// A weekly index from `-reach` to `+reach`; marks are changes.
    Index { weeks: Vec<RelationWeek>, marks: Vec<Mark>, reach: f64 },
    /// Shares of a whole, from 0 to 1.
    Shares(Vec<f64>),
    /// Counts by month and part.
    ShareColumns(Vec<Vec<u32>>),
}

/// A place in a chart at which something begins, and where the page describes it.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Day or week of the chart, from 0.
    pub(crate) place: usize,
    /// Address within the page.
    pub(crate) href: Option<String>,
    /// What is there.
    pub(crate) title: String,
}

impl Chart {
    /// Draws it.
    pub(crate) fn draw(&self) -> Markup {
        match &self.plot {
            Plot::Bars { values, marks } => bars(values, marks, self.size, &self.label),
            Plot::Index { weeks, marks, reach } => index(weeks, marks, *reach, self.size, &self.label),
            Plot::Shares(parts) => shares(parts, self.size, &self.label),
            Plot::ShareColumns(months) => share_columns(months, self.size, &self.label),
        }
    }

    /// Whether it shows shares of a whole, which need little room.
    pub(crate) fn is_of_shares(&self) -> bool {
        matches!(self.plot, Plot::Shares(_) | Plot::ShareColumns(_))
    }

    /// Its values in one line of text; of shares, the text alternative.
    pub(crate) fn in_text(&self) -> String {
        match &self.plot {
            Plot::Bars { values, .. } => sparkline(values, TEXT_WIDTH),
            // Zero of the index is in the middle of the blocks.
            Plot::Index { weeks, .. } => {
                let values: Vec<Option<f64>> =
                    weeks.iter().map(|week| week.level.map(|level| level.index + 10.0)).collect();
                sparkline(&values, TEXT_WIDTH)
            }
            Plot::Shares(_) | Plot::ShareColumns(_) => self.label.clone(),
        }
    }
}

/// The role of a drawing: what an image has in it is hidden from those who cannot see it, and a link must not be.
fn role(marks: &[Mark]) -> &'static str {
    if marks.iter().any(|mark| mark.href.is_some()) { "group" } else { "img" }
}

fn linked(mark: &Mark, drawn: &Markup) -> Markup {
    html! {
        @match &mark.href {
            Some(href) => { a href=(href) { title { (mark.title) } (drawn) } }
            None => (drawn),
        }
    }
}

/// Bars over days; a gap is a grey band over the whole height. Marks are small triangles above them.
fn bars(values: &[Option<f64>], marks: &[Mark], size: (u32, u32), label: &str) -> Markup {
    let (width, height) = size;
    let most = values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let step = f64::from(width) / (values.len().max(1)) as f64;
    let bar = (step * 0.82).max(0.6);
    // Room for the marks.
    let top = if marks.is_empty() { 0.0 } else { 7.0 };
    let room = f64::from(height) - top;
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role=(role(marks)) aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            @for (place, value) in values.iter().enumerate() {
                @let x = place as f64 * step;
                @match value.filter(|value| value.is_finite()) {
                    Some(value) if value > 0.0 && most > 0.0 => {
                        @let tall = (value / most * room).clamp(1.0, room);
                        rect.bar x=(number(x)) y=(number(f64::from(height) - tall)) width=(number(bar)) height=(number(tall)) {}
                    }
                    Some(_) => {}
                    None => rect.gap x=(number(x)) y="0" width=(number(step)) height=(height) {},
                }
            }
            @for mark in marks {
                @let x = (mark.place as f64 + 0.5) * step;
                (linked(mark, &html! { path.point d=(format!("M{} 6l-4 -6h8z", number(x))) {} }))
            }
            line.axis x1="0" y1=(height) x2=(width) y2=(height) {}
        }
    }
}

/// A weekly index from `-reach` to `+reach` with its interval as a band, zero as a dashed line, and changes as upright
/// marks.
fn index(weeks: &[RelationWeek], shifts: &[Mark], reach: f64, size: (u32, u32), label: &str) -> Markup {
    let (width, height) = size;
    let step = f64::from(width) / weeks.len().max(1) as f64;
    let y = |value: f64| f64::from(height) / 2.0 - value.clamp(-reach, reach) / reach * (f64::from(height) / 2.0 - 2.0);
    let x = |place: usize| (place as f64 + 0.5) * step;
    // A week without a story breaks the line: what is not known is not drawn.
    let mut runs: Vec<Vec<usize>> = vec![Vec::new()];
    for (place, week) in weeks.iter().enumerate() {
        match (week.level.is_some(), runs.last_mut()) {
            (true, Some(run)) => run.push(place),
            _ => runs.push(Vec::new()),
        }
    }
    let level = |place: usize| weeks.get(place).and_then(|week| week.level);
    let path = |run: &[usize], value: &dyn Fn(usize) -> f64| {
        run.iter()
            .enumerate()
            .map(|(at, &place)| {
                format!("{}{} {}", if at == 0 { "M" } else { "L" }, number(x(place)), number(y(value(place))))
            })
            .collect::<String>()
    };
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role=(role(shifts)) aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            line.zero x1="0" y1=(number(y(0.0))) x2=(width) y2=(number(y(0.0))) {}
            @for shift in shifts {
                @let at = number(x(shift.place));
                // A line one pixel wide is hard to hit with a finger, so a wide one without colour is drawn over it.
                (linked(shift, &html! { line.mark x1=(at) y1="0" x2=(at) y2=(height) {} line.target x1=(at) y1="0" x2=(at) y2=(height) {} }))
            }
            @for run in runs.iter().filter(|run| !run.is_empty()) {
                @let upper = path(run, &|place| level(place).map_or(0.0, |level| level.high));
                @let back: Vec<usize> = run.iter().rev().copied().collect();
                @let lower = path(&back, &|place| level(place).map_or(0.0, |level| level.low)).replacen('M', "L", 1);
                path.band d=(format!("{upper}{lower}Z")) {}
                @if run.len() == 1 {
                    @for &place in run { circle.point cx=(number(x(place))) cy=(number(y(level(place).map_or(0.0, |level| level.index)))) r="2" {} }
                } @else {
                    path.line d=(path(run, &|place| level(place).map_or(0.0, |level| level.index))) {}
                }
            }
        }
    }
}

/// Shares of a whole as one bar; each part has its own shade.
fn shares(parts: &[f64], (width, height): (u32, u32), label: &str) -> Markup {
    let mut from = 0.0;
    let placed: Vec<(usize, f64, f64)> = parts
        .iter()
        .enumerate()
        .map(|(place, share)| {
            let start = from;
            from += share.clamp(0.0, 1.0);
            (place, start, share.clamp(0.0, 1.0))
        })
        .collect();
    html! {
        svg.shares viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            @for (place, start, share) in placed {
                rect class=(format!("share s{}", place % 4)) x=(number(start * f64::from(width))) y="0" width=(number(share * f64::from(width))) height=(height) {}
            }
        }
    }
}

/// Shares of a whole over time: a column a month, each part with its own shade, and a gap if there is no whole. Takes
/// counts, by month and part.
fn share_columns(months: &[Vec<u32>], (width, height): (u32, u32), label: &str) -> Markup {
    let step = f64::from(width) / months.len().max(1) as f64;
    let column = |month: &Vec<u32>| {
        let whole: u32 = month.iter().sum();
        let mut from = 0.0;
        let parts: Vec<(usize, f64, f64)> = month
            .iter()
            .enumerate()
            .filter(|(_, uses)| **uses > 0)
            .map(|(place, uses)| {
                let share = f64::from(*uses) / f64::from(whole);
                from += share;
                (place, from - share, share)
            })
            .collect();
        parts
    };
    html! {
        svg.shares viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            @for (place, month) in months.iter().enumerate() {
                @for (part, from, share) in column(month) {
                    rect class=(format!("share s{}", part % 4)) x=(number(place as f64 * step)) y=(number(from * f64::from(height)))
                        width=(number((step - 1.0).max(0.5))) height=(number(share * f64::from(height))) {}
                }
            }
        }
    }
}

/// A coordinate with two decimals at most, never a value that SVG does not know.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Values as one line of block characters, the greatest as a full block; none (a gap) is a dot, zero the lowest block.
/// More values than `width` are averaged in groups of equal length.
fn sparkline(values: &[Option<f64>], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let values = shorten(values, width);
    let most = values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let block = |value: &Option<f64>| match value {
        Some(value) if value.is_finite() && most > 0.0 => {
            let step = (value.max(0.0) / most * 7.0).round() as usize;
            // What is more than nothing must be seen to be.
            BLOCKS[if *value > 0.0 { step.clamp(1, 7) } else { 0 }]
        }
        Some(_) => BLOCKS[0],
        None => '·',
    };
    values.iter().map(block).collect()
}

fn shorten(values: &[Option<f64>], width: usize) -> Vec<Option<f64>> {
    if values.len() <= width || width == 0 {
        return values.to_vec();
    }
    let group = values.len().div_ceil(width);
    values
        .chunks(group)
        .map(|chunk| {
            let known: Vec<f64> = chunk.iter().flatten().copied().collect();
            (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_numbers() {
        let check = |value: f64, text: &str| assert_eq!(number(value), text);
        check(1.0, "1");
        check(0.126, "0.13");
        check(-0.001, "0");
        check(10.0, "10");
        check(f64::NAN, "0");
        check(f64::INFINITY, "0");
    }

    #[test]
    fn gaps_are_drawn_and_labels_escaped() {
        let marks = [Mark { place: 0, href: Some("#point-0".to_owned()), title: "a < b".to_owned() }];
        let chart = bars(&[Some(1.0), None, Some(f64::NAN), Some(0.0)], &marks, (100, 20), "<a> & b").into_string();
        assert_eq!(chart.matches("class=\"gap\"").count(), 2, "{chart}");
        assert_eq!(chart.matches("class=\"bar\"").count(), 1);
        assert!(chart.contains("&lt;a&gt; &amp; b") && !chart.contains("NaN"));
        assert!(chart.contains("<a href=\"#point-0\"><title>a &lt; b</title><path"), "{chart}");
    }

    #[test]
    fn sparklines_show_gaps_and_zeros_apart() {
        let check = |values: &[Option<f64>], width, line: &str| assert_eq!(sparkline(values, width), line);
        check(&[Some(0.0), None, Some(8.0), Some(0.1)], 10, "▁·█▂");
        check(&[Some(0.0), Some(0.0)], 10, "▁▁");
        check(&[], 10, "");
        check(&[Some(2.0), Some(4.0), None, None, Some(0.0), None], 3, "█·▁");
        check(&[Some(f64::NAN), Some(f64::INFINITY), Some(1.0)], 5, "▁▁█");
    }
}
