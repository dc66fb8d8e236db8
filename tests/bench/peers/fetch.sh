#!/usr/bin/env bash
# Brings Spark 3.4.1, the engine of the job that sluice replaces, into the cache folder: pyspark from PyPI in a Python environment
# of its own, its Kafka source and the Postgres driver from Maven Central. Done once; again where one of the files that say what is
# wanted has changed. Kafka Connect and Debezium's JDBC sink, the other peer, come with deploy/live/fetch.sh.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../../../deploy/lib.sh
source "$here/../../../deploy/lib.sh"
# shellcheck source-path=SCRIPTDIR source=../../../deploy/fetch_once.sh
source "$here/../../../deploy/fetch_once.sh"

cd "$here"
begin_fetch peers "Spark" 1500 fetch.sh requirements.txt pom.xml

# Debian's Python, as the benchmark has it; another one on the PATH may lack venv.
step "making a Python environment" /usr/bin/python3 -m venv "$into/python"
# Not in /tmp, which may be small: the package is built from 300 MB of source.
mkdir "$into/build"
step "pip" env TMPDIR="$into/build" "$into/python/bin/pip" install --no-cache-dir --no-deps -r "$here/requirements.txt"
rm -rf "$into/build"
# Spark itself comes with pyspark: these are all that its Kafka source needs beyond that.
step "Maven" mvn -B -q -f "$here/pom.xml" org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies \
  -DincludeArtifactIds=spark-sql-kafka-0-10_2.12,spark-token-provider-kafka-0-10_2.12,kafka-clients,commons-pool2,postgresql \
  -DoutputDirectory="$into/jars"
end_fetch
