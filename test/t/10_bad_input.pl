# No input brings a backend down: after each of these the same backend answers.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $node = new_server('bad_input');
my $db = Strata->new($node, 'bad');
$db->load(revision('a', labels => 'shop'), revision('b', after => 'a'));
$db->upgrade('a');
my $session = $db->session;

# The call ends as it should ('00000' or an SQLSTATE pattern), in the backend it began in, and changes nothing.
sub survives
{
	my ($what, $call, $sqlstate) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $session->try("BEGIN;\n$call;\nROLLBACK");
	my $now = eval { $session->ask("SELECT pg_backend_pid() || ' ' || migrate_current()") } // "gone: $@";
	ok($result->{sqlstate} =~ /^(?:$sqlstate)$/ && $now eq $session->pid . ' a', "survives $what ($sqlstate)")
	  or diag("$result->{sqlstate}, then $now\n" . substr($result->{text}, 0, 1000));
	$session = $db->session if $now =~ /^gone/;
	return $result;
}

my @texts = qw(migrate_upgrade migrate_downgrade migrate_stamp migrate_require migrate_show migrate_script migrate_upgrade_sql migrate_downgrade_sql migrate_history migrate_graph);

# --- targets ------------------------------------------------------------------------------------

my %targets = (
	'an empty target' => "''", 'white space' => "' '", 'an at sign' => "'\@'", 'two at signs' => "'shop\@b\@c'", 'a plus' => "'+'", 'a minus' => "'-'", 'minus zero' => "'-0'",
	'a huge step' => "'+99999999999999999999'", 'a huge step back' => "'a-99999999999999999999'", 'colons' => "':::'", 'one colon' => "':'",
	'a letter of three bytes' => "'\x{e2}\x{82}\x{ac}'", 'a quote' => "''''", 'a control character' => "E'\\x01'", 'a line break' => "E'a\\nb'", 'an injection' => "'a''; DROP TABLE migrate.version; --'",
	'a percent sign' => "'%s%n%d'", 'a brace' => "'{}{0}'", '1 MB of a name' => "repeat('x', 1 << 20)", '1 MB of at signs' => "repeat('\@', 1 << 20)", '1 MB of pluses' => "repeat('+1', 1 << 19)",
	'a label without a target' => "'shop\@'", 'a target without a label' => "'\@head'", 'an unknown label' => "'nosuch\@head'", 'base minus one' => "'base-1'", 'head plus one' => "'head+1'",
	'a step from nowhere' => "'nosuch+1'", 'current of nothing' => "'nosuch\@current'");
for my $what (sort keys %targets)
{
	for my $function (@texts)
	{
		my $result = survives("$what as the argument of $function", "SELECT count(*) FROM $function($targets{$what})", '00000|MG00[1-8]|[24]\w{4}|54000|55000');
		unlike($result->{message}, qr/x{2000}/, "... and does not repeat a megabyte ($function)") if $what =~ /1 MB/;
	}
}
survives("operation $_", "SELECT count(*) FROM migrate_plan($_, 'head')", '[24]\w{4}') for "''", "'UPGRADE '", "'drop'", "repeat('x', 1 << 20)";
survives("from_heads $_", "SELECT count(*) FROM migrate_plan('upgrade', 'head', $_)", '00000|MG\d\d\d|[24]\w{4}')
  for "'{}'", "'{NULL}'", "'{a,a}'", "'{nosuch}'", "'{{a,b},{b,a}}'", "ARRAY[repeat('x', 1 << 20)]";

# --- NULL and arrays ----------------------------------------------------------------------------

survives("NULL for $_", "SELECT count(*) FROM $_", '00000|[24]\w{4}|MG\d\d\d')
  for map({ "$_(NULL)" } @texts), 'migrate_load(NULL)', 'migrate_load(NULL, NULL)', "migrate_load(ARRAY[]::text[], NULL)", 'migrate_load_directory(NULL)', 'migrate_load_directory(NULL, NULL)',
  'migrate_revision(NULL)', "migrate_revision('m', NULL, NULL, NULL, NULL, NULL, NULL, NULL)", 'migrate_merge(NULL)', "migrate_merge('m', NULL, NULL, NULL)", 'migrate_plan(NULL, NULL, NULL)',
  "migrate_plan('upgrade', NULL)", 'migrate_heads(NULL)', "migrate_stamp('a', NULL)", 'migrate_stamp(NULL::text[], NULL)', "migrate.record(NULL, NULL, NULL, NULL)", "migrate.record('upgrade', NULL, '{}', '{NULL}')";
