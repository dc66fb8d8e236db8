"""A secret appears nowhere but where it is needed: a random password is put through each provider, and literally, and everything that
the process says is searched for it: answers, log, arguments, files."""

import json
import pathlib
import re
import resource
import secrets
import urllib.parse

import pytest

from harness import events, kcat, paths, ports, waits
from harness.brokers import MockBroker
from harness.rest import Rest
from harness.sluice import flat

TOPIC, DEAD = "dbserver1.public.orders", "dead"
PLUGIN = "debezium-postgres-sink"
PROVIDERS = ["env", "file", "dir"]


class Listening(Rest):
    """Keeps all that was answered, with what was asked."""

    def __init__(self, port):
        super().__init__(port)
        self.said = []

    def ask(self, method, path, body=None):
        answer = super().ask(method, path, body)
        self.said.append((f"{method} {path}", f"{answer.status} {answer.headers} {answer.text}"))
        return answer


class Canary:
    """A host, and a secret with a reference to it by each provider."""

    def __init__(self, host, db, folder, monkeypatch):
        self.host, self.db, self.folder = host, db, folder
        self.secret = "Cnry" + secrets.token_hex(12)
        monkeypatch.setenv("SLUICE_CANARY", self.secret)
        # The line that is no setting must not be quoted in the complaint about it.
        (folder / "canary.properties").write_text(f"password={self.secret}\n")
        (folder / "broken.properties").write_text(f"password=\\u12{self.secret}\n")
        (folder / "canary").write_text(self.secret)
        self.references = {"env": "${env:SLUICE_CANARY}", "file": f"${{file:{folder}/canary.properties:password}}", "dir": f"${{dir:{folder}:canary}}"}
        host.rest = Listening(host.port)
        self.rest = host.rest

    def make_role(self):
        """One whose password is the secret."""
        role = f"canary_{self.secret[4:12]}"
        self.db.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{self.secret}' IN ROLE warehouse")
        url = urllib.parse.urlsplit(self.db.url)
        return role, url._replace(netloc=f"{role}@{url.netloc.rpartition('@')[2]}").geturl()

    def read_everything(self, *connectors):
        """Each thing that REST shows, and each that it refuses, with the settings of the first connector."""
        self.rest.get("/")
        self.rest.get("/connectors?expand=status&expand=info")
        for path in ("/metrics", "/openapi.json", "/admin/loggers", "/connector-plugins?connectorsOnly=false",
                     f"/connector-plugins/{PLUGIN}/config", "/no/such/path", "/health/ready"):
            self.rest.get(path)
        for name in connectors:
            for part in ("", "/config", "/status", "/tasks", "/tasks/0/status", "/topics", "/offsets"):
                self.rest.get(f"/connectors/{name}{part}")
            self.rest.ask("PATCH", f"/connectors/{name}/offsets", {"offsets": []})
        config = self.rest.get(f"/connectors/{connectors[0]}/config").body
        for change in ({"tasks.max": "abc"}, {"mode": "no such mode"}, {"errors.tolerance": "some"}, {"topics": ""}, {"connector.class": "Nothing"},
                       {"connection.url": "postgresql://[bad"}, {"consumer.override.no.such.key": "1"}, {"value.converter": "NoSuchConverter"},
                       {"connection.password": "${file:" + str(self.folder) + "/broken.properties:password}"},
                       {"connection.password": config["connection.password"] + "${env:SLUICE_NO_SUCH}"},
                       {"connection.password": f"${{dir:{self.folder}:no-such-file}}"}):
            wrong = {**config, **change}
            self.rest.put(f"/connector-plugins/{PLUGIN}/config/validate", wrong)
            self.rest.post("/connectors", {"name": "refused", "config": {**wrong, "name": "refused"}})
            self.rest.put(f"/connectors/{connectors[0]}/config", wrong)
            self.rest.ask("PATCH", f"/connectors/{connectors[0]}/config", change)
            self.rest.delete("/connectors/refused")
        self.rest.put(f"/connectors/{connectors[0]}/config", config)

    def assert_unseen(self, allowed=lambda asked: False):
        """In no answer but the allowed, no log, no argument; and in no file that the host made but a connector's own."""
        assert len(self.rest.said) > 50
        assert not [(asked, text) for asked, text in self.rest.said if self.secret in text and not allowed(asked)]
        assert self.secret not in self.host.log()
        assert self.secret.encode() not in pathlib.Path(f"/proc/{self.host.process.pid}/cmdline").read_bytes()
        state = pathlib.Path(self.host.settings["state.dir"])
        assert not [file for file in state.rglob("*") if file.is_file() and self.secret in file.read_text(errors="replace")]


@pytest.fixture
def broker(folder):
    broker = MockBroker(folder / "mock", {TOPIC: 1, DEAD: 1})
    yield broker
    broker.stop()


