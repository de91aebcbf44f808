CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 2';
CREATE TABLE t (id integer CHECK (f(id) > 0), g integer GENERATED ALWAYS AS (f(id)) STORED);
CREATE INDEX i ON t (f(id));
CREATE FUNCTION atomic(integer) RETURNS integer LANGUAGE sql RETURN f($1) * 2;
CREATE VIEW v AS SELECT atomic(1) AS a;
