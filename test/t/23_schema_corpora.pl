# Real products' schemas: as DDL that builds the same, as a baseline, as one revision in place of the whole history, without drift; and from
# one release to another, with the dump of the later one (or of the earlier one) as the desired state.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use SchemaOracle qw(comparable differences);
use Strata;
use Test::More;

my @products = qw(concourse cratesio docsrs graphnode);
plan skip_all => 'skipped: no shared data' unless defined corpus($products[0]);
my $node = new_server('schema_corpora', conf => SchemaOracle::conf());
my $oracle = SchemaOracle->of($node);

# A dump that a database without pg_strata would give.
sub without_strata
{
	my ($dump) = @_;
	return join "\n", grep { !/^(?:(?:CREATE|COMMENT ON) EXTENSION (?:IF NOT EXISTS )?pg_strata\b|(?:CREATE|ALTER) SCHEMA strata\b)/ } split /\n/, $dump;
}

# A database from the oracle's template, everything managed.
sub database
{
	my ($name, @scripts) = @_;
	$oracle->create_database($name, @scripts);
	$oracle->must('postgres', "ALTER DATABASE $name SET search_path = public, strata", 'search_path');
	return bless { node => $node, name => $name }, 'Strata';
}

# Asserts that a database has the schema of this dump, owners and privileges too.
sub has_schema
{
	my ($db, $dump, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my @different = differences([ comparable($oracle->dump($db->name)) ], [ comparable($dump) ]);
	return ok(!@different, $rule) || diag(join "\n", splice @different, 0, 10);
}

# Asserts that a query succeeds; what it answers.
sub succeeds
{
	my ($db, $sql, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $db->attempt($sql);
	ok($result->{sqlstate} eq '00000', $rule) or diag("$result->{sqlstate} $result->{message}\n$result->{detail}\n" . substr $result->{text}, 0, 1000);
	return $result->{sqlstate} eq '00000' ? $result->{out} : undef;
}

# Asserts that the revisions of one database build this schema in another that is empty, and that the way back, if there is one, empties it.
sub builds
{
	my ($from, $name, $dump, $empty, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $db = database($name);
	$db->load($from->scripts);
	my $result = $db->deploy;
	is($result->{sqlstate}, '00000', "$rule: it is applied") or diag(substr $result->{text}, 0, 2000);
	has_schema($db, $dump, "$rule: ... and builds the same");
	$db->answers('SELECT * FROM migrate_check()', '', "$rule: ... without drift");
	my $back = $oracle->downgrade($name, $db->current);
	return ok($back->{sqlstate} eq 'MG007', "$rule: ... for good") || diag($back->{text}) if $back->{sqlstate} ne '00000';
	has_schema($db, $empty, "$rule: ... the way back leaves nothing");
	$oracle->drop_database($name);
	return;
}

my $empty = $oracle->dump('strata_template');
my @pairs;

for my $product (@products)
{
	# --- the history, and its dumps at a quarter, at half, at head ---------------------------------------
	my $db = database($product);
	$db->query('SELECT migrate_load_directory(' . quote(corpus($product)) . ')');
	my @plan = split /\n/, $db->query("SELECT revision FROM migrate_plan('upgrade', 'head') ORDER BY step");
	my %dumps;
	for my $stop ([ quarter => $plan[ @plan / 4 ] ], [ half => $plan[ @plan / 2 ] ], [ head => 'head' ])
	{
		my ($name, $target) = @$stop;
		my $result = $db->deploy($target);
		is($result->{sqlstate}, '00000', "$product: at $name") or diag(substr $result->{text}, 0, 2000);
		$dumps{$name} = { plain => without_strata($oracle->dump($product, qw(--no-owner --no-privileges))), full => without_strata($oracle->dump($product)) };
	}
	for my $way ([qw(quarter half)], [qw(half head)], [qw(quarter head)])
	{
		my ($from, $to) = @$way;
		push @pairs, { name => "$product: $from to $to", a => $dumps{$from}{full}, b => $dumps{$to}{plain} },
		  { name => "$product: $to to $from", a => $dumps{$to}{full}, b => $dumps{$from}{full} };
	}
	my $head = $oracle->dump($product);
	# A few expressions read differently once they were dumped and restored: what is built from DDL is held against what psql builds.
	my $base = database("${product}_base", $dumps{head}{full});
	my $restored = $oracle->dump("${product}_base");

	# --- no drift ----------------------------------------------------------------------------------------
	is(succeeds($db, 'SELECT * FROM migrate_check()', "$product: migrate_check()"), '', "$product: ... finds no drift");
	is(succeeds($db, 'SELECT * FROM migrate_check(replay => true)', "$product: migrate_check(replay => true)"), '', "$product: ... finds no difference to a replay");
	is(succeeds($db, 'SELECT * FROM migrate_check(' . quote($head) . ", ignore => '{}')", "$product: migrate_check() of its own dump"), '', "$product: ... finds no difference");
	is(succeeds($db, 'SELECT count(*) FROM migrate_diff(' . quote($dumps{head}{plain}) . ')', "$product: migrate_diff() of its own dump"), '0', "$product: ... has nothing to do");

	# --- as DDL ------------------------------------------------------------------------------------------
	my $sql = succeeds($db, 'SELECT migrate_schema_sql()', "$product: migrate_schema_sql()") // 'SELECT';
	my $copy = eval { database("${product}_copy", $sql) };
	ok($copy, "$product: ... runs in an empty database") or diag($@->{set_up} // $@);
	has_schema($copy, $restored, "$product: ... and builds the same") if $copy;
	$oracle->drop_database("${product}_copy");

	# --- a baseline --------------------------------------------------------------------------------------
	my $revision = succeeds($base, "SELECT migrate_baseline('baseline')", "$product: migrate_baseline()") // '';
	is($base->current, $revision, "$product: ... is stamped");
	$base->answers('SELECT * FROM migrate_check()', '', "$product: ... without drift");
	has_schema($base, $restored, "$product: ... and changes nothing");
	builds($base, "${product}_built", $restored, $empty, "$product: the baseline");
	$oracle->drop_database("${product}_base");

	# --- one revision in place of all --------------------------------------------------------------------
	my $call = 'SELECT migrate_squash(' . quote($plan[0]) . ', ' . quote($plan[-1]) . ", 'everything'";
	my $refused = $db->attempt("BEGIN; $call); ROLLBACK");
	note("$product: migrate_squash() with data => 'refuse': $refused->{sqlstate} $refused->{message} " . substr $refused->{detail} // '', 0, 300);
	like($refused->{sqlstate}, qr/^(?:00000|55000|MG0..)$/, "$product: migrate_squash() refuses data cleanly, or there is none") or diag($refused->{text});
	my $squashed = succeeds($db, "$call, data => 'discard')", "$product: migrate_squash()") // '';
	is($db->current, $squashed, "$product: ... is applied");
	$db->answers('SELECT count(*) FROM migrate.revision', '1', "$product: ... in place of all the others");
	has_schema($db, $head, "$product: ... and changes nothing");
	$db->answers('SELECT * FROM migrate_check()', '', "$product: ... no drift afterwards");
	builds($db, "${product}_squashed", $restored, $empty, "$product: the squashed history");
	$oracle->drop_database($product);
}

# --- from one release to another -----------------------------------------------------------------------

my %expected = ();
for my $verdict ($oracle->examine_all(\@pairs))
{
	my ($name, $forward, $back) = @$verdict{qw(name forward back)};
	if (my $reason = $expected{$name})
	{
		is($forward, 'reported', "$name: refused") or diag($verdict->{reason});
		like($verdict->{reason}, $reason, "$name: for the known reason");
		next;
	}
	is($forward, 'converges', "$name: converges") or diag(substr $verdict->{reason}, 0, 1000);
	like($back, qr/^(?:returns|none)$/, "$name: the way back returns") or diag(substr $verdict->{back_reason}, 0, 1000);
}

stays_up($node);
done_testing();
