-- The settings: what they are, what they refuse, who may set them.
CREATE EXTENSION pg_strata;
SELECT migrate_current();
SELECT name, setting, unit, vartype, context, short_desc FROM pg_settings WHERE name LIKE 'migrate.%' ORDER BY 1;
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
SELECT count(*) FROM migrate_upgrade();
SET migrate.allow_downgrade = off;
SELECT * FROM migrate_downgrade('-1');
\echo :LAST_ERROR_SQLSTATE
RESET migrate.allow_downgrade;
SET migrate.single_head = on;
SELECT * FROM migrate_load(ARRAY[E'-- revision: 0006\n-- down_revision: 0004\n-- migrate:up\n-- migrate:down\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('on the head', 'SELECT 1;', '', rev_id => '0006');
RESET migrate.single_head;
SET migrate.require_downgrade = on;
SELECT * FROM migrate_load(ARRAY[E'-- revision: 0007\n-- down_revision: 0006\n-- migrate:up\n']);
\echo :LAST_ERROR_SQLSTATE
SELECT migrate_revision('no way back', rev_id => '0007');
\echo :LAST_ERROR_SQLSTATE
RESET migrate.require_downgrade;
SET migrate.lock_timeout = '2s';
SHOW migrate.lock_timeout;
SET migrate.lock_timeout = '-1s';
SET migrate.nosuch = 1;
-- Policies are a superuser's; how long to wait is anybody's.
CREATE ROLE regress_strata_deployer;
SET ROLE regress_strata_deployer;
SET migrate.allow_downgrade = on;
SET migrate.single_head = off;
SET migrate.require_downgrade = off;
SET migrate.lock_timeout = '1s';
RESET ROLE;
DROP ROLE regress_strata_deployer;
SELECT count(*) FROM migrate_downgrade('base');
DROP EXTENSION pg_strata;
