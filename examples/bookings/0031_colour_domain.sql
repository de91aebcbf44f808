-- revision: 0031
-- down_revision: 0030
-- depends_on:
-- branch_labels:
-- message: colours are six hex digits
-- created_at: 2025-05-02 11:33:23+00

-- migrate:up

-- The last common revision before payments and calendar went their own ways.

CREATE DOMAIN hex_colour AS text
    CHECK (VALUE ~ '^#[0-9a-f]{6}$');

UPDATE room_types SET colour = lower(colour);
UPDATE staff_members SET colour = lower(colour);

-- A few were typed as words.
UPDATE room_types SET colour = '#ffa500' WHERE colour = 'orange';
UPDATE staff_members SET colour = '#008080' WHERE colour = 'teal';
UPDATE room_types SET colour = NULL WHERE colour !~ '^#[0-9a-f]{6}$';
UPDATE staff_members SET colour = NULL WHERE colour !~ '^#[0-9a-f]{6}$';

ALTER TABLE room_types ALTER COLUMN colour TYPE hex_colour;
ALTER TABLE staff_members ALTER COLUMN colour TYPE hex_colour;

-- migrate:down

ALTER TABLE staff_members ALTER COLUMN colour TYPE text;
ALTER TABLE room_types ALTER COLUMN colour TYPE text;

DROP DOMAIN hex_colour;
