-- revision: 0063
-- down_revision: 0062
-- depends_on:
-- branch_labels:
-- message: coordinates of locations
-- created_at: 2026-01-20 10:37:57+00

-- migrate:up

ALTER TABLE locations
    ADD COLUMN latitude  numeric(8, 6) CONSTRAINT locations_latitude_range CHECK (latitude BETWEEN -90 AND 90),
    ADD COLUMN longitude numeric(9, 6) CONSTRAINT locations_longitude_range CHECK (longitude BETWEEN -180 AND 180),
    ADD CONSTRAINT locations_both_coordinates CHECK ((latitude IS NULL) = (longitude IS NULL));

UPDATE locations SET latitude = 51.535000, longitude = -0.104000 WHERE city = 'London';
UPDATE locations SET latitude = 51.217000, longitude = 6.744000 WHERE city = 'Düsseldorf';
UPDATE locations SET latitude = 53.270000, longitude = -9.057000 WHERE city = 'Galway';

-- migrate:down

ALTER TABLE locations
    DROP CONSTRAINT locations_both_coordinates,
    DROP COLUMN longitude,
    DROP COLUMN latitude;
