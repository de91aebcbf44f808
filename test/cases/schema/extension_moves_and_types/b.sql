CREATE SCHEMA ext;
CREATE EXTENSION hstore WITH SCHEMA ext;
CREATE EXTENSION pg_trgm;
CREATE TABLE t (id integer, h ext.hstore, c text UNIQUE, x text);
CREATE INDEX i ON t USING gin (h);
CREATE INDEX trg ON t USING gin (x gin_trgm_ops);
CREATE VIEW v AS SELECT h OPERATOR(ext.->) 'a' AS a FROM t;
