-- revision: 0004
-- down_revision: 0003
-- depends_on:
-- branch_labels:
-- message: booking references
-- created_at: 2024-10-23 11:42:14+00

-- migrate:up

ALTER TABLE bookings ADD COLUMN reference text;

UPDATE bookings
   SET reference = 'B' || to_char(created_at, 'YY') || lpad(id::text, 6, '0');

ALTER TABLE bookings
    ALTER COLUMN reference SET NOT NULL,
    ADD CONSTRAINT bookings_reference_key UNIQUE (organisation_id, reference);

COMMENT ON COLUMN bookings.reference IS 'What customers quote on the phone';

CREATE FUNCTION set_booking_reference() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reference IS NULL THEN
        NEW.reference := 'B' || to_char(now(), 'YY') || lpad(NEW.id::text, 6, '0');
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER bookings_set_reference
    BEFORE INSERT ON bookings
    FOR EACH ROW EXECUTE FUNCTION set_booking_reference();

-- migrate:down

DROP TRIGGER bookings_set_reference ON bookings;
DROP FUNCTION set_booking_reference();

ALTER TABLE bookings DROP COLUMN reference;
