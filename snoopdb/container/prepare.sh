#!/bin/sh
# Runs as root before the containers of a node start, and creates what they share: folders, and the passwords of SnoopDB's
# owner and of the workbench's role. Each container gets the password that it needs in a file that no other user can read.
# Existing passwords are kept, so it is safe to run at any time, also concurrently.
#
#   snoopdb-prepare [FOLDER]         FOLDER: default /var/lib/snoop
set -eu
umask 077
home=${1:-/var/lib/snoop}
spool=${SNOOP_SPOOL_FOLDER:-/var/lib/snoop-spool}
# The users of the images.
snoopdb=10001
auditlogger=10002
workbench=10003

# In this order no other user ever has access: the owner is set before the mode.
make_folder() { # path, user, mode
  mkdir -p "$1"
  chown "$2:$2" "$1"
  chmod "$3" "$1"
}

# Writes a file atomically.
write_file() { # path, user; the contents on stdin
  cat >"$1.$$.new"
  chown "$2:$2" "$1.$$.new"
  chmod 0600 "$1.$$.new"
  sync "$1.$$.new"
  mv -f "$1.$$.new" "$1"
}

mkdir -p "$home"
chmod 0755 "$home"
exec 9>"$home/.prepare.lock"
flock 9

make_folder "$home/data" "$snoopdb" 0700
make_folder "$home/run" "$snoopdb" 0755
make_folder "$home/snoopdb" "$snoopdb" 0700
make_folder "$home/auditlogger" "$auditlogger" 0700
make_folder "$home/workbench" "$workbench" 0700
if [ -d "$spool" ]; then make_folder "$spool" "$auditlogger" 0700; fi

for folder in snoopdb auditlogger workbench; do rm -f "$home/$folder"/*pgpass.*.new; done

# SnoopDB has both, and sets them for the roles when it starts.
make_password() { # name of the file, role
  [ ! -s "$home/snoopdb/$1" ] || return 0
  password=$(head -c 30 /dev/urandom | base64 | tr '+/' '-_')
  printf '*:*:*:%s:%s\n' "$2" "$password" | write_file "$home/snoopdb/$1" "$snoopdb"
  echo "Generated a password for $2."
}
make_password pgpass apisnoop
make_password workbench.pgpass snoop_workbench

hand_over() { # name of the file, folder, user
  cmp -s "$home/snoopdb/$1" "$home/$2/pgpass" || write_file "$home/$2/pgpass" "$3" <"$home/snoopdb/$1"
}
hand_over pgpass auditlogger "$auditlogger"
hand_over workbench.pgpass workbench "$workbench"
