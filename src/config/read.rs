//! Reads the keys of the configuration file, one by one.

use std::cell::RefCell;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use toml::de::DeTable;

use super::data_files::{built_in_data, read_feeds, read_lexicon};
use super::recipients;
use super::secret::Secrets;
use super::serve_options::{self, ServeOptions};
use super::settings::{Config, ConfigError, Settings};
use super::table::{Faults, Keys};
use crate::digest::{self, Choice, Cron, OutFeed};
use crate::logging::{self, LogOptions};
use crate::model::{Cadence, Diagnostic, Feed, Scope, Tag};
use crate::poller::{FeedOptions, Secret};
use crate::store::RetentionOptions;
use crate::text::sanitize::web_address;
use crate::{http, ingest, poller};

/// Reads the text of a configuration file, the feed list and the lexicon.
pub(super) fn config(source: Option<PathBuf>, text: &str) -> Result<Config, ConfigError> {
    let Draft { settings, lexicon, additions, alert_lines, out_feed_words, mut found } = draft(source, text);
    let lexicon = read_lexicon(lexicon.as_deref(), additions.as_deref(), &mut found);
    if let (Some(settings), Some(lexicon)) = (&settings, &lexicon) {
        let file = settings.source.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        for (rule, line) in settings.alerts.iter().zip(alert_lines) {
            let messages = recipients::unknown_words(rule, lexicon).into_iter();
            found.extend(messages.map(|message| Diagnostic { file: file.clone(), line, message }));
        }
        for OutFeedWords { scope, tags } in out_feed_words {
            let mut wrong = |line, message| found.push(Diagnostic { file: file.clone(), line, message });
            if let Some((scope, line)) = scope
                && let Err(error) = lexicon.check_scope(&scope)
            {
                wrong(line, format!("`out_feed.scope`: {error}"));
            }
            for (tag, line) in tags {
                if let Err(error) = lexicon.check_tag(tag.as_str()) {
                    wrong(line, format!("`out_feed.tags`: {error}"));
                }
            }
        }
    }
    match (settings, lexicon) {
        (Some(settings), Some(lexicon)) if found.is_empty() => Ok(Config::new(settings, lexicon)),
        _ => Err(ConfigError { faults: found }),
    }
}

/// Reads the text of a configuration file and the feed list, without the lexicon.
pub(super) fn settings(source: Option<PathBuf>, text: &str) -> Result<Settings, ConfigError> {
    let Draft { settings, found, .. } = draft(source, text);
    settings.filter(|_| found.is_empty()).ok_or(ConfigError { faults: found })
}

/// What was read, and all faults found so far.
#[derive(Default)]
struct Draft {
    settings: Option<Settings>,
    /// The folder of the lexicon; `None` for the built-in one.
    lexicon: Option<PathBuf>,
    /// The folder that adds to the lexicon.
    additions: Option<PathBuf>,
    /// The line on which each alert rule begins.
    alert_lines: Vec<usize>,
    /// What each out feed names of the lexicon.
    out_feed_words: Vec<OutFeedWords>,
    found: Vec<Diagnostic>,
}

/// The words of the lexicon that an out feed names, with their lines.
struct OutFeedWords {
    scope: Option<(Scope, usize)>,
    tags: Vec<(Tag, usize)>,
}

