# Pairs of schemas of our own (test/cases/schema), in both directions: where one change meets everything that depends on it.
use strict;
use warnings FATAL => 'all';
use File::Basename qw(dirname);
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use SchemaOracle qw(own_pairs_in);
use Strata;
use Test::More;

# Those that are refused, with the reason.
my %expected = ();

my $node = new_server('schema_own_pairs', conf => SchemaOracle::conf());
my @pairs = own_pairs_in(dirname($FindBin::RealBin) . '/cases/schema');
my $oracle = SchemaOracle->of($node, map { @{ $_->{roles} } } @pairs);
cmp_ok(scalar @pairs, '>=', 186, 'the pairs are there');

for my $verdict ($oracle->examine_all(\@pairs))
{
	my ($name, $forward, $back) = @$verdict{qw(name forward back)};
	if (my $reason = $expected{$name})
	{
		is($forward, 'reported', "$name: refused") or diag($verdict->{reason});
		like($verdict->{reason}, $reason, "$name: for the known reason");
		next;
	}
	is($forward, 'converges', "$name: converges") or diag($verdict->{reason});
	like($back, qr/^(?:returns|none)$/, "$name: the way back returns") or diag($verdict->{back_reason});
}

stays_up($node);
done_testing();
