"""How far a benchmark is: a line that moves, where somebody looks at a terminal; elsewhere only the lines of what has ended."""

import os
import sys

from tqdm import tqdm


class Bar:
    def __init__(self, turns):
        self._bar = tqdm(total=turns, unit="run", file=sys.stderr, dynamic_ncols=True, leave=False, disable=not _somebody_looks())

    def begin(self, name):
        self._bar.set_description(name)

    def end(self, line):
        tqdm.write(line, file=sys.stderr)
        sys.stderr.flush()
        self._bar.update()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self._bar.close()


def _somebody_looks():
    return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb" and os.environ.get("CI", "") in ("", "false", "0")
