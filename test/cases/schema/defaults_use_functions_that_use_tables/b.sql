CREATE TABLE settings (name text PRIMARY KEY, value text);
CREATE FUNCTION setting_of(n text) RETURNS text LANGUAGE sql STABLE BEGIN ATOMIC SELECT value FROM settings WHERE name = n; END;
CREATE TABLE t (id integer, kind text DEFAULT setting_of('kind'), CONSTRAINT ok CHECK (setting_of(kind) IS NOT NULL) NOT VALID);
CREATE FUNCTION last_t() RETURNS SETOF t LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM t ORDER BY id DESC LIMIT 1; END;
CREATE TABLE u (id integer, CHECK (setting_of('x') IS NULL)) PARTITION BY LIST (id);
