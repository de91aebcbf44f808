-- revision: 9c41e7d20b5f
-- down_revision: 0048, 0051
-- depends_on:
-- branch_labels:
-- message: merge payments and calendar
-- created_at: 2025-10-24 11:30:39+00

-- migrate:up

-- migrate:down
