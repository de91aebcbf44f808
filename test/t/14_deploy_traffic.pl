# A deploy under traffic: clients write and read a table of 200,000 rows while it gets a column, two indexes, constraints and a backfill.
# No transaction of theirs fails, and none waits longer than twice migrate.deploy_lock_timeout; also when another session holds the
# table, and the deploy has to try again.  pgbench logs every transaction with its time and latency; it runs until it is told to stop (the
# signal of its own alarm clock), so the traffic begins before the deploy and ends after it, whatever the machine.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use IPC::Run;
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;
use Time::HiRes qw(time);

my $node = new_server('deploy_traffic', conf => <<'CONF');
max_connections = 40
shared_buffers = 128MB
max_wal_size = 2GB
CONF
my $rows = 200_000;
my $clients = 6;
my $bound = 2 * 2;    # seconds: twice the default of migrate.deploy_lock_timeout

my @history = (
	revision('0001', up => "ALTER TABLE accounts ADD COLUMN priority int NOT NULL DEFAULT 3;\n"),
	revision('0002', after => '0001', up => <<'SQL'),
ALTER TABLE accounts ADD COLUMN score bigint, ADD COLUMN fills int NOT NULL DEFAULT 0, ADD COLUMN batch xid8;
ALTER TABLE accounts ALTER COLUMN score SET DEFAULT 0;
SQL
	revision('0003', after => '0002', up => <<'SQL'),
CREATE INDEX CONCURRENTLY accounts_email ON accounts (email);
CREATE INDEX CONCURRENTLY accounts_without_score ON accounts (id) WHERE score IS NULL;
SQL
	revision('0004', after => '0003', up => <<'SQL'),
-- migrate:repeat
UPDATE accounts SET score = length(email), fills = fills + 1, batch = pg_current_xact_id()
WHERE id IN (SELECT id FROM accounts WHERE score IS NULL ORDER BY id LIMIT 5000);
SQL
	revision('0005', after => '0004', up => "ALTER TABLE accounts ADD CONSTRAINT accounts_score CHECK (score IS NOT NULL) NOT VALID;\n"),
	revision('0006', after => '0005', up => "ALTER TABLE accounts VALIDATE CONSTRAINT accounts_score;\n"));

# The last row is one that no client touches: a session of the test locks it.
my %script = (
	read => <<"SQL",
\\set id random(1, $rows - 1)
SELECT email, balance FROM accounts WHERE id = :id;
SELECT sum(balance) FROM accounts WHERE id BETWEEN :id AND :id + 20;
SQL
	write => <<"SQL",
\\set id random(1, $rows - 1)
\\set amount random(-100, 100)
BEGIN;
UPDATE accounts SET balance = balance + :amount WHERE id = :id;
INSERT INTO transfers (account, amount) VALUES (:id, :amount);
COMMIT;
SQL
	turnover => <<'SQL');
INSERT INTO accounts (email, balance) VALUES ('new@example.org', 0) RETURNING id AS new_id \gset
UPDATE accounts SET balance = balance + 1 WHERE id = :new_id;
DELETE FROM accounts WHERE id = :new_id;
SQL

sub shop
{
	my ($name) = @_;
	my $db = Strata->new($node, $name);
	$db->query(<<"SQL");
CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, balance bigint NOT NULL);
CREATE TABLE transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account bigint NOT NULL, amount bigint NOT NULL);
INSERT INTO accounts (email, balance) SELECT 'user' || i || '\@example.org', 1000 FROM generate_series(1, $rows) i;
VACUUM ANALYZE accounts;
SQL
	$db->load(@history);
	return $db;
}

# --- traffic ------------------------------------------------------------------------------------

# Starts the clients and returns once they have done something.
sub start_traffic
{
	my ($db) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir();
	my @files = map { write_text("$dir/$_.sql", $script{$_}); ('-f', "$dir/$_.sql\@" . ($_ eq 'turnover' ? 1 : 3)) } sort keys %script;
	my $traffic = { db => $db, dir => $dir, out => '', err => '' };
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	$traffic->{run} = IPC::Run::start(
		[ 'pgbench', '-n', '-M', 'prepared', '-c', $clients, '-j', 2, '-T', 3600, '-l', '--log-prefix', "$dir/log", @files, $db->name ],
		'<', \undef, '>', \$traffic->{out}, '2>', \$traffic->{err});
	$traffic->{pid} = $traffic->{run}{KIDS}[0]{PID};
	$traffic->{began} = time;
	goes_on($traffic);
	return $traffic;
}

# Returns when the clients have committed another hundred transactions from now on.
sub goes_on
{
	my ($traffic) = @_;
	my $db = $traffic->{db};
	my $goal = $db->query('SELECT coalesce(max(id), 0) + 100 FROM transfers');
	$node->poll_query_until($db->name, "SELECT max(id) >= $goal FROM transfers") or die "there is no traffic: $traffic->{err}";
	return;
}

