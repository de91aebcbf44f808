-- revision: 0061
-- down_revision: 0060
-- depends_on:
-- branch_labels:
-- message: where a booking came from
-- created_at: 2026-01-01 09:46:10+00

-- migrate:up

CREATE TYPE booking_source AS ENUM ('front_desk', 'public_page', 'api');

ALTER TABLE bookings ADD COLUMN source booking_source;

UPDATE bookings
   SET source = CASE WHEN created_by IS NULL THEN 'public_page' ELSE 'front_desk' END::booking_source;

ALTER TABLE bookings ALTER COLUMN source SET DEFAULT 'front_desk';
ALTER TABLE bookings ALTER COLUMN source SET NOT NULL;

-- migrate:down

ALTER TABLE bookings DROP COLUMN source;
DROP TYPE booking_source;
