-- More characters that nobody sees are left out of words, so everything is indexed again.
INSERT INTO item_text (item_text) VALUES ('delete-all');
INSERT INTO item_text (rowid, title, summary)
SELECT id, folded(title), folded(summary) FROM items WHERE is_tagged = 1 ORDER BY id;
