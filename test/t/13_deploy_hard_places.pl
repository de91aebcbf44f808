# CALL migrate_deploy in hard places: partitioned tables, other encodings, few rights, objects of the session in the way, settings that
# cannot be put back, publications.  13_deploy_hard_cases.pl has the rest.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('places', conf => "autovacuum = off\nwal_level = logical");
my $number = 0;
my $brief = "SET migrate.deploy_lock_timeout = '100ms'";
my $valid = "SELECT string_agg(CASE WHEN indisvalid THEN 'valid' ELSE 'INVALID' END, ' ') FROM pg_index";

# A database of three revisions, the middle one of this script, by default statement by statement.
sub database
{
	my ($up, %keys) = @_;
	my $db = Strata->new($node, 'place' . ++$number);
	$db->query('CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 10); CREATE TABLE c (a int); CREATE TABLE seen (what text)');
	$db->load(revision('a'), changed($up, %keys), revision('z', after => 'b'));
	return $db;
}

sub changed { my ($up, %keys) = @_; return revision('b', after => 'a', up => $up, alone => 1, %keys) }

# --- settings -----------------------------------------------------------------------------------

# temp_buffers cannot be put back once the session has used a temporary table.
my $session_settings = "SELECT string_agg(name || '=' || setting || ' ' || source, ', ' ORDER BY name) FROM pg_settings WHERE name IN ('work_mem', 'row_security', 'lock_timeout', 'standard_conforming_strings', 'search_path')";
my $db = database("SET temp_buffers = '16MB'; SET work_mem = '77MB'; SET search_path = public, app; CREATE TEMP TABLE x AS SELECT 1 AS y; SELECT * FROM x;");
my $session = $db->session;
$session->ask("SET temp_buffers = '9MB'; SET lock_timeout = '66s'");
my $before = $session->ask($session_settings);
my $result = $session->try('CALL migrate_deploy()');
is($result->{sqlstate} . ' ' . $db->current, '00000 z', 'a setting that cannot be put back stops no deploy') or diag($result->{text});
like($result->{text}, qr/WARNING:.*temp_buffers/, '... but is told');
is($session->ask($session_settings), $before, '... and all others are put back');
$db->answers("SELECT string_agg(revision || ' ' || outcome, ', ' ORDER BY id) FROM migrate.log", 'a done, b done, z done', '... and no failure is logged');
$db->is_at_rest('a setting that cannot be put back');
$session->close;

# What a revision starts with holds after RESET ALL.
my $note = "INSERT INTO public.seen VALUES (concat_ws(' ', current_setting('row_security'), current_setting('standard_conforming_strings'), current_setting('lock_timeout')));";
for my $case ([ 'RESET ALL, in a transaction', 0, 'RESET ALL;' ], [ 'RESET ALL, statement by statement', 1, 'RESET ALL;' ], [ 'DISCARD ALL', 1, 'DISCARD ALL;' ])
{
	my ($what, $alone, $reset) = @$case;
	my $up = "SET lock_timeout = '7s'; $note $reset $note SET row_security = on; SET lock_timeout = '8s'; $note";
	my $db = database("$up SELECT 10 / (SELECT count(*) FROM c);", alone => $alone);
	$db->query('ALTER DATABASE ' . $db->name . " SET migrate.deploy_lock_timeout = '345ms'; ALTER DATABASE " . $db->name . " SET standard_conforming_strings = off");
	is($db->deploy->{sqlstate}, '22012', "(a script with $what fails at its end)");
	$db->query('INSERT INTO c VALUES (1)');
	$db->load(changed("$up SELECT 10 / (SELECT count(*) FROM c); $note", alone => $alone));
	$db->deploys("a script with $what is deployed");
	$db->answers("SELECT string_agg(what, ', ' ORDER BY ctid) FROM seen", 'off on 7s, off on 345ms, on on 8s, on on 8s', "... its statements have the settings of a revision, or its own: $what");
}

# --- the journal's times ------------------------------------------------------------------------

