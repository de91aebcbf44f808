-- revision: 0091
-- down_revision: 0090
-- depends_on:
-- branch_labels:
-- message: pinned customer notes
-- created_at: 2026-09-07 08:15:12+00

-- migrate:up

ALTER TABLE customer_notes ADD COLUMN is_pinned boolean NOT NULL DEFAULT false;

-- FORCE hides the rows from the owner too, and this backfill is for all tenants.
ALTER TABLE customer_notes NO FORCE ROW LEVEL SECURITY;

UPDATE customer_notes
   SET is_pinned = true,
       body = regexp_replace(body, '^IMPORTANT: ', '')
 WHERE body LIKE 'IMPORTANT: %';

ALTER TABLE customer_notes FORCE ROW LEVEL SECURITY;

CREATE INDEX customer_notes_pinned_idx ON customer_notes (customer_id) WHERE is_pinned;

-- migrate:down

DROP INDEX customer_notes_pinned_idx;

ALTER TABLE customer_notes NO FORCE ROW LEVEL SECURITY;
UPDATE customer_notes SET body = 'IMPORTANT: ' || body WHERE is_pinned;
ALTER TABLE customer_notes FORCE ROW LEVEL SECURITY;

ALTER TABLE customer_notes DROP COLUMN is_pinned;
