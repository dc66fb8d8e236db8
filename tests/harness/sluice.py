"""The program under test: its files, its process, its REST API."""

import json
import signal

from harness import paths, ports, processes, sanitizers, waits
from harness.rest import Rest


def yaml(settings, indent=""):
    """Plain YAML of a flat or nested map. JSON's quoted strings are YAML's double-quoted ones."""
    lines = []
    for key, value in settings.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{json.dumps(key)}:")
            lines.append(yaml(value, indent + "  ").rstrip("\n"))
        else:
            lines.append(f"{indent}{key}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"


def flat(settings):
    """The same settings as REST takes them: a flat map of texts."""
    found = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            found.update({f"{key}.{name}": text for name, text in flat(value).items()})
        else:
            found[key] = str(value)
    return found


class Sluice:
    """One host in a folder of its own. The folder may be shared by giving `connectors` of another host."""

    def __init__(self, folder, bootstrap, worker="w1", connectors=None, **host):
        self.folder = folder / worker
        self.connectors = connectors or folder / "connectors"
        self.connectors.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "sluice.yaml"
        self.worker = worker
        self.port = ports.free()
        self.settings = {
            "kafka.bootstrap.servers": bootstrap,
            "plugin.path": [str(paths.PLUGINS)],
            "connectors.dir": str(self.connectors),
            "state.dir": str(self.folder / "state"),
            "rest.listen": f"127.0.0.1:{self.port}",
            "worker.id": worker,
            "log.level": "info",
            **{key.replace("_", "."): value for key, value in host.items()},
        }
        self.rest = Rest(self.port)
        self.environment = {}  # of the process, beside the tests' own
        self.process = None
        self.before = []  # what starts the program: prlimit and the like, with their arguments
        self.starts = 0

    def configure(self, **changed):
        """Host keys with _ for the dots; None takes one away."""
        for key, value in changed.items():
            self.settings[key.replace("_", ".")] = value
        self.settings = {key: value for key, value in self.settings.items() if value is not None}

    def connector(self, name, settings):
        """Writes NAME.yaml. Like an editor that saves: the next start reads it."""
        (self.connectors / f"{name}.yaml").write_text(yaml({"name": name, **settings}))

    def write(self):
        self.file.write_text(yaml(self.settings))

    def start(self, wait=True):
        self.write()
        self.starts += 1
        command = [*self.before, paths.needed(paths.SLUICE, "build it: cmake --build --preset dev"), "run", "-c", self.file]
        self.process = processes.Process(f"sluice {self.worker}", command, self.folder / "sluice.log", env=self.environment)
        if wait:
            def up():
                if not self.process.alive():
                    raise RuntimeError(f"sluice ended while starting\n{self.process.tail()}")
                return self.rest.answers()
            waits.until("REST answers", up, 10 * paths.SLOWNESS)
        return self

    def command(self, *arguments, seconds=30):
        """Another command of the program, with this host's file: validate, plugins."""
        self.write()
        done = processes.run([paths.SLUICE, *arguments, "-c", self.file], seconds=seconds * paths.SLOWNESS, env=self.environment)
        sanitizers.assert_no_report(done.stdout + done.stderr, f"sluice {' '.join(map(str, arguments))}")
        return done

    def running(self):
        return self.process is not None and self.process.alive()

    # -- ending it

    def stop(self, number=signal.SIGTERM, seconds=5):
        code = self.process.stop(max(20, seconds * paths.SLOWNESS), number)
        took = self.process.stop_took
        self.assert_no_report()
        assert code == 0, f"exit code {code}\n{self.process.tail()}"
        assert took <= seconds * paths.SLOWNESS, f"stopping took {took:.1f} s\n{self.process.tail()}"
        return took

    def kill9(self):
        self.process.kill9()
        self.assert_no_report()

    def ended(self, seconds=15):
        """Waits until it ends by itself and answers (exit code, all it printed)."""
        code = self.process.wait(seconds * paths.SLOWNESS)
        self.assert_no_report()
        return code, self.process.text()

    def assert_no_report(self):
        sanitizers.assert_no_report(self.process.text(), self.process.log)

    # -- what it says

    def log(self):
        return self.process.text()

    def task(self, connector, number=0):
        return self.rest.task(connector, number)

    def wait_for_task(self, connector, claim, check, seconds, number=0):
        def seen():
            assert self.process.alive(), f"sluice ended\n{self.process.tail()}"
            task = self.task(connector, number)
            assert task and check(task), task
            return task
        return waits.until(f"task {connector}-{number} {claim}", seen, seconds * paths.SLOWNESS)

    def stop_connector(self, connector):
        """By REST: it has committed to Kafka and left its group by then. /resume ends it."""
        assert self.rest.put(f"/connectors/{connector}/stop").status == 204
        waits.until(f"no task of {connector} is left", lambda: self.rest.status(connector).get("tasks") == [],
                    15 * paths.SLOWNESS)

    def resume(self, connector):
        assert self.rest.put(f"/connectors/{connector}/resume").status == 202

    def wait_running(self, connector, seconds=15, number=0):
        """RUNNING, with nothing to wait for."""
        return self.wait_for_task(connector, "is running", lambda t: t["state"] == "RUNNING" and "condition" not in t, seconds,
                                  number)

    def wait_condition(self, connector, *words, seconds=15, number=0):
        def matches(task):
            return task["state"] == "RUNNING" and all(word in task.get("condition", "") for word in words)
        return self.wait_for_task(connector, f"shows a condition with {words}", matches, seconds, number)["condition"]

    def wait_failed(self, connector, *words, seconds=20, number=0):
        def matches(task):
            return task["state"] == "FAILED" and all(word in task.get("trace", "") for word in words)
        return self.wait_for_task(connector, f"has failed with {words}", matches, seconds, number)["trace"]
