# -- migrate:repeat: a statement that runs again and again until it affects no row.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('backfill', conf => 'autovacuum = off');
my $table = 'CREATE TABLE t (id int PRIMARY KEY, a int, b int); INSERT INTO t SELECT g, g, NULL FROM generate_series(1, 1000) g';
my $batch = 'UPDATE t SET b = a WHERE id IN (SELECT id FROM t WHERE b IS NULL ORDER BY id LIMIT 100);';
my $backfill = "-- migrate:repeat pause=1ms\n$batch";
my $number = 0;

# A database with the table and one revision of this script.
sub database
{
	my ($up, %keys) = @_;
	my $db = Strata->new($node, 'backfill' . ++$number);
	$db->query($table);
	$db->load(revision('r', up => $up, %keys));
	return $db;
}

# --- batches ------------------------------------------------------------------------------------

my $db = database($backfill);
my $result = $db->deploys('a backfill');
$db->answers('SELECT count(*), sum(b), count(DISTINCT xmin::text) FROM t', '1000|500500|10', '... does all rows, each batch in a transaction of its own');
like($result->{text}, qr/INFO:[^\n]*\b1,?000\b/, '... and says how many');
is($db->current, 'r', '... and is applied');
$db->answers('SELECT outcome FROM migrate.log', 'done', '... and logged once');
$db->query("SELECT migrate_stamp('base')");
$db->deploys('a backfill with nothing to do');
$db->answers('SELECT count(DISTINCT xmin::text) FROM t', '10', '... writes nothing');

$db = database($backfill);
$db->query('SELECT count(*) FROM migrate_upgrade()');
$db->answers('SELECT count(*), sum(b), count(DISTINCT xmin::text) FROM t', '1000|500500|1', 'in migrate_upgrade it repeats in the one transaction');
$db->query("SELECT migrate_stamp('base'); UPDATE t SET b = NULL; BEGIN; SELECT count(*) FROM migrate_upgrade(); ROLLBACK");
$db->answers('SELECT count(b) FROM t', '0', "... the caller's, which may roll it back");

$db = database("ALTER TABLE t ADD c int;\nSET search_path = public, pg_temp;\n-- migrate:repeat pause=1ms max_lag=10s max_rows=1000\nUPDATE t SET b = a, c = length(current_setting('search_path')) WHERE id IN (SELECT id FROM t WHERE b IS NULL LIMIT 300);\nALTER TABLE t ALTER b SET NOT NULL;");
my $told = $db->deploys('a backfill amid other statements, with all options')->{text};
$db->answers('SELECT count(*), count(DISTINCT xmin::text), min(c), max(c) FROM t', '1000|4|15|15', '... in batches, with the settings of the statements before');
like($told, qr/revision r, statement 3 of 4: /, '... which counts as one statement');
$db->answers("SELECT attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'b'", 't', '... and the next one runs after its end');

# Each kind of statement that may repeat.
my %repeat = (
	'UPDATE' => [ $batch, 'SELECT count(*) = 1000 FROM t WHERE b = a' ],
	'update ... RETURNING' => [ "update t SET b = a WHERE id IN (SELECT id FROM t WHERE b IS NULL LIMIT 400) RETURNING id;", 'SELECT count(*) = 1000 FROM t WHERE b = a' ],
	'DELETE' => [ 'DELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 300);', 'SELECT count(*) = 0 FROM t' ],
	'INSERT' => [ 'INSERT INTO t SELECT -id, a, 0 FROM t p WHERE id > 0 AND NOT EXISTS (SELECT FROM t c WHERE c.id = -p.id) LIMIT 300;', 'SELECT count(*) = 2000 FROM t' ],
	'MERGE' => [ 'MERGE INTO t USING (SELECT id AS i FROM t WHERE b IS NULL LIMIT 300) s ON t.id = s.i WHEN MATCHED THEN UPDATE SET b = a;', 'SELECT count(*) = 1000 FROM t WHERE b = a' ],
	'WITH ... UPDATE' => [ 'WITH s AS (SELECT id FROM t WHERE b IS NULL ORDER BY id LIMIT 300 FOR UPDATE SKIP LOCKED) UPDATE t SET b = a FROM s WHERE t.id = s.id;', 'SELECT count(*) = 1000 FROM t WHERE b = a' ],
	'WITH ... DELETE, INSERT' => [ 'WITH gone AS (DELETE FROM t WHERE id IN (SELECT id FROM t WHERE id > 0 LIMIT 300) RETURNING *) INSERT INTO t SELECT -id, a, b FROM gone;', 'SELECT count(*) = 1000 FROM t WHERE id < 0' ]);
