-- The words of a copy are kept once: `title` and `summary` hold only what stands behind the first `title_shared` and `summary_shared`
-- characters of the item `text_of`, which holds all of its words itself. All three are null where an item holds its own.
ALTER TABLE items ADD COLUMN text_of INTEGER REFERENCES items (id);
ALTER TABLE items ADD COLUMN title_shared INTEGER;
ALTER TABLE items ADD COLUMN summary_shared INTEGER;
CREATE INDEX items_by_text ON items (text_of) WHERE text_of IS NOT NULL;

DROP VIEW v_items;
CREATE VIEW v_items AS
SELECT
    i.id, i.url,
    iif(i.text_of IS NULL, i.title, (SELECT substr(w.title, 1, i.title_shared) FROM items w WHERE w.id = i.text_of) || i.title) AS title,
    iif(i.text_of IS NULL, i.summary,
        (SELECT substr(w.summary, 1, i.summary_shared) FROM items w WHERE w.id = i.text_of) || i.summary) AS summary,
    i.language,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.published, 'unixepoch') AS published,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.first_seen, 'unixepoch') AS first_seen,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.at, 'unixepoch') AS at,
    o.name AS outlet, o.bloc, o.country, f.url AS feed_url,
    i.scope, i.score, i.duplicate_of, coalesce(i.story, i.id) AS story
FROM items i JOIN feeds f ON f.id = i.feed_id JOIN outlets o ON o.id = f.outlet_id;

-- Evidence: a JSON array of three numbers a line: three times the kind plus the field (0 title, 1 summary, 2 content), the first byte, the bytes.
-- In the relations it is the last part, as such an array.
UPDATE item_tags SET evidence = (
    SELECT '[' || group_concat(
        (3 * (e.value ->> 0) + (e.value ->> 1)) || ',' || (e.value ->> 2) || ',' || ((e.value ->> 3) - (e.value ->> 2)), ',' ORDER BY e.key
    ) || ']'
    FROM json_each(evidence) e
);
UPDATE items SET relations = (
    SELECT json_group_array(json_set(r.value, '$[6]', json('[' || coalesce((
        SELECT group_concat(
            (3 * (e.value ->> 0) + (e.value ->> 1)) || ',' || (e.value ->> 2) || ',' || ((e.value ->> 3) - (e.value ->> 2)), ',' ORDER BY e.key
        ) FROM json_each(r.value, '$[6]') e
    ), '') || ']')) ORDER BY r.key)
    FROM json_each(relations) r
) WHERE relations IS NOT NULL;

-- Other programs read the file by an SQLite of their own: no view may need more than 3.38. One that it cannot read spoils the whole file for it.
DROP VIEW v_tags;
CREATE VIEW v_tags AS
SELECT
    x.item_id, t.name AS tag,
    (SELECT json_group_array(json_array(k.entity, CASE e.value % 3 WHEN 0 THEN 'title' WHEN 1 THEN 'summary' ELSE 'content' END,
        x.evidence ->> (e.key + 1), (x.evidence ->> (e.key + 1)) + (x.evidence ->> (e.key + 2)), k.rule))
    FROM json_each(x.evidence) e JOIN evidence_kinds k ON k.id = e.value / 3 WHERE e.key % 3 = 0) AS evidence
FROM item_tags x JOIN tags t ON t.id = x.tag_id;
