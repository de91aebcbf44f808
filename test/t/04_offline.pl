# Offline SQL: what migrate_upgrade_sql prints takes a twin to the same end through psql alone.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('offline');

# Runs a printed script as an operator would, psql -f without any option, and returns its complaints.
sub run_script
{
	my ($db, $sql) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir() . '/script.sql';
	write_text($file, $sql);
	my ($out, $err) = run_command([ 'psql', '-X', '-q', '-f', $file, '-d', $node->connstr($db->name) ]);
	return join '', $err =~ /^.*(?:ERROR|FATAL|WARNING):.*\n?/mg;
}

sub twins
{
	my ($name, @files) = @_;
	my @twins = map { Strata->new($node, $name . $_) } 1, 2;
	$_->load(@files) for @twins;
	return @twins;
}

sub is_same
{
	my ($one, $two, $what) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_same_schema($two->schema, $one->schema, "$what: the same schema");
	is($two->current, $one->current, "$what: the same version rows");
	my $log = "SELECT operation, revision, outcome, from_heads, to_heads, checksum FROM migrate.log ORDER BY id";
	is($two->query($log), $one->query($log), "$what: the same log");
	return;
}

# --- bookings, there and back -----------------------------------------------------------------

my ($one, $two) = map { Strata->new($node, "bookings$_") } 1, 2;
$_->query('SELECT migrate_load_directory(' . quote(bookings()) . ')') for $one, $two;
my $before = $one->everything;
my $sql = $one->query('SELECT migrate_upgrade_sql()');
is($one->everything, $before, 'printing executes nothing');
my @revisions = split /\n/, $one->query("SELECT revision FROM migrate_plan('upgrade', 'head')");
my @unnamed = grep { $sql !~ /^--.*\b\Q$_\E\b/m } @revisions;
is("@unnamed", '', 'a comment names each revision');
is(run_script($two, $sql), '', 'psql runs the script without a complaint');
$one->upgrade;
is_same($one, $two, 'bookings to head');
is(run_script($two, $two->query('SELECT migrate_upgrade_sql()')), '', 'at the head there is nothing to do');
is_same($one, $two, 'bookings, nothing to do');

my $floor = $one->query('SELECT revision FROM migrate_history() WHERE NOT is_reversible LIMIT 1');
isnt($floor, '', '(bookings has an irreversible revision)');
is(run_script($two, $two->query('SELECT migrate_downgrade_sql(' . quote($floor) . ')')), '', 'psql runs the way back');
$one->query('SELECT migrate_downgrade(' . quote($floor) . ')');
is_same($one, $two, 'bookings, the way back');
$one->fails("SELECT migrate_downgrade_sql('base')", 'MG\d\d\d', qr/\Q$floor\E/, 'a way back through an irreversible revision is not printed');

# --- ranges -------------------------------------------------------------------------------------

my @graph = (chain(qw(a b)), revision('c1', after => 'b'), revision('c2', after => 'b'), revision('d', after => 'c1, c2'), revision('e', after => 'd'));
($one, $two) = twins('ranges', @graph);
for my $leg ([ 'a', 'a' ], [ 'a:b', 'b' ], [ 'b:d', 'd' ], [ 'd:head', 'head' ])
{
	my ($range, $target) = @$leg;
	is(run_script($two, $one->query("SELECT migrate_upgrade_sql('$range')")), '', "psql runs the range $range");
	$one->upgrade($target);
	is_same($one, $two, "range $range");
}
is(run_script($two, $two->query("SELECT migrate_downgrade_sql('head:d')")), '', 'psql runs the way back head:d');
$one->query("SELECT migrate_downgrade('d')");
is_same($one, $two, 'the way back head:d');
my $empty = Strata->new($node, 'empty');
$empty->load(@graph);
is($two->query("SELECT migrate_upgrade_sql('base:a')"), $empty->query("SELECT migrate_upgrade_sql('a')"), 'a range from the base prints what an empty database would');

# A script printed for other version rows than the database has must not run half.
for my $wrong ([ 'too early', 'base:a' ], [ 'too late', 'e:e' ], [ 'from elsewhere', 'b:d' ])
{
	my ($what, $range) = @$wrong;
	my $sql = $two->query("SELECT migrate_upgrade_sql('$range')");
	my $before = $two->everything;
	my $said = run_script($two, $sql);
	is($two->everything, $before, "a script that is $what ($range) leaves everything as it was");
	next if $range eq 'e:e';
	like($said, qr/ERROR/, '... and says so');
}

# --- one transaction ----------------------------------------------------------------------------

($one, $two) = twins('failing', revision('a'), revision('b', after => 'a', up => "CREATE TABLE b ();\nSELECT 1/0;\nCREATE TABLE c ();"), revision('z', after => 'b'));
$before = $two->everything;
like(run_script($two, $one->query('SELECT migrate_upgrade_sql()')), qr/division by zero/, 'a script that fails in the middle says so');
is($two->everything, $before, '... and leaves everything as it was, without ON_ERROR_STOP too');

# --- settings end with their revision here, too -----------------------------------------------------

$node->safe_psql('postgres', 'CREATE ROLE someone');
($one, $two) = twins('leaks',
	revision('a', up => "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.a (v text);\nSET statement_timeout = '1h';\nSET ROLE someone;"),
	revision('b', after => 'a', up => "INSERT INTO a VALUES (current_setting('statement_timeout') || current_setting('search_path') || current_user || current_setting('row_security'));"),
	revision('c', after => 'b', up => 'CREATE TABLE c ();'));
