-- revision: 0058
-- down_revision: 0057
-- depends_on:
-- branch_labels:
-- message: second factor at sign-in
-- created_at: 2025-12-01 10:27:50+00

-- migrate:up

ALTER TABLE user_credentials
    ADD COLUMN totp_secret bytea,
    ADD COLUMN totp_confirmed_at timestamptz,
    ADD CONSTRAINT user_credentials_totp_confirmed_needs_secret
        CHECK (totp_confirmed_at IS NULL OR totp_secret IS NOT NULL);

CREATE TABLE recovery_codes (
    user_id    bigint NOT NULL REFERENCES user_credentials (user_id) ON DELETE CASCADE,
    code_hash  bytea NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (user_id, code_hash)
);
COMMENT ON TABLE recovery_codes IS 'Codes for a lost phone, each good for one sign-in';

-- migrate:down

DROP TABLE recovery_codes;

ALTER TABLE user_credentials
    DROP CONSTRAINT user_credentials_totp_confirmed_needs_secret,
    DROP COLUMN totp_confirmed_at,
    DROP COLUMN totp_secret;
