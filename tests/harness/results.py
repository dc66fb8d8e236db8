"""Counts what the suites of run.sh left as JUnit files, and says it; exit code 1 unless everything passed.

A program of doctest is one test to ctest, but says itself how many cases it had. Skipped counts as failed, as does a suite
that ran nothing or left no file. What failed is named at the end once more, with a line of why.
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as xml

_DOCTEST = re.compile(r"\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")


def _count_case(case):
    """(passed, failed) of one <testcase>."""
    broken = case.get("status") in ("fail", "notrun", "disabled") or any(
        case.find(tag) is not None for tag in ("failure", "error", "skipped"))
    said = _DOCTEST.findall(re.sub(r"\x1b\[[0-9;]*m", "", case.findtext("system-out") or ""))
    if not said:
        return (0, 1) if broken else (1, 0)
    # The last one counts: children that are meant to crash say theirs before.
    passed, failed, skipped = (int(number) for number in said[-1][1:])
    # Its cases may all have passed before a sanitizer or a crash at the end failed the program.
    return passed, max(failed + skipped, 1 if broken else 0)


def _cases(file):
    try:
        return list(xml.parse(file).iter("testcase"))
    except (OSError, xml.ParseError):
        return []


def _why(case):
    """The first words of a failure that are about something: pytest's message, what a fuzz target said, doctest's errors."""
    said = [str(element.get("message") or element.text or "") for element in case if element.tag in ("failure", "error")]
    lines = "\n".join(said + re.findall(r".*(?:ERROR|FAILED).*", case.findtext("system-out") or "")).split("\n")
    return " / ".join([line.strip() for line in lines if line.strip()][:8])[:900] or "no word of why"


def failures(file):
    cases = _cases(file)
    if not cases:
        yield "no test ran, or its results are missing"
    for case in cases:
        if _count_case(case)[1]:
            yield f"{case.get('classname')} {case.get('name')}: {_why(case)}"


def count(file):
    cases = _cases(file)
    counts = [_count_case(case) for case in cases]
    passed, failed = sum(c[0] for c in counts), sum(c[1] for c in counts)
    return (passed, failed) if passed + failed else (0, 1)


def seconds(file):
    """How long it took; with several workers of pytest still by the clock."""
    try:
        suites = list(xml.parse(file).iter("testsuite"))
    except (OSError, xml.ParseError):
        return 0
    return sum(float(suite.get("time") or sum(float(case.get("time") or 0) for case in suite.iter("testcase"))) for suite in suites)


def main(folder, suites):
    total_passed = total_failed = 0
    for suite in suites:
        file = pathlib.Path(folder) / f"{suite}.xml"
        passed, failed = count(file)
        print(f"{suite}: {passed + failed} ran, {passed} passed, {failed} failed, {seconds(file):.0f} s")
        total_passed, total_failed = total_passed + passed, total_failed + failed
    for suite in suites:
        for failure in failures(pathlib.Path(folder) / f"{suite}.xml"):
            print(f"failed, {suite}: {failure}")
    print(f"{total_passed + total_failed} tests ran in {len(suites)} suites")
    print(f"{total_passed} passed, {total_failed} failed")
    return 0 if suites and total_passed and not total_failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
