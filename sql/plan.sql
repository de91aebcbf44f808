-- Plans: what would run, with the version rows after each step; nothing runs.
CREATE EXTENSION pg_strata;
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
SELECT * FROM migrate_plan('upgrade', 'head');
SELECT * FROM migrate_plan('upgrade', 'shop@head');
SELECT * FROM migrate_plan('upgrade', '+1');
SELECT * FROM migrate_plan('upgrade', '0004', '{0002}');
SELECT * FROM migrate_plan('downgrade', 'base', '{0005}');
SELECT * FROM migrate_plan('downgrade', '-1', '{0005}');
SELECT * FROM migrate_plan('downgrade', '0003', '{0004}');
SELECT * FROM migrate_plan('downgrade', 'shop@base', '{0002,0003}');
SELECT * FROM migrate_plan('stamp', '0004');
SELECT * FROM migrate_plan('stamp', '0002', '{0005}');
-- Nothing to do is no row.
SELECT * FROM migrate_plan('upgrade', 'head', '{0005}');
-- The plan starts at the version rows.
SELECT count(*) FROM migrate_upgrade('0003');
SELECT * FROM migrate_plan('upgrade', 'head');
SELECT * FROM migrate_plan('stroll', 'head');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM migrate_downgrade('base');
DROP EXTENSION pg_strata;
