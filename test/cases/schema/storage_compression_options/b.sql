CREATE TABLE t (a text, b text, c bytea, d text) WITH (autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_vacuum_threshold = 10, user_catalog_table = true);
ALTER TABLE t ALTER d SET COMPRESSION pglz, ALTER a SET STORAGE PLAIN, ALTER d SET STORAGE MAIN;
CREATE INDEX i ON t USING btree (a);
CREATE INDEX g ON t USING gin (to_tsvector('simple', b)) WITH (gin_pending_list_limit = 128);
CREATE TABLE u (id serial);
CREATE UNLOGGED TABLE now_unlogged (id serial PRIMARY KEY);
CREATE MATERIALIZED VIEW m WITH (autovacuum_enabled = false) AS SELECT a FROM t;
