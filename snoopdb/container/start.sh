#!/bin/sh
# Starts PostgreSQL as SnoopDB; the first time it also creates files, roles and database. Arguments are passed to postgres.
# If it is interrupted, the next start continues, and creates incomplete files again.
set -eu
umask 077
home=${SNOOPDB_HOME:-/var/lib/snoopdb}
share=${SNOOPDB_SHARE:-/usr/local/share/snoopdb}
socket=${SNOOPDB_SOCKET:-/run/snoopdb}
secret=${SNOOPDB_PASSFILE:-/run/secrets/snoopdb/pgpass}
# The password of the workbench's role. Without this file, 'snoop db grant' creates the role.
workbench_secret=${SNOOPDB_WORKBENCH_PASSFILE:-${secret%/*}/workbench.pgpass}
# How long clients may take to disconnect at the end, in seconds; then their connections are closed.
patience=${SNOOPDB_PATIENCE:-3}
files=$home/postgresql

say() { echo "snoopdb: $*" >&2; }
fail() {
  say "$*"
  exit 3
}

ended=
trap 'ended=yes' TERM INT

# Containers do not see each other's process ids, so PostgreSQL's own lock file does not detect a second server.
exec 9>"$home/.lock"
flock -w 60 9 || fail "another SnoopDB uses the files in $home, and did not end within a minute."

read_password() { # file, role
  [ -r "$1" ] || fail "there is no password in $1: run snoopdb-prepare to create it."
  found=$(sed -n '1s/^.*://p' "$1")
  [ -n "$found" ] || fail "$1 does not have the form *:*:*:$2:PASSWORD."
  printf '%s' "$found"
}
password=$(read_password "$secret" apisnoop)
workbench_password=
if [ -e "$workbench_secret" ]; then workbench_password=$(read_password "$workbench_secret" snoop_workbench); fi

major=$(postgres --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
# Single-user mode: accepts no connections.
alone() { postgres --single -D "$files$1" -c log_min_messages=fatal -c log_statement=none postgres >/dev/null; }

if [ ! -d "$files" ]; then
  say "creating the files of PostgreSQL $major"
  rm -rf "$files.new"
  initdb --pgdata="$files.new" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  printf "create role apisnoop login password '%s'\ncreate database apisnoop owner apisnoop\n" "$password" | alone .new
  printf '%s' "$password" | sha256sum >"$files.new/snoopdb.password"
  sync
  mv "$files.new" "$files"
fi
[ -z "$ended" ] || exit 0

created=$(cat "$files/PG_VERSION")
[ "$created" = "$major" ] || fail "the files in $home are of PostgreSQL $created, and this image has $major. Start an image with $created, run pg_dump, and load the dump into new files."

# If the password file was lost or replaced, change the role's password.
has_password() { # password, file with the digest of the role's
  printf '%s' "$1" | sha256sum | cmp -s - "$files/$2"
}
if ! has_password "$password" snoopdb.password; then
  say 'changing the password'
  printf "alter role apisnoop password '%s'\n" "$password" | alone ''
  printf '%s' "$password" | sha256sum >"$files/snoopdb.password"
fi
# Created here, since apisnoop may not create roles. Migrations grant its rights.
if [ -n "$workbench_password" ] && ! has_password "$workbench_password" workbench.password; then
  say 'setting the password of the role snoop_workbench'
  printf "do 'begin create role snoop_workbench; exception when duplicate_object then null; end'\nalter role snoop_workbench login password '%s'\n" \
    "$workbench_password" | alone ''
  printf '%s' "$workbench_password" | sha256sum >"$files/workbench.password"
fi
[ -z "$ended" ] || exit 0

postgres -D "$files" -c "config_file=$share/postgresql.conf" -c "hba_file=$share/pg_hba.conf" \
  -c "ident_file=$share/pg_ident.conf" -c "unix_socket_directories=$socket" "$@" 9>&9 &
server=$!

# With SIGTERM alone PostgreSQL would wait until every client disconnects.
end_server() {
  trap '' TERM INT
  kill -TERM "$server" 2>/dev/null || return 0
  ( sleep "$patience"; kill -INT "$server" 2>/dev/null ) 9>&- &
}
trap end_server TERM INT
[ -z "$ended" ] || end_server
status=0
while kill -0 "$server" 2>/dev/null; do
  wait "$server" && status=0 || status=$?
done
exit "$status"
