# What an attacker leaves in public, or the caller in pg_temp, never runs with anybody else's rights.
# Every trap writes the role it caught to the table canary.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use Test::More;

my $node = new_server('search_path');
my $db = Strata->new($node, 'attacked', schema => 'strata');
$db->query('CREATE ROLE mallory LOGIN; CREATE ROLE deployer LOGIN; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA strata TO deployer;
	GRANT USAGE ON SCHEMA strata TO PUBLIC; GRANT CREATE ON SCHEMA public TO mallory, deployer; GRANT SELECT ON migrate.script TO deployer;
	CREATE SCHEMA traps; GRANT ALL ON SCHEMA traps TO PUBLIC; CREATE TABLE traps.canary (who name, trap text); GRANT INSERT ON traps.canary TO PUBLIC');

# A function of mallory's that catches its caller and then answers as the real one would.
sub trap
{
	my ($signature, $returns, $answer) = @_;
	my $name = quote($signature);
	return "CREATE FUNCTION public.$signature RETURNS $returns LANGUAGE plpgsql VOLATILE AS \$t\$
		BEGIN INSERT INTO traps.canary VALUES (current_user, $name); RETURN $answer; END \$t\$;\n";
}

my $traps = join '',
  trap('trap_eq(text, text)', 'bool', 'true'),
  trap('trap_eqn(name, name)', 'bool', 'true'),
  trap('trap_eqa(text[], text[])', 'bool', 'true'),
  trap('trap_eqo(oid, oid)', 'bool', 'true'),
  trap('trap_eqi(int, int)', 'bool', 'true'),
  trap('trap_equ(uuid, uuid)', 'bool', 'true'),
  trap('trap_cat(text, text)', 'text', "''"),
  trap('now()', 'timestamptz', 'pg_catalog.now()'),
  trap('clock_timestamp()', 'timestamptz', 'pg_catalog.now()'),
  trap('gen_random_uuid()', 'uuid', "'00000000-0000-0000-0000-000000000000'"),
  trap('current_setting(text)', 'text', "''"),
  trap('set_config(text, text, bool)', 'text', "''"),
  trap('pg_try_advisory_xact_lock(bigint)', 'bool', 'true'),
  trap('pg_try_advisory_xact_lock(int, int)', 'bool', 'true'),
  trap('to_regclass(text)', 'regclass', 'NULL'),
  trap('format(text, text)', 'text', "''"),
  trap('quote_literal(text)', 'text', "''"),
  trap('array_to_string(text[], text)', 'text', "''"),
  trap('jsonb_build_object(text, text)', 'jsonb', "'{}'"),
  trap('sha256(bytea)', 'bytea', "''"),
  trap('coalesce_text(text)', 'text', "''");
$traps .= "CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO traps.canary VALUES (current_user, 'unnest'); RETURN NEXT 'trapped'; END \$\$;\n";
$traps .= trap('grow(text[], text)', 'text[]', "'{}'::text[]") . "CREATE AGGREGATE public.array_agg(text) (SFUNC = public.grow, STYPE = text[]);\n";
$traps .= trap('longer(text, text)', 'text', "''") . "CREATE AGGREGATE public.max(text) (SFUNC = public.longer, STYPE = text);\n";
$traps .= "CREATE OPERATOR public.$_->[0] (FUNCTION = public.$_->[1], LEFTARG = $_->[2], RIGHTARG = $_->[2]);\n"
  for [ '=', 'trap_eq', 'text' ], [ '=', 'trap_eqn', 'name' ], [ '=', 'trap_eqa', 'text[]' ], [ '=', 'trap_eqo', 'oid' ], [ '=', 'trap_eqi', 'int' ], [ '=', 'trap_equ', 'uuid' ],
  [ '<>', 'trap_eq', 'text' ], [ '~', 'trap_eq', 'text' ], [ '||', 'trap_cat', 'text' ], [ '@>', 'trap_eqa', 'text[]' ], [ '<', 'trap_eq', 'text' ];
$traps .= "CREATE TABLE public.$_ (LIKE migrate.$_); GRANT ALL ON public.$_ TO PUBLIC;
	CREATE FUNCTION public.shadow_$_() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN INSERT INTO traps.canary VALUES (current_user, 'table $_'); RETURN NEW; END \$\$;
	CREATE TRIGGER shadow BEFORE INSERT OR UPDATE OR DELETE ON public.$_ FOR EACH ROW EXECUTE FUNCTION public.shadow_$_();\n"
  for qw(version revision);
$traps .= "CREATE TABLE public.pg_class (oid oid, relname name); CREATE TABLE public.pg_extension (oid oid, extname name); CREATE DOMAIN public.text AS pg_catalog.text;\n";
$db->query("GRANT SELECT ON migrate.revision, migrate.version TO mallory");
$db->query($traps, role => 'mallory');

# The trap works: who calls by an unsafe path is caught.
$db->query("SET search_path = public, pg_catalog; SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text, now()");
$db->answers('SELECT count(*) FROM traps.canary', '2', '(the traps catch who is careless)');

# Files of all kinds, loaded and run below by an unsafe path: their own text uses nothing that could be caught.
my @files = (
	revision('a', labels => 'shop', up => 'CREATE TABLE strata.t (id pg_catalog.int4);', down => 'DROP TABLE strata.t;'),
	revision('b1', after => 'a', up => '', down => ''),
	revision('b2', after => 'a', up => '', down => '', depends_on => 'b1'),
	revision('m', after => 'b1, b2', up => '', down => ''));
my $load = 'strata.migrate_load(ARRAY[' . join(', ', map { quote($_) . '::pg_catalog.text' } @files) . '])';
my @calls = (
	$load, $load,
	"strata.migrate_revision('one more', downgrade => '', rev_id => 'n', head => 'm')", "strata.migrate_revision('beside', downgrade => '', rev_id => 'o', head => 'm', splice => true)",
	"strata.migrate_merge('again', ARRAY['n', 'o']::pg_catalog.text[], rev_id => 'p')",
	"strata.migrate_plan('upgrade', 'head')", "strata.migrate_upgrade_sql('head')", "strata.migrate_upgrade('+1')", "strata.migrate_upgrade('head')", "strata.migrate_current()",
	"strata.migrate_heads()", "strata.migrate_heads(true)", 'strata.migrate_branches()', 'strata.migrate_history()', "strata.migrate_history('a:m')", "strata.migrate_show('m')",
	'strata.migrate_graph()', "strata.migrate_graph('dot')", "strata.migrate_graph('mermaid')", 'strata.migrate_health()', 'strata.migrate_require()', 'strata.migrate_doctor()',
	"strata.migrate_script('m')", "strata.migrate_downgrade_sql('a')", "strata.migrate_downgrade('base')", "strata.migrate_stamp('head')", "strata.migrate_stamp('base', true)",
	"strata.migrate_stamp(ARRAY['b1', 'b2']::pg_catalog.text[])", "strata.migrate_stamp('base')");

my %paths = (
	'public before pg_catalog' => 'SET search_path = public, pg_catalog;',
	'pg_temp with traps of its own' => 'CREATE TEMP TABLE revision (LIKE migrate.revision); CREATE TEMP TABLE version (LIKE migrate.version); CREATE TEMP TABLE pg_class (relname name);
		CREATE TEMP TABLE pg_extension (extname name); CREATE TEMP TABLE pg_locks (pid int); CREATE TEMP TABLE pg_stat_activity (pid int); CREATE DOMAIN pg_temp.text AS pg_catalog.int4; SET search_path = pg_temp, public, pg_catalog;',
	'an empty path' => "SET search_path = '';",
	'a path to nowhere' => 'SET search_path = nosuch;');
for my $path (sort keys %paths)
{
	for my $role ($node->safe_psql('postgres', 'SELECT current_user'), 'deployer')
	{
		$db->query('TRUNCATE traps.canary, migrate.revision, migrate.script, migrate.version, migrate.log');
		$db->query('GRANT ALL ON SCHEMA strata TO deployer');
		for my $call (@calls)
		{
			my $answer = $db->attempt("$paths{$path} SELECT * FROM $call", role => $role);
			is($answer->{sqlstate}, '00000', "$path, as $role: $call works") or diag($answer->{text});
		}
		$db->answers('SELECT who, trap FROM traps.canary', '', "$path, as $role: nothing of the attacker's ran");
		$db->answers("SELECT count(*) > 10 FROM migrate.log", 't', "$path, as $role: the real catalog was written");
	}
}
$db->answers('SELECT count(*) FROM public.revision', '0', 'the shadow tables stayed empty');

# A printed script runs in psql by the operator's path: the bookkeeping must be as safe there.
$db->query('TRUNCATE traps.canary, migrate.revision, migrate.script, migrate.version, migrate.log');
$db->query("SELECT * FROM $load");
my $printed = $db->query("SELECT strata.migrate_upgrade_sql('head')");
my $ran = $db->attempt("SET search_path = public, pg_catalog;\n$printed");
is($ran->{sqlstate}, '00000', 'a printed script runs by an unsafe path');
$db->answers('SELECT who, trap FROM traps.canary', '', "... and nothing of the attacker's");
is($db->query('SELECT strata.migrate_current()'), 'm', '... to its end');

# pg_dump and restore of a database with traps is the restoring superuser's risk as ever; the
# catalog's own constraints and triggers must add none.
$db->query("SET search_path = public, pg_catalog; INSERT INTO migrate.version VALUES ('z'); DELETE FROM migrate.version WHERE revision OPERATOR(pg_catalog.=) 'z';
	UPDATE migrate.revision SET message = 'm' WHERE revision OPERATOR(pg_catalog.=) 'm'; INSERT INTO migrate.script VALUES ('z', 'upgrade', '', true, 1, '', NULL, NULL)");
$db->answers('SELECT who, trap FROM traps.canary', '', "constraints and triggers of the catalog call nothing of the attacker's");

stays_up($node);
done_testing();
