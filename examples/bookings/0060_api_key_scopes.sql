-- revision: 0060
-- down_revision: 0059
-- depends_on:
-- branch_labels:
-- message: scopes of API keys
-- created_at: 2025-12-23 14:29:25+00

-- migrate:up

ALTER TABLE api_keys
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{bookings.read}',
    ADD COLUMN last_used_at timestamptz,
    ADD CONSTRAINT api_keys_scopes_not_empty CHECK (cardinality(scopes) > 0);

-- Keys from before could do everything, and go on doing so.
UPDATE api_keys SET scopes = (SELECT array_agg(code ORDER BY code) FROM permissions);

CREATE INDEX api_keys_scopes_idx ON api_keys USING gin (scopes);

-- migrate:down

DROP INDEX api_keys_scopes_idx;
ALTER TABLE api_keys
    DROP COLUMN last_used_at,
    DROP COLUMN scopes;
