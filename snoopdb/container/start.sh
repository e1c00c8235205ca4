#!/bin/sh
# Starts PostgreSQL as SnoopDB, and makes its files, roles and database the first time. Words after it go to postgres.
# Whenever it is interrupted, it goes on at the next start: what is half made is made anew.
set -eu
umask 077
home=${SNOOPDB_HOME:-/var/lib/snoopdb}
share=${SNOOPDB_SHARE:-/usr/local/share/snoopdb}
socket=${SNOOPDB_SOCKET:-/run/snoopdb}
secret=${SNOOPDB_PASSFILE:-/run/secrets/snoopdb/pgpass}
# The password of the workbench's role. Without this file the role is left to 'snoop db grant'.
workbench_secret=${SNOOPDB_WORKBENCH_PASSFILE:-${secret%/*}/workbench.pgpass}
# Another PostgreSQL's clients get this long to end by themselves; then their connections are cut.
patience=${SNOOPDB_PATIENCE:-3}
files=$home/postgresql

say() { echo "snoopdb: $*" >&2; }
fail() {
  say "$*"
  exit 3
}

ended=
trap 'ended=yes' TERM INT

# Process numbers of two containers mean nothing to each other, so PostgreSQL's own guard does not see a second one.
exec 9>"$home/.lock"
flock -w 60 9 || fail "another SnoopDB has the files in $home, and did not end within a minute."

read_password() { # file, role
  [ -r "$1" ] || fail "there is no password in $1: snoopdb-prepare makes it."
  found=$(sed -n '1s/^.*://p' "$1")
  [ -n "$found" ] || fail "$1 is not of the form *:*:*:$2:PASSWORD."
  printf '%s' "$found"
}
password=$(read_password "$secret" apisnoop)
workbench_password=
if [ -e "$workbench_secret" ]; then workbench_password=$(read_password "$workbench_secret" snoop_workbench); fi

major=$(postgres --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
# One user, no network: nothing can be asked of it meanwhile.
alone() { postgres --single -D "$files$1" -c log_min_messages=fatal -c log_statement=none postgres >/dev/null; }

if [ ! -d "$files" ]; then
  say "making the files of PostgreSQL $major"
  rm -rf "$files.new"
  initdb --pgdata="$files.new" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  printf "create role apisnoop login password '%s'\ncreate database apisnoop owner apisnoop\n" "$password" | alone .new
  printf '%s' "$password" | sha256sum >"$files.new/snoopdb.password"
  sync
  mv "$files.new" "$files"
fi
[ -z "$ended" ] || exit 0

made=$(cat "$files/PG_VERSION")
[ "$made" = "$major" ] || fail "the files in $home are of PostgreSQL $made, and this image has $major. Start an image with $made, 'pg_dump' them, and load the dump into new files."

# The file with the password was lost, or replaced: the role follows it.
has_password() { # password, file with the digest of the role's
  printf '%s' "$1" | sha256sum | cmp -s - "$files/$2"
}
if ! has_password "$password" snoopdb.password; then
  say 'the password is another one now'
  printf "alter role apisnoop password '%s'\n" "$password" | alone ''
  printf '%s' "$password" | sha256sum >"$files/snoopdb.password"
fi
# Here, since apisnoop may make no roles. Its rights come with the schema.
if [ -n "$workbench_password" ] && ! has_password "$workbench_password" workbench.password; then
  say 'the role snoop_workbench gets its password'
  printf "do 'begin create role snoop_workbench; exception when duplicate_object then null; end'\nalter role snoop_workbench login password '%s'\n" \
    "$workbench_password" | alone ''
  printf '%s' "$workbench_password" | sha256sum >"$files/workbench.password"
fi
[ -z "$ended" ] || exit 0

postgres -D "$files" -c "config_file=$share/postgresql.conf" -c "hba_file=$share/pg_hba.conf" \
  -c "ident_file=$share/pg_ident.conf" -c "unix_socket_directories=$socket" "$@" 9>&9 &
server=$!

# SIGTERM alone would make PostgreSQL wait until every client has ended by itself.
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
