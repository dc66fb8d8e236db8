"""`sluice plan`: real records are looked at, what would be written is told, and nothing is committed or written."""

import json

import pytest

from harness import brokers, events, kcat, paths, waits

TOPIC = "dbserver1.public.orders"
REPLAYING = paths.BUILD / "tests" / "abi" / "replaying"


@pytest.fixture
def cluster(folder):
    broker = brokers.MockBroker(folder / "mock", {TOPIC: 2, "orders": 1})
    yield broker
    broker.stop()


@pytest.fixture
def host(cluster, hosts):
    return hosts(cluster.bootstrap, plugin_path=[str(paths.PLUGINS), str(paths.needed(REPLAYING, "build it: cmake --build --preset dev"))])


@pytest.fixture
def plan(folder, host):
    """plan(...) of a connector whose sink names the records that it is shown."""
    settings = {"connector.class": "replaying-sink", "topics": TOPIC, "file": str(folder / "unused")}

    def command(*arguments, **changed):
        host.connector("orders", {key: value for key, value in {**settings, **changed}.items() if value is not None})
        return host.command("plan", host.connectors / "orders.yaml", *arguments)
    return command


def places(done):
    return [line.split()[0] for line in done.stdout.splitlines() if "@" in line]


def test_records_are_shared_out_between_the_partitions(cluster, plan):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [(None, f"v{n}") for n in range(50)])
    kcat.produce(cluster.bootstrap, TOPIC, 1, [(None, f"v{n}") for n in range(3)])
    done = plan("--records", 10)
    assert done.returncode == 0, done.stdout + done.stderr
    assert places(done) == [f"{TOPIC}-0@{n}" for n in range(7)] + [f"{TOPIC}-1@{n}" for n in range(3)]
    assert len(places(plan())) == 53


def test_topics_are_found_by_the_pattern_that_names_them_whole(cluster, plan):
    kcat.produce(cluster.bootstrap, "orders", 0, [(None, "v")])
    kcat.produce(cluster.bootstrap, TOPIC, 0, [(None, "v")])
    assert places(plan(**{"topics": None, "topics.regex": "order."})) == ["orders-0@0"]
    done = plan(**{"topics": None, "topics.regex": "rder"})
    assert done.returncode == 1 and "problem: no topic matches topics.regex, rder" in done.stdout


def test_without_records_the_settings_alone_are_planned(plan):
    done = plan()
    assert done.returncode == 0
    assert done.stdout.splitlines() == ["note: the topics hold no records", "without records"]


def test_a_problem_of_the_sink_or_a_missing_topic_fails_the_plan(cluster, plan):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [(None, "BAD")])
    done = plan(topics=f"{TOPIC}, nowhere")
    assert done.returncode == 1
    assert "problem: the topic nowhere does not exist" in done.stdout
    assert f"problem: {TOPIC}-0@0 " in done.stdout


def test_problems_of_the_settings_come_first_with_their_line(plan, host):
    done = plan(**{"file": None, "bogus": "1"})
    assert done.returncode == 1
    assert f"{host.connectors / 'orders.yaml'}:" in done.stdout and "bogus" in done.stdout
    assert "with records" not in done.stdout and "without records" not in done.stdout


def test_a_plan_is_told_as_json(cluster, plan, host):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [(None, "v"), (None, "BAD")])
    done = plan("--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["sound"] is False
    assert told["lines"][1].startswith(f"{TOPIC}-0@0 ") and told["settings"] == []
    assert [problem.split()[0] for problem in told["problems"]] == [f"{TOPIC}-0@1"]

    done = plan("--json", topics="orders")
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"sound": True, "settings": [], "problems": [], "notes": ["the topics hold no records"],
                                       "lines": ["without records"]}

    done = plan("--json", **{"bogus": "1"})
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["sound"] is False and told["lines"] == []
    assert [(one["severity"], one["file"], one["key"]) for one in told["settings"]] == [("error", str(host.connectors / "orders.yaml"), "bogus")]


def test_a_plugin_that_tells_no_plan_is_named(plan):
    done = plan(**{"connector.class": "example-file-sink"})
    assert done.returncode == 1
    assert "the plugin example-file-sink tells no plan: it has no extension sluice.plan/1" in done.stdout


def test_records_of_a_file_are_planned_without_a_broker(folder, cluster, plan):
    cluster.stop()
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps({"topic": "t", "partition": 0, "offset": n, "timestamp": 1, "key": None, "value": f"v{n}",
                                        "headers": [["a", "b"]]}) + "\n" for n in (4, 3)))
    done = plan("--file", file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == ["with records", "t-0@3 next=5 headers=1 v3", "t-0@4 next=5 headers=1 v4"]

    file.write_text('{"topic": "t"}\n{"topic": 1}\n')
    done = plan("--file", file)
    assert done.returncode == 1 and f"{file}: line 2: " in done.stderr
    done = plan("--file", folder / "missing")
    assert done.returncode == 1 and "missing cannot be read; correct --file" in done.stderr


def test_a_running_connectors_plan_begins_where_its_group_has_committed_and_leaves_all_as_it_is(cluster, db, host, sink, plan):
    kcat.produce(cluster.bootstrap, TOPIC, 0, events.inserts(20))
    settings = sink()
    host.connector("orders", settings)
    host.start()
    host.wait_running("orders")

    def written():
        assert db.value("SELECT count(*) FROM orders_ledger") == 20
        return True
    waits.until("all are written", written, 20 * paths.SLOWNESS)
    host.stop()  # commits
    before = db.sql("SELECT * FROM sluice.sink_offsets ORDER BY topic, partition")

    done = host.command("plan", host.connectors / "orders.yaml", "--records", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "note: the connector's group has committed all there is: these are the newest records" in done.stdout
    assert f"{TOPIC}-0@19 " in done.stdout and f"{TOPIC}-0@17 " not in done.stdout

    kcat.produce(cluster.bootstrap, TOPIC, 0, [events.envelope("c", 100), events.envelope("c", 101, amount="123456789012.00")])
    for _ in range(2):  # nothing was committed by the first
        done = host.command("plan", host.connectors / "orders.yaml")
        assert done.returncode == 1
        assert f"{TOPIC}-0@19 " not in done.stdout and f"{TOPIC}-0@20 " in done.stdout
        assert f"problem: {TOPIC}-0@21: " in done.stdout
    assert db.value("SELECT count(*) FROM orders_ledger") == 20
    assert db.sql("SELECT * FROM sluice.sink_offsets ORDER BY topic, partition") == before
