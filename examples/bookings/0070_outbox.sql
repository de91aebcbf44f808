-- revision: 0070
-- down_revision: 0069
-- depends_on:
-- branch_labels:
-- message: outbox of events for other systems
-- created_at: 2026-04-02 09:33:47+00

-- migrate:up

CREATE TABLE outbox_events (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation_id  bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    topic            text NOT NULL,
    payload          jsonb NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    published_at     timestamptz
);
COMMENT ON TABLE outbox_events IS 'Written with the change itself, published afterwards';

CREATE INDEX outbox_events_organisation_id_idx ON outbox_events (organisation_id);
CREATE INDEX outbox_events_unpublished_idx ON outbox_events (id) WHERE published_at IS NULL;

CREATE FUNCTION publish_booking() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outbox_events (organisation_id, topic, payload)
    VALUES (NEW.organisation_id,
            'booking.' || NEW.status,
            jsonb_build_object('id', NEW.id, 'reference', NEW.reference, 'starts_at', NEW.starts_at));
    PERFORM pg_notify('outbox', NEW.organisation_id::text);
    RETURN NULL;
END;
$$;

CREATE TRIGGER bookings_publish_new
    AFTER INSERT ON bookings
    FOR EACH ROW EXECUTE FUNCTION publish_booking();

CREATE TRIGGER bookings_publish_change
    AFTER UPDATE OF status, starts_at, ends_at ON bookings
    FOR EACH ROW
    WHEN ((OLD.status, OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.status, NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION publish_booking();

-- migrate:down

DROP TRIGGER bookings_publish_change ON bookings;
DROP TRIGGER bookings_publish_new ON bookings;
DROP FUNCTION publish_booking();
DROP TABLE outbox_events;
