-- migrate_stamp: the version rows move, no script runs.
CREATE EXTENSION pg_strata;
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
SELECT step, operation, revision, message FROM migrate_stamp('0004');
SELECT step, operation, revision, message FROM migrate_stamp('0005');
SELECT step, operation, revision, message FROM migrate_stamp('0002');
SELECT * FROM migrate_current() ORDER BY 1;
SELECT step, operation, revision, message FROM migrate_stamp('0003', purge => true);
SELECT * FROM migrate_current() ORDER BY 1;
SELECT step, operation, revision, message FROM migrate_stamp(ARRAY['0002', '0003']);
SELECT * FROM migrate_current() ORDER BY 1;
SELECT step, operation, revision, message FROM migrate_stamp('base');
SELECT * FROM migrate_current() ORDER BY 1;
SELECT operation, revision, from_heads, to_heads FROM migrate.log ORDER BY id;
SELECT to_regclass('bookings') IS NULL AS nothing_ran;
SELECT * FROM migrate_stamp('nosuch');
\echo :LAST_ERROR_SQLSTATE
DROP EXTENSION pg_strata;
