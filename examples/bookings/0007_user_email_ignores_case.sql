-- revision: 0007
-- down_revision: 0006
-- depends_on:
-- branch_labels:
-- message: user e-mail addresses are unique without regard to case
-- created_at: 2024-11-11 08:09:26+00

-- migrate:up

ALTER TABLE users DROP CONSTRAINT users_email_key;
CREATE UNIQUE INDEX users_email_lower_idx ON users (lower(email));

-- migrate:down

DROP INDEX users_email_lower_idx;
ALTER TABLE users ADD CONSTRAINT users_email_key UNIQUE (email);
