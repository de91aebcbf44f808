-- revision: 0024
-- down_revision: 0023
-- depends_on:
-- branch_labels:
-- message: room names are unique at a location
-- created_at: 2025-03-18 13:30:07+00

-- migrate:up

-- Twins get a number behind the name before the constraint arrives.
WITH twins AS (
    SELECT id, row_number() OVER (PARTITION BY location_id, name ORDER BY id) AS n
      FROM rooms
)
UPDATE rooms r
   SET name = r.name || ' (' || t.n || ')'
  FROM twins t
 WHERE t.id = r.id
   AND t.n > 1;

ALTER TABLE rooms ADD CONSTRAINT rooms_location_id_name_key UNIQUE (location_id, name);
DROP INDEX rooms_location_id_idx;

-- migrate:down

CREATE INDEX rooms_location_id_idx ON rooms (location_id);
ALTER TABLE rooms DROP CONSTRAINT rooms_location_id_name_key;
