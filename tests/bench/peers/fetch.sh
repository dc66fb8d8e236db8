#!/usr/bin/env bash
# Brings Spark 3.4.1, the engine of the job that sluice replaces, into the cache folder: pyspark from PyPI in a Python environment
# of its own, its Kafka source and the Postgres driver from Maven Central. Done once; again where one of the files that say what is
# wanted has changed. Kafka Connect and Debezium's JDBC sink, the other peer, come with deploy/live/fetch.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../../deploy/lib.sh
source "$here/../../../deploy/lib.sh"

peers=$SLUICE_CACHE/peers
wanted=$(cd "$here" && cat fetch.sh requirements.txt pom.xml | sha256sum)
if [ "$(cat "$peers/complete" 2>/dev/null)" = "$wanted" ]; then exit 0; fi

say "fetching Spark (once; kept in $peers)"
rm -rf "$peers"
mkdir -p "$peers/build" "$SLUICE_CACHE/logs"
need_space "$peers" 1500
log=$SLUICE_CACHE/logs/peers.log
: >"$log"
step() { # what, command...
  local what=$1
  shift
  "$@" >>"$log" 2>&1 || die "peers/fetch.sh: $what failed; the end of $log says:
$(tail -n 8 "$log")"
}

# Debian's Python, as the benchmark has it; another one on the PATH may lack venv.
step "making a Python environment" /usr/bin/python3 -m venv "$peers/python"
# Not in /tmp, which may be small: the package is built from 300 MB of source.
step "pip" env TMPDIR="$peers/build" "$peers/python/bin/pip" install --no-cache-dir --no-deps -r "$here/requirements.txt"
rm -rf "$peers/build"
# Spark itself comes with pyspark: these are all that its Kafka source needs beyond that.
step "Maven" mvn -B -q -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
  -DincludeArtifactIds=spark-sql-kafka-0-10_2.12,spark-token-provider-kafka-0-10_2.12,kafka-clients,commons-pool2,postgresql \
  -DoutputDirectory="$peers/jars"
printf '%s\n' "$wanted" >"$peers/complete"
