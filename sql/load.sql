-- Loading revision files: added, unchanged, updated, removed; and the file printed back.
\set VERBOSITY default
CREATE EXTENSION pg_strata;
SELECT * FROM migrate_load(ARRAY[
$file$-- revision: 0001
-- message: customers
-- created_at: 2026-01-15 10:00:00+00

-- migrate:up
CREATE TABLE customers (id int PRIMARY KEY);

-- migrate:down
DROP TABLE customers;
$file$,
$file$-- revision: 0002
-- down_revision: 0001
-- depends_on:
-- branch_labels: shop
-- message: orders

-- migrate:up
BEGIN;
CREATE TABLE orders (id int);
COMMIT;
$file$]);
-- The file as we print it loads back unchanged.
SELECT migrate_script('0001');
SELECT migrate_script('0002');
SELECT * FROM migrate_load(ARRAY[migrate_script('0001'), migrate_script('0002')]);
-- Without a down section there is no way back; the BEGIN and COMMIT around the script are dropped.
SELECT revision, direction, sql, transactional, barrier, defect FROM migrate.script ORDER BY 1, 2 DESC;
-- An unapplied revision may be edited.
SELECT * FROM migrate_load(ARRAY[replace(migrate_script('0002'), '(id int)', '(id bigint)')]);
SELECT count(*) FROM migrate_upgrade('0001');
-- In an applied one comments, layout and case do not count…
SELECT * FROM migrate_load(ARRAY[replace(migrate_script('0001'), 'CREATE TABLE customers (id int PRIMARY KEY)', E'create  table Customers (\n  ID int primary key) -- all of them\n')]);
SELECT migrate_script('0001');
-- … a change of meaning does.
SELECT * FROM migrate_load(ARRAY[replace(migrate_script('0001'), 'int', 'bigint')]);
\echo :LAST_ERROR_SQLSTATE
-- prune removes what is no longer there, but nothing applied.
SELECT * FROM migrate_load(ARRAY[migrate_script('0001')], prune => true);
SELECT * FROM migrate_load(ARRAY[]::text[], prune => true);
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_heads();
-- A downgrade that does not parse loads with a warning and counts as irreversible.
SELECT * FROM migrate_load(ARRAY[
$file$-- revision: 0003
-- down_revision: 0001
-- migrate:up
SELECT 1;
-- migrate:down
DROP TABEL x;
$file$]);
SELECT revision, is_reversible FROM migrate_history();
-- transaction:false is kept, and what cannot run in a transaction is known before it runs.
SELECT * FROM migrate_load(ARRAY[
E'-- revision: 0004\n-- down_revision: 0003\n-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down transaction:false\nSELECT 2;\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- migrate:up\nCREATE INDEX CONCURRENTLY i ON customers (id);\n-- migrate:down\nDROP INDEX CONCURRENTLY i;\n']);
SELECT migrate_script('0004');
SELECT revision, direction, transactional, barrier FROM migrate.script WHERE revision >= '0004' ORDER BY 1, 2 DESC;
DROP EXTENSION pg_strata;
DROP TABLE customers;
