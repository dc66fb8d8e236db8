"""What makes an error in memory harder to use: properties of the program and its plugins as they were built."""

import json
import re
import subprocess

import pytest

from harness import paths

BINARIES = [paths.SLUICE, paths.PLUGINS / "debezium-postgres-sink.so", paths.PLUGINS / "example-file-sink.so"]


def told(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.mark.parametrize("file", BINARIES, ids=lambda file: file.name)
def test_s24_addresses_are_random_tables_read_only_and_no_stack_runs(file):
    headers, dynamic = told("readelf", "-hlW", paths.needed(file, "build it: cmake --build --preset dev")), told("readelf", "-dW", file)
    assert re.search(r"Type:\s+DYN", headers), headers
    assert file.suffix == ".so" or re.search(r"FLAGS_1.*\bPIE\b", dynamic), dynamic
    assert "GNU_RELRO" in headers
    assert re.search(r"\bBIND_NOW\b|FLAGS_1.*\bNOW\b", dynamic), dynamic
    stack = re.search(r"GNU_STACK(?:\s+0x[0-9a-f]+){5}\s+([RWE ]+?)\s+0x", headers)
    assert stack and stack[1] == "RW", headers
    assert not re.search(r"^\s*LOAD\s.*\sRWE\s", headers, re.MULTILINE), "a segment is both written and run"
    assert "TEXTREL" not in dynamic


@pytest.mark.parametrize("file", BINARIES[:2], ids=lambda file: file.name)
def test_s24_a_stack_that_is_written_over_ends_the_process(file):
    if paths.SANITIZER:
        pytest.fail("run this with a build that somebody would install")
    assert "__stack_chk_fail" in told("readelf", "--dyn-syms", "-W", file)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A Release build as it is configured, with the smallest plugin in it."""
    folder = tmp_path_factory.mktemp("release")
    told("cmake", "-S", paths.ROOT, "-B", folder, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DSLUICE_TESTS=OFF", "-DSLUICE_PAGE=OFF")
    told("cmake", "--build", folder, "--target", "example-file-sink")
    return folder


def test_s24_each_file_of_a_release_is_compiled_with_every_protection(released):
    commands = {entry["file"]: entry["command"] for entry in json.loads((released / "compile_commands.json").read_text())}
    ours = {file: command for file, command in commands.items() if str(paths.ROOT / "host") in file or str(paths.ROOT / "plugins") in file}
    assert len(ours) > 100, len(ours)
    for file, command in ours.items():
        for flag in ("-D_FORTIFY_SOURCE=2", "-fstack-protector-strong", "-D_GLIBCXX_ASSERTIONS", "-fcf-protection"):
            assert flag in command.split(), f"{file}: {flag} is missing"
        assert re.search(r" -fPI[CE] ", command), f"{file}: not position-independent"
        assert re.search(r" -O[23] ", command) and "-D_FORTIFY_SOURCE=0" not in command, file


def test_s24_a_release_marks_where_it_may_be_jumped_to_and_checks_lengths(released):
    plugin = released / "plugins" / "example-file-sink.so"
    code = told("objdump", "-d", "--no-show-raw-insn", plugin)
    assert re.search(r"<sluice_plugin_v1[^>]*>:\n\s+[0-9a-f]+:\s+endbr64", code), "no endbr64 where the host enters"


def test_s23_a_build_says_what_it_is_made_of(capsys):
    text = paths.needed(paths.BUILD / "versions.txt", "configure it: cmake --preset dev").read_text()
    with capsys.disabled():
        print(f"\n{text}")
    found = dict(re.findall(r"^(\S+) (\d[\w.]*) \(", text, re.MULTILINE))
    # RapidJSON: CVE-2024-38517, hence no number is parsed by it (test_lint.py).
    for name in ("librdkafka", "libpqxx", "RapidJSON", "OpenSSL", "libcurl", "lz4", "zstd", "zlib", "libpq", "libsasl2", "simdjson", "yaml-cpp"):
        assert name in found, f"{name} is missing in\n{text}"
    said = told(paths.SLUICE, "version")
    assert found["librdkafka"] in said, "what is linked is not what the list says"
    needed = {re.match(r"lib([\w+-]+)\.so", line)[1] for line in re.findall(r"NEEDED.*\[(.*)\]", told("readelf", "-dW", paths.SLUICE)) if line.startswith("lib")}
    known = {"ssl": "OpenSSL", "crypto": "OpenSSL", "curl": "libcurl", "sasl2": "libsasl2", "zstd": "zstd", "lz4": "lz4", "z": "zlib", "yaml-cpp": "yaml-cpp",
             "fmt": "fmt", "spdlog": "spdlog"}
    strange = needed - set(known) - {"c", "m", "stdc++", "gcc_s", "dl", "rt", "pthread", "crypt", "prometheus-cpp-core"}
    assert not strange, f"linked, and in no list: {sorted(strange)}"
