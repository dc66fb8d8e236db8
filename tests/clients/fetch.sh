#!/usr/bin/env bash
# Brings the real clients of Kafka Connect that test_clients.py runs into the cache folder, and builds the two that are programs
# of ours around them. Done once; again where one of the files that say what is wanted has changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$here/../../deploy/lib.sh"

clients=$SLUICE_CACHE/clients
wanted=$(cd "$here" && cat fetch.sh requirements.txt go/* java/* | sha256sum)
if [ "$(cat "$clients/complete" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

say "fetching the clients of Kafka Connect (once; kept in $clients)"
rm -rf "$clients"
mkdir -p "$clients" "$SLUICE_CACHE/logs"
need_space "$clients" 400
log=$SLUICE_CACHE/logs/clients.log
: >"$log"
step() { # what, command...
  local what=$1
  shift
  "$@" >>"$log" 2>&1 || die "clients/fetch.sh: $what failed; the end of $log says:
$(tail -n 8 "$log")"
}

# Debian's Python, as the tests have it; another one on the PATH may lack venv.
step "making a Python environment" /usr/bin/python3 -m venv "$clients/python"
step "pip" "$clients/python/bin/pip" install --no-deps -r "$here/requirements.txt"
step "Maven" mvn -B -q -f "$here/java/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
  -DoutputDirectory="$clients/java"
step "javac" javac -cp "$clients/java/*" -d "$clients/java/classes" "$here/java/Story.java"
step "go build" env -C "$here/go" go build -o "$clients/go-client" .
printf '%s\n' "$wanted" >"$clients/complete"
