# Whether a generated migration does what it says, told by pg_dump alone: the dump of a database that holds a.sql and was
# migrated towards b.sql must be the dump of one that holds b.sql, and the way back must give the dump of a.sql.
# It needs no more than the address of a server, so that development uses the same oracle as the tests; examine_all() runs
# several at once.  A pair is a directory with a.sql and b.sql, and where needed pre.sql (run before either), roles (a name a
# line), data.sql (rows, after a.sql) and check.sql (a query that must answer the same before and after the migration).
package SchemaOracle;

use strict;
use warnings FATAL => 'all';
use Digest::SHA qw(sha256_hex);
use Exporter 'import';
use File::Path qw(make_path);
use File::Temp qw(tempdir);
use JSON::PP;
use POSIX ();

our @EXPORT_OK = qw(pairs_in own_pairs_in comparable differences);

# Options: host, port, user; cache: a directory that keeps dumps of what was loaded.
sub new
{
	my ($class, %options) = @_;
	my $self = bless { user => 'postgres', template => 'strata_template', %options }, $class;
	$self->{place} = tempdir(CLEANUP => 1);
	$self->{cache} //= "$self->{place}/cache";
	make_path($self->{cache});
	return $self;
}

# What a test adds to the configuration of its server: a crash in one pair must not take the others down.
sub conf { return "restart_after_crash = on\nautovacuum = off\n" }

# For a server of a test.  The pairs mention the role postgres, whoever made the server.
sub of
{
	my ($class, $node, @roles) = @_;
	$node->psql('postgres', 'CREATE ROLE postgres SUPERUSER LOGIN');
	my $self = $class->new(host => $node->host, port => $node->port);
	$self->create_template(@roles);
	return $self;
}

# --- pairs -------------------------------------------------------------------------------------

sub _file
{
	my ($path) = @_;
	open my $file, '<:raw', $path or return undef;
	local $/;
	return scalar <$file> // '';
}

sub _write
{
	my ($path, $text) = @_;
	open my $file, '>:raw', $path or die "$path: $!";
	print $file $text;
	close $file or die "$path: $!";
	return;
}

