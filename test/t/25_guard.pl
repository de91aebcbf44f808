# The guard: DDL outside of migrations is logged, warned about or refused, nobody gets around it, and what is no such DDL goes on.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('guarded');
my $db = Strata->new($node, 'guarded', schema => 'strata');
my %app = (role => 'app');
$db->query(<<'SQL');
CREATE ROLE app LOGIN; CREATE ROLE other;
GRANT CREATE ON DATABASE guarded TO app;
GRANT USAGE ON SCHEMA strata TO app;
ALTER SCHEMA public OWNER TO app;
SQL
$db->query(<<'SQL', %app);
CREATE TABLE t (id int PRIMARY KEY, a text, b int);
CREATE TABLE part (id int) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (9);
CREATE INDEX ti ON t (a);
CREATE VIEW v AS SELECT * FROM t;
CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
CREATE UNIQUE INDEX mi ON m (id);
CREATE SEQUENCE s;
CREATE TYPE e AS ENUM ('a');
CREATE TYPE c AS (x int);
CREATE DOMAIN d AS int;
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trg();
CREATE POLICY po ON t USING (true);
CREATE RULE ru AS ON DELETE TO v DO INSTEAD NOTHING;
CREATE STATISTICS st ON a, b FROM t;
CREATE AGGREGATE agg(int) (sfunc = int4pl, stype = int);
CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq);
CREATE COLLATION co FROM "C";
CREATE TEXT SEARCH CONFIGURATION ts (COPY = simple);
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.t (id int);
CREATE TABLE elsewhere.parent (id int);
CREATE TABLE child () INHERITS (elsewhere.parent);
CREATE FUNCTION elsewhere.make() RETURNS void LANGUAGE plpgsql AS 'BEGIN CREATE TABLE public.made (); END';
CREATE TABLE trigger_makes (id int);
CREATE FUNCTION elsewhere.make_too() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN CREATE TABLE public.made (); RETURN NULL; END';
CREATE TRIGGER makes AFTER INSERT ON trigger_makes EXECUTE FUNCTION elsewhere.make_too();
SQL
$db->query("ALTER DATABASE guarded SET migrate.guard = refuse");
my $before = $db->schema;

# --- what is refused ---------------------------------------------------------------------------------

