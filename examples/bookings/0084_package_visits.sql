-- revision: 0084
-- down_revision: 0083
-- depends_on:
-- branch_labels:
-- message: visits paid with a package
-- created_at: 2026-07-17 10:38:00+00

-- migrate:up

CREATE TABLE package_visits (
    booking_id           bigint PRIMARY KEY REFERENCES bookings (id) ON DELETE CASCADE,
    customer_package_id  bigint NOT NULL REFERENCES customer_packages (id) ON DELETE RESTRICT,
    created_at           timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE package_visits IS 'Bookings that were paid with a package';

CREATE INDEX package_visits_customer_package_id_idx ON package_visits (customer_package_id);

CREATE FUNCTION count_package_visit() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE customer_packages SET visits_left = visits_left - 1 WHERE id = NEW.customer_package_id;
        RETURN NEW;
    END IF;

    UPDATE customer_packages SET visits_left = visits_left + 1 WHERE id = OLD.customer_package_id;
    RETURN OLD;
END;
$$;

CREATE TRIGGER package_visits_count
    AFTER INSERT OR DELETE ON package_visits
    FOR EACH ROW EXECUTE FUNCTION count_package_visit();

-- migrate:down

DROP TABLE package_visits;
DROP FUNCTION count_package_visit();
