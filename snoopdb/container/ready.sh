#!/bin/sh
# Whether SnoopDB takes connections: exit code 0 when it does.
exec pg_isready --quiet --host="${SNOOPDB_SOCKET:-/run/snoopdb}" --timeout=3
