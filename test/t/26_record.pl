# Recording DDL: what a session types becomes a revision that builds the same elsewhere; what is rolled back is not in it.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('recorder', conf => "max_prepared_transactions = 5\n");
my $number = 0;

# The upgrade of a revision, without what stands above it in the file.
sub upgrade_of { return $_[0]->query("SELECT sql FROM migrate.script WHERE direction = 'upgrade' AND revision = '$_[1]'") }

sub is_recording { return $_[0]->try('SELECT migrate_record_start()')->{sqlstate} eq '55000' }

# A new database with a session that records.
sub recording
{
	my ($prepare) = @_;
	my $db = Strata->new($node, 'record' . ++$number);
	$db->query($prepare) if $prepare;
	my $session = $db->session;
	$session->ask('SELECT migrate_record_start()');
	return ($db, $session);
}

# Runs a script statement by statement in a session that records, and asserts what the revision holds and that it builds the same.
sub records
{
	my ($rule, $script, $expected, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($db, $session) = recording($options{before});
	$session->try($_) for ref $script ? @$script : ($script);
	$session->ask('RESET search_path');
	my $id = $session->ask("SELECT coalesce(migrate_record_stop('$number', 'r'), 'nothing')");
	is($id eq 'nothing' ? $id : upgrade_of($db, 'r'), $expected, $rule);
	is_replayed($db, $rule, $options{before}) if $id ne 'nothing';
	$session->close;
	return $db;
}

sub is_replayed
{
	my ($db, $rule, $before) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $copy = Strata->new($node, 'replay' . $number);
	$copy->query($before) if $before;
	$copy->load($db->scripts);
	my $result = $copy->deploy('head');
	is($result->{sqlstate}, '00000', "... runs elsewhere ($rule)") or diag($result->{text});
	is_same_schema($copy->schema, $db->schema, "... and builds the same ($rule)");
	return;
}

# --- what is in it ---------------------------------------------------------------------------------

records('a table', 'CREATE TABLE t (a int)', 'CREATE TABLE t (a int);');
records('comments in a statement stay, those before it go', "-- before\n/* and */ CREATE TABLE t (a int, -- in\n  b text -- after\n)", "CREATE TABLE t (a int, -- in\n  b text -- after\n);");
records('a comment at its end does not swallow the semicolon', "CREATE TABLE t (a int) -- at the end\n", 'CREATE TABLE t (a int);');
records('quotes and semicolons', q{CREATE TABLE "T;1" (a text DEFAULT 'it''s; so', b text DEFAULT $$x;'$$)}, q{CREATE TABLE "T;1" (a text DEFAULT 'it''s; so', b text DEFAULT $$x;'$$);});
records('a rename stays a rename', [ 'ALTER TABLE t RENAME TO u', 'ALTER TABLE u RENAME a TO b' ], "ALTER TABLE t RENAME TO u;\nALTER TABLE u RENAME a TO b;", before => 'CREATE TABLE t (a int)');
records('several statements of one message', 'CREATE TABLE t (a int)\; INSERT INTO t VALUES (1)\; CREATE TABLE u (a int)', "CREATE TABLE t (a int);\nCREATE TABLE u (a int);");
records('several statements of one message, one fails', 'CREATE TABLE t (a int)\; SELECT 1/0\; CREATE TABLE u (a int)', 'nothing');
records('a statement that fails', [ 'CREATE TABLE t (a no_such)', 'CREATE TABLE u (a int)', 'CREATE TABLE u (a int)' ], 'CREATE TABLE u (a int);');
records('rows are not recorded', [ 'CREATE TABLE t (a int)', 'INSERT INTO t VALUES (1)', 'UPDATE t SET a = 2', 'COPY t TO STDOUT', 'TRUNCATE t' ], 'CREATE TABLE t (a int);');
records('CREATE TABLE AS and SELECT INTO', [ 'CREATE TABLE t AS SELECT 1 AS a', 'SELECT a INTO u FROM t' ], "CREATE TABLE t AS SELECT 1 AS a;\nSELECT a INTO u FROM t;");
records('GRANT, COMMENT, policies, rules', [ 'CREATE TABLE t (a int)', 'GRANT SELECT ON t TO PUBLIC', 'GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC', q{COMMENT ON TABLE t IS 'it''s'},
	'CREATE POLICY p ON t', 'CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING', 'DROP RULE r ON t', 'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC' ],
	"CREATE TABLE t (a int);\nGRANT SELECT ON t TO PUBLIC;\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;\nCOMMENT ON TABLE t IS 'it''s';\nCREATE POLICY p ON t;\n" .
	"CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;\nDROP RULE r ON t;\nALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC;");
records('DROP ... CASCADE', 'DROP TABLE t CASCADE', 'DROP TABLE t CASCADE;', before => 'CREATE TABLE t (a int); CREATE VIEW v AS SELECT * FROM t; CREATE VIEW w AS SELECT * FROM v');
records('what is there already, or is not', [ 'CREATE TABLE IF NOT EXISTS t ()', 'DROP TABLE IF EXISTS u', 'ALTER TABLE IF EXISTS u ADD a int' ], 'nothing', before => 'CREATE TABLE t (a int)');
records('temporary things', [ 'CREATE TEMP TABLE t (a serial)', 'CREATE INDEX ON t (a)', 'SELECT 1 AS a INTO TEMP u', 'DROP TABLE t', 'CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS $$SELECT 1$$' ], 'nothing');
records('a refresh', 'REFRESH MATERIALIZED VIEW m', 'nothing', before => 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a');
records('an extension, once', [ 'CREATE EXTENSION citext', 'CREATE TABLE t (a citext)' ], "CREATE EXTENSION citext;\nCREATE TABLE t (a citext);");
records('an index, concurrently', [ 'CREATE TABLE t (a int)', 'CREATE INDEX CONCURRENTLY i ON t (a)', 'CREATE INDEX CONCURRENTLY j ON t (a)', 'DROP INDEX CONCURRENTLY j' ],
	"CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY i ON t (a);\nCREATE INDEX CONCURRENTLY j ON t (a);\nDROP INDEX CONCURRENTLY j;");
records('an enum value that is added and used', [ "CREATE TYPE e AS ENUM ('a')", "ALTER TYPE e ADD VALUE 'b'", "CREATE TABLE t (a e DEFAULT 'b')" ],
	"CREATE TYPE e AS ENUM ('a');\nALTER TYPE e ADD VALUE 'b';\nCREATE TABLE t (a e DEFAULT 'b');");
records('psql variables', "\\set name strange\n\\set text '''it'\nCREATE TABLE :\"name\" (a text DEFAULT :'text')", q{CREATE TABLE "strange" (a text DEFAULT '''it');});

# --- functions ---------------------------------------------------------------------------------------

my $make = <<'SQL';
CREATE FUNCTION make(t text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$ BEGIN
  EXECUTE pg_catalog.format('CREATE TABLE public.%I (a int); CREATE INDEX ON public.%I (a)', t, t); END $$;
CREATE FUNCTION make_two(t text) RETURNS void LANGUAGE plpgsql AS $$ DECLARE x text; BEGIN
  FOR x IN SELECT t || n || coalesce(make(t || n)::text, '') FROM generate_series(1, 2) n LOOP PERFORM x; END LOOP; END $$;
CREATE PROCEDURE make_three() LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE three (a int); CREATE TABLE four (a int); END $$;
SQL
records('a DO block, once', 'DO $$ BEGIN CREATE TABLE a (); CREATE TABLE b (); END $$', 'DO $$ BEGIN CREATE TABLE a (); CREATE TABLE b (); END $$;');
records('a DO block that takes a part of it back', 'DO $$ BEGIN BEGIN CREATE TABLE a (); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END; CREATE TABLE b (); END $$',
	'DO $$ BEGIN BEGIN CREATE TABLE a (); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END; CREATE TABLE b (); END $$;');
records('a DO block that takes all of it back', 'DO $$ BEGIN BEGIN CREATE TABLE a (); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END; END $$', 'nothing');
records('a function', "SELECT make('a'), make('b')", "SELECT make('a'), make('b');", before => $make);
records('a function that fetches from a cursor', "SELECT make_two('a')", "SELECT make_two('a');", before => $make);
records('a procedure', 'CALL make_three()', 'CALL make_three();', before => $make);
records('EXECUTE is refused', [ 'PREPARE x AS SELECT make($1)', "EXECUTE x('a')", 'PREPARE y AS SELECT 1 AS a', 'CREATE TABLE t AS EXECUTE y' ], 'nothing', before => $make);

# --- transactions --------------------------------------------------------------------------------------

records('a rollback', [ 'BEGIN', 'CREATE TABLE a ()', 'ROLLBACK', 'BEGIN', 'CREATE TABLE b ()', 'COMMIT' ], 'CREATE TABLE b ();');
records('savepoints', [ 'BEGIN', 'CREATE TABLE a ()', 'SAVEPOINT s', 'CREATE TABLE b ()', 'SAVEPOINT r', 'CREATE TABLE c ()', 'RELEASE r', 'ROLLBACK TO s', 'CREATE TABLE d ()', 'SAVEPOINT q',
	'CREATE TABLE e ()', 'RELEASE q', 'CREATE TABLE d ()', 'ROLLBACK TO s', 'CREATE TABLE f ()', 'COMMIT' ], "CREATE TABLE a ();\nCREATE TABLE f ();");
records('an error in a block', [ 'BEGIN', 'CREATE TABLE a ()', 'SELECT 1/0', 'COMMIT' ], 'nothing');
records('PREPARE TRANSACTION is refused', [ 'BEGIN', 'CREATE TABLE a ()', "PREPARE TRANSACTION 'x'" ], 'nothing');

{
	my ($db, $session) = recording();
	$session->ask('CREATE TABLE a ()');
	$session->ask("BEGIN; SELECT migrate_record_stop('x', 'x')");
	$session->ask('CREATE TABLE b ()');
	is($session->try('SELECT migrate_record_start()')->{sqlstate}, '55000', 'an end that is not committed is no place for a beginning');
	$session->ask('ROLLBACK');
	is($db->current, '', 'a stop that is rolled back makes no revision');
	$session->ask("BEGIN; SAVEPOINT s; SELECT migrate_record_stop('x', 'x'); ROLLBACK TO s; CREATE TABLE c (); COMMIT");
	is($session->ask("SELECT migrate_record_stop('x', 'r')"), 'r', '... nor does one before a savepoint');
	is(upgrade_of($db, 'r'), "CREATE TABLE a ();\nCREATE TABLE c ();", '... and the recording goes on');
	is($session->try("SELECT migrate_record_stop('x')")->{sqlstate}, '55000', 'it ends once');
	$session->ask('BEGIN; SELECT migrate_record_start(); CREATE TABLE d (); ROLLBACK; CREATE TABLE e ()');
	is($session->try("SELECT migrate_record_stop('x')")->{sqlstate}, '55000', 'a start that is rolled back has not begun');
	$session->ask("BEGIN; SELECT migrate_record_start(); CREATE TABLE d (); SELECT migrate_record_stop('x', 's'); COMMIT");
	is(upgrade_of($db, 's'), 'CREATE TABLE d ();', 'all in one transaction');
	is($db->query("SELECT operation || ' ' || revision || ' ' || from_heads::text || ' ' || to_heads::text FROM migrate.log ORDER BY id"), "stamp r {} {r}\nstamp s {r} {s}", 'the log has stamps');
	is($db->query("SELECT migrate_health()->>'status'"), 'ready', 'the database is at its head');
	$session->close;
}

# --- settings ------------------------------------------------------------------------------------------

my $app = 'CREATE SCHEMA app; CREATE SCHEMA "Ü x"; ALTER DATABASE %s SET migrate.managed_schemas = \'app, public, "Ü x"\'';
sub app { return sprintf $app, 'record' . ($number + 1) }
records('the search_path', [ 'CREATE TABLE a ()', 'SET search_path = app, public', 'CREATE TABLE b ()', 'CREATE TABLE c ()', 'SET search_path = "Ü x"', 'CREATE TABLE d ()', 'RESET search_path', 'CREATE TABLE e ()',
	q{BEGIN; SET LOCAL search_path = app; CREATE TABLE f (); COMMIT}, 'CREATE TABLE g ()' ],
	"CREATE TABLE a ();\nSET search_path = app, public;\nCREATE TABLE b ();\nCREATE TABLE c ();\nSET search_path = \"Ü x\";\nCREATE TABLE d ();\nSET search_path = public;\nCREATE TABLE e ();\n" .
	"SET search_path = app;\nCREATE TABLE f ();\nSET search_path = public;\nCREATE TABLE g ();", before => app());
records('an empty search_path', [ q{SET search_path = ''}, 'CREATE TABLE public.a ()' ], "SET search_path = '';\nCREATE TABLE public.a ();");
records('a schema of the user', 'CREATE TABLE a ()', 'SET search_path = ' . $node->safe_psql('postgres', 'SELECT quote_ident(current_user)') . ", public;\nCREATE TABLE a ();",
	before => 'CREATE SCHEMA AUTHORIZATION CURRENT_USER; ALTER DATABASE record' . ($number + 1) . q{ SET migrate.managed_schemas = '*'});
records('the settings of a function are not those of the statement', [ 'SET search_path = app, public', q{SELECT make('a')} ], "SET search_path = app, public;\nSELECT make('a');", before => app() . '; ' . $make);
records('an extension has a search_path of its own', 'CREATE EXTENSION citext SCHEMA app', 'CREATE EXTENSION citext SCHEMA app;', before => app());
records('bodies that are not checked', [ 'SET check_function_bodies = off', 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$SELECT a FROM later$$', 'RESET check_function_bodies', 'CREATE TABLE later (a int)' ],
	"SET check_function_bodies = 'off';\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS \$\$SELECT a FROM later\$\$;\nSET check_function_bodies = 'on';\nCREATE TABLE later (a int);");
records('dates', [ "SET DateStyle = 'SQL, DMY'", "CREATE TABLE t (a date DEFAULT '02/03/2020')" ], "SET DateStyle = 'SQL, DMY';\nCREATE TABLE t (a date DEFAULT '02/03/2020');");
records('backslashes under another reading of strings', [ 'SET standard_conforming_strings = off', q{CREATE TABLE t (a text DEFAULT '\\\\x')}, 'CREATE TABLE u (a text)' ], 'CREATE TABLE u (a text);');
records('what a revision file cannot hold', [ "CREATE TABLE t (a text DEFAULT '\n-- migrate:down\n')", 'CREATE TABLE u ()' ], 'CREATE TABLE u ();');

{
	my ($db, $session) = recording('CREATE SCHEMA other');
	my $said = $session->try('CREATE TABLE other.t (a int)')->{text};
	like($said, qr/NOTICE: .*not recorded: table other\.t is outside of migrate\.managed_schemas/, 'DDL elsewhere is not recorded, and that is said');
	unlike($session->try('CREATE TEMP TABLE t (a int)')->{text}, qr/NOTICE/, '... but not of temporary tables');
	my $end = $session->try("SELECT migrate_record_stop('x')");
	is("$end->{sqlstate} $end->{out}", '00000 ', 'nothing was recorded: null');
	like($end->{text}, qr/INFO: .*nothing was recorded/, '... and a word');
	is($db->query('SELECT count(*) FROM migrate.revision'), '0', '... and no revision');
	ok(!is_recording($session), '... and the end of it');
	$session->close;
}

# --- the extended protocol ------------------------------------------------------------------------------

{
	my $db = Strata->new($node, 'record' . ++$number);
	$db->query($make);
	my $file = $node->basedir . '/record.sql';
	write_text($file, join ";\n", '\set v 5', 'SELECT migrate_record_start()', 'CREATE TABLE t (a int)', 'SELECT make(:v::text)', q{CREATE TABLE u AS SELECT :v::int AS a, '$1'::text AS b, $x$$2$x$::text AS c},
		q{SELECT migrate_record_stop('x', 'r')}, '');
	(my $text = read_text($file)) =~ s/^(\\set.*);$/$1/m;
	write_text($file, $text);
	for my $mode ('extended', 'prepared')
	{
		$db->query("DROP TABLE t, u, \"5\"; SELECT migrate_stamp('base'); DELETE FROM migrate.revision") if $mode eq 'prepared';
		command_ok([ 'pgbench', '-n', '-t', '1', '-M', $mode, '-f', $file, '-h', $node->host, '-p', $node->port, $db->name ], "statements with parameters ($mode)");
		is(upgrade_of($db, 'r'), "CREATE TABLE t (a int);\nSELECT make(('5'::text)::text);\nCREATE TABLE u AS SELECT ('5'::integer)::int AS a, '\$1'::text AS b, \$x\$\$2\$x\$::text AS c;" =~ s/'5'::text/$mode eq 'x' ? '' : "'5'::pg_catalog.text"/er,
			'... their values are in the record');
	}
	is_replayed($db, 'parameters', $make);
}

# --- encodings --------------------------------------------------------------------------------------------

{
	my $db = Strata->new($node, 'record' . ++$number, create => "ENCODING 'LATIN1' TEMPLATE template0");
	my $session = $db->session;
	$session->ask("SET client_encoding = 'UTF8'; SELECT migrate_record_start(); CREATE TABLE \"gr\xc3\xb6\xc3\x9fe\" (\"\xc3\xa4\" int)");
	$session->ask("SELECT migrate_record_stop('x', 'r')");
	is($db->query("SET client_encoding = 'UTF8'; SELECT sql FROM migrate.script WHERE direction = 'upgrade'"), "CREATE TABLE \"gr\xc3\xb6\xc3\x9fe\" (\"\xc3\xa4\" int);", 'another encoding');
	$session->close;
}

# --- where it begins and ends ---------------------------------------------------------------------------

{
	my $db = Strata->new($node, 'heads');
	$db->load(Strata::chain('a', 'b'));
	my $session = $db->session;
	my $pending = $session->try('SELECT migrate_record_start()');
	like("$pending->{sqlstate} $pending->{message}", qr/^55000 target database is not up to date/, 'not with something pending');
	$db->upgrade;
	is($session->try('SELECT migrate_record_start()')->{sqlstate}, '00000', 'at head it begins');
	is($session->try('SELECT migrate_record_start()')->{sqlstate}, '55000', '... once');
	$db->load(revision('c', after => 'b'));
	$session->ask('CREATE TABLE mine (a int)');
	$pending = $session->try("SELECT migrate_record_stop('x')");
	like("$pending->{sqlstate} $pending->{message}", qr/^55000 target database is not up to date/, 'nor does it end with something pending');
	$session->ask("SELECT migrate_upgrade(); SELECT migrate_downgrade('-1'); SELECT migrate_upgrade()");
	my $end = $session->try("SELECT migrate_record_stop('mine', 'm')");
	is($end->{out}, 'm', 'it goes on, and ends at the new head');
	like($end->{text}, qr/WARNING: .*irreversible: other revisions were applied meanwhile/, '... which cannot be undone');
	is(upgrade_of($db, 'm'), 'CREATE TABLE mine (a int);', '... without what a migration did in the same session');
	is($db->query("SELECT down_revision::text FROM migrate.revision WHERE revision = 'm'"), '{c}', '... upon what was applied last');
	is($session->try("SELECT migrate_record_start(); CREATE TABLE again (); SELECT migrate_record_stop('x', 'a')")->{sqlstate}, 'MG005', 'an id that is taken');
	is($session->ask("SELECT migrate_record_stop('x', 'n')"), 'n', '... another one will do');
	$db->query("SELECT migrate_revision('x', '', rev_id => 'z', head => 'a', splice => true); SELECT migrate_stamp('heads')");
	is($session->try('SELECT migrate_record_start()')->{sqlstate}, 'MG003', 'not with several heads');
	$db->query("SELECT migrate_merge('x', rev_id => 'zz'); SELECT migrate_upgrade()");
	$db->query("INSERT INTO migrate.journal VALUES ('b', 1, 'done', now(), now(), 1, NULL, 'x')");
	is($session->try('SELECT migrate_record_start()')->{sqlstate}, '55000', 'not with something half applied');
	$db->query('DELETE FROM migrate.journal; ALTER EVENT TRIGGER migrate_guard DISABLE');
	like($session->try('SELECT migrate_record_start()')->{text}, qr/55000: an event trigger of pg_strata is disabled/, 'not without its event triggers');
	$db->query('ALTER EVENT TRIGGER migrate_guard ENABLE ALWAYS');
	$session->ask('BEGIN READ ONLY');
	is($session->try('SELECT migrate_record_start()')->{sqlstate}, '25006', 'not in a read-only transaction');
	$session->ask('ROLLBACK');
	$db->query("SELECT migrate_revision('x', 'SELECT migrate_record_start()', rev_id => 'y')");
	$db->fails('SELECT migrate_upgrade()', '55006', qr/cannot start another/, 'not in a script');
	$session->close;
}

{
	my ($db, $first) = recording();
	my $second = $db->session;
	$second->ask('SELECT migrate_record_start()');
	$first->ask('CREATE TABLE a (a int)');
	$second->ask('CREATE TABLE b (a int)');
	$first->ask('ALTER TABLE b ADD c int');
	is($first->ask("SELECT migrate_record_stop('x', 'f')"), 'f', 'two sessions record');
	like($second->try("SELECT migrate_record_stop('x', 's')")->{text}, qr/irreversible/, '... the second one cannot be undone');
	is(join('|', upgrade_of($db, 'f'), upgrade_of($db, 's')), "CREATE TABLE a (a int);\nALTER TABLE b ADD c int;|CREATE TABLE b (a int);", '... each has its own');
	$first->ask('SELECT migrate_record_start(); CREATE TABLE lost (a int)');
	my $pid = $first->pid;
	$first->close;
	$db->wait_until("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = $pid");
	$first = $db->session;
	is($first->try("SELECT migrate_record_stop('x')")->{sqlstate}, '55000', 'a record ends with its session');
	is($db->query('SELECT count(*) FROM migrate.revision'), '2', '... and leaves no revision');
	$_->close for $first, $second;
}

# --- limits ---------------------------------------------------------------------------------------------------

{
	my ($db, $session) = recording('CREATE TABLE t (a int)');
	my $comment = 'x' x 9_000_000;
	is($session->try("COMMENT ON TABLE t IS '$comment'")->{sqlstate}, '00000', 'nine million bytes');
	is($session->try("COMMENT ON COLUMN t.a IS '$comment'")->{sqlstate}, '54000', '... twice are too many');
	is($db->query("SELECT col_description('t'::regclass, 1) IS NULL"), 't', '... and have not run');
	$session->ask('DROP TABLE t');
	is($session->ask("SELECT migrate_record_stop('x', 'r')"), 'r', '... the rest is good');
	is(length(upgrade_of($db, 'r')), 9_000_000 + length("COMMENT ON TABLE t IS '';\nDROP TABLE t;"), '... and whole');
	my $before = $session->contexts;
	$session->ask('SELECT migrate_record_start()');
	$session->ask('BEGIN; CREATE TABLE x (a int); DROP TABLE x; ROLLBACK') for 1 .. 200;
	$session->ask("SELECT migrate_record_stop('x')");
	cmp_ok($session->contexts, '<', $before + 1000, 'what is rolled back leaves no memory behind');
	$session->close;
}

# --- rights -----------------------------------------------------------------------------------------------------

{
	my $db = Strata->new($node, 'rights');
	$db->query('CREATE ROLE dev LOGIN; CREATE ROLE owner; GRANT owner TO dev; CREATE ROLE app LOGIN; GRANT owner TO app; ALTER SCHEMA public OWNER TO owner; ALTER DATABASE rights SET migrate.guard = refuse');
	$db->fails('SELECT migrate_record_start()', '42501', qr/permission denied/, 'recording is a right', role => 'dev');
	$db->fails("SELECT migrate_record_stop('x')", '42501', qr/permission denied/, '... of its own', role => 'dev');
	$db->query('GRANT EXECUTE ON FUNCTION migrate_record_start(), migrate_record_stop(text, text) TO dev');
	my $session = $db->session(role => 'dev');
	is($session->try('CREATE TABLE a (a int)')->{sqlstate}, 'MG007', 'the guard refuses');
	$session->ask('SELECT migrate_record_start()');
	is($session->try('CREATE TABLE a (a int)')->{sqlstate}, '00000', '... and lets pass what is recorded');
	is($session->try('SET ROLE owner; CREATE TABLE b (a int); RESET ROLE')->{sqlstate}, '00000', '... as another role, too');
	$db->fails('CREATE TABLE c (a int)', 'MG007', qr/outside/, '... of that session alone', role => 'app');
	is($session->ask("SELECT migrate_record_stop('x', 'r')"), 'r', 'the end of it');
	is($session->try('CREATE TABLE c (a int)')->{sqlstate}, 'MG007', '... is the end of the door');
	is(upgrade_of($db, 'r'), "CREATE TABLE a (a int);\nCREATE TABLE b (a int);", 'what was recorded');
	$session->ask('SELECT migrate_record_start()');
	$db->query('REVOKE EXECUTE ON FUNCTION migrate_record_start() FROM dev');
	is($session->try('CREATE TABLE c (a int)')->{sqlstate}, 'MG007', 'who has lost the right is guarded again');
	$session->close;
	my $super = $db->session;
	$super->ask('SET migrate.guard = off; SELECT migrate_record_start(); SET SESSION AUTHORIZATION app');
	$super->ask('CREATE TABLE c (a int); DROP TABLE c; RESET SESSION AUTHORIZATION; CREATE TABLE d (a int)');
	$super->ask("SELECT migrate_record_stop('x', 's')");
	is(upgrade_of($db, 's'), 'CREATE TABLE d (a int);', 'who may not record is not recorded');
	$super->close;
}

stays_up($node);
done_testing();
