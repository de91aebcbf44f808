-- pg_strata--0.1.0.sql - the catalog (schema migrate) and the functions (schema of the user's choice).
-- The catalog is written by the functions alone, as the owner of the extension.
\echo Use "CREATE EXTENSION pg_strata" to load this file. \quit

-- The catalog ----------------------------------------------------------------------------------

CREATE SCHEMA migrate;
COMMENT ON SCHEMA migrate IS 'catalog of pg_strata: revisions, version rows and log of schema migrations';
GRANT USAGE ON SCHEMA migrate TO PUBLIC;

CREATE TABLE migrate.revision (
  revision      text COLLATE "C" PRIMARY KEY CHECK (revision OPERATOR(pg_catalog.<>) ''),
  down_revision text[] NOT NULL DEFAULT '{}',
  depends_on    text[] NOT NULL DEFAULT '{}',
  branch_labels text[] NOT NULL DEFAULT '{}',
  message       text NOT NULL DEFAULT '',
  created_at    timestamptz,
  file          text,
  loaded_at     timestamptz NOT NULL DEFAULT pg_catalog.now(),
  loaded_by     name NOT NULL
);
COMMENT ON TABLE migrate.revision IS 'the revisions: where each stands in the graph; written by migrate_load, migrate_revision and migrate_merge';
COMMENT ON COLUMN migrate.revision.revision IS 'revision id';
COMMENT ON COLUMN migrate.revision.down_revision IS 'parents; several: a merge, none: a base';
COMMENT ON COLUMN migrate.revision.depends_on IS 'revisions or branch labels that must be applied before: order only, not lineage';
COMMENT ON COLUMN migrate.revision.branch_labels IS 'names of the branch that starts here';
COMMENT ON COLUMN migrate.revision.message IS 'what it is for';
COMMENT ON COLUMN migrate.revision.created_at IS 'when it was written, as its author says';
COMMENT ON COLUMN migrate.revision.file IS 'name of the file it was loaded from';
COMMENT ON COLUMN migrate.revision.loaded_at IS 'when it was loaded or last changed here';
COMMENT ON COLUMN migrate.revision.loaded_by IS 'role that loaded or last changed it';

CREATE TABLE migrate.script (
  revision      text COLLATE "C" NOT NULL,
  direction     text NOT NULL CHECK (direction OPERATOR(pg_catalog.=) ANY (ARRAY['upgrade', 'downgrade'])),
  sql           text NOT NULL,
  transactional boolean NOT NULL DEFAULT true,
  line          integer NOT NULL DEFAULT 1,
  checksum      text NOT NULL,
  barrier       text,
  defect        text,
  PRIMARY KEY (revision, direction)
);
COMMENT ON TABLE migrate.script IS 'the scripts of the revisions; SELECT on this table is the right to read them through migrate_script and the like';
COMMENT ON COLUMN migrate.script.revision IS 'revision id';
COMMENT ON COLUMN migrate.script.direction IS 'upgrade or downgrade; a revision without a downgrade row is irreversible';
COMMENT ON COLUMN migrate.script.sql IS 'the text that runs';
COMMENT ON COLUMN migrate.script.transactional IS 'false: its author wrote transaction:false';
COMMENT ON COLUMN migrate.script.line IS 'line of the file on which the text begins';
COMMENT ON COLUMN migrate.script.checksum IS 'SHA-256 over the tokens: comments, white space and letter case do not count';
COMMENT ON COLUMN migrate.script.barrier IS 'why it cannot run inside a transaction; null: it can';
COMMENT ON COLUMN migrate.script.defect IS 'why a downgrade cannot run at all (it does not parse); null: it can';

CREATE TABLE migrate.version (
  revision text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE migrate.version IS 'the version rows: the newest applied revisions, one a branch';
COMMENT ON COLUMN migrate.version.revision IS 'revision id';

CREATE TABLE migrate.log (
  id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operation        text NOT NULL CHECK (operation OPERATOR(pg_catalog.=) ANY (ARRAY['upgrade', 'downgrade', 'stamp'])),
  revision         text COLLATE "C",
  outcome          text NOT NULL DEFAULT 'done' CHECK (outcome OPERATOR(pg_catalog.=) ANY (ARRAY['done', 'failed'])),
  from_heads       text[] NOT NULL,
  to_heads         text[] NOT NULL,
  started_at       timestamptz NOT NULL,
  duration         interval NOT NULL,
  role             name NOT NULL,
  session_role     name NOT NULL,
  application_name text NOT NULL DEFAULT '',
  client_addr      inet,
  pid              integer NOT NULL,
  checksum         text,
  sqlstate         text,
  error            text
);
CREATE INDEX log_revision_idx ON migrate.log (revision);
COMMENT ON TABLE migrate.log IS 'who ran what, when, for how long, from which version rows to which';
COMMENT ON COLUMN migrate.log.id IS 'order of the entries';
COMMENT ON COLUMN migrate.log.operation IS 'upgrade, downgrade or stamp';
COMMENT ON COLUMN migrate.log.revision IS 'revision that ran; null: a stamp to base';
COMMENT ON COLUMN migrate.log.outcome IS 'done or failed; a failure inside the caller''s transaction is rolled back with it';
COMMENT ON COLUMN migrate.log.from_heads IS 'version rows before';
COMMENT ON COLUMN migrate.log.to_heads IS 'version rows after';
COMMENT ON COLUMN migrate.log.started_at IS 'when the step began';
COMMENT ON COLUMN migrate.log.duration IS 'how long the step took';
COMMENT ON COLUMN migrate.log.role IS 'role whose rights the script had';
COMMENT ON COLUMN migrate.log.session_role IS 'role that had logged in';
COMMENT ON COLUMN migrate.log.application_name IS 'application_name of the session';
COMMENT ON COLUMN migrate.log.client_addr IS 'address of the client; null: a local socket';
COMMENT ON COLUMN migrate.log.pid IS 'process id of the session';
COMMENT ON COLUMN migrate.log.checksum IS 'checksum of the script that ran';
COMMENT ON COLUMN migrate.log.sqlstate IS 'state of the error, when it failed';
COMMENT ON COLUMN migrate.log.error IS 'message of the error, when it failed';

CREATE TABLE migrate.state (
  generation uuid NOT NULL,
  graph      bytea,
  one        boolean PRIMARY KEY DEFAULT true CHECK (one)
);
ALTER TABLE migrate.state ALTER COLUMN graph SET STORAGE EXTERNAL;
INSERT INTO migrate.state (generation) VALUES (pg_catalog.gen_random_uuid());
COMMENT ON TABLE migrate.state IS 'one row that changes with every change of migrate.revision: lets sessions keep the graph in memory';
COMMENT ON COLUMN migrate.state.generation IS 'new with every change';
COMMENT ON COLUMN migrate.state.one IS 'the key of the one row: a publication of all tables wants one';
COMMENT ON COLUMN migrate.state.graph IS 'the graph in the form sessions load; null: to be built from migrate.revision';

CREATE TABLE migrate.journal (
  revision  text COLLATE "C" NOT NULL,
  statement integer NOT NULL,
  state     text NOT NULL CHECK (state OPERATOR(pg_catalog.=) ANY (ARRAY['running', 'done', 'failed'])),
  started   timestamptz NOT NULL,
  finished  timestamptz,
  pid       integer NOT NULL,
  rows      bigint,
  checksum  text NOT NULL,
  PRIMARY KEY (revision, statement)
);
COMMENT ON TABLE migrate.journal IS 'the statements of revisions that migrate_deploy has half applied; empty: there is none';
COMMENT ON COLUMN migrate.journal.revision IS 'revision id';
COMMENT ON COLUMN migrate.journal.statement IS 'number of the statement in the upgrade script, from 1';
COMMENT ON COLUMN migrate.journal.state IS 'running: it has begun, or its backend was killed; done; failed: it ended with an error';
COMMENT ON COLUMN migrate.journal.checksum IS 'SHA-256 over the tokens of the statement';
COMMENT ON COLUMN migrate.journal.rows IS 'rows that a repeated statement has affected; null: it is no such statement';
COMMENT ON COLUMN migrate.journal.started IS 'when it began first';
COMMENT ON COLUMN migrate.journal.finished IS 'when it ended, well or not; null: it has not';
COMMENT ON COLUMN migrate.journal.pid IS 'process id of the session';

CREATE TABLE migrate.snapshot (
  key      text PRIMARY KEY CHECK (key OPERATOR(pg_catalog.=) 'one'),
  taken_at timestamptz NOT NULL,
  heads    text[] NOT NULL,
  schemas  text[] NOT NULL,
  model    text NOT NULL
);
COMMENT ON TABLE migrate.snapshot IS 'one row: the managed schemas as the last migration has left them; migrate_check() compares with it';
COMMENT ON COLUMN migrate.snapshot.key IS 'the key of the one row: a publication of all tables wants one';
COMMENT ON COLUMN migrate.snapshot.taken_at IS 'when';
COMMENT ON COLUMN migrate.snapshot.heads IS 'the version rows then';
COMMENT ON COLUMN migrate.snapshot.schemas IS 'the schemas that it shows';
COMMENT ON COLUMN migrate.snapshot.model IS 'every object with its properties, a line each';

CREATE TABLE migrate.desired (
  checksum text PRIMARY KEY,
  made_at  timestamptz NOT NULL,
  schemas  text[] NOT NULL,
  unsaid   text[] NOT NULL,
  model    text NOT NULL
);
COMMENT ON TABLE migrate.desired IS 'the schemas that desired DDL has built last: the same DDL is not run again by migrate_check';
COMMENT ON COLUMN migrate.desired.checksum IS 'of the DDL, and of what its meaning depends on';
COMMENT ON COLUMN migrate.desired.made_at IS 'when';
COMMENT ON COLUMN migrate.desired.schemas IS 'the schemas that it shows';
COMMENT ON COLUMN migrate.desired.unsaid IS 'what the DDL does not speak of';
COMMENT ON COLUMN migrate.desired.model IS 'every object with its properties, a line each';

CREATE FUNCTION migrate.touch() RETURNS trigger LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_touch';
COMMENT ON FUNCTION migrate.touch() IS 'trigger on migrate.revision and migrate.script: makes sessions load the graph anew';
REVOKE ALL ON FUNCTION migrate.touch() FROM PUBLIC;
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON migrate.revision
  FOR EACH STATEMENT EXECUTE FUNCTION migrate.touch();
ALTER TABLE migrate.revision ENABLE ALWAYS TRIGGER touch;
COMMENT ON TRIGGER touch ON migrate.revision IS 'makes sessions load the graph anew';
CREATE TRIGGER touch AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON migrate.script
  FOR EACH STATEMENT EXECUTE FUNCTION migrate.touch();
ALTER TABLE migrate.script ENABLE ALWAYS TRIGGER touch;
COMMENT ON TRIGGER touch ON migrate.script IS 'shows a running migration that the scripts were changed under it';

GRANT SELECT ON migrate.revision, migrate.version, migrate.journal TO PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('migrate.revision', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.script', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.version', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.journal', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.snapshot', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.log', '');
SELECT pg_catalog.pg_extension_config_dump('migrate.log_id_seq', '');

-- Load and author ------------------------------------------------------------------------------

CREATE FUNCTION migrate_load(scripts text[], prune boolean DEFAULT false)
  RETURNS TABLE (revision text, action text) LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_load(text[], boolean) IS 'load revision files, all or none; prune removes unapplied revisions that are not among them';

CREATE FUNCTION migrate_load_directory(path text, prune boolean DEFAULT false)
  RETURNS TABLE (revision text, action text) LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_load_directory(text, boolean) IS 'load the *.sql files of a directory of the server (ours, dbmate''s, golang-migrate''s or Flyway''s)';

CREATE FUNCTION migrate_revision(message text, upgrade text DEFAULT '', downgrade text DEFAULT NULL, rev_id text DEFAULT NULL,
    head text DEFAULT 'head', splice boolean DEFAULT false, branch_labels text[] DEFAULT '{}', depends_on text[] DEFAULT '{}')
  RETURNS text LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_revision(text, text, text, text, text, boolean, text[], text[]) IS 'write a new revision into the catalog and return its id';

CREATE FUNCTION migrate_merge(message text, revisions text[] DEFAULT '{heads}', rev_id text DEFAULT NULL, branch_labels text[] DEFAULT '{}')
  RETURNS text LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_merge(text, text[], text, text[]) IS 'write a revision that joins several heads and return its id';

CREATE FUNCTION migrate_script(revision text) RETURNS text STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_script(text) IS 'the revision file of a revision; loads back unchanged';

CREATE FUNCTION migrate_record_start() RETURNS void LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_record_start() IS 'record the DDL of this session, from now on';

CREATE FUNCTION migrate_record_stop(message text, rev_id text DEFAULT NULL) RETURNS text LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_record_stop(text, text) IS 'make a revision at head of the recorded DDL, stamp it as applied and return its id; null: nothing was recorded';

-- Run ------------------------------------------------------------------------------------------

CREATE FUNCTION migrate_upgrade(target text DEFAULT 'head')
  RETURNS TABLE (step integer, operation text, revision text, message text, duration interval) LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_upgrade(text) IS 'run every pending revision up to the target, all or nothing, in the caller''s transaction';

CREATE PROCEDURE migrate_deploy(target text DEFAULT 'head') LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON PROCEDURE migrate_deploy(text) IS 'run every pending revision up to the target, each committed by itself, beside live traffic; goes on where an earlier one ended';

CREATE FUNCTION migrate_downgrade(target text)
  RETURNS TABLE (step integer, operation text, revision text, message text, duration interval) LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_downgrade(text) IS 'undo revisions down to the target, all or nothing, in the caller''s transaction';

CREATE FUNCTION migrate_stamp(target text, purge boolean DEFAULT false)
  RETURNS TABLE (step integer, operation text, revision text, message text, duration interval) LANGUAGE c
  AS 'MODULE_PATHNAME', 'migrate_stamp';
COMMENT ON FUNCTION migrate_stamp(text, boolean) IS 'set the version rows without running a script; purge forgets the present rows first';

CREATE FUNCTION migrate_stamp(targets text[], purge boolean DEFAULT false)
  RETURNS TABLE (step integer, operation text, revision text, message text, duration interval) LANGUAGE c
  AS 'MODULE_PATHNAME', 'migrate_stamp_all';
COMMENT ON FUNCTION migrate_stamp(text[], boolean) IS 'set the version rows to several targets without running a script';

CREATE FUNCTION migrate.record(operation text, revision text, from_heads text[], to_heads text[])
  RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_record';
COMMENT ON FUNCTION migrate.record(text, text, text[], text[]) IS 'bookkeeping of the scripts that migrate_upgrade_sql and migrate_downgrade_sql print: one step done outside, if the version rows are the expected ones';

CREATE FUNCTION migrate.expect(heads text[]) RETURNS void LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_expect';
COMMENT ON FUNCTION migrate.expect(text[]) IS 'first statement of a printed script: take the migration lock and raise an error unless these are the version rows';

-- Look, plan, print ----------------------------------------------------------------------------

CREATE FUNCTION migrate_plan(operation text, target text, from_heads text[] DEFAULT NULL)
  RETURNS TABLE (step integer, operation text, revision text, message text, heads text[]) STABLE PARALLEL RESTRICTED LANGUAGE c
  AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_plan(text, text, text[]) IS 'the steps that upgrade, downgrade or stamp would take, without taking them';

CREATE FUNCTION migrate_upgrade_sql(range text DEFAULT 'head') RETURNS text STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_upgrade_sql(text) IS 'the SQL of an upgrade as a script for psql; range is a target or from:to';

CREATE FUNCTION migrate_downgrade_sql(range text) RETURNS text STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_downgrade_sql(text) IS 'the SQL of a downgrade as a script for psql; range is a target or from:to';

CREATE FUNCTION migrate_current() RETURNS SETOF text STABLE PARALLEL RESTRICTED ROWS 1 LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_current() IS 'the version rows of this database';

CREATE FUNCTION migrate_heads(resolve_dependencies boolean DEFAULT false) RETURNS SETOF text STABLE PARALLEL RESTRICTED ROWS 1
  LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_heads(boolean) IS 'the newest revisions; resolve_dependencies leaves out those another one depends on';

CREATE FUNCTION migrate_branches() RETURNS TABLE (revision text, message text, children text[]) STABLE PARALLEL RESTRICTED ROWS 10
  LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_branches() IS 'the revisions with more than one child';

CREATE FUNCTION migrate_history(range text DEFAULT NULL)
  RETURNS TABLE (revision text, down_revision text[], depends_on text[], branch_labels text[], message text, is_base boolean, is_head boolean,
    is_branch_point boolean, is_merge_point boolean, is_current boolean, is_applied boolean, is_reversible boolean,
    applied_at timestamptz, created_at timestamptz)
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_history(text) IS 'the revisions, newest first; range is from:to, either side may be empty';

CREATE FUNCTION migrate_show(revision text) RETURNS text STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_show(text) IS 'one revision for a person to read';

CREATE FUNCTION migrate_graph(format text DEFAULT 'text') RETURNS text STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_graph(text) IS 'the revision graph as text, dot or mermaid';

CREATE FUNCTION migrate_health() RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_health() IS 'is this database up to date, as JSON for a health check';

CREATE FUNCTION migrate_require(target text DEFAULT 'head') RETURNS void STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_require(text) IS 'raise an error unless the target is applied: a start-up gate';

CREATE FUNCTION migrate_doctor() RETURNS TABLE (code text, severity text, revision text, message text, hint text)
  STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_doctor() IS 'what looks wrong or risky in the revisions and the version rows';

CREATE FUNCTION migrate_progress()
  RETURNS TABLE (pid integer, role text, revision text, message text, step integer, steps integer, statement integer, statements integer,
    state text, phase text, percent numeric, rows_done bigint, blocking_pids integer[], blockers text[], started_at timestamptz)
  STABLE PARALLEL RESTRICTED ROWS 1 LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_progress() IS 'the migration that runs in this database now, and where it stands; no row: none';

-- Schema ---------------------------------------------------------------------------------------

CREATE FUNCTION migrate_diff(desired_ddl text, ignore text[] DEFAULT NULL, concurrently boolean DEFAULT false, not_valid boolean DEFAULT false,
    verify boolean DEFAULT true)
  RETURNS TABLE (step integer, operation text, kind text, object text, sql text, destructive text, lock_level text, rewrites_table boolean)
  VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_diff(text, text[], boolean, boolean, boolean) IS 'the statements that lead from the present schema to the one that this DDL builds';

CREATE FUNCTION migrate_autogenerate(message text, desired_ddl text, rev_id text DEFAULT NULL, head text DEFAULT 'head',
    allow_drops boolean DEFAULT true, ignore text[] DEFAULT NULL, concurrently boolean DEFAULT false, not_valid boolean DEFAULT false,
    verify boolean DEFAULT true)
  RETURNS text VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_autogenerate(text, text, text, text, boolean, text[], boolean, boolean, boolean) IS 'write the revision that leads from the present schema to the one that this DDL builds; null: no changes';

CREATE FUNCTION migrate_check(desired_ddl text DEFAULT NULL, replay boolean DEFAULT false, ignore text[] DEFAULT NULL)
  RETURNS TABLE (kind text, object text, difference text, detail text) VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_check(text, boolean, text[]) IS 'in what the present schema differs from the one this DDL builds, or from what the last migration has left; no row: in nothing';

CREATE FUNCTION migrate_baseline(message text, rev_id text DEFAULT NULL) RETURNS text VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_baseline(text, text) IS 'write one revision that builds the present schema from nothing, count it as applied, and return its id';

CREATE FUNCTION migrate_squash(from_revision text, to_revision text, message text, rev_id text DEFAULT NULL, data text DEFAULT 'refuse')
  RETURNS text VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_squash(text, text, text, text, text) IS 'put one revision in the place of applied ones, once it is proven to build the same, and return its id';

CREATE FUNCTION migrate_schema_sql() RETURNS text VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION migrate_schema_sql() IS 'the managed schemas as DDL that builds them from nothing';

-- Guard ----------------------------------------------------------------------------------------

CREATE FUNCTION migrate.guard() RETURNS event_trigger LANGUAGE c AS 'MODULE_PATHNAME', 'migrate_guard';
COMMENT ON FUNCTION migrate.guard() IS 'what migrate.guard says of DDL outside of a migration; records DDL for migrate_record_stop';
-- Always: session_replication_role is no way around it.
CREATE EVENT TRIGGER migrate_guard ON ddl_command_end EXECUTE FUNCTION migrate.guard();
ALTER EVENT TRIGGER migrate_guard ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER migrate_guard IS 'tells migrate.guard() what a command has made or changed';
CREATE EVENT TRIGGER migrate_guard_drop ON sql_drop EXECUTE FUNCTION migrate.guard();
ALTER EVENT TRIGGER migrate_guard_drop ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER migrate_guard_drop IS 'tells migrate.guard() what a command has dropped';
CREATE EVENT TRIGGER migrate_guard_start ON ddl_command_start EXECUTE FUNCTION migrate.guard();
ALTER EVENT TRIGGER migrate_guard_start ENABLE ALWAYS;
COMMENT ON EVENT TRIGGER migrate_guard_start IS 'tells migrate.guard() what a command names, before it runs';

-- The first command that these see: it tells the session that it has made the extension.
REVOKE ALL ON PROCEDURE migrate_deploy(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION
  migrate_diff(text, text[], boolean, boolean, boolean), migrate_baseline(text, text), migrate_squash(text, text, text, text, text),
  migrate_autogenerate(text, text, text, text, boolean, text[], boolean, boolean, boolean),
  migrate_load(text[], boolean), migrate_load_directory(text, boolean),
  migrate_revision(text, text, text, text, text, boolean, text[], text[]), migrate_merge(text, text[], text, text[]),
  migrate_upgrade(text), migrate_downgrade(text), migrate_stamp(text, boolean), migrate_stamp(text[], boolean),
  migrate_record_start(), migrate_record_stop(text, text),
  migrate.expect(text[]), migrate.record(text, text, text[], text[]), migrate.guard()
FROM PUBLIC;