fn draft(source: Option<PathBuf>, text: &str) -> Draft {
    let name = source.as_deref().map_or_else(|| "built-in configuration".to_owned(), |path| path.display().to_string());
    let mut faults = Faults::new(&name, text);
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            faults.add(error.span().map_or(0, |span| span.start), error.message().replace('\n', " "));
            return Draft { found: faults.found, ..Draft::default() };
        }
    };
    let mut keys = Keys::new("", table.get_ref());
    let beside = |path: String| source.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(path);
    let feeds_path = keys.string(&mut faults, "feeds").map(beside);
    let lexicon = keys.string(&mut faults, "lexicon").map(beside);
    let additions = keys.string(&mut faults, "lexicon_additions").map(beside);
    let mut confirm_removed_feeds = 0;
    keys.number(&mut faults, "confirm_removed_feeds", 0..=1_000_000, &mut confirm_removed_feeds);
    let mut time_zone = TimeZone::UTC;
    keys.word(&mut faults, "time_zone", &mut time_zone, |name| {
        TimeZone::get(name)
            .map_err(|_| format!("`{name}` is not in the IANA time zone database; use a name such as Asia/Tbilisi"))
    });
    let mut public_url = None;
    keys.word(&mut faults, "public_url", &mut public_url, |text| match text {
        "" => Ok(None),
        text => web_address(text)
            .map(Some)
            .ok_or_else(|| format!("`{text}` is not an http or https URL such as https://news.example/kazbek")),
    });
    let public_folder = keys.string(&mut faults, "public_folder").filter(|path| !path.is_empty()).map(beside);
    let mut poller = poller::Options::default();
    let mut crowded = None;
    if let Some(table) = keys.table(&mut faults, "poller") {
        crowded = read_poller(table, &mut faults, &mut poller);
    }
    let mut secrets = Secrets { beside: &beside, notes: Vec::new() };
    let own: Vec<(String, usize)> = keys
        .tables(&mut faults, "feed")
        .into_iter()
        .filter_map(|table| read_feed(table, &mut faults, &mut secrets, &mut poller))
        .collect();
    let mut ingest = ingest::Options::default();
    if let Some(mut table) = keys.table(&mut faults, "ingest") {
        table.number(&mut faults, "summary_limit_chars", 100..=100_000, &mut ingest.summary_limit_chars);
        table.end(&mut faults);
    }
    let mut retention = RetentionOptions::default();
    if let Some(table) = keys.table(&mut faults, "store") {
        read_retention(table, &mut faults, &mut retention);
    }
    let mut schedule = digest::Schedule::default();
    if let Some(table) = keys.table(&mut faults, "digest") {
        read_schedule(table, &mut faults, &mut schedule);
    }
    let mut built_in_faults = Vec::new();
    let built_in = built_in_data(&mut built_in_faults);
    let mut out_feeds = built_in.as_ref().map(|(_, plan, _)| plan.out_feeds.clone()).unwrap_or_default();
    let mut out_feed_words = Vec::new();
    for table in keys.tables(&mut faults, "out_feed") {
        out_feed_words.push(read_out_feed(table, &mut faults, &mut out_feeds));
    }
    let receivers = recipients::read(&mut keys, &mut faults, &beside);
    let mut log = LogOptions::default();
    if let Some(mut table) = keys.table(&mut faults, "log") {
        table.word(&mut faults, "format", &mut log.format, str::parse);
        table.word(&mut faults, "level", &mut log.level, logging::check_level);
        table.end(&mut faults);
    }
    let mut serve = ServeOptions::default();
    if let Some(table) = keys.table(&mut faults, "serve") {
        serve_options::read(table, &mut faults, &mut serve);
    }
    keys.end(&mut faults);
    let mut found = faults.found;
    found.append(&mut built_in_faults);
    let mut notes = secrets.notes;
    notes.extend(receivers.notes);
    let feeds = read_feeds(feeds_path.as_deref(), &mut found, &mut notes);
    notes.extend(unlisted(&name, own, &feeds));
    notes.extend(crowded.map(|(line, message)| Diagnostic { file: name.clone(), line, message }));
    let settings = built_in.map(|(dedup_rules, sections, known_events)| Settings {
        source,
        lexicon_folders: lexicon.iter().chain(&additions).cloned().collect(),
        replaces_lexicon: lexicon.is_some(),
        feeds,
        confirm_removed_feeds,
        notes,
        dedup_rules,
        time_zone,
        poller,
        ingest,
        retention,
        schedule,
        delivery: receivers.delivery,
        recipients: receivers.recipients,
        alerts: receivers.alerts,
        known_events,
        digest: digest::Options { base_url: public_url, ..digest::Options::new(sections) },
        out_feeds,
        public_folder,
        serve,
        log,
    });
    Draft { settings, lexicon, additions, alert_lines: receivers.alert_lines, out_feed_words, found }
}

/// Returns a warning for each `[[feed]]`, given by URL and line, that is not in the feed list.
fn unlisted(file: &str, own: Vec<(String, usize)>, feeds: &[Feed]) -> Vec<Diagnostic> {
    let listed: HashSet<&str> = feeds.iter().map(|feed| feed.url.as_str()).collect();
    own.into_iter()
        .filter(|(url, _)| !listed.contains(url.as_str()))
        .map(|(url, line)| {
            let message =
                format!("the feed list has no feed {url}: this has an effect only if it was added by `feeds add`");
            Diagnostic { file: file.to_owned(), line, message }
        })
        .collect()
}

