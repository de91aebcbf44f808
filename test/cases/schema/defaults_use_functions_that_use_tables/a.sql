CREATE TABLE settings (name text PRIMARY KEY, value text);
CREATE TABLE t (id integer);