for my $array ("'{}'", "'{NULL}'", "'{NULL,NULL}'", "'{{a,b},{c,d}}'", "'[5:6]={a,b}'", "array_fill('a'::text, ARRAY[3, 3, 3])", "array_fill(NULL::text, ARRAY[100000])")
{
	survives("the array $array: $_", "SELECT count(*) FROM " . s/%/$array/r, '00000|[24]\w{4}|MG\d\d\d')
	  for 'migrate_load(%)', 'migrate_load(%, true)', 'migrate_stamp(%)', "migrate_merge('m', %)", "migrate_merge('m', '{a}', 'x', %)", "migrate_revision('m', branch_labels => %)", "migrate_revision('m', depends_on => %)";
}

# --- revision files -----------------------------------------------------------------------------

my $file = "E'-- revision: n\\n-- migrate:up\\n' ||";
my %scripts = (
	'an unterminated quote' => [ "$file 'SELECT ''abc'", '42601' ],
	'an unterminated dollar quote' => [ "$file 'DO \$x\$ BEGIN'", '42601' ],
	'an unterminated identifier' => [ "$file 'SELECT \"abc'", '42601' ],
	'an unterminated comment' => [ "$file 'SELECT 1; /* /* */'", '42601' ],
	'an unterminated escape string' => [ "$file 'SELECT E''\\'", '42601' ],
	'nested comments' => [ "$file repeat('/*', 600) || repeat('*/', 600) || 'SELECT 1;'", '00000' ],
	'comments nested so deeply that the scanner would take minutes' => [ "$file repeat('/*', 50000) || repeat('*/', 50000) || 'SELECT 1;'", '54000' ],
	'many runs of nested comments' => [ "$file repeat(repeat('/*', 300) || repeat('*/', 300) || ' ', 1000) || 'SELECT 1;'", '54000' ],
	'a lone backslash' => [ "$file '\\'", 'MG009|42601' ],
	'only semicolons' => [ "$file repeat(';', 1000000)", '00000|54\w{3}' ],
	'an identifier of 1 MB' => [ "$file 'SELECT 1 AS ' || repeat('x', 1 << 20)", '00000' ],
	'a revision id of 1 MB' => [ "'-- revision: ' || repeat('x', 1 << 20) || E'\\n-- migrate:up\\n'", 'MG009|54\w{3}' ],
	'a message of 1 MB' => [ "E'-- revision: n\\n-- message: ' || repeat('x', 1 << 20) || E'\\n-- migrate:up\\n'", '00000|MG009|54\w{3}' ],
	'a header key of 1 MB' => [ "E'-- revision: n\\n-- ' || repeat('x', 1 << 20) || E': 1\\n-- migrate:up\\n'", 'MG009' ],
	'1,000 parents' => [ "E'-- revision: n\\n-- down_revision: ' || (SELECT string_agg('p' || i, ', ') FROM generate_series(1, 1000) i) || E'\\n-- migrate:up\\n'", 'MG005' ],
	'20,000 parents' => [ "E'-- revision: n\\n-- down_revision: ' || (SELECT string_agg('p' || i, ', ') FROM generate_series(1, 20000) i) || E'\\n-- migrate:up\\n'", 'MG009' ],
	'100,000 header lines' => [ "repeat(E'-- revision: n\\n', 100000) || E'-- migrate:up\\n'", 'MG009' ],
	'an expression of 1,000,000 terms' => [ "$file 'SELECT ' || repeat('1 + ', 999999) || '1;'", '00000|54\w{3}' ],
	'1,000,000 parentheses' => [ "$file 'SELECT ' || repeat('(', 1000000) || '1' || repeat(')', 1000000)", '54\w{3}|42601' ],
	'30,000 terms' => [ "$file 'SELECT ' || repeat('1 + ', 29999) || '1;'", '00000|54\w{3}' ],
	'100,000 UNIONs' => [ "$file 'SELECT 1' || repeat(' UNION SELECT 1', 100000)", '00000|54\w{3}' ],
	'100,000 brackets' => [ "$file 'SELECT a' || repeat('[1', 100000)", '54\w{3}|42601' ],
	'nested subselects' => [ "$file repeat('SELECT (', 50000)", '54\w{3}|42601' ],
	'nested CASE' => [ "$file 'SELECT ' || repeat('CASE WHEN true THEN ', 50000)", '54\w{3}|42601' ],
	'a bomb of NOTs' => [ "$file 'SELECT ' || repeat('NOT ', 200000) || 'true'", '42601|54\w{3}' ],
	'100,000 statements' => [ "$file repeat('SELECT 1;', 100000)", '00000' ],
	'a script of 100 MB' => [ "$file '-- ' || repeat('x', 104857600)", '54000' ],
	'a script of 100 MB of statements' => [ "$file repeat('SELECT 1;', 11650845)", '54000' ],
	'no text' => [ "''", 'MG009' ],
	'a byte order mark' => [ "E'\\uFEFF-- revision: n\\n-- migrate:up\\nSELECT 1;'", '00000|MG009' ],
	'DOS line ends' => [ "E'-- revision: n\\r\\n-- migrate:up\\r\\nSELECT 1;\\r\\n-- migrate:down\\r\\nSELECT 2;\\r\\n'", '00000' ],
	'old Mac line ends' => [ "E'-- revision: n\\r-- migrate:up\\rSELECT 1;\\r'", '00000|MG009' ],
	'a form feed and a vertical tab' => [ "$file E'\\f\\vSELECT 1;'", '00000|42601' ],
	'braces and percents' => [ "$file 'SELECT ''{}{0}%s%n'' WHERE {} %s;'", '42601' ],
	'a parameter' => [ "$file 'SELECT \$1;'", '00000|42P02|42601|MG009' ],
	'a huge parameter' => [ "$file 'SELECT \$99999999999999999999;'", '00000|42P02|42601|22003|MG009' ],
	'a huge number' => [ "$file 'SELECT ' || repeat('9', 1000000)", '00000' ],
	'an invalid unicode escape' => [ "$file 'SELECT U&''\\D800'';'", '00000|42601|22\w{3}' ]);
