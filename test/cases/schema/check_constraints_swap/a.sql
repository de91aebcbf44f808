CREATE FUNCTION ok(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
CREATE TABLE t (a integer, b integer, CONSTRAINT one CHECK (a > 0), CONSTRAINT two CHECK (b > 0) NO INHERIT, CONSTRAINT three CHECK (ok(a)));
CREATE TABLE u (a integer NOT NULL);
