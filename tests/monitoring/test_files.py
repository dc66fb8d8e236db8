"""The files of deploy/monitoring by themselves: valid, each alert tested, nothing that a person at night would miss."""

import json
import re

import pytest
import yaml
from monitoring import grafana

from harness import paths, processes
from harness.prometheus import MONITORING, RULES, promtool

UNIT_TESTS = paths.ROOT / "tests" / "monitoring" / "sluice.rules.test.yaml"


def alerts():
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def names():
    return {alert["alert"] for alert in alerts()}


def in_order(result):
    code, said = result
    assert code == 0, said
    return said


def test_prometheus_takes_the_files_without_a_complaint():
    assert f"{len(alerts())} rules found" in in_order(promtool("check", "rules", RULES))
    in_order(promtool("check", "config", MONITORING / "prometheus.yaml"))


def test_each_alert_fires_when_it_should_and_not_before():
    in_order(promtool("test", "rules", UNIT_TESTS))


@pytest.mark.parametrize(("change", "told"), [
    ({"expr": "vector(1) > 2"}, r"exp: (?!nil)(.*)"),  # an alert that never fires is missed
    ({"for": "0s"}, r"exp: nil\s+got: (.*)"),          # one that fires at once is one too many
], ids=["never", "at-once"])
def test_of_each_alert_a_test_would_see_that_it_is_wrong(folder, change, told):
    rules = yaml.safe_load(RULES.read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.update(change)
    (folder / RULES.name).write_text(yaml.safe_dump(rules))
    tests = yaml.safe_load(UNIT_TESTS.read_text())
    tests["rule_files"] = [RULES.name]
    (folder / UNIT_TESTS.name).write_text(yaml.safe_dump(tests))
    code, said = promtool("test", "rules", folder / UNIT_TESTS.name)
    assert code != 0
    assert set(re.findall(r'alertname="(\w+)"', " ".join(re.findall(told, said)))) == names(), said


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(alert):
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["for"], "without a time it fires for one bad scrape"
    said = alert["annotations"]
    assert set(said) == {"summary", "description"}
    assert len(said["summary"]) < 120
    commands = re.findall(r"`(sluice [^`]+)`", said["description"])
    assert commands or "systemctl" in said["description"], "it says no command"
    for command in commands:
        # Its words up to the first that the reader has to fill in.
        words = re.match(r"sluice((?: [a-z]+)+)", command)[1].split()
        help_text = in_order_command([*words, "--help"])
        for option in re.findall(r"--[a-z-]+", command):
            assert option in help_text, f"{command}: {words} has no {option}"


def in_order_command(arguments):
    done = processes.run([paths.needed(paths.SLUICE, "build it: cmake --build --preset dev"), *arguments], check=True)
    return done.stdout


def test_the_readme_lists_each_alert():
    assert set(re.findall(r"`(Sluice\w+)`", (MONITORING / "README.md").read_text())) == names()


def test_the_panels_are_complete_and_stand_beside_each_other():
    dashboard = grafana.load()
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    taken = {}
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
            assert place not in taken, f"{panel['title']} covers {taken[place]} at {place}"
            taken[place] = panel["title"]
    known = grafana.units()
    assert {"s", "bytes"} < known
    for panel in grafana.panels(dashboard):
        assert panel["title"] and panel["description"].endswith("."), panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"] in known, panel["title"]


def test_grafanas_own_types_know_each_option_of_each_panel(folder):
    """Grafana passes over what it does not know, and a misspelt option would never be missed."""
    text = (paths.ROOT / "tests" / "monitoring" / "panels.ts").read_text()
    (folder / "panels.ts").write_text(text + json.dumps(grafana.panels(grafana.load()), indent=1))
    modules = grafana.FETCHED / "node_modules"
    (folder / "node_modules").symlink_to(modules)
    done = processes.run(["node", modules / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "--skipLibCheck", "--moduleResolution", "node",
                          "--target", "es2020", folder / "panels.ts"])
    assert done.returncode == 0, done.stdout


def test_each_query_asks_the_datasource_that_was_chosen():
    dashboard = grafana.load()
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    variables = {one["name"]: one for one in dashboard["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource" and variables["datasource"]["query"] == "prometheus"
    askers = [*grafana.panels(dashboard), *(target for panel in grafana.panels(dashboard) for target in panel["targets"]),
              *dashboard["annotations"]["list"], *(one for name, one in variables.items() if name != "datasource")]
    assert all(asker["datasource"] == chosen for asker in askers)
    # Chosen above, and heeded below: in each query of a panel.
    for panel in grafana.panels(dashboard):
        for target in panel["targets"]:
            assert "$instance" in target["expr"], panel["title"]
            assert "$connector" in target["expr"] or not re.search("sluice_(sink|task|connector|latency|debezium)", target["expr"]), panel["title"]


def test_grafana_is_told_where_both_are():
    provisioning = MONITORING / "grafana" / "provisioning"
    [source] = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())["datasources"]
    assert source["type"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == yaml.safe_load((MONITORING / "prometheus.yaml").read_text())["global"]["scrape_interval"]
    [provider] = yaml.safe_load((provisioning / "dashboards" / "sluice.yaml").read_text())["providers"]
    assert f"`{provider['options']['path']}/{grafana.FILE.name}`" in (MONITORING / "README.md").read_text()
