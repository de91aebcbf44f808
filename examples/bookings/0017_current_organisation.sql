-- revision: 0017
-- down_revision: 0016
-- depends_on:
-- branch_labels:
-- message: which organisation the session works for
-- created_at: 2025-01-07 09:21:38+00

-- migrate:up

CREATE FUNCTION current_organisation() RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT nullif(current_setting('app.organisation', true), '')::bigint $$;

COMMENT ON FUNCTION current_organisation() IS 'The tenant of this session; NULL when app.organisation is not set';

-- migrate:down

DROP FUNCTION current_organisation();