for my $what (sort keys %scripts)
{
	my ($text, $sqlstate) = @{ $scripts{$what} };
	my $result = survives("a file with $what", "SELECT action FROM migrate_load(ARRAY[$text])", $sqlstate);
	cmp_ok(length $result->{text}, '<', 20_000, "... and says so in few words: $what");
}
survives("$_->[0] in migrate_revision", "SELECT migrate_revision($_->[1])", $_->[2])
  for (
	[ 'an id of 1 MB', "'m', rev_id => repeat('x', 1 << 20)", 'MG009|54\w{3}|22\w{3}' ], [ 'an empty id', "'m', rev_id => ''", 'MG009|22\w{3}' ], [ 'an id with an at sign', "'m', rev_id => 'a\@b'", 'MG009|22\w{3}' ],
	[ 'a message with a line break', "E'-- migrate:up\\n-- revision: x'", '00000|MG009|22\w{3}' ], [ 'a million terms', "'m', 'SELECT ' || repeat('1 + ', 999999) || '1'", '00000|54\w{3}' ],
	[ 'a section marker in the upgrade', "'m', E'SELECT 1;\\n-- migrate:down\\nSELECT 2;'", '00000|MG009' ], [ 'a label of 1 MB', "'m', branch_labels => ARRAY[repeat('x', 1 << 20)]", '00000|MG\d\d\d|54\w{3}|22\w{3}' ],
	[ 'an id that is taken', "'m', rev_id => 'a'", 'MG005' ], [ 'a label that is taken', "'m', branch_labels => '{shop}'", 'MG005' ]);

# What is written through migrate_revision prints as a file that loads back, however odd its parts.
$session->try('BEGIN');
for my $odd ("E'two\\nlines'", "'--'", "'-- migrate:down'", "''", "'  spaces  '", "'\x{c3}\x{a4}'")
{
	my $id = $session->try("SELECT migrate_revision($odd, 'SELECT 1;', 'SELECT 2;', head => 'head')");
	next if $id->{sqlstate} ne '00000';
	is($session->ask("SELECT action FROM migrate_load(ARRAY[migrate_script('$id->{out}')])"), 'unchanged', "the message $odd survives its file");
}
$session->try('ROLLBACK');

