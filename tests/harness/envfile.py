"""The DIR/env files that the scripts in deploy/ write: one NAME=value a line, as a shell would read it."""

import pathlib
import shlex


def read(path):
    values = {}
    for line in pathlib.Path(path).read_text().splitlines():
        line = line.strip().removeprefix("export ")
        if line and not line.startswith("#") and "=" in line:
            name, _, value = line.partition("=")
            values[name] = "".join(shlex.split(value))
    return values
