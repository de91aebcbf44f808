# CALL migrate_deploy after an interruption: INVALID indexes, dropped indexes, detached partitions, rebuilt indexes.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('indexes', conf => 'autovacuum = off');
my $tables = <<'SQL';
CREATE EXTENSION btree_gist;
CREATE SCHEMA shop;
CREATE TABLE t (a int, b int, name text, tags int[], span int4range);
CREATE TABLE shop.t (LIKE t);
CREATE TABLE "Odd ""Table" ("Odd Column" int, a int);
CREATE TABLE other (a int, b int, name text);
INSERT INTO t SELECT g, g % 7, 'n' || g, ARRAY[g], int4range(g, g + 1) FROM generate_series(1, 50) g;
INSERT INTO other SELECT g, g, 'n' || g FROM generate_series(1, 50) g;
CREATE FUNCTION public.half(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1 / 2';
SQL

# What an interrupted build leaves: the index is there, INVALID.
sub invalidate { return "UPDATE pg_index SET indisvalid = false, indisready = $_[1] WHERE indexrelid = " . quote($_[0]) . '::regclass' }

my $facts = 'SELECT indexrelid, indisvalid, indisready, indislive FROM pg_index WHERE indexrelid = %s::regclass';

# --- the same definition: built again -----------------------------------------------------------

my %same = (
	'a column' => [ 'i', 'i ON t (a)' ],
	'several columns' => [ 'i', 'i ON t (a, b, name)' ],
	'an order' => [ 'i', 'i ON t (a DESC NULLS LAST, b ASC)' ],
	'an expression' => [ 'i', 'i ON t (lower(name), (a + b))' ],
	'a function of ours' => [ 'i', 'i ON t (half(a))' ],
	'a predicate' => [ 'i', 'i ON t (a) WHERE b > 3' ],
	'a predicate that the server writes differently' => [ 'i', "i ON t (a) WHERE b IN (1, 2) AND name <> 'x' AND NOT (a IS NULL)" ],
	'INCLUDE' => [ 'i', 'i ON t (a) INCLUDE (b, name)' ],
	'an operator class' => [ 'i', 'i ON t (name text_pattern_ops)' ],
	'a collation' => [ 'i', 'i ON t (name COLLATE "C")' ],
	'unique' => [ 'i', 'i ON t (a)', 'UNIQUE' ],
	'NULLS NOT DISTINCT' => [ 'i', 'i ON t (a, b) NULLS NOT DISTINCT', 'UNIQUE' ],
	'unique and partial' => [ 'i', 'i ON t (a, lower(name)) INCLUDE (b) WHERE b > 0', 'UNIQUE' ],
	'storage parameters' => [ 'i', 'i ON t (a) WITH (fillfactor = 70)' ],
	'a method' => [ 'i', 'i ON t USING hash (name)' ],
	'gin' => [ 'i', 'i ON t USING gin (tags)' ],
	'gist' => [ 'i', 'i ON t USING gist (span, a)' ],
	'brin' => [ 'i', 'i ON t USING brin (a int4_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 4)' ],
	'a tablespace' => [ 'i', 'i ON t (a) TABLESPACE pg_default' ],
	'another schema' => [ 'shop.i', 'i ON shop.t (a)' ],
	'quoted names' => [ '"Odd ""Index"', '"Odd ""Index" ON "Odd ""Table" ("Odd Column", a)' ],
	'a long name' => [ 'i' x 63, ('i' x 80) . ' ON t (a)' ],
	'other letter case and layout' => [ 'i', "I\n\tON /* the table */ Public.T USING BTree (A ASC NULLS LAST)" ],
	'ONLY' => [ 'i', 'i ON ONLY t (a)' ],
	'a key word' => [ '"order"', '"order" ON t (a)' ]);
my $db = Strata->new($node, 'same');
$db->query($tables);
my $number = 0;
for my $what (sort keys %same)
{
	my ($name, $definition, $unique) = @{ $same{$what} };
	$unique //= '';
	for my $way ([ '', 'true' ], [ 'IF NOT EXISTS ', 'true' ], [ '', 'false' ])
	{
		my ($exists, $ready) = @$way;
		my $rule = "$what" . ($exists ? ', IF NOT EXISTS' : '') . ($ready eq 'false' ? ', not even ready' : '');
		$db->query("SELECT migrate_stamp('base'); DROP INDEX IF EXISTS $name; CREATE $unique INDEX $definition; " . invalidate($name, $ready));
		my $definition_before = $db->query('SELECT pg_get_indexdef(' . quote($name) . '::regclass)');
		my ($oid) = split /\|/, $db->query(sprintf $facts, quote($name));
		$db->load(revision('r', up => "CREATE $unique INDEX CONCURRENTLY $exists$definition;"));
		my $result = $db->deploys("an INVALID index is built again: $rule");
		my ($new, @flags) = split /\|/, $db->query(sprintf $facts, quote($name));
		is("@flags", 't t t', "... it is valid: $rule");
		isnt($new, $oid, "... and another one: $rule");
		is($db->query('SELECT pg_get_indexdef(' . quote($name) . '::regclass)'), $definition_before, "... as it was: $rule");
		like($result->{text}, qr/INFO:.*(?:INVALID|invalid)/, "... which is said: $rule");
		$db->answers('SELECT count(*) FROM pg_index WHERE NOT indisvalid', '0', "... nothing INVALID is left: $rule");
	}
	$db->query("DROP INDEX $name");
}

# The table of the search path at that statement.
$db->query("SELECT migrate_stamp('base'); CREATE INDEX i ON shop.t (a); " . invalidate('shop.i', 'true'));
$db->load(revision('r', up => 'SET search_path = shop, public; CREATE INDEX CONCURRENTLY i ON t (a);'));
$db->deploys("the script's search path says which index is meant");
$db->answers("SELECT indrelid::regclass, indisvalid FROM pg_index WHERE indexrelid = 'shop.i'::regclass", 'shop.t|t', '... it is valid');
$db->answers("SELECT to_regclass('public.i') IS NULL", 't', '... and no other was made');
$db->query("SELECT migrate_stamp('base'); DROP INDEX shop.i; CREATE INDEX i ON shop.t (a); " . invalidate('shop.i', 'true'));
$db->load(revision('r', up => 'CREATE INDEX CONCURRENTLY i ON t (a);'));
$db->deploys('an INVALID index of that name in another schema is not in the way');
$db->answers("SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indexrelid IN ('shop.i'::regclass, 'public.i'::regclass) ORDER BY 2", "shop.i|f\ni|t", '... and is left alone');
$db->query('DROP INDEX shop.i, i');

# --- another definition or table: refused -------------------------------------------------------

my %other = (
	'another column' => [ 'i ON t (b)', 'i ON t (a)' ],
	'another order of columns' => [ 'i ON t (b, a)', 'i ON t (a, b)' ],
	'another sort order' => [ 'i ON t (a DESC)', 'i ON t (a)' ],
	'another operator class' => [ 'i ON t (name text_pattern_ops)', 'i ON t (name)' ],
	'another collation' => [ 'i ON t (name COLLATE "POSIX")', 'i ON t (name)' ],
	'another predicate' => [ 'i ON t (a) WHERE b > 1', 'i ON t (a) WHERE b > 2' ],
	'a predicate too much' => [ 'i ON t (a) WHERE b > 1', 'i ON t (a)' ],
	'a predicate too little' => [ 'i ON t (a)', 'i ON t (a) WHERE b > 1' ],
	'another expression' => [ 'i ON t (lower(name))', 'i ON t (upper(name))' ],
	'another INCLUDE' => [ 'i ON t (a) INCLUDE (b)', 'i ON t (a) INCLUDE (name)' ],
	'a column instead of INCLUDE' => [ 'i ON t (a, b)', 'i ON t (a) INCLUDE (b)' ],
	'another method' => [ 'i ON t USING hash (a)', 'i ON t (a)' ],
	'a unique one' => [ 'i ON t (a)', 'i ON t (a)', 'UNIQUE', '' ],
	'one that is not unique' => [ 'i ON t (a)', 'i ON t (a)', '', 'UNIQUE' ],
	'another table' => [ 'i ON other (a)', 'i ON t (a)' ]);
for my $what (sort keys %other)
{
	my ($there, $wanted, $unique_there, $unique) = (@{ $other{$what} }, '', '');
	for my $exists ('', 'IF NOT EXISTS ')
	{
		$db->query("SELECT migrate_stamp('base'); DROP INDEX IF EXISTS i; CREATE $unique_there INDEX $there; " . invalidate('i', 'true'));
		my $before = $db->query(sprintf $facts, "'i'");
		$db->load(revision('r', up => "CREATE $unique INDEX CONCURRENTLY $exists$wanted;"));
		my $error = $db->fails('CALL migrate_deploy()', '55000', qr/(?=.*\bi\b)(?=.*(?:INVALID|invalid))(?=.*revision r\b)/s, "an INVALID index with $what is an error ${exists}");
		like($error->{hint}, qr/\w/, "... with a hint: $what $exists");
		is($db->query(sprintf $facts, "'i'"), $before, "... and is left alone: $what $exists");
		is($db->current, '', "... the revision is not applied: $what $exists");
	}
}
$db->query("SELECT migrate_stamp('base'); DROP INDEX i");

# What is not ours to repair is the server's own answer.
$db->query('CREATE INDEX i ON t (a)');
$db->load(revision('r', up => 'CREATE INDEX CONCURRENTLY i ON t (a);'));
$db->fails('CALL migrate_deploy()', '42P07', qr/already exists/, 'a valid index of that name, never built by us');
$db->query("SELECT migrate_stamp('base')");
$db->load(revision('r', up => 'DROP INDEX CONCURRENTLY nosuch;'));
$db->fails('CALL migrate_deploy()', '42704', qr/nosuch/, 'an index to drop that was never there');
$db->query("SELECT migrate_stamp('base'); DROP INDEX i");

# An index without a name.
$db->load(revision('r', up => 'CREATE INDEX CONCURRENTLY ON t (a, b);'));
$db->deploys('an index without a name');
$db->answers("SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 't'::regclass", 't_a_b_idx|t', '... gets one from the server');

# --- really interrupted -------------------------------------------------------------------------

# A database whose deploy of this statement waits for what another session has, after a first statement.
sub held
{
	my ($name, $sql, $prepare, $hold) = @_;
	my $db = Strata->new($node, "held_$name");
	$db->query("$tables; CREATE TABLE counted (what text); $prepare");
	$db->load(revision('r', up => "INSERT INTO counted VALUES ('one');\n$sql\nINSERT INTO counted VALUES ('three');"));
	my ($holder, $runner) = ($db->session, $db->session);
	$holder->ask($hold // 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
	$runner->start('CALL migrate_deploy()');
	$db->wait_until_waiting($runner, 'virtualxid');
	return ($db, $runner, $holder);
}

my $read_p = 'BEGIN; SELECT count(*) FROM p';
my %builds = (
	create => { sql => 'CREATE INDEX CONCURRENTLY i ON t (a);', good => "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')", by_hand => 'DROP INDEX i; CREATE INDEX i ON t (a)', wrong => 'DROP INDEX i; CREATE INDEX i ON t (b)' },
	create_if => { sql => 'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a) WHERE b > 3;', good => "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('i')", by_hand => 'DROP INDEX i; CREATE INDEX i ON t (a) WHERE b > 3' },
	drop => { sql => 'DROP INDEX CONCURRENTLY i;', prepare => 'CREATE INDEX i ON t (a);', hold => 'BEGIN; SELECT count(*) FROM t', good => "SELECT to_regclass('i') IS NULL", by_hand => 'DROP INDEX i' },
	reindex => { sql => 'REINDEX INDEX CONCURRENTLY i;', prepare => 'CREATE INDEX i ON t (a);', good => "SELECT count(*) = 1 AND bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass" },
	reindex_table => { sql => 'REINDEX TABLE CONCURRENTLY t;', prepare => 'CREATE INDEX i ON t (a); CREATE INDEX j ON t (b);', good => "SELECT count(*) = 2 AND bool_and(indisvalid) FROM pg_index WHERE indrelid = 't'::regclass" },
	detach => {
		sql => 'ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;', prepare => 'CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);', hold => $read_p,
		good => "SELECT count(*) = 0 FROM pg_inherits WHERE inhparent = 'p'::regclass", by_hand => 'ALTER TABLE p DETACH PARTITION p1 FINALIZE' });
for my $name (sort keys %builds)
{
	my $build = $builds{$name};
	for my $way (qw(cancel terminate))
	{
		my $rule = "$way, $name";
		my ($db, $runner, $holder) = held($name, $build->{sql}, $build->{prepare} // '', $build->{hold});
		if ($way eq 'cancel')
		{
			my $error = $db->cancel($runner);
			is($error->{sqlstate}, '57014', "stopped: $rule");
			like($error->{context}, qr/revision r, statement 2\b/, "... with its place: $rule");
			is($db->journal . '/' . $db->failures, '1 done, 2 failed/r 57014', "... journal and log: $rule");
			$runner->close;
		}
		else
		{
			$db->terminate($runner);
			is($db->journal . '/' . $db->failures, '1 done, 2 running/', "stopped: $rule, the journal tells where");
		}
		is($db->locks, '0', "... the lock is free: $rule");
		$holder->close;
		$db->answers($build->{good}, 'f', "(it left something to repair: $rule)") unless $name eq 'drop';
		my $result = $db->deploys("goes on: $rule");
		like($result->{text}, qr/Continuing revision r at statement 2 of 3/, "... and says where: $rule");
		$db->answers($build->{good}, 't', "... to the end: $rule");
		$db->answers('SELECT count(*) FROM pg_index WHERE NOT indisvalid', '0', "... nothing INVALID is left: $rule");
		$db->answers("SELECT count(*) FROM pg_class WHERE relname ~ '_cc(?:new|old)'", '0', "... nor a transient index: $rule");
		$db->answers("SELECT string_agg(what, ' ' ORDER BY ctid) FROM counted", 'one three', "... the others once: $rule");
		$node->safe_psql('postgres', "DROP DATABASE held_$name");
	}

	# The operator has ended it by hand.
	for my $by (grep { $build->{$_} } qw(by_hand wrong))
	{
		my ($db, $runner, $holder) = held($name, $build->{sql}, $build->{prepare} // '', $build->{hold});
		$db->terminate($runner);
		$holder->close;
		$db->query($build->{$by});
		if ($by eq 'by_hand')
		{
			my $before = $db->query("SELECT to_regclass('i')::oid");
			$db->deploys("what was ended by hand is done: $name");
			$db->answers($build->{good}, 't', "... it is as it should be: $name");
			is($db->query("SELECT to_regclass('i')::oid"), $before, "... and was not built again: $name");
		}
		else
		{
			$db->fails('CALL migrate_deploy()', '55000|42P07', qr/\bi\b/, "a valid one that is another is not taken for it: $name");
			is($db->current, '', "... the revision is not applied: $name");
		}
		$node->safe_psql('postgres', "DROP DATABASE held_$name");
	}
}

# --- timeouts of a build ------------------------------------------------------------------------

my $build = 'CREATE INDEX CONCURRENTLY i ON t (a);';
for my $case (
	[ 'deploy_lock_timeout', "SET migrate.deploy_lock_timeout = '100ms'" ], [ "the caller's statement_timeout", "SET statement_timeout = '300ms'" ], [ "the caller's lock_timeout", "SET lock_timeout = '300ms'" ], [ 'deploy_build_timeout = 0', 'SET migrate.deploy_build_timeout = 0' ])
{
	my ($what, $setting) = @$case;
	my $db = Strata->new($node, 'uncut');
	$db->query($tables);
	$db->load(revision('r', up => $build));
	my ($holder, $runner) = ($db->session, $db->session);
	$holder->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
	$runner->ask($setting);
	$runner->start('CALL migrate_deploy()');
	$db->wait_until_waited($runner, '1s');
	$holder->close;
	my $result = $runner->finish;
	is($result->{sqlstate} . ' ' . $db->current, '00000 r', "a concurrent build is not cut by $what") or diag($result->{text});
	unlike($result->{text}, qr/WARNING|retry/, "... nor tried again: $what");
	$runner->close;
	$node->safe_psql('postgres', 'DROP DATABASE uncut');
}
for my $case (
	[ 'deploy_build_timeout', "SET migrate.deploy_build_timeout = '200ms'", '', '55P03' ],
	[ "the script's own lock_timeout", '', "SET lock_timeout = '200ms';", '55P03' ],
	[ "the script's own statement_timeout", '', "SET statement_timeout = '300ms';", '57014' ])
{
	my ($what, $setting, $own, $sqlstate) = @$case;
	my $db = Strata->new($node, 'cut');
	$db->query($tables);
	$db->load(revision('r', up => "$own $build"));
	my $holder = $db->session;
	$holder->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
	my $error = $db->deploy('head', $setting);
	is($error->{sqlstate}, $sqlstate, "a concurrent build is cut by $what") or diag($error->{text});
	unlike($error->{text}, qr/retry \d/, "... and not tried again: $what");
	is($db->failures, "r $sqlstate", "... but logged: $what");
	$holder->close;
	$db->deploys("... and goes on when nothing is in the way: $what");
	$db->answers('SELECT count(*) FROM pg_index WHERE NOT indisvalid', '0', "... nothing INVALID is left: $what");
	$node->safe_psql('postgres', 'DROP DATABASE cut');
}

stays_up($node);
done_testing();
