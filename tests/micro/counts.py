"""Counts what micro_decode's cases cost a record, and compares with the figures that are kept. See run.sh."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

_HERE = pathlib.Path(__file__).parent
_BUILD = _HERE.parent.parent / "build" / "release"
_PROGRAM = _BUILD / "bin" / "micro_decode"
_FIGURES = _HERE / "figures.json"
_RECORDS = {"orders": 1700, "kitchen": 320}  # a whole number of rounds through what was recorded
_MORE = 1.03        # what a compiler's patch release may cost
_MORE_ALLOCATIONS = 0.005
# One kind of memcpy whatever the processor, so that two machines count the same.
_PLAIN_GLIBC = "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM,-AVX_Fast_Unaligned_Load"


def main():
    parser = argparse.ArgumentParser(prog="tests/micro/run.sh")
    parser.add_argument("--renew", action="store_true", help="keep what is counted as the new figures")
    parser.add_argument("--only", default="", metavar="PATTERN")
    options = parser.parse_args()
    for needed, remedy in ((_PROGRAM.exists(), f"{_PROGRAM} is missing: cmake --preset release && cmake --build --preset release --target micro_decode"),
                           (shutil.which("valgrind"), "valgrind is missing: ./deploy/setup.sh --tests installs it")):
        if not needed:
            sys.exit(f"micro: {remedy}")
    cases = [c for c in subprocess.check_output([_PROGRAM, "--list"], text=True).split() if options.only in c]
    kept = json.loads(_FIGURES.read_text()) if _FIGURES.exists() else {}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counted = dict(zip(cases, pool.map(_count, cases)))
    _print(counted, kept.get("cases", {}))
    if options.renew:
        cases_kept = {**kept.get("cases", {}), **counted} if options.only else counted
        _FIGURES.write_text(json.dumps({"compiler": _compiler(), "cases": cases_kept}, indent=1) + "\n")
        return
    if kept.get("compiler") != _compiler():
        sys.exit(f"micro: figures.json was counted with {kept.get('compiler')}, and this build is of {_compiler()}, whose instructions are others. "
                 "Build with that compiler, or look at the table above and keep the new figures: tests/micro/run.sh --renew")
    worse = [sentence for case in counted for sentence in _worse(case, counted[case], kept["cases"].get(case))]
    if worse:
        sys.exit("\n".join(f"micro: {sentence}" for sentence in worse) +
                 "\nmicro: where that is meant, keep the new figures, with the reason in the commit: tests/micro/run.sh --renew")


def _count(case):
    records = _RECORDS[case.split(":")[1].split("/")[0]]
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind"
        ran = subprocess.run(["valgrind", "--tool=callgrind", "--toggle-collect=micro_measured", f"--callgrind-out-file={out}", _PROGRAM, case, str(records)],
                             env={**os.environ, "GLIBC_TUNABLES": _PLAIN_GLIBC}, capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"micro: {case} failed: {ran.stderr[-2000:]}")
        said = json.loads(ran.stdout)
        total = next(int(line.split()[1]) for line in out.read_text().splitlines() if line.startswith("totals:"))
    if not total:
        sys.exit(f"micro: {case}: callgrind counted nothing within micro_measured(); was it inlined?")
    return {"instructions": round(total / said["records"]), "allocations": round(said["allocations"] / said["records"], 3)}


def _worse(case, now, before):
    if not before:
        yield f"{case} has no figures yet"
        return
    if now["instructions"] > before["instructions"] * _MORE:
        share = 100 * (now["instructions"] / before["instructions"] - 1)
        yield f"{case} takes {now['instructions']} instructions a record, {share:.1f} % more than the {before['instructions']} that are kept"
    if now["allocations"] > before["allocations"] + _MORE_ALLOCATIONS:
        yield f"{case} makes {now['allocations']} allocations a record, where {before['allocations']} are kept"


def _print(counted, kept):
    print(f"{'a record':<34}{'instructions':>13}{'kept':>8}{'':>8}{'allocations':>13}{'kept':>8}")
    for case, now in counted.items():
        before = kept.get(case, {})
        change = f"{100 * (now['instructions'] / before['instructions'] - 1):+.1f} %" if before else ""
        print(f"{case:<34}{now['instructions']:>13}{before.get('instructions', ''):>8}{change:>8}{now['allocations']:>13}{before.get('allocations', ''):>8}")


def _compiler():
    cache = (_BUILD / "CMakeCache.txt").read_text().splitlines()
    compiler = next(line.split("=", 1)[1] for line in cache if line.startswith("CMAKE_CXX_COMPILER:"))
    return subprocess.check_output([compiler, "--version"], text=True).splitlines()[0].split("/")[-1]


if __name__ == "__main__":
    main()
