-- revision: 0055
-- down_revision: 0054
-- depends_on:
-- branch_labels:
-- message: plain and HTML bodies of messages
-- created_at: 2025-11-17 09:53:42+00

-- migrate:up

ALTER TABLE messages RENAME COLUMN body TO body_text;
ALTER TABLE messages ADD COLUMN body_html text;

ALTER TABLE message_templates RENAME COLUMN body TO body_text;
ALTER TABLE message_templates ADD COLUMN body_html text;

UPDATE message_templates
   SET body_html = '<p>' || replace(body_text, E'\n\n', '</p><p>') || '</p>';

-- migrate:down

ALTER TABLE message_templates DROP COLUMN body_html;
ALTER TABLE message_templates RENAME COLUMN body_text TO body;

ALTER TABLE messages DROP COLUMN body_html;
ALTER TABLE messages RENAME COLUMN body_text TO body;
