"""Where things are. SLUICE_BUILD names the build folder whose binaries are tested (default: build/dev)."""

import os
import pathlib
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
DATA = ROOT / "tests" / "data"
BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD", ROOT / "build" / "dev")).resolve()
BIN = BUILD / "bin"
# As deploy/lib.sh has it: what setup.sh has fetched.
CACHE = pathlib.Path(os.environ.get("SLUICE_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sluice")
PLUGINS = BUILD / "plugins"
SLUICE = BIN / "sluice"
MOCK_BROKER = BIN / "sluice-mock-broker"
EVENTS = BIN / "sluice-events"
FAULT_PROXY = BIN / "sluice-fault-proxy"
GROUP_MEMBER = BIN / "sluice-group-member"


def _sanitizer():
    """The value of -fsanitize= that the build folder was configured with, "" for none."""
    cache = BUILD / "CMakeCache.txt"
    if cache.exists():
        for line in cache.read_text().splitlines():
            if line.startswith("SLUICE_SANITIZE:"):
                return line.partition("=")[2].strip()
    return ""


SANITIZER = _sanitizer()
# How much longer the binaries under test take for anything that is bound by the processor.
SLOWNESS = 3.0 if SANITIZER else 1.0


def needed(path, how):
    """The path, or a failure that says what makes it. Tests never skip because something is missing."""
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: {how}")
    return path


def temporary_folder(name):
    """Open to other users, unlike pytest's own: Postgres does not run as root."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"sluice-{name}-"))
    folder.chmod(0o755)
    return folder