for my $kind (sort keys %repeat)
{
	my ($sql, $good) = @{ $repeat{$kind} };
	for my $call ('CALL migrate_deploy()', 'SELECT migrate_upgrade()')
	{
		my $db = database("-- migrate:repeat pause=1ms\n$sql");
		my $result = $db->attempt($call);
		is("$result->{sqlstate} " . $db->query($good), '00000 t', "$kind repeats: $call") or diag($result->{text});
		$db->is_at_rest("$kind: $call");
	}
}
$db = database("SELECT 1;", down => "-- migrate:repeat\nDELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 300);");
$db->deploys('(a downgrade that repeats)');
$db->query("SELECT migrate_downgrade('base')");
$db->answers('SELECT count(*) FROM t', '0', 'it repeats in a downgrade, too');
$db = database("-- migrate:repeat pause=1ms\nUPDATE t SET b = a WHERE id IN (SELECT id FROM t WHERE b IS NULL LIMIT 250);\n-- migrate:repeat pause=2ms\nDELETE FROM t WHERE id IN (SELECT id FROM t LIMIT 500);");
$db->deploys('two of them in one revision');
$db->answers('SELECT count(*) FROM t', '0', '... each to its end');

# --- the file -----------------------------------------------------------------------------------

$db = database("SELECT 1;\n\n-- migrate:repeat pause=1ms max_rows=5000\n$batch\nSELECT 2;");
my ($script) = $db->scripts;
like($script, qr/^-- migrate:repeat pause=1ms max_rows=5000\nUPDATE t/m, 'migrate_script keeps it');
is($db->load($script), 'r unchanged', '... and it loads back unchanged');
for my $bad (
	[ 'an unknown option', "-- migrate:repeat speed=9\n$batch" ], [ 'a value that is none', "-- migrate:repeat pause=soon\n$batch" ], [ 'a negative pause', "-- migrate:repeat pause=-1ms\n$batch" ], [ 'no value', "-- migrate:repeat pause\n$batch" ],
	[ 'no rows', "-- migrate:repeat max_rows=0x\n$batch" ], [ 'too many rows', "-- migrate:repeat max_rows=99999999999999999999\n$batch" ], [ 'an option twice', "-- migrate:repeat pause=1s pause=2s\n$batch" ],
	[ 'a SELECT', "-- migrate:repeat\nSELECT 1;" ], [ 'DDL', "-- migrate:repeat\nCREATE TABLE x ();" ], [ 'WITH ending in a SELECT', "-- migrate:repeat\nWITH d AS (DELETE FROM t RETURNING 1) SELECT * FROM d;" ],
	[ 'nothing behind it', "SELECT 1;\n-- migrate:repeat\n" ], [ 'two of them', "-- migrate:repeat\n-- migrate:repeat\n$batch" ], [ 'one inside of a statement', "UPDATE t\n-- migrate:repeat\nSET b = 1;" ])
{
	my ($what, $up) = @$bad;
	my $error = $db->fails($db->load_call(revision('r', up => "SELECT 1;\n$up")), 'MG009|42601', qr/line \d+/, "-- migrate:repeat with $what is refused at load");
}
$db->fails($db->load_call("-- revision: q\n-- migrate:repeat\n-- migrate:up\n$batch\n"), 'MG009', qr/repeat/, 'outside of a section it is refused, too');

# --- max_rows -----------------------------------------------------------------------------------

my $endless = "-- migrate:repeat pause=1ms max_rows=250\nUPDATE t SET b = a WHERE id <= 100;";
$db = database($endless);
my $error = $db->fails('CALL migrate_deploy()', '54000', qr/250/, 'max_rows stops a statement that finds the same rows again');
like($error->{context}, qr/revision r, statement 1\b/, '... and says where');
is($db->failures . '/' . $db->journal . '/' . $db->locks, 'r 54000/1 failed/0', '... log, journal and lock tell so');
is($db->current, '', '... it is not applied');
$db->load(revision('r', up => $backfill));
$db->deploys('... corrected, it ends');
$db = database($endless);
my $before = $db->everything;
$db->fails('SELECT migrate_upgrade()', '54000', qr/250/, '... in migrate_upgrade as well');
is($db->everything . $db->query('SELECT count(b) FROM t'), "${before}0", '... which takes all back');
$db = database("-- migrate:repeat pause=1ms max_rows=1000\n$batch");
$db->deploys('exactly max_rows rows are allowed');