is(run_script($two, $one->query('SELECT migrate_upgrade_sql()')), '', 'a script whose revisions SET things runs');
$one->upgrade;
is_same($one, $two, 'revisions that SET things');
is($two->query('SELECT v FROM a'), $one->query('SELECT v FROM a'), '... each starts from the same settings');

# --- texts that psql might take for its own ---------------------------------------------------------

my $tricky = <<'SQL';
CREATE TABLE t (v text, a int[]);
INSERT INTO t VALUES (':USER', ARRAY[1,2,3]), ('\i x', NULL), (E'tab\tquote\'s', NULL), ($a$ ; $b$ -- $a$, NULL), ('it''s :''DBNAME''', NULL);
UPDATE t SET a = a[1:2] WHERE v = ':USER'; -- a comment with ' and $$ and \q
/* a comment; /* nested; */ still */ SELECT 1;
CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT 1; SELECT 2; END;
DO $body$ BEGIN IF ':x' = '' THEN NULL; END IF; END $body$;
SELECT 'no semicolon'
SQL
($one, $two) = twins('tricky', revision('a', up => $tricky, message => q{it's a "message" with \q and :USER and $$}), revision('b', after => 'a'));
is(run_script($two, $one->query('SELECT migrate_upgrade_sql()')), '', 'psql takes no text of a script for its own');
$one->upgrade;
is_same($one, $two, 'tricky texts');
is($two->query('SELECT * FROM t ORDER BY v'), $one->query('SELECT * FROM t ORDER BY v'), '... with the same rows');

# --- what is to be repeated repeats ---------------------------------------------------------------

# Operators of somebody else come first in the search_path: a loop that used one of them would end at once, or never.
my $traps = join '', map { "CREATE FUNCTION traps.$_->[0](int8, $_->[1]) RETURNS $_->[2] LANGUAGE sql AS 'SELECT $_->[3]';\nCREATE OPERATOR traps.$_->[4] (LEFTARG = int8, RIGHTARG = $_->[1], FUNCTION = traps.$_->[0]);\n" }
	[ 'eq4', 'int4', 'bool', 'true', '=' ], [ 'eq8', 'int8', 'bool', 'true', '=' ], [ 'gt4', 'int4', 'bool', 'true', '>' ], [ 'gt8', 'int8', 'bool', 'true', '>' ], [ 'plus', 'int8', 'int8', '0', '+' ];
my $fill = "CREATE TABLE r (batch int, total int, v text);\nINSERT INTO r SELECT i, NULL, 'new' FROM generate_series(1, 10) i;";
my $repeat = <<'SQL';
SET search_path = traps, public, pg_catalog;
-- migrate:repeat pause=1h max_lag=1ms max_rows=10
WITH next AS (SELECT batch FROM public.r WHERE v OPERATOR(pg_catalog.=) 'new' LIMIT 3) -- $repeat$ $loop$
UPDATE public.r SET v = $repeat$it's $loop$ :USER \q$repeat$, total = 1 FROM next WHERE r.batch OPERATOR(pg_catalog.=) next.batch RETURNING total;
-- migrate:repeat
DELETE FROM public.r WHERE batch OPERATOR(pg_catalog.=) (SELECT max(batch) FROM public.r HAVING max(batch) OPERATOR(pg_catalog.>) 8)
SQL
my @repeating = (revision('a', up => "CREATE SCHEMA traps;\n$traps$fill"), revision('b', after => 'a', up => $repeat, down => "-- migrate:repeat\nDELETE FROM r WHERE ctid = (SELECT min(ctid) FROM r);"));
$two = Strata->new($node, 'repeating');
$two->load(@repeating);
is(run_script($two, $two->query('SELECT migrate_upgrade_sql()')), '', 'a script that repeats statements runs');
is($two->query('SELECT count(*), min(batch), max(batch), min(v), max(v), min(total) FROM r'), q{8|1|8|it's $loop$ :USER \q|it's $loop$ :USER \q|1}, '... until they affect no row, whatever the search_path');
is(run_script($two, $two->query("SELECT migrate_downgrade_sql('a')")), '', 'a way back that repeats a statement runs');
is($two->query('SELECT count(*) FROM r'), '0', '... until it affects no row');

$two = Strata->new($node, 'endless');
$two->load(revision('a', up => $fill), revision('b', after => 'a', up => "-- migrate:repeat max_rows=29\nUPDATE r SET total = 1;"));
$before = $two->everything;
like(run_script($two, $two->query('SELECT migrate_upgrade_sql()')), qr/ERROR:  repeated statement has affected more than 29 rows/, 'a statement without end ends at max_rows');
is($two->everything, $before, '... and leaves everything as it was');

# --- reading only, and what cannot run in a transaction -----------------------------------------------

$one->answers("BEGIN READ ONLY; SELECT length(migrate_upgrade_sql('base:b')) > 0, length(migrate_downgrade_sql('b:base')) > 0; COMMIT", 't|t', 'a read-only transaction may print');
$one->load(revision('c', after => 'b', up => 'VACUUM;'));
my $printed = $one->attempt("SELECT migrate_upgrade_sql('b:c')");
ok($printed->{sqlstate} eq 'MG008' || $printed->{out} =~ /VACUUM/ && $printed->{out} !~ /BEGIN;(?:(?!COMMIT;).)*\nVACUUM/s, 'what cannot run in a transaction is refused, or printed outside of one');

stays_up($node);
done_testing();
