//! Small charts as inline SVG, drawn by hand: bars and lines over days need no plotting library, and so carry no script, font or fixed colour.
//! Every chart has a text alternative; colours come from the page's style and so follow light and dark.

use maud::{Markup, html};

use crate::trends::RelationWeek;

/// A place in a chart that something begins at, and where the page tells of it.
pub(crate) struct Mark {
    /// Day or week of the chart, from 0.
    pub(crate) place: usize,
    /// Address within the page.
    pub(crate) href: Option<String>,
    /// What is there.
    pub(crate) title: String,
}

fn linked(mark: &Mark, drawn: &Markup) -> Markup {
    html! {
        @match &mark.href {
            Some(href) => { a href=(href) { title { (mark.title) } (drawn) } }
            None => (drawn),
        }
    }
}

/// Bars over days; none is a gap, drawn as a grey band over the whole height. `label` is the text alternative.
/// `marks` are places that get a small triangle above them.
pub(crate) fn bars(values: &[Option<f64>], marks: &[Mark], size: (u32, u32), label: &str) -> Markup {
    let (width, height) = size;
    let most = values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let step = f64::from(width) / (values.len().max(1)) as f64;
    let bar = (step * 0.82).max(0.6);
    // Room for the marks.
    let top = if marks.is_empty() { 0.0 } else { 7.0 };
    let room = f64::from(height) - top;
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(label) preserveAspectRatio="none" {
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

/// A weekly index from `-reach` to `+reach` with its interval as a band, zero as a dashed line, and changes as vertical marks.
pub(crate) fn index(weeks: &[RelationWeek], shifts: &[Mark], reach: f64, size: (u32, u32), label: &str) -> Markup {
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
        svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            line.zero x1="0" y1=(number(y(0.0))) x2=(width) y2=(number(y(0.0))) {}
            @for shift in shifts {
                @let at = number(x(shift.place));
                // A line of a pixel is hard to hit with a finger: a wide one without colour lies over it.
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

/// Shares of a whole as one bar; each part has its own shade and its label as text alternative.
pub(crate) fn shares(parts: &[(String, f64)], width: u32, label: &str) -> Markup {
    let mut from = 0.0;
    let placed: Vec<(usize, f64, f64)> = parts
        .iter()
        .enumerate()
        .map(|(place, (_, share))| {
            let start = from;
            from += share.clamp(0.0, 1.0);
            (place, start, share.clamp(0.0, 1.0))
        })
        .collect();
    html! {
        svg.shares viewBox=(format!("0 0 {width} 14")) role="img" aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            @for (place, start, share) in placed {
                rect class=(format!("share s{}", place % 4)) x=(number(start * f64::from(width))) y="0" width=(number(share * f64::from(width))) height="14" {}
            }
        }
    }
}

/// The course of shares of a whole: a column a month, each part with its own shade, and a gap where there is no whole. Counts, by month and part.
pub(crate) fn share_columns(months: &[Vec<u32>], (width, height): (u32, u32), label: &str) -> Markup {
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
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() || text == "-0" { "0".to_owned() } else { text.to_owned() }
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
}
