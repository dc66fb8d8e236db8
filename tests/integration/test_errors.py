"""Each mistake that people make: one clear sentence that says what to do, and what is mended goes on by itself."""

import json
import os
import pathlib
import re
import socket
import time

import pytest

from harness import events, kcat, ledger, paths, ports, processes, waits
from harness.flow import Flow

TOPIC = "dbserver1.public.orders"


class Login:
    """A role of its own that does what `warehouse` may, with a password that the connector reads from a file."""

    def __init__(self, db, folder, name):
        self._db, self.role, self.file = db, f"{name}_{db.name}", folder / f"{name}.properties"
        db.sql(f'CREATE ROLE "{self.role}" LOGIN PASSWORD \'first\' IN ROLE warehouse')
        db.sql(f'ALTER ROLE "{self.role}" SET role = warehouse')
        self.file.write_text("password=first\n")

    def settings(self):
        return {"connection.url": self._db.url.replace("warehouse@", f"{self.role}@"), "connection.password": f"${{file:{self.file}:password}}"}

    def end_sessions(self):
        assert self._db.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = %s", self.role) > 0

    def drop(self):
        self._db.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", self.role)
        waits.until("its sessions have ended", lambda: not self._db.sql("SELECT FROM pg_stat_activity WHERE usename = %s", self.role), 10)
        self._db.sql(f'DROP ROLE "{self.role}"')


@pytest.fixture
def logins(db, folder):
    """logins(name) makes one."""
    made = []

    def make(name):
        made.append(Login(db, folder, name))
        return made[-1]
    yield make
    for login in made:
        login.drop()


@pytest.fixture
def access(db):
    """What pg_hba.conf says, as a Path of it with reload(); it is as it was afterwards."""
    file = pathlib.Path(db.value("SHOW hba_file"))
    before = file.read_text()

    def change(first_line):
        file.write_text(f"{first_line}\n{before}")
        db.sql("SELECT pg_reload_conf()")
    yield change
    change("")


def test_e20_f52_what_a_person_has_to_mend_is_said_and_goes_on_by_itself_once_mended(mock, db, folder, logins, access, hosts, sink):
    """All at once, since each is looked at again only every 30 s: passwords wrong from the start and rotated under a running task, a
    role that the server's pg_hba.conf bars, tables that do not fit."""
    wrong = folder / "wrong.properties"
    wrong.write_text("password=not-this-one\n")
    db.sql("CREATE TABLE narrow (LIKE orders_ledger INCLUDING ALL)")
    db.sql("ALTER TABLE narrow DROP COLUMN amount")
    rotated, barred = logins("rotated"), logins("barred")
    for login in (rotated, barred):
        login.flow = Flow(mock.bootstrap, TOPIC, db, login.role, ledger.create(db, login.role))
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(10))
    host = hosts(mock.bootstrap)
    host.connector("password", {**sink(), "connection.password": f"${{file:{wrong}:password}}"})
    host.connector("table", sink(table_name="missing"))
    host.connector("column", sink(table_name="narrow"))
    for login in (rotated, barred):
        host.connector(login.role, {**sink(table_name=login.role), **login.settings()})
    host.start()
    for login in (rotated, barred):
        login.flow.wait_written()
    db.sql(f'ALTER ROLE "{rotated.role}" PASSWORD \'second\'')
    access(f"host all {barred.role} 127.0.0.1/32 reject")
    for login in (rotated, barred):
        login.end_sessions()
    kcat.produce(mock.bootstrap, TOPIC, 0, events.inserts(10, first=11))

    said = host.wait_condition("password", "blocked: ", "password")
    assert "warehouse" in said and "not-this-one" not in said, said
    assert "correct connection.url or the secret that connection.password refers to" in said, said
    said = host.wait_condition("table", "blocked: ", '"missing"')
    assert "create the table, or correct table.name" in said, said
    said = host.wait_condition("column", "blocked: ", '"amount"', "narrow")
    assert "add it to the table" in said, said
    host.wait_condition(rotated.role, "blocked: ", "28P01", rotated.role)
    host.wait_condition(barred.role, "blocked: ", "28000", barred.role)
    assert "not-this-one" not in host.log()

    wrong.write_text(f"password={db.password}\n")
    rotated.file.write_text("password=second\n")
    access("")
    db.sql("CREATE TABLE missing (LIKE orders_ledger INCLUDING ALL)")
    db.sql("ALTER TABLE narrow ADD COLUMN amount numeric(10,2)")
    mended = time.monotonic()
    flows = [Flow(mock.bootstrap, TOPIC, db, connector, table) for connector, table in
             (("password", "orders_ledger"), ("table", "missing"), ("column", "narrow"), (rotated.role,) * 2, (barred.role,) * 2)]
    for flow in flows:
        flow.wait_written(45)
    print(f"all went on {time.monotonic() - mended:.1f} s after they were mended")
    assert time.monotonic() - mended <= 35 * paths.SLOWNESS
    for flow in flows:
        host.wait_running(flow.connector)
        flow.assert_exactly_once(flow.connector)
    assert "FAILED" not in host.log()


def test_a_broker_that_cannot_be_reached_is_named(hosts, sink):
    address = f"127.0.0.1:{ports.free()}"
    host = hosts(address)
    host.connector("orders", sink())
    host.start()
    said = host.wait_condition("orders", "waiting for Kafka", address, "kafka.bootstrap.servers", seconds=20)
    assert said.count("\n") == 0
    host.stop()


