-- Issues are kept whole: their JSON as it was written (gzip), numbered within their cadence.
CREATE TABLE frozen (
    id INTEGER PRIMARY KEY,
    cadence TEXT NOT NULL,
    label TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- The bounds of the period.
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    written_at INTEGER NOT NULL,
    content_hash TEXT NOT NULL,
    -- The newest item that the store held when it was composed: what has a greater id came later.
    last_item_id INTEGER NOT NULL,
    -- Null for an issue of a kazbek that kept no more than its hash.
    body BLOB,
    UNIQUE (cadence, label),
    UNIQUE (cadence, number)
) STRICT;
INSERT INTO frozen (cadence, label, number, starts_at, ends_at, written_at, content_hash, last_item_id)
SELECT cadence, label, number, unixepoch(label), unixepoch(label) + 86400, written_at, content_hash, 0
FROM issues WHERE unixepoch(label) IS NOT NULL ORDER BY number;
DROP TABLE issues;
ALTER TABLE frozen RENAME TO issues;

-- What stands in an issue. `printed`: the title as it stood there; null where only the item's story did.
CREATE TABLE issue_items (
    issue_id INTEGER NOT NULL REFERENCES issues (id) ON DELETE CASCADE,
    item_id INTEGER NOT NULL,
    story INTEGER NOT NULL,
    printed TEXT,
    -- Whether the issue says that the item no longer counts to the beat.
    is_withdrawn INTEGER NOT NULL,
    PRIMARY KEY (issue_id, item_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_items_by_story ON issue_items (story);

CREATE VIEW v_issues AS
SELECT
    cadence, label, number, content_hash,
    strftime('%Y-%m-%dT%H:%M:%SZ', starts_at, 'unixepoch') AS starts_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', ends_at, 'unixepoch') AS ends_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', written_at, 'unixepoch') AS written_at
FROM issues;
