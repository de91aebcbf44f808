CREATE EXTENSION btree_gist;
CREATE TABLE booking (room integer, during tsrange, cancelled boolean, CONSTRAINT free EXCLUDE USING gist (room WITH =, during WITH &&) WHERE (NOT cancelled) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE plain (c circle);
