CREATE FUNCTION add(bigint, integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1 + coalesce($2, 0)';
CREATE FUNCTION done(bigint) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
CREATE AGGREGATE total(integer) (sfunc = add, stype = bigint, initcond = '5');
CREATE AGGREGATE labelled(integer) (sfunc = add, stype = bigint, finalfunc = done, finalfunc_modify = shareable, initcond = '0', combinefunc = int8pl, parallel = restricted);
CREATE AGGREGATE moving(integer) (sfunc = add, stype = bigint, initcond = '0', msfunc = add, minvfunc = add, mstype = bigint, minitcond = '0');
CREATE AGGREGATE percent(float8 ORDER BY anyelement) (sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra);
CREATE AGGREGATE everything(*) (sfunc = int8inc, stype = bigint, initcond = '0');
CREATE TABLE t (x integer);
CREATE VIEW v AS SELECT total(x) AS total FROM t;
