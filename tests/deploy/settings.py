"""What sluice's YAML files say, flat, as sluice reads them: nested keys and dotted ones mean the same."""

import re

import yaml


def read(text):
    return _flat(yaml.safe_load(text))


def _flat(settings, prefix=""):
    found = {}
    for key, value in settings.items():
        if isinstance(value, dict):
            found.update(_flat(value, f"{prefix}{key}."))
        else:
            found[prefix + key] = value
    return found


def variables(text):
    """The environment variables that a file refers to."""
    return set(re.findall(r"\$\{env:([^}]+)\}", text))


def port(settings):
    return int(settings["rest.listen"].rpartition(":")[2])
