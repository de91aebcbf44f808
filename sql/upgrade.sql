-- migrate_upgrade: every pending revision, in the caller's transaction.
\set SHOW_CONTEXT always
CREATE EXTENSION pg_strata;
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
SELECT step, operation, revision, message, duration >= '0' AS took_time FROM migrate_upgrade('0002');
SELECT step, operation, revision, message FROM migrate_upgrade();
SELECT step, operation, revision, message FROM migrate_upgrade();
\d bookings
SELECT operation, revision, outcome, from_heads, to_heads, role = current_user AS me FROM migrate.log ORDER BY id;
-- The caller's transaction rolls it back.
SELECT count(*) FROM migrate_load(ARRAY[E'-- revision: 0006\n-- down_revision: 0005\n-- message: notes\n-- migrate:up\nCREATE TABLE notes (id int);\n-- migrate:down\nDROP TABLE notes;']);
BEGIN;
SELECT count(*) FROM migrate_upgrade();
SELECT * FROM migrate_current();
ROLLBACK;
SELECT * FROM migrate_current();
-- An error names the revision, the direction, the statement and the line, and takes everything back.
SELECT count(*) FROM migrate_load(ARRAY[E'-- revision: 0007\n-- down_revision: 0006\n\n-- migrate:up\nCREATE TABLE more (id int);\n\nSELECT 1;\nSELECT id,\n  nosuch FROM more;\n']);
SELECT count(*) FROM migrate_upgrade();
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_current();
-- What cannot run in a transaction is refused before anything runs.
SELECT count(*) FROM migrate_load(ARRAY[E'-- revision: 0007\n-- down_revision: 0006\n-- migrate:up\nCREATE INDEX CONCURRENTLY i ON notes (id);\n']);
SELECT count(*) FROM migrate_upgrade();
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM migrate_downgrade('base');
DROP EXTENSION pg_strata;