def test_a_topic_that_is_not_there_is_named_and_read_once_it_is(mock, db, hosts, sink):
    host = hosts(mock.bootstrap)
    # Looked for every minute by default: the test need not wait that long.
    host.connector("orders", {**sink(topics="no.such.topic"), "consumer.override.topic.metadata.refresh.interval.ms": 500})
    host.start()
    host.wait_condition("orders", "no.such.topic", 'create it, or correct "topics"', seconds=20)

    kcat.produce(mock.bootstrap, "no.such.topic", 0, events.inserts(10))
    flow = Flow(mock.bootstrap, "no.such.topic", db)
    flow.wait_written()
    host.wait_running("orders")
    flow.assert_exactly_once("a topic that came later")


def test_a_taken_rest_port_ends_the_start_with_one_sentence(mock, hosts, sink):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", host.port))
        taken.listen()
        host.start(wait=False)
        code, text = host.ended()
    assert code == 1, text
    errors = [line for line in text.splitlines() if re.search(r"\berror\b", line, re.IGNORECASE)]
    assert len(errors) == 1 and str(host.port) in errors[0] and "rest.listen" in errors[0], text


def validate(host, *words):
    done = host.command("validate")
    assert done.returncode == 1, done.stdout + done.stderr
    for word in words:
        assert word in done.stdout, f"{word!r} is missing in:\n{done.stdout}"
    return done.stdout


def test_broken_yaml_is_told_with_file_and_line(mock, hosts, sink):
    host = hosts(mock.bootstrap)
    host.connector("orders", sink())
    file = host.connectors / "broken.yaml"
    file.write_text("name: broken\nconnector.class: debezium-postgres-sink\ntopics: [a, b\ntasks.max: 1\n")
    validate(host, f"{file}:4: ", "a [ is not closed with ]")  # the first line that cannot belong to the open list


def test_an_unknown_key_is_told_with_file_line_and_the_nearest_name(mock, hosts, sink):
    host = hosts(mock.bootstrap)
    file = host.connectors / "orders.yaml"
    host.connector("orders", {**sink(), "tabel.name": "x", "task.max": 1})
    lines = file.read_text().splitlines()
    for wrong, right in (("tabel.name", "table.name"), ("task.max", "tasks.max")):
        number = next(n for n, line in enumerate(lines, 1) if wrong in line)
        validate(host, f"{file}:{number}: ", right)


def test_an_unknown_key_of_the_host_file_is_told_too(mock, hosts, sink):
    host = hosts(mock.bootstrap, rest_listne="127.0.0.1:1")
    host.connector("orders", sink())
    number = list(host.settings).index("rest.listne") + 1
    validate(host, f"{host.file}:{number}: ", '"rest.listne"; did you mean "rest.listen"?')


def test_problems_are_told_as_json_with_file_line_and_key(hosts, sink):
    host = hosts(f"127.0.0.1:{ports.free()}")
    host.connector("orders", sink())
    done = host.command("validate", "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {"valid": True, "connectors": 1, "problems": []}
    host.connector("orders", {**sink(), "tabel.name": "x"})
    done = host.command("validate", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["valid"] is False
    [problem] = told["problems"]
    file = host.connectors / "orders.yaml"
    assert (problem["severity"], problem["file"], problem["key"]) == ("error", str(file), "tabel.name")
    assert "tabel.name" in file.read_text().splitlines()[problem["line"] - 1] and '"table.name"' in problem["message"]


def test_valid_files_are_valid_and_need_no_broker(hosts, sink):
    host = hosts(f"127.0.0.1:{ports.free()}")
    host.connector("orders", sink())
    done = host.command("validate")
    assert done.returncode == 0, done.stdout + done.stderr


def test_s19_a_file_that_vouches_for_nobody_is_told_by_validate(hosts, sink, folder):
    host = hosts(f"127.0.0.1:{ports.free()}", kafka_security_protocol="ssl")
    (folder / "empty.pem").write_text("no certificate\n")
    for name, file in (("ssl.ca.location", folder / "missing.pem"), ("ssl.ca.location", folder / "empty.pem"), ("ssl.certificate.location", folder / "empty.pem")):
        host.configure(**{f"kafka_{name}": str(file)})
        validate(host, "the Kafka client does not start", name, "error:")
        host.configure(**{f"kafka_{name}": None})
    host.connector("orders", {**sink(), "connection.url": f"postgresql://x@127.0.0.1/x?sslmode=verify-full&sslrootcert={folder}/empty.pem"})
    validate(host, f"sslrootcert={folder}/empty.pem is no file with certificates", "no certificate or crl found")


def test_a_command_works_in_a_folder_that_its_user_may_not_look_into(folder):
    """sudo keeps the folder in which it was called."""
    closed = folder / "closed"
    closed.mkdir()
    os.chown(closed, 65534, 65534)
    closed.chmod(0o700)
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    looked = processes.run([*bound, "ls", "configs"], seconds=10, cwd=closed)
    assert looked.returncode != 0 and "Permission denied" in looked.stderr, looked
    done = processes.run([*bound, paths.SLUICE, "version"], seconds=10 * paths.SLOWNESS, cwd=closed)
    assert done.returncode == 0 and done.stdout.startswith("sluice "), done
