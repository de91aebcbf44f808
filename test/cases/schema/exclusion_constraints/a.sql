CREATE EXTENSION btree_gist;
CREATE TABLE booking (room integer, during tsrange, CONSTRAINT free EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE plain (c circle, EXCLUDE USING gist (c WITH &&) WHERE (c IS NOT NULL));
