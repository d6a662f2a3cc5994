CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outlets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    bloc TEXT,
    country TEXT
) STRICT;

CREATE TABLE feeds (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    outlet_id INTEGER NOT NULL REFERENCES outlets (id),
    language TEXT,
    country TEXT,
    bloc TEXT,
    kind TEXT,
    list_group TEXT,
    -- Where the feed comes from: the feed list ('list'), `feeds add` ('added'), or an import ('import', never polled).
    origin TEXT NOT NULL CHECK (origin IN ('list', 'added', 'import')),
    -- 'on' is polled; 'off' was switched off; 'removed' was removed by hand; 'unlisted' has left the feed list.
    state TEXT NOT NULL CHECK (state IN ('on', 'off', 'removed', 'unlisted')),
    added_at INTEGER NOT NULL,
    etag TEXT,
    last_modified TEXT,
    body_hash BLOB,
    rhythm TEXT,
    next_due_at INTEGER NOT NULL DEFAULT 0,
    polls INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    rollovers INTEGER NOT NULL DEFAULT 0,
    last_poll_at INTEGER,
    last_success_at INTEGER,
    last_status TEXT,
    last_reason TEXT
) STRICT;

-- The last fetches of each feed: a ring of 30 slots.
CREATE TABLE fetch_events (
    feed_id INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    slot INTEGER NOT NULL,
    at INTEGER NOT NULL,
    status TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    items_seen INTEGER NOT NULL,
    items_new INTEGER NOT NULL,
    reason TEXT,
    PRIMARY KEY (feed_id, slot)
) STRICT, WITHOUT ROWID;