# --- an error in the middle ---------------------------------------------------------------------

$db = database("CREATE TABLE counted (what text);\nINSERT INTO counted VALUES ('one');\n$backfill\nINSERT INTO counted VALUES ('four');");
$db->query("CREATE TABLE touched (id int); CREATE TABLE forbidden AS SELECT 550 AS id;
	CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN
		IF EXISTS (SELECT FROM forbidden f WHERE f.id = NEW.id) THEN RAISE EXCEPTION 'no % here', NEW.id USING ERRCODE = '23514'; END IF;
		INSERT INTO touched VALUES (NEW.id); RETURN NEW; END \$\$;
	CREATE TRIGGER watch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION watch()");
$error = $db->fails('CALL migrate_deploy()', '23514', qr/no 550 here/, 'an error in the sixth batch');
like($error->{context}, qr/revision r, statement 3\b/, '... says where');
$db->answers('SELECT count(b), max(id) FILTER (WHERE b IS NOT NULL) FROM t', '500|500', '... the batches before it stay');
$db->answers("SELECT statement, state, rows FROM migrate.journal ORDER BY statement", "1|done|\n2|done|\n3|failed|500", '... and are in the journal');
is($db->failures, 'r 23514', '... and in the log');
$db->query('DELETE FROM forbidden');
$told = $db->deploys('with its cause removed, it ends')->{text};
like($told, qr/Continuing revision r at statement 3 of 4/, '... having said where it goes on');
$db->answers('SELECT count(*), count(DISTINCT id) FROM touched', '1000|1000', '... no row is done twice');
$db->answers("SELECT string_agg(what, ' ' ORDER BY ctid) FROM counted", 'one four', '... nor another statement');

# An edit of its pace meanwhile is no edit of what has run.
$db = database("$backfill\nSELECT 1/0;");
$db->fails('CALL migrate_deploy()', '22012', qr/statement 2\b/, 'an error after a backfill');
is($db->journal, '1 done, 2 failed', '... which is done');
$db->load(revision('r', up => "-- migrate:repeat pause=5ms\n$batch\nSELECT 1;"));
$db->deploys('its pace may be edited afterwards');
$db->answers('SELECT count(DISTINCT xmin::text) FROM t', '10', '... it does not run again');

# --- retries ------------------------------------------------------------------------------------

$db = database($backfill);
my ($holder, $runner) = ($db->session, $db->session);
$holder->ask('BEGIN; SELECT id FROM t WHERE id = 450 FOR UPDATE');
$runner->ask("SET migrate.deploy_lock_timeout = '50ms'; SET migrate.deploy_retries = 1000");
$runner->start('CALL migrate_deploy()');
$runner->wait_until_says(qr/retry 2 of 1000/);
$db->answers('SELECT count(b) FROM t', '400', 'a batch that waits for a row is tried again, those before it are committed');
$holder->ask('COMMIT');
$result = $runner->finish;
is($result->{sqlstate} . ' ' . $db->current, '00000 r', '... and goes on when the row is free') or diag($result->{text});
$db->answers('SELECT count(b), count(DISTINCT xmin::text) FROM t', '1000|10', '... having done each row once');
$db->is_at_rest('retries of a batch');
my $holder_pid = $holder->pid;
like($result->{text}, qr/WARNING:.*lock timeout; retry 1 of 1000 in .*?DETAIL:\s+Process $holder_pid, role "/s, '... and named who had it');

# A serialization failure, once, in each batch.
$db = database($backfill);
$db->query("CREATE SEQUENCE attempts; CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN IF nextval('attempts') % 2 = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; RETURN NULL; END \$\$;
	CREATE TRIGGER again AFTER UPDATE ON t FOR EACH STATEMENT EXECUTE FUNCTION again()");
$db->deploys('a batch that fails to serialize is tried again', before => "SET migrate.deploy_lock_timeout = '10ms'; SET migrate.deploy_retries = 1");
$db->answers('SELECT count(b), count(DISTINCT t.xmin::text), last_value FROM t, attempts GROUP BY last_value', '1000|10|22', '... deploy_retries counts for each batch');

# --- timeouts, cancel ---------------------------------------------------------------------------

$_->close for $holder, $runner;
$db = database("-- migrate:repeat pause=600s\n$batch");
($holder, $runner) = ($db->session, $db->session);
for my $rows (100, 200)
{
	$runner->start('CALL migrate_deploy()');
	$db->wait_until_state($runner, 'pausing');
	my $pid = $runner->pid;
	$db->answers("SELECT backend_xmin IS NULL AND backend_xid IS NULL FROM pg_stat_activity WHERE pid = $pid", 't', 'a pause between batches holds no snapshot');
	$db->answers("SELECT count(*) FROM pg_locks WHERE pid = $pid AND relation = 't'::regclass", '0', '... nor a lock on the table');
	$db->answers('SELECT count(b) FROM t', $rows, "... after a batch ($rows)");
	$db->answers('SELECT rows > 0, pid, finished IS NULL, state FROM migrate.journal', "t|$pid|t|running", '... which the journal has');
	is($db->cancel($runner)->{sqlstate}, '57014', '... and can be cancelled');
	is($db->locks . ' ' . $db->journal, '0 1 failed', '... lock and journal tell so');
}
is($db->failures, 'r 57014, r 57014', '... the log, too');
$runner->start('CALL migrate_deploy()');
$db->wait_until_state($runner, 'pausing');
$db->terminate($runner);
is($db->locks, '0', 'a terminated backend frees the lock');
$db->load(revision('r', up => $backfill));
$db->deploys('... and it goes on, at another pace');
$db->answers('SELECT count(b), count(DISTINCT xmin::text) FROM t', '1000|10', '... with what was left');

$runner = $db->session;
$db->query("SELECT migrate_stamp('base'); UPDATE t SET b = NULL; CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN IF NEW.id = 350 THEN PERFORM pg_advisory_xact_lock(77); END IF; RETURN NEW; END \$\$;
	CREATE TRIGGER gate BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION gate(); TRUNCATE migrate.log");
$holder->ask('SELECT pg_advisory_lock(77)');
$runner->ask('SET migrate.deploy_lock_timeout = 0');
$runner->start('CALL migrate_deploy()');
$db->wait_until_blocked(77);
is($db->cancel($runner)->{sqlstate}, '57014', 'a cancel in the middle of a batch');
$db->answers("SELECT count(b), (SELECT string_agg(state || rows, ',') FROM migrate.journal) FROM t", '300|failed300', '... takes back that batch alone');
is($db->failures, 'r 57014', '... and is logged');
$error = $runner->try("SET statement_timeout = '500ms'; CALL migrate_deploy()");
is($error->{sqlstate}, '57014', "the caller's statement_timeout cuts a batch");
$holder->ask('SELECT pg_advisory_unlock(77)');
$db->deploys('... and it goes on');
$db->answers('SELECT count(*) FROM t WHERE b = a', '1000', '... to the end');
$_->close for $holder, $runner;

# Four batches, each of which waits a second: together longer than the timeout.
$db = database("-- migrate:repeat pause=1ms\nUPDATE t SET b = a WHERE id IN (SELECT id FROM t WHERE b IS NULL ORDER BY id LIMIT 250);");
$db->query("CREATE FUNCTION gate() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN IF NEW.id % 250 = 0 THEN PERFORM pg_advisory_xact_lock(NEW.id); END IF; RETURN NEW; END \$\$;
	CREATE TRIGGER gate BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION gate()");
($holder, $runner) = ($db->session, $db->session);
$holder->ask("SELECT pg_advisory_lock($_)") for 250, 500, 750, 1000;
$runner->ask("SET migrate.deploy_lock_timeout = 0; SET statement_timeout = '3s'");
$runner->start('CALL migrate_deploy()');
for my $key (250, 500, 750, 1000)
{
	$db->wait_until_blocked($key);
	$db->wait_until_waited($runner, '1s');
	$holder->ask("SELECT pg_advisory_unlock($key)");
}
$result = $runner->finish;
is($result->{sqlstate} . ' ' . $db->current, '00000 r', "the caller's statement_timeout counts for each batch, not for all") or diag($result->{text});
$db->answers('SELECT count(b) FROM t', '1000', '... of which none is cut');
$_->close for $holder, $runner;

stays_up($node);
done_testing();
