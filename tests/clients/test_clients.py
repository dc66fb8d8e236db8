"""Clients that people use with Kafka Connect, as their registries have them, work with sluice.

Each is told to do all that it can; what a client needs of an answer, it checks itself by reading it.
"""

import json
import pathlib
import urllib.request

import pytest
from clients.conftest import client, wait_for_state

from harness import ports, processes, waits
from harness.rest import Rest


@pytest.fixture
def kc(worker, run_client):
    """A subcommand's answer. kafka-connect-py ends with 0 whatever happens, and says what went wrong in place of JSON."""
    def ask(*arguments):
        text = run_client("python/bin/kc", "--url", worker.url, *arguments)
        return json.loads(text) if text.strip() else None
    return ask


def test_kafka_connect_py_does_all_that_it_can(worker, kc):
    config = worker.config("kc")
    assert kc("info")["version"].split(".")[0].isdigit()
    assert {plugin["type"] for plugin in kc("list-plugins")} >= {"sink"}
    created = kc("create", "--config-data", json.dumps({"name": "kc", "config": config}))
    assert created["name"] == "kc" and created["type"] == "sink", created
    wait_for_state(worker, "kc", "RUNNING")
    # Without --expand it asks for the states itself, in order to choose by them.
    assert set(kc("list", "--state", "RUNNING")) == {"kc"}
    assert kc("list", "--expand", "info")["kc"]["info"]["config"] == {**config, "name": "kc"}
    assert kc("list", "--expand", "status")["kc"]["status"]["connector"]["state"] == "RUNNING"
    assert kc("get", "kc")["tasks"] == [{"connector": "kc", "task": 0}]
    assert kc("config", "kc") == {**config, "name": "kc"}
    assert kc("status", "kc")["tasks"][0]["state"] == "RUNNING"
    assert kc("update", "kc", "--config-data", json.dumps(config))["config"]["file"] == config["file"]
    # includeTasks=True&onlyFailed=False, as Python writes them; then it reads the status.
    assert kc("restart", "kc", "--include-tasks")["name"] == "kc"
    wait_for_state(worker, "kc", "RUNNING")
    assert kc("pause", "kc") is None
    wait_for_state(worker, "kc", "PAUSED")
    assert kc("resume", "kc") is None
    wait_for_state(worker, "kc", "RUNNING")
    assert [task["id"] for task in kc("list-tasks", "kc")] == [{"connector": "kc", "task": 0}]
    assert kc("task-status", "kc", "0")["state"] == "RUNNING"
    assert kc("restart-task", "kc", "0") is None
    waits.until("its topic is known", lambda: kc("list-topics", "kc") == {"kc": {"topics": [worker.topic]}}, 15)
    assert kc("reset-topics", "kc") is None
    assert kc("list-topics", "kc") == {"kc": {"topics": []}}
    assert kc("delete", "kc") is None
    assert kc("list") == {} or kc("list") == []


def test_kafka_connect_api_does_all_that_it_can(worker, run_client):
    run_client("python/bin/python", pathlib.Path(__file__).with_name("connect_api.py"), worker.url, worker.folder / "api.txt", worker.topic)


def test_the_java_client_that_akhq_uses_does_all_that_it_can(worker):
    classes = f"{client('java/classes')}:{client('java')}/*"
    done = processes.run(["java", "-XX:TieredStopAtLevel=1", "-cp", classes, "Story", worker.url, worker.folder / "java.txt", worker.topic])
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_go_client_of_the_terraform_provider_does_all_that_it_can(worker, run_client):
    run_client("go-client", worker.url, worker.folder / "go.txt", worker.topic)


def test_the_health_check_finds_a_failed_task_of_its_worker_and_only_of_its_worker(worker, folder):
    def health(port):
        """(status, body) of the client's own answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def start(worker_id):
        port = ports.free()
        process = processes.Process("health check", [client("python/bin/kafka-connect-healthcheck"), "--port", port, "--connect-url", worker.url,
                                                     "--connect-worker-id", worker_id], folder / f"health-{port}.log")
        started.append(process)
        waits.until("the health check listens", lambda: ports.answers(port), 15)
        return port

    started = []
    try:
        worker.create("sound")
        wait_for_state(worker, "sound", "RUNNING")
        own = start(worker.rest.status("sound")["connector"]["worker_id"])
        other = start("elsewhere:8083")
        assert health(own)[0] == 200, health(own)
        worker.create("sick", file=str(worker.folder / "no such folder" / "x.txt"))
        waits.until("it has failed", lambda: worker.rest.task("sick").get("state") == "FAILED", 15)
        status, body = health(own)
        assert status == 503, body
        tasks = [failure for failure in body["failures"] if failure["type"] == "task"]
        assert [failure["connector"] for failure in tasks] == ["sick"] and "no such folder" in tasks[0]["trace"], body
        assert health(other)[0] == 200, health(other)
    finally:
        for process in started:
            process.kill9()


def test_a_client_that_asks_as_kcctl_does_finds_what_it_looks_for(worker):
    """kcctl is in no registry: it sends slashes at the end and switches features by the version's numbers."""
    assert [int(part) for part in Rest(worker.host.port).get("/").body["version"].split("-")[0].split(".")] >= [4, 0]
    created = worker.rest.post("/connectors/", {"name": "kcctl", "config": worker.config("kcctl")})
    assert created.status == 201, created
    assert worker.rest.get("/connectors/").body == ["kcctl"]
    refused = worker.rest.put("/connectors/kcctl/config", {"connector.class": "none", "topics": worker.topic})
    assert refused.status == 400 and refused.body["message"].startswith("Failed to find any class that implements Connector"), refused
