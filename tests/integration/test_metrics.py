"""/metrics: clean for Prometheus's own checker, equal to what Kafka's own tool says, and a delay is told where it was."""

import json
import time

import confluent_kafka
import pytest

from harness import events, kcat, paths, waits
from harness.flow import Flow
from harness.metrics import Metrics, check

TOPIC = "dbserver1.public.orders"
LEGS = ("source_to_debezium", "debezium_to_kafka", "kafka_to_sluice", "sluice_to_durable")


def test_what_prometheus_reads_is_clean_and_tells_of_each_row(flow, hosts, sink):
    kcat.produce(flow.bootstrap, TOPIC, 0, [*events.inserts(10), events.envelope("u", 3, lsn=2000), events.envelope("d", 4, lsn=2001), ('{"order_id": 4}', None)])
    host = hosts(flow.bootstrap)
    host.connector("orders", sink())
    host.connector("idle", sink(topics="no.such.topic"))
    host.start()
    flow.wait_written()
    metrics = Metrics(host.rest)
    assert check(metrics.text) == ""
    assert metrics.type.startswith("text/plain; version=0.0.4")

    here = {"connector": "orders", "task": "0"}
    assert metrics.by("operation", "sluice_debezium_postgres_sink_changes_total", **here) == {
        "insert": 10, "update": 1, "delete": 1, "snapshot": 0, "truncate": 0}
    assert metrics.by("kind", "sluice_debezium_postgres_sink_records_skipped_total", **here)["tombstone"] == 1
    for name in ("read_total", "send_total", "written_total"):
        assert metrics.sum(f"sluice_sink_task_sink_record_{name}", **here) == 13, name
    assert metrics.sum("sluice_sink_task_batch_records_sum", **here) == 13
    assert metrics.sum("sluice_sink_task_put_batch_time_seconds_count", **here) >= 1
    assert metrics.sum("sluice_debezium_postgres_sink_commit_seconds_count", **here) >= 1
    assert metrics.by("partition", "sluice_sink_task_partition_position", **here)["0"] == 13
    assert metrics.by("status", "sluice_connector_status", connector="orders")["running"] == 1
    assert metrics.sum("sluice_connect_worker_connectors") == 2
    assert metrics.sum("process_resident_memory_bytes") > 1 << 20


def test_a_failed_task_stays_and_says_what_it_did_before(flow, hosts, sink):
    kcat.produce(flow.bootstrap, TOPIC, 0, events.inserts(5))
    host = hosts(flow.bootstrap)
    host.connector("orders", sink())
    host.start()
    flow.wait_written()
    kcat.produce(flow.bootstrap, TOPIC, 0, [('{"order_id": 1}', "this is no event")])
    host.wait_failed("orders")
    metrics = Metrics(host.rest)
    assert metrics.by("status", "sluice_connector_task_status", connector="orders")["failed"] == 1
    assert metrics.by("class", "sluice_task_error_failures_total", connector="orders")["fatal"] == 1
    assert metrics.sum("sluice_debezium_postgres_sink_changes_total", connector="orders") == 5


def test_a_database_that_is_away_is_seen_as_waiting_with_a_lag_that_grows(flow, hosts, sink, postgres_server):
    kcat.produce(flow.bootstrap, TOPIC, 0, events.inserts(5))
    host = hosts(flow.bootstrap)
    host.connector("orders", sink())
    host.start()
    flow.wait_written()
    flow.db.sql("ALTER TABLE orders_ledger RENAME TO elsewhere")
    kcat.produce(flow.bootstrap, TOPIC, 0, events.inserts(7, first=100))

    def stuck():
        metrics = Metrics(host.rest)
        assert metrics.sum("sluice_connector_task_blocked", connector="orders") == 1
        assert metrics.sum("sluice_sink_task_sink_record_lag", connector="orders") == 7
        assert metrics.by("class", "sluice_task_error_failures_total", connector="orders")["retry"] >= 1
        return True
    waits.until("the metrics tell of it", stuck, 20)


