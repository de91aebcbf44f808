-- revision: 0067
-- down_revision: 0066
-- depends_on:
-- branch_labels:
-- message: a booking's room belongs to the booking's organisation
-- created_at: 2026-02-27 13:09:35+00

-- migrate:up

ALTER TABLE rooms ADD CONSTRAINT rooms_organisation_id_id_key UNIQUE (organisation_id, id);
DROP INDEX rooms_organisation_id_idx;

ALTER TABLE bookings DROP CONSTRAINT bookings_room_id_fkey;
ALTER TABLE bookings
    ADD CONSTRAINT bookings_room_fkey
    FOREIGN KEY (organisation_id, room_id) REFERENCES rooms (organisation_id, id)
    ON DELETE SET NULL (room_id);

-- migrate:down

ALTER TABLE bookings DROP CONSTRAINT bookings_room_fkey;
ALTER TABLE bookings
    ADD CONSTRAINT bookings_room_id_fkey
    FOREIGN KEY (room_id) REFERENCES rooms (id) ON DELETE SET NULL;

CREATE INDEX rooms_organisation_id_idx ON rooms (organisation_id);
ALTER TABLE rooms DROP CONSTRAINT rooms_organisation_id_id_key;
