-- Our errors: state, message, detail and hint.
\set VERBOSITY default
\set SHOW_CONTEXT always
CREATE EXTENSION pg_strata;
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: abcd01\n-- branch_labels: shop\n-- migrate:up\nCREATE TABLE t (id int);\n-- migrate:down\nDROP TABLE t;',
E'-- revision: abcd02\n-- down_revision: abcd01\n-- migrate:up\nSELECT 1;\n-- migrate:down\n',
E'-- revision: ef01\n-- down_revision: abcd01\n-- migrate:up\nSELECT 1;\n-- migrate:down\n']);
SELECT * FROM migrate_upgrade('nosuch');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_upgrade('nosuch@head');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_upgrade('abcd');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_upgrade('head');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_upgrade('abcd02+5');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_downgrade('abcd02');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_downgrade('-3');
\echo :LAST_ERROR_SQLSTATE
-- A broken graph, all faults at once.
SELECT * FROM migrate_load(ARRAY[
E'-- revision: x\n-- down_revision: y\n-- migrate:up\n',
E'-- revision: y\n-- down_revision: x\n-- migrate:up\n',
E'-- revision: z\n-- down_revision: ghost, z\n-- branch_labels: shop\n-- migrate:up\n',
E'-- revision: w\n-- migrate:up\n', E'-- revision: w\n-- message: again\n-- migrate:up\n']);
\echo :LAST_ERROR_SQLSTATE
-- Malformed files.
SELECT * FROM migrate_load(ARRAY[E'-- revision: n\n-- colour: red\n\n-- migrate:up\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_load(ARRAY['SELECT 1;']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_load(ARRAY[E'-- revision: n\n\n-- migrate:up\nCREATE TABLE x (a int);\n  COPY x FROM stdin;\n1\n\\.\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_load(ARRAY[E'-- revision: n\n\n-- migrate:up\nSELECT 1;\nCOMMIT;\nSELECT 2;\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_load(ARRAY[E'-- revision: n\n\n-- migrate:up\n\\i other.sql\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_load(ARRAY[E'-- revision: n\n\n-- migrate:up\nSELECT 1;\nSELECT *\n  FORM t;\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_load(ARRAY[E'-- revision: n\n\n-- migrate:up\nSELECT ''abc;\n', E'-- revision: m\n-- size: 7\n\n-- migrate:up\nSELECT (;\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_script('nosuch');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_show('nosuch');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_require('ef01');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_history('abcd02:nosuch');
\echo :LAST_ERROR_SQLSTATE
DROP EXTENSION pg_strata;
