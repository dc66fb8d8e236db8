#!/usr/bin/env bash
# Brings what the browser's tests stand on into the cache folder: Playwright, which drives Debian's Chromium, and axe-core, which knows
# what people who cannot see or point need. Done once; again where one of the files that say what is wanted has changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$here/../../deploy/lib.sh"

browser=$SLUICE_CACHE/browser
wanted=$(cd "$here" && cat fetch.sh requirements.txt package.json | sha256sum)
if [ "$(cat "$browser/complete" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

say "fetching what drives the browser (once; kept in $browser)"
rm -rf "$browser"
mkdir -p "$browser" "$SLUICE_CACHE/logs"
need_space "$browser" 300
log=$SLUICE_CACHE/logs/browser.log
: >"$log"
step() { # what, command...
  local what=$1
  shift
  "$@" >>"$log" 2>&1 || die "browser/fetch.sh: $what failed; the end of $log says:
$(tail -n 8 "$log")"
}

# For Debian's Python, which runs the tests.
step "making a Python environment" /usr/bin/python3 -m venv "$browser/python"
step "pip" "$browser/python/bin/pip" install --no-deps --target "$browser/modules" -r "$here/requirements.txt"
cp "$here/package.json" "$browser"
step "npm" npm --prefix "$browser" install --no-package-lock --no-audit --no-fund
printf '%s\n' "$wanted" >"$browser/complete"
