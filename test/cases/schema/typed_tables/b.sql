CREATE TYPE thing AS (id integer, name text);
CREATE TABLE t1 OF thing (id NOT NULL, name DEFAULT 'y');
CREATE TABLE t2 OF thing;
CREATE TABLE t3 (id integer, name text);
