#!/usr/bin/env bash
# Brings what reads PromQL, and what Grafana 10.4 says about itself, its units and the options of its panels, into the cache folder.
# Done once; again where one of the files that say what is wanted has changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$here/../../deploy/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deploy/fetch_once.sh
source "$here/../../deploy/fetch_once.sh"

cd "$here"
begin_fetch monitoring "what checks dashboards and alerts" 150 fetch.sh requirements.txt package.json

# For Debian's Python, which runs the tests.
step "making a Python environment" /usr/bin/python3 -m venv "$into/python"
step "pip" "$into/python/bin/pip" install --no-deps --target "$into/modules" -r "$here/requirements.txt"
cp "$here/package.json" "$into"
step "npm" npm --prefix "$into" install --no-package-lock --no-audit --no-fund
# Without what it stands on: only its file of units is read.
step "npm" npm pack --silent --pack-destination "$into" @grafana/data@10.4.0
step "tar" tar -xzf "$into/grafana-data-10.4.0.tgz" -C "$into" package/dist/esm/valueFormats
end_fetch
