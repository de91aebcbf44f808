# From a desired DDL to a revision: what migrate_autogenerate stores, prints and refuses, the columns of migrate_diff, renames, data on the way up
# and down, what a DDL may hold; migrate_schema_sql and migrate_baseline from one database to another.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::RealBin/lib";
use Strata;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('generated', conf => "autovacuum = off\n");
my $number = 0;

sub database
{
	my ($setup) = @_;
	my $db = Strata->new($node, 'db' . ++$number, schema => 'strata');
	$db->query($setup) if $setup;
	return $db;
}

# The call that writes a revision, with further arguments.
sub generate
{
	my ($id, $ddl, $more) = @_;
	return 'SELECT migrate_autogenerate(' . join(', ', quote("step $id"), quote($ddl), quote($id)) . ($more ? ", $more" : '') . ')';
}

# Columns of migrate_diff, step by step.
sub diff
{
	my ($columns, $ddl, $more) = @_;
	return "SELECT $columns FROM migrate_diff(" . quote($ddl) . ($more ? ", $more" : '') . ') ORDER BY step';
}

sub script { return $_[0]->query("SELECT migrate_script('$_[1]')") }
sub sections { return script(@_) =~ s/\A.*?(?=-- migrate:up)//sr }
sub up { return sections(@_) =~ s/\n*-- migrate:down.*//sr }
sub down { return sections(@_) =~ s/\A.*-- migrate:down//sr }

# Generates, and asserts what the upgrade says; then up, down, up again, with this answer of a query after each, when one is given.
sub leads
{
	my ($db, $id, $ddl, $pattern, $rule, %options) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $before = $db->query('SELECT migrate_schema_sql()');
	my $result = $db->attempt(generate($id, $ddl, $options{more}));
	is($result->{out}, $id, $rule) or diag($result->{text});
	return $result if $result->{out} ne $id;
	like(sections($db, $id), $pattern, '... says so');
	my $go = $options{deploy} ? 'CALL migrate_deploy()' : 'SELECT FROM migrate_upgrade()';
	$db->query($go);
	is($db->attempt(diff('sql', $ddl, $options{ignore}))->{out}, '', '... and nothing is left to do');
	$db->answers($options{asks}, $options{above}, '... data after the upgrade') if $options{asks};
	my $way = down($db, $id);
	$db->query(q{SELECT FROM migrate_downgrade('-1')});
	is($db->query('SELECT migrate_schema_sql()'), $before, '... the way back');
	$db->answers($options{asks_below} // $options{asks}, $options{below} // $options{above}, '... data after the downgrade') if $options{asks};
	$db->query($go);
	$db->answers('SELECT migrate_current()', $id, '... and up again');
	return $result;
}

# --- a new revision ------------------------------------------------------------------------------

{
	my $db = database();
	$db->answers(generate('g001', 'CREATE TABLE t (id int)'), 'g001', 'the id that was asked for is returned');
	$db->answers(q{SELECT (SELECT count(*) FROM migrate_current()) || ' ' || (SELECT migrate_heads()) || ' ' || (SELECT count(*) FROM pg_tables WHERE schemaname = 'public')},
		'0 g001 0', 'it is the head, is not applied, and the table is not there');
	like(script($db, 'g001'), qr/\A-- revision: g001\n-- down_revision:\n.*-- message: step g001\n-- created_at: \d.*\n-- migrate:up\nCREATE TABLE public\.t \(\n    id integer\n\);\n\n-- migrate:down\n-- loses all rows of public\.t\nDROP TABLE public\.t;\n*\z/s,
		'the file has message, upgrade, downgrade, and what is lost');
	$db->answers(q{SELECT action FROM migrate_load(ARRAY[migrate_script('g001')])}, 'unchanged', '... and loads back unchanged');
	my $all = $db->everything;
	$db->fails(generate('g002', 'CREATE TABLE u (id int)'), '55000', qr/ERROR:.*target database is not up to date\n/, 'a second one before the first is applied');
	is($db->everything, $all, '... stores nothing');
	$db->answers(q{SELECT string_agg(operation || ' ' || revision, ',') FROM migrate_upgrade()}, 'upgrade g001', 'an ordinary upgrade runs it');
	my $nothing = $db->attempt(q{SELECT coalesce(migrate_autogenerate('again', 'create table T (ID int4)'), 'null')});
	like("$nothing->{sqlstate} $nothing->{out} $nothing->{text}", qr/\A00000 null .*INFO:  (?:\w+: )?no changes/, 'no difference: null, and INFO "no changes"');
	$db->answers('SELECT migrate_heads()', 'g001', '... and no revision');
	$db->answers(q{SELECT migrate_autogenerate('random', 'CREATE TABLE t (id bigint)') ~ '^[0-9a-f]{12}$'}, 't', 'an id by itself is twelve hex digits');
	$db->answers(q{SELECT down_revision FROM migrate.revision WHERE revision IN (SELECT migrate_heads())}, '{g001}', '... above the head');
	$db->query('SELECT FROM migrate_upgrade()');
	$db->fails(generate('g001', 'CREATE TABLE t (id int)'), 'MG005', qr/g001/, 'an id that is taken');
	$db->fails(generate('a@b', 'CREATE TABLE t (id int)'), '\w+', qr/a\@b/, 'an id that is none');
	$db->fails("SELECT migrate_autogenerate($_)", '22004', qr/null/, "null: ($_)") for q{NULL, 'CREATE TABLE t ()'}, q{'m', NULL};
	$db->answers(q{SELECT FROM migrate_downgrade('g001'); SELECT count(*) FROM migrate_check()}, '0', 'a snapshot after a generated downgrade');
}

# --- heads ---------------------------------------------------------------------------------------

{
	my $db = database(q{SELECT FROM migrate_load(ARRAY['} . join(q{', '}, revision('aaaa', labels => 'left'), revision('bbbb', labels => 'right')) . q{']); SELECT FROM migrate_upgrade('heads')});
	my $ddl = $db->query('SELECT migrate_schema_sql()') . 'CREATE TABLE more ();';
	$db->fails(generate('cccc', $ddl), 'MG003', qr/stands for several heads/, 'two heads: "head" means neither');
	$db->fails(generate('cccc', $ddl, q{head => 'nope'}), 'MG001', qr/nope/, 'an unknown head');
	$db->answers(generate('cccc', $ddl, q{head => 'right@head'}), 'cccc', 'label@head says which');
	$db->answers(q{SELECT down_revision FROM migrate.revision WHERE revision = 'cccc'}, '{bbbb}', '... and there it hangs');
	$db->fails(generate('dddd', $ddl, q{head => 'left@head'}), '55000', qr/not up to date/, 'one head of two is not applied');
	$db->query(q{SELECT FROM migrate_upgrade('heads')});
	$db->fails(generate('dddd', "$ddl CREATE TABLE x ();", q{head => 'bbbb'}), 'MG003', qr/bbbb/, 'a parent that is no head');
	$db->answers(generate('dddd', "$ddl CREATE TABLE x ();", q{head => 'heads'}), 'dddd', '"heads": a revision above all of them');
	$db->answers(q{SELECT down_revision FROM migrate.revision WHERE revision = 'dddd'}, '{aaaa,cccc}', '... which merges them');
	$db->query(q{SELECT FROM migrate_upgrade()});
	$db->answers(generate('eeee', 'CREATE TABLE other ()', q{head => 'base'}), 'eeee', '"base": a new root');
}

# --- losses --------------------------------------------------------------------------------------

{
	my $full = q{CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TABLE kept (id int PRIMARY KEY, name text, note text, mood mood); CREATE TABLE gone (id int); CREATE SEQUENCE tickets; CREATE TYPE pair AS (a int, b int);};
	my $less = q{CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE kept (id int PRIMARY KEY, name varchar(5), mood mood); CREATE TYPE pair AS (a int);};
	my $db = database($full . q{INSERT INTO kept VALUES (1, 'abc', 'n', 'sad')});
	my $all = $db->everything;
	my $refused = $db->fails(generate('less', $less, 'allow_drops => false'), 'MG007', qr/loses data/, 'allow_drops => false refuses');
	like($refused->{detail}, qr/$_/, "... and names $_") for qr/column public\.kept\.note/, qr/longer values in column name of public\.kept/, qr/table public\.gone/, qr/sequence public\.tickets/, qr/mood.*'ok'/, qr/attribute.*public\.pair\.b/;
	is($db->everything, $all, '... nothing is stored');
	$db->answers(generate('more', "$full CREATE TABLE new (id int); CREATE VIEW v AS SELECT 1 AS one;", 'allow_drops => false'), 'more', '... what only adds is welcome: losses of the downgrade are no reason');
	$db->query('SELECT FROM migrate_upgrade()');
	$db->answers(generate('view', "$full CREATE TABLE new (id int)", 'allow_drops => false'), 'view', '... and a view holds no data');
	$db->query('SELECT FROM migrate_upgrade()');
	my $text = $db->query(generate('less', $less)) && up($db, 'less');
	like($text, qr/^-- loses[^\n]*$_/m, 'the script says what it loses: ' . s/\n/ /gr) for "values of column note of public.kept\nALTER TABLE public.kept DROP COLUMN note;", "all rows of public.gone\nDROP TABLE public.gone;", "longer values in column name", "\\'ok\\'";
	$db->query('SELECT FROM migrate_upgrade()');
	$db->answers('SELECT * FROM kept', '1|abc|sad', 'rows that fit stay');
	$db->query(q{SELECT FROM migrate_downgrade('view'); UPDATE kept SET mood = 'ok'; INSERT INTO gone VALUES (1)});
	$db->fails('SELECT FROM migrate_upgrade()', '22P02', qr/invalid input value for enum.*"ok"/, 'a row with the value that goes makes it fail');
	$db->answers('SELECT count(*) FROM gone', '1', '... and nothing has happened');
}

# --- no way back -----------------------------------------------------------------------------------

{
	my $db = database('CREATE TABLE base (a int, b int); CREATE TABLE child () INHERITS (base)');
	my $made = $db->attempt(generate('oneway', 'CREATE TABLE base (a int); CREATE TABLE child (b int) INHERITS (base)'));
	like($made->{text}, qr/NOTICE:.*the revision is irreversible\nDETAIL:  column b of public\.child/, 'a migration without a way back is told, with the object');
	unlike(script($db, 'oneway'), qr/^-- migrate:down/m, '... it has no downgrade');
	$db->query('SELECT FROM migrate_upgrade()');
	$db->fails(q{SELECT FROM migrate_downgrade('base')}, 'MG007', qr/irreversible/, '... which is refused');
	$db->answers('SELECT migrate_current()', 'oneway', '... with nothing done');
}

# --- migrate_diff: columns, locks, rewrites ----------------------------------------------------------

{
	my $live = q{CREATE TABLE p (id int PRIMARY KEY, n varchar(20), m int NOT NULL, k int, note text); CREATE TABLE c (id int, pid int); ALTER TABLE c ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
CREATE TABLE gone (a int); CREATE INDEX c_id ON c (id); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';};
	my $db = database($live);
	my %steps = (    # what the live tables become => operation|kind|object|lock_level|rewrites_table
		'CREATE INDEX c_pid ON c (pid)' => 'create|index|index public.c_pid|SHARE|f',
		'CREATE UNIQUE INDEX c_pid ON c (pid)' => 'create|index|index public.c_pid|SHARE|f',
		'ALTER TABLE c ADD d int' => 'create|column|column public.c.d|ACCESS EXCLUSIVE|f',
		'ALTER TABLE c ADD d int DEFAULT 3' => 'create|column|column public.c.d|ACCESS EXCLUSIVE|f',
		'ALTER TABLE c ADD d float DEFAULT random()' => 'create|column|column public.c.d|ACCESS EXCLUSIVE|t',
		'ALTER TABLE c ADD d int GENERATED ALWAYS AS (id * 2) STORED' => 'create|column|column public.c.d|ACCESS EXCLUSIVE|t',
		'ALTER TABLE c ADD d int GENERATED ALWAYS AS IDENTITY' => 'create|column|column public.c.d|ACCESS EXCLUSIVE|t',
		'ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (pid) REFERENCES p' => 'create|constraint|constraint fk on public.c|SHARE ROW EXCLUSIVE|f',
		'ALTER TABLE p ALTER k TYPE bigint' => 'alter|column|column public.p.k|ACCESS EXCLUSIVE|t',
		'ALTER TABLE p ALTER n TYPE varchar(40)' => 'alter|column|column public.p.n|ACCESS EXCLUSIVE|f',
		'ALTER TABLE p ALTER n TYPE text' => 'alter|column|column public.p.n|ACCESS EXCLUSIVE|f',
		'ALTER TABLE p ALTER k SET NOT NULL' => 'alter|column|column public.p.k|ACCESS EXCLUSIVE|f',
		'ALTER TABLE p ALTER m DROP NOT NULL' => 'alter|column|column public.p.m|ACCESS EXCLUSIVE|f',
		'ALTER TABLE p ALTER k SET DEFAULT 1' => 'create|column default|column default public.p.k|ACCESS EXCLUSIVE|f',
		'ALTER TABLE p ALTER k SET STATISTICS 10' => 'alter|column|column public.p.k|SHARE UPDATE EXCLUSIVE|f',
		'ALTER TABLE c VALIDATE CONSTRAINT positive' => 'alter|constraint|constraint positive on public.c|SHARE UPDATE EXCLUSIVE|f',
		'ALTER TABLE c DROP CONSTRAINT positive' => 'drop|constraint|constraint positive on public.c|ACCESS EXCLUSIVE|f',
		'ALTER TABLE p ADD UNIQUE (m)' => 'create|constraint|constraint p_m_key on public.p|ACCESS EXCLUSIVE|f',
		'CREATE TRIGGER t AFTER INSERT ON c FOR EACH ROW EXECUTE FUNCTION f()' => 'create|trigger|trigger t on public.c|SHARE ROW EXCLUSIVE|f',
		'CREATE POLICY own ON c USING (true)' => 'create|policy|policy own on public.c|ACCESS EXCLUSIVE|f',
		'ALTER TABLE c SET (fillfactor = 70)' => 'alter|table|table public.c|SHARE UPDATE EXCLUSIVE|f',
		'ALTER TABLE c SET UNLOGGED' => 'alter|table|table public.c|ACCESS EXCLUSIVE|t',
		'DROP INDEX c_id' => 'drop|index|index public.c_id|ACCESS EXCLUSIVE|f',
		'DROP TABLE gone' => 'drop|table|table public.gone|ACCESS EXCLUSIVE|f',
		'ALTER TABLE p DROP note' => 'drop|column|column public.p.note|ACCESS EXCLUSIVE|f',
		'CREATE TABLE new (a int)' => 'create|table|table public.new|none|f',
		'CREATE VIEW v AS SELECT id FROM p' => 'create|view|view public.v|none|f',
		'CREATE TYPE e AS ENUM ()' => 'create|enum type|enum type public.e|none|f',
	);
	# The server knows best: each statement is run, and its locks and files are looked at.
	for my $change (sort keys %steps)
	{
		my ($said, $sql) = split /~/, $db->query(diff(q{operation, kind, object, lock_level, rewrites_table || '~' || sql}, "$live $change;", 'verify => false')), 2;
		is($said =~ s/true$/t/r =~ s/false$/f/r, $steps{$change}, "migrate_diff: $change");
		my $took = $db->query(qq{BEGIN; CREATE TEMP TABLE before AS SELECT oid, relfilenode FROM pg_class WHERE relname IN ('p', 'c', 'gone'); $sql;
SELECT coalesce((SELECT upper(regexp_replace(trim(trailing 'Lock' FROM mode), '(?<!^)([A-Z])', ' \\1', 'g')) FROM pg_locks l JOIN before b ON b.oid = l.relation WHERE mode <> 'AccessShareLock'
  ORDER BY mode = 'AccessExclusiveLock' DESC, mode = 'ShareRowExclusiveLock' DESC, mode = 'ShareLock' DESC LIMIT 1), 'none') || '|' || EXISTS (SELECT FROM before b JOIN pg_class c USING (oid) WHERE b.relfilenode <> c.relfilenode); ROLLBACK});
		like($said, qr/\|\Q$took\E$/, '... is what it takes');
	}
	$db->answers(diff('step, destructive', $live =~ s/n varchar\(20\)/n varchar(5)/r), '1|longer values in column n of public.p', 'what may be lost is in a column');
	$db->fails("SELECT FROM migrate_diff('CREATE TABLE t ()', $_)", '22023|22004', qr/./, "wrong: $_") for q{ignore => '{tables}'}, q{ignore => '{NULL}'}, 'verify => NULL', 'concurrently => NULL', 'not_valid => NULL';
	my ($out) = $db->query(diff('sql', "$live CREATE TABLE b (id int PRIMARY KEY, a int); CREATE TABLE a (id int PRIMARY KEY, b int REFERENCES b); ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a; CREATE VIEW x AS SELECT 1 AS one; CREATE VIEW w AS SELECT one FROM x"));
	like($out, qr/CREATE TABLE public\.(\w).*CREATE TABLE public\.(\w).*ADD CONSTRAINT \w+ FOREIGN KEY/s, 'tables before the foreign keys between them');
	like($out, qr/VIEW public\.x .*VIEW public\.w /s, '... a view before the view that reads it');
}

# --- indexes concurrently, constraints in two steps --------------------------------------------------

{
	my $live = 'CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, old int); CREATE INDEX t_old ON t (old);';
	my $want = 'CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, a int, old int); CREATE INDEX t_a ON t (a); ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES r; ALTER TABLE t ADD CONSTRAINT ck CHECK (a > 0); CREATE TABLE n (a int REFERENCES r); CREATE INDEX n_a ON n (a);';
	my $db = database($live . 'INSERT INTO r VALUES (1); INSERT INTO t VALUES (1, 1, 1)');
	$db->answers(generate('live', $want, 'concurrently => true, not_valid => true'), 'live', 'concurrently and not_valid together');
	my $text = sections($db, 'live');
	like($text, qr/^-- migrate:up transaction:false$/m, '... is not transactional');
	like($text, qr/^CREATE INDEX CONCURRENTLY t_a ON .*^DROP INDEX CONCURRENTLY public\.t_old|^DROP INDEX CONCURRENTLY public\.t_old.*^CREATE INDEX CONCURRENTLY t_a ON /ms, '... builds and drops concurrently');
	like($text, qr/^CREATE INDEX n_a ON/m, '... but indexes of new tables are built as ever');
	like($text, qr/ADD CONSTRAINT fk FOREIGN KEY[^\n]* NOT VALID;.*VALIDATE CONSTRAINT fk;/s, '... the foreign key is added, then validated');
	like($text, qr/ADD CONSTRAINT ck CHECK[^\n]* NOT VALID;.*VALIDATE CONSTRAINT ck;/s, '... so is the check');
	like(up($db, 'live'), qr/\n(?:[^\n]* VALIDATE CONSTRAINT \w+;\n?){2}\z/, '... at the end');
	$db->fails('SELECT FROM migrate_upgrade()', 'MG008', qr/migrate_deploy/, 'migrate_upgrade refuses it, and says what runs it');
	$db->deploys('... and it is deployed');
	$db->answers(q{SELECT string_agg(relname || indisvalid, ' ' ORDER BY relname) FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname IN ('t_a', 't_old', 'n_a')}, 'n_atrue t_atrue', '... its indexes are valid');
	$db->answers(q{SELECT bool_and(convalidated) FROM pg_constraint WHERE conname IN ('fk', 'ck')}, 't', '... its constraints are validated');
	$db->answers(diff('sql', $want), '', '... and nothing is left to do');
	$db->answers('SELECT count(*) FROM migrate_check()', '0', '... nor is there drift');
	$db->answers(generate('back', $live, 'concurrently => true'), 'back', 'the other way round');
	$db->deploys('... runs too');
	$db->answers('SELECT id, a, old FROM t', '1|1|1', '... and rows stay');
	my $parts = database('CREATE TABLE m (k int, v int) PARTITION BY LIST (k); CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1); INSERT INTO m VALUES (1, 2)');
	$parts->answers(generate('part', $parts->query('SELECT migrate_schema_sql()') . 'CREATE INDEX ON m (v);', 'concurrently => true'), 'part', 'an index of a partitioned table, concurrently');
	$parts->deploys('... is deployed');
	$parts->answers(q{SELECT bool_and(indisvalid) || ' ' || count(*) FROM pg_index WHERE indrelid IN ('m'::regclass, 'm1'::regclass)}, 'true 2', '... and valid on all of them');
}

# --- rows survive, there and back ----------------------------------------------------------------------

{
	my $db = database(q{CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TABLE person (id serial PRIMARY KEY, name varchar(20) NOT NULL, age int DEFAULT 7, mood mood DEFAULT 'sad', born timestamp);
INSERT INTO person (name, mood, born) VALUES ('ann', 'happy', '2020-01-02'), ('bob', 'sad', NULL); CREATE VIEW names AS SELECT name FROM person});
	leads($db, 'd001', q{CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TABLE person (id serial PRIMARY KEY, name text, age bigint DEFAULT 8, mood mood DEFAULT 'happy', born date, note text NOT NULL DEFAULT 'n', twice bigint GENERATED ALWAYS AS (age * 2) STORED); CREATE VIEW names AS SELECT name FROM person},
		qr/ADD VALUE 'ok' AFTER 'sad'/, 'types, defaults, an enum value, new columns below a view', asks => 'SELECT id, name, age, mood, born FROM person ORDER BY id',
		above => "1|ann|7|happy|2020-01-02\n2|bob|7|sad|", below => "1|ann|7|happy|2020-01-02 00:00:00\n2|bob|7|sad|");
	leads($db, 'd002', q{CREATE TYPE mood AS ENUM ('happy', 'sad'); CREATE TABLE person (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text, age bigint, mood mood, born date, note text, CHECK (age > 0), UNIQUE (name)); CREATE VIEW names AS SELECT name, age FROM person},
		qr/__old/, 'an enum in another order, a serial that becomes an identity', asks => 'SELECT id, name, mood, note FROM person ORDER BY mood', above => "1|ann|happy|n\n2|bob|sad|n", below => "2|bob|sad|n\n1|ann|happy|n", more => 'allow_drops => true');
	my $parts = database(q{CREATE TABLE p (k int, v text) PARTITION BY RANGE (k); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20); INSERT INTO p VALUES (1, 'one'), (11, 'eleven')});
	leads($parts, 'd003', q{CREATE TABLE p (k int, v text) PARTITION BY RANGE (k); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (5); CREATE TABLE p2 (k int, v text); CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30)},
		qr/DETACH PARTITION public\.p2/, 'a partition that stands alone, other bounds, a new one', asks => 'SELECT (SELECT v FROM p1), v FROM p2', above => 'one|eleven');
}

# --- renames -------------------------------------------------------------------------------------------

{
	my $kinds = database(q{CREATE TYPE e AS ENUM ('a'); CREATE TABLE t (id serial PRIMARY KEY, a int CHECK (a > 0), b text UNIQUE); CREATE INDEX ti ON t (a); CREATE FUNCTION f(x int) RETURNS int LANGUAGE sql AS 'SELECT x'; CREATE VIEW v AS SELECT a FROM t;
CREATE SEQUENCE s; CREATE DOMAIN d AS int CONSTRAINT dc CHECK (VALUE > 0); CREATE TYPE ct AS (x int, y int); CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); CREATE POLICY po ON t USING (true);
CREATE TABLE u (tid int CONSTRAINT ufk REFERENCES t); CREATE STATISTICS st ON a, b FROM t; CREATE RULE ru AS ON INSERT TO u DO ALSO NOTHING; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one; CREATE PROCEDURE pr() LANGUAGE sql AS ''; INSERT INTO t (a, b) VALUES (1, 'x'); SELECT setval('s', 77)});
	my $want = join '', map { m{^(\S+) > (.*)$} ? "-- migrate:renamed $1\n$2\n" : "$_\n" } split /\n\s*/, q{e > CREATE TYPE e2 AS ENUM ('a');
		t > CREATE TABLE t2 (id serial PRIMARY KEY,
		a > a2 int,
		t_a_check > CONSTRAINT ck CHECK (a2 > 0), b text UNIQUE);
		ti > CREATE INDEX ti2 ON t2 (a2);
		f > CREATE FUNCTION f2(x int) RETURNS int LANGUAGE sql AS 'SELECT x';
		v > CREATE VIEW v2 AS SELECT a2 AS a FROM t2;
		s > CREATE SEQUENCE s2;
		d > CREATE DOMAIN d2 AS int
		dc > CONSTRAINT dc2 CHECK (VALUE > 0);
		ct > CREATE TYPE ct2 AS (
		x > x2 int, y int);
		g > CREATE TRIGGER g2 BEFORE UPDATE ON t2 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
		po > CREATE POLICY po2 ON t2 USING (true); CREATE TABLE u (tid int
		ufk > CONSTRAINT ufk2 REFERENCES t2);
		st > CREATE STATISTICS st2 ON a2, b FROM t2;
		ru > CREATE RULE ru2 AS ON INSERT TO u DO ALSO NOTHING;
		mv > CREATE MATERIALIZED VIEW mv2 AS SELECT 1 AS one;
		pr > CREATE PROCEDURE pr2() LANGUAGE sql AS '';};
	leads($kinds, 'name', $want, qr/ALTER TABLE public\.t RENAME TO t2;/, 'sixteen kinds of things get other names',
		asks => q{SELECT id, a2, b FROM t2; SELECT last_value FROM s2}, asks_below => q{SELECT id, a, b FROM t; SELECT last_value FROM s}, above => "1|1|x\n77");
	$kinds->answers(q{SELECT sql FROM migrate.script WHERE sql ~* 'CREATE|DROP|loses'}, '', '... and nothing is dropped or made for it');
	my $bare = $kinds->query('SELECT migrate_schema_sql()') =~ s/\bt2\b/t3/gr;
	my $guess = $kinds->attempt(diff(q{string_agg(DISTINCT operation, ',')} , $bare) =~ s/ ORDER BY step//r);
	like($guess->{text}, qr/NOTICE:.*table public\.t2 may have become public\.t3: write "-- migrate:renamed t2" above it/, 'without a mark a rename is suggested');
	unlike($guess->{out}, qr/rename/, '... and not assumed');
	my %wrong = ("-- migrate:renamed nope\nCREATE TABLE x ();" => [ '55000', qr/line 1: neither table public\.nope nor table public\.x is there/ ], "CREATE TABLE x ();\n-- migrate:renamed t2" => [ 'MG009', qr/line 2/ ],
		"-- migrate:renamed\nCREATE TABLE x ();" => [ 'MG009', qr/line 1/ ], "\n-- migrate:renamed t2\nSELECT 1;" => [ 'MG009', qr/line 2/ ], "-- migrate:renamed t2\nCREATE TABLE u ();" => [ '55000', qr/line 1: both/ ]);
	$kinds->fails(diff('sql', $_), $wrong{$_}[0], $wrong{$_}[1], 'a mark that is wrong: ' . s/\n/ /gr) for sort keys %wrong;
}

# --- what a DDL may hold ---------------------------------------------------------------------------------

{
	my $db = database('CREATE TABLE live (a int)');
	my %faults = ("CREATE TABLE a ();\n\nCREATE TABEL b ();" => [ '42601', qr/line 3/ ], "CREATE TABLE a ();\n\nCREATE TABLE b (i nosuch);" => [ '42704', qr/CONTEXT:.*desired DDL, statement 2, line 3/ ], "CREATE TABLE a ();\nCOMMIT;" => [ 'MG009', qr/line 2.*transaction control/ ],
		"CREATE TABLE a ();\nCOPY a FROM stdin;\n1\n\\.\n" => [ 'MG009', qr/line 2.*COPY/ ], "CREATE TABLE a ();\n\\connect x\n" => [ 'MG009', qr/line 2.*psql/ ], 'CREATE TABLE a (i int DEFAULT :x)' => [ '42601', qr/psql/ ],
		'VACUUM' => [ '25001', qr/desired DDL/ ], "CREATE TABLE a (i int PRIMARY KEY);\nINSERT INTO a VALUES (1), (1)" => [ '23505', qr/desired DDL, statement 2, line 2/ ]);
	for my $ddl (sort keys %faults)
	{
		$db->fails($_, @{ $faults{$ddl} }, 'refused: ' . $ddl =~ s/\n/ /gr) for diff('sql', $ddl), generate('f001', $ddl);
	}
	my %fine = ("\\restrict aB1\nSET statement_timeout = 0;\nSET client_encoding = 'UTF8';\nSELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.live (a integer);\n\\unrestrict aB1\n" => 'lines of pg_dump', 'BEGIN; CREATE TABLE live (a int); COMMIT;' => 'one transaction around all',
		'CREATE TABLE live (a int); INSERT INTO live VALUES (1); UPDATE live SET a = 2; DO $$ BEGIN DELETE FROM live; END $$' => 'data', 'DROP TABLE IF EXISTS live; CREATE TABLE IF NOT EXISTS live (a int)' => 'IF EXISTS', 'CREATE SCHEMA public; CREATE EXTENSION pg_strata; CREATE EXTENSION IF NOT EXISTS plpgsql; CREATE TABLE live (a int)' => 'what is there already');
	$db->answers(diff('sql', $_), '', "a DDL may hold: $fine{$_}") for sort keys %fine;
	$db->answers('SELECT count(*) FROM live', '0', '... its rows are forgotten');
	$db->answers(diff('sql', 'CREATE TABLE live (a int); CREATE INDEX CONCURRENTLY i ON live (a)'), 'CREATE INDEX i ON public.live USING btree (a)', 'CONCURRENTLY is left out');
	$db->fails(generate('f001', ' -- nothing'), '22023', qr/empty/, 'an empty DDL does not drop everything');
	$db->answers(q{SELECT count(*) FROM migrate.revision}, '0', 'none of this has stored a revision');
	$db->query(q{DROP TABLE live});
	$db->answers('SELECT migrate_schema_sql()', '', 'no table at all: nothing is printed');
}

# --- names, schemas, extensions; from one database to another ---------------------------------------------

{
	my $rich = q{CREATE SCHEMA "Sch ema"; CREATE TYPE "E num" AS ENUM ('ä''x', '日'); CREATE TABLE "Tä""b" ("Spalte ß" int PRIMARY KEY, "select" text DEFAULT 'a\b', "日本" "E num"); CREATE TABLE "Sch ema".t (id serial, "ö" int REFERENCES "Tä""b", v int[] CHECK (v[1] > 0));
CREATE INDEX "I ä" ON "Sch ema".t (("ö" + 1)) WHERE "ö" > 0; CREATE VIEW "V ü" AS SELECT "Spalte ß" AS x FROM "Tä""b"; CREATE FUNCTION "F oo"("p 1" "E num") RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
COMMENT ON COLUMN "Tä""b"."日本" IS E'it''s \\ \n日本'; CREATE TABLE part (k int) PARTITION BY LIST (k); CREATE TABLE part1 PARTITION OF part DEFAULT; CREATE STATISTICS st ON "ö", id FROM "Sch ema".t; GRANT SELECT ("select") ON "Tä""b" TO PUBLIC;
CREATE MATERIALIZED VIEW mv AS SELECT count(*) AS n FROM part; CREATE RULE r AS ON DELETE TO part DO INSTEAD NOTHING; ALTER TABLE part ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON part USING (k > 0); CREATE DOMAIN dom AS text COLLATE "C" CHECK (VALUE <> ''); CREATE SEQUENCE seq INCREMENT -1};
	my $managed = q{ALTER DATABASE %s SET migrate.managed_schemas = 'public, "Sch ema"'};
	my $names = database(sprintf $managed, 'db' . ($number + 1));
	leads($names, 'ü1', $rich, qr/CREATE TABLE public\."Tä""b" \(/, 'quoted and UTF-8 names, two schemas');
	my $ddl = $names->query('SELECT migrate_schema_sql()');
	my $copy = database(sprintf $managed, 'db' . ($number + 1));
	$copy->query($ddl);
	is_same_schema($copy->schema, $names->schema, 'migrate_schema_sql builds the same in an empty database');
	$copy->answers(diff('sql', $ddl, q{ignore => '{}'}), '', '... where nothing is left to do');
	is($copy->query('SELECT migrate_schema_sql()'), $ddl, '... and prints the same');
	my ($dump) = run_command([ 'pg_dump', '--schema-only', '-d', $node->connstr($names->name) ]);
	$copy->answers(diff('sql', $dump, q{ignore => '{}'}), '', '... nor is there with what pg_dump prints');
	# a baseline: of a database without revisions, and of one whose revisions are taken away
	$copy->query(q{INSERT INTO "Tä""b" VALUES (1)});
	$copy->answers(q{SELECT migrate_baseline('as found', 'base1'); SELECT migrate_current()}, "base1\nbase1", 'a baseline is stamped');
	$copy->answers('SELECT (SELECT count(*) FROM migrate_check()), (SELECT count(*) FROM migrate_check(replay => true))', '0|0', '... there is no drift, and it builds what is there');
	$copy->answers(q{SELECT operation, revision, from_heads, to_heads FROM migrate.log}, 'stamp|base1|{}|{base1}', '... the log has a stamp');
	$copy->answers('SELECT count(*) FROM "Tä""b"', '1', '... rows are as they were');
	$copy->fails(q{SELECT migrate_baseline('again', 'base2')}, '55000', qr/has revisions already/, '... once');
	$copy->fails(q{SELECT FROM migrate_downgrade('base')}, 'MG007', qr/irreversible/, '... without a way back');
	$copy->fails('SELECT migrate_baseline(NULL)', '22004', qr/"message" must not be null/, '... with a message');
	$names->query(q{SELECT FROM migrate_stamp('base'); SELECT FROM migrate_load('{}', prune => true)});
	$names->answers(q{SELECT migrate_baseline('anew') ~ '^[0-9a-f]{12}$'}, 't', 'a baseline after a reset');
	my $built = database(sprintf $managed, 'db' . ($number + 1));
	$built->load($copy->scripts);
	$built->query('SELECT FROM migrate_upgrade()');
	is_same_schema($built->schema, $names->schema, '... and that of one database builds the others');
	$built->answers('SELECT count(*) FROM migrate_check()', '0', '... without drift');
	if ($built->query(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'citext'}))
	{
		my $ext = database(q{CREATE TABLE t (a int); INSERT INTO t VALUES (1)});
		leads($ext, 'ext1', 'CREATE EXTENSION citext; CREATE TABLE t (a int, c citext)', qr/up\nCREATE EXTENSION citext.*ADD COLUMN c public\.citext.*down.*DROP COLUMN c;.*DROP EXTENSION citext/s, 'an extension that is missing', asks => 'SELECT a FROM t', above => 1);
		$ext->answers(diff('sql', 'CREATE TABLE t (a int, c citext)'), '', 'objects of an extension are not compared, and it may go unsaid');
		$ext->answers(q{SELECT migrate_schema_sql() LIKE '%CREATE FUNCTION%'}, 'f', '... nor printed');
	}
	$built->answers(generate('fast', 'CREATE TABLE one (a int)', 'verify => false'), 'fast', 'verify => false');
	$built->query('SELECT FROM migrate_upgrade()');
	$built->answers(diff('sql', 'CREATE TABLE one (a int)', q{verify => false}), '', '... leads there as well');
}

stays_up($node);
done_testing();