$db = database('SELECT 1; SELECT pg_advisory_xact_lock(77); SELECT pg_advisory_xact_lock(78); SELECT 2;');
my $holder = $db->session;
$holder->ask('SELECT pg_advisory_lock(77), pg_advisory_lock(78)');
my $runner = $db->begins('SET migrate.deploy_lock_timeout = 0');
$db->wait_until_blocked(77);
my $during = $db->query('SELECT clock_timestamp()');
$db->wait_until_waited($runner, '100ms');
my $later = $db->query('SELECT clock_timestamp()');
$holder->ask('SELECT pg_advisory_unlock(77)');
$db->wait_until_blocked(78);
$db->answers("SELECT started <= '$during', finished >= '$later', finished <= clock_timestamp() FROM migrate.journal WHERE statement = 2", 't|t|t', 'the journal tells how long a statement took');
$db->answers('SELECT bool_and(started <= finished), max(finished) FILTER (WHERE statement = 1) <= max(started) FILTER (WHERE statement = 2) FROM migrate.journal', 't|t', '... one after the other');
$holder->close;
$db->ends($runner, 'z', '... and it ends');

# --- partitioned tables -------------------------------------------------------------------------

my $partitioned = 'CREATE TABLE pt (a int) PARTITION BY LIST (a); CREATE TABLE pt1 PARTITION OF pt FOR VALUES IN (1); CREATE TABLE pt2 PARTITION OF pt FOR VALUES IN (2); CREATE INDEX pti ON pt (a); INSERT INTO pt VALUES (1), (2)';
my $files = "SELECT string_agg(indexrelid::regclass || ' ' || pg_relation_filenode(indexrelid), ', ' ORDER BY 1) FROM pg_index WHERE indrelid IN ('pt1'::regclass, 'pt2'::regclass)";
for my $sql ('REINDEX TABLE pt;', 'REINDEX INDEX pti;', 'CLUSTER pt USING pti;', 'REINDEX TABLE CONCURRENTLY pt;', 'REINDEX INDEX CONCURRENTLY pti;')
{
	my $db = database("INSERT INTO c VALUES (1); $sql INSERT INTO c VALUES (3);");
	$db->query($partitioned);
	my %before = map { split / / } split /, /, $db->query($files);
	$db->deploys("of a partitioned table: $sql");
	my %after = map { split / / } split /, /, $db->query($files);
	is(join(' ', sort keys %after), 'pt1_a_idx pt2_a_idx', "... it has its indexes: $sql");
	is(join(' ', grep { $after{$_} eq $before{$_} } sort keys %after), '', "... all of them are new: $sql");
	$db->answers("$valid WHERE indexrelid::regclass::text ~ '^pt'", 'valid valid valid', "... and valid: $sql");
	$db->answers('SELECT string_agg(a::text, \' \') FROM c', '1 3', "... the others have run once: $sql");
}
for my $sql ('REINDEX TABLE CONCURRENTLY pt;', 'REINDEX TABLE pt;', 'CLUSTER pt USING pti;')
{
	my $db = database($sql);
	$db->query($partitioned);
	my $writer = $db->session;
	$writer->ask('BEGIN; INSERT INTO pt VALUES (1)');
	my $runner = $db->begins($brief);
	$runner->wait_until_says(qr/WARNING:.*retry 2 of 10/);
	$writer->close;
	my $result = $db->ends($runner, 'z', "beside a writer it gives way and tries again: $sql");
	like($result->{text}, qr/lock timeout; retry 1 of 10/, "... after migrate.deploy_lock_timeout: $sql");
	$db->answers("$valid WHERE indexrelid::regclass::text ~ '^pt'", 'valid valid valid', "... all indexes are valid: $sql");
	$db->answers("SELECT count(*) FROM pg_class WHERE relname ~ '_cc(?:new|old)'", '0', "... and no transient one is left: $sql");
}

