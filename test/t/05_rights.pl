# Who may do what: mutating functions, the catalog, the scripts; and the deployer who may only upgrade.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('rights');
my $db = Strata->new($node, 'rights');
$db->query('CREATE ROLE nobody LOGIN; CREATE ROLE deployer LOGIN; GRANT EXECUTE ON FUNCTION migrate_upgrade(text) TO deployer;
	CREATE SCHEMA shop AUTHORIZATION deployer; CREATE TABLE treasure AS SELECT 1 AS gold');
$db->load(
	revision('a', message => 'first', up => "SELECT 'the-secret-word';", down => "SELECT 'the-secret-word';"),
	revision('b', after => 'a', up => "CREATE TABLE shop.orders AS SELECT current_user::text AS who, session_user::text AS session;"),
	revision('c', after => 'b', up => 'DROP TABLE public.treasure;'));

# --- a role without rights ----------------------------------------------------------------------

for my $call (
	"migrate_load(ARRAY[]::text[])", "migrate_load_directory('/')", "migrate_revision('x')", "migrate_merge('x')", "migrate_upgrade()",
	"migrate_downgrade('base')", "migrate_stamp('a')", "migrate_stamp(ARRAY['a'])", "migrate.record('upgrade', 'a', '{}', '{a}')")
{
	$db->fails("SELECT $call", '42501', qr/permission denied for function/, "nobody may not call $call", role => 'nobody');
}
my @tables = split /\n/, $db->query("SELECT relname FROM pg_class WHERE relnamespace = 'migrate'::regnamespace AND relkind IN ('r', 'S') ORDER BY 1");
for my $role (qw(nobody deployer))
{
	my @open;
	for my $table (@tables)
	{
		push @open, split /\n/, $db->query("SELECT '$table ' || p FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p
			WHERE CASE WHEN '$table' ~ '_seq\$' THEN p = 'UPDATE' AND has_sequence_privilege('$role', 'migrate.$table', 'UPDATE') ELSE has_table_privilege('$role', 'migrate.$table', p) END");
	}
	is("@open", '', "$role may write no table of the catalog");
	$db->fails($_, '42501', qr/permission denied/, "... really not: $_", role => $role)
	  for "DELETE FROM migrate.version", "INSERT INTO migrate.version VALUES ('a')", "UPDATE migrate.revision SET message = ''", "TRUNCATE migrate.log",
	  "UPDATE migrate.state SET graph = NULL", "CREATE TABLE migrate.mine ()", "SELECT setval('migrate.log_id_seq', 1)";
	$db->fails($_, '42501', qr/permission denied/, "$role may not read scripts: $_", role => $role)
	  for "SELECT sql FROM migrate.script", "SELECT migrate_script('a')", "SELECT migrate_upgrade_sql()", "SELECT migrate_downgrade_sql('a:base')";
}
for my $look (
	"migrate_plan('upgrade', 'head')", 'migrate_current()', 'migrate_heads()', 'migrate_heads(true)', 'migrate_branches()', 'migrate_history()', "migrate_history('a:b')",
	"migrate_show('a')", 'migrate_graph()', "migrate_graph('dot')", "migrate_graph('mermaid')", 'migrate_health()', "migrate_require('base')", 'migrate_doctor()')
{
	my $seen = $db->attempt("SELECT * FROM $look", role => 'nobody');
	is($seen->{text}, '', "anyone may look: $look");
	unlike($seen->{out}, qr/the-secret-word/, "... and sees no script: $look");
}
$db->query('GRANT SELECT ON migrate.script TO nobody');
like($db->query("SELECT migrate_script('a')", role => 'nobody'), qr/the-secret-word/, 'SELECT on migrate.script is the right to read scripts');
$db->query('REVOKE SELECT ON migrate.script FROM nobody');

# --- the deployer -------------------------------------------------------------------------------

my $before = $db->everything;
my $error = $db->fails('SELECT migrate_upgrade()', '42501', qr/treasure/, "a script has the deployer's rights, not the owner's", role => 'deployer');
like($error->{context}, qr/\bc\b/, '... and the error says which revision wanted more');
is($db->everything, $before, '... and nothing is applied');
$db->query("SELECT migrate_upgrade('b')", role => 'deployer');
is($db->current, 'b', 'a deployer who may only call migrate_upgrade runs what he may, and the catalog is written');
$db->answers('SELECT who, session FROM shop.orders', 'deployer|deployer', '... as himself');
$db->answers("SELECT tableowner FROM pg_tables WHERE tablename = 'orders'", 'deployer', '... what he makes is his');
$db->answers('SELECT role, session_role FROM migrate.log ORDER BY id DESC LIMIT 1', 'deployer|deployer', '... and the log knows him');

my $attempt = sub {
	my ($what, $sql, $pattern) = @_;
	$db->load(revision('c', after => 'b', up => $sql));
	$db->fails('SELECT migrate_upgrade()', '42501', $pattern, "a deployer's script may not $what", role => 'deployer');
	is($db->current, 'b', "... and is not applied: $what");
};
$attempt->('write the catalog', "DELETE FROM migrate.version;", qr/permission denied/);
$attempt->('read scripts', "CREATE TABLE shop.leak AS SELECT sql FROM migrate.script;", qr/permission denied/);
$attempt->('become another', 'SET ROLE nobody;', qr/permission denied/);
$attempt->('call what he may not', "SELECT migrate.record('upgrade', 'a', '{}', '{a}');", qr/permission denied/);
$attempt->('become the owner with a function of his', "CREATE FUNCTION shop.f() RETURNS void LANGUAGE plpgsql AS 'BEGIN DROP TABLE public.treasure; END'; SELECT shop.f();", qr/treasure/);

# SET ROLE by the caller: the script has the rights of the role, the log knows both.
$db->query('GRANT deployer TO nobody');
$db->load(revision('c', after => 'b', up => 'CREATE TABLE shop.c AS SELECT current_user::text AS who;'));
$db->query('SET ROLE deployer; SELECT migrate_upgrade()', role => 'nobody');
$db->answers('SELECT who FROM shop.c', 'deployer', 'after SET ROLE scripts run as the role');
$db->answers('SELECT role, session_role FROM migrate.log ORDER BY id DESC LIMIT 1', 'deployer|nobody', '... and the log knows both');

# A security definer function lends its owner's rights, as for everything else.
$db->load(revision('d', after => 'c', up => 'DROP TABLE public.treasure;'));
$db->query('CREATE FUNCTION deploy() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$SELECT count(*) FROM migrate_upgrade()$$; CREATE ROLE caller LOGIN');
$db->answers('SELECT deploy()', '1', 'a security definer function upgrades for a role without rights', role => 'caller');
$db->answers('SELECT session_role FROM migrate.log ORDER BY id DESC LIMIT 1', 'caller', '... and the log knows who called');

# Looking reads as the owner: it works for roles that may not see the catalog at all.
$db->query('REVOKE ALL ON SCHEMA migrate FROM PUBLIC');
$db->answers("SELECT migrate_current(), migrate_health()->>'status'", 'd|ready', 'looking needs no right on schema migrate', role => 'nobody');

# The owner of the extension need not be a superuser any more; to become the owner of its event triggers he has to be one.
my $kept = Strata->new($node, 'kept', bare => 1);
$kept->query('CREATE ROLE landlord SUPERUSER LOGIN; CREATE ROLE keeper SUPERUSER');
$kept->query('CREATE EXTENSION pg_strata', role => 'landlord');
$kept->query('GRANT EXECUTE ON FUNCTION migrate_upgrade(text) TO deployer; REASSIGN OWNED BY landlord TO keeper; ALTER ROLE keeper NOSUPERUSER');
$kept->load(revision('a', up => "SELECT 1;"));
$kept->query('SELECT migrate_upgrade()', role => 'deployer');
is($kept->current, 'a', 'the catalog is written as its owner, who need not be a superuser');
$kept->answers("SELECT count(*) FROM migrate_history() WHERE is_applied", '1', '... and read', role => 'nobody');

stays_up($node);
done_testing();
