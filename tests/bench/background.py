"""Something that goes on beside what is measured, in a process of its own, so that neither keeps the other waiting."""

import multiprocessing
import signal

_ANSWERS_S = 60  # what it found in a long run takes a moment to come over


class Background:
    """Runs `work(stopping, *arguments)` until finish(); `stopping()` says when to end, and what it answers comes back from there."""

    def __init__(self, work, *arguments):
        context = multiprocessing.get_context("fork")
        self._stop, self._found = context.Event(), context.Queue()
        self._process = context.Process(target=_run, args=(work, arguments, self._stop, self._found), daemon=True)
        self._process.start()

    def finish(self):
        self._stop.set()
        found = self._found.get(timeout=_ANSWERS_S)
        self._process.join(10)
        return found


def _run(work, arguments, stop, found):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C in a terminal reaches all: who started this one will stop it
    found.put(work(stop.is_set, *arguments))
