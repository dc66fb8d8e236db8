#!/usr/bin/env bash
# Fuzzes, from the saved inputs on. Builds nothing: cmake --preset fuzz && cmake --build --preset fuzz.
#
#   run.sh                       every target for a minute, one after the other
#   run.sh -target=yaml          only that one; may be given more than once
#   run.sh -together=2           so many targets at once
#   run.sh -junit=FILE           says there as well what came of each
#   run.sh -runs=10000000        as many executions a target, in pieces: what was stopped goes on where it was
#   run.sh -max_total_time=600   this and all else goes to libFuzzer
#
# Each target leaves in build/fuzz/run/NAME: log, exit (a number), found/ (inputs that broke a claim), new/ (inputs that reached new code),
# and done (executions and seconds of -runs so far; remove it to begin again). SLUICE_SEED repeats the random choices of another run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$here/../.." && pwd)/build/fuzz
piece=250000

# Target, longest input, dictionary.
known="decode:1024:json.dict
values:128:values.dict
copy:256:values.dict
yaml:2048:yaml.dict
rest:2048:http.dict
translate:2048:connector.dict
client:512:connector.dict"

# Without one, stacks are addresses.
symbolizer=$(command -v llvm-symbolizer-16 || command -v llvm-symbolizer || true)
[ -z "$symbolizer" ] || export ASAN_SYMBOLIZER_PATH=$symbolizer
# Each exception that is thrown has it walk all frames that it keeps: two thirds of the time of `values`.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

targets=() together=1 junit="" runs="" options=()
for option in "$@"; do
  case $option in
    -target=*) targets+=("${option#*=}") ;;
    -together=*) together=${option#*=} ;;
    -junit=*) junit=${option#*=} ;;
    -runs=*) runs=${option#*=} ;;
    *) options+=("$option") ;;
  esac
done
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cut -d: -f1 <<<"$known")
[ -n "$runs" ] || [ ${#options[@]} -gt 0 ] || options=(-max_total_time=60)
seed=${SLUICE_SEED:-$RANDOM}
for target in "${targets[@]}"; do
  grep -q "^$target:" <<<"$known" || { echo "run.sh: there is no target $target; there are: $(cut -d: -f1 <<<"$known" | xargs)" >&2; exit 2; }
  [ -x "$build/bin/fuzz_$target" ] || { echo "run.sh: $build/bin/fuzz_$target is missing; cmake --preset fuzz && cmake --build --preset fuzz makes it" >&2; exit 2; }
done

fuzz() { # target, seed, options of libFuzzer...
  local target=$1 seed=$2 length dictionary
  IFS=: read -r _ length dictionary < <(grep "^$target:" <<<"$known")
  shift 2
  # 0 would be any seed. Nobody else writes new/: to look there each second for it takes a sixth of the time.
  "$build/bin/fuzz_$target" -seed=$((seed % 4294967295 + 1)) -max_len="$length" -timeout=25 -report_slow_units=5 -dict="$here/$dictionary" \
    -artifact_prefix="$build/run/$target/found/" -print_final_stats=1 -reload=0 "$@" "$build/run/$target/new" "$here/corpus/$target"
}

# As many as are asked for, counted over runs of this script: an interrupted one loses a piece at most.
fuzz_pieces() { # target
  local folder=$build/run/$1 executions=0 seconds=0 begin
  [ ! -e "$folder/done" ] || read -r executions seconds <"$folder/done"
  while [ "$executions" -lt "$runs" ]; do
    begin=$SECONDS
    # Its failure would not end us: whoever asks how we end takes `set -e` away.
    fuzz "$1" $((seed + executions)) -runs=$((runs - executions < piece ? runs - executions : piece)) "${options[@]}" || return
    executions=$((executions + piece)) seconds=$((seconds + SECONDS - begin))
    echo "$executions $seconds" >"$folder/done"
    echo "$1: $executions of $runs executions, $seconds s"
  done
}

one() { # target; answers as libFuzzer did
  local folder=$build/run/$1 code=0
  mkdir -p "$folder/new" "$folder/found"
  rm -f "$folder"/found/*
  if [ -n "$runs" ]; then fuzz_pieces "$1"; else fuzz "$1" "$seed" "${options[@]}"; fi >"$folder/log" 2>&1 || code=$?
  echo $code >"$folder/exit"
  {
    echo "$1: $([ $code = 0 ] && echo sound || echo "BROKEN, exit code $code"), $(grep -ho 'stat::number_of_executed_units: *[0-9]*' "$folder/log" | grep -o '[0-9]*$' | paste -sd+ | bc || true) executions in $SECONDS s, $(grep -o 'cov: [0-9]*' "$folder/log" | tail -n 1 || true)"
    [ $code = 0 ] || tail -n 40 "$folder/log"
    for found in "$folder"/found/*; do
      [ -e "$found" ] || continue
      echo "$(basename "$found"), SLUICE_SEED=$seed; to repeat it:
  /usr/bin/python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.argv[1]))' \\
    $(od -An -v -tx1 "$found" | tr -d ' \n') >input
  build/fuzz/bin/fuzz_$1 input"
    done
  } >"$folder/said"
  cat "$folder/said"
  return $code
}

report() { # to a JUnit file
  local target failures=0
  for target in "${targets[@]}"; do [ "$(cat "$build/run/$target/exit")" = 0 ] || failures=$((failures + 1)); done
  echo "<testsuite name=\"fuzz\" tests=\"${#targets[@]}\" failures=\"$failures\">"
  for target in "${targets[@]}"; do
    echo "<testcase classname=\"fuzz\" name=\"$target\">"
    [ "$(cat "$build/run/$target/exit")" = 0 ] || echo "<failure><![CDATA[$(tr -cd '\11\12\40-\176' <"$build/run/$target/said" | sed 's/]]>/]] >/g')]]></failure>"
    echo "</testcase>"
  done
  echo "</testsuite>"
}

code=0 running=0
for target in "${targets[@]}"; do
  if [ "$running" -ge "$together" ]; then wait -n || code=1; running=$((running - 1)); fi
  (SECONDS=0; one "$target") &
  running=$((running + 1))
done
while [ "$running" -gt 0 ]; do wait -n || code=1; running=$((running - 1)); done
[ -z "$junit" ] || report >"$junit"
exit $code
