"""A worker of Kafka Connect on the bench's broker, as deploy/live configures one, with the Java settings of Kafka's own start script."""

import json
import pathlib

from harness import paths, ports, processes, waits
from harness.rest import Rest

# connect-distributed.sh and kafka-run-class.sh of Kafka 4.1: deploy/live's own are for a quick start, not for throughput.
JAVA = ("-Xms256m -Xmx2g -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35 "
        "-XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true").split()
_LIVE = paths.DEPLOY / "live"


class Worker:
    """One worker with a group and topics of its own and one connector, whose name no other has: its consumer group would go on where
    that of an earlier run had committed."""

    def __init__(self, folder, bootstrap):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        stack = _stack()
        port = ports.free()
        self._connector = f"orders-{port}"
        settings = (_LIVE / "connect.properties").read_text()
        for place, value in {"connect-": f"connect-{port}-", "@KAFKA_PORT@": bootstrap.rpartition(":")[2],
                             "@CONNECT_PORT@": str(port), "@STACK@": str(stack)}.items():
            settings = settings.replace(place, value)
        file = self.folder / "connect.properties"
        file.write_text(settings)
        self.process = processes.Process("Kafka Connect", [
            "java", *JAVA, f"-Dlog4j2.configurationFile={_LIVE / 'log4j2.properties'}", "-cp", f"{stack}/libs/*",
            "org.apache.kafka.connect.cli.ConnectDistributed", file], self.folder / "connect.log")
        self.rest = Rest(port, timeout=60)
        waits.until("Kafka Connect answers", self._answers, 120, every=0.2)

    @property
    def pid(self):
        return self.process.pid

    def add(self, config):
        answer = self.rest.put(f"/connectors/{self._connector}/config", {key: str(value) for key, value in config.items()})
        if answer.status not in (200, 201):
            raise AssertionError(f"Kafka Connect does not take the connector: {answer}")

    def wait_running(self, tasks, seconds=60):
        def runs():
            self.assert_well()
            states = [task["state"] for task in self.rest.status(self._connector).get("tasks", [])]
            return states == ["RUNNING"] * tasks
        waits.until(f"{tasks} tasks of {self._connector} run", runs, seconds)

    def assert_well(self):
        status = self.rest.status(self._connector)
        if not self.process.alive() or "FAILED" in json.dumps(status):
            raise RuntimeError(f"the connector {self._connector} has failed: {json.dumps(status)[:3000]}\n{self.process.tail()}")

    def kill(self):
        """It takes long to say goodbye, and nobody needs its offsets any more."""
        self.process.kill9()

    def _answers(self):
        if not self.process.alive():
            raise RuntimeError(f"Kafka Connect ended while starting\n{self.process.tail()}")
        try:
            return self.rest.get("/connectors").status == 200
        except OSError:
            return False


def _stack():
    """The folder that deploy/live/fetch.sh fills."""
    done = processes.run(["bash", "-c", 'source "$0" && source "$1" && echo "$stack"', paths.DEPLOY / "lib.sh", _LIVE / "versions.sh"],
                         check=True)
    return paths.needed(pathlib.Path(done.stdout.strip()), "fetch it: ./deploy/setup.sh --live")
