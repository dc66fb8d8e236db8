"""Topics written and read by kcat: a client that shares no code with sluice, and so can vouch for what a topic holds."""

import json
import subprocess
import tempfile
import threading


class Record:
    __slots__ = ("topic", "partition", "offset", "key", "value", "timestamp", "headers")

    def __init__(self, topic, partition, offset, key, value, timestamp=None, headers=()):
        self.topic, self.partition, self.offset, self.key, self.value = topic, partition, offset, key, value
        self.timestamp, self.headers = timestamp, dict(zip(headers[::2], headers[1::2]))

    def __repr__(self):
        return f"{self.topic}-{self.partition}@{self.offset} {self.key} {(self.value or 'null')[:120]}"


def dump(bootstrap, topic, seconds=120):
    """Every record of the topic from its beginning to where it ends now."""
    return list(records(bootstrap, topic, seconds=seconds))


def records(bootstrap, topic, partition=None, first=None, count=None, seconds=120):
    """The same one after the other, for a topic that is not to be kept in memory; of one partition also from the offset `first`
    on, and only `count` of them. `seconds` is for all of it."""
    command = ["kcat", "-C", "-b", bootstrap, "-t", topic, "-o", "beginning" if first is None else str(first), "-e", "-q", "-J",
               "-X", "check.crcs=true", "-X", "fetch.wait.max.ms=50"]
    command += [] if partition is None else ["-p", str(partition)]
    command += [] if count is None else ["-c", str(count)]
    # What it has to complain about must not fill a pipe that nobody reads.
    with tempfile.TemporaryFile() as complaints, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, encoding="utf-8", errors="surrogateescape") as reader:
        limit = threading.Timer(seconds, reader.kill)
        limit.start()
        try:
            for line in reader.stdout:  # splits at a line feed only, where str.splitlines() would do so at U+2028 in a text as well
                at = json.loads(line)
                yield Record(at["topic"], at["partition"], at["offset"], at.get("key"), at.get("payload"), at.get("ts"),
                             at.get("headers") or ())
            code = reader.wait()
        finally:
            limit.cancel()
            reader.kill()
        complaints.seek(0)
        assert code == 0, f"kcat ended with {code} within {seconds:g} s: {complaints.read().decode(errors='replace')}"


def produce(bootstrap, topic, partition, pairs, seconds=60, headers=()):
    """(key, value) pairs in order into one partition; None is null. Neither may hold a tab or a line feed. Each gets `headers`,
    as NAME=VALUE. A byte that is no UTF-8, 0xFF for instance, is written "\\udcff"."""
    text = "".join(f"{key or ''}\t{value or ''}\n" for key, value in pairs)
    done = subprocess.run(["kcat", "-P", "-b", bootstrap, "-t", topic, "-p", str(partition), "-K", "\t", "-Z",
                           "-X", "acks=all", "-X", "linger.ms=0", *(word for header in headers for word in ("-H", header))],
                          input=text, capture_output=True, encoding="utf-8", errors="surrogateescape", timeout=seconds, check=False)
    assert done.returncode == 0, f"kcat: {done.stderr}"


def ends(bootstrap, topic, partitions, seconds=30):
    """{partition: next offset} as the broker tells it."""
    command = ["kcat", "-Q", "-b", bootstrap]
    for partition in range(partitions):
        command += ["-t", f"{topic}:{partition}:-1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, f"kcat: {done.stderr}"
    found = {}
    for line in done.stdout.splitlines():  # "topic [0] offset 17"
        words = line.split()
        found[int(words[1].strip("[]"))] = int(words[3])
    return found
