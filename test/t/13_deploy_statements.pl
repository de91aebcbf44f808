# CALL migrate_deploy, revisions that cannot run in a transaction: every kind of statement, the journal, going on
# where it stopped, and what others may do meanwhile.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('statements', conf => "track_commit_timestamp = on\nautovacuum = off");
my $patient = 'SET migrate.deploy_lock_timeout = 0';    # for sessions that a test lets wait

# --- each kind of statement ---------------------------------------------------------------------

my @kinds = (
	[ index => "CREATE INDEX CONCURRENTLY t_a ON t (a);\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS t_b ON t (b);" ],
	[ constraint => "ALTER TABLE t ADD CONSTRAINT t_unique UNIQUE USING INDEX t_b;\nCREATE INDEX CONCURRENTLY t_ab ON t (a, b);" ],
	[ reindex => "REINDEX INDEX CONCURRENTLY t_a;\nREINDEX TABLE CONCURRENTLY t;\nREINDEX (VERBOSE) SCHEMA public;" ],
	[ drop_index => "DROP INDEX CONCURRENTLY t_a;\nDROP INDEX CONCURRENTLY IF EXISTS nosuch;" ],
	[ vacuum => "VACUUM;\nVACUUM (ANALYZE) t;\nVACUUM FULL t;" ],
	[ cluster => "CLUSTER t USING t_ab;\nCLUSTER;" ],
	[ detach => "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;\nALTER TABLE p1 ADD COLUMN lonely int;" ],
	[ enum => "ALTER TYPE mood ADD VALUE 'happy';\nCREATE TABLE moods (m mood DEFAULT 'happy');\nINSERT INTO moods VALUES ('happy');" ],
	[ enum_alone => "ALTER TYPE mood ADD VALUE 'wild';" ],
	[ enum_used => "INSERT INTO moods VALUES ('wild');\nALTER TABLE moods ALTER m SET DEFAULT 'wild';" ],
	[ forced => "ALTER TABLE t ADD c int;\nUPDATE t SET c = a;\nALTER TABLE t ALTER c SET NOT NULL;", alone => 1 ],
	[ call => "CALL commits(3);\nDO \$\$ BEGIN INSERT INTO done VALUES ('do 1'); COMMIT; INSERT INTO done VALUES ('do 2'); ROLLBACK; INSERT INTO done VALUES ('do 3'); END \$\$;", alone => 1 ],
	[ everywhere => "ALTER SYSTEM SET deadlock_timeout = '999ms';\nCREATE DATABASE made TEMPLATE template0;\nDROP DATABASE made;\nSET allow_in_place_tablespaces = on;\nCREATE TABLESPACE here LOCATION '';\nDROP TABLESPACE here;" ],
	[ temporary => "CREATE TEMP TABLE mine AS SELECT 'mine' AS what;\nVACUUM mine;\nINSERT INTO done SELECT what FROM mine;\nDROP TABLE mine;" ],
	[ prepared => "PREPARE p1 AS INSERT INTO done VALUES ('prepared');\nVACUUM t;\nEXECUTE p1;\nDEALLOCATE p1;" ],
	[ discard => "SET search_path = nowhere;\nDISCARD ALL;\nCREATE TABLE after_discard ();" ],
	[ copy => "COPY done FROM PROGRAM 'echo copied';\nVACUUM done;" ]);
my $base = <<'SQL';
CREATE TABLE done (what text);
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t SELECT g, g, 'b' || g FROM generate_series(1, 100) g;
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TYPE mood AS ENUM ('sad');
CREATE PROCEDURE commits(n int) LANGUAGE plpgsql AS $$ BEGIN FOR i IN 1..n LOOP INSERT INTO done VALUES ('call ' || i); COMMIT; END LOOP; END $$;
SQL
my $db = Strata->new($node, 'kinds');
my $oracle = Strata->new($node, 'oracle', bare => 1);
my $parent = 'start';
$db->load(revision('start', up => $base), map { my ($id, $sql, %keys) = @$_; my $after = $parent; $parent = $id; revision($id, after => $after, up => $sql, %keys) } @kinds);
$oracle->query($_) for $base, map { $_->[1] } @kinds;
for my $kind ('start', map { $_->[0] } @kinds)
{
	$db->deploys("deploys: $kind", target => $kind);
	is($db->current, $kind, "... it is applied: $kind");
}
is_same_schema($db->schema, $oracle->schema, 'the schema is the one that psql gives');
my $contents = "SELECT what FROM done ORDER BY 1; SELECT m FROM moods ORDER BY 1; SELECT count(*), sum(c) FROM t; SELECT count(*) FROM pg_index WHERE NOT indisvalid";
is($db->query($contents), $oracle->query($contents), '... so are the rows');
$db->answers("SELECT count(*), bool_and(outcome = 'done') FROM migrate.log", (@kinds + 1) . '|t', 'each has one log entry');

