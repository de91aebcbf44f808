# The hidden world: where the desired DDL is run under the names of the live schemas, and nothing is left of it. What is inside is asked
# by the DDL itself; other sessions act while it waits for an advisory lock.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('hidden_world', conf => "autovacuum = off\nwal_level = replica\nmax_wal_senders = 2\nmax_replication_slots = 2\nmax_locks_per_transaction = 16\n");
my $db = Strata->new($node, 'live', schema => 'strata');
plan skip_all => 'migrate_diff is not there' if $db->query("SELECT to_regproc('migrate_diff') IS NULL") eq 't';

# Runs DDL in a hidden world.
sub compare { return 'SELECT count(*) >= 0 FROM migrate_diff(' . quote($_[0]) . ', verify => false)' }
# DDL that succeeds when the condition holds.
sub holds { return "DO \$holds\$ BEGIN ASSERT ($_[0]), 'it does not hold'; END \$holds\$;" }
# What must be the same afterwards; OIDs and row versions are those of the live objects.
sub catalogs
{
	return $_[0]->query(join(' UNION ALL ', map { "SELECT '$_' AS catalog, count(*)::text, sum(hashtext(t::text))::text FROM $_ t" }
		  qw(pg_namespace pg_class pg_type pg_proc pg_constraint pg_depend pg_shdepend pg_extension pg_cast pg_event_trigger pg_publication pg_default_acl pg_description)) . ' ORDER BY 1');
}
sub leaves_all
{
	my ($rule, $body) = @_;
	my $before = catalogs($db);
	$body->();
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is(catalogs($db), $before, "$rule: nothing is left of it");
	$db->answers('SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND locktype NOT IN (\'virtualxid\', \'advisory\')', '0', "$rule: ... and no lock");
	return;
}

$db->query(q{
CREATE TABLE bookings (id int PRIMARY KEY, note text);
INSERT INTO bookings SELECT i, 'live' FROM generate_series(1, 100) i;
CREATE TYPE mood AS ENUM ('calm', 'glad');
CREATE VIEW busy AS SELECT * FROM bookings});

# --- what is inside ------------------------------------------------------------------------------

leaves_all('real names', sub {
	$db->answers(compare(
			holds(q{to_regclass('public.bookings') IS NULL AND to_regtype('public.mood') IS NULL})
			  . "CREATE TABLE bookings (id int PRIMARY KEY, n int UNIQUE, CHECK (n > 0)); CREATE TYPE mood AS ENUM ('sad');"
			  . holds(q{(SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'public.bookings'::regclass) = 'bookings_n_check bookings_n_key bookings_pkey'})
			  . holds('NOT EXISTS (SELECT FROM bookings)')),
		't', 'the schema is empty, and names are free: those that the server chooses, too');
});
leaves_all('schema public', sub {
	$db->answers(compare(holds(q{(SELECT concat_ws(' ', nspowner::regrole, nspacl, obj_description(oid, 'pg_namespace')) FROM pg_namespace WHERE nspname = 'public')
			= 'pg_database_owner {pg_database_owner=UC/pg_database_owner,=U/pg_database_owner} standard public schema'})),
		't', 'schema public is as initdb leaves it');
});
leaves_all('enum', sub {
	$db->answers(compare(q{CREATE TYPE mood AS ENUM ('sad'); ALTER TYPE mood ADD VALUE 'bad'; CREATE TABLE m (m mood DEFAULT 'bad'); INSERT INTO m VALUES ('bad');}),
		't', 'a new enum value can be used');
});
$db->fails("BEGIN; ALTER TYPE mood ADD VALUE 'mad'; " . compare("CREATE TYPE mood AS ENUM ('a'); ALTER TYPE mood ADD VALUE 'b'") . "; SELECT 'mad'::mood", '55P04', qr/unsafe use/,
	'... while those of the transaction around it stay unusable');
