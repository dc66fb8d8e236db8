"""Bad records: how many there are decides what comes of them, and none is lost on the way to the dead-letter topic."""

import pytest

from harness import brokers, events, kcat, paths, waits
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"
DEAD = "orders-dead"
BAD_AMOUNT = "123456789012.00"  # the ledger's numeric(10,2) has no room for it
TOLERANT = {"errors.tolerance": "all", "errors.deadletterqueue.topic.name": DEAD,
            "errors.deadletterqueue.context.headers.enable": "true"}


@pytest.fixture
def cluster(folder):
    """A mock broker with the orders in one partition, and the topic for dead letters."""
    broker = brokers.MockBroker(folder / "mock", {TOPIC: 1, DEAD: 1})
    yield broker
    broker.stop()


@pytest.fixture
def rejecting(folder, sink):
    """Settings of a connector whose sink gives up, by itself, on values that begin with BAD; it writes the rest to `written`."""
    of_the_group = {name: value for name, value in sink().items() if name.startswith("consumer.override.")}
    return {"connector.class": "rejecting-sink", "topics": TOPIC, "file": str(folder / "written"), "linger.ms": 500, **TOLERANT,
            **of_the_group}


@pytest.fixture
def written(folder):
    return lambda: (folder / "written").read_text().splitlines() if (folder / "written").exists() else []


def rejecting_host(hosts, bootstrap):
    return hosts(bootstrap, plugin_path=[str(paths.PLUGINS), str(paths.BUILD / "tests" / "abi" / "rejecting")])


def wait_for_letters(cluster, count, seconds=20):
    def there():
        letters = kcat.dump(cluster.bootstrap, DEAD)
        assert len(letters) >= count, letters
        return letters
    return waits.until(f"{count} dead letters", there, seconds * paths.SLOWNESS)


def test_one_poison_record_becomes_one_dead_letter_and_everything_else_is_written(cluster, db, hosts, sink):
    pairs = events.inserts(400)
    pairs[123] = events.envelope("c", 124, amount=BAD_AMOUNT)
    kcat.produce(cluster.bootstrap, TOPIC, 0, pairs[:123])
    kcat.produce(cluster.bootstrap, TOPIC, 0, [pairs[123]], headers=["trace=abc"])
    kcat.produce(cluster.bootstrap, TOPIC, 0, pairs[124:])
    poison = kcat.dump(cluster.bootstrap, TOPIC)[123]
    host = hosts(cluster.bootstrap)
    host.connector("orders", {**sink(), **TOLERANT, "errors.log.enable": "true", "errors.log.include.messages": "true"})
    host.start()

    flow = Flow(cluster.bootstrap, TOPIC, db, partitions=1)
    flow.wait_written()
    ids = {row[0] for row in db.sql("SELECT order_id FROM orders_ledger")}
    assert ids == set(range(1, 401)) - {124}
    [letter] = kcat.dump(cluster.bootstrap, DEAD)
    assert (letter.key, letter.value, letter.timestamp) == (poison.key, poison.value, poison.timestamp)
    said = letter.headers
    assert said["trace"] == "abc"
    assert said["__connect.errors.topic"] == TOPIC and said["__connect.errors.partition"] == "0"
    assert said["__connect.errors.offset"] == "123" and said["__connect.errors.stage"] == "TASK_PUT"
    assert said["__connect.errors.connector.name"] == "orders" and said["__connect.errors.task.id"] == "0"
    assert said["__connect.errors.class.name"] == "debezium-postgres-sink"
    assert "amount" in said["__connect.errors.exception.message"]
    assert f"{TOPIC}-0@123" in said["__connect.errors.exception.stacktrace"]
    assert said["__sluice.errors.column"] == "amount"

    assert f"where consumed record is {{topic='{TOPIC}', partition=0, offset=123, " in host.log()
    assert BAD_AMOUNT not in host.log() and poison.value not in host.log()


@pytest.mark.parametrize("records, bad", [(19, 19), (20, 4)])
def test_up_to_the_share_each_bad_record_is_a_dead_letter(cluster, hosts, rejecting, written, records, bad):
    values = [f"BAD{n}" for n in range(bad)] + [f"good{n}" for n in range(records - bad)]
    kcat.produce(cluster.bootstrap, TOPIC, 0, [(f"k{n}", value) for n, value in enumerate(values)])
    host = rejecting_host(hosts, cluster.bootstrap)
    host.connector("orders", rejecting)
    host.start()
    letters = wait_for_letters(cluster, bad)
    assert [(letter.key, letter.value) for letter in letters] == [(f"k{n}", f"BAD{n}") for n in range(bad)]
    assert {letter.headers["__sluice.errors.sqlstate"] for letter in letters} == {"22003"}
    waits.until("the good ones are written", lambda: len(written()) == records - bad, 10 * paths.SLOWNESS)
    host.wait_running("orders")