# All of it in one call; INFO tells revisions and statements.
my $again = Strata->new($node, 'again');
$parent = 'start';
my @in_one = grep { $_->[0] ne 'everywhere' } @kinds;
$again->load(revision('start', up => $base), map { my ($id, $sql, %keys) = @$_; my $after = $parent; $parent = $id; revision($id, after => $after, up => $sql, %keys) } @in_one);
my $told = $again->deploys('deploys all kinds in one call')->{text};
is_same_schema($again->schema, $oracle->schema, '... to the same schema');
my $steps = @in_one + 1;
like($told, qr/INFO:\s+(?:\w{5}: )?Running upgrade start -> index, step index \(step 2 of $steps\)$/m, 'INFO tells the revision');
like($told, qr/INFO:\s+(?:\w{5}: )?revision detach, statement $_ of 2: /, "... and statement $_") for 1, 2;
like($told, qr/revision index, statement 1 of 2: .*CREATE INDEX CONCURRENTLY t_a/, '... with its text');
unlike($told, qr/revision enum_alone, statement/, '... a transactional revision is told as a whole');

# --- the journal --------------------------------------------------------------------------------

$db = Strata->new($node, 'journal');
$db->answers("SELECT string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'migrate.journal'::regclass AND attnum > 0",
	'revision text, statement integer, state text, started timestamp with time zone, finished timestamp with time zone, pid integer, rows bigint, checksum text', 'the columns of the journal');
$db->answers("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'migrate.journal'::regclass AND contype = 'p'", 'PRIMARY KEY (revision, statement)', '... and its key');
$db->query('CREATE ROLE nobody LOGIN');
$db->answers('SELECT count(*) FROM migrate.journal', '0', 'anybody may read it', role => 'nobody');
$db->fails($_, '42501', qr/permission denied/, "... and not write: $_", role => 'nobody') for "INSERT INTO migrate.journal (revision, statement, state) VALUES ('a', 1, 'done')", 'DELETE FROM migrate.journal', "UPDATE migrate.journal SET state = 'done'", 'TRUNCATE migrate.journal';

my @statements = ("INSERT INTO counted VALUES ('one');", 'CREATE INDEX CONCURRENTLY i ON t (a);', "INSERT INTO counted VALUES ('three'); ", 'SELECT pg_advisory_xact_lock(77);', "INSERT INTO counted VALUES ('five');");
$db->query('CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1); CREATE TABLE counted (what text, xid xid8 DEFAULT pg_current_xact_id())');
$db->load(revision('a', up => 'SELECT 1;'), revision('x', after => 'a', up => join "\n", @statements), revision('z', after => 'x', up => "INSERT INTO counted VALUES ('z');"));
my ($keeper, $runner, $old) = map { $db->session } 1 .. 3;
$runner->ask($patient);
my $pid = $runner->pid;
$keeper->ask('SELECT pg_advisory_lock(77)');
$old->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
$runner->start('CALL migrate_deploy()');
$db->wait_until_waiting($runner, 'virtualxid');
$db->answers("SELECT statement, state, pid = $pid, finished IS NOT NULL FROM migrate.journal ORDER BY statement", "1|done|t|t\n2|running|t|f", 'while an index is built, the journal has it as running');
$db->answers('SELECT count(*) FROM counted', '1', '... and the statement before it is committed');
$db->answers('SELECT migrate_current()', 'a', '... the revision is not applied');
$db->answers("SELECT count(*) FROM migrate.log WHERE revision = 'x'", '0', '... nor logged');
$old->ask('COMMIT');
$db->wait_until_blocked(77);
$db->answers("SELECT statement, state, revision, pid = $pid, started <= finished, checksum <> '', rows FROM migrate.journal WHERE statement <= 3 ORDER BY statement",
	join("\n", map { "$_|done|x|t|t|t|" } 1 .. 3), 'statements that ended are done');
