#!/usr/bin/env bash
# Installs what a bare Debian 12 (or newer) lacks to build and run sluice, and builds the two libraries that it has too
# old. Running it again costs a second: packages that are there are not asked for, libraries come from the cache folder.
#
#   ./deploy/setup.sh           compiler, libraries, Postgres server: enough for ./deploy/quickstart.sh
#   ./deploy/setup.sh --live    Java, Maven, Kafka, Connect and Debezium as well: for the whole pipeline
#   ./deploy/setup.sh --bench   that, and what the benchmark needs
#   ./deploy/setup.sh --peers   that, and Spark: what tests/bench/run.sh --peers compares sluice with
#   ./deploy/setup.sh --tests   everything, and what the tests need
#
# Nothing is changed outside the package database and the cache folder (SLUICE_CACHE, default ~/.cache/sluice): no apt
# source is added to the system, no service is left running.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/lib.sh"

live=no bench=no peers=no tests=no
for argument in "$@"; do
  case $argument in
    --live) live=yes ;;
    --bench) live=yes bench=yes ;;
    --peers) live=yes bench=yes peers=yes ;;
    --tests) live=yes bench=yes tests=yes ;;
    *) die "setup.sh: unknown option $argument; it knows --live, --bench, --peers and --tests" ;;
  esac
done

librdkafka_suites="forky trixie"   # forky has 2.14.2; trixie's 2.8.0 is the floor
libpqxx_suites="trixie forky"      # trixie has 7.10.0
deps=${SLUICE_DEPS:-$SLUICE_CACHE/deps}
logs=$SLUICE_CACHE/logs
mkdir -p "$deps" "$logs" 2>/dev/null || die "setup.sh: cannot write to $SLUICE_CACHE; set SLUICE_CACHE to a folder of yours"

need_space "$SLUICE_CACHE" 1500

# ---- packages -------------------------------------------------------------------------------------------------------

wanted="ca-certificates g++ cmake ninja-build pkg-config make dpkg-dev file
  libssl-dev libsasl2-dev libzstd-dev liblz4-dev zlib1g-dev libcurl4-openssl-dev libpq-dev
  rapidjson-dev libsimdjson-dev libyaml-cpp-dev libboost-dev doctest-dev libfmt-dev libspdlog-dev libcli11-dev prometheus-cpp-dev
  postgresql-client python3 curl procps util-linux"
server=$(postgres_bin || true)
[ -n "$server" ] || wanted="$wanted postgresql"
command -v npm >/dev/null || wanted="$wanted nodejs npm"
[ $live = no ] || wanted="$wanted maven $(java_package)"
[ $bench = no ] || wanted="$wanted python3-psycopg2 python3-tqdm kcat"
[ $peers = no ] || wanted="$wanted python3-venv"
[ $tests = no ] || wanted="$wanted python3-pytest python3-pytest-xdist python3-yaml python3-prometheus-client python3-confluent-kafka gdb valgrind pgbouncer shellcheck clang-16 libclang-rt-16-dev python3-venv chromium fonts-dejavu-core zsh fish debootstrap spin python3-seccomp man-db systemd libfaketime ccache"
[ $tests = no ] || command -v go >/dev/null || wanted="$wanted golang-go"
[ $tests = no ] || command -v javac >/dev/null || wanted="$wanted default-jdk-headless"

missing=""
for package in $wanted; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done

if [ -n "$missing" ]; then
  as_root=$(become_root) || die "setup.sh: these packages are missing and only root can install them; run this, then try again:
  apt-get install --no-install-recommends$missing"
  say "installing:$missing"
  # Debian's postgresql starts a server of its own on port 5432 when it is installed; we only want the programs.
  policy=/etc/postgresql-common/createcluster.conf made=no
  if [[ " $missing " == *" postgresql "* && ! -e $policy ]]; then
    made=yes
    $as_root mkdir -p "${policy%/*}"
    echo "create_main_cluster = false" | $as_root tee "$policy" >/dev/null
  fi
  install() { $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    -o Dpkg::Options::=--force-confold $missing; }
  $as_root apt-get update >"$logs/apt.log" 2>&1 || true
  install >>"$logs/apt.log" 2>&1 || die "setup.sh: apt-get could not install the packages; the end of $logs/apt.log says:
