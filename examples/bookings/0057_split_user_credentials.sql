-- revision: 0057
-- down_revision: 0056
-- depends_on:
-- branch_labels:
-- message: split credentials from users
-- created_at: 2025-11-28 11:30:56+00

-- migrate:up

-- Screens that list users no longer touch the row with the password hash.

CREATE TABLE user_credentials (
    user_id              bigint PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    password_hash        text,
    password_changed_at  timestamptz,
    last_login_at        timestamptz,
    failed_logins        integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE user_credentials IS 'How a user signs in; one row per user';

INSERT INTO user_credentials (user_id, password_hash, last_login_at)
SELECT id, password_hash, last_login_at
  FROM users;

ALTER TABLE users
    DROP COLUMN password_hash,
    DROP COLUMN last_login_at;

-- migrate:down

ALTER TABLE users
    ADD COLUMN password_hash text,
    ADD COLUMN last_login_at timestamptz;

UPDATE users u
   SET password_hash = c.password_hash,
       last_login_at = c.last_login_at
  FROM user_credentials c
 WHERE c.user_id = u.id;

DROP TABLE user_credentials;
