"""`sluice dlq`: letters are listed and shown as they are, and go back each once, in the topic's order, never over something newer."""

import json
import os

import pytest

from harness import brokers, events, kcat, paths, waits
from harness.terminal import Terminal

TOPIC = "dbserver1.public.orders"
DEAD = "orders-dead"
REPLAYING = paths.BUILD / "tests" / "abi" / "replaying"


@pytest.fixture
def cluster(folder):
    broker = brokers.MockBroker(folder / "mock", {TOPIC: 2, DEAD: 1})
    yield broker
    broker.stop()


def context(offset, partition=0, topic=TOPIC, connector="orders", reason="numeric field overflow"):
    return [f"__connect.errors.topic={topic}", f"__connect.errors.partition={partition}", f"__connect.errors.offset={offset}",
            f"__connect.errors.connector.name={connector}", f"__connect.errors.exception.message={reason}",
            "__sluice.errors.sqlstate=22003", "__sluice.errors.column=amount"]


@pytest.fixture
def write(cluster):
    def letter(pair, headers):
        kcat.produce(cluster.bootstrap, DEAD, 0, [pair], headers=headers)
    return letter


@pytest.fixture
def dlq(folder, cluster, hosts):
    """dlq("list", ...) of a connector whose sink takes letters back into `replayed`."""
    host = hosts(cluster.bootstrap, plugin_path=[str(paths.PLUGINS), str(paths.needed(REPLAYING, "build it: cmake --build --preset dev"))])
    settings = {"connector.class": "replaying-sink", "topics": TOPIC, "file": str(folder / "replayed"),
                "errors.deadletterqueue.topic.name": DEAD}

    def command(name, *arguments, **changed):
        host.connector("orders", {key: value for key, value in {**settings, **changed}.items() if value is not None})
        return host.command("dlq", name, host.connectors / "orders.yaml", *arguments)
    return command


@pytest.fixture
def replayed(folder):
    return lambda: (folder / "replayed").read_text().splitlines() if (folder / "replayed").exists() else []


def fates(done):
    """{place: fate} of a replay's lines, without the summary and remarks."""
    lines = [line.split("  ", 1) for line in done.stdout.splitlines() if line.startswith(TOPIC)]
    return {place.removeprefix(TOPIC): told.partition(":")[0] for place, told in lines}


# -- list and show


def test_letters_are_listed_one_a_line_in_the_order_of_their_records(dlq, write):
    write(("k", "v"), context(12))
    write(("k", "v"), context(3, reason="two\nlines"))
    write(("k", "v"), context(1, connector="another"))
    done = dlq("list")
    assert done.returncode == 0, done.stderr
    first, second, *rest = done.stdout.splitlines()
    assert first.startswith(f"{TOPIC}-0@3  20") and first.endswith("Z  22003  amount  two\\nlines")
    assert second.startswith(f"{TOPIC}-0@12  20") and second.endswith("Z  22003  amount  numeric field overflow")
    assert rest == ["2 letters in orders-dead", "letters of other connectors, left out: 1"]

    told = json.loads(dlq("list", "--json").stdout)
    assert [letter["origin"]["offset"] for letter in told] == [3, 12]
    assert told[1]["letter"] == {"topic": DEAD, "partition": 0, "offset": 0} and told[1]["code"] == "22003"


def test_nothing_is_listed_where_nothing_was_dead_lettered_so_far(dlq):
    done = dlq("list", **{"errors.deadletterqueue.topic.name": "not-made-yet"})
    assert done.returncode == 0
    assert "the topic not-made-yet does not exist: no record was dead-lettered so far" in done.stdout


def test_a_connector_without_dead_letter_topic_is_told_apart(dlq):
    done = dlq("list", **{"errors.deadletterqueue.topic.name": None})
    assert done.returncode == 1
    assert "errors.deadletterqueue.topic.name is not set" in done.stderr


def test_letters_without_context_are_shown_by_their_own_place_and_not_replayed(dlq, write, replayed):
    write(("k", "v"), [])
    listed = dlq("list").stdout
    assert "(not named; letter orders-dead-0@0)" in listed
    assert "do not name their origin and cannot be replayed: 1; with errors.deadletterqueue.context.headers.enable: true" in listed
    shown = dlq("show", f"{DEAD}-0@0")
    assert shown.returncode == 0 and "record:  not named" in shown.stdout
    done = dlq("replay")
    assert done.returncode == 1 and "cannot be replayed: 1" in done.stdout
    assert replayed() == []


