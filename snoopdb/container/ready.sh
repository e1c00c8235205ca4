#!/bin/sh
# Exits with 0 if SnoopDB accepts connections.
exec pg_isready --quiet --host="${SNOOPDB_SOCKET:-/run/snoopdb}" --timeout=3
