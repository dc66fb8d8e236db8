#!/usr/bin/env bash
# Brings Kafka, Kafka Connect and Debezium's Postgres connector into the cache folder, from Maven Central; once.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../lib.sh
source "$here/../lib.sh"
# shellcheck source-path=SCRIPTDIR source=versions.sh
source "$here/versions.sh"

if [ -e "$stack/complete" ]; then exit 0; fi

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
log=$SLUICE_CACHE/logs/live.log
# By its full name and version: asked for as `dependency` alone, Maven hides why it could not be fetched.
plugin=org.apache.maven.plugins:maven-dependency-plugin:2.8
fetch() { (cd "$stack" && mvn -B -q "$@") >>"$log" 2>&1 || die "live/fetch.sh: Maven could not fetch; the end of $log says:
$(tail -n 8 "$log")"; }
: >"$log"
fetch $plugin:copy-dependencies -DoutputDirectory="$stack/libs"
fetch $plugin:copy -Dartifact=io.debezium:debezium-connector-postgres:"$debezium":tar.gz:plugin -DoutputDirectory="$stack"
tar -xf "$stack"/debezium-connector-postgres-*.tar.gz -C "$stack/plugins"
rm "$stack"/debezium-connector-postgres-*.tar.gz
touch "$stack/complete"
