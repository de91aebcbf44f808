CREATE TABLE t (id integer PRIMARY KEY, name text);
ALTER TABLE t ADD CONSTRAINT two UNIQUE (name);
CREATE UNIQUE INDEX three ON t (name);
CREATE UNIQUE INDEX four ON t (name);
CREATE TABLE c (name text CONSTRAINT c_name REFERENCES t (name), again text);
CREATE TABLE new_one (x integer);
ALTER TABLE new_one ADD CONSTRAINT u1 UNIQUE (x);
ALTER TABLE new_one ADD CONSTRAINT u2 UNIQUE (x);
