"""Times migrate_upgrade and migrate_deploy beside psql, Alembic and dbmate, on the same SQL, in one run.

usage: server.py BINDIR [RUNS [SECTION...]]    SECTION: apply, nothing, load, deploy, schema; all of them without one
scripts/bench starts the server, sets PGHOST, PGPORT and PGUSER, and DBMATE to that program where there is one.
Every round runs every tool once on a fresh database, so that a noisy machine disturbs all alike; figures are medians of the rounds.
"""
import os
import sys

import schema
from tools import BIN, HERE, RUNS, ask, fresh_with_extension, median, psql, run, server_times, table, write

SECTIONS = sys.argv[3:] or ["apply", "nothing", "load", "deploy", "schema"]
DBMATE = os.environ.get("DBMATE")
APPLY, LARGE = 1000, 10000
FLOOR, DEPLOY = "psql -f, BEGIN and COMMIT a revision", "CALL migrate_deploy('head')"


def up(i):
    return (f"CREATE TABLE t{i} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id bigint NOT NULL, name text NOT NULL, "
            f"created_at timestamptz NOT NULL DEFAULT now());\n"
            f"CREATE INDEX ix_t{i}_org ON t{i} (org_id);\n"
            f"ALTER TABLE t{i} ADD COLUMN priority varchar(20);\n"
            f"UPDATE t{i} SET priority = 'normal' WHERE priority IS NULL;\n")


def write_revisions(count):
    directory = f"{HERE}/revisions{count}"
    os.mkdir(directory)
    for i in range(count):
        parent = f"r{i - 1:06}" if i else ""
        write(f"{directory}/{i:06}.sql", f"-- revision: r{i:06}\n-- down_revision: {parent}\n-- message: revision {i}\n\n"
              f"-- migrate:up\n{up(i)}\n-- migrate:down\nDROP TABLE t{i};\n")
    return directory


def write_alembic(count):
    root = f"{HERE}/alembic"
    os.makedirs(root + "/env/versions")
    write(root + "/alembic.ini", f"[alembic]\nscript_location = {root}/env\n")
    write(root + "/env/env.py",
          "import os\nfrom alembic import context\nfrom sqlalchemy import create_engine, pool\n"
          "url = 'postgresql+psycopg2://%s@/%s?host=%s&port=%s' % tuple(os.environ[k] for k in ('PGUSER', 'DB', 'PGHOST', 'PGPORT'))\n"
          "with create_engine(url, poolclass=pool.NullPool).connect() as connection:\n"
          "    context.configure(connection=connection, target_metadata=None, transaction_per_migration='EACH' in os.environ)\n"
          "    with context.begin_transaction():\n        context.run_migrations()\n")
    for i in range(count):
        parent = repr(f"r{i - 1:06}") if i else None
        write(f"{root}/env/versions/{i:06}.py",
              f"from alembic import op\nrevision = 'r{i:06}'\ndown_revision = {parent}\nbranch_labels = None\ndepends_on = None\n\n"
              f"def upgrade():\n    op.execute('''{up(i)}''')\n\ndef downgrade():\n    op.execute('DROP TABLE t{i}')\n")
    return root + "/alembic.ini"


def write_dbmate(count):
    directory = f"{HERE}/dbmate"
    os.mkdir(directory)
    for i in range(count):
        write(f"{directory}/2025{i:010}_r.sql", f"-- migrate:up\n{up(i)}\n-- migrate:down\nDROP TABLE t{i};\n")
    return directory


def alembic(ini, database, **env):
    return run("/usr/bin/python3", "-m", "alembic", "-c", ini, "upgrade", "head", env={"DB": database, **env})[0]


def dbmate(directory, database):
    url = "postgres://{PGUSER}@/{0}?host={PGHOST}&port={PGPORT}&sslmode=disable".format(database, **os.environ)
    return run(DBMATE, "--no-dump-schema", "-d", directory, "migrate", env={"DATABASE_URL": url})[0]


