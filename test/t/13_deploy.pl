# CALL migrate_deploy: a commit for each revision, refusals, rights, retries, settings, memory.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('deploy', conf => "track_commit_timestamp = on\nautovacuum = off");

# --- a commit for each revision -----------------------------------------------------------------

# A revision that writes down in which transaction it ran.
sub traced
{
	my ($id, %keys) = @_;
	my $more = delete $keys{more} // '';
	return revision($id, %keys, up => "CREATE TABLE t_$id ();\nINSERT INTO ran (revision) VALUES ('$id');\n$more", down => "DROP TABLE t_$id;");
}
my $traces = 'CREATE TABLE ran (revision text, xid xid8 DEFAULT pg_current_xact_id(), at timestamptz DEFAULT now())';
my @graph = (traced('a', message => 'base'), traced('b', after => 'a'), traced('c', after => 'a'), traced('m', after => 'b, c', message => 'merge'), traced('d', after => 'm', message => ''));

my $db = Strata->new($node, 'commits');
$db->query($traces);
$db->load(@graph);
my $oracle = Strata->new($node, 'oracle');
$oracle->query($traces);
$oracle->load(@graph);
my $told = $oracle->attempt('SELECT count(*) FROM migrate_upgrade()')->{text};
my $plan = $db->query("SELECT step, revision, heads FROM migrate_plan('upgrade', 'head')");
my $ran = $db->deploys('a deploy goes from base to head');
is($ran->{out}, '', '... and returns no row');
is($db->query('SELECT row_number() OVER (ORDER BY id), revision, to_heads FROM migrate.log ORDER BY id'), $plan, 'it runs what migrate_plan said, with a log entry and version rows after each revision');
$db->answers("SELECT count(*) FROM migrate.log WHERE operation = 'upgrade' AND outcome = 'done' AND sqlstate IS NULL AND error IS NULL AND checksum ~ '^[0-9a-f]{64}\$' AND pid > 0 AND role = current_user", '5', '... complete ones');
is_same_schema($db->schema, $oracle->schema, '... and the schema of migrate_upgrade');
$db->answers('SELECT count(DISTINCT xid), count(DISTINCT at) FROM ran', '5|5', 'each revision has a transaction of its own, and now() of it');
$db->answers('SELECT bool_and(at < next_at) FROM (SELECT at, lead(at) OVER (ORDER BY xid) AS next_at FROM ran) x', 't', '... which advances');
$db->answers('SELECT count(DISTINCT started_at) FROM migrate.log', '5', '... in the log, too');
$db->answers('SELECT count(*) FROM ran JOIN migrate.log l USING (revision) WHERE pg_xact_commit_timestamp(l.xmin) = pg_xact_commit_timestamp(xid::xid)', '5', 'the log entry is committed with the revision');
$db->answers('SELECT pg_xact_commit_timestamp(v.xmin) = pg_xact_commit_timestamp(xid::xid) FROM migrate.version v JOIN ran USING (revision)', 't', '... so is the version row');
my @told = $told =~ /(Running upgrade .*)$/mg;
is(scalar @told, 5, '(the oracle told its steps)');
my $step = 0;
is_deeply([ $ran->{text} =~ /INFO:\s+(?:\w{5}: )?(Running upgrade .*)$/mg ], [ map { ++$step; "$_ (step $step of 5)" } @told ], 'INFO lines are those of migrate_upgrade, with the step');
my $nothing = $db->deploys('a second deploy succeeds');
like($nothing->{text}, qr/INFO:\s+(?:\w{5}: )?Nothing to do: /, '... and says that there is nothing to do');
unlike($nothing->{text}, qr/Running|WARNING/, '... and no more');
$db->answers('SELECT count(*) FROM migrate.log', '5', '... nor logs anything');

# --- a failure in the middle --------------------------------------------------------------------

