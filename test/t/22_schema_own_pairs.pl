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

# Those that are refused, with the reason, and those that have no way back.
my %expected = (
	'enum_removed_value_in_partition_key' => qr/^0A000 .*the type of column k of public\.p cannot change: it is part of the partition key/,
	'extension_becomes_own_objects' => qr/^42710 type "citext" already exists/,
	'extension_becomes_own_objects/reversed' => qr/^42710 type "citext" already exists/,
	'extension_moves_and_types' => qr/^42704 type "ext\.hstore" does not exist/,
	'extension_moves_and_types/reversed' => qr/^42704 type "hstore" does not exist/,
	'identity_on_partitioned_tables_and_types/reversed' => qr/^0A000 .*the type of column k of public\.p cannot change: it is part of the partition key/,
	'inherited_column_becomes_own/reversed' => qr/^0A000 .*column b of public\.child is the table's own and cannot become one that it only inherits/,
);
my %irreversible = map { $_ => 1 } qw(enum_removed_value_in_partition_key/reversed identity_on_partitioned_tables_and_types inherited_column_becomes_own);

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
	like($back, $irreversible{$name} ? qr/^irreversible$/ : qr/^(?:returns|none)$/, $irreversible{$name} ? "$name: there is no way back" : "$name: the way back returns") or diag($verdict->{back_reason});
}

stays_up($node);
done_testing();
