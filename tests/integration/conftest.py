"""The topic of the shop's orders on the mock broker, on its way into the ledger."""

import pytest

from harness.flow import Flow
from harness.pipe import Pipe


@pytest.fixture
def flow(mock, db):
    return Flow(mock.bootstrap, "dbserver1.public.orders", db)


@pytest.fixture
def pipes(folder, db, hosts):
    """pipes({topic: partitions}) gives a broker with these topics and a host for connectors that read them."""
    made = []

    def make(topics):
        pipe = Pipe(folder, db, hosts, topics)
        made.append(pipe)
        return pipe
    yield make
    for pipe in made:
        pipe.stop()
