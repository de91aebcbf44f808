CREATE TYPE thing AS (id integer, name text);
CREATE TABLE t1 OF thing (id PRIMARY KEY, name DEFAULT 'x');
CREATE TABLE t2 (id integer, name text);
CREATE TABLE t3 OF thing;
