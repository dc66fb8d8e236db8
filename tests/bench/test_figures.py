"""The benchmark's own arithmetic: medians and spread, goals, comparison, chart, and that a run with wrong rows fails it all."""

import json
import types
import xml.etree.ElementTree as xml

import pytest

from bench import __main__ as bench
from bench import chart, check, compare, goals, outcome, plan, report, stats
from bench.measure import Result

ABOUT = {"events": 1000, "repeat": 3, "cores": 2, "memory_mb": 4096, "java": "-Xmx1g", "postgres": {"fsync": "on"}}


def median(found, contestant, name):
    return found.figure(contestant, name).median


def of(**seconds):
    """An outcome of 1,000 records a run: {contestant, with _ for /: seconds of each run}"""
    results = [Result(name.replace("_", "/"), 1000, 940, took, cpu={"sluice": 0.003}, resident_mb={"sluice": 80.0})
               for name, runs in seconds.items() for took in runs]
    return outcome.of_results(ABOUT, results)


def test_a_figure_is_the_median_and_its_spread_half_of_the_range():
    figure = stats.figure([100, 130, 110])
    assert (figure.median, figure.low, figure.high) == (110, 100, 130)
    assert figure.spread == pytest.approx(15 / 110)
    with pytest.raises(ValueError):
        stats.figure([])


def test_a_ratio_is_that_of_runs_that_stood_side_by_side():
    half = stats.ratio(stats.figure([50, 100, 25]), stats.figure([100, 200, 50]))
    assert half.values == (0.5, 0.5, 0.5)
    assert stats.ratio(stats.figure([50, 100]), stats.figure([100, 200, 400])).values == (0.25, 0.5)


def test_rates_are_of_what_was_moved_while_the_clock_ran():
    found = of(sluice_history_1=[0.5, 0.4, 1.0])
    assert median(found, "sluice/history/1", "events_per_s") == 2000
    assert median(found, "sluice/history/1", "rows_per_s") == 1880
    assert median(found, "sluice/history/1", "sluice_cpu_us") == pytest.approx(3)
    assert found.figure("sluice/history/1", "nothing") is None and found.figure("nobody", "events_per_s") is None


def test_a_goal_is_met_missed_or_not_measured():
    def judged(found):
        return {goal.text: (figure and figure.median, met) for goal, figure, met in goals.judged(found)}
    of_copy, times_jdbc = "history, 1 task, of raw COPY over 1 connection", "history, 2 tasks, times Debezium's JDBC sink, best insert"
    met = judged(of(copy_1=[1.0], sluice_history_1=[1.25]))
    assert met[of_copy][0] == pytest.approx(0.8) and met[of_copy][1]
    assert met[times_jdbc] == (None, None)
    assert met["CPU of sluice an event, history and current, worst"][1]
    assert not judged(of(copy_1=[1.0], sluice_history_1=[1.3]))[of_copy][1]
    jdbc = {"jdbc_insert_1": [8.0], "jdbc_insert_2": [7.0]}
    assert judged(of(sluice_history_2=[1.0], **jdbc))[times_jdbc] == (pytest.approx(7), True)
    assert judged(of(sluice_history_2=[1.1], **jdbc))[times_jdbc][1] is False


def test_what_is_lost_by_schemas_is_the_worst_of_all():
    found = of(**{"sluice_history_1": [1.0], "sluice_history_1_schemas": [1.1], "sluice_current_2": [1.0],
                  "sluice_current_2_schemas": [1.25], "read": [1.0], "read_schemas": [9.0]})  # reading is no run of sluice
    assert [figure.median for goal, figure, _ in goals.judged(found) if goal.text.startswith("with schemas")] == [pytest.approx(0.8)]


def test_a_saved_outcome_is_read_as_it_was(tmp_path):
    found = of(copy_1=[1.0, 1.1], sluice_history_1=[1.25, 1.3])
    outcome.save(found, tmp_path / "kept.json")
    assert outcome.load(tmp_path / "kept.json") == found


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"version": 99})])
def test_what_is_no_outcome_is_refused(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match="other.json"):
        outcome.load(tmp_path / "other.json")


def verdicts(before, now):
    return {(change.contestant, change.figure): change.verdict for change in compare.changes(before, now)}


def test_a_change_counts_where_the_runs_lie_apart():
    before = of(sluice_history_1=[1.0, 1.02, 1.04])
    assert verdicts(before, of(sluice_history_1=[1.2, 1.25, 1.3]))["sluice/history/1", "events_per_s"] == "worse"
    assert verdicts(before, of(sluice_history_1=[0.8, 0.8, 0.9]))["sluice/history/1", "events_per_s"] == "better"
    assert verdicts(before, of(sluice_history_1=[1.03, 1.1, 1.2]))["sluice/history/1", "events_per_s"] == "same"
    # Apart, but by less than single runs differ anyway.
    assert verdicts(of(sluice_history_1=[1.0]), of(sluice_history_1=[1.01]))["sluice/history/1", "events_per_s"] == "same"


def test_a_slower_machine_is_no_slower_sluice():
    before, now = of(copy_1=[1.0] * 3, sluice_history_1=[1.2] * 3), of(copy_1=[2.0] * 3, sluice_history_1=[2.4] * 3)
    assert verdicts(before, now)["sluice/history/1", "share of COPY"] == "same"
    assert "0 of" not in list(compare.lines(before, now))[-1]


def test_who_was_in_one_run_only_is_not_compared():
    assert not compare.changes(of(copy_1=[1.0]), of(copy_2=[1.0]))


def test_the_chart_is_well_formed_and_has_a_bar_for_each_rate():
    found = of(copy_1=[1.0, 1.1], **{"sluice_<&_1": [1.25, 1.3]})
    svg = xml.fromstring(chart.draw(found))
    texts = [element.text for element in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "copy/1" in texts and "sluice/<&/1" in texts
    bars = [element for element in svg.iter("{http://www.w3.org/2000/svg}rect") if element.get("x")]
    assert len(bars) == 2 and float(bars[0].get("width")) > float(bars[1].get("width")) > 0
    xml.fromstring(chart.draw(outcome.of_results(ABOUT, [])))


def test_a_run_with_wrong_rows_fails_the_benchmark_and_counts_for_nothing(capsys):
    def loses(_stage):
        raise check.RowsDiffer("orders_fact is not what the topic says")
    runs = [plan.Contestant("sluice/history/1", loses), plan.Contestant("copy/1", lambda _: Result("copy/1", 10, 10, 1.0))]
    found = outcome.of_results(ABOUT, bench.measure(None, runs, 2))
    assert found.figure("sluice/history/1", "events_per_s") is None and median(found, "copy/1", "events_per_s") == 10
    nothing = types.SimpleNamespace(json=None, svg=None, compare=None)
    assert bench.tell(found, None, nothing) == 1
    assert "sluice/history/1: FAILED: RowsDiffer: orders_fact is not what the topic says" in capsys.readouterr().out
    assert bench.tell(of(copy_1=[1.0]), None, nothing) == 0


def test_the_table_has_a_line_for_each_contestant_and_goal():
    text = report.table(of(copy_1=[1.0], sluice_history_1=[1.3], sluice_history_2=[0.9]))
    for wanted in ("copy/1", "sluice/history/1", "NOT MET", "not measured", *(goal.text for goal in goals.GOALS)):
        assert wanted in text


def test_only_what_is_asked_for_is_planned():
    assert [one.name for one in plan.chosen(["main"], "^copy")] == ["copy/1", "copy/2"]
    with pytest.raises(ValueError, match="copy/1"):
        plan.chosen(["main"], "no such")
