#!/usr/bin/env bash
# A copy of a source with one bug planted: apply.sh PATCH SOURCE COPY
set -euo pipefail
cp "$2" "$3"
patch --quiet --no-backup-if-mismatch --reject-file=- "$3" "$1" >"$3.log" 2>&1 && exit 0
rm -f "$3"
echo "tests/sim/mutants: $(basename "$1") no longer applies to $2, which has changed: plant the bug anew and write the patch again. patch says:
$(cat "$3.log")" >&2
exit 1
