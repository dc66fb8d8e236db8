"""The acceptance script (clients/acceptance.py) prints the same table for real Kafka Connect as for sluice, but for what is listed here."""

import sys

from harness import kcat, paths, processes

# step of the script: (deviation as connect-rest.md numbers it and the README tells it, what sluice answers: the beginning)
_INVALID = '400 {"error_code": 400, "message": "Connector configuration is invalid and contains the following 1 error(s):\\n'
DEVIATIONS = {
    **{f"create: {what}": ("D1", "400 400") for what in
       ("no JSON", "null", "an array", "no config", "an unknown initial state", "an object as a value")},
    "create: an empty config": ("D7", '400 "Connector config contains no connector type"'),
    **{step: ("D18", _INVALID) for step in ("create: no topics", "create: topics and a regex", "patch into a bad one")},
    "create: a value of null": ("D1", f"{_INVALID}Null value can not be supplied as the configuration value."),
    "create: retries for less than ever": ("D5", f"{_INVALID}Invalid value -2 for configuration errors.retry.timeout"),
    "restart a task when stopped": ("D9", '404 {"error_code": 404, "message": "Unknown task: NAME-0"}'),
    "validate without a class": ("D6", "400 400"),
    "validate no JSON": ("D1", "400 400"),
    **{f"offsets: {what}": ("D6", "400 400") for what in ("negative", "an unknown topic", "a partition that is not there")},
    **{f"offsets: {what}": ("D1", "400 400") for what in ("a list that is an object", "no JSON")},
    "offsets: a time": ("D24", '200 {"message": "The offsets for this connector have been altered successfully"}'),
}


def table_of(url, name, bootstrap, folder):
    """{step: answer}, in the order of the story."""
    topic = f"acceptance-{name}"
    for partition in range(4):
        kcat.produce(bootstrap, topic, partition, [(None, '{"n": 1}')] * 3)
    done = processes.run([sys.executable, paths.ROOT / "tests" / "clients" / "acceptance.py", url, name, topic, folder], seconds=120)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [(line[:42].rstrip(), line[43:]) for line in done.stdout.splitlines()]
    assert len(dict(rows)) == len(rows) > 150, "each step has its own name"
    return dict(rows)


def test_one_story_prints_one_table_for_connect_and_for_sluice(live, hosts, folder):
    host = hosts(live.bootstrap)
    host.start()
    connect = table_of(live.connect_url, "acceptance-c", live.bootstrap, folder)
    sluice = table_of(f"http://127.0.0.1:{host.port}", "acceptance-s", live.bootstrap, folder)
    assert list(connect) == list(sluice)
    other = {step: {"connect": connect[step], "sluice": sluice[step]} for step in connect
             if step not in DEVIATIONS and sluice[step] != connect[step]}
    assert not other, "\n".join(f"{step}\n  Connect: {both['connect']}\n  sluice:  {both['sluice']}" for step, both in other.items())
    for step, (number, answer) in DEVIATIONS.items():
        assert sluice[step].startswith(answer), f"{step}, {number}: {sluice[step]}"
        assert sluice[step] != connect[step], f"{step} is no deviation: {sluice[step]}"
