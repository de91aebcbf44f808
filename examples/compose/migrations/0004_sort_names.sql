-- revision: 0004
-- down_revision: 0003
-- message: names to sort by

-- migrate:up
ALTER TABLE customer ADD COLUMN sort_name text;

-- migrate:repeat pause=50ms
UPDATE customer SET sort_name = lower(name)
  WHERE id IN (SELECT id FROM customer WHERE sort_name IS NULL ORDER BY id LIMIT 5000);

-- migrate:down
ALTER TABLE customer DROP COLUMN sort_name;