sub _pair
{
	my ($dir, $name) = @_;
	my %pair = (name => $name, map { $_ => _file("$dir/$_.sql") } qw(pre a b data check));
	$pair{roles} = [ grep { length } split /\n/, _file("$dir/roles") // '' ];
	return \%pair;
}

# All pairs of a directory, named after their tool: 'migra/seq'.
sub pairs_in
{
	my ($dir) = @_;
	return map { my $path = (m{^(.*)/a\.sql$})[0]; _pair($path, substr $path, 1 + length $dir) } sort glob "$dir/*/*/a.sql";
}

# Pairs of ours, in both directions: 'enum_values', 'enum_values/reversed'.
sub own_pairs_in
{
	my ($dir) = @_;
	my @pairs;
	for my $path (sort glob "$dir/*/a.sql")
	{
		my ($name) = $path =~ m{([^/]+)/a\.sql$};
		my $pair = _pair("$dir/$name", $name);
		push @pairs, $pair, { %$pair, name => "$name/reversed", a => $pair->{b}, b => $pair->{a}, data => undef, check => undef };
	}
	return @pairs;
}

# --- dumps -------------------------------------------------------------------------------------

# A dump as a list of statements, without what is pg_strata's.  Which column of a table comes first does not count.
sub comparable
{
	my ($dump) = @_;
	my @lines = grep { !/^(?:--|SET |SELECT pg_catalog\.set_config|\\(?:un)?restrict)/ } split /\n/, $dump;
	my @statements = grep { /\S/ } split /\n\n+/, join "\n", @lines;
	s/\A\n+|\n+\z//g for @statements;
	@statements = grep { !/^(?:(?:CREATE|COMMENT ON) EXTENSION (?:IF NOT EXISTS )?pg_strata\b|(?:CREATE|ALTER) SCHEMA strata\b)/ } @statements;
	s/^WITH \(([^\n]*)\)/'WITH (' . join(', ', sort split m{, }, $1) . ')'/gme, _with_one_spelling() for @statements;
	return sort map { /^CREATE (?:UNLOGGED |FOREIGN )?TABLE / ? _without_column_order($_) : $_ } @statements;
}

# What the server prints of `a IN ('x', 'y')` on a varchar casts the array; restored from a dump, that casts each element.
sub _with_one_spelling
{
	s/\(ARRAY\[((?:'(?:[^']|'')*'::[\w ]+(?:, )?)+)\]\)::([\w ]+)\[\]/my $type = $2; 'ARRAY[' . join(', ', map { "($_)::$type" } $1 =~ m{('(?:[^']|'')*'::[\w ]+)}g) . ']'/ge;
	return;
}

sub _without_column_order
{
	my ($statement) = @_;
	my ($head, @rest) = split /\n/, $statement;
	my @columns;
	while (@rest && $rest[0] !~ /^\S/)
	{
		push @columns, (shift @rest) =~ s/,$//r;
	}
	return join "\n", $head, sort(@columns), @rest;
}

# The statements in one list only: '- ' before each line of those in the first, '+ ' in the second.
sub differences
{
	my ($from, $to) = @_;
	my %count;
	$count{$_}++ for @$from;
	$count{$_}-- for @$to;
	return map { my $sign = $count{$_} > 0 ? '- ' : '+ '; $sign . s/\n/\n$sign/gr } grep { $count{$_} } sort keys %count;
}

# --- a server ----------------------------------------------------------------------------------

# Exit code, output and errors of a client program.
sub _run
{
	my ($self, $input, @command) = @_;
	my $file = "$self->{place}/$$";
	_write("$file.in", $input);
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		local %ENV = (%ENV, PGCLIENTENCODING => 'UTF8', PGOPTIONS => '-c statement_timeout=100s');
		open STDIN, '<', "$file.in" and open STDOUT, '>', "$file.out" and open STDERR, '>', "$file.err" and exec 'timeout', '120', @command;
		POSIX::_exit(127);
	}
	waitpid $pid, 0;
	return ($?, map { _file("$file.$_") } qw(out err));
}

sub _address { return map { ("--$_->[0]", $_->[1]) } grep { defined $_->[1] } map { [ $_, $_[0]{$_} ] } $_[0]{host} ? qw(host port) : ('port') }

# {sqlstate}, {message}, {out}, {text} of SQL; a lost connection has the state 'crash', its neighbours' crash 'again'.
sub sql
{
	my ($self, $db, $sql, %options) = @_;
	my @user = ('-U', $options{role} // $self->{user});
	my ($code, $out, $err) = $self->_run($sql, 'psql', '-XqAt', $self->_address, @user, '-d', $db, qw(-v ON_ERROR_STOP=1 -v VERBOSITY=verbose -v SHOW_CONTEXT=errors));
	chomp $out;
	my %result = (sqlstate => '00000', message => '', out => $out, text => $err);
	return \%result unless $code;
	@result{qw(sqlstate message)} = ('crash', $code >> 8 == 124 ? 'hangs' : 'connection lost');
	@result{qw(sqlstate message)} = ($1, $2) if $err =~ /(?:ERROR|FATAL|PANIC):\s+(\w{5}): ([^\n]*)/;
	$result{sqlstate} = 'again' if $err =~ /57P0[1-5]: |because of crash of another|could not connect|Connection refused/;
	$result{message} .= ' | ' . $1 =~ s/\s+/ /gr if $err =~ /(?:ERROR|FATAL):  .*?^DETAIL:\s+(.*?)^(?:HINT|CONTEXT|LOCATION|QUERY):/ms;
	return \%result;
}

# Returns once the server takes connections again, or has been asked often enough.
sub wait_until_up
{
	my ($self) = @_;
	for (1 .. 1000)
	{
		return if $self->sql('postgres', 'SELECT 1')->{sqlstate} eq '00000';
	}
	return;
}

# The result of SQL of ours, which must work.
sub must
{
	my ($self, $db, $sql, $what) = @_;
	my $result = $self->sql($db, $sql);
	die { again => 1 } if $result->{sqlstate} eq 'again';
	die { set_up => "$what: $result->{sqlstate} $result->{message}", sqlstate => $result->{sqlstate} } if $result->{sqlstate} ne '00000';
	return $result->{out};
}

sub dump
{
	my ($self, $db, @options) = @_;
	my ($code, $out, $err) = $self->_run('', 'pg_dump', $self->_address, '-U', $self->{user}, '--schema-only', @options, '-d', $db);
	die { again => 1 } if $code && $err =~ /57P0|the database system is|because of crash|could not connect|Connection refused|server closed/;
	die { set_up => "pg_dump: $err" } if $code;
	return $out;
}

sub create_template
{
	my ($self, @roles) = @_;
	my %wanted = map { $_ => 1 } @roles;
	delete @wanted{ split /\n/, $self->must('postgres', 'SELECT rolname FROM pg_roles;', 'roles') };
	$self->must('postgres', 'CREATE ROLE "' . s/"/""/gr . '";', "role $_") for sort keys %wanted;
	$self->must('postgres', "DROP DATABASE IF EXISTS $self->{template};\nCREATE DATABASE $self->{template} TEMPLATE template0;", 'template');
	$self->must($self->{template}, 'CREATE SCHEMA strata; CREATE EXTENSION pg_strata SCHEMA strata;', 'pg_strata');
	return;
}

# A database with this in it, and everything but pg_strata managed.
sub create_database
{
	my ($self, $db, @scripts) = @_;
	$self->must('postgres', "DROP DATABASE IF EXISTS $db WITH (FORCE);\nCREATE DATABASE $db TEMPLATE $self->{template};\nALTER DATABASE $db SET migrate.managed_schemas = '*';", 'database');
	$self->must($db, $_, 'load') for grep { defined && /\S/ } @scripts;
	return;
}

sub drop_database { return $_[0]->sql('postgres', "DROP DATABASE IF EXISTS $_[1] WITH (FORCE);") }

# The comparable dump of a database in which only this was run.
sub loaded
{
	my ($self, $db, @scripts) = @_;
	my $text = join "\n", grep { defined } @scripts;
	my $file = "$self->{cache}/" . sha256_hex($text);
	if (!-e $file)
	{
		$self->create_database($db, @scripts);
		_write("$file.$$", $self->dump($db));
		rename "$file.$$", $file or die "$file: $!";
	}
	return [ comparable(_file($file)) ];
}

# --- one pair ----------------------------------------------------------------------------------

sub _literal { return "'" . $_[0] =~ s/'/''/gr . "'" }

sub _answer
{
	my ($self, $db, $query) = @_;
	return defined $query ? $self->must($db, $query, 'check') : '';
}

# How an error of a call counts: 'reported' is a clean refusal, with a reason.
sub _failure
{
	my ($result) = @_;
	die { again => 1 } if $result->{sqlstate} eq 'again';
	my $kind = $result->{sqlstate} eq 'crash' ? 'crash' : $result->{sqlstate} =~ /^XX/ ? 'internal' : 'reported';
	return ($kind, "$result->{sqlstate} $result->{message}");
}

sub _autogenerate
{
	my ($self, $db, $desired) = @_;
	$desired = 'SELECT;' if $desired !~ /\S/;    # an empty text is refused
	return $self->sql($db, 'SELECT coalesce(strata.migrate_autogenerate(\'m\', ' . _literal($desired) . ", ignore => '{}'), '(none)');");
}

# Upgrades, statement by statement where it cannot be one transaction; downgrades, with psql where it cannot.
sub _upgrade
{
	my ($self, $db) = @_;
	my $result = $self->sql($db, 'SELECT count(*) FROM strata.migrate_upgrade();');
	return $result->{sqlstate} eq 'MG008' ? $self->sql($db, "CALL strata.migrate_deploy('head');") : $result;
}

sub downgrade
{
	my ($self, $db, $revision) = @_;
	my $result = $self->sql($db, "SELECT count(*) FROM strata.migrate_downgrade('base');");
	return $result if $result->{sqlstate} ne 'MG008';
	my $offline = $self->sql($db, 'SELECT strata.migrate_downgrade_sql(' . _literal("$revision:base") . ');');
	return $offline->{sqlstate} eq '00000' ? $self->sql($db, $offline->{out}) : $offline;
}

# The verdict on a pair: {forward} 'converges', 'reported', 'miss', 'internal' or 'crash' with {reason}; {back} 'returns', 'reported',
# 'irreversible', 'miss', 'internal', 'crash', or 'none' when nothing was migrated, with {back_reason}.  'broken': the pair does not load.
# A migration that fails when it is applied, or leaves something for a second one, is a miss: the proof had passed it.
sub examine
{
	my ($self, $pair, $db) = @_;
	my %verdict = (name => $pair->{name}, forward => 'converges', reason => '', back => 'none', back_reason => '', script => '', difference => '', back_difference => '');
	for my $attempt (1 .. 5)
	{
		if (eval { %verdict = (%verdict, $self->_examine($pair, $db)); 1 })
		{
			last;
		}
		my $error = $@;
		@verdict{qw(forward reason)} = ('broken', ref $error ? $error->{set_up} // 'the server crashed again and again' : $error);
		last unless ref $error && $error->{again};
		$self->wait_until_up;
	}
	$self->drop_database($_) for $db, "${db}_oracle";
	return \%verdict;
}

sub _examine
{
	my ($self, $pair, $db) = @_;
	my %verdict = (back => 'none');
	my $start = $self->loaded("${db}_oracle", @$pair{qw(pre a)});
	my $goal = $self->loaded("${db}_oracle", @$pair{qw(pre b)});
	$self->create_database($db, @$pair{qw(pre a data)});
	my $answer = $self->_answer($db, $pair->{check});

	my $made = $self->_autogenerate($db, ($pair->{pre} // '') . "\n" . $pair->{b});
	if ($made->{sqlstate} ne '00000')
	{
		@verdict{qw(forward reason)} = _failure($made);
		$verdict{details} = $made->{text};
		return %verdict;
	}
	if ($made->{out} ne '(none)')
	{
		$verdict{script} = $self->must($db, 'SELECT strata.migrate_script(' . _literal($made->{out}) . ');', 'migrate_script');
		my $applied = $self->_upgrade($db);
		if ($applied->{sqlstate} ne '00000')
		{
			my ($kind, $reason) = _failure($applied);
			@verdict{qw(forward reason)} = ($kind eq 'reported' ? 'miss' : $kind, "when applied: $reason");
			$verdict{details} = $applied->{text};
			return %verdict;
		}
	}
	my @difference = differences([ comparable($self->dump($db)) ], $goal);
	$verdict{difference} = join "\n", @difference;
	my $again = $self->_autogenerate($db, ($pair->{pre} // '') . "\n" . $pair->{b});
	my $lost = $self->_answer($db, $pair->{check}) ne $answer;
	if (@difference)
	{
		@verdict{qw(forward reason)} = ('miss', ($made->{out} eq '(none)' ? 'sees no difference: ' : 'differs: ') . $difference[0]);
	}
	elsif ($again->{sqlstate} ne '00000')
	{
		my ($kind, $reason) = _failure($again);
		@verdict{qw(forward reason)} = ($kind eq 'reported' ? 'miss' : $kind, "second time: $reason");
	}
	elsif ($again->{out} ne '(none)')
	{
		my $more = $self->must($db, "SELECT sql FROM migrate.script WHERE direction = 'upgrade' AND revision = " . _literal($again->{out}) . ';', 'script');
		@verdict{qw(forward reason details)} = ('miss', 'second time: ' . $more =~ s/\s+/ /gr, $more);
	}
	elsif ($lost)
	{
		@verdict{qw(forward reason)} = ('miss', 'rows are not what they were');
	}
	return %verdict if $made->{out} eq '(none)';

	my $back = $self->downgrade($db, $made->{out});
	if ($back->{sqlstate} ne '00000')
	{
		@verdict{qw(back back_reason)} = _failure($back);
		$verdict{back} = 'irreversible' if $back->{sqlstate} eq 'MG007';
		$verdict{back} = 'miss' if $verdict{back} eq 'reported';
		$verdict{back_details} = $back->{text};
		return %verdict;
	}
	@difference = differences([ comparable($self->dump($db)) ], $start);
	$verdict{back} = @difference ? 'miss' : 'returns';
	$verdict{back_reason} = $difference[0] // '';
	$verdict{back_difference} = join "\n", @difference;
	return %verdict;
}

# --- all of them -------------------------------------------------------------------------------

# One of several processes: takes the next pair until there is none.  An error must not reach the test that was forked.
sub _work
{
	my ($self, $reader, $pairs, $db, $results, $told) = @_;
	while (sysread($reader, my $index, 5) // 0)
	{
		my $verdict = $self->examine($pairs->[$index], $db);
		$told->($verdict) if $told;
		_write("$results/" . (0 + $index), JSON::PP->new->latin1->encode($verdict));
	}
	return;
}

# The verdicts, in the order of the pairs, with several processes; each is told as soon as it is known to the one that wants it.
sub examine_all
{
	my ($self, $pairs, %options) = @_;
	my $workers = $options{workers} // 2;
	my $results = tempdir(DIR => $self->{place});
	pipe my $reader, my $writer or die "pipe: $!";
	my @pids;
	for my $worker (1 .. $workers)
	{
		my $pid = fork // die "fork: $!";
		if ($pid) { push @pids, $pid; next }
		close $writer;
		eval { $self->_work($reader, $pairs, "pair_$worker", $results, $options{told}); 1 } or print STDERR $@;
		POSIX::_exit(0);
	}
	close $reader;
	syswrite $writer, sprintf '%05d', $_ for 0 .. $#$pairs;
	close $writer;
	waitpid $_, 0 for @pids;
	return map { my $text = _file("$results/$_"); $text ? JSON::PP->new->latin1->decode($text) : { name => $pairs->[$_]{name}, forward => 'broken', reason => 'not examined', back => 'none' } } 0 .. $#$pairs;
}

# Lists of verdicts by how they ended ('miss', 'back_miss'), the percentages that converge and that return, and a text with the counts.
sub summary
{
	my (@verdicts) = @_;
	my %found = map { $_ => [] } qw(converges broken reported miss internal crash), map { "back_$_" } qw(returns none reported irreversible miss internal crash);
	for my $verdict (@verdicts)
	{
		push @{ $found{ $verdict->{forward} } }, $verdict;
		push @{ $found{"back_$verdict->{back}"} }, $verdict;
	}
	$found{text} = join ', ', map { scalar(@{ $found{$_} }) . " $_" } grep { @{ $found{$_} } } sort keys %found;
	$found{converging} = 100 * @{ $found{converges} } / @verdicts;
	my @nothing = grep { $_->{forward} eq 'converges' } @{ $found{back_none} };
	$found{returning} = 100 * (@nothing + @{ $found{back_returns} }) / @verdicts;
	return %found;
}

# Verdicts as lines, for a test that wants none of them.
sub listed
{
	return join "\n", map { "$_->{name}: $_->{forward} $_->{reason}; back: $_->{back} $_->{back_reason}" } map { @$_ } @_;
}

1;
