-- revision: 0087
-- down_revision: 0086
-- depends_on:
-- branch_labels:
-- message: rooms are archived, not deactivated
-- created_at: 2026-08-07 09:35:03+00

-- migrate:up

ALTER TABLE rooms ADD COLUMN archived_at timestamptz;

UPDATE rooms SET archived_at = updated_at WHERE NOT is_active;

CREATE INDEX rooms_bookable_idx ON rooms (organisation_id, seats) WHERE archived_at IS NULL;

-- While old clients run, the flag follows the date.
CREATE FUNCTION sync_room_activity() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_active := NEW.archived_at IS NULL;
    RETURN NEW;
END;
$$;

CREATE TRIGGER rooms_sync_activity
    BEFORE INSERT OR UPDATE OF archived_at ON rooms
    FOR EACH ROW EXECUTE FUNCTION sync_room_activity();

-- migrate:down

DROP TRIGGER rooms_sync_activity ON rooms;
DROP FUNCTION sync_room_activity();
DROP INDEX rooms_bookable_idx;
ALTER TABLE rooms DROP COLUMN archived_at;
