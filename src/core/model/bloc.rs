//! Press blocs: from which side an outlet reports.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use super::word::UnknownWord;

/// The ids and labels of all blocs, which the build script reads from `config/blocs.toml`.
const BLOCS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/blocs.rs"));

/// The side from which an outlet reports, one of those in `config/blocs.toml`; context for a reader, never evidence for
/// a tag.
///
/// Blocs compare in the order of that file, which is the order in which reports list them. Text and JSON hold the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PressBloc(u8);

impl PressBloc {
    /// Returns every bloc, in order.
    pub fn all() -> impl Iterator<Item = PressBloc> {
        (0..BLOCS.len()).map(|number| PressBloc(number as u8))
    }

    /// Returns the stable id, such as `russian-state`, as OPML, the store and JSON hold it.
    pub fn as_str(self) -> &'static str {
        BLOCS[usize::from(self.0)].0
    }

    /// Returns the name for readers, such as `Russian state`.
    pub fn label(self) -> &'static str {
        BLOCS[usize::from(self.0)].1
    }

    /// Returns the bloc with an id that is known to exist, as in tests.
    ///
    /// # Panics
    ///
    /// If `config/blocs.toml` does not have the id.
    pub fn of(id: &str) -> PressBloc {
        id.parse().expect("an id of config/blocs.toml")
    }
}

impl fmt::Display for PressBloc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PressBloc {
    type Err = UnknownWord;
    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        PressBloc::all().find(|bloc| bloc.as_str() == word).ok_or_else(|| UnknownWord {
            word: word.to_owned(),
            expected: BLOCS.iter().map(|(id, _)| *id).collect::<Vec<_>>().join(", "),
        })
    }
}

impl Serialize for PressBloc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PressBloc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PressBloc, D::Error> {
        // JSON with escapes and readers of streams give no borrowed text.
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocs_are_read_back_from_their_ids() {
        for bloc in PressBloc::all() {
            assert_eq!(bloc.as_str().parse::<PressBloc>().as_ref(), Ok(&bloc));
            let json = serde_json::to_string(&bloc).unwrap();
            assert_eq!(json, format!("\"{bloc}\""));
            assert_eq!(serde_json::from_str::<PressBloc>(&json).unwrap(), bloc);
        }
        assert!("moon".parse::<PressBloc>().unwrap_err().to_string().contains("russian-state, russian-independent"));
        assert_eq!(PressBloc::of("russian-state").label(), "Russian state");
        assert!(PressBloc::of("russian-state") < PressBloc::of("international"));
    }
}
