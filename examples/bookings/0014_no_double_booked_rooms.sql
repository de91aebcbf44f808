-- revision: 0014
-- down_revision: 0013
-- depends_on:
-- branch_labels:
-- message: a room holds one booking at a time
-- created_at: 2024-12-17 15:40:25+00

-- migrate:up

-- The range of one id stands for "the same room", so the constraint needs
-- nothing but the range operators of the server.

ALTER TABLE bookings
    ADD CONSTRAINT bookings_room_free
    EXCLUDE USING gist (
        int8range(room_id, room_id, '[]') WITH &&,
        tstzrange(starts_at, ends_at) WITH &&
    )
    WHERE (room_id IS NOT NULL AND status IN ('requested', 'confirmed', 'completed'));

COMMENT ON CONSTRAINT bookings_room_free ON bookings IS 'No two living bookings share a room at the same time';

-- migrate:down

ALTER TABLE bookings DROP CONSTRAINT bookings_room_free;
