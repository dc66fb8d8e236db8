#!/usr/bin/env bash
# Brings what judges deploy/docker and deploy/kubernetes into the cache folder: linters from PyPI, npm and Go's proxy, and the code by
# which Compose, BuildKit and kubectl read those files (go/). Done once; again where one of the files that say what is wanted has changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$here/../../deploy/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deploy/fetch_once.sh
source "$here/../../deploy/fetch_once.sh"

cd "$here"
begin_fetch deploy "what judges the files for containers" 1200 fetch.sh requirements.txt package.json go/*

# Debian's Python, as the tests have it; another one on the PATH may lack venv.
step "making a Python environment" /usr/bin/python3 -m venv "$into/python"
step "pip" "$into/python/bin/pip" install --no-deps -r "$here/requirements.txt"
cp "$here/package.json" "$into"
step "npm" npm --prefix "$into" install --no-package-lock --no-audit --no-fund
step "go build" env -C "$here/go" go build -o "$into/checks" .
# The newest that Debian's Go can build.
step "kube-score" env -C "$into" GOFLAGS= GOBIN="$into" go install github.com/zegl/kube-score/cmd/kube-score@v1.17.0
# KEDA's own definitions of its objects; nothing of it is built.
step "KEDA" env -C "$into" go mod download github.com/kedacore/keda/v2@v2.21.0
keda=$(env -C "$into" go env GOMODCACHE)/github.com/kedacore/keda/v2@v2.21.0
install -D -m 644 -t "$into/keda" "$keda"/config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml "$keda/pkg/scalers/kafka_scaler.go"
end_fetch
