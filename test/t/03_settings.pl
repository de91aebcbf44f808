# What a script SETs ends with its revision; row security; the policies.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('settings');
my $db = Strata->new($node, 'isolation');
$db->query('CREATE ROLE other; CREATE SCHEMA app; CREATE TABLE seen (revision text, name text, value text)');

my @names = qw(search_path role statement_timeout lock_timeout client_min_messages row_security app.leak session_replication_role
  check_function_bodies default_tablespace standard_conforming_strings DateStyle);
my $spy = join "\n", map { "INSERT INTO public.seen VALUES ('%', '$_', current_setting('$_', true));" } @names;
sub spying { return $spy =~ s/%/$_[0]/gr }
my $report = "SELECT name, value FROM seen WHERE revision = '%' ORDER BY name";

my $leak = <<'SQL';
SET search_path = app;
SELECT pg_catalog.set_config('statement_timeout', '3h', false);
SET LOCAL lock_timeout = '2h';
SET client_min_messages = error;
SET app.leak = 'yes';
SET session_replication_role = replica;
SET check_function_bodies = off;
SET row_security = on;
SET DateStyle = 'German';
SET standard_conforming_strings = off;
SET ROLE other;
SQL
$db->load(revision('first', up => spying('first')), revision('leaky', after => 'first', up => $leak), revision('last', after => 'leaky', up => spying('last')));
my $mine = "SET search_path = public, app; SET lock_timeout = '77s'; SET app.leak = 'mine'; SET migrate.lock_timeout = '9s'";
my $now = join ' ', map { "current_setting('$_', true) || ';' ||" } grep { $_ ne 'row_security' } @names;
my $told = $db->query("$mine; SELECT $now ''; SELECT operation FROM migrate_upgrade(); SELECT $now ''; SELECT current_user = session_user, current_setting('row_security')");
my @told = split /\n/, $told;
is($told[4], $told[0], "no setting of a script reaches the caller");
is($told[5], 't|on', '... nor a role, nor row_security');
is($db->query($report =~ s/%/last/r), $db->query($report =~ s/%/first/r), 'every revision starts from the same settings');
$db->answers("SELECT value FROM seen WHERE revision = 'first' AND name = 'search_path'", 'public, app', "... the caller's");
$db->answers("SELECT value FROM seen WHERE revision = 'first' AND name = 'row_security'", 'off', '... but with row_security off');

