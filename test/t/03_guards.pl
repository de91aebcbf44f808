# What a script must not do: call us again, or take the catalog away.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('guards');

# Everything about the revision under test is refused and the catalog still works afterwards.
sub refuses
{
	my ($db, $what, $sql, $pattern, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$db->load(revision('bad', after => 'good', up => $sql, down => ''));
	my $before = $db->everything;
	my $error = $db->attempt('SELECT migrate_upgrade()', %options);
	isnt($error->{sqlstate}, '00000', "a script is stopped: $what");
	like($error->{text}, $pattern, "... and told why: $what");
	like($error->{text}, qr/upgrade of revision bad\b/, "... and where: $what");
	is($db->everything, $before, "... and leaves everything as it was: $what");
	return;
}

my $db = Strata->new($node, 'nested');
$db->load(revision('good'));
$db->upgrade;
refuses($db, $_->[0], $_->[1], qr/migrat/)
  for (
	[ 'an upgrade', "CREATE TABLE x (); SELECT migrate_upgrade('good');" ],
	[ 'a downgrade', "SELECT migrate_downgrade('base');" ],
	[ 'a stamp', "SELECT migrate_stamp('base');" ],
	[ 'a stamp of several', "SELECT migrate_stamp(ARRAY['good']);" ],
	[ 'a load', "SELECT migrate_load(ARRAY[]::text[], prune => true);" ],
	[ 'a new revision', "SELECT migrate_revision('from inside', head => 'heads');" ],
	[ 'an upgrade inside a body', "DO \$\$ BEGIN EXECUTE 'SELECT migrate_upgrade()'; END \$\$;" ]);

# What looks may be asked by a script.
$db->load(revision('bad', after => 'good', up => 'CREATE TABLE asked AS SELECT c FROM migrate_current() c;'));
$db->upgrade;
$db->answers('SELECT c FROM asked', 'good', 'a script may look: it sees the version rows before it');

$db = Strata->new($node, 'drops');
$db->load(revision('good'));
$db->upgrade;
refuses($db, $_, $_, qr/pg_strata|migrate/)
  for (
	'DROP EXTENSION pg_strata;',
	'DROP EXTENSION pg_strata CASCADE;',
	'DROP SCHEMA migrate CASCADE;',
	'DROP TABLE migrate.version;',
	"ALTER EXTENSION pg_strata DROP TABLE migrate.version; DROP TABLE migrate.version;",
	'DROP FUNCTION migrate_upgrade(text);',
	"DO \$\$ BEGIN EXECUTE 'DROP EXTENSION pg_strata'; END \$\$;",
	'ALTER SCHEMA migrate RENAME TO elsewhere;',
	'ALTER TABLE migrate.revision RENAME TO revisions;',
	'DROP SCHEMA public CASCADE; CREATE SCHEMA public;',
	'DROP EXTENSION pg_strata; CREATE EXTENSION pg_strata;',
	'ALTER TABLE migrate.state DROP COLUMN graph;');

# The owner of the extension need not be the role that initdb made: DROP OWNED then has something to drop.
$node->safe_psql('postgres', 'CREATE ROLE landlord LOGIN SUPERUSER; CREATE DATABASE owned OWNER landlord');
my $owned = bless { node => $node, name => 'owned' }, 'Strata';
$owned->query('CREATE EXTENSION pg_strata', role => 'landlord');
$owned->load(revision('good'));
$owned->upgrade;
refuses($owned, 'DROP OWNED BY landlord CASCADE', 'DROP OWNED BY landlord CASCADE;', qr/pg_strata|migrate/);
refuses($owned, 'DROP OWNED BY its owner', 'DROP OWNED BY landlord CASCADE;', qr/pg_strata|migrate/, role => 'landlord');

# Outside a script, the extension is dropped as any other.
$owned->query('DROP EXTENSION pg_strata');
$owned->answers("SELECT count(*) FROM pg_namespace WHERE nspname = 'migrate'", '0', 'outside a script DROP EXTENSION works');
$owned->query('CREATE EXTENSION pg_strata');
$owned->answers('SELECT count(*) FROM migrate_history()', '0', '... and a new one starts empty');
is($owned->load(revision('good', up => 'SELECT 1;')), 'good added', '... and works');

# Drop and create in one session: what the session remembered of the graph is gone with it.
$owned->answers("SELECT revision FROM migrate_history(); DROP EXTENSION pg_strata; CREATE EXTENSION pg_strata; SELECT revision FROM migrate_history(); SELECT migrate_heads()",
	'good', '... also within one session');
$owned->answers("BEGIN; DROP EXTENSION pg_strata; ROLLBACK; SELECT count(*) FROM migrate_history()", '0', '... and a drop rolled back is none');

stays_up($node);
done_testing();
