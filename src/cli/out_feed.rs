//! `out-feed`: Atom and JSON Feed of issues, and of items by scope, tag or search.

use clap::Args;

use super::arguments::{limit, one_of};
use super::context::Context;
use super::failure::Failure;
use super::output;
use crate::app::clock;
use crate::app::syndication::{FeedContent, OutFormat};
use crate::digest::{Choice, OutFeed};
use crate::model::{Scope, Tag};

#[derive(Debug, Args)]
pub(super) struct OutFeedArguments {
    /// The name of a configured out feed; without a name and a filter, list the names
    #[arg(conflicts_with_all = ["scope", "tags", "search"])]
    name: Option<String>,
    /// Only items of this scope of the lexicon, such as caucasus-russia
    #[arg(long)]
    scope: Option<Scope>,
    /// Only items with this tag; repeat it for items that have all of them
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<Tag>,
    /// Only items that this search finds
    #[arg(long, value_name = "QUERY")]
    search: Option<String>,
    /// Print at most this many items [default: the limit of the feed]
    #[arg(long, value_parser = limit)]
    limit: Option<usize>,
    /// Output format; `json` is JSON Feed 1.1
    #[arg(long, default_value = "atom", value_parser = one_of::<OutFormat>(OutFormat::ALL.map(OutFormat::as_str)))]
    format: OutFormat,
}

pub(super) fn out_feed(context: &Context, arguments: &OutFeedArguments) -> Result<(), Failure> {
    let config = context.settings()?;
    if let Some(scope) = &arguments.scope
        && !config.digest.plan.scopes.iter().any(|known| known.id == *scope)
    {
        // A user's lexicon may define other scopes.
        let known = context.config()?.lexicon.check_scope(scope);
        known.map_err(|error| Failure::new(super::failure::WRONG_USAGE, format!("--scope: {error}")))?;
    }
    let has_filter = arguments.scope.is_some() || !arguments.tags.is_empty() || arguments.search.is_some();
    let mut feed = match &arguments.name {
        Some(name) => config.out_feeds.iter().find(|feed| feed.name == *name).cloned().ok_or_else(|| {
            Failure::new(
                super::failure::WRONG_USAGE,
                format!("there is no out feed `{name}`; `kazbek out-feed` lists them"),
            )
        })?,
        None if has_filter => chosen(arguments),
        None => {
            let names: Vec<String> =
                config.out_feeds.iter().map(|feed| format!("{}\t{}", feed.name, feed.title)).collect();
            return output::text(&names.join("\n"));
        }
    };
    feed.limit = arguments.limit.unwrap_or(feed.limit);
    let store = context.open_read_only()?;
    context.check_tags(&store, &arguments.tags)?;
    output::data_text(&FeedContent::read(&store, &config, &feed, clock::now())?.render(arguments.format))
}

/// The feed for filters on the command line. The same filters give the same name, and so the same feed id.
fn chosen(arguments: &OutFeedArguments) -> OutFeed {
    let mut parts: Vec<String> = arguments.scope.iter().map(|scope| scope.as_str().to_owned()).collect();
    parts.extend(arguments.tags.iter().map(Tag::to_string));
    parts.extend(arguments.search.iter().map(|query| format!("“{query}”")));
    let words = parts.join(", ");
    let mut feed = OutFeed::items(&format!("chosen/{words}"), &format!("Kazbek: {words}"), None);
    feed.choice = Choice::Items {
        scope: arguments.scope.clone(),
        tags: arguments.tags.clone(),
        search: arguments.search.clone(),
    };
    feed
}
