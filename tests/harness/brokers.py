"""The two brokers: librdkafka's mock cluster in a process of its own, quick to start, and a real Kafka."""

import pathlib

from harness import envfile, kcat, paths, processes, waits


class MockBroker:
    """Keeps everything in memory; {topic: partitions} are there from the start."""

    def __init__(self, folder, topics):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        env = folder / "env"
        command = [paths.needed(paths.MOCK_BROKER, "build it: cmake --build --preset dev"), "--env", env]
        for name, partitions in topics.items():
            command += ["--topic", f"{name}:{partitions}"]
        self.process = processes.Process("mock broker", command, folder / "broker.log")

        def told():
            if not self.process.alive():
                raise RuntimeError(f"the mock broker ended\n{self.process.tail()}")
            return env.exists() and envfile.read(env).get("KAFKA_BOOTSTRAP")
        self.bootstrap = waits.until("the mock broker listens", told, 10 * paths.SLOWNESS)

    def stop(self):
        self.process.stop(10)


class Kafka:
    """A real broker, and what the tests know about it: topics come by writing to them, with PARTITIONS partitions."""

    PARTITIONS = 4

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        processes.run([paths.DEPLOY / "live" / "start.sh", self.folder, "--kafka-only"], seconds=120, check=True)
        self.bootstrap = envfile.read(self.folder / "env")["KAFKA_BOOTSTRAP"]

    def create_topic(self, name):
        """With one tombstone in it, which sinks pass over: it is the writing that makes the topic."""
        kcat.produce(self.bootstrap, name, 0, [('{"order_id":0}', None)])

    def stop(self):
        processes.run([paths.DEPLOY / "live" / "stop.sh", self.folder], seconds=60, check=True)
