-- revision: 0066
-- down_revision: 0065
-- depends_on:
-- branch_labels:
-- message: free attributes of rooms
-- created_at: 2026-02-19 15:42:59+00

-- migrate:up

ALTER TABLE rooms ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}';
ALTER TABLE rooms ADD CONSTRAINT rooms_attributes_object CHECK (jsonb_typeof(attributes) = 'object');

UPDATE rooms r
   SET attributes = a.attributes
  FROM (SELECT ra.room_id, jsonb_object_agg(am.code, true) AS attributes
          FROM room_amenities ra
          JOIN amenities am ON am.id = ra.amenity_id
         GROUP BY ra.room_id) AS a
 WHERE a.room_id = r.id;

CREATE INDEX rooms_attributes_idx ON rooms USING gin (attributes jsonb_path_ops);

-- migrate:down

DROP INDEX rooms_attributes_idx;
ALTER TABLE rooms DROP COLUMN attributes;