$(tail -n 8 "$logs/apt.log")"
  # The default comes back, so that a later installation of a server behaves as its owner expects.
  if [ $made = yes ]; then
    echo "# create_main_cluster = true" | $as_root tee "$policy" >/dev/null
  fi
fi

# ---- librdkafka and libpqxx, where the system's are too old ------------------------------------------------------------

has() { PKG_CONFIG_PATH=$deps/lib/pkgconfig pkg-config --exists "$1" 2>/dev/null; }

# Debian's own signed source packages of a newer suite, by a private list: the system's apt is left as it is.
fetch_source() { # package, suites, folder
  local package=$1 suites=$2 folder=$3 mirror suite
  mirror=$(debian_mirror)
  mkdir -p "$folder/lists/partial"
  for suite in $suites; do
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$folder/list"
    local options=(-o "Dir::Etc::sourcelist=$folder/list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$folder/lists"
      -o APT::Sandbox::User=root)
    if apt-get "${options[@]}" update && (cd "$folder" && apt-get "${options[@]}" source --download-only "$package/$suite"); then
      return 0
    fi
  done
  return 1
}

build_librdkafka() {
  fetch_source librdkafka "$librdkafka_suites" "$work"
  mkdir "$work/tree"
  # The pristine tree: Debian's patched one wants a step that regenerates code.
  tar -xf "$work"/librdkafka_*.orig.tar.* -C "$work/tree" --strip-components=1
  # Not cmake: librdkafka's CMake builds of 2.11 to 2.14 never raise ALL_BROKERS_DOWN (librdkafka #5282).
  (cd "$work/tree" && ./configure --prefix="$deps" --enable-static --disable-debug-symbols &&
    make -j"$(nproc)" libs && make install-subdirs)
}

build_libpqxx() {
  fetch_source libpqxx "$libpqxx_suites" "$work"
  (cd "$work" && dpkg-source --no-check -x libpqxx_*.dsc tree)
  cmake -S "$work/tree" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$deps" \
    -DCMAKE_INSTALL_LIBDIR=lib -DSKIP_BUILD_TEST=ON -DBUILD_SHARED_LIBS=OFF -DCMAKE_CXX_STANDARD=20 \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON
  cmake --build "$work/build" && cmake --install "$work/build"
}

for library in librdkafka:rdkafka-static:2.8 libpqxx:libpqxx:7.9; do
  IFS=: read -r name module floor <<<"$library"
  if has "$module >= $floor"; then continue; fi
  say "building $name (once; kept in $deps)"
  work=$(mktemp -d "$SLUICE_CACHE/build-$name.XXXXXX")
  # A subshell with its own `set -e`: a failure in any step of a build must not go on to the next.
  set +e
  (set -euo pipefail; "build_$name") >"$logs/$name.log" 2>&1
  code=$?
  set -e
  rm -rf "$work"
  [ $code = 0 ] && has "$module >= $floor" || die "setup.sh: building $name failed; the end of $logs/$name.log says:
$(tail -n 8 "$logs/$name.log")"
done

[ $live = no ] || "$here/live/fetch.sh"
[ $tests = no ] || "$SLUICE_ROOT/tests/clients/fetch.sh"
[ $tests = no ] || "$SLUICE_ROOT/tests/browser/fetch.sh"
[ $tests = no ] || "$SLUICE_ROOT/tests/monitoring/fetch.sh"
[ $tests = no ] || "$SLUICE_ROOT/tests/deploy/fetch.sh"
[ $tests = no ] || "$SLUICE_ROOT/tests/package/fetch.sh"
[ $peers = no ] || "$SLUICE_ROOT/tests/bench/peers/fetch.sh"

# The programs alone: their package would start a server.
if [ $tests = yes ] && { [ ! -x "$SLUICE_CACHE/promtool" ] || [ ! -x "$SLUICE_CACHE/prometheus" ]; }; then
  say "fetching Prometheus"
  work=$(mktemp -d "$SLUICE_CACHE/prometheus-package.XXXXXX")
  (cd "$work" && apt-get -o APT::Sandbox::User=root download prometheus && dpkg-deb -x prometheus_*.deb . &&
    mv usr/bin/promtool usr/bin/prometheus "$SLUICE_CACHE") >"$logs/prometheus.log" 2>&1 ||
    die "setup.sh: Prometheus could not be fetched; the end of $logs/prometheus.log says:
$(tail -n 8 "$logs/prometheus.log")"
  rm -rf "$work"
fi
