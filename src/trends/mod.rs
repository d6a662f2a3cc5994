//! Series, baselines, bursts, relations.
