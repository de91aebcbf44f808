# Pairs of schemas from the test suites of public tools: load a.sql, migrate towards b.sql, compare the dumps, go back, compare again.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use SchemaOracle qw(pairs_in);
use Strata;
use Test::More;

my $shared = ($ENV{STRATA_SHARED} // '') . '/diff';
plan skip_all => 'skipped: no shared data' unless -d "$shared/migra";

# Those that do not come out as b.sql, with the reason; docs/schema.md tells more of each.
my %expected = ();

# Those that have no way back: an extension that cannot be downgraded, a column that cannot become one that is only inherited.
my %irreversible = map { $_ => 1 } qw(migra/extversions migra/inherit2 pgschemadiff/extensions-upgrade-an-extension-implicitly-and-explicitly);

my $node = new_server('schema_pairs', conf => SchemaOracle::conf());
my @pairs = pairs_in($shared);
my $oracle = SchemaOracle->of($node, 'schemainspect_test_role', map { @{ $_->{roles} } } @pairs);
cmp_ok(scalar @pairs, '>=', 438, 'the pairs are there');

my @verdicts = $oracle->examine_all(\@pairs);
my %found = SchemaOracle::summary(@verdicts);
note("$found{text}");

is(SchemaOracle::listed($found{broken}), '', 'every pair loads');
is(SchemaOracle::listed($found{crash}, $found{internal}), '', 'none ends in a crash or an internal error');
is(SchemaOracle::listed($found{miss}), '', 'none is a silent miss: what was generated does what the proof says');
is(join("\n", sort map { $_->{name} } @{ $found{reported} }), join("\n", sort keys %expected), 'those that are refused are the known ones') or diag(SchemaOracle::listed($found{reported}));
for my $verdict (@{ $found{reported} })
{
	like($verdict->{reason}, $expected{ $verdict->{name} } // qr/^$/, "$verdict->{name}: for the known reason");
}
cmp_ok($found{converging}, '>=', 97, 'at least 97 % converge, and a second comparison finds nothing');

is(SchemaOracle::listed($found{back_crash}, $found{back_internal}), '', 'no way back ends in a crash or an internal error');
is(SchemaOracle::listed($found{back_miss}), '', 'no way back leads elsewhere');
is(join("\n", sort map { $_->{name} } @{ $found{back_irreversible} }), join("\n", sort keys %irreversible), 'those without a way back are the known ones') or diag(SchemaOracle::listed($found{back_irreversible}));
cmp_ok($found{returning}, '>=', 95, 'at least 95 % return to the schema before') or diag(SchemaOracle::listed($found{back_irreversible}));

stays_up($node);
done_testing();
