-- migrate_downgrade: back to a revision, by steps, by branch, to the base; never through an irreversible one.
CREATE EXTENSION pg_strata;
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
SELECT count(*) FROM migrate_upgrade();
SELECT step, operation, revision, message FROM migrate_downgrade('-1');
SELECT step, operation, revision, message FROM migrate_downgrade('0002');
SELECT * FROM migrate_current();
SELECT step, operation, revision, message FROM migrate_downgrade('base');
SELECT * FROM migrate_current();
SELECT step, operation, revision, message FROM migrate_downgrade('base');
-- Irreversible: refused before anything runs.
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0006\n-- down_revision: 0005\n-- message: forget addresses\n-- migrate:up\nSELECT 1;\n',
E'-- revision: 0007\n-- down_revision: 0006\n-- message: later\n-- migrate:up\nCREATE TABLE later ();\n-- migrate:down\nDROP TABLE later;']);
SELECT count(*) FROM migrate_upgrade();
SELECT count(*) FROM migrate_downgrade('0004');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM migrate_current();
SELECT step, operation, revision, message FROM migrate_downgrade('0006');
-- A downgrade goes down.
SELECT count(*) FROM migrate_downgrade('0007');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM migrate_stamp('0005', purge => true);
SELECT count(*) FROM migrate_downgrade('base');
DROP EXTENSION pg_strata;
