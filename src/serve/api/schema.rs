//! What `/api/v1` answers: the types, of which the OpenAPI document is made.
//!
//! They are types of their own, so that a change inside kazbek does not change what programs read.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::model;
use crate::store::{FeedRow, FeedState, IssueHead, ItemRow, ListedItem, SearchHit};
use crate::text::sanitize::{web_address, without_passwords};

/// A fault: what was wrong with the request, or why there is no answer.
#[derive(Serialize, ToSchema)]
pub(super) struct Fault {
    /// What is wrong, in words.
    error: String,
}

/// A page of items.
#[derive(Serialize, ToSchema)]
pub(super) struct Items {
    /// The items.
    pub(super) items: Vec<Item>,
    /// What to send as `cursor` for the next page; null at the end.
    pub(super) next_cursor: Option<String>,
}

/// An item.
#[derive(Serialize, ToSchema)]
pub(super) struct Item {
    /// Its number.
    id: i64,
    /// Its address; http or https.
    url: Option<String>,
    /// Its title, plain text.
    title: String,
    /// Its summary, plain text; not in the hits of a search.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    /// The text around the hit of a search, the hit between `[` and `]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<String>,
    /// When it was published, if the feed says.
    #[schema(value_type = Option<String>, format = DateTime)]
    published: Option<Timestamp>,
    /// When kazbek first saw it.
    #[schema(value_type = String, format = DateTime)]
    first_seen: Timestamp,
    /// The name of the outlet.
    outlet: String,
    /// The bloc of the outlet.
    #[serde(skip_serializing_if = "Option::is_none")]
    bloc: Option<String>,
    /// Its language, BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    /// Its scope; none if it is out of scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// How much it is about its scope, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    /// Its tags, sorted.
    tags: Vec<String>,
    /// The original, if it is a near-duplicate.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate_of: Option<i64>,
    /// Its story.
    #[serde(skip_serializing_if = "Option::is_none")]
    story: Option<i64>,
}

/// Addresses in answers lead to the web; a feed may say anything.
fn on_the_web(url: Option<String>) -> Option<String> {
    url.as_deref().and_then(web_address)
}

fn names(tags: Vec<model::Tag>) -> Vec<String> {
    tags.iter().map(ToString::to_string).collect()
}

impl From<ListedItem> for Item {
    fn from(item: ListedItem) -> Item {
        Item {
            id: item.id,
            url: on_the_web(item.url),
            title: item.title,
            summary: Some(item.summary),
            snippet: None,
            published: item.published,
            first_seen: item.first_seen,
            outlet: item.outlet,
            bloc: item.bloc,
            language: item.language,
            scope: item.scope,
            score: Some(item.score),
            tags: names(item.tags),
            duplicate_of: item.duplicate_of,
            story: item.story,
        }
    }
}

impl From<SearchHit> for Item {
    fn from(hit: SearchHit) -> Item {
        Item {
            id: hit.id,
            url: on_the_web(hit.url),
            title: hit.title,
            summary: None,
            snippet: Some(hit.snippet),
            published: hit.published,
            first_seen: hit.first_seen,
            outlet: hit.outlet,
            bloc: None,
            language: None,
            scope: None,
            score: None,
            tags: names(hit.tags),
            duplicate_of: None,
            story: None,
        }
    }
}

/// Why an item has a tag or a relation: a place in its text.
#[derive(Serialize, ToSchema)]
pub(super) struct Evidence {
    /// The tag that it supports.
    tag: String,
    /// The entity of the lexicon.
    entity: String,
    /// The words in the item.
    form: String,
    /// `title`, `summary` or `content`.
    #[schema(value_type = String)]
    field: model::Field,
    /// First byte of the words in the field.
    start: usize,
    /// The byte after them.
    end: usize,
    /// The rule that decided.
    rule: String,
}

impl From<model::Evidence> for Evidence {
    fn from(found: model::Evidence) -> Evidence {
        let model::Evidence { tag, entity, form, field, start, end, rule } = found;
        Evidence { tag: tag.to_string(), entity, form, field, start, end, rule }
    }
}

/// What one actor did to another, according to an item.
#[derive(Serialize, ToSchema)]
pub(super) struct Relation {
    /// The acting side if `directed`, else the first of the two in alphabetical order.
    a: String,
    /// The other side.
    b: String,
    /// From -10 (attack) to +10 (alliance).
    tone: f32,
    /// The class of the cue.
    class: String,
    /// Whether `a` acts on `b`.
    directed: bool,
    /// How sure the reading is, 0 to 1.
    confidence: f32,
    /// The cue and the two actors in the text.
    evidence: Vec<Evidence>,
}

