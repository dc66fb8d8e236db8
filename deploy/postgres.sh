#!/usr/bin/env bash
# A private Postgres in a folder of its own: data, log, port and passwords; the system's clusters are never touched.
#
#   deploy/postgres.sh start DIR [--no-warehouse] [--logical]
#   deploy/postgres.sh stop DIR
#
# start makes the server on the first call, and on each call sees to it that it runs and that the warehouse is there: role
# `warehouse`, database `analytics`, and what deploy/warehouse/*.sql creates. It writes DIR/env for a shell to source:
# POSTGRES_PORT, POSTGRES_URL (superuser), WAREHOUSE_URL (without the password) and WAREHOUSE_PASSWORD.
#
#   --no-warehouse   only the server
#   --logical        wal_level=logical and room for replication slots: a source that Debezium can read
#
# POSTGRES_PORT in the environment names the port; otherwise a free one is taken, and kept for later starts in DIR.
# Postgres refuses to run as root: for root it runs as the user `postgres`, who then owns DIR/data.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/lib.sh"

usage() { die "usage: deploy/postgres.sh start DIR [--no-warehouse] [--logical] | stop DIR"; }

[ $# -ge 2 ] || usage
command=$1 folder=$2
shift 2
warehouse=yes logical=no
for argument in "$@"; do
  case $command$argument in
    start--no-warehouse) warehouse=no ;;
    start--logical) logical=yes ;;
    *) usage ;;
  esac
done

bin=$(postgres_bin) || die "postgres.sh: no Postgres server is installed; run ./deploy/setup.sh"
server_user=""
if [ "$(id -u)" = 0 ]; then
  server_user=postgres
  id "$server_user" >/dev/null 2>&1 ||
    die "postgres.sh: Postgres does not run as root, and there is no user \"$server_user\" to run it as; run ./deploy/setup.sh"
fi

as_server() {
  if [ -n "$server_user" ]; then
    # From /, since the user may not be allowed into the caller's folder.
    (cd / && exec setpriv --reuid "$server_user" --regid "$(id -g "$server_user")" --init-groups -- "$@")
  else
    "$@"
  fi
}

prepare_folder() {
  # The server's user has to get in, whatever the umask of the caller is.
  (umask 022 && mkdir -p "$folder") 2>/dev/null ||
    die "postgres.sh: cannot make the folder $folder; name one that you may write to"
  folder=$(cd "$folder" && pwd)
  data=$folder/data log=$folder/log/postgres.log
  need_space "$folder" 200
  mkdir -p "$data" "$folder/log"
  if [ -n "$server_user" ]; then
    chown "$server_user:" "$data" "$folder/log"
    as_server test -x "$folder" ||
      die "postgres.sh: the user \"$server_user\" cannot enter $folder; name a folder that it can reach, or run as another user than root"
  fi
}

random_password() { od -An -tx1 -N16 /dev/urandom | tr -d ' \n'; }

make_server() {
  say "making a Postgres in $folder"
  local password_file=$folder/log/password
  password=$(random_password)
  (umask 077 && printf '%s\n' "$password" >"$password_file")
  [ -z "$server_user" ] || chown "$server_user:" "$password_file"
  # No fsync while the files are made: a machine that stops now has nothing to lose yet.
  as_server "$bin/initdb" -D "$data" -U postgres --encoding=UTF8 --locale=C.UTF-8 --auth=scram-sha-256 \
    --pwfile="$password_file" --no-sync >"$folder/log/initdb.log" 2>&1 ||
    die "postgres.sh: initdb failed; the end of $folder/log/initdb.log says:
$(tail -n 5 "$folder/log/initdb.log")"
  rm -f "$password_file"
  warehouse_password=$(random_password)
}

# No socket in the file system: its path may be at most 107 bytes long, and TCP serves all of us.
write_settings() {
  cat >"$folder/log/settings" <<SETTINGS
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
max_connections = 200
SETTINGS
  if [ $logical = yes ]; then
    printf '%s\n' "wal_level = logical" "max_replication_slots = 20" "max_wal_senders = 20" >>"$folder/log/settings"
  fi
  as_server cp "$folder/log/settings" "$data/sluice.conf"
  as_server grep -qxF "include 'sluice.conf'" "$data/postgresql.conf" ||
    echo "include 'sluice.conf'" | as_server tee -a "$data/postgresql.conf" >/dev/null
}

