CREATE TABLE t (id integer, a integer, b text, c uuid, d integer DEFAULT 5, e boolean DEFAULT true, f bigint, g integer[], h jsonb DEFAULT '{}');
