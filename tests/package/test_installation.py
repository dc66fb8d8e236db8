"""The life of an installed sluice: the service writes rows, a plugin of one's own is dropped in, the package is upgraded and goes."""

from pathlib import PurePath

import pytest

from harness import kcat, ledger, load, ports, waits
from harness.brokers import MockBroker
from harness.flow import Flow
from harness.sluice import yaml
from own_plugin import PLUGIN, make_plugin
from service import Service

TOPIC, LINES = "dbserver1.public.orders", "lines"
# The administrator's, and with the folders that lead to them: what a removal leaves.
CONFIGURATION = {"/etc/sluice", "/etc/sluice/connectors", "/etc/sluice/connectors/lines.yaml", "/etc/sluice/connectors/orders.yaml",
                 "/etc/sluice/environment", "/etc/sluice/sluice.yaml",
                 "/usr/local/lib/sluice", "/usr/local/lib/sluice/plugins", PLUGIN}
SECRETS = "/etc/sluice/secrets"
# Whether the service is wanted is configuration as well, and kept here.
WANTED = "/etc/systemd/system/multi-user.target.wants", "/var/lib/systemd"


@pytest.fixture
def broker(folder):
    made = MockBroker(folder / "mock", {TOPIC: 4, LINES: 1})
    yield made
    made.stop()


def change(path, old, new):
    text = path.read_text()
    assert text.count(old) == 1, f"{path} has {old} {text.count(old)} times"
    path.write_text(text.replace(old, new))


def test_install_use_upgrade_remove_and_purge(machine, packages, broker, db, folder):
    before = machine.files()
    debs = machine.take(packages)
    machine.install(*debs)

    # An administrator writes down where Kafka and the warehouse are, begins with the packaged example, and starts the service.
    port = ports.free()
    host_file, connectors = machine.path("/etc/sluice/sluice.yaml"), machine.path("/etc/sluice/connectors")
    change(host_file, "bootstrap.servers: 127.0.0.1:9092", f"bootstrap.servers: {broker.bootstrap}")
    change(host_file, "listen: 127.0.0.1:8083", f"listen: 127.0.0.1:{port}")
    orders = connectors / "orders.yaml"
    orders.write_bytes(machine.path("/usr/share/doc/sluice/examples/orders.yaml").read_bytes())
    change(orders, "postgresql://warehouse@127.0.0.1:5432/analytics", db.url)
    change(orders, "\ntable.name: orders_fact\n", "\n" + yaml({"table.name": "orders_ledger", "columns": dict(ledger.COLUMNS)}))
    change(machine.path("/etc/sluice/environment"), "#SLUICE_WAREHOUSE_PASSWORD=", f"SLUICE_WAREHOUSE_PASSWORD={db.password}")
    service = Service(machine, port, folder / "sluice.log")
    service.start()

    # Recorded changes are rows, exact, each once.
    load.write(broker.bootstrap, TOPIC, recorded=True)
    flow = Flow(broker.bootstrap, TOPIC, db)
    flow.wait_written()
    assert flow.rows() == len(flow.expected()) > 0
    flow.assert_exactly_once()
    assert_is_confined(service)

    # A plugin of one's own is dropped in; its connector is made over REST, and so its file is the service's to write.
    service.stop()
    make_plugin(machine, folder, "pkg-config", machine.path(PLUGIN))
    service.start()
    settings = {"connector.class": "example-file-sink", "topics": LINES, "file": "/var/lib/sluice/lines.txt"}
    assert service.rest.put("/connectors/lines/config", settings).status == 201
    kcat.produce(broker.bootstrap, LINES, 0, [("1", "one"), ("2", "zwei")])
    written = machine.path("/var/lib/sluice/lines.txt")
    waits.until("the plugin has written", lambda: written.exists() and written.read_text() == "one\nzwei\n", 20)
    assert machine.rights("/etc/sluice/connectors/lines.yaml") == "-rw------- sluice sluice"
    assert service.rest.put("/connectors/orders/pause").status == 202
    waits.until("the pause is kept", lambda: [file for file in machine.path("/var/lib/sluice").iterdir() if file.name.startswith("orders")], 10)

    # What the sandbox forbids fails as an error that tells why, also for a plugin.
    escape = connectors / "escape.yaml"
    escape.write_text(yaml({"name": "escape", **settings, "file": f"{SECRETS}/lines.txt"}))
    service.reload()
    waits.until("the plugin may not write elsewhere", lambda: "Read-only file system" in (service.rest.task("escape") or {}).get("trace", ""), 20)
    escape.unlink()
    service.stop()

    # An upgrade leaves alone what was edited.
    edited = {path: path.read_bytes() for path in (host_file, orders, machine.path("/etc/sluice/environment"))}
    rights = {path: machine.rights(path) for path in (*CONFIGURATION, SECRETS)}

    def assert_as_it_was():
        assert {path: path.read_bytes() for path in edited} == edited
        assert {path: machine.rights(path) for path in rights} == rights
        assert not [path for path in machine.files() if ".dpkg-" in path]
    machine.install(*debs)
    assert_as_it_was()

    # Removed: configuration and data stay, nothing else; dpkg takes the folder of secrets, which is empty. And installed again.
    machine.remove("sluice", "sluice-dev")
    left = {path for path in machine.files() - before if not path.startswith(WANTED)}
    data = {path for path in left if PurePath("/var/lib/sluice") in [PurePath(path), *PurePath(path).parents]}
    assert "/var/lib/sluice/lines.txt" in data
    assert left - data == CONFIGURATION
    assert before <= machine.files()
    machine.install(*debs)
    assert_as_it_was()

    # Purged: nothing but the administrator's own plugin.
    machine.purge("sluice", "sluice-dev")
    assert machine.files() - before == {PLUGIN, *(str(path) for path in PurePath(PLUGIN).parents[:2])}


def assert_is_confined(service):
    """The test's own sandbox was there, so that the rows above prove something about it."""
    status = service.status()
    assert {int(status["CapBnd"], 16), int(status["CapEff"], 16)} == {0}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    user = next(line for line in service.machine.path("/etc/passwd").read_text().splitlines() if line.startswith("sluice:"))
    assert status["Uid"].split() == [user.split(":")[2]] * 4
    metrics = service.rest.get("/metrics").text
    [started] = [float(line.split()[1]) for line in metrics.splitlines() if line.startswith("process_start_time_seconds ")]
    assert started > 1.5e9, "the clock of the start is told without /proc/stat"
