# Nothing grows with the number of calls in a session: neither the server's contexts nor the C++ heap.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

plan skip_all => 'there is no /proc' unless -r '/proc/self/status';
my $node = new_server('memory', conf => "autovacuum = off\njit = off");
my $db = Strata->new($node, 'memory');
$db->load(chain(map { sprintf 'r%03d', $_ } 1 .. 200));
$db->load(revision('bad', after => 'r200', up => "CREATE TABLE bad ();\nSELECT 1/0;"), revision('side', after => 'r100', labels => 'shop'));
$db->upgrade('r200');
my $session = $db->session;

sub kilobytes
{
	my ($what) = @_;
	my ($value) = read_text('/proc/' . $session->pid . '/status') =~ /^$what:\s+(\d+) kB/m;
	return $value;
}

sub contexts { return $session->ask('SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts') =~ s/\..*//r }

# Runs a statement this often and tells by how many kB the session grew: (contexts, process).  Shared
# buffers that the session touches for the first time are not its own: RssAnon.
sub growth
{
	my ($calls, $statement) = @_;
	my ($contexts, $process) = (contexts(), kilobytes('RssAnon'));
	$session->try("$statement;\n" x $calls);
	return (contexts() - $contexts, kilobytes('RssAnon') - $process);
}

sub does_not_grow
{
	my ($calls, $statement) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	growth($calls / 4, $statement);    # fills the caches
	my ($contexts, $process) = growth($calls, $statement);
	cmp_ok($contexts, '<=', 64, "$calls times $statement: the contexts do not grow") or diag($session->ask('SELECT name, total_bytes FROM pg_backend_memory_contexts ORDER BY 2 DESC LIMIT 5'));
	cmp_ok($process, '<=', 1024, "$calls times $statement: the process does not grow");
	return;
}

my @looks = (
	'migrate_current()', 'migrate_heads()', 'migrate_heads(true)', 'migrate_branches()', 'migrate_history()', "migrate_history('r001:r100')", 'migrate_health()', 'migrate_doctor()',
	"migrate_require('r200')", "migrate_show('r100')", "migrate_script('r100')", 'migrate_graph()', "migrate_graph('dot')", "migrate_plan('upgrade', 'shop\@head')",
	"migrate_plan('downgrade', 'base')", "migrate_downgrade_sql('r150')", "migrate_upgrade_sql('base:r050')");
does_not_grow(2000, "SELECT count(*) FROM $_") for @looks;

# Errors leave nothing behind either: in the resolver, in a policy, in the loader, in a script.
does_not_grow(2000, "SELECT migrate_plan('upgrade', 'nosuch')");
does_not_grow(2000, "SELECT migrate_upgrade('heads+7')");
does_not_grow(2000, "SELECT migrate_load('{x}')");
does_not_grow(500, 'SELECT migrate_load(ARRAY[' . quote(revision('n', after => 'ghost', up => 'SELECT 1;')) . '])');
does_not_grow(500, "SELECT migrate_upgrade('bad')");
does_not_grow(500, "DO \$\$ BEGIN PERFORM migrate_upgrade('bad'); EXCEPTION WHEN division_by_zero THEN NULL; END \$\$");

# Work does not, when it leaves nothing to keep.
does_not_grow(500, "SELECT migrate_upgrade('r200')");
does_not_grow(200, 'SELECT count(*) FROM migrate_load(ARRAY[' . join(',', map { quote($_) } (chain(map { sprintf 'r%03d', $_ } 1 .. 50))) . '])');
does_not_grow(200, "BEGIN; SELECT count(*) FROM migrate_downgrade('r195'); SELECT count(*) FROM migrate_upgrade('r200'); ROLLBACK");
does_not_grow(300, "SELECT migrate_stamp('r199'); SELECT migrate_stamp('r200')");
does_not_grow(200, 'SELECT count(*) FROM migrate_load(ARRAY[' . quote(revision('m', after => 'bad')) . ']); SELECT count(*) FROM migrate_load(ARRAY[' . quote(revision('m', after => 'bad', message => 'again')) . '])');

# In one transaction, memory is given back call by call.
for my $call ('migrate_history()', 'migrate_graph()', 'migrate_health()', "migrate_plan('downgrade', 'base')", "migrate_downgrade_sql('r100')")
{
	my $loop = "DO \$\$ BEGIN FOR i IN 1..%s LOOP PERFORM count(*) FROM $call; END LOOP; END \$\$";
	$session->ask(sprintf $loop, 100);
	my $peak = kilobytes('VmPeak');
	$session->ask(sprintf $loop, 2000);
	cmp_ok(kilobytes('VmPeak') - $peak, '<=', 2048, "2000 times $call in one transaction: the peak does not grow");
}
$session->close;

stays_up($node);
done_testing();
