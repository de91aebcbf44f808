CREATE TYPE colour AS ENUM ('red', 'green');
CREATE TABLE t (id integer, c colour DEFAULT 'red', cs colour[]);
CREATE INDEX ON t (c);
