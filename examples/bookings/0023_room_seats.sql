-- revision: 0023
-- down_revision: 0022
-- depends_on:
-- branch_labels:
-- message: rooms have seats, not a capacity
-- created_at: 2025-03-05 12:22:38+00

-- migrate:up

ALTER TABLE rooms RENAME COLUMN capacity TO seats;
ALTER TABLE rooms RENAME CONSTRAINT rooms_capacity_positive TO rooms_seats_positive;
ALTER TABLE rooms ADD COLUMN standing_places integer NOT NULL DEFAULT 0;
ALTER TABLE rooms ADD CONSTRAINT rooms_standing_places_not_negative CHECK (standing_places >= 0);

UPDATE rooms SET standing_places = seats / 2 WHERE seats >= 50;

-- migrate:down

ALTER TABLE rooms DROP COLUMN standing_places;
ALTER TABLE rooms RENAME CONSTRAINT rooms_seats_positive TO rooms_capacity_positive;
ALTER TABLE rooms RENAME COLUMN seats TO capacity;
