# CALL migrate_deploy: the lock, cancel, terminate and timeouts; whatever happens, nothing is lost and the next call goes on.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('cancel', conf => "autovacuum = off\nmax_prepared_transactions = 2");
my $number = 0;
my $patient = 'SET migrate.deploy_lock_timeout = 0';
my $gate = 'SELECT pg_advisory_xact_lock(77);';

# A database of three revisions, the middle one of this script.
sub database
{
	my ($up) = @_;
	my $db = Strata->new($node, 'cancel' . ++$number);
	$db->query('CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 10); CREATE TABLE counted (what text)');
	$db->load(revision('a'), revision('b', after => 'a', up => $up), revision('c', after => 'b'));
	return $db;
}

# --- stopped at many places ---------------------------------------------------------------------

my $one = "INSERT INTO counted VALUES ('one');";
my $last = "INSERT INTO counted VALUES ('last');";
my $hold_gate = 'SELECT pg_advisory_lock(77)';
my $hold_table = 'BEGIN; SELECT count(*) FROM t';
my $working = sub { $_[0]->wait_until_working };
my $blocked = sub { $_[0]->wait_until_waiting($_[1]) };
my $retrying = sub { $_[0]->wait_until_state($_[1], 'retrying') };
my @places = (
	# what, script, what another session does first, settings, how it is seen there, the journal
	[ 'a long statement', "$one SELECT work(); $last", undef, '', $working, '' ],
	[ 'a lock wait', "$one $gate $last", $hold_gate, $patient, $blocked, '' ],
	[ 'a wait for a table', "$one ALTER TABLE t ADD b int; $last", $hold_table, $patient, $blocked, '' ],
	[ 'a pause before a retry', "$one ALTER TABLE t ADD b int; $last", $hold_table, "SET migrate.deploy_lock_timeout = '1s'", $retrying, '' ],
	[ 'a long statement of several', "$one VACUUM t; SELECT work(); $last", undef, '', $working, '1 done, 2 done, 3 failed' ],
	[ 'a lock wait of several', "$one VACUUM t; $gate $last", $hold_gate, $patient, $blocked, '1 done, 2 done, 3 failed' ],
	[ 'a pause of several', "$one VACUUM t; ALTER TABLE t ADD b int; $last", $hold_table, "SET migrate.deploy_lock_timeout = '1s'", $retrying, '1 done, 2 done, 3 failed' ],
	[ 'a lock wait of the last statement', "VACUUM t; $one $last $gate", $hold_gate, $patient, $blocked, '1 done, 2 done, 3 done, 4 failed' ],
	[ 'a wait of VACUUM', "$one VACUUM FULL t; $last", $hold_table, $patient, $blocked, '1 done, 2 failed' ],
	[ 'a concurrent build', "$one CREATE INDEX CONCURRENTLY i ON t (a); $last", 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1', '', $blocked, '1 done, 2 failed' ],
	[ 'a body that commits', "$one VACUUM t; DO \$\$ BEGIN COMMIT; PERFORM pg_advisory_xact_lock(77); END \$\$; $last", $hold_gate, $patient, $blocked, '1 done, 2 done, 3 failed' ]);
for my $place (@places)
{
	my ($what, $script, $hold, $settings, $seen, $journal) = @$place;
	for my $way (qw(cancel terminate))
	{
		my $db = database($script);
		$db->make_work;
		my ($holder, $runner) = ($db->session, $db->session);
		$holder->ask($hold) if $hold;
		$runner->ask($settings) if $settings;
		$runner->start('CALL migrate_deploy()');
		$seen->($db, $runner);
		if ($way eq 'cancel')
		{
			my $error = $db->cancel($runner);
			is($error->{sqlstate}, '57014', "cancelled in $what") or diag($error->{text});
			like($error->{context}, qr/revision b\b/, "... it says where: $what");
			is($db->journal, $journal, "... the journal: $what");
			is($db->failures, 'b 57014', "... the log: $what");
			is($runner->ask('SELECT pg_backend_pid()'), $runner->pid, "... the session lives: $what");
			$runner->close;
		}
		else
		{
			$db->terminate($runner);
			my $left = $journal =~ s/, (\d+) failed//r;
			like($db->journal, qr/^\Q$left\E(?:, \d+ running)?$/, "terminated in $what: the journal");
		}
		is($db->locks, '0', "... the lock is free: $way in $what");
		$db->answers('SELECT count(*) FROM migrate_progress()', '0', "... nothing is in progress: $way in $what");
		is($db->current, 'a', "... at a boundary: $way in $what");
		$db->answers("SELECT count(*) FROM counted", $journal =~ /(3 done)/ ? 2 : $journal ? 1 : 0, "... with what it had committed: $way in $what");
		$holder->close;
		$db->enough;
		$db->deploys("the next call ends at the head: $way in $what");
		is($db->current, 'c', "... really: $way in $what");
		$db->answers("SELECT string_agg(what, ' ' ORDER BY ctid) FROM counted", 'one last', "... each statement once: $way in $what");
		$db->answers('SELECT count(*) FROM pg_index WHERE NOT indisvalid', '0', "... nothing INVALID: $way in $what");
	}
}

# Waiting for the migration lock itself.
my $db = database('SELECT 1;');
my ($holder, $runner) = ($db->session, $db->session);
$holder->ask('BEGIN; SELECT count(*) FROM migrate_upgrade()');
my $pid = $runner->pid;
for my $way (qw(cancel terminate))
{
	$runner->ask("SET migrate.lock_timeout = '600s'; SET statement_timeout = 0");
	$runner->start('CALL migrate_deploy()');
	$db->wait_until("SELECT state = 'active' AND query ~ 'migrate_deploy' FROM pg_stat_activity WHERE pid = $pid");
	if ($way eq 'cancel') { is($db->cancel($runner)->{sqlstate}, '57014', 'who waits for the migration lock can be cancelled') }
	else { $db->terminate($runner) }
	is($db->locks, '1', "... only the holder has it ($way)");
	is($db->failures, '', "... nothing has failed ($way)");
}
my $error = $db->fails("SET migrate.lock_timeout = '50ms'; CALL migrate_deploy()", '55P03', qr/another migration/, 'migrate.lock_timeout ends the wait');
my $held_by = $holder->pid;
like($error->{detail}, qr/Process $held_by, role "/, '... and says who holds the lock');
$db->fails("SET migrate.lock_timeout = 0; CALL migrate_deploy()", '55P03', qr/another migration/, '0 does not wait');
is($db->failures, '', '... without a failure in the log');
$holder->ask('ROLLBACK');
$holder->ask("BEGIN; SELECT count(*) FROM migrate_upgrade('a'); PREPARE TRANSACTION 'left behind'");
$db->fails("SET migrate.lock_timeout = '50ms'; CALL migrate_deploy()", '55P03', qr/left behind/, 'a prepared transaction that holds it is named');
$db->query("COMMIT PREPARED 'left behind'");
$db->deploys('then it is free');

# --- the lock is held throughout ----------------------------------------------------------------

# Nobody else gets in at any of the gates: 77, 78 …
my $others = sub {
	my ($db, $what) = @_;
	for my $call ('SELECT migrate_upgrade()', "SELECT migrate_downgrade('base')", "SELECT migrate_stamp('base')", 'CALL migrate_deploy()', 'SELECT * FROM migrate_load(ARRAY[]::text[])')
	{
		my $error = $db->attempt("SET migrate.lock_timeout = '20ms'; $call");
		is($error->{sqlstate}, '55P03', "$what: $call") or diag($error->{text});
	}
	is($db->locks, '1', "$what: one session holds the lock");
	return;
};
my %scripts = (
	'ordinary statements' => 'SELECT 1;',
	'pg_advisory_unlock_all()' => 'SELECT pg_advisory_unlock_all();',
	'pg_advisory_unlock_all() among several' => 'VACUUM t; SELECT pg_advisory_unlock_all(); VACUUM t;',
	'DISCARD ALL' => 'DISCARD ALL;',
	'an unlock in a body that commits' => 'VACUUM t; DO $$ BEGIN PERFORM pg_advisory_unlock_all(); COMMIT; END $$;',
	'a concurrent index' => 'CREATE INDEX CONCURRENTLY i ON t (a);',
	'a retry' => "DO \$\$ BEGIN IF nextval('attempts') = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; END \$\$;");
for my $what (sort keys %scripts)
{
	my $db = database("$scripts{$what} SET migrate.deploy_lock_timeout = 0; SET lock_timeout = 0; $gate");
	$db->query('CREATE SEQUENCE attempts');
	$db->load(revision('c', after => 'b', up => "SET lock_timeout = 0; SELECT pg_advisory_xact_lock(78);"));
	my ($holder, $runner) = ($db->session, $db->session);
	$holder->ask('SELECT pg_advisory_lock(77), pg_advisory_lock(78)');
	$runner->ask("SET statement_timeout = '77s'; SET migrate.deploy_lock_timeout = '1s'");
	$runner->start('CALL migrate_deploy()');
	$db->wait_until_blocked(77);
	$others->($db, "in the revision, after $what");
	$holder->ask('SELECT pg_advisory_unlock(77)');
	$db->wait_until_blocked(78);
	$others->($db, "in the next revision, after $what");
	$holder->ask('SELECT pg_advisory_unlock(78)');
	my $result = $runner->finish;
	is($result->{sqlstate} . ' ' . $db->current, '00000 c', "it ends: $what") or diag($result->{text});
	$db->is_at_rest($what);
	is($runner->ask('SHOW statement_timeout; SHOW migrate.deploy_lock_timeout'), "77s\n1s", "... the session has its settings: $what") ;
	$_->close for $holder, $runner;
}
$db = database('SELECT pg_advisory_unlock_all(); SELECT 1/0;');
$db->fails('CALL migrate_deploy()', '22012', qr/revision b\b/, 'an error after pg_advisory_unlock_all()');
is($db->locks, '0', '... leaves no lock');
unlike($db->deploy->{text}, qr/you don't own a lock/, '... and no complaint of the server');

# --- the caller's timeouts ----------------------------------------------------------------------

for my $own ('', 'VACUUM t;')
{
	my $kind = $own ? 'several' : 'one';
	$db = database("$own " . join ' ', map { "SELECT pg_advisory_xact_lock($_);" } 71 .. 73);
	$db->load(revision('c', after => 'b', up => "$own SELECT pg_advisory_xact_lock(74);"));
	my ($holder, $runner) = ($db->session, $db->session);
	$holder->ask("SELECT pg_advisory_lock($_)") for 71 .. 74;
	$runner->ask("$patient; SET statement_timeout = '5s'");
	$runner->start('CALL migrate_deploy()');
	for my $key (71 .. 74)
	{
		$db->wait_until_blocked($key);
		$db->wait_until_waited($runner, '1500ms');
		$holder->ask("SELECT pg_advisory_unlock($key)");
	}
	my $result = $runner->finish;
	is($result->{sqlstate} . ' ' . $db->current, '00000 c', "statement_timeout counts for each statement, not for all ($kind)") or diag($result->{text});
	$_->close for $holder, $runner;
	$db = database("$own $gate");
	$holder = $db->session;
	$holder->ask($hold_gate);
	for my $case ([ "SET statement_timeout = '300ms'", '57014' ], [ "SET migrate.deploy_lock_timeout = '100ms'; SET migrate.deploy_retries = 0", '55P03' ])
	{
		my ($settings, $sqlstate) = @$case;
		my $error = $db->deploy('head', $settings);
		is($error->{sqlstate}, $sqlstate, "a statement that takes longer is cut ($kind: $settings)") or diag($error->{text});
		like($error->{context}, qr/revision b, statement \d/, "... it says where ($kind: $settings)");
		is((split /, /, $db->failures)[-1], "b $sqlstate", "... the log has it ($kind: $settings)");
		is($db->locks, '0', "... the lock is free ($kind: $settings)");
	}
	$holder->close;
	$db->deploys("... and the next call ends ($kind)");
}
my $first = database('SELECT 1;');
$first->deploys('idle_in_transaction_session_timeout and transaction limits of the caller are no matter', before => "SET idle_in_transaction_session_timeout = '1ms'; SET idle_session_timeout = 0");

# --- beside a concurrent build ------------------------------------------------------------------

# The upgrade has a snapshot, for which the build waits: it must not wait for the build.
$db = database("SET lock_timeout = 0; $gate CREATE INDEX CONCURRENTLY i ON t (a);");
($holder, $runner) = ($db->session, $db->session);
my $upgrade = $db->session;
$holder->ask($hold_gate);
$runner->ask($patient);
$runner->start('CALL migrate_deploy()');
$db->wait_until_blocked(77);
$upgrade->ask("SET migrate.lock_timeout = '3600s'");
$upgrade->start('SELECT migrate_upgrade()');
my $upgrade_pid = $upgrade->pid;
$db->wait_until("SELECT backend_xmin IS NOT NULL AND query ~ 'migrate_upgrade' FROM pg_stat_activity WHERE pid = $upgrade_pid");
$holder->ask('SELECT pg_advisory_unlock(77)');
$error = $upgrade->finish;
is($error->{sqlstate}, '55P03', 'an upgrade for which the build waits gives up at once') or diag($error->{text});
my $result = $runner->finish;
is($result->{sqlstate} . ' ' . $db->current, '00000 c', '... and the build ends') or diag($result->{text});
$db->is_at_rest('an upgrade beside a build');
is($upgrade->ask('SELECT count(*) FROM migrate_upgrade()'), '0', 'afterwards it finds nothing to do');
$_->close for $holder, $runner, $upgrade;

# A CALL that waits has no snapshot: a build of somebody else goes on.
$db = database('SELECT 1;');
($holder, $runner) = ($db->session, $db->session);
$holder->ask("BEGIN; SELECT count(*) FROM migrate_upgrade('a')");
$runner->ask("SET migrate.lock_timeout = '3600s'");
$runner->start('CALL migrate_deploy()');
$pid = $runner->pid;
$db->wait_until("SELECT state = 'active' AND query ~ 'migrate_deploy' FROM pg_stat_activity WHERE pid = $pid");
$db->query('CREATE INDEX CONCURRENTLY somebodys ON t (a)');
$db->answers("SELECT state, backend_xmin, backend_xid FROM pg_stat_activity WHERE pid = $pid", 'active||', 'a CALL that waits has no snapshot, and a build passes it');
$db->answers('SELECT count(*) FROM pg_locks WHERE NOT granted', '0', '... nor is it in the queue of the lock manager');
$holder->ask('COMMIT');
is($runner->finish->{sqlstate} . ' ' . $db->current, '00000 c', '... then it runs what the holder left');
$_->close for $holder, $runner;

stays_up($node);
done_testing();
