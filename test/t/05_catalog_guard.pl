# What a careless owner or a sly colleague does to the catalog: no crash, no rights by accident.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('guard');
my @looking = ('migrate_history()', 'migrate_current()', 'migrate_health()', "migrate_show('a')", 'migrate_doctor()', 'migrate_graph()');

# A database of two revisions, of which the first is applied.
my $number = 0;
sub new_database
{
	my $db = Strata->new($node, 'guard' . ++$number);
	$db->load(revision('a', up => 'CREATE TABLE t (a int);'), revision('b', after => 'a', up => 'CREATE TABLE u (a int);'));
	$db->query("SELECT count(*) FROM migrate_upgrade('a')");
	return $db;
}

# --- tables that are not what they were ----------------------------------------------------------

my %changes = (
	'a partitioned log' => 'ALTER TABLE migrate.log RENAME TO log_old; CREATE TABLE migrate.log (LIKE migrate.log_old INCLUDING ALL) PARTITION BY RANGE (id)',
	'a view for the log' => 'ALTER TABLE migrate.log RENAME TO log_old; CREATE VIEW migrate.log AS SELECT * FROM migrate.log_old',
	'a view for the scripts' => 'ALTER TABLE migrate.script RENAME TO script_old; CREATE VIEW migrate.script AS SELECT * FROM migrate.script_old',
	'a view for the version rows' => 'ALTER TABLE migrate.version RENAME TO version_old; CREATE VIEW migrate.version AS SELECT * FROM migrate.version_old',
	'another primary key' => 'ALTER TABLE migrate.script DROP CONSTRAINT script_pkey, ADD PRIMARY KEY (line, direction, revision)',
	'no primary key' => 'ALTER TABLE migrate.script DROP CONSTRAINT script_pkey',
	'a column of another type' => "ALTER TABLE migrate.log ALTER COLUMN from_heads TYPE text USING ''",
	'another owner of one table' => 'CREATE ROLE stranger; ALTER TABLE migrate.version OWNER TO stranger',
);
for my $change (sort keys %changes)
{
	my $db = new_database();
	$db->query($changes{$change});
	my $session = $db->session;
	my $pid = $session->pid;
	for my $call (@looking, 'migrate_upgrade()', "migrate_revision('x', rev_id => 'x1', head => 'b')")
	{
		like($session->try("SELECT count(*) FROM $call x")->{sqlstate}, qr/^(00000|55000)$/, "$change: $call answers or says that the catalog is damaged");
	}
	is($session->ask('SELECT pg_backend_pid()'), $pid, "... $change: the backend lives");
}

# --- rights by accident ---------------------------------------------------------------------------

my $db = new_database();
$db->query(
	'CREATE ROLE team LOGIN; CREATE SCHEMA team AUTHORIZATION team; GRANT ALL ON ALL TABLES IN SCHEMA migrate TO team; GRANT EXECUTE ON FUNCTION migrate_upgrade(text) TO team');
$db->query("CREATE FUNCTION team.pwn() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ALTER ROLE team SUPERUSER; RETURN NULL; END';
	CREATE TRIGGER x AFTER INSERT ON migrate.version EXECUTE FUNCTION team.pwn()", role => 'team');
$db->query('GRANT CREATE ON SCHEMA public TO team');
$db->fails('SELECT migrate_upgrade()', '55000', qr/trigger or a rule that is not its own/, 'a trigger of others on the catalog does not run', role => 'team');
is($db->query("SELECT rolsuper FROM pg_roles WHERE rolname = 'team'"), 'f', '... and gives nobody rights');
$db->query('DROP TRIGGER x ON migrate.version');
$db->query("CREATE FUNCTION team.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN ALTER ROLE team SUPERUSER; RETURN NULL; END';
	CREATE TRIGGER touch AFTER INSERT ON migrate.version EXECUTE FUNCTION team.touch()", role => 'team');
$db->fails('SELECT migrate_upgrade()', '55000', qr/not its own/, '... nor one with the name of ours');
$db->query('DROP TRIGGER touch ON migrate.version');
is($db->upgrade, 'upgrade b', 'without it the upgrade goes on');

# --- policies are not the client's ------------------------------------------------------------------

$db->query("ALTER DATABASE " . $db->name . " SET migrate.allow_downgrade = off; CREATE ROLE deployer LOGIN; GRANT EXECUTE ON FUNCTION migrate_downgrade(text) TO deployer");
$db->fails("SELECT migrate_downgrade('base')", 'MG007', qr/downgrades are not allowed/, 'the policy of the database holds', role => 'deployer');
{
	local $ENV{PGOPTIONS} = '-c migrate.allow_downgrade=on';
	$db->fails("SELECT migrate_downgrade('base')", '42501', qr/permission denied to set parameter "migrate.allow_downgrade"/, '... and cannot be undone by start-up options', role => 'deployer');
}
$db->fails("SET migrate.allow_downgrade = on; SELECT migrate_downgrade('base')", 'MG007', qr/not allowed/, '... nor by a SET before the library is loaded', role => 'deployer');
$db->fails("SELECT migrate.record('downgrade', 'b', '{b}', '{a}')", 'MG007', qr/not allowed/, '... nor by booking a downgrade');

# --- bookings are steps -----------------------------------------------------------------------------

$db = new_database();
$db->fails("SELECT migrate.record('upgrade', 'b', '{a}', '{a,b}')", '55000', qr/changed since/, 'a booking leads to the version rows of its step');
$db->fails("SELECT migrate.record('upgrade', 'a', '{a}', '{a}')", 'MG004', qr/not the next step/, '... of a revision that is not applied yet');
$db->fails("SELECT migrate.record('downgrade', 'b', '{a}', '{}')", 'MG004', qr/not the next step/, '... or is');
$db->fails("SELECT migrate.record('stamp', 'b', '{a}', '{b}')", 'MG004', qr/not the next step/, '... and is no stamp');
$db->query("SELECT migrate.record('upgrade', 'b', '{a}', '{b}')");
is($db->current, 'b', 'a step that was run outside is booked');

# --- scripts are not quoted to everybody --------------------------------------------------------------

$db = new_database();
$db->query("CREATE ROLE bob LOGIN");
$db->load(revision('c', after => 'b', up => "ALTER TYPE mood ADD VALUE 'topsecret'; SELECT 'topsecret';", down => 'ALTER ROLE app PASSWORD hunter2;'));
for my $call ('SELECT message FROM migrate_doctor()', "SELECT migrate_show('c')")
{
	like($db->query($call), qr/hunter2|topsecret/, "$call quotes the script to who may read it");
	unlike($db->query($call, role => 'bob'), qr/hunter2|topsecret/, '... and to nobody else');
}

# --- messages late in a long script -----------------------------------------------------------------

$db->load(revision('d', after => 'b', up => "/* " . ("padding\n" x 100_000) . " */\nDO 'BEGIN FOR i IN 1..20000 LOOP RAISE NOTICE ''a''; END LOOP; END';"));
$db->query("SET client_min_messages = error; SET statement_timeout = '60s'; SELECT count(*) FROM migrate_upgrade('d')");
is($db->current, 'd', 'a notice costs no walk over the script before it');

stays_up($node);
done_testing();