$db->answers(compare(q{CREATE TABLE t (i int); CREATE INDEX CONCURRENTLY t_i ON t (i); REINDEX INDEX CONCURRENTLY t_i; DROP INDEX CONCURRENTLY t_i;
	CREATE TABLE p (i int) PARTITION BY LIST (i); CREATE TABLE p1 PARTITION OF p DEFAULT; ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY}), 't', 'CONCURRENTLY is plain');
$db->answers(compare("SET lock_timeout = 0; SET transaction_timeout = 0; " . holds(q{current_setting('lock_timeout') = '5s'}) . 'RESET ALL;' . holds(q{current_setting('lock_timeout') = '5s'})),
	't', 'a dump of a newer version is taken; the wait for locks stays bounded');
$db->answers('SET lock_timeout = 77; ' . compare(holds(q{current_setting('lock_timeout') = '77ms'})) . '; SHOW lock_timeout', "t\n77ms", 'a shorter lock_timeout of the session holds, and stays');
$db->answers(compare(q{DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public; CREATE TABLE public.t (i int); DROP SCHEMA IF EXISTS other; CREATE SCHEMA other CREATE TABLE t (i int) CREATE VIEW v AS SELECT * FROM t}),
	't', 'DDL that drops and creates its schemas is taken');

# --- extensions, and what belongs to the whole database --------------------------------------------------------

my @extensions = grep { $db->query("SELECT count(*) FROM pg_available_extensions WHERE name = '$_'") } qw(citext pg_trgm pgcrypto hstore btree_gist);
SKIP: {
	skip 'contrib is not installed', 3 if @extensions < 5;
	$db->query(join ';', map { "CREATE EXTENSION $_" } @extensions);
	$db->query('CREATE TABLE loaded (c citext PRIMARY KEY, h hstore); CREATE INDEX ON loaded USING gin ((c::text) gin_trgm_ops)');
	leaves_all('extensions', sub {
		$db->answers(compare(q{SET search_path = ''; CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public; COMMENT ON EXTENSION citext IS 'x'; CREATE EXTENSION hstore VERSION '1.8';
			CREATE TABLE public.loaded (c public.citext PRIMARY KEY, h public.hstore DEFAULT 'a=>1'::public.hstore, d bytea DEFAULT public.digest('a', 'sha1'), i int, EXCLUDE USING gist (i WITH =));
			CREATE INDEX ON public.loaded USING gin ((c::text) public.gin_trgm_ops); CREATE INDEX ON public.loaded USING gist (h);
			INSERT INTO public.loaded (c) VALUES ('A');} . holds(q{(SELECT count(*) FROM public.loaded WHERE c OPERATOR(public.=) 'a' AND h OPERATOR(public.->) 'a' = '1') = 1})
			. holds(q{NOT EXISTS (SELECT FROM pg_extension WHERE extnamespace <> ALL ('{public,strata,pg_catalog}'::regnamespace[]))})
			. holds(q{NOT EXISTS (SELECT FROM pg_depend e JOIN pg_depend d USING (classid, objid) JOIN pg_namespace n ON n.oid = d.refobjid AND d.refclassid = 'pg_namespace'::regclass
				WHERE e.deptype = 'e' AND n.nspname LIKE 'migrate_hidden%')})
			. 'DROP EXTENSION citext CASCADE; DROP EXTENSION IF EXISTS hstore;'),
			't', 'extensions come along, and CREATE EXTENSION of those that are there is no error');
	});
	$db->answers("INSERT INTO loaded VALUES ('A', 'a=>1'); SELECT count(*) FROM loaded WHERE c = 'a'", '1', 'extensions work as before');
}
$db->query(q{
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'fired'; END$$;
CREATE FUNCTION point_of(text) RETURNS point LANGUAGE sql AS 'SELECT point(1, 1)';
CREATE CAST (text AS point) WITH FUNCTION point_of(text);
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s;
CREATE LANGUAGE mine HANDLER plpgsql_call_handler;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO PUBLIC;
SET client_min_messages = error; CREATE PUBLICATION p FOR ALL TABLES;
CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION refuse()});
my $globals = q{CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$;
CREATE FUNCTION point_of(text) RETURNS point LANGUAGE sql AS 'SELECT point(1, 1)';
CREATE CAST (text AS point) WITH FUNCTION point_of(text); CREATE LANGUAGE mine HANDLER plpgsql_call_handler;
CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s; CREATE FOREIGN TABLE ft (i int) SERVER s;
CREATE TABLE plain (i int); INSERT INTO plain VALUES (1); UPDATE plain SET i = 2; CREATE PUBLICATION p FOR TABLE plain;
CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION refuse();};
leaves_all('globals', sub {
	$db->answers(compare($globals . holds(q{(SELECT relacl FROM pg_class WHERE oid = 'public.plain'::regclass) IS NULL})), 't',
		'what belongs to the whole database is out of the way: event triggers, servers, casts, languages, publications, default privileges');
	$db->answers(compare('CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$; CREATE FOREIGN TABLE ft (i int) SERVER s'), 't', '... but servers are there where the DDL makes none');
});
$db->fails('CREATE TABLE x ()', 'P0001', qr/fired/, 'event triggers fire again afterwards');
$db->query('DROP EVENT TRIGGER e');
$db->query('DROP PUBLICATION p');
$db->query('ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE INSERT ON TABLES FROM PUBLIC');

