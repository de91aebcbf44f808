-- revision: 0005
-- down_revision: 0004
-- depends_on:
-- branch_labels:
-- message: keep updated_at current
-- created_at: 2024-10-25 08:31:53+00

-- migrate:up

CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    -- An UPDATE that changes nothing else leaves the time alone.
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION touch_updated_at() IS 'Row trigger for every table with updated_at';

CREATE TRIGGER organisations_touch BEFORE UPDATE ON organisations FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER users_touch         BEFORE UPDATE ON users         FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER locations_touch     BEFORE UPDATE ON locations     FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER rooms_touch         BEFORE UPDATE ON rooms         FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER staff_members_touch BEFORE UPDATE ON staff_members FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER services_touch      BEFORE UPDATE ON services      FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER customers_touch     BEFORE UPDATE ON customers     FOR EACH ROW EXECUTE FUNCTION touch_updated_at();
CREATE TRIGGER bookings_touch      BEFORE UPDATE ON bookings      FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down

DROP TRIGGER bookings_touch ON bookings;
DROP TRIGGER customers_touch ON customers;
DROP TRIGGER services_touch ON services;
DROP TRIGGER staff_members_touch ON staff_members;
DROP TRIGGER rooms_touch ON rooms;
DROP TRIGGER locations_touch ON locations;
DROP TRIGGER users_touch ON users;
DROP TRIGGER organisations_touch ON organisations;
DROP FUNCTION touch_updated_at();
