"""What is written into a lane's topic: a steady stream, and on top of it phases in random order, each of them sooner or later."""

import base64
import subprocess
import threading

from harness import events, kcat, load

# Phases that write orders of their own number them from here on; large rows above them, each in a partition that its number tells.
_FIRST_ID, _IDS_OF_A_PHASE, _LARGE_ID = 1_000_000, 200_000, 1_500_000_000
_LARGE_BYTES = 100_000


class Workload(threading.Thread):
    """From start() to stop(). `base` events a second never stop (0: none); `burst` is how many come at once, at most; bad records come
    only with `bad`. Counts its phases by name. A phase may fail while `excused()`, as when its broker is away; what it had written by
    then is in the topic all the same."""

    def __init__(self, name, folder, bootstrap, topic, dice, *, base, burst=4000, bad=False, partitions=4, longest_s=12, excused=lambda: False):
        super().__init__(name=f"{name} workload", daemon=True)
        self._folder, self._brokers, self._topic, self._dice = folder, bootstrap, topic, dice
        self._base_rate, self._burst_max, self._partitions, self._longest = base, burst, partitions, longest_s
        self._kinds = ["steady", "burst", "idle", "collide", "again", "large"] + (["bad"] if bad else [])
        self._ended, self._phases, self._larges = threading.Event(), 0, 0
        self._base, self._excused = None, excused
        self.counts = {kind: 0 for kind in self._kinds}
        self.failure = None

    def run(self):
        try:
            deck = []
            while not self._ended.is_set():
                deck = deck or self._dice.sample(self._kinds, len(self._kinds))
                self._keep_base()
                self._phase(deck.pop())
            self._end_base()
        except Exception as error:  # told by whoever stops it
            self.failure = error

    def _phase(self, kind):
        self.counts[kind] += self._done(getattr(self, f"_{kind}"))

    def _done(self, write, *arguments):
        """Whether it was all written."""
        try:
            write(*arguments)
            return True
        except (AssertionError, subprocess.TimeoutExpired):
            if not self._excused():
                raise
            self._ended.wait(1)
            return False

    def leave(self):
        """Ends it without asking how it went."""
        self._ended.set()
        self.join()

    def stop(self):
        self.leave()
        if self.failure:
            raise self.failure

    def write_large(self, count, dice):
        """Rows of 100 kB each, all into one partition; any thread, with dice of its own."""
        self._done(self._write_large, count, dice)

    def write_burst(self, count, dice):
        """As fast as it goes; likewise."""
        self._done(self._write_burst, count, dice)

    # -- the phases

    def _steady(self):
        self._stream(rate=self._dice.choice([20, 60, 150, 400]))

    def _burst(self):
        self._write_burst(self._dice.randint(self._burst_max // 8, self._burst_max), self._dice)

    def _idle(self):
        self._ended.wait(self._dice.uniform(0.5, self._longest))

    def _collide(self):
        """A handful of orders that change all the time."""
        self._stream(rate=200, live_orders=5)

    def _again(self):
        """Numbers that another phase had: what it deleted comes again, what it left is made once more."""
        self._stream(rate=100, first_id=_FIRST_ID + _IDS_OF_A_PHASE * self._dice.randint(0, self._phases))

    def _large(self):
        self._write_large(self._dice.randint(3, 12), self._dice)

    def _bad(self):
        self._stream(rate=100, bad_share=0.02)

    # -- what they are made of

    def _write_large(self, count, dice):
        self._larges += count
        first, partition = self._larges, dice.randrange(self._partitions)
        noise = base64.b64encode(dice.randbytes(_LARGE_BYTES * 3 // 4)).decode()
        pairs = [events.envelope("c", _LARGE_ID + 4 * (first - n) + partition, product=noise[n:]) for n in range(count)]
        kcat.produce(self._brokers, self._topic, partition, pairs)

    def _write_burst(self, count, dice):
        load.write(self._brokers, self._topic, rate=0, count=count, seed=dice.randrange(1 << 31), first_id=self._new_ids())

    def _stream(self, rate, **options):
        options.setdefault("first_id", self._new_ids())
        running = load.Load(self._folder, self._brokers, self._topic, rate=rate, seed=self._dice.randrange(1 << 31), **options)
        self._ended.wait(self._dice.uniform(self._longest / 4, self._longest))
        running.stop()

    def _end_base(self):
        if self._base and self._base.process.alive():
            self._base.stop()

    def _keep_base(self):
        """One that lost its broker for too long has ended."""
        if self._base_rate and (self._base is None or not self._base.process.alive()):
            self._base = load.Load(self._folder / "base", self._brokers, self._topic, rate=self._base_rate,
                                   seed=self._dice.randrange(1 << 31), first_id=self._new_ids())

    def _new_ids(self):
        self._phases += 1
        return _FIRST_ID + _IDS_OF_A_PHASE * self._phases
