# Loading: atomic, idempotent, every fault at once, and what counts as a change.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('load');

# --- added, unchanged, updated, removed --------------------------------------------------------

my $db = Strata->new($node, 'actions');
is($db->load(chain(qw(a b c))), 'a added, b added, c added', 'new revisions are added');
is($db->load(reverse chain(qw(a b c))), 'a unchanged, b unchanged, c unchanged',
	'a second load, in any order, changes nothing');
my $rows = $db->query('SELECT xmin, ctid, r FROM migrate.revision r ORDER BY ctid');
$db->load(chain(qw(a b c)));
is($db->query('SELECT xmin, ctid, r FROM migrate.revision r ORDER BY ctid'), $rows, 'an unchanged revision is not written again');
is($db->load(revision('c', after => 'b', up => 'CREATE TABLE other ();')), 'c updated', 'an edited unapplied revision is updated');
is($db->load(revision('b', after => 'a')), 'b unchanged', 'a load of one file leaves the others alone');
$db->answers('SELECT count(*) FROM migrate.revision', '3', 'without prune nothing is removed');

is($db->load(chain(qw(a b)), { prune => 1 }), 'a unchanged, b unchanged, c removed',
	'prune removes an unapplied revision that is no longer there');
$db->answers("SELECT count(*) FROM migrate.script WHERE revision = 'c'", '0', 'the scripts of a removed revision go with it');
$db->upgrade('b');
my $before = $db->everything;
$db->fails($db->load_call(chain('a'), revision('n', after => 'a'), { prune => 1 }),
	'MG\d\d\d', qr/\bb\b/, 'prune refuses to remove an applied revision and names it');
is($db->everything, $before, '... and then nothing is loaded');
$db->answers('SELECT * FROM migrate_load(ARRAY[]::text[])', '', 'no file, nothing to do');

# --- what a session remembers of the graph ------------------------------------------------------------

$db = Strata->new($node, 'memory');
$db->load(chain(qw(a b)));
my $heads = "; SELECT 'heads ' || migrate_heads();";
sub heads_of { return join ' ', $_[0] =~ /heads (\S+)/g }
is(heads_of($db->query("SELECT 1$heads BEGIN; " . $db->load_call(revision('c', after => 'b')) . "$heads ROLLBACK$heads")), 'b c b', 'a load rolled back is forgotten');
is(heads_of($db->query("BEGIN; SAVEPOINT s; " . $db->load_call(revision('c', after => 'b')) . "$heads ROLLBACK TO s$heads " . $db->load_call(revision('d', after => 'b')) . "$heads COMMIT$heads")),
	'c b d d', '... with a savepoint, too');
my $watcher = $db->session;
is($watcher->ask('SELECT migrate_heads()'), 'd', '(another session has looked)');
$db->load(revision('e', after => 'd'));
is($watcher->ask('SELECT migrate_heads()'), 'e', 'a load reaches the other sessions');
$db->query("DELETE FROM migrate.revision WHERE revision = 'e'");
is($watcher->ask('SELECT migrate_heads()'), 'd', '... and so does what a superuser does by hand');
$db->query("UPDATE migrate.state SET graph = '\\xdeadbeef'");
is($db->query('SELECT migrate_heads()'), 'd', 'a graph in an unknown form is built anew');
$watcher->close;

# --- what is a change of an applied revision ----------------------------------------------------

$db = Strata->new($node, 'checksums');
my $applied = 'CREATE TABLE t (a int DEFAULT 7, "B" text DEFAULT \'x\');';
$db->load(revision('a', up => $applied));
$db->upgrade;
sub reload { return revision('a', up => $_[0]) }

for my $same (
	[ 'comments', "-- why\nCREATE TABLE t (a int /* because */ DEFAULT 7, \"B\" text DEFAULT 'x'); -- end" ],
	[ 'white space', "CREATE  TABLE t\n(\ta int DEFAULT 7,\n\n \"B\" text DEFAULT 'x')\n;" ],
	[ 'case of keywords and unquoted names', "create Table T (A INT default 7, \"B\" TEXT DEFAULT 'x');" ])
{
	is($db->load(reload($same->[1])), 'a updated', "$same->[0] of an applied revision may change, and are stored");
	like($db->query("SELECT migrate_script('a')"), qr/\Q$same->[1]\E/, "... as they are written: $same->[0]");
}
for my $other (
	[ 'a number', 'CREATE TABLE t (a int DEFAULT 8, "B" text DEFAULT \'x\');' ],
	[ 'a string', 'CREATE TABLE t (a int DEFAULT 7, "B" text DEFAULT \'X\');' ],
	[ 'a quoted name', 'CREATE TABLE t (a int DEFAULT 7, "b" text DEFAULT \'x\');' ],
	[ 'a further statement', "$applied SELECT 1;" ],
	[ 'the order of statements', "SELECT 1; $applied" ],
	[ 'white space inside a string', 'CREATE TABLE t (a int DEFAULT 7, "B" text DEFAULT \'x \');' ])
{
	$before = $db->everything;
	$db->fails($db->load_call(reload($other->[1]), revision('z', after => 'a')),
		'MG006', qr/\ba\b/, "$other->[0] of an applied revision must not change");
	is($db->everything, $before, "... and then nothing at all is loaded: $other->[0]");
}
is($db->load(revision('a', up => $applied, message => 'a better message')), 'a updated', 'a message may change');