# Inside the caller's transaction too, also when the caller used SET LOCAL, and after an error.
$db->query("SELECT migrate_stamp('first')");
@told = split /\n/, $db->query("BEGIN; $mine; SET LOCAL search_path = app, public; SELECT $now ''; SELECT operation FROM migrate_upgrade('leaky'); SELECT $now ''; COMMIT; SELECT $now ''; SHOW search_path");
is($told[2], $told[0], "no setting reaches the caller's transaction");
is($told[4], 'public, app', '... and SET LOCAL still ends with it');
$db->load(revision('failing', after => 'last', up => "$leak\nSELECT 1/0;"));
my $after = $db->attempt("$mine; SELECT $now ''; SELECT migrate_upgrade(); SELECT $now '', current_user", go_on => 1);
@told = split /\n/, $after->{out};
is($after->{sqlstate}, '22012', 'a script that fails after it set everything');
is($told[-1] =~ s/\|\w+$//r, $told[0], '... leaves the settings as they were');

$db = Strata->new($node, 'dumps');
$db->load(revision('baseline', up => "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.t (a int);"),
	revision('next', after => 'baseline', up => 'ALTER TABLE t ADD b int;'));
$db->upgrade;
$db->answers('SELECT b FROM t', '', 'a pg_dump baseline without a search_path does not hurt the next revision');

$db->load(revision('resets', after => 'next', up => 'RESET ALL; RESET ROLE; SET SESSION AUTHORIZATION other; RESET SESSION AUTHORIZATION; CREATE TABLE after_reset ();'));
$db->upgrade;
$db->answers("SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'after_reset'", 't', 'a script may RESET');

# --- odd settings of the caller -------------------------------------------------------------------

my @cycle = (
	"SELECT action FROM migrate_load(ARRAY['" . join("', '", revision('NULL', labels => 'odd', message => q{a \ and "b"}), revision('b', after => 'NULL', depends_on => 'odd')) . "'])",
	"SELECT revision, message FROM migrate_upgrade('heads')", 'SELECT revision, down_revision, depends_on, branch_labels, message FROM migrate_history()', 'SELECT migrate_script(revision) FROM migrate_history()',
	'SELECT migrate_health()', "SELECT md5(migrate_downgrade_sql('base'))", "SELECT revision FROM migrate_downgrade('base')", 'SELECT operation, revision, from_heads, to_heads FROM migrate.log ORDER BY id');
my $normal;
for my $odd (
	'', 'array_nulls = off', 'transform_null_equals = on', 'bytea_output = escape', "DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kolkata'", "default_transaction_isolation = 'serializable'",
	'enable_seqscan = off', 'plan_cache_mode = force_generic_plan', 'quote_all_identifiers = on', 'extra_float_digits = -15', 'session_replication_role = replica', "IntervalStyle = 'sql_standard'",
	"max_stack_depth = '100kB'", "work_mem = '64kB'", 'track_activities = off', 'xmlbinary = hex', 'backslash_quote = off')
{
	$db = Strata->new($node, 'odd');
	my $answer = join "\n--\n", map { $db->query(($odd ? "SET $odd; " : '') . $_) } @cycle;
	$node->safe_psql('postgres', 'DROP DATABASE odd');
	is($answer, $normal //= $answer, "the caller's $odd changes nothing");
}

# --- row security -------------------------------------------------------------------------------

$db = Strata->new($node, 'row_security');
$db->query('CREATE ROLE deployer LOGIN; GRANT EXECUTE ON FUNCTION migrate_upgrade(text) TO deployer; CREATE ROLE bypass LOGIN BYPASSRLS;
	GRANT EXECUTE ON FUNCTION migrate_upgrade(text) TO bypass; GRANT deployer TO bypass; CREATE SCHEMA shop AUTHORIZATION deployer');
$db->query("CREATE TABLE shop.orders (id int, tenant int, paid bool); INSERT INTO shop.orders VALUES (1, 1), (2, 2);
	ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY; ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
	CREATE POLICY mine ON shop.orders USING (tenant = current_setting('app.tenant', true)::int)", role => 'deployer');
$db->load(revision('backfill', up => 'UPDATE shop.orders SET paid = true;'));
$db->fails('SELECT migrate_upgrade()', '42501', qr/row-level security.*backfill/s, 'a backfill that row security would hide is an error, not zero rows', role => 'deployer');
is($db->current, '', '... and nothing is applied');
$db->query('SELECT migrate_upgrade()', role => 'bypass');
$db->answers('SELECT count(*) FROM shop.orders WHERE paid', '2', 'who may bypass row security updates every row');

# --- policies -----------------------------------------------------------------------------------

$db = Strata->new($node, 'forward_only');
$db->load(chain(qw(a b)));
$db->upgrade;
$db->query('ALTER DATABASE forward_only SET migrate.allow_downgrade = off');
my $before = $db->everything;
$db->fails("SELECT migrate_downgrade('$_')", 'MG007', qr/allow_downgrade/, "allow_downgrade = off refuses: $_") for qw(base -1 a);
is($db->everything, $before, '... and leaves everything as it was');
$db->query('CREATE ROLE eager LOGIN; GRANT EXECUTE ON FUNCTION migrate_downgrade(text) TO eager');
$db->fails("SELECT migrate_current(); SET migrate.$_ = on", '42501', qr/permission/, "only a superuser may set a policy: $_", role => 'eager') for qw(allow_downgrade single_head require_downgrade);
$db->fails("SET migrate.allow_downgrade = on; SELECT migrate_downgrade('a')", 'MG007', qr/allow_downgrade/, '... nor by setting it before the module is there', role => 'eager');
$db->fails("SELECT migrate_current(); ALTER ROLE eager SET migrate.allow_downgrade = on", '42501', qr/permission/, '... nor for the role', role => 'eager');
$db->query("SET migrate.allow_downgrade = on; SELECT migrate_downgrade('a')");
is($db->current, 'a', 'a superuser may');

$db = Strata->new($node, 'single_head');
$db->load(chain(qw(a b)));
$db->query('ALTER DATABASE single_head SET migrate.single_head = on');
$before = $db->everything;
$db->fails($db->load_call(revision('c', after => 'a')), 'MG007', qr/(?=.*\bb\b)(?=.*\bc\b)/s, 'single_head refuses a load that leaves two heads, and names them');
$db->fails("SELECT migrate_revision('side', rev_id => 'd', head => 'a', splice => true)", 'MG007', qr/\bd\b/, '... and a new revision that does');
is($db->everything, $before, '... and leaves everything as it was');
is($db->load(revision('c', after => 'a'), revision('m', after => 'b, c')), 'c added, m added', '... but takes a branch that comes with its merge');

$db = Strata->new($node, 'require_downgrade');
$db->query('ALTER DATABASE require_downgrade SET migrate.require_downgrade = on');
$db->fails($db->load_call(revision('a'), revision('oneway', after => 'a', down => undef)), 'MG007', qr/oneway/, 'require_downgrade refuses a revision without a way back');
$db->fails("SELECT migrate_revision('oneway', 'SELECT 1', NULL)", 'MG007', qr/downgrade/, '... a new one, too');
is($db->load(revision('a', down => '')), 'a added', '... an empty way back is one');

stays_up($node);
done_testing();