fn read_retention(mut table: Keys<'_, '_>, faults: &mut Faults<'_>, options: &mut RetentionOptions) {
    table.number(faults, "untagged_text_days", 1..=36_500, &mut options.untagged_text_days);
    table.number(faults, "out_of_scope_days", 0..=36_500, &mut options.out_of_scope_days);
    table.number(faults, "in_scope_days", 0..=36_500, &mut options.in_scope_days);
    table.number(faults, "size_limit_mib", 0..=1 << 24, &mut options.size_limit_mib);
    table.end(faults);
}

/// Returns a warning if more names may be looked up at once than is wise.
fn read_poller(
    mut table: Keys<'_, '_>,
    faults: &mut Faults<'_>,
    options: &mut poller::Options,
) -> Option<(usize, String)> {
    let line = faults.line(table.at("concurrency"));
    table.number(faults, "concurrency", 1..=1_000, &mut options.concurrency);
    table.number(faults, "timeout_secs", 1..=600, &mut options.timeout_secs);
    table.number(faults, "connect_timeout_secs", 1..=600, &mut options.connect_timeout_secs);
    table.number(faults, "body_limit_bytes", 1_024..=1 << 30, &mut options.body_limit_bytes);
    table.number(faults, "redirect_limit", 0..=50, &mut options.redirect_limit);
    table.word(faults, "contact", &mut options.contact, |text| {
        let is_header = text.chars().all(|character| character.is_ascii_graphic());
        if is_header {
            Ok(text.to_owned())
        } else {
            Err("only printable ASCII characters without spaces are allowed in the User-Agent")
        }
    });
    table.boolean(faults, "allow_private_addresses", &mut options.allow_private_addresses);
    table.number(faults, "min_interval_secs", 1..=31_536_000, &mut options.min_interval_secs);
    table.number(faults, "max_interval_secs", 1..=31_536_000, &mut options.max_interval_secs);
    if options.min_interval_secs > options.max_interval_secs {
        let at = table.at("min_interval_secs");
        faults.add(at, "`poller.min_interval_secs` is greater than `poller.max_interval_secs`".to_owned());
    }
    table.number(faults, "domain_concurrency", 1..=1_000, &mut options.domain_concurrency);
    table.number(faults, "domain_spacing_ms", 0..=600_000, &mut options.domain_spacing_ms);
    let budgets = &mut options.budgets;
    table.number(faults, "document_item_limit", 1..=100_000, &mut budgets.document_item_limit);
    table.number(faults, "daily_item_limit", 1..=1_000_000, &mut budgets.daily_item_limit);
    table.number(faults, "waiting_limit_bytes", 1 << 20..=1 << 34, &mut budgets.waiting_limit_bytes);
    table.number(faults, "writer_limit_ms", 1..=600_000, &mut budgets.writer_limit_ms);
    table.number(faults, "writer_share_percent", 1..=100, &mut budgets.writer_share_percent);
    table.word(faults, "proxy", &mut options.proxy, |text| {
        http::check_proxy(text).map(|proxy| Some(proxy).filter(|proxy| !proxy.is_empty()))
    });
    table.end(faults);
    let count = options.concurrency;
    (count * 2 > http::LOOKUPS).then(|| {
        let message = format!(
            "with `poller.concurrency` = {count}, names that a name server does not answer can keep all others from being \
            looked up: that is done for {} at once; set it to {} or less if feeds fail because of it",
            http::LOOKUPS,
            http::LOOKUPS / 2
        );
        (line, message)
    })
}

