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
        self.start()

    def start(self):
        """After stop(): with its data, at the same port."""
        processes.run([paths.DEPLOY / "live" / "start.sh", self.folder, "--kafka-only"], seconds=120, check=True)
        self.bootstrap = envfile.read(self.folder / "env")["KAFKA_BOOTSTRAP"]

    def create_topic(self, name):
        """With one record in it that says nothing, which sinks pass over: it is the writing that makes the topic."""
        kcat.produce(self.bootstrap, name, 0, [(None, None)])

    def tool(self, program, *arguments):
        """What a program of Kafka's own jars says, by the name of its class in org.apache.kafka.tools."""
        java = 'source "$0" && java "${java_options[@]}" -cp "$stack/libs/*" "$@"'
        return processes.run(["bash", "-c", java, paths.DEPLOY / "live" / "stack.sh", f"org.apache.kafka.tools.{program}",
                              "--bootstrap-server", self.bootstrap, *arguments], seconds=120, check=True).stdout

    def group_offsets(self, group, topic):
        """{partition: committed offset} as Kafka's own tool tells it; a broker may have no group at all any more."""
        return self._group_numbers(group, topic, 3)

    def group_lags(self, group, topic):
        """{partition: lag}, the same way."""
        return self._group_numbers(group, topic, 5)

    def _group_numbers(self, group, topic, column):
        rows = (line.split() for line in self.tool("consumer.group.ConsumerGroupCommand", "--list").splitlines())
        if [group] not in rows:
            return {}
        told = self.tool("consumer.group.ConsumerGroupCommand", "--describe", "--group", group)
        rows = (line.split() for line in told.splitlines())
        return {int(row[2]): int(row[column]) for row in rows if row[:2] == [group, topic] and row[column] != "-"}

    def make_topic_anew(self, name, pairs):
        """Deleted, and then there again with other records in partition 0."""
        self.tool("TopicCommand", "--delete", "--topic", name)
        written = 0

        def created():
            nonlocal written
            written += 1
            self.create_topic(name)  # may still meet the old one, or one that takes no records yet
            return 0 < kcat.ends(self.bootstrap, name, self.PARTITIONS)[0] <= written
        waits.until(f"{name} is there again", created, 30, every=0.3)
        kcat.produce(self.bootstrap, name, 0, pairs)

    def segment(self, topic, partition):
        """The file that holds the partition's records: the only one, while they are few."""
        return self.folder / "kafka" / "data" / f"{topic}-{partition}" / f"{0:020}.log"

    def stop(self):
        processes.run([paths.DEPLOY / "live" / "stop.sh", self.folder], seconds=60, check=True)
