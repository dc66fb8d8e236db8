"""The topic of the shop's orders on the mock broker, on its way into the ledger."""

import pytest

from harness.flow import Flow


@pytest.fixture
def flow(mock, db):
    return Flow(mock.bootstrap, "dbserver1.public.orders", db)
