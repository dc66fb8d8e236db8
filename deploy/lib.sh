# shellcheck shell=bash
# Small things that the scripts of this folder share; sourced, never run.

SLUICE_CACHE=${SLUICE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice}
# shellcheck disable=SC2034  # for those who source this
SLUICE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "== $*" >&2; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# Somebody looks at standard error, and sees a line move.
on_terminal() {
  [ -t 2 ] && [ "${TERM:-dumb}" != dumb ] || return 1
  case ${CI:-} in "" | false | 0) ;; *) return 1 ;; esac
}

# show_progress WHAT DONE OF: one line that moves, where somebody looks. clear_progress takes it away, before anything else is said.
show_progress() {
  on_terminal || return 0
  local bar="##############################.............................." full=0
  [ "$3" -le 0 ] || full=$(($2 < $3 ? $2 * 30 / $3 : 30))
  printf '\r\033[K%s [%s] %s of %s' "$1" "${bar:30 - full:30}" "$2" "$3" >&2
}
clear_progress() { ! on_terminal || printf '\r\033[K' >&2; }

# need_space FOLDER MEGABYTES: builds and databases on a full disk fail in ways that nobody understands.
need_space() {
  local free
  free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge "$2" ] || die "$1 has $free MB free, $2 MB are needed: free some room, or name another folder"
}

# The folder of the newest Postgres server's programs.
postgres_bin() {
  local found
  # shellcheck disable=SC2012  # Debian's names of versions hold nothing odd
  found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | while read -r folder; do
    [ -x "$folder/initdb" ] && echo "$folder"; done | tail -n 1)
  [ -n "$found" ] && echo "$found"
}

# Kafka 4 needs Java 17 or newer: an installed one will do.
java_package() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p')
  if [ "${version:-0}" -ge 17 ]; then echo ""; else echo openjdk-17-jdk-headless; fi
}

# A TCP port on loopback that nobody listens on now.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_for WHAT SECONDS COMMAND...: until the command succeeds. Says what did not come, and fails.
wait_for() {
  local what=$1 seconds=$2 end
  shift 2
  end=$(($(date +%s) + seconds))
  until "$@" >/dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$end" ]; then
      say "not within $seconds s: $what"
      return 1
    fi
    sleep 0.1
  done
}

# What to put before a command that only root may do: nothing for root, sudo where it asks for no password. Fails for others.
become_root() {
  if [ "$(id -u)" = 0 ]; then echo ""
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then echo sudo
  else return 1
  fi
}

# The Debian mirror that the system's own apt uses.
debian_mirror() {
  local found
  found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    awk '/^URIs:/ { for (i = 2; i <= NF; i++) print $i }
         /^deb /  { sub(/^deb +(\[[^]]*\] +)?/, ""); print $1 }' | awk '/\/debian\/?$/ && !found { print; found = 1 }' || true)
  echo "${found:-http://deb.debian.org/debian}"
}
