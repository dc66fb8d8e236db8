#!/usr/bin/env bash
# What a record costs from its bytes to its row: instructions, counted by callgrind, and allocations. They do not depend on what
# else the machine does, so that a slower decoder shows in review. Takes half a minute. Builds nothing:
#   cmake --preset release && cmake --build --preset release --target micro_decode
#
#   tests/micro/run.sh                  fails where a case needs more than tests/micro/figures.json has
#   tests/micro/run.sh --renew          writes what was counted into it
#   tests/micro/run.sh --only PATTERN   the cases that have PATTERN in their names
set -euo pipefail
exec env PYTHONPATH="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -m micro.counts "$@"