my @refused = split /^/, <<'SQL';
CREATE TABLE n (a int)
CREATE TABLE n AS SELECT 1 AS a
SELECT 1 AS a INTO n
CREATE UNLOGGED TABLE n (a serial)
CREATE TABLE n PARTITION OF part FOR VALUES FROM (10) TO (20)
CREATE FOREIGN DATA WRAPPER w
CREATE VIEW n AS SELECT 1
CREATE OR REPLACE VIEW v AS SELECT * FROM t WHERE id > 0
CREATE MATERIALIZED VIEW n AS SELECT 1
CREATE INDEX ON t (b)
CREATE INDEX CONCURRENTLY n ON t (b)
CREATE SEQUENCE n
CREATE TYPE n AS ENUM ('x')
CREATE DOMAIN n AS int
CREATE FUNCTION n() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2'
CREATE PROCEDURE n() LANGUAGE sql AS 'SELECT 1'
CREATE TRIGGER n BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trg()
CREATE POLICY n ON t USING (true)
CREATE RULE n AS ON INSERT TO t DO ALSO NOTHING
CREATE STATISTICS n ON id, b FROM t
CREATE CAST (c AS text) WITH INOUT
CREATE PUBLICATION n FOR TABLE t
CREATE TABLE IF NOT EXISTS n (a int)
CREATE EXTENSION citext
CREATE EXTENSION citext SCHEMA public
ALTER TABLE t ADD COLUMN n int
ALTER TABLE IF EXISTS t DROP COLUMN b
ALTER TABLE t ALTER COLUMN b TYPE bigint
ALTER TABLE t RENAME TO n
ALTER TABLE t RENAME COLUMN b TO n
ALTER TABLE t SET SCHEMA elsewhere
ALTER TABLE elsewhere.parent SET SCHEMA public
ALTER TABLE elsewhere.parent ADD COLUMN n int
ALTER TABLE t DISABLE TRIGGER tr
ALTER TABLE t ENABLE ROW LEVEL SECURITY
ALTER TABLE t CLUSTER ON ti
ALTER TABLE part DETACH PARTITION part1
ALTER TABLE part DETACH PARTITION part1 CONCURRENTLY
ALTER INDEX ti RENAME TO n
ALTER VIEW v SET SCHEMA elsewhere
ALTER SEQUENCE s INCREMENT 2
ALTER TYPE e ADD VALUE 'n'
ALTER TYPE e SET SCHEMA elsewhere
ALTER TYPE c ADD ATTRIBUTE y int
ALTER DOMAIN d SET DEFAULT 1
ALTER DOMAIN d SET SCHEMA elsewhere
ALTER FUNCTION f() STABLE
ALTER FUNCTION f() SET SCHEMA elsewhere
ALTER PROCEDURE p() SET SCHEMA elsewhere
ALTER AGGREGATE agg(int) SET SCHEMA elsewhere
ALTER OPERATOR ===(int, int) SET SCHEMA elsewhere
ALTER COLLATION co SET SCHEMA elsewhere
ALTER TEXT SEARCH CONFIGURATION public.ts SET SCHEMA elsewhere
ALTER STATISTICS st SET SCHEMA elsewhere
ALTER TRIGGER tr ON t RENAME TO n
ALTER POLICY po ON t USING (false)
ALTER SCHEMA public RENAME TO n
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO other
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO other
GRANT SELECT ON t TO other
GRANT SELECT (a) ON t TO other
GRANT EXECUTE ON FUNCTION f() TO other
GRANT USAGE ON TYPE e TO other
GRANT USAGE ON SCHEMA public TO other
GRANT SELECT ON ALL TABLES IN SCHEMA public TO other
REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC
COMMENT ON TABLE t IS 'x'
COMMENT ON COLUMN t.a IS 'x'
COMMENT ON TRIGGER tr ON t IS 'x'
COMMENT ON SCHEMA public IS 'x'
DROP TABLE t CASCADE
DROP TABLE IF EXISTS t CASCADE
DROP TABLE elsewhere.parent CASCADE
DROP VIEW v
DROP INDEX ti
DROP INDEX CONCURRENTLY ti
DROP TYPE e
DROP FUNCTION f()
DROP TRIGGER tr ON t
DROP POLICY po ON t
DROP RULE ru ON v
DROP STATISTICS st
DROP OWNED BY app
DROP SCHEMA public CASCADE
DO $$ BEGIN CREATE TABLE made (); END $$
DO $$ BEGIN EXECUTE 'CREATE TABLE ' || 'made ()'; END $$
SELECT elsewhere.make()
INSERT INTO trigger_makes VALUES (1)
CREATE SCHEMA n CREATE TABLE public.n (a int)
SQL
chomp @refused;
my $superuser_first = qr/^CREATE (?:FOREIGN|EXTENSION|SCHEMA)|^ALTER SCHEMA/;
for my $sql (@refused)
{
	my $error = $db->attempt($sql, %app);
	# Where the right is missing too, or the statement is wrong in itself, the server may say so first.
	my $states = $sql =~ $superuser_first ? qr/^(?:MG007|42501|42P15)$/ : qr/^MG007$/;
	like($error->{sqlstate}, $states, "refused: $sql") or diag($error->{text});
}
is($db->schema, $before, 'nothing of it has happened');
is($db->query("SELECT count(*) FROM pg_index WHERE NOT indisvalid OR NOT indisready"), '0', '... no concurrent build has left an index behind');
is($db->query("SELECT count(*) FROM pg_inherits WHERE inhdetachpending"), '0', '... nor a detachment a partition');
$db->fails('CREATE TABLE n (a int)', 'MG007', qr/CREATE TABLE outside of a migration: table public\.n.*migrate_upgrade/s, 'it says what, and what to do', %app);
$db->fails('CREATE EXTENSION citext', 'MG007', qr/extension citext.*A superuser can SET migrate\.guard = off/s, 'a superuser is told how');
$db->fails('SELECT elsewhere.make()', 'MG007', qr/table public\.made.*PL\/pgSQL function elsewhere\.make/s, 'DDL in a function says where');

# --- what passes -------------------------------------------------------------------------------------