# That of an index has committed before it comes to wait for writers.
{
	my $db = database('REINDEX INDEX CONCURRENTLY pti;');
	$db->query($partitioned);
	my $writer = $db->session;
	$writer->ask('BEGIN; INSERT INTO pt VALUES (1)');
	my $runner = $db->begins($brief);
	my $pid = $runner->pid;
	$db->wait_until("SELECT EXISTS (SELECT FROM migrate_progress() WHERE state = 'retrying') OR (SELECT state <> 'active' FROM pg_stat_activity WHERE pid = $pid)
		OR EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid = $pid AND clock_timestamp() - waitstart > '300ms')");
	$writer->close;
	$db->ends($runner, 'z', 'REINDEX INDEX CONCURRENTLY of a partitioned index outlasts a writer');
}

# An interruption while a partition is built leaves a transient index there.
for my $sql ('REINDEX TABLE CONCURRENTLY pt;', 'REINDEX INDEX CONCURRENTLY pti;')
{
	for my $way (qw(cancel terminate))
	{
		my $db = database($sql);
		$db->query($partitioned);
		my $holder = $db->session;
		$holder->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
		my $runner = $db->begins('SET migrate.deploy_lock_timeout = 0');
		$db->wait_until_waiting($runner, 'virtualxid');
		$way eq 'cancel' ? $db->cancel($runner) : $db->terminate($runner);
		$_->close for $runner, $holder;
		$db->answers("SELECT count(*) FROM pg_class WHERE relname ~ '_cc(?:new|old)'", '1', "(it left something to repair: $sql $way)");
		$db->deploys("interrupted at a partition, it goes on: $sql $way");
		$db->answers("SELECT count(*) FROM pg_class WHERE relname ~ '_cc(?:new|old)'", '0', "... nothing transient is left: $sql $way");
		$db->answers("$valid WHERE indexrelid::regclass::text ~ '^pt'", 'valid valid valid', "... nothing is INVALID: $sql $way");
	}
}

# What is no partition is no sign of a detachment that has ended.
$db = database('ALTER TABLE pt DETACH PARTITION c CONCURRENTLY;');
$db->query($partitioned);
for my $call ('first', 'second', 'third')
{
	$db->fails('CALL migrate_deploy()', '42P01', qr/relation "c" is not a partition of relation "pt"/, "to detach what is no partition fails at the $call call");
	is($db->current . ' ' . $db->journal, 'a 1 failed', "... and is not applied ($call)");
}

