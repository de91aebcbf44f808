-- revision: 0071
-- down_revision: 0070
-- depends_on:
-- branch_labels: reporting
-- message: daily occupancy of rooms
-- created_at: 2026-04-13 10:27:55+00

-- migrate:up

CREATE MATERIALIZED VIEW daily_occupancy AS
WITH used AS (
    SELECT room_id, (starts_at AT TIME ZONE 'UTC')::date AS day, sum(duration_minutes) AS minutes, count(*) AS bookings
      FROM bookings
     WHERE room_id IS NOT NULL
       AND status IN ('confirmed', 'completed')
     GROUP BY room_id, 2
)
SELECT r.organisation_id,
       r.id AS room_id,
       u.day,
       u.bookings,
       u.minutes,
       round(u.minutes / 720.0, 4) AS share_of_day
  FROM used u
  JOIN rooms r ON r.id = u.room_id;

CREATE UNIQUE INDEX daily_occupancy_key ON daily_occupancy (room_id, day);
CREATE INDEX daily_occupancy_organisation_id_idx ON daily_occupancy (organisation_id, day);

-- migrate:down

DROP MATERIALIZED VIEW daily_occupancy;
