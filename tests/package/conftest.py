"""The two packages, made of the build under test, and a machine to install them on."""

import os
import pathlib
import shutil
import tempfile

import pytest

from harness import paths, processes
from machine import Machine
from own_plugin import PLUGIN


@pytest.fixture(scope="session")
def packages():
    """The .deb files: sluice and sluice-dev. Made of whichever build is tested: stripped, they differ in nothing that matters here."""
    for old in paths.BUILD.glob("*.deb"):
        old.unlink()
    processes.run(["cmake", "--build", paths.BUILD, "--target", "deb"], seconds=600, check=True)
    found = sorted(paths.BUILD.glob("*.deb"))
    assert [file.name.split("_")[0] for file in found] == ["sluice-dev", "sluice"], found
    return found


@pytest.fixture(scope="session")
def _machine(packages):
    """With the dependencies of the packages, not yet with them. Making one takes longer than what is done with it, so there is one."""
    # In memory, where there is room: thousands of small files are the disk's slowest work.
    memory = "/dev/shm"
    in_memory = os.path.isdir(memory) and shutil.disk_usage(memory).free > 1 << 30
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-package-", dir=memory if in_memory else None))
    folder.chmod(0o755)
    made = Machine(folder)
    made.install_dependencies(made.take(packages))
    yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def machine(_machine):
    """As a module finds it: without the packages. Purged, so that it stays so however the module ends."""
    yield _machine
    _machine.path(PLUGIN).unlink(missing_ok=True)
    _machine.purge("sluice", "sluice-dev")
