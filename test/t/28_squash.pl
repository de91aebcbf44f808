# Many revisions become one: which segments may, that the new one builds what they have built, here and elsewhere, there and back, and that a
# squash which is refused has changed nothing.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('squashed', conf => "autovacuum = off\nmax_prepared_transactions = 2\n");
my $number = 0;

sub empty { return Strata->new($node, 'db' . ++$number, schema => 'strata') }

# A database in which these revisions are applied.
sub applied
{
	my $db = empty();
	$db->load(@_);
	$db->query(q{SELECT FROM migrate_upgrade('heads')});
	return $db;
}

sub squash
{
	my ($from, $to, $id, $more) = @_;
	return 'SELECT migrate_squash(' . join(', ', map { quote($_) } $from, $to, "in place of $from to $to", $id) . ($more ? ", $more" : '') . ')';
}

sub script { return $_[0]->query("SELECT migrate_script('$_[1]')") }
sub parents { return $_[0]->query(q{SELECT string_agg(revision || '<-' || array_to_string(down_revision, '+') || CASE WHEN depends_on <> '{}' THEN '(' || array_to_string(depends_on, '+') || ')' ELSE '' END, ' ' ORDER BY revision) FROM migrate.revision}) }

# Squashes, and asserts what a squash promises: the graph is this one, schema and rows are untouched, no drift, the revisions still build what is there, all of them run down and
# up again, and their files build the same in another database.
sub squashes
{
	my ($db, $from, $to, $id, $graph, $rule, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($schema, $current) = ($db->schema, $db->current);
	my $result = $db->attempt(squash($from, $to, $id, $options{more}));
	is($result->{out}, $id, $rule) or diag($result->{text});
	is(parents($db), $graph, "... the graph ($rule)");
	is_same_schema($db->schema, $schema, "... the schema is untouched ($rule)");
	$db->answers('SELECT (SELECT count(*) FROM migrate_check()), (SELECT count(*) FROM migrate_check(replay => true))', '0|0', "... no drift, and the replay leads there ($rule)");
	(my $expected = $current) =~ s/\b\Q$to\E\b/$id/;
	is($db->current, join(' ', sort split / /, $expected), "... the version rows follow ($rule)");
	$db->answers(q{SELECT operation, revision, outcome FROM migrate.log ORDER BY id DESC LIMIT 1}, "stamp|$id|done", "... the log has it ($rule)");
	my $copy = empty();
	$copy->load($db->scripts);
	$copy->query($options{deploy} ? q{CALL migrate_deploy('heads')} : q{SELECT FROM migrate_upgrade('heads')});
	is_same_schema($copy->schema, $schema, "... its files build the same elsewhere ($rule)");
	return $result if $options{oneway};
	$db->query(q{SELECT FROM migrate_downgrade('base')});
	$db->answers(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace}, '0', "... down to base nothing is left ($rule)");
	$db->query(q{SELECT FROM migrate_upgrade('heads')});
	is_same_schema($db->schema, $schema, "... and up again ($rule)");
	return $result;
}

