"""The process itself: it stops cleanly under load, and another sink than Postgres works as well."""

import json
import signal

import pytest

from harness import events, kcat, load, waits
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_e13_a_signal_stops_it_within_five_seconds_under_load(mock, db, hosts, sink, folder, seed, number):
    flow = Flow(mock.bootstrap, TOPIC, db)
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    host.start()
    flow.wait_claimed()
    running = load.Load(folder, mock.bootstrap, TOPIC, rate=1000, seed=seed)
    flow.wait_advanced(flow.positions())
    host.stop(number, seconds=5)
    stopped_at = flow.rows()
    running.stop()
    assert flow.rows() == stopped_at
    host.start()
    flow.wait_written()
    assert flow.rows() > stopped_at
    flow.assert_exactly_once("stop under load")


def test_the_example_sink_in_c_appends_each_value_once(mock, hosts, folder):
    target = folder / "lines.txt"
    host = hosts(mock.bootstrap)
    host.connector("lines", {"connector.class": "FileStreamSink", "topics": TOPIC, "file": str(target),
                             "consumer.override.session.timeout.ms": 3000, "consumer.override.heartbeat.interval.ms": 300})
    pairs = events.inserts(20)
    kcat.produce(mock.bootstrap, TOPIC, 0, pairs[:10] + [('{"order_id":1}', None)])
    host.start()

    def lines():
        return target.read_text().splitlines() if target.exists() else []
    waits.until("the lines are there", lambda: len(lines()) == 11, 30)
    host.stop()
    kcat.produce(mock.bootstrap, TOPIC, 0, pairs[10:])
    host.start()
    waits.until("the rest is there", lambda: len(lines()) == 21, 30)
    assert lines() == [value for _, value in pairs[:10]] + ["null"] + [value for _, value in pairs[10:]]


def test_plugins_are_listed_with_their_options(mock, hosts):
    host = hosts(mock.bootstrap)
    done = host.command("plugins")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "debezium-postgres-sink" in done.stdout and "example-file-sink" in done.stdout

    told = host.command("plugins", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    options = {plugin["name"]: {option["name"]: option for option in plugin["options"]} for plugin in json.loads(told.stdout)}
    postgres, file = options["debezium-postgres-sink"], options["example-file-sink"]
    assert postgres["connection.url"]["required"] and postgres["connection.password"]["secret"]
    assert (postgres["mode"]["kind"], postgres["mode"]["choices"]) == ("enum", ["history", "current", "both"])
    assert postgres["table.name"]["default"] == "orders_fact" and not postgres["table.name"]["required"]
    assert "file" in file
    undocumented = [name for found in options.values() for name, option in found.items() if not option["doc"]]
    assert not undocumented, f"options without a word about them: {undocumented}"
