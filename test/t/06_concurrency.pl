# One migration at a time: who comes second waits by polling, then finds nothing to do, or says who holds the lock.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('concurrency', conf => 'max_prepared_transactions = 2');
my $db = Strata->new($node, 'busy');
$db->query('CREATE ROLE deployer LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO deployer; GRANT CREATE ON SCHEMA public TO deployer');
$db->load(chain(qw(0001 0002 0003)));

sub wait_until_active
{
	my ($db, $pid) = ($_[0], $_[1]->pid);
	$node->poll_query_until($db->name, "SELECT state = 'active' AND query ~ 'migrate_' FROM pg_stat_activity WHERE pid = $pid") or die "session $pid did not start";
	return;
}

# --- the second waits ---------------------------------------------------------------------------

my $first = $db->session;
$first->ask("SET application_name = 'the first deploy'");
my $holder = $first->pid;
$first->ask("BEGIN; SELECT count(*) FROM migrate_upgrade('0002')");
my $second = $db->session;
$second->ask("SET migrate.lock_timeout = '60s'");
$second->start("SELECT 'ran ' || revision FROM migrate_upgrade()");
wait_until_active($db, $second);
$db->answers('SELECT count(*) FROM pg_locks WHERE NOT granted', '0', 'who waits is not in the queue of the lock manager: it polls');
$db->answers("SELECT string_agg(c, ' ') FROM migrate_current() c", '', 'looking waits for nobody');
$db->answers("SELECT count(*) FROM migrate_plan('upgrade', 'head')", '3', '... planning neither');
$first->ask('COMMIT');
is($second->finish->{out}, 'ran 0003', 'the second then runs only what the first left');
is($db->current, '0003', '... to the end');
$db->answers('SELECT count(*) FROM migrate.log', '3', 'each revision ran once');

$first->ask("BEGIN; SELECT count(*) FROM migrate_downgrade('base')");
$second->start("SELECT 'ran ' || revision FROM migrate_downgrade('base')");
wait_until_active($db, $second);
$first->ask('COMMIT');
is_deeply([ @{ $second->finish }{qw(sqlstate out)} ], [ '00000', '' ], 'a second downgrade then has nothing to do');

# --- the lock is free again after a rollback, an error, a lost connection ---------------------------------

$first->ask("BEGIN; SELECT count(*) FROM migrate_upgrade(); ROLLBACK");
$db->query("SET migrate.lock_timeout = '1ms'; SELECT migrate_upgrade('0001')");
is($db->current, '0001', 'a rollback frees the lock');
$first->ask("BEGIN; SAVEPOINT s; SELECT count(*) FROM migrate_upgrade(); ROLLBACK TO s");
$db->query("SET migrate.lock_timeout = '1ms'; SELECT migrate_upgrade('0002')");
is($db->current, '0002', 'a rollback to a savepoint frees it, too');
$first->try('ROLLBACK');
$first->ask("SELECT count(*) FROM migrate_upgrade()");
$db->query("SET migrate.lock_timeout = '1ms'; SELECT migrate_downgrade('base')");
is($db->current, '', 'the end of the transaction frees it');

# --- a short timeout: who holds it -----------------------------------------------------------------

