# A restored database knows its revisions: pg_dump and restore keep graph, scripts, version rows and log.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('restore');
my $db = Strata->new($node, 'origin', schema => 'strata');
$db->query('SELECT migrate_load_directory(' . quote(bookings()) . ')');
my $middle = $db->query("SELECT revision FROM migrate_plan('upgrade', 'head') ORDER BY step OFFSET 40 LIMIT 1");
$db->upgrade($middle);
$db->query("SELECT migrate_downgrade('-1'); SELECT migrate_upgrade(" . quote($middle) . ')');

# What the catalog says, without the times at which it was loaded.
sub catalog
{
	my ($db) = @_;
	return join "\n", map { $db->query($_) } 'SELECT * FROM migrate.revision ORDER BY 1', 'SELECT * FROM migrate.script ORDER BY 1, 2',
	  'SELECT * FROM migrate.version ORDER BY 1', 'SELECT * FROM migrate.log ORDER BY 1';
}

my %ways = (
	plain => [ [ 'pg_dump', '-f', '%' ], [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '%' ] ],
	custom => [ [ 'pg_dump', '-Fc', '-f', '%' ], [ 'pg_restore', '--exit-on-error' ] ],
	directory => [ [ 'pg_dump', '-Fd', '-j2', '-f', '%' ], [ 'pg_restore', '--exit-on-error', '-j2' ] ]);
for my $way (sort keys %ways)
{
	my ($dump, $restore) = @{ $ways{$way} };
	my $file = PostgreSQL::Test::Utils::tempdir() . "/dump.$way";
	command_ok([ map({ s/^%$/$file/r } @$dump), '-d', $node->connstr('origin') ], "$way: pg_dump");
	my $copy = Strata->new($node, "copy_$way", bare => 1);
	command_ok([ map({ s/^%$/$file/r } @$restore), '-d', $node->connstr("copy_$way"), $way eq 'plain' ? () : $file ], "$way: restore");
	$copy->query("ALTER DATABASE copy_$way SET search_path = public, strata");
	is(catalog($copy), catalog($db), "$way: revisions, scripts, version rows and log are there");
	$copy->answers("SELECT count(*) FROM migrate_history() WHERE is_applied", $db->query("SELECT count(*) FROM migrate_history() WHERE is_applied"), "$way: looking works");
	is($copy->load($copy->scripts) =~ /added|updated|removed/ ? 'changed' : 'unchanged', 'unchanged', "$way: the same files are unchanged");
	my $last = $copy->query('SELECT max(id) FROM migrate.log');
	$copy->upgrade;
	$copy->query('SELECT migrate_require()');
	pass("$way: the upgrade goes on to the head");
	$copy->answers("SELECT count(*), min(id) FROM migrate.log WHERE id > $last", $copy->query("SELECT count(*) FROM migrate_plan('upgrade', 'head', ARRAY[" . quote($middle) . "])") . '|' . ($last + 1),
		"$way: the log goes on after its last entry");
	is($copy->load(revision('extra', after => $copy->current)), 'extra added', "$way: a new revision is loaded");
}

# A dump of the copy at head is restored, too: dumping twice loses nothing.
my $file = PostgreSQL::Test::Utils::tempdir() . '/again';
command_ok([ 'pg_dump', '-Fc', '-f', $file, '-d', $node->connstr('copy_plain') ], 'a restored database is dumped again');
my $again = Strata->new($node, 'again', bare => 1);
command_ok([ 'pg_restore', '--exit-on-error', '--no-owner', '-d', $node->connstr('again'), $file ], '... and restored');
my $plain = bless { node => $node, name => 'copy_plain' }, 'Strata';
is(catalog($again), catalog($plain), '... with nothing lost');

# CREATE DATABASE … TEMPLATE copies it as any other.
my $clone = Strata->new($node, 'clone', bare => 1, create => 'TEMPLATE copy_plain');
$clone->query('ALTER DATABASE clone SET search_path = public, strata');
is($clone->upgrade, 'upgrade extra', 'a database made from a template goes on by itself');
is($plain->current eq 'extra' ? 'moved' : 'unmoved', 'unmoved', '... and the template stays where it is');

stays_up($node);
done_testing();
