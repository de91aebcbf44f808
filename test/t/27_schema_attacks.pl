# What somebody could get out of the schema engine that is not his, and what a comparison could leave behind or take along: sessions with state
# of their own, hostile names, roles with few rights, and calls that a tired person makes.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('attacked', conf => "autovacuum = off\nmax_prepared_transactions = 2\n");
my $db = Strata->new($node, 'attacked', schema => 'strata');
my %low = (role => 'low');

sub compare { return 'SELECT count(*) >= 0 FROM migrate_diff(' . quote($_[0]) . ($_[1] // '') . ')' }

$db->query(q{
CREATE ROLE low LOGIN;
CREATE ROLE builder LOGIN;
GRANT USAGE ON SCHEMA strata TO PUBLIC;
GRANT CREATE ON DATABASE attacked TO builder;
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE said (what text);
CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE WARNING $$said once$$; INSERT INTO public.said VALUES (TG_TABLE_SCHEMA); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER say AFTER INSERT ON child DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION say()});
my $same = $db->query('SELECT migrate_schema_sql()');

# --- what the session has under way -------------------------------------------------------------------

# Deferred events of live tables wait for the end of the caller's transaction.
{
	my $said = $db->attempt('BEGIN; INSERT INTO child VALUES (1); ' . compare('CREATE TABLE t (id serial)') . '; INSERT INTO parent VALUES (1); COMMIT');
	is($said->{sqlstate}, '00000', 'a deferred foreign key that does not hold yet is not tried by a comparison');
	is(scalar(() = $said->{text} =~ /said once/g), 1, '... and a deferred trigger runs once');
	$db->answers('SELECT what FROM said', 'public', '... in the live schema');
	$db->fails('BEGIN; INSERT INTO child VALUES (2); ' . compare('CREATE TABLE t ()') . '; COMMIT', '23503', qr/child_id_fkey/, '... and the foreign key is tried at the end');
}
$db->fails(compare('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int REFERENCES a DEFERRABLE INITIALLY DEFERRED); INSERT INTO b VALUES (1)'),
	'23503', qr/deferred constraints of the desired DDL/, 'rows of the desired DDL have to satisfy its own deferred constraints');

# Locks: of new relations, of sequences that only the transaction can own, and of those that the proof has dropped.
$db->answers(q{BEGIN; } . join('; ', map { compare("CREATE TABLE t$_ (id serial, i int GENERATED ALWAYS AS IDENTITY)") } 1 .. 2) . q{;
SELECT coalesce(string_agg(relation::text || mode, ' '), 'none') FROM pg_locks WHERE pid = pg_backend_pid() AND locktype IN ('relation', 'object') AND mode <> 'AccessShareLock'; COMMIT},
	"t\nt\nnone", 'in a transaction that goes on no lock is left');

# Prepared statements belong to the client.
$db->answers('PREPARE mine AS SELECT count(*) FROM parent; ' . compare('CREATE TABLE parent (other text); DEALLOCATE ALL') . '; EXECUTE mine',
	"t\n1", 'prepared statements stay, and read the live table');
$db->answers(q{BEGIN; DECLARE c CURSOR FOR SELECT id FROM parent; } . compare('CREATE TABLE parent (other text)') . '; FETCH 1 FROM c; COMMIT', "t\n1", 'a cursor goes on');
$db->answers(q{CREATE TEMP TABLE mine AS SELECT 1 AS a; } . compare('CREATE TEMP TABLE mine2 (a int); CREATE TABLE t (LIKE mine2)') . q{; SELECT a FROM mine}, "t\n1", 'temporary tables stay');
$db->answers('BEGIN; INSERT INTO parent VALUES (7); ' . compare('CREATE TABLE t ()') . q{; PREPARE TRANSACTION 'p'; COMMIT PREPARED 'p'; DELETE FROM parent WHERE id = 7}, 't', 'the transaction can be prepared');

# Cancelled at any moment, a comparison leaves nothing behind.
{
	my $ddl = quote('CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE n (id serial REFERENCES parent); CREATE VIEW v AS SELECT * FROM n');
	my $all = join '; ', map { my $ms = 5 * $_; "SET migrate.check_timeout = $ms; DO \$do\$ BEGIN PERFORM FROM strata.migrate_diff($ddl); EXCEPTION WHEN query_canceled THEN NULL; END \$do\$" } 1 .. 40;
	$db->answers("$all; RESET migrate.check_timeout; SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND mode <> 'AccessShareLock'", '0', 'forty cancels in one session leave no lock');
	is($db->query('SELECT migrate_schema_sql()'), $same, '... and no change');
	$db->answers(q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'migrate_hidden%'}, '0', '... and no hidden schema');
}

# --- calls of a tired person ---------------------------------------------------------------------------

for my $nothing ('', '  ', '-- only a comment', '/* one more */;')
{
	$db->fails(compare($nothing), '22023', qr/the desired DDL is empty/, "a desired DDL without a statement ('$nothing') does not drop everything");
}
{
	$db->query('CREATE SCHEMA app; CREATE TABLE app.t (a int)');
	my $stray = $db->attempt('SET migrate.managed_schemas = app; ' . compare('CREATE TABLE t (a int); CREATE VIEW "V" AS SELECT 1 AS x'));
	like($stray->{text}, qr/2 objects of the desired DDL are outside of the managed schemas: public."V", public.t/, 'what is built outside of the managed schemas is told');
	my $home = $db->attempt('SET migrate.managed_schemas = app; SET search_path = app, strata; ' . compare('CREATE TABLE t (a int); CREATE TEMP TABLE x ()'));
	unlike($home->{text}, qr/outside of/, '... and only that');
	$db->query('DROP SCHEMA app CASCADE');
}

# --- rights ---------------------------------------------------------------------------------------------

# Scripts of revisions are for those who may read them.
$db->query(q{SELECT migrate_revision('seeds', 'CREATE TABLE seeds (pw text); INSERT INTO seeds VALUES (''s3cret'')', 'DROP TABLE seeds', 'seeds'); SELECT count(*) FROM migrate_upgrade()});
$db->fails(q{SET migrate.managed_schemas = mine; SET search_path = mine, strata, public; SELECT * FROM migrate_check(replay => true)}, '42501',
	qr/permission denied for the scripts of the revisions/, 'a replay is no way to read scripts', role => 'builder');

# What a role cannot see is not missing.
SKIP:
{
	skip 'postgres_fdw is not there', 2 unless $db->query(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'});
	$db->query(q{CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR builder SERVER far OPTIONS (password 'hunter2');
SELECT migrate_stamp('current')});
	$db->answers('SELECT kind, object, difference FROM migrate_check()', '', 'a user mapping whose options are concealed is no drift', %low);
	$db->answers(q{SELECT count(*) FROM migrate.snapshot WHERE model LIKE '%hunter2%'}, '0', '... and a snapshot holds no password');
}

# Members of a schema's owner who do not own all that is in it.
{
	$db->query('CREATE SCHEMA shared AUTHORIZATION builder; CREATE TABLE shared.t (a int); GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA strata TO builder');
	my $error = $db->attempt('SET migrate.managed_schemas = shared; SET search_path = shared, strata; ' . compare('CREATE TABLE t (a int, b int)'), role => 'builder');
	ok($error->{sqlstate} eq '00000' || $error->{hint} =~ /verify => false/, 'where the proof cannot give things to their owners, the hint does not speak of the desired DDL');
}

# --- hostile names ----------------------------------------------------------------------------------------

{
	my $names = Strata->new($node, 'names', schema => 'strata');
	$names->query(<<'SQL');
CREATE TABLE important (a int);
CREATE TABLE "t
DROP TABLE important;--" (id int, "c
DROP TABLE important;--" text DEFAULT E'a\\b\n''');
COMMENT ON COLUMN "t
DROP TABLE important;--".id IS E'*/ $$ ; -- '' \\ \n DROP TABLE important;';
CREATE TYPE "E	tab" AS ENUM (E'l\nDROP', 'b''c', '\d');
SQL
	$names->answers('SELECT count(*) FROM migrate_diff(migrate_schema_sql())', '0', 'names with line ends, quotes and tabs: the schema builds itself');
	my $before = $names->query('SELECT migrate_schema_sql()');
	$names->query(q{SELECT migrate_autogenerate('gone', 'CREATE TABLE important (a int)', 'gone'); SELECT migrate_upgrade()});
	$names->answers(q{SELECT count(*) FROM pg_tables WHERE schemaname = 'public'}, '1', '... a comment of a loss does not end in the middle of a name');
	$names->query(q{SELECT migrate_downgrade('base')});
	is($names->query('SELECT migrate_schema_sql()'), $before, '... and back');
	$names->answers('SELECT count(*) FROM migrate_check() WHERE false', '0', '... and a snapshot of it can be read');
}
{
	my $squashed = Strata->new($node, 'squashed', schema => 'strata');
	$squashed->query(q{
SELECT migrate_revision('a', $a$CREATE TABLE t (a int); COMMENT ON TABLE t IS E'x\n-- migrate:down\nDROP TABLE u; --'$a$, 'DROP TABLE t', 'r001');
SELECT migrate_revision('b', 'CREATE TABLE u (a int)', 'DROP TABLE u', 'r002'); SELECT count(*) FROM migrate_upgrade()});
	$squashed->fails(q{SELECT migrate_squash('r001', 'r002', 'one')}, '\w+', qr/would be read as part of the revision file/, 'a squash writes nothing that its own file could not hold');
	$squashed->answers('SELECT migrate_current()', 'r002', '... and leaves all as it was');
}

stays_up($node);
done_testing();
