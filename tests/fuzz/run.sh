#!/usr/bin/env bash
# Fuzzes the decoder, from the saved inputs on, for a minute or as libFuzzer's options say: run.sh -runs=10000000. Builds
# nothing: cmake --preset fuzz && cmake --build --preset fuzz. SLUICE_SEED repeats the random choices of another run.
#
# New inputs that reach new code are in build/fuzz/new until the next run. To keep them:
#   build/fuzz/bin/fuzz_decode -merge=1 tests/fuzz/corpus/decode build/fuzz/new
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$here/../.." && pwd)/build/fuzz
[ $# -gt 0 ] || set -- -max_total_time=60 -verbosity=0
seed=$((${SLUICE_SEED:-$RANDOM} % 4294967295 + 1))  # 0 would be any

rm -rf "$build/new" "$build/found"
mkdir -p "$build/new" "$build/found"
code=0
"$build/bin/fuzz_decode" -seed=$seed -max_len=1024 -timeout=5 -report_slow_units=2 -entropic=0 -dict="$here/json.dict" \
  -artifact_prefix="$build/found/" -print_final_stats=1 "$@" "$build/new" "$here/corpus/decode" || code=$?

for found in "$build"/found/*; do
  [ -e "$found" ] || continue
  echo "
$(basename "$found"), SLUICE_SEED=${SLUICE_SEED:-$((seed - 1))}; to repeat it:
  /usr/bin/python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' \\
    $(od -An -v -tx1 "$found" | tr -d ' \n') >input
  build/fuzz/bin/fuzz_decode input"
done
exit $code
