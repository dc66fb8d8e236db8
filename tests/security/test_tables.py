"""The tables of faults and threats in tests/README.md name what is there."""

import re

from harness import paths

TESTS = paths.ROOT / "tests"
README = (TESTS / "README.md").read_text()


def rows(heading):
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    found = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.match(r"\d", cells[0]):
            found.update((number, cells[2]) for number in cells[0].split(", "))
    return found


def assert_named_tests_exist(table):
    for number, tests in table.items():
        for name in re.findall(r"`([^`]+/[^`]*)`", tests):
            file, _, test = name.partition("::")
            path = TESTS / file
            assert path.exists(), f"row {number}: there is no tests/{file}"
            assert not test or re.search(rf"def {test}\b|def {test}_", path.read_text()), f"row {number}: tests/{file} has no {test}"


def test_each_fault_has_a_row_and_its_tests_are_there():
    table = rows("Faults")
    assert set(table) == {*(str(n) for n in range(1, 63)), "25b", "32b", "38b", "53b"}
    assert_named_tests_exist(table)


def test_each_threat_has_a_row_and_its_tests_are_there():
    table = rows("Threats")
    assert set(table) == {*(str(n) for n in range(1, 29)), "12b"}
    assert_named_tests_exist(table)


def test_no_test_of_a_fault_or_threat_is_missing_from_its_table():
    faults, threats = rows("Faults"), rows("Threats")
    for path in TESTS.rglob("test_*.py"):
        for kind, number in re.findall(r"def test_([fs])(\d\d\w?)_", path.read_text()):
            table = faults if kind == "f" else threats
            assert path.name in table[number.lstrip("0")], f"{path.name} has a test of {kind}{number}, which its row does not name"
