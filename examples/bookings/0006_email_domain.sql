-- revision: 0006
-- down_revision: 0005
-- depends_on:
-- branch_labels:
-- message: a domain for e-mail addresses
-- created_at: 2024-11-04 10:16:18+00

-- migrate:up

CREATE DOMAIN email_address AS text
    CONSTRAINT email_address_form CHECK (VALUE ~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:]]+$');

COMMENT ON DOMAIN email_address IS 'Something with one @ and a dot behind it; the real check is the confirmation mail';

ALTER TABLE users ALTER COLUMN email TYPE email_address;
ALTER TABLE invitations ALTER COLUMN email TYPE email_address;
ALTER TABLE customers ALTER COLUMN email TYPE email_address;
ALTER TABLE customer_contacts ALTER COLUMN email TYPE email_address;

-- migrate:down

ALTER TABLE customer_contacts ALTER COLUMN email TYPE text;
ALTER TABLE customers ALTER COLUMN email TYPE text;
ALTER TABLE invitations ALTER COLUMN email TYPE text;
ALTER TABLE users ALTER COLUMN email TYPE text;

DROP DOMAIN email_address;
