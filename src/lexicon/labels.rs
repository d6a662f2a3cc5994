//! What a report says in the place of tags: kept in the store as well, so that a report need not compile the lexicon.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Lexicon;
use crate::model::{Namespace, Tag};

/// The English labels of a lexicon, and who acts in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Version of the lexicon.
    pub version: String,
    /// Labels of tags, and of the sides of rival names (`SET/SIDE`).
    pub labels: BTreeMap<String, String>,
    /// Tags of those who act toward each other.
    pub actors: Vec<Tag>,
    /// Tags of the places that the beat is about.
    pub beat: Vec<Tag>,
}

impl Labels {
    /// The labels of a lexicon.
    pub fn of(lexicon: &Lexicon) -> Labels {
        let entities = lexicon.entities().iter().filter_map(|entity| Some((entity.tag.clone()?, entity.label.clone())));
        let rivals = lexicon
            .rivals()
            .iter()
            .flat_map(|rival| rival.sides.iter().map(|side| (format!("{}/{}", rival.id, side.id), side.label.clone())));
        let topics = lexicon.topics().map(|(id, label)| (Namespace::Topic.tag(id).to_string(), label.to_owned()));
        let places = |ids: Vec<&str>| ids.into_iter().map(Tag::place).collect();
        Labels {
            version: lexicon.version().to_owned(),
            labels: entities.chain(rivals).chain(topics).collect(),
            actors: places(lexicon.actor_ids()),
            beat: places(lexicon.beat_ids()),
        }
    }
}
