# upgrade, downgrade and stamp: all or nothing, in the caller's transaction, told and logged.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('running');

sub chain_after
{
	my ($parent, @ids) = @_;
	return map { revision($ids[$_], after => $_ ? $ids[ $_ - 1 ] : $parent) } 0 .. $#ids;
}


# --- the plan is what runs ------------------------------------------------------------------------

my $db = Strata->new($node, 'plan');
my @graph = (
	revision('0001', message => 'base'),
	revision('0002', after => '0001', message => 'left'),
	revision('0003', after => '0001', message => 'right'),
	revision('0004', after => '0002, 0003', message => 'merge'),
	revision('0005', after => '0004', message => 'add booking priority'));
$db->load(@graph);
my $columns = 'step, operation, revision, message';
my $plan = $db->query("SELECT $columns FROM migrate_plan('upgrade', 'head')");
my $ran = $db->attempt("SELECT $columns FROM migrate_upgrade()");
is($ran->{out}, $plan, 'upgrade runs what migrate_plan said');
is(scalar(split /\n/, $plan), 5, '... every pending revision');
like($ran->{text}, qr/INFO:\s+(?:\w{5}: )?Running upgrade 0004 -> 0005, add booking priority$/m, 'INFO tells each step as it runs');
is(scalar(() = $ran->{text} =~ /Running upgrade/g), 5, '... one line a step');
is($db->current, '0005', 'the version row is the head');
$db->answers('SELECT * FROM migrate_upgrade()', '', 'nothing to do: no row');
$db->answers("SELECT * FROM migrate_plan('upgrade', 'head')", '', '... in the plan neither');

$plan = $db->query("SELECT $columns FROM migrate_plan('downgrade', 'base')");
$ran = $db->attempt("SELECT $columns FROM migrate_downgrade('base')");
is($ran->{out}, $plan, 'downgrade runs what migrate_plan said');
like($ran->{text}, qr/Running downgrade 0005 -> 0004, add booking priority$/m, '... and tells it');
is($db->current, '', '... to the base');
is($db->schema, '', '... leaving nothing behind');

# --- the log --------------------------------------------------------------------------------------

$db->answers(
	"SELECT operation, revision, outcome, from_heads, to_heads FROM migrate.log WHERE revision IN ('0001', '0003', '0004') ORDER BY id",
	join("\n", 'upgrade|0001|done|{}|{0001}', 'upgrade|0003|done|{0002}|{0002,0003}', 'upgrade|0004|done|{0002,0003}|{0004}',
		'downgrade|0004|done|{0004}|{0002,0003}', 'downgrade|0003|done|{0002,0003}|{0002}', 'downgrade|0001|done|{0001}|{}'),
	'the log keeps what ran, from which version rows to which');
$db->answers(
	"SELECT count(*) FROM migrate.log WHERE role = current_user AND session_role = session_user AND pid > 0 AND duration >= '0'
	   AND started_at BETWEEN now() - interval '1 hour' AND clock_timestamp() AND checksum ~ '^[0-9a-f]{64}\$' AND client_addr IS NULL",
	'10', '... who, when, for how long and which script');
$db->query("SET application_name = 'the deploy job'; SELECT migrate_upgrade('0001')");
$db->answers('SELECT application_name FROM migrate.log ORDER BY id DESC LIMIT 1', 'the deploy job', '... and from which application');
$db->answers("SELECT count(*) FROM migrate_history() WHERE applied_at IS NOT NULL AND revision = '0001'", '1', 'migrate_history tells when it was applied');

# --- an error in the third statement -----------------------------------------------------------

$db = Strata->new($node, 'errors');
$db->load(
	revision('0001'),
	revision('0002', after => '0001', up => "CREATE TABLE two ();\n\nINSERT INTO witness SELECT nextval('seen');\nSELECT\n  1 / 0;\nCREATE TABLE four ();"),
	revision('0003', after => '0002'));
$db->query('CREATE SEQUENCE seen; CREATE TABLE witness (n bigint)');
my $before = $db->everything;
my $error = $db->fails('SELECT migrate_upgrade()', '22012', qr/division by zero/, 'an error keeps its own SQLSTATE');
my %context = ('which revision' => qr/\b0002\b/, 'which direction' => qr/upgrade/, 'which statement' => qr/statement 3\b/, 'which line' => qr/line (?:9|10)\b/);
like($error->{context}, $context{$_}, "... and gains context: $_") for sort keys %context;
is($db->everything, $before, '... and everything is as it was, the first revision too');
$db->answers("SELECT last_value FROM seen", '1', '(the second statement had really run)');