$db = Strata->new($node, 'middle');
$db->query($traces);
$db->load(traced('a'), traced('b', after => 'a'), traced('c', after => 'b', more => "SELECT a,\n  nosuch FROM t_c;\nCREATE TABLE never ();"), traced('d', after => 'c'));
my $error = $db->fails('CALL migrate_deploy()', '42703', qr/column "a" does not exist/, 'an error keeps its SQLSTATE');
like($error->{context}, qr/upgrade of revision c, statement 3, line \d+/, '... and gains the context that migrate_upgrade gives');
like($error->{text}, qr/^LINE 1: SELECT a,\n\s+\^/m, '... and its position');
is($db->current, 'b', 'the revisions before it stay applied');
$db->answers("SELECT string_agg(revision, ' ' ORDER BY revision) FROM ran", 'a b', '... their rows with them, its own are gone');
$db->answers("SELECT to_regclass('t_c') IS NULL AND to_regclass('t_d') IS NULL", 't', '... and nothing behind it has run');
$db->answers("SELECT revision, outcome, sqlstate, from_heads FROM migrate.log ORDER BY id", "a|done||{}\nb|done||{a}\nc|failed|42703|{b}", 'the log has an entry for the failure');
$db->answers("SELECT error ~ 'column \"a\" does not exist' AND role = current_user AND pid > 0 AND duration >= '0' FROM migrate.log WHERE outcome = 'failed'", 't', '... complete');
$db->is_at_rest('a transactional revision that failed');
$db->answers("SELECT string_agg(revision, ' ') FROM migrate_history() WHERE applied_at IS NOT NULL OR is_applied", 'b a', 'migrate_history does not take a failure for an application');
$db->load(traced('c', after => 'b'), traced('d', after => 'c'));
$db->deploys('corrected and loaded, it goes on');
$db->answers("SELECT string_agg(revision, ' ' ORDER BY xid) FROM ran", 'a b c d', '... and nothing ran twice');

# An error that only the commit finds.
$db->query('CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)');
$db->load(revision('e', after => 'd', up => 'CREATE TABLE before_commit (); INSERT INTO child VALUES (1);'));
$error = $db->fails('CALL migrate_deploy()', '23503', qr/child/, 'a deferred constraint that fails at the commit');
like($error->{context}, qr/revision e\b/, '... names the revision');
$db->answers("SELECT migrate_current(), to_regclass('before_commit') IS NULL", 'd|t', '... and takes all of it back');
is($db->failures, 'c 42703, e 23503', '... and is logged');
$db->is_at_rest('a commit that failed');
$db->load(revision('e', after => 'd', up => 'CREATE TABLE gone (id int); DROP EXTENSION pg_strata CASCADE;'));
$error = $db->attempt('CALL migrate_deploy()');
isnt($error->{sqlstate}, '00000', 'a script cannot drop the extension');
$db->answers("SELECT migrate_current(), to_regclass('gone') IS NULL", 'd|t', '... and is rolled back');

# --- targets ------------------------------------------------------------------------------------

$db = Strata->new($node, 'targets');
my %after = (abcd01 => undef, abcd02 => 'abcd01', abcd03 => 'abcd02', side => 'abcd01', tail => 'side');
$db->load(map { revision($_, up => 'SELECT 1;', (defined $after{$_} ? (after => $after{$_}) : ()), ($_ eq 'side' ? (labels => 'shop') : ())) } sort keys %after);
for my $heads ('{base}', '{abcd01}', '{abcd02}', '{abcd03,side}')
{
	my $reset = "SELECT count(*) FROM migrate_stamp('$heads'::text[], purge => true)";
	for my $target (qw(head heads base current +1 +2 -1 abcd abcd01 abcd02 abcd03 abcd03+9 abcd03-1 shop shop@head shop@heads shop@+1 tail nosuch), '', '@', 'shop@nosuch')
	{
		my $expected = $db->attempt("BEGIN; $reset; SELECT revision FROM migrate_upgrade(" . quote($target) . "); SELECT 'at ' || migrate_current() ORDER BY 1; ROLLBACK");
		$db->query($reset);
		my $got = $db->deploy($target);
		my $current = $expected->{sqlstate} eq '00000' ? join ' ', $expected->{out} =~ /^at (.*)$/mg : $heads =~ s/[{}]|base//gr =~ tr/,/ /r;
		is(join('|', @{$got}{qw(sqlstate message)}, $db->current), join('|', @{$expected}{qw(sqlstate message)}, $current), "from $heads to '$target', as migrate_upgrade");
	}
}
$db->fails('CALL migrate_deploy(NULL)', '22004', qr/null/i, 'a null target');
is($db->query('SELECT count(*) FROM migrate.log WHERE outcome = \'failed\''), '0', 'a target that is wrong leaves no log entry');

