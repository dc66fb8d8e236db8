#!/usr/bin/env bash
# The whole real pipeline: a change typed into the shop's Postgres goes through Debezium and Kafka into the warehouse's
# orders_fact. ./deploy/quickstart.sh --live calls this.
#
#   --once   types an INSERT, an UPDATE and a DELETE itself, and ends with 0 only if each was there within a second
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=stack.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/stack.sh"
# shellcheck source-path=SCRIPTDIR source=../host.sh
source "$SLUICE_ROOT/deploy/host.sh"

once=no shown=no
for argument in "$@"; do
  case $argument in
    --once) once=yes ;;
    *) die "quickstart.sh --live: unknown option $argument; it knows --once" ;;
  esac
done

"$SLUICE_ROOT/deploy/setup.sh" --live
build_release sluice debezium-postgres-sink
make_run_folder live

# stop_all EXIT-CODE: after a failure, the folder with the logs stays.
stop_all() {
  trap '' INT TERM HUP
  say "stopping"
  stop_sluice
  "$live/stop.sh" "$run/stack"
  if [ -d "$run/warehouse/data" ]; then "$SLUICE_ROOT/deploy/postgres.sh" stop "$run/warehouse"; fi
  case $1 in
    0 | 130 | 143) rm -rf "$run" ;;
    *) say "the logs are in $run" ;;
  esac
}
mkdir "$run/stack"
trap 'stop_all $?' EXIT
# Ctrl+C is how a run that has shown its rows is meant to end.
interrupted() { if [ $shown = yes ]; then exit 0; else exit 130; fi; }
trap interrupted INT HUP
trap 'exit 143' TERM

say "starting the warehouse, the shop's Postgres, Kafka, and Connect with Debezium"
"$SLUICE_ROOT/deploy/postgres.sh" start "$run/warehouse"
"$live/start.sh" "$run/stack"
# shellcheck source=/dev/null
source "$run/warehouse/env"
# shellcheck source=/dev/null
source "$run/stack/env"
# shellcheck disable=SC2153  # TOPIC is from the stack's env
start_sluice "$run" orders "$KAFKA_BOOTSTRAP" "$TOPIC"

# Not by PGPASSWORD in the environment: the shop's database has another.
warehouse() { PGPASSWORD=$WAREHOUSE_PASSWORD psql -qXAtw -v ON_ERROR_STOP=1 -d "$WAREHOUSE_URL" "$@"; }
shop() { psql -qXAtw -v ON_ERROR_STOP=1 -d "$SOURCE_URL" "$@"; }

# The rows after id $1: id, ms since the shop's commit, and what people want to see.
rows_after() {
  warehouse -F ' ' -c "SELECT id, round(extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - cdc_timestamp) * 1000),
    format('%-9s order %-5s customer %-5s %-20s %12s  %s', operation_type, order_id, customer_id, product_name, amount, status)
    FROM orders_fact WHERE id > $1 ORDER BY id"
}

# Prints the rows after id $seen, and moves $seen and $delay to the last of them; false if there is none.
show_new_rows() {
  local id ms text any=1
  while read -r id ms text; do
    printf '%6d ms  %s\n' "$ms" "$text"
    seen=$id delay=$ms any=0
  done < <(rows_after "$seen")
  return $any
}

die_with_log() {
  die "quickstart.sh: $1; the end of $run/sluice.log says:
$(tail -n 15 "$run/sluice.log")"
}

show_snapshot() {
  local orders
  orders=$(shop -c "SELECT count(*) FROM orders")
  wait_for "the rows that the shop already had" 20 holds_rows "$orders" || die_with_log "the shop's $orders rows did not arrive"
  say "orders_fact holds what the shop already had; in front, the time from Debezium's look at the row until now"
  show_new_rows
}

holds_rows() { [ "$(warehouse -c "SELECT count(*) FROM orders_fact")" = "$1" ]; }

# Types a change into the shop, and shows it once it is in the warehouse; the time is that of the first look that found it.
try_change() {
  local end=$((SECONDS + 10))
  say "$1"
  shop -c "$1"
  until show_new_rows; do
    [ $SECONDS -lt $end ] || die_with_log "the change did not arrive within 10 s"
  done
  [ "$delay" -le 1000 ] || die "quickstart.sh: the change took $delay ms from its commit to orders_fact, more than a second"
}

invite() {
  cat <<TEXT

Change an order in the shop, from another terminal:

  psql '$SOURCE_URL'

  INSERT INTO orders (customer_id, product_name, amount, status) VALUES (107, 'Headphones', 59.90, 'PENDING');
  UPDATE orders SET status = 'SHIPPED' WHERE product_name = 'Headphones';
  DELETE FROM orders WHERE product_name = 'Headphones';

Look into the warehouse, and at sluice:

  psql '${WAREHOUSE_URL/warehouse@/warehouse:$WAREHOUSE_PASSWORD@}' -c 'SELECT * FROM sales_dashboard'
  curl $REST_URL/connectors/orders/status

Each change shows below as it arrives, with the time from its commit in the shop. Ctrl+C stops everything.

TEXT
}

follow() {
  while runs_sluice; do
    show_new_rows || sleep 0.1
  done
  die_with_log "sluice has ended"
}

seen=0 delay=0
show_snapshot
shown=yes
if [ $once = yes ]; then
  try_change "INSERT INTO orders (order_id, customer_id, product_name, amount, status)
   VALUES (4711, 107, 'Typed just now', -12.50, 'PENDING')"
  try_change "UPDATE orders SET status = 'SHIPPED', amount = 0.01 WHERE order_id = 4711"
  try_change "DELETE FROM orders WHERE order_id = 4711"
else
  invite
  follow
fi