for my $case (
	[ 'an unknown column', '42703', "CREATE TABLE x (a int);\nSELECT a,\n       nosuch FROM x;" ],
	[ 'an unknown function', '42883', "SELECT 1;\nSELECT nosuch();" ],
	[ 'an unknown table', '42P01', "SELECT 1;\nDELETE FROM nosuch;" ])
{
	my ($what, $sqlstate, $sql) = @$case;
	$db->load(revision('0002', after => '0001', up => $sql), revision('0003', after => '0002'));
	my $error = $db->fails('SELECT migrate_upgrade()', $sqlstate, qr/nosuch/, "$what keeps its SQLSTATE");
	my ($row, $indent) = $error->{text} =~ /^(LINE \d+: .*)\n( *)\^/m;
	is($row && substr($row, length $indent, 6), 'nosuch', '... and its position: the caret is under the name');
}

# --- the caller's transaction ---------------------------------------------------------------------

$db = Strata->new($node, 'transactions');
$db->load(chain(qw(a b c)));
$before = $db->everything;
$db->query('BEGIN; SELECT migrate_upgrade(); ROLLBACK');
is($db->everything, $before, "the caller's ROLLBACK takes everything back");
$db->answers("BEGIN; SELECT revision FROM migrate_upgrade('a'); SAVEPOINT s; SELECT revision FROM migrate_upgrade(); ROLLBACK TO s;
	SELECT migrate_current(); SELECT revision FROM migrate_upgrade('b'); COMMIT; SELECT migrate_current()",
	"a\nb\nc\na\nb\nb", 'a savepoint takes back what came after it, and the session knows');
$db->load(revision('c', after => 'b', up => 'CREATE TABLE c (); SELECT 1/0;'));
$db->query("DO \$\$ BEGIN PERFORM migrate_upgrade(); EXCEPTION WHEN division_by_zero THEN CREATE TABLE handled (); END \$\$");
$db->answers("SELECT migrate_current(), to_regclass('c') IS NULL, to_regclass('handled') IS NOT NULL", 'b|t|t', 'a caught error rolls back the upgrade and no more');
$db->query("DO \$\$ BEGIN FOR i IN 1..3 LOOP BEGIN PERFORM migrate_upgrade(); EXCEPTION WHEN division_by_zero THEN NULL; END; END LOOP; END \$\$");
is($db->current, 'b', '... any number of times');

$db->load(revision('c', after => 'b', up => "CREATE TABLE c (id int);\nINSERT INTO c VALUES (1);\nALTER TABLE c ADD d int DEFAULT 2;\nUPDATE c SET d = 3 WHERE id = 1;\n"
	. "CREATE TYPE mood AS ENUM ('sad');\nALTER TYPE mood ADD VALUE 'happy';", down => 'DROP TABLE c; DROP TYPE mood;'));
$db->upgrade;
$db->answers('SELECT d FROM c', '3', 'each statement sees what those before it did');

# --- however it is called ------------------------------------------------------------------------

