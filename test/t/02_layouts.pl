# migrate_load_directory: our files, dbmate's, golang-migrate's and Flyway's, and who may read them.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('layouts');

# A folder with these files: name => text.
sub folder
{
	my %files = @_;
	my $path = PostgreSQL::Test::Utils::tempdir();
	write_text("$path/$_", $files{$_}) for keys %files;
	chmod 0755, $path;
	return $path;
}

sub load_folder
{
	my ($db, $path, $more) = @_;
	return 'SELECT revision, action FROM migrate_load_directory(' . quote($path) . ($more // '') . ')';
}

# 'a <- b <- c', oldest first.
sub line_of
{
	my ($db) = @_;
	return join ' <- ', reverse split /\n/, $db->query('SELECT revision FROM migrate_history()');
}

# --- ours ---------------------------------------------------------------------------------------

my $db = Strata->new($node, 'ours');
my $ours = folder('0001_a.sql' => revision('a'), 'zz.sql' => revision('b', after => 'a'), 'README.md' => 'not SQL', 'notes.sql.orig' => 'not SQL');
is($db->query(load_folder($db, $ours) . ' ORDER BY 1'), "a|added\nb|added", 'every *.sql file of ours is loaded, and no other file');
is($db->query(load_folder($db, $ours) . ' ORDER BY 1'), "a|unchanged\nb|unchanged", 'a second time nothing changes');
$db->answers('SELECT file FROM migrate.revision ORDER BY revision', "0001_a.sql\nzz.sql", 'the catalog remembers the names of the files');
unlink "$ours/zz.sql";
is($db->query(load_folder($db, $ours, ', prune => true') . ' ORDER BY 1'), "a|unchanged\nb|removed", 'prune compares with the folder');

write_text("$ours/0003_bad.sql", revision('c', after => 'a', up => "SELECT 1;\n  SELEKT 2;"));
write_text("$ours/0004_bad.sql", "-- revision: d\n-- shape: round\n\n-- migrate:up\n");
my $error = $db->fails(load_folder($db, $ours), '\w{5}', qr/0003_bad\.sql/, 'a fault tells the name of the file');
like($error->{text}, qr/0003_bad\.sql.{0,12}\b7\b.{0,12}\b3\b/s, '... with line and column');
like($error->{text}, qr/SELEKT/, '... and the offending text');
like($error->{text}, qr/0004_bad\.sql/, '... and those of all files come at once');
$db->answers('SELECT migrate_heads()', 'a', '... and nothing is loaded');

# --- dbmate -------------------------------------------------------------------------------------

$db = Strata->new($node, 'dbmate');
my $dbmate = folder(
	'20240102030405_create_users.sql' => "-- migrate:up\nCREATE TABLE users (id int);\n\n-- migrate:down\nDROP TABLE users;\n",
	'20240201000000_add_name.sql' => "-- migrate:up transaction:true\nALTER TABLE users ADD name text;\n\n-- migrate:down\nALTER TABLE users DROP name;\n",
	'20240301000000_no_way_back.sql' => "-- migrate:up\nCREATE TABLE posts ();\n",
	'20240401000000_concurrent.sql' => "-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY i ON users (id);\n\n-- migrate:down transaction:false\nDROP INDEX CONCURRENTLY i;\n");
$db->query(load_folder($db, $dbmate));
is(line_of($db), '20240102030405 <- 20240201000000 <- 20240301000000 <- 20240401000000', 'dbmate: a line of versions');
$db->answers("SELECT down_revision FROM migrate.revision WHERE revision = '20240201000000'", '{20240102030405}', 'dbmate: each follows the one before');
like($db->query("SELECT message FROM migrate.revision WHERE revision = '20240102030405'"), qr/^create[_ ]users$/, 'dbmate: the message is in the name');
$db->answers("SELECT is_reversible FROM migrate_history() WHERE revision = '20240301000000'", 'f', 'dbmate: no section, no way back');
$db->fails('SELECT migrate_upgrade()', 'MG008', qr/20240401000000/, 'dbmate: transaction:false cannot run in a transaction');
$db->upgrade('20240301000000');
is($db->current, '20240301000000', 'dbmate: those before it run');

# --- golang-migrate -----------------------------------------------------------------------------

$db = Strata->new($node, 'golang');
my $golang = folder(
	'1_init.up.sql' => "CREATE TABLE init ();\n",
	'1_init.down.sql' => "DROP TABLE init;\n",
	'2_wrapped.up.sql' => "BEGIN;\nCREATE TABLE wrapped ();\nCOMMIT;\n",
	'2_wrapped.down.sql' => "BEGIN;\nDROP TABLE wrapped;\nCOMMIT;\n",
	'10_last.up.sql' => "CREATE TABLE last ();\n");
$db->query(load_folder($db, $golang));
is(line_of($db), '1 <- 2 <- 10', 'golang-migrate: versions are numbers, not words');
$db->answers('SELECT count(*) FILTER (WHERE is_reversible), count(*) FROM migrate_history()', '2|3', 'golang-migrate: no .down.sql, no way back');
$db->upgrade;
$db->answers("SELECT to_regclass('last') IS NOT NULL AND to_regclass('wrapped') IS NOT NULL", 't', 'golang-migrate: the .up.sql files run');
$db->fails(load_folder($db, folder('1_a.up.sql' => '', '1_b.up.sql' => '')), 'MG005|MG009', qr/\b1\b/, 'golang-migrate: one version twice is a fault');
$db->fails(load_folder($db, folder('7_lonely.down.sql' => 'SELECT 1;')), 'MG\d\d\d', qr/7_lonely/, 'golang-migrate: a way back without a way there is a fault');

# --- Flyway -------------------------------------------------------------------------------------

$db = Strata->new($node, 'flyway');
my $flyway = folder(
	'V1__init.sql' => "CREATE TABLE init ();\n",
	'V1_2__second.sql' => "CREATE TABLE second ();\n",
	'U1_2__second.sql' => "DROP TABLE second;\n",
	'V1.10__third.sql' => "CREATE TABLE third ();\n",
	'V2__fourth.sql' => "CREATE TABLE fourth ();\n");
$db->query(load_folder($db, $flyway));
$db->answers("SELECT string_agg(message, ' <- ') FROM (SELECT message FROM migrate_history() WITH ORDINALITY ORDER BY ordinality DESC) h",
	'init <- second <- third <- fourth', 'Flyway: versions are compared part by part');
$db->answers('SELECT message FROM migrate_history() WHERE is_reversible', 'second', 'Flyway: U files are the way back');
$db->upgrade;
$db->answers("SELECT to_regclass('fourth') IS NOT NULL", 't', 'Flyway: the files run');

# What a layout gave is a revision like any other: it prints as ours, and loads back.
for my $name (qw(dbmate golang flyway))
{
	my $from = bless { node => $node, name => $name }, 'Strata';
	unlike($from->load($from->scripts), qr/added|updated|removed/, "$name: migrate_script loads back unchanged");
}

# --- which folder, and who ------------------------------------------------------------------------

$db = Strata->new($node, 'folders');
$db->answers(load_folder($db, folder()), '', 'an empty folder loads nothing');
$db->fails(load_folder($db, '/nowhere/at/all'), '58P01', qr{/nowhere/at/all}, 'a folder that does not exist');
$db->fails(load_folder($db, "$dbmate/20240201000000_add_name.sql"), '\w{5}', qr/20240201000000_add_name/, 'a file is not a folder');
$db->fails(load_folder($db, ''), '\w{5}', qr/./, 'no name is not a folder');
$db->fails('SELECT migrate_load_directory(NULL)', '22004', qr/path/, 'NULL is not a folder');

$db->query('CREATE ROLE loader LOGIN; GRANT EXECUTE ON FUNCTION migrate_load_directory(text, boolean) TO loader');
$db->fails(load_folder($db, $dbmate), '42501', qr/./, 'without pg_read_server_files the folder stays closed', role => 'loader');
$db->fails(load_folder($db, '/nowhere/at/all'), '42501', qr/./, '... and nobody learns what exists', role => 'loader');
$db->query('GRANT pg_read_server_files TO loader');
is($db->query('SELECT count(*) FROM migrate_load_directory(' . quote($dbmate) . ')', role => 'loader'), '4', 'with it the folder is loaded');

# --- many files ---------------------------------------------------------------------------------

my $many = PostgreSQL::Test::Utils::tempdir();
write_text(sprintf('%s/%05d.sql', $many, $_), revision(sprintf('r%05d', $_), $_ ? (after => sprintf('r%05d', $_ - 1)) : ())) for 0 .. 9_999;
$db = Strata->new($node, 'many');
$db->answers('SELECT action, count(*) FROM migrate_load_directory(' . quote($many) . ') GROUP BY action', 'added|10000', '10,000 files load');
$db->answers('SELECT action, count(*) FROM migrate_load_directory(' . quote($many) . ') GROUP BY action', 'unchanged|10000', '... and load again without a change');

stays_up($node);
done_testing();
