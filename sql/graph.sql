-- migrate_graph: text, dot and mermaid.
CREATE EXTENSION pg_strata;
SELECT migrate_graph();
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
SELECT migrate_graph();
SELECT count(*) FROM migrate_upgrade('0003');
SELECT migrate_graph('text');
SELECT migrate_graph('dot');
SELECT migrate_graph('mermaid');
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0006\n-- down_revision: 0005\n-- message: with "quotes", <angles> & [brackets]\n-- migrate:up\n',
E'-- revision: 0007\n-- down_revision: 0005\n-- message: beside it\n-- migrate:up\n',
E'-- revision: 0008\n-- down_revision: 0005\n-- message: beside both\n-- depends_on: 0007\n-- migrate:up\n',
E'-- revision: other1\n-- branch_labels: other\n-- message: another base\n-- migrate:up\n']);
SELECT migrate_graph();
SELECT migrate_graph('dot');
SELECT migrate_graph('mermaid');
SELECT migrate_graph('ascii');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM migrate_downgrade('base');
DROP EXTENSION pg_strata;