/// Reads one `[[feed]]`: options of a single feed. Returns its URL and line.
fn read_feed(
    mut table: Keys<'_, '_>,
    faults: &mut Faults<'_>,
    secrets: &mut Secrets<'_>,
    options: &mut poller::Options,
) -> Option<(String, usize)> {
    let mut feed = FeedOptions::default();
    let mut interval_secs = 0;
    let url_at = table.take("url");
    let url = url_at.and_then(|value| value.get_ref().as_str()).unwrap_or_default();
    // As in the feed list, `feed:` stands for http.
    let url = crate::feed::web_address(url).map_or_else(|| url.to_owned(), |url| url.into_owned());
    table.number(faults, "interval_secs", 1..=31_536_000, &mut interval_secs);
    feed.interval_secs = (interval_secs > 0).then_some(interval_secs);
    feed.headers = table.pairs(faults, "headers", http::check_header);
    table.word(faults, "proxy", &mut feed.proxy, |text| http::check_proxy(text).map(Some));
    let user = table.string(faults, "user");
    let password = recipients::read_secret(&mut table, faults, &RefCell::new(secrets), "password_file");
    let at = url_at.map_or_else(|| table.start(), |value| value.span().start);
    feed.credentials = match (user, password) {
        (Some(user), password) => Some((user, password.unwrap_or_else(|| Secret(String::new())))),
        (None, Some(_)) => {
            faults.add(at, "`feed.password_file` needs `feed.user` beside it".to_owned());
            None
        }
        (None, None) => None,
    };
    if url.is_empty() {
        faults.add(at, "`feed.url` must be the URL of a feed, exactly as in the feed list".to_owned());
    } else if options.feeds.insert(url.clone(), feed).is_some() {
        faults.add(at, format!("`feed.url`: {url} has a [[feed]] already"));
    }
    table.end(faults);
    Some((url, faults.line(at))).filter(|(url, _)| !url.is_empty())
}

fn read_schedule(mut table: Keys<'_, '_>, faults: &mut Faults<'_>, schedule: &mut digest::Schedule) {
    let keys = [
        ("daily_at", Cadence::Day),
        ("weekly_at", Cadence::Week),
        ("monthly_at", Cadence::Month),
        ("yearly_at", Cadence::Year),
    ];
    for (key, cadence) in keys {
        let mut cron = schedule.timing(cadence).cloned();
        table.word(faults, key, &mut cron, |text| match text {
            "never" => Ok(None),
            text => text.parse::<Cron>().map(Some),
        });
        schedule.timings.retain(|(known, _)| *known != cadence);
        schedule.timings.extend(cron.map(|cron| (cadence, cron)));
    }
    table.number(faults, "catch_up", 1..=366, &mut schedule.catch_up);
    table.number(faults, "wait_for_feeds_hours", 0..=720, &mut schedule.wait_for_feeds_hours);
    table.words(faults, "formats", &mut schedule.formats, str::parse);
    table.end(faults);
}

/// Reads one `[[out_feed]]`: items by scope, tags or a saved search.
fn read_out_feed(mut table: Keys<'_, '_>, faults: &mut Faults<'_>, feeds: &mut Vec<OutFeed>) -> OutFeedWords {
    let mut feed = OutFeed::items("", "", None);
    let (mut scope, mut tags, mut search) = (None, Vec::new(), None);
    let at = table.start();
    let before = faults.found.len();
    table.word(faults, "name", &mut feed.name, OutFeed::check_name);
    let is_bad = faults.found.len() > before;
    let title = table.string(faults, "title");
    let scope_at = table.at("scope");
    table.word(faults, "scope", &mut scope, |word| word.parse::<Scope>().map(Some));
    let scope_line = scope.clone().map(|scope| (scope, faults.line(scope_at)));
    let tags_at = table.at("tags");
    table.words(faults, "tags", &mut tags, |tag| Ok::<_, String>(Tag::from(tag)));
    table.word(faults, "search", &mut search, |query| match query.trim() {
        query if !query.contains(char::is_alphanumeric) => Err("a saved search needs a word"),
        query => Ok(Some(query.to_owned())),
    });
    table.number(faults, "limit", 1..=10_000, &mut feed.limit);
    table.end(faults);
    let tags_line = faults.line(tags_at);
    let words =
        OutFeedWords { scope: scope_line, tags: tags.iter().map(|tag: &Tag| (tag.clone(), tags_line)).collect() };
    if is_bad {
        return words;
    }
    if feed.name.is_empty() {
        faults.add(at, "`out_feed.name` is missing; it is the name of the feed's files".to_owned());
    } else if feeds.iter().any(|other| other.name == feed.name) {
        faults.add(
            at,
            format!("`out_feed.name`: `{}` is the name of another out feed; `kazbek out-feed` lists them", feed.name),
        );
    }
    feed.title = title.unwrap_or_else(|| format!("Kazbek: {}", feed.name));
    feed.choice = Choice::Items { scope, tags, search };
    feeds.push(feed);
    words
}