# --- refused ------------------------------------------------------------------------------------

$db = Strata->new($node, 'refusals');
$db->query('CREATE SEQUENCE witness; CREATE TABLE mine (a int);
	CREATE FUNCTION in_function() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL migrate_deploy(); END $$;
	CREATE FUNCTION in_sql() RETURNS void LANGUAGE sql AS $$ CALL migrate_deploy() $$;
	CREATE PROCEDURE in_procedure() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO mine VALUES (1); CALL migrate_deploy(); END $$;
	CREATE PROCEDURE after_commit() LANGUAGE plpgsql AS $$ BEGIN COMMIT; EXECUTE \'CALL migrate_deploy()\'; END $$;
	CREATE PROCEDURE in_definer() LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN CALL migrate_deploy(); END $$');
$db->load(revision('a', up => "SELECT nextval('witness');"), revision('b', after => 'a', up => 'CREATE INDEX CONCURRENTLY i ON mine (a);'));
my $before = $db->everything;

sub refused
{
	my ($what, $sqlstate, $result) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	like($result->{sqlstate}, qr/^(?:$sqlstate)$/, "refused: $what") or diag($result->{text});
	ok($result->{detail} ne '' && $result->{hint} =~ /\w/, "... with the reason and a hint: $what") or diag($result->{text}) if $sqlstate eq '25001';
	is($db->everything . $db->query('SELECT is_called, (SELECT count(*) FROM mine) FROM witness'), "${before}f|0", "... before anything has run: $what");
	$db->is_at_rest($what);
	return;
}

# As psql sends it with -c: one string, one transaction.
sub in_one_string
{
	my ($sql) = @_;
	my ($out, $err) = run_command([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr($db->name), '-c', $sql ]);
	return { %{ Strata::parsed_error($err) }, out => $out };
}

my $block = $db->attempt('BEGIN; CALL migrate_deploy()');
is($block->{message}, 'CALL migrate_deploy cannot run inside a transaction block', 'the message says why');
refused('BEGIN', '25001', $block);
refused('BEGIN and work, then COMMIT', '25001', $db->attempt('BEGIN; INSERT INTO mine VALUES (1); CALL migrate_deploy(); COMMIT', go_on => 1));
refused('a savepoint', '25001', $db->attempt('BEGIN; SAVEPOINT s; CALL migrate_deploy(); ROLLBACK TO s; COMMIT', go_on => 1));
refused('psql -1', '25001', $db->attempt('CALL migrate_deploy()', extra => ['-1']));
refused('AUTOCOMMIT off', '25001', $db->attempt("\\set AUTOCOMMIT off\nSELECT 1; CALL migrate_deploy()"));
refused('the second of two statements in one -c', '25001', in_one_string('INSERT INTO mine VALUES (1); CALL migrate_deploy()'));
refused('the first of two statements in one -c', '25001', in_one_string('CALL migrate_deploy(); INSERT INTO mine VALUES (1)'));
refused($_, '25001', $db->attempt($_))
  for 'DO $$ BEGIN CALL migrate_deploy(); END $$', 'DO $$ BEGIN INSERT INTO mine VALUES (1); EXECUTE \'CALL migrate_deploy()\'; END $$', 'DO $$ BEGIN COMMIT; CALL migrate_deploy(); END $$',
  'SELECT in_function()', 'SELECT in_sql()', 'CALL in_procedure()', 'CALL after_commit()', 'CALL in_definer()';
$db->attempt('DO $$ BEGIN CALL migrate_deploy(); EXCEPTION WHEN OTHERS THEN NULL; END $$');
is($db->everything, $before, 'nor does it run where the refusal is caught');
refused('a read-only session', '25006', $db->attempt('SET default_transaction_read_only = on; CALL migrate_deploy()'));
refused('a read-only transaction', '25001|25006', $db->attempt('BEGIN READ ONLY; CALL migrate_deploy()'));
$db->query('CREATE ROLE nobody LOGIN');
refused('PUBLIC', '42501', $db->attempt('CALL migrate_deploy()', role => 'nobody'));
my $one = in_one_string("CALL migrate_deploy('a')");
is($one->{sqlstate} . ' ' . $db->current, '00000 a', 'alone in one -c it runs') or diag($one->{text});

# From the script of a migration, in every way that runs one.
for my $case ([ 'migrate_upgrade', 0, 'SELECT migrate_upgrade()' ], [ 'migrate_deploy', 0, 'CALL migrate_deploy()' ], [ 'migrate_deploy, statement by statement', 1, 'CALL migrate_deploy()' ])
{
	my ($what, $alone, $call) = @$case;
	$db->query("SELECT migrate_stamp('a')");
	$db->load(revision('b', after => 'a', up => 'CALL migrate_deploy();', alone => $alone), revision('c', after => 'b', up => 'SELECT 1;'));
	$db->fails($call, '55006', qr/revision b\b/, "from a script run by $what");
	is($db->current, 'a', '... and nothing is applied');
	$db->load(revision('b', after => 'a', up => "SELECT migrate_stamp('base');", alone => $alone), revision('c', after => 'b', up => 'SELECT 1;'));
	$db->fails($call, '55006', qr/revision b\b/, "... nor does a stamp run there: $what");
	is($db->current, 'a', '... and nothing is applied');
}
$db->query("SELECT migrate_stamp('a')");

# The extended protocol, as drivers use it.
for my $mode (qw(extended prepared))
{
	my $name = "by_$mode";
	my $db = Strata->new($node, $name);
	$db->load(revision('a', up => 'CREATE TABLE t (a int);'), revision('b', after => 'a', up => 'CREATE INDEX CONCURRENTLY i ON t (a); VACUUM t;'), revision('c', after => 'b', up => 'SELECT 1;'));
	my $file = PostgreSQL::Test::Utils::tempdir() . "/$mode.sql";
	write_text($file, "CALL migrate_deploy('head');\n");
	my ($out, $err) = run_command([ 'pgbench', '-n', '-t', '2', '-M', $mode, '-f', $file, $node->connstr($name) ]);
	is($db->current, 'c', "with the $mode protocol it runs") or diag($err);
	$db->is_at_rest($mode);
}

# --- rights -------------------------------------------------------------------------------------

$db = Strata->new($node, 'rights');
$db->query('CREATE ROLE deployer LOGIN; GRANT EXECUTE ON PROCEDURE migrate_deploy(text) TO deployer; CREATE SCHEMA shop AUTHORIZATION deployer; CREATE TABLE treasure AS SELECT 1 AS gold');
my $who = 'CREATE TABLE shop.%s AS SELECT current_user::text AS who, session_user::text AS session;';
$db->load(
	revision('a', up => sprintf $who, 'one'),
	revision('b', after => 'a', up => sprintf($who, 'two') . ' CREATE INDEX CONCURRENTLY ON shop.two (who);'),
	revision('c', after => 'b', up => 'DROP TABLE public.treasure;'));
$error = $db->fails('CALL migrate_deploy()', '42501', qr/treasure/, "a script has the deployer's rights, not the owner's", role => 'deployer');
like($error->{context}, qr/revision c\b/, '... and the error says which revision wanted more');
is($db->current, 'b', '... those before it are applied: the catalog is written');
$db->answers('SELECT who, session FROM shop.one UNION ALL SELECT who, session FROM shop.two', "deployer|deployer\ndeployer|deployer", '... as the deployer, statement by statement as well');
$db->answers("SELECT count(*) FROM migrate.log WHERE role = 'deployer' AND session_role = 'deployer'", '3', '... and the log knows him, in the failure too');
my %not = (
	'write the catalog' => 'DELETE FROM migrate.version;', 'write the journal' => 'DELETE FROM migrate.journal;', 'read scripts' => 'CREATE TABLE shop.leak AS SELECT sql FROM migrate.script;',
	'index what is not his' => 'CREATE INDEX CONCURRENTLY stolen ON treasure (gold);', 'drop an index that is not his' => 'DROP INDEX CONCURRENTLY treasure_gold;', 'rebuild one' => 'REINDEX INDEX CONCURRENTLY treasure_gold;',
	'become another' => 'SET ROLE nobody;');
$db->query('CREATE INDEX treasure_gold ON treasure (gold)');
for my $what (sort keys %not)
{
	for my $alone (0, 1)
	{
		$db->load(revision('c', after => 'b', up => $not{$what}, alone => $alone));
		$db->fails('CALL migrate_deploy()', '42501', qr/permission denied|must be owner/, "a deployer's script may not $what" . ($alone ? ' (statement by statement)' : ''), role => 'deployer');
		is($db->current, 'b', "... and is not applied: $what");
		$db->query("SELECT migrate_stamp('current')");
	}
}
# An INVALID index is dropped with the caller's rights.
$db->query("CREATE INDEX stolen ON treasure (gold); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'stolen'::regclass");
$db->load(revision('c', after => 'b', up => 'CREATE INDEX CONCURRENTLY stolen ON treasure (gold);'));
$db->fails('CALL migrate_deploy()', '42501', qr/owner|permission/, 'nor is an INVALID index dropped for who does not own it', role => 'deployer');
$db->answers("SELECT to_regclass('stolen') IS NOT NULL", 't', '... it is still there');
$db->query("SELECT migrate_stamp('current'); GRANT deployer TO nobody; REVOKE ALL ON SCHEMA migrate FROM PUBLIC");
$db->load(revision('c', after => 'b', up => sprintf($who, 'three')), revision('d', after => 'c', up => sprintf($who, 'four') . ' VACUUM shop.four;'));
$db->deploys('after SET ROLE a deploy runs', before => 'SET ROLE deployer', role => 'nobody');
$db->answers('SELECT who FROM shop.three UNION ALL SELECT who FROM shop.four', "deployer\ndeployer", '... as the role');
$db->answers('SELECT DISTINCT role, session_role FROM migrate.log WHERE revision IN (\'c\', \'d\') AND outcome = \'done\'', 'deployer|nobody', '... and the log knows both');

# --- retries ------------------------------------------------------------------------------------

# A sequence is not rolled back: it counts the attempts.
$db = Strata->new($node, 'retries');
$db->query("CREATE SEQUENCE attempts; CREATE TABLE counted (what text);
	CREATE FUNCTION fail_until(n int, state text) RETURNS void LANGUAGE plpgsql AS \$\$ BEGIN IF nextval('attempts') < n THEN RAISE EXCEPTION 'not yet' USING ERRCODE = state; END IF; END \$\$");
$db->load(revision('a', up => 'SELECT 1;'));
$db->deploys('(the first)');
my $fast = "SET migrate.deploy_lock_timeout = '20ms'";
for my $case (map { my $state = $_; map { [ $state, $_ ] } '', 'VACUUM counted;' } qw(55P03 40P01 40001))
{
	my ($state, $alone) = @$case;
	my $what = $state . ($alone ? ', statement by statement' : '');
	$db->query("SELECT migrate_stamp('a'); SELECT setval('attempts', 1, false); TRUNCATE counted; TRUNCATE migrate.log");
	$db->load(revision('b', after => 'a', up => "INSERT INTO counted VALUES ('before'); $alone SELECT fail_until(3, '$state'); INSERT INTO counted VALUES ('after');"));
	my $result = $db->deploys("$what is tried again", before => $fast);
	is_deeply([ $result->{text} =~ /^.*WARNING:.*not yet; retry (\d+ of \d+) in [\d.]+ ?m?s$/mg ], [ '1 of 10', '2 of 10' ], "$what: a WARNING for each retry, with the reason") or diag($result->{text});
	$db->answers("SELECT last_value, (SELECT string_agg(what, ' ' ORDER BY what) FROM counted) FROM attempts", '3|after before', "$what: ... and nothing is there twice");
	$db->answers('SELECT outcome FROM migrate.log', 'done', "$what: a retry is no failure");

	$db->query("SELECT migrate_stamp('a'); SELECT setval('attempts', 1, false); TRUNCATE counted; TRUNCATE migrate.log");
	$db->load(revision('b', after => 'a', up => "INSERT INTO counted VALUES ('before'); $alone SELECT fail_until(1000, '$state');"));
	my $error = $db->deploy('head', "$fast; SET migrate.deploy_retries = 2");
	is($error->{sqlstate}, $state, "$what: after the last retry the error keeps its SQLSTATE");
	like($error->{context}, qr/revision b, statement \d/, "$what: ... and its context");
	is(scalar(() = $error->{text} =~ /retry \d of 2 in/g), 2, "$what: ... after so many retries");
	$db->answers('SELECT last_value FROM attempts', '3', "$what: ... and attempts");
	is($db->failures, "b $state", "$what: ... and one log entry");
	$db->query("SELECT setval('attempts', 1, false)");
	$error = $db->deploy('head', "$fast; SET migrate.deploy_retries = 0");
	is("$error->{sqlstate} " . $db->query('SELECT last_value FROM attempts'), "$state 1", "$what: deploy_retries = 0 tries once");
	unlike($error->{text}, qr/\bretry\b.* in /, "$what: ... and announces no other");
}
$db->query("SELECT migrate_stamp('a'); SELECT setval('attempts', 1, false)");
$db->load(revision('b', after => 'a', up => "SELECT fail_until(3, '23505');"));
is($db->deploy('head', $fast)->{sqlstate} . ' ' . $db->query('SELECT last_value FROM attempts'), '23505 1', 'other errors are not tried again');

# --- settings -----------------------------------------------------------------------------------

$db = Strata->new($node, 'settings');
my @names = qw(search_path role session_authorization statement_timeout lock_timeout client_min_messages row_security app.leak session_replication_role check_function_bodies standard_conforming_strings DateStyle work_mem);
$db->query('CREATE ROLE other; CREATE SCHEMA app; GRANT ALL ON SCHEMA app, public TO other; CREATE TABLE seen (revision text, name text, value text)');
$db->query("ALTER DATABASE settings SET lock_timeout = '66s'; ALTER DATABASE settings SET DateStyle = 'SQL, DMY'; ALTER ROLE " . $db->query('SELECT quote_ident(current_user)') . " IN DATABASE settings SET work_mem = '5MB'");
sub spying { return join "\n", map { "INSERT INTO public.seen VALUES ('$_[0]', '$_', current_setting('$_', true));" } @names }
my $leak = <<'SQL';
SET search_path = app;
SELECT pg_catalog.set_config('statement_timeout', '3h', false);
SELECT pg_catalog.set_config('work_mem', '7MB', false);
SET LOCAL idle_session_timeout = '2h';
SET client_min_messages = error;
SET app.leak = 'yes';
SET app.fresh = 'yes';
SET application_name = 'leaked';
SET session_replication_role = replica;
SET check_function_bodies = off;
SET row_security = on;
SET DateStyle = 'German';
SET lock_timeout = '9s';
SET migrate.deploy_retries = 3;
RESET enable_seqscan;
SET ROLE other;
SQL
my %kinds = (transactional => '', 'statement by statement' => 'VACUUM public.seen;');
for my $kind (sort keys %kinds)
{
	my $own = $kinds{$kind};
	$db->query('SELECT migrate_stamp(\'base\'); TRUNCATE seen');
	$db->load(
		revision('first', up => spying('first') . $own), revision('leaky', after => 'first', up => "$own\n$leak"), revision('authorization', after => 'leaky', up => "$own\nSET SESSION AUTHORIZATION other;"),
		revision('last', after => 'authorization', up => spying('last') . $own), revision('failing', after => 'last', up => "$own\n$leak\nSELECT 1/0;"), { prune => 1 });
	my $session = $db->session;
	$session->ask("SET search_path = public, app; SET statement_timeout = '77s'; SET app.leak = 'mine'; SET enable_seqscan = off; SET application_name = 'mine'; SET migrate.deploy_retries = 7; SELECT count(*) FROM migrate_current()");
	my $all = sub {
		my %rows = map { /^(\S+?)=(.*)$/s ? ($1 => $2) : () } split /\n/, $session->ask("SELECT name || '=' || concat_ws(' ', setting, source, 'reset to ' || reset_val) FROM pg_settings
			UNION ALL SELECT n || '=' || coalesce(current_setting(n, true), '') FROM unnest(ARRAY['app.leak', 'app.fresh', 'role', 'session_authorization']) n
			UNION ALL SELECT 'users=' || current_user || ' ' || session_user");
		return \%rows;
	};
	my $same = sub {
		my ($was, $rule) = @_;
		my $is = $all->();
		is(join("\n", map { "$_: '" . ($was->{$_} // '') . "' has become '" . ($is->{$_} // '') . "'" } grep { ($was->{$_} // '') ne ($is->{$_} // '') } sort keys %{ { %$was, %$is } }), '', "$kind: $rule");
	};
	my $was = $all->();
	cmp_ok(scalar keys %$was, '>', 200, "$kind: (all settings are compared)");
	my $result = $session->try("CALL migrate_deploy('last')");
	is($result->{sqlstate}, '00000', "$kind: a deploy of scripts that set everything") or diag($result->{text});
	$same->($was, "the session's values and their sources are as before");
	my $report = "SELECT name, value FROM seen WHERE revision = '%' ORDER BY name";
	is($db->query($report =~ s/%/last/r), $db->query($report =~ s/%/first/r), "$kind: every revision starts from the same settings");
	$db->answers("SELECT string_agg(value, ' ' ORDER BY name) FROM seen WHERE revision = 'first' AND name IN ('search_path', 'row_security', 'standard_conforming_strings', 'app.leak')", 'mine off public, app on', "$kind: ... the caller's, with row_security off");
	$result = $session->try('CALL migrate_deploy()');
	is($result->{sqlstate}, '22012', "$kind: a script that fails after it set everything") or diag($result->{text});
	$same->($was, '... leaves the settings as they were');
	$session->ask('RESET ALL');
	$session->ask("SET application_name = 'mine'");
	is($session->ask('SHOW statement_timeout'), '0', "$kind: ... also below the session's own");
	$session->close;
}
$db->query("SELECT migrate_stamp('base')");

# lock_timeout is migrate.deploy_lock_timeout, and a script's own; what a script sets lasts from statement to statement.
for my $kind (sort keys %kinds)
{
	my $own = $kinds{$kind};
	my $note = "INSERT INTO public.seen VALUES (current_user, 'lock_timeout', current_setting('lock_timeout'));";
	for my $case ([ '', '2s' ], [ "SET lock_timeout = '33s'", '2s' ], [ "SET migrate.deploy_lock_timeout = '345ms'", '345ms' ], [ "SET lock_timeout = 0; SET migrate.deploy_lock_timeout = 0", '0' ])
	{
		my ($before, $expected) = @$case;
		$db->query("SELECT migrate_stamp('base'); TRUNCATE seen; GRANT ALL ON seen TO other; DROP TABLE IF EXISTS made");
		$db->load(revision('first', up => "$own $note SET lock_timeout = '7s'; $note $own SET ROLE other; CREATE TABLE public.made (); $note"), revision('last', after => 'first', up => $note), { prune => 1 });
		$db->deploys("$kind: ($before)", before => $before);
		$db->answers("SELECT string_agg(value, ' ' ORDER BY ctid) FROM seen", "$expected 7s 7s $expected", "$kind: lock_timeout of each statement ($before)");
		$db->answers("SELECT tableowner FROM pg_tables WHERE tablename = 'made'", 'other', "$kind: a role set by one statement holds for the next");
	}
}

# Odd ways of the caller.
for my $odd ("default_transaction_isolation = 'repeatable read'", "default_transaction_isolation = 'serializable'", 'default_transaction_deferrable = on', 'row_security = on', 'client_min_messages = error', "search_path = ''", 'quote_all_identifiers = on', 'session_replication_role = replica', 'transform_null_equals = on')
{
	$db = Strata->new($node, 'odd');
	$db->load(revision('a', up => 'CREATE TABLE public.t (a int); INSERT INTO public.t VALUES (1);'), revision('b', after => 'a', up => 'CREATE INDEX CONCURRENTLY i ON public.t (a); VACUUM public.t; UPDATE public.t SET a = 2;'),
		revision('c', after => 'b', up => "-- migrate:repeat pause=1ms\nDELETE FROM public.t;"), revision('d', after => 'c', up => 'SET default_transaction_read_only = on;'), revision('e', after => 'd', up => 'CREATE TABLE public.e ();'));
	my $result = $db->attempt("SET $odd; CALL public.migrate_deploy()");
	is("$result->{sqlstate} " . $db->current, '00000 e', "the caller's $odd changes nothing") or diag($result->{text});
	$node->safe_psql('postgres', 'DROP DATABASE odd');
}

# What else a session has.
$db = Strata->new($node, 'belongings');
$db->load(revision('a', up => 'CREATE TABLE t (a int);'), revision('b', after => 'a', up => 'VACUUM t; CREATE INDEX CONCURRENTLY ON t (a);'));
my $session = $db->session;
$session->ask('SELECT pg_advisory_lock(5); CREATE TEMP TABLE scratch AS SELECT 6 AS six; PREPARE seven AS SELECT 7; BEGIN; DECLARE eight CURSOR WITH HOLD FOR SELECT 8; COMMIT');
is($session->try('CALL migrate_deploy()')->{sqlstate}, '00000', 'a deploy in a session with belongings');
is($session->ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid(); SELECT six FROM scratch; EXECUTE seven; FETCH eight"), "1\n6\n7\n8", '... which it still has');
$session->close;

# --- memory -------------------------------------------------------------------------------------

SKIP:
{
	skip 'there is no /proc', 21 unless -r '/proc/self/status';
	$db = Strata->new($node, 'memory');
	$db->query('CREATE TABLE t AS SELECT g AS a FROM generate_series(1, 10) g; CREATE SEQUENCE attempts');
	$db->load(revision('a', up => 'SELECT 1;'), revision('b', after => 'a', up => "INSERT INTO t VALUES (1); DELETE FROM t WHERE a = 1;"), revision('c', after => 'b', up => "VACUUM t; SET search_path = pg_catalog; SELECT 1;"),
		revision('d', after => 'c', up => "-- migrate:repeat pause=1ms\nUPDATE t SET a = -a WHERE ctid IN (SELECT ctid FROM t WHERE a > 0 LIMIT 5);"),
		revision('wrong', after => 'd', up => 'SELECT 1/0;'), revision('builds', after => 'wrong', up => 'CREATE INDEX CONCURRENTLY i ON t (a); DROP INDEX CONCURRENTLY i;'),
		revision('again', after => 'builds', up => "DO \$\$ BEGIN IF nextval('attempts') % 2 = 1 THEN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END IF; END \$\$;"));
	my $session = $db->session;
	$session->ask("SET client_min_messages = error; SET migrate.deploy_lock_timeout = '2ms'");
	my $growth = sub {
		my ($calls, $statement) = @_;
		my ($contexts, $process) = ($session->contexts, $session->kilobytes('RssAnon'));
		$session->try("$statement;\n" x $calls);
		return ($session->contexts - $contexts, $session->kilobytes('RssAnon') - $process);
	};
	for my $case (
		[ 'with two revisions', "SELECT migrate_stamp('a'); CALL migrate_deploy('c')", 'c' ], [ 'with a backfill', "SELECT migrate_stamp('c'); UPDATE t SET a = abs(a); CALL migrate_deploy('d')", 'd' ],
		[ 'that fail', "SELECT migrate_stamp('d'); CALL migrate_deploy('wrong')", 'd' ], [ 'with builds', "SELECT migrate_stamp('wrong'); CALL migrate_deploy('builds')", 'builds' ],
		[ 'with a retry', "SELECT migrate_stamp('builds'); CALL migrate_deploy('again')", 'again' ], [ 'with nothing to do', 'CALL migrate_deploy()', 'again' ], [ 'refused', 'BEGIN; CALL migrate_deploy(); ROLLBACK', 'again' ])
	{
		my ($what, $statement, $current) = @$case;
		$growth->(75, $statement);    # fills the caches
		is($db->current, $current, "(deploys $what do what they should)");
		my ($contexts, $process) = $growth->(300, $statement);
		cmp_ok($contexts, '<=', 64, "300 deploys $what: the contexts do not grow") or diag($session->ask('SELECT name, total_bytes FROM pg_backend_memory_contexts ORDER BY 2 DESC LIMIT 5'));
		cmp_ok($process, '<=', 1024, "300 deploys $what: the process does not grow");
	}
	$session->close;
}

stays_up($node);
done_testing();
