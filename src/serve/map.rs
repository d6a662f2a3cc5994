//! The map of the region: outlines of states and where places are, as `config/map` has them, on a flat sheet.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use maud::{Markup, html};
use serde::Deserialize;

/// The map of `config/map`.
pub(super) static MAP: LazyLock<Map> = LazyLock::new(|| {
    // A test reads both files, so this cannot fail.
    Map::read(include_str!("../../config/map/outlines.json"), include_str!("../../config/map/places.toml"))
        .unwrap_or_else(|fault| panic!("config/map: {fault}"))
});

/// Width of the sheet in its own units.
const WIDTH: f64 = 1_000.0;
/// The largest circle has this radius.
const RADIUS_MAX: f64 = 46.0;

#[derive(Deserialize)]
struct Window {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

#[derive(Deserialize)]
struct Outlines {
    window: Window,
    /// The rings of each state, as longitude and latitude.
    states: BTreeMap<String, Vec<Vec<(f64, f64)>>>,
}

#[derive(Deserialize)]
struct Placed {
    tag: String,
    latitude: f64,
    longitude: f64,
    #[serde(default)]
    disputed: bool,
}

#[derive(Deserialize)]
struct Places {
    state: Vec<Placed>,
    region: Vec<Placed>,
    town: Vec<Placed>,
}

/// A place on the sheet.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) tag: String,
    x: f64,
    y: f64,
    kind: Kind,
    is_disputed: bool,
}

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    State,
    /// A part of a state, or a territory that is disputed.
    Region,
    Town,
}

/// Outlines and places on the sheet.
#[derive(Debug)]
pub(super) struct Map {
    height: f64,
    /// The outline of each state, as a path of SVG.
    outlines: Vec<String>,
    /// States and their parts.
    pub(super) regions: Vec<Place>,
    pub(super) towns: Vec<Place>,
}

/// A place with what is said of it.
#[derive(Debug)]
pub(super) struct Spot<'a> {
    pub(super) place: &'a Place,
    pub(super) name: &'a str,
    pub(super) count: u32,
    /// Where a click leads.
    pub(super) address: String,
}

impl Map {
    fn read(outlines: &str, places: &str) -> Result<Map, Box<dyn std::error::Error>> {
        let Outlines { window, states } = serde_json::from_str(outlines)?;
        let Places { state, region, town } = toml::from_str(places)?;
        // Distances are right at the middle latitude (an equirectangular projection).
        let squeeze = f64::midpoint(window.south, window.north).to_radians().cos();
        let unit = WIDTH / ((window.east - window.west) * squeeze);
        let sheet = |longitude: f64, latitude: f64| {
            ((longitude - window.west) * squeeze * unit, (window.north - latitude) * unit)
        };
        let ring = |ring: &Vec<(f64, f64)>| {
            let points: Vec<String> = ring
                .iter()
                .map(|&(longitude, latitude)| sheet(longitude, latitude))
                .map(|(x, y)| format!("{x:.0} {y:.0}"))
                .collect();
            format!("M{}Z", points.join("L"))
        };
        let places = |placed: Vec<Placed>, kind: Kind| {
            let place = |one: Placed| {
                let (x, y) = sheet(one.longitude, one.latitude);
                Place { tag: one.tag, x, y, kind, is_disputed: one.disputed }
            };
            placed.into_iter().map(place).collect::<Vec<_>>()
        };
        let mut regions = places(state, Kind::State);
        regions.extend(places(region, Kind::Region));
        Ok(Map {
            height: (window.north - window.south) * unit,
            outlines: states.values().map(|rings| rings.iter().map(ring).collect()).collect(),
            regions,
            towns: places(town, Kind::Town),
        })
    }

    /// Draws the map. States and regions are circles that grow with their count, by its cube root: one state has a
    /// hundred times the reports of its neighbours, and both must be seen. Towns are dots.
    pub(super) fn draw(&self, regions: &[Spot<'_>], towns: &[Spot<'_>], label: &str) -> Markup {
        let most = f64::from(regions.iter().map(|spot| spot.count).max().unwrap_or(1).max(1));
        let radius = |count: u32| (f64::from(count) / most).cbrt() * RADIUS_MAX;
        html! {
            svg.map viewBox=(format!("0 0 {WIDTH} {:.0}", self.height)) role="group" aria-label=(label) {
                @for path in &self.outlines { path.state d=(path) {} }
                @for spot in regions {
                    a href=(spot.address) aria-label=(words(spot)) {
                        title { (words(spot)) }
                        circle.region.disputed[spot.place.is_disputed] cx=(format!("{:.0}", spot.place.x)) cy=(format!("{:.0}", spot.place.y)) r=(format!("{:.1}", radius(spot.count))) {}
                    }
                }
                @for spot in towns {
                    a href=(spot.address) aria-label=(words(spot)) {
                        title { (words(spot)) }
                        circle.town cx=(format!("{:.0}", spot.place.x)) cy=(format!("{:.0}", spot.place.y)) r="6" {}
                    }
                }
                @for spot in regions {
                    text.name.part[spot.place.kind == Kind::Region] x=(format!("{:.0}", spot.place.x)) y=(format!("{:.0}", spot.place.y + 6.0)) text-anchor="middle" aria-hidden="true" { (spot.name) " " tspan.count { (spot.count) } }
                }
            }
        }
    }
}

fn words(spot: &Spot<'_>) -> String {
    let disputed = if spot.place.is_disputed { " (disputed)" } else { "" };
    format!("{}{disputed}: {} {}", spot.name, spot.count, if spot.count == 1 { "report" } else { "reports" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::{Labels, Lexicon, built_in_files};

    #[test]
    fn every_place_of_the_map_is_on_the_sheet_and_in_the_lexicon() {
        let lexicon = Lexicon::load(&built_in_files(), &[]).unwrap_or_else(|faults| panic!("{faults:?}"));
        let labels = Labels::of(&lexicon);
        assert!(MAP.outlines.len() >= 5 && MAP.towns.len() > 100);
        for place in MAP.regions.iter().chain(&MAP.towns) {
            assert!(labels.labels.contains_key(&place.tag), "{place:?}");
            assert!((0.0..=WIDTH).contains(&place.x) && (0.0..=MAP.height).contains(&place.y), "{place:?}");
        }
        assert!(MAP.towns.iter().all(|town| town.kind == Kind::Town));
        let place = |tag: &str| MAP.regions.iter().chain(&MAP.towns).find(|place| place.tag == tag).unwrap();
        let (tbilisi, yerevan, baku) = (place("city:tbilisi"), place("city:yerevan"), place("city:baku"));
        assert!(tbilisi.y < yerevan.y && yerevan.x < baku.x, "north is up, east is right");
    }
}