# Ends the clients after the transaction in which each of them is; what they did, each transaction with {client}, {end} and {latency} in seconds.
sub stop_traffic
{
	my ($traffic) = @_;
	kill('ALRM', $traffic->{pid}) == 1 or die 'pgbench is gone';
	$traffic->{run}->finish;
	is($traffic->{run}->full_result(0), 0, 'every client comes to its regular end') or diag($traffic->{err});
	like($traffic->{out}, qr/number of failed transactions: 0 /, 'no transaction failed') or diag($traffic->{out});
	is(scalar(() = $traffic->{err} =~ /ERROR|FATAL|aborted/g), 0, '... nor any statement') or diag($traffic->{err});
	my @done;
	for my $file (glob "$traffic->{dir}/log.*")
	{
		for (split /\n/, read_text($file))
		{
			my ($client, undef, $latency, undef, $seconds, $micros) = split / /;
			die "not a line of pgbench's log: $_" if $latency !~ /^\d+$/;
			push @done, { client => $client, latency => $latency / 1e6, end => $seconds + $micros / 1e6 };
		}
	}
	$traffic->{done} = \@done;
	return;
}

sub max { return (sort { $b <=> $a } @_)[0] // 0 }

# Transactions that ended between two moments.
sub done_between
{
	my ($traffic, $from, $to) = @_;
	return grep { $_->{end} >= $from && $_->{end} <= $to } @{ $traffic->{done} };
}

# --- what a deploy under traffic must have done ------------------------------------------------------------

sub check
{
	my ($name, $traffic, $deploy) = @_;
	my $db = $traffic->{db};
	is($deploy->{sqlstate}, '00000', "$name: the deploy succeeds") or diag($deploy->{text});
	is($db->current, '0006', "$name: ... and ends at head");
	$db->answers("SELECT string_agg(revision, ' ' ORDER BY id) FROM migrate.log WHERE outcome = 'done'", '0001 0002 0003 0004 0005 0006', "$name: ... each revision once");
	$db->answers("SELECT string_agg(indexrelid::regclass || ' ' || (indisvalid AND indisready AND indislive), ', ' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'accounts'::regclass",
		'accounts_email true, accounts_pkey true, accounts_without_score true', "$name: the indexes are valid");
	$db->answers("SELECT count(*) FROM accounts WHERE id <= $rows AND fills = 1 AND score = length(email) AND priority = 3", $rows, "$name: every row is filled, and once");
	$db->answers('SELECT count(*) FROM accounts WHERE score IS NULL OR fills > 1', 0, "$name: ... so are the new ones");
	$db->answers("SELECT convalidated FROM pg_constraint WHERE conname = 'accounts_score'", 't', "$name: the constraint is validated");
	$db->answers('SELECT (SELECT sum(balance) FROM accounts) - (SELECT sum(amount) FROM transfers)', $rows * 1000, "$name: no write of a client is lost");
	$db->answers("SELECT count(*) FROM migrate.journal", 0, "$name: the journal is empty");
	$db->query('SET enable_seqscan = off; SET enable_bitmapscan = off; CREATE EXTENSION amcheck; SELECT bt_index_check(indexrelid, true) FROM pg_index WHERE indrelid = \'accounts\'::regclass');

	my $batches = $db->query('SELECT count(DISTINCT batch) FROM accounts');
	cmp_ok($batches, '>=', $rows / 5000, "$name: the backfill ran in batches, each a transaction of its own");

	my $told = max(map { /INFO: .*?\b(\d[\d,]*) rows\b/ ? $1 =~ s/,//gr : () } messages($deploy->{text}));
	cmp_ok($told, '>=', $rows, "$name: ... and says how many rows it has filled");

	my ($from, $to) = @$deploy{qw(began ended)};
	my @during = done_between($traffic, $from, $to);
	my %busy = map { $_->{client} => 1 } @during;
	ok(done_between($traffic, 0, $from) > 0, "$name: the traffic began before the deploy");
	ok(done_between($traffic, $to, 9e9) > 0, "$name: ... and went on after it");
	is(scalar(keys %busy), $clients, "$name: ... every client worked during it");
	for my $revision ('0003', '0004')
	{
		my ($start, $end) = split /\|/, $db->query("SELECT extract(epoch FROM started_at), extract(epoch FROM started_at + duration) FROM migrate.log WHERE revision = '$revision' AND outcome = 'done'");
		cmp_ok(scalar(done_between($traffic, $start, $end)), '>', 0, "$name: ... also during revision $revision");
	}
	my ($longest) = sort { $b->{latency} <=> $a->{latency} } @{ $traffic->{done} };
	cmp_ok($longest->{latency}, '<', $bound, "$name: no client waited for twice migrate.deploy_lock_timeout");

	my $seconds = $to - $from;
	my $all = @{ $traffic->{done} };
	my $calm = max(map { $_->{latency} } done_between($traffic, 0, $from));
	diag(sprintf "%s: deploy %.1f s, %d batches; %d transactions, %d of them during the deploy (%.0f/s); longest wait of a client %.3f s (before the deploy %.3f s), at second %.1f of the deploy",
		$name, $seconds, $batches, $all, scalar @during, @during / $seconds, $longest->{latency}, $calm, $longest->{end} - $from);
	return;
}

# --- nobody in the way ----------------------------------------------------------------------------

my $db = shop('quiet');
$db->answers("LOAD 'pg_strata'; SELECT current_setting('migrate.deploy_lock_timeout')::interval", '00:00:02', 'the default on which the bound rests');
my $traffic = start_traffic($db);
my $runner = $db->session;
my $began = time;
my $deploy = $runner->try("CALL migrate_deploy('head')");
@$deploy{qw(began ended)} = ($began, time);
goes_on($traffic);
stop_traffic($traffic);
$runner->close;
check('undisturbed', $traffic, $deploy);
unlike($deploy->{text}, qr/WARNING/, 'undisturbed: there is nothing to try again') or diag($deploy->{text});

# --- a session that holds the table, then one that holds a row ---------------------------------------------------

# Returns once the deploy has said this so many times (its messages come while it runs).
sub until_said
{
	my ($session, $pattern, $times) = @_;
	my $psql = $session->{psql};
	$psql->{timeout}->start;
	until ((() = $psql->{stderr} =~ /$pattern/g) >= $times)
	{
		die "the deploy ended without saying $pattern: $psql->{stderr}" if $psql->{stdout} =~ /ended\n/;
		$psql->{run}->pump;
	}
	return;
}

# What the deploy said, message by message.
sub messages { return split /^(?=(?:psql:[^\n]*: )?(?:WARNING|INFO|NOTICE|ERROR):)/m, $_[0] }
sub retries { return grep { /WARNING: .* retry \d+ of \d+/ } messages($_[0]) }

$db = shop('disturbed');
my $holder = $db->session;
$holder->ask("SET application_name = 'a long report'");
$holder->ask('BEGIN; SELECT count(*) FROM accounts');
$traffic = start_traffic($db);
$runner = $db->session;
$began = time;
$runner->start("CALL migrate_deploy('head')");
until_said($runner, qr/retry \d+ of \d+/, 2);
$db->answers("SELECT 'held' FROM pg_locks WHERE relation = 'accounts'::regclass AND pid = " . $holder->pid . " AND mode = 'AccessShareLock' AND granted", 'held', 'disturbed: the table is still held at the second retry');
is($db->current, '', 'disturbed: ... and nothing is applied');
goes_on($traffic);
$holder->ask('COMMIT');

# The backfill comes to a row that is held, in the last batch.
$node->poll_query_until($db->name, "SELECT EXISTS (SELECT FROM migrate.version WHERE revision = '0003')") or die 'the indexes are not built';
$holder->ask("SET application_name = 'a forgotten window'");
$holder->ask("BEGIN; SELECT id FROM accounts WHERE id = $rows FOR UPDATE");
is($holder->ask("SELECT score IS NULL FROM accounts WHERE id = $rows"), 't', '(the row is held before the backfill comes to it)');
until_said($runner, qr/a forgotten window/, 1);
$db->answers("SELECT count(*) > 0 FROM accounts WHERE fills = 1", 't', 'disturbed: batches before the held row are committed');
$holder->ask('COMMIT');
$deploy = $runner->finish;
@$deploy{qw(began ended)} = ($began, time);
goes_on($traffic);
stop_traffic($traffic);
check('disturbed', $traffic, $deploy);

my @retries = retries($deploy->{text});
my @table = grep { /a long report/ } @retries;
my @row = grep { /a forgotten window/ } @retries;
cmp_ok(scalar @table, '>=', 2, 'disturbed: the table is tried again and again');
cmp_ok(scalar @row, '>=', 1, 'disturbed: the batch is tried again');
is(scalar(grep { !/\b55P03\b|lock timeout|deadlock|serializ/ } @retries), 0, '... always because of a lock');
my $pid = $holder->pid;
is(scalar(grep { !/DETAIL: .*\bProcess $pid\b/s } @table, @row), 0, '... and the DETAIL names the session in the way') or diag(join "\n", @table, @row);
my @numbers = map { /retry (\d+) of 10\b/ } @table;
is("@numbers", join(' ', 1 .. @table), '... and counts');
diag(sprintf 'disturbed: %d retries for the table, %d for the row, %d in all', scalar @table, scalar @row, scalar @retries);
$db->answers("SELECT count(*) FROM migrate.log WHERE outcome = 'failed'", 0, 'disturbed: a retry is no failure');
$_->close for $holder, $runner;

stays_up($node);
done_testing();
