-- The guard (DDL outside of migrations) and the record (DDL that becomes a revision).
CREATE EXTENSION pg_strata;
CREATE ROLE regress_strata_dev;
ALTER SCHEMA public OWNER TO regress_strata_dev;
CREATE TABLE before (a int);
ALTER TABLE before OWNER TO regress_strata_dev;
-- Off: nobody is asked.
SHOW migrate.guard;
SET migrate.guard = maybe;
-- Refused, whoever it is; a role that is no superuser cannot switch it off.
SET migrate.guard = refuse;
CREATE TABLE refused (a int);
SET SESSION AUTHORIZATION regress_strata_dev;
CREATE TABLE refused (a int);
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE before ADD b int;
DROP TABLE before;
SET migrate.guard = off;
RESET SESSION AUTHORIZATION;
-- Temporary things, rows, and what changes nothing.
CREATE TEMP TABLE passing (a serial PRIMARY KEY);
ALTER TABLE passing ADD b int;
DROP TABLE passing;
CREATE TABLE IF NOT EXISTS before (a int);
INSERT INTO before VALUES (1);
-- Another schema, when it is not managed.
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.passing (a int);
ALTER TABLE elsewhere.passing SET SCHEMA public;
DROP SCHEMA elsewhere CASCADE;
-- A migration.
SELECT migrate_revision('orders', 'CREATE TABLE orders (id int); COMMENT ON TABLE orders IS ''so''', 'DROP TABLE orders', rev_id => 'g1');
SELECT operation, revision FROM migrate_upgrade();
SELECT operation, revision FROM migrate_downgrade('base');
SELECT operation, revision FROM migrate_upgrade();
-- Warned about.
SET migrate.guard = warn;
SET SESSION AUTHORIZATION regress_strata_dev;
CREATE TABLE warned (a serial);
DROP TABLE warned;
RESET SESSION AUTHORIZATION;
-- Logged: the client hears nothing.
SET migrate.guard = log;
CREATE TABLE logged (a int);
DROP TABLE logged;
-- Recorded: what is typed becomes a revision.
SET migrate.guard = refuse;
SELECT migrate_record_stop('nothing is recorded');
SELECT migrate_record_start();
SELECT migrate_record_start();
SELECT migrate_record_stop('nothing was typed');
SELECT migrate_record_start();
CREATE TABLE customer (id int PRIMARY KEY, name text);
ALTER TABLE customer RENAME COLUMN name TO full_name;
BEGIN;
CREATE INDEX ON customer (full_name);
SAVEPOINT second_thought;
DROP TABLE orders;
ROLLBACK TO second_thought;
COMMIT;
CREATE TABLE customer (id int);
INSERT INTO customer VALUES (1, 'not recorded');
DO $$ BEGIN CREATE VIEW one AS SELECT 1 AS a; CREATE VIEW two AS SELECT 2 AS a; END $$;
CREATE TEMP TABLE not_recorded (a int);
SELECT migrate_record_stop('customers', rev_id => 'g2');
SELECT sql FROM migrate.script WHERE revision = 'g2' AND direction = 'upgrade';
SELECT * FROM migrate_current();
SELECT operation, revision, from_heads, to_heads FROM migrate.log ORDER BY id DESC LIMIT 1;
CREATE TABLE refused (a int);
-- Recording is for those who were given it.
SET ROLE regress_strata_dev;
SELECT migrate_record_start();
RESET ROLE;
-- Not with something pending.
SELECT migrate_revision('pending', rev_id => 'g3');
SELECT migrate_record_start();
SET migrate.guard = off;
DROP TABLE orders, customer, before;
DROP VIEW one, two;
DROP EXTENSION pg_strata;
ALTER SCHEMA public OWNER TO pg_database_owner;
DROP ROLE regress_strata_dev;
