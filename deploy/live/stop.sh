#!/usr/bin/env bash
# Ends what start.sh started in DIR, whatever part of it still runs: ./deploy/live/stop.sh DIR
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=stack.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/stack.sh"

[ $# = 1 ] || die "usage: stop.sh DIR"
dir=$(cd "$1" 2>/dev/null && pwd) || die "stop.sh: there is no folder $1"

# Connect takes long to say goodbye, and its offsets are of no use to anybody once the source is gone.
if runs "$dir" connect; then kill -9 "$(cat "$dir/connect.pid")"; fi
if runs "$dir" kafka; then kill "$(cat "$dir/kafka.pid")"; fi
# What cannot be stopped must not keep the rest from being stopped.
if [ -d "$dir/source/data" ]; then "$SLUICE_ROOT/deploy/postgres.sh" stop "$dir/source" || true; fi
gone() { ! runs "$dir" kafka; }
wait_for kafka 10 gone || kill -9 "$(cat "$dir/kafka.pid")"
rm -f "$dir/connect.pid" "$dir/kafka.pid"
