#!/usr/bin/env bash
# Makes the passwords of the compose file, each a file of deploy/docker/secrets, once: what is there stays as it is.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# SLUICE_SECRETS is for the tests.
folder=${SLUICE_SECRETS:-$here/secrets}
# Nobody else gets into the folder. The files themselves have to be readable by the users of the containers, whose numbers differ.
install -d -m 700 "$folder"
for name in postgres shop warehouse grafana; do
  if [ -e "$folder/$name" ]; then continue; fi
  # Without a line's end: Kafka Connect would take it for part of the password.
  printf '%s' "$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')" >"$folder/$name"
  chmod 444 "$folder/$name"
done
