-- An item that its feed renamed is looked for under its title, newest first: without the time in the index SQLite sorted
-- every sighting of the title.
DROP INDEX sightings_by_title;
CREATE INDEX sightings_by_title ON sightings (feed_id, title_key, first_seen) WHERE title_key IS NOT NULL;

-- Alerts and digests ask for the days of one feed.
CREATE INDEX feed_days_by_feed ON feed_days (feed_id, day);
