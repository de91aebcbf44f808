-- The extension: what it brings, where, what anyone may call, and that it goes without a trace.
CREATE SCHEMA tools;
CREATE EXTENSION pg_strata SCHEMA tools;
\dx+ pg_strata
-- Functions are where the user wants them, the catalog is in schema migrate.
SELECT n.nspname, count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
  JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'pg_strata' GROUP BY 1 ORDER BY 1;
-- Anyone may look; nobody may change.
CREATE ROLE regress_strata_nobody;
SELECT p.oid::regprocedure AS function, has_function_privilege('regress_strata_nobody', p.oid, 'EXECUTE') AS anyone, provolatile
  FROM pg_proc p WHERE pronamespace IN ('tools'::regnamespace, 'migrate'::regnamespace) ORDER BY anyone, p.oid::regprocedure::text COLLATE "C";
SELECT relname, has_table_privilege('regress_strata_nobody', oid, 'SELECT') AS anyone_reads,
       has_table_privilege('regress_strata_nobody', oid, 'INSERT, UPDATE, DELETE, TRUNCATE') AS anyone_writes
  FROM pg_class WHERE relnamespace = 'migrate'::regnamespace AND relkind = 'r' ORDER BY 1;
-- Every object has a comment.
SELECT pg_describe_object(classid, objid, objsubid) AS without_comment FROM pg_depend d
  WHERE refclassid = 'pg_extension'::regclass AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_strata') AND deptype = 'e'
    AND classid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_namespace'::regclass) AND obj_description(objid, classid::regclass::name) IS NULL
    AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = objid AND relkind IN ('i', 'S', 't'));
SELECT attrelid::regclass, attname AS without_comment FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
  WHERE relnamespace = 'migrate'::regnamespace AND relkind = 'r' AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;
-- An empty catalog is at its (absent) head.
SET search_path = public, tools;
SELECT migrate_health();
SELECT migrate_require();
SELECT * FROM migrate_upgrade('heads');
SELECT count(*) FROM migrate_history();
DROP EXTENSION pg_strata;
SELECT count(*) FROM pg_namespace WHERE nspname = 'migrate';
DROP SCHEMA tools;
DROP ROLE regress_strata_nobody;
