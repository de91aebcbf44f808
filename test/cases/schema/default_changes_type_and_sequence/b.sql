CREATE SCHEMA s;
CREATE SEQUENCE s.counter AS integer;
CREATE TABLE t (a bigint DEFAULT nextval('s.counter'), b text, c timestamp DEFAULT (now() AT TIME ZONE 'UTC'), d jsonb DEFAULT '[1, 2]');