/// An item with everything that is known of it.
#[derive(Serialize, ToSchema)]
pub(super) struct WholeItem {
    #[serde(flatten)]
    item: Item,
    /// What passed between pairs of actors.
    relations: Vec<Relation>,
    /// The evidence for each tag, in the order of the text.
    evidence: Vec<Evidence>,
}

impl From<ItemRow> for WholeItem {
    fn from(row: ItemRow) -> WholeItem {
        let model::Classification { scope, score, tags, relations, evidence } = row.classification;
        let relation = |relation: model::Relation| Relation {
            a: relation.a,
            b: relation.b,
            tone: relation.tone,
            class: relation.class,
            directed: relation.directed,
            confidence: relation.confidence,
            evidence: relation.evidence.into_iter().map(Evidence::from).collect(),
        };
        WholeItem {
            item: Item {
                id: row.id,
                url: on_the_web(row.url),
                title: row.title,
                summary: Some(row.summary),
                snippet: None,
                published: row.published,
                first_seen: row.first_seen,
                outlet: row.outlet,
                bloc: None,
                language: row.language,
                scope: scope.map(|scope| scope.as_str().to_owned()),
                score: Some(f64::from(score)),
                tags: names(tags),
                duplicate_of: row.duplicate_of,
                story: row.story,
            },
            relations: relations.into_iter().map(relation).collect(),
            evidence: evidence.into_iter().map(Evidence::from).collect(),
        }
    }
}

/// A story.
#[derive(Serialize, ToSchema)]
pub(super) struct Story {
    /// The id of the item that opened it.
    pub(super) id: i64,
    /// Its reports, oldest first, at most 200.
    pub(super) items: Vec<Item>,
}

/// All feeds.
#[derive(Serialize, ToSchema)]
pub(super) struct Feeds {
    /// The feeds.
    pub(super) feeds: Vec<Feed>,
}

/// A feed and its health. The keys are those of `kazbek feeds list --json`.
#[derive(Serialize, ToSchema)]
pub(super) struct Feed {
    /// Its number.
    id: i64,
    /// Its address, without a password.
    url: String,
    /// Its title.
    title: String,
    /// The name of the outlet.
    outlet: String,
    /// The language of the list, BCP 47.
    language: Option<String>,
    /// The country of the list.
    country: Option<String>,
    /// The bloc of the outlet.
    bloc: Option<String>,
    /// What the publisher is.
    kind: Option<String>,
    /// The group of the list.
    group: Option<String>,
    /// `on`, `off`, `removed` or `unlisted`.
    state: &'static str,
    /// The status word of the last poll.
    status: String,
    /// Why the last poll failed.
    reason: Option<String>,
    /// Polls so far.
    polls: i64,
    /// Failures in a row.
    failures: i64,
    /// Polls that shared no item with the one before.
    rollovers: i64,
    /// When it was last polled.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_poll_at: Option<Timestamp>,
    /// When it last answered as a feed.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    /// When it is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_due_at: Option<Timestamp>,
}

impl From<FeedRow> for Feed {
    fn from(row: FeedRow) -> Feed {
        Feed {
            id: row.id,
            url: without_passwords(&row.feed.url).into_owned(),
            state: row.state.as_str(),
            next_due_at: (row.state == FeedState::On && row.polls > 0).then_some(row.next_due_at),
            title: row.feed.title,
            outlet: row.feed.outlet,
            language: row.feed.language,
            country: row.feed.country,
            bloc: row.feed.bloc.map(|bloc| bloc.as_str().to_owned()),
            kind: row.feed.kind,
            group: row.feed.group,
            status: row.last_status.unwrap_or_else(|| "new".to_owned()),
            reason: row.last_reason.map(|reason| without_passwords(&reason).into_owned()),
            polls: row.polls,
            failures: row.failures,
            rollovers: row.rollovers,
            last_poll_at: row.last_poll_at,
            last_success_at: row.last_success_at,
        }
    }
}

/// The digests that have been written.
#[derive(Serialize, ToSchema)]
pub(super) struct Issues {
    /// Newest period first.
    pub(super) issues: Vec<Issue>,
}

/// The head of a digest. It is whole at `/issues/CADENCE/LABEL.json`.
#[derive(Serialize, ToSchema)]
pub(super) struct Issue {
    /// `day`, `week`, `month` or `year`.
    cadence: &'static str,
    /// The label of its period: `2026-11-23`, `2026-W48`, `2026-11`, `2026`.
    label: String,
    /// Its number within its cadence.
    number: u32,
    /// When it was written.
    #[schema(value_type = String, format = DateTime)]
    written_at: Timestamp,
    /// The content hash that it states.
    content_hash: String,
}

impl From<IssueHead> for Issue {
    fn from(head: IssueHead) -> Issue {
        let IssueHead { cadence, label, number, written_at, content_hash } = head;
        Issue { cadence: cadence.as_str(), label, number, written_at, content_hash }
    }
}
