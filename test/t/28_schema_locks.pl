# lock_level of migrate_diff against what each statement really takes: the pairs of test/cases/schema, statement by statement, with the locks read from
# pg_locks before the commit. Told too low somebody is stopped unawares; told too high nobody dares. Rewrites are seen by the file of the table.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use JSON::PP;
use SchemaOracle qw(own_pairs_in);
use Strata;
use Test::More;

# Where the level is not that of the strongest lock: an index that was attached to another one before is told of as if it were new.
my %known = map { $_ => 1 } qw(sub_partitions_with_keys_and_indexes/reversed);

my $node = new_server('schema_locks', conf => "autovacuum = off\nfsync = off\n");
my @pairs = own_pairs_in("$FindBin::RealBin/../cases/schema");
plan skip_all => 'no pairs' unless @pairs;

# The relations that are there before the migration, and the strongest lock on one of them behind a statement.
my $there = q{CREATE TABLE strata.there AS SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'migrate', 'strata') AND c.relkind <> 'c'};
my $before = 'CREATE TEMP TABLE files AS SELECT c.oid, c.relfilenode FROM pg_class c JOIN strata.there t ON t.oid = c.oid;';
my $after = q{;
SELECT 'lock:' || COALESCE((SELECT level FROM (VALUES (1, 'AccessExclusiveLock', 'ACCESS EXCLUSIVE'), (2, 'ExclusiveLock', 'EXCLUSIVE'), (3, 'ShareRowExclusiveLock', 'SHARE ROW EXCLUSIVE'),
    (4, 'ShareLock', 'SHARE'), (5, 'ShareUpdateExclusiveLock', 'SHARE UPDATE EXCLUSIVE')) v (rank, mode, level) JOIN pg_locks l ON l.mode = v.mode JOIN strata.there t ON t.oid = l.relation
    WHERE l.pid = pg_backend_pid() AND l.granted ORDER BY rank LIMIT 1), 'none') || '|rewritten:' || EXISTS (SELECT FROM files f JOIN pg_class c ON c.oid = f.oid WHERE c.relkind = 'r' AND c.relfilenode <> f.relfilenode);};

my (%roles, @wrong);
my $statements = 0;
for my $pair (@pairs)
{
	my $name = $pair->{name};
	$node->safe_psql('postgres', "DROP DATABASE IF EXISTS locks");
	$node->safe_psql('postgres', 'CREATE ROLE "' . s/"/""/gr . '"') for grep { !$roles{$_}++ } @{ $pair->{roles} };
	my $db = Strata->new($node, 'locks', schema => 'strata');
	if ($db->attempt("SET client_min_messages = error; " . join ";\n", grep { defined } @$pair{qw(pre a)})->{sqlstate} eq '00000')
	{
		my $diff = $db->attempt(q{SET client_min_messages = error; SET migrate.managed_schemas = '*'; SELECT json_agg(json_build_array(sql, lock_level, rewrites_table) ORDER BY step) FROM migrate_diff(} . quote($pair->{b}) . ', verify => false)');
		my $list = $diff->{sqlstate} eq '00000' && $diff->{out} ? JSON::PP->new->latin1->decode($diff->{out}) : [];
		$db->query($there);
		for my $statement (@$list)
		{
			my ($sql, $told, $rewrites) = @$statement;
			my $run = $db->attempt("SET client_min_messages = error; SET check_function_bodies = off; BEGIN; $before $sql
;
$after COMMIT");
			last if $run->{sqlstate} ne '00000';
			$statements++;
			my ($real) = $run->{out} =~ /lock:(.*?)\|/;
			my ($rewritten) = $run->{out} =~ /rewritten:(\w+)/;
			push @wrong, "$name: told $told, takes $real: $sql" if $real ne $told && !$known{$name};
			push @wrong, "$name: rewrites, and says nothing: $sql" if $rewritten eq 'true' && !$rewrites;
		}
	}
}
note("$statements statements");
cmp_ok($statements, '>', 500, 'the pairs have statements');
is(join("\n", @wrong), '', 'each takes the lock that it says, and rewrites a table where it says so');
done_testing();
