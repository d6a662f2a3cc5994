//! Small charts as inline SVG, drawn by hand: bars and lines over days need no plotting library, and so carry no script, font or fixed colour.

use maud::{Markup, html};

/// Bars over days; none is a gap, drawn as a grey band over the whole height. `label` is the text alternative.
pub(crate) fn bars(values: &[Option<f64>], width: u32, height: u32, label: &str) -> Markup {
    let most = values.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let step = f64::from(width) / (values.len().max(1)) as f64;
    let bar = (step * 0.82).max(0.6);
    html! {
        svg viewBox=(format!("0 0 {width} {height}")) width=(width) height=(height) role="img" aria-label=(label) preserveAspectRatio="none" {
            title { (label) }
            @for (place, value) in values.iter().enumerate() {
                @let x = place as f64 * step;
                @match value {
                    Some(value) => {
                        @let tall = if most > 0.0 { (value.max(0.0) / most * f64::from(height)).min(f64::from(height)) } else { 0.0 };
                        @if tall > 0.0 {
                            rect.bar x=(number(x)) y=(number(f64::from(height) - tall.max(1.0))) width=(number(bar)) height=(number(tall.max(1.0))) {}
                        }
                    }
                    None => rect.gap x=(number(x)) y="0" width=(number(step)) height=(height) {},
                }
            }
            line.axis x1="0" y1=(height) x2=(width) y2=(height) {}
        }
    }
}

/// A coordinate with two decimals at most, never a value that SVG does not know.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
