# The schema engine for those who are no superusers: the owner of a schema or of the database, members of the owner, roles with one right too few, and objects in one's schema
# that are somebody else's.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('owned', conf => "autovacuum = off\n");
my $number = 0;

$node->safe_psql('postgres', join ';', map { "CREATE ROLE $_ LOGIN" } qw(builder member keeper stranger reader));
$node->safe_psql('postgres', 'GRANT builder TO member');

# A database in which all may execute all functions, with a schema app of builder's, which is the managed one.
sub database
{
	my (%options) = @_;
	my $name = 'db' . ++$number;
	my $db = Strata->new($node, $name, schema => 'strata', create => $options{create});
	$db->query("GRANT USAGE ON SCHEMA strata TO PUBLIC; GRANT EXECUTE ON ALL ROUTINES IN SCHEMA strata TO PUBLIC; GRANT CREATE ON DATABASE $name TO builder; CREATE SCHEMA app AUTHORIZATION builder");
	$db->query("ALTER DATABASE $name SET migrate.managed_schemas = app; ALTER DATABASE $name SET search_path = app, strata") unless $options{public};
	$db->query($options{setup}) if $options{setup};
	return $db;
}

# All revisions, scripts, version rows, entries of the log, and tables.
sub rows { return $_[0]->query(join '; ', map { "SELECT t::text FROM $_ t ORDER BY 1" } qw(migrate.revision migrate.script migrate.version migrate.log pg_tables)) }

sub diff { return 'SELECT sql FROM migrate_diff(' . quote($_[0]) . ($_[1] ? ", $_[1]" : '') . ') ORDER BY step' }
sub generate { return "SELECT migrate_autogenerate('step $_[0]', " . quote($_[1]) . ", '$_[0]'" . ($_[2] ? ", $_[2]" : '') . ')' }

my $first = q{CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE t (id serial PRIMARY KEY, n text, mood mood); CREATE VIEW v AS SELECT n FROM t; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f(); CREATE POLICY p ON t USING (n <> ''); CREATE MATERIALIZED VIEW mv AS SELECT count(*) AS c FROM t; CREATE TABLE parts (k int) PARTITION BY LIST (k); CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1);};
my $second = $first =~ s/n text/n text, more int DEFAULT 3/r =~ s/'happy'/'ok'/r =~ s/count\(\*\)/max(id)/r . 'GRANT SELECT ON t TO reader; COMMENT ON TABLE t IS $$more$$; CREATE INDEX ON t (n); ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO reader;';

# --- the owner of a schema: every function -----------------------------------------------------------

