# CALL migrate_deploy where it is easily wrong: going on after SET and after edits, locks that a script gives away, retries of
# what has committed, statistics.  13_deploy_hard_places.pl has the rest.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('hard', conf => 'autovacuum = off');
$node->safe_psql('postgres', 'CREATE ROLE bob');
my $number = 0;
my $patient = 'SET migrate.deploy_lock_timeout = 0';
my $brief = "SET migrate.deploy_lock_timeout = '100ms'";
my $hold_table = 'BEGIN; SELECT count(*) FROM t';
my $note = "INSERT INTO public.seen VALUES (concat_ws(' ', current_setting('row_security'), current_setting('lock_timeout')));";
my $seen = "SELECT string_agg(what, ', ' ORDER BY ctid) FROM seen";

# A database of three revisions, the middle one of this script, by default statement by statement.
sub database
{
	my ($up, %keys) = @_;
	my $db = Strata->new($node, 'hard' . ++$number);
	$db->query('CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 10); CREATE TABLE c (a int); CREATE TABLE seen (what text);
		CREATE SCHEMA app; GRANT ALL ON SCHEMA app, public TO bob; GRANT ALL ON ALL TABLES IN SCHEMA public TO bob');
	$db->load(revision('a'), changed($up, %keys), revision('z', after => 'b'));
	return $db;
}

sub changed { my ($up, %keys) = @_; return revision('b', after => 'a', up => $up, alone => 1, %keys) }

# --- going on after SET -------------------------------------------------------------------------

my $tables = "CREATE TABLE nt (x int);\nCREATE TABLE bad (x nosuch);";
my $owners = "SELECT string_agg(concat_ws(' ', schemaname, tablename, tableowner), ', ' ORDER BY tablename) FROM pg_tables WHERE tablename IN ('nt', 'bad')";
my $me = $node->safe_psql('postgres', 'SELECT current_user');
for my $case (
	[ 'SET', 'SET search_path = app;' ], [ 'set_config', "SELECT pg_catalog.set_config('search_path', 'app, public', false);" ],
	[ 'RESET ALL before it', 'RESET ALL; SET search_path = app;' ], [ 'DISCARD ALL before it', 'DISCARD ALL; SET search_path = app;' ],
	[ 'RESET ALL, which keeps the role', 'RESET ALL; SET search_path = app;', 'first' ])
{
	my ($what, $sets, $order) = @$case;
	my $skipped = () = $sets =~ /;/g;
	$sets = $order ? "SET ROLE bob; $sets" : "$sets SET ROLE bob;";
	my $db = database("$sets\n$tables");
	$db->fails('CALL migrate_deploy()', '42704', qr/type "nosuch" does not exist/, "a script fails after its settings: $what");
	is($db->journal, join(', ', map({ "$_ done" } 1 .. $skipped + 2), $skipped + 3 . ' failed'), "... the journal has them as done: $what");
	$db->query('CREATE DOMAIN app.nosuch AS int');
	$db->deploys("... and goes on: $what");
	$db->answers($owners, 'app bad bob, app nt bob', "... with its settings: $what");
	$db->answers("SELECT tableowner = '$me' FROM pg_tables WHERE tablename = 't_z'", 't', "... which end with it: $what");

	$db = database("$sets\nCREATE TABLE nt (x int);\nCREATE TABLE bad AS SELECT pg_advisory_xact_lock(77)::text AS x;");
	my $holder = $db->session;
	$holder->ask('SELECT pg_advisory_lock(77)');
	my $runner = $db->begins($patient);
	$db->wait_until_blocked(77);
	$db->terminate($runner);
	$holder->close;
	$db->deploys("killed there, it goes on: $what");
	$db->answers($owners, 'app bad bob, app nt bob', "... with its settings: $what");
}
# What cannot be SET any more shows that it is not repeated.
my $values = "INSERT INTO public.seen VALUES (concat_ws(' ', current_setting('work_mem'), current_setting('search_path')));";
for my $case ([ 'DISCARD ALL', 'SET ROLE gone;' ], [ 'RESET ALL', '' ])
{
	my ($resets, $role) = @$case;
	my $db = database("SET search_path = app; SET work_mem = '77MB'; SET default_table_access_method = gone; $role $resets; CREATE TABLE nt (x int); $values\nCREATE TABLE bad (x nosuch); $values");
	$db->query('CREATE ROLE gone; CREATE ACCESS METHOD gone TYPE TABLE HANDLER heap_tableam_handler');
	is($db->deploy->{sqlstate}, '42704', "a script fails after $resets");
	$db->query('CREATE DOMAIN nosuch AS int; DROP ROLE gone; DROP ACCESS METHOD gone');
	$db->deploys("... and goes on without what was SET before $resets");
	$db->answers($owners, "public bad $me, public nt $me", "... which is reset: $resets");
	$db->answers('SELECT count(*), count(DISTINCT what) FROM seen', '2|1', "... as at the first call: $resets");
}

# --- going on after an edit ---------------------------------------------------------------------

my $insert = 'INSERT INTO c VALUES (1);';
for my $case (
	[ 'one that can run in a transaction', "$insert CREATE INDEX CONCURRENTLY i ON t (nosuch);", "$insert CREATE INDEX i ON t (a);", '42703', '', '' ],
	[ 'what has run and no more', "$insert CREATE INDEX CONCURRENTLY i ON t (nosuch);", $insert, '42703', '', '' ],
	[ 'one without repetition', "$insert\n-- migrate:repeat pause=1ms\nDELETE FROM t WHERE a IN (SELECT a FROM t ORDER BY a LIMIT 3) RETURNING 1 / (a - 5);", "$insert\nDELETE FROM t WHERE a IN (SELECT a FROM t ORDER BY a LIMIT 3) RETURNING 1 / (a - 5);", '22012', 'DELETE FROM t WHERE a = 5', 3 ])
{
	my ($what, $before, $after, $sqlstate, $cure, $rows) = @$case;
	my $db = database($before, alone => 0);
	is($db->deploy->{sqlstate} . ' ' . $db->journal, "$sqlstate 1 done, 2 failed", "a revision stops half way: $what");
	$db->answers('SELECT rows FROM migrate.journal WHERE statement = 2', $rows, "... with so many rows: $what");
	$db->query($cure) if $cure;
	is($db->load(changed($after, alone => 0)), 'b updated', "it becomes $what");
	$db->deploys("... and is deployed: $what", target => 'b');
	$db->answers('SELECT count(*) FROM c', '1', "... what had run is not run again: $what");
	$db->answers('SELECT count(*) FROM migrate_upgrade()', '1', "... and an upgrade goes on from there: $what");
	is($db->current, 'z', "... to the head: $what");
}

# --- statistics ---------------------------------------------------------------------------------

# The counters of the server belong to the CALL that is still running when a revision commits.  f() has them reported at every commit that can.
for my $case ([ 'revisions', 0, 'SELECT f(), f();' ], [ 'statements', 1, 'SELECT f(); VACUUM t; SELECT f(); CREATE INDEX CONCURRENTLY i ON t (a); DO $$ BEGIN PERFORM f(); COMMIT; PERFORM f(); END $$;' ])
{
	my ($what, $alone, $up) = @$case;
	my $calls = 1 + (() = $up =~ /f\(\)/g);
	my $db = database($up, alone => $alone);
	$db->query('CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_stat_force_next_flush(); END $$');
	$db->load(revision('z', after => 'b', up => 'SELECT f();'));
	my $session = $db->session;
	$session->ask("SET track_functions = 'all'");
	my $result = $session->try('CALL migrate_deploy()');
	is($result->{sqlstate} . ' ' . $db->current, '00000 z', "with track_functions = all $what are deployed") or diag($result->{text});
	$session->ask('SELECT pg_stat_force_next_flush()');
	is($session->ask("SELECT string_agg(funcname || ' ' || calls, ', ' ORDER BY funcname) FROM pg_stat_user_functions WHERE funcname IN ('f', 'migrate_deploy')"), "f $calls, migrate_deploy 1", "... and calls are counted: $what");
	$session->close;
}

# --- the lock_timeout of builds -----------------------------------------------------------------

# A deadlock for certain: the writer keeps the build, which has locked t, until `other` waits for t as well.  Then the build comes to wait
# for the snapshot of `other`.
my $db = database("CREATE INDEX CONCURRENTLY i ON t (a); $note VACUUM t; $note");
my ($writer, $other) = ($db->session, $db->session);
$writer->ask('BEGIN; INSERT INTO t VALUES (11)');
$other->ask("SET deadlock_timeout = '1h'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
my $runner = $db->begins("SET deadlock_timeout = '50ms'; SET migrate.deploy_lock_timeout = '345ms'; SET migrate.deploy_build_timeout = '77min'");
$db->wait_until_waiting($runner, 'virtualxid');
$other->start('LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE');
$db->wait_until_waiting($other, 'relation');
$writer->ask('COMMIT');
is($other->finish->{sqlstate}, '00000', 'the deploy gives way in a deadlock with its build');
$other->ask('COMMIT');
my $result = $db->ends($runner, 'z', '... and tries again');
like($result->{text}, qr/WARNING:.*deadlock detected; retry 1 of 10/, '... with a WARNING');
$db->answers($seen, 'off 345ms, off 345ms', '... and the statements behind it have the lock_timeout of statements');
$db->answers("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass", 't', '... the index is valid');
$_->close for $writer, $other;

# When the build has no limit, the session that it waits for goes after a while, and the build would succeed.
for my $own ('100ms', '345ms')
{
	my $db = database("SET lock_timeout = '$own'; CREATE INDEX CONCURRENTLY i ON t (a); $note");
	my $holder = $db->session;
	$holder->ask("SET idle_in_transaction_session_timeout = '15s'; BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
	my $settings = "SET migrate.deploy_lock_timeout = '345ms'; SET migrate.deploy_build_timeout = 0";
	is($db->deploy('head', $settings)->{sqlstate}, '55P03', "a script's own lock_timeout of $own cuts its build");
	is($db->deploy('head', $settings)->{sqlstate}, '55P03', "... of the next call as well: $own");
	$holder->close;
	$db->deploys("... which ends when it can: $own", before => $settings);
	$db->answers($seen, "off $own", "... and holds behind it: $own");
}

# --- the migration lock -------------------------------------------------------------------------

my $unlock = 'CREATE FUNCTION unlock() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_unlock_all(); INSERT INTO c VALUES (1); PERFORM pg_advisory_xact_lock(77); END $$';
for my $case (
	[ 'in one transaction', 0, 'SELECT unlock();' ], [ 'statement by statement', 1, 'VACUUM t; SELECT unlock();' ], [ 'a backfill', 0, "-- migrate:repeat pause=1ms\nUPDATE t SET a = 0 WHERE a > 0 AND unlock() IS NOT NULL;" ],
	[ 'DO', 1, 'DO $$ BEGIN PERFORM unlock(); END $$;' ], [ 'CALL', 1, 'CALL unlocks();' ])
{
	my ($what, $alone, $up) = @$case;
	my $db = database($up, alone => $alone);
	$db->query("$unlock; CREATE PROCEDURE unlocks() LANGUAGE plpgsql AS \$\$ BEGIN PERFORM unlock(); END \$\$; DELETE FROM t WHERE a > 1");
	my $holder = $db->session;
	$holder->ask('SELECT pg_advisory_lock(77)');
	my $runner = $db->begins($patient);
	$db->wait_until_blocked(77);
	for my $call ('CALL migrate_deploy()', 'SELECT migrate_upgrade()', "SELECT migrate_stamp('b')")
	{
		# With the lock lost, the other would wait for this one at the gate.
		my $error = $db->attempt("SET migrate.lock_timeout = '20ms'; SET statement_timeout = '5s'; SET migrate.deploy_retries = 0; SET migrate.deploy_lock_timeout = '1s'; $call");
		is($error->{sqlstate}, '55P03', "after pg_advisory_unlock_all() nobody else gets in ($what): $call") or diag($error->{text});
		like($error->{message}, qr/another migration is running/, "... because of the migration lock ($what): $call");
	}
	$holder->close;
	$db->ends($runner, 'z', "... and it ends ($what)");
	$db->answers('SELECT count(*) FROM c', '1', "... applied once ($what)");
	$db->answers("SELECT string_agg(revision || ' ' || outcome, ', ' ORDER BY id) FROM migrate.log", 'a done, b done, z done', "... each revision once ($what)");
}

# --- the wait for the migration lock ------------------------------------------------------------

$db = database('SELECT 1;');
my $holder = $db->session;
$holder->ask("BEGIN; SELECT count(*) FROM migrate_upgrade('a')");
$db->fails("SET statement_timeout = '200ms'; SET migrate.lock_timeout = '1s'; CALL migrate_deploy()", '55P03', qr/another migration/, "the caller's statement_timeout does not cut the wait for the migration lock");
$holder->close;
$db->deploys('... and it runs when it has it', before => "SET statement_timeout = '5s'");

# --- bodies that commit -------------------------------------------------------------------------

my $lock = 'LOCK TABLE t IN ACCESS EXCLUSIVE MODE';
for my $body ("BEGIN INSERT INTO c VALUES (1); COMMIT; $lock; END", "BEGIN INSERT INTO c VALUES (1); COMMIT; INSERT INTO c VALUES (2); ROLLBACK; $lock; END")
{
	my $db = database("DO \$\$ $body \$\$;");
	my $holder = $db->session;
	$holder->ask($hold_table);
	my $error = $db->deploy('head', "$brief; SET migrate.deploy_retries = 2");
	is($error->{sqlstate}, '55P03', "a body that has committed fails at a lock: $body") or diag($error->{text});
	unlike($error->{text}, qr/retry \d/, "... and is not tried again: $body");
	$db->answers('SELECT count(*) FROM c', '1', "... it has run once: $body");
	is($db->journal . '/' . $db->failures, '1 failed/b 55P03', "... the journal and the log know: $body");
	$holder->close;
	$db->deploys("... and the next call runs it: $body");
}
for my $body ("BEGIN INSERT INTO c VALUES (1); $lock; END", "BEGIN INSERT INTO c VALUES (1); BEGIN $lock; EXCEPTION WHEN division_by_zero THEN NULL; END; COMMIT; END")
{
	my $db = database("DO \$\$ $body \$\$;");
	my $holder = $db->session;
	$holder->ask($hold_table);
	my $runner = $db->begins($brief);
	$runner->wait_until_says(qr/retry 2 of 10/);
	$holder->close;
	$db->ends($runner, 'z', "a body that has not committed is tried again: $body");
	$db->answers('SELECT count(*) FROM c', '1', "... and is applied once: $body");
}

# Its end has to wait for the journal.
for my $kind ('DO $$ BEGIN INSERT INTO c VALUES (1); PERFORM work(); END $$;', 'CALL works();', 'INSERT INTO c SELECT 1 FROM work();')
{
	for my $rest ('', ' VACUUM t;')
	{
		my $db = database("$kind$rest");
		$db->make_work;
		$db->query('CREATE PROCEDURE works() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO c VALUES (1); PERFORM work(); END $$');
		my ($locker, $runner) = ($db->session, $db->begins($brief));
		$db->wait_until_working;
		$locker->ask('BEGIN; LOCK TABLE migrate.journal IN SHARE MODE');
		$db->enough;
		$runner->wait_until_says(qr/retry 1 of 10/);
		$locker->close;
		$db->ends($runner, 'z', "the end of a statement waits for the journal: $kind$rest");
		$db->answers('SELECT count(*) FROM c', '1', "... and is applied once: $kind$rest");
	}
}

# From a body as well, a deploy inside of a deploy is refused.
for my $body ('BEGIN INSERT INTO c VALUES (7); CALL migrate_deploy(); END', "BEGIN INSERT INTO c VALUES (7); EXECUTE 'CALL migrate_deploy()'; END")
{
	my $db = database("DO \$\$ $body \$\$;");
	my $error = $db->fails('CALL migrate_deploy()', '55006', qr/revision b, statement 1\b/, "a body calls the deploy: $body");
	unlike($error->{text}, qr/WARNING/, "... without a complaint of the server: $body");
	is($db->query('SELECT count(*) FROM c') . ' ' . $db->current, '0 a', "... and nothing is committed: $body");
}

# A constraint that is checked at the end of the statement which broke it.
for my $broken ('INSERT INTO child VALUES (1);', 'DO $$ BEGIN INSERT INTO child VALUES (1); END $$;', 'DO $$ BEGIN INSERT INTO child VALUES (1); COMMIT; END $$;')
{
	my $db = database("INSERT INTO c VALUES (1); $broken INSERT INTO c VALUES (3);");
	$db->query('CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)');
	my $error = $db->fails('CALL migrate_deploy()', '23503', qr/child/, "a deferred foreign key fails: $broken");
	like($error->{context}, qr/revision b, statement 2, line/, "... in the statement that broke it: $broken");
	is($db->journal . '/' . $db->query('SELECT count(*) FROM c'), '1 done, 2 failed/1', "... the others are as they were: $broken");
}

stays_up($node);
done_testing();
