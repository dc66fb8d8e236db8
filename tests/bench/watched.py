"""What it costs to be looked at: the same run alone, and with a page that is open and a Prometheus that asks each second, fifteen
times as often as by its own default. A run is long enough for both to ask often."""

import http.client
import time

from bench import check, sluice_run
from bench.background import Background
from bench.measure import Result, Watch

_EVERY_S, _UP_S = 1, 0.05
_HISTORY_EVERY_S = 5


def run(stage, name, watched):
    topic, database = stage.topic(schemas=False), stage.database()
    host, connector = sluice_run.host_for(stage, name)
    host.connector(connector, sluice_run.settings(database, topic, "history", 1))
    looking = Background(_look, host.port, connector) if watched else None
    try:
        result = sluice_run.drained(stage, name, host, database, topic)
    finally:
        answers = looking.finish() if looking else 0
    if watched:
        result.more["answers"] = answers
        assert answers > result.seconds, "nobody looked"
    check.same_rows(database, "orders_fact", topic, "history")
    database.drop()
    return result


def idle(stage, name, seconds=20):
    """The same two before a host that has nothing to do: what they cost it, in processor time, without the noise of a run."""
    host, connector = sluice_run.host_for(stage, name)
    database = stage.database()
    topic = stage.topic(schemas=False, changes=16, name="bench.idle")
    host.connector(connector, sluice_run.settings(database, topic, "history", 1))
    host.start()
    host.wait_running(connector)
    spent = {}
    for who in ("nobody", "both"):
        looking = Background(_look, host.port, connector) if who == "both" else None
        time.sleep(2)
        watch = Watch({"sluice": host.process.pid})
        time.sleep(seconds)
        spent[who] = watch.finish()[0]["sluice"] / seconds
        if looking:
            looking.finish()
    host.stop(seconds=20)
    database.drop()
    return Result(name, 0, 0, seconds, more={"idle_cpu_ms_per_s": spent["nobody"] * 1e3, "looked_at_cpu_ms_per_s": spent["both"] * 1e3})


def _look(stopping, port, connector):
    """As the page of a connector asks, with its stream of events, and as Prometheus does. Answers how often it was answered."""
    answers, events, history_at = 0, None, 0.0
    while not stopping():
        try:
            if events is None:
                events = _stream(port)
            paths = ["/metrics", f"/sluice/v1/connectors/{connector}"]
            if time.monotonic() > history_at + _HISTORY_EVERY_S:
                history_at = time.monotonic()
                paths.append(f"/sluice/v1/connectors/{connector}/history?span=minutes")
            for path in paths:
                answers += _get(port, path) == 200
            events.read1(1 << 20)
        except OSError:
            events = None  # not yet up, or no longer
        time.sleep(_EVERY_S if events else _UP_S)
    return answers


def _get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def _stream(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/sluice/v1/events", headers={"Accept": "text/event-stream"})
    return connection.getresponse()