for my $role ('builder', 'member')
{
	my $db = database(setup => 'GRANT SELECT ON migrate.script TO builder');
	$db->query("ALTER DATABASE " . $db->name . " SET migrate.lock_timeout = '7s'");
	my %as = (role => $role);
	my $before = $role eq 'member' ? 'SET ROLE builder; ' : '';
	$db->answers($before . generate('a001', $first), 'a001', "$role: migrate_autogenerate", %as);
	$db->answers($before . q{SELECT count(*) FROM migrate_upgrade()}, '1', '... migrate_upgrade', %as);
	$db->query($before . q{INSERT INTO t (n, mood) VALUES ('x', 'sad')}, %as);
	like($db->query($before . diff($second), %as), qr/ADD COLUMN more/, '... migrate_diff', );
	$db->answers($before . generate('a002', $second), 'a002', '... the next one, with a grant, a comment, an enum value that goes', %as);
	$db->answers($before . q{SELECT count(*) FROM migrate_upgrade()}, '1', '... runs', %as);
	$db->answers($before . 'SELECT * FROM migrate_check()', '', '... migrate_check()', %as);
	$db->answers($before . 'SELECT * FROM migrate_check(' . quote($second) . ')', '', '... with a DDL', %as) for 1 .. 2;
	$db->answers($before . 'SELECT * FROM migrate_check(replay => true)', '', '... with a replay', %as);
	$db->answers($before . q{SELECT count(*) FROM migrate_downgrade('a001'); SELECT count(*) FROM migrate_upgrade(); SELECT n, mood FROM t}, "1\n1\nx|sad", '... down and up, rows stay', %as);
	my $ddl = $db->query($before . 'SELECT migrate_schema_sql()', %as);
	$db->answers($before . diff($ddl, q{ignore => '{}'}), '', '... migrate_schema_sql prints what is there', %as);
	$db->answers($before . q{SELECT migrate_squash('a001', 'a002', 'both', 'a012')}, 'a012', '... migrate_squash', %as);
	$db->answers($before . 'SELECT (SELECT count(*) FROM migrate_check()), (SELECT count(*) FROM migrate_check(replay => true))', '0|0', '... leaves no drift', %as);
	$db->query($before . q{SELECT FROM migrate_stamp('base'); SELECT FROM migrate_load('{}', prune => true)}, %as);
	$db->answers($before . q{SELECT migrate_baseline('as found', 'a100')}, 'a100', '... migrate_baseline', %as);
	$db->answers($before . 'SELECT * FROM migrate_check(replay => true)', '', '... builds what is there', %as);
	$db->answers($before . q{SELECT migrate_record_start(); CREATE TABLE typed (a int); SELECT migrate_record_stop('typed', 'a101')}, "\na101", '... a recording', %as);
	like($db->query(q{SELECT migrate_script('a101')}), qr/^DROP TABLE app\.typed;/m, '... has a proven way back');
	$db->answers(q{SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'app'}, 'builder', '... all belongs to the owner of the schema');
	$db->answers(q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%hidden%'}, '0', '... nothing is left behind');
}

# A member who does not SET ROLE makes what is his own, beside what is the owner's.
{
	my $db = database(setup => 'GRANT CREATE ON DATABASE db' . ($number + 1) . ' TO member');
	my %as = (role => 'member');
	$db->query(generate('a001', $first) . '; SELECT FROM migrate_upgrade()', role => 'builder');
	$db->answers(diff("$first CREATE TABLE mine (a int);"), "CREATE TABLE app.mine (\n    a integer\n)", 'a member of the owner compares without SET ROLE', %as);
	$db->answers(generate('a002', "$first CREATE TABLE mine (a int);") . '; SELECT count(*) FROM migrate_upgrade(); SELECT * FROM migrate_check()', "a002\n1", '... generates and upgrades', %as);
}

# --- the owner of the database, and schema public -----------------------------------------------------

{
	my $db = database(public => 1, create => 'OWNER keeper');
	my %as = (role => 'keeper');
	$db->answers(generate('k001', 'CREATE TABLE t (id int PRIMARY KEY)'), 'k001', 'the owner of the database: schema public', %as);
	$db->answers('SELECT count(*) FROM migrate_upgrade(); SELECT * FROM migrate_check(); SELECT * FROM migrate_check($$CREATE TABLE t (id int PRIMARY KEY)$$)', '1', '... upgrade, checks', %as);
	$db->answers(diff('CREATE SCHEMA extra; CREATE TABLE extra.u (a int); CREATE TABLE t (id int PRIMARY KEY, x int)'), "CREATE SCHEMA extra\nCREATE TABLE extra.u (\n    a integer\n)\nALTER TABLE public.t ADD COLUMN x integer", '... a schema more', %as);
	$db->answers(q{SELECT FROM migrate_stamp('base'); SELECT FROM migrate_load('{}', prune => true); SELECT migrate_baseline('b', 'k100')}, 'k100', '... a baseline', %as);
	$db->fails(diff('CREATE TABLE t ()'), '42501', qr/must be owner of schema "?public"?/, 'who owns another schema of it only', role => 'builder');
}

# --- one right too few -----------------------------------------------------------------------------------

{
	my $db = database(setup => 'SELECT migrate_load(ARRAY[' . join(', ', map { quote($_) } revision('r001', up => q{CREATE TABLE app.t (pw text DEFAULT 's3cret')}, down => 'DROP TABLE app.t'), revision('r002', after => 'r001', up => 'CREATE TABLE app.u (a int)', down => 'DROP TABLE app.u')) . '])');
	$db->query('SELECT FROM migrate_upgrade()', role => 'builder');
	my %calls = (migrate_diff => q{SELECT FROM migrate_diff('CREATE TABLE t ()')}, migrate_autogenerate => q{SELECT migrate_autogenerate('x', 'CREATE TABLE t ()')}, migrate_check => q{SELECT FROM migrate_check('CREATE TABLE t ()')},
		migrate_squash => q{SELECT migrate_squash('r001', 'r002', 'x')}, migrate_baseline => q{SELECT migrate_stamp('base'); SELECT migrate_load('{}', prune => true); SELECT migrate_baseline('x')});
	my $all = rows($db);
	$db->query('GRANT SELECT ON migrate.script TO stranger');
	$db->fails("BEGIN; $calls{$_}", '42501', qr/must be owner of schema "app"/, "$_: not the owner of the schema", role => 'stranger') for sort keys %calls;
	$db->query('REVOKE CREATE ON DATABASE ' . $db->name . ' FROM builder');
	$db->query('GRANT SELECT ON migrate.script TO builder');
	for my $name (sort keys %calls)
	{
		my $error = $db->fails("BEGIN; $calls{$name}", '42501', qr/permission denied to create schemas in this database/, "$name: without CREATE on the database", role => 'builder');
		like($error->{hint}, qr/GRANT CREATE ON DATABASE/, '... the hint says what is needed');
	}
	$db->query('REVOKE SELECT ON migrate.script FROM builder, stranger; GRANT CREATE ON DATABASE ' . $db->name . ' TO builder');
	for my $call (q{SELECT FROM migrate_check(replay => true)}, $calls{migrate_squash}, q{SELECT migrate_script('r001')})
	{
		my $error = $db->fails($call, '42501', qr/permission denied for the scripts of the revisions/, "without the right to read scripts: $call", role => 'builder');
		unlike($error->{text}, qr/s3cret/, '... nothing of them is shown');
	}
	$db->query("REVOKE EXECUTE ON FUNCTION $_ FROM PUBLIC") for qw(migrate_diff migrate_autogenerate migrate_squash migrate_baseline);
	$db->fails($calls{$_}, '42501', qr/permission denied for function (?:$_|migrate_\w+)$/m, "$_: without EXECUTE", role => 'builder') for qw(migrate_diff migrate_autogenerate migrate_squash);
	$db->answers('SELECT count(*) FROM migrate_check(); SELECT migrate_schema_sql() ~ $$CREATE TABLE app.t$$', "0\nt", 'everybody may ask for drift, and print the schema', role => 'stranger');
	is(rows($db), $all, 'none of this has changed anything');
	$db->fails("SELECT FROM migrate.$_", '42501', qr/permission denied for table $_/, "migrate.$_ is not for everybody", role => 'builder') for qw(snapshot desired script);
}

# --- what a role may not do, in the desired DDL ------------------------------------------------------------

{
	my $db = database(setup => 'CREATE SCHEMA other; CREATE TABLE other.hidden (id int PRIMARY KEY); CREATE TYPE other.kind AS ENUM (); REVOKE USAGE ON TYPE other.kind FROM PUBLIC');
	my %refused = ('ALTER TABLE t OWNER TO stranger' => qr/must be member of role "stranger"/, 'CREATE TABLE u (id int REFERENCES other.hidden)' => qr/permission denied for schema other/, 'CREATE CAST (text AS int) WITH INOUT' => qr/must be owner of type/,
		'CREATE PUBLICATION p FOR ALL TABLES' => qr/superuser/, 'CREATE TABLE other.mine (a int)' => qr/permission denied for schema other/, 'SET ROLE stranger' => qr/permission denied to set role "stranger"/, 'CREATE FUNCTION c() RETURNS int LANGUAGE c AS $$x$$' => qr/permission denied for language c/);
	for my $ddl (sort keys %refused)
	{
		my $error = $db->fails(diff("CREATE TABLE t (a int);\n$ddl"), '42501', $refused{$ddl}, "the desired DDL runs as the caller: $ddl", role => 'builder');
		like($error->{context}, qr/desired DDL, statement 2, line 2/, '... with statement and line');
	}
	$db->fails(generate('x001', 'SELECT pg_read_file($$PG_VERSION$$)'), '42501', qr/pg_read_file/, '... and reads no file of the server', role => 'builder');
	$db->answers('SELECT count(*) FROM migrate.revision', '0', 'nothing was stored');
}

# --- what a superuser has made for the whole database -------------------------------------------------------

{
	my $db = database();
	$db->query(generate('a001', $first) . '; SELECT FROM migrate_upgrade()', role => 'builder');
	my %others = ('an event trigger' => 'CREATE FUNCTION public.noted() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$; CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION public.noted()',
		'a publication' => 'CREATE PUBLICATION everything FOR ALL TABLES', 'a server' => 'CREATE FOREIGN DATA WRAPPER far; CREATE SERVER away FOREIGN DATA WRAPPER far', 'default privileges' => 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO stranger');
	for my $what (sort keys %others)
	{
		$db->query("SET client_min_messages = error; $others{$what}");
		$db->answers(diff("$first CREATE TABLE new (a int);"), "CREATE TABLE app.new (\n    a integer\n)", "$what is left alone and does not hinder the proof", role => 'builder');
		$db->answers(diff("$first CREATE TABLE new (a int);" =~ s/CREATE VIEW v/\n-- migrate:renamed v\nCREATE VIEW w/r), "ALTER VIEW app.v RENAME TO w\nCREATE TABLE app.new (\n    a integer\n)", '... nor that of a rename', role => 'builder');
	}
}

# --- other people's objects in one's schema -----------------------------------------------------------------

{
	my $db = database();
	$db->query(generate('a001', $first) . '; SELECT FROM migrate_upgrade()', role => 'builder');
	$db->query('CREATE TABLE app.alien (a int); REVOKE ALL ON app.alien FROM PUBLIC; CREATE FUNCTION app.secret() RETURNS int LANGUAGE sql AS $$SELECT 42$$; REVOKE ALL ON FUNCTION app.secret() FROM PUBLIC');
	$db->answers('SELECT object, difference FROM migrate_check()', "function app.secret()|unexpected\ntable app.alien|unexpected", 'somebody else\'s object is drift as any other', role => 'builder');
	my $with = "$first CREATE TABLE alien (a int); CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS 'SELECT 42'; CREATE TABLE new (a int);";
	$db->answers(diff($with), "CREATE TABLE app.new (\n    a integer\n)", 'where the desired DDL speaks of no owner the proof needs none', role => 'builder');
	my $owned = $db->fails(diff("$with ALTER TABLE new OWNER TO builder;"), '42501', qr/postgres/, 'where it does, the proof cannot make it for its owner', role => 'builder');
	like($owned->{hint}, qr/verify => false/, '... the hint says what helps');
	$db->answers('SELECT count(*) > 0 FROM (' . diff("$with ALTER TABLE new OWNER TO builder;", 'verify => false') . ') d', 't', '... without the proof it is compared', role => 'builder');
	$db->answers(generate('a002', $with) . '; SELECT count(*) FROM migrate_upgrade(); SELECT * FROM migrate_check()', "a002\n1", '... and the migration runs', role => 'builder');
	$db->query(generate('a003', $with =~ s/alien \(a int/alien (a int, b int/r, 'verify => false'), role => 'builder');
	$db->fails('SELECT FROM migrate_upgrade()', '42501', qr/must be owner of table alien\nCONTEXT:.*upgrade of revision a003, statement 1/, '... one that alters it ends with an error that names it', role => 'builder');
	$db->query(q{SELECT FROM migrate_upgrade()});
	$db->answers(generate('a004', $first, 'verify => false') . '; SELECT count(*) FROM migrate_upgrade(); SELECT * FROM migrate_check()', "a004\n1", '... but who owns a schema may drop what is in it', role => 'builder');
	$db->answers(diff($first), '', '... and with it gone, the proof is back', role => 'builder');
}

# --- what one may not see ---------------------------------------------------------------------------------------

SKIP:
{
	my $db = database();
	skip 'postgres_fdw is not there', 1 unless $db->query(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'postgres_fdw'});
	$db->query(q{CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO builder; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw; CREATE USER MAPPING FOR stranger SERVER far OPTIONS (password 'hunter2', "user" 'x')});
	$db->query(generate('a001', 'CREATE TABLE t (a int)', 'verify => false') . '; SELECT FROM migrate_upgrade()', role => 'builder');
	my $full = $db->attempt(diff('CREATE TABLE t (a int, b int)', 'verify => false'), role => 'builder');
	is("$full->{sqlstate} $full->{out}", '00000 ALTER TABLE app.t ADD COLUMN b integer', 'a mapping of somebody else: the comparison goes on');
	like($full->{text}, qr/cannot be compared\nDETAIL:.*user mapping/, '... a NOTICE tells what was not compared');
	$db->answers('SELECT count(*) FROM migrate_check()', '0', "... it is no drift for $_", role => $_) for qw(builder stranger);
	$db->query(q{SELECT FROM migrate_stamp('current')});
	$db->answers('SELECT count(*) FROM migrate_check()', '0', "... nor in the snapshot of a superuser, for $_", role => $_) for qw(postgres builder stranger reader);
	for my $role (qw(builder reader stranger))
	{
		my $said = $db->attempt('SELECT migrate_schema_sql(); SELECT * FROM migrate_check()', role => $role);
		unlike("$said->{out} $said->{text}", qr/hunter2/, "... its password is not shown to $role");
	}
	$db->query(q{ALTER USER MAPPING FOR stranger SERVER far OPTIONS (SET password 'hunter3')});
	like($db->query('SELECT kind, difference FROM migrate_check()'), qr/^user mapping\|changed$/m, 'who sees it finds that it was changed');
	unlike($db->query('SELECT * FROM migrate_check()'), qr/hunter/, '... without its text');
	$db->answers(q{SELECT count(*) FROM migrate.snapshot WHERE model LIKE '%hunter%'}, '0', '... which no snapshot holds');
	my $mine = q{CREATE TABLE t (a int); CREATE SERVER near FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE ft (a int) SERVER near; CREATE USER MAPPING FOR builder SERVER near OPTIONS (password '%s')};
	$db->query('DROP SERVER far CASCADE');
	$db->answers(generate('a002', sprintf $mine, 'mine1') . '; SELECT count(*) FROM migrate_upgrade(); SELECT * FROM migrate_check()', "a002\n1", 'a server and a mapping of one\'s own, with the proof', role => 'builder');
	like($db->query(diff(sprintf $mine, 'mine2'), role => 'builder'), qr/USER MAPPING FOR builder SERVER near OPTIONS \((?:SET )?password 'mine2'\)/, '... whose options are compared');
	$db->answers(q{SELECT FROM migrate_downgrade('a001'); SELECT * FROM migrate_check(); SELECT count(*) FROM pg_user_mappings}, '0', '... and the way back takes them away', role => 'builder');
}

stays_up($node);
done_testing();
