# What the TAP tests share: a server with pg_strata, databases on it, revision files as text, and
# errors taken apart.  A Strata object is one database; it holds no connection, every call is a session
# of its own; session() gives one that stays.  Whatever a test does, fails() also checks how
# our own errors (class MG) are worded.
package Strata;

use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use File::Basename qw(dirname);
use FindBin;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(new_server stays_up revision chain quote read_text write_text corpus bookings
  normalised_schema is_same_schema);

# --- servers and databases ---------------------------------------------------------------------

sub new_server
{
	my ($name, %options) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ], %{ $options{init} // {} });
	$node->append_conf('postgresql.conf', "log_statement = none\n" . ($options{conf} // ''));
	$node->start;
	return $node;
}

# The rule of every test: no input brings a backend down.
sub stays_up
{
	my ($node) = @_;
	my $log = slurp_file($node->logfile);
	my @crashes = $log =~ /^.*(?:was terminated by signal|PANIC:|TRAP:|terminate called).*$/mg;
	is("@crashes", '', 'no backend crashed');
	return;
}

# A new database with the extension; options: schema (of the functions), create (options of CREATE DATABASE).
sub new
{
	my ($class, $node, $name, %options) = @_;
	my $self = bless { node => $node, name => $name }, $class;
	my $create = $options{create} // '';
	$node->safe_psql('postgres', "CREATE DATABASE $name $create");
	return $self if $options{bare};
	if (my $schema = $options{schema})
	{
		$self->query("CREATE SCHEMA $schema; CREATE EXTENSION pg_strata SCHEMA $schema");
		$self->query("ALTER DATABASE $name SET search_path = public, $schema");
	}
	else
	{
		$self->query('CREATE EXTENSION pg_strata');
	}
	return $self;
}

sub node { return $_[0]{node} }
sub name { return $_[0]{name} }

sub _psql
{
	my ($self, $sql, %options) = @_;
	my ($out, $err) = ('', '');
	my @role = $options{role} ? ('-U', $options{role}) : ();
	my @extra = @{ $options{extra} // [] };
	my $node = $options{node} // $self->{node};
	my $code = $node->psql(
		$self->{name}, $sql,
		stdout => \$out,
		stderr => \$err,
		on_error_stop => $options{go_on} ? 0 : 1,
		extra_params => [ @role, @extra, '--set', 'VERBOSITY=verbose', '--set', 'SHOW_CONTEXT=always' ]);
	return ($code, $out, $err);
}

# The output of statements that must succeed; when they do not, that is a failed test and the others go on.
sub query
{
	my ($self, $sql, %options) = @_;
	my ($code, $out, $err) = $self->_psql($sql, %options);
	complain($sql, $err) if $code;
	return $out;
}

sub complain
{
	my ($sql, $err) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 2;
	fail('succeeds: ' . substr $sql, 0, 200);
	diag(substr $err, 0, 2000);
	return;
}

# The parts of the first error of these statements, with {text} all that psql said; {sqlstate} is
# '00000' when there was none.
sub attempt
{
	my ($self, $sql, %options) = @_;
	my ($code, $out, $err) = $self->_psql($sql, %options);
	return { %{ parsed_error($err) }, out => $out };
}

sub parsed_error
{
	my ($err) = @_;
	my %error = (sqlstate => '00000', message => '', detail => '', hint => '', context => '', text => $err);
	if ($err =~ /(?:ERROR|FATAL|PANIC):\s+(\w{5}): (.*)\z/s)
	{
		$error{sqlstate} = $1;
		my ($message, @rest) =
		  split /^(LINE \d+|DETAIL|HINT|QUERY|CONTEXT|[A-Z ]+ NAME|LOCATION):[ ]+/m, $2;
		$error{message} = $message;
		while (my ($key, $value) = splice @rest, 0, 2)
		{
			$error{ lc $key } = $value // '';
		}
		s/\s+\z// for values %error;
	}
	return \%error;
}

# Asserts that the statements fail with this SQLSTATE and say what the pattern wants.
sub fails
{
	my ($self, $sql, $sqlstate, $pattern, $rule, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $error = $self->attempt($sql, %options);
	my @faults;
	push @faults, "expected SQLSTATE $sqlstate, got $error->{sqlstate}" unless $error->{sqlstate} =~ /^(?:$sqlstate)$/;
	push @faults, "does not say $pattern" unless $error->{text} =~ $pattern;
	if ($error->{sqlstate} =~ /^MG/)
	{
		push @faults, 'message is not lower case' if $error->{message} =~ /^[A-Z][a-z]/;
		push @faults, 'message ends in a full stop' if $error->{message} =~ /\.$/;
		push @faults, 'there is no hint' if $error->{hint} eq '';
	}
	ok(!@faults, $rule) or diag(join "\n", @faults, substr($error->{text}, 0, 2000));
	return $error;
}

# Asserts what a query answers.
sub answers
{
	my ($self, $sql, $expected, $rule, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($code, $out, $err) = $self->_psql($sql, %options);
	return is($code ? "failed: $err" : $out, $expected, $rule);
}

sub session
{
	my ($self, %options) = @_;
	return Strata::Session->new($self, %options);
}

# --- loading and comparing ---------------------------------------------------------------------

sub quote
{
	my ($text) = @_;
	return 'NULL' unless defined $text;
	(my $quoted = $text) =~ s/'/''/g;
	return "'$quoted'";
}

sub load_call
{
	my ($self, @scripts) = @_;
	my $prune = ref $scripts[-1] eq 'HASH' && (pop @scripts)->{prune} ? ', prune => true' : '';
	return 'SELECT revision, action FROM migrate_load(ARRAY[' . join(', ', map { quote($_) } @scripts) . "]::text[]$prune)";
}

# Loads revision files; 'id action' of each, in the order of ids.
sub load
{
	my ($self, @scripts) = @_;
	my $rows = $self->query($self->load_call(@scripts));
	return join ', ', sort map { s/\|/ /r } split /\n/, $rows;
}

sub upgrade { return $_[0]->query("SELECT operation || ' ' || revision FROM migrate_upgrade(" . quote($_[1] // 'head') . ")") }
sub current { return join ' ', sort split /\n/, $_[0]->query('SELECT migrate_current()') }

# Everything a failed call must leave as it was.
sub everything
{
	my ($self) = @_;
	return join "\n", $self->schema, map { $self->query("SELECT t::text FROM migrate.$_ t ORDER BY 1") } qw(revision script version log);
}

sub schema
{
	my ($self) = @_;
	my ($dump, $err) = run_command([ 'pg_dump', '--schema-only', '--no-owner', '-d', $self->{node}->connstr($self->{name}) ]);
	die "pg_dump: $err" if $err ne '';
	return normalised_schema($dump);
}

# A schema dump without what differs from server to server, or is the extension itself.
sub normalised_schema
{
	my ($dump) = @_;
	my @statements = grep { /\S/ } split /\n\n+/, join "\n", grep { !/^(?:--|SET |SELECT pg_catalog\.set_config|\\|$)/ || $_ eq '' } split /\n/, $dump;
	return join "\n\n", grep { !/^(?:(?:CREATE|COMMENT ON) EXTENSION (?:IF NOT EXISTS )?pg_strata\b|ALTER .* OWNER TO |CREATE SCHEMA strata;)/ } @statements;
}

# Asserts that two dumps hold the same statements, in any order: OIDs decide some of pg_dump's.
sub is_same_schema
{
	my ($got, $expected, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my %count;
	$count{$_}++ for split /\n\n/, $got;
	$count{$_}-- for split /\n\n/, $expected;
	my @different = map { ($count{$_} > 0 ? 'only here: ' : 'missing: ') . $_ } grep { $count{$_} } sort keys %count;
	ok(!@different, $rule) or diag(join "\n", splice @different, 0, 10);
	return;
}

sub scripts
{
	my ($self) = @_;
	my $json = $self->query('SELECT json_agg(migrate_script(revision) ORDER BY revision) FROM migrate.revision');
	my $scripts = JSON::PP->new->decode($json || '[]');
	utf8::downgrade($_) for @$scripts;    # psql is given bytes
	return @$scripts;
}

# --- revision files ----------------------------------------------------------------------------

# The text of a revision file: revision('b', after => 'a', up => …, down => …); down => undef: irreversible;
# alone => 1: the upgrade with transaction:false.
sub revision
{
	my ($id, %keys) = @_;
	my $header = "-- revision: $id\n";
	$header .= "-- down_revision: $keys{after}\n" if defined $keys{after};
	$header .= "-- depends_on: $keys{depends_on}\n" if defined $keys{depends_on};
	$header .= "-- branch_labels: $keys{labels}\n" if defined $keys{labels};
	$header .= '-- message: ' . ($keys{message} // "step $id") . "\n";
	my $up = $keys{up} // "CREATE TABLE t_$id ();";
	my $down = exists $keys{down} ? $keys{down} : exists $keys{up} ? '' : "DROP TABLE t_$id;";
	my $marker = '-- migrate:up' . ($keys{alone} ? ' transaction:false' : '');
	my $text = "$header\n$marker\n$up\n";
	$text .= "\n-- migrate:down\n$down\n" if defined $down;
	return $text;
}

# A chain of revisions that each make one table.
sub chain
{
	my @ids = @_;
	return map { revision($ids[$_], $_ ? (after => $ids[ $_ - 1 ]) : ()) } 0 .. $#ids;
}

sub read_text
{
	my ($path) = @_;
	open my $file, '<:raw', $path or die "$path: $!";
	local $/;
	return scalar <$file>;
}

sub write_text
{
	my ($path, $text) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	return;
}

sub bookings { return dirname(dirname($FindBin::RealBin)) . '/examples/bookings' }

# The folder of a real product's history, or undef where the shared data is not there.
sub corpus
{
	my ($name) = @_;
	my $shared = $ENV{STRATA_SHARED} // '';
	return $shared ne '' && -d "$shared/corpora/$name" ? "$shared/corpora/$name" : undef;
}

# --- deploying ---------------------------------------------------------------------------------

# CALL migrate_deploy, after other statements: deploy('head', 'SET migrate.deploy_retries = 0').  The parts of its error, as attempt().
sub deploy
{
	my ($self, $target, $before, %options) = @_;
	my @before = $before ? ($before) : ();
	return $self->attempt(join('; ', @before, 'CALL migrate_deploy(' . quote($target // 'head') . ')'), %options);
}

# Asserts that it succeeds, and leaves neither a journal nor a lock.
sub deploys
{
	my ($self, $rule, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $self->deploy($options{target}, $options{before}, %options);
	ok($result->{sqlstate} eq '00000', $rule) or diag(substr $result->{text}, 0, 2000);
	$self->is_at_rest($rule);
	return $result;
}

# A session that has sent CALL migrate_deploy, after other statements; ends() waits for it.
sub begins
{
	my ($self, $before, %options) = @_;
	my $runner = $self->session(%options);
	$runner->ask($before) if $before;
	$runner->start('CALL migrate_deploy()');
	return $runner;
}

# Asserts that its call ends at this head, and leaves neither a journal nor a lock.
sub ends
{
	my ($self, $runner, $head, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = $runner->finish;
	is("$result->{sqlstate} " . $self->current, "00000 $head", $rule) or diag(substr $result->{text}, 0, 2000);
	$self->is_at_rest($rule);
	$runner->close;
	return $result;
}

# Asserts that nothing is half applied and nobody holds or awaits the migration lock.
sub is_at_rest
{
	my ($self, $rule) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is($self->journal . '/' . $self->locks, '/0', "... no journal, no lock ($rule)");
	return;
}

# 'statement state' of what is half applied.
sub journal { return join ', ', split /\n/, $_[0]->query("SELECT statement || ' ' || state FROM migrate.journal ORDER BY revision, statement") }

# How many sessions hold the migration lock of this database.
sub locks
{
	return $_[0]->query("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 4242 AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
}

# The failed entries of the log: 'revision sqlstate'.
sub failures { return join ', ', split /\n/, $_[0]->query("SELECT revision || ' ' || sqlstate FROM migrate.log WHERE outcome = 'failed' ORDER BY id") }

# --- other sessions ----------------------------------------------------------------------------

# Returns once the query answers true.
sub wait_until
{
	my ($self, $query) = @_;
	$self->{node}->poll_query_until($self->{name}, $query) or die "never came true: $query";
	return;
}

# Returns once the session waits for a lock of any kind (of this kind).
sub wait_until_waiting
{
	my ($self, $session, $kind) = @_;
	my $and = $kind ? "AND locktype = '$kind'" : '';
	return $self->wait_until('SELECT count(*) > 0 FROM pg_locks WHERE NOT granted AND pid = ' . $session->pid . " $and");
}

# Returns once migrate_progress() tells this state of the session.
sub wait_until_state
{
	my ($self, $session, $state) = @_;
	return $self->wait_until("SELECT count(*) > 0 FROM migrate_progress() WHERE state = '$state' AND pid = " . $session->pid);
}

# A function work() for scripts that take long: it is busy until enough() is called.
sub make_work
{
	my ($self) = @_;
	$self->query('CREATE SEQUENCE begun; CREATE SEQUENCE enough; CREATE FUNCTION work() RETURNS void LANGUAGE plpgsql AS
		$$ BEGIN PERFORM nextval(\'public.begun\'); LOOP EXIT WHEN (SELECT is_called FROM public.enough); END LOOP; END $$');
	return;
}

# Returns once work() runs; the next call waits for the next work().
sub wait_until_working
{
	my ($self) = @_;
	$self->wait_until('SELECT is_called FROM begun');
	$self->query("SELECT setval('begun', 1, false)");
	return;
}

sub enough { return $_[0]->query("SELECT nextval('enough')") }

# Returns once a lock wait of the session has lasted this long: for tests of timeouts.
sub wait_until_waited
{
	my ($self, $session, $time) = @_;
	return $self->wait_until("SELECT clock_timestamp() - waitstart > '$time' FROM pg_locks WHERE NOT granted AND pid = " . $session->pid);
}

# Ends the statement of a session, or the session itself, and returns when that has happened.
sub cancel
{
	my ($self, $session) = @_;
	$self->query('SELECT pg_cancel_backend(' . $session->pid . ')');
	return $session->finish;
}

sub terminate
{
	my ($self, $session) = @_;
	$self->query('SELECT pg_terminate_backend(' . $session->pid . ', 60000)');
	$session->close;
	return;
}

# Returns once some session of this database waits for the advisory lock of this key.
sub wait_until_blocked
{
	my ($self, $key) = @_;
	$self->{node}->poll_query_until($self->{name},
		"SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND objid = $key AND NOT granted")
	  or die "nobody came to wait for $key";
	return;
}

# One session that stays open.  start() sends statements and returns at once; finish() waits for their end.
package Strata::Session;

use strict;
use warnings FATAL => 'all';

sub new
{
	my ($class, $database, %options) = @_;
	my @role = $options{role} ? ('-U', $options{role}) : ();
	my $psql = $database->node->background_psql(
		$database->name,
		on_error_stop => 0,
		extra_params => [ @role, '--set', 'VERBOSITY=verbose', '--set', 'SHOW_CONTEXT=always' ]);
	$psql->set_query_timer_restart;
	my $self = bless { psql => $psql }, $class;
	$self->{pid} = $self->ask('SELECT pg_backend_pid()');
	return $self;
}

sub pid { return $_[0]{pid} }

# Runs statements to their end and returns the first error of them, with {out}.
sub try
{
	my ($self, $sql) = @_;
	my $out = $self->{psql}->query($sql);
	return $self->_result($out);
}

# The output of statements that must succeed.
sub ask
{
	my ($self, $sql) = @_;
	my $result = $self->try($sql);
	Strata::complain($sql, $result->{text}) if $result->{sqlstate} ne '00000';
	return $result->{out};
}

sub start
{
	my ($self, $sql) = @_;
	my $psql = $self->{psql};
	$psql->{timeout}->start;
	$psql->{stdin} .= "\\echo started\n$sql;\n\\echo ended\n\\warn ended\n";
	$psql->{run}->pump until $psql->{stdout} =~ s/started\n//;
	return;
}

# Returns once what the session said since start() matches; finish() still gives all of it.
sub wait_until_says
{
	my ($self, $pattern) = @_;
	my $psql = $self->{psql};
	$psql->{run}->pump until $psql->{stderr} =~ $pattern || $psql->{stdout} =~ /ended\n/;
	die "never said $pattern: $psql->{stderr}" unless $psql->{stderr} =~ $pattern;
	return;
}

# Kilobytes of the backend: a line of /proc/<pid>/status, and what its memory contexts hold.
sub kilobytes
{
	my ($self, $what) = @_;
	my ($value) = Strata::read_text('/proc/' . $self->pid . '/status') =~ /^$what:\s+(\d+) kB/m;
	return $value;
}

sub contexts { return $_[0]->ask('SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts') =~ s/\..*//r }

sub finish
{
	my ($self) = @_;
	my $psql = $self->{psql};
	$psql->{run}->pump until $psql->{stdout} =~ /ended\n/ && $psql->{stderr} =~ s/ended\n//;
	my $out = $psql->{stdout} =~ s/\n?ended\n//r;
	$psql->{stdout} = '';
	return $self->_result($out);
}

sub _result
{
	my ($self, $out) = @_;
	my $err = $self->{psql}{stderr};
	$self->{psql}{stderr} = '';
	return { %{ Strata::parsed_error($err) }, out => $out };
}

# Also when the backend is gone.
sub close
{
	my ($self) = @_;
	eval { $self->{psql}->quit };
	return;
}

1;
