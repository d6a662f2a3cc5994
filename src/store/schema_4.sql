-- An item that its feed renamed is looked for under its title, newest first: without the time in the index SQLite sorted
-- every sighting of the title.
DROP INDEX sightings_by_title;
CREATE INDEX sightings_by_title ON sightings (feed_id, title_key, first_seen) WHERE title_key IS NOT NULL;

-- Alerts and digests ask for the days of one feed.
CREATE INDEX feed_days_by_feed ON feed_days (feed_id, day);

-- Where an item comes from decides which of several copies is the original, and whose an address is.
-- Items from before keep their address, and are ordered among themselves by the dates that they say, as they were then.
-- Whether the address belongs to the site of the feed that gave the item.
ALTER TABLE items ADD COLUMN is_own_page INTEGER NOT NULL DEFAULT 1;
-- The agency that its outlet is: the hash of its id in the rules of deduplication; null if it is none.
ALTER TABLE items ADD COLUMN agency INTEGER;
-- Whether nobody saw it appear: it was in the first document that was read of its feed, or the first in a long time, or was imported.
ALTER TABLE items ADD COLUMN is_backlog INTEGER NOT NULL DEFAULT 1;
-- When it appeared: when it was first seen or, if nobody saw that, when it was published according to its feed, but not before
-- the feed was last read without it.
ALTER TABLE items ADD COLUMN appeared INTEGER NOT NULL DEFAULT 0;
UPDATE items SET appeared = min(at, first_seen);
-- When its feed replaced its title by another one, if it did.
ALTER TABLE items ADD COLUMN rewritten_at INTEGER;
-- The key of its address, if that belongs to another item.
ALTER TABLE items ADD COLUMN lost_url_key INTEGER;
-- The site of the outlet, if the feed is at another; its registrable domain owns the addresses of its pages.
ALTER TABLE feeds ADD COLUMN site TEXT;
