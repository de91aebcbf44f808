-- revision: 0008
-- down_revision: 0007
-- depends_on:
-- branch_labels:
-- message: booking status becomes an enum
-- created_at: 2024-11-14 16:23:39+00

-- migrate:up

CREATE TYPE booking_status AS ENUM ('requested', 'confirmed', 'cancelled', 'completed', 'no_show');

ALTER TABLE bookings DROP CONSTRAINT bookings_status_known;
ALTER TABLE bookings ALTER COLUMN status DROP DEFAULT;
ALTER TABLE bookings ALTER COLUMN status TYPE booking_status USING status::booking_status;
ALTER TABLE bookings ALTER COLUMN status SET DEFAULT 'requested';

-- migrate:down

ALTER TABLE bookings ALTER COLUMN status DROP DEFAULT;
ALTER TABLE bookings ALTER COLUMN status TYPE text USING status::text;
ALTER TABLE bookings ALTER COLUMN status SET DEFAULT 'requested';
ALTER TABLE bookings
    ADD CONSTRAINT bookings_status_known
    CHECK (status IN ('requested', 'confirmed', 'cancelled', 'completed', 'no_show'));

DROP TYPE booking_status;
