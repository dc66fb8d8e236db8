"""What the tests of this folder are given: the tools of fetch.sh, and the files of deploy/ as those tools understand them."""

import json

import pytest
import yaml

from harness import processes
from tools import DOCKER, KUBERNETES, understood


@pytest.fixture(scope="session")
def compose():
    return json.loads(understood("compose", DOCKER / "compose.yaml"))


@pytest.fixture(scope="session")
def services(compose):
    return compose["services"]


@pytest.fixture(scope="session")
def secrets(tmp_path_factory):
    """A folder with the passwords that secrets.sh makes."""
    folder = tmp_path_factory.mktemp("secrets")
    processes.run([DOCKER / "secrets.sh"], seconds=10, check=True, env={"SLUICE_SECRETS": str(folder)})
    return folder


class Manifests:
    """What `kubectl apply -k` would send, by kind and name."""

    def __init__(self, text):
        self.text = text
        self.all = list(yaml.safe_load_all(text))

    def one(self, kind, name="sluice"):
        found = [m for m in self.all if m["kind"] == kind and m["metadata"]["name"] == name]
        assert len(found) == 1, f"{kind} {name}: {len(found)} found"
        return found[0]

    def config_map(self, name):
        """The data of the one whose name is this, or this and a hash of its content."""
        found = [m for m in self.all if m["kind"] == "ConfigMap" and m["metadata"]["name"].startswith(name)]
        assert len(found) == 1, found
        return found[0]["data"]


@pytest.fixture(scope="session", params=[".", "base"])
def manifests(request):
    return Manifests(understood("kustomize", KUBERNETES / request.param))


@pytest.fixture(scope="session")
def scaled():
    return Manifests(understood("kustomize", KUBERNETES))
