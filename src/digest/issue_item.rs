//! The record of what an issue printed, which later issues need.

/// An item in an issue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IssueItem {
    /// The item's id in the store.
    pub item_id: i64,
    /// The id of its story; its own id if it belongs to none.
    pub story: i64,
    /// The title as printed; `None` if the issue shows its story but not this item.
    pub printed: Option<String>,
    /// Whether the issue withdraws it because it is no longer in scope.
    pub is_withdrawn: bool,
}
