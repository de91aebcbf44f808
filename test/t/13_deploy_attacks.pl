# What others may own must not run with the rights of who deploys: functions in the expressions of an index, settings, operators.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('attacks', conf => 'autovacuum = off');
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN; CREATE ROLE deployer LOGIN');

# --- the trial of an index -----------------------------------------------------------------------

# An INVALID index of the expected name makes the deploy try the statement on an empty table. The expression calls what the owner of the
# table has written; it notes, beyond any rollback, as whom it runs.
my $db = Strata->new($node, 'trial');
my $noted = PostgreSQL::Test::Utils::tempdir() . '/noted';
$db->query(<<"SQL");
CREATE SCHEMA evil AUTHORIZATION mallory;
SET ROLE mallory;
CREATE TABLE evil.t (a int);
INSERT INTO evil.t VALUES (1), (1);
CREATE FUNCTION evil.note() RETURNS void VOLATILE LANGUAGE plpgsql AS \$\$
BEGIN
	IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
		COPY (SELECT current_user) TO PROGRAM 'cat > $noted';
	END IF;
END \$\$;
CREATE FUNCTION evil.g(x int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS \$\$ BEGIN PERFORM evil.note(); RETURN x; END \$\$;
CREATE FUNCTION evil.f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT evil.g(1) + \$1';
SQL
$db->attempt('SET ROLE mallory; CREATE UNIQUE INDEX CONCURRENTLY i ON evil.t (evil.f(a))', go_on => 1);
$db->answers("SELECT indisvalid FROM pg_index WHERE indexrelid = 'evil.i'::regclass", 'f', '(there is an INVALID index)');
$db->query('DELETE FROM evil.t WHERE ctid = (SELECT min(ctid) FROM evil.t)');
$db->load(revision('x', up => 'CREATE UNIQUE INDEX CONCURRENTLY i ON evil.t (evil.f(a));', down => ''));
my $result = $db->deploys('an index whose expression calls a function of the owner of the table');
like($result->{text}, qr/dropping the invalid index evil\.i/, '... was tried and recognised');
ok(!-e $noted, "... and the function never had the deployer's rights");
$db->answers("SELECT indisvalid FROM pg_index WHERE indexrelid = 'evil.i'::regclass", 't', '... it is valid');

# --- settings that only a superuser may change ----------------------------------------------------

# Before a library is loaded anybody may give a value to its settings; loading takes away what he had no right to.
$db = Strata->new($node, 'placeholder');
$db->query('GRANT EXECUTE ON PROCEDURE migrate_deploy(text) TO deployer; GRANT CREATE ON SCHEMA public TO deployer');
$db->load(revision('x', up => "CREATE TABLE mine ();\nVACUUM mine;\nDO \$\$ BEGIN PERFORM 1; END \$\$;\nVACUUM mine;", down => ''));
my $session = $db->session(role => 'deployer');
$session->ask("SET plpgsql.variable_conflict = 'use_column'");
$result = $session->try('CALL migrate_deploy()');
is($result->{sqlstate}, '00000', 'a deploy loads a library whose setting the deployer has guessed') or diag($result->{text});
is($session->ask('SHOW plpgsql.variable_conflict'), 'error', '... which does not give him the right to set it');
$session->close;

# --- left-overs of REINDEX CONCURRENTLY -----------------------------------------------------------

# The owner of a table may not drop an index of its TOAST table: it stays, and the deploy goes on.
$db = Strata->new($node, 'toast');
$db->query("GRANT EXECUTE ON PROCEDURE migrate_deploy(text) TO deployer; GRANT CREATE ON SCHEMA public TO deployer; SET ROLE deployer; CREATE TABLE big (k int PRIMARY KEY, a text)");
$db->query("CREATE SCHEMA other; CREATE TABLE other.t (a int); CREATE INDEX keep ON other.t (a); CREATE INDEX keep_ccnew ON other.t (a)");
$db->query("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'other.keep_ccnew'::regclass");
$db->load(revision('x', up => 'REINDEX TABLE CONCURRENTLY big;', down => ''), revision('y', after => 'x', up => 'REINDEX SCHEMA CONCURRENTLY public;', down => ''));
my ($old, $runner) = ($db->session, $db->session(role => 'deployer'));
$old->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
$runner->start("CALL migrate_deploy('x')");
$db->wait_until_waiting($runner, 'virtualxid');
is($db->cancel($runner)->{sqlstate}, '57014', '(a REINDEX is interrupted)');
$old->ask('COMMIT');
$db->answers("SELECT count(*) > 0 FROM pg_index WHERE NOT indisvalid AND indexrelid::regclass::text ~ 'pg_toast'", 't', '(it left an index of the TOAST table)');
$result = $runner->try("CALL migrate_deploy('x')");
is($result->{sqlstate}, '00000', 'the next deploy goes on') or diag($result->{text});
like($result->{text}, qr/WARNING:.*pg_toast\S* stays: permission denied/, '... and says what the deployer may not drop');
$db->answers("SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indrelid = 'big'::regclass", '0', '... what he may drop is gone');
$runner->close;

# REINDEX SCHEMA cleans up in its schema.
$runner = $db->session;
$old->ask('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
$runner->start('CALL migrate_deploy()');
$db->wait_until_waiting($runner, 'virtualxid');
is($db->cancel($runner)->{sqlstate}, '57014', '(a REINDEX SCHEMA is interrupted)');
$old->ask('COMMIT');
$_->close for $old, $runner;
$db->deploys('REINDEX SCHEMA goes on');
$db->answers("SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE NOT indisvalid AND relnamespace = 'public'::regnamespace", '0', '... nothing INVALID is left in its schema');
$db->answers("SELECT to_regclass('other.keep_ccnew') IS NOT NULL", 't', '... another schema is left alone');

# --- the script for containers --------------------------------------------------------------------

# An operator that fits better than that of the server, in a schema where others may create.
$db = Strata->new($node, 'script');
$db->query(<<'SQL');
GRANT CREATE ON SCHEMA public TO mallory;
SET ROLE mallory;
CREATE FUNCTION public.note() RETURNS void VOLATILE LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN EXECUTE 'ALTER ROLE mallory SUPERUSER'; END IF;
END $$;
CREATE FUNCTION public.cat(bigint, text) RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN PERFORM public.note(); RETURN $1::text OPERATOR(pg_catalog.||) $2; END $$;
CREATE OPERATOR public.|| (LEFTARG = bigint, RIGHTARG = text, FUNCTION = public.cat);
CREATE FUNCTION public.cat(text, name) RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN PERFORM public.note(); RETURN $1 OPERATOR(pg_catalog.||) $2::text; END $$;
CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = name, FUNCTION = public.cat);
CREATE FUNCTION public.version() RETURNS text VOLATILE LANGUAGE plpgsql AS $$ BEGIN PERFORM public.note(); RETURN 'linux'; END $$;
RESET ROLE;
ALTER DATABASE script SET search_path = public, pg_catalog;
SQL
my $directory = PostgreSQL::Test::Utils::tempdir();
write_text("$directory/x.sql", revision('x'));
my ($out, $err) = run_command([ 'migrate-deploy', '-d', $node->connstr('script'), $directory ]);
like($err, qr/migrate-deploy: done/, 'migrate-deploy beside hostile operators') or diag($err);
$db->answers("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) 'mallory'", 'f', '... runs none of them');

stays_up($node);
done_testing();
