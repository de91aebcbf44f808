"""What the benchmarks of the server share: commands and their seconds, fresh databases, tables of results.

Every program is called with BINDIR [RUNS [SECTION...]]. Databases and files are kept until the end, see fresh().
"""
import atexit
import itertools
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

BIN = sys.argv[1]
RUNS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
KEPT = itertools.count(1)
HERE = tempfile.mkdtemp(prefix="strata_bench_")
atexit.register(shutil.rmtree, HERE, ignore_errors=True)
os.chmod(HERE, 0o755)


def run(*command, env=None):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ, **(env or {})))
    elapsed = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout[-3000:]}")
    return elapsed, done.stdout


def psql(database, *arguments):
    return run(BIN + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments)


def ask(database, sql):
    return psql(database, "-A", "-t", "-c", sql)[1].strip()


def fresh(database):
    """The database of that name before is kept under another: for minutes, ext4 passes over the inodes of deleted files when it makes new ones, and
    whoever comes after a DROP DATABASE of 4,000 files pays for that search (3.2 seconds became 4.5)."""
    if ask("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
        psql("postgres", "-c", f"ALTER DATABASE {database} RENAME TO {database}_{next(KEPT)}")
    run(BIN + "/createdb", database)


def fresh_with_extension(database):
    fresh(database)
    psql(database, "-c", "CREATE EXTENSION pg_strata")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


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
