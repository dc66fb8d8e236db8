"""What deploy/monitoring/grafana/sluice.json holds, and a query of it as Grafana would send it."""

import dataclasses
import json
import re

from harness import paths
from harness.prometheus import MONITORING

FILE = MONITORING / "grafana" / "sluice.json"
FETCHED = paths.needed(paths.CACHE / "monitoring", "./deploy/setup.sh --tests brings it")
_UNITS = FETCHED / "package" / "dist" / "esm" / "valueFormats" / "categories.js"
# What is chosen above the panels: all; and the times that Grafana would compute for a scrape each second.
CHOSEN = {"instance": ".*", "connector": ".*", "task": ".*", "__rate_interval": "5s", "__range": "5s"}
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::\w+)?\})")


def load():
    return json.loads(FILE.read_text())


def panels(dashboard):
    """All but the headlines of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


@dataclasses.dataclass(frozen=True)
class Query:
    where: str
    expression: str
    legend: str = ""


def queries(dashboard, chosen=None):
    """Of each panel, of the annotations and of the variables, with the variables replaced."""
    found = [Query(panel["title"], fill(target["expr"], chosen), target["legendFormat"]) for panel in panels(dashboard) for target in panel["targets"]]
    found += [Query(one["name"], fill(one["target"]["expr"], chosen), one["textFormat"]) for one in dashboard["annotations"]["list"]]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
            found.append(Query(f"the variable {variable['name']}", f"sum by ({label}) ({fill(selector, chosen)})", f"{{{{{label}}}}}"))
    return found


def fill(text, chosen=None):
    values = {**CHOSEN, **(chosen or {})}
    return _VARIABLE.sub(lambda found: values[found[1] or found[2]], text)


def units():
    """All that Grafana knows."""
    return set(re.findall(r"id: [\"']([^\"']+)[\"']", _UNITS.read_text()))
