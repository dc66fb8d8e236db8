#!/usr/bin/env bash
# Brings what the browser's tests stand on into the cache folder: Playwright, which drives Debian's Chromium, and axe-core, which knows
# what people who cannot see or point need. Done once; again where one of the files that say what is wanted has changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$here/../../deploy/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deploy/fetch_once.sh
source "$here/../../deploy/fetch_once.sh"

cd "$here"
begin_fetch browser "what drives the browser" 300 fetch.sh requirements.txt package.json

# For Debian's Python, which runs the tests.
step "making a Python environment" /usr/bin/python3 -m venv "$into/python"
step "pip" "$into/python/bin/pip" install --no-deps --target "$into/modules" -r "$here/requirements.txt"
cp "$here/package.json" "$into"
step "npm" npm --prefix "$into" install --no-package-lock --no-audit --no-fund
end_fetch
