"""The Dockerfile, by BuildKit's parser and by two linters, and against the files that it takes. Nothing here builds an image."""

import fnmatch
import json

import pytest

from tools import DOCKER, run_tool, understood
from harness import paths

DOCKERFILE = DOCKER / "Dockerfile"
# What dockerfilelint, which is older than BuildKit, says wrongly.
MISTAKEN = {
    "Base Image Missing Tag": "the tag is in ARG DEBIAN",
    "apt-get update with matching cache rm": "the lists are in a cache mount, outside the image",
    "Invalid Argument Format": "HEALTHCHECK with options before CMD, as Docker's reference has it",
}


@pytest.fixture(scope="module")
def stages():
    parsed = json.loads(understood("dockerfile", DOCKERFILE))
    assert parsed["Warnings"] == []
    return parsed["Stages"]


def instructions(stage, name):
    return [i for i in stage["Instructions"] if i["Name"].upper() == name]


def test_hadolint_finds_nothing():
    done = run_tool("python/bin/hadolint", "--failure-threshold", "style", DOCKERFILE)
    assert done.returncode == 0, done.stdout + done.stderr


def test_dockerfilelint_finds_only_what_it_is_mistaken_about():
    done = run_tool("node_modules/.bin/dockerfilelint", "-o", "json", DOCKERFILE)
    issues = json.loads(done.stdout)["files"][0]["issues"]
    assert {issue["title"] for issue in issues} == set(MISTAKEN), issues


def test_the_base_is_one_version_of_debian_for_both_stages(stages):
    assert {stage["Base"] for stage in stages} == {"${DEBIAN}"}
    assert "ARG DEBIAN=debian:12." in DOCKERFILE.read_text()


def test_the_build_gets_what_it_copies_and_no_secret(stages):
    sent = json.loads(understood("context", DOCKER / "Dockerfile.dockerignore", paths.ROOT))
    copied = [source for stage in stages for i in instructions(stage, "COPY") if not i.get("From") for source in i["Sources"]]
    assert copied
    for source in copied:
        assert source == "." or source in sent, f"COPY {source}: BuildKit does not send it"
    for needed in ("CMakeLists.txt", "CMakePresets.json", "LICENSE", "host/main.cpp", "host/web/package.json", "plugins/abi/sluice_plugin.h",
                   "configs/sluice.yaml", "deploy/libraries.cmake"):
        assert needed in sent
    for pattern in ("build/*", "var/*", ".git/*", "tests/*", "deploy/docker/*", "*/node_modules/*"):
        assert not fnmatch.filter(sent, pattern), pattern


def test_setup_runs_with_the_files_that_were_copied_before_it(stages):
    # deploy/setup.sh without options sources lib.sh and calls nothing else.
    first = instructions(stages[0], "COPY")[0]["Sources"]
    sourced = {line.rpartition("/")[2].strip('"') for line in (paths.DEPLOY / "setup.sh").read_text().splitlines()
               if line.startswith("source ")}
    assert {f"deploy/{name}" for name in sourced} | {"deploy/setup.sh"} == set(first)


def test_the_last_stage_is_the_package_and_runs_as_nobody_in_particular(stages):
    last = stages[-1]
    assert not instructions(last, "COPY") and not instructions(last, "ADD")
    user = instructions(last, "USER")
    assert [i["Text"] for i in user] == ["USER 10001:10001"]
    entry = instructions(last, "ENTRYPOINT")[0]["Text"]
    assert "/usr/bin/sluice" in entry
    assert [i["Name"].upper() for i in last["Instructions"]].count("HEALTHCHECK") == 1
