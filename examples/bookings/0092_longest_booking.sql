-- revision: 0092
-- down_revision: 0091
-- depends_on:
-- branch_labels:
-- message: no booking longer than two weeks
-- created_at: 2026-09-16 12:02:49+00

-- migrate:up

ALTER TABLE bookings
    ADD CONSTRAINT bookings_two_weeks_at_most
    CHECK (ends_at - starts_at <= interval '14 days') NOT VALID;

ALTER TABLE bookings VALIDATE CONSTRAINT bookings_two_weeks_at_most;

CREATE STATISTICS bookings_service_room_stats (dependencies) ON service_id, room_id FROM bookings;

-- migrate:down

DROP STATISTICS bookings_service_room_stats;
ALTER TABLE bookings DROP CONSTRAINT bookings_two_weeks_at_most;
