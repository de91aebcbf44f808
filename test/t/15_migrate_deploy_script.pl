# scripts/migrate-deploy: waiting for a server, loading files from the client whatever they are called and hold, exit codes, signals; and the
# example of examples/compose, as far as it goes without containers.
use strict;
use warnings FATAL => 'all';
use File::Basename qw(dirname);
use FindBin;
use IPC::Run;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;

my $root = dirname(dirname($FindBin::RealBin));
my $script = "$root/scripts/migrate-deploy";
plan skip_all => 'scripts/migrate-deploy is not here' unless -x $script;

my $node = new_server('deploy_script', init => { allows_streaming => 1 });
my $scratch = PostgreSQL::Test::Utils::tempdir();
my $numbers = 0;

# --- running it ---------------------------------------------------------------------------------

# A folder with these files: name => text.
sub folder
{
	my %files = @_;
	my $path = "$scratch/folder" . ++$numbers;
	mkdir $path or die "$path: $!";
	write_text("$path/$_", $files{$_}) for keys %files;
	return $path;
}

# Starts the script in a session of its own, against a database; options: env, shell (words), in (directory).
sub start
{
	my ($database, $options, @arguments) = @_;
	my $run = { out => '', err => '' };
	my $on = $options->{node} // $node;
	my %env = (PGHOST => $on->host, PGPORT => $on->port, PGDATABASE => $database, %{ $options->{env} // {} });
	local %ENV = (%ENV, %env);
	$run->{handle} = IPC::Run::start(
		[ @{ $options->{shell} // [] }, $script, @arguments ], '<', \'', '>', \$run->{out}, '2>', \$run->{err},
		init => sub { setpgrp; chdir($options->{in} // $scratch); }, IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return $run;
}

sub pid { return $_[0]{handle}{KIDS}[0]{PID} }

sub says
{
	my ($run, $pattern, $rule) = @_;
	$run->{handle}->pump until $run->{err} =~ $pattern || !$run->{handle}->pumpable;
	return like($run->{err}, $pattern, $rule);
}

# The exit status; {err} is complete then.
sub finish
{
	my ($run) = @_;
	$run->{handle}->finish;
	return $run->{handle}->full_result(0) & 127 ? 'signal' : $run->{handle}->full_result(0) >> 8;
}

# Asserts how it ends and what it says; returns what it said.
sub ends
{
	my ($database, $options, $arguments, $status, $pattern, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $run = start($database, $options, @$arguments);
	my $got = finish($run);
	ok($got eq $status && $run->{err} =~ $pattern && $run->{out} eq ($options->{out} // ''), $rule)
	  or diag("exit status $got instead of $status, or it does not say $pattern:\n", substr($run->{err}, 0, 3000), "\nstandard output:\n", $run->{out});
	return $run->{err};
}

my $plain = folder('1.sql' => revision('a'), '2.sql' => revision('b', after => 'a'), 'notes.txt' => 'no SQL', '.3.sql' => 'hidden');
my $db = Strata->new($node, 'app');

# --- what it does --------------------------------------------------------------------------------

my $said = ends('app', {}, [$plain], 0, qr/^migrate-deploy: loaded: 2 added$/m, 'loads a directory and deploys it');
like($said, qr/^INFO:  Running upgrade  -> a, step a\b.*^INFO:  Running upgrade a -> b, step b\b.*^migrate-deploy: done\n\z/ms, '... with progress on standard error');
is($db->current, 'b', '... to head');
ends('app', {}, [$plain], 0, qr/loaded: 2 unchanged\n.*done\n\z/s, 'a second time there is nothing to do');

my $more = folder('1.sql' => revision('a'), '2.sql' => revision('b', after => 'a'), '3.sql' => revision('c', after => 'b'), '4.sql' => revision('d', after => 'c'));
ends('app', {}, [ '--target', 'c', $more ], 0, qr/loaded: 2 added, 2 unchanged/, '--target');
is($db->current, 'c', '... is where it stops');
ends('app', {}, [ '--prune', '--target=c', $plain ], 1, qr/\bc\b/, '--prune does not remove what is applied');
ends('app', {}, ['--no-load'], 0, qr/Running upgrade c -> d/, '--no-load deploys what is there');
$db->load(revision('e', after => 'd'));
ends('app', {}, [ '--prune', $more ], 0, qr/loaded: 1 removed, 4 unchanged/, '--prune removes the rest');
ends('app', {}, [ '--target', q{no'such "rev\\1$x`id` :y}, $more ], 1, qr/no'such "rev\\1\$x`id` :y.*^migrate-deploy: the deploy failed\n\z/ms, 'a target is an argument, not SQL');

ends('app', {}, @$_) for
  [ [], 1, qr/DIRECTORY.*--help/, 'no directory is a mistake' ],
  [ [ $plain, $plain ], 1, qr/one DIRECTORY/, 'so are two' ],
  [ [ '--no-load', $plain ], 1, qr/--no-load/, 'so is one with --no-load' ],
  [ [ '--wait', 'x', $plain ], 1, qr/--wait/, 'so is a time that is none' ],
  [ ['--wait'], 1, qr/--wait/, 'so is an option without its value' ],
  [ [ '--nonsense', $plain ], 1, qr/--nonsense/, 'so is an unknown option' ];

# A failing revision: those before it are committed, the script says where it failed.
my $failing = Strata->new($node, 'failing');
my $broken = folder('1.sql' => revision('a'), '2.sql' => revision('b', after => 'a', up => "SELECT 1;\nSELECT 1 / 0;"));
ends('failing', {}, [$broken], 1, qr/ERROR:  division by zero.*revision b, statement 2.*^migrate-deploy: the deploy failed\n\z/ms, 'a revision that fails: 1, with the error');
is($failing->current, 'a', '... and the revisions before it are committed');

# --- files and what is in them ---------------------------------------------------------------------

my @awkward = (
	'-rf.sql', ' blank  s .sql', q{quo'te".sql}, '`touch pwned`.sql', '$(touch pwned).sql', '$HOME.sql', '; touch pwned;.sql', 'back\\slash\\n.sql', '*.sql',
	"new\nline.sql", "tab\t.sql", '#.sql', '%s%n.sql', ':x.sql', "\xC3\xA4\xFF.sql", 'script 1, line.sql');
my $contents = join "\n", q{SELECT ':x', :x, :'x', :"x";}, q{\\\\echo hello `touch pwned` $(touch pwned) $HOME ${HOME} %s %n}, q{'' "" $$ $q$ \\ \\n \\x41 \\'}, "\xC3\xA4\xE2\x86\x92", '  trailing blanks  ', '';
my %awkward = map { $awkward[$_] => revision("w$_", $_ ? (after => 'w' . ($_ - 1)) : (), up => "/*\n$contents$_\n*/ SELECT $_ AS \"\$x\" WHERE '\\\\' <> '`'") } 0 .. $#awkward;
my $awkward = folder(%awkward);
my $nasty = "$scratch/- `touch pwned` \$x 'q\" \\ [*]";
rename $awkward, $nasty or die $!;

for my $shell ([], grep { system("@$_ -c : >/dev/null 2>&1") == 0 } [ 'bash', '--posix' ], [ 'busybox', 'sh' ])
{
	my $name = 'awkward' . ++$numbers;
	my $database = Strata->new($node, $name);
	my ($directory) = $nasty =~ m{([^/]+)\z};
	my $with = join ' ', @$shell ? @$shell : 'sh';
	ends($name, { shell => $shell, in => $scratch }, [ '--', $directory ], 0, qr/loaded: ${\ scalar @awkward} added/, "$with: awkward names of files and directories");
	my %stored = map { $_ =~ /^-- revision: (\w+)/ ? ($1 => $_) : () } $database->scripts;
	my @changed = grep { index($stored{"w$_"} // '', "/*\n$contents$_\n*/ SELECT $_ AS") < 0 } 0 .. $#awkward;
	is("@changed", '', "$with: ... and every text arrives as it is");
	is($database->current, "w$#awkward", "$with: ... and runs");
}
ok(!-e "$scratch/pwned" && !-e "$nasty/pwned", '... and none of it was run by a shell');

# Faults are named by file.
my $faulty = folder('10 ok.sql' => revision('x'), "20 'bad'.sql" => revision('y', after => 'x', up => "SELECT 'script 1, line';\nSELEKT"), '30.sql' => "-- shape: round\n");
$said = ends('app', {}, [$faulty], 1, qr/nothing has run\n\z/, 'faults');
like($said, qr{\Q$faulty\E/20 'bad'\.sql[^\n]*line \d+, column \d+[^\n]*SELEKT}, '... name the file, line and column');
like($said, qr{\Q$faulty\E/30\.sql}, '... all files at once');
unlike($said, qr{10 ok\.sql|script [23]}, '... and only them, and not by number');
$db->answers("SELECT count(*) FROM migrate.revision WHERE revision IN ('x', 'y')", '0', '... and nothing is loaded');
my $bytes = folder('1.sql' => revision('x'), '2.sql' => revision('y', up => "SELECT '\xFF'"), '3.sql' => revision('z', up => "SELECT '\xC3'"));
like(ends('app', {}, [$bytes], 1, qr/nothing has run/, 'bytes that are no text'), qr{^\Q$bytes\E/2\.sql: .*0xff\n\Q$bytes\E/3\.sql: .*0xc3}m, '... name the files');
ends('app', {}, [ folder('1.sql' => revision('x'), "2\n.sql" => revision('y', up => "SELECT '\0'")) ], 1, qr{/2\n\.sql: NUL byte}, 'a NUL byte names the file');
my $holes = folder('1.sql' => revision('x'));
mkdir "$holes/2.sql";
ends('app', {}, [$holes], 1, qr{/2\.sql is not a regular file}, 'a directory that is called like a file');
rmdir "$holes/2.sql";
symlink '/nowhere/x.sql', "$holes/2.sql";
ends('app', {}, [$holes], 1, qr{/2\.sql is not a regular file}, 'a link to nowhere');
unlink "$holes/2.sql";
SKIP:
{
	skip 'root reads everything', 1 if $> == 0;
	chmod 0, "$holes/1.sql";
	ends('app', {}, [$holes], 1, qr{/1\.sql: permission denied}, 'a file that cannot be read');
}
ends('app', {}, [ folder('README.md' => '') ], 1, qr/has no \*\.sql files/, 'an empty directory is a mistake');
ends('app', {}, [ '--prune', folder() ], 1, qr/has no \*\.sql files/, '... and removes nothing');
ends('app', {}, ["$scratch/nowhere"], 1, qr/is not a directory/, 'no directory');
is($db->current, 'd', '(nothing of this has run)');

# Many, and large ones.
my $many = Strata->new($node, 'many');
ends('many', {}, [ '--target', 'm3', folder(map { sprintf('%05d.sql', $_) => revision("m$_", $_ ? (after => 'm' . ($_ - 1)) : ()) } 0 .. 2999) ], 0,
	qr/loaded: 3000 added/, '3,000 files');
my $large = Strata->new($node, 'large');
ends('large', {}, [ folder('1.sql' => revision('a', up => "CREATE TABLE large AS SELECT length('" . "\xC3\xA4" x 2_000_000 . "')")) ], 0, qr/loaded: 1 added/, 'a file of 4 MB');
$large->answers('SELECT * FROM large', '2000000', '... is whole');

# --- surroundings -----------------------------------------------------------------------------------

my $elsewhere = Strata->new($node, 'elsewhere', schema => '"Odd ""schema"');
$elsewhere->query('ALTER DATABASE elsewhere RESET search_path');
ends('elsewhere', {}, [$plain], 0, qr/loaded: 2 added/, 'the schema of the extension need not be in the search_path');
Strata->new($node, 'latin', create => "ENCODING 'LATIN1' TEMPLATE template0");
my $umlaut = folder('1.sql' => revision('a', up => "CREATE TABLE text AS SELECT '\xC3\xA4'::text AS c"));
ends('latin', {}, [$umlaut], 0, qr/loaded: 1 added/, 'a database in LATIN1');
is($node->safe_psql('latin', "SELECT convert_to(c, 'UTF8') FROM text"), '\xc3a4', '... gets the characters, not the bytes');
ends('latin', {}, [ folder('1.sql' => revision('a', up => 'SELECT 1'), '2.sql' => revision('b', up => "SELECT '\xE2\x86\x92'")) ], 1, qr{/2\.sql: .*LATIN1}, '... or the name of the file that has others');
ends('postgres', {}, [$plain], 1, qr/CREATE EXTENSION pg_strata/, 'a database without the extension');

my $settings = Strata->new($node, 'settings');
my $shows = folder('1.sql' => revision('a', up => q{CREATE TABLE seen AS SELECT current_setting('my.setting') AS setting, current_setting('work_mem') AS mem}));
write_text("$scratch/psqlrc", "\\echo psqlrc\n\\set AUTOCOMMIT off\n");
ends('settings', { env => { PGOPTIONS => '-c my.setting=kept -c work_mem=5MB', PSQLRC => "$scratch/psqlrc", 'BASH_FUNC_psql%%' => '() { echo function; exit 7; }' } }, [$shows], 0,
	qr/done/, 'PGOPTIONS stay, psqlrc and functions do not matter');
$settings->answers('SELECT * FROM seen', 'kept|5MB', '... PGOPTIONS are those of the session that runs');
mkdir "$scratch/bin";
write_text("$scratch/bin/psql", "#!/bin/sh\nPATH=\${PATH#*:} exec psql \"\$@\"\n");
chmod 0755, "$scratch/bin/psql";
ends('settings', { env => { PATH => "$scratch/bin:$ENV{PATH}" } }, ['--no-load'], 0, qr/done/, 'a psql that is a wrapper');
ends('settings', { env => { PSQL => "$scratch/bin/psql" } }, ['--no-load'], 0, qr/done/, 'PSQL names another one');
ends('settings', { env => { PSQL => "$scratch/no psql" } }, ['--no-load'], 1, qr/no psql is not there/, '... which has to be there');
ends('nowhere', {}, [ '-d', $node->connstr('settings'), '-U', $node->safe_psql('postgres', 'SELECT current_user'), '--no-load' ], 0, qr/done/, 'a connection string');

# --- waiting for the server ---------------------------------------------------------------------------

$node->safe_psql('postgres', "CREATE ROLE secret LOGIN PASSWORD 'right'");
my $hba = $node->data_dir . '/pg_hba.conf';
write_text($hba, "local all secret scram-sha-256\n" . read_text($hba));
$node->reload;
my @hopeless = (
	[ 'no such database', 'nowhere', {}, qr/FATAL:  database "nowhere" does not exist/ ],
	[ 'no such role', 'app', { PGUSER => 'nobody' }, qr/FATAL:/ ],
	[ 'a wrong password', 'app', { PGUSER => 'secret', PGPASSWORD => 'wrong' }, qr/FATAL:  password authentication failed/ ],
	[ 'no password', 'app', { PGUSER => 'secret' }, qr/no password supplied/ ],
	[ 'a bad setting in PGOPTIONS', 'app', { PGOPTIONS => '-c no_such_setting=1' }, qr/FATAL:  unrecognized/ ]);
for (@hopeless)
{
	my ($what, $database, $env, $pattern) = @$_;
	my $error = ends($database, { env => { PGPASSFILE => '/dev/null', %$env } }, [ '--wait', '1000', $plain ], 2, $pattern, "$what: 2");
	unlike($error, qr/waiting/, '... at once');
}
ends('app', { env => { PGHOST => $scratch } }, [ '--wait', '0', $plain ], 2, qr/could not connect within 0 seconds.*No such file/s, 'no server: 2 after the time');

$node->stop;
my $run = start('app', {}, $more);
says($run, qr/waiting for the server: /, 'a server that is down is waited for');
$node->start;
is(finish($run), 0, '... until it is up');

$node->backup('base');
my $starting = PostgreSQL::Test::Cluster->new('starting');
$starting->init_from_backup($node, 'base', has_streaming => 1);
$starting->append_conf('postgresql.conf', 'hot_standby = off');
PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-W', '-D', $starting->data_dir, '-l', $starting->logfile, '-o', '--cluster-name=starting', 'start');
$run = start('app', { node => $starting }, $more);
says($run, qr/waiting for the server: .*the database system is /, 'a server that answers that it is not ready is waited for');
PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-w', '-D', $starting->data_dir, 'promote');
is(finish($run), 0, '... until it is');
PostgreSQL::Test::Utils::system_or_bail('pg_ctl', '-D', $starting->data_dir, '-m', 'fast', 'stop');

$run = start('app', { env => { PGHOST => $scratch } }, '--wait', '1000', $plain);
says($run, qr/waiting/, '(one waits)');
kill 'TERM', pid($run);
is(finish($run), 1, 'waiting can be stopped');

# --- signals --------------------------------------------------------------------------------------------

# The revision waits for a lock that this session has; what the settings of a deploy say about locks is not the point here.
my $held = Strata->new($node, 'held');
my $holder = $held->session;
my $waits = folder('1.sql' => revision('a'), '2.sql' => revision('b', after => 'a', up => 'SELECT pg_advisory_xact_lock(4711)'));
my %patient = (env => { PGOPTIONS => '-c migrate.deploy_lock_timeout=0' });
my $running = q{SELECT count(*) FROM pg_stat_activity WHERE datname = 'held' AND pid <> pg_backend_pid() AND state = 'active'};

$holder->ask('SELECT pg_advisory_lock(4711)');
for (
	[ 'SIGTERM to the script', sub { kill 'TERM', pid($_[0]) } ],
	[ 'SIGTERM to all of its processes', sub { kill 'TERM', -pid($_[0]) } ],
	[ 'SIGHUP', sub { kill 'HUP', -pid($_[0]) } ],
	[ 'SIGINT to the script', sub { kill 'INT', pid($_[0]) } ],
	[ 'SIGINT to all of its processes, as Ctrl-C', sub { kill 'INT', -pid($_[0]) } ])
{
	my ($what, $kill) = @$_;
	my $stopped = start('held', \%patient, $waits);
	$held->wait_until_blocked(4711);
	$kill->($stopped);
	is(finish($stopped), 1, "$what: 1");
	like($stopped->{err}, qr/ERROR:  canceling statement due to user request.*run it again/s, '... the server was told');
	is(() = ($stopped->{err} =~ /Cancel request sent/g), 1, '... once');
	$held->answers($running, '0', '... and nothing is left running');
}

my $lost = start('held', \%patient, $waits);
$held->wait_until_blocked(4711);
kill 'KILL', -pid($lost);
finish($lost);
ok($node->poll_query_until('held', $running, '0'), 'SIGKILL to all of its processes: the server ends the statement by itself');

$lost = start('held', \%patient, $waits);
$held->wait_until_blocked(4711);
$held->query(q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'held' AND wait_event_type = 'Lock'});
is(finish($lost), 1, 'a connection that is lost under way: 1');
like($lost->{err}, qr/connection was lost; run it again/, '... and it says what to do');

# --- two at once ------------------------------------------------------------------------------------------

my $first = start('held', \%patient, $waits);
$held->wait_until_blocked(4711);
ends('held', { env => { PGOPTIONS => '-c migrate.lock_timeout=0' } }, [$waits], 1, qr/another migration is running/, 'a second one says who is at work');
my $second = start('held', { env => { PGOPTIONS => '-c migrate.lock_timeout=0' } }, '--lock-wait', '1000', $waits);
says($second, qr/another migration is running/, 'with --lock-wait it says so');
$holder->ask('SELECT pg_advisory_unlock(4711)');
is(finish($first), 0, '... the first one ends');
is(finish($second), 0, '... and then the second one');
like($second->{err}, qr/loaded: 2 unchanged/, '... which finds nothing to do');
$holder->close;
is($held->current, 'b', 'after all this the database is at head');

# --- examples/compose ---------------------------------------------------------------------------------------

my $compose = "$root/examples/compose";
SKIP:
{
	skip 'examples/compose is not here', 1 unless -d $compose;
	my $services = `python3 -c 'import sys, yaml; print(*yaml.safe_load(open(sys.argv[1]))["services"])' $compose/compose.yaml 2>/dev/null`;
	SKIP: { skip 'no python3-yaml', 1 if $? >> 8; is($services, "database migrate application\n", 'compose.yaml is YAML, with three services') }

	Strata->new($node, 'shop', bare => 1);
	my %first = (POSTGRES_USER => $node->safe_psql('postgres', 'SELECT current_user'), POSTGRES_DB => 'shop', DEPLOYER_PASSWORD => q{de'"p\\}, APPLICATION_PASSWORD => 'app');
	my $shell = sub {
		my ($env, @command) = @_;
		local %ENV = (%ENV, PGHOST => $node->host, PGPORT => $node->port, PGDATABASE => 'shop', %$env);
		my ($out, $err) = ('', '');
		IPC::Run::run(\@command, '<', \'', '>', \$out, '2>', \$err);
		return ($? >> 8, $out, $err);
	};
	is_deeply([ $shell->(\%first, "$compose/database/10_roles.sh") ], [ 0, '', '' ], 'the database is set up');

	my %application = (PGUSER => 'application', REQUIRED_REVISION => '0004');
	my @start = ("$compose/application/start", 'echo', 'serving');
	my ($status, $out, $err) = $shell->(\%application, @start);
	isnt($status, 0, 'the application does not start before the job');
	is($out, '', '... it does not serve');
	like($err, qr/"0004"/, '... and says what it misses');
	ends('shop', { env => { PGUSER => 'deployer' } }, ["$compose/migrations"], 0, qr/loaded: 4 added.*-> 0004\b/s, 'the job migrates, without a superuser');
	is_deeply([ $shell->(\%application, @start) ], [ 0, "serving\n", '' ], 'the application starts after it');
	($status, $out, $err) = $shell->({ %application, REQUIRED_REVISION => '0005' }, @start);
	isnt($status, 0, '... but not when it needs a later revision');
	is(($shell->({ %application, REQUIRED_REVISION => '0002' }, @start))[0], 0, '... and does when it needs an earlier one');
	is($node->safe_psql('shop', 'SELECT count(*) FROM customer WHERE sort_name IS NULL'), '0', 'the backfill is complete');
	is($node->safe_psql('shop', "SELECT indisvalid FROM pg_index WHERE indexrelid = 'orders_customer_id_idx'::regclass"), 't', 'the index is there');
}

stays_up($node);
done_testing();
