#!/bin/sh
# Runs once, as the superuser, when the database is made. Two roles: one that owns the schema and migrates it, one that the application uses.
set -eu
psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
  -v deployer="$DEPLOYER_PASSWORD" -v application="$APPLICATION_PASSWORD" -v database="$POSTGRES_DB" <<'SQL'
CREATE EXTENSION pg_strata;
CREATE ROLE deployer LOGIN PASSWORD :'deployer';
CREATE ROLE application LOGIN PASSWORD :'application';
GRANT CREATE ON DATABASE :"database" TO deployer;
GRANT CREATE ON SCHEMA public TO deployer;
GRANT EXECUTE ON FUNCTION migrate_load(text[], boolean) TO deployer;
GRANT EXECUTE ON PROCEDURE migrate_deploy(text) TO deployer;
ALTER DEFAULT PRIVILEGES FOR ROLE deployer GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO application;
SQL
