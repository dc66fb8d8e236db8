"""One real pipeline for all tests of this folder. Each test reads its topic from the beginning, into a database of its own."""

import pathlib
import shutil
import tempfile

import pytest

from harness.live import Stack


@pytest.fixture(scope="session")
def live():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-live-"))
    # Postgres does not run as root, and its user has to get through here.
    folder.chmod(0o755)
    stack = Stack(folder)
    yield stack
    stack.stop()
    shutil.rmtree(folder, ignore_errors=True)
