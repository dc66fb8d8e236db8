#!/usr/bin/env bash
# Brings the real clients of Kafka Connect that test_clients.py runs into the cache folder, and builds the two that are programs
# of ours around them. Done once; again where one of the files that say what is wanted has changed.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../deploy/lib.sh
source "$here/../../deploy/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../deploy/fetch_once.sh
source "$here/../../deploy/fetch_once.sh"

cd "$here"
begin_fetch clients "the clients of Kafka Connect" 400 fetch.sh requirements.txt go/* java/*

# Debian's Python, as the tests have it; another one on the PATH may lack venv.
step "making a Python environment" /usr/bin/python3 -m venv "$into/python"
step "pip" "$into/python/bin/pip" install --no-deps -r "$here/requirements.txt"
step "Maven" mvn -B -q -f "$here/java/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
  -DoutputDirectory="$into/java"
step "javac" javac -cp "$into/java/*" -d "$into/java/classes" "$here/java/Story.java"
step "go build" env -C "$here/go" go build -o "$into/go-client" .
end_fetch
