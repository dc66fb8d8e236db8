"""A program that believes that a person sits before it: on a terminal of its own, with everything that it draws kept."""

import os
import pty
import re
import select
import signal
import subprocess
import time

from harness import sanitizers

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)")


class Terminal:
    """`output` is everything that was read since the start; `text` is it without the escapes that move and colour."""

    def __init__(self, command, env=None, cwd=None, stdout=None):
        """`stdout`: a file that takes standard output, so that only standard error is the terminal's."""
        self._master, slave = pty.openpty()
        self._child = subprocess.Popen([str(part) for part in command], stdin=slave, stdout=stdout or slave, stderr=slave, cwd=cwd,
                                       env={**(env or os.environ), **sanitizers.ENVIRONMENT}, start_new_session=True)
        os.close(slave)
        self.output = ""

    @property
    def text(self):
        return _ESCAPES.sub("", self.output)

    def type(self, text):
        os.write(self._master, text.encode())

    def await_text(self, wanted, seconds=10):
        """Until `wanted` stands in what comes from now on; answers that part."""
        end = time.monotonic() + seconds
        begin = len(self.text)
        while wanted not in self.text[begin:]:
            assert time.monotonic() < end and self._read(0.1), f"{wanted!r} did not come within {seconds} s; there is {self.text[begin:]!r}"
        return self.text[begin:]

    def await_end(self, seconds=60):
        """The exit code."""
        end = time.monotonic() + seconds
        while self._read(0.1):
            assert time.monotonic() < end, f"it did not end within {seconds} s; it has drawn {self.text[-2000:]!r}"
        return self._child.wait(seconds)

    def close(self):
        if self._child.poll() is None:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait(10)
        os.close(self._master)

    def _read(self, seconds):
        """False: nobody draws here any more."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.output += data.decode(errors="replace")
        return bool(data)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
