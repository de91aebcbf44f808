-- revision: 0009
-- down_revision: 0008
-- depends_on:
-- branch_labels:
-- message: record status changes by trigger
-- created_at: 2024-11-22 13:08:44+00

-- migrate:up

CREATE FUNCTION record_booking_status() RETURNS trigger
LANGUAGE plpgsql AS $function$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO booking_status_history (booking_id, new_status)
        VALUES (NEW.id, NEW.status);
    ELSIF NEW.status <> OLD.status THEN
        INSERT INTO booking_status_history (booking_id, old_status, new_status)
        VALUES (NEW.id, OLD.status, NEW.status);
    END IF;
    RETURN NULL;
END;
$function$;

CREATE TRIGGER bookings_record_status
    AFTER INSERT OR UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION record_booking_status();

-- Bookings made before the trigger get one line: the status they have now.
INSERT INTO booking_status_history (booking_id, new_status, changed_at)
SELECT b.id, b.status, b.updated_at
  FROM bookings b
 WHERE NOT EXISTS (SELECT FROM booking_status_history h WHERE h.booking_id = b.id);

-- migrate:down

DROP TRIGGER bookings_record_status ON bookings;
DROP FUNCTION record_booking_status();
