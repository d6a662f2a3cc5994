//! The model of two items: weights of what they share and of what sets them apart, read from `config/dedup/pairs.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::url::RulesError;
use crate::model::two_decimals;

/// What decides whether a headline is a light edit of another. [`super::decide`] computes the values, in this order.
pub const HEADLINE: [&str; 14] = [
    "shared_information",
    "kept",
    "contained",
    "words",
    "added",
    "added_to_both",
    "replaced",
    "reworded",
    "events_reworded",
    "reworded_and_changed",
    "moved",
    "short_with_a_fact_more",
    "speaker_added",
    "apart",
];

/// What decides whether two items report one event.
pub const EVENT: [&str; 28] = [
    "words_shared",
    "overlap",
    "shared_information",
    "kept",
    "words",
    "names",
    "numbers",
    "tags",
    "summary",
    "tags_unknown",
    "two_alphabets",
    "overlap_of_two_alphabets",
    "information_of_two_alphabets",
    "numbers_differ",
    "numbers_grown",
    "template_of_names",
    "template_of_numbers",
    "series",
    "next_of_one_outlet",
    "places_differ",
    "places_replaced",
    "names_replaced",
    "ideas_replaced",
    "denied",
    "reacted",
    "planned",
    "turned",
    "apart",
];

/// A feature of two items, and what it counts for the decision that both report one event.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Term {
    /// One of [`EVENT`].
    pub feature: &'static str,
    /// Its value, mostly 0 to 1.
    #[serde(serialize_with = "two_decimals")]
    pub value: f32,
    /// The value times its weight: above 0 it speaks for one event.
    #[serde(serialize_with = "two_decimals")]
    pub counts: f32,
}

/// The weights of both decisions.
#[derive(Clone, Debug)]
pub struct PairModel {
    headline: Linear<{ HEADLINE.len() }>,
    event: Linear<{ EVENT.len() }>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    headline: Decision,
    event: Decision,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    bias: f32,
    weights: BTreeMap<String, f32>,
}

/// A logistic function of weighted features.
#[derive(Clone, Debug)]
struct Linear<const N: usize> {
    bias: f32,
    weights: [f32; N],
}

impl<const N: usize> Linear<N> {
    fn of(decision: &Decision, names: [&str; N]) -> Result<Linear<N>, RulesError> {
        let mut weights = [0.0; N];
        for (weight, name) in weights.iter_mut().zip(names) {
            *weight = *decision
                .weights
                .get(name)
                .ok_or_else(|| RulesError::Rule(format!("no weight for `{name}`: add it, 0 if it should not count")))?;
        }
        match decision.weights.keys().find(|name| !names.contains(&name.as_str())) {
            Some(name) => Err(RulesError::Rule(format!("`{name}` is no feature: remove it"))),
            None => Ok(Linear { bias: decision.bias, weights }),
        }
    }

    fn probability(&self, features: &[f32; N]) -> f32 {
        let sum: f32 = self.weights.iter().zip(features).map(|(weight, value)| weight * value).sum();
        1.0 / (1.0 + (-self.bias - sum).exp())
    }
}

impl PairModel {
    /// Reads a model from a text in the form of `config/dedup/pairs.toml`.
    ///
    /// # Errors
    /// Fails if the text is not such TOML, lacks a weight or has one that is not known.
    pub fn load(text: &str) -> Result<PairModel, RulesError> {
        let file: ModelFile = toml::from_str(text)?;
        Ok(PairModel { headline: Linear::of(&file.headline, HEADLINE)?, event: Linear::of(&file.event, EVENT)? })
    }

    /// Returns the model that comes with the program.
    ///
    /// # Errors
    /// Never in a released program: a test reads it.
    pub fn built_in() -> Result<PairModel, RulesError> {
        PairModel::load(include_str!("../../../config/dedup/pairs.toml"))
    }

    /// Returns how likely a headline is a light edit of another, 0 to 1.
    pub(super) fn headline(&self, features: &[f32; HEADLINE.len()]) -> f32 {
        self.headline.probability(features)
    }

    /// Returns the features that count, those that count most first.
    pub(super) fn event_terms(&self, features: &[f32; EVENT.len()]) -> Vec<Term> {
        let values = EVENT.into_iter().zip(features).zip(&self.event.weights);
        let term = |((feature, &value), &weight): ((&'static str, &f32), &f32)| Term {
            feature,
            value,
            counts: value * weight,
        };
        let mut terms: Vec<Term> = values.map(term).filter(|term| term.counts.abs() >= 0.005).collect();
        terms.sort_by(|a, b| b.counts.abs().total_cmp(&a.counts.abs()).then_with(|| a.feature.cmp(b.feature)));
        terms
    }

    /// Returns how likely two items report one event, 0 to 1.
    pub(super) fn event(&self, features: &[f32; EVENT.len()]) -> f32 {
        self.event.probability(features)
    }
}
