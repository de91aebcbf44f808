-- CALL migrate_deploy: revision by revision, statement by statement, what is refused, and what is left behind.
CREATE EXTENSION pg_strata;
SELECT revision, action FROM migrate_load(ARRAY[
E'-- revision: a001\n-- message: accounts\n-- migrate:up\nCREATE TABLE account (id int PRIMARY KEY, name text);\nINSERT INTO account SELECT g, ''n'' || g FROM generate_series(1, 10) g;\n-- migrate:down\nDROP TABLE account;',
E'-- revision: a002\n-- down_revision: a001\n-- message: find them by name\n-- migrate:up\nSET search_path = pg_temp;\nCREATE INDEX CONCURRENTLY account_name ON public.account (name);\nCREATE TABLE public.seen AS SELECT current_setting(''search_path'') AS path;\n-- migrate:down\nDROP INDEX account_name;\nDROP TABLE seen;',
E'-- revision: a003\n-- down_revision: a002\n-- message: scores\n-- migrate:up\nALTER TABLE account ADD score int;\n-- migrate:repeat pause=0\nUPDATE account SET score = 0 WHERE id IN (SELECT id FROM account WHERE score IS NULL ORDER BY id LIMIT 4);\nALTER TABLE account ALTER score SET NOT NULL;\n-- migrate:down\nALTER TABLE account DROP score;']);

-- Not inside a transaction, nor inside anything else.
BEGIN;
CALL migrate_deploy();
ROLLBACK;
DO $$ BEGIN CALL migrate_deploy(); END $$;
CREATE PROCEDURE deploy_all() LANGUAGE plpgsql AS $$ BEGIN CALL migrate_deploy(); END $$;
CALL deploy_all();
DROP PROCEDURE deploy_all;

-- Targets are those of migrate_upgrade.
CALL migrate_deploy('nowhere');
CALL migrate_deploy(NULL);
CALL migrate_deploy('+1');
SELECT migrate_current();

-- All the rest; the speed of a backfill is not for this file.
CALL migrate_deploy('a002');
SHOW search_path;
SELECT path FROM seen;
SET client_min_messages = warning;
SELECT migrate_upgrade('head') IS NOT NULL AS upgraded;
SELECT count(*), sum(score) FROM account;
RESET client_min_messages;
CALL migrate_deploy();
SELECT operation, revision, outcome, from_heads, to_heads FROM migrate.log ORDER BY id;
SELECT * FROM migrate.journal;
SELECT * FROM migrate_progress();
SELECT count(*) AS locks FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- A statement in the middle fails: what has run stays, the next call goes on behind it.
SELECT revision, action FROM migrate_load(ARRAY[
E'-- revision: a004\n-- down_revision: a003\n-- migrate:up transaction:false\nINSERT INTO seen VALUES (''once'');\nCREATE TABLE needs_it (m mood);\nINSERT INTO seen VALUES (''last'');\n-- migrate:down\n']);
CALL migrate_deploy();
SELECT revision, statement, state, rows, finished IS NOT NULL AS finished FROM migrate.journal ORDER BY statement;
SELECT migrate_upgrade();
SELECT code, severity, revision, message FROM migrate_doctor() WHERE code = 'half_applied';
SELECT revision, action FROM migrate_load(ARRAY[]::text[], prune => true);
CREATE TYPE mood AS ENUM ('good');
CALL migrate_deploy();
SELECT path FROM seen;
SELECT revision, outcome, sqlstate, error FROM migrate.log WHERE revision = 'a004' ORDER BY id;
SELECT count(*) FROM migrate.journal;
DROP EXTENSION pg_strata;
DROP TABLE seen, needs_it, account;
DROP TYPE mood;
