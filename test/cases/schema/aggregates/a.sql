CREATE FUNCTION add(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION done(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE AGGREGATE total(integer) (sfunc = add, stype = bigint, initcond = '0');
CREATE AGGREGATE labelled(integer) (sfunc = add, stype = bigint, finalfunc = done, initcond = '0', parallel = safe);
CREATE TABLE t (x integer);
CREATE VIEW v AS SELECT total(x) AS total FROM t;
