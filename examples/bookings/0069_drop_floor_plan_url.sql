-- revision: 0069
-- down_revision: 0068
-- depends_on:
-- branch_labels:
-- message: drop the unused floor plans
-- created_at: 2026-03-25 08:51:46+00

-- migrate:up
ALTER TABLE floors DROP COLUMN plan_url;

-- migrate:down
ALTER TABLE floors ADD COLUMN plan_url text;
