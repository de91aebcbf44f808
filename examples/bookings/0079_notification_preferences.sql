-- revision: 0079
-- down_revision: d27a5b80c3e6
-- depends_on:
-- branch_labels:
-- message: notification preferences of customers
-- created_at: 2026-06-25 13:57:29+00

-- migrate:up

CREATE TABLE notification_preferences (
    customer_id  bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    channel      message_channel NOT NULL,
    enabled      boolean NOT NULL DEFAULT true,
    quiet_from   time,
    quiet_to     time,
    PRIMARY KEY (customer_id, channel),
    CONSTRAINT notification_preferences_quiet_pair CHECK ((quiet_from IS NULL) = (quiet_to IS NULL))
);
COMMENT ON TABLE notification_preferences IS 'Which way a customer wants to hear from us';

INSERT INTO notification_preferences (customer_id, channel, enabled)
SELECT c.id, 'email', EXISTS (SELECT FROM customer_consents n WHERE n.customer_id = c.id AND n.withdrawn_at IS NULL)
  FROM customers c
 WHERE c.email IS NOT NULL;

-- migrate:down

DROP TABLE notification_preferences;
