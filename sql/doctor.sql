-- migrate_doctor: what looks wrong or risky.
CREATE EXTENSION pg_strata;
SELECT * FROM migrate_doctor();
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0001\n-- message: baseline\n-- migrate:up\nCREATE TABLE bookings (id int);\n-- migrate:down\nDROP TABLE bookings;',
E'-- revision: 0002\n-- down_revision: 0001\n-- branch_labels: shop\n-- message: prices\n-- migrate:up\nALTER TABLE bookings ADD price int;\n-- migrate:down\nALTER TABLE bookings DROP price;',
E'-- revision: 0003\n-- down_revision: 0001\n-- branch_labels: crew\n-- message: staff\n-- migrate:up\nCREATE TABLE staff (id int);\n-- migrate:down\nDROP TABLE staff;',
E'-- revision: 0004\n-- down_revision: 0002, 0003\n-- message: merge prices and staff\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0005\n-- down_revision: 0004\n-- message: add booking priority\n-- migrate:up\nALTER TABLE bookings ADD priority text;\n-- migrate:down\nALTER TABLE bookings DROP priority;']);
-- A healthy history: only the merge is empty, as merges are.
SELECT * FROM migrate_doctor();
SELECT count(*) FROM migrate_load(ARRAY[
E'-- revision: 0006\n-- down_revision: 0005\n-- message: no way back\n-- migrate:up\nSELECT 1;\n',
E'-- revision: 0007\n-- down_revision: 0006\n-- message: nothing in it\n-- migrate:up\n-- migrate:down\n',
E'-- revision: 0008\n-- down_revision: 0006\n-- message: a second head\n-- migrate:up\nCREATE TABLE lines (booking int REFERENCES bookings);\n-- migrate:down\nDROP TABLE lines;',
E'-- revision: 0009\n-- message: a second root\n-- migrate:up\nSELECT 1;\n-- migrate:down\nDROP TABEL x;']);
SELECT code, severity, revision, message FROM migrate_doctor() ORDER BY revision NULLS FIRST, code;
SELECT DISTINCT code, hint FROM migrate_doctor() ORDER BY 1;
-- Applied revisions that the catalog does not know, and a broken chain: it tells, and does not fail.
INSERT INTO migrate.version VALUES ('lost');
DELETE FROM migrate.revision WHERE revision = '0003';
SELECT code, severity, revision, message FROM migrate_doctor() WHERE severity = 'error' ORDER BY revision NULLS FIRST, code;
SELECT * FROM migrate_current();
DROP EXTENSION pg_strata;
