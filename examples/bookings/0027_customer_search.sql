-- revision: 0027
-- down_revision: 0026
-- depends_on:
-- branch_labels:
-- message: search for customers
-- created_at: 2025-04-01 12:05:09+00

-- migrate:up

ALTER TABLE customers
    ADD COLUMN search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', coalesce(family_name, '')), 'A')
        || setweight(to_tsvector('simple', coalesce(given_name, '')), 'B')
        || setweight(to_tsvector('simple', coalesce(email::text, '')), 'C')
    ) STORED;

CREATE INDEX customers_search_idx ON customers USING gin (search);

-- migrate:down

DROP INDEX customers_search_idx;
ALTER TABLE customers DROP COLUMN search;
