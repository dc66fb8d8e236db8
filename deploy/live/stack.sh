# shellcheck shell=bash
# What start.sh, stop.sh, record.sh and quickstart.sh share about the live stack; sourced, never run.
# The stack lives in one folder: DIR/env says where everything listens, DIR/*.pid who runs, DIR/*.log what they say.

# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
live=$SLUICE_ROOT/deploy/live
# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$live/versions.sh"

# Small machines start faster with the simple collector and compiler, and hold more of such processes. Who measures sets others.
read -r -a java_options <<<"${SLUICE_JAVA_OPTIONS:--Xms256m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -XX:-UsePerfData}"

# fill TEMPLATE NAME=VALUE...: the template with each @NAME@ replaced.
fill() {
  local text pair
  text=$(<"$1")
  shift
  for pair in "$@"; do text=${text//"@${pair%%=*}@"/${pair#*=}}; done
  printf '%s\n' "$text"
}

# note DIR NAME=VALUE: into DIR/env, in place of what it said about NAME before.
note() {
  local file=$1/env
  touch "$file"
  chmod 600 "$file"
  sed -i "/^${2%%=*}=/d" "$file"
  printf '%s\n' "$2" >>"$file"
}

# runs DIR NAME: whether the process that DIR/NAME.pid names is still ours; the system may have given its number away.
runs() {
  local pid
  pid=$(cat "$1/$2.pid" 2>/dev/null) && tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -Fqx -- "-Dsluice.live=$1"
}

# start_java DIR NAME ARGUMENT...: a daemon with its own session, so that Ctrl+C in a terminal reaches only the caller.
start_java() {
  local dir=$1 name=$2
  shift 2
  setsid java "${java_options[@]}" "-Dsluice.live=$dir" "-Dlog4j2.configurationFile=$live/log4j2.properties" \
    -cp "$stack/libs/*" "$@" >"$dir/$name.log" 2>&1 </dev/null &
  local pid=$!
  echo "$pid" >"$dir/$name.pid"
  disown
  # A process that was just forked is not yet what it will be: whoever asks whether it runs must not be told that it has ended.
  until runs "$dir" "$name" || ! kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
}

# await_java DIR NAME SECONDS COMMAND...: until the command succeeds; if the daemon ends or it takes too long, says why.
await_java() {
  local dir=$1 name=$2 end=$((SECONDS + $3))
  shift 3
  until "$@" >/dev/null 2>&1; do
    runs "$dir" "$name" || die "live stack: $name ended while starting; the end of $dir/$name.log says:
$(tail -n 15 "$dir/$name.log")"
    [ $SECONDS -lt $end ] || die "live stack: $name did not come up in time; try again when the machine is less busy. \
The end of $dir/$name.log says:
$(tail -n 15 "$dir/$name.log")"
    sleep 0.1
  done
}

# add_connector DIR NAME PREFIX DECIMALS SCHEMAS: has Connect watch `orders`. DIR/env is sourced.
# Debezium takes up its slot for good once the snapshot is behind it and the stream begins: then this returns.
add_connector() {
  local dir=$1 connector=$2
  (umask 077 && fill "$live/debezium-orders.json" "NAME=$connector" "PREFIX=$3" "DECIMALS=$4" "SCHEMAS=$5" \
    "SOURCE_PORT=$SOURCE_PORT" "SOURCE_PASSWORD=$SOURCE_PASSWORD" >"$dir/$connector.json")
  # A worker that has just begun refuses for a moment, until its group has formed.
  await_java "$dir" connect 60 curl -sf -X PUT -H 'Content-Type: application/json' --data-binary "@$dir/$connector.json" \
    "$CONNECT_URL/connectors/$connector/config"
  await_java "$dir" connect 60 streams "$connector"
}

streams() {
  [ "$(psql -qXAtw -d "$SOURCE_URL" -c "SELECT active FROM pg_replication_slots WHERE slot_name = '$1'")" = t ]
}
