CREATE TYPE address AS (street text, number integer, zip varchar(5));
COMMENT ON COLUMN address.zip IS 'post';
CREATE TABLE t (id integer, home address, others address[]);
CREATE FUNCTION format(a address) RETURNS text LANGUAGE sql AS $$ SELECT (a).street $$;
CREATE VIEW v AS SELECT (home).street AS street FROM t;
