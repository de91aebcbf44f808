-- current, heads, branches, history, show, health, require.
CREATE EXTENSION pg_strata;
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: tool1\n-- branch_labels: tools\n-- depends_on: 0002\n-- message: a tool of its own\n-- created_at: 2026-01-15 10:00:00+00\n-- migrate:up\n',
E'-- revision: 0006\n-- down_revision: 0005\n-- depends_on: tools\n-- message: uses the tool\n-- migrate:up\n-- migrate:down\n']);
SELECT count(*) FROM migrate_upgrade('0003');
SELECT * FROM migrate_current();
SELECT * FROM migrate_heads() ORDER BY 1;
-- What another one depends on is no effective head.
SELECT * FROM migrate_heads(resolve_dependencies => true);
SELECT * FROM migrate_branches();
SELECT revision, down_revision, depends_on, branch_labels, message FROM migrate_history();
SELECT revision, is_base, is_head, is_branch_point, is_merge_point, is_current, is_applied, is_reversible, applied_at IS NOT NULL AS has_time, created_at AT TIME ZONE 'UTC' AS created FROM migrate_history();
SELECT revision FROM migrate_history('0002:0004');
SELECT revision FROM migrate_history(':0002');
SELECT revision FROM migrate_history('0005:');
SELECT revision FROM migrate_history('current:');
SELECT migrate_show('0004');
SELECT jsonb_pretty(migrate_health());
SELECT migrate_require('0001');
SELECT migrate_require('0006');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM migrate_upgrade('heads');
SELECT migrate_require('heads');
SELECT jsonb_pretty(migrate_health());
SELECT count(*) FROM migrate_stamp('0005', purge => true);
SELECT count(*) FROM migrate_downgrade('base');
DROP EXTENSION pg_strata;