def test_over_the_share_the_task_is_blocked_and_nothing_of_the_batch_is_written_or_dead_lettered(cluster, hosts, rejecting, written):
    values = [f"BAD{n}" for n in range(5)] + [f"good{n}" for n in range(15)]
    kcat.produce(cluster.bootstrap, TOPIC, 0, [(None, value) for value in values])
    host = rejecting_host(hosts, cluster.bootstrap)
    host.connector("orders", rejecting)
    host.start()
    host.wait_condition("orders", "blocked: 5 of 20 records of a batch are bad", f"{TOPIC}-0@0: the value is bad", "errors.max.share")
    assert written() == []
    assert kcat.dump(cluster.bootstrap, DEAD) == []


def test_while_the_dead_letter_topic_cannot_be_written_nothing_passes_the_record(folder, db, hosts, sink):
    """E8. The mock broker has no controller, so a missing topic stays away until somebody else makes it."""
    broker = brokers.MockBroker(folder / "mock", {TOPIC: 1})
    try:
        pairs = events.inserts(10)
        pairs[5] = events.envelope("c", 6, amount=BAD_AMOUNT)
        kcat.produce(broker.bootstrap, TOPIC, 0, pairs)
        host = hosts(broker.bootstrap)
        host.connector("orders", {**sink(), **TOLERANT})
        host.start()
        host.wait_condition("orders", f"waiting for the dead-letter topic {DEAD}: it does not exist")
        assert db.value("SELECT next_offset FROM sluice.sink_offsets WHERE topic = %s", TOPIC) <= 5

        kcat.produce(broker.bootstrap, DEAD, 0, [("somebody", "else")])
        letters = wait_for_letters(broker, 2)
        assert (letters[1].key, letters[1].value) == pairs[5]
        waits.until("the position goes on", lambda: db.value("SELECT next_offset FROM sluice.sink_offsets WHERE topic = %s", TOPIC) == 10,
                    20 * paths.SLOWNESS)
        host.wait_running("orders")
        assert {row[0] for row in db.sql("SELECT order_id FROM orders_ledger")} == set(range(1, 11)) - {6}
        assert len(kcat.dump(broker.bootstrap, DEAD)) == 2
        host.stop()
    finally:
        broker.stop()


def test_without_tolerance_the_task_stops_exactly_at_the_record_and_goes_on_there(cluster, db, hosts, sink):
    """E10."""
    pairs = events.inserts(50)
    pairs[30] = events.envelope("c", 31, amount=BAD_AMOUNT)
    kcat.produce(cluster.bootstrap, TOPIC, 0, pairs)
    host = hosts(cluster.bootstrap)
    host.connector("orders", sink())
    host.start()
    trace = host.wait_failed("orders", "TASK_PUT: ", f"{TOPIC}-0@30", "amount")
    assert BAD_AMOUNT not in trace
    assert db.value("SELECT count(*) FROM orders_ledger") == 30
    assert db.value("SELECT next_offset FROM sluice.sink_offsets WHERE topic = %s", TOPIC) == 30

    db.sql("ALTER TABLE orders_ledger ALTER COLUMN amount TYPE numeric(20,2)")
    assert host.rest.post("/connectors/orders/restart?includeTasks=true&onlyFailed=true").status in (202, 204)
    waits.until("the rest is written", lambda: db.value("SELECT count(*) FROM orders_ledger") == 50, 20 * paths.SLOWNESS)


def test_a_routed_topic_is_told_to_the_sink_while_dead_letters_and_positions_keep_the_real_one(cluster, hosts, rejecting, written):
    """D8."""
    kcat.produce(cluster.bootstrap, TOPIC, 0, [("k", "BAD"), ("k", "good")])
    host = rejecting_host(hosts, cluster.bootstrap)
    host.connector("orders", {**rejecting, "transforms": "r", "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter",
                              "transforms.r.regex": r"dbserver1\.public\.(.*)", "transforms.r.replacement": "$1"})
    host.start()
    [letter] = wait_for_letters(cluster, 1)
    assert letter.headers["__connect.errors.topic"] == TOPIC
    waits.until("the good one is written", lambda: written() == ["orders good"], 10 * paths.SLOWNESS)
    host.stop()
    host.start()  # from the position that was committed under the real name
    kcat.produce(cluster.bootstrap, TOPIC, 0, [("k", "more")])
    waits.until("only the new one is written", lambda: written() == ["orders good", "orders more"], 20 * paths.SLOWNESS)
