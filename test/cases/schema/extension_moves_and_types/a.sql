CREATE EXTENSION hstore;
CREATE EXTENSION citext;
CREATE TABLE t (id integer, h hstore, c citext UNIQUE, x text);
CREATE INDEX i ON t USING gin (h);
CREATE VIEW v AS SELECT h -> 'a' AS a FROM t;
