"""A topic of its own for each fault run, on the real broker."""

import itertools

import pytest

from harness.fault_run import QUICK_SESSION, FaultRun

_numbers = itertools.count(1)


@pytest.fixture
def run(kafka, db, folder, seed):
    topic = f"fault{next(_numbers)}.public.orders"
    kafka.create_topic(topic)
    made = FaultRun(kafka, topic, db, folder, seed)
    yield made
    made.close()


@pytest.fixture
def orders(run, sink):
    """Settings of the connector that reads the run's topic."""
    return {**sink(topics=run.flow.topic), **QUICK_SESSION}
