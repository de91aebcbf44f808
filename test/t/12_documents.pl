# The documents tell the truth: their examples run, in order, in one psql session for each document, and
# print what the document shows; the reference names everything there is.
#
#   ```sql                runs; followed by ```text it must print that text (`...`: anything)
#   ```sql error=MG003    must raise exactly this state
#   ```sql file=a/b.sql   is written to that file in the session's directory
#   ```sh run             runs in that directory, against the same database
use strict;
use warnings FATAL => 'all';
use File::Basename qw(dirname);
use File::Path qw(make_path);
use FindBin;
use IPC::Run;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $root = dirname(dirname($FindBin::RealBin));
my $node = new_server('documents');

# --- documents -----------------------------------------------------------------------------------

# The fenced blocks of a document: tag, attributes, line, text, and whether only blank lines part it from the block before.
sub blocks
{
	my ($path) = @_;
	my (@blocks, $open, $near);
	my $line = 0;
	for (split /^/, read_text($path))
	{
		$line++;
		if ($open)
		{
			if (/^```\s*$/) { push @blocks, $open; ($open, $near) = (undef, 1) }
			else { $open->{text} .= $_ }
		}
		elsif (/^```(\w*)([^`]*)$/)
		{
			my ($tag, $rest) = ($1, $2);
			$open = { tag => $tag, line => $line, text => '', near => $near, run => ($tag eq 'sql' || $rest =~ m{\brun\b}) ? 1 : 0 };
			$open->{$1} = $2 while $rest =~ /(\w+)=(\S+)/g;
		}
		elsif (/\S/) { $near = 0 }
	}
	die "$path: block of line $open->{line} has no end" if $open;
	return @blocks;
}

# Widths of columns, blank lines and white space at line ends are nobody's business.
sub normalised
{
	my ($text) = @_;
	$text =~ s/-{2,}/-/g;
	$text =~ s/[ \t]+/ /g;
	$text =~ s/ +$//mg;
	$text =~ s/\n{2,}/\n/g;
	$text =~ s/\A\n|\n\z//g;
	return $text;
}

sub pattern_of
{
	my ($text) = @_;
	my @lines = split /\n/, normalised($text);
	my $pattern = join '', map { /^\s*\.\.\.$/ ? '(?:.*\n)*?' : join('.*', map { quotemeta } split(/\.\.\./, $_, -1)) . '\n' } @lines;
	return qr/\A$pattern\z/;
}

# What psql is to do with a block.  The output of a shell is kept apart: psql does not wait with its own for it.
sub command_of
{
	my ($block, $number, $directory) = @_;
	return $block->{text} unless $block->{tag} eq 'sh';
	write_text("$directory/block$number.sh", "set -e\n$block->{text}");
	return "\\! sh block$number.sh >block$number.out 2>&1 || echo failed >>block$number.out\n";
}

# Runs the blocks in one session; gives each of them {output} and {state}.
sub run_blocks
{
	my ($database, $directory, @blocks) = @_;
	my $input = '';
	for my $number (0 .. $#blocks)
	{
		my $block = $blocks[$number];
		$input .= "\\set LAST_ERROR_SQLSTATE 00000\n\\echo :begin $number\n" . command_of($block, $number, $directory);
		$input .= "\\echo :end $number :LAST_ERROR_SQLSTATE\n";
	}
	my $all = '';
	local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => $database);
	# Line by line, so that errors and answers come in the order in which they happen.
	IPC::Run::run([ 'stdbuf', '-oL', 'psql', '-X' ], '<', \$input, '>&', \$all, init => sub { chdir $directory or die "$directory: $!" });
	for my $number (0 .. $#blocks)
	{
		my $block = $blocks[$number];
		($block->{output}, $block->{state}) = $all =~ /^:begin $number\n(.*?)^:end $number (\w{5})$/ms ? ($1, $2) : ("no answer:\n$all", '');
		$block->{output} = read_text("$directory/block$number.out") if $block->{tag} eq 'sh' && -e "$directory/block$number.out";
	}
	return;
}

sub check_block
{
	my ($block, $shown, $name) = @_;
	my $wanted = $block->{error} // '00000';
	my @faults;
	push @faults, "expected SQLSTATE $wanted, got '$block->{state}'" unless $block->{state} eq $wanted;
	push @faults, 'more than one error' if (() = $block->{output} =~ /^ERROR:/mg) > ($wanted eq '00000' ? 0 : 1);
	push @faults, 'psql or the shell complains' if $block->{output} =~ /^(?:failed|invalid command|\S+: (?:No such file|error|not found))/m;
	push @faults, "does not print what is shown:\n$shown" if defined $shown && (normalised($block->{output}) . "\n") !~ pattern_of($shown);
	ok(!@faults, $name) or diag(join "\n", @faults, "it says:", $block->{output});
	return;
}

my $documents = 0;
for my $document ('README.md', 'docs/tutorial.md', 'docs/reference.md', 'docs/from-alembic.md', 'docs/deploying.md', 'docs/schema.md')
{
	my $path = "$root/$document";
	if (!-f $path) { fail("$document is there"); next; }
	my $database = 'document' . ++$documents;
	my $directory = PostgreSQL::Test::Utils::tempdir();
	$node->safe_psql('postgres', "CREATE DATABASE $database");

	my @all = blocks($path);
	for my $file (grep { $_->{file} } @all)
	{
		make_path(dirname("$directory/$file->{file}"));
		write_text("$directory/$file->{file}", $file->{text});
	}
	my @run = grep { $_->{run} && !$_->{file} } @all;
	cmp_ok(scalar @run, '>', 3, "$document has examples");
	run_blocks($database, $directory, @run);
	for my $i (0 .. $#all)
	{
		my ($block, $next) = @all[ $i, $i + 1 ];
		next unless $block->{run} && !$block->{file};
		check_block($block, $next && $next->{tag} eq 'text' && $next->{near} ? $next->{text} : undef, "$document, line $block->{line}");
	}
}

# --- the reference is complete ---------------------------------------------------------------------

my $reference = -f "$root/docs/reference.md" ? read_text("$root/docs/reference.md") : '';
my $db = Strata->new($node, 'installed');

# The section whose heading names a thing in code quotes, with the opening of its chapter.
sub section
{
	my ($name) = @_;
	for my $chapter (split /^(?=## )/m, $reference)
	{
		my ($opening, @sections) = split /^(?=### )/m, $chapter;
		/\A### `\Q$name\E[`(]/ and return $opening . $_ for @sections;
	}
	return;
}

sub has_section
{
	my ($name, @words) = @_;
	my $text = section($name);
	my @missing = defined $text ? grep { $text !~ /\b\Q$_\E\b/ } @words : 'the section itself';
	is("@missing", '', "the reference has all of $name");
	return;
}

my $functions = $db->query(<<'SQL');
SELECT CASE WHEN n.nspname = 'migrate' THEN 'migrate.' ELSE '' END || p.proname, string_agg(DISTINCT a, ' ')
FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'pg_strata'
JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid JOIN pg_namespace n ON n.oid = p.pronamespace
LEFT JOIN unnest(p.proargnames) a ON true
GROUP BY 1 ORDER BY 1
SQL
for (split /\n/, $functions)
{
	my ($name, $arguments) = split /\|/;
	has_section($name, split ' ', $arguments // '');
}
cmp_ok(scalar(split /\n/, $functions), '>', 20, '(the extension has functions)');

my $settings = $db->query("SET client_min_messages = warning; LOAD 'pg_strata'; SELECT name, boot_val FROM pg_settings WHERE name LIKE 'migrate.%'");
has_section($_) for map { (split /\|/)[0] } split /\n/, $settings;
like($settings, qr/^migrate\.lock_timeout/m, '(the extension has settings)');

my $tables = $db->query(<<'SQL');
SELECT 'migrate.' || c.relname, string_agg(a.attname, ' ')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'migrate'::regnamespace AND c.relkind = 'r' GROUP BY 1 ORDER BY 1
SQL
for (split /\n/, $tables)
{
	my ($name, $columns) = split /\|/;
	has_section($name, split ' ', $columns);
}

# The header of the errors is not there when only the tests were copied.
my $header = "$root/src/core/error.hpp";
SKIP:
{
	skip 'the source is not here', 1 unless -f $header;
	my @states = read_text($header) =~ /"(MG\d{3})"/g;
	my @missing = grep { $reference !~ /^\|.*`$_`/m } @states;
	is("@missing", '', 'the reference lists all ' . @states . ' states of class MG');
}

stays_up($node);
done_testing();
