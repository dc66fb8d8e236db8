# shellcheck shell=bash
# How the quick starts build sluice and run it in a folder of their own; sourced after lib.sh, never run.

# build_release TARGET...: into build/release; what is up to date costs a second. Wants pipefail.
build_release() {
  local log=$SLUICE_CACHE/logs/build-release.log
  say "building sluice"
  need_space "$SLUICE_ROOT" 500
  if ! (cd "$SLUICE_ROOT" && cmake --preset release && cmake --build --preset release --target "$@") 2>&1 | tee "$log" | show_build; then
    die "the build failed; the end of $log says:
$(tail -n 20 "$log")"
  fi
}

# Ninja says how far it is at the beginning of each line: [12/345]
show_build() {
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then show_progress "building" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"; fi
  done
  clear_progress
}

# make_run_folder NAME: $run, new and empty, below SLUICE_VAR or the checkout's var/. Names of earlier runs never come back, so
# that nothing of theirs is taken for this one's.
make_run_folder() {
  local base=${SLUICE_VAR:-$SLUICE_ROOT/var/quickstart}
  mkdir -p "$base" 2>/dev/null || die "cannot make the folder $base; name one that you may write to in SLUICE_VAR"
  # For root, Postgres runs as another user, who often cannot enter root's home.
  if [ "$(id -u)" = 0 ] && ! setpriv --reuid postgres --clear-groups -- test -x "$base" 2>/dev/null; then
    [ -z "${SLUICE_VAR:-}" ] || die "the user postgres cannot enter $base; name another folder in SLUICE_VAR"
    base=${TMPDIR:-/tmp}
  fi
  run=$(mktemp -d "$base/sluice-$1.XXXXXX") || die "cannot write to $base; name a folder that you may write to in SLUICE_VAR"
  chmod 755 "$run"
}

# start_sluice DIR NAME BOOTSTRAP TOPIC: runs the release build with one connector, NAME, that writes orders_fact; sets REST_URL.
# WAREHOUSE_URL and WAREHOUSE_PASSWORD say where.
start_sluice() {
  local dir=$1 name=$2 bootstrap=$3 topic=$4 port
  port=$(free_port)
  mkdir -p "$dir/connectors"
  cat >"$dir/sluice.yaml" <<YAML
# configs/sluice.yaml explains every key.
kafka.bootstrap.servers: $bootstrap
plugin.path: ["$SLUICE_ROOT/build/release/plugins"]
connectors.dir: connectors
state.dir: state
rest.listen: 127.0.0.1:$port
YAML
  cat >"$dir/connectors/$name.yaml" <<YAML
# configs/connectors/orders.yaml explains every key.
name: $name
connector.class: debezium-postgres-sink
tasks.max: 1
topics: $topic
connection.url: $WAREHOUSE_URL
connection.password: \${env:SLUICE_WAREHOUSE_PASSWORD}
table.name: orders_fact
mode: history
decimal.handling.mode: precise
YAML
  # A session of its own: Ctrl+C in the terminal is for the script, which then stops sluice in its turn.
  # Should the script be killed, sluice gets a SIGTERM.
  SLUICE_WAREHOUSE_PASSWORD=$WAREHOUSE_PASSWORD setpriv --pdeathsig TERM setsid "$SLUICE_ROOT/build/release/bin/sluice" run -c "$dir/sluice.yaml" \
    >"$dir/sluice.log" 2>&1 </dev/null &
  sluice_pid=$!
  REST_URL=http://127.0.0.1:$port
  until curl -sf "$REST_URL/health" >/dev/null 2>&1; do
    runs_sluice || die "sluice ended while starting; the end of $dir/sluice.log says:
$(tail -n 15 "$dir/sluice.log")"
    sleep 0.05
  done
}

runs_sluice() { [ -n "${sluice_pid:-}" ] && kill -0 "$sluice_pid" 2>/dev/null; }

stop_sluice() {
  runs_sluice || return 0
  kill "$sluice_pid"
  wait "$sluice_pid" || true
}
