"""A real Prometheus that scrapes what a test runs, and the tool that checks its files."""

import json
import urllib.parse

from harness import paths, ports, processes, waits
from harness.rest import Rest

_BROUGHT = "./deploy/setup.sh --tests brings it"
MONITORING = paths.DEPLOY / "monitoring"
RULES = MONITORING / "sluice.rules.yaml"


def promtool(*arguments, text=None):
    """(exit code, all that it printed)"""
    done = processes.run([paths.needed(paths.CACHE / "promtool", _BROUGHT), *arguments], text=text)
    return done.returncode, (done.stdout + done.stderr).strip()


class Prometheus:
    """As deploy/monitoring sets it up, but of these targets and every second."""

    def __init__(self, folder, targets):
        folder.mkdir()
        config = (MONITORING / "prometheus.yaml").read_text()
        for shipped, ours in (("[sluice:8083]", json.dumps(targets)), ("scrape_interval: 15s", "scrape_interval: 1s"),
                              ("evaluation_interval: 15s", "evaluation_interval: 1s")):
            assert shipped in config, f"prometheus.yaml does not say {shipped}"
            config = config.replace(shipped, ours)
        (folder / "prometheus.yaml").write_text(config)
        (folder / RULES.name).write_text(RULES.read_text())
        port = ports.free()
        self._rest = Rest(port)
        self.process = processes.Process("prometheus", [
            paths.needed(paths.CACHE / "prometheus", _BROUGHT), f"--config.file={folder / 'prometheus.yaml'}",
            f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], folder / "prometheus.log")
        waits.until("Prometheus answers", self._ready, 30 * paths.SLOWNESS)

    def _ready(self):
        assert self.process.alive(), "it ended"
        try:
            return self._rest.get("/-/ready").status == 200
        except OSError:
            return False

    def stop(self):
        self.process.stop(20)

    def _ask(self, path, **arguments):
        answer = self._rest.get(f"/api/v1/{path}?{urllib.parse.urlencode(arguments)}")
        assert answer.status == 200, f"{path} {arguments}: {answer}"
        return answer.body["data"]

    def query(self, expression):
        """[(labels, value)] of now. AssertionError with Prometheus's own words where it cannot read the expression."""
        answer = self._ask("query", query=expression)
        assert answer["resultType"] == "vector", f"{expression} is a {answer['resultType']}"
        return [(sample["metric"], float(sample["value"][1])) for sample in answer["result"]]

    def series(self, selector):
        """The labels of each series that it has, the name among them."""
        return self._ask("series", **{"match[]": selector})

    def alerts(self):
        """Those that are pending or fire, with their texts as people would read them."""
        return self._ask("alerts")["alerts"]