# Asserts that a squash is refused and has changed nothing at all.
sub refused
{
	my ($db, $call, $sqlstate, $pattern, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $all = $db->everything;
	my $error = $db->fails($call, $sqlstate, $pattern, $rule);
	is($db->everything, $all, '... and nothing has changed');
	return $error;
}

# --- along a line ------------------------------------------------------------------------------------

my @line = (revision('aaaa', up => 'CREATE TABLE one (id int PRIMARY KEY)', down => 'DROP TABLE one', labels => 'main'),
	revision('bbbb', after => 'aaaa', up => 'CREATE TABLE two (id int PRIMARY KEY); ALTER TABLE one ADD x int', down => 'DROP TABLE two; ALTER TABLE one DROP x'),
	revision('cccc', after => 'bbbb', up => 'CREATE TABLE three (id int REFERENCES two); CREATE VIEW v AS SELECT x FROM one', down => 'DROP VIEW v; DROP TABLE three'),
	revision('dddd', after => 'cccc', up => 'ALTER TABLE one ADD y int DEFAULT 4', down => 'ALTER TABLE one DROP y'),
	revision('eeee', after => 'dddd', up => 'CREATE INDEX ix ON one (y)', down => 'DROP INDEX ix'));
{
	my $db = applied(@line);
	$db->query('INSERT INTO one VALUES (1, 2); INSERT INTO two VALUES (1)');
	my $told = squashes($db, 'bbbb', 'cccc', 'mid1', 'aaaa<- dddd<-mid1 eeee<-dddd mid1<-aaaa', 'in the middle', oneway => 1);
	like($told->{text}, qr/INFO:.*2 revisions are one now: mid1\nHINT:.*migrate_script\("mid1"\)/, '... an INFO line says what to do with the file');
	like(script($db, 'mid1'), qr/^-- message: in place of bbbb to cccc\n.*^-- migrate:up\n.*CREATE TABLE public\.two.*^-- migrate:down\n.*^-- loses all rows of public\.two\n/ms, '... the file has message, both ways, and losses');
	$db->answers('SELECT id, x, y FROM one', '1|2|4', '... rows are as they were');
	$db->query(q{SELECT FROM migrate_downgrade('mid1')});
	$db->answers(q{SELECT migrate_current() || ' ' || (SELECT count(*) FROM pg_attribute WHERE attrelid = 'one'::regclass AND attname = 'y')}, 'mid1 0', '... a revision above goes down to it');
	$db->query(q{SELECT FROM migrate_downgrade('aaaa'); SELECT FROM migrate_upgrade()});
	$db->answers('SELECT count(*) || \' \' || (SELECT count(*) FROM migrate_check()) FROM two', '0 0', '... and through it, and up');
	squashes($db, 'dddd', 'eeee', 'top1', 'aaaa<- mid1<-aaaa top1<-mid1', 'up to the head');
	$db->answers(q{SELECT from_heads, to_heads FROM migrate.log WHERE revision = 'top1' AND operation = 'stamp'}, '{eeee}|{top1}', '... from the old head to the new one');
	squashes($db, 'aaaa', 'mid1', 'low1', 'low1<- top1<-low1', 'from the base on, another squash among them');
	$db->answers(q{SELECT branch_labels FROM migrate.revision WHERE revision = 'low1'}, '{main}', '... labels go over');
	squashes($db, 'low1', 'top1', 'all1', 'all1<-', 'all of them');
	$db->answers(q{SELECT migrate_health() ->> 'status'}, 'ready', '... the database is ready');
	$db->answers(q{SELECT count(*) FROM migrate_doctor() WHERE severity = 'error'}, '0', '... and the doctor content');
	$db->answers($db->load_call(script($db, 'all1')), 'all1|unchanged', '... its file loads back');
}
{
	my $db = applied(@line);
	is($db->query(squash('aaaa', 'eeee', undef)) =~ /^[0-9a-f]{12}$/ ? 'hex' : '', 'hex', 'an id by itself is twelve hex digits');
	$db = applied(@line);
	$db->query('SELECT FROM ' . (squash('cccc-2', 'head', 'rel1') =~ s/^SELECT //r));
	is(parents($db), 'rel1<-', 'targets name the ends');
	my $other = applied(@line);
	$other->query(squash('aaaa', 'eeee', 'rel1'));
	like($other->load($db->scripts), qr{^rel1 (?:unchanged|updated)$}, 'the same call with the same id in another database: the file may be loaded there');
}
{
	my $db = applied(@line);
	refused($db, squash('cccc', 'bbbb', 'x001'), 'MG004', qr/"cccc" is not below revision "bbbb"/, 'upside down');
	refused($db, squash('nope', 'bbbb', 'x001'), 'MG001', qr/"nope"/, 'an unknown revision');
	refused($db, squash('bbbb', 'cccc', 'eeee'), 'MG005', qr/eeee/, 'an id that another one has');
	refused($db, squash('bbbb', 'cccc', 'a@b'), '\w+', qr/a\@b/, 'an id that is none');
	refused($db, squash('bbbb', 'cccc', 'x001', q{data => 'keep'}), '22023', qr/refuse, carry or discard/, 'another word in data');
	refused($db, "SELECT migrate_squash($_)", '22004', qr/null/, "null: ($_)") for q{NULL, 'bbbb', 'm'}, q{'aaaa', NULL, 'm'}, q{'aaaa', 'bbbb', NULL}, q{'aaaa', 'bbbb', 'm', 'x001', NULL};
	refused($db, squash('base', 'cccc', 'x001'), 'MG003', qr/"base" does not name one revision/, 'a target that is no revision');
	$db->query(q{SELECT FROM migrate_downgrade('cccc')});
	refused($db, squash('bbbb', 'dddd', 'x001'), '55000', qr/Revision "dddd" is not applied here/, 'a part that is not applied');
	$db->query(squash('aaaa', 'bbbb', 'low1'));
	$db->answers(q{SELECT FROM migrate_upgrade(); SELECT migrate_current() || (SELECT count(*) FROM migrate_check())}, 'eeee0', 'below revisions that wait to be applied; these run later');
	$db->answers('BEGIN; ' . squash('low1', 'eeee', 'x002') . '; ROLLBACK; SELECT migrate_current()', "x002\neeee", 'a rollback takes a squash back');
	refused($db, 'BEGIN READ ONLY; ' . squash('low1', 'eeee', 'x002'), '25006', qr/read-only/, 'in a read-only transaction');
}

# --- branches, dependencies ---------------------------------------------------------------------------

{
	my @diamond = (revision('aaaa'), revision('bbbb', after => 'aaaa'), revision('cccc', after => 'aaaa'), revision('dddd', after => 'bbbb, cccc'), revision('eeee', after => 'dddd'));
	my $db = applied(@diamond);
	refused($db, squash(@$_, 'x001'), '55000', qr/from "$_->[0]" to "$_->[1]" cannot be squashed\nDETAIL:  Revision "\w+" hangs on revision "\w+"/, "half a diamond: $_->[0] to $_->[1]") for [qw(aaaa bbbb)], [qw(bbbb dddd)], [qw(cccc eeee)];
	squashes($db, 'aaaa', 'dddd', 'dia1', 'dia1<- eeee<-dia1', 'a diamond');
	$db = applied(@diamond);
	squashes($db, 'cccc', 'cccc', 'one1', 'aaaa<- bbbb<-aaaa dddd<-bbbb+one1 eeee<-dddd one1<-aaaa', 'one revision, inside of a diamond');
}
{
	my $db = applied(revision('aaaa'), revision('bbbb', after => 'aaaa', labels => 'left'), revision('cccc', after => 'bbbb'), revision('dddd', after => 'bbbb', labels => 'right'), revision('eeee', after => 'dddd'));
	refused($db, squash('aaaa', 'cccc', 'x001'), '55000', qr/Revision "dddd" hangs on revision "bbbb"/, 'a branch that starts inside');
	squashes($db, 'aaaa', 'bbbb', 'low1', 'cccc<-low1 dddd<-low1 eeee<-dddd low1<-', 'branches start at its end');
	squashes($db, 'dddd', 'eeee', 'arm1', 'arm1<-low1 cccc<-low1 low1<-', 'one of two branches, up to its head');
	$db->answers(q{SELECT from_heads, to_heads FROM migrate.log WHERE revision = 'arm1' AND operation = 'stamp'}, '{cccc,eeee}|{arm1,cccc}', '... the other head stays');
	$db->answers(q{SELECT * FROM migrate_heads() ORDER BY 1}, "arm1\ncccc", '... and is one');
}
{
	my $db = applied(revision('aaaa'), revision('bbbb'), revision('cccc', after => 'aaaa, bbbb'), revision('dddd', after => 'cccc'));
	squashes($db, 'cccc', 'dddd', 'mrg1', 'aaaa<- bbbb<- mrg1<-aaaa+bbbb', 'a merge at its lower end');
	refused($db, squash('aaaa', 'mrg1', 'x001'), '55000', qr/hangs on revision "bbbb"/, 'two ways in');
}
{
	my $db = applied(revision('aaaa', labels => 'base1'), revision('bbbb', after => 'aaaa'), revision('cccc', after => 'bbbb'), revision('yyyy', depends_on => 'base1', labels => 'side'), revision('zzzz', after => 'yyyy', depends_on => 'bbbb'));
	refused($db, squash('aaaa', 'cccc', 'x001'), '55000', qr/Revision "(?:zzzz|yyyy)" hangs on revision "(?:aaaa|bbbb)"/, 'something outside depends on what is inside');
	squashes($db, 'bbbb', 'bbbb', 'dep1', 'aaaa<- cccc<-dep1 dep1<-aaaa yyyy<-(base1) zzzz<-yyyy(dep1)', 'who depends on its end depends on the new one');
	$db = applied(revision('aaaa', labels => 'base1'), revision('bbbb', after => 'aaaa'), revision('yyyy', depends_on => 'base1', labels => 'side'), revision('zzzz', after => 'yyyy'));
	squashes($db, 'yyyy', 'zzzz', 'dep2', 'aaaa<- bbbb<-aaaa dep2<-(base1)', 'dependencies of its lower end go over');
	$db->answers(q{SELECT branch_labels FROM migrate.revision WHERE revision = 'dep2'}, '{side}', '... and its label');
}

# --- data -----------------------------------------------------------------------------------------------

my @seeded = (revision('aaaa', up => "CREATE TABLE c (code text PRIMARY KEY, n int);\nINSERT INTO c VALUES ('a', 1);", down => 'DROP TABLE c'),
	revision('bbbb', after => 'aaaa', up => "ALTER TABLE c ADD m int;\nUPDATE c SET m = n + 1;\nDO \$\$ BEGIN DELETE FROM c WHERE n > 100; END \$\$;", down => 'ALTER TABLE c DROP m'),
	revision('cccc', after => 'bbbb', up => "CREATE TABLE gone (i int);\nINSERT INTO gone VALUES (1);\nCREATE MATERIALIZED VIEW mv AS SELECT 1 AS one;", down => 'DROP MATERIALIZED VIEW mv; DROP TABLE gone'),
	revision('dddd', after => 'cccc', up => "REFRESH MATERIALIZED VIEW mv;\nTRUNCATE gone;\nDROP TABLE gone;\nSELECT count(*) FROM c;\nWITH w AS (DELETE FROM c WHERE false RETURNING 1) SELECT * FROM w;", down => 'CREATE TABLE gone (i int)'));
{
	my $db = applied(@seeded);
	my $list = refused($db, squash('aaaa', 'dddd', 'x001'), '55000', qr/8 statements of these revisions may change rows/, 'statements that may change rows are refused');
	like($list->{detail}, $_, "... $_ is in the list") for qr/^upgrade of revision aaaa, line 2: "INSERT INTO c VALUES/m, qr/bbbb, line 2: "UPDATE/, qr/bbbb, line 3: "DO/, qr/cccc, line 2: "INSERT INTO gone/, qr/dddd, line 1: "REFRESH/, qr/dddd, line 2: "TRUNCATE/, qr/dddd, line 4: "SELECT/, qr/dddd, line 5: "WITH/;
	refused($db, squash('aaaa', 'dddd', 'x001', q{data => 'carry'}), '42P01', qr/"gone" does not exist/, 'what speaks of things that are gone cannot be carried');
	squashes($db, 'aaaa', 'bbbb', 'data', 'cccc<-data data<- dddd<-cccc', 'data that is carried', more => q{data => 'carry'});
	like(script($db, 'data'), qr/CREATE TABLE public\.c .*INSERT INTO c.*UPDATE c SET m.*DO \$\$.*-- migrate:down/s, '... stands at the end, in its order');
	$db->answers('SELECT * FROM c', 'a|1|2', '... and comes back after down and up');
	my $told = squashes($db, 'cccc', 'dddd', 'nodt', 'data<- nodt<-data', 'data that is discarded', more => q{data => 'discard'});
	like($told->{text}, qr/NOTICE:.*left out\nDETAIL:.*cccc, line 2.*dddd, line 1/s, '... is listed');
	unlike(script($db, 'nodt'), qr/TRUNCATE|INSERT|REFRESH|gone/, '... and not in the script');
}

# --- what is hard to build again --------------------------------------------------------------------------

{
	my $db = applied(revision('aaaa', up => 'CREATE TABLE a (i int)', down => undef), revision('bbbb', after => 'aaaa', up => 'CREATE TABLE b (i int)', down => 'DROP TABLE b'), revision('cccc', after => 'bbbb'));
	$db->fails(q{SELECT FROM migrate_downgrade('base')}, 'MG007', qr/irreversible/, 'no way back before');
	my $told = squashes($db, 'aaaa', 'bbbb', 'back', 'back<- cccc<-back', 'an irreversible revision inside', oneway => 1);
	like($told->{text}, qr/NOTICE:.*the new revision is irreversible\nDETAIL:.*"aaaa"/, '... makes the sum irreversible, which is told');
	$db->fails(q{SELECT FROM migrate_downgrade('base')}, 'MG007', qr/irreversible/, '... so a baseline does not become what drops everything');
}
{
	my $db = empty();
	$db->load(revision('aaaa', up => q{CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (e e)}, down => 'DROP TABLE t; DROP TYPE e'), revision('bbbb', after => 'aaaa', up => q{ALTER TYPE e ADD VALUE 'c'}, down => ''),
		revision('cccc', after => 'bbbb', up => q{ALTER TYPE e ADD VALUE 'b' BEFORE 'c'}, down => ''), revision('dddd', after => 'cccc', up => q{ALTER TABLE t ALTER e SET DEFAULT 'b'}, down => 'ALTER TABLE t ALTER e DROP DEFAULT'),
		revision('eeee', after => 'dddd', up => 'CREATE INDEX CONCURRENTLY ix ON t (e)', down => 'DROP INDEX ix', alone => 1));
	$db->deploys('revisions that cannot run in a transaction');
	squashes($db, 'dddd', 'eeee', 'idx1', 'aaaa<- bbbb<-aaaa cccc<-bbbb idx1<-cccc', 'a concurrent build is an ordinary one afterwards', oneway => 1, deploy => 1);
	squashes($db, 'bbbb', 'cccc', 'enum', 'aaaa<- enum<-aaaa idx1<-enum', 'enum values that were added', oneway => 1, deploy => 1);
	$db->query(q{INSERT INTO t VALUES ('a'); SELECT FROM migrate_downgrade('aaaa')});
	$db->answers('SELECT enum_range(NULL::e), e FROM t', '{a}|a', '... are taken away, rows stay');
	$db->deploys('... and added again');
	$db->answers('SELECT enum_range(NULL::e), e FROM t', '{a,b,c}|a', '... in their order');
	squashes($db, 'aaaa', 'idx1', 'all1', 'all1<-', 'type, values and their use');
}
SKIP:
{
	my $db = empty();
	skip 'citext is not there', 1 unless $db->query(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'});
	my @made = (revision('aaaa'), revision('bbbb', after => 'aaaa', up => 'CREATE EXTENSION citext; CREATE TABLE x (c citext)', down => 'DROP TABLE x; DROP EXTENSION citext'), revision('cccc', after => 'bbbb', up => 'CREATE TABLE y (c citext)', down => 'DROP TABLE y'));
	$db = applied(@made);
	squashes($db, 'aaaa', 'bbbb', 'ext1', 'cccc<-ext1 ext1<-', 'an extension that is made inside and used above');
	squashes($db, 'ext1', 'cccc', 'ext2', 'ext2<-', 'an extension that is made and used inside');
	$db->answers(q{SELECT FROM migrate_downgrade('base'); SELECT count(*) FROM pg_extension WHERE extname = 'citext'}, '0', '... is dropped on the way to base');
	$db->query('SELECT FROM migrate_upgrade()');
}
{
	my $db = applied(revision('aaaa', up => 'CREATE TABLE cfg (k text); INSERT INTO cfg VALUES (1)', down => 'DROP TABLE cfg'), revision('bbbb', after => 'aaaa', down => 'DROP TABLE made',
		up => 'DO $$ BEGIN IF EXISTS (SELECT FROM cfg) THEN EXECUTE format(\'CREATE TABLE made (x%s int)\', (random() * 1000000)::int); END IF; END $$'));
	refused($db, squash('aaaa', 'bbbb', 'x001', q{data => 'carry'}), 'MG010|42P07', qr/made/, 'what makes another thing each time cannot be proven');
	$db = applied(revision('aaaa'), revision('bbbb', after => 'aaaa', up => 'ALTER TABLE t_aaaa ADD x int', down => 'ALTER TABLE t_aaaa DROP nosuch'));
	squashes($db, 'aaaa', 'bbbb', 'down', 'down<-', 'a downgrade that never worked is not run');
	$db = applied(revision('aaaa'));
	$db->load(revision('bbbb', after => 'aaaa', up => 'ALTER TABLE nosuch ADD x int', down => ''));
	$db->query(q{SELECT FROM migrate_stamp('bbbb')});
	my $broken = refused($db, squash('aaaa', 'bbbb', 'x001'), '42P01', qr/"nosuch" does not exist/, 'an upgrade that does not run any more');
	like($broken->{context}, qr/revision bbbb/, '... the error says which');
}

# --- rights, other sessions ---------------------------------------------------------------------------------

{
	my $db = applied(@line);
	$db->query(q{CREATE ROLE squasher LOGIN; CREATE ROLE nobody LOGIN; GRANT USAGE ON SCHEMA strata TO PUBLIC; GRANT CREATE ON DATABASE } . $db->name . q{ TO squasher; GRANT EXECUTE ON FUNCTION migrate_squash TO squasher;
ALTER SCHEMA public OWNER TO squasher; ALTER TABLE one OWNER TO squasher; ALTER TABLE two OWNER TO squasher; ALTER TABLE three OWNER TO squasher; ALTER VIEW v OWNER TO squasher});
	my $all = $db->everything;
	$db->fails(squash('aaaa', 'bbbb', 'mine'), '42501', qr/permission denied for function migrate_squash/, 'not for everybody', role => 'nobody');
	$db->fails(squash('aaaa', 'bbbb', 'mine'), '42501', qr/permission denied for the scripts of the revisions/, 'not for who may not read scripts', role => 'squasher');
	is($db->everything, $all, '... and nothing has changed');
	$db->query('GRANT SELECT ON migrate.script TO squasher');
	$db->answers(squash('aaaa', 'bbbb', 'mine'), 'mine', 'the owner of the schema may', role => 'squasher');
	my $holder = $db->session;
	$holder->ask(q{BEGIN; SELECT FROM migrate_stamp('current')});
	my $late = $db->fails(q{SET migrate.lock_timeout = '50ms'; } . squash('mine', 'cccc', 'x001'), '55P03', qr/another migration is running/, 'while another migration runs');
	like("$late->{detail} $late->{hint}", qr/@{[ $holder->pid ]}/, '... it says who that is');
	my $waiter = $db->session;
	$waiter->ask(q{SET migrate.lock_timeout = '1min'});
	$waiter->start(squash('mine', 'cccc', 'wait'));
	$holder->ask('COMMIT');
	is($waiter->finish->{out}, 'wait', '... or waits for its end');
	$_->close for $holder, $waiter;
	$db->answers('SELECT migrate_current(), (SELECT count(*) FROM migrate.journal)', 'eeee|0', '... and is done');
	is($db->locks, '0', '... no lock is left');
}

stays_up($node);
done_testing();