$db->answers("SELECT count(*) FROM counted c JOIN migrate.journal j ON pg_xact_commit_timestamp(c.xid::xid) = pg_xact_commit_timestamp(j.xmin) WHERE (what, statement) IN (('one', 1), ('three', 3))", '2', 'an ordinary statement is committed with its journal row');
$db->answers('SELECT count(DISTINCT checksum) FROM migrate.journal WHERE statement <= 3', '3', '... each with its own checksum');
$keeper->ask('SELECT pg_advisory_unlock(77)');
my $result = $runner->finish;
is($result->{sqlstate} . ' ' . $db->current, '00000 z', 'it ends at the head') or diag($result->{text});
$db->is_at_rest('the end');
$db->answers("SELECT count(*) FROM counted c, migrate.log l WHERE what = 'five' AND revision = 'x' AND pg_xact_commit_timestamp(c.xid::xid) = pg_xact_commit_timestamp(l.xmin)", '1', 'the log entry is committed with the last statement');
$_->close for $old, $keeper, $runner;

# --- going on -----------------------------------------------------------------------------------

# A revision of five statements whose third fails, because of duplicates in t.
sub stopped
{
	my ($name) = @_;
	my $db = Strata->new($node, $name);
	$db->query("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1); CREATE TABLE counted (what text, path text DEFAULT current_setting('search_path'))");
	my @all = ("INSERT INTO public.counted VALUES ('one');", 'SET search_path = public, pg_temp;', 'CREATE UNIQUE INDEX CONCURRENTLY i ON public.t (a);', "INSERT INTO public.counted VALUES ('four');", "INSERT INTO public.counted VALUES ('five');");
	$db->load(revision('a', up => 'SELECT 1;', down => 'SELECT 2;'), revision('x', after => 'a', up => join("\n", @all), down => 'SELECT 3;'), revision('z', after => 'x', up => "INSERT INTO counted VALUES ('z');"));
	my $error = $db->deploy;
	return ($db, $error, @all);
}

# What the revision x becomes.
sub edited { return revision('x', after => 'a', up => join("\n", @_), down => 'SELECT 3;') }

my ($error, @all);
($db, $error, @all) = stopped('goes_on');
is($error->{sqlstate}, '23505', 'a build that fails keeps its SQLSTATE');
like($error->{context}, qr/upgrade of revision x, statement 3, line \d+/, '... and gains the context');
is($db->journal, '1 done, 2 done, 3 failed', 'the journal tells where it stopped');
$db->answers('SELECT finished IS NOT NULL, pid > 0 FROM migrate.journal WHERE statement = 3', 't|t', '... and when');
is($db->failures, 'x 23505', 'the log has the failure');
$db->answers("SELECT error ~ 'could not create unique index', from_heads FROM migrate.log WHERE outcome = 'failed'", 't|{a}', '... with its message');
is($db->current, 'a', 'the version rows are those before');
is($db->locks, '0', 'the lock is free');
$db->answers("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass", 'f', '(the server left an INVALID index)');
is($db->deploy->{sqlstate}, '23505', 'a second call fails at the same place');
is($db->journal, '1 done, 2 done, 3 failed', '... with the same journal');
is($db->failures, 'x 23505, x 23505', '... and logs it again');
$db->query('DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)');
$result = $db->deploys('with its cause removed, it ends');
like($result->{text}, qr/INFO:\s+(?:\w{5}: )?Continuing revision x at statement 3 of 5/, '... having said where it goes on');
$db->answers("SELECT string_agg(what, ' ' ORDER BY ctid) FROM counted", 'one four five z', '... each statement has run once');
$db->answers("SELECT path FROM counted WHERE what IN ('four', 'five')", "public, pg_temp\npublic, pg_temp", '... with the settings of the statements that were skipped');
$db->answers("SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass", 't', '... and the index is valid');

