"""Where the binaries under test are built with a sanitizer: its options, and how its reports look."""

import json
import re

from harness import paths

# A thread or memory fault found by a sanitizer, whatever the exit code was.
REPORT = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|LeakSanitizer")


# What it is, and where: a line of a stack, less its address.
_TOLD = re.compile(r"(?:SUMMARY: |#\d+ ).*")
_TOLD_LINES = 12


def assert_no_report(text, where):
    found = REPORT.search(text)
    if not found:
        return
    told = [line[:200] for line in _TOLD.findall(text, found.start())]
    brief = "\n".join([line for line in told if line.startswith("SUMMARY")][:1] + told[:_TOLD_LINES])
    raise AssertionError(f"a sanitizer reported in {where}:\n{brief}\n\n{text[max(0, found.start() - 500):found.start() + 8000]}")


def _environment():
    """What ctest sets for its tests under asan and tsan; a build without a sanitizer looks at none of it."""
    found = {}
    for preset in json.loads((paths.ROOT / "CMakePresets.json").read_text())["testPresets"]:
        found.update(preset.get("environment", {}))
    return {name: value.replace("${sourceDir}", str(paths.ROOT)) for name, value in found.items()}


ENVIRONMENT = _environment()
