#!/usr/bin/env bash
# The benchmark: one command, from a fresh checkout to a table of rates, ratios and goals. README.md says what is measured how.
#
#   tests/bench/run.sh [--repeat N] [--only PATTERN] [--events N] [--peers] [--growth] [--watched] [--json FILE] [--svg FILE] [--compare FILE]
#
# The exit code is 1 if the rows of any run were not exactly those sent. Whether a goal was met is printed, and no error.
set -euo pipefail
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$bench/../../deploy/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deploy/host.sh
source "$SLUICE_ROOT/deploy/host.sh"

# Debian's own Python: psycopg2 is a package of it, another one on the PATH may lack it.
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$SLUICE_ROOT/tests SLUICE_BUILD=$SLUICE_ROOT/build/release
python=/usr/bin/python3

case " $* " in
  *" --help "* | *" -h "*) exec "$python" -m bench --help ;;
esac
case " $* " in
  *" --peers "*) "$SLUICE_ROOT/deploy/setup.sh" --peers ;;
  *) "$SLUICE_ROOT/deploy/setup.sh" --bench ;;
esac
mkdir -p "$SLUICE_CACHE/logs"
build_release sluice debezium-postgres-sink sluice-events
exec "$python" -m bench "$@"
