#!/usr/bin/env bash
# Sets up and runs the tests. What is missing fails the run: nothing is ever skipped.
#
#   ./tests/run.sh --quick               under 2 minutes: dev build, unit and ABI tests
#   ./tests/run.sh                       under 45 minutes on 2 cores: set-up and everything, then the unit, ABI and integration
#                                        tests again under AddressSanitizer + UBSan and under ThreadSanitizer; a minute of fuzzing a target;
#                                        instruction counts of the decoder against those that are kept.
#                                        The builds for these go on meanwhile, at low priority
#                                        (with ccache: the first time, five builds take a quarter of an hour longer)
#   ./tests/run.sh --soak [--minutes N]  the real stack under a random workload with random faults (soak/README.md), until each has struck
#                                        as often as it should, or for N minutes; the ledger of it is in var/soak.json
#   ./tests/run.sh --repeat [--minutes N]  the fault and end-to-end tests over and over, with rising seeds and, the longer, the fuller counts
#
# SLUICE_SEED=N repeats the random choices of another run. The last line says how many passed and failed.
set -euo pipefail
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../deploy/lib.sh
source "$tests/../deploy/lib.sh"
cd "$SLUICE_ROOT"

usage="usage: run.sh [--quick | --soak [--minutes N] | --repeat [--minutes N]]"
tier=all minutes=""
while [ $# -gt 0 ]; do
  case $1 in
    --quick) tier=quick ;;
    --soak) tier=soak ;;
    --repeat) tier=repeat ;;
    --minutes) minutes=${2:-}; shift
      [[ $minutes =~ ^[1-9][0-9]*$ ]] || die "run.sh: --minutes wants a whole number above 0; $usage" ;;
    *) die "run.sh: unknown option $1; $usage" ;;
  esac
  shift
done

# Debian's own Python: pytest and psycopg2 are packages of it, another one on the PATH may lack them.
python=/usr/bin/python3
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$tests
export SLUICE_SEED=${SLUICE_SEED:-$((RANDOM * 32768 + RANDOM + 1))}
results=$(mktemp -d)
trap 'end_background; rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
background=()  # process groups of our own
touch "$results/suites"

# Fails the run at once: nothing could be tested with what does not build.
build() { # preset
  say "building $1"
  compile "$1" || does_not_build "$1"
}

compile() { # preset, of which only the instruction counts want `release`
  local targets=()
  [ "$1" != release ] || targets=(--target micro_decode)
  { cmake --preset "$1" && cmake --build --preset "$1" "${targets[@]}"; } >"$results/build-$1.log" 2>&1
}

does_not_build() { # preset
  die "run.sh: preset $1 does not build; if something is
missing, ./deploy/setup.sh --tests brings it. The end of the build says:
$(tail -n 30 "$results/build-$1.log")"
}

# A process group of its own, so that what it starts ends with it. Its number is in `started`.
in_background() { # function, arguments...
  set -m
  ("$@") &
  set +m
  started=$!
  background+=("$started")
}

end_background() {
  local group
  for group in "${background[@]}"; do
    kill -- "-$group" 2>/dev/null || true
  done
}

# The tests mostly wait, and what they wait for goes before: so these builds cost them next to nothing.
builder=""
build_meanwhile() { # presets...
  in_background build_at_low_priority "$@"
  builder=$started
}

build_at_low_priority() { # presets...
  renice -n 19 "$BASHPID" >/dev/null
  local preset
  for preset in "$@"; do
    compile "$preset" || exit 1
    touch "$results/built-$preset"
  done
}

await_build() { # preset
  say "building $1, if it is not yet built"
  while [ ! -e "$results/built-$1" ]; do
    kill -0 "$builder" 2>/dev/null || [ -e "$results/built-$1" ] || does_not_build "$1"
    sleep 0.5
  done
}

# A second row of suites beside the first, since both mostly wait. What it says stands together, once it is awaited.
beside=""
run_beside() { # function
  say "$1: beside what follows"
  in_background "$1" >"$results/beside.log" 2>&1
  beside=$started
}

await_beside() {
  local code=0
  wait "$beside" || code=$?
  cat "$results/beside.log"
  [ "$code" = 0 ] || exit "$code"
}