def test_the_lag_is_what_kafkas_own_tool_says(kafka, db, hosts, sink):
    topic = f"lag.{db.name}"
    kafka.create_topic(topic)
    for partition in range(kafka.PARTITIONS):
        kcat.produce(kafka.bootstrap, topic, partition, events.inserts(20, first=1 + 100 * partition))
    host = hosts(kafka.bootstrap)
    name = f"orders-{db.name}"
    host.connector(name, sink(topics=topic))
    host.start()

    def lags():
        return {int(partition): lag for partition, lag in Metrics(host.rest).by("partition", "sluice_sink_task_partition_lag", connector=name).items()}

    def same_as_the_tool():
        told = kafka.group_lags(f"connect-{name}", topic)
        assert told and lags() == told, f"metrics {lags()}, tool {told}"
        return told
    assert set(waits.until("all is read", lambda: (told := same_as_the_tool()) and sum(told.values()) == 0 and told, 40)) == {0, 1, 2, 3}

    assert host.rest.put(f"/connectors/{name}/pause").status == 202
    waits.until("it is paused", lambda: host.task(name)["state"] == "PAUSED", 10)
    for partition in range(kafka.PARTITIONS):
        kcat.produce(kafka.bootstrap, topic, partition, events.inserts(5 + partition, first=1000 + 100 * partition))
    # Nothing is fetched now: the ends are asked for.
    found = waits.until("the lag is seen", lambda: (told := same_as_the_tool()) and sum(told.values()) == 26 and told, 40)
    assert found == {0: 5, 1: 6, 2: 7, 3: 8}
    host.resume(name)
    waits.until("it is worked off", lambda: sum(same_as_the_tool().values()) == 0, 40)


# ---- where the time goes ------------------------------------------------------------------------------------------------

_DELAY_MS = 400
_TRIES = 12


def _sums(host, name):
    metrics = Metrics(host.rest)
    return {leg: (metrics.sum("sluice_latency_seconds_sum", connector=name, stage=leg),
                  metrics.sum("sluice_latency_seconds_count", connector=name, stage=leg)) for leg in (*LEGS, "source_to_durable")}


@pytest.mark.parametrize("delayed", LEGS)
def test_a_delay_is_told_on_the_leg_where_it_was_and_on_no_other(kafka, db, hosts, sink, delayed):
    """On a real broker: the mock cluster hands a record over only when the consumer asks again. By turns one change that is late on the
    leg and one that is not; of each the quickest, since a machine that is busy makes this one or that one slower, never all."""
    topic = f"legs.{db.name}"
    kafka.create_topic(topic)
    name = f"orders-{db.name}"
    flow = Flow(kafka.bootstrap, topic, db, name)
    db.sql(f"""CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep({_DELAY_MS} / 1000.0); RETURN NEW; END $$""")
    db.sql("CREATE TRIGGER dawdle BEFORE INSERT ON orders_ledger FOR EACH ROW WHEN (NEW.product_name = 'late') EXECUTE FUNCTION dawdle()")
    host = hosts(kafka.bootstrap)
    host.connector(name, {**sink(topics=topic), "synchronous_commit": "off"})  # the disk is not what is asked for here
    host.start()
    flow.wait_written()
    sender, least = _Sender(kafka.bootstrap, topic), {True: {}, False: {}}
    for number in range(2 * _TRIES):
        late = number % 2 == 1
        before = _sums(host, name)
        sender.send(number + 1, delayed if late else None)

        def counted(before=before):
            now = _sums(host, name)
            return now if all(now[leg][1] == before[leg][1] + 1 for leg in now) else None
        now = waits.until("the change is counted", counted, 20)
        for leg in now:
            ms = (now[leg][0] - before[leg][0]) * 1000
            least[late][leg] = min(least[late].get(leg, ms), ms)
    print(f"{delayed}: {({leg: (round(least[False][leg], 1), round(least[True][leg], 1)) for leg in least[True]})}")
    for leg in (*LEGS, "source_to_durable"):
        added = least[True][leg] - least[False][leg]
        assert added == pytest.approx(_DELAY_MS if leg in (delayed, "source_to_durable") else 0, abs=5 * paths.SLOWNESS), f"{leg}: {least}"


class _Sender:
    """Sends changes whose times say that they were late on one leg; what was late in Kafka comes with an old time of the record."""

    def __init__(self, bootstrap, topic):
        self._topic = topic
        self._producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "linger.ms": 0})
        self._producer.list_topics(timeout=10)  # or the first one would wait for the connection

    def send(self, order, delayed):
        now = time.time_ns() // 1_000_000
        late = now - _DELAY_MS
        source = late if delayed in LEGS[:3] else now
        debezium = late if delayed in LEGS[1:3] else now
        key, value = events.envelope("c", order, lsn=order, product="late" if delayed == LEGS[3] else "on time")
        event = json.loads(value)
        for block, ms in ((event["source"], source), (event, debezium)):
            block.update(ts_ms=ms, ts_us=ms * 1000, ts_ns=ms * 1_000_000)
        self._producer.produce(self._topic, json.dumps(event), key, partition=0, timestamp=late if delayed == LEGS[2] else now)
        assert self._producer.flush(10) == 0
