"""Times the schema engine beside psql running the same DDL, pg_dump --schema-only, and Alembic's compare_metadata; section `schema` of server.py.

SIZES=50,1000 sets the numbers of tables. In a round psql builds a database, and then every tool runs once on it, in an order that turns. A row of
ours is a whole psql command with its connection, as those of psql and pg_dump are; of Alembic the comparison alone counts.
"""
import os
import sys

from schema_tables import ddl
from tools import BIN, HERE, RUNS, ask, fresh, median, psql, run, table, write

SIZES = [int(size) for size in os.environ.get("SIZES", "50,1000,5000").split(",")]
PSQL, DUMP, ALEMBIC = "psql -f, the DDL", "pg_dump --schema-only", "Alembic, compare_metadata"
STAMP, SQL = "migrate_stamp(), which keeps a snapshot", "migrate_schema_sql()"
DRIFT, FIRST, AGAIN = "migrate_check(), drift", "migrate_check(ddl), first", "migrate_check(ddl), repeated"
EQUAL, CHANGE, PROVEN = "migrate_diff(ddl), equal", "migrate_autogenerate, one change, verify => false", "migrate_autogenerate, one change, proven"


def path_of(size):
    return f"{HERE}/schema{size}.sql"


def call(database, size, sql, expected):
    """Seconds of a command that has the DDL as :'ddl'."""
    script = f"{HERE}/call.sql"
    write(script, f"\\set ddl `cat {path_of(size)}`\nSET client_min_messages = warning;\nSET migrate.check_timeout = 0;\n{sql};\n")
    seconds, answer = psql(database, "-A", "-t", "-f", script)
    if answer.strip() != expected:
        raise SystemExit(f"{sql}: {answer[:1000]}, not {expected}")
    return seconds


def autogenerate(database, size, options):
    change = f"'\nALTER TABLE public.t{size // 2} ADD COLUMN added integer;'"
    return call(database, size, f"BEGIN;\nSELECT migrate_autogenerate('one change', :'ddl' || E{change}{options}) IS NOT NULL;\nROLLBACK", "t")


def dump(database, size):
    seconds, text = run(BIN + "/pg_dump", "--schema-only", "-n", "public", database)
    if text.count("\nCREATE TABLE ") != size:
        raise SystemExit(f"pg_dump: {text[:1000]}")
    return seconds


def schema_sql(database, size):
    return call(database, size, "SELECT array_length(string_to_array(migrate_schema_sql(), 'CREATE TABLE '), 1) - 1", str(size))


def alembic(database, size):
    return float(run("/usr/bin/python3", os.path.dirname(os.path.abspath(__file__)) + "/schema_alembic.py", database, str(size))[1])


TOOLS = {
    DUMP: dump,
    ALEMBIC: alembic,
    SQL: schema_sql,
    STAMP: lambda database, size: call(database, size, "SELECT count(*) FROM migrate_stamp('current')", "0"),
    DRIFT: lambda database, size: call(database, size, "SELECT count(*) FROM migrate_check()", "0"),
    FIRST: lambda database, size: call(database, size, "SELECT count(*) FROM migrate_check(:'ddl')", "0"),
    AGAIN: lambda database, size: call(database, size, "SELECT count(*) FROM migrate_check(:'ddl')", "0"),
    EQUAL: lambda database, size: call(database, size, "SELECT count(*) FROM migrate_diff(:'ddl')", "0"),
    CHANGE: lambda database, size: autogenerate(database, size, ", verify => false"),
    PROVEN: lambda database, size: autogenerate(database, size, ""),
}


def build(database, size):
    """The seconds of psql. pg_strata comes only then: its event triggers would run with each statement."""
    fresh(database)
    seconds = psql(database, "-f", path_of(size))[0]
    psql(database, "-c", "CREATE EXTENSION pg_strata", "-c", "VACUUM ANALYZE")
    call(database, size, "SELECT count(*) FROM migrate_stamp('current')", "0")
    return seconds


def turned(number):
    """psql comes first, it makes the database; of both checks with a DDL the second one is the repeated one."""
    tools = [tool for tool in TOOLS if tool != AGAIN]
    turn = number % len(tools)
    yield PSQL
    for tool in tools[turn:] + tools[:turn]:
        yield tool
        if tool == FIRST:
            yield AGAIN


def round_of(size, number, times):
    database = f"schema_{size}_{number}"
    for tool in turned(number):
        seconds = build(database, size) if tool == PSQL else TOOLS[tool](database, size)
        times.setdefault(tool, []).append(seconds)
        print(f"{size} tables, round {number + 1}: {tool}: {seconds:.3f}", file=sys.stderr, flush=True)


def bench():
    times = {size: {} for size in SIZES}
    for size in SIZES:
        write(path_of(size), ddl(size))
        for number in range(RUNS if size < 5000 else max(1, RUNS // 2)):
            round_of(size, number, times[size])
    seconds = {size: {tool: median(all_times) for tool, all_times in times[size].items()} for size in SIZES}
    table("(e) schema engine: seconds, by the number of tables", ["", *(f"{size:,}" for size in SIZES)],
          [[tool, *(f"{seconds[size][tool]:.3f}" for size in SIZES)] for tool in [PSQL, *TOOLS]])
    bounds(seconds)
    print(f"\nThe server has fsync {ask('postgres', 'SHOW fsync')}, max_locks_per_transaction {ask('postgres', 'SHOW max_locks_per_transaction')}.")


def bounds(seconds):
    def row(title, bound, value):
        return [title, bound, *(f"{value(seconds[size]):.2f}" for size in SIZES)]
    rows = []
    for check in (DRIFT, AGAIN):
        rows.append(row(f"{check}: times pg_dump", "at most 1", lambda t: t[check] / t[DUMP]))
        rows.append(row(f"{check}: Alembic takes so many times as long", "at least 5", lambda t: t[ALEMBIC] / t[check]))
    for tool in (FIRST, CHANGE, PROVEN):
        rows.append(row(f"{tool}: less the drift check, times psql", "at most 1.3", lambda t: (t[tool] - t[DRIFT]) / t[PSQL]))
    table("(e) schema engine: ratios", ["", "bound", *(f"{size:,}" for size in SIZES)], rows)
    if len(SIZES) > 1:
        small, large = SIZES[-2:]
        table(f"(e) schema engine: growth from {small:,} to {large:,} tables, which are {large / small:g} times as many", ["", "times"],
              [[tool, f"{seconds[large][tool] / seconds[small][tool]:.1f}"] for tool in [PSQL, *TOOLS]])
