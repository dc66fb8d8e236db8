#!/usr/bin/env bash
# Records what Debezium makes of tests/data/orders/workload.sql, once for each way in which it can write, into
# tests/data/orders/*.jsonl. By hand, when the workload or Debezium's version changes: ./deploy/live/record.sh
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=stack.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/stack.sh"

[ $# = 0 ] || die "usage: record.sh"
command -v kcat >/dev/null || die "record.sh: there is no kcat; install it with: ./deploy/setup.sh --tests"
recordings=$SLUICE_ROOT/tests/data/orders
dir=$(mktemp -d "${TMPDIR:-/tmp}/sluice-record.XXXXXX")
chmod 711 "$dir"
trap '"$live/stop.sh" "$dir"; rm -rf "$dir"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

"$live/start.sh" "$dir" --no-connector
# shellcheck source=/dev/null
source "$dir/env"
# Name of the recording, prefix of the topic, decimal.handling.mode, schemas. All watch the same table, so that the same
# change is in each recording with the same lsn.
sets="precise:dbserver1:precise:false string:string:string:false double:double:double:false schemas:schemas:precise:true"
for set in $sets; do
  IFS=: read -r name prefix decimals schemas <<<"$set"
  say "watching orders as $name"
  add_connector "$dir" "$name" "$prefix" "$decimals" "$schemas"
done

psql -qXw -v ON_ERROR_STOP=1 -d "$SOURCE_URL" -f "$recordings/workload.sql"

dump() {
  kcat -C -b "$KAFKA_BOOTSTRAP" -t "$1" -o beginning -e -q -J | python3 "$live/as_events.py" >"$dir/dump"
  grep -q 'end of the recording' "$dir/dump"
}
for set in $sets; do
  IFS=: read -r name prefix _ <<<"$set"
  wait_for "the last change" 30 dump "$prefix.public.orders" || die "record.sh: the last change did not arrive in $prefix.public.orders"
  # The last change shares a batch with its partition only: what belongs to the other partitions may be a moment behind.
  sleep 1
  dump "$prefix.public.orders"
  mv "$dir/dump" "$recordings/$name.jsonl"
  say "$name.jsonl: $(wc -l <"$recordings/$name.jsonl") records"
done