# --- every fault at once ------------------------------------------------------------------------

$db = Strata->new($node, 'faults');
my $error = $db->fails(
	$db->load_call(
		revision('good'),
		"-- revision: odd\n-- colour: red\n\n-- migrate:up\n",
		revision('bad1', after => 'good', up => "SELECT 1;\nSELEKT 2;"),
		revision('bad2', after => 'bad1', up => "CREATE TABLE x (;"),
		revision('orphan', after => 'nowhere')),
	'\w{5}', qr/colour/, 'a load with several faults fails');
like($error->{text}, $_, "all faults are told at once: $_") for qr/SELEKT/, qr/line 6, column 17/, qr/nowhere/;
$db->answers('SELECT count(*) FROM migrate.revision', '0', '... and nothing is loaded');

for my $graph (
	[ 'a cycle, with its members', qr/(?=.*p1)(?=.*p2)(?=.*p3)/s, revision('p1', after => 'p3'), revision('p2', after => 'p1'), revision('p3', after => 'p2') ],
	[ 'a revision that is its own parent', qr/selfish/, revision('selfish', after => 'selfish') ],
	[ 'a missing parent', qr/ghost/, revision('c1', after => 'ghost') ],
	[ 'a missing dependency', qr/ghost/, revision('c1', depends_on => 'ghost') ],
	[ 'a revision given twice', qr/twice/, revision('twice'), revision('twice', message => 'again') ],
	[ 'a label given twice', qr/shop/, revision('l1', labels => 'shop'), revision('l2', labels => 'shop') ],
	[ 'a label that is a revision', qr/l1/, revision('l1'), revision('l2', after => 'l1', labels => 'l1') ])
{
	my ($fault, $pattern, @files) = @$graph;
	$db->fails($db->load_call(@files), 'MG005', $pattern, "a broken graph is refused: $fault");
}
$error = $db->fails($db->load_call(revision('x', after => 'ghost1'), revision('y', after => 'ghost2'), revision('z', after => 'z')),
	'MG005', qr/ghost1/, 'all faults of a graph are told');
like($error->{text}, $_, "... at once: $_") for qr/ghost2/, qr/\bz\b/;

# --- malformed files ----------------------------------------------------------------------------

for my $file (
	[ 'an unknown key, with its line', qr/(?=.*colour)(?=.*line 3\b)/s, "-- revision: a\n-- message: m\n-- colour: red\n\n-- migrate:up\n" ],
	[ 'no revision id', qr/revision/, "-- message: m\n\n-- migrate:up\nSELECT 1;\n" ],
	[ 'an id with white space', qr/a b/, "-- revision: a b\n\n-- migrate:up\n" ],
	(map { [ "an id with $_", qr/x\Q$_\Ey/, "-- revision: x${_}y\n\n-- migrate:up\n" ] } qw(@ - + :)),
	[ 'a date that is none', qr/yesterday-ish/, "-- revision: a\n-- created_at: yesterday-ish\n\n-- migrate:up\n" ],
	[ 'two upgrade sections', qr/line 5/, "-- revision: a\n\n-- migrate:up\nSELECT 1;\n-- migrate:up\nSELECT 2;\n" ],
	[ 'two downgrade sections', qr/line 5/, "-- revision: a\n\n-- migrate:up\n-- migrate:down\n-- migrate:down\n" ],
	[ 'no upgrade section', qr/migrate:up/, "-- revision: a\n-- message: m\n" ],
	[ 'SQL before the first section', qr/line 2/, "-- revision: a\nSELECT 1;\n-- migrate:up\n" ])
{
	my ($fault, $pattern, $text) = @$file;
	$db->fails($db->load_call($text), 'MG009', $pattern, "a malformed file is refused: $fault");
}