my @passing = split /^/, <<'SQL';
CREATE TEMP TABLE n (a serial PRIMARY KEY, b text CHECK (b <> '')); ALTER TABLE n ADD c int; CREATE INDEX ON n (c); COMMENT ON TABLE n IS 'x'; GRANT SELECT ON n TO other; DROP TABLE n
CREATE TEMP TABLE t (a int); CREATE TRIGGER x BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION trg(); DROP TRIGGER x ON t; DROP TABLE t
CREATE TEMP TABLE n AS SELECT 1 AS a; CREATE TEMP VIEW w AS SELECT * FROM n; DROP TABLE n CASCADE
SELECT 1 AS a INTO TEMP n
CREATE TABLE pg_temp.n AS SELECT 1 AS a
BEGIN; CREATE TEMP TABLE n (a int) ON COMMIT DROP; COMMIT
CREATE FUNCTION pg_temp.n() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION pg_temp.n()
CREATE TYPE pg_temp.n AS (a int)
CREATE TABLE elsewhere.n (a int); ALTER TABLE elsewhere.n ADD b int; CREATE INDEX ON elsewhere.n (b); COMMENT ON TABLE elsewhere.n IS 'x'; DROP TABLE elsewhere.n
GRANT SELECT ON elsewhere.t TO other; REVOKE SELECT ON elsewhere.t FROM other
ALTER DEFAULT PRIVILEGES IN SCHEMA elsewhere GRANT SELECT ON TABLES TO other; ALTER DEFAULT PRIVILEGES IN SCHEMA elsewhere REVOKE SELECT ON TABLES FROM other
CREATE SCHEMA n CREATE TABLE x (a int) CREATE VIEW y AS SELECT * FROM x; DROP SCHEMA n CASCADE
CREATE TABLE IF NOT EXISTS t (id int)
CREATE INDEX IF NOT EXISTS ti ON t (a)
DROP TABLE IF EXISTS no_such_table
ALTER TABLE IF EXISTS no_such_table ADD a int
CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a
REFRESH MATERIALIZED VIEW m
REFRESH MATERIALIZED VIEW CONCURRENTLY m
INSERT INTO t VALUES (1, 'x', 1); UPDATE t SET b = 2; DELETE FROM t; TRUNCATE t
ANALYZE t; VACUUM t; REINDEX TABLE t; CLUSTER t USING ti
LOCK TABLE t; SET search_path = elsewhere; PREPARE x AS SELECT 1; DEALLOCATE x
SELECT nextval('s'), lo_unlink(lo_create(4711))
SQL
chomp @passing;
for my $sql (@passing)
{
	my $error = $db->attempt($sql =~ /^LOCK/ ? "BEGIN; $sql; COMMIT" : $sql, %app);
	is($error->{sqlstate}, '00000', "passes: $sql") or diag($error->{text});
}
is($db->query("SET migrate.guard = off; CREATE EXTENSION citext SCHEMA elsewhere; CREATE EXTENSION hstore; DROP EXTENSION hstore; SELECT 'made'"), 'made', 'a superuser switches it off for himself');
is($db->attempt('DROP EXTENSION citext')->{sqlstate}, '00000', 'an extension counts where it lives');
is($db->attempt('COMMENT ON EXTENSION pg_strata IS NULL')->{sqlstate}, '00000', 'pg_strata itself is not guarded');

# --- nobody gets around it ---------------------------------------------------------------------------

