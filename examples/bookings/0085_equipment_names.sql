-- revision: 0085
-- down_revision: 0084
-- depends_on:
-- branch_labels:
-- message: equipment has a name and unique serial numbers
-- created_at: 2026-07-28 10:11:09+00

-- migrate:up

ALTER TABLE equipment RENAME COLUMN label TO name;

UPDATE equipment SET serial_number = NULL WHERE btrim(serial_number) = '';

CREATE UNIQUE INDEX equipment_serial_number_key
    ON equipment (organisation_id, upper(serial_number))
    WHERE serial_number IS NOT NULL;

ALTER TABLE equipment
    ADD CONSTRAINT equipment_serial_number_is_one_thing CHECK (serial_number IS NULL OR quantity <= 1);

-- migrate:down

ALTER TABLE equipment DROP CONSTRAINT equipment_serial_number_is_one_thing;
DROP INDEX equipment_serial_number_key;
ALTER TABLE equipment RENAME COLUMN name TO label;
