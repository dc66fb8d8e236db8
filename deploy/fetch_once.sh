# shellcheck shell=bash
# For scripts that fetch something into a folder of the cache: once, and again where one of the files that say what is wanted has
# changed. Sourced after lib.sh, never run.

# begin_fetch NAME WHAT MEGABYTES FILE...: $into, a new folder. Ends the script where all is there already.
begin_fetch() {
  local name=$1 what=$2 megabytes=$3
  shift 3
  into=$SLUICE_CACHE/$name
  fetch_wanted=$(cat "$@" | sha256sum)
  if [ "$(cat "$into/complete" 2>/dev/null)" = "$fetch_wanted" ]; then exit 0; fi
  say "fetching $what (once; kept in $into)"
  rm -rf "$into"
  mkdir -p "$into" "$SLUICE_CACHE/logs"
  need_space "$into" "$megabytes"
  fetch_log=$SLUICE_CACHE/logs/$name.log
  : >"$fetch_log"
}

step() { # what, command...
  local what=$1
  shift
  "$@" >>"$fetch_log" 2>&1 || die "fetching into $into: $what failed; the end of $fetch_log says:
$(tail -n 8 "$fetch_log")"
}

end_fetch() { printf '%s\n' "$fetch_wanted" >"$into/complete"; }
