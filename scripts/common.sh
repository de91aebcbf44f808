# shellcheck shell=bash
# common.sh - what the scripts share: where things are, which PostgreSQL is in use, and who runs it. Sourced by bash.
# As root, PostgreSQL runs as $server_user; `choose_place` finds a directory that this user can reach and write.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$repo/build
export PG_CONFIG=${PG_CONFIG:-pg_config}
jobs=$(nproc 2>/dev/null || echo 2)

# One locale everywhere, and no setting of the caller's own sessions or of an outer make.
export LC_ALL=C.UTF-8
unset LANGUAGE MAKEFLAGS MFLAGS MAKELEVEL PGHOST PGHOSTADDR PGPORT PGUSER PGDATABASE PGPASSWORD PGPASSFILE PGOPTIONS PGDATA \
      PGSERVICE PGSERVICEFILE PGSSLMODE PGAPPNAME PGCLIENTENCODING PGTZ PGDATESTYLE PGCONNECT_TIMEOUT PGTARGETSESSIONATTRS
umask 022

if [ "$(id -u)" = 0 ]; then server_user=${STRATA_USER:-postgres}; else server_user=$(id -un); fi

fail() { echo "$(basename "$0"): $*" >&2; exit 1; }

# Runs a command as the server's user, from a directory that this user can enter.
as_server() {
  if [ "$(id -u)" = 0 ]; then
    (cd "$place" && runuser -u "$server_user" -- env HOME="$place" "$@")
  else
    (cd "$place" && "$@")
  fi
}

server_reads() { [ "$(id -u)" != 0 ] || runuser -u "$server_user" -- test -r "$1" -a -x "$(dirname "$1")"; }

# Sets $place (installation, data, results) and $source (the tree that tests and examples are read from). Both are inside the
# checkout, unless the server's user cannot enter that (a clone below /root): then both are in a private directory in /var/tmp.
choose_place() {
  mkdir -p "$build"
  place=$build source=$repo
  if server_reads "$repo/Makefile" && server_reads "$build"; then return; fi
  place=/var/tmp/pg_strata-$(id -u)-$(printf %s "$repo" | sha256sum | cut -c1-12)
  source=$place/source
  mkdir -p -m 700 "$place"
  [ ! -L "$place" ] && case $(stat -c %U "$place") in root | "$server_user") ;; *) false ;; esac || fail "$place belongs to somebody else"
  chown "$server_user" "$place"
  chmod 700 "$place"
  ln -sfn "$place" "$build/place"
}

# Brings $source up to date when it is a copy.
copy_source() {
  [ "$source" != "$repo" ] || return 0
  rm -rf "$source"
  mkdir -p "$source"
  tar -C "$repo" --exclude=./build --exclude=./.git --exclude='*.so' -cf - . | tar -xf - -C "$source" --no-same-owner
  chmod -R a+rX "$source"
}

# make_private DIR...: empty or not, each belongs to the server's user and to nobody else.
make_private() {
  local dir
  for dir; do [ ! -L "$dir" ] || fail "$dir is a symlink"; done
  mkdir -p "$@"
  if [ "$(id -u)" = 0 ]; then chown "$server_user" "$@"; fi
  chmod 700 "$@"
}