my $try = 'CREATE TABLE public.n (a int)';
$db->fails("SET migrate.guard = off; $try", 'MG007', qr/outside/, 'not by a SET before the library is loaded', %app, go_on => 1);
$db->fails("SELECT migrate_current(); SET migrate.guard = off", '42501', qr/permission denied/, '... nor after', %app);
$db->fails("BEGIN; SET LOCAL migrate.guard = off; $try", 'MG007', qr/outside/, '... nor by SET LOCAL', %app, go_on => 1);
$db->fails("SELECT set_config('migrate.guard', 'off', false); $try", 'MG007', qr/outside/, '... nor by set_config()', %app, go_on => 1);
$db->fails('ALTER ROLE app SET migrate.guard = off', '42501', qr/permission denied/, '... nor for the next session', %app);
$db->fails("SET session_replication_role = replica; $try", '42501|MG007', qr/denied|outside/, '... nor by session_replication_role', %app);
{
	local $ENV{PGOPTIONS} = '-c migrate.guard=off';
	$db->fails($try, '42501', qr/permission denied to set parameter "migrate.guard"/, '... nor by start-up options', %app);
	is($db->attempt($try . '; DROP TABLE public.n')->{sqlstate}, '00000', '... which are good enough for a superuser');
}
{
	local $ENV{PGOPTIONS} = '-c migrate.allow_downgrade=on';
	is($db->attempt('CREATE TEMP TABLE n ()', %app)->{sqlstate}, '00000', 'another policy among the start-up options does not stop DDL');
}
{
	local $ENV{PGAPPNAME} = 'pg_restore';
	$db->fails($try, 'MG007', qr/outside/, 'not by the name of the application', %app);
}
$db->fails("SET search_path = elsewhere; $try", 'MG007', qr/outside/, 'not by a search_path', %app);
$db->query("SET migrate.guard = off; CREATE FUNCTION elsewhere.upper(text) RETURNS text LANGUAGE sql AS 'SELECT \$\$x\$\$';
	CREATE FUNCTION elsewhere.concat(VARIADIC text[]) RETURNS text LANGUAGE sql AS 'SELECT NULL'; CREATE TABLE elsewhere.pg_namespace (oid oid, nspname name)");
$db->fails("SET search_path = elsewhere, pg_catalog; $try", 'MG007', qr/table public\.n/, '... with functions and tables of his own in it', %app);
$db->fails("ALTER EVENT TRIGGER migrate_guard DISABLE", '42501', qr/must be owner/, 'not by the event trigger', %app);
$db->fails('DROP SCHEMA strata CASCADE', 'MG007|42501', qr/strata/, 'not by the schema of the extension', %app);
$db->query('ALTER SCHEMA strata OWNER TO app');
$db->fails('DROP SCHEMA strata CASCADE', 'MG007', qr/which holds pg_strata/, '... also by who owns it', %app);
$db->fails('DROP SCHEMA elsewhere, strata CASCADE', 'MG007', qr/which holds pg_strata/, '... among others', %app);
$db->fails('CREATE TABLE elsewhere.n (a int); ALTER TABLE elsewhere.n SET SCHEMA public', 'MG007', qr/table public\.n/, 'not by a detour', %app);
$db->query('DROP TABLE IF EXISTS elsewhere.n');
is($db->query("SELECT to_regclass('public.n') IS NULL"), 't', 'no way has led there');

SKIP:
{
	skip 'migrate.managed_schemas is not there', 9 unless $db->query("SELECT migrate_current(); SELECT count(*) FROM pg_settings WHERE name = 'migrate.managed_schemas'") =~ /1$/;
	$db->fails("SET migrate.managed_schemas = elsewhere; $try", 'MG007', qr/table public\.n/, 'not by what is managed: what the session sets for itself does not count', %app);
	$db->fails("SET migrate.managed_schemas = elsewhere; CREATE TABLE elsewhere.n ()", '00000', qr//, '... in neither direction', %app);
	$db->query('DROP TABLE elsewhere.n');
	$db->fails("SELECT migrate_current(); ALTER ROLE app SET migrate.managed_schemas = elsewhere; SELECT 1/0", '22012', qr//, '(he sets it for the next session)', %app);
	$db->fails($try, 'MG007', qr/table public\.n/, '... which guards everything then', %app);
	$db->query('ALTER ROLE app RESET migrate.managed_schemas');
	{
		local $ENV{PGOPTIONS} = '-c migrate.managed_schemas=nothing';
		$db->fails($try, 'MG007', qr/table public\.n/, '... as start-up options do', %app);
	}
	$db->query("ALTER DATABASE guarded SET migrate.managed_schemas = 'elsewhere, \"Other\"'");
	$db->fails('CREATE TABLE elsewhere.n ()', 'MG007', qr/elsewhere\.n/, 'what the database says counts', %app);
	is($db->attempt("$try; DROP TABLE public.n", %app)->{sqlstate}, '00000', '... also for what is not managed');
	$db->query("ALTER DATABASE guarded SET migrate.managed_schemas = '*'");
	$db->fails('CREATE SCHEMA n', 'MG007', qr/schema n/, '* is everything', %app);
	is($db->attempt('CREATE TEMP TABLE n ()', %app)->{sqlstate}, '00000', '... but for temporary tables');
	$db->query('ALTER DATABASE guarded RESET migrate.managed_schemas');
}

# --- migrations --------------------------------------------------------------------------------------

$db->query('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA strata TO app; GRANT EXECUTE ON ALL PROCEDURES IN SCHEMA strata TO app; GRANT USAGE ON SCHEMA migrate TO app;
	GRANT EXECUTE ON FUNCTION migrate.expect(text[]), migrate.record(text, text, text[], text[]) TO app; GRANT SELECT ON migrate.script TO app');
$db->query('REVOKE EXECUTE ON FUNCTION strata.migrate_record_start() FROM app');
$db->load(
	revision('a', up => "CREATE TABLE a (id int); GRANT SELECT ON a TO other; COMMENT ON TABLE a IS 'x'; DO \$\$ BEGIN CREATE TABLE a2 (); END \$\$;", down => 'DROP TABLE a, a2;'),
	revision('b', after => 'a', up => 'CREATE INDEX CONCURRENTLY ai ON a (id);', down => 'DROP INDEX ai;'),
	revision('c', after => 'b', up => 'ALTER TABLE a ADD c int; SELECT elsewhere.make();', down => 'ALTER TABLE a DROP c; DROP TABLE made;'));
is($db->attempt("SELECT migrate_upgrade('a')", %app)->{sqlstate}, '00000', 'an upgrade passes');
is($db->deploy('b', undef, %app)->{sqlstate}, '00000', '... a deploy with a concurrent build');
is($db->attempt("SELECT migrate_upgrade('c')", %app)->{sqlstate}, '00000', '... and DDL in functions that a script calls');
$db->fails('ALTER TABLE a ADD d int', 'MG007', qr/outside/, '... and then no more', %app);
$db->fails("BEGIN; SELECT migrate_downgrade('b'); ALTER TABLE a ADD d int", 'MG007', qr/outside/, '... not even in the same transaction', %app);
$db->query("SELECT migrate_revision('wrong', 'CREATE TABLE w (); SELECT 1/0', rev_id => 'w')");
my $session = $db->session(%app);
is($session->try("SELECT migrate_upgrade('w')")->{sqlstate}, '22012', 'a migration that fails');
is($session->try('ALTER TABLE a ADD d int')->{sqlstate}, 'MG007', '... leaves no door open');
$session->close;
$db->query("DELETE FROM migrate.revision WHERE revision = 'w'");
is($db->attempt("SELECT migrate_downgrade('base')", %app)->{sqlstate}, '00000', 'a downgrade passes');
my $printed = $db->query("SELECT migrate_upgrade_sql('c')", extra => ['-At']);
is($db->attempt($printed, %app)->{sqlstate}, '00000', 'a printed script passes, with its concurrent build') or diag($db->attempt($printed, %app)->{text});
is($db->current, 'c', '... to its end');
$db->query('REVOKE EXECUTE ON FUNCTION migrate.expect(text[]) FROM app');
$db->fails("BEGIN; SELECT migrate.expect('{c}')", '42501', qr/expect/, '... for who may run it', %app);

# --- log and warn -------------------------------------------------------------------------------------

$db->query("ALTER DATABASE guarded SET migrate.guard = log");
my $offset = -s $node->logfile;
{
	local $ENV{PGAPPNAME} = 'my app';
	$db->query("CREATE TABLE logged (a int); SELECT 1; DROP TABLE\n  logged", %app);
	is($db->attempt('CREATE TABLE logged (a int); CREATE TEMP TABLE t1 (); DROP TABLE logged', %app)->{text}, '', 'log tells the client nothing');
}
my $log = substr slurp_file($node->logfile), $offset;
like($log, qr/LOG: +CREATE TABLE outside of a migration: table public\.logged\n.*DETAIL: +By role "app", application "my app", statement: CREATE TABLE logged \(a int\)\n/, '... the server role, application and statement');
like($log, qr/LOG: +DROP TABLE outside of a migration: relation public\.logged\n.*statement: DROP TABLE\n\s+logged\n/, '... that very statement');
is(scalar(() = $log =~ /outside of a migration/g), 4, '... each once, and nothing else');
$db->query("ALTER DATABASE guarded SET migrate.guard = warn");
my $warned = $db->attempt('CREATE TABLE warned (a serial PRIMARY KEY); ALTER TABLE warned DROP COLUMN a; DROP TABLE warned CASCADE', %app)->{text};
like($warned, qr/WARNING: +01000: CREATE TABLE outside of a migration: table public\.warned\nDETAIL: .*\nHINT: /, 'warn tells the client');
is(scalar(() = $warned =~ /outside of a migration/g), 3, '... each once') or diag($warned);
unlike($db->attempt('SELECT 1/0; ALTER TABLE no_such ADD a int', %app, go_on => 1)->{text}, qr/outside/, '... and not of what is not there');

# --- dumps ---------------------------------------------------------------------------------------------

$db->query("ALTER DATABASE guarded SET migrate.guard = refuse");
my $dir = $node->basedir;
my @server = ('-h', $node->host, '-p', $node->port);
my $events = "SELECT string_agg(evtname || ' ' || evtevent || ' ' || evtenabled::text, ', ' ORDER BY evtname) FROM pg_event_trigger";
my $expected = $db->query($events);
is($expected, 'migrate_guard ddl_command_end A, migrate_guard_drop sql_drop A, migrate_guard_start ddl_command_start A', 'the event triggers');
my $schema = $db->schema;
command_ok([ 'pg_dump', @server, '-Fc', '-f', "$dir/guarded.dump", 'guarded' ], 'pg_dump');
command_ok([ 'pg_dump', @server, '-C', '-f', "$dir/guarded.sql", 'guarded' ], 'pg_dump -C as text');
for my $way (
	[ 'pg_restore -C', 'pg_restore', @server, '-C', '--exit-on-error', '-d', 'postgres', "$dir/guarded.dump" ],
	[ 'pg_restore -C -j 2', 'pg_restore', @server, '-C', '-j', '2', '--exit-on-error', '-d', 'postgres', "$dir/guarded.dump" ],
	[ 'psql', 'psql', @server, '-XqAt', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null', '-d', 'postgres', '-f', "$dir/guarded.sql" ])
{
	my ($name, @command) = @$way;
	$node->safe_psql('postgres', 'DROP DATABASE guarded');
	delete local $ENV{PGAPPNAME};
	command_ok(\@command, "restored by $name, guard and all");
	is($db->query($events), $expected, '... the event triggers');
	is_same_schema($db->schema, $schema, '... the same schema');
	$db->fails($try, 'MG007', qr/outside/, '... guarded', %app);
	is($db->query("SELECT count(*) FROM pg_depend WHERE classid = 'pg_event_trigger'::regclass AND deptype = 'e'"), '3', '... and the event triggers belong to the extension');
}

# --- without it ------------------------------------------------------------------------------------------

my $owner = $db->session;
is($owner->try('DROP EXTENSION pg_strata')->{sqlstate}, '00000', 'the extension can be dropped');
is($owner->ask($events), '', '... with its event triggers');
is($owner->try('CREATE TABLE public.n (a int); DROP TABLE public.n')->{sqlstate}, '00000', '... and DDL goes on');
is($owner->try('CREATE EXTENSION pg_strata SCHEMA strata; CREATE TABLE public.n (a int); DROP TABLE public.n')->{sqlstate}, '00000', '... and in the session that makes it again');
is($owner->try('SET migrate.guard = refuse; CREATE TABLE public.n (a int)')->{sqlstate}, 'MG007', '... unless it says so itself');
$owner->close;
is($db->attempt('CREATE EXTENSION citext; CREATE EXTENSION hstore; DROP EXTENSION hstore')->{sqlstate}, 'MG007', 'other sessions are guarded again');

my $bare = Strata->new($node, 'unguarded');
is($bare->attempt('CREATE EXTENSION citext; CREATE EXTENSION hstore; ALTER EXTENSION hstore SET SCHEMA migrate; DROP EXTENSION hstore, citext; DROP EXTENSION pg_strata')->{sqlstate},
	'00000', 'extensions come and go where nobody has switched it on');

stays_up($node);
done_testing();
