"""Dashboard and alerts against a sluice that runs: a real Prometheus scrapes it and is asked all that they ask."""

import copy
import math
import re

import pytest
from monitoring import grafana
from monitoring.promql import Exported
from monitoring.test_files import alerts

from harness import waits
from harness.metrics import Metrics

_ENOUGH = 8  # scrapes, one a second; grafana.CHOSEN has no longer range


@pytest.fixture(scope="module")
def exported(watched):
    """Once everything has been seen for a while."""
    prometheus = watched.prometheus
    own = f'{{job="sluice", instance="{watched.instance}"}}'

    def seen():
        [(unused, scrapes)] = prometheus.query(f"sum_over_time(up{own}[1m])") or [({}, 0)]
        assert scrapes >= _ENOUGH, scrapes
        [(unused, letters)] = prometheus.query("sum(sluice_task_error_deadletterqueue_produce_requests_total) > 0") or [({}, 0)]
        return letters
    waits.until("Prometheus has seen enough", seen, 60)
    return Exported(prometheus.series('{job="sluice"}'))


def lacks(query, prometheus):
    """What is wrong with Prometheus's answer to it; empty: nothing."""
    answer = prometheus.query(query.expression)
    if not any(math.isfinite(value) for unused, value in answer):
        return f"{query.where}: no number, but {answer} for {query.expression}"
    for label in re.findall(r"\{\{(\w+)\}\}", query.legend):
        if not all(labels.get(label) for labels, unused in answer):
            return f"{query.where}: no label {label} in the answer to {query.expression}"
    return ""


def until_all_have_an_answer(queries, prometheus):
    """At once, unless the machine stood still for the last seconds."""
    def all_have():
        assert [found for query in queries if (found := lacks(query, prometheus))] == []
        return True
    waits.until("each query has an answer", all_have, 20)


def misnamed(dashboard, exported):
    return [f"{query.where}: {complaint}" for query in grafana.queries(dashboard) for complaint in exported.complaints(query.expression)]


def test_each_query_of_the_dashboard_has_an_answer(watched, exported):
    queries = grafana.queries(grafana.load())
    assert len(queries) > 40
    until_all_have_an_answer(queries, watched.prometheus)


def test_one_connector_and_one_task_can_be_chosen(watched, exported):
    # As Grafana writes it: a regular expression, in a text of PromQL's.
    chosen = {"instance": re.escape(watched.instance).replace("\\", "\\\\"), "connector": "orders", "task": "0"}
    queries = grafana.queries(grafana.load(), chosen)
    # No call of that task has ever failed: its bad records are found before they are sent.
    until_all_have_an_answer([query for query in queries if query.where != "Last failure of each task"], watched.prometheus)
    for query in queries:
        found = {labels.get("connector", "orders") for labels, unused in watched.prometheus.query(query.expression)}
        assert found <= {"orders"} or query.where == "the variable connector", query


def test_dashboard_and_alerts_name_only_what_sluice_exports(exported):
    assert misnamed(grafana.load(), exported) == []
    assert {alert["alert"]: found for alert in alerts() if (found := exported.complaints(alert["expr"]))} == {}


@pytest.mark.parametrize(("right", "wrong", "complaint"), [
    ("sluice_sink_task_partition_lag", "sluice_sink_task_partitions_lag", "no metric sluice_sink_task_partitions_lag: is it sluice_sink_task_partition_lag?"),
    ("put_batch_time_seconds_bucket", "put_batch_time_ms_bucket", "no metric sluice_sink_task_put_batch_time_ms_bucket"),
    ('stage="source_to_durable"', 'stage="source_to_durables"', "stage of sluice_latency_seconds_bucket is never 'source_to_durables'"),
    ('status="failed"', 'state="failed"', "has no label state"),
    ("by (operation)", "by (op)", "sluice_debezium_postgres_sink_changes_total has no label op"),
    ("group_left (version)", "group_left (release)", "sluice_build_info has no label release"),
])
def test_a_misspelt_name_in_the_dashboard_is_found(watched, exported, right, wrong, complaint):
    dashboard = copy.deepcopy(grafana.load())
    changed = 0
    for panel in grafana.panels(dashboard):
        for target in panel["targets"]:
            changed += right in target["expr"]
            target["expr"] = target["expr"].replace(right, wrong)
    assert changed
    found = misnamed(dashboard, exported)
    assert found and all(complaint in one for one in found), found


def test_a_metric_that_is_gone_leaves_its_panel_without_an_answer(watched, exported):
    query = grafana.Query("Lag", "sum(sluice_sink_task_partitions_lag)")
    assert lacks(query, watched.prometheus).startswith("Lag: no number")


def test_the_troubles_of_this_sluice_and_no_others_are_told(watched, exported):
    def told():
        return {(alert["labels"]["alertname"], alert["labels"].get("connector", alert["labels"].get("instance"))): alert["annotations"]
                for alert in watched.prometheus.alerts()}
    expected = {("SluiceTaskFailed", "failed"), ("SluiceTaskBlocked", "blocked"), ("SluiceTaskWaits", "waiting"),
                ("SluiceConnectorFailed", "unusable"), ("SluiceDeadLetters", "orders"), ("SluiceRecordsRejected", "dropping"),
                ("SluiceDown", watched.away)}

    def exactly_these():
        assert set(told()) == expected
        return True
    waits.until("these are told and no others", exactly_these, 20)
    for (name, where), said in told().items():
        for text in said.values():
            assert not re.search("{{|<no value>|<error", text), text
        assert where in said["description"], name


def test_each_metric_that_is_exported_has_a_type(watched):
    """Or Prometheus would guess, and Grafana's editor with it."""
    assert {family.type for family in Metrics(watched.host.rest).families.values()} == {"counter", "gauge", "histogram"}
