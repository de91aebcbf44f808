# A streaming standby that lags: a backfill with max_lag waits for it; the functions that look work on it meanwhile.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use Strata;
use Test::More;

my $primary = new_server('primary', init => { allows_streaming => 1 }, conf => "wal_receiver_status_interval = 1s\nautovacuum = off");
my $db = Strata->new($primary, 'app');
$db->query('CREATE ROLE deployer LOGIN; CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t SELECT generate_series(1, 1000); ALTER TABLE t OWNER TO deployer;
	GRANT CREATE ON SCHEMA public TO deployer; GRANT EXECUTE ON PROCEDURE migrate_deploy(text) TO deployer');
my $batch = 'UPDATE t SET a = id WHERE id IN (SELECT id FROM t WHERE a IS NULL ORDER BY id LIMIT 100);';
sub backfill { return revision('b', after => 'a', up => "-- migrate:repeat pause=1ms $_[0]\n$batch") }
$db->load(revision('a', up => 'SELECT 1;'), backfill('max_lag=1s'), revision('c', after => 'b', up => 'CREATE TABLE c ();'));
$db->deploys('(the first revision)', target => 'a');

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
my $replica = bless { node => $standby, name => 'app' }, 'Strata';

sub pause
{
	$replica->query('SELECT pg_wal_replay_pause()');
	$replica->wait_until("SELECT pg_get_wal_replay_pause_state() = 'paused'");
	$db->query('CREATE TABLE IF NOT EXISTS noise (a int); INSERT INTO noise VALUES (1)');
	$db->wait_until("SELECT replay_lag > '2s' FROM pg_stat_replication");
	return;
}

sub resume
{
	$replica->query('SELECT pg_wal_replay_resume()');
	return;
}

# --- what a standby refuses and shows -----------------------------------------------------------

my $error = $replica->fails('CALL migrate_deploy()', '25006', qr/read-only|recovery|standby/, 'a standby refuses to deploy');
$replica->answers('SELECT count(*) FROM migrate_progress()', '0', 'migrate_progress() works there');
$replica->answers('SELECT count(*) FROM migrate.journal', '0', '... and the journal is there');

# --- a standby that keeps up --------------------------------------------------------------------

$primary->wait_for_catchup($standby);
$db->deploys('a standby that keeps up does not hold a backfill', target => 'b');
$db->answers('SELECT count(*), count(DISTINCT xmin::text) FROM t WHERE a = id', '1000|10', '... which does all rows');

# --- one that lags ------------------------------------------------------------------------------

for my $role ($db->query('SELECT current_user'), 'deployer')
{
	$db->query("SELECT migrate_stamp('a'); UPDATE t SET a = NULL");
	$primary->wait_for_catchup($standby);
	pause();
	my $runner = $db->session(role => $role);
	$runner->start("CALL migrate_deploy('b')");
	my $pid = $runner->pid;
	$db->wait_until_state($runner, 'waiting for standby');
	my $done = $db->query('SELECT count(a) FROM t');
	cmp_ok($done, '<', 1000, "a backfill waits for a standby that lags ($role)");
	$db->answers("SELECT revision, state FROM migrate_progress()", 'b|waiting for standby', "... and says so ($role)");
	$db->answers("SELECT application_name, backend_xmin, backend_xid FROM pg_stat_activity WHERE pid = $pid", 'migrate_deploy 1/1 b: waiting for standby||', "... without a snapshot ($role)");
	$db->answers("SELECT count(*) FROM pg_locks WHERE pid = $pid AND relation = 't'::regclass", '0', "... nor a lock on the table ($role)");
	# The lag grows by more than max_lag, and nothing moves.
	$db->wait_until("SELECT replay_lag > '4s' FROM pg_stat_replication");
	$db->answers('SELECT count(a) FROM t', $done, "... not one more batch ($role)");
	$replica->answers("SELECT (SELECT count(*) FROM migrate_progress()), migrate_current(), migrate_health()->>'status'", '0|a|unhealthy', "the standby can be looked at ($role)");
	$replica->answers('SELECT count(*) FROM migrate_history()', '3', "... really ($role)");

	# Cancelled, it is half applied here, and there when replay goes on.
	my $stopped = $db->cancel($runner);
	is($stopped->{sqlstate}, '57014', "the wait can be cancelled ($role)");
	is($db->journal . '/' . $db->locks, '1 failed/0', "... journal and lock tell so ($role)");
	$runner->start("CALL migrate_deploy('b')");
	$db->wait_until_state($runner, 'waiting for standby');
	resume();
	my $result = $runner->finish;
	is($result->{sqlstate} . ' ' . $db->current, '00000 b', "it goes on when replay does ($role)") or diag($result->{text});
	$db->answers('SELECT count(*), count(DISTINCT xmin::text) FROM t WHERE a = id', '1000|10', "... to the end ($role)");
	$db->is_at_rest($role);
	$runner->close;
	$primary->wait_for_catchup($standby);
	is($replica->current, 'b', "... which arrives ($role)");
}

# Half applied, seen from the standby.
$db->load(revision('c', after => 'b', up => 'CREATE TABLE c (); VACUUM t; SELECT 1/0;'));
$db->fails('CALL migrate_deploy()', '22012', qr/revision c/, '(half applied)');
$primary->wait_for_catchup($standby);
$replica->answers("SELECT revision FROM migrate_doctor() WHERE code = 'half_applied'", 'c', 'the doctor knows it on the standby');
is($replica->journal, '1 done, 2 done, 3 failed', '... as the journal does');
$db->load(revision('c', after => 'b', up => 'CREATE TABLE c (); VACUUM t; SELECT 1;'));
$db->deploys('(ended)');

# --- no max_lag, no standby ---------------------------------------------------------------------

$db->query("SELECT migrate_stamp('a'); UPDATE t SET a = NULL; DROP TABLE c");
$db->load(backfill(''));
$primary->wait_for_catchup($standby);
pause();
$db->deploys('without max_lag a backfill does not wait', target => 'b');
$db->query("SELECT migrate_stamp('a'); UPDATE t SET a = NULL");
$db->load(backfill('max_lag=3600s'));
$db->deploys('nor while the lag is below max_lag', target => 'b');
$db->query("SELECT migrate_stamp('a'); UPDATE t SET a = NULL; BEGIN; SELECT count(*) FROM migrate_upgrade('b'); COMMIT");
is($db->current, 'b', 'nor does migrate_upgrade');
$db->query("SELECT migrate_stamp('a'); UPDATE t SET a = NULL");
$db->load(backfill('max_lag=1s'));
my $runner = $db->session;
$runner->start("CALL migrate_deploy('b')");
$db->wait_until_state($runner, 'waiting for standby');
$standby->stop('immediate');
is($runner->finish->{sqlstate} . ' ' . $db->current, '00000 b', 'a standby that is gone holds nobody any longer');
$runner->close;
$db->deploys('without a standby a deploy goes on');
is($db->current, 'c', '... to the head');

# --- promoted in the middle ---------------------------------------------------------------------

$standby->start;
resume();
$db->make_work;
$db->query("SELECT migrate_stamp('b'); DROP TABLE c");
$db->load(revision('c', after => 'b', up => 'CREATE TABLE c (); VACUUM t; SELECT work();'));
$primary->wait_for_catchup($standby);
$runner = $db->session;
$runner->start('CALL migrate_deploy()');
$db->wait_until_working;
$primary->wait_for_catchup($standby);
$primary->stop('immediate');
$runner->close;
$standby->promote;
$replica->wait_until('SELECT NOT pg_is_in_recovery()');
like($replica->journal, qr/^1 done, 2 done(?:, 3 running)?$/, 'after a promotion in the middle the journal is there');
is($replica->locks, '0', '... no lock');
$replica->load(revision('c', after => 'b', up => 'CREATE TABLE c (); VACUUM t; SELECT 1;'));
$replica->deploys('... and the new primary goes on');
is($replica->current, 'c', '... to the head');

stays_up($_) for $primary, $standby;
done_testing();
