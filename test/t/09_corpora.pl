# Real products' histories: load, upgrade and deploy to head, the schema psql gives, and every way back.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

plan skip_all => 'skipped: no shared data' unless defined corpus('concourse');
my $node = new_server('corpora', conf => 'autovacuum = off');

sub loaded
{
	my ($name, $suffix) = @_;
	my $db = Strata->new($node, "$name$suffix", schema => 'strata');
	$db->query('SELECT migrate_load_directory(' . quote(corpus($name)) . ')');
	return $db;
}

# The schema that psql gives for the same scripts: recorded next to the corpus.
sub expected_schema { return normalised_schema(read_text(corpus($_[0]) . '.head.sql')) }

# The system catalogs and ours, row version by row version: equal means that nothing at all was written.
my $fingerprint = 'SELECT md5(string_agg(h, \'\')) FROM (' . join(' UNION ALL ',
	"SELECT md5(string_agg((oid, xmin, relname, relnamespace, relowner, relkind, relnatts, relchecks, relrowsecurity, relacl, reloptions)::text, '' ORDER BY oid)) AS h FROM pg_class WHERE oid > 16383",
	map { "SELECT md5(string_agg((t.xmin, t.ctid)::text, '' ORDER BY t.ctid)) FROM $_ t" }
	  qw(pg_attribute pg_attrdef pg_constraint pg_index pg_proc pg_type pg_enum pg_trigger pg_rewrite pg_policy pg_depend pg_description pg_namespace pg_extension
	  migrate.revision migrate.script migrate.version migrate.log)) . ') x';

# --- histories that run in one transaction ----------------------------------------------------------

my %heads;
for my $name (qw(concourse docsrs graphnode))
{
	my $db = loaded($name, '');
	my $pending = $db->query("SELECT count(*) FROM migrate_plan('upgrade', 'head')");
	my $result = $db->attempt('SELECT count(*) FROM migrate_upgrade()');
	is("$result->{sqlstate} $result->{out}", "00000 $pending", "$name: migrate_upgrade() goes from base to head") or diag($result->{text});
	is_same_schema($db->schema, expected_schema($name), "$name: the schema is the one psql gives");
	$db->answers("SELECT migrate_health()->>'status'", 'ready', "$name: healthy");
	$db->answers('SELECT * FROM migrate_upgrade()', '', "$name: a second upgrade finds nothing to do");
	$heads{$name} = $db;
}

# --- one that cannot ---------------------------------------------------------------------------------

my $crates = loaded('cratesio', '');
my $before = $crates->everything;
my $barrier = $crates->query("SELECT p.revision FROM migrate_plan('upgrade', 'head') p JOIN migrate.script s ON s.revision = p.revision AND s.direction = 'upgrade'
	WHERE s.barrier IS NOT NULL OR NOT s.transactional ORDER BY step LIMIT 1");
my $error = $crates->fails('SELECT migrate_upgrade()', 'MG008', qr/\Q$barrier\E/, 'cratesio: refused, with the revision');
like($error->{text}, qr/concurrently/i, '... and the reason');
like($error->{hint}, qr/migrate_deploy/, '... and what to do');
is($crates->everything, $before, '... before anything has run');
$crates->answers("SELECT count(DISTINCT revision) FROM migrate.script WHERE barrier IS NOT NULL OR NOT transactional", '8', 'cratesio: eight revisions build or drop indexes concurrently');
my $last_before = $crates->query("SELECT unnest(heads) FROM migrate_plan('upgrade', " . quote($barrier) . ') ORDER BY step DESC OFFSET 1 LIMIT 1');
$crates->upgrade($last_before);
is($crates->current, $last_before, 'cratesio: migrate_upgrade to the revision before it succeeds');

# The whole way, with the refused ones done by hand, is the schema psql gives.
while (my $next = $crates->query("SELECT p.revision FROM migrate_plan('upgrade', 'head') p JOIN migrate.script s ON s.revision = p.revision AND s.direction = 'upgrade'
	WHERE s.barrier IS NOT NULL OR NOT s.transactional ORDER BY step LIMIT 1"))
{
	my $plan = $crates->query('SELECT revision FROM migrate_plan(\'upgrade\', ' . quote($next) . ') ORDER BY step DESC OFFSET 1 LIMIT 1');
	$crates->upgrade($plan) if $plan ne '';
	$crates->query($crates->query('SELECT sql FROM migrate.script WHERE direction = \'upgrade\' AND revision = ' . quote($next)));
	$crates->query('SELECT migrate_stamp(' . quote($next) . ')');
}
$crates->upgrade;
is_same_schema($crates->schema, expected_schema('cratesio'), 'cratesio: with those run by psql, the schema is the one psql gives');
$heads{cratesio} = $crates;

# --- by CALL migrate_deploy, revision by revision ------------------------------------------------------

for my $name (qw(concourse cratesio docsrs graphnode))
{
	my $db = loaded($name, '_deployed');
	my $plan = $db->query("SELECT revision, heads FROM migrate_plan('upgrade', 'head')");
	my $result = $db->deploys("$name: CALL migrate_deploy() goes from base to head");
	is_same_schema($db->schema, expected_schema($name), "$name: the schema is the one psql gives");
	is($db->query("SELECT revision, to_heads FROM migrate.log WHERE outcome = 'done' ORDER BY id"), $plan, "$name: each revision ran once, in the order of the plan");
	$db->answers("SELECT migrate_health()->>'status'", 'ready', "$name: healthy");
	$db->answers('SELECT count(*) FROM pg_index WHERE NOT indisvalid', '0', "$name: no INVALID index");
	my $several = $db->query('SELECT count(DISTINCT s.revision) FROM migrate.script s WHERE barrier IS NOT NULL AND direction = \'upgrade\'');
	my %told = map { $_ => 1 } $result->{text} =~ /revision (\S+), statement \d+ of \d+: /g;
	is(scalar keys %told, $several, "$name: those that cannot run in a transaction, and no others, run statement by statement");
	cmp_ok($several, '>=', 1, "$name: (there are some)") if $name eq 'cratesio';
}

# --- the way back, step by step -----------------------------------------------------------------------

my %expected_failures = (concourse => 1, graphnode => 22);
for my $name (sort keys %heads)
{
	my $db = $heads{$name};
	my (@failed, @dirty);
	while ((my $current = $db->current) ne '')
	{
		my $before = $db->query($fingerprint);
		my $result = $db->attempt("SELECT revision FROM migrate_downgrade('-1')");
		next if $result->{sqlstate} eq '00000';
		push @failed, "$current ($result->{sqlstate})";
		push @dirty, $current if $db->query($fingerprint) ne $before;
		my $parent = $db->query('SELECT down_revision[1] FROM migrate.revision WHERE revision = ' . quote($current));
		$db->query('SELECT migrate_stamp(' . quote($parent eq '' ? 'base' : $parent) . ')');    # as an operator would go on
	}
	is("@dirty", '', "$name: a downgrade that fails leaves schema, version rows and log as they were");
	note("$name: downgrades that failed: @failed");
	ok(@failed >= 1, "$name: (its authors got some downgrades wrong)") if $expected_failures{$name};
}

stays_up($node);
done_testing();