# --- errors --------------------------------------------------------------------------------------------

leaves_all('errors', sub {
	my $error = $db->fails(compare("CREATE TABLE a (i int);\n\nSELECT 1 / 0"), '22012', qr/division by zero/, 'an error of the DDL is raised as it is');
	like($error->{context}, qr/desired DDL, statement 2, line 3/, '... and says where');
	$db->answers("DO \$\$ BEGIN PERFORM count(*) FROM migrate_diff('SELECT 1 / 0', verify => false); EXCEPTION WHEN division_by_zero THEN IF (SELECT count(*) FROM bookings) = 100 THEN RETURN; END IF; RAISE; END \$\$; SELECT 1",
		'1', 'a block with EXCEPTION survives it');
	$db->answers('BEGIN; SAVEPOINT s; \\set ON_ERROR_STOP 0' . "\n" . compare('SELECT 1 / 0') . ";\nROLLBACK TO s; SELECT count(*) FROM bookings; COMMIT", '100', 'a savepoint, too');
	$db->fails(compare('CREATE TABL x ()'), '42601', qr/syntax error/, 'a syntax error is found before anything runs');
	$db->fails(compare("COPY x FROM stdin;\n\\."), 'MG009', qr/COPY/, 'COPY from the client is refused');
	$db->fails(compare('COMMIT'), 'MG009', qr/transaction control/, '... and transaction control');
	$db->fails(compare(compare('SELECT 1')), '55000', qr/another comparison/, 'a comparison inside of a comparison is refused');
	$db->fails(compare('DROP EXTENSION pg_strata CASCADE; DROP SCHEMA migrate CASCADE; DROP TABLE migrate.version'), '2BP01|55000', qr/migrate|pg_strata/, 'the catalog of pg_strata is not touched');
	$db->fails('BEGIN READ ONLY; ' . compare('SELECT 1'), '25006', qr/read-only/, 'not in a read-only transaction');
});

leaves_all('isolation levels', sub {
	for my $level ('repeatable read', 'serializable')
	{
		$db->answers("BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM bookings; " . compare('CREATE TABLE bookings (id int); INSERT INTO bookings VALUES (1);' . holds('(SELECT count(*) FROM bookings) = 1'))
			. '; SELECT count(*) FROM bookings; COMMIT', "100\nt\n100", "inside of a $level transaction");
	}
	$db->answers("BEGIN; CREATE TABLE mine (i int); INSERT INTO mine VALUES (1); DECLARE c CURSOR FOR SELECT * FROM mine; " . compare('CREATE TABLE mine (j text)') . "; FETCH c; SELECT count(*) FROM mine; ROLLBACK", "t\n1\n1",
		'what the transaction has made and a cursor of its own stay');
});

# --- rights ---------------------------------------------------------------------------------------------