for my $script (
	[ 'COPY FROM stdin', "CREATE TABLE x (a int);\n  COPY x FROM stdin;\n1\n\\.\n", 6, 3, qr/COPY/ ],
	[ 'a psql meta-command', "SELECT 1;\n\\i other.sql\n", 6, 1, qr/\\i\b/ ],
	[ 'a psql variable command', "\\set x 1\nSELECT 1;\n", 5, 1, qr/\\set/ ],
	[ 'COMMIT in the middle', "SELECT 1;\n  COMMIT;\nSELECT 2;\n", 6, 3, qr/COMMIT/ ],
	[ 'ROLLBACK', "SELECT 1;\nROLLBACK;\n", 6, 1, qr/ROLLBACK/ ],
	[ 'SAVEPOINT', "SAVEPOINT s;\nSELECT 2;\n", 5, 1, qr/SAVEPOINT/ ],
	[ 'two transactions', "BEGIN;\nSELECT 1;\nCOMMIT;\nBEGIN;\nSELECT 2;\nCOMMIT;\n", '[578]', 1, qr/COMMIT/ ],
	[ 'BEGIN without COMMIT', "BEGIN;\nSELECT 1;\n", 5, 1, qr/BEGIN/ ])
{
	my ($what, $sql, $line, $column, $offender) = @$script;
	my $error = $db->fails($db->load_call(revision('a', up => $sql)), 'MG009', $offender, "refused at load: $what");
	like($error->{text}, qr/\b(?:line |:)$line\b.{0,12}\b$column\b/s, "... with line $line and column $column of the file");
}
$error = $db->fails($db->load_call(revision('a', up => "SELECT 1;\nSELECT\n  FROM WHERE;")), '42601', qr/WHERE/, 'a syntax error is found at load');
like($error->{text}, qr/\b(?:line |:)7\b.{0,12}\b8\b/s, '... with line and column of the file');
isnt($error->{hint}, '', '... and a hint');

# --- what is dropped, what is not ---------------------------------------------------------------

is($db->load(revision('wrapped', up => "BEGIN;\nCREATE TABLE wrapped ();\nCOMMIT;", down => "begin transaction;\nDROP TABLE wrapped;\nend;")),
	'wrapped added', 'a script wrapped in one BEGIN … COMMIT is accepted');
is($db->load(revision('dumped', after => 'wrapped', up => "\\restrict Zm9v\nCREATE TABLE dumped ();\n\\unrestrict Zm9v\n")),
	'dumped added', 'the \restrict lines of pg_dump are dropped');
is($db->load(revision('bodies', after => 'dumped', up => "DO \$\$ BEGIN PERFORM 1; END \$\$;\n"
	. "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT 1; END;\n"
	. "CREATE FUNCTION g() RETURNS text LANGUAGE sql AS 'SELECT ''COMMIT; \\i x''';")),
	'bodies added', 'BEGIN and COMMIT inside a body or a string are none of our business');
$db->upgrade;
is($db->current, 'bodies', '... and all of them run');
$db->query("SELECT migrate_downgrade('base')");
is($db->load(map { $db->query("SELECT migrate_script('$_')") } qw(wrapped dumped bodies)),
	'bodies unchanged, dumped unchanged, wrapped unchanged', '... and their files load back unchanged');

# --- a downgrade that does not parse ------------------------------------------------------------

$db = Strata->new($node, 'broken_down');
my ($code, $out, $err) = $db->_psql($db->load_call(revision('a', down => 'DROP TABEL t_a;'), revision('b', after => 'a')));
is($code, 0, 'a downgrade that does not parse does not refuse the load');
like($err, qr/WARNING:.*\ba\b/s, '... but warns');
$db->answers("SELECT is_reversible FROM migrate_history() WHERE revision = 'a'", 'f', '... counts as irreversible');
$db->answers("SELECT count(*) > 0 FROM migrate_doctor() WHERE revision = 'a' AND message || hint ~ 'syntax|parse|TABEL'", 't', '... and shows in migrate_doctor');
$db->upgrade;
$before = $db->everything;
$db->fails("SELECT migrate_downgrade('base')", 'MG\d\d\d', qr/\ba\b/, '... and a downgrade through it is refused');
is($db->everything, $before, '... before anything ran');

# --- there and back: migrate_script ---------------------------------------------------------------

for my $source ([ bookings => bookings() ], map { [ $_ => corpus($_) ] } qw(cratesio concourse docsrs graphnode))
{
	my ($name, $folder) = @$source;
  SKIP:
	{
		skip 'skipped: no shared data', 4 unless defined $folder;
		my $one = Strata->new($node, "one_$name");
		my $two = Strata->new($node, "two_$name");
		my @files = glob("$folder/*.sql");
		$one->query("SELECT migrate_load_directory(" . quote($folder) . ")");
		$one->answers('SELECT count(*) FROM migrate.revision', scalar @files, "$name: every file is a revision");
		my @scripts = $one->scripts;
		unlike($one->load(@scripts), qr/added|updated|removed/, "$name: what migrate_script prints loads back unchanged");
		$two->load(reverse @scripts);
		is_deeply([ $two->scripts ], \@scripts, "$name: loaded elsewhere it prints the same");
		my $meaning = "SELECT revision, direction, checksum, transactional, barrier, defect FROM migrate.script ORDER BY revision, direction";
		is($two->query($meaning), $one->query($meaning), "$name: and means the same");
	}
}

stays_up($node);
done_testing();
