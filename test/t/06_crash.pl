# A killed backend, a cancel, a timeout, no memory: in the middle of an upgrade they leave everything as it was.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('crash', conf => "restart_after_crash = on\nmax_connections = 20\n");
my $gate = 4242;

# A chain whose second revision waits in its second statement for whoever holds the gate.
sub gated
{
	return (
		revision('0001'),
		revision('0002', after => '0001', up => "CREATE TABLE half ();\nSELECT pg_advisory_xact_lock($gate);\nCREATE TABLE whole ();", down => 'DROP TABLE half, whole;'),
		revision('0003', after => '0002'));
}

# Holds the gate and starts an upgrade that has come to wait for it; returns both sessions.
sub stuck_upgrade
{
	my ($db) = @_;
	my ($keeper, $runner) = ($db->session, $db->session);
	$keeper->ask("SELECT pg_advisory_lock($gate)");
	$runner->start('SELECT revision FROM migrate_upgrade()');
	$db->wait_until_blocked($gate);
	return ($keeper, $runner);
}

my $db = Strata->new($node, 'middle');
$db->load(gated());
my $before = $db->everything;

# --- cancel and timeout -------------------------------------------------------------------------

my ($keeper, $runner) = stuck_upgrade($db);
$db->query('SELECT pg_cancel_backend(' . $runner->pid . ')');
my $error = $runner->finish;
is($error->{sqlstate}, '57014', 'a cancelled upgrade ends with the SQLSTATE of a cancel');
like($error->{context}, qr/\b0002\b.*statement 2\b/s, '... and tells where it was');
is($db->everything, $before, '... leaving everything as it was');
$keeper->close;
is($runner->ask("SELECT string_agg(revision, ',') FROM migrate_upgrade()"), '0001,0002,0003', '... and the same session can run it again');
is($runner->ask('SELECT pg_backend_pid()'), $runner->pid, '... in the same backend');
$runner->close;
$db->query("SELECT migrate_downgrade('base'); TRUNCATE migrate.log RESTART IDENTITY");

for my $timeout ([ statement_timeout => '57014' ], [ lock_timeout => '55P03' ])
{
	my ($name, $sqlstate) = @$timeout;
	my $keeper = $db->session;
	$keeper->ask("SELECT pg_advisory_lock($gate)");
	my $error = $db->fails("SET $name = '500ms'; SELECT migrate_upgrade()", $sqlstate, qr/\b0002\b/, "a $name in the middle tells where it was");
	is($db->everything, $before, '... and leaves everything as it was');
	$keeper->close;
}

# --- terminate, kill ---------------------------------------------------------------------------

($keeper, $runner) = stuck_upgrade($db);
$db->query('SELECT pg_terminate_backend(' . $runner->pid . ', 60000)');
is($db->everything, $before, 'a terminated backend leaves everything as it was');
$runner->close;
$keeper->close;

($keeper, $runner) = stuck_upgrade($db);
is(kill('KILL', $runner->pid), 1, '(the backend is killed in the middle of an upgrade)');
$node->poll_query_until('postgres', 'SELECT 1', '1') or die 'the server did not come back';
is($db->everything, $before, 'kill -9: nothing is lost, nothing half done');
$_->close for $runner, $keeper;
is($db->upgrade, join("\n", map { "upgrade $_" } qw(0001 0002 0003)), '... and the next run works');
is(scalar(() = slurp_file($node->logfile) =~ /was terminated by signal/g), 1, '... the kill was the only crash');
$db->query("SELECT migrate_downgrade('base')");

# A whole server that stops at once in the middle of an upgrade.
$db->query("TRUNCATE migrate.log RESTART IDENTITY");
($keeper, $runner) = stuck_upgrade($db);
$node->stop('immediate');
$_->close for $runner, $keeper;
$node->start;
is($db->everything, $before, 'an immediate stop: nothing is lost, nothing half done');
is($db->upgrade, join("\n", map { "upgrade $_" } qw(0001 0002 0003)), '... and the next run works');

# --- no memory ----------------------------------------------------------------------------------

$db = Strata->new($node, 'memory');
$db->load(revision('a'), revision('b', after => 'a', up => "SELECT length(repeat('x', 1000000000) || repeat('y', 1000000000));"));
$before = $db->everything;
$error = $db->attempt('SELECT migrate_upgrade()');
like($error->{sqlstate}, qr/^(?:54000|XX000|53200)$/, 'a value too large is an error like any other') or diag $error->{text};
like($error->{context}, qr/\bb\b.*statement 1\b/s, '... that tells where');
is($db->everything, $before, '... and leaves everything as it was');

# The kernel refuses memory to one backend (its soft limit of address space), as under a container's limit.
SKIP:
{
	skip 'there is no prlimit', 9 if system('prlimit --version >/dev/null 2>&1') != 0;
	my $starved = sub {
		my ($what, $spare, $prepare, $sql) = @_;
		my $before = $db->everything;
		my $session = $db->session;
		my $pid = $session->pid;
		$session->ask($prepare);
		my ($pages) = read_text("/proc/$pid/statm") =~ /^(\d+)/;
		system('prlimit', '--pid', $pid, '--as=' . ($pages * 4096 + $spare) . ':') == 0 or die 'prlimit';
		my $error = $session->try($sql);
		is($error->{sqlstate}, '53200', "out of memory in the middle of $what is an error like any other") or diag($error->{text});
		system('prlimit', '--pid', $pid, '--as=unlimited:') == 0 or die 'prlimit';
		is($session->ask('SELECT pg_backend_pid()'), $pid, '... the backend lives on');
		is($db->everything, $before, '... and everything is as it was');
		$session->close;
	};
	$db->load(revision('b', after => 'a', up => "SELECT array_agg(repeat('x', 1000000)) FROM generate_series(1, 900);"));
	$starved->('a script', 200_000_000, 'SELECT migrate_heads()', 'SELECT migrate_upgrade()');
	$db->query("CREATE TABLE files AS SELECT array_agg(format(E'-- revision: r%s\\n-- migrate:up\\nSELECT %s;\\n', i, repeat('1 + ', 300) || i)) AS f FROM generate_series(1, 20000) i");
	$starved->('a load', 60_000_000, 'SELECT migrate_heads()', 'SELECT count(*) FROM files, migrate_load(f)');
	$db->query("SET migrate.single_head = off; SELECT count(*) FROM files, migrate_load(f)");
	$starved->('a look', 8_000_000, 'SELECT 1', 'SELECT length(migrate_graph()), count(*) FROM migrate_history() GROUP BY 1');
}

done_testing();
