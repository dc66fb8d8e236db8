"""A mock broker, one host and its connectors, for tests that say which events go in and look at the tables that come out."""

from harness import brokers, kcat, paths, waits


class Pipe:
    def __init__(self, folder, db, host, topics):
        self.db, self.topics = db, topics
        self.broker = brokers.MockBroker(folder / "mock", topics)
        self.bootstrap = self.broker.bootstrap
        self._make_host, self.host = host, None
        self._reads = {}

    def stop(self):
        if self.host and self.host.running():
            self.host.stop(seconds=10)
        self.broker.stop()

    def send(self, topic, pairs, partition=0):
        kcat.produce(self.bootstrap, topic, partition, pairs)

    def connector(self, name, topics, settings):
        """Reads `topics`, one or a list of them."""
        topics = [topics] if isinstance(topics, str) else list(topics)
        self.need_host().connector(name, {**settings, "topics": ",".join(topics)})
        self._reads[name] = topics

    def need_host(self):
        if self.host is None:
            self.host = self._make_host(self.bootstrap)
        return self.host

    def start(self):
        self.host.start()

    def wait_written(self, *names, seconds=20):
        """Until these connectors, or all, have passed everything in their topics."""
        ends = {}
        for name in names or self._reads:
            for topic in self._reads[name]:
                if topic not in ends:
                    ends[topic] = kcat.ends(self.bootstrap, topic, self.topics[topic])

        def passed():
            assert self.db.value("SELECT to_regclass('sluice.sink_offsets') IS NOT NULL")
            at = {(connector, topic, partition): offset for connector, topic, partition, offset in
                  self.db.sql("SELECT connector, topic, partition, next_offset FROM sluice.sink_offsets")}
            behind = {(name, topic, partition): (at.get((name, topic, partition)), end) for name in names or self._reads
                      for topic in self._reads[name] for partition, end in ends[topic].items()
                      if (at.get((name, topic, partition)) or 0) < end}
            assert not behind, {"position, end": behind, "tasks": {name: self.host.task(name) for name in names or self._reads}}
            return True
        waits.until("everything is written", passed, seconds * paths.SLOWNESS)

    def position(self, name, topic, partition=0):
        return self.db.value("SELECT next_offset FROM sluice.sink_offsets WHERE connector = %s AND topic = %s AND partition = %s",
                             name, topic, partition)