write_env() {
  local unfinished=$folder/env.unfinished
  (umask 077 && cat >"$unfinished" <<ENV
POSTGRES_PORT=$port
POSTGRES_URL=postgresql://postgres:$password@127.0.0.1:$port/postgres
WAREHOUSE_URL=postgresql://warehouse@127.0.0.1:$port/analytics
WAREHOUSE_PASSWORD=$warehouse_password
ENV
  )
  mv "$unfinished" "$folder/env"
}

running() { as_server "$bin/pg_ctl" -D "$data" status >/dev/null 2>&1; }
ready() { "$bin/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT"; }

# A killed server counts as running until the system has put it away, one that is starting is not ready yet: neither lasts.
settled() { ready || ! running; }

# pg_ctl takes care of the pid file that a killed server leaves. Children of a killed server may hold its memory for a moment.
launch() {
  local attempt
  for attempt in 1 2 3; do
    if as_server "$bin/pg_ctl" -D "$data" -l "$log" -w -t 60 start >"$folder/log/pg_ctl.log" 2>&1 </dev/null; then return; fi
    [ "$attempt" = 3 ] || sleep 1
  done
  if tail -n 8 "$log" | grep -q "Address already in use"; then
    die "postgres.sh: port $port on 127.0.0.1 is in use by another program; set POSTGRES_PORT to a free one"
  fi
  die "postgres.sh: the server does not start; the end of $log says:
$(tail -n 8 "$log")"
}

superuser() { psql -X -q -v ON_ERROR_STOP=1 "$POSTGRES_URL" "$@"; }

create_warehouse() {
  superuser -v password="$warehouse_password" <<'SQL'
SELECT 'CREATE ROLE warehouse LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'warehouse') \gexec
ALTER ROLE warehouse LOGIN PASSWORD :'password';
SELECT 'CREATE DATABASE analytics OWNER warehouse' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'analytics') \gexec
SQL
  local file
  for file in "$SLUICE_ROOT"/deploy/warehouse/*.sql; do
    PGOPTIONS="-c client_min_messages=warning" PGPASSWORD=$warehouse_password \
      psql -X -q -v ON_ERROR_STOP=1 "$WAREHOUSE_URL" -f "$file" >/dev/null
  done
}

start() {
  prepare_folder
  if [ -e "$folder/env" ]; then
    local wanted_port=${POSTGRES_PORT:-}
    # shellcheck source=/dev/null
    source "$folder/env"
    password=${POSTGRES_URL#postgresql://postgres:} password=${password%%@*}
    # shellcheck disable=SC2153  # set by the file
    warehouse_password=$WAREHOUSE_PASSWORD
    wait_for "a steady state of the Postgres in $folder" 30 settled || true
    if running; then
      say "Postgres in $folder already runs, on port $POSTGRES_PORT"
      port=$POSTGRES_PORT
    else
      port=${wanted_port:-$POSTGRES_PORT}
      write_settings
      launch
    fi
  else
    port=${POSTGRES_PORT:-$(free_port)}
    discard_unfinished
    make_server
    write_settings
    launch
  fi
  write_env
  # shellcheck source=/dev/null
  source "$folder/env"
  [ $warehouse = no ] || create_warehouse
}

# A first start that was interrupted: nobody has its password.
discard_unfinished() {
  if running; then as_server "$bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null; fi
  rm -rf "${data:?}"/*
}

stop() {
  [ -d "$folder/data" ] || die "postgres.sh: there is no Postgres in $folder"
  folder=$(cd "$folder" && pwd)
  data=$folder/data
  running || return 0
  as_server "$bin/pg_ctl" -D "$data" -m fast -w -t 60 stop >"$folder/log/pg_ctl.log" 2>&1 || ! running ||
    die "postgres.sh: the Postgres in $folder does not stop; look at $folder/log/postgres.log"
}

case $command in
  start) start ;;
  stop) stop ;;
  *) usage ;;
esac
