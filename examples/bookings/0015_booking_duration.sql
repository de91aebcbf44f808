-- revision: 0015
-- down_revision: 0014
-- depends_on:
-- branch_labels:
-- message: generated duration of a booking
-- created_at: 2024-12-30 08:12:04+00

-- migrate:up

ALTER TABLE bookings
    ADD COLUMN duration_minutes integer NOT NULL
    GENERATED ALWAYS AS ((extract(epoch FROM ends_at - starts_at) / 60)::integer) STORED;

COMMENT ON COLUMN bookings.duration_minutes IS 'Length in minutes, computed';

-- migrate:down

ALTER TABLE bookings DROP COLUMN duration_minutes;
