//! Item to mentions to tags, with evidence.