-- What each feed gave on each UTC day (days since 1970-01-01): the denominators of counts. A day without a row is a gap.
CREATE TABLE feed_days (
    day INTEGER NOT NULL,
    feed_id INTEGER NOT NULL REFERENCES feeds (id) ON DELETE CASCADE,
    polls INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    items_seen INTEGER NOT NULL,
    items_new INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    rollovers INTEGER NOT NULL,
    failure TEXT,
    PRIMARY KEY (day, feed_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE items (
    id INTEGER PRIMARY KEY,
    feed_id INTEGER NOT NULL REFERENCES feeds (id),
    url TEXT,
    url_key INTEGER,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    language TEXT,
    -- As the publisher says; null where the feed does not.
    published INTEGER,
    first_seen INTEGER NOT NULL,
    -- The time that counts: `published` where it is known, else `first_seen`.
    at INTEGER NOT NULL,
    scope TEXT,
    score REAL NOT NULL,
    -- A JSON array of [a, b, tone, class, directed, confidence, evidence].
    relations TEXT,
    -- Which of rival names it uses: `set/side`, separated by spaces.
    names TEXT,
    -- The survivor of the group of near-duplicates that this item belongs to; null for the survivor.
    duplicate_of INTEGER REFERENCES items (id),
    -- The item that opened the story; null for an item outside the beat that is alone.
    story INTEGER,
    -- What decided on duplicate and story: a JSON array of [level, with, score, title similarity, summary containment, shared names,
    -- shared numbers, shared tags]; null for an item like no other.
    found TEXT,
    -- Whether it bears a tag, and whether its words are still there: untagged items lose them after a while.
    is_tagged INTEGER NOT NULL,
    has_text INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE UNIQUE INDEX items_by_url ON items (url_key) WHERE url_key IS NOT NULL;
CREATE INDEX items_by_time ON items (at);
CREATE INDEX items_by_story ON items (story) WHERE story IS NOT NULL;
CREATE INDEX items_by_survivor ON items (duplicate_of) WHERE duplicate_of IS NOT NULL;

-- By what near-duplicates of the last items are found: a ring, the slot is the id modulo its size.
CREATE TABLE recent_fingerprints (
    slot INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL,
    at INTEGER NOT NULL,
    fingerprint BLOB NOT NULL
) STRICT;

-- One item standing in one feed. An alias is a further identity under which the same feed gave the same item.
CREATE TABLE sightings (
    feed_id INTEGER NOT NULL REFERENCES feeds (id),
    identity INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    first_seen INTEGER NOT NULL,
    title_key INTEGER,
    text_hash INTEGER NOT NULL,
    -- The title in this feed, where it is not that of the item.
    title TEXT,
    is_alias INTEGER NOT NULL,
    PRIMARY KEY (feed_id, identity)
) STRICT, WITHOUT ROWID;
CREATE INDEX sightings_by_item ON sightings (item_id);
CREATE INDEX sightings_by_title ON sightings (feed_id, title_key) WHERE title_key IS NOT NULL;

CREATE TABLE tags (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- An entity of the lexicon, and the rule by which it was found.
CREATE TABLE evidence_kinds (
    id INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    rule TEXT NOT NULL,
    UNIQUE (entity, rule)
) STRICT;

-- A tag without evidence cannot exist. Evidence: a JSON array of [kind, field (0 title, 1 summary, 2 content), start, end].
CREATE TABLE item_tags (
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tags (id),
    evidence TEXT NOT NULL CHECK (length(evidence) > 4),
    PRIMARY KEY (item_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX item_tags_by_tag ON item_tags (tag_id, item_id);

-- Former words of items whose publisher changed them, oldest first.
CREATE TABLE item_versions (
    item_id INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    -- When the words that stand here were replaced.
    until INTEGER NOT NULL,
    title TEXT NOT NULL,
    summary TEXT NOT NULL,
    PRIMARY KEY (item_id, version)
) STRICT, WITHOUT ROWID;

-- Items by UTC day and tag, kept as items come and go. `originals` leaves near-duplicates out.
CREATE TABLE daily_counts (
    day INTEGER NOT NULL,
    tag_id INTEGER NOT NULL REFERENCES tags (id),
    items INTEGER NOT NULL,
    originals INTEGER NOT NULL,
    PRIMARY KEY (day, tag_id)
) STRICT, WITHOUT ROWID;

-- What was purged and must not come back as new: identities of a feed, and addresses (feed_id 0).
CREATE TABLE tombstones (
    feed_id INTEGER NOT NULL,
    key INTEGER NOT NULL,
    purged_at INTEGER NOT NULL,
    PRIMARY KEY (feed_id, key)
) STRICT, WITHOUT ROWID;

-- Full text of the tagged items; the words stand in `items` and not twice.
CREATE VIRTUAL TABLE item_text USING fts5 (
    title, summary,
    content = 'items', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 2"
);
-- New words wait in memory up to 2 MiB, and segments are merged when sixteen of a size have come together: each word is written less often.
INSERT INTO item_text (item_text, rank) VALUES ('hashsize', 2097152), ('automerge', 16), ('crisismerge', 32);

-- The digests that were written: frozen, numbered.
CREATE TABLE issues (
    number INTEGER PRIMARY KEY,
    cadence TEXT NOT NULL,
    label TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    UNIQUE (cadence, label)
) STRICT;

-- The stable views: what other programs may read. Times are RFC 3339 in UTC.
CREATE VIEW v_items AS
SELECT
    i.id, i.url, i.title, i.summary, i.language,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.published, 'unixepoch') AS published,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.first_seen, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.at, 'unixepoch') AS at,
    o.name AS outlet, o.bloc, o.country, f.url AS feed_url,
    i.scope, i.score, i.duplicate_of, coalesce(i.story, i.id) AS story
FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id;

CREATE VIEW v_tags AS
SELECT
    x.item_id, t.name AS tag,
    (SELECT json_group_array(json_array(k.entity, iif(e.value ->> 1 = 0, 'title', iif(e.value ->> 1 = 1, 'summary', 'content')),
        e.value ->> 2, e.value ->> 3, k.rule))
    FROM json_each(x.evidence) e JOIN evidence_kinds k ON k.id = e.value ->> 0) AS evidence
FROM item_tags x JOIN tags t ON t.id = x.tag_id;

CREATE VIEW v_relations AS
SELECT
    i.id AS item_id,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.at, 'unixepoch') AS at,
    r.value ->> 0 AS a, r.value ->> 1 AS b, r.value ->> 2 AS tone, r.value ->> 3 AS class,
    r.value ->> 4 AS directed, r.value ->> 5 AS confidence
FROM items i, json_each(i.relations) r
WHERE i.relations IS NOT NULL;

CREATE VIEW v_daily AS
SELECT date(d.day * 86400, 'unixepoch') AS day, t.name AS tag, d.items, d.originals
FROM daily_counts d JOIN tags t ON t.id = d.tag_id;

-- What is to be delivered: one row for each recipient and issue or alert, written together with the issue.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    recipient TEXT NOT NULL,
    -- 'day', 'week', 'month', 'year', or 'alert'.
    cadence TEXT NOT NULL,
    -- The label of the issue's period, or the key of the alert.
    period TEXT NOT NULL,
    -- 'sending' is kept before the transport is asked, 'delivered' once it has answered; 'dead' is tried no more.
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'dead')),
    created_at INTEGER NOT NULL,
    -- From when on the days of retries are counted.
    since INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- Attempts whose end is unknown: the process ended in the middle, or the answer did not come.
    in_doubt INTEGER NOT NULL DEFAULT 0,
    -- Parts that got through, where the transport sends in parts.
    parts_done INTEGER NOT NULL DEFAULT 0,
    delivered_at INTEGER,
    reason TEXT,
    -- What is said, where it is no issue.
    payload TEXT,
    UNIQUE (recipient, cadence, period)
) STRICT;
CREATE INDEX outbox_open ON outbox (next_attempt_at) WHERE state IN ('waiting', 'sending');

-- Stories that an alert rule found, each once; `told_at` is null while they wait for the rule's next alert.
CREATE TABLE alert_matches (
    rule TEXT NOT NULL,
    -- The story's id, or the subject and the day of a burst.
    subject TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    told_at INTEGER,
    -- What is said of it, JSON.
    body TEXT NOT NULL,
    PRIMARY KEY (rule, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_matches_open ON alert_matches (rule, found_at) WHERE told_at IS NULL;
