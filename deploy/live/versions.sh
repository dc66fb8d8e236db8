# shellcheck shell=bash disable=SC2034
# The live stack's versions, and the folder that fetch.sh keeps them in; sourced after lib.sh.
kafka=4.1.1 debezium=3.3.1.Final
stack=$SLUICE_CACHE/live-kafka-$kafka-debezium-$debezium
