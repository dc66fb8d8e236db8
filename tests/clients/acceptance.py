#!/usr/bin/env python3
"""The acceptance script: one story through Connect's REST API, told to any worker, real Connect or sluice, and printed as a table.

    acceptance.py BASE_URL NAME TOPIC FOLDER

NAME is that of the connector it makes (and NAME-2), TOPIC a topic with 4 partitions of 3 records each, JSON without keys, FOLDER a place for the file
that the worker writes. What depends on the run, such as NAME and the worker's address, is replaced in the table, so that two
workers can be compared line by line. e2e/test_same_as_connect.py does that.
"""

import http.client
import json
import re
import sys
import time
import urllib.parse

# Connect's common settings; what a plugin adds, and sluice, is not compared.
COMMON = """name connector.class tasks.max key.converter value.converter header.converter transforms predicates errors.retry.timeout
errors.retry.delay.max.ms errors.tolerance errors.log.enable errors.log.include.messages topics topics.regex
errors.deadletterqueue.topic.name errors.deadletterqueue.topic.replication.factor errors.deadletterqueue.context.headers.enable""".split()
JSON = {"Content-Type": "application/json"}


class Story:
    def __init__(self, url, name, topic, folder):
        self.host, self.port = urllib.parse.urlsplit(url).hostname, urllib.parse.urlsplit(url).port
        self.name, self.topic, self.folder = name, topic, folder
        self.config = {"connector.class": "FileStreamSink", "topics": topic, "tasks.max": "1", "file": f"{folder}/{name}.txt"}
        self.at = f"/connectors/{name}"

    # -- asking

    def ask(self, method, path, body=None, headers=None):
        text = body if body is None or isinstance(body, str) else json.dumps(body)
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(method, path, text, JSON if headers is None and text is not None else headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def step(self, step, method, path, body=None, headers=None, show=lambda found: found):
        """Asks, and prints what was answered: status, Location and the body, of which `show` picks what is compared."""
        status, answered, text = self.ask(method, path, body, headers)
        try:
            found = show(json.loads(text)) if text else ""
        except (ValueError, KeyError, TypeError, AttributeError):  # no JSON, or another shape than `show` looks for
            found = text
        location, shown = answered.get("Location", ""), json.dumps(found, sort_keys=True) if text else ""
        print(f"{step:<42} {self.masked(' '.join(part for part in (str(status), location, shown) if part))}")

    def masked(self, text):
        for what, instead in ((f"{self.host}:{self.port}", "WORKER"), (self.folder, "FOLDER"), (self.topic, "TOPIC"), (self.name, "NAME")):
            text = text.replace(what, instead)
        for name in ("worker_id", "version", "trace", "task.class"):
            text = re.sub(rf'"{name}": "[^"]*"', f'"{name}": "..."', text)
        # Which classes there are, and where, is the worker's own matter; Connect names one of its own classes in front, now and then.
        text = re.sub(r"available connectors are: .*?(?=\"|$)", "available connectors are: ...", text)
        return text.replace("org.apache.kafka.connect.errors.ConnectException: Failed to find", "Failed to find")

    def until(self, what, check, seconds=60):
        end = time.monotonic() + seconds
        while not check():
            if time.monotonic() > end:
                raise SystemExit(f"not within {seconds} s: {what}")
            time.sleep(0.1)

    def until_state(self, state, tasks, seconds=0):
        """That it stays so for `seconds`: Connect's states come by way of a topic, and one that is seen may be from before what was asked last."""
        since = None

        def reached():
            nonlocal since
            since = (since or time.monotonic()) if there() else None
            return since is not None and time.monotonic() - since >= seconds

        def there():
            status, _, text = self.ask("GET", f"{self.at}/status")
            if status != 200:
                return False
            found = json.loads(text)
            return found["connector"]["state"] == state and [task["state"] for task in found["tasks"]] == tasks
        self.until(f"{self.name} is {state} with tasks {tasks}", reached)

    def own(self, listed):
        """Of a list of connectors those that this story has made."""
        if isinstance(listed, dict):
            return {name: what for name, what in listed.items() if name.startswith(self.name)}
        return sorted(name for name in listed if name.startswith(self.name))

    # -- the story

    def tell(self):
        self.worker()
        self.refused_creations()
        self.creation()
        self.reading()
        self.configurations()
        self.states()
        self.restarts()
        self.topics()
        self.plugins()
        self.validation()
        self.loggers()
        self.wire()
        self.offsets()
        self.deletion()

    def worker(self):
        self.step("the worker", "GET", "/", show=lambda found: {**found, "commit": "...", "kafka_cluster_id": "..."})
        self.step("its health", "GET", "/health")
        self.step("no connector of this story yet", "GET", "/connectors", show=self.own)

    def refused_creations(self):
        create = ("POST", "/connectors")
        for what, body in (("no JSON", "{"), ("null", "null"), ("an array", "[]"), ("no config", {"name": self.name}),
                           ("an unknown initial state", {"name": self.name, "config": self.config, "initial_state": "NONE"}),
                           ("an object as a value", {"name": self.name, "config": {**self.config, "file": {}}})):
            self.step(f"create: {what}", *create, body, show=lambda found: found["error_code"])
        for what, body in (("an empty name", {"name": "", "config": self.config}),
                           ("another name within", {"name": self.name, "config": {**self.config, "name": "other"}}),
                           ("the name within only", {"config": {**self.config, "name": self.name}})):
            self.step(f"create: {what}", *create, body)
        self.step("create: an empty config", *create, {"name": self.name, "config": {}}, show=lambda found: found["message"].split("{")[0])
        for what, change in (("an unknown class", {"connector.class": "Nothing"}), ("no topics", {"topics": ""}),
                             ("topics and a regex", {"topics.regex": "x.*"}), ("no task", {"tasks.max": "0"}),
                             ("an unknown tolerance", {"errors.tolerance": "some"}),
                             ("dead letters into its own topic", {"errors.deadletterqueue.topic.name": self.topic}),
                             ("an unknown converter", {"value.converter": "NoSuchConverter"}),
                             ("a transform without a type", {"transforms": "a"}),
                             ("a value of null", {"file": None}),
                             ("retries for less than ever", {"errors.retry.timeout": "-2"})):
            self.step(f"create: {what}", *create, {"name": self.name, "config": {**self.config, **change}})
            self.ask("DELETE", self.at)

    def creation(self):
        self.step("create it stopped", "POST", "/connectors", {"name": self.name, "config": self.config, "initial_state": "stopped"})
        self.until_state("STOPPED", [])
        self.step("its status", "GET", f"{self.at}/status")
        self.step("no tasks", "GET", f"{self.at}/tasks")
        self.step("no offsets", "GET", f"{self.at}/offsets")
        self.step("create it again", "POST", "/connectors", {"name": self.name, "config": self.config})
        self.step("resume when stopped", "PUT", f"{self.at}/resume")
        self.until_state("RUNNING", ["RUNNING"])

    def reading(self):
        self.step("list", "GET", "/connectors", show=self.own)
        for query in ("expand=info", "expand=status", "expand=status&expand=info", "expand=bogus", "expand", "expand=STATUS"):
            self.step(f"list with {query}", "GET", f"/connectors?{query}", show=self.own)
        for part in ("", "/config", "/status", "/tasks", "/tasks/0/status"):
            self.step(f"get {part or 'it'}", "GET", f"{self.at}{part}")
            self.step(f"get {part or 'it'} of an unknown one", "GET", f"/connectors/{self.name}-none{part}")
        for task in ("7", "-1", "abc", "99999999999"):
            self.step(f"get task {task}", "GET", f"{self.at}/tasks/{task}/status")

    def configurations(self):
        self.step("put the same", "PUT", f"{self.at}/config", self.config)
        self.step("put it with another file", "PUT", f"{self.at}/config", {**self.config, "file": f"{self.config['file']}.2"}, show=lambda found: found["name"])
        self.step("put another name", "PUT", f"{self.at}/config", {**self.config, "name": "other"})
        self.step("put a bad one", "PUT", f"{self.at}/config", {**self.config, "tasks.max": "-1"})
        self.step("put numbers and booleans", "PUT", f"{self.at}/config", {**self.config, "tasks.max": 1, "errors.log.enable": True})
        self.step("patch", "PATCH", f"{self.at}/config", {"errors.log.enable": None, "errors.tolerance": "all", "no.such.key": None})
        self.step("patch nothing", "PATCH", f"{self.at}/config", {})
        self.step("patch into a bad one", "PATCH", f"{self.at}/config", {"topics": None})
        self.step("patch away the name", "PATCH", f"{self.at}/config", {"name": None})
        self.step("patch an unknown one", "PATCH", f"/connectors/{self.name}-none/config", {})
        self.step("put a new one", "PUT", f"/connectors/{self.name}-2/config", self.config)
        self.step("delete it", "DELETE", f"/connectors/{self.name}-2")
        self.step("it is gone at once", "GET", f"/connectors/{self.name}-2")
        self.until_state("RUNNING", ["RUNNING"])

    def states(self):
        for verb in ("pause", "resume", "stop"):
            self.step(f"{verb} an unknown one", "PUT", f"/connectors/{self.name}-none/{verb}")
        self.step("pause", "PUT", f"{self.at}/pause")
        self.until_state("PAUSED", ["PAUSED"])
        self.step("pause again", "PUT", f"{self.at}/pause")
        self.step("status when paused", "GET", f"{self.at}/status")
        self.step("put the same when paused", "PUT", f"{self.at}/config", self.config)
        self.until_state("PAUSED", ["PAUSED"])
        self.step("resume when paused", "PUT", f"{self.at}/resume")
        self.until_state("RUNNING", ["RUNNING"])

    def restarts(self):
        states = lambda found: [found["name"], found["connector"]["state"], [task["state"] for task in found["tasks"]], found["type"]]
        for query in ("", "?includeTasks=TRUE", "?onlyFailed=true", "?includeTasks=true&onlyFailed=true", "?includeTasks=yes&onlyFailed="):
            self.step(f"restart{query}", "POST", f"{self.at}/restart{query}", show=states)
            self.until_state("RUNNING", ["RUNNING"], seconds=2)
        self.step("restart an unknown one", "POST", f"/connectors/{self.name}-none/restart")
        self.step("restart a task", "POST", f"{self.at}/tasks/0/restart")
        self.step("restart task 7", "POST", f"{self.at}/tasks/7/restart")
        self.step("restart task abc", "POST", f"{self.at}/tasks/abc/restart")
        self.step("restart a task of an unknown one", "POST", f"/connectors/{self.name}-none/tasks/0/restart")
        self.until_state("RUNNING", ["RUNNING"])

    def topics(self):
        self.until("its topic is known", lambda: self.topic in self.ask("GET", f"{self.at}/topics")[2])
        self.step("topics", "GET", f"{self.at}/topics")
        self.step("topics of an unknown one", "GET", f"/connectors/{self.name}-none/topics")
        self.step("reset topics", "PUT", f"{self.at}/topics/reset")
        self.step("reset topics of an unknown one", "PUT", f"/connectors/{self.name}-none/topics/reset")

    def offsets(self):
        def alter(what, body, show=lambda found: found):
            self.step(f"offsets: {what}", "PATCH", f"{self.at}/offsets", body, show=show)

        def move(partition, offset):
            return {"offsets": [{"partition": partition, "offset": offset}]}

        def in_order(found):
            return sorted(found["offsets"], key=lambda one: one["partition"]["kafka_partition"])
        first = {"kafka_topic": self.topic, "kafka_partition": 0}
        alter("while it runs", move(first, {"kafka_offset": 1}))
        self.step("offsets: reset while it runs", "DELETE", f"{self.at}/offsets")
        self.step("offsets of an unknown one", "GET", f"/connectors/{self.name}-none/offsets")
        self.step("stop", "PUT", f"{self.at}/stop")
        self.until_state("STOPPED", [])
        self.step("status when stopped", "GET", f"{self.at}/status")
        self.step("restart when stopped", "POST", f"{self.at}/restart?includeTasks=true", show=lambda found: [found["connector"]["state"], found["tasks"]])
        self.until_state("STOPPED", [])
        self.step("restart a task when stopped", "POST", f"{self.at}/tasks/0/restart")
        self.until("its group has committed all and is empty", lambda: self.ask("GET", f"{self.at}/offsets")[2].count('"kafka_offset":3') == 4
                   and self.ask("PATCH", f"{self.at}/offsets", move(first, {"kafka_offset": 3}))[0] == 200)
        self.step("offsets", "GET", f"{self.at}/offsets", show=in_order)
        for what, body in (("none", {}), ("null", {"offsets": None}), ("an empty list", {"offsets": []}),
                           ("no partition", {"offsets": [{"offset": {"kafka_offset": 1}}]}), ("keys are missing", move({"kafka_topic": self.topic}, None)),
                           ("topic null", move({"kafka_topic": None, "kafka_partition": 0}, None)),
                           ("partition x", move({"kafka_topic": self.topic, "kafka_partition": "x"}, None)),
                           ("an empty offset", move(first, {})), ("offset 1.5", move(first, {"kafka_offset": "1.5"})),
                           ("offset null within", move(first, {"kafka_offset": None})),
                           ("offset of a text", move(first, {"kafka_offset": "x"}))):
            alter(what, body)
        for what, body in (("negative", move(first, {"kafka_offset": -1})), ("an unknown topic", move({**first, "kafka_topic": "no.such.topic"}, {"kafka_offset": 1})),
                           ("a partition that is not there", move({**first, "kafka_partition": 99}, {"kafka_offset": 1})),
                           ("a list that is an object", {"offsets": {}}), ("no JSON", "{"), ("a time", move(first, {"timestamp": 0}))):
            alter(what, body, lambda found: found.get("error_code", found))
        alter("one moved", move(first, {"kafka_offset": "1"}))
        self.step("offsets after that", "GET", f"{self.at}/offsets", show=in_order)
        alter("the last of two counts", {"offsets": [*move(first, {"kafka_offset": 2})["offsets"], *move(first, {"kafka_offset": 0})["offsets"]]})
        alter("one unset", move({**first, "kafka_partition": "1"}, None))
        self.step("offsets after that, too", "GET", f"{self.at}/offsets", show=in_order)
        self.step("offsets: reset", "DELETE", f"{self.at}/offsets")
        self.step("offsets: reset again", "DELETE", f"{self.at}/offsets")
        self.step("offsets after the reset", "GET", f"{self.at}/offsets")
        self.step("offsets: reset of an unknown one", "DELETE", f"/connectors/{self.name}-none/offsets")
        self.step("offsets: alter an unknown one", "PATCH", f"/connectors/{self.name}-none/offsets", move(first, None))

    def plugins(self):
        kinds = lambda found: sorted({plugin["type"] for plugin in found if set(plugin) == {"class", "type", "version"}} - {"source"})
        self.step("plugins", "GET", "/connector-plugins", show=kinds)
        self.step("plugins of all kinds", "GET", "/connector-plugins?connectorsOnly=false", show=kinds)
        self.step("post to the plugins", "POST", "/connector-plugins", {})
        self.step("settings of the plugin", "GET", "/connector-plugins/FileStreamSink/config",
                  show=lambda found: [key["name"] for key in found if key["name"] in COMMON])
        self.step("settings of an unknown plugin", "GET", "/connector-plugins/Nothing/config")

    def validation(self):
        def errors(found):
            return [found["name"], found["error_count"],
                    {one["value"]["name"]: one["value"]["errors"] for one in found["configs"] if one["value"]["errors"]},
                    [one["definition"]["name"] for one in found["configs"] if one["definition"] and one["definition"]["name"] in COMMON]]
        whole = {**self.config, "name": self.name}
        for what, config in (("a good one", whole), ("without a name", self.config), ("tasks.max 0", {**whole, "tasks.max": "0"}),
                             ("an unknown tolerance", {**whole, "errors.tolerance": "some"}), ("without topics", {**whole, "topics": ""})):
            self.step(f"validate {what}", "PUT", "/connector-plugins/FileStreamSink/config/validate", config, show=errors)
        self.step("validate of another type", "PUT", "/connector-plugins/Other/config/validate", whole)
        self.step("validate without a class", "PUT", "/connector-plugins/FileStreamSink/config/validate", {}, show=lambda found: found["error_code"])
        self.step("validate no JSON", "PUT", "/connector-plugins/FileStreamSink/config/validate", "{", show=lambda found: found["error_code"])

    def loggers(self):
        level = json.loads(self.ask("GET", "/admin/loggers/root")[2] or "{}").get("level")
        self.step("loggers", "GET", "/admin/loggers", show=lambda found: sorted(found["root"]))
        self.step("a level", "PUT", "/admin/loggers/root", {"level": "warn"}, show=lambda found: "root" in found)
        self.step("the root's level", "GET", "/admin/loggers/root", show=lambda found: [found["level"], sorted(found)])
        self.step("a level for all workers", "PUT", "/admin/loggers/root?scope=cluster", {"level": "WARN"})
        self.step("an unknown level", "PUT", "/admin/loggers/root", {"level": "LOUD"})
        self.step("no level", "PUT", "/admin/loggers/root", {})
        self.step("an unknown logger", "GET", "/admin/loggers/no.such.logger")
        self.ask("PUT", "/admin/loggers/root", {"level": level})

    def wire(self):
        self.step("a slash at the end", "GET", f"{self.at}/config/")
        self.step("a parameter in the path", "GET", f"/connectors;x=1/{self.name};y=2/config")
        self.step("another case", "GET", "/Connectors")
        self.step("an unknown path", "GET", "/no/such/path")
        self.step("a wrong verb", "DELETE", "/connectors")
        self.step("HEAD", "HEAD", self.at)
        self.step("a body of another type", "POST", "/connectors", "x=1", {"Content-Type": "application/x-www-form-urlencoded"})
        self.step("a body of no type", "POST", "/connectors", "{}", {})
        self.step("JSON in UTF-8 by name", "PUT", f"{self.at}/config", json.dumps(self.config), {"Content-Type": "application/json; charset=utf-8"})
        self.step("an answer of another type", "GET", "/connectors", headers={"Accept": "text/plain"})
        self.step("any answer", "GET", self.at, headers={"Accept": "text/html,*/*;q=0.1"})
        for body in ('""', "null", "{", '{"x": 1}'):
            self.step(f"an action with {body}", "PUT", f"{self.at}/resume", body)
        self.step("an action with a form", "PUT", f"{self.at}/resume", "x=1", {"Content-Type": "application/x-www-form-urlencoded"})
        self.until_state("RUNNING", ["RUNNING"])

    def deletion(self):
        self.step("delete", "DELETE", self.at)
        for part in ("", "/config", "/status", "/tasks"):
            self.step(f"get {part or 'it'} when deleted", "GET", f"{self.at}{part}")
        self.step("delete again", "DELETE", self.at)
        self.step("list in the end", "GET", "/connectors", show=self.own)


if __name__ == "__main__":
    Story(*sys.argv[1:5]).tell()
