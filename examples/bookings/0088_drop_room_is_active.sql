-- revision: 0088
-- down_revision: 0087
-- depends_on:
-- branch_labels:
-- message: drop rooms.is_active
-- created_at: 2026-08-14 13:43:33+00

-- migrate:up

DROP TRIGGER rooms_sync_activity ON rooms;
DROP FUNCTION sync_room_activity();

ALTER TABLE rooms DROP COLUMN is_active;

-- migrate:down

ALTER TABLE rooms ADD COLUMN is_active boolean NOT NULL DEFAULT true;
UPDATE rooms SET is_active = false WHERE archived_at IS NOT NULL;

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
