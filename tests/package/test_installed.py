"""What the packages put on a machine: whose it is, that it is whole, and that a plugin can be made with it."""

import pytest

from harness import processes
from own_plugin import PLUGIN, make_plugin
from service import UNIT

RIGHTS = {
    "/etc/sluice": "drwxr-xr-x root root",
    "/etc/sluice/connectors": "drwxr-x--- sluice sluice",
    "/etc/sluice/environment": "-rw------- root root",
    "/etc/sluice/secrets": "drwxr-x--- root sluice",
    "/etc/sluice/sluice.yaml": "-rw-r--r-- root root",
    "/etc/systemd/system/multi-user.target.wants/sluice.service": "lrwxrwxrwx root root",
    "/usr/bin/sluice": "-rwxr-xr-x root root",
    "/usr/lib/sluice/plugins": "drwxr-xr-x root root",
    "/usr/lib/sluice/plugins/debezium-postgres-sink.so": "-rw-r--r-- root root",
    UNIT: "-rw-r--r-- root root",
    "/usr/lib/sysusers.d/sluice.conf": "-rw-r--r-- root root",
    "/usr/local/lib/sluice/plugins": "drwxr-xr-x root root",
    "/usr/share/bash-completion/completions/sluice": "-rw-r--r-- root root",
    "/usr/share/fish/vendor_completions.d/sluice.fish": "-rw-r--r-- root root",
    "/usr/share/zsh/vendor-completions/_sluice": "-rw-r--r-- root root",
    "/usr/share/doc/sluice/copyright": "-rw-r--r-- root root",
    "/usr/share/doc/sluice/versions.txt": "-rw-r--r-- root root",
    "/usr/share/doc/sluice/examples/every-table.yaml": "-rw-r--r-- root root",
    "/usr/share/doc/sluice/examples/orders.yaml": "-rw-r--r-- root root",
    "/usr/share/doc/sluice/examples/orders_fact.sql": "-rw-r--r-- root root",
    "/usr/share/man/man1/sluice.1.gz": "-rw-r--r-- root root",
}
DEV = {
    "/usr/include/sluice/sluice.hpp", "/usr/include/sluice/sluice_plugin.h", "/usr/lib/cmake/sluice/sluice-config-version.cmake",
    "/usr/lib/cmake/sluice/sluice-config.cmake", "/usr/lib/cmake/sluice/sluice-targets.cmake", "/usr/lib/cmake/sluice/sluice_add_plugin.cmake",
    "/usr/lib/pkgconfig/sluice-plugin.pc", "/usr/share/doc/sluice-dev/README.md", "/usr/share/doc/sluice-dev/copyright",
    "/usr/share/doc/sluice-dev/examples/CMakeLists.txt", "/usr/share/doc/sluice-dev/examples/example_file_sink.c", "/usr/share/sluice/plugin.map"}


@pytest.fixture(scope="module")
def added(machine, packages):
    """The paths that the installation added."""
    before = machine.files()
    machine.install(*machine.take(packages))
    return machine.files() - before


def test_each_path_has_the_owner_and_the_rights_that_it_should_and_there_are_no_others(machine, added):
    files = {path for path in added if not machine.path(path).is_dir() or path in RIGHTS}
    assert {path for path in files if not path.startswith("/var/lib/systemd/")} == \
        DEV | {path for path in RIGHTS if path in added}, "the list of what is installed"
    assert {path: machine.rights(path) for path in RIGHTS} == RIGHTS
    assert {machine.rights(path) for path in DEV} == {"-rw-r--r-- root root"}
    user = next(line for line in machine.path("/etc/passwd").read_text().splitlines() if line.startswith("sluice:"))
    assert user.endswith(":sluice:/var/lib/sluice:/usr/sbin/nologin")


@pytest.mark.usefixtures("added")
def test_no_library_is_missing_and_none_is_looked_for_where_it_was_built(machine):
    for file in ("/usr/bin/sluice", "/usr/lib/sluice/plugins/debezium-postgres-sink.so"):
        told = machine.run("ldd", file).stdout
        assert "libssl.so.3 => /" in told or "libpq.so.5 => /" in told, told
        assert "not found" not in told, told
        dynamic = processes.run(["readelf", "-d", machine.path(file)], check=True).stdout
        assert "RPATH" not in dynamic and "RUNPATH" not in dynamic, dynamic


@pytest.mark.usefixtures("added")
def test_the_installed_host_file_is_valid_and_finds_the_package_s_plugin(machine):
    told = machine.run("sluice", "plugins").stdout
    assert "/usr/lib/sluice/plugins/debezium-postgres-sink.so" in told, told
    assert machine.run("sluice", "validate", "-c", "/etc/sluice/sluice.yaml").stdout.startswith("0 connectors in /etc/sluice/connectors ")


@pytest.mark.usefixtures("added")
def test_the_manual_is_clean_and_has_each_command_that_the_program_has(machine):
    page = machine.path("/usr/share/man/man1/sluice.1.gz")
    done = processes.run(["man", "--warnings", "--local-file", page], env={"MANWIDTH": "100", "LC_ALL": "C.UTF-8"}, check=True)
    assert done.stderr == ""
    told = machine.run("sluice", "--help").stdout.partition("Subcommands:\n")[2].splitlines()
    commands = [line.split()[0] for line in told if line.startswith("  ") and line[2] != " "]
    assert {"run", "validate", "plan", "status"} <= set(commands)
    for command in commands:
        assert f"\n   sluice {command} " in done.stdout, f"the manual has nothing of sluice {command}"


@pytest.mark.usefixtures("added")
def test_the_unit_is_sound_and_leaves_little_to_attack(machine):
    done = processes.run(["systemd-analyze", "verify", "--man=no", f"--root={machine.root}", "sluice.service"])
    # A root without systemd lacks the target that all units wait for; that alone is no fault of this one.
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if "sluice" in line and "Unit sysinit.target not found" not in line]
    assert complaints == []
    processes.run(["systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", machine.path(UNIT)], check=True)


@pytest.mark.parametrize("way", ["cmake", "pkg-config"])
@pytest.mark.usefixtures("added")
def test_a_plugin_made_with_sluice_dev_is_loaded_and_shows_one_symbol(machine, folder, way):
    made = machine.path(PLUGIN)
    make_plugin(machine, folder, way, made)
    assert processes.run(["nm", "-D", "--defined-only", made], check=True).stdout.split()[1:] == ["T", "sluice_plugin_v1"]
    told = machine.run("sluice", "plugins", "-c", "/etc/sluice/sluice.yaml").stdout
    assert PLUGIN in told and "refused" not in told, told
