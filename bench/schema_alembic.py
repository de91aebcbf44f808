"""usage: schema_alembic.py DATABASE TABLES. Prints the seconds that Alembic's compare_metadata takes to find no difference.

Neither the start of Python nor the making of the metadata counts, and the session is open; the options are Alembic's defaults.
"""
import os
import sys
import threading
import time

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from schema_tables import metadata


def compare():
    wanted = metadata(int(sys.argv[2]))
    url = "postgresql+psycopg2://{PGUSER}@/{0}?host={PGHOST}&port={PGPORT}".format(sys.argv[1], **os.environ)
    with create_engine(url).connect() as connection:
        context = MigrationContext.configure(connection)
        start = time.perf_counter()
        found = compare_metadata(context, wanted)
        seconds = time.perf_counter() - start
    if found:
        raise SystemExit(f"differences: {found[:3]}")
    print(seconds)


# SQLAlchemy reads the table that a foreign key refers to from within the reading of the other one: a chain of thousands is as deep.
sys.setrecursionlimit(1_000_000)
threading.stack_size(1 << 30)
thread = threading.Thread(target=compare)
thread.start()
thread.join()