$db->query('CREATE ROLE owner LOGIN; CREATE ROLE stranger LOGIN; GRANT USAGE ON SCHEMA strata TO PUBLIC; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA strata TO PUBLIC;
	GRANT CREATE ON SCHEMA public TO stranger; GRANT CREATE ON DATABASE live TO stranger');
leaves_all('rights', sub {
	$db->fails(compare('SELECT 1'), '42501', qr/must be owner of schema "public"/, 'who does not own the schema may not compare', role => 'stranger');
});
$db->query('ALTER DATABASE live OWNER TO owner');
leaves_all('database owner', sub {
	$db->answers(compare('CREATE TABLE bookings (id int);' . holds(q{(SELECT relowner = 'owner'::regrole FROM pg_class WHERE oid = 'public.bookings'::regclass)})), 't',
		'the owner of the database may, with his own rights', role => 'owner');
	my $error = $db->fails(compare('CREATE TABLE a (i int); ALTER TABLE a OWNER TO postgres'), '42501', qr/must be member of role/, 'and no more than those', role => 'owner');
	like($error->{hint}, qr/--no-owner/, '... the hint says what to do');
});
$db->query('ALTER DATABASE live OWNER TO postgres; ALTER SCHEMA public OWNER TO owner; GRANT CREATE ON DATABASE live TO owner');
leaves_all('schema owner', sub {
	$db->answers(compare('CREATE TABLE bookings (id int)'), 't', 'so may who owns schema public but not the database', role => 'owner');
});
$db->query('REVOKE CREATE ON DATABASE live FROM owner');
$db->fails(compare('SELECT 1'), '42501', qr/permission denied to create schemas/, '... unless he may create no schemas', role => 'owner');
$db->query('ALTER SCHEMA public OWNER TO pg_database_owner');

# --- others go on ----------------------------------------------------------------------------------------

my $holder = $db->session;
my $runner = $db->session;
my $gate = 'SELECT pg_advisory_xact_lock(42);';
sub inside
{
	$holder->ask('SELECT pg_advisory_lock(42)');
	$runner->start(compare("CREATE TABLE bookings (id int); SET lock_timeout = 0; $gate"));
	$db->wait_until_blocked(42);
	return;
}
$runner->ask("SET migrate.lock_timeout = '600s'");
inside();
$db->answers("SET lock_timeout = '100ms'; SELECT count(*) FROM bookings", '100', 'others read while it runs');
$db->query("SET lock_timeout = '100ms'; INSERT INTO bookings VALUES (101, 'new'); UPDATE bookings SET note = 'x' WHERE id = 1");
$db->query("SET lock_timeout = '100ms'; ALTER TABLE bookings ADD COLUMN more int; CREATE INDEX ON bookings (note); DROP VIEW busy; CREATE VIEW busy AS SELECT * FROM bookings");
$db->query("SET lock_timeout = '100ms'; CREATE TABLE meanwhile (i int); CREATE TYPE meanwhile_type AS ENUM ('a'); CREATE FUNCTION meanwhile() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE SCHEMA elsewhere");
$db->answers("SET lock_timeout = '100ms'; SELECT count(*) FROM busy", '101', '... write, alter and create');
SKIP: {
	skip 'contrib is not installed', 1 if @extensions < 5;
	$db->answers("SET lock_timeout = '100ms'; SELECT count(*) FROM loaded WHERE c = 'A'", '1', '... and use extensions');
}
$db->fails("SET lock_timeout = '100ms'; GRANT USAGE ON SCHEMA public TO stranger", '55P03', qr/lock timeout/, 'who wants to change the schema itself waits');
$db->fails("SET migrate.lock_timeout = '100ms'; " . compare('SELECT 1'), '55P03', qr/lock timeout/, 'so does a second comparison, no longer than migrate.lock_timeout')->{hint} =~ /migrate.lock_timeout/ or fail('the hint names the setting');
$holder->ask('SELECT pg_advisory_unlock(42)');
is($runner->finish->{sqlstate}, '00000', 'it ends well');
$db->answers("SELECT count(*) FROM bookings WHERE more IS NULL", '101', 'what the others did is there');
$db->query('DROP TABLE meanwhile; DROP TYPE meanwhile_type; DROP FUNCTION meanwhile(); DROP SCHEMA elsewhere');

$db->query('CREATE SCHEMA apart; CREATE TABLE apart.t (i int PRIMARY KEY)');
$holder->ask('BEGIN; LOCK TABLE apart.t');
leaves_all('a lock of its own', sub {
	$holder->ask('COMMIT; BEGIN; SAVEPOINT s; LOCK TABLE apart.t');
	$db->fails("SET migrate.lock_timeout = '100ms'; " . compare('CREATE TABLE f (i int REFERENCES apart.t)'), '55P03', qr/lock timeout/, 'a statement of the DDL waits no longer either');
	$holder->ask('ROLLBACK');
});

# --- cancel, terminate, repeat -----------------------------------------------------------------------------

leaves_all('cancel', sub {
	inside();
	is($db->cancel($runner)->{sqlstate}, '57014', 'a cancel ends it');
	$holder->ask('SELECT pg_advisory_unlock(42)');
	is($runner->ask('SELECT count(*) FROM bookings'), '101', 'the session goes on');
	$runner->ask('BEGIN; SAVEPOINT s');
	inside();
	$db->cancel($runner);
	$holder->ask('SELECT pg_advisory_unlock(42)');
	is($runner->ask('ROLLBACK TO s; SELECT count(*) FROM bookings'), '101', '... after a savepoint, too');
	$runner->ask('COMMIT');
	inside();
	$db->terminate($runner);
	$holder->ask('SELECT pg_advisory_unlock(42)');
});
# The server's caches remember names that were asked for and not found: DDL that is rolled back costs as much everywhere.
sub growth
{
	my ($times, $statement) = @_;
	my $session = $db->session;
	$session->try($statement) for 1 .. 20;
	my $used = sub { return $session->ask('SELECT sum(used_bytes) / 1024 FROM pg_backend_memory_contexts') =~ s/\..*//r };
	my $before = $used->();
	$session->try($statement) for 1 .. $times;
	my $growth = $used->() - $before;
	$session->close;
	return $growth;
}
leaves_all('repetition', sub {
	my $ddl = q{CREATE TABLE bookings_2 (id int PRIMARY KEY, n int); CREATE TYPE mood_2 AS ENUM ('a'); CREATE TABLE m (m mood_2); CREATE INDEX ON m (m);};
	my $bare = growth(100, "BEGIN; SAVEPOINT s; $ddl ROLLBACK TO s; COMMIT");
	cmp_ok(growth(200, compare('SELECT 1')), '<', 200, '200 worlds keep no memory');
	cmp_ok(growth(100, compare($ddl)), '<', $bare * 2 + 200, '... with DDL no more than the same DDL rolled back');
	cmp_ok(growth(100, compare('SELECT 1 / 0')), '<', 200, '... with errors, either');
});

# --- size ---------------------------------------------------------------------------------------------------

# More relations than the lock table of this server holds locks for a transaction.
my $tables = join '', map { "CREATE TABLE t$_ (id int PRIMARY KEY, a int, b int); CREATE INDEX ON t$_ (a); CREATE INDEX ON t$_ (b);" } 1 .. 1000;
my $keys = join '', map { "ALTER TABLE t$_ ADD FOREIGN KEY (a) REFERENCES t" . ($_ * 7 % 1000 + 1) . ';' } 1 .. 1000;
write_text($node->data_dir . '/large.sql', compare("$tables$keys" . holds('(SELECT count(*) < 600 FROM pg_locks)')));
leaves_all('1,000 tables', sub {
	$db->answers('\\i ' . $node->data_dir . '/large.sql', 't', 'a schema that has no room in the lock table is built all the same');
});
$db->query("SELECT pg_create_physical_replication_slot('standby')");
$db->fails('\\i ' . $node->data_dir . '/large.sql', '54000', qr/standbys.*max_locks_per_transaction/s, '... but not where a standby would have to keep all the locks');

stays_up($node);
done_testing();