def load(database, directory):
    return psql(database, "-c", f"SELECT count(*) FROM migrate_load_directory('{directory}')")[0]


def bench_apply(directory, ini):
    write(HERE + "/all.sql", "".join(up(i) for i in range(APPLY)))
    times = {"psql -1 -f": [], "migrate_upgrade('head')": [], "alembic upgrade head": []}
    for _ in range(RUNS):
        fresh_with_extension("bench")
        times["psql -1 -f"].append(psql("bench", "-1", "-f", HERE + "/all.sql")[0])
        fresh_with_extension("bench")
        load("bench", directory)
        times["migrate_upgrade('head')"].append(psql("bench", "-c", "SELECT * FROM migrate_upgrade('head')")[0])
        fresh_with_extension("bench")
        times["alembic upgrade head"].append(alembic(ini, "bench"))
    floor = median(times["psql -1 -f"])
    table(f"(a, c) {APPLY:,} revisions of 4 statements each, one transaction", ["", "seconds", "times psql"],
          [[name, f"{median(t):.3f}", f"{median(t) / floor:.2f}"] for name, t in times.items()])


def bench_nothing_to_do(databases, ini):
    rows = []
    for database, count in databases:
        plain, ours = [], []
        for _ in range(RUNS * 10):
            plain.append(psql(database, "-c", "SELECT 1")[0])
            ours.append(psql(database, "-c", "SELECT * FROM migrate_upgrade('head')")[0])
        server = [server_times(database, "SELECT * FROM migrate_upgrade('head');", 20) for _ in range(RUNS)]
        cold, warm = median([s[0] for s in server]), median([t for s in server for t in s[1:]])
        rows.append([f"{count:,}", f"{median(plain) * 1000:.1f}", f"{median(ours) * 1000:.1f}", f"{median(ours) / median(plain):.2f}",
                     f"{cold:.2f}", f"{warm:.3f}"])
    table("(b) nothing to do: whole psql command and time in the server, milliseconds",
          ["revisions", "psql -c 'SELECT 1'", "psql -c upgrade", "ratio", "cold session", "warm session"], rows)
    fresh_with_extension("bench")
    alembic(ini, "bench")
    plain = median([psql("bench", "-c", "SELECT 1")[0] for _ in range(RUNS)])
    theirs = median([alembic(ini, "bench") for _ in range(RUNS)])
    table("(c) Alembic, nothing to do", ["revisions", "psql -c 'SELECT 1'", "alembic upgrade head", "ratio"],
          [[f"{APPLY:,}", f"{plain * 1000:.1f}", f"{theirs * 1000:.1f}", f"{theirs / plain:.1f}"]])


def bench_load(directory):
    first, again = [], []
    for _ in range(RUNS):
        fresh_with_extension("bench")
        first.append(load("bench", directory))
        again.append(load("bench", directory))
    table(f"migrate_load_directory of {LARGE:,} files", ["", "seconds"],
          [["first time", f"{median(first):.2f}"], ["again, nothing changed", f"{median(again):.2f}"]])


def demand_commits(name, database):
    """Every revision made its table, and in a transaction of its own: what does less is not compared."""
    made = ask(database, r"SELECT count(*) || ' tables, ' || count(DISTINCT xmin::text) || ' transactions' FROM pg_class WHERE relname ~ '^t\d+$'")
    if made != f"{APPLY} tables, {APPLY} transactions":
        raise SystemExit(f"{name}: {made}")


def deploy_rounds(tools, directory):
    """The seconds of each tool, and those of loading; the order turns, so that none always comes after the same one."""
    times, loading = {name: [] for name in tools}, []
    for number in range(RUNS):
        for name in sorted(tools, key=lambda tool: (list(tools).index(tool) - number) % len(tools)):
            fresh_with_extension("bench")
            if name == DEPLOY:
                loading.append(load("bench", directory))
            times[name].append(tools[name]())
            demand_commits(name, "bench")
    return times, loading