# Edits while half applied.  Tokens count, not layout.
for my $case (
	[ 'a later statement may be edited', 'one new', sub { @_[ 0 .. 2 ], "INSERT INTO public.counted VALUES ('new');" } ],
	[ 'one may be added', 'one four five six', sub { @_, "INSERT INTO public.counted VALUES ('six');" } ],
	[ 'the statement that failed may be edited', 'one four five', sub { @_[ 0, 1 ], 'CREATE INDEX CONCURRENTLY another ON public.t (a);', @_[ 3, 4 ] } ],
	[ 'it may become one that can run in a transaction', 'one instead five', sub { @_[ 0, 1 ], "INSERT INTO public.counted VALUES ('instead');", $_[4] } ],
	[ 'nothing may be left to do', 'one', sub { @_[ 0, 1 ] } ],
	[ 'the layout of what has run may change', 'one instead', sub { "/* once */ insert   into PUBLIC.counted\nvalues ('one');\n;", $_[1], "INSERT INTO public.counted VALUES ('instead');" } ])
{
	my ($rule, $expected, $edit) = @$case;
	my ($db, $error, @all) = stopped('edited');
	is($db->load(edited($edit->(@all))), 'x updated', "while half applied, $rule");
	$db->query('DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t)');
	$db->deploys("... and deployed: $rule");
	$db->answers("SELECT string_agg(what, ' ' ORDER BY ctid) FROM counted", "$expected z", "... as it is now: $rule");
	$node->safe_psql('postgres', 'DROP DATABASE edited');
}
for my $case (
	[ 'an edit of what has run', 1, sub { "INSERT INTO public.counted VALUES ('edited');", @_[ 1 .. 4 ] } ],
	[ 'an edit of another one', 2, sub { $_[0], 'SET search_path = pg_temp;', @_[ 2 .. 4 ] } ],
	[ 'a statement before them', 1, sub { 'SELECT 0;', @_ } ],
	[ 'one taken away', 1, sub { @_[ 1 .. 4 ] } ],
	[ 'the other order', 1, sub { @_[ 1, 0, 2, 3, 4 ] } ],
	[ 'less than has run', 2, sub { $_[0] } ])
{
	my ($what, $statement, $edit) = @$case;
	my ($db, $error, @all) = stopped('edited');
	$db->load(edited($edit->(@all)));
	$db->query('DELETE FROM t');
	my $refusal = $db->fails('CALL migrate_deploy()', '55000', qr/revision x was changed after statement $statement of it had run/, "$what is refused");
	like($refusal->{hint}, qr/\w/, "... with a hint: $what");
	is($db->journal . '/' . $db->query('SELECT count(*) FROM counted') . '/' . $db->locks, '1 done, 2 done, 3 failed/1/0', "... and nothing has run: $what");
	$db->load(edited(@all));
	$db->deploys("... with the old text it ends: $what");
	$node->safe_psql('postgres', 'DROP DATABASE edited');
}

# An ordinary statement that fails is rolled back; its predecessors are not.
$db = Strata->new($node, 'ordinary');
$db->query('CREATE TABLE counted (what text); CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)');
for my $case ([ 'an error', 'INSERT INTO counted SELECT \'lost\' UNION ALL SELECT (1 / count(*))::text FROM parent;', '22012' ], [ 'an error at the commit', 'WITH i AS (INSERT INTO counted VALUES (\'lost\')) INSERT INTO child VALUES (1);', '23503' ])
{
	my ($what, $sql, $sqlstate) = @$case;
	$db->query("SELECT migrate_stamp('base'); TRUNCATE counted; TRUNCATE migrate.log");
	my @script = (revision('a', up => "INSERT INTO counted VALUES ('one'); VACUUM counted; %s INSERT INTO counted VALUES ('four');"));
	$db->load(map { sprintf $_, $sql } @script);
	my $error = $db->fails('CALL migrate_deploy()', $sqlstate, qr/revision a, statement 3\b/, "$what in the third statement");
	is($db->journal . '/' . $db->query("SELECT string_agg(what, ' ') FROM counted") . '/' . $db->failures, "1 done, 2 done, 3 failed/one/a $sqlstate", "... what came before stays: $what");
	$db->load(map { sprintf $_, '' } @script);
	$db->deploys("... and it ends: $what");
	$db->answers("SELECT string_agg(what, ' ' ORDER BY ctid) FROM counted", 'one four', "... each once: $what");
}
# The last statement fails at its commit: neither applied nor forgotten.
$db->query("SELECT migrate_stamp('base'); TRUNCATE counted");
$db->load(revision('a', up => "INSERT INTO counted VALUES ('one'); VACUUM counted; INSERT INTO child VALUES (1);"));
$db->fails('CALL migrate_deploy()', '23503', qr/revision a\b/, 'the last statement fails at its commit');
is($db->current . '/' . $db->journal, '/1 done, 2 done, 3 failed', '... and the revision is not applied');
$db->query('INSERT INTO parent VALUES (1)');
$db->deploys('... but can be ended');
is($db->current, 'a', '... then it is applied');

