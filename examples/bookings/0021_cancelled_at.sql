-- revision: 0021
-- down_revision: 0020
-- depends_on:
-- branch_labels:
-- message: when a booking was cancelled
-- created_at: 2025-02-17 09:55:13+00

-- migrate:up

ALTER TABLE bookings ADD COLUMN cancelled_at timestamptz;

UPDATE bookings b
   SET cancelled_at = coalesce((SELECT max(h.changed_at)
                                  FROM booking_status_history h
                                 WHERE h.booking_id = b.id AND h.new_status = 'cancelled'),
                               b.updated_at)
 WHERE b.status = 'cancelled';

ALTER TABLE bookings
    ADD CONSTRAINT bookings_cancelled_at_iff_cancelled
    CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL));

-- migrate:down

ALTER TABLE bookings DROP CONSTRAINT bookings_cancelled_at_iff_cancelled;
ALTER TABLE bookings DROP COLUMN cancelled_at;
