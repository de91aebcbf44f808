-- revision: 0096
-- down_revision: 0095
-- depends_on:
-- branch_labels:
-- message: comments that were missing
-- created_at: 2026-10-29 16:38:32+00

-- migrate:up

COMMENT ON TYPE booking_status IS 'Life of a booking: requested, confirmed, then one of the others';
COMMENT ON TYPE booking_source IS 'Who made the booking: our desk, the customer, a program';
COMMENT ON TYPE payment_state IS 'What the payment provider says';
COMMENT ON DOMAIN hex_colour IS 'Six lower-case hex digits after #';
COMMENT ON COLUMN bookings.source IS 'Never changes, not even when the desk moves the booking';
COMMENT ON COLUMN rooms.archived_at IS 'Archived rooms keep their bookings and take no new ones';
COMMENT ON COLUMN customers.merged_into IS 'The customer that stays; this one is kept for its history';
COMMENT ON MATERIALIZED VIEW daily_occupancy IS 'Minutes booked per room and day; a day has 720';
COMMENT ON INDEX waiting_list_entries_open_key IS 'One open entry per customer and service';
COMMENT ON TRIGGER bookings_publish_change ON bookings IS 'Only when something outsiders see has changed';

-- migrate:down

COMMENT ON TRIGGER bookings_publish_change ON bookings IS NULL;
COMMENT ON INDEX waiting_list_entries_open_key IS NULL;
COMMENT ON MATERIALIZED VIEW daily_occupancy IS NULL;
COMMENT ON COLUMN customers.merged_into IS NULL;
COMMENT ON COLUMN rooms.archived_at IS NULL;
COMMENT ON COLUMN bookings.source IS NULL;
COMMENT ON DOMAIN hex_colour IS NULL;
COMMENT ON TYPE payment_state IS NULL;
COMMENT ON TYPE booking_source IS NULL;
COMMENT ON TYPE booking_status IS NULL;
