#!/usr/bin/env bash
# Sets everything up and shows the main job: changes of a shop's orders become rows of orders_fact.
#
#   ./deploy/quickstart.sh           a mock broker fed with recorded Debezium events, then new ones until Ctrl+C
#   ./deploy/quickstart.sh --once    ends when the recorded events are rows, and says by its exit code whether all are
#   ./deploy/quickstart.sh --live    the real pipeline: source Postgres, Kafka, Connect with Debezium, sluice, warehouse
#
# Each run has a folder, a database and names of its own: a new mock broker begins at offset 0, and a position that an older
# run left behind would rightly be refused. SLUICE_VAR says where the folder is made; by default in var/.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$here/lib.sh"
# shellcheck source-path=SCRIPTDIR source=host.sh
source "$here/host.sh"

once=no live=no
for argument in "$@"; do
  case $argument in
    --once) once=yes ;;
    --live) live=yes ;;
    *) die "quickstart.sh: unknown option $argument; it knows --once and --live" ;;
  esac
done
if [ $live = yes ]; then
  [ $once = no ] || exec "$here/live/quickstart.sh" --once
  exec "$here/live/quickstart.sh"
fi

bin=$SLUICE_ROOT/build/release/bin
topic=dbserver1.public.orders
recording=$SLUICE_ROOT/tests/data/orders/precise.jsonl
started=$SECONDS shown=no run="" events="" broker=""

# ---- the end, however it comes --------------------------------------------------------------------------------------

# In the reverse order of the start, so that nobody complains that what it talks to has gone. After a failure the folder with
# the logs stays.
stop_all() {
  local code=$1
  trap '' INT TERM HUP
  trap - EXIT
  if [ -n "$run" ]; then
    say "stopping"
    # Without its broker the generator would wait a minute for what it has sent.
    if [ -n "$events" ] && ! kill -0 "$broker" 2>/dev/null; then kill -KILL "$events" 2>/dev/null || true; fi
    stop_part "$events"
    stop_sluice
    stop_part "$broker"
    if [ -d "$run/postgres/data" ]; then "$here/postgres.sh" stop "$run/postgres" || code=1; fi
    case $code in
      0 | 130 | 143) rm -rf "$run" ;;
      *) say "the logs are in $run" ;;
    esac
  fi
  exit "$code"
}

stop_part() {
  [ -n "$1" ] || return 0
  kill "$1" 2>/dev/null || true
  wait "$1" || true
}

# Ctrl+C is how a run that has shown its rows is meant to end.
interrupted() { if [ $shown = yes ]; then exit 0; else exit 130; fi; }

# ---- the parts ------------------------------------------------------------------------------------------------------

# launch NAME COMMAND...: beside this script, but out of reach of the terminal's Ctrl+C, which this script answers by stopping
# its parts in order. Should this script be killed, they get a SIGTERM.
launch() {
  local log=$run/$1.log
  shift
  setpriv --pdeathsig TERM setsid "$@" >"$log" 2>&1 </dev/null &
}

start_postgres() {
  "$here/postgres.sh" start "$run/postgres"
  # shellcheck source=/dev/null
  source "$run/postgres/env"
  # For the one who tries things next, and for the lines below.
  (umask 077 && cat >"$run/psql" <<PSQL
#!/bin/sh
PGPASSWORD=$WAREHOUSE_PASSWORD exec psql -X -P pager=off -d "$WAREHOUSE_URL" "\$@"
PSQL
  )
  chmod 700 "$run/psql"
}

start_broker() {
  launch broker "$bin/sluice-mock-broker" --topic "$topic:4" --env "$run/broker.env"
  broker=$!
  wait_for "the mock broker" 15 test -e "$run/broker.env" || die "quickstart.sh: the mock broker does not start; it says:
$(tail -n 5 "$run/broker.log")"
  # shellcheck source=/dev/null
  source "$run/broker.env"
}

publish_recording() {
  local summary
  summary=$("$bin/sluice-events" --bootstrap "$KAFKA_BOOTSTRAP" --topic "$topic" --file "$recording" --recorded) ||
    die "quickstart.sh: the recorded events could not be published; the lines above say why"
  expected_rows=$(python3 -c 'import json, sys; n = json.loads(sys.argv[1]); print(n["c"] + n["u"] + n["d"] + n["r"])' "$summary")
}

start_trickle() {
  launch events "$bin/sluice-events" --bootstrap "$KAFKA_BOOTSTRAP" --topic "$topic" --file "$recording" --rate 2
  events=$!
}

