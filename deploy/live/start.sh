#!/usr/bin/env bash
# Starts the real pipeline up to the topic, in a folder of its own and on free ports: a Kafka broker, the shop's Postgres with
# its table `orders`, and Kafka Connect with Debezium, which publishes the table's changes. Everything goes on as a daemon.
#
#   ./deploy/live/start.sh DIR                 all of it; returns when the table's first rows are on their way into the topic
#   ./deploy/live/start.sh DIR --no-connector  all of it, but nobody watches the table yet (record.sh)
#   ./deploy/live/start.sh DIR --kafka-only    the broker alone
#
# DIR/env tells where things are: KAFKA_BOOTSTRAP, CONNECT_URL, SOURCE_URL (with its password), SOURCE_PORT, SOURCE_PASSWORD,
# TOPIC. A broker that was stopped in DIR starts again there, on the same port and with its data. stop.sh DIR ends everything.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=stack.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/stack.sh"

usage="usage: start.sh DIR [--kafka-only | --no-connector]"
if [ $# -lt 1 ] || [ $# -gt 2 ] || [ "${1#-}" != "$1" ]; then die "$usage"; fi
case ${2:-} in
  "" | --kafka-only | --no-connector) extent=${2:-} ;;
  *) die "start.sh: unknown option $2; $usage" ;;
esac
mkdir -p "$1" 2>/dev/null || die "start.sh: cannot make the folder $1; name one that you may write to"
dir=$(cd "$1" && pwd)
[ -w "$dir" ] || die "start.sh: may not write to $dir; name a folder that you may write to"
[ -e "$stack/complete" ] || die "start.sh: Kafka and Debezium are not here yet; fetch them with: ./deploy/setup.sh --live"
command -v java >/dev/null || die "start.sh: there is no java; install it with: ./deploy/setup.sh --live"
if runs "$dir" kafka; then die "start.sh: a stack runs in $dir already; end it with: ./deploy/live/stop.sh $dir"; fi
need_space "$dir" 600

# Half a stack helps nobody: whatever goes wrong below, what was started is stopped again.
tidy_up() { [ "$1" = 0 ] || "$live/stop.sh" "$dir"; }
trap 'tidy_up $?' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_kafka() {
  local settings=$dir/kafka/server.properties port
  mkdir -p "$dir/kafka"
  if [ ! -e "$dir/kafka/data/meta.properties" ]; then
    port=$(free_port)
    fill "$live/kafka.properties" "DIR=$dir" "KAFKA_PORT=$port" "CONTROLLER_PORT=$(free_port)" >"$settings"
    java "${java_options[@]}" "-Dlog4j2.configurationFile=$live/log4j2.properties" -cp "$stack/libs/*" kafka.tools.StorageTool format \
      --cluster-id "$(head -c 16 /dev/urandom | base64 | tr '+/' 'xy' | tr -d =)" --config "$settings" >"$dir/format.log" 2>&1 ||
      die "start.sh: cannot set up Kafka's folder; the end of $dir/format.log says:
$(tail -n 8 "$dir/format.log")"
    note "$dir" "KAFKA_BOOTSTRAP=127.0.0.1:$port"
  fi
  start_java "$dir" kafka kafka.Kafka "$settings"
}

start_source() {
  "$SLUICE_ROOT/deploy/postgres.sh" start "$dir/source" --logical --no-warehouse
  [ ! -e "$dir/source/orders" ] || return 0
  local password
  # shellcheck source=/dev/null
  source "$dir/source/env"
  password=$(head -c 12 /dev/urandom | base64 | tr '+/' 'xy')
  # The shop's own role owns the table, and with that may publish it; it need not be a superuser.
  psql -qXw -v ON_ERROR_STOP=1 -d "$POSTGRES_URL" -c "CREATE ROLE shop LOGIN REPLICATION PASSWORD '$password'" \
    -c "CREATE DATABASE ecommerce OWNER shop"
  note "$dir" "SOURCE_PORT=$POSTGRES_PORT"
  note "$dir" "SOURCE_PASSWORD=$password"
  note "$dir" "SOURCE_URL=postgresql://shop:$password@127.0.0.1:$POSTGRES_PORT/ecommerce"
  psql -qXw -v ON_ERROR_STOP=1 -d "postgresql://shop:$password@127.0.0.1:$POSTGRES_PORT/ecommerce" -f "$live/orders.sql"
  touch "$dir/source/orders"
}

start_connect() {
  local port
  port=$(free_port)
  fill "$live/connect.properties" "STACK=$stack" "KAFKA_PORT=${KAFKA_BOOTSTRAP#*:}" "CONNECT_PORT=$port" >"$dir/connect.properties"
  note "$dir" "CONNECT_URL=http://127.0.0.1:$port"
  start_java "$dir" connect org.apache.kafka.connect.cli.ConnectDistributed "$dir/connect.properties"
}

start_kafka
if [ "$extent" != --kafka-only ]; then start_source; fi
await_java "$dir" kafka 60 grep -q 'Kafka Server started' "$dir/kafka.log"
if [ "$extent" = --kafka-only ]; then exit 0; fi
# shellcheck source=/dev/null
source "$dir/env"
start_connect
# shellcheck source=/dev/null
source "$dir/env"
await_java "$dir" connect 90 curl -sf "$CONNECT_URL/connectors"
if [ "$extent" = --no-connector ]; then exit 0; fi
TOPIC=dbserver1.public.orders
add_connector "$dir" orders dbserver1 precise false
note "$dir" "TOPIC=$TOPIC"