$db->load(revision('0004', after => '0003', up => 'SELECT pg_advisory_xact_lock(77);'));
my $gate = $db->session;
$gate->ask('SELECT pg_advisory_lock(77)');
$first->start("SELECT revision FROM migrate_upgrade()");
$db->wait_until_blocked(77);
my $user = $db->query('SELECT current_user');
for my $role ($user, 'deployer')
{
	my $error = $db->fails("SET migrate.lock_timeout = '50ms'; SELECT migrate_upgrade()", '55P03', qr/lock/, "a short migrate.lock_timeout gives up ($role)", role => $role);
	my %said = ('its pid' => qr/\b$holder\b/, 'its role' => qr/\b\Q$user\E\b/, 'its application' => qr/the first deploy/, 'since when' => qr/\d\d:\d\d/, 'its revision' => qr/\b0004\b/);
	like($error->{text}, $said{$_}, "... and says who holds the lock: $_ ($role)") for sort keys %said;
}
for my $call ("migrate_downgrade('base')", "migrate_stamp('0001')", "migrate_stamp(ARRAY['0001'])", "migrate_load(ARRAY[]::text[], true)", "migrate_revision('new')", "migrate_merge('new')")
{
	my $error = $db->attempt("SET migrate.lock_timeout = '50ms'; SELECT $call");
	is($error->{sqlstate}, '55P03', "one at a time: $call") or diag($error->{text});
}
$second->start("SELECT revision FROM migrate_upgrade()");
wait_until_active($db, $second);
$db->query('SELECT pg_cancel_backend(' . $second->pid . ')');
is($second->finish->{sqlstate}, '57014', 'who waits can be cancelled');
$gate->close;
is($first->finish->{out}, "0001\n0002\n0003\n0004", 'the first was not disturbed');

# Another database has a lock of its own.
my $other = Strata->new($node, 'other');
$other->load(chain('a'));
$first->ask("BEGIN; SELECT count(*) FROM migrate_downgrade('0003')");
$other->query("SET migrate.lock_timeout = '1ms'; SELECT migrate_upgrade()");
is($other->current, 'a', 'each database has a lock of its own');
$first->ask('ROLLBACK');

# A prepared transaction holds the lock without a process.
$first->ask("BEGIN; SELECT count(*) FROM migrate_downgrade('0003'); PREPARE TRANSACTION 'left behind'");
$db->fails("SET migrate.lock_timeout = '50ms'; SELECT migrate_upgrade()", '55P03', qr/left behind/, 'a prepared transaction that holds the lock is named');
$db->query("ROLLBACK PREPARED 'left behind'");
$db->answers("SET migrate.lock_timeout = '1ms'; SELECT count(*) FROM migrate_upgrade()", '0', '... and frees it when it ends');

# --- snapshots ----------------------------------------------------------------------------------

for my $level ('REPEATABLE READ', 'SERIALIZABLE')
{
	my $db = Strata->new($node, lc $level =~ s/ /_/r);
	$db->load(chain(qw(a b c)));
	my $session = $db->session;
	my $stale = sub {    # what the session says to an upgrade, on a snapshot older than what the others do
		my ($others) = @_;
		$session->ask("BEGIN ISOLATION LEVEL $level; SELECT 1");
		$others->();
		my $result = $session->try("SELECT 'ran ' || revision FROM migrate_upgrade('heads')");
		$session->try('COMMIT');
		return $result;
	};
	is($session->ask("BEGIN ISOLATION LEVEL $level; SELECT count(*) FROM migrate_upgrade('a'); COMMIT"), '1', "$level: an upgrade alone succeeds");

	my $result = $stale->(sub { $db->upgrade });
	ok($result->{out} eq '' && $result->{sqlstate} =~ /^(?:00000|40001)$/, "$level: after another's upgrade it has nothing to do, or gets 40001") or diag($result->{text});
	is($db->current, 'c', "$level: ... and the version rows are right");
	$db->answers('SELECT count(*) FROM migrate.log', '3', "$level: ... each revision ran once");

	$result = $stale->(sub { $db->query("SELECT migrate_downgrade('a')") });
	my $expected = $result->{sqlstate} eq '00000' ? 'c' : 'a';
	like($result->{sqlstate}, qr/^(?:00000|40001)$/, "$level: after another's downgrade it runs what is missing, or gets 40001") or diag($result->{text});
	is($db->current, $expected, "$level: ... and the version rows are right");

	$db->upgrade;
	$result = $stale->(sub { $db->load(revision('d', after => 'c')) });
	$expected = $result->{out} eq 'ran d' ? 'd' : 'c';
	like($result->{sqlstate}, qr/^(?:00000|40001)$/, "$level: after another's load it runs the new revision, finds none, or gets 40001") or diag($result->{text});
	is($db->current, $expected, "$level: ... and the version rows are right");
	$session->close;
}
$_->close for $first, $second;

stays_up($node);
done_testing();
