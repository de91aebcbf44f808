# A deploy of twelve revisions that is killed wherever it can be: the next CALL migrate_deploy ends at head, and the database is what
# an undisturbed deploy makes of it.  A stop is a chain of obstacles, held by sessions of ours: a gate (an advisory lock for which a function
# in the history waits), a table lock, an old snapshot.  The deploy has come to a stop when the server says that the obstacle's
# session blocks it; then the next obstacle is raised, the one before taken away, and so on, until the point is reached.
# Every point has a database of its own; those of a batch are stopped, killed and started again together.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Utils;
use Strata;
use Test::More;
use Time::HiRes qw(time);

my $node = new_server('deploy_crash', conf => <<'CONF');
restart_after_crash = on
max_connections = 120
shared_buffers = 32MB
autovacuum = off
wal_level = replica
max_wal_senders = 0
max_wal_size = 2GB
CONF
my $deploy = "CALL migrate_deploy('head')";
my $batch_size = 16;

# --- the history --------------------------------------------------------------------------------

# What the scripts use: gates, and a table that counts what was applied.  pass() is an ordinary statement that counts itself.
my $ground = <<'SQL';
CREATE TABLE applied (what text);
CREATE TABLE counter (n int);
INSERT INTO counter VALUES (0);
CREATE FUNCTION gate(what text) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN PERFORM pg_catalog.pg_advisory_xact_lock_shared(77, pg_catalog.hashtext(what)); END $$;
CREATE FUNCTION pass(what text) RETURNS void LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.gate(what); INSERT INTO public.applied VALUES (what); END $$;
CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.gate('commit of ' || NEW.what); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON applied DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit();
CREATE FUNCTION at_end() RETURNS event_trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.gate('end of ' || tg_tag); END $$;
CREATE FUNCTION scanned(id int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
  $$ BEGIN IF id = 1500 THEN PERFORM public.gate('scan'); END IF; RETURN id; END $$;
CREATE FUNCTION filled(id int) RETURNS int LANGUAGE plpgsql AS
  $$ BEGIN IF id IN (500, 1500, 3000) THEN PERFORM public.gate('fill ' || id); END IF; RETURN id * 2; END $$;
CREATE FUNCTION before_batch() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.gate('batch ' || (SELECT count(*) / 1000 FROM public.items WHERE copy IS NOT NULL)); RETURN NULL; END $$;
CREATE FUNCTION at_batch_commit() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN PERFORM public.gate('commit of a batch'); RETURN NULL; END $$;
CREATE PROCEDURE settle() LANGUAGE plpgsql AS
  $$ BEGIN UPDATE public.people SET settled = 1; COMMIT; PERFORM public.gate('settle'); UPDATE public.people SET settled = 2; END $$;
CREATE FUNCTION contents(what regclass) RETURNS text LANGUAGE plpgsql AS
  $$ DECLARE digest text;
  BEGIN
    EXECUTE format('SELECT count(*) || '' rows '' || coalesce(md5(string_agg(t::text, E''\n'' ORDER BY t::text)), '''') FROM %s t', what) INTO digest;
    RETURN digest;
  END $$;
CREATE EVENT TRIGGER at_end ON ddl_command_end EXECUTE FUNCTION at_end();
SQL

# The statements of each revision.
sub statements
{
	my ($pause) = @_;
	return (
		[
			'CREATE TABLE items (id int PRIMARY KEY, value int NOT NULL)',
			'INSERT INTO items SELECT i, i % 100 FROM generate_series(1, 3000) i',
			"SELECT pass('0001.3')",
			'CREATE INDEX items_old ON items (value, id)',
			'CREATE TABLE events (at int NOT NULL, what text) PARTITION BY RANGE (at)',
			'CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (100)',
			'CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200)',
			"INSERT INTO events SELECT i, 'event ' || i FROM generate_series(1, 199) i",
			"CREATE TYPE mood AS ENUM ('sad', 'ok')",
			'CREATE TABLE people (name text PRIMARY KEY, feels mood, settled int NOT NULL DEFAULT 0)',
			"INSERT INTO people VALUES ('anna', 'ok')",
			"SELECT pass('0001.12')",
		],
		[
			"SELECT pass('0002.1')",
			'CREATE INDEX CONCURRENTLY items_value ON items (value)',
			"SELECT pass('0002.3')",
			'CREATE UNIQUE INDEX CONCURRENTLY items_scanned ON items (scanned(id)) WHERE id > 0',
			'UPDATE counter SET n = n + 1',
			"SELECT pass('0002.6')",
		],
		[
			"ALTER TABLE people ADD COLUMN note text DEFAULT 'none'",
			"SELECT pass('0003.2')",
			'UPDATE counter SET n = n + 10',
			"ALTER TABLE people ADD CONSTRAINT people_note CHECK (note <> '') NOT VALID",
			"SELECT pass('0003.5')",
		],
		[ 'DROP INDEX CONCURRENTLY items_old', "SELECT pass('0004.2')" ],
		[
			'UPDATE counter SET n = n + 100',
			"SELECT pass('0005.2')",
			'ALTER TABLE people ADD COLUMN age int DEFAULT 30',
			'UPDATE counter SET n = n + 1000',
			"SELECT pass('0005.5')",
		],
		[ "SELECT pass('0006.1')", 'REINDEX INDEX CONCURRENTLY items_pkey', "SELECT pass('0006.3')", 'REINDEX TABLE CONCURRENTLY items' ],
		[ "ALTER TYPE mood ADD VALUE 'new'", "INSERT INTO people VALUES ('bert', 'new')", "SELECT pass('0007.3')" ],
		[
			'ALTER TABLE items ADD COLUMN copy int, ADD COLUMN touched int NOT NULL DEFAULT 0',
			'CREATE TRIGGER before_batch BEFORE UPDATE ON items FOR EACH STATEMENT EXECUTE FUNCTION before_batch()',
			"SELECT pass('0008.3')",
			'CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = 1500) EXECUTE FUNCTION at_batch_commit()',
			"\n-- migrate:repeat pause=$pause\nUPDATE items SET copy = filled(id), touched = touched + 1 WHERE id IN (SELECT id FROM items WHERE copy IS NULL ORDER BY id LIMIT 1000)",
			"SELECT pass('0008.6')",
		],
		[ 'ALTER TABLE events DETACH PARTITION events_1 CONCURRENTLY', 'UPDATE counter SET n = n + 10000' ],
		[ 'VACUUM (ANALYZE) items', "SELECT pass('0010.2')" ],
		[
			'ALTER TABLE items ADD CONSTRAINT items_copy CHECK (copy IS NOT NULL) NOT VALID',
			'ALTER TABLE items VALIDATE CONSTRAINT items_copy',
			"ALTER TABLE items ADD COLUMN label text DEFAULT 'item'",
			"SELECT pass('0011.4')",
			'UPDATE counter SET n = n + 100000',
		],
		[
			"SELECT pass('0012.1')",
			'CREATE INDEX CONCURRENTLY IF NOT EXISTS items_last ON items (copy) WHERE copy > 10',
			'CALL settle()',
			'CREATE INDEX CONCURRENTLY "Items, by label" ON items (lower(label) text_pattern_ops, id DESC) INCLUDE (value)',
		]);
}

sub id { return sprintf '%04d', $_[0] }

sub history
{
	my (%options) = @_;
	my @bodies = statements($options{pause} // '0ms');
	return map {
		my $text = revision(id($_), $_ > 1 ? (after => id($_ - 1)) : (), up => join('', map { "$_;\n" } @{ $bodies[ $_ - 1 ] }), down => undef);
		$_ == 5 ? $text =~ s/^-- migrate:up$/-- migrate:up transaction:false/mr : $text
	} 1 .. @bodies;
}

my @length = (0, map { scalar @$_ } statements('0ms'));    # statements of each revision
my %transactional = map { $_ => 1 } qw(0001 0003 0011);
my %top_level = map { $_ => 1 } qw(0002.2 0002.4 0004.1 0006.2 0006.4 0009.1 0010.1 0012.2 0012.3 0012.4);
my $backfill = '0008.5';

# --- the points ---------------------------------------------------------------------------------

# The chain of obstacles, and the statement that is then running.  Each obstacle is `TABLE in ... mode`, `snapshot`, `pausing` (the deploy's own,
# between batches) or the name of a gate: a pass() before it does anything, `commit of` one after it has done all,
# `end of` a DDL statement that has not committed yet.  Whether the deploy has written the statement's row before the
# statement, or will after it, is its own affair: with `either`, it may come one statement further before it needs the journal.
my @points = (
	[ 'end of CREATE TABLE' => '0001' ],
	[ '0001.3' => '0001' ],
	[ 'end of CREATE INDEX' => '0001' ],
	[ 'end of CREATE TYPE' => '0001' ],
	[ '0001.12' => '0001' ],
	[ 'commit of 0001.12' => '0001' ],
	[ '0001.12 > migrate.version in share mode' => '0001' ],
	[ '0001.12 > migrate.log in share mode' => '0001' ],

	[ '0002.1' => '0002.1' ],
	[ 'commit of 0002.1' => '0002.1' ],
	[ '0002.1 > items in share update exclusive mode' => '0002.2' ],
	[ '0002.1 > items in row exclusive mode' => '0002.2', phase => 'waiting for writers before build' ],
	[ '0002.1 > snapshot' => '0002.2', phase => 'waiting for old snapshots' ],
	[ '0002.1 > end of CREATE INDEX' => '0002.2' ],
	[ '0002.1 > snapshot > migrate.journal in share mode' => '0002.2', keeps => 'items_value' ],
	[ '0002.3' => '0002.3' ],
	[ 'commit of 0002.3' => '0002.3' ],
	[ '0002.3 > migrate.journal in share mode' => '0002.3', either => 1 ],
	[ 'scan' => '0002.4', phase => 'building index: scanning table' ],
	[ 'scan > items in row exclusive mode' => '0002.4', phase => 'waiting for writers before validation' ],
	[ '0002.3 > snapshot > end of CREATE INDEX' => '0002.4' ],
	[ 'scan > migrate.journal in share mode' => '0002.4', keeps => 'items_scanned' ],
	[ 'counter in share mode' => '0002.5' ],
	[ '0002.6' => '0002.6' ],
	[ 'commit of 0002.6' => '0002.6' ],
	[ '0002.6 > migrate.version in share mode' => '0002.6' ],
	[ '0002.6 > migrate.log in share mode' => '0002.6' ],

	[ '0002.6 > people in access share mode' => '0003' ],
	[ '0003.2' => '0003' ],
	[ '0003.2 > counter in share mode' => '0003' ],
	[ '0003.5' => '0003' ],
	[ 'commit of 0003.5' => '0003' ],

	[ '0003.5 > items in share update exclusive mode' => '0004.1' ],
	[ '0003.5 > items in access share mode' => '0004.1' ],
	[ '0003.5 > end of DROP INDEX' => '0004.1' ],
	[ '0003.5 > items in access share mode > migrate.journal in share mode' => '0004.1' ],
	[ '0004.2' => '0004.2' ],

	[ '0004.2 > counter in share mode' => '0005.1' ],
	[ '0005.2' => '0005.2' ],
	[ 'commit of 0005.2' => '0005.2' ],
	[ '0005.2 > migrate.journal in share mode' => '0005.2', either => 1 ],
	[ '0005.2 > people in share mode' => '0005.3' ],
	[ '0005.2 > end of ALTER TABLE' => '0005.3' ],
	[ '0005.2 > counter in share mode' => '0005.4' ],
	[ '0005.5' => '0005.5' ],
	[ 'commit of 0005.5' => '0005.5' ],
	[ '0005.5 > migrate.log in share mode' => '0005.5' ],

	[ '0006.1' => '0006.1' ],
	[ '0006.1 > items in share update exclusive mode' => '0006.2' ],
	[ '0006.1 > items in row exclusive mode' => '0006.2', phase => 'waiting for writers before build' ],
	[ '0006.1 > snapshot' => '0006.2', phase => 'waiting for old snapshots' ],
	[ '0006.1 > items in access share mode' => '0006.2', phase => 'waiting for readers before marking dead' ],
	[ '0006.1 > snapshot > migrate.journal in share mode' => '0006.2' ],
	[ '0006.3' => '0006.3' ],
	[ '0006.3 > scan' => '0006.4', phase => 'building index: scanning table' ],
	[ '0006.3 > snapshot' => '0006.4' ],
	[ '0006.3 > items in access share mode' => '0006.4' ],
	[ '0006.3 > scan > migrate.version in share mode' => '0006.4' ],

	[ 'end of ALTER TYPE' => '0007.1' ],
	[ 'end of ALTER TYPE > migrate.journal in share mode' => '0007.1', either => 1 ],
	[ '0006.3 > people in share mode' => '0007.2' ],
	[ '0007.3' => '0007.3' ],

	[ '0007.3 > items in access share mode' => '0008.1' ],
	[ 'end of CREATE TRIGGER' => '0008.2' ],
	[ '0008.3' => '0008.3' ],
	[ '0008.3 > end of CREATE TRIGGER' => '0008.4' ],
	[ 'batch 0' => $backfill, rows => 0 ],
	[ 'fill 500' => $backfill, rows => 0 ],
	[ 'batch 1' => $backfill, rows => 1000 ],
	[ 'fill 1500' => $backfill, rows => 1000 ],
	[ 'commit of a batch' => $backfill, rows => 1000 ],
	[ 'pausing' => $backfill, rows => 1000, pause => '1h' ],
	[ 'batch 2' => $backfill, rows => 2000 ],
	[ 'fill 3000' => $backfill, rows => 2000 ],
	[ 'batch 3' => $backfill, rows => 3000 ],
	[ '0008.6' => '0008.6' ],
	[ 'commit of 0008.6' => '0008.6' ],

	[ '0008.6 > events in share update exclusive mode' => '0009.1' ],
	[ '0008.6 > events in access share mode' => '0009.1' ],
	[ '0008.6 > end of ALTER TABLE' => '0009.1' ],
	[ '0008.6 > events in access share mode > migrate.journal in share mode' => '0009.1' ],
	[ '0008.6 > counter in share mode' => '0009.2' ],

	[ '0008.6 > items in share update exclusive mode' => '0010.1' ],
	[ '0008.6 > items in share update exclusive mode > migrate.journal in share mode' => '0010.1' ],
	[ '0010.2' => '0010.2' ],

	[ '0010.2 > items in access share mode' => '0011' ],
	[ '0011.4' => '0011' ],
	[ '0011.4 > counter in share mode' => '0011' ],

	[ '0012.1' => '0012.1' ],
	[ '0012.1 > items in row exclusive mode' => '0012.2' ],
	[ '0012.1 > snapshot' => '0012.2' ],
	[ 'settle' => '0012.3' ],
	[ 'settle > snapshot' => '0012.4' ],
	[ 'settle > end of CREATE INDEX' => '0012.4' ],
	[ 'settle > snapshot > migrate.version in share mode' => '0012.4', keeps => '"Items, by label"' ],
	[ 'settle > snapshot > migrate.log in share mode' => '0012.4', keeps => '"Items, by label"' ],
);

# Each point as a hash: the obstacles, the revision and the statement (none: the whole revision is one transaction) where it stops.
sub point
{
	my ($chain, $at, %options) = @{ $_[0] };
	my ($revision, $statement) = split /\./, $at;
	return { name => $chain, chain => [ split / > /, $chain ], at => $at, revision => $revision, statement => $statement, %options };
}

# The state that the catalog must tell after the end of the deploy there: the version row, and what the journal says.
sub expected_state
{
	my ($point, $ending) = @_;
	my ($revision, $statement) = @$point{qw(revision statement)};
	my $state = $revision eq '0001' ? 'base' : id($revision - 1);
	return qr/^$state$/ if !defined $statement;
	my @journal = map { "$revision.$_ done" } 1 .. $statement - 1;
	my $last = $ending eq 'cancel' ? "$revision.$statement failed" : "$revision.$statement running";
	my $is_backfill = $point->{at} eq $backfill;
	push @journal, $last if $ending eq 'cancel' || $top_level{ $point->{at} } || $is_backfill && $point->{rows};
	my $text = join ', ', $state, @journal;
	return qr/^\Q$text\E(?:, $revision.$statement done)?$/ if $point->{either};
	return $is_backfill && !$point->{rows} && $ending ne 'cancel' ? qr/^\Q$text\E(?:, \Q$last\E)?$/ : qr/^\Q$text\E$/;
}

my $state = <<'SQL';
SELECT concat_ws(', ', coalesce((SELECT string_agg(revision, ' ') FROM migrate.version), 'base'),
  (SELECT string_agg(revision || '.' || statement || ' ' || state, ', ' ORDER BY revision, statement) FROM migrate.journal))
SQL

# All that a deploy leaves but the schema, in lines; the same after every deploy to head.
my $outcome = <<'SQL';
SELECT concat_ws(E'\n',
  'version rows: ' || (SELECT string_agg(revision, ' ') FROM migrate.version),
  'journal rows: ' || (SELECT count(*) FROM migrate.journal),
  'done: ' || (SELECT string_agg(revision || ' ' || to_heads::text, ', ' ORDER BY id) FROM migrate.log WHERE outcome = 'done'),
  'counter: ' || (SELECT string_agg(n::text, ' ') FROM counter),
  'applied: ' || (SELECT string_agg(what, ' ' ORDER BY what) FROM applied),
  'applied twice: ' || (SELECT string_agg(what, ' ') FROM (SELECT what FROM applied GROUP BY what HAVING count(*) > 1) t),
  'filled more or less than once: ' || (SELECT count(*) FROM items WHERE touched <> 1),
  (SELECT string_agg(oid::regclass || ': ' || contents(oid), E'\n' ORDER BY relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace),
  'indexes: ' || (SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY indexrelid::regclass::text) FROM pg_index WHERE indrelid = 'items'::regclass),
  'invalid indexes: ' || (SELECT count(*) FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)),
  'pending detaches: ' || (SELECT count(*) FROM pg_inherits WHERE inhdetachpending),
  'advisory locks: ' || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
  'in progress: ' || (SELECT count(*) FROM migrate_progress()),
  'half applied: ' || (SELECT count(*) FROM migrate_doctor() WHERE code = 'half_applied'))
SQL

# --- to a point ---------------------------------------------------------------------------------

my $template = Strata->new($node, 'history');
$template->query($ground);
$template->load(history());

# A database with the history loaded and nothing deployed.
my $copies = 0;
sub copy { return Strata->new($node, sprintf('point_%03d', ++$copies), create => 'TEMPLATE history', bare => 1) }

sub obstacle
{
	my ($what) = @_;
	return "BEGIN; LOCK TABLE $1 IN \U$2\E MODE" if $what =~ /^(\S+) in (.*) mode$/;
	return 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1' if $what eq 'snapshot';
	return 'SELECT pg_advisory_lock(77, hashtext(' . quote($what) . '))';
}

# Has the deploy come to wait for the keeper?  When it ends instead, that is a failed test, not a hanging one.
sub comes_to
{
	my ($stop, $what, $reached) = @_;
	my $pid = $stop->{runner}->pid;
	my $over = "EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid AND state <> 'active' AND query LIKE 'CALL %')";
	$node->poll_query_until($stop->{db}->name, "SELECT ($reached) OR $over") or die "nothing happens before '$what' in $stop->{point}{name}";
	return $stop->{db}->query("SELECT ($reached)::text") eq 'true';
}

# A deploy that has come to the point; {stopped} tells whether it did.
sub stop_at
{
	my ($db, $point, $runner) = @_;
	$runner //= $db->session;
	my $stop = { db => $db, point => $point, runner => $runner, keepers => [], stopped => 1 };
	$runner->ask('SET migrate.deploy_lock_timeout = 0; SET migrate.deploy_build_timeout = 0');
	my ($before, $running);
	for my $what (@{ $point->{chain} })
	{
		my $reached = "EXISTS (SELECT FROM migrate_progress() WHERE state = 'pausing')";
		my $keeper;
		if ($what ne 'pausing')
		{
			$keeper = $db->session;
			push @{ $stop->{keepers} }, $keeper;
			$keeper->ask("SET lock_timeout = '30s'");
			$point->{either} && $what =~ /^migrate.journal / ? queue_up($db, $keeper, $what) : $keeper->ask(obstacle($what));
			$reached = $keeper->pid . ' = ANY (pg_blocking_pids(' . $runner->pid . '))';
		}
		$running ? let_go($before) : $runner->start($deploy);
		($before, $running) = ($keeper, 1);
		next if comes_to($stop, $what, $reached);
		fail("$point->{name}: comes to '$what'");
		diag(substr $runner->finish->{text}, 0, 2000);
		$stop->{stopped} = 0;
		last;
	}
	$db->answers('SELECT phase FROM pg_stat_progress_create_index WHERE pid = ' . $runner->pid, $point->{phase}, "$point->{name}: is $point->{phase}")
	  if $stop->{stopped} && $point->{phase};
	return $stop;
}

# Asks for the journal and does not wait until it is there: the deploy may have written to it in its present transaction.
sub queue_up
{
	my ($db, $keeper, $what) = @_;
	$keeper->start(obstacle($what));
	my $asked = "SELECT count(*) > 0 FROM pg_locks WHERE relation = 'migrate.journal'::regclass AND mode = 'ShareLock' AND pid = " . $keeper->pid;
	$node->poll_query_until($db->name, $asked) or die 'nobody asked for the journal';
	return;
}

sub let_go
{
	my ($keeper) = @_;
	$keeper->try('ROLLBACK');
	$keeper->ask('SELECT pg_advisory_unlock_all()');
	return;
}

# --- the ends -------------------------------------------------------------------------------------

my $kills = 0;    # signals that we sent; the server's log must not tell of others

# kill -9 of every deploying backend.  The postmaster stands still meanwhile: it would end the others itself when it sees the first one die.
sub kill_9
{
	my @stops = @_;
	my $offset = -s $node->logfile;
	my ($postmaster) = read_text($node->data_dir . '/postmaster.pid') =~ /^(\d+)/;
	kill('STOP', $postmaster) == 1 or die 'postmaster';
	my $killed = kill('KILL', map { $_->{runner}->pid } @stops);
	kill('CONT', $postmaster) == 1 or die 'postmaster';
	is($killed, scalar @stops, '(kill -9 of ' . @stops . ' deploying backends)');
	$kills++;
	$node->wait_for_log(qr/all server processes terminated; reinitializing/, $offset);
	$node->poll_query_until('postgres', 'SELECT 1', '1') or die 'the server did not come back';
	return;
}

sub stop_immediately
{
	$node->stop('immediate');
	$node->start;
	return;
}

# These leave the server, and with a cancel the session, alive.
sub cancel { return signalled('pg_cancel_backend(%d)', '57014', @_) }
sub terminate { return signalled('pg_terminate_backend(%d, 60000)', undef, @_) }

sub signalled
{
	my ($call, $sqlstate, @stops) = @_;
	$_->{db}->query('SELECT ' . sprintf $call, $_->{runner}->pid) for @stops;
	for my $stop (@stops)
	{
		if ($sqlstate)
		{
			my $error = $stop->{runner}->finish;
			is($error->{sqlstate}, $sqlstate, "cancel, $stop->{point}{name}: ends with the SQLSTATE of a cancel") or diag($error->{text});
			like($error->{context}, qr/\b$stop->{point}{revision}\b/, '... and tells where it was');
		}
		let_go($_) for @{ $stop->{keepers} };
	}
	return;
}

my %end = ('kill -9' => \&kill_9, 'immediate stop' => \&stop_immediately, cancel => \&cancel, terminate => \&terminate);

# --- the undisturbed deploy ---------------------------------------------------------------------

my $undisturbed = copy();
$undisturbed->query($deploy);
my $expected = { outcome => $undisturbed->query($outcome), schema => $undisturbed->schema };
note($expected->{outcome});
$undisturbed->answers("SELECT n FROM counter", '111111', 'an undisturbed deploy runs every statement once');
$undisturbed->answers('SELECT revision FROM migrate.version', '0012', '... and ends at head');
is(scalar(() = $expected->{outcome} =~ /^applied twice|(?<=^invalid indexes: )[^0]|(?<=^advisory locks: )[^0]|(?<=^journal rows: )[^0]/mg), 0, '... leaving nothing behind');

# --- and again ------------------------------------------------------------------------------------

# What the killed deploy left, and what the next one makes of it.
sub check
{
	my ($stop, $ending) = @_;
	my ($db, $point) = @$stop{qw(db point)};
	my $name = "$ending, $point->{name}";
	like($db->query($state), expected_state($point, $ending), "$name: exactly the revisions and statements before it are recorded");
	$db->answers("SELECT count(*) FILTER (WHERE touched = 1), (SELECT coalesce(sum(rows), 0) FROM migrate.journal WHERE statement = 5) FROM items",
		"$point->{rows}|$point->{rows}", "$name: whole batches and their number")
	  if defined $point->{rows};
	$db->answers("SELECT string_agg(revision || ' ' || sqlstate, ', ') FROM migrate.log WHERE outcome = 'failed'", "$point->{revision} 57014", "$name: it is in the log")
	  if $ending eq 'cancel';
	$db->answers("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
		'0', "$name: no lock is left");

	$db->load(history()) if $point->{pause};
	my $text = '';
	my $runner = $ending eq 'cancel' ? $stop->{runner} : $db->session;
	$runner->ask('RESET migrate.deploy_lock_timeout; RESET migrate.deploy_build_timeout');
	if (my $index = $point->{keeps})    # later revisions build it again: look before they do
	{
		my $oid = "SELECT '$index'::regclass::oid, indisvalid FROM pg_index WHERE indexrelid = '$index'::regclass";
		my $before = $db->query($oid);
		like($before, qr/\|t$/, "$name: the index is there and valid");
		my $same = $db->session;
		$text = $same->try("CALL migrate_deploy('$point->{revision}')")->{text};
		$same->close;
		$db->answers($oid, $before, "$name: ... and is not built again");
	}
	my $result = $runner->try($deploy);
	$text .= $result->{text};
	is($result->{sqlstate}, '00000', "$name: the next deploy succeeds") or diag(substr $result->{text}, 0, 2000);
	my $statement = $point->{statement} // 1;
	my $next = $point->{either} ? $statement . '|' . ($statement + 1) : $statement;
	like($text, qr/Continuing revision $point->{revision} at statement (?:$next) of $length[$point->{revision}]\b/, "$name: ... going on where it was")
	  if $statement > 1;
	is($db->query($outcome), $expected->{outcome}, "$name: ... and ends where an undisturbed one does");
	is_same_schema($db->schema, $expected->{schema}, "$name: ... with the same schema");
	$runner->close;
	return;
}

sub run_batch
{
	my ($ending, @batch) = @_;
	my @stops = map {
		my $db = copy();
		$db->load(history(pause => $_->{pause})) if $_->{pause};
		stop_at($db, $_)
	} @batch;
	my @stopped = grep { $_->{stopped} } @stops;
	$end{$ending}->(@stopped) if @stopped;
	for my $stop (@stops)
	{
		$_->close for @{ $stop->{keepers} }, $ending eq 'cancel' && $stop->{stopped} ? () : $stop->{runner};
	}
	check($_, $ending) for @stopped;
	$node->safe_psql('postgres', 'DROP DATABASE ' . $_->{db}->name . ' WITH (FORCE)') for @stops;
	return;
}

sub run_all
{
	my ($ending, @all) = @_;
	my $began = time;
	my $count = @all;
	while (my @batch = splice @all, 0, $batch_size) { run_batch($ending, @batch) }
	note(sprintf '%s: %d points in %.1f s', $ending, $count, time - $began);
	return;
}

my @all = map { point($_) } @points;
my %named = map { $_->{name} => $_ } @all;
cmp_ok(scalar(keys %named), '>=', 30, 'at least 30 points: ' . keys %named);
run_all($_, @all) for 'kill -9', 'immediate stop';

my @some = (
	'0001.3', 'commit of 0001.12', '0002.1', '0002.1 > items in share update exclusive mode', '0002.1 > items in row exclusive mode',
	'0002.1 > snapshot', 'scan', '0002.6', '0003.5 > items in access share mode', '0005.2', '0006.1 > items in access share mode',
	'fill 1500', 'batch 2', 'pausing', '0008.6 > events in access share mode', '0008.6 > items in share update exclusive mode', 'settle');
run_all($_, map { $named{$_} // die } @some) for qw(cancel terminate);

# --- one database, killed again and again -----------------------------------------------------------

my $ending = 0;
my $db = copy();
for my $point (map { point($_) } (
		[ '0001.12' => '0001' ],
		[ '0002.1 > snapshot' => '0002.2' ],
		[ 'snapshot' => '0002.2' ],
		[ 'items in row exclusive mode' => '0002.2' ],
		[ 'scan' => '0002.4' ],
		[ 'scan' => '0002.4' ],
		[ '0003.5 > items in access share mode' => '0004.1' ],
		[ 'items in access share mode' => '0004.1' ],
		[ '0006.1 > snapshot' => '0006.2' ],
		[ 'items in access share mode' => '0006.2' ],
		[ '0006.3 > items in access share mode' => '0006.4' ],
		[ 'fill 1500' => $backfill, rows => 1000 ],
		[ 'batch 2' => $backfill, rows => 2000 ],
		[ '0008.6 > events in access share mode' => '0009.1' ],
		[ 'settle > snapshot' => '0012.4' ],
	))
{
	my $stop = stop_at($db, $point);
	last if !$stop->{stopped};
	$end{ $ending++ % 2 ? 'immediate stop' : 'kill -9' }->($stop);
	$_->close for @{ $stop->{keepers} }, $stop->{runner};
	like($db->query($state), expected_state($point, 'kill'), "again and again, $point->{name}: exactly what was done is recorded");
}
is($db->attempt($deploy)->{sqlstate}, '00000', 'again and again: the last deploy succeeds');
is($db->query($outcome), $expected->{outcome}, '... and ends where an undisturbed one does');
is_same_schema($db->schema, $expected->{schema}, '... with the same schema');

# --- the server's log -------------------------------------------------------------------------------

my $log = slurp_file($node->logfile);
my @crashes = grep { !/signal 9: Killed/ } $log =~ /^.*(?:was terminated by signal|PANIC:|TRAP:|terminate called|could not open relation|cache lookup failed|invalid page).*$/mg;
is("@crashes", '', "the server's log tells of no crash but our kills, and of nothing broken");
is(scalar(() = $log =~ /reinitializing/g), $kills, '... each of them once');

done_testing();
