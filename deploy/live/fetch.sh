#!/usr/bin/env bash
# Brings Kafka, Kafka Connect and Debezium's Postgres connector into the cache folder, from Maven Central; once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$here/versions.sh"

# The sink came later: a stack that was complete without it gets it in addition.
if [ -e "$stack/complete" ] && [ -d "$stack/plugins/debezium-connector-jdbc" ]; then exit 0; fi

log=$SLUICE_CACHE/logs/live.log
# By its full name and version: asked for as `dependency` alone, Maven hides why it could not be fetched.
plugin=org.apache.maven.plugins:maven-dependency-plugin:2.8
fetch() { (cd "$stack" && mvn -B -q "$@") >>"$log" 2>&1 || die "live/fetch.sh: Maven could not fetch; the end of $log says:
$(tail -n 8 "$log")"; }

# fetch_connector NAME: Debezium's connector into the folder of plugins, whole or not at all.
fetch_connector() {
  fetch $plugin:copy -Dartifact=io.debezium:"$1":"$debezium":tar.gz:plugin -DoutputDirectory="$stack"
  mkdir -p "$stack/unpacking"
  tar -xf "$stack/$1"-*.tar.gz -C "$stack/unpacking"
  mv "$stack/unpacking/$1" "$stack/plugins"
  rm -r "$stack/unpacking" "$stack/$1"-*.tar.gz
}
if [ -e "$stack/complete" ]; then
  say "fetching Debezium's JDBC sink $debezium (once; kept in $stack)"
  fetch_connector debezium-connector-jdbc
  exit 0
fi

say "fetching Kafka $kafka and Debezium $debezium (once; kept in $stack)"
rm -rf "$stack"
mkdir -p "$stack/libs" "$stack/plugins" "$SLUICE_CACHE/logs"
need_space "$stack" 700
artifacts=""
for name in kafka_2.13 kafka-tools connect-runtime connect-json connect-file connect-transforms; do
  artifacts="$artifacts
    <dependency><groupId>org.apache.kafka</groupId><artifactId>$name</artifactId><version>$kafka</version></dependency>"
done
cat >"$stack/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>live</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>$artifacts
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
  </dependencies>
</project>
POM
: >"$log"
fetch $plugin:copy-dependencies -DoutputDirectory="$stack/libs"
fetch_connector debezium-connector-postgres
fetch_connector debezium-connector-jdbc
touch "$stack/complete"