@pytest.fixture
def canary(broker, hosts, db, folder, monkeypatch):
    return Canary(hosts(broker.bootstrap, log_level="debug"), db, folder, monkeypatch)


def test_a_right_password_through_each_provider_is_nowhere_to_be_read(canary, sink, broker, db):
    role, url = canary.make_role()
    try:
        for provider, reference in canary.references.items():
            db.sql(f"CREATE TABLE of_{provider} (LIKE orders_ledger INCLUDING ALL)")
        canary.host.start()
        for provider, reference in canary.references.items():
            config = {**flat(sink(connection_url=url, table_name=f"of_{provider}", connection_password=reference, errors_tolerance="all")),
                      "errors.deadletterqueue.topic.name": DEAD, "errors.deadletterqueue.context.headers.enable": "true"}
            created = canary.rest.post("/connectors", {"name": provider, "config": config})
            assert created.status == 201 and created.body["config"]["connection.password"] == reference, created
        kcat.produce(broker.bootstrap, TOPIC, 0, [*events.inserts(3), ("k", "no event")])
        for provider in PROVIDERS:
            waits.until(f"{provider} has logged in and writes", lambda provider=provider: db.value(f"SELECT count(*) FROM of_{provider}") == 3,
                        20 * paths.SLOWNESS)
        letters = waits.until("each has its dead letter", lambda: [letter for letter in kcat.dump(broker.bootstrap, DEAD)][2:], 20 * paths.SLOWNESS)
        assert letters and canary.secret not in repr(kcat.dump(broker.bootstrap, DEAD))
        for provider in PROVIDERS:
            assert canary.rest.post(f"/connectors/{provider}/restart?includeTasks=true").status == 202
        canary.read_everything(*PROVIDERS)
        # A database that has gone away is complained about by other words.
        gone = {**canary.rest.get("/connectors/file/config").body, "connection.url": f"postgresql://{role}@127.0.0.1:{ports.free()}/nowhere"}
        assert canary.rest.put("/connectors/file/config", gone).status == 200
        canary.host.wait_condition("file", "waiting for the database")
        canary.read_everything("file")
        canary.assert_unseen()
        for provider, reference in canary.references.items():
            assert canary.rest.get(f"/connectors/{provider}/config").body["connection.password"] == reference
    finally:
        for provider in PROVIDERS:
            canary.rest.delete(f"/connectors/{provider}")
        canary.host.stop(seconds=10)
        db.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_no_core_file_would_keep_it(canary):
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        canary.host.start()
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))
    limits = pathlib.Path(f"/proc/{canary.host.process.pid}/limits").read_text()
    assert re.search(r"^Max core file size +0 ", limits, re.MULTILINE), limits


def test_a_wrong_password_through_each_provider_is_nowhere_to_be_read(canary, sink):
    canary.host.start()
    for provider, reference in canary.references.items():
        created = canary.rest.post("/connectors", {"name": provider, "config": flat(sink(connection_password=reference))})
        assert created.status == 201, created
    for provider in PROVIDERS:
        assert "password" in canary.host.wait_condition(provider, "blocked")
    canary.read_everything(*PROVIDERS)
    canary.assert_unseen()


def test_a_literal_password_is_shown_by_the_settings_alone_and_drawn_attention_to(canary, sink):
    canary.host.start()
    config = flat(sink(connection_password=canary.secret))
    created = canary.rest.post("/connectors", {"name": "literal", "config": config})
    assert created.status == 201, created
    assert canary.rest.get("/connectors/literal/config").body["connection.password"] == canary.secret, "byte for byte, as it was sent"
    canary.host.wait_condition("literal", "blocked")
    assert "connection.password" in canary.host.log() and "${env:" in canary.host.log()
    canary.read_everything("literal")
    # One within a URL is refused, since nobody would look for it there.
    within = {**config, "connection.url": f"postgresql://me:{canary.secret}@127.0.0.1/x", "connection.password": "${env:SLUICE_CANARY}"}
    refused = canary.rest.post("/connectors", {"name": "url", "config": within})
    assert refused.status == 400 and "connection.url" in refused.body["message"], refused

    def shows_settings(asked):
        verb, path = asked.split(" ", 1)
        path = path.rstrip("/")
        shown = verb == "GET" and path in ("/connectors/literal", "/connectors/literal/config", "/connectors/literal/tasks")
        return shown or path.startswith("/connectors?expand") or asked in ("POST /connectors", "PUT /connectors/literal/config", "PATCH /connectors/literal/config")
    echoes = [text for asked, text in canary.rest.said if asked.split()[0] in ("POST", "PUT", "PATCH") and canary.secret in text]
    assert echoes and all(json.loads(text[text.index("} {") + 2:]).get("config") for text in echoes), "no refusal quotes it"
    canary.assert_unseen(shows_settings)