$db = Strata->new($node, 'calls');
$db->load(revision('a', message => '{} %s {0}'), chain_after('a', qw(b c)));
$db->answers('SELECT revision, message FROM migrate_upgrade() LIMIT 1', 'a|{} %s {0}', 'LIMIT 1 shows one step');
is($db->current, 'c', '... and all of them have run');
$db->answers("SELECT count(*) FROM (SELECT (migrate_downgrade('-1')).revision FROM generate_series(1, 3)) d", '3', 'once for each row it is called for');
is($db->current, '', '... and not more often');
$db->query('CREATE TABLE tags (tag text); CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS
	$$ BEGIN INSERT INTO tags SELECT command_tag FROM pg_event_trigger_ddl_commands(); END $$; CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note()');
$db->upgrade;
$db->answers('SELECT count(*) FROM tags', '3', 'event triggers see what a script does');
$db->query('DROP EVENT TRIGGER note');

# --- refused before anything runs ------------------------------------------------------------------

$db = Strata->new($node, 'refusals');
$db->query('CREATE SEQUENCE witness');
my $touch = "SELECT nextval('witness');";
$db->load(
	revision('a', up => $touch, down => $touch),
	revision('b', after => 'a', up => $touch, down => undef),
	revision('c', after => 'b', up => $touch, down => $touch),
	revision('d', after => 'c', up => 'CREATE TABLE t (a int);', down => 'DROP TABLE t;'),
	revision('e', after => 'd', up => 'CREATE INDEX CONCURRENTLY i ON t (a);'),
	revision('f', after => 'e', up => $touch, down => $touch));
my $error_e = $db->fails('SELECT migrate_upgrade()', 'MG008', qr/\be\b/, 'a revision that cannot run in a transaction is refused');
like($error_e->{hint}, qr/migrate_deploy/, '... with the hint to use migrate_deploy');
$db->answers('SELECT is_called FROM witness', 'f', '... before anything has run');
for my $barrier ('VACUUM;', 'CREATE DATABASE x;', 'REINDEX INDEX CONCURRENTLY i;', 'DROP INDEX CONCURRENTLY i;', 'ALTER SYSTEM RESET ALL;', 'CREATE TABLESPACE x LOCATION \'/x\';')
{
	$db->load(revision('e', after => 'd', up => $barrier));
	$db->fails('SELECT migrate_upgrade()', 'MG008', qr/\be\b/, "refused before anything runs: $barrier");
}
$db->upgrade('d');
$db->query("SELECT setval('witness', 1, false)");
$db->fails("SELECT migrate_downgrade('base')", 'MG\d\d\d', qr/\bb\b/, 'a downgrade through an irreversible revision is refused');
$db->answers('SELECT is_called FROM witness', 'f', '... before anything has run');
$db->query("SELECT migrate_downgrade('b')");
is($db->current, 'b', 'the downgrade to it is possible');
$db->load(revision('c', after => 'b', up => $touch, down => 'DROP INDEX CONCURRENTLY i;'));
$db->upgrade('d');
$db->query("SELECT setval('witness', 1, false)");
$db->fails("SELECT migrate_downgrade('b')", 'MG008', qr/\bc\b/, 'so is a downgrade that cannot run in a transaction');
$db->answers('SELECT is_called FROM witness', 'f', '... before anything has run');
$db->query('CREATE TYPE mood AS ENUM ()');
$db->load(revision('e', after => 'd', up => "ALTER TYPE mood ADD VALUE 'ok';"), revision('f', after => 'e', up => "CREATE TABLE moods AS SELECT 'ok'::mood AS m;"));
$db->fails('SELECT migrate_upgrade()', 'MG008', qr/\bf\b.*ok/s, 'a new enum value is not used in the transaction that adds it');
$db->upgrade('e');
$db->upgrade('f');
$db->answers('SELECT m FROM moods', 'ok', '... but in the next');

# --- targets ------------------------------------------------------------------------------------

$db = Strata->new($node, 'targets');
$db->load(chain('abcd01', 'abcd02', 'ef01'), revision('side', after => 'abcd01', labels => 'shop'));
$db->fails("SELECT migrate_upgrade('nosuch')", 'MG001', qr/nosuch/, 'an unknown revision');
$db->fails("SELECT migrate_upgrade('abcd')", 'MG002', qr/(?=.*abcd01)(?=.*abcd02)/s, 'an ambiguous prefix, with what it may mean');
$db->fails("SELECT migrate_upgrade()", 'MG003', qr/(?=.*ef01)(?=.*side)/s, 'several heads, with their names');
$db->fails("SELECT migrate_upgrade('ef01+9')", 'MG004', qr/9/, 'a relative step too far');
$db->fails("SELECT migrate_upgrade('+2')", 'MG002', qr/(?=.*abcd02)(?=.*side)/s, 'a relative step where the way forks, with the ways');
$db->fails("SELECT migrate_downgrade('ef01')", 'MG004|MG001', qr/ef01/, 'a downgrade to what is not applied');
$db->upgrade('+1');
is($db->current, 'abcd01', '+1 is one step');
$db->upgrade('shop@head');
$db->upgrade('heads');
is($db->current, 'ef01 side', 'heads: all of them');
$db->query("SELECT migrate_downgrade('abcd02')");
is($db->current, 'abcd02 side', 'a downgrade of one branch leaves the other');

# --- stamp --------------------------------------------------------------------------------------

$db = Strata->new($node, 'stamps');
$db->load(chain(qw(a b c)), revision('d', after => 'b'));
my $schema = $db->schema;
for my $stamp (
	[ "migrate_stamp('a')", 'a', 'up' ], [ "migrate_stamp('c')", 'c', 'further up' ], [ "migrate_stamp('b')", 'b', 'down' ],
	[ "migrate_stamp(ARRAY['c', 'd'])", 'c d', 'to several targets' ], [ "migrate_stamp('base')", '', 'to the base' ],
	[ "migrate_stamp('heads')", 'c d', 'to all heads' ], [ "migrate_stamp('a', purge => true)", 'a', 'after a purge' ])
{
	my ($call, $expected, $where) = @$stamp;
	$db->query("SELECT $call");
	is($db->current, $expected, "stamp $where");
}
is($db->schema, $schema, 'a stamp runs no script');
$db->query("INSERT INTO migrate.version VALUES ('forgotten'); DELETE FROM migrate.version WHERE revision = 'a'");
$db->query("SELECT migrate_stamp('b', purge => true)");
is($db->current, 'b', 'purge forgets rows that no revision bears');
$db->answers("SELECT operation, to_heads FROM migrate.log ORDER BY id DESC LIMIT 1", 'stamp|{b}', 'a stamp is logged');

stays_up($node);
done_testing();
