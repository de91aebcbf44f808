# migrate_check(): a schema that nobody touched shows nothing; of every kind of object something is changed by hand, made or dropped, and it
# is named, and nothing else; held against the snapshot and against a replay of the revisions; against desired DDL; the check leaves no trace.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('schema_drift', conf => "autovacuum = off\nwal_level = logical");
$node->safe_psql('postgres', 'CREATE ROLE reader');
my $me = $node->safe_psql('postgres', 'SELECT quote_ident(current_user)');
my $db = Strata->new($node, 'drift', schema => 'strata');
$db->query("ALTER DATABASE drift SET migrate.managed_schemas = '*'");

# --- one of every kind ---------------------------------------------------------------------------

my $everything = <<'SQL';
CREATE SCHEMA s;
CREATE EXTENSION citext;
CREATE LANGUAGE mine HANDLER plpgsql_call_handler;
CREATE COLLATION s.german (provider = icu, locale = 'de');
CREATE CONVERSION s.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TYPE s.mood AS ENUM ('sad', 'happy');
CREATE TYPE s.address AS (street text, zip text);
CREATE DOMAIN s.amount AS integer DEFAULT 0 CONSTRAINT positive CHECK (VALUE >= 0);
CREATE TYPE s.floats AS RANGE (subtype = float8);
CREATE FUNCTION s.f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE PROCEDURE s.p() LANGUAGE sql AS '';
CREATE FUNCTION s.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION s.ef() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE AGGREGATE s.total(integer) (sfunc = int4pl, stype = integer);
CREATE OPERATOR s.=== (leftarg = integer, rightarg = integer, function = int4eq);
CREATE OPERATOR FAMILY s.fam USING btree;
CREATE OPERATOR CLASS s.cls FOR TYPE integer USING btree FAMILY s.fam AS OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 btint4cmp(integer, integer);
CREATE CAST (s.mood AS integer) WITH INOUT;
CREATE TEXT SEARCH PARSER s.tp (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
CREATE TEXT SEARCH TEMPLATE s.tt (init = dsimple_init, lexize = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY s.td (template = simple);
CREATE TEXT SEARCH CONFIGURATION s.tc (copy = simple);
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER srv FOREIGN DATA WRAPPER w;
CREATE USER MAPPING FOR reader SERVER srv OPTIONS (a 'b');
CREATE SEQUENCE s.counter;
CREATE TABLE s.t (id integer CONSTRAINT t_pkey PRIMARY KEY, name text DEFAULT 'x' CONSTRAINT named CHECK (name <> ''), m s.mood, n integer NOT NULL, g integer GENERATED ALWAYS AS (n * 2) STORED,
	k bigint GENERATED ALWAYS AS IDENTITY);
CREATE SEQUENCE s.owned OWNED BY s.t.n;
CREATE INDEX t_name ON s.t (name);
CREATE UNIQUE INDEX t_n ON s.t (n);
ALTER TABLE s.t REPLICA IDENTITY USING INDEX t_n;
CLUSTER s.t USING t_name;
CREATE STATISTICS s.st ON id, n FROM s.t;
CREATE RULE ru AS ON DELETE TO s.t DO ALSO NOTIFY gone;
CREATE TRIGGER tr BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.tf();
ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY po ON s.t FOR SELECT USING (id > 0);
CREATE TABLE s.other (t_id integer CONSTRAINT other_fk REFERENCES s.t);
CREATE FOREIGN TABLE s.ft (id integer) SERVER srv;
CREATE TABLE s.part (id integer, x integer) PARTITION BY LIST (id);
CREATE TABLE s.part_1 PARTITION OF s.part FOR VALUES IN (1);
CREATE TABLE s.part_2 (id integer, x integer);
CREATE INDEX part_x ON ONLY s.part (x);
CREATE INDEX part_1_x ON s.part_1 (x);
CREATE VIEW s.v AS SELECT id, name FROM s.t;
CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.t;
CREATE PUBLICATION pub FOR TABLE s.t;
CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION s.ef();
ALTER EVENT TRIGGER et DISABLE;
ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT SELECT ON TABLES TO reader;
GRANT SELECT ON s.v TO reader;
COMMENT ON TABLE s.other IS 'another';
SQL

# Kind, what is done by hand, and what the check must say of it: 'difference kind object', with a word that the detail must hold.  A
# pattern allows what goes along: the parts of what was dropped.
my @drifts = (
	[ 'schema', 'CREATE SCHEMA extra', 'unexpected schema extra' ],
	[ 'schema', 'COMMENT ON SCHEMA s IS \'new\'', 'changed schema s', 'comment' ],
	[ 'schema', 'GRANT CREATE ON SCHEMA s TO reader', 'changed schema s', 'reader' ],
	[ 'extension', 'CREATE EXTENSION pg_trgm', 'unexpected extension pg_trgm' ],
	[ 'extension', 'DROP EXTENSION citext', 'missing extension citext' ],
	[ 'language', 'DROP LANGUAGE mine', 'missing language mine' ],
	[ 'collation', 'DROP COLLATION s.german', 'missing collation s.german' ],
	[ 'conversion', 'DROP CONVERSION s.conv', 'missing conversion s.conv' ],
	[ 'enum type', 'ALTER TYPE s.mood ADD VALUE \'fine\' BEFORE \'happy\'', 'changed enum type s.mood', 'fine' ],
	[ 'enum type', 'ALTER TYPE s.mood RENAME VALUE \'sad\' TO \'blue\'', 'changed enum type s.mood', 'blue' ],
	[ 'composite type', 'CREATE TYPE s.pair AS ()', 'unexpected composite type s.pair' ],
	[ 'attribute', 'ALTER TYPE s.address ADD ATTRIBUTE city text', 'unexpected attribute s.address.city' ],
	[ 'attribute', 'ALTER TYPE s.address ALTER ATTRIBUTE zip TYPE varchar(5)', 'changed attribute s.address.zip', 'character varying(5)' ],
	[ 'domain', 'ALTER DOMAIN s.amount SET NOT NULL', 'changed domain s.amount', 'not_null' ],
	[ 'domain constraint', 'ALTER DOMAIN s.amount ADD CONSTRAINT small CHECK (VALUE < 9)', 'unexpected domain constraint small on s.amount' ],
	[ 'range type', 'DROP TYPE s.floats', 'missing range type s.floats' ],
	[ 'function', 'CREATE OR REPLACE FUNCTION s.f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS \'SELECT 2\'', 'changed function s.f(integer)', 'SELECT 2' ],
	[ 'function', 'DROP PROCEDURE s.p', 'missing function s.p()' ],
	[ 'function', 'REVOKE EXECUTE ON FUNCTION s.f(integer) FROM PUBLIC', 'changed function s.f(integer)', 'acl' ],
	[ 'aggregate', 'DROP AGGREGATE s.total(integer)', 'missing aggregate s.total(integer)' ],
	[ 'operator', 'CREATE OPERATOR s.==== (leftarg = integer, rightarg = integer, function = int4eq)', 'unexpected operator s.====(integer, integer)' ],
	[ 'operator family', 'CREATE OPERATOR FAMILY s.loose USING hash', 'unexpected operator family s.loose USING hash' ],
	[ 'operator class', 'DROP OPERATOR CLASS s.cls USING btree', 'missing operator class s.cls USING btree' ],
	[ 'cast', 'DROP CAST (s.mood AS integer)', 'missing cast (s.mood AS integer)' ],
	[ 'text search parser', 'DROP TEXT SEARCH PARSER s.tp', 'missing text search parser s.tp' ],
	[ 'text search template', 'ALTER TEXT SEARCH TEMPLATE s.tt RENAME TO tt2', 'missing text search template s.tt; unexpected text search template s.tt2' ],
	[ 'text search dictionary', 'ALTER TEXT SEARCH DICTIONARY s.td (accept = false)', 'changed text search dictionary s.td', 'accept' ],
	[ 'text search configuration', 'ALTER TEXT SEARCH CONFIGURATION s.tc DROP MAPPING FOR url', 'changed text search configuration s.tc' ],
	[ 'foreign-data wrapper', 'ALTER FOREIGN DATA WRAPPER w OPTIONS (c \'d\')', 'changed foreign-data wrapper w' ],
	[ 'server', 'ALTER SERVER srv VERSION \'7\'', 'changed server srv', '7' ],
	[ 'user mapping', 'DROP USER MAPPING FOR reader SERVER srv', 'missing user mapping reader SERVER srv' ],
	[ 'user mapping', 'CREATE USER MAPPING FOR PUBLIC SERVER srv', qr/^unexpected user mapping public SERVER srv$/i ],
	[ 'sequence', 'ALTER SEQUENCE s.counter INCREMENT 5', 'changed sequence s.counter', 'increment' ],
	[ 'sequence', 'CREATE SEQUENCE s.another', 'unexpected sequence s.another' ],
	[ 'table', 'CREATE TABLE s.empty_one ()', 'unexpected table s.empty_one' ],
	[ 'table', 'DROP TABLE s.other', 'missing table s.other', '', qr/ s\.other\b/ ],
	[ 'table', 'ALTER TABLE s.other SET (fillfactor = 70)', 'changed table s.other', 'fillfactor' ],
	[ 'table', 'ALTER TABLE s.other OWNER TO reader', 'changed table s.other', 'owner' ],
	[ 'table', 'COMMENT ON TABLE s.other IS NULL', 'changed table s.other', 'another' ],
	[ 'table', 'ALTER TABLE s.t DISABLE ROW LEVEL SECURITY', 'changed table s.t', 'row_security' ],
	[ 'foreign table', 'ALTER FOREIGN TABLE s.ft OPTIONS (e \'f\')', 'changed foreign table s.ft', 'fdw_options' ],
	[ 'column', 'ALTER TABLE s.t ADD extra date', 'unexpected column s.t.extra' ],
	[ 'column', 'ALTER TABLE s.other ALTER t_id TYPE bigint', 'changed column s.other.t_id', 'integer -> bigint|bigint -> integer' ],
	[ 'column', 'ALTER TABLE s.t ALTER name SET STATISTICS 5', 'changed column s.t.name', 'statistics' ],
	[ 'column', 'ALTER TABLE s.t ALTER k SET GENERATED BY DEFAULT', 'changed column s.t.k', 'identity' ],
	[ 'column', 'GRANT SELECT (name) ON s.t TO reader', 'changed column s.t.name', 'reader' ],
	[ 'column', 'ALTER TABLE s.t ALTER g DROP EXPRESSION', 'changed column s.t.g', 'generated' ],
	[ 'column', 'ALTER FOREIGN TABLE s.ft ALTER id SET NOT NULL', 'changed column s.ft.id', 'not_null' ],
	[ 'column default', 'ALTER TABLE s.t ALTER name SET DEFAULT \'y\'', 'changed column default s.t.name', '\'y\'' ],
	[ 'column default', 'ALTER TABLE s.t ALTER n SET DEFAULT 1', 'unexpected column default s.t.n' ],
	[ 'partition', 'ALTER TABLE s.part ATTACH PARTITION s.part_2 FOR VALUES IN (2)', 'unexpected partition s.part_2', '', qr/ s\.part_2/ ],
	[ 'partition', 'ALTER TABLE s.part DETACH PARTITION s.part_1', 'missing partition s.part_1', '', qr/ s\.part_1\b/ ],
	[ 'sequence owner', 'ALTER SEQUENCE s.owned OWNED BY NONE', 'missing sequence owner s.owned' ],
	[ 'view', 'CREATE OR REPLACE VIEW s.v AS SELECT id, name FROM s.t WHERE id > 1', 'changed view s.v', 'id > 1' ],
	[ 'view', 'ALTER VIEW s.v SET (security_barrier)', 'changed view s.v', 'security_barrier' ],
	[ 'view', 'REVOKE SELECT ON s.v FROM reader', 'changed view s.v', 'reader' ],
	[ 'materialized view', 'DROP MATERIALIZED VIEW s.m', 'missing materialized view s.m' ],
	[ 'view column', 'COMMENT ON COLUMN s.v.name IS \'a name\'', 'unexpected view column s.v.name' ],
	[ 'index', 'DROP INDEX s.part_1_x', 'missing index s.part_1_x' ],
	[ 'index', 'CREATE INDEX new_one ON s.t (id, n)', 'unexpected index s.new_one' ],
	[ 'constraint', 'ALTER TABLE s.t DROP CONSTRAINT named', 'missing constraint named on s.t' ],
	[ 'constraint', 'ALTER TABLE s.t ADD CONSTRAINT big CHECK (n > 5) NOT VALID', 'unexpected constraint big on s.t' ],
	[ 'constraint', 'ALTER TABLE s.other ALTER CONSTRAINT other_fk DEFERRABLE', 'changed constraint other_fk on s.other', 'DEFERRABLE' ],
	[ 'index attachment', 'ALTER INDEX s.part_x ATTACH PARTITION s.part_1_x', 'unexpected index attachment s.part_1_x', '', qr/^changed index s\.part_x$/ ],
	[ 'replica identity', 'ALTER TABLE s.t REPLICA IDENTITY FULL', 'changed replica identity s.t', 'FULL' ],
	[ 'clustering', 'ALTER TABLE s.t SET WITHOUT CLUSTER', 'missing clustering s.t' ],
	[ 'statistics', 'ALTER STATISTICS s.st SET STATISTICS 50', 'changed statistics s.st', '50' ],
	[ 'rule', 'ALTER TABLE s.t DISABLE RULE ru', 'changed rule ru on s.t', 'disabled' ],
	[ 'trigger', 'ALTER TABLE s.t DISABLE TRIGGER tr', 'changed trigger tr on s.t', 'disabled' ],
	[ 'trigger', 'DROP TRIGGER tr ON s.t', 'missing trigger tr on s.t' ],
	[ 'policy', 'ALTER POLICY po ON s.t USING (id > 1)', 'changed policy po on s.t', 'id > 1' ],
	[ 'publication', 'ALTER PUBLICATION pub ADD TABLE s.other', 'changed publication pub', 'other' ],
	[ 'event trigger', 'ALTER EVENT TRIGGER et ENABLE', 'changed event trigger et', 'enabled' ],
	[ 'default privileges', 'ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT INSERT ON TABLES TO reader', "changed default privileges FOR ROLE $me IN SCHEMA s ON TABLES", 'INSERT' ],
);

my @kinds = ('schema', 'extension', 'language', 'collation', 'conversion', 'enum type', 'composite type', 'attribute', 'domain', 'domain constraint', 'range type', 'function', 'aggregate', 'operator',
	'operator family', 'operator class', 'cast', 'text search parser', 'text search template', 'text search dictionary', 'text search configuration', 'foreign-data wrapper', 'server', 'user mapping',
	'sequence', 'table', 'foreign table', 'column', 'column default', 'partition', 'sequence owner', 'view', 'materialized view', 'view column', 'index', 'constraint', 'index attachment',
	'replica identity', 'clustering', 'statistics', 'rule', 'trigger', 'policy', 'publication', 'event trigger', 'default privileges');
my %tried = map { $_->[0] => 1 } @drifts;
is(join(', ', grep { !$tried{$_} } @kinds), '', 'a drift of every kind is tried');

# --- nobody touched it ---------------------------------------------------------------------------

$db->load(revision('a', up => $everything, down => undef), revision('b', after => 'a', up => 'CREATE TABLE s.later (id serial PRIMARY KEY);', down => 'DROP TABLE s.later;'));
$db->upgrade;
my $fingerprint = 'SELECT md5(string_agg(h, \'\')) FROM (' . join(' UNION ALL ',
	map { "SELECT md5(string_agg((t.xmin, t.ctid)::text, '' ORDER BY t.ctid)) AS h FROM $_ t" }
	  qw(pg_namespace pg_class pg_attribute pg_attrdef pg_constraint pg_index pg_proc pg_type pg_enum pg_trigger pg_rewrite pg_policy pg_depend pg_description pg_extension
	  pg_publication pg_event_trigger pg_cast pg_default_acl migrate.revision migrate.script migrate.version migrate.log migrate.snapshot)) . ') x';
my $counts = 'SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_namespace)';
my ($before, $counted) = ($db->query($fingerprint), $db->query($counts));
for my $call ('migrate_check()', 'migrate_check(replay => true)')
{
	$db->answers("SELECT * FROM $call", '', "$call: nobody touched it, nothing is found");
}
is($db->query($fingerprint), $before, 'a check writes nothing');
is($db->query($counts), $counted, 'a check leaves nothing behind');

# --- each drift ----------------------------------------------------------------------------------

# 'difference kind object', and what the details say.
sub found
{
	my ($drift, $call) = @_;
	my $result = $db->attempt("BEGIN; $drift; SELECT difference, CASE WHEN starts_with(object, kind || ' ') THEN object ELSE kind || ' ' || object END, replace(coalesce(detail, ''), E'\\n', ' ') FROM $call; ROLLBACK",
		extra => [ '--field-separator', "\t" ]);
	return [ [ "$result->{sqlstate} $result->{message}", '' ] ] unless $result->{sqlstate} eq '00000';
	return [ map { my ($difference, $object, $detail) = split /\t/, $_, 3; [ "$difference $object", $detail ] } split /\n/, $result->{out} ];
}

for my $drift (@drifts)
{
	my ($kind, $sql, $expected, $word, $also) = @$drift;
	for my $call ('migrate_check()', 'migrate_check(replay => true)')
	{
		my $rows = found($sql, $call);
		my @told = sort map { $_->[0] } @$rows;
		if ($also)
		{
			my @named = grep { $_ eq $expected } @told;
			@told = (@named, grep { $_ ne $expected && $_ !~ $also } @told);
		}
		my $told = join '; ', @told;
		my $good = ref $expected ? $told =~ $expected : $told eq $expected;
		my ($detail) = map { $_->[1] } grep { ref $expected || $_->[0] eq $expected } @$rows;
		$good &&= !$word || ($detail // '') =~ /$word/ || index($detail // '', $word) >= 0;
		ok($good, "$call: $sql") or diag(join "\n", "expected: $expected" . ($word ? " ($word)" : ''), map { "told: $_->[0] ($_->[1])" } @$rows);
	}
}
is($db->query($fingerprint), $before, 'neither the drifts nor the checks have left anything');

# --- committed, seen by others, mended -------------------------------------------------------------

$db->query('ALTER TABLE s.other ADD hotfix integer');
$db->answers('SELECT difference FROM migrate_check()', 'unexpected', 'a committed change is seen by another session');
$db->answers('SELECT difference FROM migrate_check(replay => true)', 'unexpected', '... by a replay too');
$db->answers("SELECT * FROM migrate_check(ignore => '{column}')", '', 'what is ignored is not told');
$db->query('ALTER TABLE s.other DROP hotfix');
$db->answers('SELECT * FROM migrate_check()', '', 'mended: nothing is found, though the column has left its place');
$db->query("SELECT * FROM migrate_downgrade('-1')");
$db->answers('SELECT * FROM migrate_check()', '', 'after a downgrade nothing is found');
$db->query('CREATE TABLE s.later (id serial PRIMARY KEY)');
$db->query("SELECT migrate_stamp('head')");
$db->answers('SELECT * FROM migrate_check()', '', 'after a stamp nothing is found');
$db->answers('SELECT * FROM migrate_check(replay => true)', '', '... and the replay agrees with what was done by hand');
$db->load(revision('c', after => 'b', up => 'CREATE TABLE s.last (id integer);', alone => 1));
$db->deploys('a deploy');
$db->answers('SELECT * FROM migrate_check()', '', 'after a deploy nothing is found');

# --- against desired DDL ---------------------------------------------------------------------------

# pg_dump writes a language whose handler belongs to an extension without the handler, and nobody can restore that.
$db->query("DROP LANGUAGE mine; SELECT migrate_stamp('current')");
my ($dump) = run_command([ 'pg_dump', '--schema-only', '-d', $node->connstr('drift') ]);
my $call = 'migrate_check(' . quote($dump) . ", ignore => '{}')";
$db->answers("SELECT * FROM $call", '', 'the dump of the database is what it is, pg_strata in it or not');
my $told = found('ALTER TABLE s.last ADD x integer', $call);
is(join('; ', map { $_->[0] } @$told), 'unexpected column s.last.x', 'a difference to the desired DDL is told');
my $noisy = 'DO $$ BEGIN RAISE WARNING \'it runs\'; END $$;';
$call = 'SELECT count(*) > 10 FROM migrate_check(' . quote($noisy) . ')';
like($db->attempt($call)->{text}, qr/it runs/, 'desired DDL is run ...');
unlike($db->attempt($call)->{text}, qr/it runs/, '... once: the second check of the same DDL does not');
$db->load(revision('d', after => 'c'));
$db->fails('SELECT * FROM migrate_check(\'CREATE SCHEMA s\')', '55000', qr/target database is not up to date/, 'with DDL the database must be at head');
$db->answers('SELECT count(*) FROM migrate_check()', '0', 'drift does not ask for the head');

# --- rights, and what it must not do ---------------------------------------------------------------

$db->fails('SET ROLE reader; SELECT * FROM migrate.snapshot', '42501', qr/permission denied/, 'the snapshot is not for everybody');
$db->fails('SET migrate.check_timeout = 1; SELECT * FROM migrate_check(replay => true)', '57014', qr/./, 'a check is bounded by migrate.check_timeout');
is($db->query($counts =~ s/count\(\*\)/count(*) > 0/gr), 't|t', 'the database goes on');

stays_up($node);
done_testing();