# A long expression that loads must also run, or fail cleanly: the server's own parser has a stack guard.
for my $terms (1_000, 30_000, 999_999)
{
	$session->try("BEGIN; SELECT migrate_load(ARRAY[E'-- revision: long\\n-- down_revision: b\\n-- migrate:up\\nSELECT ' || repeat('1 + ', $terms) || '1;'])");
	my $result = $session->try('SELECT count(*) FROM migrate_upgrade()');
	like($result->{sqlstate}, qr/^(?:00000|54001|25P02)$/, "a statement of $terms terms runs, or fails as psql would fail");
	$session->try('ROLLBACK');
}
is($session->ask('SELECT pg_backend_pid()'), $session->pid, 'all of it in one backend');

# --- bytes of files -----------------------------------------------------------------------------

for my $bytes ([ 'a NUL', "SELECT 'a\0b';" ], [ 'invalid UTF-8', "SELECT '\xff\xfe';" ], [ 'a cut letter', "SELECT '\xe2\x82" ], [ 'UTF-16', "\xff\xfeS\0E\0L\0" ])
{
	my $folder = PostgreSQL::Test::Utils::tempdir();
	write_text("$folder/0001_odd.sql", "-- revision: odd\n\n-- migrate:up\n$bytes->[1]");
	my $result = survives("a file with $bytes->[0]", 'SELECT migrate_load_directory(' . quote($folder) . ')', '22021|MG009|22P05');
	like($result->{text}, qr/0001_odd\.sql/, "... and names the file: $bytes->[0]");
}
my $folder = PostgreSQL::Test::Utils::tempdir();
mkdir "$folder/0001_folder.sql";
symlink '/nowhere', "$folder/0002_dangling.sql";
survives('a folder and a dangling link named like files', 'SELECT migrate_load_directory(' . quote($folder) . ')', '00000|\w{5}');
system('mkfifo', "$folder/0003_pipe.sql");
survives('a pipe named like a file', "SET statement_timeout = '20s'; SELECT migrate_load_directory(" . quote($folder) . ')', '00000|58\w{3}|42809|MG009|22023|55000');
$session->close;

# --- other encodings ----------------------------------------------------------------------------

for my $encoding (qw(SQL_ASCII LATIN1 EUC_JP))
{
	my $other = Strata->new($node, lc $encoding, create => "ENCODING '$encoding' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
	my $greeting = "\x{c3}\x{a4}";                        # ä in UTF-8, as the client sends it
	my $text = $encoding eq 'EUC_JP' ? 'plain' : $greeting;
	my $client = $encoding eq 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8';
	$other->query("SET client_encoding = $client; " . $other->load_call(revision('a', message => $text, up => "CREATE TABLE t (\"$text\" text DEFAULT '$text');\nCOMMENT ON TABLE t IS '$text';")));
	$other->answers("SET client_encoding = $client; SELECT message FROM migrate_upgrade()", $text, "$encoding: a file with letters beyond ASCII runs");
	$other->answers("SET client_encoding = $client; SELECT obj_description('t'::regclass)", $text, "$encoding: ... as it is written");
	$other->answers("SET client_encoding = $client; SELECT position('$text' in migrate_script('a')) > 0", 't', "$encoding: ... and prints again");
	is($other->query("SET client_encoding = $client; SELECT action FROM migrate_load(ARRAY[migrate_script('a')])"), 'unchanged', "$encoding: ... and loads back unchanged");
	my $error = $other->fails("SET client_encoding = $client; " . $other->load_call(revision('b', after => 'a', up => "SELECT '$text', FROM;")), '42601', qr/FROM|;/, "$encoding: a syntax error behind such letters");
	like($error->{text}, qr/\b6\b.{0,12}\b(?:13|14|17|18|19)\b/s, "$encoding: ... has its line and column");
	unlike($other->attempt("SELECT migrate_upgrade('$greeting')")->{sqlstate}, qr/^(?:XX|00000)/, "$encoding: a target in another encoding is an error like any other");
}
my $ascii = bless { node => $node, name => 'sql_ascii' }, 'Strata';
$ascii->attempt("SELECT migrate_load(ARRAY[E'-- revision: raw\\n-- down_revision: a\\n-- message: \\xff\\xfe\\n-- migrate:up\\nSELECT ''\\xff'';'])");
unlike($ascii->attempt('SELECT migrate_script(\'raw\'), migrate_health(), migrate_graph()')->{sqlstate}, qr/^XX/, 'SQL_ASCII: bytes that are no letters hurt nothing');

stays_up($node);
done_testing();
