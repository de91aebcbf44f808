CREATE TYPE address AS (street text, number text, country text);
COMMENT ON COLUMN address.country IS 'where';
CREATE TABLE t (id integer, home address, others address[]);
CREATE FUNCTION format(a address) RETURNS text LANGUAGE sql AS $$ SELECT (a).street $$;
CREATE VIEW v AS SELECT (home).street AS street FROM t;