# --- what others may do while it is half applied ------------------------------------------------

($db, $error, @all) = stopped('meanwhile');
my $before = $db->everything;
for my $call ('migrate_upgrade()', "migrate_upgrade('x')", "migrate_downgrade('base')", "migrate_downgrade('-1')")
{
	my $error = $db->fails("SELECT $call", '55000', qr/revision x is half applied/, "refused while a revision is half applied: $call");
	like($error->{hint}, qr/CALL migrate_deploy.*migrate_stamp/s, "... with both ways out: $call");
}
$error = $db->fails('SELECT migrate_load(ARRAY[' . quote(revision('a', up => 'SELECT 1;', down => 'SELECT 2;')) . '], true)', 'MG006', qr/\bx\b/, 'so is a load that would remove it');
is($db->everything, $before, '... and nothing has changed');
is($db->load(edited(@all), revision('a', up => 'SELECT 1;', down => 'SELECT 2;'), { prune => 1 }), 'a unchanged, x unchanged, z removed', 'a load that keeps it may remove others');
$db->answers("SELECT severity, revision, message <> '', hint ~ 'migrate_deploy' FROM migrate_doctor() WHERE code = 'half_applied'", 'error|x|t|t', 'migrate_doctor has an error of it');
$db->answers("SELECT code FROM migrate_doctor() LIMIT 1", 'half_applied', '... on top', role => 'nobody');
$db->answers("SELECT migrate_current(), migrate_health()->>'status'", 'a|unhealthy', 'looking works');
$db->query("BEGIN; SELECT migrate_stamp('x'); ROLLBACK");
is($db->journal, '1 done, 2 done, 3 failed', 'a stamp that is rolled back empties nothing');
for my $case ([ "'current'", 'a' ], [ "'x'", 'x' ], [ "'base'", '' ], [ "ARRAY['a']", 'a' ], [ "'a', purge => true", 'a' ])
{
	my ($arguments, $current) = @$case;
	my ($db) = stopped('stamped');
	$db->query("SELECT migrate_stamp($arguments)");
	$db->is_at_rest("migrate_stamp($arguments)");
	is($db->current, $current, "... which sets what it should: migrate_stamp($arguments)");
	$db->answers("SELECT count(*) FROM migrate_doctor() WHERE code = 'half_applied'", '0', "... and the doctor is content: migrate_stamp($arguments)");
	if ($current eq 'a')
	{
		$db->query('DELETE FROM t; DROP INDEX i');
		$db->deploys("after migrate_stamp($arguments) a deploy starts from the first statement");
		$db->answers("SELECT string_agg(what, ' ' ORDER BY ctid) FROM counted", 'one one four five z', "... of the revision: migrate_stamp($arguments)");
	}
	else
	{
		$db->answers($current eq 'x' ? "SELECT count(*) FROM migrate_upgrade()" : "SELECT count(*) FROM migrate_upgrade('a')", '1', "migrate_upgrade goes on after migrate_stamp($arguments)");
	}
	$node->safe_psql('postgres', 'DROP DATABASE stamped');
}

stays_up($node);
done_testing();
