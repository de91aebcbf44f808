"""Times migrate_upgrade beside psql and Alembic, on the same SQL, in one run.

usage: server.py BINDIR [RUNS]    (scripts/bench starts the server and sets PGHOST, PGPORT, PGUSER)
Every round runs every tool once on a fresh database, so that a noisy machine disturbs all alike; figures are medians of the rounds.
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
HERE = tempfile.mkdtemp(prefix="strata_bench_")
os.chmod(HERE, 0o755)
APPLY, LARGE = 1000, 10000


def up(i):
    return (f"CREATE TABLE t{i} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id bigint NOT NULL, name text NOT NULL, "
            f"created_at timestamptz NOT NULL DEFAULT now());\n"
            f"CREATE INDEX ix_t{i}_org ON t{i} (org_id);\n"
            f"ALTER TABLE t{i} ADD COLUMN priority varchar(20);\n"
            f"UPDATE t{i} SET priority = 'normal' WHERE priority IS NULL;\n")


def run(*command, env=None):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ, **(env or {})))
    elapsed = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout[-3000:]}")
    return elapsed, done.stdout


def psql(database, *arguments):
    return run(BIN + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments)


def fresh(database):
    run(BIN + "/dropdb", "--if-exists", database)
    run(BIN + "/createdb", database)
    psql(database, "-c", "CREATE EXTENSION pg_strata")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


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
          "    context.configure(connection=connection, target_metadata=None)\n"
          "    with context.begin_transaction():\n        context.run_migrations()\n")
    for i in range(count):
        parent = repr(f"r{i - 1:06}") if i else None
        write(f"{root}/env/versions/{i:06}.py",
              f"from alembic import op\nrevision = 'r{i:06}'\ndown_revision = {parent}\nbranch_labels = None\ndepends_on = None\n\n"
              f"def upgrade():\n    op.execute('''{up(i)}''')\n\ndef downgrade():\n    op.execute('DROP TABLE t{i}')\n")
    return root + "/alembic.ini"


def alembic(ini, database):
    return run("/usr/bin/python3", "-m", "alembic", "-c", ini, "upgrade", "head", env={"DB": database})[0]


def load(database, directory):
    return psql(database, "-c", f"SELECT count(*) FROM migrate_load_directory('{directory}')")[0]


def server_times(database, sql, count):
    """Milliseconds in the server for one session that runs the statement `count` times: the first one is cold."""
    write(HERE + "/timing.sql", "\\timing on\n" + (sql + "\n") * count)
    return [float(t) for t in re.findall(r"^Time: ([0-9.]+) ms", psql(database, "-f", HERE + "/timing.sql")[1], re.M)]


def median(values):
    return statistics.median(values)


def table(title, head, rows):
    print(f"\n### {title}\n\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)


def bench_apply(directory, ini):
    write(HERE + "/all.sql", "".join(up(i) for i in range(APPLY)))
    times = {"psql -1 -f": [], "migrate_upgrade('head')": [], "alembic upgrade head": []}
    for _ in range(RUNS):
        fresh("bench")
        times["psql -1 -f"].append(psql("bench", "-1", "-f", HERE + "/all.sql")[0])
        fresh("bench")
        load("bench", directory)
        times["migrate_upgrade('head')"].append(psql("bench", "-c", "SELECT * FROM migrate_upgrade('head')")[0])
        fresh("bench")
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
    fresh("bench")
    alembic(ini, "bench")
    plain = median([psql("bench", "-c", "SELECT 1")[0] for _ in range(RUNS)])
    theirs = median([alembic(ini, "bench") for _ in range(RUNS)])
    table("(c) Alembic, nothing to do", ["revisions", "psql -c 'SELECT 1'", "alembic upgrade head", "ratio"],
          [[f"{APPLY:,}", f"{plain * 1000:.1f}", f"{theirs * 1000:.1f}", f"{theirs / plain:.1f}"]])


def bench_load(directory):
    first, again = [], []
    for _ in range(RUNS):
        fresh("bench")
        first.append(load("bench", directory))
        again.append(load("bench", directory))
    table(f"migrate_load_directory of {LARGE:,} files", ["", "seconds"],
          [["first time", f"{median(first):.2f}"], ["again, nothing changed", f"{median(again):.2f}"]])


def main():
    small, large, ini = write_revisions(APPLY), write_revisions(LARGE), write_alembic(APPLY)
    bench_apply(small, ini)
    for database, directory in (("bench_small", small), ("bench_large", large)):
        fresh(database)
        load(database, directory)
        psql(database, "-c", "SELECT count(*) FROM migrate_stamp('head')", "-c", "VACUUM ANALYZE")
    bench_nothing_to_do([("bench_small", APPLY), ("bench_large", LARGE)], ini)
    bench_load(large)


main()