def test_one_letter_is_shown_with_all_that_it_holds(dlq, write):
    write(('{"id": 1.50}', '{"after":{"amount":123456789012345678901234567890.10}}'), ["trace=abc", *context(7)])
    done = dlq("show", f"{TOPIC}-0@7")
    assert done.returncode == 0, done.stderr
    assert f"record:  {TOPIC}-0@7\nletter:  orders-dead-0@0\n" in done.stdout
    assert "code:    22003\ncolumn:  amount\nreason:  numeric field overflow\n" in done.stdout
    assert "  trace: abc\n" in done.stdout
    assert 'key:\n{\n  "id": 1.50\n}\n' in done.stdout
    assert '    "amount": 123456789012345678901234567890.10\n' in done.stdout


def test_of_text_that_is_no_json_the_text_is_shown_and_of_bytes_their_hex(dlq, write):
    write(("plain", "bell\a"), context(7))
    shown = dlq("show", f"{TOPIC}-0@7").stdout
    assert "key:\nplain\nvalue:\n0x62656c6c07\n" in shown


def test_one_letter_is_shown_as_json(dlq, write):
    write(('{"id": 1.50}', "bell\a"), ["trace=abc", *context(7)])
    write(('{"id": 1.50}', "bell\a"), ["trace=abc", *context(7)])
    told = json.loads(dlq("show", f"{TOPIC}-0@7", "--json").stdout)
    assert told["origin"] == {"topic": TOPIC, "partition": 0, "offset": 7} and told["letter"] == {"topic": DEAD, "partition": 0, "offset": 1}
    assert (told["code"], told["column"], told["reason"]) == ("22003", "amount", "numeric field overflow")
    assert {"name": "trace", "value": "abc"} in told["headers"] and told["letters_of_this_record"] == 2
    assert json.loads(told["key"]) == {"id": 1.5} and told["value"] == "0x62656c6c07"


def test_what_cannot_be_done_is_told_as_json_too(dlq, write):
    write(("k", "v"), context(7))
    done = dlq("show", f"{TOPIC}-0@8", "--json")
    assert done.returncode == 1 and json.loads(done.stdout) == {"error": f"no letter in {DEAD} is of {TOPIC}-0@8"}
    done = dlq("list", "--json", **{"errors.deadletterqueue.topic.name": None})
    assert done.returncode == 1 and "errors.deadletterqueue.topic.name is not set" in json.loads(done.stdout)["error"]


@pytest.mark.parametrize("place, says", [("orders", "is no place of a record; write TOPIC-PARTITION@OFFSET"),
                                         (f"{TOPIC}-0@8", f"no letter in {DEAD} is of {TOPIC}-0@8")])
def test_a_place_without_letter_is_said_to_be_one(dlq, write, place, says):
    write(("k", "v"), context(7))
    for command in ("show", "replay"):
        done = dlq(command, place)
        assert done.returncode == 1
        assert says in done.stderr


# -- replay, by a sink that does as it is told


def test_letters_are_replayed_once_in_the_order_of_the_topic_however_often_they_are_there(cluster, dlq, write, replayed):
    for partition in (0, 1):
        kcat.produce(cluster.bootstrap, TOPIC, partition, [(f"k{n}", f"v{n}") for n in range(5)])
    for partition, offset in ((1, 0), (0, 3), (0, 1), (0, 3)):
        write((f"k{offset}", f"v{offset}"), ["trace=abc", *context(offset, partition)])
    rehearsed = dlq("replay", "--dry-run")
    assert rehearsed.returncode == 0 and set(fates(rehearsed).values()) == {"would be replayed"}
    assert replayed() == []

    done = dlq("replay")
    assert done.returncode == 0, done.stdout + done.stderr
    assert replayed() == [f"{TOPIC}-0@1 next=5 headers=1 v1", f"{TOPIC}-0@3 next=5 headers=1 v3", f"{TOPIC}-1@0 next=5 headers=1 v0"]
    assert done.stdout.splitlines()[-1] == "3 records: 3 replayed"

    again = dlq("replay")
    assert again.returncode == 0 and set(fates(again).values()) == {"replayed before"}
    assert len(replayed()) == 3


