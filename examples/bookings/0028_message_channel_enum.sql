-- revision: 0028
-- down_revision: 0027
-- depends_on:
-- branch_labels:
-- message: message channel becomes an enum
-- created_at: 2025-04-07 09:47:21+00

-- migrate:up

CREATE TYPE message_channel AS ENUM ('email', 'sms');

ALTER TABLE messages
    DROP CONSTRAINT messages_channel_known,
    ALTER COLUMN channel DROP DEFAULT,
    ALTER COLUMN channel TYPE message_channel USING channel::message_channel,
    ALTER COLUMN channel SET DEFAULT 'email';

-- migrate:down

ALTER TABLE messages
    ALTER COLUMN channel DROP DEFAULT,
    ALTER COLUMN channel TYPE text USING channel::text,
    ALTER COLUMN channel SET DEFAULT 'email',
    ADD CONSTRAINT messages_channel_known CHECK (channel IN ('email', 'sms'));

DROP TYPE message_channel;