# still_runs NAME PID
still_runs() {
  kill -0 "$2" 2>/dev/null || die "quickstart.sh: $1 has ended; the end of $run/$1.log says:
$(tail -n 8 "$run/$1.log")"
}

# ---- what is shown --------------------------------------------------------------------------------------------------

value_of() { "$run/psql" -At -v ON_ERROR_STOP=1 -c "$1"; }
count_rows() { value_of "SELECT count(*) FROM orders_fact"; }

await_recorded_rows() {
  local found end=$((SECONDS + 30))
  found=$(count_rows)
  while runs_sluice && [ "$found" -lt "$expected_rows" ] && [ $SECONDS -lt $end ]; do
    show_progress "rows of orders_fact" "$found" "$expected_rows"
    sleep 0.1
    found=$(count_rows)
  done
  clear_progress
  still_runs sluice "$sluice_pid"
  [ "$found" = "$expected_rows" ] ||
    die "quickstart.sh: orders_fact has $found rows, the recorded events make $expected_rows. The connector says:
$(curl -sS -m 5 "$REST_URL/connectors/$connector/status")
and the end of $run/sluice.log:
$(tail -n 8 "$run/sluice.log")"
}

show_rows() {
  say "$expected_rows recorded changes are $expected_rows rows of orders_fact, $((SECONDS - started)) s after the start"
  say "the newest ten:"
  "$run/psql" -c "SELECT id, order_id, left(regexp_replace(product_name, '\s', ' ', 'g'), 16) AS product_name, amount,
    left(status, 10) AS status, operation_type, processed_at FROM orders_fact ORDER BY processed_at DESC, id DESC LIMIT 10"
  say "amounts are exact to the cent, and deletes are rows with what was deleted:"
  "$run/psql" -c "SELECT id, order_id, amount, left(status, 10) AS status, operation_type, cdc_timestamp FROM orders_fact
    WHERE amount IN (-12.50, 0.01, 99999999.99) OR operation_type = 'DELETE' ORDER BY operation_type = 'DELETE', id LIMIT 16"
}

show_what_to_try() {
  local queries=$SLUICE_ROOT/deploy/warehouse/queries
  cat <<TRY

What goes on is on the page $REST_URL/ui. To try next, in another terminal:

  $SLUICE_ROOT/build/release/bin/sluice status --watch --url $REST_URL
  curl $REST_URL/connectors/$connector/status
  curl -X PUT $REST_URL/connectors/$connector/pause
  curl -X PUT $REST_URL/connectors/$connector/resume

  $run/psql -c 'SELECT * FROM sales_dashboard'
  $run/psql -f $queries/revenue_over_time.sql
  $run/psql -v order_id=9 -f $queries/change_history_of_one_order.sql

More of an analyst's questions are in $queries.

TRY
}

# Each row as it arrives, until Ctrl+C.
show_arrivals() {
  local last arrived
  say "new changes arrive all the time, each becomes a row at once; Ctrl+C stops everything"
  last=$(value_of "SELECT max(id) FROM orders_fact")
  while true; do
    still_runs broker "$broker"
    still_runs events "$events"
    still_runs sluice "$sluice_pid"
    arrived=$("$run/psql" -At -F ' ' -c "SELECT id, to_char(processed_at, 'HH24:MI:SS.MS'),
      format('%-9s order %s %13s  %s', operation_type, order_id, amount, status) FROM orders_fact WHERE id > $last ORDER BY id")
    if [ -n "$arrived" ]; then
      printf '%s\n' "$arrived" | cut -d ' ' -f 2-
      last=$(printf '%s\n' "$arrived" | tail -n 1 | cut -d ' ' -f 1)
    fi
    sleep 0.5
  done
}

# ---- all of it ------------------------------------------------------------------------------------------------------

trap 'stop_all $?' EXIT
trap interrupted INT HUP
trap 'exit 143' TERM

"$here/setup.sh"
build_release sluice debezium-postgres-sink example-file-sink sluice-mock-broker sluice-events
make_run_folder embedded
connector=orders-${run##*.}
start_postgres
start_broker
publish_recording
start_sluice "$run" "$connector" "$KAFKA_BOOTSTRAP" "$topic"
await_recorded_rows
show_rows
shown=yes
if [ $once = yes ]; then exit 0; fi
start_trickle
show_what_to_try
show_arrivals