def bench_deploy(directory, ini):
    write(HERE + "/each.sql", "".join(f"BEGIN;\n{up(i)}COMMIT;\n" for i in range(APPLY)))
    tools = {FLOOR: lambda: psql("bench", "-f", HERE + "/each.sql")[0],
             DEPLOY: lambda: psql("bench", "-c", "CALL migrate_deploy('head')")[0],
             "alembic, transaction_per_migration": lambda: alembic(ini, "bench", EACH="1")}
    if DBMATE:
        scripts = write_dbmate(APPLY)
        tools["dbmate migrate"] = lambda: dbmate(scripts, "bench")
    times, loading = deploy_rounds(tools, directory)
    floor = median(times[FLOOR])

    def row(name, seconds):
        return [name, f"{seconds:.3f}", f"{seconds / floor:.2f}", f"{(seconds - floor) * 1000 / APPLY:+.2f}"]
    rows = [row(name, median(t)) for name, t in times.items()]
    rows.insert(2, row("the same, and loading the files before", median([a + b for a, b in zip(times[DEPLOY], loading)])))
    if not DBMATE:
        rows.append(["dbmate migrate", "not installed", "", ""])
    table(f"(d) deploy: {APPLY:,} revisions of 4 statements each, a commit each",
          ["", "seconds", "times the bare SQL", "ms per revision over the bare SQL"], rows)
    overhead = (median(times[DEPLOY]) - floor) * 1000 / APPLY
    rounds = [(ours - bare) * 1000 / APPLY for ours, bare in zip(times[DEPLOY], times[FLOOR])]
    print(f"\nDeploy overhead per revision over the bare SQL with a commit each: {overhead:+.2f} ms; "
          f"in single rounds from {min(rounds):+.2f} to {max(rounds):+.2f} ms.")
    print(f"The server has fsync {ask('bench', 'SHOW fsync')}, synchronous_commit {ask('bench', 'SHOW synchronous_commit')}.")


def bench_deploy_nothing():
    commands = ["SELECT 1", "SELECT * FROM migrate_upgrade('head')", DEPLOY]
    whole, server = {sql: [] for sql in commands}, {sql: [] for sql in commands}
    for number in range(RUNS * 10):
        for sql in commands:
            whole[sql].append(psql("bench_small", "-c", sql)[0])
            if number < RUNS:
                server[sql].append(server_times("bench_small", sql + ";", 20))
    plain = median(whole["SELECT 1"])
    table(f"(d) nothing to do with {APPLY:,} revisions: whole psql command and time in the server, milliseconds",
          ["", "psql -c", "ratio", "cold session", "warm session"],
          [[sql, f"{median(whole[sql]) * 1000:.1f}", f"{median(whole[sql]) / plain:.2f}", f"{median([s[0] for s in server[sql]]):.2f}",
            f"{median([t for s in server[sql] for t in s[1:]]):.3f}"] for sql in commands])


def stamped(database, directory):
    fresh_with_extension(database)
    load(database, directory)
    psql(database, "-c", "SELECT count(*) FROM migrate_stamp('head')", "-c", "VACUUM ANALYZE")


def bench_revisions():
    small, ini = write_revisions(APPLY), write_alembic(APPLY)
    large = write_revisions(LARGE) if {"nothing", "load"} & set(SECTIONS) else None
    if "apply" in SECTIONS:
        bench_apply(small, ini)
    if {"nothing", "deploy"} & set(SECTIONS):
        stamped("bench_small", small)
    if "nothing" in SECTIONS:
        stamped("bench_large", large)
        bench_nothing_to_do([("bench_small", APPLY), ("bench_large", LARGE)], ini)
    if "load" in SECTIONS:
        bench_load(large)
    if "deploy" in SECTIONS:
        bench_deploy(small, ini)
        bench_deploy_nothing()


def main():
    if set(SECTIONS) - {"schema"}:
        bench_revisions()
    if "schema" in SECTIONS:  # the last one: it deletes files
        schema.bench()


main()
