-- The full-text index has folded words, and queries are folded in the same way: `folded` is a function of the program.
INSERT INTO item_text (item_text) VALUES ('delete-all');
INSERT INTO item_text (rowid, title, summary)
SELECT id, folded(title), folded(summary) FROM items WHERE is_tagged = 1 ORDER BY id;

-- Each relation is listed from both sides, so that it is found whichever of the two is asked for first; with a < b it is
-- listed once. `actor` is the side that acts, or null if both do.
DROP VIEW v_relations;
CREATE VIEW v_relations AS
SELECT
    i.id AS item_id,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.at, 'unixepoch') AS at,
    r.value ->> s.side AS a, r.value ->> (1 - s.side) AS b, r.value ->> 2 AS tone, r.value ->> 3 AS class,
    r.value ->> 4 AS directed, r.value ->> 5 AS confidence,
    iif(r.value ->> 4, r.value ->> 0, NULL) AS actor
FROM items i, json_each(i.relations) r, (SELECT 0 AS side UNION ALL SELECT 1) s
WHERE i.relations IS NOT NULL;
