-- revision: 0093
-- down_revision: 0092
-- depends_on:
-- branch_labels:
-- message: archive old messages
-- created_at: 2026-09-29 09:32:28+00

-- migrate:up

CREATE TABLE messages_archive (
    LIKE messages,
    archived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id)
);
COMMENT ON TABLE messages_archive IS 'Messages older than a year; no foreign keys, on purpose';

CREATE FUNCTION archive_messages(older_than interval DEFAULT '1 year') RETURNS bigint
LANGUAGE sql AS $$
    WITH old AS (
        DELETE FROM messages
         WHERE sent_at < now() - older_than
        RETURNING id, organisation_id, booking_id, template_id, channel, recipient, body_text, body_html, sent_at, created_at
    ), archived AS (
        INSERT INTO messages_archive (id, organisation_id, booking_id, template_id, channel, recipient, body_text, body_html, sent_at, created_at)
        SELECT id, organisation_id, booking_id, template_id, channel, recipient, body_text, body_html, sent_at, created_at
          FROM old
        RETURNING 1
    )
    SELECT count(*) FROM archived
$$;

-- migrate:down

DROP FUNCTION archive_messages(interval);

INSERT INTO messages (id, organisation_id, booking_id, template_id, channel, recipient, body_text, body_html, sent_at, created_at)
SELECT a.id, a.organisation_id, b.id, t.id, a.channel, a.recipient, a.body_text, a.body_html, a.sent_at, a.created_at
  FROM messages_archive a
  LEFT JOIN bookings b ON b.id = a.booking_id
  LEFT JOIN message_templates t ON t.id = a.template_id
 WHERE EXISTS (SELECT FROM organisations o WHERE o.id = a.organisation_id);

DROP TABLE messages_archive;