# A cancel while the statement is tried is a cancel, and no doubt about the index.
$db = database('CREATE UNIQUE INDEX CONCURRENTLY tried ON t ((a + 1));');
$db->query('INSERT INTO t (a) VALUES (77), (77)');
$db->attempt('CREATE UNIQUE INDEX CONCURRENTLY tried ON t ((a + 1))');
my $locker = $db->session;
$locker->ask('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
my $trying = $db->begins('SET migrate.deploy_build_timeout = 0');
$db->wait_until_waiting($trying, 'relation');
is($db->cancel($trying)->{sqlstate}, '57014', 'a cancel in the trial of an index');
is($db->failures, 'b 57014', '... is in the log');
$_->close for $trying, $locker;

# --- an index without a name --------------------------------------------------------------------

# One whose backend was killed before the build began cannot be told from one that had ended: an equal index counts as it.

for my $place ([ 'in the build', 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1', 'virtualxid' ], [ 'before it', 'BEGIN; LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE', 'relation' ])
{
	my ($where, $hold, $kind) = @$place;
	for my $way (qw(cancel terminate))
	{
		for my $columns ('a', '(a + 1)')
		{
			my $what = "$columns, $way, $where";
			my $db = database("CREATE INDEX CONCURRENTLY ON t ($columns);");
			$db->query("CREATE INDEX another ON t ($columns)");
			my $holder = $db->session;
			$holder->ask($hold);
			my $runner = $db->begins;
			$db->wait_until_waiting($runner, $kind);
			$way eq 'cancel' ? $db->cancel($runner) : $db->terminate($runner);
			$runner->close;
			$holder->close;
			$db->deploys("an index without a name, beside one that is equal: $what");
			my $expected = $way eq 'terminate' && $where eq 'before it' ? 'valid' : 'valid valid';
			$db->answers("$valid WHERE indrelid = 't'::regclass", $expected, "... is built: $what");
		}
	}
}

# --- another encoding ---------------------------------------------------------------------------

for my $alone (0, 1)
{
	my $way = $alone ? 'statement by statement' : 'in a transaction';
	my $db = Strata->new($node, "latin$alone", create => "ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'");
	my $gate = 'SELECT pg_advisory_xact_lock(77);';
	my @scripts = (revision('b', up => 'SELECT * FROM größe;', alone => $alone), revision('é', after => 'b', up => $gate, alone => $alone, message => 'accentué'));
	$db->query("SET client_encoding = 'UTF8'; " . $db->load_call(@scripts));
	my $utf8 = "SET client_encoding = 'UTF8'";
	my $error = $db->deploy('head', $utf8);
	is($error->{sqlstate}, '42P01', "an error with letters that are not ASCII, in LATIN1 $way") or diag($error->{text});
	like($error->{message}, qr/^relation "größe" does not exist/, "... reaches the client: $way");
	$db->answers("$utf8; SELECT revision, sqlstate, error FROM migrate.log WHERE outcome = 'failed'", 'b|42P01|relation "größe" does not exist', "... and the log, readable: $way");
	is($db->locks, '0', "... the lock is free: $way");
	$db->query("$utf8; CREATE TABLE größe (a int)");
	my $holder = $db->session;
	$holder->ask('SELECT pg_advisory_lock(77)');
	my $runner = $db->begins('SET migrate.deploy_lock_timeout = 0');
	$db->wait_until_blocked(77);
	my $name = $node->safe_psql('postgres', 'SELECT application_name FROM pg_stat_activity WHERE pid = ' . $runner->pid);
	like($name, qr{^migrate_deploy 2/2 \?+: \w+}, "application_name is ASCII for databases of other encodings: $way");
	$db->answers("$utf8; SELECT revision FROM migrate_progress()", 'é', "... and migrate_progress names the revision: $way");
	$holder->close;
	is($runner->finish->{sqlstate}, '00000', "... and it ends: $way");
	$db->is_at_rest("LATIN1 $way");
	$runner->close;
}

# --- few rights ---------------------------------------------------------------------------------

$node->safe_psql('postgres', 'CREATE ROLE deployer LOGIN');

# A database for the deployer, who owns t.
sub deployers
{
	my ($up, %keys) = @_;
	my $db = database($up, %keys);
	$db->query('GRANT EXECUTE ON PROCEDURE migrate_deploy(text) TO deployer; GRANT CREATE ON SCHEMA public TO deployer; ALTER TABLE t OWNER TO deployer; ALTER TABLE c OWNER TO deployer');
	return $db;
}
sub invalid { my ($db, $index) = @_; return $db->query("CREATE INDEX i ON public.t ($index); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.i'::regclass; SELECT 'public.i'::regclass::oid") }

my %obstacles = (
	'no right to make temporary tables' => sub { 'REVOKE TEMP ON DATABASE ' . $_[0]->name . ' FROM PUBLIC' },
	'an event trigger that refuses tables' => sub { 'CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION \'no more tables\'; END $$; CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN (\'CREATE TABLE\') EXECUTE FUNCTION refuse()' });
for my $what (sort keys %obstacles)
{
	for my $index ('a', 'a, b')
	{
		my $db = deployers("CREATE INDEX CONCURRENTLY i ON t ($index);");
		$db->query('ALTER TABLE t ADD b int');
		$db->deploys("(the revision before: $what)", target => 'a', role => 'deployer');
		my $oid = invalid($db, $index);
		$db->query($obstacles{$what}->($db));
		$db->deploys("an INVALID index on ($index) is repaired with $what", target => 'b', role => 'deployer');
		$db->answers("SELECT indisvalid, indexrelid <> $oid FROM pg_index WHERE indexrelid = 'i'::regclass", 't|t', "... it is valid, and another one: ($index), $what");
	}
	for my $index ('(a + 1)', 'a DESC', 'a) WHERE (a > 3')
	{
		my $db = deployers("CREATE INDEX CONCURRENTLY i ON t ($index);");
		$db->deploys("(the revision before: $what)", target => 'a', role => 'deployer');
		my $oid = invalid($db, $index);
		$db->query($obstacles{$what}->($db));
		my $error = $db->fails("CALL migrate_deploy('b')", '55000', qr/invalid index of table public\.t\b/, "an INVALID index on ($index) cannot be told from another with $what", role => 'deployer');
		like($error->{hint}, qr/DROP INDEX CONCURRENTLY/, "... the hint says what to do: ($index), $what");
		like($error->{detail}, qr/permission denied|no more tables/, "... and the detail why: ($index), $what");
		$db->answers("SELECT indisvalid FROM pg_index WHERE indexrelid = $oid", 'f', "... it is left alone: ($index), $what");
		$db->query('DROP INDEX CONCURRENTLY i');
		$db->deploys("... and after that it is built: ($index), $what", target => 'b', role => 'deployer');
		$db->answers("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass", 't', "... valid: ($index), $what");
	}
}

# A temporary table of the session has the name.
$db = database('CREATE INDEX CONCURRENTLY i ON public.t (a);');
my $oid = invalid($db, 'a');
$db->deploys('an INVALID index is repaired where a temporary table has the name of its table', before => 'CREATE TEMP TABLE t (x text)');
$db->answers("SELECT indisvalid, indexrelid <> $oid FROM pg_index WHERE indexrelid = 'i'::regclass", 't|t', '... it is valid, and another one');

# Blockers cannot be named without pg_locks.
for my $alone (0, 1)
{
	my $db = deployers('ALTER TABLE t ADD b int;', alone => $alone);
	$db->query('REVOKE SELECT ON pg_locks FROM PUBLIC');
	my $holder = $db->session;
	$holder->ask('BEGIN; SELECT count(*) FROM t');
	my $runner = $db->begins($brief, role => 'deployer');
	$runner->wait_until_says(qr/retry 2 of 10/);
	$holder->close;
	$db->ends($runner, 'z', 'without SELECT on pg_locks it is tried again' . ($alone ? ', statement by statement' : ''));
}

# --- a publication of all tables ----------------------------------------------------------------

# Its tables must have what identifies their rows, else UPDATE and DELETE are refused.
$db = Strata->new($node, 'published');
$db->query('CREATE PUBLICATION everything FOR ALL TABLES; CREATE TABLE counted (id int PRIMARY KEY)');
my @scripts = (revision('a', up => 'INSERT INTO counted VALUES (1);', down => 'DELETE FROM counted;'), revision('b', after => 'a', up => "VACUUM counted; INSERT INTO counted VALUES (2);\n-- migrate:repeat pause=1ms\nUPDATE counted SET id = id + 10 WHERE id < 10;\nSELECT 1/0;"));
is($db->load(@scripts, revision('c', after => 'b')), 'a added, b added, c added', 'with a publication of all tables, revisions are added');
is($db->load(@scripts, revision('d', after => 'b'), { prune => 1 }), 'a unchanged, b unchanged, c removed, d added', '... and removed');
is($db->upgrade('a'), 'upgrade a', '... an upgrade runs');
is($db->query("SELECT revision FROM migrate_downgrade('base')") . ' ' . $db->upgrade('a'), 'a upgrade a', '... a downgrade as well');
is($db->deploy->{sqlstate} . ' ' . $db->journal, '22012 1 done, 2 done, 3 done, 4 failed', '... a deploy stops half way');
$scripts[1] =~ s{1/0}{1};
is($db->load(@scripts, revision('d', after => 'b')), 'a unchanged, b updated, d unchanged', '... a revision is updated');
$db->deploys('... a deploy goes on');
$db->answers('SELECT string_agg(id::text, \' \' ORDER BY id) FROM counted', '11 12', '... with each statement once');
$db->query("SELECT migrate_stamp('b')");
is($db->current, 'b', '... a stamp sets the version');

stays_up($node);
done_testing();
