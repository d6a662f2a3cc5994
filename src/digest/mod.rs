//! Choose, rank, compose and render an issue.
