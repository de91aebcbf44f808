# migrate_progress(), pg_stat_activity and the messages while a deploy runs, waits, builds, backfills and tries again.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('progress', conf => 'autovacuum = off');
$node->safe_psql('postgres', 'CREATE ROLE nobody LOGIN; CREATE ROLE app LOGIN');
my $elsewhere = Strata->new($node, 'elsewhere');
my $number = 0;
my $me = $elsewhere->query('SELECT current_user');

# Twelve revisions; the third is this script.
sub database
{
	my ($up) = @_;
	my $db = Strata->new($node, 'progress' . ++$number);
	$db->query('CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t SELECT g, NULL FROM generate_series(1, 1000) g; GRANT SELECT, UPDATE ON t TO app, nobody; CREATE TABLE flag (up bool)');
	$db->make_work;
	my @ids = map { sprintf 'r%02d', $_ } 1 .. 12;
	$db->load(map { revision($ids[$_], ($_ ? (after => $ids[ $_ - 1 ]) : ()), ($_ == 2 ? (up => $up, message => 'the {third} 100% "one"') : ())) } 0 .. $#ids);
	return $db;
}

# The deploy of $db, seen from everywhere: the same everywhere that it should be, and nowhere else.
my @columns = qw(pid role revision message step steps statement statements state);

sub progress_is
{
	my ($db, $runner, $what, %expected) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	%expected = (pid => $runner->pid, role => $me, revision => 'r03', message => 'the {third} 100% "one"', step => 3, steps => 12, %expected);
	my @asked = grep { exists $expected{$_} } @columns, qw(rows_done blocking_pids);
	my $query = 'SELECT ' . join(", ", @asked) . ' FROM migrate_progress()';
	$db->answers($query, join('|', @expected{@asked}), "progress: $what");
	$db->answers($query, join('|', @expected{@asked}), "... to a role without rights: $what", role => 'nobody');
	$db->answers("BEGIN READ ONLY ISOLATION LEVEL SERIALIZABLE; $query; COMMIT", join('|', @expected{@asked}), "... in a read-only transaction: $what");
	$db->answers("SELECT started_at BETWEEN now() - interval '1 hour' AND clock_timestamp(), cardinality(blockers) = cardinality(blocking_pids) FROM migrate_progress()", 't|t', "... since when: $what");
	$elsewhere->answers('SELECT count(*) FROM migrate_progress()', '0', "... not in another database: $what");
	my $name = $db->query('SELECT application_name FROM pg_stat_activity WHERE pid = ' . $runner->pid);
	is($name, "migrate_deploy 3/12 r03: " . ($expected{state} eq 'waiting for lock' ? 'running' : $expected{state}), "application_name: $what");
	return;
}

sub progress_is_over
{
	my ($db, $runner, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$db->answers('SELECT count(*) FROM migrate_progress()', '0', "nothing in progress: $what");
	is($runner->ask('SHOW application_name; SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()'), "the job\nthe job", "application_name is the session's own: $what");
	return;
}

sub sessions
{
	my ($db, $settings) = @_;
	my ($holder, $runner) = ($db->session(role => 'app'), $db->session);
	$holder->ask("SET application_name = 'web'");
	$runner->ask("SET application_name = 'the job'; $settings");
	return ($holder, $runner);
}

$elsewhere->answers('SELECT count(*) FROM migrate_progress()', '0', 'no row when nothing runs', role => $_) for $me, 'nobody';
$elsewhere->load(chain(qw(a b)));
my $ended = $elsewhere->session;
is($ended->try('CALL migrate_deploy()')->{sqlstate}, '00000', '(a deploy)');
$elsewhere->answers('SELECT count(*) FROM migrate_progress()', '0', '... nor after one, while its session lives');
$ended->close;

# --- running ------------------------------------------------------------------------------------

my $db = database('SELECT 1; SELECT work();');
my ($holder, $runner) = sessions($db, '');
$runner->start('CALL migrate_deploy()');
$db->wait_until_working;
$db->wait_until_state($runner, 'running');
progress_is($db, $runner, 'a statement runs', state => 'running', statement => 2, statements => 2, blocking_pids => '{}');
$db->answers("SELECT migrate_current(), migrate_health()->>'pending', (SELECT count(*) FROM migrate_history())", 'r02|10|12', 'looking waits for nobody');
is($db->cancel($runner)->{sqlstate}, '57014', '(cancelled)');
progress_is_over($db, $runner, 'after an error');
$db->load(revision('r03', after => 'r02', up => 'VACUUM t; SELECT work();', message => 'the {third} 100% "one"'));
$runner->start("CALL migrate_deploy('r03')");
$db->wait_until_working;
$db->wait_until_state($runner, 'running');
$db->answers('SELECT step, steps, statement, statements FROM migrate_progress()', '1|1|2|2', 'steps count what this call runs');
$db->cancel($runner);
$_->close for $holder, $runner;

# --- waiting for a lock, trying again -----------------------------------------------------------

for my $case ([ 'one transaction', 'SELECT 1;', 2 ], [ 'statement by statement', 'VACUUM flag;', 2 ])
{
	my ($kind, $own, $statement) = @$case;
	$db = database("$own ALTER TABLE t ADD b int;");
	($holder, $runner) = sessions($db, 'SET migrate.deploy_lock_timeout = 0');
	my $pid = $holder->pid;
	$holder->ask('BEGIN; SELECT count(*) /* of the web */ FROM t');
	$runner->start('CALL migrate_deploy()');
	$db->wait_until_waiting($runner, 'relation');
	progress_is($db, $runner, "waits for a lock ($kind)", state => 'waiting for lock', statement => $statement, statements => 2, blocking_pids => "{$pid}");
	my $blocker = qr/^Process $pid, role "app", application "web", (?:idle )?in (?:a )?transaction for \d\d:\d\d:\d\d/;
	like($db->query('SELECT blockers[1] FROM migrate_progress()'), qr/$blocker: SELECT count\(\*\) \/\* of the web \*\/ FROM t\b/, "... and who has it, with his query ($kind)");
	my $seen = $db->query('SELECT blockers[1] FROM migrate_progress()', role => 'nobody');
	like($seen, qr/^Process $pid, role "app"/, "... who has it, to a role without rights ($kind)");
	unlike($seen, qr/of the web/, "... without his query ($kind)");
	like($db->query('SELECT blockers[1] FROM migrate_progress()', role => 'app'), qr/of the web/, "... which he himself may see ($kind)");
	$holder->ask('COMMIT');
	my $result = $runner->finish;
	is($result->{sqlstate} . ' ' . $db->current, '00000 r12', "... and ends when it is let go ($kind)") or diag($result->{text});
	progress_is_over($db, $runner, "after success ($kind)");
	$db->is_at_rest($kind);
	$_->close for $holder, $runner;

	$db = database("$own ALTER TABLE t ADD b int;");
	($holder, $runner) = sessions($db, "SET migrate.deploy_lock_timeout = '100ms'; SET migrate.deploy_retries = 1000");
	$pid = $holder->pid;
	my $runner_pid = $runner->pid;
	$holder->ask("BEGIN; UPDATE t SET a = 0 WHERE id = 1");
	$runner->start('CALL migrate_deploy()');
	# A pause: the fourth and later ones are long enough to be looked at in one statement.
	$runner->wait_until_says(qr/retry 4 of 1000/);
	$db->wait_until("SELECT count(*) = 1 FROM migrate_progress() p JOIN pg_stat_activity a USING (pid)
		WHERE p.state = 'retrying' AND p.pid = $runner_pid AND a.backend_xmin IS NULL AND a.backend_xid IS NULL AND a.application_name = 'migrate_deploy 3/12 r03: retrying'
		  AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.pid = $runner_pid AND l.locktype = 'relation' AND l.relation = 't'::regclass)");
	pass("a pause before a retry is seen, without a snapshot or a lock ($kind)");
	$db->query('UPDATE t SET a = 1 WHERE id = 2');
	$holder->ask('COMMIT');
	$result = $runner->finish;
	is($result->{sqlstate} . ' ' . $db->current, '00000 r12', "retries end in success once the table is let go ($kind)") or diag($result->{text});
	my @warnings = $result->{text} =~ /^(.*WARNING:.*)$/mg;
	cmp_ok(scalar @warnings, '>=', 4, "... after WARNINGs ($kind)");
	is(scalar(grep { /canceling statement due to lock timeout; retry \d+ of 1000 in [\d.]+ ?m?s$/ } @warnings), scalar @warnings, "... each with the reason, the number and the pause ($kind)") or diag(join "\n", @warnings);
	is_deeply([ map { /retry (\d+) of/ ? $1 : '' } @warnings ], [ 1 .. @warnings ], "... counted ($kind)");
	my @details = $result->{text} =~ /retry \d+ of 1000 in .*\n(?:psql:[^\n]*?)?DETAIL:\s+(.*)$/mg;
	is(scalar(grep { /^Process $pid, role "app", application "web", (?:idle )?in (?:a )?transaction for \d\d:\d\d:\d\d: UPDATE t SET a = 0 WHERE id = 1\b/ } @details), scalar @warnings, "... and the blocker in each DETAIL ($kind)") or diag($result->{text});
	my @pauses = map { /in ([\d.]+) ?ms$/ ? $1 / 1000 : /in ([\d.]+) ?s$/ ? $1 : 0 } @warnings;
	cmp_ok($pauses[0], '<', 0.2, "... the first pause is about half of deploy_lock_timeout ($kind)");
	cmp_ok($pauses[3], '>', $pauses[0], "... the fourth is longer ($kind)");
	progress_is_over($db, $runner, "after retries ($kind)");
	$db->answers("SELECT count(*) FROM migrate.log WHERE outcome = 'failed'", '0', "a retry is no failure in the log ($kind)");
	$_->close for $holder, $runner;
}

# Several blockers, each named.
$db = database('ALTER TABLE t ADD b int;');
($holder, $runner) = sessions($db, 'SET migrate.deploy_lock_timeout = 0');
my $second = $db->session;
$_->ask('BEGIN; SELECT count(*) FROM t') for $holder, $second;
$runner->start('CALL migrate_deploy()');
$db->wait_until_waiting($runner, 'relation');
$db->wait_until_state($runner, 'waiting for lock');
my $pids = join ',', sort { $a <=> $b } $holder->pid, $second->pid;
$db->answers("SELECT (SELECT string_agg(p::text, ',' ORDER BY p) FROM unnest(blocking_pids) p) FROM migrate_progress()", $pids, 'every blocker is named');
$_->close for $holder, $second;
is($runner->finish->{sqlstate}, '00000', '(it ends)');
$runner->close;

# --- a concurrent build -------------------------------------------------------------------------

$db = database("SELECT 1;\nCREATE INDEX CONCURRENTLY i ON t (a);");
($holder, $runner) = sessions($db, '');
$holder->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
my $pid = $holder->pid;
$runner->start('CALL migrate_deploy()');
$db->wait_until_waiting($runner, 'virtualxid');
progress_is($db, $runner, 'an old snapshot holds a build', state => 'building index', statement => 2, statements => 2, blocking_pids => "{$pid}");
$db->answers('SELECT phase = (SELECT phase FROM pg_stat_progress_create_index) FROM migrate_progress()', 't', "the phase is the server's");
like($db->query('SELECT phase FROM migrate_progress()', role => 'nobody'), qr/^waiting for/, '... to a role without rights, too');
$db->answers('SELECT coalesce(percent BETWEEN 0 AND 100, true) FROM migrate_progress()', 't', 'the percent is one');
like($db->query('SELECT blockers[1] FROM migrate_progress()'), qr/^Process $pid, role "app", application "web"/, 'who holds it is named');
$holder->close;
is($runner->finish->{sqlstate} . ' ' . $db->current, '00000 r12', 'it ends when the snapshot is gone');
progress_is_over($db, $runner, 'after a build');
$runner->close;

# --- a backfill ---------------------------------------------------------------------------------

my $update = 'UPDATE t SET a = id WHERE id IN (SELECT id FROM t WHERE a IS NULL ORDER BY id LIMIT 100);';
$db = database("-- migrate:repeat pause=1ms\n$update");
$db->query('CREATE FUNCTION work_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 550 THEN PERFORM work(); END IF; RETURN NEW; END $$; CREATE TRIGGER work_at BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION work_at()');
($holder, $runner) = sessions($db, '');
$runner->start('CALL migrate_deploy()');
$db->wait_until_working;
$db->wait_until_state($runner, 'backfilling');
progress_is($db, $runner, 'a batch runs', state => 'backfilling', statement => 1, statements => 1, rows_done => 500, blocking_pids => '{}');
is($db->cancel($runner)->{sqlstate}, '57014', '(cancelled)');
progress_is_over($db, $runner, 'after a backfill that was cancelled');
$db->query('DROP TRIGGER work_at ON t');
$db->load(revision('r03', after => 'r02', up => "-- migrate:repeat pause=600s\n$update", message => 'the {third} 100% "one"'));
$runner->start("CALL migrate_deploy('r03')");
$db->wait_until_state($runner, 'pausing');
$db->answers('SELECT statement, statements, blocking_pids, percent IS NULL OR percent BETWEEN 0 AND 100 FROM migrate_progress()', '1|1|{}|t', 'a pause between batches is seen');
$db->cancel($runner);
$_->close for $holder, $runner;

# --- who waits for the migration lock is not in progress ----------------------------------------

$db = database('SELECT 1;');
($holder, $runner) = sessions($db, "SET migrate.lock_timeout = '600s'");
my $upgrade = $db->session;
$upgrade->ask("SET application_name = 'an upgrade'; BEGIN; SELECT count(*) FROM migrate_upgrade('r01')");
$runner->start('CALL migrate_deploy()');
my $waiter = $runner->pid;
$db->wait_until("SELECT state = 'active' AND query ~ 'migrate_deploy' AND backend_xmin IS NULL FROM pg_stat_activity WHERE pid = $waiter");
$db->answers("SELECT count(*) FROM migrate_progress() WHERE pid = $waiter", '0', 'a deploy that waits for the migration lock runs nothing');
my $error = $db->fails("SET migrate.lock_timeout = '50ms'; CALL migrate_deploy()", '55P03', qr/an upgrade/, 'a second one gives up');
my $upgrade_pid = $upgrade->pid;
like($error->{detail}, qr/Process $upgrade_pid, role "\Q$me\E"/, '... and names the holder');
$upgrade->ask('COMMIT');
is($runner->finish->{sqlstate} . ' ' . $db->current, '00000 r12', 'the first goes on');
$_->close for $holder, $runner, $upgrade;

# A deploy that holds the lock is named with its revision.
$db = database('SELECT work();');
($holder, $runner) = sessions($db, '');
$runner->start('CALL migrate_deploy()');
$db->wait_until_working;
$waiter = $runner->pid;
for my $call ('CALL migrate_deploy()', 'SELECT migrate_upgrade()')
{
	my $error = $db->fails("SET migrate.lock_timeout = '50ms'; $call", '55P03', qr/another migration/, "while a deploy runs: $call");
	like($error->{detail}, qr/Process $waiter, role "\Q$me\E".*\br03\b/s, "... it is named, with its revision: $call");
}
$db->cancel($runner);
$_->close for $holder, $runner;

stays_up($node);
done_testing();
