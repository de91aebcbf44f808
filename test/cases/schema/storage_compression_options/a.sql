CREATE TABLE t (a text, b text, c bytea COMPRESSION pglz, d text COMPRESSION lz4) WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
ALTER TABLE t ALTER b SET STORAGE EXTERNAL;
CREATE INDEX i ON t USING btree (a) WITH (fillfactor = 50, deduplicate_items = off);
CREATE INDEX g ON t USING gin (to_tsvector('simple', b)) WITH (fastupdate = off);
CREATE UNLOGGED TABLE u (id serial);
CREATE MATERIALIZED VIEW m WITH (fillfactor = 80) AS SELECT a FROM t;
