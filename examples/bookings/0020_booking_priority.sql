-- revision: 0020
-- down_revision: 0019
-- depends_on:
-- branch_labels:
-- message: booking priority
-- created_at: 2025-02-10 13:39:01+00

-- migrate:up

ALTER TABLE bookings ADD COLUMN priority varchar(20) NOT NULL DEFAULT 'normal';
ALTER TABLE bookings ADD CONSTRAINT bookings_priority_known CHECK (priority IN ('low', 'normal', 'high'));

CREATE INDEX bookings_high_priority_idx ON bookings (organisation_id, starts_at) WHERE priority = 'high';

-- migrate:down

DROP INDEX bookings_high_priority_idx;
ALTER TABLE bookings DROP COLUMN priority;
