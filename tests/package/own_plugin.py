"""A plugin that is made with sluice-dev as it is installed: the example that the package brings."""

from harness import processes

PLUGIN = "/usr/local/lib/sluice/plugins/example-file-sink.so"  # where an administrator's own goes


def make_plugin(machine, folder, way, made):
    """In one of the two ways that the package offers, `cmake` and `pkg-config`; the machine itself has no compiler."""
    source = machine.path("/usr/share/doc/sluice-dev/examples")
    if way == "cmake":
        processes.run(["cmake", "-S", source, "-B", folder, f"-DCMAKE_PREFIX_PATH={machine.path('/usr')}"], check=True)
        processes.run(["cmake", "--build", folder], check=True)
        processes.run(["install", "-m", "644", folder / "example-file-sink.so", made], check=True)
    else:
        flags = processes.run(["pkg-config", "--cflags", "--libs", "sluice-plugin"], check=True,
                              env={"PKG_CONFIG_PATH": str(machine.path("/usr/lib/pkgconfig"))}).stdout.split()
        processes.run(["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", made, source / "example_file_sink.c", *flags], check=True)
        made.chmod(0o644)
