CREATE TYPE complex AS (r float8, i float8);
CREATE FUNCTION complex_lt(complex, complex) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1.r < $2.r';
CREATE OPERATOR << (leftarg = complex, rightarg = complex, function = complex_lt);
CREATE TABLE t (c complex);
CREATE VIEW v AS SELECT c << c AS less FROM t;
