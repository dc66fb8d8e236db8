"""What tests are given: a Postgres server for the whole run, a fresh database and a fresh broker each, sluice hosts.

A test that fails shows the end of every log that it wrote. Random choices come from `seed`, which is printed and may be set
by SLUICE_SEED.
"""

import os
import random
import shutil

import pytest

from harness import brokers, ledger, paths, postgres, sluice

_LOG_LINES = 60


def pytest_report_header():
    return f"binaries of {paths.BUILD}, sanitizer {paths.SANITIZER or 'none'}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    folder = getattr(item, "funcargs", {}).get("folder")
    if not report.failed or folder is None:
        return
    for log in sorted(folder.rglob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
        report.sections.append((f"end of {log.relative_to(folder)}", "\n".join(lines)))


@pytest.fixture
def folder():
    """The test's own folder."""
    path = paths.temporary_folder("test")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def seed():
    value = int(os.environ.get("SLUICE_SEED") or random.SystemRandom().randrange(1, 2**31))
    print(f"seed {value}: SLUICE_SEED={value} makes the same choices again")
    return value


@pytest.fixture
def dice(seed):
    return random.Random(seed)


@pytest.fixture(scope="session")
def postgres_server():
    path = paths.temporary_folder("postgres")
    server = postgres.Server(path)
    yield server
    server.stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def db(postgres_server):
    """A fresh database with the warehouse's tables, and beside them the ledger, a target without a key."""
    database = ledger.database(postgres_server)
    yield database
    database.drop()


@pytest.fixture
def mock(folder):
    """A mock broker with the topic of the shop's orders, four partitions as recorded."""
    broker = brokers.MockBroker(folder / "mock", {ledger.TOPIC: 4})
    yield broker
    broker.stop()


@pytest.fixture(scope="session")
def kafka():
    path = paths.temporary_folder("kafka")
    broker = brokers.Kafka(path)
    yield broker
    broker.stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def hosts(folder):
    """hosts(bootstrap, worker="w1", ...) makes a host, not yet started. What should still run when the test ends is stopped,
    and fails the test where it has crashed unseen."""
    made = []

    def make(bootstrap, worker="w1", **settings):
        host = sluice.Sluice(folder, bootstrap, worker, secrets_paths=[str(folder)], **settings)
        made.append(host)
        return host
    yield make
    for host in made:
        if host.process and host.process.awaited():
            host.process.thaw()
            host.stop(seconds=10)


@pytest.fixture
def sink(folder, db):
    """sink(key=value...) gives the settings of a connector that writes the ledger; _ in a name means a dot, None removes."""
    return lambda **changed: ledger.sink(folder, db, **changed)
