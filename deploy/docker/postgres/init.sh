#!/usr/bin/env bash
# What a new Postgres gets, once: a role that owns a database, and the tables that FILE makes in it. The image runs this as its
# superuser, by the socket, before it opens its port. ROLE, ROLE_OPTIONS, DATABASE and FILE say what; /run/secrets/$ROLE has the
# password.
set -euo pipefail

# SECRETS is for the tests.
psql -qXv ON_ERROR_STOP=1 -d postgres -v role="$ROLE" -v database="$DATABASE" -v password="$(cat "${SECRETS:-/run/secrets}/$ROLE")" <<SQL
CREATE ROLE :"role" LOGIN ${ROLE_OPTIONS:-} PASSWORD :'password';
CREATE DATABASE :"database" OWNER :"role";
SQL
# As the owner, so that the tables are the owner's.
psql -qXv ON_ERROR_STOP=1 -d "$DATABASE" -c "SET ROLE \"$ROLE\"" -f "$FILE"
