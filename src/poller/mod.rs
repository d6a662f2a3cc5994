//! Schedule, fetch, address guard, politeness.
