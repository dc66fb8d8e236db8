"""All of the benchmark once, with little to do: real broker, real Postgres, the binaries under test."""

import json
import sys
import xml.etree.ElementTree as xml

from harness import processes


def test_a_small_run_measures_checks_and_tells(tmp_path):
    done = processes.run([sys.executable, "-m", "bench", "--events", 20_000, "--repeat", 1, "--watched",
                          "--only", "^copy/2$|^sluice/(history/1|both/2/schemas)$|^watched/yes$",
                          "--json", tmp_path / "kept.json", "--svg", tmp_path / "chart.svg"], seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((tmp_path / "kept.json").read_text())["figures"]
    assert set(figures) == {"copy/2", "sluice/history/1", "sluice/both/2/schemas", "watched/yes"}
    for name, numbers in figures.items():
        assert numbers["events_per_s"]["median"] > 1000, f"{name}: {numbers}"
    assert 0 < figures["sluice/history/1"]["sluice_cpu_us"]["median"] < 1000
    assert 5 < figures["sluice/history/1"]["sluice_peak_mb"]["median"] < 1000
    assert 0 < figures["sluice/history/1"]["ready_ms"]["median"] < figures["sluice/history/1"]["first_row_ms"]["median"]
    xml.parse(tmp_path / "chart.svg")
    assert "history, 1 task, of raw COPY" in done.stdout
