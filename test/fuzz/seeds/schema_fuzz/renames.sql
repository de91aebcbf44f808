-- migrate:renamed old
CREATE TABLE t (
  -- migrate:renamed b
  a int,
  b text CHECK (b = ANY (ARRAY[$q$x$q$::text])));
ALTER TABLE t ADD
 -- migrate:renamed "Q""q"
CONSTRAINT c UNIQUE (a);