//! What an issue holds, by the store's ids: how the issues after it know what was printed.

/// An item that stands in an issue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssueItem {
    /// The store's id of the item.
    pub item_id: i64,
    /// The story that it belongs to; its own id where it belongs to none.
    pub story: i64,
    /// Its title as it was printed; none where only its story stands in the issue.
    pub printed: Option<String>,
    /// Whether the issue says that it no longer counts to the beat.
    pub is_withdrawn: bool,
}
