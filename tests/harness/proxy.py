"""sluice-fault-proxy (tests/proxy): TCP connections late, slow, in pieces, changed, cut or lost, as a test wants it at run time."""

import json
import shutil
import socket
import threading

from harness import paths, ports, processes, waits

UP, DOWN = "up", "down"  # from the client to the server, and back


class FaultProxy:
    """The process; it takes any number of listeners. A context manager."""

    def __init__(self, seed=0):
        self._folder = paths.temporary_folder("proxy")
        control = self._folder / "control"
        self.process = processes.Process("fault proxy", [paths.needed(paths.FAULT_PROXY, "build it: cmake --build --preset dev"),
                                                         "--control", control, "--seed", seed], self._folder / "proxy.log")
        self._lock = threading.Lock()
        self._names = 0

        def connected():
            assert self.process.alive(), self.process.tail()
            made = socket.socket(socket.AF_UNIX)
            try:
                made.connect(str(control))
            except OSError:
                made.close()
                raise AssertionError("nobody is at its control socket") from None
            made.settimeout(10)
            return made
        self._control = waits.until("the fault proxy takes orders", connected, 10 * paths.SLOWNESS)
        self._answers = self._control.makefile("r", encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._answers.close()
        self._control.close()
        if self.process.awaited():
            self.process.stop(10)
        shutil.rmtree(self._folder, ignore_errors=True)

    def listen(self, target_port, port=None):
        """A listener on `port`, or on a free one, in front of a port of loopback."""
        self._names += 1
        port = port or ports.free()
        self.ask(do="listen", name=str(self._names), port=port, target=f"127.0.0.1:{target_port}")
        return Listener(self, str(self._names), port)

    def ask(self, **request):
        with self._lock:
            self._control.sendall((json.dumps(request) + "\n").encode())
            answer = json.loads(self._answers.readline())
        assert "error" not in answer, f"{request}: {answer['error']}"
        return answer


class Listener:
    """One port. `direction` is UP, DOWN or "both"; what the words mean is told in tests/proxy/README.md."""

    def __init__(self, proxy, name, port):
        self._proxy, self._name, self.port = proxy, name, port

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def set(self, direction="both", **settings):
        """delay_ms, jitter_ms, bytes_per_second, slice_bytes, blackhole, lost; refuse and target_port concern new connections."""
        if "target_port" in settings:
            settings["target"] = f"127.0.0.1:{settings.pop('target_port')}"
        self._ask("set", direction=direction, **settings)

    def arm_cut(self, direction, after=None, upon=None, how="reset", **options):
        """One connection is cut after so many bytes more, or upon a text, that go in the direction. Options: deliver, random, times."""
        self._arm("cut", direction, after, upon, how=how, **options)

    def arm_flip(self, direction, after=None, upon=None, **options):
        """One bit is turned over there. Options: random, times."""
        self._arm("flip", direction, after, upon, **options)

    def cut(self, how="reset"):
        """All connections that are open, now: "reset", "close" or "half_open"."""
        self._ask("cut", how=how)

    def heal(self):
        self._ask("heal")

    def counters(self):
        """accepted, open, reset, closed, half_opened; and for "up" and "down" bytes, delayed, throttled, sliced, held, flipped."""
        return self._ask("counters")

    def fired(self, kind, direction=None):
        found = self.counters()
        return (found[direction] if direction else found)[kind]

    def wait_fired(self, kind, direction=None, at_least=1, seconds=10):
        """Until a counter has come so far: a test whose fault never came to pass would test nothing."""
        waits.until(f"the proxy counts {at_least} {kind} {direction or ''}", lambda: self.fired(kind, direction) >= at_least,
                    seconds * paths.SLOWNESS)

    def _arm(self, what, direction, after, upon, **options):
        place = {"upon": upon.hex()} if upon is not None else {"after": after}
        self._ask("arm", what=what, direction=direction, **place, **options)

    def _ask(self, do, **request):
        return self._proxy.ask(do=do, name=self._name, **request)


class Proxy:
    """A proxy with one listener, `listener`, whose port and methods are its own. A context manager."""

    def __init__(self, target_port, seed=0):
        self._proxy = FaultProxy(seed)
        self.listener = self._proxy.listen(target_port)

    def __enter__(self):
        return self.listener

    def __exit__(self, *_):
        self._proxy.close()
