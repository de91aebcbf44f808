-- revision: 0059
-- down_revision: 0058
-- depends_on:
-- branch_labels:
-- message: invitations expire
-- created_at: 2025-12-12 13:05:51+00

-- migrate:up

ALTER TABLE invitations ADD COLUMN expires_at timestamptz;
UPDATE invitations SET expires_at = created_at + interval '14 days';
ALTER TABLE invitations
    ALTER COLUMN expires_at SET DEFAULT now() + interval '14 days',
    ALTER COLUMN expires_at SET NOT NULL,
    ADD CONSTRAINT invitations_accepted_in_time CHECK (accepted_at <= expires_at);

CREATE UNIQUE INDEX invitations_pending_key
    ON invitations (organisation_id, lower(email))
    WHERE accepted_at IS NULL;

-- migrate:down

DROP INDEX invitations_pending_key;
ALTER TABLE invitations DROP COLUMN expires_at;