def test_what_a_later_record_of_the_key_supersedes_is_told_to_the_sink(cluster, dlq, write, replayed):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [("a", "old"), ("b", "only"), ("a", "KEEPx"), ("a", "new"), (None, "BAD")])
    for offset, pair in enumerate([("a", "old"), ("b", "only"), ("a", "KEEPx")]):
        write(pair, context(offset))
    write((None, "BAD"), context(4))
    done = dlq("replay", "--json")
    told = [(letter["offset"], letter["fate"], letter["why"]) for letter in json.loads(done.stdout)]
    assert told == [(0, "superseded", "something newer is there"), (1, "replayed", ""), (2, "replayed", ""),
                    (4, "still bad", "the value is still bad")]
    assert done.returncode == 1
    assert [line.split()[-1] for line in replayed()] == ["only", "KEEPx"]


def test_a_sink_that_has_written_on_meanwhile_is_given_the_letter_again(cluster, dlq, write, replayed):
    pairs = [("a", "ONCE"), ("b", "BUSY"), ("c", "plain")]
    kcat.produce(cluster.bootstrap, TOPIC, 0, pairs)
    for offset, pair in enumerate(pairs):
        write(pair, context(offset))
    done = dlq("replay")
    assert fates(done) == {"-0@0": "replayed", "-0@1": "superseded", "-0@2": "replayed"}
    assert f"{TOPIC}-0@1  superseded: the task has written on\n" in done.stdout
    assert sorted(line.split()[-1] for line in replayed()) == ["ONCE", "plain"]


def test_only_the_named_records_are_replayed(cluster, dlq, write, replayed):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [("a", "1"), ("b", "BAD")])
    write(("a", "1"), context(0))
    write(("b", "BAD"), context(1))
    done = dlq("replay", f"{TOPIC}-0@0")
    assert done.returncode == 0 and fates(done) == {"-0@0": "replayed"}
    assert len(replayed()) == 1


def test_a_letter_of_another_log_than_the_topic_is_now_is_refused(cluster, dlq, write, replayed):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [("a", "1"), ("b", "2")])
    write(("a", "another"), context(0))
    write(("z", "9"), context(9))
    write(("z", "9"), context(0, topic="gone"))
    done = dlq("replay")
    assert done.returncode == 1
    assert f"{TOPIC}-0@0  refused: the topic has another record at this offset" in done.stdout
    assert f"{TOPIC}-0@9  refused: the topic ends at 2" in done.stdout
    assert "gone-0@0  refused: gone-0 does not exist any more" in done.stdout
    assert replayed() == []


def test_the_routed_topic_names_where_a_replayed_record_goes(cluster, dlq, write, replayed):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [("a", "1")])
    write(("a", "1"), context(0))
    done = dlq("replay", **{"transforms": "r", "transforms.r.type": "org.apache.kafka.connect.transforms.RegexRouter",
                            "transforms.r.regex": r"dbserver1\.public\.(.*)", "transforms.r.replacement": "$1"})
    assert fates(done) == {"-0@0": "replayed"}
    assert replayed() == ["orders-0@0 next=1 headers=0 1"]


def test_a_plugin_that_takes_no_letters_back_is_named(dlq, write, folder):
    write(("a", "1"), context(0))
    done = dlq("replay", **{"connector.class": "example-file-sink", "file": str(folder / "lines")})
    assert done.returncode == 1
    assert "the plugin example-file-sink takes no dead letters back: it has no extension sluice.replay/1" in done.stderr


def test_while_kafka_is_away_the_command_says_so_and_ends(dlq, cluster):
    cluster.stop()
    done = dlq("list")
    assert done.returncode == 1
    assert "the dead-letter topic orders-dead could not be read: Kafka does not tell its topics" in done.stderr


# -- how far it is


def on_terminal(folder, *options, **env):
    """All that `sluice dlq replay` draws, standard output apart."""
    words = [paths.SLUICE, "dlq", "replay", folder / "connectors" / "orders.yaml", "-c", folder / "w1" / "sluice.yaml", *options]
    with (folder / "out").open("w") as out, Terminal(words, env={**os.environ, "TERM": "xterm", "CI": "", **env}, stdout=out) as terminal:
        assert terminal.await_end(60 * paths.SLOWNESS) == 0, terminal.output
        return terminal.output, (folder / "out").read_text()


