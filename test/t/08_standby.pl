# A streaming standby, and a read-only transaction: everything that looks works, everything that writes says why not.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use Strata;
use Test::More;

my $primary = new_server('primary', init => { allows_streaming => 1 });
my $db = Strata->new($primary, 'app');
$db->load(revision('a', labels => 'shop'), revision('b', after => 'a'), revision('c', after => 'b'));
$db->upgrade('b');

$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

my @looks = (
	"SELECT * FROM migrate_health()", "SELECT * FROM migrate_current()", "SELECT * FROM migrate_heads()", "SELECT * FROM migrate_heads(true)",
	"SELECT * FROM migrate_branches()", "SELECT * FROM migrate_history()", "SELECT * FROM migrate_history('a:c')", "SELECT * FROM migrate_plan('upgrade', 'head')",
	"SELECT * FROM migrate_plan('downgrade', 'base')", "SELECT * FROM migrate_plan('stamp', 'head')", "SELECT migrate_upgrade_sql()", "SELECT migrate_downgrade_sql('base')",
	"SELECT migrate_graph()", "SELECT migrate_graph('dot')", "SELECT migrate_graph('mermaid')", "SELECT * FROM migrate_doctor()", "SELECT migrate_require('b')",
	"SELECT migrate_show('c')", "SELECT migrate_script('c')");
my @writes = (
	"migrate_upgrade()", "migrate_downgrade('base')", "migrate_stamp('c')", "migrate_stamp(ARRAY['c'])", "migrate_load(ARRAY[" . quote(revision('z')) . "])",
	"migrate_revision('new')", "migrate_load_directory(" . quote(bookings()) . ')');

my $replica = bless { node => $standby, name => 'app' }, 'Strata';
is($replica->query($_), $db->query($_), "the standby answers as the primary: $_") for @looks;
for my $call (@writes)
{
	my $error = $replica->fails("SELECT $call", '25006', qr/read-only|recovery|standby/, "the standby refuses clearly: $call");
}
$replica->fails('SELECT migrate_require()', '55000', qr/\bc\b/, 'migrate_require is a gate on the standby, too');

# What the primary does arrives, in sessions that already looked.
my $session = $replica->session;
is($session->ask('SELECT migrate_current()'), 'b', '(a session on the standby has looked)');
$db->load(revision('d', after => 'c'));
$db->upgrade('c');
$primary->wait_for_catchup($standby);
is($session->ask('SELECT migrate_current()'), 'c', 'an upgrade arrives');
is($session->ask('SELECT migrate_heads()'), 'd', 'so does a load');
is($session->ask("SELECT migrate_health()->>'status'"), 'unhealthy', 'health tells that a revision is pending');
$db->upgrade;
$primary->wait_for_catchup($standby);
is($session->ask("SELECT migrate_health()->>'status'"), 'ready', '... and that none is');
$session->close;

# Read-only transactions on the primary.
$db->load(revision('e', after => 'd'));
is($db->query("BEGIN READ ONLY; $_; COMMIT"), $db->query($_), "a read-only transaction may look: $_") for map { s/'b'/'d'/r } @looks;
$db->fails("BEGIN READ ONLY; SELECT $_", '25006', qr/read-only/, "a read-only transaction may not: $_") for @writes;
is($db->current, 'd', '... and nothing has happened');
$db->query('ALTER DATABASE app SET default_transaction_read_only = on');
$db->fails('SELECT migrate_upgrade()', '25006', qr/read-only/, 'nor does one by default');
$db->query("BEGIN READ WRITE; SELECT migrate_upgrade(); COMMIT");
is($db->current, 'e', '... unless it is asked for');

# A cold start of the graph in a read-only session after everything cached is stale.
$db->answers("SELECT count(*) FROM migrate_history()", '5', 'a new read-only session builds its graph');

# Promotion: the standby goes on by itself.
$primary->wait_for_catchup($standby);
$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
$replica->query("BEGIN READ WRITE; SELECT migrate_downgrade('d'); COMMIT");
is($replica->current, 'd', 'after promotion the standby runs migrations');

stays_up($_) for $primary, $standby;
done_testing();