# Both kinds of suite leave a JUnit file; results.py counts in it, and counts a suite without one as failed.
run_ctest() { # suite, preset, labels, options of ctest...
  local suite=$1 preset=$2 labels=$3
  shift 3
  say "$suite"
  echo "$suite" >>"$results/suites"
  ctest --preset "$preset" -L "$labels" --no-tests=error --output-junit "$results/$suite.xml" --test-output-size-passed 10000000 \
    --test-output-size-failed 10000000 "$@" </dev/null || say "$suite FAILED"
}

run_pytest() { # suite, preset, folders or options of pytest...
  local suite=$1 preset=$2
  shift 2
  say "$suite, SLUICE_SEED=$SLUICE_SEED"
  echo "$suite" >>"$results/suites"
  SLUICE_BUILD=$SLUICE_ROOT/build/$preset "$python" -m pytest -c "$tests/pytest.ini" --rootdir "$tests" --durations 5 \
    --junitxml "$results/$suite.xml" "$@" </dev/null || say "$suite FAILED"
}

# Three at once, since each mostly waits. What measures how long something takes is marked `alone`, here and among the faults; in a
# sanitizer's build nothing does.
run_integration() { # suite, preset, options of pytest...
  local suite=$1 preset=$2
  shift 2
  run_pytest "$suite" "$preset" "$tests/integration" --numprocesses 3 "$@"
}

# Each with a broker and a Postgres of its own.
run_faults() { # suite
  run_pytest "$1" dev "$tests/fault" -m "not alone" --numprocesses 2 --dist loadgroup
}

test_quick() {
  build dev
  run_ctest unit dev '^unit$'
  run_ctest abi dev '^abi$'
}

test_all() {
  "$SLUICE_ROOT/deploy/setup.sh" --tests
  test_quick
  build_meanwhile release asan tsan fuzz
  run_ctest integration-cpp dev '^integration$'
  run_integration integration dev -m "not alone"
  run_ctest sim-model-conformance dev '^(sim|model|conformance)$' --parallel 2
  run_beside test_whole_programs
  run_faults fault
  await_beside
  local sanitizer
  for sanitizer in asan tsan; do
    await_build "$sanitizer"
    run_ctest "$sanitizer-unit-abi-integration-cpp" "$sanitizer" '^(unit|abi|integration|conformance)$'
    run_integration "$sanitizer-integration" "$sanitizer"
  done
  await_build fuzz
  run_pytest integration-alone dev "$tests/integration" -m alone
  run_pytest fault-alone dev "$tests/fault" -m alone
  say fuzz
  echo fuzz >>"$results/suites"
  "$tests/fuzz/run.sh" -together=2 -junit="$results/fuzz.xml" || say "fuzz FAILED"
}

test_whole_programs() {
  run_pytest clients dev "$tests/clients"
  run_pytest browser dev "$tests/browser"
  run_pytest monitoring dev "$tests/monitoring"
  run_pytest deploy dev "$tests/deploy"
  run_pytest package dev "$tests/package"
  run_pytest security dev "$tests/security"
  run_pytest e2e dev "$tests/e2e"
  await_build release
  run_ctest micro release '^micro$'
  run_pytest bench dev "$tests/bench"
  run_pytest soak dev "$tests/soak"
}

test_soak() {
  "$SLUICE_ROOT/deploy/setup.sh" --tests
  build dev
  say "soak, SLUICE_SEED=$SLUICE_SEED"
  echo soak >>"$results/suites"
  mkdir -p "$SLUICE_ROOT/var"
  (cd "$tests" && SLUICE_BUILD=$SLUICE_ROOT/build/dev "$python" -m soak ${minutes:+--minutes "$minutes"} --json "$SLUICE_ROOT/var/soak.json" \
    --junit "$results/soak.xml" </dev/null) || say "soak FAILED"
}

test_repeat() {
  minutes=${minutes:-60}
  local end=$((SECONDS + minutes * 60)) round=1
  export SLUICE_SOAK_MINUTES=$minutes
  "$SLUICE_ROOT/deploy/setup.sh" --tests
  build dev
  while [ $SECONDS -lt $end ]; do
    run_faults "fault-round-$round"
    run_pytest "fault-alone-round-$round" dev "$tests/fault" -m alone
    run_pytest "e2e-round-$round" dev "$tests/e2e"
    round=$((round + 1))
    SLUICE_SEED=$((SLUICE_SEED + 1))
  done
}

"test_$tier"
mapfile -t suites <"$results/suites"
"$python" -m harness.results "$results" "${suites[@]}"
