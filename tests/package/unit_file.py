"""A systemd unit, as far as one has to read it to do what it says."""

import pathlib


def read(path):
    """{key: value} of [Service]; of a key that is there several times, a list in their order."""
    found, section = {}, None
    for line in pathlib.Path(path).read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line
        elif section == "[Service]" and line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}