def test_who_looks_at_a_terminal_sees_how_far_a_replay_is_and_nobody_else(cluster, dlq, write, folder):
    kcat.produce(cluster.bootstrap, TOPIC, 0, [(f"k{n}", f"v{n}") for n in range(3)])
    for offset in range(3):
        write((f"k{offset}", f"v{offset}"), context(offset))
    assert dlq("list").returncode == 0
    drawn, out = on_terminal(folder, "--dry-run")
    assert "reading letters: 1" in drawn and drawn.endswith("\r\x1b[K"), drawn
    drawn, out = on_terminal(folder)
    assert "looking for later records of the same key [" in drawn and drawn.endswith("\r\x1b[K"), drawn
    assert out.splitlines()[-1] == "3 records: 3 replayed" and "\x1b" not in out
    assert on_terminal(folder, CI="true")[0] == ""
    drawn, out = on_terminal(folder, "--json")
    assert drawn == "" and len(json.loads(out)) == 3
    done = dlq("replay")
    assert done.returncode == 0 and done.stderr == "" and "\x1b" not in done.stdout and "\r" not in done.stdout


# -- replay, into Postgres


def test_into_current_rows_a_letter_is_never_replayed_over_a_newer_row(cluster, db, hosts, sink):
    db.sql("CREATE TABLE orders_now (order_id bigint PRIMARY KEY, amount numeric(10,2), lsn bigint)")
    pairs = events.inserts(40)
    pairs[5] = events.envelope("c", 6, amount="123456789012.00", lsn=1006)
    pairs[10] = events.envelope("c", 11, amount="123456789012.00", lsn=1011)
    pairs.append(events.envelope("u", 11, amount="7.00", lsn=2000))
    kcat.produce(cluster.bootstrap, TOPIC, 0, pairs)
    host = hosts(cluster.bootstrap)
    settings = {**sink(columns=None, table_name="orders_now", mode="current", lsn_column="lsn", unknown_columns="ignore"),
                "errors.tolerance": "all", "errors.deadletterqueue.topic.name": DEAD,
                "errors.deadletterqueue.context.headers.enable": "true"}
    host.connector("orders", settings)
    host.start()
    waits.until("all but one are written", lambda: db.value("SELECT count(*) FROM orders_now") == 39, 20 * paths.SLOWNESS)
    db.sql("ALTER TABLE orders_now ALTER COLUMN amount TYPE numeric(20,2)")

    host.connector("orders", {key: value for key, value in settings.items() if key != "lsn.column"})
    done = host.command("dlq", "replay", host.connectors / "orders.yaml")
    assert done.returncode == 1 and "lsn.column" in done.stderr and set(fates(done).values()) == {"not replayed"}
    host.connector("orders", settings)
    done = host.command("dlq", "replay", host.connectors / "orders.yaml")
    assert fates(done) == {"-0@5": "replayed", "-0@10": "superseded"}, done.stdout + done.stderr
    assert done.returncode == 0
    assert [(row[0], str(row[1]), row[2]) for row in db.sql("SELECT * FROM orders_now WHERE order_id IN (6, 11) ORDER BY 1")] == [
        (6, "123456789012.00", 1006), (11, "7.00", 2000)]


def test_what_was_too_big_is_written_once_after_the_column_was_widened(cluster, db, hosts, sink):
    pairs = events.inserts(40)
    pairs[5] = events.envelope("c", 6, amount="123456789012.00")
    kcat.produce(cluster.bootstrap, TOPIC, 0, pairs)
    host = hosts(cluster.bootstrap)
    host.connector("orders", {**sink(), "errors.tolerance": "all", "errors.deadletterqueue.topic.name": DEAD,
                              "errors.deadletterqueue.context.headers.enable": "true"})
    host.start()
    rows = "SELECT count(*) FROM orders_ledger WHERE order_id = 6"
    waits.until("all but one are written", lambda: db.value("SELECT count(*) FROM orders_ledger") == 39, 20 * paths.SLOWNESS)

    def replay():
        return host.command("dlq", "replay", host.connectors / "orders.yaml")
    done = replay()
    assert done.returncode == 1 and fates(done) == {"-0@5": "still bad"}, done.stdout + done.stderr
    db.sql("ALTER TABLE orders_ledger ALTER COLUMN amount TYPE numeric(20,2)")
    done = replay()
    assert done.returncode == 0 and fates(done) == {"-0@5": "replayed"}, done.stdout + done.stderr
    assert db.value(rows) == 1
    done = replay()
    assert done.returncode == 0 and fates(done) == {"-0@5": "replayed before"}
    assert db.value(rows) == 1
