-- revision: 0019
-- down_revision: 0018
-- depends_on:
-- branch_labels:
-- message: customer notes are hidden from the table owner too
-- created_at: 2025-01-31 10:34:06+00

-- migrate:up

-- Notes can hold health data. FORCE binds the owner of the table as well,
-- so no report and no script reads them by accident.

ALTER TABLE customer_notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_notes FORCE ROW LEVEL SECURITY;

CREATE POLICY customer_notes_read ON customer_notes
    FOR SELECT TO public
    USING (organisation_id = current_setting('app.organisation', true)::bigint);

CREATE POLICY customer_notes_write ON customer_notes
    FOR INSERT TO public
    WITH CHECK (organisation_id = current_setting('app.organisation', true)::bigint);

CREATE POLICY customer_notes_edit ON customer_notes
    FOR UPDATE TO public
    USING (organisation_id = current_setting('app.organisation', true)::bigint
           AND created_at > now() - interval '7 days');

-- migrate:down

DROP POLICY customer_notes_edit ON customer_notes;
DROP POLICY customer_notes_write ON customer_notes;
DROP POLICY customer_notes_read ON customer_notes;

ALTER TABLE customer_notes NO FORCE ROW LEVEL SECURITY;
ALTER TABLE customer_notes DISABLE ROW LEVEL SECURITY;
